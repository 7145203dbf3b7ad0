"""Compares the manifests of versions with the parts that they list. Reads the state alone, each page once."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from meshwright.app.reports import FileProblem
from meshwright.frozen import dataclass
from meshwright.model import Manifest, Page, Part, Version
from meshwright.model.parts import NO_SUMS, Sums, added
from meshwright.state.manifests import every_page
from meshwright.state.protocol import Reader


@dataclass(frozen=True, kw_only=True, slots=True)
class Counted:
    """What parts add up to."""

    parts: int = 0
    rows: int = 0
    sums: Sums = NO_SUMS
    #: Numbers of the first and of the last part.
    first: int | None = None
    last: int | None = None
    #: Ids of those that are listed and not recorded.
    missing: tuple[str, ...] = ()

    def and_then(self, later: Counted) -> Counted:
        """Return both together; `later` has the higher numbers."""
        return Counted(
            parts=self.parts + later.parts,
            rows=self.rows + later.rows,
            sums=added(self.sums, later.sums),
            first=later.first if self.first is None else self.first,
            last=self.last if later.last is None else later.last,
            missing=self.missing + later.missing,
        )


def counted(part: Part) -> Counted:
    """Return what is counted of one part."""
    return Counted(parts=1, rows=part.rows, sums=part.sums)


def unsound_manifests(
    reader: Reader, versions: Collection[Version], parts: Mapping[str, Counted], shown: Mapping[str, tuple[str, ...]]
) -> Iterator[FileProblem]:
    """Yield versions whose manifest lists what is not recorded, or says other numbers than its parts.

    `parts` are all that are recorded, `shown` says which environments point to a version.
    """
    pages = {page.id: _of_page(page, parts) for page in every_page(reader, versions)}
    for version in versions:
        found = _problem(version, pages)
        if found is not None:
            kind, detail = found
            yield FileProblem(
                path="",
                kind=kind,
                dataset=version.dataset,
                version=version.id,
                detail=detail,
                environments=shown.get(version.id, ()),
            )


def _of_page(page: Page, parts: Mapping[str, Counted]) -> Counted:
    there = [parts[part] for _, part in page.entries if part in parts]
    return Counted(
        parts=len(page.entries),
        rows=sum(each.rows for each in there),
        sums=added(*(each.sums for each in there)),
        first=page.entries[0][0] if page.entries else None,
        last=page.entries[-1][0] if page.entries else None,
        missing=tuple(part for _, part in page.entries if part not in parts),
    )


def _problem(version: Version, pages: Mapping[str, Counted]) -> tuple[str, str] | None:
    """Say what kind of problem a version's manifest is, and which; None where it is sound, or where there is none."""
    manifest = version.manifest
    if manifest is None:
        return None
    lost = [page for _, page in manifest.pages if page not in pages]
    if lost:
        return "unrecorded", f"{len(lost)} of its {len(manifest.pages)} pages are not recorded, {lost[0]} for one"
    found = Counted()
    for _, page in manifest.pages:
        found = found.and_then(pages[page])
    if found.missing:
        missing = f"{len(found.missing)} of its {found.parts} parts are not recorded, {found.missing[0]} for one"
        return "unrecorded", missing
    detail = _miscounted(manifest, version.rows, found)
    return None if detail is None else ("miscounted", detail)


def _miscounted(manifest: Manifest, rows: int, found: Counted) -> str | None:
    """Say in what a manifest, and its version's rows, are not what its parts add up to."""
    if (found.parts, found.rows) != (manifest.count, rows):
        there, said = f"{found.parts} with {found.rows}", f"{manifest.count} with {rows}"
        return f"its parts are {there} rows, {said} rows are recorded"
    if (found.first, found.last) != (manifest.first, manifest.last):
        there, said = f"{found.first} to {found.last}", f"{manifest.first} to {manifest.last}"
        return f"its parts are those of {there}, {said} are recorded"
    if found.sums != manifest.sums:
        return "the hashes of its parts' rows do not add up to what is recorded"
    return None
