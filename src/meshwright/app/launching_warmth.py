"""What the launcher does once for all runs: it loads the mesh, so that what is computed at the first time is computed."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from meshwright.app.observing import read_published
from meshwright.app.opened import open_mesh
from meshwright.app.planning import PlanOptions, desire
from meshwright.app.workspace import open_workspace
from meshwright.diagnostics import MeshwrightError
from meshwright.sql import parser_version


def warm_mesh(root: Path) -> None:
    """Load the mesh and judge it; nothing of it is kept, no connection stays open. What is wrong with it the runs say."""
    parser_version()  # reads the parser's package data
    with suppress(MeshwrightError), open_mesh(open_workspace(root), "prod") as opened:
        desire(opened, PlanOptions(), read_published(opened.state.reader, opened.environment))
