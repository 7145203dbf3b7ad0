"""A policy's rows become violations of objects, exemptions hold until their day, and a domain judges its own objects only."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from meshwright.checks.exemptions import exemption_problems
from meshwright.checks.policies import MOST_SHOWN, PolicyAnswer, Verdict, findings_of, judge
from meshwright.checks.refusals import refusals
from meshwright.checks.violators import find_violator, is_object
from meshwright.diagnostics import Diagnostic, Severity, SourceSpan
from meshwright.files.loader import load_mesh
from meshwright.model import Column, Exemption, Mesh, Policy, PolicyLevel
from tests.meshes import write_mesh

DAY = dt.date(2026, 11, 21)
CONTRACT = "domains/sales/orders/contracts/orders.odcs.yaml"


@pytest.fixture(scope="module")
def mesh(tmp_path_factory: pytest.TempPathFactory) -> Mesh:
    loaded = load_mesh(write_mesh(tmp_path_factory.mktemp("shop")))
    assert loaded.mesh is not None
    return loaded.mesh


def policy(level: PolicyLevel = PolicyLevel.BLOCK, domain: str | None = None) -> Policy:
    folder = f"domains/{domain}/policies" if domain else "policies"
    return Policy(
        name="named",
        domain=domain,
        level=level,
        why="Because.",
        fix="Mend it.",
        text="",
        reads=("mesh.ports",),
        span=SourceSpan(file=f"{folder}/named.sql"),
    )


def answer(*rows: dict[str, str | None]) -> PolicyAnswer:
    columns = tuple(rows[0]) if rows else ("message", "object")
    return PolicyAnswer(columns=columns, rows=tuple(tuple(row.values()) for row in rows))


def exemption(thing: str, expires: str = "2026-11-21", domain: str | None = None) -> Exemption:
    return Exemption(
        policy="named",
        object=thing,
        owner="team:a",
        reason="Soon.",
        expires=dt.date.fromisoformat(expires),
        domain=domain,
        span=SourceSpan(file="policies/exemptions.yaml", line=2, column=5),
    )


@pytest.mark.parametrize(
    ("row", "address", "domain", "place"),
    [
        ({"product": "sales.orders", "port": "sales.orders/orders"}, "sales.orders/orders", "sales", f"{CONTRACT}:1:1"),
        ({"product": "sales.orders", "port": "orders"}, "sales.orders/orders", "sales", f"{CONTRACT}:1:1"),
        (
            {"domain": "sales", "product": "orders"},
            "sales.orders",
            "sales",
            "domains/sales/orders/product.odps.yaml:1:1",
        ),
        ({"product": "sales.orders", "dataset": "orders"}, "sales.orders.orders", "sales", None),
        ({"dataset": "sales.orders.orders", "column": "amount"}, "sales.orders.orders.amount", "sales", None),
        ({"column": "sales.orders.orders.amount"}, "sales.orders.orders.amount", "sales", None),
        ({"column": "amount"}, None, None, None),
        ({"address": "sales.orders.orders.amount", "domain": "sales"}, "sales.orders.orders.amount", "sales", None),
        ({"domain": "sales"}, "sales", "sales", "domains/sales/domain.yaml:1:1"),
        ({"object": "the weather", "domain": "sales"}, "the weather", "sales", None),
        ({"file": "domains/finance/x.sql", "line": "7"}, None, "finance", "domains/finance/x.sql:7:1"),
        ({"file": "mesh.yaml", "line": "0"}, None, None, "mesh.yaml:1:1"),
        ({"file": "mesh.yaml", "line": "99999999999999999999"}, None, None, "mesh.yaml:1:1"),
        ({"file": "mesh.yaml", "line": "-3"}, None, None, "mesh.yaml:1:1"),
        (
            {"product": "sales.orders", "port": None},
            "sales.orders",
            "sales",
            "domains/sales/orders/product.odps.yaml:1:1",
        ),
        ({"object": " "}, None, None, None),
    ],
)
def test_a_row_is_about_the_most_specific_object_that_it_names(
    mesh: Mesh, row: dict[str, str | None], address: str | None, domain: str | None, place: str | None
) -> None:
    found = find_violator(mesh, row)
    assert (found.address, found.domain) == (address, domain)
    if place is not None:
        assert str(found.span) == place


def test_a_finding_says_what_why_and_how(mesh: Mesh) -> None:
    verdict = judge(policy(), answer({"message": "no freshness", "port": "sales.orders/orders"}), mesh, DAY)
    (found,) = findings_of(verdict)
    assert found == Diagnostic(
        code="MW-V101",
        message="sales.orders/orders: no freshness (policy 'named': Because.)",
        span=SourceSpan(file=CONTRACT),
        fix="Mend it.",
        severity=Severity.ERROR,
        object="sales.orders/orders",
    )
    assert verdict.is_blocking
    assert refusals([found]) == (found,)


@pytest.mark.parametrize(
    ("level", "severity"),
    [(PolicyLevel.BLOCK, Severity.ERROR), (PolicyLevel.WARN, Severity.WARNING), (PolicyLevel.ADVISE, Severity.INFO)],
)
def test_the_level_decides_the_severity(mesh: Mesh, level: PolicyLevel, severity: Severity) -> None:
    verdict = judge(policy(level), answer({"message": "m", "domain": "sales"}), mesh, DAY)
    assert [found.severity for found in findings_of(verdict)] == [severity]
    assert verdict.is_blocking == (level is PolicyLevel.BLOCK)
    assert bool(refusals(findings_of(verdict))) == (level is PolicyLevel.BLOCK)


@pytest.mark.parametrize("thing", ["sales", "sales.orders", "sales.orders/orders"])
def test_an_exemption_covers_its_object_and_what_lies_in_it(mesh: Mesh, thing: str) -> None:
    exempted = replace(mesh, exemptions=(exemption(thing),))
    verdict = judge(policy(), answer({"message": "m", "port": "sales.orders/orders"}), exempted, DAY)
    assert verdict.standing == ()
    (found,) = findings_of(verdict)
    assert (found.code, found.severity) == ("MW-V102", Severity.INFO)
    assert "exempted by team:a until 2026-11-21: Soon." in found.message


@pytest.mark.parametrize(
    ("thing", "expires"),
    [
        ("sales.orders", "2026-11-20"),
        ("sales.order", "2999-01-01"),
        ("sales.orders/order", "2999-01-01"),
        ("finance", "2999-01-01"),
    ],
)
def test_an_expired_exemption_and_one_of_another_object_hold_nothing(mesh: Mesh, thing: str, expires: str) -> None:
    exempted = replace(mesh, exemptions=(exemption(thing, expires),))
    verdict = judge(policy(), answer({"message": "m", "port": "sales.orders/orders"}), exempted, DAY)
    assert len(verdict.standing) == 1


def test_a_domain_cannot_exempt_itself_from_a_policy_of_the_mesh(mesh: Mesh) -> None:
    sales = replace(mesh.domains["sales"], exemptions=(exemption("sales", domain="sales"),))
    exempted = replace(mesh, domains={**mesh.domains, "sales": sales}, policies=(policy(),))
    verdict = judge(policy(), answer({"message": "m", "port": "sales.orders/orders"}), exempted, DAY)
    assert len(verdict.standing) == 1
    (problem,) = exemption_problems(exempted, {}, DAY)
    assert problem.code == "MW-V209"
    assert problem.fix == "an exemption belongs to the owners of the policy: move it to policies/exemptions.yaml"


def test_a_domains_policy_judges_its_own_objects_only(mesh: Mesh) -> None:
    rows = [{"message": "m", "product": "sales.orders"}, {"message": "m", "product": "finance.report"}]
    verdict = judge(policy(domain="sales"), answer(*rows), mesh, DAY)
    assert [violation.object for violation in verdict.violations] == ["sales.orders"]
    assert verdict.foreign == 1
    assert len(judge(policy(), answer(*rows), mesh, DAY).violations) == 2


def test_a_row_of_a_domains_policy_that_names_nothing_is_about_the_domain(mesh: Mesh) -> None:
    verdict = judge(policy(domain="sales"), answer({"message": "too many", "product": None}), mesh, DAY)
    assert [violation.object for violation in verdict.violations] == ["sales"]


@pytest.mark.parametrize(
    ("columns", "domain", "words"),
    [
        (("port", "file"), None, "gives no column 'message' (it gives port, file)"),
        (("message",), "sales", "does not say what its rows are about"),
    ],
)
def test_an_answer_needs_its_columns(mesh: Mesh, columns: tuple[str, ...], domain: str | None, words: str) -> None:
    verdict = judge(policy(domain=domain), PolicyAnswer(columns=columns), mesh, DAY)
    assert verdict.problem is not None
    assert verdict.problem.code == "MW-V106"
    assert words in verdict.problem.message
    assert findings_of(verdict) == (verdict.problem,)
    assert refusals(findings_of(verdict)) == ()  # wrong input, not a refusal


def test_very_many_violations_are_counted_and_those_that_stand_are_shown_first(mesh: Mesh) -> None:
    rows = [{"message": f"m{number:04}", "object": "sales" if number % 2 else "finance"} for number in range(300)]
    exempted = replace(mesh, exemptions=(exemption("finance"),))
    found = findings_of(judge(policy(), answer(*rows), exempted, DAY))
    assert len(found) == MOST_SHOWN + 1
    assert {one.code for one in found[:-1]} == {"MW-V101"}
    assert found[-1].message == "policy 'named' has 200 more violations, 150 of them exempted; 100 are shown"
    assert found[-1].severity is Severity.ERROR
    assert len(refusals(found)) == MOST_SHOWN + 1


def test_left_out_violations_that_are_all_exempted_are_a_note(mesh: Mesh) -> None:
    rows = [{"message": f"m{number:04}", "object": "finance"} for number in range(120)]
    exempted = replace(mesh, exemptions=(exemption("finance"),))
    found = findings_of(judge(policy(), answer(*rows), exempted, DAY))
    assert found[-1].severity is Severity.INFO
    assert refusals(found) == ()


def test_a_violation_without_words_says_that_the_policy_is_not_kept(mesh: Mesh) -> None:
    verdict = judge(policy(), answer({"message": None, "object": None}), mesh, DAY)
    (violation,) = verdict.violations
    assert violation.message == "it is not kept"
    assert violation.span == policy().span


@pytest.mark.parametrize(
    ("item", "code", "fix"),
    [
        (replace(exemption("sales"), policy="nmaed"), "MW-V209", "did you mean 'named'?"),
        (exemption("sales.order"), "MW-V210", "did you mean 'sales.orders'?"),
        (exemption("sales.orders/order"), "MW-V210", "did you mean 'sales.orders/orders'?"),
        (exemption("sales.orders.orders.amuont"), "MW-V210", "objects:"),
        (exemption("sales", "2026-11-20"), "MW-V211", "remove the exemption"),
    ],
)
def test_an_exemption_from_nothing_is_found(mesh: Mesh, item: Exemption, code: str, fix: str) -> None:
    exempted = replace(mesh, policies=(policy(),), exemptions=(item,))
    columns = {"sales.orders.orders": (Column(name="amount", type="DOUBLE"),)}
    (problem,) = exemption_problems(exempted, columns, DAY)
    assert problem.code == code
    assert fix in (problem.fix or "")
    assert problem.span == item.span
    assert problem.severity is (Severity.WARNING if code == "MW-V211" else Severity.ERROR)


@pytest.mark.parametrize(
    "thing", ["sales", "sales.orders", "sales.orders/orders", "sales.orders.orders", "sales.orders.orders.amount"]
)
def test_a_sound_exemption_is_no_finding(mesh: Mesh, thing: str) -> None:
    exempted = replace(mesh, policies=(policy(),), exemptions=(exemption(thing),))
    columns = {"sales.orders.orders": (Column(name="Amount", type="DOUBLE"),)}
    assert exemption_problems(exempted, columns, DAY) == ()


def test_what_could_not_be_read_is_not_called_absent(mesh: Mesh) -> None:
    exempted = replace(mesh, policies=(policy(),), exemptions=(exemption("sales.lost.x"),))
    assert exemption_problems(exempted, {}, DAY, broken={"sales.lost"}) == ()


@pytest.mark.parametrize("name", ["", "sale", "sales.orders/", "/orders", "sales/orders", "a.b.c.d.e", "sales..orders"])
def test_what_is_no_address_is_no_object(mesh: Mesh, name: str) -> None:
    assert not is_object(mesh, name)


def test_a_policy_that_cannot_be_judged_refuses_nothing_by_itself() -> None:
    problem = Diagnostic(code="MW-V104", message="m")
    assert not Verdict(policy=policy(), problem=problem).is_blocking
