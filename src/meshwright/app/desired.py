"""From the opened mesh to `Desired`: parameters resolved, rules compiled, types bound, scope chosen."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from meshwright.app.adoption import adopted_definitions
from meshwright.app.held import held_datasets
from meshwright.app.intervals import asked_intervals
from meshwright.app.judged_mesh import Judged
from meshwright.app.observing import Published
from meshwright.app.opened import OpenedMesh
from meshwright.app.scope import buildable_datasets, selected_datasets
from meshwright.checks.spec import CheckSpec
from meshwright.diagnostics import Diagnostic, InputError, known_names_hint
from meshwright.files.places import COMPONENTS_FOLDER
from meshwright.frozen import dataclass
from meshwright.model import Mesh, Node, Product, Refresh, Scalar, Veil, identity, product_of, variation_of
from meshwright.model.outside import InSandbox
from meshwright.model.parameters import (
    declared_parameters,
    node_overrides,
    parameter_types,
    parameter_values,
    resolved_parameters,
)
from meshwright.plan.identities import desired_port, node_definition
from meshwright.plan.values import Desired, DesiredNode, DesiredPort
from meshwright.state.records import ObjectKind

#: The folder of a component, of the mesh, of a domain, or kept: a version that is kept elsewhere is the same code.
_COMPONENT = re.compile(rf"^(?:[^/]+/)*?{COMPONENTS_FOLDER}/[^/]+/")


@dataclass(frozen=True, kw_only=True, slots=True)
class Wish:
    """What a plan is asked for."""

    select: tuple[str, ...] = ()
    variation: str | None = None
    only: bool = False
    refresh: bool = False
    #: Whether a schedule asks: nodes with `refresh: schedule` run again.
    is_scheduled: bool = False
    #: ``A..B``, for the datasets that are selected by name.
    interval: str | None = None
    params: Mapping[str, str] | None = None
    #: What differs from the environment, where the selection asks for it.
    changed: frozenset[str] | None = None
    #: Datasets and products that are held as they stand.
    pinned: frozenset[str] = frozenset()
    #: What stands in a sandbox and is to stand here, in place of a selection.
    promoted: Promoted | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Promoted:
    """What a promotion moves."""

    #: Products, those that are to go among them.
    products: frozenset[str]
    #: Dataset -> version that it gets as it is; the others of these products are built.
    versions: Mapping[str, str]


def build_desired(opened: OpenedMesh, judged: Judged, wish: Wish, published: Published) -> Desired:
    """Put together where the environment should get to. Raises InputError for a selection that matches nothing."""
    chosen = chosen_scope(opened, wish) if wish.promoted is None else _promoted_scope(opened, wish.promoted)
    scope = chosen - held_datasets(wish.pinned, chosen)
    adopted = adopted_definitions(opened, published.versions)
    is_whole = not wish.select and wish.variation is None
    whole = {
        product.address
        for product in opened.mesh.all_products()
        if scope.issuperset(product.datasets) and (product.datasets or is_whole)
    }
    whole |= _removed_products(opened, wish, published)
    if wish.promoted is not None:
        whole = set(wish.promoted.products)
    whole -= wish.pinned
    return Desired(
        mesh=opened.mesh,
        graph=opened.graph,
        nodes={node.address: _desired_node(node, opened, judged, adopted) for node in opened.mesh.all_nodes()},
        ports=_desired_ports(opened.mesh, judged.checks),
        code={product.address: code_digest(product) for product in opened.mesh.all_products()},
        scope=scope,
        whole_products=frozenset(whole),
        lineage=judged.typed.lineage,
        columns=judged.typed.columns,
        refreshed=_refreshed(opened, wish) if wish.refresh else _on_schedule(opened, wish),
        given=wish.promoted.versions if wish.promoted else MappingProxyType({}),
        is_together=wish.promoted is not None,
        veil=_veil(opened, published),
        asked=asked_intervals(wish.interval, _selected_nodes(opened, wish))
        if wish.interval is not None
        else MappingProxyType({}),
        may_lack_intervals=opened.sandbox is not None,
        environment=opened.environment,
        skipped=_left_out(opened),
    )


def _left_out(opened: OpenedMesh) -> frozenset[str]:
    """Return the nodes that a sandbox leaves out, as they say themselves."""
    if opened.sandbox is None:
        return frozenset()
    return frozenset(
        node.address
        for node in opened.mesh.all_nodes()
        if node.outside is not None and node.outside.in_sandbox is InSandbox.SKIP
    )


def _as_here(node: Node, opened: OpenedMesh) -> Node:
    """Return the node as it is in this environment: in a sandbox other options may take the place of its own."""
    work = node.outside
    if opened.sandbox is None or work is None or work.in_sandbox is not InSandbox.SUBSTITUTE:
        return node
    return replace(node, outside=replace(work, options=work.substitute or work.options))


def _veil(opened: OpenedMesh, published: Published) -> Veil | None:
    """Return what a sandbox hides."""
    if opened.sandbox is None:
        return None
    from meshwright.app.veils import veil_of  # lazy: what hides data needs an engine's values, and only sandboxes hide

    return veil_of(opened, published.versions.values())


def chosen_scope(opened: OpenedMesh, wish: Wish) -> frozenset[str]:
    """Return the datasets that a wish may build: what is selected and, without `only`, all that it is made from."""
    return buildable_datasets(opened, wish.select, wish.variation, only=wish.only, changed=wish.changed)


def _promoted_scope(opened: OpenedMesh, promoted: Promoted) -> frozenset[str]:
    """Return the nodes of promoted products that the files define, those that yield no dataset among them."""
    return frozenset(node.address for node in opened.mesh.all_nodes() if product_of(node.address) in promoted.products)


def _selected_nodes(opened: OpenedMesh, wish: Wish) -> tuple[Node, ...]:
    """Return the nodes that the selection itself names."""
    named = selected_datasets(opened, wish.select, wish.variation)
    return tuple(node for node in opened.mesh.all_nodes() if node.address in named)


def _refreshed(opened: OpenedMesh, wish: Wish) -> frozenset[str]:
    """Return the datasets that are asked to run again although nothing changed: opaque ones, and those built in parts."""
    nodes = _selected_nodes(opened, wish)
    return frozenset(node.address for node in nodes if node.is_opaque or node.incremental is not None)


def _on_schedule(opened: OpenedMesh, wish: Wish) -> frozenset[str]:
    """Return the datasets whose nodes run again because a schedule asks."""
    if not wish.is_scheduled:
        return frozenset()
    nodes = _selected_nodes(opened, wish)
    return frozenset(node.address for node in nodes if node.is_opaque and node.refresh is Refresh.SCHEDULE)


def _removed_products(opened: OpenedMesh, wish: Wish, published: Published) -> set[str]:
    """Return the published products that are gone from the mesh, among what a wish without a selection is about."""
    if wish.select:
        return set()
    return {
        name
        for name, pointer in published.pointers.items()
        if pointer.kind is ObjectKind.PRODUCT
        and opened.mesh.product(name) is None
        and wish.variation in {None, variation_of(name)}
    }


def node_parameters(mesh: Mesh, overrides: Mapping[str, str]) -> dict[str, Mapping[str, Scalar]]:
    """Resolve the parameters of every node. Raises InputError (MW-R014) for an override of nothing or of a wrong type."""
    declared = {name for product in mesh.products() for name in declared_parameters(mesh, product.address)}
    declared |= {name for node in mesh.nodes() if node.origin is None for name in node.params}
    for name in overrides:
        if name not in declared:
            raise InputError(
                Diagnostic(
                    code="MW-R014",
                    message=f"no parameter {name!r} is declared in this mesh",
                    fix=known_names_hint(name, declared, what="parameters"),
                )
            )
    try:
        return {node.address: resolved_parameters(mesh, node, overrides) for node in mesh.all_nodes()}
    except ValueError as error:
        raise _unfit(error) from None


def _unfit(error: ValueError) -> InputError:
    return InputError(Diagnostic(code="MW-R014", message=str(error), fix="give a value of the parameter's type"))


def asked_parameters(mesh: Mesh, overrides: Mapping[str, str]) -> dict[str, Mapping[str, Scalar]]:
    """Resolve the parameters that conditions of nodes ask for; `node_parameters` has found wrong overrides."""
    return {
        node.address: parameter_values(
            declared_parameters(mesh, product_of(node.address), node),
            node.when.params,
            node_overrides(node, overrides),
        )
        for node in mesh.all_nodes()
        if node.when is not None and node.when.params
    }


def product_parameters(mesh: Mesh, product: Product, overrides: Mapping[str, str]) -> Mapping[str, Scalar]:
    """Resolve the parameters that hold in a product, for its rules. Raises InputError (MW-R014) for a value of a wrong type."""
    declared = declared_parameters(mesh, product.address)
    try:
        return parameter_values(declared, tuple(declared), overrides)
    except ValueError as error:
        raise _unfit(error) from None


def _desired_node(
    node: Node, opened: OpenedMesh, judged: Judged, adopted: Mapping[str, tuple[str, str]]
) -> DesiredNode:
    node = _as_here(node, opened)
    fingerprint, definition = adopted.get(node.address) or node_definition(node)
    return DesiredNode(
        node=node,
        fingerprint=fingerprint,
        definition=definition,
        params=judged.params[node.address],
        param_types=parameter_types(opened.mesh, node),
        engine=opened.engine.identity,
        asked_params=judged.asked_params.get(node.address, MappingProxyType({})),
        checks=judged.checks.get(node.address, ()),
    )


def _desired_ports(mesh: Mesh, checks: Mapping[str, tuple[CheckSpec, ...]]) -> dict[str, DesiredPort]:
    ports = (port for product in mesh.products() for port in product.ports.values())
    return {port.address: desired_port(port, checks) for port in ports}


def code_digest(product: Product) -> str:
    """Return the digest of a product's resolved files, blind to where its folder lies, and those of its components."""
    prefix = f"{product.folder}/"
    parts = [[_COMPONENT.sub("component/", file.path.removeprefix(prefix)), file.digest] for file in product.files]
    return identity("mwcode1", sorted(parts))
