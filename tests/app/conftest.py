"""A shop whose state is a file, and one whose state is on a server: environments behave alike on both."""

from __future__ import annotations

from pathlib import Path

import pytest

from meshwright.app.workspace import Workspace, open_workspace
from tests.meshes import SHOP, write_mesh
from tests.postgres import Server


@pytest.fixture(params=["sqlite", "postgresql"])
def boxed(request: pytest.FixtureRequest, tmp_path: Path) -> Workspace:
    """The shop, nothing built yet."""
    if request.param == "sqlite":
        return open_workspace(write_mesh(tmp_path / "shop"))
    server: Server = request.getfixturevalue("postgres")
    mesh = f"{SHOP['mesh.yaml'].rstrip()}\n        state: '{server.url(server.new_schema())}'\n"
    return open_workspace(write_mesh(tmp_path / "shop", {**SHOP, "mesh.yaml": mesh}))
