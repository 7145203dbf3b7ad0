"""Parts as they are read: which ones a version is made of, and what an engine sees of them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import TypeVar

from meshwright.diagnostics import Diagnostic, WorldError
from meshwright.engines.protocol import FileGroup, Relation, Window
from meshwright.model import Columns, Page, Part, StoredFile, Version
from meshwright.plan.manifests import differing
from meshwright.state.protocol import Reader
from meshwright.store.protocol import Store

_T = TypeVar("_T")


class PartsReader:
    """Reads pages and parts, each once. Safe for threads: what two of them read at once is the same."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._pages: dict[str, Page] = {}
        self._parts: dict[str, Part] = {}

    def of(self, version: Version) -> tuple[Part, ...]:
        """Return the parts that a version is made of, in order. Raises WorldError (MW-R017) where one is not recorded."""
        return self.named([id_ for page in self.pages_of(version) for _, id_ in page.entries], version.dataset)

    def pages_of(self, version: Version) -> tuple[Page, ...]:
        """Return the pages of a version's manifest, in order. Raises WorldError (MW-R017) where one is not recorded."""
        listed = [id_ for _, id_ in version.manifest.pages] if version.manifest is not None else []
        found = self.pages(listed)
        return tuple(_there(found, id_, version.dataset, "page") for id_ in listed)

    def named(self, ids: Sequence[str], dataset: str) -> tuple[Part, ...]:
        """Return parts of a dataset by id, to their order. Raises WorldError (MW-R017) where one is not recorded."""
        found = self.parts(ids)
        return tuple(_there(found, id_, dataset, "part") for id_ in ids)

    def differing(self, before: Version, after: Version) -> tuple[tuple[Part, ...], tuple[Part, ...]]:
        """Return the parts that only `before` is made of and those that only `after` is, in order; costs what differs.

        Raises WorldError (MW-R017) where a page that they do not share, or a part on it, is not recorded.
        """
        assert before.manifest is not None
        assert after.manifest is not None
        then, now = dict(before.manifest.pages), dict(after.manifest.pages)
        unlike = {number for number in then.keys() | now.keys() if then.get(number) != now.get(number)}
        asked = {pages[number] for number in unlike for pages in (then, now) if number in pages}
        found = self.pages(asked)
        for id_ in asked:
            _there(found, id_, after.dataset, "page")
        gone, came = differing(before.manifest, after.manifest, found)
        return (
            self.named([gone[number] for number in sorted(gone)], after.dataset),
            self.named([came[number] for number in sorted(came)], after.dataset),
        )

    def pages(self, ids: Collection[str]) -> Mapping[str, Page]:
        """Return pages by id; those that are not recorded are left out."""
        missing = [id_ for id_ in ids if id_ not in self._pages]
        if missing:
            self._pages.update(self._reader.pages(missing))
        return {id_: self._pages[id_] for id_ in ids if id_ in self._pages}

    def parts(self, ids: Collection[str]) -> Mapping[str, Part]:
        """Return parts by id; those that are not recorded are left out."""
        missing = [id_ for id_ in ids if id_ not in self._parts]
        if missing:
            self._parts.update(self._reader.parts(missing))
        return {id_: self._parts[id_] for id_ in ids if id_ in self._parts}

    def add(self, parts: Iterable[Part]) -> None:
        """Know parts that were committed a moment ago."""
        self._parts.update((part.id, part) for part in parts)


def _there(found: Mapping[str, _T], id_: str, dataset: str, what: str) -> _T:
    if id_ in found:
        return found[id_]
    raise WorldError(
        Diagnostic(
            code="MW-R017",
            message=f"a {what} of {dataset} is not recorded: {id_}",
            fix="mw verify shows what is damaged",
            object=dataset,
        )
    )


def parts_relation(columns: Columns, parts: Sequence[Part], store: Store, window: Window | None = None) -> Relation:
    """Return parts as one relation with these columns; those that were built with other columns are a group of their own.

    A file that parts share is read once. Where not all of these are among `parts`, it is a group of which their intervals count.
    """
    files: dict[str, None] = {}
    other: dict[Columns, dict[str, None]] = {}
    cut: list[FileGroup] = []
    sharing = _sharing(parts)
    for part in parts:
        place = files if part.columns == columns else other.setdefault(part.columns, {})
        for file in part.files:
            among = sharing.pop(file, ()) if file.shared_by is not None else ()
            if file.shared_by is None or sum(each.rows for each in among) == file.rows:
                place.setdefault(store.absolute(file))
            elif among:
                spans = spans_of(among)
                shown = Window(column=file.shared_by, spans=spans)
                cut.append(FileGroup(files=(store.absolute(file),), columns=part.columns, window=shown))
    groups = (*(FileGroup(files=tuple(found), columns=theirs) for theirs, found in other.items()), *cut)
    rows = sum(part.rows for part in parts) if window is None else None
    return Relation(columns=columns, files=tuple(files), groups=groups, window=window, rows=rows)


def _sharing(parts: Iterable[Part]) -> dict[StoredFile, list[Part]]:
    """Return the parts that list each shared file."""
    found: dict[StoredFile, list[Part]] = {}
    for part in parts:
        for file in part.files:
            if file.shared_by is not None:
                found.setdefault(file, []).append(part)
    return found


def spans_of(parts: Iterable[Part]) -> tuple[tuple[dt.datetime, dt.datetime], ...]:
    """Return the intervals of parts, those that touch joined."""
    joined: list[tuple[dt.datetime, dt.datetime]] = []
    for start, end in sorted((part.start, part.end) for part in parts if part.start and part.end):
        if joined and joined[-1][1] == start:
            joined[-1] = (joined[-1][0], end)
        else:
            joined.append((start, end))
    return tuple(joined)
