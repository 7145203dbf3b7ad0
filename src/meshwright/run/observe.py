"""Observes file sources: which files there are and what they hold, without reading data into an engine.

The observation is the content (XXH3-128 of each file), so its strength is the highest there is. A file whose
size, time and inode are as remembered is not hashed again.
"""

from __future__ import annotations

import glob
import os
import stat
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from meshwright.diagnostics import Diagnostic
from meshwright.model import FileSource, Node, identity
from meshwright.plan.values import SourceObservation, Strength
from meshwright.state.records import FileObservation

#: Clocks of file systems are coarse: a file touched this shortly before it was hashed may change unseen.
_SETTLED_NS = 2_000_000_000
_CHUNK_BYTES = 1 << 20


@dataclass(frozen=True, kw_only=True, slots=True)
class Observations:
    """What was seen, and what is worth remembering of it."""

    sources: Mapping[str, SourceObservation]
    #: Every file seen, by absolute path.
    files: Mapping[str, FileObservation]
    #: The files that had to be hashed, worth remembering.
    hashed: tuple[FileObservation, ...]


def source_files(root: Path, source: FileSource) -> tuple[str, ...]:
    """Return the absolute paths that a source's path or glob stands for, sorted; folders do not count."""
    pattern = str(root / source.path)
    # glob.glob, not Path.glob: the pattern may be absolute, and Path.glob follows other rules for `**`.
    found = glob.glob(pattern, recursive=True) if glob.has_magic(source.path) else [pattern]  # noqa: PTH207
    return tuple(sorted(path for path in found if not Path(path).is_dir() and os.path.lexists(path)))


def observe_sources(
    nodes: Iterable[Node], root: Path, remembered: Mapping[str, FileObservation], now_ns: int
) -> Observations:
    """Observe the source nodes among `nodes`; a source that cannot be read carries its problem.

    `remembered` holds observations by absolute path; `now_ns` is the time of day in nanoseconds.
    """
    sources: dict[str, SourceObservation] = {}
    seen_files: dict[str, FileObservation] = {}
    for node in nodes:
        if node.source is None:
            continue
        files = source_files(root, node.source)
        problem = None if files else _not_found(node, node.source)
        size_bytes, hashes = 0, []
        for path in files:
            try:
                seen = seen_files.get(path) or _observe_file(path, remembered.get(path), now_ns)
            except OSError as error:
                problem = _unreadable(node, path, root, error)
                break
            seen_files[path] = seen
            size_bytes += seen.size_bytes
            hashes.append(seen.hash)
        sources[node.address] = SourceObservation(
            dataset=node.address,
            key=identity("mwobservation1", sorted(hashes)),
            strength=Strength.CONTENT,
            files=files,
            size_bytes=size_bytes,
            problem=problem,
        )
    fresh = tuple(seen for path, seen in seen_files.items() if seen is not remembered.get(path))
    return Observations(sources=sources, files=seen_files, hashed=fresh)


def source_paths(nodes: Iterable[Node], root: Path) -> tuple[str, ...]:
    """Return the absolute paths of all files of all source nodes, for looking up what is remembered of them."""
    return tuple(dict.fromkeys(path for node in nodes if node.source for path in source_files(root, node.source)))


def _observe_file(path: str, remembered: FileObservation | None, now_ns: int) -> FileObservation:
    seen = Path(path).stat()
    if not stat.S_ISREG(seen.st_mode):
        raise OSError(None, "not a regular file")
    if remembered is not None and _is_unchanged(seen, remembered):
        return remembered
    return FileObservation(
        path=path,
        size_bytes=seen.st_size,
        mtime_ns=seen.st_mtime_ns,
        inode=seen.st_ino,
        hash=_hash_file(path),
        hashed_at_ns=now_ns,
    )


def _is_unchanged(seen: os.stat_result, remembered: FileObservation) -> bool:
    same = (seen.st_size, seen.st_mtime_ns, seen.st_ino) == (
        remembered.size_bytes,
        remembered.mtime_ns,
        remembered.inode,
    )
    return same and remembered.hashed_at_ns - remembered.mtime_ns > _SETTLED_NS


def _hash_file(path: str) -> str:
    import xxhash  # lazy: a plan over unchanged files hashes nothing

    hasher = xxhash.xxh3_128()
    with Path(path).open("rb") as file:
        while chunk := file.read(_CHUNK_BYTES):
            hasher.update(chunk)
    return hasher.hexdigest()


def _not_found(node: Node, source: FileSource) -> Diagnostic:
    return Diagnostic(
        code="MW-R001",
        message=f"no file matches {source.path!r} for source {node.address}",
        span=node.span,
        fix="correct source.path (relative to the mesh root), or put the file there",
        object=node.address,
    )


def _unreadable(node: Node, path: str, root: Path, error: OSError) -> Diagnostic:
    shown = os.path.relpath(path, root)
    return Diagnostic(
        code="MW-R002",
        message=f"cannot read {shown}: {error.strerror or error}",
        span=node.span,
        fix="let the user that runs meshwright read the file",
        object=node.address,
    )
