"""Whether files are as they were written: asked before anybody builds from them, or shows them."""

from __future__ import annotations

from collections.abc import Iterable

from meshwright.diagnostics import Diagnostic, WorldError
from meshwright.model import Part, StoredFile, Version
from meshwright.run.world import RunWorld


def require_whole(versions: Iterable[Version], world: RunWorld) -> None:
    """Raise WorldError (MW-R017) unless the versions' files are as they were written.

    Nobody is to take damage for data. A file is read through once in a run; those that the run made itself not at all.
    """
    for version in versions:
        if version.manifest is not None:
            require_whole_parts(world.parts.of(version), world)
        for file in version.files:
            _require_whole_file(file, f"version {version.id} of {version.dataset}", version.dataset, world)


def require_whole_parts(parts: Iterable[Part], world: RunWorld) -> None:
    """As `require_whole`, for parts."""
    for part in parts:
        for file in part.files:
            _require_whole_file(file, f"part {part.id} of {part.dataset}", part.dataset, world)


def _require_whole_file(file: StoredFile, what: str, dataset: str, world: RunWorld) -> None:
    problem = world.store.whole(file)
    if problem is not None:
        raise WorldError(
            Diagnostic(
                code="MW-R017",
                message=f"{what} cannot be used: {file.path}: {problem}",
                fix="mw verify --repair builds it again; then run the command again",
                object=dataset,
            )
        )
