"""Which parts of a version are worth being written together into one file."""

from __future__ import annotations

from collections.abc import Sequence

from meshwright.model import Columns, Part

#: A file is small below this.
SMALL_BYTES = 16 * 1024 * 1024
#: So many small files are worth it.
MANY_FILES = 8


def to_be_compacted(pages: Sequence[Sequence[Part]]) -> tuple[tuple[Part, ...], ...]:
    """Return the parts that are to share a file, group by group; `pages` are those of a version, in order, with their parts.

    The last page is left, for parts are added to it. Parts that were appended have no interval by which their rows could be
    told, and those of different columns have no file in common.
    """
    return tuple(group for page in pages[:-1] for group in _groups(page))


def _groups(page: Sequence[Part]) -> list[tuple[Part, ...]]:
    by_columns: dict[Columns, list[Part]] = {}
    for part in page:
        if part.start is not None and part.files and all(file.size_bytes < SMALL_BYTES for file in part.files):
            by_columns.setdefault(part.columns, []).append(part)
    return [tuple(parts) for parts in by_columns.values() if len(files_of(parts)) >= MANY_FILES]


def files_of(parts: Sequence[Part]) -> frozenset[str]:
    """Return the paths of the files that parts list; one that several share is there once."""
    return frozenset(file.path for part in parts for file in part.files)
