"""A mesh opened for one verb: loaded, graphed, with its ports. Closed when the verb is done."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from meshwright.app.workspace import (
    Workspace,
    open_cache,
    open_engine,
    open_mesh_state,
    open_store,
    require_environment,
)
from meshwright.diagnostics import Diagnostic, InputError, has_errors, sort_diagnostics
from meshwright.engines.protocol import Engine
from meshwright.files.loader import load_mesh
from meshwright.graph import Graph, build_graph
from meshwright.model import Mesh

if TYPE_CHECKING:
    from meshwright.files.cache import ParseCache
    from meshwright.state.protocol import State
    from meshwright.store.protocol import Store


@dataclass(frozen=True, kw_only=True, slots=True)
class OpenedMesh:
    """What a verb works with."""

    workspace: Workspace
    mesh: Mesh
    graph: Graph
    #: Findings of loading and of the references between datasets.
    diagnostics: tuple[Diagnostic, ...]
    #: path -> bytes of every file the mesh was read from.
    contents: Mapping[str, bytes]
    #: Addresses that the files define with an error.
    broken: frozenset[str]
    state: State
    store: Store
    engine: Engine
    cache: ParseCache
    environment: str


@contextmanager
def open_mesh(workspace: Workspace, environment: str, *, create_state: bool = False) -> Iterator[OpenedMesh]:
    """Load the mesh and open its ports.

    Findings are carried, not raised, but for a `mesh.yaml` that cannot be used at all.
    Raises InputError, WorldError.
    """
    with open_cache(workspace) as cache:
        loaded = load_mesh(workspace.tree, cache=cache)
        if loaded.mesh is None:
            raise InputError(*sort_diagnostics(loaded.diagnostics))
        require_environment(loaded.mesh, environment)
        graph, findings = build_graph(loaded.mesh, broken=loaded.broken)
        state = open_mesh_state(workspace, loaded.mesh, create=create_state)
        try:
            yield OpenedMesh(
                workspace=workspace,
                mesh=loaded.mesh,
                graph=graph,
                diagnostics=sort_diagnostics((*loaded.diagnostics, *findings)),
                contents=loaded.contents,
                broken=loaded.broken,
                state=state,
                store=open_store(workspace, loaded.mesh),
                engine=open_engine(loaded.mesh),
                cache=cache,
                environment=environment,
            )
        finally:
            state.close()


def require_sound(diagnostics: tuple[Diagnostic, ...]) -> None:
    """Raise InputError with every finding where one of them is an error."""
    if has_errors(diagnostics):
        raise InputError(*(sort_diagnostics(found for found in diagnostics if found.severity == "error")))
