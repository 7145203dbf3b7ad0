"""What a live consumer uses is not taken away from under it: refused, agreed to, or moved first."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from meshwright.app.apply import RunOptions, apply
from meshwright.app.impact import impact
from meshwright.app.planning import PlanOptions, plan
from meshwright.app.runs import show_run
from meshwright.app.workspace import Workspace, open_workspace
from meshwright.diagnostics import InputError, RefusedError
from tests.app.consumed_shop import (
    CONSUMED_SHOP,
    CONSUMERS,
    CONTRACT,
    ORDERS,
    PER_CUSTOMER,
    PORT,
    PRODUCT,
    REVENUE,
    agree,
    command,
    document,
    edit,
)
from tests.meshes import write_mesh


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The shop, published once."""
    root = write_mesh(tmp_path_factory.mktemp("consumed") / "shop", CONSUMED_SHOP)
    apply(open_workspace(root), RunOptions())
    return root


@pytest.fixture
def shop(built: Path, tmp_path: Path) -> Workspace:
    import shutil

    return open_workspace(Path(shutil.copytree(built, tmp_path / "shop")))


def drop(shop: Workspace, column: str, kind: str) -> None:
    """Take a column out of model and contract, with a new major version."""
    edit(shop, ORDERS, f", {column}", "")
    edit(shop, CONTRACT, f"      - {{name: {column}, logicalType: {kind}}}\n", "")
    edit(shop, CONTRACT, "version: 1.0.0", "version: 2.0.0")


def refusal(shop: Workspace) -> str:
    with pytest.raises(RefusedError) as raised:
        plan(shop, PlanOptions())
    return raised.value.first.message


def test_a_column_that_nobody_uses_may_go(shop: Workspace) -> None:
    drop(shop, "shelf", "string")
    assert command(shop, "check")[0] == 0
    made = plan(shop, PlanOptions())
    assert [(one.port, one.uses) for one in made.impacts] == [(PORT, ())]
    assert apply(shop, RunOptions()).state == "succeeded"


def test_a_column_that_another_domain_reads_is_refused_everywhere_naming_who_and_where(shop: Workspace) -> None:
    drop(shop, "amount", "number")
    edit(shop, ORDERS, "\nwhere amount > 0", "")
    edit(shop, PER_CUSTOMER, "sum(amount)", "count(*)")
    message = refusal(shop)
    assert f"finance.report.revenue (team:finance), column sales.orders.orders.amount, at {REVENUE}:1:20" in message
    assert "per_customer" not in message  # it was moved
    assert "board" not in message  # it does not use the column
    for verb in ("check", "plan", "run"):
        status, said = command(shop, verb)
        assert (status, "MW-V101" in said, "finance.report.revenue (team:finance)" in said) == (1, True, True), verb
    # The model that cannot be bound any more is told of beside.
    found = {one["code"]: one for one in document(shop, "check")["diagnostics"]}
    assert (found["MW-T001"]["file"], found["MW-T001"]["line"]) == (REVENUE, 1)


def test_what_is_refused_says_what_to_do(shop: Workspace) -> None:
    drop(shop, "channel", "string")
    with pytest.raises(RefusedError) as raised:
        plan(shop, PlanOptions())
    first = raised.value.first
    assert (first.code, first.object, str(first.span)) == ("MW-V101", PORT, f"{CONTRACT}:1:1")
    assert first.fix is not None
    assert "Move the consumers first, or publish a new version of the port beside the old one" in first.fix
    assert f"mw exemption add breaking_changes {PORT} --owner team:board" in first.fix


def test_a_column_that_only_a_dashboard_uses_is_refused_with_its_owner_and_address(shop: Workspace) -> None:
    drop(shop, "channel", "string")
    message = refusal(shop)
    assert (
        "dashboard board (team:board), column sales.orders.orders.channel, at https://bi.example.org/board" in message
    )
    assert "letter" not in message
    status, said = command(shop, "check")
    assert status == 1
    assert f"MW-P312 {CONSUMERS}:6:" in said


def test_a_consumer_that_was_moved_in_the_same_change_is_not_broken(shop: Workspace) -> None:
    drop(shop, "amount", "number")
    edit(shop, ORDERS, "\nwhere amount > 0", "")
    edit(shop, REVENUE, "sum(amount)", "count(*)")
    edit(shop, PER_CUSTOMER, "sum(amount)", "count(*)")
    assert command(shop, "check")[0] == 0
    assert apply(shop, RunOptions()).state == "succeeded"


def test_a_dashboard_whose_entry_was_changed_has_moved_and_one_that_was_struck_has_not(shop: Workspace) -> None:
    drop(shop, "channel", "string")
    edit(shop, CONSUMERS, "[customer, channel]", "[customer]")
    assert command(shop, "check")[0] == 0
    path = shop.root / CONSUMERS
    path.write_text(
        "consumers:\n  - {name: letter, type: report, owner: 'user:lia', ports: [orders]}\n", encoding="utf-8"
    )
    message = refusal(shop)
    assert "dashboard board (team:board, struck off consumers.yaml by this change)" in message
    path.unlink()
    assert "dashboard board" in refusal(shop)


def test_an_entry_that_never_was_right_is_wrong_input(shop: Workspace) -> None:
    edit(shop, CONSUMERS, "[customer, channel]", "[customer, chanel]")
    status, said = command(shop, "check")
    assert (status, "MW-M313" in said) == (2, True)


def test_an_approval_lets_the_change_through_and_is_told_in_plan_run_record_and_list(shop: Workspace) -> None:
    drop(shop, "channel", "string")
    status, said = agree(shop)
    assert (status, "covers 1 violation" in said) == (0, True)
    assert command(shop, "check")[0] == 0
    told = document(shop, "plan")["impact"]
    assert told[0]["approval"] == {"object": PORT, "owner": "team:board", "reason": "Agreed.", "expires": "2999-12-31"}
    assert "agreed to by team:board until 2999-12-31: Agreed." in command(shop, "plan")[1]
    (listed,) = document(shop, "exemption", "list")["exemptions"]
    assert (listed["policy"], listed["state"], listed["covers"]) == ("breaking_changes", "holds", 1)
    report = apply(shop, RunOptions())
    assert report.state == "succeeded"
    run = show_run(shop, report.run_id).run
    for recorded in (run.planned, run.bound):
        assert json.loads(recorded or "{}")["impact"] == told
    # It stands: the entry of the dashboard is outdated, and that stops nobody.
    status, said = command(shop, "check")
    assert (status, "MW-P312" in said) == (0, True)


@pytest.mark.parametrize("owner", ["team:sales", "team:board"])
def test_the_owners_of_the_port_and_of_its_consumers_may_agree(shop: Workspace, owner: str) -> None:
    drop(shop, "channel", "string")
    assert agree(shop, owner=owner)[0] == 0
    assert command(shop, "check")[0] == 0


@pytest.mark.parametrize("owner", ["team:finance", "user:lia"])
def test_nobody_else_may_and_is_told_who_can(shop: Workspace, owner: str) -> None:
    drop(shop, "channel", "string")
    status, said = agree(shop, owner=owner)
    assert (status, "MW-P311" in said) == (2, True)
    assert "owners who can agree for sales.orders/orders: team:board, team:sales" in said
    assert not (shop.root / "policies/exemptions.yaml").exists()


def test_an_approval_that_was_written_by_hand_for_somebody_else_does_not_count(shop: Workspace) -> None:
    drop(shop, "channel", "string")
    (shop.root / "policies").mkdir()
    entry = {"policy": "breaking_changes", "object": PORT, "owner": "team:x", "reason": "Me.", "expires": "2999-12-31"}
    (shop.root / "policies/exemptions.yaml").write_text(json.dumps({"exemptions": [entry]}), encoding="utf-8")
    for verb in ("check", "plan"):
        status, said = command(shop, verb)
        assert (status, "MW-P311" in said) == (1, True)


def test_an_approval_of_a_whole_product_covers_its_ports(shop: Workspace) -> None:
    drop(shop, "channel", "string")
    assert agree(shop, thing="sales.orders")[0] == 0
    assert command(shop, "plan")[0] == 0


def test_an_approval_that_is_over_covers_nothing(shop: Workspace) -> None:
    drop(shop, "channel", "string")
    agree(shop)
    edit(shop, "policies/exemptions.yaml", "2999-12-31", "2020-01-01")
    status, said = command(shop, "plan")
    assert (status, "MW-V101" in said) == (1, True)
    assert "MW-V211" in command(shop, "check")[1]


def test_a_sandbox_warns_and_promoting_it_is_refused_until_somebody_agrees(shop: Workspace) -> None:
    assert command(shop, "env", "create", "try")[0] == 0
    drop(shop, "channel", "string")
    status, said = command(shop, "plan", "--env", "try")
    assert (status, "note: sales.orders/orders: column channel of dataset orders removed" in said) == (0, True)
    assert command(shop, "run", "--env", "try")[0] == 0
    status, said = command(shop, "promote", "try")
    assert (status, "dashboard board (team:board)" in said) == (1, True)
    agree(shop)
    assert command(shop, "promote", "try")[0] == 0


@pytest.mark.parametrize("status", ["draft", "proposed"])
def test_a_contract_that_stands_as_a_draft_refuses_nothing(shop: Workspace, status: str) -> None:
    edit(shop, CONTRACT, "status: active", f"status: {status}")
    agree(shop)
    edit(shop, CONTRACT, "version: 1.0.0", "version: 2.0.0")
    apply(shop, RunOptions())
    (shop.root / "policies/exemptions.yaml").unlink()
    edit(shop, CONTRACT, "version: 2.0.0", "version: 1.0.0")
    drop(shop, "channel", "string")
    edit(shop, CONTRACT, "version: 2.0.0", "version: 3.0.0")
    made = plan(shop, PlanOptions())
    (note,) = [note for note in made.notes if "breaking_changes" in note]
    assert f"(the contract is {status}, so nothing was promised)" in note


def test_a_looser_promise_is_refused_for_every_reader_of_the_dataset(shop: Workspace) -> None:
    edit(shop, CONTRACT, "mustBeGreaterThan: 2", "mustBeGreaterThan: 1")
    edit(shop, CONTRACT, "version: 1.0.0", "version: 2.0.0")
    message = refusal(shop)
    assert all(name in message for name in ("finance.report.revenue", "per_customer", "board", "letter"))


def test_a_removed_port_and_a_removed_product_are_refused(shop: Workspace) -> None:
    (shop.root / CONTRACT).unlink()
    text = (shop.root / PRODUCT).read_text(encoding="utf-8")
    (shop.root / PRODUCT).write_text(text.partition("outputPorts")[0], encoding="utf-8")
    assert "port removed; used by finance.report.revenue" in refusal(shop)
    import shutil

    shutil.rmtree(shop.root / "domains/sales/orders")
    message = refusal(shop)
    assert "struck off consumers.yaml" in message
    assert command(shop, "check")[0] == 1


def test_a_model_that_does_not_bind_is_wrong_input_where_nothing_is_refused(shop: Workspace) -> None:
    """In a sandbox, and where somebody agreed: an agreement binds no model."""
    assert command(shop, "env", "create", "try")[0] == 0
    drop(shop, "amount", "number")
    edit(shop, ORDERS, "\nwhere amount > 0", "")
    assert command(shop, "plan", "--env", "try")[0] == 2
    assert command(shop, "check")[0] == 1
    assert agree(shop, owner="team:sales")[0] == 0
    assert command(shop, "check")[0] == 2
    assert command(shop, "plan")[0] == 2


def test_unrelated_errors_are_wrong_input_whatever_breaks(shop: Workspace) -> None:
    drop(shop, "amount", "number")
    edit(shop, ORDERS, "\nwhere amount > 0", "")
    edit(shop, PER_CUSTOMER, "sum(amount)", "sum(amounts)")
    edit(shop, REVENUE, "sum(amount)", "count(*)")
    # `per_customer` was changed and does not bind yet: as it stands it uses what goes.
    assert command(shop, "check")[0] == 1
    edit(shop, ORDERS, "customer,", "custumer,")
    assert command(shop, "check")[0] == 2
    with pytest.raises(InputError):
        plan(shop, PlanOptions())


def test_a_partial_plan_is_about_what_it_settles(shop: Workspace) -> None:
    drop(shop, "channel", "string")
    assert plan(shop, PlanOptions(select=("sales.orders.raw_orders",))).impacts == ()
    with pytest.raises(RefusedError):
        plan(shop, PlanOptions(select=("sales.orders",)))


def test_nothing_is_refused_where_nothing_was_published(tmp_path: Path) -> None:
    fresh = open_workspace(write_mesh(tmp_path / "fresh", CONSUMED_SHOP))
    assert command(fresh, "check")[0] == 0
    assert impact(fresh).impacts == ()


def test_manifests_of_before_tell_no_consumers(shop: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    from meshwright.app import standing_products

    known = standing_products._standing

    def older(manifest: dict[str, Any]) -> object:
        return known({key: value for key, value in manifest.items() if key != "consumers"})

    monkeypatch.setattr(standing_products, "_standing", older)
    drop(shop, "channel", "string")
    (shop.root / CONSUMERS).unlink()
    assert command(shop, "check")[0] == 0


def test_policy_list_and_test_know_the_policy(shop: Workspace) -> None:
    listed = {one["policy"]: one for one in document(shop, "policy", "list")["policies"]}
    assert (listed["breaking_changes"]["level"], listed["breaking_changes"]["violations"]) == ("block", 0)
    assert listed["breaking_changes"]["why"]
    drop(shop, "channel", "string")
    status, said = command(shop, "policy", "test", "breaking_changes")
    assert (status, "dashboard board" in said) == (1, True)


def test_impact_tells_who_uses_a_column_and_what_the_files_break(shop: Workspace) -> None:
    status, said = command(shop, "impact", "sales.orders.orders.channel")
    assert (status, "dashboard board (team:board) reads sales.orders/orders: orders.channel" in said) == (0, True)
    told = document(shop, "impact", "sales.orders.orders.amount")["uses"]
    assert [(one["consumer"], one["dataset"], one["file"], one["line"], one["column"]) for one in told] == [
        ("finance.report", "finance.report.revenue", REVENUE, 1, 20),
        ("sales.totals", "sales.totals.per_customer", PER_CUSTOMER, 1, 22),
    ]
    assert "nothing that prod promises breaks" in command(shop, "impact")[1]
    assert "nothing in this mesh uses it" in command(shop, "impact", "sales.orders.orders.shelf")[1]
    drop(shop, "channel", "string")
    status, said = command(shop, "impact")
    assert status == 0
    assert "column channel of dataset orders removed" in said
    assert "dashboard board (team:board) uses sales.orders.orders.channel  https://bi.example.org/board" in said
    (one,) = document(shop, "impact")["impact"]
    assert (one["port"], one["promised"], one["approval"]) == (PORT, True, None)
    assert [use["consumer"] for use in one["consumers"]] == ["board"]


def test_impact_of_what_breaks_a_model_is_told_although_the_mesh_does_not_bind(shop: Workspace) -> None:
    drop(shop, "amount", "number")
    edit(shop, ORDERS, "\nwhere amount > 0", "")
    (one,) = document(shop, "impact")["impact"]
    assert [use["consumer"] for use in one["consumers"]] == ["finance.report", "sales.totals"]


@pytest.mark.parametrize(
    ("name", "fix"),
    [
        ("sales.orders.orders.chanel", "did you mean 'channel'?"),
        ("sales.orders.order", "did you mean 'sales.orders.orders'?"),
        ("x", "datasets: "),
        ("", "datasets: "),
    ],
)
def test_impact_of_nothing_is_wrong_input(shop: Workspace, name: str, fix: str) -> None:
    status, said = command(shop, "impact", name)
    assert (status, "MW-R011" in said, fix in said) == (2, True, True)


def test_impact_of_a_mesh_with_other_errors_shows_them(shop: Workspace) -> None:
    (shop.root / "domains/sales/domain.yaml").write_text("name: [", encoding="utf-8")
    assert command(shop, "impact")[0] == 2
