"""`aliases` in `pipeline.yaml`: what they become, and what is said of wrong ones, with place and fix."""

from __future__ import annotations

from pathlib import Path

import pytest

from meshwright.app.workspace import open_cache, open_workspace
from meshwright.files.loader import load_mesh
from meshwright.files.remembered import remembered_mesh
from meshwright.model.told import ToldName
from meshwright.model.variations import with_variations
from tests.meshes import write_file, write_mesh

PIPELINE = "domains/sales/totals/pipeline.yaml"
OTHER = "domains/sales/orders/pipeline.yaml"
GOOD = """\
aliases:
  per_customer:
    - {namespace: "snowflake://ACME", name: SHOP.PUBLIC.PER_CUSTOMER}
    - s3a://lake/totals/per_customer/
    - /exports/per_customer.parquet
"""


def findings(root: Path, text: str, other: str | None = None) -> list[tuple[str, str, str]]:
    write_mesh(root)
    write_file(root, PIPELINE, text)
    if other is not None:
        write_file(root, OTHER, other)
    return [
        (each.code, str(each.span).removeprefix(f"{PIPELINE}:"), f"{each.message} FIX {each.fix}")
        for each in load_mesh(root).diagnostics
    ]


def test_aliases_are_names_in_normal_form(tmp_path: Path) -> None:
    assert findings(tmp_path, GOOD) == []
    mesh = load_mesh(tmp_path).mesh
    assert mesh is not None
    product = mesh.product("sales.totals")
    assert product is not None
    assert [(alias.dataset, alias.name) for alias in product.aliases] == [
        ("sales.totals.per_customer", ToldName(namespace="snowflake://acme", name="SHOP.PUBLIC.PER_CUSTOMER")),
        ("sales.totals.per_customer", ToldName(namespace="s3://lake", name="totals/per_customer")),
        ("sales.totals.per_customer", ToldName(namespace="file", name="/exports/per_customer.parquet")),
    ]


def test_aliases_are_remembered_and_a_variation_has_none(tmp_path: Path) -> None:
    assert findings(tmp_path, GOOD + "variations:\n  canary: {nodes: [per_customer]}\n") == []
    workspace = open_workspace(tmp_path)
    with open_cache(workspace) as cache:
        for _ in range(2):
            mesh = remembered_mesh(tmp_path, workspace.private, cache).mesh
            assert mesh is not None
            mesh = with_variations(mesh)
            product, canary = mesh.product("sales.totals"), mesh.product("sales.totals@canary")
            assert product is not None
            assert canary is not None
            assert (len(product.aliases), canary.aliases) == (3, ())


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("aliases:\n  per_custmer: [/a]\n", ("MW-O001", "2:3", "did you mean 'per_customer'")),
        ("aliases:\n  per_customer: /a\n", ("MW-M103", "2:17", "a list of names")),
        ("aliases: [/a]\n", ("MW-M103", "1:10", "a mapping")),
        ("aliases:\n  per_customer: [7]\n", ("MW-M103", "2:18", "a name")),
        ("aliases:\n  per_customer: [orders]\n", ("MW-O002", "2:18", "FIX write {namespace")),
        ("aliases:\n  per_customer: ['s3://lake']\n", ("MW-O002", "2:18", "in which namespace")),
        ("aliases:\n  per_customer: [{namespace: a}]\n", ("MW-M102", "2:18", "lacks 'name'")),
        ("aliases:\n  per_customer: [{namespace: a, name: b, x: 1}]\n", ("MW-M101", "2:42", "no key 'x'")),
        (
            "aliases:\n  per_customer: [{namespace: 'meshwright://shop', name: sales.orders.orders}]\n",
            ("MW-O002", "2:18", "namespace of meshwright's own events"),
        ),
    ],
)
def test_what_is_wrong_is_said_with_its_place(tmp_path: Path, text: str, found: tuple[str, str, str]) -> None:
    [(code, place, words)] = findings(tmp_path, text)
    assert (code, place) == found[:2]
    assert found[2] in words


def test_one_alias_of_two_datasets_is_refused_in_whatever_spelling(tmp_path: Path) -> None:
    one = "aliases:\n  per_customer: ['s3://lake/x', 's3a://lake/x/']\n"
    other = """\
nodes:
  raw_orders: {source: {path: data/orders.csv, format: csv}}
aliases:
  orders: [{namespace: 's3n://lake', name: /x}]
"""
    [(code, place, words)] = findings(tmp_path, one, other)
    assert code == "MW-O003"
    assert place == "2:18"
    assert f"'s3://lake/x' is an alias of sales.orders.orders already: {OTHER}:4:12" in words


@pytest.mark.parametrize(
    "name",
    [
        "{root}/.meshwright/store/sales/orders/orders",
        "file://{root}/.meshwright/store/sales/orders/orders/v1/a-0.parquet",
        "{{namespace: 'duckdb://{root}/environments/prod.duckdb', name: prod.sales__orders.orders}}",
    ],
)
def test_an_alias_is_not_the_place_of_another_dataset(tmp_path: Path, name: str) -> None:
    text = f"aliases:\n  per_customer:\n    - {name.format(root=tmp_path)}\n"
    [(code, place, words)] = findings(tmp_path, text)
    assert (code, place) == ("MW-O004", "3:7")
    assert "is where sales.orders.orders lies: an alias of per_customer" in words.replace("sales.totals.per", "per")
    assert "FIX remove it" in words


def test_an_alias_may_be_a_place_of_its_own_dataset_or_of_none(tmp_path: Path) -> None:
    store = f"{tmp_path}/.meshwright/store/sales"
    text = f"aliases:\n  per_customer: [{store}/totals/per_customer, {store}/totals/gone, {store}]\n"
    assert findings(tmp_path, text) == []
