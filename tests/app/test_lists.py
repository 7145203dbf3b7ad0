"""Models and functions that fan out over a list, whole: a node for each item, joined again, each item built once."""

from __future__ import annotations

from pathlib import Path

import pytest

from meshwright.app.apply import RunOptions, apply
from meshwright.app.check import check
from meshwright.app.lineage import lineage
from meshwright.app.query import QueryOptions, query
from meshwright.app.testing import TestOptions, test
from meshwright.app.workspace import Workspace, open_workspace
from meshwright.diagnostics import InputError
from meshwright.run.report import RunReport
from meshwright.state.records import RunState
from tests.meshes import write_file

PIPELINE = "domains/ops/one/pipeline.yaml"
MODEL = "select region, amount * 2 as amount from raw where region = $item"
RAW = "  raw: {source: {path: raw.csv}, columns: {region: VARCHAR, amount: BIGINT}}\n"
TWICE = """
import time
import pyarrow as pa
import pyarrow.compute as pc

def build(raw, item: int, floor: int):
    with open("ROOT/told", "a") as file:
        print("in", item, file=file)
    time.sleep(0.3)
    found = raw.filter(pc.greater_equal(raw["amount"], item + floor))
    with open("ROOT/told", "a") as file:
        print("out", item, file=file)
    if item == 5 and not __import__("os").path.exists("ROOT/allowed"):
        raise ValueError("not yet")
    return pa.table({"least": [item], "rows": [found.num_rows]})
"""


def mesh_of(root: Path, nodes: str, model: str | None = MODEL, more: str = "") -> Workspace:
    write_file(root, "mesh.yaml", "meshwright: 1\nname: try\n")
    write_file(root, "domains/ops/domain.yaml", "name: ops\npurpose: Trying.\nowners: [team:ops]\n")
    write_file(root, "raw.csv", "region,amount\neu,1\neu,2\nus,5\nEU West,7\n")
    write_file(root, PIPELINE, f"nodes:\n{RAW}{nodes}{more}")
    if "go.py" in nodes:
        write_file(root, "domains/ops/one/go.py", TWICE.replace("ROOT", str(root)))
    if model is not None:
        write_file(root, "domains/ops/one/models/sales.sql", model)
    return open_workspace(root)


def rows(workspace: Workspace, text: str) -> list[tuple[object, ...]]:
    answer = query(workspace, QueryOptions(text=text))
    try:
        return [tuple(row.values()) for batch in answer.batches() for row in batch.to_pylist()]
    finally:
        answer.close()


def good(report: RunReport) -> RunReport:
    assert report.state is RunState.SUCCEEDED, [step.error for step in report.steps if step.error]
    return report


def actions(report: RunReport) -> dict[str, str]:
    """Return what became of each node: how it was built, or its state where it was not."""
    return {
        step.dataset.rpartition(".")[2]: step.action.value if step.state.value == "succeeded" else step.state.value
        for step in report.steps
        if step.dataset is not None and step.key.startswith("build:")
    }


def built(report: RunReport) -> set[str]:
    return {name for name, action in actions(report).items() if action == "build"}


def codes(workspace: Workspace) -> list[tuple[str, str]]:
    return [(found.code, str(found.span)) for found in check(workspace).diagnostics]


def test_a_model_has_a_node_for_each_item_and_its_dataset_is_all_of_their_rows(tmp_path: Path) -> None:
    workspace = mesh_of(tmp_path, "  sales: {for_each: [eu, us, none_at_all], columns: {amount: BIGINT}}\n")
    assert codes(workspace) == []
    assert built(good(apply(workspace, RunOptions()))) == {
        "raw", "sales", "sales__eu", "sales__us", "sales__none_at_all",
    }  # fmt: skip
    assert rows(workspace, "select region, amount from ops.one.sales order by all") == [
        ("eu", 2),
        ("eu", 4),
        ("us", 10),
    ]
    assert rows(workspace, "select amount from ops.one.sales__us") == [(10,)]


def test_an_item_is_built_once_whatever_else_comes_into_the_list_or_leaves_it(tmp_path: Path) -> None:
    workspace = mesh_of(tmp_path, "  sales: {for_each: [eu, us]}\n")
    good(apply(workspace, RunOptions()))
    write_file(tmp_path, PIPELINE, f"nodes:\n{RAW}  sales: {{for_each: [EU West, us, eu]}}\n")
    added = built(good(apply(workspace, RunOptions())))
    assert {name.rpartition("_")[0] for name in added if name != "sales"} == {"sales__eu_west"}
    assert rows(workspace, "select count(*), sum(amount) from ops.one.sales") == [(4, 30)]
    write_file(tmp_path, PIPELINE, f"nodes:\n{RAW}  sales: {{for_each: [us]}}\n")
    assert built(good(apply(workspace, RunOptions()))) == {"sales"}
    assert rows(workspace, "select amount from ops.one.sales") == [(10,)]


def test_a_function_is_called_for_each_item_and_an_item_that_failed_is_the_only_one_done_again(tmp_path: Path) -> None:
    nodes = '  least: {python: "go.py:build", inputs: [raw], params: {floor: 0}, for_each: [1, 5, 6]}\n'
    workspace = mesh_of(tmp_path, nodes, model=None)
    report = apply(workspace, RunOptions())
    found = actions(report)
    assert (found["least__n1"], found["least__n5"], found["least__n6"]) == ("build", "failed", "build")
    assert found["least"] == "blocked"
    error = next(step.error for step in report.steps if step.key == "build:ops.one.least__n5")
    assert error is not None
    assert (error.object, error.code) == ("ops.one.least__n5", "MW-N303")
    (tmp_path / "allowed").touch()
    assert built(good(apply(workspace, RunOptions()))) == {"least__n5", "least"}
    assert rows(workspace, "select least, rows from ops.one.least order by all") == [(1, 4), (5, 2), (6, 1)]
    assert sorted(line for line in (tmp_path / "told").read_text().split("\n") if line.startswith("in")) == [
        "in 1", "in 5", "in 5", "in 6",
    ]  # fmt: skip


def test_no_more_items_are_built_at_once_than_the_list_says(tmp_path: Path) -> None:
    (tmp_path / "allowed").touch()
    items = "{items: [1, 2, 3, 4], at_once: 1}"
    nodes = f'  least: {{python: "go.py:build", inputs: [raw], params: {{floor: 0}}, for_each: {items}}}\n'
    good(apply(mesh_of(tmp_path, nodes, model=None), RunOptions()))
    assert [line.split()[0] for line in (tmp_path / "told").read_text().splitlines()] == ["in", "out"] * 4


def test_columns_lineage_and_tests_are_those_of_the_joined_dataset(tmp_path: Path) -> None:
    more = "tests:\n  sales: [{metric: rowCount, mustBe: 4, severity: stop}]\n  sales__us: [{metric: rowCount, mustBe: 1}]\n"
    workspace = mesh_of(tmp_path, "  sales: {for_each: [eu, us]}\n", more=more)
    report = apply(workspace, RunOptions())
    assert {test.dataset: test.verdict for test in report.tests} == {
        "ops.one.sales": "stop",
        "ops.one.sales__us": "pass",
    }
    edges = {edge[:2] for edge in lineage(workspace, "ops.one.sales.amount").edges}
    assert ("ops.one.sales__eu.amount", "ops.one.sales.amount") in edges
    assert ("ops.one.raw.amount", "ops.one.sales__us.amount") in edges


def test_a_view_stays_one(tmp_path: Path) -> None:
    workspace = mesh_of(tmp_path, "  sales: {for_each: [eu, us], as: view}\n")
    good(apply(workspace, RunOptions()))
    assert rows(workspace, "select count(*) from ops.one.sales") == [(3,)]
    assert {path.parent.parent.name for path in (tmp_path / ".meshwright/store").rglob("*.parquet")} == {"raw"}


def test_a_condition_is_asked_for_every_item_and_skips_what_joins_them(tmp_path: Path) -> None:
    workspace = mesh_of(tmp_path, '  sales: {for_each: [eu, us], when: "node.raw.rows > 99"}\n')
    found = actions(good(apply(workspace, RunOptions())))
    assert {found[name] for name in ("sales", "sales__eu", "sales__us")} == {"skipped"}


def test_a_unit_test_is_about_one_item(tmp_path: Path) -> None:
    workspace = mesh_of(tmp_path, "  sales: {for_each: [eu, us]}\n")
    text = (
        "dataset: sales__us\ngiven:\n  raw: [{region: us, amount: 2}, {region: eu, amount: 3}]\nexpect: [{amount: 4}]\n"
    )
    write_file(tmp_path, "domains/ops/one/tests/us.unit.yaml", text)
    (outcome,) = test(workspace, TestOptions(has_data=False)).tests
    assert (outcome.verdict, outcome.dataset) == ("pass", "ops.one.sales__us")


def test_a_run_cannot_say_what_the_item_is(tmp_path: Path) -> None:
    workspace = mesh_of(tmp_path, "  sales: {for_each: [eu, us]}\n")
    with pytest.raises(InputError, match="no parameter 'item' is declared"):
        apply(workspace, RunOptions(params={"item": "eu"}))


def test_what_is_wrong_in_a_text_is_told_once_and_not_for_each_item(tmp_path: Path) -> None:
    workspace = mesh_of(tmp_path, "  sales: {for_each: [eu, us, br]}\n", "select nope from raw where region = $item")
    assert codes(workspace) == [("MW-T001", "domains/ops/one/models/sales.sql:1:8")]


def test_items_whose_columns_cannot_be_joined_are_told_at_the_list(tmp_path: Path) -> None:
    (tmp_path / "allowed").touch()
    nodes = '  least: {python: "odd.py:build", for_each: [1, 2]}\n'
    workspace = mesh_of(tmp_path, nodes, model=None)
    code = "import pyarrow as pa\n\ndef build(item: int):\n    return pa.table({'n': [1] if item == 1 else [[1]]})\n"
    write_file(tmp_path, "domains/ops/one/odd.py", code)
    report = apply(workspace, RunOptions())
    error = next(step.error for step in report.steps if step.key == "build:ops.one.least")
    assert error is not None
    assert str(error.span).startswith(f"{PIPELINE}:3:"), error


def test_a_component_may_fan_out(tmp_path: Path) -> None:
    write_file(
        tmp_path,
        "components/split/component.yaml",
        """
        name: split
        version: 1.0.0
        description: The rows of two regions.
        owners: [team:ops]
        inputs:
          rows: {region: VARCHAR, amount: BIGINT}
        outputs: {split: parts}
        nodes:
          parts: {for_each: [eu, us]}
        """,
    )
    write_file(tmp_path, "components/split/models/parts.sql", "select region, amount from rows where region = $item\n")
    workspace = mesh_of(tmp_path, "  cut: {component: split@1.0.0, inputs: {rows: raw}}\n", model=None)
    assert [code for code, _ in codes(workspace)] == ["MW-K010"]  # it is not locked
    assert built(good(apply(workspace, RunOptions()))) == {"raw", "cut", "cut__eu", "cut__us"}
    assert rows(workspace, "select count(*) from ops.one.cut") == [(3,)]


def test_a_variation_has_items_of_its_own(tmp_path: Path) -> None:
    model = f"{MODEL} and amount >= $least"
    more = "params: {least: 0}\nvariations:\n  big: {params: {least: 2}}\n"
    workspace = mesh_of(tmp_path, "  sales: {for_each: [eu, us]}\n", model, more=more)
    good(apply(workspace, RunOptions()))
    good(apply(workspace, RunOptions(variation="big")))
    assert rows(workspace, 'select count(*) from ops.one."sales@big"') == [(2,)]
    assert rows(workspace, "select count(*) from ops.one.sales") == [(3,)]


def test_who_names_the_node_means_its_items_too(tmp_path: Path) -> None:
    """In the nodes of a variation, and where a run is to build one node alone."""
    model = f"{MODEL} and amount >= $least"
    more = "params: {least: 0}\nvariations:\n  big: {params: {least: 2}, nodes: [sales]}\n"
    workspace = mesh_of(tmp_path, "  sales: {for_each: [eu, us]}\n", model, more=more)
    good(apply(workspace, RunOptions()))
    good(apply(workspace, RunOptions(variation="big")))
    assert rows(workspace, 'select count(*) from ops.one."sales@big"') == [(2,)]
    write_file(tmp_path, "domains/ops/one/models/sales.sql", model.replace("* 2", "* 3"))
    assert built(good(apply(workspace, RunOptions(select=("ops.one.sales",), only=True)))) == {
        "sales", "sales__eu", "sales__us",
    }  # fmt: skip
    assert rows(workspace, "select sum(amount) from ops.one.sales") == [(24,)]


@pytest.mark.parametrize(
    ("node", "code", "place"),
    [
        ("sales: {for_each: []}", "MW-J015", "3:21"),
        ("sales: {for_each: {items: [eu, [us]]}}", "MW-J015", "3:29"),
        ("sales: {for_each: [.nan]}", "MW-J015", "3:21"),
        ("sales: {for_each: '${node:raw.value.x}'}", "MW-M421", "3:21"),
        ("sales: {for_each: [1, eu]}", "MW-M421", "3:21"),
        ("sales: {for_each: [eu], incremental: {key: [region], merge: upsert}}", "MW-M421", "3:11"),
        ("sales: {for_each: [99999999999999999999]}", "MW-M104", "3:22"),
        ("sales: {for_each: [eu, us, eu]}", "MW-M422", "3:30"),
        ("sales: {for_each: [1, 1.0]}", "MW-M422", "3:25"),
        ("sales: {for_each: [eu], params: {item: eu}}", "MW-M423", "3:11"),
    ],
)
def test_wrong_lists_are_told_at_their_place(tmp_path: Path, node: str, code: str, place: str) -> None:
    assert codes(mesh_of(tmp_path, f"  {node}\n")) == [(code, f"{PIPELINE}:{place}")]


def test_code_that_takes_no_item_is_refused(tmp_path: Path) -> None:
    workspace = mesh_of(tmp_path, "  sales: {for_each: [eu, us]}\n", "select region from raw")
    assert codes(workspace) == [("MW-M422", f"{PIPELINE}:3:11")]
    write_file(tmp_path, "domains/ops/one/odd.py", "def build(raw):\n    return raw\n")
    nodes = '  least: {python: "odd.py:build", inputs: [raw], for_each: [1]}\n'
    write_file(tmp_path, PIPELINE, f"nodes:\n{RAW}{nodes}  sales: {{description: Plain.}}\n")
    assert codes(workspace) == [("MW-M422", f"{PIPELINE}:3:50")]


def test_a_source_does_not_fan_out(tmp_path: Path) -> None:
    workspace = mesh_of(
        tmp_path, "  more: {source: {path: raw.csv}, columns: {region: VARCHAR, amount: BIGINT}, for_each: [a]}\n", None
    )
    assert codes(workspace) == [("MW-M421", f"{PIPELINE}:3:79")]
