"""Promotion: one generation over any number of products, or a refusal that says what to do; nothing in between."""

from __future__ import annotations

import shutil
from contextlib import closing
from pathlib import Path

import pytest

from meshwright.app.apply import resume
from meshwright.app.environments import open_state_alone
from meshwright.app.pins import PinWish, pin
from meshwright.app.promotion import Promotion, PromotionWish, promote
from meshwright.app.query import QueryOptions, query
from meshwright.app.rebase import rebase
from meshwright.app.repeat import repeat
from meshwright.app.rollback import RollbackWish, rollback
from meshwright.app.runs import list_runs
from meshwright.app.workspace import Workspace, open_workspace
from meshwright.diagnostics import InputError, MeshwrightError, RefusedError
from meshwright.run.events import Event, StepStarted
from meshwright.state.records import RunState
from tests.app.boxed_shop import (
    FEWER,
    ORDERS,
    REVENUE,
    TOTALS,
    add_order,
    box,
    built,
    count,
    edit,
    generation,
    pins,
    pointers,
    run,
)
from tests.app.people_mesh import PEOPLE
from tests.meshes import SHOP, write_file, write_mesh

CONTRACT = "domains/sales/orders/contracts/orders.odcs.yaml"
EVERYTHING = {
    "sales.orders.orders", "sales.totals.per_customer", "finance.report.revenue",
    "sales.orders", "sales.totals", "finance.report",
}  # fmt: skip


def move(workspace: Workspace, name: str = "box", **wish: object) -> Promotion:
    return promote(workspace, PromotionWish(sandbox=name, **wish))  # type: ignore[arg-type]


def refused(workspace: Workspace, name: str = "box", **wish: object) -> MeshwrightError:
    """Promote, which must be refused and change nothing."""
    before = pointers(workspace), generation(workspace), pins(workspace)
    with pytest.raises(MeshwrightError) as found:
        move(workspace, name, **wish)
    assert (pointers(workspace), generation(workspace), pins(workspace)) == before
    assert found.value.first.fix
    return found.value


@pytest.fixture
def changed(boxed: Workspace) -> Workspace:
    """The shop with a sandbox in which everything below the orders differs."""
    run(boxed)
    box(boxed)
    edit(boxed)
    run(boxed, "box")
    return boxed


def test_all_products_of_a_sandbox_move_in_one_generation_and_nothing_is_built(changed: Workspace) -> None:
    done = move(changed)
    assert done.report.state is RunState.SUCCEEDED
    assert (done.generation, generation(changed)) == (4, 4)
    assert set(done.changed) == EVERYTHING
    assert built(done.report) == set()
    assert pointers(changed) == pointers(changed, "box")
    assert built(run(changed)) == set()
    assert generation(changed) == 4


def test_history_says_that_it_was_a_promotion_and_of_what(changed: Workspace) -> None:
    move(changed, reason="fewer orders")
    with open_state_alone(changed) as opened:
        (made,) = opened.state.reader.generations("prod", 1)
    assert (made.action.value, made.reason) == ("promote", "fewer orders")
    assert made.run_id


def test_a_promotion_can_be_rolled_back_as_a_whole(changed: Workspace) -> None:
    before = pointers(changed)
    move(changed)
    rollback(changed, RollbackWish(environment="prod"))
    assert pointers(changed) == before


def test_evidence_that_the_target_lacks_is_gathered_first(changed: Workspace) -> None:
    with open_state_alone(changed, create=True) as opened:
        opened.state.writer._transactions.change(lambda connection: connection.change("DELETE FROM evidence"))  # type: ignore[attr-defined]
    tested: list[str] = []

    def listen(event: Event) -> None:
        if isinstance(event, StepStarted):
            tested.append(event.key)

    done = promote(changed, PromotionWish(sandbox="box"), listen)
    assert {key for key in tested if key.startswith("test:")} >= {"test:sales.orders.orders"}
    assert done.changed


def test_what_failed_in_the_sandbox_is_not_promoted(boxed: Workspace) -> None:
    run(boxed)
    box(boxed)
    edit(boxed, ORDERS, "select order_id, customer, amount, placed from raw_orders where amount > 100")
    run(boxed, "box")
    assert refused(boxed).first.code == "MW-S110"


def test_a_rule_that_stops_in_the_target_stops_everything(changed: Workspace) -> None:
    before = pointers(changed), generation(changed)
    with open_state_alone(changed, create=True) as opened:
        opened.state.writer._transactions.change(  # type: ignore[attr-defined]
            lambda connection: connection.change(
                "UPDATE evidence SET outcome = 'fail', value = '0' WHERE version = ? AND outcome = 'pass'",
                (pointers(changed, "box")["sales.totals.per_customer"],),
            )
        )
    done = move(changed)
    assert done.report.state is RunState.FAILED
    assert done.changed == ()
    assert done.report.not_published
    assert (pointers(changed), generation(changed)) == before


def test_files_that_the_sandbox_was_not_run_with_are_refused(changed: Workspace) -> None:
    edit(changed, ORDERS, FEWER.replace("6", "5.5"))
    error = refused(changed)
    assert error.first.code == "MW-S113"
    assert "sales.orders" in error.first.message
    edit(changed)
    assert move(changed).changed


def test_an_unrelated_edit_stands_in_nobodys_way(boxed: Workspace) -> None:
    run(boxed)
    box(boxed)
    edit(
        boxed,
        TOTALS,
        "select customer, 2 * sum(amount) as total, count(*) as orders from sales.orders.orders group by 1",
    )
    run(boxed, "box")
    edit(boxed, REVENUE, "select 1 as one")
    assert set(move(boxed).changed) == {"sales.totals", "sales.totals.per_customer"}


def test_a_contract_alone_is_promoted(boxed: Workspace) -> None:
    run(boxed)
    box(boxed)
    edit(boxed, CONTRACT, SHOP[CONTRACT].replace("mustBeGreaterThan: 2", "mustBeGreaterThan: 3"))
    run(boxed, "box")
    assert set(move(boxed).changed) == {"sales.orders", "sales.orders/orders"}


def test_a_dropped_product_is_dropped_by_the_promotion(boxed: Workspace) -> None:
    run(boxed)
    box(boxed)
    shutil.rmtree(boxed.root / "domains/finance")
    run(boxed, "box")
    assert set(move(boxed).changed) == {"finance.report", "finance.report.revenue"}
    assert not any(name.startswith("finance") for name in pointers(boxed))
    write_file(boxed.root, "domains/finance/domain.yaml", SHOP["domains/finance/domain.yaml"])
    write_file(boxed.root, REVENUE, SHOP[REVENUE])
    assert refused(boxed).first.code == "MW-S113"


def test_a_base_that_replaced_the_same_is_refused_until_a_rebase(changed: Workspace) -> None:
    edit(changed, ORDERS, FEWER.replace("6", "5.5"))
    run(changed)
    edit(changed)
    error = refused(changed)
    assert error.first.code == "MW-S111"
    assert "sales.orders" in error.first.message
    assert "mw env rebase box" in (error.first.fix or "")
    rebase(changed, "box")
    run(changed, "box")
    assert move(changed).changed
    assert count(changed) == 3


def test_a_base_that_moved_in_what_was_read_is_refused_until_a_rebase(boxed: Workspace) -> None:
    run(boxed)
    box(boxed)
    double = "select placed, 2 * sum(amount) as revenue, $currency as currency from sales.orders.orders group by 1"
    edit(boxed, REVENUE, double)
    run(boxed, "box")
    add_order(boxed)
    run(boxed, select=("sales.orders",))
    error = refused(boxed)
    assert error.first.code == "MW-S111"
    assert "another version of sales.orders.orders" in error.first.message
    rebase(boxed, "box")
    assert built(run(boxed, "box")) >= {"finance.report.revenue"}
    assert move(boxed).changed


def test_two_sandboxes_over_other_products_do_not_disturb_each_other(boxed: Workspace) -> None:
    run(boxed)
    box(boxed, "one")
    box(boxed, "two")
    edit(
        boxed,
        REVENUE,
        "select placed, 2 * sum(amount) as revenue, $currency as currency from sales.orders.orders group by 1",
    )
    run(boxed, "one")
    edit(boxed, REVENUE, SHOP[REVENUE])
    totals = "select customer, 2 * sum(amount) as total, count(*) as orders from sales.orders.orders group by 1"
    edit(boxed, TOTALS, totals)
    run(boxed, "two")
    assert move(boxed, "two").generation == 4
    edit(
        boxed,
        REVENUE,
        "select placed, 2 * sum(amount) as revenue, $currency as currency from sales.orders.orders group by 1",
    )
    assert move(boxed, "one").generation == 5


def test_what_is_pinned_stays_unless_it_is_said(changed: Workspace) -> None:
    pin(changed, PinWish(object="sales.totals", reason="audit"))
    error = refused(changed)
    assert error.first.code == "MW-S112"
    assert "audit" in error.first.message
    assert move(changed, unpin=True).changed
    assert pins(changed) == {}


def test_a_promotion_is_refused_by_name(changed: Workspace) -> None:
    assert refused(changed, "nope").first.code == "MW-R013"
    assert refused(changed, "prod").first.code == "MW-S105"
    assert refused(changed, to="qa").first.code == "MW-S114"
    box(changed, "empty")
    assert refused(changed, "empty").first.code == "MW-S110"


def test_publications_in_between_are_seen(changed: Workspace) -> None:
    """Somebody publishes after the promotion was planned: it plans again, and refuses."""
    others = ORDERS.replace("orders.sql", "orders.sql")
    is_done: list[bool] = []

    def interfere(_event: Event) -> None:
        if is_done:
            return
        is_done.append(True)
        edit(changed, others, FEWER.replace("6", "5.5"))
        run(changed)
        edit(changed)

    with pytest.raises(RefusedError) as found:
        promote(changed, PromotionWish(sandbox="box"), interfere)
    assert found.value.first.code == "MW-S111"
    assert pointers(changed)["sales.orders.orders"] != pointers(changed, "box")["sales.orders.orders"]
    states = {run.state for run in list_runs(changed)}
    assert states == {RunState.SUCCEEDED, RunState.FAILED}, "the promotion's run must not be left as if it went on"


def test_the_run_of_a_promotion_is_neither_resumed_nor_repeated(changed: Workspace) -> None:
    run_id = move(changed).report.run_id
    for verb in (resume, repeat):
        with pytest.raises(InputError) as found:
            verb(changed, run_id)
        assert found.value.first.code == "MW-R010"
        assert "mw promote box" in (found.value.first.fix or "")


POLICY = """
    -- level: block
    -- why: Somebody must know what it is.
    -- fix: Describe the dataset.
    select dataset, 'it has no description' as message from mesh.datasets where description is null and dataset like 'finance%'
    """


def test_policies_of_the_target_are_asked(changed: Workspace) -> None:
    write_file(changed.root, "policies/described.sql", POLICY)
    error = refused(changed)
    assert error.first.code == "MW-V101"
    assert "finance.report" in str(error)
    (changed.root / "policies/described.sql").unlink()
    assert move(changed).changed


def test_what_a_masked_sandbox_built_is_built_anew_from_everything(tmp_path: Path) -> None:
    people = open_workspace(write_mesh(tmp_path / "people", PEOPLE))
    run(people)
    box(people)
    edit(
        people,
        "domains/mail/letters/models/addresses.sql",
        "select person_id, upper(email) as address, city from crm.customers.people",
    )
    restricted = run(people, "box")
    assert "mail.letters.addresses" in built(restricted)
    done = move(people)
    assert built(done.report) == {"mail.letters.addresses", "mail.letters.per_city"}
    assert any("built anew from everything" in note and "mail.letters.addresses" in note for note in done.report.notes)
    assert set(done.changed) == {"mail.letters", "mail.letters.addresses", "mail.letters.per_city"}
    assert generation(people) == 3
    with closing(query(people, QueryOptions(text="select address from mail.letters.addresses"))) as answer:
        shown = {row["address"] for batch in answer.batches() for row in batch.to_pylist()}
    assert "CANARY-ANA@EXAMPLE.ORG" in shown
    assert built(run(people)) == set()


def test_a_sampled_sandbox_promotes_whole_data(boxed: Workspace) -> None:
    run(boxed)
    box(boxed, rows=1)
    edit(
        boxed,
        REVENUE,
        "select placed, 2 * sum(amount) as revenue, $currency as currency from sales.orders.orders group by 1",
    )
    run(boxed, "box")
    assert count(boxed, "finance.report.revenue", environment="box") == 1
    done = move(boxed)
    assert built(done.report) == {"finance.report.revenue"}
    assert count(boxed, "finance.report.revenue") == 3
