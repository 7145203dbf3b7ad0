"""Reading manifests page by page, and saying in which parts two of them differ without looking at what they share."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from meshwright.model import Manifest, Page
from meshwright.model.parts import make_page, page_number


@dataclass(kw_only=True, slots=True)
class Entries:
    """The parts that a manifest lists, by number; pages are read when they are needed."""

    manifest: Manifest
    pages: Mapping[str, Page]
    _ids: dict[int, str] = field(default_factory=dict)
    _read: dict[int, dict[int, str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._ids = dict(self.manifest.pages)

    def get(self, number: int) -> str | None:
        """Return the id of a part, None where the manifest has none of this number."""
        return self._page(page_number(number)).get(number)

    def between(self, first: int, last: int) -> Iterator[tuple[int, str]]:
        """Yield number and id of the parts from `first` to `last`, ascending."""
        for page in range(page_number(first), page_number(last) + 1):
            if page in self._ids:
                yield from ((number, id_) for number, id_ in self._page(page).items() if first <= number <= last)

    def all(self) -> Iterator[tuple[int, str]]:
        """Yield number and id of every part, ascending."""
        for page in sorted(self._ids):
            yield from self._page(page).items()

    def _page(self, page: int) -> dict[int, str]:
        if page not in self._read:
            id_ = self._ids.get(page)
            self._read[page] = {} if id_ is None else dict(self.pages[id_].entries)
        return self._read[page]


def differing(before: Manifest, after: Manifest, pages: Mapping[str, Page]) -> tuple[dict[int, str], dict[int, str]]:
    """Return the parts that only `before` lists, and those that only `after` lists: number -> id.

    Raises KeyError where a page that differs is not recorded.
    """
    old, new = dict(before.pages), dict(after.pages)
    gone: dict[int, str] = {}
    come: dict[int, str] = {}
    for page in old.keys() | new.keys():
        if old.get(page) == new.get(page):
            continue
        was = dict(pages[old[page]].entries) if page in old else {}
        now = dict(pages[new[page]].entries) if page in new else {}
        gone.update((number, id_) for number, id_ in was.items() if now.get(number) != id_)
        come.update((number, id_) for number, id_ in now.items() if was.get(number) != id_)
    return gone, come


def revised_pages(
    dataset: str, before: Entries | None, changes: Mapping[int, str | None]
) -> tuple[tuple[tuple[int, str], ...], tuple[Page, ...]]:
    """Return the pages of a manifest after `changes` (number -> id of its part, None: it goes), and those that are new.

    `dataset` is the plain address, which pages are named by.
    """
    listed = dict(before.manifest.pages) if before is not None else {}
    touched: dict[int, dict[int, str | None]] = {}
    for number, id_ in changes.items():
        touched.setdefault(page_number(number), {})[number] = id_
    made: list[Page] = []
    for page, changed in touched.items():
        standing: Iterable[tuple[int, str]] = before.pages[listed[page]].entries if page in listed and before else ()
        merged: dict[int, str | None] = {**dict(standing), **changed}
        entries = tuple(sorted((number, id_) for number, id_ in merged.items() if id_ is not None))
        if not entries:
            listed.pop(page, None)
            continue
        new = make_page(dataset, entries)
        if listed.get(page) != new.id:
            listed[page] = new.id
            made.append(new)
    return tuple(sorted(listed.items())), tuple(made)
