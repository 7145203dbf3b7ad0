"""`domain new` and `product new` write files that pass `check` and publish at once, or write nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from meshwright.app.apply import RunOptions, apply
from meshwright.app.check import check
from meshwright.app.create import DomainOptions, new_domain, new_product
from meshwright.app.init import init
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
    made = new_product(workspace, "shop.orders", "data/odd.csv")
    assert (made.folder, made.files) == (
        "domains/shop/orders",
        ("contracts/orders.odcs.yaml", "models/orders.sql", "pipeline.yaml", "product.odps.yaml"),
    )
    new_product(workspace, "shop.example", None)
    new_product(workspace, "shop.again", "shop.orders.orders")
    assert set(publish(workspace)) == {"sales.orders", "shop.orders", "shop.example", "shop.again"}


def test_a_file_outside_of_the_mesh_is_named_by_its_whole_path(workspace: Workspace, tmp_path: Path) -> None:
    outside = write_file(tmp_path, "elsewhere/it's here.csv", "a,b\n1,2\n")
    new_domain(workspace, DomainOptions(name="shop", owners=("team:shop",)))
    new_product(workspace, "shop.orders", str(outside))
    assert publish(workspace) == ("sales.orders", "shop.orders")


def test_a_product_on_a_port_of_another_domain(tmp_path: Path) -> None:
    workspace = open_workspace(write_mesh(tmp_path / "shop", SHOP))
    new_product(workspace, "finance.copy", "sales.orders.orders")
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
        new_product(workspace, address, origin)
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
    made = new_product(workspace, "analytics.plain", None)
    assert made.findings == ()
    assert apply(workspace, RunOptions(select=("analytics.plain",))).published == ("analytics.plain",)


def test_what_policies_ask_is_told_and_the_files_stay(workspace: Workspace) -> None:
    policy = "-- level: block\n-- why: w\n-- fix: Do it.\nselect address, 'no words' as message from mesh.columns"
    write_file(workspace.root, "policies/columns_are_explained.sql", policy)
    made = new_product(workspace, "sales.fresh", None)
    assert {found.code for found in made.findings} == {"MW-V101"}
    assert (workspace.root / made.folder / "product.odps.yaml").exists()


def test_a_pattern_of_files_is_a_source(workspace: Workspace) -> None:
    for name in ("a", "b"):
        write_file(workspace.root, f"data/{name}.csv", "n\n1\n")
    new_product(workspace, "sales.both", "data/*.csv")
    assert "sales.both" in publish(workspace)
