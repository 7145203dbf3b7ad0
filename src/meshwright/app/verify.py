"""The verb `verify`: is every file of every version as it was written, and does every pointer lead somewhere?"""

from __future__ import annotations

from meshwright.app.integrity import examine
from meshwright.app.opened import OpenedMesh, open_mesh
from meshwright.app.reports import VerifyReport
from meshwright.app.workspace import Workspace


def verify(workspace: Workspace, *, deep: bool = True, environment: str | None = None) -> VerifyReport:
    """Compare the store with the state. `deep` reads every byte (checksums, rows); otherwise presence and size.

    Versions are looked at whoever points to them; pointers and files for plain readers of `environment` alone, of
    every declared environment and every sandbox where it is None. Raises InputError, WorldError.
    """
    with open_mesh(workspace, environment or "prod") as opened:
        return examine(opened, asked_environments(opened, environment), deep=deep).report


def asked_environments(opened: OpenedMesh, environment: str | None) -> tuple[str, ...]:
    """Return the environments to look at: the one that is named, or all that are declared and every sandbox over one of them."""
    if environment is not None:
        return (environment,)
    declared = opened.mesh.environments
    sandboxes = (found.name for found in opened.state.reader.environments() if found.base in declared)
    return tuple(sorted({*declared, *sandboxes}))
