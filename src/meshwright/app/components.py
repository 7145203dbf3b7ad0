"""The verbs `component list` and `component show`."""

from __future__ import annotations

from collections.abc import Iterator

from meshwright.app.component_reports import ComponentsReport, ComponentState
from meshwright.app.opened import open_mesh
from meshwright.app.workspace import Workspace
from meshwright.diagnostics import Diagnostic, InputError, known_names_hint
from meshwright.model import Component, Mesh


def list_components(workspace: Workspace) -> ComponentsReport:
    """Return every component that the mesh may use, with its versions and who uses it."""
    with open_mesh(workspace, "prod") as opened:
        return ComponentsReport(components=tuple(_states(opened.mesh)))


def show_component(workspace: Workspace, name: str) -> ComponentsReport:
    """Return one component by its name, or the one that a node uses. Raises InputError (MW-K016)."""
    with open_mesh(workspace, "prod") as opened:
        states = {state.name: state for state in _states(opened.mesh)}
        wanted = name.partition("@")[0]
        if wanted not in states:
            wanted = next((use.component for use in opened.mesh.uses() if use.node == name), wanted)
        if wanted not in states:
            raise InputError(unknown_name(name, [*states, *(use.node for use in opened.mesh.uses())]))
        return ComponentsReport(components=(states[wanted],))


def unknown_name(name: str, known: list[str]) -> Diagnostic:
    """Return the finding for a name that is neither a component nor a node that uses one."""
    return Diagnostic(
        code="MW-K016",
        message=f"no component and no use of one is called '{name[:80]}'",
        fix=known_names_hint(name, known, what="names"),
    )


def _states(mesh: Mesh) -> Iterator[ComponentState]:
    from meshwright.files.component_library import library_records  # lazy: the readers of components

    versions: dict[str, dict[str, Component]] = {}
    for component in (*library_records(), *mesh.components):
        versions.setdefault(component.name, {})[component.version] = component
    for name, found in sorted(versions.items()):
        yield ComponentState(
            name=name,
            versions=tuple(found.values()),
            uses=tuple(use for use in mesh.uses() if use.component == name),
        )
