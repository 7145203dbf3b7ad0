"""Sandboxes: nothing is copied, only what differs is built, the base shines through and is never touched."""

from __future__ import annotations

import datetime as dt
import shutil
from dataclasses import replace

import duckdb
import pytest

from meshwright.app.environments import open_state_alone
from meshwright.app.planning import PlanOptions, plan
from meshwright.app.rebase import rebase
from meshwright.app.repair import repair
from meshwright.app.sandboxes import delete_sandbox, extend_sandbox, list_environments
from meshwright.app.standing import show_environment
from meshwright.app.verify import verify
from meshwright.app.workspace import Workspace
from meshwright.diagnostics import InputError, MeshwrightError, RefusedError
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
    files,
    generation,
    pointers,
    run,
)
from tests.meshes import SHOP, write_file

BELOW = {"sales.orders.orders", "sales.totals.per_customer", "finance.report.revenue"}


def test_making_a_sandbox_writes_nothing_but_its_row(boxed: Workspace) -> None:
    run(boxed)
    before = files(boxed.root / ".meshwright/store"), pointers(boxed)
    made = box(boxed, expires="2d")
    assert (made.base, made.base_generation, made.generation) == ("prod", 3, 0)
    assert (files(boxed.root / ".meshwright/store"), pointers(boxed)) == before
    assert pointers(boxed, "box") == pointers(boxed)
    assert plan(boxed, PlanOptions(environment="box")).is_empty


def test_a_run_into_a_sandbox_builds_what_differs_and_leaves_the_base_alone(boxed: Workspace) -> None:
    run(boxed)
    before = pointers(boxed)
    box(boxed)
    edit(
        boxed,
        TOTALS,
        "select customer, sum(amount) as total, 1 + count(*) as orders from sales.orders.orders group by 1",
    )
    assert built(run(boxed, "box")) == {"sales.totals.per_customer"}
    assert pointers(boxed) == before
    changed = {name for name, revision in pointers(boxed, "box").items() if before[name] != revision}
    assert changed == {"sales.totals", "sales.totals.per_customer"}
    assert built(run(boxed, "box")) == set()


def test_reads_fall_through_to_the_frozen_base(boxed: Workspace) -> None:
    run(boxed)
    box(boxed)
    add_order(boxed)
    run(boxed)
    assert (count(boxed), count(boxed, environment="box")) == (5, 4)


def test_what_another_environment_built_is_reused(boxed: Workspace) -> None:
    run(boxed)
    box(boxed)
    edit(boxed)
    assert built(run(boxed, "box")) == BELOW
    assert built(run(boxed)) == set()


def test_a_dataset_that_the_sandbox_drops_does_not_shine_through(boxed: Workspace) -> None:
    run(boxed)
    box(boxed)
    shutil.rmtree(boxed.root / "domains/finance")
    run(boxed, "box")
    assert not any(name.startswith("finance") for name in pointers(boxed, "box"))
    assert "finance.report.revenue" in pointers(boxed)
    with pytest.raises(InputError):
        count(boxed, "finance.report.revenue", environment="box")
    card = show_environment(boxed, "box")
    assert {"finance.report", "finance.report.revenue"} <= card.own
    write_file(boxed.root, "domains/finance/domain.yaml", SHOP["domains/finance/domain.yaml"])
    write_file(boxed.root, REVENUE, SHOP[REVENUE])
    run(boxed, "box")
    assert show_environment(boxed, "box").own == frozenset()


def test_a_test_that_stops_leaves_the_sandbox_as_it_was(boxed: Workspace) -> None:
    run(boxed)
    box(boxed)
    edit(boxed, ORDERS, "select order_id, customer, amount, placed from raw_orders where amount > 100")
    report = run(boxed, "box")
    assert report.published == ()
    assert pointers(boxed, "box") == pointers(boxed)


def test_the_past_of_a_sandbox_can_be_read(boxed: Workspace) -> None:
    run(boxed)
    box(boxed)
    edit(boxed)
    run(boxed, "box")
    edit(boxed, ORDERS, SHOP[ORDERS])
    run(boxed, "box")
    last = generation(boxed, "box")
    assert [count(boxed, environment="box", generation=number) for number in (3, last)] == [3, 4]
    history = show_environment(boxed, "box", history=10).history
    assert [made.number for made in history] == list(range(last, 0, -1))
    assert all(made.base_generation == 3 and made.by and made.reason for made in history)


def test_the_default_selection_is_what_runs_are_about(boxed: Workspace) -> None:
    run(boxed)
    box(boxed, select=("sales.orders",))
    edit(boxed)
    assert built(run(boxed, "box")) == {"sales.orders.orders"}
    assert built(run(boxed, "box", select=("sales.totals",))) == {"sales.totals.per_customer"}


def test_drift_is_what_moved_in_the_base_since(boxed: Workspace) -> None:
    run(boxed)
    box(boxed)
    edit(boxed)
    run(boxed, "box")
    add_order(boxed)
    edit(boxed, ORDERS, SHOP[ORDERS])
    run(boxed)
    drift = {one.object: one.is_own for one in show_environment(boxed, "box").drift}
    assert drift["sales.orders.raw_orders"] is False
    assert drift["sales.orders.orders"] is True
    assert len(drift) == 7


def test_a_rebase_says_what_must_be_built_and_comes_to_what_a_fresh_sandbox_comes_to(boxed: Workspace) -> None:
    run(boxed)
    box(boxed)
    edit(
        boxed,
        REVENUE,
        "select placed, 2 * sum(amount) as revenue, $currency as currency from sales.orders.orders group by 1",
    )
    run(boxed, "box")
    edited = (boxed.root / REVENUE).read_text()
    edit(boxed, REVENUE, SHOP[REVENUE])
    add_order(boxed)
    run(boxed)
    edit(boxed, REVENUE, edited)
    rebased = rebase(boxed, "box")
    assert rebased.environment.base_generation == generation(boxed)
    assert [step.dataset for step in rebased.rebuild] == ["finance.report.revenue"]
    with duckdb.connect(str(boxed.root / "environments/box.duckdb"), read_only=True) as connection:
        assert connection.execute("select count(*) from sales__orders.orders").fetchone() == (5,)
    assert count(boxed, environment="box") == 5
    assert built(run(boxed, "box")) == {"finance.report.revenue"}
    box(boxed, "fresh")
    run(boxed, "fresh")
    assert pointers(boxed, "fresh") == pointers(boxed, "box")
    assert show_environment(boxed, "box").drift == ()


def test_a_change_that_arrived_in_the_base_is_the_sandboxs_own_no_more(boxed: Workspace) -> None:
    run(boxed)
    box(boxed)
    edit(boxed)
    run(boxed, "box")
    run(boxed)
    rebased = rebase(boxed, "box")
    assert set(rebased.changed) == {*BELOW, "sales.orders", "sales.totals", "finance.report"}
    assert rebased.rebuild == ()
    assert show_environment(boxed, "box").own == frozenset()


def test_environments_are_listed_and_given_up(boxed: Workspace) -> None:
    run(boxed)
    box(boxed)
    assert [found.environment.name for found in list_environments(boxed)] == ["prod", "box"]
    run(boxed, "box")
    delete_sandbox(boxed, "box")
    assert [found.environment.name for found in list_environments(boxed)] == ["prod"]
    assert not (boxed.root / "environments/box.duckdb").exists()


def expire(workspace: Workspace, name: str = "box") -> None:
    """Let the last use of a sandbox lie ten days back."""
    with open_state_alone(workspace, create=True) as opened:
        found = opened.state.reader.environment(name)
        assert found is not None
        opened.state.writer.touch_sandbox(found, dt.datetime.now(dt.UTC) - dt.timedelta(days=10))


def test_an_expired_sandbox_is_refused_until_its_end_is_put_off(boxed: Workspace) -> None:
    run(boxed)
    box(boxed)
    expire(boxed)
    for use in (lambda: run(boxed, "box"), lambda: rebase(boxed, "box")):
        with pytest.raises(RefusedError) as refused:
            use()
        assert refused.value.first.code == "MW-S102"
        assert "mw env extend box" in (refused.value.first.fix or "")
    extend_sandbox(boxed, "box", "1d")
    run(boxed, "box")


def test_use_puts_off_the_end(boxed: Workspace) -> None:
    run(boxed)
    made = box(boxed, expires="1h")
    run(boxed, "box")
    found = show_environment(boxed, "box").environment
    assert found.expires_at is not None
    assert made.expires_at is not None
    assert found.expires_at > made.expires_at
    box(boxed, "kept", expires="never")
    assert show_environment(boxed, "kept").environment.expires_at is None


@pytest.mark.parametrize(
    ("wish", "code"),
    [
        ({"name": "prod"}, "MW-S101"),
        ({"name": "box"}, "MW-S101"),
        ({"name": "Fix Delays"}, "MW-S107"),
        ({"name": "new", "base": "nope"}, "MW-R013"),
        ({"name": "new", "base": "box"}, "MW-S104"),
        ({"name": "new", "expires": "a week"}, "MW-S106"),
        ({"name": "new", "expires": "0d"}, "MW-S106"),
        ({"name": "new", "expires": "5ms"}, "MW-S106"),
    ],
)
def test_a_wrong_wish_is_refused_by_name(boxed: Workspace, wish: dict[str, str], code: str) -> None:
    run(boxed)
    box(boxed)
    with pytest.raises(MeshwrightError) as refused:
        box(boxed, **wish)  # type: ignore[arg-type]
    assert refused.value.first.code == code
    assert refused.value.first.fix


def test_what_is_done_to_sandboxes_is_not_done_to_others(boxed: Workspace) -> None:
    run(boxed)
    for verb in (delete_sandbox, extend_sandbox, rebase):
        for name, code in (("prod", "MW-S105"), ("nope", "MW-R013")):
            with pytest.raises(InputError) as refused:
                verb(boxed, name)
            assert refused.value.first.code == code


def test_a_sandbox_whose_base_is_gone_can_be_given_up_and_nothing_else(boxed: Workspace) -> None:
    mesh = boxed.root / "mesh.yaml"
    text = mesh.read_text()
    mesh.write_text(text + "environments: {qa: {}}\n")
    run(boxed, "qa")
    box(boxed, base="qa")
    mesh.write_text(text)
    for use in (
        lambda: run(boxed, "box"),
        lambda: show_environment(boxed, "box"),
        lambda: count(boxed, environment="box"),
    ):
        with pytest.raises(InputError) as refused:
            use()
        assert refused.value.first.code == "MW-S103"
    delete_sandbox(boxed, "box")


def test_parameters_of_the_base_hold_in_a_sandbox(boxed: Workspace) -> None:
    mesh = boxed.root / "mesh.yaml"
    mesh.write_text(mesh.read_text() + "environments: {qa: {params: {currency: USD}}}\n")
    run(boxed, "qa")
    box(boxed, base="qa")
    assert plan(boxed, PlanOptions(environment="box")).is_empty


def test_files_for_plain_readers_show_the_sandbox(boxed: Workspace) -> None:
    import duckdb

    run(boxed)
    box(boxed)
    edit(boxed)
    run(boxed, "box")
    for name, rows in (("box", 3), ("prod", 4)):
        with duckdb.connect(str(boxed.root / f"environments/{name}.duckdb"), read_only=True) as connection:
            assert connection.execute("select count(*) from sales__orders.orders").fetchone() == (rows,)


def test_an_upstream_move_changes_nothing_in_a_sandbox(boxed: Workspace) -> None:
    run(boxed)
    box(boxed)
    edit(boxed)
    run(boxed, "box")
    before = pointers(boxed, "box")
    edit(boxed, ORDERS, FEWER.replace("6", "5.5"))
    run(boxed)
    assert pointers(boxed, "box") == before
    assert replace(show_environment(boxed, "box").environment, touched_at=None).base_generation == 3


def test_verify_follows_the_pointers_of_sandboxes(boxed: Workspace) -> None:
    run(boxed)
    box(boxed)
    edit(boxed)
    run(boxed, "box")
    with open_state_alone(boxed) as opened:
        version = opened.state.reader.versions([pointers(boxed, "box")["sales.orders.orders"]])
        (file,) = next(iter(version.values())).files
        path = boxed.root / opened.store.absolute(file)
    assert verify(boxed).ok
    path.unlink()
    report = verify(boxed)
    assert not report.ok
    assert repair(boxed).ok
    assert count(boxed, environment="box") == 3


def test_files_that_a_sandbox_left_are_not_taken_for_those_of_another_of_its_name(boxed: Workspace) -> None:
    """Whoever was killed while giving one up may leave them; both count generations from 1."""
    run(boxed)
    box(boxed)
    edit(boxed)
    run(boxed, "box")
    left = {path: path.read_bytes() for path in (boxed.root / "environments").glob("box.*")}
    assert len(left) == 2
    delete_sandbox(boxed, "box")
    for path, data in left.items():
        path.write_bytes(data)
    box(boxed)
    edit(boxed, text=FEWER.replace("order_id,", "100 + order_id as order_id,"))
    run(boxed, "box")
    with duckdb.connect(str(boxed.root / "environments/box.duckdb"), read_only=True) as connection:
        assert connection.execute("select min(order_id) > 100 from sales__orders.orders").fetchone() == (True,)


@pytest.mark.parametrize("base", ["whole", "damaged", "missing"])
def test_the_first_file_of_a_sandbox_is_made_from_its_bases_where_that_can_be_used(boxed: Workspace, base: str) -> None:
    run(boxed)
    box(boxed)
    edit(boxed)
    file = boxed.root / "environments/prod.duckdb"
    if base == "damaged":
        file.write_bytes(b"no database")
    elif base == "missing":
        file.unlink()
    run(boxed, "box")
    assert verify(boxed, environment="box").problems == ()
    with duckdb.connect(str(boxed.root / "environments/box.duckdb"), read_only=True) as connection:
        assert connection.execute("select environment, generation from meshwright.generation").fetchall() == [
            ("box", 3)
        ]
