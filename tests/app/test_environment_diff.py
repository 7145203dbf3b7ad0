"""`env diff`: one's own change and nobody else's; code, schema, rows, verdicts and policies, each as it is."""

from __future__ import annotations

import math
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from meshwright.app.differences import DatasetDifference, EnvironmentDiff, Presence
from meshwright.app.environment_diff import DiffWish, diff_environment
from meshwright.app.promotion import PromotionWish, promote
from meshwright.app.rebase import rebase
from meshwright.app.rollback import RollbackWish, rollback
from meshwright.app.sandboxes import delete_sandbox, extend_sandbox
from meshwright.app.workspace import Workspace, open_workspace
from meshwright.diagnostics import InputError
from meshwright.plan.compatibility import Level
from tests.app.boxed_shop import ORDERS, TOTALS, add_order, box, edit, pointers, run
from tests.app.people_mesh import CANARIES, PEOPLE
from tests.meshes import SHOP, write_file, write_mesh

RAW = "sales.orders.raw_orders"
KEPT = "sales.orders.orders"
PEOPLE_FILE = "domains/crm/customers/models/people.sql"
ADDRESSES_FILE = "domains/mail/letters/models/addresses.sql"
PER_CUSTOMER = "sales.totals.per_customer"
REPORT = "finance.report.revenue"
CONTRACT = "domains/sales/orders/contracts/orders.odcs.yaml"
PIPELINE = "domains/sales/orders/pipeline.yaml"
MORE_TOTALS = "select customer, sum(amount) as total, 1 + count(*) as orders from sales.orders.orders group by 1"


def diff(workspace: Workspace, *select: str, **wish: object) -> EnvironmentDiff:
    return diff_environment(workspace, DiffWish(sandbox="box", select=select, **wish))  # type: ignore[arg-type]


def replace(workspace: Workspace, file: str, old: str, new: str) -> None:
    text = (workspace.root / file).read_text(encoding="utf-8")
    assert old in text
    write_file(workspace.root, file, text.replace(old, new))


def one(found: EnvironmentDiff, dataset: str) -> DatasetDifference:
    return next(each for each in found.datasets if each.dataset == dataset)


def counts(found: DatasetDifference) -> tuple[int, int, int | None, int]:
    assert found.rows is not None
    return found.rows.added, found.rows.removed, found.rows.changed, found.rows.unchanged


def changed(workspace: Workspace, *edits: Callable[[Workspace], None]) -> Workspace:
    """The shop published, a sandbox over it, and a run of `edits` into that."""
    run(workspace)
    box(workspace)
    for each in edits:
        each(workspace)
    run(workspace, "box")
    return workspace


def test_a_sandbox_that_changed_nothing_does_not_differ(boxed: Workspace) -> None:
    run(boxed)
    box(boxed)
    assert diff(boxed).is_empty
    run(boxed, "box")
    assert diff(boxed).is_empty


def test_code_that_gives_the_same_rows_differs_in_code_alone(boxed: Workspace) -> None:
    changed(boxed, lambda shop: edit(shop, TOTALS, f"{SHOP[TOTALS]} having count(*) > 0"))
    found = diff(boxed)
    [only] = found.datasets
    assert (only.dataset, only.change, only.level) == (PER_CUSTOMER, Presence.CHANGED, Level.NONE)
    assert only.making.reasons == ("filter on groups changed",)
    assert (counts(only), only.is_read) == ((0, 0, 0, 3), False)
    [product] = found.products
    assert (product.product, product.datasets) == ("sales.totals", (PER_CUSTOMER,))
    assert product.before is not None
    assert product.after is not None
    assert product.before.code != product.after.code


def test_equal_digests_are_never_read(boxed: Workspace) -> None:
    """The files are gone: whoever read them would fail."""
    changed(boxed, lambda shop: edit(shop, TOTALS, f"{SHOP[TOTALS]} having count(*) > 0"))
    for file in (boxed.root / ".meshwright/store/sales/totals").rglob("*.parquet"):
        file.unlink()
    assert counts(one(diff(boxed), PER_CUSTOMER)) == (0, 0, 0, 3)


def test_rows_are_matched_by_the_primary_key_of_the_contract(boxed: Workspace) -> None:
    text = "select order_id, customer, amount + (order_id = 2)::int as amount, placed from raw_orders where amount > 6"
    changed(boxed, lambda shop: edit(shop, ORDERS, text))
    found = one(diff(boxed), KEPT)
    assert (counts(found), found.is_read) == ((0, 1, 1, 2), True)
    assert found.rows is not None
    assert found.rows.key == ("order_id",)
    amount = next(column for column in found.rows.columns if column.name == "amount")
    assert (amount.changed, amount.change_rate) == (1, pytest.approx(1 / 3))
    assert amount.before is not None
    assert amount.after is not None
    assert (amount.before.max, amount.after.max) == (20.0, 21.0)
    shown = [(row.before, row.after) for row in found.rows.sample]
    assert [(before or {}).get("amount") for before, _ in shown] == [5.25, 20.0]
    assert [(after or {}).get("amount") for _, after in shown] == [None, 21.0]
    assert found.making.reasons == ("expression of `amount` changed", "filter changed")


def test_without_a_key_rows_are_compared_as_wholes(boxed: Workspace) -> None:
    changed(boxed, lambda shop: edit(shop, TOTALS, MORE_TOTALS))
    found = one(diff(boxed), PER_CUSTOMER)
    assert counts(found) == (3, 3, None, 0)
    assert found.rows is not None
    assert found.rows.key == ()


def test_a_key_can_be_given_where_the_contract_has_none(boxed: Workspace) -> None:
    changed(boxed, lambda shop: edit(shop, TOTALS, MORE_TOTALS))
    assert counts(one(diff(boxed, key=("CUSTOMER",)), PER_CUSTOMER)) == (0, 0, 3, 0)


def test_a_key_that_is_given_yields_to_that_of_the_contract_and_says_so(boxed: Workspace) -> None:
    changed(boxed, edit)
    found = diff(boxed, KEPT, key=("customer",))
    assert counts(one(found, KEPT)) == (0, 1, 0, 3)
    assert found.notes == (f"{KEPT}: rows are matched by the key of its contract (order_id), not by --key",)


def test_a_required_unique_column_is_a_key(boxed: Workspace) -> None:
    replace(boxed, CONTRACT, ", primaryKey: true", "")
    changed(boxed, lambda shop: edit(shop, ORDERS, SHOP[ORDERS].replace("amount,", "2 * amount as amount,")))
    assert counts(one(diff(boxed), KEPT)) == (0, 0, 4, 0)


def test_floats_within_the_tolerance_are_equal(boxed: Workspace) -> None:
    changed(boxed, lambda shop: edit(shop, ORDERS, SHOP[ORDERS].replace("amount,", "1.001 * amount as amount,")))
    assert counts(one(diff(boxed), KEPT)) == (0, 0, 4, 0)
    assert counts(one(diff(boxed, tolerance=0.01), KEPT)) == (0, 0, 0, 4)


def test_rows_can_be_left_alone(boxed: Workspace) -> None:
    changed(boxed, edit)
    found = diff(boxed, has_data=False)
    assert [each.rows for each in found.datasets] == [None] * len(found.datasets)
    assert one(found, KEPT).making.reasons == ("filter changed",)


def test_views_are_compared(boxed: Workspace) -> None:
    write_file(boxed.root, "domains/sales/totals/pipeline.yaml", "nodes: {per_customer: {as: view}}")
    changed(boxed, lambda shop: edit(shop, TOTALS, MORE_TOTALS))
    assert counts(one(diff(boxed, key=("customer",)), PER_CUSTOMER)) == (0, 0, 3, 0)


def test_columns_have_a_level(boxed: Workspace) -> None:
    text = "select customer, sum(amount)::varchar as total, 1 as more from sales.orders.orders group by customer"
    changed(boxed, lambda shop: edit(shop, TOTALS, text), lambda shop: (shop.root / NEGATIVE).unlink())
    found = one(diff(boxed), PER_CUSTOMER)
    assert found.level is Level.MAJOR
    assert [change.message for change in found.columns] == [
        "type of column total changed from DOUBLE to VARCHAR",
        "column orders removed",
        "column more added (INTEGER)",
    ]
    # On the columns that both have, in a type that holds the values of both.
    assert counts(found) == (0, 0, None, 3)


NEGATIVE = "domains/sales/totals/tests/no_negative_totals.sql"


def test_a_contract_that_alone_changed_is_told_without_rows(boxed: Workspace) -> None:
    changed(boxed, lambda shop: replace(shop, CONTRACT, "{name: amount, ", "{name: amount, required: true, "))
    found = diff(boxed)
    [only] = found.datasets
    assert (only.dataset, only.before == only.after, only.is_read) == (KEPT, True, False)
    assert only.making.reasons == ()
    assert [change.path for change in only.contract] == ["schema/orders/properties/amount/required"]
    assert [(rule.id, rule.change) for rule in only.tests] == [("contract:required(amount)", "new")]
    [product] = found.products
    [port] = product.ports
    assert (port.port, port.change, port.level) == ("sales.orders/orders", Presence.CHANGED, only.level)


def test_new_datasets_and_dropped_ones_are_told_from_records(boxed: Workspace) -> None:
    def move(shop: Workspace) -> None:
        shutil.rmtree(shop.root / "domains/finance")
        edit(shop, "domains/sales/totals/models/days.sql", "select distinct placed from sales.orders.orders")

    changed(boxed, move)
    found = diff(boxed)
    told = {each.dataset: (each.change, counts(each), each.is_read, each.level) for each in found.datasets}
    assert told == {
        REPORT: (Presence.REMOVED, (0, 3, 0, 0), False, Level.MAJOR),
        "sales.totals.days": (Presence.NEW, (3, 0, 0, 0), False, Level.MINOR),
    }
    assert [(each.product, each.change) for each in found.products] == [
        ("finance.report", Presence.REMOVED),
        ("sales.totals", Presence.CHANGED),
    ]


def test_what_the_sandbox_dropped_can_be_selected(boxed: Workspace) -> None:
    changed(boxed, edit, lambda shop: shutil.rmtree(shop.root / "domains/finance"))
    for words in ("finance", "finance.report", REPORT):
        found = diff(boxed, words)
        assert [each.dataset for each in found.datasets] == [REPORT], words
        assert [each.product for each in found.products] == ["finance.report"], words


def test_a_selection_narrows_the_answer(boxed: Workspace) -> None:
    changed(boxed, edit)
    assert {each.dataset for each in diff(boxed).datasets} == {KEPT, PER_CUSTOMER, REPORT}
    assert {each.dataset for each in diff(boxed, "changed").datasets} == {KEPT, PER_CUSTOMER, REPORT}
    found = diff(boxed, "sales.totals")
    assert [each.dataset for each in found.datasets] == [PER_CUSTOMER]
    assert [each.product for each in found.products] == ["sales.totals"]
    assert diff(boxed, RAW).datasets == ()


def test_rules_are_told_whose_verdict_or_demand_changed(boxed: Workspace) -> None:
    rules = "tests: {per_customer: [{metric: rowCount, mustBeGreaterThan: %s, severity: warn}]}"
    write_file(boxed.root, "domains/sales/totals/pipeline.yaml", rules % 2)
    changed(
        boxed,
        lambda shop: edit(shop, TOTALS, f"{SHOP[TOTALS]} having sum(amount) > 10"),
        lambda shop: (shop.root / NEGATIVE).unlink(),
    )
    found = {rule.id: rule for rule in one(diff(boxed), PER_CUSTOMER).tests}
    assert {name: rule.change for name, rule in found.items()} == {
        "test:rowCount": "verdict",
        "file:no_negative_totals": "removed",
    }
    count = found["test:rowCount"]
    assert count.before is not None
    assert count.after is not None
    assert (count.before.verdict, count.after.verdict, count.after.value) == ("pass", "warn", 2)
    write_file(boxed.root, "domains/sales/totals/pipeline.yaml", rules % 1)
    run(boxed, "box")
    count = next(rule for rule in one(diff(boxed), PER_CUSTOMER).tests if rule.id == "test:rowCount")
    assert count.change == "changed"
    assert count.after is not None
    assert (count.after.verdict, count.after.rule) == ("pass", "rowCount must be greater than 1")


def test_parameters_and_inputs_are_told_with_both_values(boxed: Workspace) -> None:
    changed(boxed, edit, lambda shop: replace(shop, "mesh.yaml", "currency: EUR", "currency: USD"))
    before, after = pointers(boxed), pointers(boxed, "box")
    making = one(diff(boxed), REPORT).making
    assert making.parameters == {"currency": ("EUR", "USD")}
    assert making.inputs == {KEPT: (before[KEPT], after[KEPT])}
    assert making.reasons == (
        "parameter `currency` changed from 'EUR' to 'USD'",
        f"input {KEPT} is another version",
    )


def test_what_others_publish_is_not_in_it_until_the_sandbox_is_rebased(boxed: Workspace) -> None:
    changed(boxed, lambda shop: edit(shop, TOTALS, MORE_TOTALS))
    mine = {each.dataset: (each.after, counts(each)) for each in diff(boxed).datasets}
    edit(boxed, TOTALS, SHOP[TOTALS])
    add_order(boxed)
    run(boxed)
    assert {each.dataset: (each.after, counts(each)) for each in diff(boxed).datasets} == mine
    rebase(boxed, "box")
    [only] = diff(boxed).datasets
    # What it shows is still made of three customers; the base has dora by now.
    assert (only.dataset, counts(only)) == (PER_CUSTOMER, (3, 4, None, 0))


POLICY = """
    -- level: warn
    -- why: Readers ask what a column holds.
    -- fix: Describe it.
    select port, name as "column", 'no description of ' || name as message from mesh.columns
    where port is not null and description is null
    """


def undescribed(shop: Workspace) -> None:
    replace(shop, CONTRACT, ", description: In euros.", "")


def governed(shop: Workspace) -> Workspace:
    write_file(shop.root, "policies/columns_are_described.sql", POLICY)
    replace(shop, CONTRACT, "{name: amount, ", "{name: amount, description: In euros., ")
    return shop


NEW_VIOLATION = [("columns_are_described", "warn", "no description of amount")]


def violations(found: EnvironmentDiff) -> list[tuple[str, str, str]]:
    assert found.notes == ()
    return [(each.policy, each.level, each.message) for each in found.policies]


def test_new_violations_of_policies_are_told_and_old_ones_are_not(boxed: Workspace) -> None:
    """By the files of the runs: the tree has lost the contract since."""
    changed(governed(boxed), undescribed)
    write_file(boxed.root, CONTRACT, "not: read")
    assert violations(diff(boxed)) == NEW_VIOLATION
    assert violations(diff(boxed, "sales.totals")) == []


def test_what_was_rolled_back_is_judged_by_the_files_it_stands_from(boxed: Workspace) -> None:
    changed(governed(boxed), undescribed)
    promote(boxed, PromotionWish(sandbox="box"))
    rollback(boxed, RollbackWish(environment="prod"))
    rebase(boxed, "box")
    assert violations(diff(boxed)) == NEW_VIOLATION


def test_what_the_sandbox_hides_is_in_no_difference(tmp_path: Path) -> None:
    """Neither of what it built nor of what its base shows: samples and summaries are a way to read rows."""
    shop = open_workspace(write_mesh(tmp_path / "people", PEOPLE))
    changed(
        shop,
        lambda mesh: edit(mesh, PEOPLE_FILE, "select person_id + 1 as person_id, email, city, born from raw_people"),
        lambda mesh: edit(
            mesh, ADDRESSES_FILE, "select 2 as person_id, upper(email) as address, city from crm.customers.people"
        ),
    )
    found = diff(shop)
    people = one(found, "crm.customers.people")
    assert counts(people) == (1, 1, 3, 0)
    assert people.rows is not None
    assert len(people.rows.sample) == 5
    assert one(found, "mail.letters.addresses").is_read
    assert [canary for canary in CANARIES if canary in str(found).lower()] == []


@pytest.mark.parametrize(
    ("wish", "select", "code"),
    [
        ({"key": ("ordr_id",)}, (), "MW-S115"),
        ({"key": ("order_id", "nope")}, (), "MW-S115"),
        ({"key": ("",)}, (), "MW-S115"),
        ({"tolerance": -0.1}, (), "MW-S116"),
        ({"tolerance": math.nan}, (), "MW-S116"),
        ({"tolerance": math.inf}, (), "MW-S116"),
        ({}, ("sales.nope",), "MW-G201"),
    ],
)
def test_wrong_input_is_refused(boxed: Workspace, wish: dict[str, object], select: tuple[str, ...], code: str) -> None:
    changed(boxed, edit)
    with pytest.raises(InputError) as caught:
        diff(boxed, *select, **wish)
    assert caught.value.first.code == code
    assert caught.value.first.fix


@pytest.mark.parametrize(("name", "code"), [("prod", "MW-S105"), ("bax", "MW-R013")])
def test_what_is_no_sandbox_is_refused(boxed: Workspace, name: str, code: str) -> None:
    changed(boxed, edit)
    with pytest.raises(InputError) as caught:
        diff_environment(boxed, DiffWish(sandbox=name))
    assert caught.value.first.code == code


def test_it_moves_nothing_and_does_not_use_the_sandbox(boxed: Workspace) -> None:
    run(boxed)
    box(boxed)
    edit(boxed)
    run(boxed, "box")
    before = pointers(boxed, "box")
    ends = extend_sandbox(boxed, "box", "1s").environment.expires_at
    diff(boxed)
    assert pointers(boxed, "box") == before
    assert delete_sandbox(boxed, "box").environment.expires_at == ends
