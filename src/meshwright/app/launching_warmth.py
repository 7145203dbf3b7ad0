"""What the launcher does once for all runs: it loads the mesh, so that what is computed at the first time is computed."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from meshwright.app.environments import open_state_alone
from meshwright.app.judged import JUDGED_SNAPSHOT
from meshwright.app.observing import read_published
from meshwright.app.opened import open_mesh
from meshwright.app.planning import PlanOptions, desire
from meshwright.app.workspace import Workspace, open_workspace
from meshwright.diagnostics import MeshwrightError
from meshwright.files import decoded
from meshwright.files.remembered import MESH_SNAPSHOT
from meshwright.sql import parser_version


def warm_mesh(root: Path) -> bool:
    """Load the mesh and judge it, which `decode_once` keeps; no connection stays open. What is wrong with it the runs say.

    One that is larger than that is left alone: it would take more memory than the server itself. False where that was found
    out by loading it.
    """
    parser_version()  # reads the parser's package data
    workspace = open_workspace(root)
    if _is_large(workspace):
        with suppress(MeshwrightError), open_state_alone(workspace):
            pass  # what its kind of state needs is imported
        return True
    with suppress(MeshwrightError), open_mesh(workspace, "prod") as opened:
        desire(opened, PlanOptions(), read_published(opened.state.reader, opened.environment))
    return not _is_large(workspace)  # one that was never loaded before shows its size now


def _is_large(workspace: Workspace) -> bool:
    """Whether what is kept of the mesh on disk is more than what `decode_once` holds."""
    size = 0
    for name in (MESH_SNAPSHOT, JUDGED_SNAPSHOT):
        with suppress(OSError):
            size += (workspace.private / name).stat().st_size
    return size > decoded.MOST_BYTES
