"""Judges a mesh anew: types bound, rules compiled, promises compared with columns. Enter by `app.judged.judge_mesh`."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

from meshwright.app.desired import asked_parameters, node_parameters, product_parameters
from meshwright.app.judged_mesh import Judged
from meshwright.app.judged_products import JudgedBefore, JudgedProduct, Names, clean_products, datasets_read
from meshwright.app.lineage_beside import lineage_beside
from meshwright.app.opened import OpenedMesh
from meshwright.app.statements import RememberedStatements
from meshwright.app.typed import TypingInputs, type_mesh, weighed
from meshwright.app.typed_rules import bind_rules
from meshwright.app.typed_told import ToldColumns, TypedMesh
from meshwright.app.unused import unused_parameters
from meshwright.app.varied import varied_checks
from meshwright.checks.compile import compile_checks
from meshwright.checks.conform import contract_problems
from meshwright.checks.problems import rule_problems
from meshwright.checks.references import Contracts
from meshwright.checks.relationships import circle_problems
from meshwright.checks.spec import CheckSpec
from meshwright.checks.unittests import unit_problems
from meshwright.diagnostics import Diagnostic, Severity
from meshwright.frozen import dataclass
from meshwright.graph import descendants, without_echoes
from meshwright.model import Columns, Product, Scalar, identity, product_of
from meshwright.model.parameters import declared_parameters
from meshwright.model.texts import column_written


def judge(
    opened: OpenedMesh,
    told: ToldColumns,
    overrides: Mapping[str, str],
    before: JudgedBefore | None = None,
    *,
    traced: Collection[str] = (),
) -> Judged:
    """Find out everything about the mesh that its files, the columns `told` and `overrides` determine.

    What was found out `before` about products by themselves is taken over where it still holds. The caller will ask for the
    lineage of the datasets `traced`. Raises InputError (MW-R014) for a wrong override.
    """
    params = node_parameters(opened.mesh, overrides)
    inputs = TypingInputs(
        mesh=opened.mesh,
        graph=opened.graph,
        told=told,
        params=params,
        broken=opened.broken,
        before=before.typed if before is not None else None,
    )
    with lineage_beside(opened.mesh, traced, opened.cache) as following:
        typed = type_mesh(inputs, opened.engine, opened.cache, following)
        return _judged(opened, inputs, typed, overrides, before)


def _judged(
    opened: OpenedMesh,
    inputs: TypingInputs,
    typed: TypedMesh,
    overrides: Mapping[str, str],
    before: JudgedBefore | None,
) -> Judged:
    """Compile rules, compare promises with columns, and bind queries."""
    findings = [*opened.diagnostics, *typed.diagnostics]
    wrong = {found.span.file for found in findings if found.severity is Severity.ERROR and found.span is not None}
    parse = RememberedStatements(opened.cache)
    world = _World(
        opened=opened,
        overrides=overrides,
        columns=typed.columns,
        names=Names.of(opened),
        parse=parse,
        contracts=Contracts.of(opened.mesh),
    )
    judged = _judge_products(world, wrong, before)
    taken = before.products if before is not None else {}
    anew: dict[str, tuple[CheckSpec, ...]] = {}
    checks: dict[str, tuple[CheckSpec, ...]] = {}
    varied: dict[str, tuple[CheckSpec, ...]] = {}
    for address, product in judged.items():
        findings.extend(product.findings)
        checks.update(product.checks)
        if taken.get(address) is not product:
            anew.update(product.checks)
    for derived in opened.mesh.varied.values():
        values = product_parameters(opened.mesh, derived, overrides)
        varied.update(varied_checks(opened.mesh, derived, values, parse))
    parse.save(is_all=len(anew) == len(checks))
    bound = bind_rules(anew, typed.columns, findings, opened.engine, opened.cache, parse)
    bound = tuple(_as_written(opened, found) for found in bound)
    findings.extend(bound)
    graph = opened.graph
    findings.extend(circle_problems(graph.units, graph.parents, checks))
    findings = [weighed(found, opened.graph, inputs.told.guessed) for found in findings]
    findings.extend(unused_parameters(opened.mesh, checks, opened.broken))
    checks.update(varied)
    broken = opened.broken | descendants(opened.graph, opened.broken.intersection(opened.graph.order))
    shown = tuple(
        found for found in without_echoes(findings) if found in opened.diagnostics or found.object not in broken
    )
    return Judged(
        typed=typed,
        checks=checks,
        params=inputs.params,
        asked_params=asked_parameters(opened.mesh, overrides),
        diagnostics=shown,
        products=clean_products(judged, bound),
        names=world.names.identity,
    )


def _as_written(opened: OpenedMesh, found: Diagnostic) -> Diagnostic:
    """Return a finding about a test file at its place in the file, whose names may not be those that were bound."""
    product = opened.mesh.product(product_of(found.object or ""))
    if product is None or found.span is None:
        return found
    for test in product.sql_tests:
        if test.written is not None and test.span is not None and test.span.file == found.span.file:
            column = column_written(test.text, test.written, found.span.line, found.span.column)
            return replace(found, span=replace(found.span, column=column))
    return found


@dataclass(frozen=True, kw_only=True, slots=True)
class _World:
    """What products are judged in."""

    opened: OpenedMesh
    overrides: Mapping[str, str]
    #: Dataset -> columns.
    columns: Mapping[str, Columns]
    names: Names
    parse: RememberedStatements
    #: What relationships may refer to.
    contracts: Contracts


def _judge_products(world: _World, wrong: Collection[str], before: JudgedBefore | None) -> dict[str, JudgedProduct]:
    """Judge each product by itself, those aside of which what was found out `before` still holds."""
    mesh = world.opened.mesh
    found: dict[str, JudgedProduct] = {}
    for product in mesh.products():
        values = product_parameters(mesh, product, world.overrides)
        declared = declared_parameters(mesh, product.address)
        types = {name: parameter.type for name, (parameter, _) in declared.items()}
        reached = world.contracts.reached(product)
        product_key = world.opened.product_keys[product.address]
        key = identity("mwjudgedproduct1", product_key, dict(values), types, *([list(reached)] if reached else ()))
        standing = None
        if before is not None and before.names == world.names.identity:
            standing = before.standing(product, key, world.columns, wrong)
        found[product.address] = standing or _judge_product(world, product, key, values, types)
    return found


def _judge_product(
    world: _World, product: Product, key: str, values: Mapping[str, Scalar], types: Mapping[str, str]
) -> JudgedProduct:
    """Find out about a product by itself; whether its rules bind is not among it."""
    names, parse = world.names, world.parse
    known = world.contracts
    checks = compile_checks(product, values, param_types=types, parse=parse, contracts=known)
    findings = (
        *contract_problems(product, world.columns),
        *unit_problems(product, world.columns),
        *rule_problems(
            product, names.known, world.columns, params=values, offers=names.offers, parse=parse, contracts=known
        ),
    )
    return JudgedProduct(key=key, checks=checks, findings=findings, reads=datasets_read(product, checks))
