"""Rollback: pointers go back or forward in one generation, nothing is built, and what moved is held."""

from __future__ import annotations

import pytest

from meshwright.app.environments import open_state_alone
from meshwright.app.pins import PinWish, pin, unpin
from meshwright.app.planning import PlanOptions, plan
from meshwright.app.rollback import RollbackWish, rollback
from meshwright.app.sandboxes import EnvironmentAnswer
from meshwright.app.workspace import Workspace
from meshwright.diagnostics import MeshwrightError
from tests.app.boxed_shop import (
    FEWER,
    ORDERS,
    REVENUE,
    TOTALS,
    box,
    built,
    count,
    edit,
    files,
    generation,
    pins,
    pointers,
    run,
)
from tests.meshes import SHOP


def back(workspace: Workspace, environment: str = "prod", **wish: object) -> EnvironmentAnswer:
    return rollback(workspace, RollbackWish(environment=environment, **wish))  # type: ignore[arg-type]


def refused(workspace: Workspace, environment: str = "prod", **wish: object) -> MeshwrightError:
    before = pointers(workspace), generation(workspace), pins(workspace)
    with pytest.raises(MeshwrightError) as found:
        back(workspace, environment, **wish)
    assert (pointers(workspace), generation(workspace), pins(workspace)) == before
    assert found.value.first.fix
    return found.value


@pytest.fixture
def changed(boxed: Workspace) -> Workspace:
    """Generations 1 to 3: the shop. 4 to 6: fewer orders, product by product."""
    run(boxed)
    edit(boxed)
    run(boxed)
    return boxed


def test_an_environment_shows_what_it_showed(changed: Workspace) -> None:
    stored = files(changed.root / ".meshwright/store")
    answer = back(changed, to=3)
    assert pointers(changed) == pointers(changed, generation=3)
    assert (answer.environment.generation, generation(changed)) == (7, 7)
    assert len(answer.changed) == 6
    assert files(changed.root / ".meshwright/store") == stored
    assert count(changed) == 4


def test_one_back_is_where_it_goes_unless_told(changed: Workspace) -> None:
    back(changed)
    assert pointers(changed) == pointers(changed, generation=5)


def test_what_moved_is_pinned_and_the_plan_says_who_and_why(changed: Workspace) -> None:
    back(changed, to=3, reason="orders are missing")
    assert set(pins(changed)) == {"sales.orders", "sales.totals", "finance.report"}
    made = plan(changed, PlanOptions())
    assert made.is_empty
    assert any("orders are missing" in note and "mw unpin sales.orders" in note for note in made.notes)
    assert built(run(changed)) == set()
    assert count(changed) == 4


def test_forward_again_is_the_same_and_lifts_the_pins(changed: Workspace) -> None:
    newest = pointers(changed)
    back(changed, to=3)
    back(changed, to=6)
    assert pointers(changed) == newest
    assert pins(changed) == {}
    assert plan(changed, PlanOptions()).notes == ()


def test_going_back_twice_remembers_what_stood_first(changed: Workspace) -> None:
    newest = pointers(changed)
    back(changed, to=5)
    back(changed, to=3)
    back(changed, to=6)
    assert (pointers(changed), pins(changed)) == (newest, {})


def test_a_selection_takes_along_what_is_made_from_it(changed: Workspace) -> None:
    back(changed, select=("sales.orders",), to=3)
    assert pointers(changed) == pointers(changed, generation=3)


def test_only_moves_the_selected_product_alone(changed: Workspace) -> None:
    before = pointers(changed)
    answer = back(changed, select=("sales.orders",), to=3, only=True)
    assert set(answer.changed) == {"sales.orders", "sales.orders.orders"}
    assert pointers(changed)["sales.totals.per_customer"] == before["sales.totals.per_customer"]


def test_a_selection_of_the_end_leaves_what_is_above(changed: Workspace) -> None:
    answer = back(changed, select=("finance.*",), to=3)
    assert set(answer.changed) == {"finance.report", "finance.report.revenue"}
    again = back(changed, select=("sales.totals.per_customer",), to=3)
    assert set(again.changed) == {"sales.totals", "sales.totals.per_customer"}


def test_a_selection_of_the_whole_syntax_asks_the_mesh(changed: Workspace) -> None:
    answer = back(changed, select=("sales.totals+",), to=3)
    assert set(answer.changed) == {"sales.totals", "sales.totals.per_customer"}


def test_consumers_are_built_from_what_is_held(changed: Workspace) -> None:
    back(changed, select=("sales.orders",), to=3, only=True)
    assert built(run(changed)) == set()  # built from these orders before
    with open_state_alone(changed) as opened:
        shown = opened.state.reader.pointers("prod")
        version = opened.state.reader.versions([shown["sales.totals.per_customer"].revision])
    assert next(iter(version.values())).inputs["sales.orders.orders"] == shown["sales.orders.orders"].revision


def test_contracts_and_removed_products_come_back(boxed: Workspace) -> None:
    run(boxed)
    contract = "domains/sales/orders/contracts/orders.odcs.yaml"
    edit(boxed, contract, SHOP[contract].replace("mustBeGreaterThan: 2", "mustBeGreaterThan: 3"))
    (boxed.root / REVENUE).unlink()
    run(boxed)
    back(boxed, to=3)
    assert pointers(boxed) == pointers(boxed, generation=3)
    assert "finance.report" in pointers(boxed)
    assert built(run(boxed)) == set()
    assert "finance.report" in pointers(boxed)


def test_a_product_that_was_not_there_goes_and_stays_away(boxed: Workspace) -> None:
    (boxed.root / REVENUE).rename(boxed.root / "kept.sql")
    run(boxed)
    (boxed.root / "kept.sql").rename(boxed.root / REVENUE)
    run(boxed)
    back(boxed, to=generation(boxed) - 1)
    assert "finance.report" not in pointers(boxed)
    assert pins(boxed) == {"finance.report": None}
    run(boxed)
    assert "finance.report" not in pointers(boxed)
    unpin(boxed, "finance.report")
    run(boxed)
    assert "finance.report" in pointers(boxed)


def test_a_sandbox_goes_back_too(boxed: Workspace) -> None:
    run(boxed)
    box(boxed)
    edit(boxed)
    run(boxed, "box")
    edit(boxed, ORDERS, FEWER.replace("6", "5.5"))
    run(boxed, "box")
    last = generation(boxed, "box")
    back(boxed, "box", to=3)
    assert pointers(boxed, "box") == pointers(boxed, "box", 3)
    assert generation(boxed, "box") == last + 1
    assert generation(boxed) == 3


def test_a_rollback_is_refused_by_name(changed: Workspace) -> None:
    assert refused(changed, to=99).first.code == "MW-R011"
    assert refused(changed, to=6).first.code == "MW-S203"
    assert refused(changed, select=("sales.nope",), to=3).first.code == "MW-G201"
    assert refused(changed, "nope").first.code == "MW-R013"
    box(changed)
    assert refused(changed, "box").first.code == "MW-S202"


def test_a_version_that_lost_its_files_is_not_shown(changed: Workspace) -> None:
    with open_state_alone(changed) as opened:
        old = opened.state.reader.pointers("prod", 3)["sales.totals.per_customer"].revision
        (file,) = opened.state.reader.versions([old])[old].files
        path = opened.store.absolute(file)
    (changed.root / path).unlink()
    assert refused(changed, to=3).first.code == "MW-R017"


def test_a_dataset_is_pinned_where_it_stands_or_stood(changed: Workspace) -> None:
    pin(changed, PinWish(object="sales.totals.per_customer", reason="audit"))
    edit(
        changed,
        TOTALS,
        "select customer, 3 * sum(amount) as total, count(*) as orders from sales.orders.orders group by 1",
    )
    assert built(run(changed)) == set()
    unpin(changed, "sales.totals.per_customer")
    assert built(run(changed)) == {"sales.totals.per_customer"}
    old = pointers(changed, generation=3)["sales.totals.per_customer"]
    answer = pin(changed, PinWish(object="sales.totals.per_customer", reason="audit", to=old[:10]))
    assert set(answer.changed) == {"sales.totals", "sales.totals.per_customer"}
    assert pointers(changed)["sales.totals.per_customer"] == old
    assert built(run(changed)) == set()
    assert pointers(changed)["sales.totals.per_customer"] == old


def test_a_product_is_pinned_as_a_generation_showed_it(changed: Workspace) -> None:
    answer = pin(changed, PinWish(object="sales.totals", reason="audit", to="3"))
    assert set(answer.changed) == {"sales.totals", "sales.totals.per_customer"}
    assert pointers(changed)["sales.totals"] == pointers(changed, generation=3)["sales.totals"]


@pytest.mark.parametrize(
    ("wish", "code"),
    [
        ({"object": "sales.nope"}, "MW-S204"),
        ({"object": "sales.orders/orders"}, "MW-S204"),
        ({"object": "sales.orders", "to": "99"}, "MW-R011"),
        ({"object": "sales.orders.orders", "to": "ffffffff"}, "MW-S206"),
        ({"object": "sales.orders.orders", "environment": "nope"}, "MW-R013"),
    ],
)
def test_a_wrong_pin_is_refused_by_name(changed: Workspace, wish: dict[str, str], code: str) -> None:
    before = pointers(changed), pins(changed)
    with pytest.raises(MeshwrightError) as found:
        pin(changed, PinWish(reason="why", **wish))
    assert found.value.first.code == code
    assert (pointers(changed), pins(changed)) == before


def test_a_candidate_cannot_be_pinned(boxed: Workspace) -> None:
    run(boxed)
    box(boxed)
    edit(boxed)
    run(boxed, "box")
    candidate = pointers(boxed, "box")["sales.orders.orders"]
    with pytest.raises(MeshwrightError) as found:
        pin(boxed, PinWish(object="sales.orders.orders", reason="why", to=candidate))
    assert found.value.first.code == "MW-S206"


def test_a_pin_of_the_base_holds_in_a_sandbox_until_it_is_lifted_there(changed: Workspace) -> None:
    back(changed, select=("sales.totals",), to=3)
    box(changed)
    assert built(run(changed, "box")) == set()
    unpin(changed, "sales.totals", "box")
    assert run(changed, "box").published == ("sales.totals",)
    assert set(pins(changed)) == {"sales.totals"}
    assert pins(changed, "box") == {}


@pytest.mark.parametrize("again", ["rollback", "pin"])
def test_files_for_plain_readers_are_made_up_for_by_the_same_command(changed: Workspace, again: str) -> None:
    """Whoever was killed between the move and the files finds nothing left to move, and must not be left with old files."""
    script = changed.root / "environments/prod.sql"
    before = script.read_text()
    back(changed, to=3)
    after = script.read_text()
    assert before != after
    script.write_text(before)
    if again == "rollback":
        assert refused(changed, to=3).first.code == "MW-S203"
    else:
        pin(changed, PinWish(object="sales.orders", reason="audit"))
    assert script.read_text() == after
