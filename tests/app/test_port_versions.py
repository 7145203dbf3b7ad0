"""Two versions of a port side by side: who reads which, in every kind of reader, and a port's life from one version to the next."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from meshwright.app.apply import RunOptions, apply
from meshwright.app.check import check
from meshwright.app.collection import CollectionOptions, collect
from meshwright.app.environment_diff import DiffWish, diff_environment
from meshwright.app.explain import explain
from meshwright.app.governance import list_exemptions
from meshwright.app.keepers import explain_kept
from meshwright.app.lineage import lineage
from meshwright.app.opened import open_mesh
from meshwright.app.pins import PinWish, pin
from meshwright.app.planning import PlanOptions, plan
from meshwright.app.promotion import PromotionWish, promote
from meshwright.app.query import QueryOptions, query
from meshwright.app.reports import DatasetCard, PortCard, ProductCard
from meshwright.app.rollback import RollbackWish, rollback
from meshwright.app.show import show
from meshwright.app.testing import TestOptions, test
from meshwright.app.workspace import Workspace, open_workspace
from meshwright.diagnostics import Diagnostic
from meshwright.plan.compatibility.values import ChangedKind, Level
from meshwright.plan.values import Plan
from meshwright.run.report import RunReport
from meshwright.state.records import RunState
from tests.app.boxed_shop import box, built, pointers
from tests.app.people_mesh import CANARIES, PEOPLE
from tests.app.versioned_shop import (
    CONTRACT_V2,
    FINANCE,
    ODPS,
    ORDERS,
    ORDERS_V2,
    PRODUCT,
    V1,
    V2,
    chooses,
    second_version,
    two_versions,
)
from tests.meshes import SHOP, write_file, write_mesh

REVENUE, TOTALS = "finance.report.revenue", "sales.totals.per_customer"
OLD, NEW = "sales.orders.orders", "sales.orders.orders_v2"
PORT, PORT_2 = "sales.orders/orders", "sales.orders/orders/v2"
NEWEST = "port sales.orders/orders: v2 is the newest active version"


def shop(folder: Path, files: Mapping[str, str] | None = None) -> Workspace:
    """A mesh on disk: the shop with both versions where no other is given."""
    return open_workspace(write_mesh(folder / "shop", two_versions() if files is None else files))


def change(workspace: Workspace, files: Mapping[str, str]) -> None:
    for name, text in files.items():
        write_file(workspace.root, name, text)


def run(workspace: Workspace, environment: str = "prod") -> RunReport:
    report = apply(workspace, RunOptions(environment=environment, is_environment_explicit=True))
    assert report.state is RunState.SUCCEEDED, report
    return report


def planned(workspace: Workspace, environment: str = "prod") -> Plan:
    return plan(workspace, PlanOptions(environment=environment))


def reasons(workspace: Workspace, dataset: str) -> tuple[str, ...]:
    return next(step.reasons for step in planned(workspace).steps if step.dataset == dataset)


def changed_ports(workspace: Workspace, environment: str = "prod") -> dict[str, tuple[Level, list[str]]]:
    """The changes of ports: address -> level and kinds."""
    return {
        one.object: (one.level, [each.kind for each in one.changes])
        for one in planned(workspace, environment).changes
        if one.kind is ChangedKind.PORT
    }


def reads(workspace: Workspace, dataset: str) -> tuple[str, ...]:
    with open_mesh(workspace, "prod") as opened:
        node = opened.mesh.node(dataset)
        assert node is not None
        return node.reads


def findings(workspace: Workspace) -> list[Diagnostic]:
    return list(check(workspace).diagnostics)


def rows(workspace: Workspace, text: str, environment: str = "prod") -> list[dict[str, object]]:
    answer = query(workspace, QueryOptions(text=text, environment=environment))
    try:
        return [row for batch in answer.batches() for row in batch.to_pylist()]
    finally:
        answer.close()


def test_a_port_goes_from_one_version_to_the_next(tmp_path: Path) -> None:
    workspace = shop(tmp_path, SHOP)
    run(workspace)
    one = pointers(workspace)

    # v2 is a draft: it is published beside v1, and nobody reads it.
    change(workspace, second_version("draft"))
    assert changed_ports(workspace) == {PORT_2: (Level.MINOR, ["port_added"])}
    assert built(run(workspace)) == {NEW}
    drafted = pointers(workspace)
    assert {name for name in drafted if drafted[name] != one.get(name)} == {PORT_2, NEW, "sales.orders"}

    # v2 is active: who chooses nothing moves to it, and the plan says why.
    change(workspace, second_version())
    assert NEWEST in reasons(workspace, REVENUE)
    assert NEWEST in reasons(workspace, TOTALS)
    assert built(run(workspace)) == {REVENUE, TOTALS}
    assert reads(workspace, REVENUE) == (NEW,)
    assert rows(workspace, "select sum(revenue) as r from finance.report.revenue") == [{"r": 42.75}]

    # finance chooses v1: what it had before is there still, under the id that it had.
    change(workspace, {f"{FINANCE}/product.odps.yaml": chooses()})
    assert "port sales.orders/orders: v1 is chosen by an input port of finance.report" in reasons(workspace, REVENUE)
    assert built(run(workspace)) == set()
    assert pointers(workspace)[REVENUE] == one[REVENUE]
    assert pointers(workspace)[PORT] == one[PORT]

    # finance moves while v1 is retired: a change of the port that reaches nobody. What refuses it otherwise is not looked
    # at here, so the plan is that of a sandbox.
    box(workspace)
    change(workspace, {f"{FINANCE}/product.odps.yaml": chooses("2.0.0", "sales-orders-orders-v2")})
    change(workspace, {V1: SHOP[V1].replace("status: active", "status: retired")})
    assert list(changed_ports(workspace, "box")) == [PORT]
    reached = next(one.reaches for one in planned(workspace, "box").changes if one.object == PORT)
    assert reached is not None
    assert reached.products == ()

    # v1 goes, with its dataset: nothing of v2 or of its readers is built again.
    change(workspace, {V1: SHOP[V1]})
    run(workspace)
    before = pointers(workspace)
    (workspace.root / V1).unlink()
    (workspace.root / ORDERS / "models/orders.sql").unlink()
    output = "outputPorts: [{name: orders, version: 2.0.0, contractId: sales-orders-orders-v2}]\n"
    change(workspace, {ODPS: PRODUCT + output})
    assert changed_ports(workspace) == {PORT: (Level.MAJOR, ["port_removed"])}
    assert built(run(workspace)) == set()
    after = pointers(workspace)
    assert before.keys() - after.keys() == {PORT, OLD}
    assert {name for name in after if after[name] != before[name]} == {"sales.orders"}
    assert reads(workspace, TOTALS) == (NEW,)


def test_a_removed_or_retired_second_version_is_a_change_of_its_own_address(tmp_path: Path) -> None:
    workspace = shop(tmp_path)
    run(workspace)
    box(workspace)
    change(workspace, {V2: CONTRACT_V2.format(status="retired")})
    assert list(changed_ports(workspace, "box")) == [PORT_2]
    assert reads(workspace, TOTALS) == (OLD,)  # a retired version is read by nobody who does not choose it
    change(workspace, {ODPS: SHOP[ODPS]})
    (workspace.root / V2).unlink()
    assert changed_ports(workspace) == {PORT_2: (Level.MAJOR, ["port_removed"])}


READERS: Mapping[str, str] = {
    f"{FINANCE}/pipeline.yaml": """
        nodes:
          counted: {python: counted.py:build, inputs: {found: sales.orders.orders}, columns: {n: BIGINT}}
          seen: {as: view}
          daily: {incremental: {by: placed, grain: day}}
        tests:
          revenue:
            - id: of_orders
              type: sql
              query: "select count(*) from {object} as r left join sales.orders.orders using (placed) where orders.cents is null"
              mustBe: 0
        variations:
          canary: {params: {currency: USD}}
        """,
    f"{FINANCE}/counted.py": """
        import pyarrow as pa

        def build(found: pa.Table) -> pa.Table:
            return pa.table({"n": [found.num_rows]})
        """,
    f"{FINANCE}/models/seen.sql": "select cents, orders.customer from sales.orders.orders",
    f"{FINANCE}/models/daily.sql": "select placed, cents from sales.orders.orders",
    f"{FINANCE}/tests/placed.sql": """
        -- on: revenue
        select revenue.placed from revenue anti join sales.orders.orders as o on o.placed = revenue.placed and o.cents > 0
        """,
    f"{FINANCE}/tests/seen.unit.yaml": """
        given:
          sales.orders.orders: [{cents: 1, customer: ana}]
        expect: [{cents: 1, customer: ana}]
        """,
}


def test_every_kind_of_reader_reads_the_version(tmp_path: Path) -> None:
    workspace = shop(tmp_path, {**two_versions(), **READERS})
    assert findings(workspace) == []
    run(workspace)
    with open_mesh(workspace, "prod") as opened:
        finance = opened.mesh.product("finance.report")
        assert finance is not None
        assert {name: node.reads for name, node in finance.nodes.items()} == dict.fromkeys(finance.nodes, (NEW,))
        assert set(finance.sql_tests[0].reads) == {REVENUE, NEW}
        assert [given.dataset for given in finance.unit_tests[0].given] == [NEW]
        assert opened.mesh.varied["finance.report@canary"].nodes["revenue"].reads == (NEW,)
        daily = finance.nodes["daily"].intervals
        assert daily is not None
        assert list(daily.time_columns) == [NEW]
    assert rows(workspace, "select n from finance.report.counted") == [{"n": 4}]
    assert rows(workspace, "select sum(cents) as c from finance.report.seen") == [{"c": 4275}]
    assert rows(workspace, "select count(*) as n from finance.report.daily") == [{"n": 4}]
    outcomes = {one.id: one.verdict for one in test(workspace, TestOptions()).tests}
    assert outcomes["of_orders"] == outcomes["file:placed"] == "pass"
    found = lineage(workspace, f"{REVENUE}.revenue")
    assert f"{NEW}.amount" in found.nodes
    assert not any(name.startswith(f"{OLD}.") for name in found.nodes)


def test_a_rule_and_a_test_of_another_version_do_not_bind(tmp_path: Path) -> None:
    """The same readers on v1, which has no cents: each is told at its place, as it is written."""
    workspace = shop(tmp_path, {**two_versions(), **READERS, f"{FINANCE}/product.odps.yaml": chooses()})
    found = {(each.code, str(each.span)) for each in findings(workspace)}
    assert ("MW-T001", f"{FINANCE}/tests/placed.sql:2:104") in found
    assert ("MW-T001", f"{FINANCE}/models/seen.sql:1:8") in found


def test_a_place_behind_a_renamed_table_is_the_one_in_the_file(tmp_path: Path) -> None:
    text = "select 1 as one from sales.orders.orders where no_such > 1"
    workspace = shop(tmp_path, {**two_versions(), f"{FINANCE}/models/bad.sql": text})
    assert [str(each.span) for each in findings(workspace)] == [f"{FINANCE}/models/bad.sql:1:48"]
    change(
        workspace,
        {f"{FINANCE}/models/bad.sql": "select 1 as one from sales.orders.orders o join no.such.thing on true"},
    )
    assert [str(each.span) for each in findings(workspace)] == [f"{FINANCE}/models/bad.sql:1:49"]


def test_a_place_in_a_test_file_is_the_one_in_the_file(tmp_path: Path) -> None:
    text = "select r.placed from revenue r join sales.orders.orders on no_such = r.placed"
    workspace = shop(tmp_path, {**two_versions(), f"{FINANCE}/tests/bad.sql": text})
    assert [str(each.span) for each in findings(workspace)] == [f"{FINANCE}/tests/bad.sql:1:60"]


def test_inside_the_product_names_mean_datasets(tmp_path: Path) -> None:
    model = {
        f"{ORDERS}/models/both.sql": "select o.order_id from sales.orders.orders o join orders_v2 using (order_id)"
    }
    workspace = shop(tmp_path, {**two_versions(), **model})
    assert reads(workspace, "sales.orders.both") == (OLD, NEW)


def test_a_dataset_of_another_version_is_read_by_its_own_name(tmp_path: Path) -> None:
    both = "select count(*) as n from sales.orders.orders o join sales.orders.orders_v2 using (order_id)"
    files = {f"{FINANCE}/models/both.sql": both, f"{FINANCE}/product.odps.yaml": chooses()}
    workspace = shop(tmp_path, {**two_versions(), **files})
    assert reads(workspace, "finance.report.both") == (OLD, NEW)
    run(workspace)
    assert rows(workspace, "select n from finance.report.both") == [{"n": 4}]


def test_what_the_chosen_version_does_not_offer_is_refused_at_its_place(tmp_path: Path) -> None:
    renamed = CONTRACT_V2.format(status="active").replace("- name: orders\n", "- name: sold\n")
    files = {V2: renamed, f"{FINANCE}/product.odps.yaml": chooses("2.0.0", "sales-orders-orders-v2")}
    workspace = shop(tmp_path, {**two_versions(), **files})
    [found] = [each for each in findings(workspace) if each.severity == "error"]
    assert (found.code, str(found.span)) == ("MW-G121", f"{FINANCE}/models/revenue.sql:2:6")
    assert "sales.orders/orders does" in found.message
    assert found.fix == "read what sales.orders/orders/v2 offers, or choose v1 in the input port"
    # Who chooses nothing gets the newest active version that offers the name.
    assert reads(workspace, TOTALS) == (OLD,)


def test_a_name_that_a_contract_gives_is_offered_for_one_that_is_not_there(tmp_path: Path) -> None:
    renamed = CONTRACT_V2.format(status="active").replace("- name: orders\n", "- name: purchases\n")
    text = "select order_id from sales.orders.purchase"
    workspace = shop(tmp_path, {**two_versions(), V2: renamed, f"{FINANCE}/models/bad.sql": text})
    [found] = findings(workspace)
    assert (found.code, found.fix) == ("MW-G101", "did you mean 'sales.orders.purchases'?")


def test_a_change_of_the_supplier_alone_is_seen_by_the_next_command(tmp_path: Path) -> None:
    """Neither the readers' files nor the names in the mesh change, so everything kept of them would still fit."""
    rule = f"{FINANCE}/tests/cents.sql"
    files = {
        rule: "select r.placed from revenue r join sales.orders.orders as o on r.placed = o.placed where o.cents < 0"
    }
    workspace = shop(tmp_path, {**two_versions(), **files})
    for _ in range(2):
        assert findings(workspace) == []
    for status, codes in (("draft", ["MW-T001"]), ("active", []), ("retired", ["MW-T001"])):
        change(workspace, {V2: CONTRACT_V2.format(status=status)})
        for _ in range(2):
            assert [each.code for each in findings(workspace)] == codes, status


def test_show_says_which_version_is_read_and_by_whom(tmp_path: Path) -> None:
    consumers = """
        consumers:
          - {name: board, type: dashboard, owner: "team:finance", ports: [{port: sales.orders/orders/v2, columns: [orders.cents]}]}
          - {name: old board, type: dashboard, owner: "team:finance", ports: [sales.orders/orders/v1]}
        """
    files = {f"{FINANCE}/product.odps.yaml": chooses(), f"{FINANCE}/consumers.yaml": consumers}
    workspace = shop(tmp_path, {**two_versions(), **files})
    run(workspace)
    one, also_one, two = (show(workspace, name) for name in (PORT, f"{PORT}/v1", PORT_2))
    assert one == also_one
    assert isinstance(one, PortCard)
    assert isinstance(two, PortCard)
    assert (one.datasets, one.read_by, one.consumers, dict(one.names)) == ((OLD,), (REVENUE,), ("old board",), {})
    assert (two.datasets, two.read_by, two.consumers, dict(two.names)) == (
        (NEW,), (TOTALS,), ("board",), {"orders": "orders_v2"},
    )  # fmt: skip
    assert [(each.address, each.is_default) for each in two.versions] == [(PORT, False), (PORT_2, True)]
    product = show(workspace, "sales.orders")
    assert isinstance(product, ProductCard)
    assert product.ports == two.versions
    dataset = show(workspace, TOTALS)
    assert isinstance(dataset, DatasetCard)
    assert [(read.name, read.dataset, read.port, read.why) for read in dataset.through] == [(OLD, NEW, PORT_2, NEWEST)]
    assert f"  reads {NEW} ({NEWEST})" in explain(workspace, "sales.totals").lines
    # A change of a column reaches the consumer that names it by the contract's name for its dataset.
    box(workspace)
    change(workspace, {f"{ORDERS}/models/orders_v2.sql": ORDERS_V2.replace("bigint", "int")})
    moved = next(one for one in planned(workspace, "box").changes if one.object == NEW)
    assert moved.reaches is not None
    assert moved.reaches.consumers == ("board",)
    assert f"{NEW}.cents" in moved.reaches.columns


def test_promotion_moves_the_pointer_of_a_version(tmp_path: Path) -> None:
    workspace = shop(tmp_path, two_versions("draft"))
    run(workspace)
    before = pointers(workspace)
    box(workspace)
    change(workspace, second_version())
    run(workspace, "box")
    assert pointers(workspace) == before
    found = diff_environment(workspace, DiffWish(sandbox="box"))
    ports = {port.port: port.level for product in found.products for port in product.ports}
    assert ports == {PORT_2: Level.MINOR}
    [revenue] = [each for each in found.datasets if each.dataset == REVENUE]
    assert revenue.making.reasons
    promote(workspace, PromotionWish(sandbox="box"))
    after = pointers(workspace)
    assert {name for name in before if before[name] != after[name]} == {
        PORT_2, REVENUE, TOTALS, "sales.orders", "finance.report", "sales.totals",
    }  # fmt: skip


def test_rollback_takes_a_version_back_with_its_readers(tmp_path: Path) -> None:
    workspace = shop(tmp_path, two_versions("draft"))
    run(workspace)
    before = pointers(workspace)
    change(workspace, second_version())
    run(workspace)
    rollback(workspace, RollbackWish(environment="prod", to=3, reason="v2 is not ready"))
    assert pointers(workspace) == before
    assert built(apply(workspace, RunOptions())) == set()  # what is held stays
    assert pointers(workspace) == before


def test_a_dataset_of_a_version_can_be_pinned_and_what_stands_is_kept(tmp_path: Path) -> None:
    workspace = shop(tmp_path)
    run(workspace)
    with (workspace.root / "mesh.yaml").open("a") as file:
        file.write("retention: {generations: 0s, candidates: 0s, grace: 0s}\n")
    before = pointers(workspace)
    pin(workspace, PinWish(object=NEW, reason="month end"))
    change(workspace, {f"{ORDERS}/models/orders_v2.sql": ORDERS_V2 + "where amount > 6\n"})
    assert built(apply(workspace, RunOptions())) == set()
    assert pointers(workspace) == before
    assert collect(workspace, CollectionOptions()).deleted == ()
    assert [each.version for each in explain_kept(workspace, NEW)] == [before[NEW]]


def test_policies_and_exemptions_name_a_version(tmp_path: Path) -> None:
    policy = """
        -- level: block
        -- why: Consumers plan around freshness.
        -- fix: Add slaProperties with property: freshness to the contract.
        select product, port, version, 'no freshness objective for ' || version as message
        from mesh.ports where freshness_s is null
        """
    exempt = """
        exemptions:
          - {policy: has_slo, object: sales.orders/orders/v2, owner: "team:sales", reason: New., expires: 2999-01-01}
        """
    workspace = shop(tmp_path, {**two_versions(), "policies/has_slo.sql": policy})
    found = {each.object: (each.message, str(each.span)) for each in findings(workspace)}
    assert found.keys() == {PORT, PORT_2}
    assert "no freshness objective for 2.0.0" in found[PORT_2][0]
    assert found[PORT_2][1].startswith(V2)
    change(workspace, {"policies/exemptions.yaml": exempt})
    assert [each.object for each in findings(workspace) if each.severity == "error"] == [PORT]
    assert [each.exemption.object for each in list_exemptions(workspace).exemptions] == [PORT_2]
    # What was agreed of the first version is not agreed of the second.
    change(workspace, {"policies/exemptions.yaml": exempt.replace(PORT_2, PORT)})
    assert [each.object for each in findings(workspace) if each.severity == "error"] == [PORT_2]


def test_a_classification_in_a_second_version_masks_its_dataset(tmp_path: Path) -> None:
    """The contract calls the dataset `people`; what is masked is the dataset behind it."""
    folder = "domains/crm/customers"
    first = PEOPLE[f"{folder}/contracts/people.odcs.yaml"].replace("classification: pii", "classification: public")
    second = (
        PEOPLE[f"{folder}/contracts/people.odcs.yaml"]
        .replace("id: crm-customers-people", "id: crm-customers-people-2")
        .replace("version: 1.0.0", "version: 2.0.0")
        .replace("- name: people", "- name: people\n            physicalName: people_v2")
    ).rstrip() + "\n              - {name: nick, logicalType: string, classification: pii}\n"
    outputs = PEOPLE[f"{folder}/product.odps.yaml"].rstrip() + (
        "\n          - {name: people, version: 2.0.0, contractId: crm-customers-people-2}\n"
    )
    files = {
        **PEOPLE,
        f"{folder}/contracts/people.odcs.yaml": first,
        f"{folder}/contracts/people.v2.odcs.yaml": second,
        f"{folder}/product.odps.yaml": outputs,
        f"{folder}/models/people_v2.sql": "select person_id, email, city, born, upper(city) as nick from raw_people",
    }
    workspace = open_workspace(write_mesh(tmp_path / "people", files))
    run(workspace)
    box(workspace)
    for table in ("crm.customers.people_v2", "mail.letters.addresses"):
        shown = repr(rows(workspace, f"select * from {table}", "box"))
        assert not any(canary in shown for canary in CANARIES), table
    # No other contract speaks of `nick`, and nothing else that is classified is made from what it is made from.
    assert "KASSEL" not in repr(rows(workspace, "select nick from crm.customers.people_v2", "box"))
    assert "canary" in repr(rows(workspace, "select * from crm.customers.people_v2"))
    assert "KASSEL" in repr(rows(workspace, "select * from crm.customers.people_v2"))


def test_a_mesh_without_versions_is_taken_as_it_is(tmp_path: Path) -> None:
    with open_mesh(shop(tmp_path, SHOP), "prod") as opened:
        for node in opened.mesh.all_nodes():
            assert not node.through
            assert node.sql is None or node.sql.written is None
    # With a second version that nobody reads, its readers are the very same.
    versions: list[dict[str, str]] = []
    for name, files in (("one", SHOP), ("two", two_versions("draft"))):
        workspace = open_workspace(write_mesh(tmp_path / name, files))
        run(workspace)
        found = pointers(workspace)
        versions.append({dataset: found[dataset] for dataset in (REVENUE, TOTALS, PORT)})
    assert versions[0] == versions[1]


@pytest.mark.parametrize("name", ["sales.orders/orders/v3", "sales.orders/order"])
def test_a_version_that_is_not_there_is_not_shown(name: str, tmp_path: Path) -> None:
    workspace = shop(tmp_path)
    with pytest.raises(Exception, match=r"MW-R011") as found:
        show(workspace, name)
    assert "sales.orders/orders/v2" in str(found.value)
