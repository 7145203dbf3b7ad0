"""Which datasets that outside tools told of are never forgotten: those that the mesh names itself."""

from __future__ import annotations

from meshwright.app.environments import OpenedState
from meshwright.app.opened import open_mesh
from meshwright.app.outside_told_names import own_names
from meshwright.diagnostics import Diagnostic, MeshwrightError
from meshwright.frozen import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class NamedDatasets:
    """Datasets by id."""

    #: None where nobody can tell, for the mesh cannot be read: none is forgotten then.
    ids: frozenset[str] | None
    failed: tuple[Diagnostic, ...] = ()


def named_datasets(opened: OpenedState) -> NamedDatasets:
    """Return the datasets that are joined to ours by a name that the mesh gives them, in any environment, and what sources read."""
    if opened.state.outside.is_empty():
        return NamedDatasets(ids=frozenset())
    try:
        with open_mesh(opened.workspace, "prod") as mesh:
            if mesh.broken:
                return NamedDatasets(ids=None)
            names = own_names(mesh.mesh, opened.workspace.root, "prod")
    except MeshwrightError as error:
        return NamedDatasets(ids=None, failed=(error.first,))
    known = opened.state.outside.map().datasets
    return NamedDatasets(ids=frozenset(id_ for id_, dataset in known.items() if names.is_given(dataset.name)))
