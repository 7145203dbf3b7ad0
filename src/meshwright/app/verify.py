"""The verb `verify`: is every file of every version as it was written, and does every pointer lead somewhere?"""

from __future__ import annotations

from meshwright.app.opened import open_mesh
from meshwright.app.reports import FileProblem, VerifyReport
from meshwright.app.workspace import Workspace
from meshwright.state.records import ObjectKind


def verify(workspace: Workspace, *, deep: bool = True, environment: str = "prod") -> VerifyReport:
    """Compare the store with the state. `deep` reads every byte (checksums); otherwise presence and size."""
    with open_mesh(workspace, environment) as opened:
        problems: list[FileProblem] = []
        listed: set[str] = set()
        known: set[str] = set()
        versions = size_bytes = 0
        for version in opened.state.reader.all_versions():
            versions += 1
            known.add(version.id)
            for file in version.files:
                listed.add(file.path)
                size_bytes += file.size_bytes
                detail = opened.store.problem(file, deep=deep)
                if detail is not None:
                    problems.append(
                        FileProblem(
                            path=file.path,
                            kind="missing" if "missing" in detail else "damaged",
                            dataset=version.dataset,
                            version=version.id,
                            detail=detail,
                            size_bytes=file.size_bytes,
                        )
                    )
        for name, pointer in opened.state.reader.pointers(environment).items():
            if pointer.kind is ObjectKind.DATASET and pointer.revision not in known:
                problems.append(
                    FileProblem(
                        path="",
                        kind="missing",
                        dataset=name,
                        version=pointer.revision,
                        detail="the environment points to a version that is not recorded",
                    )
                )
        orphans = tuple(
            FileProblem(
                path=path,
                kind="foreign",
                dataset=None,
                version=None,
                detail="no version lists this file",
                size_bytes=size,
            )
            for path, size in sorted(opened.store.listing())
            if path not in listed
        )
        return VerifyReport(
            versions=versions,
            files=len(listed),
            bytes=size_bytes,
            problems=tuple(problems),
            orphans=orphans,
            is_deep=deep,
        )
