"""Promotion of sandboxes with nodes of tools: what the sandbox's jobs left is taken, and what happens outside happens once."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from meshwright.app.apply import RunOptions, apply
from meshwright.app.promotion import PromotionWish, promote
from meshwright.app.sandboxes import SandboxWish, create_sandbox
from meshwright.app.workspace import Workspace
from meshwright.diagnostics import RefusedError
from meshwright.run.report import RunReport
from meshwright.state.records import RunState
from tests.app.test_outside_nodes import actions, mesh_of, rows, states, told
from tests.meshes import write_file


def in_box(workspace: Workspace) -> RunReport:
    report = apply(workspace, RunOptions(environment="box"))
    assert report.state is RunState.SUCCEEDED, [step.error for step in report.steps if step.error]
    return report


def promoted(workspace: Workspace) -> RunReport:
    report = promote(workspace, PromotionWish(sandbox="box")).report
    assert report.state is RunState.SUCCEEDED, [step.error for step in report.steps if step.error]
    return report


COPIES = (
    "import duckdb, os; raw = duckdb.read_parquet(os.environ['MESHWRIGHT_INPUT_RAW'].split()); "
    "raw.project('*, ' + os.environ['N'] + ' as n').write_parquet(os.environ['MESHWRIGHT_TABLES'] + '/one.parquet')"
)
MAKES = (
    "import duckdb, os; one = duckdb.sql('select ' + os.environ['N'] + ' as x'); "
    "one.write_parquet(os.environ['MESHWRIGHT_TABLES'] + '/one.parquet')"
)
FLOW = """
nodes:
  fetch: {shell: 'echo fetched VERSION >> ROOT/told; echo "{\\"n\\": NUMBER}" > $MESHWRIGHT_VALUES'}
  make:
    shell: |
      echo made >> ROOT/told
      N=NUMBER PYTHON make.py
    datasets: [one]
    after: [fetch]
  check: {shell: "echo checked ${node:fetch.value.n} >> ROOT/told", inputs: [sums]}
  tell: {shell: "echo told ${node:fetch.value.n} ${node:sums.rows} >> ROOT/told", effects: external, after: [sums, fetch]}
"""


def flow(root: Path, number: int) -> Workspace:
    write_file(root, "domains/ops/flights/make.py", MAKES)
    text = FLOW.replace("ROOT", str(root)).replace("PYTHON", sys.executable).replace("NUMBER", str(number))
    return mesh_of(root, text.replace("VERSION", str(number)), sums="select sum(x) as s from one")


def test_jobs_of_the_sandbox_are_not_done_again_and_effects_happen_then(tmp_path: Path) -> None:
    apply(flow(tmp_path, 1), RunOptions())
    assert told(tmp_path) == ["fetched 1", "made", "checked 1", "told 1 1"]
    (tmp_path / "told").unlink()
    workspace = flow(tmp_path, 2)
    create_sandbox(workspace, SandboxWish(name="box"))
    assert states(in_box(workspace))["tell"] == "skipped"
    assert told(tmp_path) == ["fetched 2", "made", "checked 2"]
    report = promoted(workspace)
    assert report.published == ("ops.flights",)
    assert rows(workspace, "select s from ops.flights.sums") == [{"s": 2}]
    assert told(tmp_path) == ["fetched 2", "made", "checked 2", "told 2 1"]
    assert set(actions(workspace).values()) == {"reuse"}
    apply(workspace, RunOptions())
    assert told(tmp_path) == ["fetched 2", "made", "checked 2", "told 2 1"]


def test_effects_of_a_sandbox_that_runs_them_happen_again_where_it_is_promoted_to(tmp_path: Path) -> None:
    def at(number: int) -> Workspace:
        tell = f"shell: 'echo told >> {tmp_path}/told', effects: external, after: [one]"
        other = f"shell: 'echo other >> {tmp_path}/told', effects: external, after: [one]"
        instead = f"sandbox: {{substitute: {{command: 'echo instead >> {tmp_path}/told'}}}}"
        text = f"nodes:\n  tell: {{{tell}, sandbox: run}}\n  other: {{{other}, {instead}}}\n"
        return mesh_of(tmp_path, text, one=f"select {number} as x")

    apply(at(1), RunOptions())
    (tmp_path / "told").unlink()
    workspace = at(2)
    create_sandbox(workspace, SandboxWish(name="box"))
    in_box(workspace)
    assert sorted(told(tmp_path)) == ["instead", "told"]
    promoted(workspace)
    assert sorted(told(tmp_path)) == ["instead", "other", "told", "told"]
    apply(workspace, RunOptions())
    apply(workspace, RunOptions(environment="box"))
    assert len(told(tmp_path)) == 4


def makes(root: Path, number: int, more: str) -> Workspace:
    """A node whose table is a number, which it tells."""
    write_file(root, "domains/ops/flights/make.py", MAKES)
    command = f"echo {number} >> {root}/told; N={number} {sys.executable} make.py"
    text = f"nodes:\n  make: {{shell: '{command}', datasets: [one]{more}}}\n"
    return mesh_of(root, text, twice="select 2 * x as y from one")


def test_a_node_that_always_runs_is_taken_as_the_sandbox_made_it(tmp_path: Path) -> None:
    apply(makes(tmp_path, 1, ", refresh: always"), RunOptions())
    workspace = makes(tmp_path, 2, ", refresh: always")
    create_sandbox(workspace, SandboxWish(name="box"))
    in_box(workspace)
    promoted(workspace)
    assert told(tmp_path) == ["1", "2"]
    assert rows(workspace, "select y from ops.flights.twice") == [{"y": 4}]
    assert actions(workspace)["make"] == "tool"


def test_what_a_substitute_made_is_not_published(tmp_path: Path) -> None:
    def at(number: int) -> Workspace:
        instead = f"echo instead >> {tmp_path}/told; N=77 {sys.executable} make.py"
        return makes(tmp_path, number, f", sandbox: {{substitute: {{command: '{instead}'}}}}")

    apply(at(1), RunOptions())
    workspace = at(2)
    create_sandbox(workspace, SandboxWish(name="box"))
    in_box(workspace)
    report = promoted(workspace)
    assert told(tmp_path) == ["1", "instead", "2"]
    assert rows(workspace, "select y from ops.flights.twice") == [{"y": 4}]
    assert any("ops.flights.one" in note and "other options" in note for note in report.notes)


def test_what_the_sandbox_left_out_is_done_where_it_is_promoted_to(tmp_path: Path) -> None:
    def at(number: int) -> Workspace:
        workspace = makes(tmp_path, number, ", sandbox: skip")
        write_file(tmp_path, "domains/ops/flights/models/beside.sql", f"select {number} as b")
        return workspace

    apply(at(1), RunOptions())
    workspace = at(2)
    create_sandbox(workspace, SandboxWish(name="box"))
    report = apply(workspace, RunOptions(environment="box"))
    assert states(report)["make"] == "skipped"
    promoted(workspace)
    assert told(tmp_path) == ["1", "2"]
    assert rows(workspace, "select y, b from ops.flights.twice, ops.flights.beside") == [{"y": 4, "b": 2}]


def test_what_a_job_made_of_a_sample_is_made_anew_from_everything(tmp_path: Path) -> None:
    def at(number: int) -> Workspace:
        write_file(tmp_path, "domains/ops/flights/copies.py", COPIES)
        command = f"echo {number} >> {tmp_path}/told; N={number} {sys.executable} copies.py"
        return mesh_of(
            tmp_path,
            "nodes:\n  raw: {source: {path: raw.csv}}\n"
            f"  make: {{shell: '{command}', inputs: [raw], datasets: [one]}}\n",
        )

    write_file(tmp_path, "raw.csv", "a\n1\n2\n3\n")
    apply(at(1), RunOptions())
    workspace = at(2)
    create_sandbox(workspace, SandboxWish(name="box", rows=1))
    in_box(workspace)
    assert told(tmp_path) == ["1", "2"]
    report = promoted(workspace)
    assert told(tmp_path) == ["1", "2", "2"]
    assert rows(workspace, "select count(*) as c, min(n) as n from ops.flights.one") == [{"c": 3, "n": 2}]
    assert any("built anew from everything" in note for note in report.notes)


def test_a_promotion_is_refused_where_a_job_read_what_was_replaced_since(tmp_path: Path) -> None:
    def at(text: str) -> Workspace:
        write_file(tmp_path, "domains/ops/flights/copies.py", COPIES)
        command = f"shell: '{text} {sys.executable} copies.py'"
        pipeline = f"nodes:\n  make: {{{command}, inputs: {{raw: ops.base.raw}}, datasets: [one]}}\n"
        workspace = mesh_of(tmp_path, pipeline)
        write_file(tmp_path, "domains/ops/base/pipeline.yaml", "nodes: {raw: {source: {path: raw.csv}}}\n")
        return workspace

    write_file(tmp_path, "raw.csv", "a\n1\n")
    apply(at("N=1"), RunOptions())
    workspace = at("N=2")
    create_sandbox(workspace, SandboxWish(name="box"))
    in_box(workspace)
    write_file(tmp_path, "raw.csv", "a\n1\n2\n")
    apply(workspace, RunOptions(select=("ops.base",), only=True))
    with pytest.raises(RefusedError, match=r"another version of ops\.base\.raw"):
        promote(workspace, PromotionWish(sandbox="box"))


def test_a_run_of_a_part_takes_values_of_its_own_environment(tmp_path: Path) -> None:
    def at(number: int) -> Workspace:
        text = (
            f'nodes:\n  fetch: {{shell: \'echo "{{\\"n\\": {number}}}" > $MESHWRIGHT_VALUES\'}}\n'
            f"  tell: {{shell: 'echo ${{node:fetch.value.n}} >> {tmp_path}/told', after: [fetch]}}\n"
        )
        return mesh_of(tmp_path, text, one="select 1 as x")

    apply(at(1), RunOptions())
    workspace = at(2)
    create_sandbox(workspace, SandboxWish(name="box"))
    in_box(workspace)
    assert told(tmp_path) == ["1", "2"]
    again = RunOptions(select=("ops.flights.tell",), only=True, refresh=True)
    assert apply(at(1), again).state is RunState.SUCCEEDED
    assert told(tmp_path) == ["1", "2", "1"]
