"""Who could move to a newer version of a component: the mesh read once more, as if everybody had."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from meshwright.app.toolbox import Toolbox
from meshwright.diagnostics import Diagnostic, Severity
from meshwright.model import ComponentUse, Mesh, product_of
from meshwright.plan.component_moves import changed_datasets, newer_version
from meshwright.plan.movable import ComponentMove

if TYPE_CHECKING:
    from meshwright.app.opened import OpenedMesh


def component_moves(opened: OpenedMesh) -> tuple[ComponentMove, ...]:
    """Return the uses that could move to a version that the mesh's files hold, with what would change; ordered by node."""
    mesh = opened.mesh
    newer = {
        use.node: (use, found)
        for use in mesh.uses()
        if use.component and (found := newer_version(use, mesh.components)) is not None
    }
    if not newer:
        return ()
    moved = {node: f"{use.component}@{version}" for node, (use, (version, in_range)) in newer.items() if in_range}
    after, problems = mesh_with(opened, moved) if moved else (mesh, {})
    return tuple(
        ComponentMove(
            node=node,
            component=use.component,
            version=use.version,
            newest=version,
            is_in_range=in_range,
            datasets=changed_datasets(mesh, after, opened.graph, use) if in_range and node not in problems else (),
            problem=problems.get(node),
        )
        for node, (use, (version, in_range)) in sorted(newer.items())
    )


def mesh_with(opened: OpenedMesh, moved: Mapping[str, str]) -> tuple[Mesh, Mapping[str, str]]:
    """Return the mesh with some uses at other versions, and why uses do not fit theirs, node -> message."""
    from meshwright.files.loader import load_mesh  # lazy: the readers of all formats

    loaded = load_mesh(
        opened.workspace.tree, cache=opened.cache, tools=Toolbox(opened.workspace.tree, opened.cache), moved=moved
    )
    assert loaded.mesh is not None  # it was read from the same files
    return loaded.mesh, new_problems(opened.mesh.uses(), opened.diagnostics, loaded.diagnostics, moved)


def new_problems(
    uses: Iterable[ComponentUse], before: Iterable[Diagnostic], after: Iterable[Diagnostic], moved: Mapping[str, str]
) -> dict[str, str]:
    """Return the first error about each moved use, or about its product, that was not there before."""
    known = {(found.code, found.message) for found in before}
    errors = [each for each in after if each.severity is Severity.ERROR and (each.code, each.message) not in known]
    problems: dict[str, str] = {}
    for use in uses:
        if use.node not in moved:
            continue
        own = {use.node, *use.nodes}
        for error in errors:
            if error.object in own or (error.object is not None and product_of(error.object) == product_of(use.node)):
                problems.setdefault(use.node, f"{error.code} {error.message}")
    return problems
