"""The tables `mesh.*` hold what the files say, each row to the order and types of its declared columns."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from meshwright.checks.durations import duration_s
from meshwright.checks.mesh_tables import BY_NAME, TABLES, MeshFacts, make_rows
from meshwright.checks.mesh_tables.reference import render_mesh_tables
from meshwright.files.loader import load_mesh
from meshwright.graph.lineage import ColumnEdge, ColumnLineage, Influence
from meshwright.model import Column, Mesh, Version
from tests.meshes import SHOP, write_mesh

POLICY = """
    -- level: warn
    -- why: Consumers plan around freshness.
    -- fix: Promise one.
    select port as message from mesh.ports where freshness_s is null
    """
EXTRA = {
    "policies/ports_have_slo.sql": POLICY,
    "policies/exemptions.yaml": """
        exemptions:
          - {policy: ports_have_slo, object: sales.orders, owner: team:sales, reason: Soon., expires: 2999-12-31}
        """,
    "domains/sales/orders/consumers.yaml": """
        consumers:
          - {name: board, type: dashboard, owner: team:bi, ports: [orders]}
        """,
}
PYTHON_TYPES: dict[str, type | tuple[type, ...]] = {
    "VARCHAR": str,
    "BIGINT": int,
    "BOOLEAN": bool,
    "DATE": dt.date,
    "TIMESTAMP": dt.datetime,
    "VARCHAR[]": tuple,
}


@pytest.fixture(scope="module")
def facts(tmp_path_factory: pytest.TempPathFactory) -> MeshFacts:
    root = write_mesh(tmp_path_factory.mktemp("shop"), {**SHOP, **EXTRA})
    contract = root / "domains/sales/orders/contracts/orders.odcs.yaml"
    service = (
        "slaProperties:\n  - {property: freshness, value: 2, unit: h}\n  - {property: freshness, value: 1, unit: d}\n"
    )
    text = contract.read_text().replace("logicalType: string, required: true", "logicalType: string, tags: [pii]")
    contract.write_text(text + service)
    loaded = load_mesh(root)
    assert loaded.diagnostics == ()
    assert loaded.mesh is not None
    orders = "sales.orders.orders"
    edge = ColumnEdge(source=f"{orders}.amount", target="finance.report.revenue.revenue", kind=Influence.DIRECT)
    version = Version(
        id="v1",
        dataset=orders,
        columns=(),
        files=(),
        rows=4,
        content_digest="",
        fingerprint="",
        node_kind="sql",
        is_opaque=False,
        created_at=dt.datetime(2026, 1, 2, 3, tzinfo=dt.timezone(dt.timedelta(hours=2))),
    )
    return MeshFacts(
        mesh=loaded.mesh,
        columns={orders: (Column(name="order_id", type="BIGINT"), Column(name="extra", type="DATE"))},
        lineage=ColumnLineage(edges={"finance.report.revenue": (edge,)}),
        versions={orders: version},
        generations={"prod": 7},
    )


def rows(facts: MeshFacts, table: str) -> list[dict[str, object]]:
    names = [column.name for column in BY_NAME[table].columns]
    return [dict(zip(names, row, strict=True)) for row in make_rows(table, facts)]


def test_every_table_has_rows_of_its_declared_types(facts: MeshFacts) -> None:
    for table in TABLES:
        if table.name == "tests":
            continue  # made from compiled rules; see tests/app/test_policies.py
        made = make_rows(table.full_name, facts)
        assert made, table.name
        for row in made:
            assert len(row) == len(table.columns), table.name
            for cell, column in zip(row, table.columns, strict=True):
                assert cell is None or isinstance(cell, PYTHON_TYPES[column.type]), (table.name, column.name, cell)
                assert column.type != "VARCHAR[]" or cell is not None, (table.name, column.name)


def test_every_column_can_be_named_without_quotes() -> None:
    import duckdb

    with duckdb.connect() as connection:
        connection.execute("create schema mesh")
        for table in TABLES:
            columns = ", ".join(f'"{column.name}" {column.type}' for column in table.columns)
            connection.execute(f"create table {table.full_name} ({columns})")
            connection.execute(f"select {', '.join(column.name for column in table.columns)} from {table.full_name}")


def test_no_column_is_declared_twice_and_each_says_what_it_is() -> None:
    for table in TABLES:
        names = [column.name for column in table.columns]
        assert len(names) == len(set(names)), table.name
        assert all(column.description for column in table.columns)
        assert names[-2:] == ["file", "line"], table.name


def test_a_port_knows_its_strictest_freshness_and_its_contract(facts: MeshFacts) -> None:
    (port,) = rows(facts, "mesh.ports")
    assert port["port"] == "sales.orders/orders"
    assert port["freshness_s"] == 7_200
    assert port["datasets"] == ("sales.orders.orders",)
    assert port["consumers"] == 1
    assert (port["file"], port["line"]) == ("domains/sales/orders/contracts/orders.odcs.yaml", 1)


def test_columns_are_those_of_the_dataset_and_those_that_are_only_promised(facts: MeshFacts) -> None:
    found = {row["address"]: row for row in rows(facts, "mesh.columns")}
    bound = found["sales.orders.orders.order_id"]
    assert (bound["type"], bound["port"], bound["is_primary_key"], bound["is_unique"]) == (
        "BIGINT",
        "sales.orders/orders",
        True,
        True,
    )
    assert found["sales.orders.orders.extra"]["port"] is None
    promised = found["sales.orders.orders.customer"]
    assert (promised["type"], promised["position"], promised["is_pii"]) == (None, None, True)
    assert promised["line"] == 10


def test_edges_say_what_they_cross(facts: MeshFacts) -> None:
    found = {(row["source"], row["dataset"]): row for row in rows(facts, "mesh.edges")}
    inside = found["sales.orders.raw_orders", "sales.orders.orders"]
    across = found["sales.orders.orders", "finance.report.revenue"]
    assert (inside["crosses_products"], inside["crosses_domains"]) == (False, False)
    assert (across["crosses_products"], across["crosses_domains"], across["kind"]) == (True, True, "reads")


def test_a_version_has_its_time_in_utc(facts: MeshFacts) -> None:
    (version,) = rows(facts, "mesh.versions")
    assert version["built_at"] == dt.datetime(2026, 1, 2, 1)
    assert version["environment"] == "prod"


def test_rows_come_in_the_same_order_each_time(facts: MeshFacts) -> None:
    for table in TABLES:
        assert make_rows(table.full_name, facts) == make_rows(table.full_name, facts)


@pytest.mark.parametrize(
    ("value", "unit", "expected"),
    [
        (1, "h", 3_600),
        (1, "Hours", 3_600),
        (2, "d", 172_800),
        (30, "min", 1_800),
        (30, "m", 1_800),
        (1.5, "h", 5_400),
        (1, "week", 604_800),
        (1, "y", 31_536_000),
        (1, "months", 2_592_000),
        ("1", "h", None),
        (True, "h", None),
        (1, None, None),
        (1, "parsec", None),
    ],
)
def test_service_levels_are_read_as_seconds(value: object, unit: str | None, expected: int | None) -> None:
    assert duration_s(value, unit) == expected


def test_a_mesh_of_nothing_has_empty_tables() -> None:
    facts = MeshFacts(mesh=Mesh(name="empty", domains={}, environments=()))
    assert all(make_rows(table.full_name, facts) == () for table in TABLES)


def test_the_reference_names_every_table_and_column() -> None:
    page = render_mesh_tables()
    for table in TABLES:
        assert f"## {table.full_name}\n" in page
        assert all(f"| `{column.name}` | {column.type} |" in page for column in table.columns)


def test_what_formats_md_promises_of_the_tables_is_there() -> None:
    promised = (
        "domains products ports contracts columns nodes datasets edges tests owners consumers versions environments"
    )
    assert {f"mesh.{name}" for name in promised.split()} <= set(BY_NAME)


def test_the_template_is_described_whole() -> None:
    loaded = load_mesh(Path("src/meshwright/templates/aviation"))
    assert loaded.mesh is not None
    products = rows(MeshFacts(mesh=loaded.mesh), "mesh.products")
    assert {row["team"] for row in products} >= {"operations"}
