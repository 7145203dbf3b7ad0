"""Modules import as a tree: none needs, by whatever way, one that needs it, not even for its types."""

from __future__ import annotations

import ast
import graphlib
from collections.abc import Iterator
from pathlib import Path

import meshwright

SOURCE = Path(meshwright.__file__).parent
#: Pairs of which the second names a type of the first, which holds it.
KNOWN = frozenset(
    {
        ("meshwright.app.workspace", "meshwright.app.kept"),
        ("meshwright.faces.cli.remote", "meshwright.faces.cli.remote_runs"),
    }
)


def modules() -> dict[str, Path]:
    found = {}
    for path in SOURCE.rglob("*.py"):
        parts = path.relative_to(SOURCE.parent).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def imported(path: Path, names: dict[str, Path]) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (each.name for each in node.names if each.name in names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            for each in node.names:
                whole = f"{node.module}.{each.name}"
                found = whole if whole in names else node.module
                if found in names:
                    yield found


def test_no_module_needs_one_that_needs_it() -> None:
    names = modules()
    assert len(names) > 500
    sorter = graphlib.TopologicalSorter(
        {
            name: {found for found in imported(path, names) if found != name and (name, found) not in KNOWN}
            for name, path in names.items()
        }
    )
    sorter.prepare()  # CycleError names the modules
