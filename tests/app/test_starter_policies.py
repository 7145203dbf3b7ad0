"""The starter set: each policy is kept by a mesh that does as it says, and finds one that does not; its examples hold."""

# Texts of files stand on one line each.

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from meshwright.app.governance import list_policies
from meshwright.app.policy_examples import test_examples as run_all_examples
from meshwright.app.starter import PolicyWish, add_policies, list_starter_policies, starter_policies
from meshwright.app.workspace import Workspace, open_workspace
from meshwright.diagnostics import InputError, WorldError
from tests.meshes import SHOP, write_file, write_mesh

PRODUCT = "domains/sales/orders/product.odps.yaml"
CONTRACT = "domains/sales/orders/contracts/orders.odcs.yaml"
TOTALS = "domains/sales/totals/product.odps.yaml"
#: A shop that keeps every policy of the starter set.
GOOD = {
    **SHOP,
    "mesh.yaml": f"{SHOP['mesh.yaml'].rstrip()}\n        sandboxes: {{mask: [pii]}}\n",
    "domains/sales/domain.yaml": """
        name: sales
        purpose: Selling to customers and getting paid.
        owners: [team:sales]
        """,
    "domains/finance/domain.yaml": """
        name: finance
        purpose: Counting what was earned.
        owners: [team:finance, 'user:ana@example.org']
        """,
    PRODUCT: """
        apiVersion: v1.1.0
        kind: DataProduct
        id: sales-orders
        name: Orders
        version: 1.0.0
        status: active
        description: {purpose: Every order that a customer placed.}
        tags: [orders]
        support: [{channel: '#sales', url: 'https://example.org/sales'}]
        outputPorts:
          - {name: orders, version: 1.0.0, contractId: sales-orders-orders}
        """,
    CONTRACT: """
        apiVersion: v3.2.0
        kind: DataContract
        id: sales-orders-orders
        version: 1.0.0
        status: active
        description: {purpose: One row for each order., usage: Reporting.}
        slaProperties:
          - {property: freshness, value: 1, unit: d}
          - {property: retention, value: 3, unit: y}
        schema:
          - name: orders
            properties:
              - {name: order_id, logicalType: integer, primaryKey: true, classification: internal, description: Number.}
              - {name: customer, logicalType: string, classification: pii, description: Who ordered.}
              - {name: amount, logicalType: number, classification: internal, description: Price.}
              - {name: placed, logicalType: date, classification: internal, description: Day.}
            quality:
              - {id: enough, metric: rowCount, mustBeGreaterThan: 2}
        """,
    "domains/finance/report/consumers.yaml": """
        consumers:
          - {name: board, type: dashboard, owner: 'team:bi', ports: [{port: sales.orders/orders}]}
        """,
}
#: Policy -> file, what is replaced in it, by what, and the objects that break the policy then.
BROKEN: dict[str, tuple[str, str, str, set[str]]] = {
    "columns_are_classified": (
        CONTRACT,
        ", classification: internal, description: Day.",
        ", description: Day.",
        {"placed"},
    ),
    "columns_are_described": (CONTRACT, ", description: Day.", "", {"placed"}),
    "columns_are_in_snake_case": (CONTRACT, "name: placed", "name: Placed", {"Placed"}),
    "consumers_are_owned_by_teams": (
        "domains/finance/report/consumers.yaml",
        "team:bi",
        "user:ben@example.org",
        {"sales.orders/orders"},
    ),
    "deprecated_ports_have_an_end": (CONTRACT, "status: active", "status: deprecated", {"sales.orders/orders"}),
    "domains_are_owned_by_teams": ("domains/finance/domain.yaml", "team:finance, ", "", {"finance"}),
    "domains_say_their_purpose": ("domains/finance/domain.yaml", "Counting what was earned.", "Counting.", {"finance"}),
    "nothing_reads_deprecated": (
        PRODUCT,
        "status: active",
        "status: deprecated",
        {"sales.totals.per_customer", "finance.report.revenue"},
    ),
    "offered_datasets_count_rows": (
        CONTRACT,
        "metric: rowCount, mustBeGreaterThan: 2",
        "metric: duplicateValues, arguments: {properties: [customer]}, mustBeLessThan: 9",
        {"sales.orders.orders"},
    ),
    "offered_datasets_have_keys": (CONTRACT, "primaryKey: true, ", "", {"sales.orders.orders"}),
    "personal_data_is_masked": ("mesh.yaml", "mask: [pii]", "mask: [secret]", {"customer"}),
    "ports_are_described": (
        CONTRACT,
        "description: {purpose: One row for each order., usage: Reporting.}\n",
        "",
        {"sales.orders/orders"},
    ),
    "ports_have_support": (
        PRODUCT,
        "support: [{channel: '#sales', url: 'https://example.org/sales'}]\n",
        "",
        {"sales.orders/orders"},
    ),
    "ports_promise_freshness": (CONTRACT, "property: freshness", "property: latency", {"sales.orders/orders"}),
    "ports_state_retention": (CONTRACT, "property: retention", "property: latency", {"sales.orders/orders"}),
    "ports_state_terms": (CONTRACT, ", usage: Reporting.", "", {"sales.orders/orders"}),
    "products_are_described": (PRODUCT, "Every order that a customer placed.", "Orders.", {"sales.orders"}),
    "products_are_tagged": (PRODUCT, "tags: [orders]\n", "", {"sales.orders"}),
    "products_have_versions": (PRODUCT, "name: Orders\nversion: 1.0.0", "name: Orders\nversion: v1", {"sales.orders"}),
    "service_levels_have_units": (CONTRACT, "value: 1, unit: d", "value: 1", {"sales.orders/orders"}),
}


@pytest.fixture
def good(tmp_path: Path) -> Workspace:
    workspace = open_workspace(write_mesh(tmp_path / "shop", GOOD))
    add_policies(workspace, PolicyWish(is_all=True))
    return workspace


def violators(workspace: Workspace) -> dict[str, set[str]]:
    """Return policy -> the objects that break it, columns by their own names."""
    report = list_policies(workspace)
    assert report.is_judged
    found = {}
    for state in report.policies:
        assert state.verdict is not None
        assert state.verdict.problem is None, state.verdict.problem
        objects = {violation.object or "" for violation in state.verdict.standing}
        found[state.policy.name] = {name.split(".", 3)[3] if name.count(".") == 3 else name for name in objects}
    return found


def test_there_are_twenty_and_each_is_broken_below() -> None:
    names = [policy.name for policy in starter_policies()]
    assert len(names) == 20
    assert sorted(BROKEN) == names
    assert not {"breaking_changes", "rising_versions"} & set(names), "these are built in"
    assert {policy.level for policy in starter_policies()} == {"warn"}


def test_a_mesh_that_does_as_they_say_keeps_them_all(good: Workspace) -> None:
    assert {name: objects for name, objects in violators(good).items() if name != "built_in" and objects} == {}


@pytest.mark.parametrize("name", sorted(BROKEN))
def test_a_mesh_that_does_not_breaks_it(good: Workspace, name: str) -> None:
    path, before, after, objects = BROKEN[name]
    file = good.root / path
    text = file.read_text()
    assert before in text
    file.write_text(text.replace(before, after))
    if name == "columns_are_in_snake_case":
        model = good.root / "domains/sales/orders/models/orders.sql"
        model.write_text(model.read_text().replace("amount, placed", 'amount, placed as "Placed"'))
    assert violators(good)[name] == objects


def test_every_example_of_the_set_holds_and_breaks_its_policy_once(good: Workspace) -> None:
    report = run_all_examples(good)
    assert report.ok, [outcome for tested in report.policies for outcome in tested.outcomes if not outcome.ok]
    assert report.untested == ()
    assert {tested.policy.name for tested in report.policies} == set(BROKEN)
    for tested in report.policies:
        assert {bool(outcome.example.expected) for outcome in tested.outcomes} == {True, False}, tested.policy.name


@pytest.mark.parametrize("name", sorted(BROKEN))
def test_a_policy_that_finds_nothing_does_not_pass_its_examples(good: Workspace, name: str) -> None:
    file = good.root / f"policies/{name}.sql"
    text = file.read_text()
    (reads,) = (state.policy.reads for state in list_policies(good).policies if state.policy.name == name)
    lines = [line for line in text.splitlines() if line.startswith("--")]
    body = " cross join ".join(f"(select count(*) as n from {table})" for table in reads)
    file.write_text("\n".join([*lines, f"select 'x' as object, 'm' as message from {body} where false"]))
    report = run_all_examples(good)
    assert not report.ok
    assert [tested.policy.name for tested in report.policies if not tested.ok] == [name]


def test_nothing_is_overwritten_and_a_domain_gets_its_own(tmp_path: Path) -> None:
    workspace = open_workspace(write_mesh(tmp_path / "shop", GOOD))
    write_file(workspace.root, "policies/ports_are_described.test.yaml", "mine")
    added = add_policies(workspace, PolicyWish(names=("ports_are_described",), level="block"))
    assert added.files == ("policies/ports_are_described.sql",)
    assert (workspace.root / "policies/ports_are_described.test.yaml").read_text() == "mine"
    assert (workspace.root / "policies/ports_are_described.sql").read_text().startswith("-- level: block\n-- why: ")
    places = {each.name: files for each, files in list_starter_policies(workspace).policies}
    assert places["ports_are_described"] == ("policies/ports_are_described.sql",)
    assert places["ports_have_support"] == ()
    (workspace.root / "policies/ports_are_described.test.yaml").unlink()
    again = add_policies(workspace, PolicyWish(is_all=True, domain="finance"))
    assert [name for name, _ in again.left] == ["ports_are_described"]
    assert len(again.added) == 19
    assert all(file.startswith("domains/finance/policies/") for file in again.files)
    assert run_all_examples(workspace).ok, "examples of a domain's policy may be about any domain"


@pytest.mark.parametrize(
    ("wish", "code"),
    [
        (PolicyWish(names=("ports_promise_freshnes",)), "MW-L039"),
        (PolicyWish(names=("ports_are_described",), level="stop"), "MW-V202"),
        (PolicyWish(names=("ports_are_described",), domain="salse"), "MW-L031"),
        (PolicyWish(names=("products_are_tagged", "ports_are_described")), "MW-L040"),
        (PolicyWish(names=("ports_are_described",), domain="sales"), "MW-L040"),
    ],
)
def test_what_cannot_be_added_is_refused_and_nothing_is_written(tmp_path: Path, wish: PolicyWish, code: str) -> None:
    workspace = open_workspace(write_mesh(tmp_path / "shop", GOOD))
    add_policies(workspace, PolicyWish(names=("ports_are_described",)))
    before = sorted(workspace.root.rglob("policies/*"))
    with pytest.raises(InputError) as refused:
        add_policies(workspace, wish)
    assert refused.value.first.code == code
    assert sorted(workspace.root.rglob("policies/*")) == before


def test_a_folder_that_cannot_be_written_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    workspace = open_workspace(write_mesh(tmp_path / "shop", GOOD))
    opened: Callable[..., object] = Path.open

    def failing(path: Path, *words: object, **named: object) -> object:
        if path.name == "ports_are_described.sql" and "x" in words:
            raise OSError(28, "No space left on device", str(path))
        return opened(path, *words, **named)

    monkeypatch.setattr(Path, "open", failing)
    with pytest.raises(WorldError) as refused:
        add_policies(workspace, PolicyWish(is_all=True))
    assert refused.value.first.code == "MW-L036"
    assert list((workspace.root / "policies").iterdir()) == []
