"""Compares the store, the pointers and the files for plain readers with the state. Changes nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import field, replace
from itertools import chain
from types import MappingProxyType

from meshwright.app.integrity_parts import Counted, counted, unsound_manifests
from meshwright.app.observing import read_published
from meshwright.app.opened import OpenedMesh
from meshwright.app.orphans import unlisted_files
from meshwright.app.readers import readers_problem
from meshwright.app.reports import FileProblem, VerifyReport
from meshwright.engines.protocol import Limits
from meshwright.frozen import dataclass
from meshwright.model import Part, StoredFile, Version
from meshwright.state.manifests import listing_versions
from meshwright.state.records import ObjectKind, Pointer

#: Footers read in one statement.
_FOOTERS = 200


@dataclass(frozen=True, kw_only=True, slots=True)
class Findings:
    """What was found, with the versions and parts behind it."""

    report: VerifyReport
    #: Id -> version or part, of those with a file that is not as recorded.
    damaged: Mapping[str, Version | Part]
    #: Damaged part -> the versions that list it.
    listing: Mapping[str, tuple[Version, ...]] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, kw_only=True, slots=True)
class _Looked:
    """What a look at the files of versions and parts gave."""

    versions: Mapping[str, Version]
    parts: Mapping[str, Counted]
    problems: tuple[FileProblem, ...]
    damaged: Mapping[str, Version | Part]
    #: Paths of all files that are listed.
    listed: frozenset[str]
    bytes: int


def examine(opened: OpenedMesh, environments: Iterable[str], *, deep: bool) -> Findings:
    """Look at everything. `deep` reads every byte (checksums and rows); otherwise presence and size."""
    reader = opened.state.reader
    pointers = {name: reader.pointers(name) for name in environments}
    shown = _shown_in(pointers)
    looked = _look(opened, deep=deep)
    versions = looked.versions
    listing = listing_versions(reader, versions.values(), {found.part for found in looked.problems if found.part})
    problems = [_with_environments(found, shown, listing) for found in looked.problems]
    problems.extend(unsound_manifests(reader, versions.values(), looked.parts, shown))
    problems.extend(_unrecorded(opened, pointers, versions))
    problems.extend(_outdated(opened, pointers))
    report = VerifyReport(
        versions=len(versions),
        parts=len(looked.parts),
        files=len(looked.listed),
        bytes=looked.bytes,
        problems=tuple(problems),
        orphans=tuple(unlisted_files(reader, opened.store, looked.listed)),
        is_deep=deep,
    )
    return Findings(report=report, damaged=looked.damaged, listing=listing)


def _look(opened: OpenedMesh, *, deep: bool) -> _Looked:
    """Look at the files of every version and every part."""
    versions: dict[str, Version] = {}
    parts: dict[str, Counted] = {}
    problems: list[tuple[Version | Part, FileProblem]] = []
    whole: list[tuple[Version | Part, StoredFile]] = []
    listed: set[str] = set()
    size_bytes = 0
    everything: Iterator[Version | Part] = chain(opened.state.reader.all_versions(), opened.state.reader.all_parts())
    for owner in everything:
        if isinstance(owner, Version):
            versions[owner.id] = owner
        else:
            parts[owner.id] = counted(owner)
        for file in owner.files:
            size_bytes += 0 if file.path in listed else file.size_bytes
            listed.add(file.path)
            detail = opened.store.whole(file) if deep else opened.store.problem(file, deep=False)
            if detail is None:
                whole.append((owner, file))
            else:
                kind = "missing" if detail == "missing" else "damaged"
                problems.append((owner, _of_file(owner, file, kind, detail)))
        rows = sum(file.rows for file in owner.files)
        is_shared = isinstance(owner, Part) and owner.is_shared
        if deep and owner.files and rows != owner.rows and not is_shared:
            what = "version" if isinstance(owner, Version) else "part"
            detail = f"its files are recorded with {rows} rows, the {what} with {owner.rows}"
            problems.append((owner, _of_file(owner, owner.files[0], "miscounted", detail)))
    if deep:
        problems.extend(_miscounted(opened, whole))
    return _Looked(
        versions=versions,
        parts=parts,
        problems=tuple(problem for _, problem in problems),
        damaged={owner.id: owner for owner, _ in problems},
        listed=frozenset(listed),
        bytes=size_bytes,
    )


def _with_environments(
    problem: FileProblem, shown: Mapping[str, tuple[str, ...]], listing: Mapping[str, Sequence[Version]]
) -> FileProblem:
    """Add the environments that show the version, or one that lists the part."""
    showing = [version.id for version in listing[problem.part]] if problem.part else [str(problem.version)]
    environments = dict.fromkeys(name for version in showing for name in shown.get(version, ()))
    return replace(problem, environments=tuple(environments))


def _shown_in(pointers: Mapping[str, Mapping[str, Pointer]]) -> dict[str, tuple[str, ...]]:
    """Version id -> environments that point to it."""
    shown: dict[str, tuple[str, ...]] = {}
    for environment, found in pointers.items():
        for pointer in found.values():
            if pointer.kind is ObjectKind.DATASET:
                shown[pointer.revision] = (*shown.get(pointer.revision, ()), environment)
    return shown


def _of_file(owner: Version | Part, file: StoredFile, kind: str, detail: str) -> FileProblem:
    return FileProblem(
        path=file.path,
        kind=kind,
        dataset=owner.dataset,
        version=owner.id if isinstance(owner, Version) else None,
        part=owner.id if isinstance(owner, Part) else None,
        detail=detail,
        size_bytes=file.size_bytes,
    )


def _miscounted(
    opened: OpenedMesh, whole: Sequence[tuple[Version | Part, StoredFile]]
) -> Iterator[tuple[Version | Part, FileProblem]]:
    """Yield files whose own count of rows is not the recorded one."""
    listing: dict[str, list[tuple[Version | Part, StoredFile]]] = {}
    for owner, file in whole:
        listing.setdefault(opened.store.absolute(file), []).append((owner, file))
    paths = tuple(listing)
    with opened.engine.open(Limits()) as session:
        for start in range(0, len(paths), _FOOTERS):
            batch = paths[start : start + _FOOTERS]
            found = session.stored_rows(batch)
            for owner, file in (each for path in batch for each in listing[path]):
                rows_there = found.get(opened.store.absolute(file))
                if rows_there is None:
                    yield owner, _of_file(owner, file, "damaged", "it is no readable Parquet, though as written")
                elif rows_there != file.rows:
                    detail = f"it holds {rows_there} rows, {file.rows} are recorded"
                    yield owner, _of_file(owner, file, "miscounted", detail)


def _unrecorded(
    opened: OpenedMesh, pointers: Mapping[str, Mapping[str, Pointer]], versions: Mapping[str, Version]
) -> Iterator[FileProblem]:
    """Yield pointers to versions and revisions that are not recorded, and views over such.

    What else was made from a version that is gone stands by itself: garbage collection took the input away.
    """
    for environment, found in pointers.items():
        named = {pointer.revision for pointer in found.values() if pointer.kind is not ObjectKind.DATASET}
        revisions = opened.state.reader.revisions(named)
        for name, pointer in found.items():
            is_dataset = pointer.kind is ObjectKind.DATASET
            if pointer.revision not in (versions if is_dataset else revisions):
                what = "version" if is_dataset else f"revision of this {pointer.kind.value}"
                yield FileProblem(
                    path="",
                    kind="unrecorded",
                    dataset=name if is_dataset else None,
                    version=pointer.revision,
                    detail=f"environment {environment} points {name} to a {what} that is not recorded",
                    environments=(environment,),
                )
    for version in versions.values():
        for dataset, identifier in version.inputs.items():
            if version.view is not None and identifier not in versions:
                yield FileProblem(
                    path="",
                    kind="unrecorded",
                    dataset=version.dataset,
                    version=version.id,
                    detail=f"it is a view over version {identifier} of {dataset}, which is not recorded",
                )


def _outdated(opened: OpenedMesh, pointers: Mapping[str, Mapping[str, Pointer]]) -> Iterator[FileProblem]:
    """Yield the environments whose files for plain readers do not show what stands."""
    for environment in pointers:
        published = read_published(opened.state.reader, environment)
        found = readers_problem(opened, environment, published) if published.generation else None
        if found is not None:
            yield FileProblem(
                path=f"environments/{found[0]}",
                kind="outdated",
                dataset=None,
                version=None,
                detail=found[1],
                environments=(environment,),
            )
