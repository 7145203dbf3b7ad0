"""A rule has one history: through edits, renames, refused candidates and environments, with the rows that failed it."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from meshwright.app.apply import RunOptions, apply
from meshwright.app.collection import CollectionOptions, collect
from meshwright.app.rule_history import MOST, RuleHistory, list_rules, show_rule
from meshwright.app.runs import show_run
from meshwright.app.sandboxes import SandboxWish, create_sandbox
from meshwright.app.testing import TestOptions, test
from meshwright.app.workspace import Workspace, open_workspace
from meshwright.diagnostics import InputError
from meshwright.faces.text.rules import rule_lines, rules_lines
from meshwright.faces.text.show import run_detail_lines
from meshwright.faces.text.terminal import Look
from meshwright.run.report import RunReport
from tests.meshes import write_mesh

ORDERS = "sales.orders.orders"
CONTRACT = "domains/sales/orders/contracts/orders.odcs.yaml"
ENOUGH = "{id: enough, metric: rowCount, mustBeGreaterThan: 2}"


@pytest.fixture
def shop(tmp_path: Path) -> Workspace:
    return open_workspace(write_mesh(tmp_path / "shop"))


def edit(workspace: Workspace, before: str, after: str, path: str = CONTRACT) -> None:
    file = workspace.root / path
    text = file.read_text()
    assert before in text
    file.write_text(text.replace(before, after))


def run(workspace: Workspace, **options: object) -> RunReport:
    return apply(workspace, RunOptions(**options))  # type: ignore[arg-type]


def told(history: RuleHistory) -> list[tuple[str, str, object]]:
    return [(each.environment, each.outcome.verdict, each.outcome.value) for each in history.entries]


def test_history_goes_on_through_an_edit_of_the_bound_and_says_what_was_edited(shop: Workspace) -> None:
    first = run(shop)
    edit(shop, ENOUGH, ENOUGH.replace("2", "9"))
    second = run(shop)
    assert {step.action.value for step in second.steps if step.dataset == ORDERS} <= {"reuse", "test"}, (
        "nothing is built again"
    )
    history = show_rule(shop, ORDERS, "enough")
    newest, oldest = history.entries
    assert told(history) == [("prod", "stop", 4), ("prod", "pass", 4)]
    assert (newest.run_id, oldest.run_id) == (second.run_id, first.run_id)
    assert newest.outcome.version == oldest.outcome.version
    assert newest.is_published
    assert [(change.what, change.before, change.after) for change in newest.changes] == [
        ("bound", "must be greater than 2", "must be greater than 9")
    ]
    assert (oldest.changes, oldest.outcome.bound, newest.outcome.bound) == ((), 2, 9)


def test_a_rule_under_a_new_name_goes_on_with_its_history(shop: Workspace) -> None:
    run(shop)
    edit(shop, "id: enough", "id: plenty")
    for name in ("plenty", "enough"):
        history = show_rule(shop, ORDERS, name)
        assert (history.id, history.names, told(history)) == ("plenty", ("enough",), [("prod", "pass", 4)])
    (state,) = (rule for rule in list_rules(shop, ORDERS).rules if rule.id == "plenty")
    assert state.latest is not None
    assert [change.what for change in state.changes] == ["name"]
    test(shop, TestOptions(select=(ORDERS,)))
    edit(shop, "mustBeGreaterThan: 2", "mustBeGreaterThan: 3")
    test(shop, TestOptions(select=(ORDERS,)))
    history = show_rule(shop, ORDERS, "plenty")
    assert [[change.what for change in entry.changes] for entry in history.entries] == [["bound"], ["name"], []]


def test_a_rule_that_demands_the_same_as_another_does_not_take_its_history(shop: Workspace) -> None:
    edit(shop, ENOUGH, f"{ENOUGH}\n      - {ENOUGH.replace('enough', 'twin')}")
    run(shop)
    assert show_rule(shop, ORDERS, "enough").names == ()
    assert len(show_rule(shop, ORDERS, "enough").entries) == len(show_rule(shop, ORDERS, "twin").entries) == 1


def test_a_changed_action_is_told_when_the_rule_is_measured_again(shop: Workspace) -> None:
    run(shop)
    edit(shop, "mustBeGreaterThan: 2}", "mustBeGreaterThan: 2, severity: warn}")
    (state,) = (rule for rule in list_rules(shop, ORDERS).rules if rule.id == "enough")
    assert [(change.what, change.before, change.after) for change in state.changes] == [("action", "stop", "warn")]
    test(shop, TestOptions(select=(ORDERS,)))
    assert [change.what for change in show_rule(shop, ORDERS, "enough").entries[0].changes] == ["action"]


def test_failing_rows_of_a_refused_candidate_are_shown_later(shop: Workspace) -> None:
    run(shop)
    with (shop.root / "data/orders.csv").open("a") as file:
        file.write("5,,3.0,2026-01-04\n")
    refused = run(shop)
    assert refused.not_published
    history = show_rule(shop, ORDERS, "required(customer)")
    (entry, _) = history.entries
    assert (history.id, entry.outcome.verdict, entry.is_published) == ("contract:required(customer)", "stop", False)
    assert [row["order_id"] for row in entry.outcome.sample] == [5]
    lines = "\n".join(rule_lines(history, Look()))
    assert "order_id=5, customer=null" in lines
    assert refused.run_id in lines
    shown = "\n".join(run_detail_lines(show_run(shop, refused.run_id), Look()))
    assert "customer=null, order_id=5" in shown
    assert "would have reached product sales.totals (team:sales)" in shown
    listed = "\n".join(rules_lines(list_rules(shop, ORDERS), Look()))
    assert "mw show sales.orders.orders --rule 'contract:required(customer)'" in listed


def test_a_verdict_outlives_the_candidate_that_it_is_about(shop: Workspace) -> None:
    with (shop.root / "mesh.yaml").open("a") as file:
        file.write("retention: {candidates: 0s}\n")
    with (shop.root / "data/orders.csv").open("a") as file:
        file.write("5,,3.0,2026-01-04\n")
    refused = run(shop)
    for _ in range(2):  # marks, then deletes
        collect(shop, CollectionOptions(grace_s=0))
    assert refused.not_published
    (entry,) = show_rule(shop, ORDERS, "required(customer)").entries
    assert (entry.outcome.verdict, entry.outcome.failing_rows, entry.outcome.sample) == ("stop", 1, ())
    assert "the version is gone" in "\n".join(rule_lines(show_rule(shop, ORDERS, "required(customer)"), Look()))


def test_a_sandbox_edits_its_own_history_and_sees_that_of_its_base(shop: Workspace) -> None:
    run(shop)
    create_sandbox(shop, SandboxWish(name="box"))
    assert {rule.latest.environment for rule in list_rules(shop, ORDERS, "box").rules if rule.latest} == {"prod"}
    edit(shop, ENOUGH, ENOUGH.replace("2", "3"))
    run(shop, environment="box")
    history = show_rule(shop, ORDERS, "enough", "box")
    assert told(history) == [("box", "pass", 4), ("prod", "pass", 4)]
    assert history.entries[0].changes == (), "nothing was edited in the sandbox before"
    (state,) = (rule for rule in list_rules(shop, ORDERS, "prod").rules if rule.id == "enough")
    assert state.latest is not None
    assert state.latest.environment == "prod"


def test_a_rule_that_is_gone_keeps_its_history_and_one_that_is_new_has_none(shop: Workspace) -> None:
    run(shop)
    edit(shop, ENOUGH, "{id: fresh, metric: rowCount, mustBeLessThan: 100}")
    gone, new = show_rule(shop, ORDERS, "enough"), show_rule(shop, ORDERS, "fresh")
    assert (gone.rule, told(gone)) == (None, [("prod", "pass", 4)])
    assert new.rule is not None
    assert new.entries == ()
    assert "never measured" in "\n".join(rule_lines(new, Look()))
    assert "is not there any more" in "\n".join(rule_lines(gone, Look()))


def test_a_long_history_is_cut_unless_all_is_asked_for(shop: Workspace) -> None:
    run(shop)
    for _ in range(MOST):
        test(shop, TestOptions(select=("sales.orders.raw_orders",), has_units=False))
    cut = show_rule(shop, "sales.orders.raw_orders", "rowCount")
    whole = show_rule(shop, "sales.orders.raw_orders", "rowCount", is_whole=True)
    assert (len(cut.entries), cut.is_cut) == (MOST, True)
    assert (len(whole.entries), whole.is_cut) == (MOST + 1, False)


@pytest.mark.parametrize(
    ("dataset", "rule", "code", "fix"),
    [
        (ORDERS, "enuogh", "MW-L046", "did you mean 'enough'"),
        ("sales.orders", "enough", "MW-L045", "mw show DATASET --rules"),
        ("sales.orders.ordes", "enough", "MW-R011", "did you mean"),
    ],
)
def test_what_is_not_there_is_said(shop: Workspace, dataset: str, rule: str, code: str, fix: str) -> None:
    with pytest.raises(InputError) as refused:
        show_rule(shop, dataset, rule)
    assert refused.value.first.code == code
    assert fix in (refused.value.first.fix or "")


def test_verdicts_from_before_histories_are_still_told(shop: Workspace) -> None:
    run(shop)
    with sqlite3.connect(shop.root / ".meshwright/state.db") as connection:
        connection.execute("delete from verdicts")
    (state,) = (rule for rule in list_rules(shop, ORDERS).rules if rule.id == "enough")
    assert state.latest is not None
    assert (state.latest.outcome.verdict, state.latest.at) == ("pass", None)
