"""`domain new` and `product new` write files that pass `check` and publish at once, or write nothing."""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path

import pytest

from meshwright.app.apply import RunOptions, apply
from meshwright.app.check import check
from meshwright.app.create import DomainOptions, new_domain, new_product
from meshwright.app.init import init
from meshwright.app.origins import Origin
from meshwright.app.workspace import Workspace, open_workspace
from meshwright.diagnostics import InputError
from meshwright.state.records import RunState
from tests.meshes import SHOP, write_file, write_mesh

ODD = "Order Id,select,Größe,amount,ok,day\n1,x,p,2.5,true,2020-01-01\n2,y,q,3.5,false,2020-01-02\n"


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    init(tmp_path / "fresh", "blank")
    return open_workspace(tmp_path / "fresh")


def publish(workspace: Workspace) -> tuple[str, ...]:
    assert check(workspace).diagnostics == ()
    report = apply(workspace, RunOptions())
    assert report.state is RunState.SUCCEEDED, report
    return report.published


def names(workspace: Workspace) -> set[str]:
    return {
        str(path.relative_to(workspace.root)) for path in workspace.root.rglob("*") if ".meshwright" not in path.parts
    }


def test_a_new_domain_with_new_products_publishes_at_once(workspace: Workspace) -> None:
    write_file(workspace.root, "data/odd.csv", ODD)
    new_domain(workspace, DomainOptions(name="shop", owners=("team:shop", "user:ana@example.org")))
    made = new_product(workspace, "shop.orders", Origin(name="data/odd.csv"))
    assert (made.folder, made.files) == (
        "domains/shop/orders",
        ("contracts/orders.odcs.yaml", "models/orders.sql", "pipeline.yaml", "product.odps.yaml"),
    )
    new_product(workspace, "shop.example", Origin())
    new_product(workspace, "shop.again", Origin(name="shop.orders.orders"))
    assert set(publish(workspace)) == {"sales.orders", "shop.orders", "shop.example", "shop.again"}


def test_a_file_outside_of_the_mesh_is_named_by_its_whole_path(workspace: Workspace, tmp_path: Path) -> None:
    outside = write_file(tmp_path, "elsewhere/it's here.csv", "a,b\n1,2\n")
    new_domain(workspace, DomainOptions(name="shop", owners=("team:shop",)))
    new_product(workspace, "shop.orders", Origin(name=str(outside)))
    assert set(publish(workspace)) == {"sales.orders", "shop.orders"}


def test_a_product_on_a_port_of_another_domain(tmp_path: Path) -> None:
    workspace = open_workspace(write_mesh(tmp_path / "shop", SHOP))
    new_product(workspace, "finance.copy", Origin(name="sales.orders.orders"))
    assert "finance.copy" in publish(workspace)


@pytest.mark.parametrize(
    ("address", "origin", "code"),
    [
        ("sales", None, "MW-L030"),
        ("sales.Orders", None, "MW-L030"),
        ("sale.orders", None, "MW-L031"),
        ("sales.orders", None, "MW-L035"),
        ("sales.new", "data/none.csv", "MW-L034"),
        ("sales.new", "sales.orders.order", "MW-L034"),
        ("sales.new", "data/orders.bin", "MW-M205"),
        ("sales.new", "data/ragged.csv", "MW-X"),
        ("finance.new", "sales.totals.per_customer", "MW-G"),
    ],
)
def test_what_cannot_be_made_leaves_nothing_behind(tmp_path: Path, address: str, origin: str | None, code: str) -> None:
    workspace = open_workspace(write_mesh(tmp_path / "shop", SHOP))
    write_file(workspace.root, "data/orders.bin", "x")
    (workspace.root / "data/ragged.csv").write_bytes(b"a,b\n1,2\n\xff\xfe,3,4,5\n")
    before = names(workspace)
    with pytest.raises(InputError) as raised:
        new_product(workspace, address, Origin(name=origin))
    assert raised.value.first.code.startswith(code), raised.value.diagnostics
    assert names(workspace) == before


@pytest.mark.parametrize(
    ("name", "owners", "code"),
    [
        ("Sales", ("team:sales",), "MW-L030"),
        ("main", ("team:sales",), "MW-L030"),
        ("sales", ("ana",), "MW-L032"),
        ("sales", (), "MW-L032"),
        ("finance", ("team:finance",), "MW-L035"),
    ],
)
def test_a_domain_that_cannot_be_made_leaves_nothing_behind(
    tmp_path: Path, name: str, owners: tuple[str, ...], code: str
) -> None:
    workspace = open_workspace(write_mesh(tmp_path / "shop", SHOP))
    before = names(workspace)
    with pytest.raises(InputError) as raised:
        new_domain(workspace, DomainOptions(name=name, owners=owners))
    assert raised.value.first.code == code
    assert names(workspace) == before


def test_a_domain_beside_the_patterns_of_the_mesh_is_refused(tmp_path: Path) -> None:
    only = SHOP["mesh.yaml"].replace("domains/*", "domains/sales, domains/finance")
    workspace = open_workspace(write_mesh(tmp_path / "shop", {**SHOP, "mesh.yaml": only}))
    before = names(workspace)
    with pytest.raises(InputError) as raised:
        new_domain(workspace, DomainOptions(name="hr", owners=("team:hr",)))
    assert raised.value.first.code == "MW-L033"
    assert names(workspace) == before


def test_a_new_product_of_the_example_mesh_can_be_published(tmp_path: Path) -> None:
    init(tmp_path / "av", "aviation")
    workspace = open_workspace(tmp_path / "av")
    made = new_product(workspace, "analytics.plain", Origin())
    assert made.findings == ()
    assert apply(workspace, RunOptions(select=("analytics.plain",))).published == ("analytics.plain",)


def test_what_policies_ask_is_told_and_the_files_stay(workspace: Workspace) -> None:
    policy = "-- level: block\n-- why: w\n-- fix: Do it.\nselect address, 'no words' as message from mesh.columns"
    write_file(workspace.root, "policies/columns_are_explained.sql", policy)
    made = new_product(workspace, "sales.fresh", Origin())
    assert {found.code for found in made.findings} == {"MW-V101"}
    assert (workspace.root / made.folder / "product.odps.yaml").exists()


def test_a_pattern_of_files_is_a_source(workspace: Workspace) -> None:
    for name in ("a", "b"):
        write_file(workspace.root, f"data/{name}.csv", "n\n1\n")
    new_product(workspace, "sales.both", Origin(name="data/*.csv"))
    assert "sales.both" in publish(workspace)


@pytest.mark.parametrize(
    ("text", "keys", "columns"),
    [
        ("LHR,London\nCDG,Paris\n", {"header": "false"}, ["column1", "column2"]),
        ("LHR,London\nCDG,Paris\n", {"header": "true"}, ["LHR", "London"]),
        ("id,name\n1,M\xfcller\n", {"encoding": "latin-1"}, ["id", "name"]),
        ("a b;c\n1;-\n2;3\n", {"delimiter": ";", "nulls": "NA,-"}, ["a b", "c"]),
    ],
)
def test_what_a_file_leaves_open_is_told_by_keys_of_the_source(
    workspace: Workspace, text: str, keys: dict[str, str], columns: list[str]
) -> None:
    (workspace.root / "data").mkdir()
    (workspace.root / "data/open.csv").write_text(text, encoding="latin-1")
    new_product(workspace, "sales.open", Origin(name="data/open.csv", keys=keys))
    model = (workspace.root / "domains/sales/open/models/open.sql").read_text()
    assert [line.strip(' ",') for line in model.splitlines()[1:-1]] == columns
    assert "sales.open" in publish(workspace)


def test_a_file_that_leaves_something_open_says_how_to_tell_it(workspace: Workspace) -> None:
    write_file(workspace.root, "data/open.csv", "LHR,London\nCDG,Paris\n")
    with pytest.raises(InputError) as raised:
        new_product(workspace, "sales.open", Origin(name="data/open.csv"))
    assert raised.value.first.code == "MW-X304"
    assert "--source header=true" in (raised.value.first.fix or "")


def test_a_table_of_a_database_is_named_by_keys_alone(workspace: Workspace) -> None:
    (workspace.root / "data").mkdir()
    with contextlib.closing(sqlite3.connect(workspace.root / "data/shop.db")) as connection:
        connection.executescript(
            "create table orders (id integer, price decimal(10,2)); insert into orders values (1, 2.5)"
        )
        connection.commit()
    keys = {"database": "sqlite:///data/shop.db", "table": "orders"}
    new_product(workspace, "sales.rows", Origin(keys=keys))
    assert "sales.rows" in publish(workspace)


def test_a_folder_with_a_delta_log_is_a_delta_table(workspace: Workspace) -> None:
    deltalake = pytest.importorskip("deltalake")
    import pyarrow as pa

    deltalake.write_deltalake(workspace.root / "lake/orders", pa.table({"id": [1, 2]}))
    new_product(workspace, "sales.lake", Origin(name="lake/orders"))
    assert "sales.lake" in publish(workspace)


@pytest.mark.parametrize(
    ("origin", "code", "words"),
    [
        (Origin(name="data/open.csv", keys={"haeder": "true"}), "MW-M", "header"),
        (Origin(name="data/open.csv", keys={"header": "perhaps"}), "MW-M", "header"),
        (Origin(name="data", keys={}), "MW-L034", "folder"),
        (Origin(name="data/open.tsv"), "MW-M205", "--source format=csv"),
        (Origin(keys={"database": "${env:MW_NOWHERE}", "table": "t"}), "MW-L034", "set MW_NOWHERE"),
        (Origin(name="sales.orders.orders", keys={"header": "true"}), "MW-L034", "dataset"),
        (Origin(name="postgresql://db/shop"), "MW-L034", "--source database="),
        (Origin(keys={"database": "postgresql://ana:pw@db/shop", "table": "t"}), "MW-M216", "secret"),
    ],
)
def test_wrong_keys_of_a_source_leave_nothing_behind(
    workspace: Workspace, origin: Origin, code: str, words: str
) -> None:
    for ending in ("csv", "tsv"):
        write_file(workspace.root, f"data/open.{ending}", "LHR,London\nCDG,Paris\n")
    before = names(workspace)
    with pytest.raises(InputError) as raised:
        new_product(workspace, "sales.open", origin)
    found = raised.value.first
    assert found.code.startswith(code), found
    assert words in f"{found.message} {found.fix}", found
    assert names(workspace) == before
