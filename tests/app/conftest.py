"""Shops whose state is a file, and ones whose state is on a server: environments behave alike on both."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from meshwright.app.workspace import Workspace, open_workspace
from tests.app.parts_shop import PARTS_SHOP
from tests.meshes import SHOP, write_mesh
from tests.postgres import Server


@pytest.fixture(params=["sqlite", "postgresql"])
def boxed(request: pytest.FixtureRequest, tmp_path: Path) -> Workspace:
    """The shop, nothing built yet."""
    return _on_either_state(request, tmp_path, SHOP)


@pytest.fixture(params=["sqlite", "postgresql"])
def parted(request: pytest.FixtureRequest, tmp_path: Path) -> Workspace:
    """The shop whose datasets are made of parts, nothing built yet."""
    return _on_either_state(request, tmp_path, PARTS_SHOP)


def _on_either_state(request: pytest.FixtureRequest, tmp_path: Path, files: Mapping[str, str]) -> Workspace:
    if request.param == "sqlite":
        return open_workspace(write_mesh(tmp_path / "shop", files))
    server: Server = request.getfixturevalue("postgres")
    mesh = f"{files['mesh.yaml'].rstrip()}\n        state: '{server.url(server.new_schema())}'\n"
    return open_workspace(write_mesh(tmp_path / "shop", {**files, "mesh.yaml": mesh}))
