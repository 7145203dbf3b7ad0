"""A mesh opened for one verb: loaded, graphed, with its ports. Closed when the verb is done."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING

from meshwright.app.environments import find_environment
from meshwright.app.prepared import PreparedMesh
from meshwright.app.toolbox import Toolbox
from meshwright.app.workspace import (
    Workspace,
    lend_cache,
    open_engine,
    open_mesh_state,
    open_sources,
    open_store,
)
from meshwright.diagnostics import Diagnostic, InputError, has_errors, sort_diagnostics
from meshwright.files.loaded import LoadedMesh
from meshwright.files.marks import Mark
from meshwright.files.remembered import remembered_mesh
from meshwright.frozen import dataclass
from meshwright.graph import Graph, build_graph, nested_findings, told_once
from meshwright.model import Mesh, identity, plain_address
from meshwright.model.portoffers import port_offers
from meshwright.model.variations import with_variations

if TYPE_CHECKING:
    from meshwright.engines.protocol import Engine
    from meshwright.files.cache import ParseCache
    from meshwright.sources.protocol import Sources
    from meshwright.state.protocol import State
    from meshwright.state.records import Environment
    from meshwright.store.protocol import Store

#: Findings that `app.outdated` weighs.
_OF_CONSUMERS = frozenset({"MW-M312", "MW-M313"})


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
    #: Identity of `contents`.
    files_identity: str
    #: Path -> how each of them, and every folder that was listed, looked before it was read.
    marks: Mapping[str, Mark]
    #: Product -> identity of what its record follows from.
    product_keys: Mapping[str, str]
    #: Addresses that the files define with an error.
    broken: frozenset[str]
    state: State
    store: Store
    engine: Engine
    sources: Sources
    cache: ParseCache
    #: The environment's name, and its row where it is a sandbox.
    environment: str
    sandbox: Environment | None = None


@contextmanager
def open_mesh(workspace: Workspace, environment: str, *, create_state: bool = False) -> Iterator[OpenedMesh]:
    """Load the mesh and open its ports; on a server both are there already.

    Findings are carried, not raised, but for a `mesh.yaml` that cannot be used at all.
    Raises InputError, WorldError.
    """
    with lend_cache(workspace) as cache:
        loaded = workspace.kept.loaded() if workspace.kept is not None else load(workspace, cache)
        if loaded.mesh is None:
            raise InputError(*sort_diagnostics(loaded.diagnostics))
        state = open_mesh_state(workspace, loaded.mesh, create=create_state)
        try:
            found = find_environment(loaded.mesh.environments, state.reader, environment)
            prepared = _prepared(workspace, loaded, found.base or environment, cache)
            mesh = prepared.mesh
            diagnostics = _weighed(prepared.diagnostics, mesh, state, environment)
            yield OpenedMesh(
                workspace=workspace,
                mesh=mesh,
                graph=prepared.graph,
                diagnostics=sort_diagnostics(told_once(mesh, diagnostics)),
                contents=loaded.contents,
                files_identity=prepared.files_identity,
                marks=loaded.marks,
                product_keys=prepared.product_keys,
                broken=prepared.broken,
                state=state,
                store=open_store(workspace, mesh),
                engine=open_engine(mesh),
                sources=open_sources(workspace),
                cache=cache,
                environment=environment,
                sandbox=found if found.is_sandbox else None,
            )
        finally:
            state.close()


def _prepared(workspace: Workspace, loaded: LoadedMesh, base: str, cache: ParseCache) -> PreparedMesh:
    def prepare(loaded: LoadedMesh, base: str) -> PreparedMesh:
        return _prepare(loaded, base, cache)

    return workspace.kept.prepared(loaded, base, prepare) if workspace.kept is not None else prepare(loaded, base)


def _prepare(found: LoadedMesh, base: str, cache: ParseCache) -> PreparedMesh:
    """Make of a mesh what an environment, or the base of a sandbox, sees."""
    loaded = _with_port_names(found, cache)
    assert loaded.mesh is not None  # without one nothing is prepared
    mesh = with_variations(replace(loaded.mesh, environment=base))
    broken = _with_varied(mesh, loaded.broken)
    graph, findings = build_graph(mesh, broken=broken)
    return PreparedMesh(
        loaded=found,
        mesh=mesh,
        graph=graph,
        diagnostics=(*loaded.diagnostics, *findings, *nested_findings(mesh, graph)),
        product_keys=loaded.product_keys,
        broken=broken,
        files_identity=loaded.identity,
    )


def _weighed(diagnostics: tuple[Diagnostic, ...], mesh: Mesh, state: State, environment: str) -> tuple[Diagnostic, ...]:
    """Turn findings about consumers whose entries stand published as they are into warnings."""
    if not any(found.code in _OF_CONSUMERS for found in diagnostics):
        return diagnostics
    from meshwright.app.outdated import without_outdated  # lazy: what plans are made of; few meshes have such entries

    return without_outdated(diagnostics, mesh, state.reader, environment)


def load(workspace: Workspace, cache: ParseCache) -> LoadedMesh:
    """Load the mesh; only the root's own files are remembered, not the frozen ones of a run."""
    if workspace.tree == workspace.root:
        return remembered_mesh(workspace.root, workspace.private, cache, Toolbox(workspace.root, cache))
    from meshwright.files.loader import load_mesh  # lazy: the readers of all formats

    return load_mesh(workspace.tree, cache=cache, tools=Toolbox(workspace.tree, cache))


def _with_port_names(loaded: LoadedMesh, cache: ParseCache) -> LoadedMesh:
    """Resolve what products read through ports; where no port has versions there is nothing to resolve.

    What a product's record follows from is then also what its names mean.
    """
    offers = port_offers(loaded.mesh) if loaded.mesh is not None else {}
    if loaded.mesh is None or not offers:
        return loaded
    from meshwright.files.portnames import with_port_names  # lazy: the readers of SQL

    named = with_port_names(loaded.mesh, offers, cache)
    keys = {
        address: identity("mwportnames1", loaded.product_keys[address], [[read.name, read.dataset] for read in reads])
        for address, reads in named.through.items()
    }
    product_keys = MappingProxyType({**loaded.product_keys, **keys})
    diagnostics = (*loaded.diagnostics, *named.findings)
    return replace(loaded, mesh=named.mesh, product_keys=product_keys, diagnostics=diagnostics)


def _with_varied(mesh: Mesh, broken: frozenset[str]) -> frozenset[str]:
    """Add the variations' twins of what is broken."""
    varied = (node.address for product in mesh.varied.values() for node in product.nodes.values())
    return broken | {address for address in varied if plain_address(address) in broken} if broken else broken


def require_sound(diagnostics: tuple[Diagnostic, ...]) -> None:
    """Raise InputError with every finding where one of them is an error."""
    if has_errors(diagnostics):
        raise InputError(*(sort_diagnostics(found for found in diagnostics if found.severity == "error")))
