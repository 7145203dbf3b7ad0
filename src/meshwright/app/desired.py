"""From the opened mesh to `Desired`: parameters resolved, rules compiled, types bound, scope chosen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from meshwright.app.adoption import adopted_definitions
from meshwright.app.observing import Published
from meshwright.app.opened import OpenedMesh
from meshwright.app.statements import RememberedStatements
from meshwright.app.typed import TypedMesh, TypingInputs, type_mesh
from meshwright.app.typed_rules import bind_rules
from meshwright.checks.compile import compile_checks
from meshwright.checks.conform import contract_problems
from meshwright.checks.problems import rule_problems
from meshwright.checks.spec import CheckSpec
from meshwright.diagnostics import Diagnostic, InputError, known_names_hint
from meshwright.graph import Offers, ancestors, descendants, select
from meshwright.model import Mesh, Node, Product, Scalar, Version, identity
from meshwright.model.parameters import (
    declared_parameters,
    parameter_types,
    parameter_values,
    resolved_parameters,
)
from meshwright.plan.identities import desired_port, node_definition
from meshwright.plan.values import Desired, DesiredNode, DesiredPort
from meshwright.state.records import ObjectKind


@dataclass(frozen=True, kw_only=True, slots=True)
class Wish:
    """What a plan is asked for."""

    select: tuple[str, ...] = ()
    only: bool = False
    params: Mapping[str, str] | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Judged:
    """The mesh with everything that `check` finds out about it."""

    typed: TypedMesh
    checks: Mapping[str, tuple[CheckSpec, ...]]
    #: Dataset -> values of the parameters that its SQL reads.
    params: Mapping[str, Mapping[str, Scalar]]
    #: Every finding, of loading as well.
    diagnostics: tuple[Diagnostic, ...]


def judge_mesh(opened: OpenedMesh, versions: Mapping[str, Version], overrides: Mapping[str, str]) -> Judged:
    """Bind types, compile rules and compare promises with columns, over the whole mesh.

    `versions` is dataset -> published version. Raises InputError (MW-R014) for a wrong override.
    """
    params = node_parameters(opened.mesh, overrides)
    typed = type_mesh(
        TypingInputs(
            mesh=opened.mesh,
            graph=opened.graph,
            root=opened.workspace.root,
            published=versions,
            params=params,
            broken=opened.broken,
        ),
        opened.engine,
        opened.cache,
    )
    checks: dict[str, tuple[CheckSpec, ...]] = {}
    findings = [*opened.diagnostics, *typed.diagnostics]
    known = frozenset(opened.graph.order)
    offers = Offers.of(opened.mesh, opened.broken)
    parse = RememberedStatements(opened.cache)
    for product in opened.mesh.products():
        values = product_parameters(opened.mesh, product, overrides)
        declared = declared_parameters(opened.mesh, product.address)
        types = {name: parameter.type for name, (parameter, _) in declared.items()}
        checks.update(compile_checks(product, values, param_types=types, parse=parse))
        findings.extend(contract_problems(product, typed.columns))
        findings.extend(
            rule_problems(product, known | opened.broken, typed.columns, params=values, offers=offers, parse=parse)
        )
    parse.save()
    findings.extend(bind_rules(checks, typed.columns, findings, opened.engine, opened.cache))
    broken = opened.broken | descendants(opened.graph, opened.broken & known)
    told = tuple(found for found in findings if found in opened.diagnostics or found.object not in broken)
    return Judged(typed=typed, checks=checks, params=params, diagnostics=told)


def build_desired(opened: OpenedMesh, judged: Judged, wish: Wish, published: Published) -> Desired:
    """Put together where the environment should get to. Raises InputError for a selection that matches nothing."""
    scope = chosen_scope(opened, wish)
    adopted = adopted_definitions(opened, published.versions)
    whole = {
        product.address
        for product in opened.mesh.products()
        if scope.issuperset(product.datasets) and (product.datasets or not wish.select)
    }
    if not wish.select:
        whole |= {name for name, pointer in published.pointers.items() if pointer.kind is ObjectKind.PRODUCT}
    return Desired(
        mesh=opened.mesh,
        graph=opened.graph,
        nodes={node.address: _desired_node(node, opened, judged, adopted) for node in opened.mesh.nodes()},
        ports=_desired_ports(opened.mesh, judged.checks),
        code={product.address: _code_digest(product) for product in opened.mesh.products()},
        scope=scope,
        whole_products=frozenset(whole),
        lineage=judged.typed.lineage,
    )


def chosen_scope(opened: OpenedMesh, wish: Wish) -> frozenset[str]:
    """Return the datasets that a wish may build: what is selected and, without `only`, all that it is made from."""
    if not wish.select:
        return frozenset(opened.graph.order)
    selected = select(opened.graph, opened.mesh, " ".join(wish.select))
    return selected if wish.only else selected | ancestors(opened.graph, selected)


def node_parameters(mesh: Mesh, overrides: Mapping[str, str]) -> dict[str, Mapping[str, Scalar]]:
    """Resolve the parameters of every node. Raises InputError (MW-R014) for an override of nothing or of a wrong type."""
    declared = {name for product in mesh.products() for name in declared_parameters(mesh, product.address)}
    declared |= {name for node in mesh.nodes() for name in node.params}
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
        return {node.address: resolved_parameters(mesh, node, overrides) for node in mesh.nodes()}
    except ValueError as error:
        raise InputError(
            Diagnostic(code="MW-R014", message=str(error), fix="give a value of the parameter's type")
        ) from None


def product_parameters(mesh: Mesh, product: Product, overrides: Mapping[str, str]) -> Mapping[str, Scalar]:
    """Resolve the parameters that hold in a product, for its rules."""
    declared = declared_parameters(mesh, product.address)
    return parameter_values(declared, tuple(declared), overrides)


def _desired_node(
    node: Node, opened: OpenedMesh, judged: Judged, adopted: Mapping[str, tuple[str, str]]
) -> DesiredNode:
    fingerprint, definition = adopted.get(node.address) or node_definition(node)
    return DesiredNode(
        node=node,
        fingerprint=fingerprint,
        definition=definition,
        params=judged.params[node.address],
        param_types=parameter_types(opened.mesh, node),
        engine=opened.engine.identity,
        checks=judged.checks.get(node.address, ()),
    )


def _desired_ports(mesh: Mesh, checks: Mapping[str, tuple[CheckSpec, ...]]) -> dict[str, DesiredPort]:
    ports = (port for product in mesh.products() for port in product.ports.values())
    return {port.address: desired_port(port, checks) for port in ports}


def _code_digest(product: Product) -> str:
    """Return the digest of a product's resolved files, blind to where the product's folder lies."""
    prefix = f"{product.folder}/"
    return identity("mwcode1", sorted([file.path.removeprefix(prefix), file.digest] for file in product.files))
