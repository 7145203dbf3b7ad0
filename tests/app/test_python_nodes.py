"""Python nodes in the loop, whole: files -> plan -> worker -> version -> publication -> reading, and why they are built."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from meshwright.app.apply import RunOptions, apply
from meshwright.app.check import check
from meshwright.app.lineage import lineage
from meshwright.app.planning import PlanOptions, plan
from meshwright.app.query import QueryOptions, query
from meshwright.app.runs import run_log
from meshwright.app.workspace import Workspace, open_workspace
from meshwright.diagnostics import InputError
from meshwright.run.report import RunReport, StepState
from meshwright.state.records import RunState
from tests.meshes import write_file, write_mesh

TOTALS = "domains/sales/totals"
PIPELINE = f"{TOTALS}/pipeline.yaml"
MAIN = f"{TOTALS}/ranks.py"
RANKED = "sales.totals.ranked"

FILES = {
    PIPELINE: """
        params: {least: 1}
        nodes:
          ranked: {python: "ranks.py:build", inputs: [per_customer, sales.orders.orders], columns: {rank: BIGINT}}
        """,
    MAIN: """
        import pyarrow as pa
        from . import helper

        def build(per_customer, orders: pa.Table, least: int, currency: str):
            print("orders:", orders.num_rows, currency)
            chosen = per_customer.sort_by([("total", "descending")])
            ranks = pa.array(range(helper.FIRST, chosen.num_rows + helper.FIRST), pa.int16())
            return chosen.append_column("rank", ranks).slice(0, chosen.num_rows + 1 - least)
        """,
    f"{TOTALS}/helper.py": "FIRST = 1\n",
    f"{TOTALS}/models/best.sql": "select customer, rank from ranked where rank = 1\n",
}


@pytest.fixture
def shop(tmp_path: Path) -> Workspace:
    root = write_mesh(tmp_path / "shop")
    for name, text in FILES.items():
        write_file(root, name, text)
    return open_workspace(root)


def rows(workspace: Workspace, text: str) -> list[dict[str, object]]:
    answer = query(workspace, QueryOptions(text=text))
    try:
        return [row for batch in answer.batches() for row in batch.to_pylist()]
    finally:
        answer.close()


def built(report: RunReport) -> set[str]:
    return {
        step.dataset
        for step in report.steps
        if step.action == "build" and step.state is StepState.SUCCEEDED and step.dataset
    }


def reasons(workspace: Workspace, dataset: str = RANKED, **options: object) -> tuple[str, tuple[str, ...]]:
    steps = plan(workspace, PlanOptions(**options)).steps  # type: ignore[arg-type]
    step = next(step for step in steps if step.key == f"build:{dataset}")
    return step.action.value, step.reasons


def change(workspace: Workspace, name: str, old: str, new: str) -> None:
    path = workspace.root / name
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def test_a_python_node_is_built_typed_as_declared_published_and_read(shop: Workspace) -> None:
    report = apply(shop, RunOptions())
    assert report.state is RunState.SUCCEEDED
    assert rows(shop, f"select customer, rank, typeof(rank) as kind from {RANKED} order by rank limit 1") == [
        {"customer": "ben", "rank": 1, "kind": "BIGINT"}
    ]
    assert rows(shop, "select * from sales.totals.best") == [{"customer": "ben", "rank": 1}]
    log = run_log(shop, report.run_id, RANKED)
    assert [(line.level, line.text) for line in log.lines] == [("info", "orders: 4 EUR")]
    assert built(apply(shop, RunOptions())) == set()


def test_the_mesh_is_clean_before_the_first_build(shop: Workspace) -> None:
    assert [found.code for found in check(shop).diagnostics if found.severity == "error"] == []


HARMLESS = {
    "a comment": (MAIN, "import pyarrow as pa\n", "# about ranks\nimport pyarrow as pa\n"),
    "a docstring": (MAIN, "currency: str):\n", 'currency: str):\n    """Rank."""\n'),
    "layout": (MAIN, '[("total", "descending")]', "[\n        ('total', 'descending'),\n    ]"),
    "layout of a helper": (f"{TOTALS}/helper.py", "FIRST = 1", "FIRST=1  # from one"),
    "limits": (PIPELINE, "columns: {rank", "timeout: 10m, memory: 4GB, columns: {rank"),
    "an owner": ("domains/sales/domain.yaml", "[team:sales]", "[team:sellers]"),
}


def test_what_changes_no_meaning_builds_nothing(shop: Workspace) -> None:
    apply(shop, RunOptions())
    for name, changed in HARMLESS.items():
        change(shop, *changed)
        counts = plan(shop, PlanOptions()).counts
        assert (counts["build"], counts["pending"]) == (0, 0), name


INPUTS_CHANGED = "its inputs or their frames changed"
MEANING = {
    "the code": (MAIN, '"descending"', '"ascending"', "the code of ranks.py changed"),
    "a helper": (f"{TOTALS}/helper.py", "1", "0", "the code of helper.py changed"),
    "an import": (MAIN, "from . import helper", "from . import helper, other", "other.py is imported now"),
    "a parameter": (PIPELINE, "least: 1", "least: 2", "parameter `least` changed from 1 to 2"),
    "a declared type": (PIPELINE, "rank: BIGINT", "rank: INTEGER", "its declared columns changed"),
    "a frame": (MAIN, "build(per_customer,", "build(per_customer: pa.RecordBatchReader,", INPUTS_CHANGED),
    "the inputs": (PIPELINE, "[per_customer, sales.orders.orders]", "{per_customer: per_customer, orders: raw}", INPUTS_CHANGED),
    "the function": (PIPELINE, ":build", ":again", "the function is again now, it was build"),
}  # fmt: skip


def test_a_change_of_meaning_builds_and_says_what_changed(shop: Workspace) -> None:
    write_file(shop.root, f"{TOTALS}/other.py", "x = 1\n")
    write_file(shop.root, f"{TOTALS}/models/raw.sql", "select * from sales.orders.orders\n")
    text = (shop.root / MAIN).read_text() + "\ndef again(per_customer, orders, least, currency): ...\n"
    (shop.root / MAIN).write_text(text)
    apply(shop, RunOptions())
    for name, (file, old, new, words) in MEANING.items():
        change(shop, file, old, new)
        action, found = reasons(shop)
        assert (action, words in found) == ("build", True), (name, found)
        change(shop, file, new, old)
    assert reasons(shop) == ("reuse", ())
    change(shop, MAIN, '"descending"', '"ascending"')
    assert built(apply(shop, RunOptions())) == {RANKED, "sales.totals.best"}
    assert rows(shop, "select * from sales.totals.best") == [{"customer": "cem", "rank": 1}]


def test_a_failing_node_publishes_nothing_and_blocks_what_is_below(shop: Workspace) -> None:
    apply(shop, RunOptions())
    change(shop, MAIN, '"descending"', '"down"')
    report = apply(shop, RunOptions())
    states = {step.dataset: (step.state.value, step.error) for step in report.steps if step.dataset}
    state, error = states[RANKED]
    assert state == "failed"
    assert error is not None
    assert (error.code, error.span and error.span.file, error.span and error.span.line) == ("MW-N303", MAIN, 6)
    assert states["sales.totals.best"][0] == "blocked"
    assert "sales.totals" not in report.published
    assert rows(shop, "select * from sales.totals.best") == [{"customer": "ben", "rank": 1}]


@pytest.mark.slow
def test_a_value_that_is_not_as_declared_is_refused(shop: Workspace) -> None:
    change(shop, PIPELINE, "rank: BIGINT", "customer: INTEGER")
    report = apply(shop, RunOptions())
    error = next(step.error for step in report.steps if step.dataset == RANKED)
    assert error is not None
    assert error.code == "MW-N312"
    assert "'ana' in column 'customer'" in error.message or "is no INTEGER" in error.message


@pytest.mark.slow
def test_a_declared_column_that_is_not_returned_is_refused(shop: Workspace) -> None:
    change(shop, PIPELINE, "rank: BIGINT", "rnak: BIGINT, rank: BIGINT")
    error = next(step.error for step in apply(shop, RunOptions()).steps if step.dataset == RANKED)
    assert error is not None
    assert (error.code, "did you mean 'rank'?" in (error.fix or "")) == ("MW-N311", True)


def test_a_view_can_be_an_input(shop: Workspace) -> None:
    change(shop, PIPELINE, "nodes:\n", "nodes:\n  per_customer: {as: view}\n")
    assert apply(shop, RunOptions()).state is RunState.SUCCEEDED
    assert rows(shop, "select * from sales.totals.best") == [{"customer": "ben", "rank": 1}]


def test_every_column_of_an_input_may_flow_into_every_column(shop: Workspace) -> None:
    apply(shop, RunOptions())
    edges = {(source, target) for source, target, _ in lineage(shop, f"{RANKED}.rank").edges}
    assert ("sales.totals.per_customer.total", f"{RANKED}.rank") in edges
    assert ("sales.orders.orders.placed", f"{RANKED}.rank") in edges
    assert (f"{RANKED}.rank", "sales.totals.best.rank") in edges


def test_columns_are_those_declared_before_the_first_build_and_then_those_built(shop: Workspace) -> None:
    write_file(shop.root, f"{TOTALS}/models/best.sql", "select customr from ranked\n")
    guess = next(found for found in check(shop).diagnostics if found.code == "MW-T001")
    assert guess.severity == "warning", "a declaration need not name every column"
    assert "rank" in (guess.fix or "")
    change(shop, PIPELINE, ", columns: {rank: BIGINT}", "")
    found = {finding.code for finding in check(shop).diagnostics}
    assert "MW-N401" in found
    assert "MW-T001" not in found, "what is not known is no error"
    write_file(shop.root, f"{TOTALS}/models/best.sql", "select customer from ranked\n")
    apply(shop, RunOptions())
    write_file(shop.root, f"{TOTALS}/models/best.sql", "select customr from ranked\n")
    found_now = [finding for finding in check(shop).diagnostics if finding.severity == "error"]
    assert [finding.code for finding in found_now] == ["MW-T001"]
    assert "customer" in (found_now[0].fix or "")


OPAQUE = """
    import uuid
    import pyarrow as pa

    def build(per_customer):
        {line}
        return per_customer.select(["customer"])
    """


def opaque(shop: Workspace, refresh: str, line: str = "pass") -> None:
    write_file(
        shop.root,
        PIPELINE,
        f'nodes:\n  ranked: {{python: "ranks.py:build", inputs: [per_customer], deterministic: false, refresh: {refresh}}}\n',
    )
    write_file(shop.root, MAIN, OPAQUE.format(line=line))
    write_file(shop.root, f"{TOTALS}/models/best.sql", "select count(*) as n from ranked\n")


def test_an_opaque_node_that_always_runs_rebuilds_nothing_below_while_its_rows_are_the_same(shop: Workspace) -> None:
    opaque(shop, "always")
    apply(shop, RunOptions())
    assert reasons(shop) == ("build", ("refresh: always",))
    assert reasons(shop, "sales.totals.best") == ("pending", (f"known after {RANKED}",))
    report = apply(shop, RunOptions())
    assert built(report) == {RANKED}
    assert report.published == ()
    write_file(shop.root, MAIN, OPAQUE.format(line='return pa.table({"customer": [str(uuid.uuid4())]})'))
    apply(shop, RunOptions())
    assert built(apply(shop, RunOptions())) == {RANKED, "sales.totals.best"}


@pytest.mark.slow
@pytest.mark.parametrize("refresh", ["on_change", "schedule"])
def test_other_opaque_nodes_run_when_they_changed_or_are_asked_to(shop: Workspace, refresh: str) -> None:
    opaque(shop, refresh)
    apply(shop, RunOptions())
    assert reasons(shop) == ("reuse", ())
    assert built(apply(shop, RunOptions())) == set()
    assert built(apply(shop, RunOptions(select=("sales.totals.best",), refresh=True))) == set(), (
        "it was not selected itself"
    )
    assert reasons(shop, refresh=True, select=(RANKED,)) == ("build", ("asked to run again",))
    assert built(apply(shop, RunOptions(select=(RANKED,), refresh=True))) == {RANKED}
    assert built(apply(shop, RunOptions())) == set()
    change(shop, MAIN, "pass", "print(1)")
    assert built(apply(shop, RunOptions())) == {RANKED}


def test_a_source_on_a_schedule_is_read_again_only_when_asked(shop: Workspace) -> None:
    pipeline = "domains/sales/orders/pipeline.yaml"
    change(shop, pipeline, "format: csv}", "format: csv}, refresh: schedule")
    apply(shop, RunOptions())
    (shop.root / "data/orders.csv").write_text((shop.root / "data/orders.csv").read_text() + "5,dan,1.0,2026-01-04\n")
    action, why = reasons(shop, "sales.orders.raw_orders")
    assert action == "reuse"
    assert "waits until it is asked for" in why[0]
    assert built(apply(shop, RunOptions())) == set()
    report = apply(shop, RunOptions(refresh=True, select=("sales.orders.raw_orders+",)))
    assert "sales.orders.raw_orders" in built(report)
    assert rows(shop, "select count(*) as n from sales.orders.orders") == [{"n": 5}]
    assert built(apply(shop, RunOptions())) == set()
    (shop.root / "data/orders.csv").unlink()
    assert apply(shop, RunOptions()).state is RunState.SUCCEEDED


#: Yesterday's Python: another canonical form, so another fingerprint of the same text.
OLD_PYTHON = """
import sys
import meshwright.files.pythonast as pythonast
from meshwright.model import identity
today = pythonast._fingerprint
pythonast._fingerprint = lambda tree: identity("yesterday", today(tree))
pythonast.python_version = lambda: "python 2.7"
from meshwright.faces.cli.main import main
sys.exit(main(["-C", sys.argv[1], "run", "--quiet"]))
"""


@pytest.mark.slow
def test_another_python_renames_nothing_and_a_changed_meaning_is_still_a_change(shop: Workspace) -> None:
    subprocess.run([sys.executable, "-c", OLD_PYTHON, str(shop.root)], check=True, capture_output=True)
    counts = plan(shop, PlanOptions()).counts
    assert (counts["build"], counts["pending"], counts["publish"]) == (0, 0, 0)
    change(shop, f"{TOTALS}/helper.py", "1", "0")
    assert reasons(shop)[0] == "build"


def test_a_run_works_from_its_own_files_whatever_is_edited_meanwhile(shop: Workspace) -> None:
    from meshwright.app.opened import open_mesh

    with open_mesh(shop, "prod") as opened:
        product = opened.mesh.product("sales.totals")
        assert product is not None
        paths = {file.path for file in product.files}
        assert {MAIN, f"{TOTALS}/helper.py"} <= paths
        assert paths <= opened.contents.keys()
        # The worker runs these texts, not the files.
        node = opened.mesh.node(RANKED)
        assert node is not None
        assert node.python is not None
        assert "FIRST = 1" in node.python.definition


def test_log_of_an_unknown_dataset_names_the_nearest(shop: Workspace) -> None:
    run_id = apply(shop, RunOptions()).run_id
    with pytest.raises(InputError, match="rnked") as caught:
        run_log(shop, run_id, "sales.totals.rnked")
    assert f"did you mean '{RANKED}'?" in (caught.value.first.fix or "")


@pytest.mark.slow
def test_a_domain_has_an_environment_of_its_own_made_once_and_used_offline(
    shop: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    probe = subprocess.run(
        [sys.executable, "-m", "pip", "download", "--no-deps", "--quiet", "--dest", str(shop.root / "probe"), "iniconfig==2.1.0"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if probe.returncode != 0:
        pytest.skip(f"no package registry can be reached: {probe.stderr[-200:]}")
    change(
        shop,
        "domains/sales/domain.yaml",
        "owners: [team:sales]",
        "owners: [team:sales]\npython: {requires: [iniconfig==2.1.0]}",
    )
    change(shop, MAIN, "import pyarrow as pa", "import importlib.metadata, sys\nimport pyarrow as pa")
    change(shop, MAIN, "    print(", "    print(importlib.metadata.version('iniconfig'), sys.prefix)\n    print(")
    report = apply(shop, RunOptions())
    assert report.state is RunState.SUCCEEDED
    texts = [line.text for line in run_log(shop, report.run_id, RANKED).lines]
    assert any(text.startswith("2.1.0 ") and ".meshwright/python/" in text for text in texts)
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    change(shop, f"{TOTALS}/helper.py", "1", "0")
    again = apply(shop, RunOptions())
    assert again.state is RunState.SUCCEEDED
    assert not any("pip:" in line.text for line in run_log(shop, again.run_id).lines)
    change(shop, "domains/sales/domain.yaml", "==2.1.0", "==2.0.0")
    assert "the requirements of the domain's Python environment changed" in reasons(shop)[1]
    failed = apply(shop, RunOptions())
    error = next(step.error for step in failed.steps if step.dataset == RANKED)
    assert error is not None
    assert error.code == "MW-N310"
    assert "iniconfig==2.0.0" in error.message
    assert list((shop.root / ".meshwright/python").glob("*.building")) == []
