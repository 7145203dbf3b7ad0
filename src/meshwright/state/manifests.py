"""Versions as the parts that they are made of: manifests followed through their pages, in few queries.

Whoever reads, compares or checks the files of versions asks here; a version without a manifest has its files itself.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import islice
from typing import Protocol

from meshwright.diagnostics import Diagnostic, WorldError
from meshwright.model import Manifest, Page, Part, Version

#: Pages read at once where all there are are gone through: some megabytes.
_PAGES = 500

#: Number of the part -> its id, ascending.
Entries = tuple[tuple[int, str], ...]


class PartsSource(Protocol):
    """What is asked for pages and parts: the state's reader, or one that remembers what it read."""

    def pages(self, ids: Collection[str]) -> Mapping[str, Page]:
        """As `Reader.pages`."""
        ...

    def parts(self, ids: Collection[str]) -> Mapping[str, Part]:
        """As `Reader.parts`."""
        ...


def entries_of(reader: PartsSource, versions: Iterable[Version]) -> dict[str, Entries]:
    """Return what each version's manifest lists, by the version's id; nothing for one that has none.

    Raises WorldError (MW-R017) where a page is not recorded.
    """
    asked = {version.id: version for version in versions}
    manifests = {id_: version.manifest for id_, version in asked.items() if version.manifest is not None}
    pages = reader.pages({page for manifest in manifests.values() for _, page in manifest.pages})
    found: dict[str, Entries] = dict.fromkeys(asked, ())
    for id_, manifest in manifests.items():
        missing = [page for _, page in manifest.pages if page not in pages]
        if missing:
            raise _not_recorded(asked[id_], f"page {missing[0]} of its manifest")
        found[id_] = tuple(entry for _, page in manifest.pages for entry in pages[page].entries)
    return found


def parts_of(reader: PartsSource, versions: Iterable[Version]) -> dict[str, tuple[Part, ...]]:
    """Return the parts of each version by the version's id, in the order of their numbers; none for one without a manifest.

    Raises WorldError (MW-R017) where a page or a part is not recorded: rows must not be lost unseen.
    """
    asked = tuple(versions)
    entries = entries_of(reader, asked)
    parts = reader.parts({part for listed in entries.values() for _, part in listed})
    return {version.id: _recorded(version, (part for _, part in entries[version.id]), parts) for version in asked}


def parts_on(reader: PartsSource, version: Version, pages: Collection[str]) -> tuple[Part, ...]:
    """Return the parts on some of a version's pages alone. Raises WorldError (MW-R017) as `parts_of` does."""
    found = recorded_pages(reader, version, pages)
    listed = [part for page in pages for _, part in found[page].entries]
    return _recorded(version, listed, reader.parts(listed))


def recorded_pages(reader: PartsSource, version: Version, pages: Collection[str]) -> Mapping[str, Page]:
    """Return pages of a version by id. Raises WorldError (MW-R017) where one is not recorded."""
    found = reader.pages(pages)
    missing = sorted(page for page in pages if page not in found)
    if missing:
        raise _not_recorded(version, f"page {missing[0]} of its manifest")
    return found


def changed_pages(manifest: Manifest, others: Iterable[Manifest]) -> tuple[str, ...]:
    """Return the pages of a manifest that none of the others lists, ascending."""
    known = {page for other in others for _, page in other.pages}
    return tuple(page for _, page in manifest.pages if page not in known)


def every_page(reader: PartsSource, versions: Iterable[Version]) -> Iterator[Page]:
    """Yield each page that is listed and recorded once. Memory stays bounded."""
    listed = {page for version in versions if version.manifest is not None for _, page in version.manifest.pages}
    waiting = iter(sorted(listed))
    while batch := list(islice(waiting, _PAGES)):
        yield from reader.pages(batch).values()


def listing_versions(
    reader: PartsSource, versions: Collection[Version], parts: Collection[str]
) -> dict[str, tuple[Version, ...]]:
    """Return the versions that list each of `parts`, by the part's id."""
    wanted = frozenset(parts)
    if not wanted:
        return {}
    on_page = {
        page.id: here for page in every_page(reader, versions) if (here := wanted & {part for _, part in page.entries})
    }
    found: dict[str, list[Version]] = {part: [] for part in wanted}
    for version in versions:
        pages = version.manifest.pages if version.manifest is not None else ()
        for part in {part for _, page in pages for part in on_page.get(page, ())}:
            found[part].append(version)
    return {part: tuple(listing) for part, listing in found.items()}


def _recorded(version: Version, listed: Iterable[str], parts: Mapping[str, Part]) -> tuple[Part, ...]:
    found: list[Part] = []
    for part in listed:
        if part not in parts:
            raise _not_recorded(version, f"its part {part}")
        found.append(parts[part])
    return tuple(found)


def _not_recorded(version: Version, what: str) -> WorldError:
    return WorldError(
        Diagnostic(
            code="MW-R017",
            message=f"version {version.id} of {version.dataset} cannot be used: {what} is not recorded",
            fix="mw verify shows what is damaged; restore the state from a backup, or mw run builds what is missing",
            object=version.dataset,
        )
    )
