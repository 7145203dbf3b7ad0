"""Compares the store, the pointers and the files for plain readers with the state. Changes nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from meshwright.app.observing import read_published
from meshwright.app.opened import OpenedMesh
from meshwright.app.orphans import unlisted_files
from meshwright.app.readers import readers_problem
from meshwright.app.reports import FileProblem, VerifyReport
from meshwright.engines.protocol import Limits
from meshwright.frozen import dataclass
from meshwright.model import StoredFile, Version
from meshwright.state.records import ObjectKind, Pointer

#: Footers read in one statement.
_FOOTERS = 200


@dataclass(frozen=True, kw_only=True, slots=True)
class Findings:
    """What was found, with the versions behind it."""

    report: VerifyReport
    #: Version id -> version, of those with a file that is not as recorded.
    damaged: Mapping[str, Version]


def examine(opened: OpenedMesh, environments: Iterable[str], *, deep: bool) -> Findings:
    """Look at everything. `deep` reads every byte (checksums and rows); otherwise presence and size."""
    pointers = {name: opened.state.reader.pointers(name) for name in environments}
    shown = _shown_in(pointers)
    versions: dict[str, Version] = {}
    problems: list[FileProblem] = []
    whole: list[tuple[Version, StoredFile]] = []
    files = size_bytes = 0
    for version in opened.state.reader.all_versions():
        versions[version.id] = version
        for file in version.files:
            files, size_bytes = files + 1, size_bytes + file.size_bytes
            detail = opened.store.whole(file) if deep else opened.store.problem(file, deep=False)
            if detail is None:
                whole.append((version, file))
            else:
                kind = "missing" if detail == "missing" else "damaged"
                problems.append(_of_file(version, file, kind, detail, shown))
    if deep:
        problems.extend(_miscounted(opened, versions.values(), whole, shown))
    damaged = {found.version: versions[found.version] for found in problems if found.version is not None}
    problems.extend(_unrecorded(opened, pointers, versions))
    problems.extend(_outdated(opened, pointers))
    listed = {file.path for version in versions.values() for file in version.files}
    report = VerifyReport(
        versions=len(versions),
        files=files,
        bytes=size_bytes,
        problems=tuple(problems),
        orphans=tuple(unlisted_files(opened.state.reader, opened.store, listed)),
        is_deep=deep,
    )
    return Findings(report=report, damaged=damaged)


def _shown_in(pointers: Mapping[str, Mapping[str, Pointer]]) -> dict[str, tuple[str, ...]]:
    """Version id -> environments that point to it."""
    shown: dict[str, tuple[str, ...]] = {}
    for environment, found in pointers.items():
        for pointer in found.values():
            if pointer.kind is ObjectKind.DATASET:
                shown[pointer.revision] = (*shown.get(pointer.revision, ()), environment)
    return shown


def _of_file(
    version: Version, file: StoredFile, kind: str, detail: str, shown: Mapping[str, tuple[str, ...]]
) -> FileProblem:
    return FileProblem(
        path=file.path,
        kind=kind,
        dataset=version.dataset,
        version=version.id,
        detail=detail,
        size_bytes=file.size_bytes,
        environments=shown.get(version.id, ()),
    )


def _miscounted(
    opened: OpenedMesh,
    versions: Iterable[Version],
    whole: list[tuple[Version, StoredFile]],
    shown: Mapping[str, tuple[str, ...]],
) -> Iterator[FileProblem]:
    """Yield files whose own count of rows is not the recorded one, and versions whose files do not add up."""
    for version in versions:
        rows = sum(file.rows for file in version.files)
        if version.files and rows != version.rows:
            detail = f"its files are recorded with {rows} rows, the version with {version.rows}"
            yield _of_file(version, version.files[0], "miscounted", detail, shown)
    with opened.engine.open(Limits()) as session:
        for start in range(0, len(whole), _FOOTERS):
            batch = {opened.store.absolute(file): (version, file) for version, file in whole[start : start + _FOOTERS]}
            counted = session.stored_rows(tuple(batch))
            for path, (version, file) in batch.items():
                rows_there = counted.get(path)
                if rows_there is None:
                    yield _of_file(version, file, "damaged", "it is no readable Parquet, though as written", shown)
                elif rows_there != file.rows:
                    detail = f"it holds {rows_there} rows, {file.rows} are recorded"
                    yield _of_file(version, file, "miscounted", detail, shown)


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
