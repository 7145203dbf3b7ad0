"""The templates load without a single finding: meshwright's own reading of what it ships."""

from __future__ import annotations

import shutil
from importlib import resources
from pathlib import Path

import pytest

from meshwright.files.loader import load_mesh
from meshwright.graph import build_graph

TEMPLATES = Path(str(resources.files("meshwright.templates")))


@pytest.mark.parametrize(("name", "datasets"), [("aviation", 37), ("blank", 2)])
def test_a_template_loads_without_a_finding(
    name: str, datasets: int, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    root = tmp_path / name
    shutil.copytree(TEMPLATES / name, root)
    (root / "gitignore").rename(root / ".gitignore")
    if name == "aviation":
        (root / "data").mkdir()
        for file in request.getfixturevalue("flights_data").values():
            shutil.copy(file, root / "data")
    loaded = load_mesh(root)
    assert loaded.mesh
    graph, findings = build_graph(loaded.mesh)
    assert [*map(str, loaded.diagnostics), *map(str, findings)] == []
    assert len(graph.order) == datasets


def test_every_product_of_the_example_publishes_alone() -> None:
    mesh = load_mesh(TEMPLATES / "aviation").mesh
    assert mesh
    graph, _ = build_graph(mesh)
    assert [unit for unit in graph.units if len(unit) > 1] == []
    assert sum(len(product.consumers) for product in mesh.products()) == 3
