"""One precedence rule for parameters: run > variation > environment > node > pipeline > domain > mesh."""

from __future__ import annotations

from pathlib import Path

import pytest

from meshwright.app.apply import RunOptions, apply
from meshwright.app.check import check
from meshwright.app.explain import explain
from meshwright.app.planning import PlanOptions, plan
from meshwright.app.workspace import Workspace
from meshwright.diagnostics import InputError
from tests.app.varied_shop import FILES, PIPELINE, built, one, varied_shop
from tests.meshes import write_file

MESH = """
    meshwright: 1
    name: shop
    params: {currency: EUR, least: 1.0}
    environments: {prod: {}, qa: {params: {least: 5}}}
    """
DOMAIN = """
    name: sales
    purpose: Selling.
    owners: [team:sales]
    params: {least: 2.0}
    """
LEVELS = """
    params: {least: 3.0}
    nodes:
      raw_orders: {source: {path: data/orders.csv, format: csv}}
      orders: {params: {least: 4.0}}
    variations:
      canary: {params: {least: 6}}
    """


def leveled_shop(folder: Path, pipeline: str = LEVELS, domain: str = DOMAIN, mesh: str = MESH) -> Workspace:
    return varied_shop(
        folder,
        mesh_DOT_yaml=mesh,
        domains__sales__domain_DOT_yaml=domain,
        domains__sales__orders__pipeline_DOT_yaml=pipeline,
        domains__sales__orders__models__daily_DOT_sql="select placed, $least as least, count(*) as n from orders group by 1",
    )


def without(text: str, part: str) -> str:
    assert part in text
    return text.replace(part, "")


NO_NODE = without(LEVELS, "      orders: {params: {least: 4.0}}\n")
NO_PIPELINE = without(NO_NODE, "params: {least: 3.0}\n    ")
NO_DOMAIN = without(DOMAIN, "    params: {least: 2.0}\n")


@pytest.mark.parametrize(
    ("files", "environment", "variation", "params", "value"),
    [
        ((LEVELS, DOMAIN, MESH), "qa", "canary", {"least": "6.5"}, 6.5),
        ((LEVELS, DOMAIN, MESH), "qa", "canary", {}, 6.0),
        ((LEVELS, DOMAIN, MESH), "qa", None, {"least": "6.5"}, 6.5),
        ((LEVELS, DOMAIN, MESH), "qa", None, {}, 5.0),
        ((LEVELS, DOMAIN, MESH), "prod", "canary", {}, 6.0),
        ((LEVELS, DOMAIN, MESH), "prod", None, {}, 4.0),
        ((NO_NODE, DOMAIN, MESH), "prod", None, {}, 3.0),
        ((NO_PIPELINE, DOMAIN, MESH), "prod", None, {}, 2.0),
        ((NO_PIPELINE, NO_DOMAIN, MESH), "prod", None, {}, 1.0),
        ((NO_PIPELINE, NO_DOMAIN, MESH), "qa", None, {}, 5.0),
    ],
)
def test_the_strongest_level_wins(
    tmp_path: Path,
    files: tuple[str, str, str],
    environment: str,
    variation: str | None,
    params: dict[str, str],
    value: float,
) -> None:
    shop = leveled_shop(tmp_path, *files)
    apply(shop, RunOptions(select=("sales.orders",), environment=environment, variation=variation, params=params))
    name = f"orders@{variation}" if variation else "orders"
    kept = one(shop, f'select min(amount) from sales.orders."{name}"', environment=environment)
    assert kept == min(amount for amount in (10.5, 20.0, 5.25, 7.0) if amount > value)


def test_explain_tells_what_every_level_says(tmp_path: Path) -> None:
    shop = leveled_shop(tmp_path)
    found = {parameter.users: parameter for parameter in explain(shop, "least", environment="qa").parameters}
    settings = found[("sales.orders.orders@canary",)].settings
    assert [(setting.level, setting.parameter.value, str(setting.parameter.span)) for setting in settings] == [
        ("variation canary of sales.orders", 6.0, f"{PIPELINE}:6:28"),
        ("environment qa", 5.0, "mesh.yaml:4:47"),
        ("node sales.orders.orders", 4.0, f"{PIPELINE}:4:21"),
        ("pipeline sales.orders", 3.0, f"{PIPELINE}:1:10"),
        ("domain sales", 2.0, "domains/sales/domain.yaml:4:10"),
        ("mesh", 1.0, "mesh.yaml:3:25"),
    ]
    assert found[("sales.orders.orders",)].value == 5.0
    lines = explain(shop, "least").lines
    assert "4.0 in sales.orders.orders: set by node sales.orders.orders" in lines
    assert f"  overridden  pipeline sales.orders     3.0  ({PIPELINE}:1:10)" in lines


def test_explain_prints_a_resolved_pipeline(tmp_path: Path) -> None:
    shop = varied_shop(tmp_path)
    found = explain(shop, "sales.orders@canary", environment="qa")
    assert found.kind == "pipeline"
    assert [(resolved.node.address, resolved.node.reads) for resolved in found.nodes] == [
        ("sales.orders.daily@canary", ("sales.orders.orders@canary",)),
        ("sales.orders.orders@canary", ("sales.orders.raw_orders",)),
    ]
    values = {(parameter.name, parameter.value, parameter.settings[0].level) for parameter in found.parameters}
    assert values == {("least", 8.0, "variation canary of sales.orders"), ("currency", "EUR", "mesh")}
    assert "left out, and read as they are: raw_orders" in found.lines
    plain = explain(shop, "sales.orders", environment="qa")
    assert [parameter.value for parameter in plain.parameters if parameter.name == "least"] == [6.0]


def test_explain_names_rules_that_use_a_parameter(tmp_path: Path) -> None:
    (found,) = [parameter for parameter in explain(varied_shop(tmp_path), "least").parameters if parameter.value == 0.0]
    assert found.users == ("rules of sales.orders.daily", "rules of sales.orders.daily@same", "sales.orders.orders")


def test_a_value_given_to_a_run_is_told_by_the_next_plan(tmp_path: Path) -> None:
    shop = varied_shop(tmp_path)
    apply(shop, RunOptions())
    report = apply(shop, RunOptions(params={"least": "6"}))
    assert "sales.orders.orders" in built(report)
    steps = {step.key: step for step in plan(shop, PlanOptions()).steps}
    assert steps["build:sales.orders.orders"].reasons == (
        "already built",
        f"parameter `least` changed from 6.0 to 0.0 (6.0 was given to run {report.run_id} by --param)",
    )
    assert steps["publish:sales.orders"].reasons
    apply(shop, RunOptions())
    assert plan(shop, PlanOptions()).is_empty
    write_file(shop.root, PIPELINE, FILES[PIPELINE].replace("default: 0,", "default: 6,"))
    reasons = {step.key: step.reasons for step in plan(shop, PlanOptions()).steps}["build:sales.orders.orders"]
    assert reasons == ("already built", "parameter `least` changed from 0.0 to 6.0"), "no run was given 0.0"


def test_a_value_given_for_what_is_not_selected_changes_nothing_and_is_told(tmp_path: Path) -> None:
    shop = varied_shop(tmp_path)
    apply(shop, RunOptions())
    made = plan(shop, PlanOptions(select=("finance",), params={"least": "6"}))
    assert made.notes == ("parameter `least` is used by nothing that is selected",) or not made.is_empty
    made = plan(shop, PlanOptions(select=("finance",), only=True, params={"least": "6"}))
    assert made.is_empty
    assert made.notes == ("parameter `least` is used by nothing that is selected",)


def test_a_value_is_given_to_the_products_that_declare_it_alone(tmp_path: Path) -> None:
    shop = varied_shop(tmp_path)
    apply(shop, RunOptions())
    report = apply(shop, RunOptions(params={"least": "6"}))
    assert set(built(report)) >= {"sales.orders.orders"}
    for params in ({"leest": "6"}, {"least": "many"}):
        with pytest.raises(InputError) as caught:
            plan(shop, PlanOptions(params=params))
        assert caught.value.first.code == "MW-R014"


def test_a_parameter_that_nothing_uses_is_advised_against(tmp_path: Path) -> None:
    shop = varied_shop(
        tmp_path,
        mesh_DOT_yaml=FILES["mesh.yaml"].replace("{currency: EUR}", "{currency: EUR, lonely: 1}"),
        domains__sales__domain_DOT_yaml=DOMAIN.replace("least: 2.0", "idle: 2"),
        domains__sales__orders__pipeline_DOT_yaml=FILES[PIPELINE].replace(
            "params:\n", "params:\n          spare: 1\n", 1
        ),
    )
    report = check(shop)
    assert report.ok
    assert {(str(found.span), found.message) for found in report.diagnostics} == {
        ("mesh.yaml:3:25", "parameter 'lonely' of the mesh is used by nothing"),
        ("domains/sales/domain.yaml:4:10", "parameter 'idle' of domain sales is used by nothing"),
        (f"{PIPELINE}:2:3", "parameter 'spare' of pipeline sales.orders is used by nothing"),
    }
    assert {found.severity for found in report.diagnostics} == {"warning"}


def test_only_the_rules_of_a_product_may_use_a_parameter(tmp_path: Path) -> None:
    """A use in a rule or a test file is a use."""
    shop = varied_shop(
        tmp_path,
        domains__sales__orders__models__orders_DOT_sql="select order_id, customer, amount, placed from raw_orders\n",
    )
    assert not check(shop).diagnostics
