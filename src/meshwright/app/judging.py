"""Judges a mesh anew: types bound, rules compiled, promises compared with columns. Enter by `app.judged.judge_mesh`."""

from __future__ import annotations

from collections.abc import Mapping

from meshwright.app.desired import node_parameters, product_parameters
from meshwright.app.judged import Judged
from meshwright.app.opened import OpenedMesh
from meshwright.app.statements import RememberedStatements
from meshwright.app.typed import TypingInputs, type_mesh
from meshwright.app.typed_rules import bind_rules
from meshwright.app.typed_told import ToldColumns
from meshwright.app.unused import unused_parameters
from meshwright.app.varied import varied_checks
from meshwright.checks.compile import compile_checks
from meshwright.checks.conform import contract_problems
from meshwright.checks.problems import rule_problems
from meshwright.checks.spec import CheckSpec
from meshwright.checks.unittests import unit_problems
from meshwright.graph import Offers, descendants, is_plain, without_echoes
from meshwright.model.parameters import declared_parameters


def judge(opened: OpenedMesh, told: ToldColumns, overrides: Mapping[str, str]) -> Judged:
    """Find out everything about the mesh that its files, the columns `told` and `overrides` determine.

    Raises InputError (MW-R014) for a wrong override.
    """
    params = node_parameters(opened.mesh, overrides)
    typed = type_mesh(
        TypingInputs(mesh=opened.mesh, graph=opened.graph, told=told, params=params, broken=opened.broken),
        opened.engine,
        opened.cache,
    )
    checks: dict[str, tuple[CheckSpec, ...]] = {}
    varied: dict[str, tuple[CheckSpec, ...]] = {}
    findings = [*opened.diagnostics, *typed.diagnostics]
    known = frozenset(filter(is_plain, opened.graph.order))
    offers = Offers.of(opened.mesh, opened.broken)
    parse = RememberedStatements(opened.cache)
    for product in opened.mesh.products():
        values = product_parameters(opened.mesh, product, overrides)
        declared = declared_parameters(opened.mesh, product.address)
        types = {name: parameter.type for name, (parameter, _) in declared.items()}
        checks.update(compile_checks(product, values, param_types=types, parse=parse))
        findings.extend(contract_problems(product, typed.columns))
        findings.extend(unit_problems(product, typed.columns))
        findings.extend(
            rule_problems(product, known | opened.broken, typed.columns, params=values, offers=offers, parse=parse)
        )
    for derived in opened.mesh.varied.values():
        values = product_parameters(opened.mesh, derived, overrides)
        varied.update(varied_checks(opened.mesh, derived, values, parse))
    parse.save()
    findings.extend(bind_rules(checks, typed.columns, findings, opened.engine, opened.cache))
    findings.extend(unused_parameters(opened.mesh, checks, opened.broken))
    checks.update(varied)
    broken = opened.broken | descendants(opened.graph, opened.broken.intersection(opened.graph.order))
    shown = tuple(
        found for found in without_echoes(findings) if found in opened.diagnostics or found.object not in broken
    )
    return Judged(typed=typed, checks=checks, params=params, diagnostics=shown)
