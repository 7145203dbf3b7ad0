"""Nodes of tools, whole: files -> plan -> job -> values and tables -> what comes after, with commands as the tool."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from meshwright.app.apply import RunOptions, apply
from meshwright.app.check import check
from meshwright.app.planning import PlanOptions, plan
from meshwright.app.query import QueryOptions, query
from meshwright.app.reports import DatasetCard
from meshwright.app.rerun import go_on
from meshwright.app.runs import run_log
from meshwright.app.sandboxes import SandboxWish, create_sandbox
from meshwright.app.show import show
from meshwright.app.toolbox import find_tool
from meshwright.app.workspace import Workspace, open_workspace
from meshwright.faces.cli.main import main
from meshwright.run.report import RunReport, StepState
from meshwright.state.records import RunState
from meshwright.tools.protocol import Job, ToolFailed
from meshwright.tools.shell import Shell
from tests.meshes import write_file

PIPELINE = "domains/ops/flights/pipeline.yaml"


def mesh_of(root: Path, pipeline: str, **files: str) -> Workspace:
    write_file(root, "mesh.yaml", "meshwright: 1\nname: try\npools: {one: 1}\n")
    write_file(root, "domains/ops/domain.yaml", "name: ops\npurpose: Trying.\nowners: [team:ops]\n")
    write_file(root, PIPELINE, pipeline)
    for name, text in files.items():
        write_file(root, f"domains/ops/flights/models/{name}.sql", text)
    return open_workspace(root)


def states(report: RunReport) -> dict[str, str]:
    return {
        step.dataset.rpartition(".")[2]: step.state.value
        for step in report.steps
        if step.dataset is not None and step.key.startswith("build:")
    }


def actions(workspace: Workspace, **options: object) -> dict[str, str]:
    planned = plan(workspace, PlanOptions(**options))  # type: ignore[arg-type]
    return {
        step.dataset.rpartition(".")[2]: step.action.value
        for step in planned.steps
        if step.dataset is not None and step.key.startswith("build:")
    }


def rows(workspace: Workspace, text: str) -> list[dict[str, object]]:
    answer = query(workspace, QueryOptions(text=text))
    try:
        return [row for batch in answer.batches() for row in batch.to_pylist()]
    finally:
        answer.close()


def told(root: Path, name: str = "told") -> list[str]:
    return (root / name).read_text().splitlines() if (root / name).exists() else []


FLOW = """
    params: {day: 7}
    nodes:
      fetch:
        shell: |
          echo loading $MESHWRIGHT_PARAM_DAY
          echo a,b > ROOT/raw.csv; echo 1,2 >> ROOT/raw.csv
          echo '{"n": 2}' > $MESHWRIGHT_VALUES
      raw: {source: {path: raw.csv}, after: [fetch]}
      check: {shell: "test -f \\"$MESHWRIGHT_INPUT_SUMS\\"", inputs: [sums], when: "node.fetch.value.n > 1"}
      never: {shell: "exit 1", when: "node.sums.rows > 100"}
      below: {shell: "exit 1", after: [never]}
      anyway: {shell: "echo anyway >> ROOT/told", after: [never, check], run_if: any}
      tell:
        shell: {command: "echo rows ${node:sums.rows} n ${node:fetch.value.n} day ${param:day} >> ROOT/told"}
        effects: external
        after: [sums, fetch]
    """


def test_a_flow_of_commands_conditions_and_models(tmp_path: Path) -> None:
    workspace = mesh_of(tmp_path, FLOW.replace("ROOT", str(tmp_path)), sums="select sum(a) as a, sum(b) as b from raw")
    assert actions(workspace)["fetch"] == "tool"
    assert actions(workspace)["raw"] == "pending"
    report = apply(workspace, RunOptions())
    assert report.state is RunState.SUCCEEDED
    assert states(report) == {
        "fetch": "succeeded", "raw": "succeeded", "sums": "succeeded", "check": "succeeded", "never": "skipped",
        "below": "skipped", "anyway": "succeeded", "tell": "succeeded",
    }  # fmt: skip
    assert told(tmp_path) == ["anyway", "rows 1 n 2 day 7"]
    assert "loading 7" in [line.text for line in run_log(workspace).lines]
    assert [step.action.value for step in report.steps if step.key == "build:ops.flights.fetch"] == ["tool"]


def test_a_node_without_rows_is_shown_with_what_it_left(tmp_path: Path) -> None:
    workspace = mesh_of(tmp_path, FLOW.replace("ROOT", str(tmp_path)), sums="select sum(a) as a, sum(b) as b from raw")
    apply(workspace, RunOptions())
    card = show(workspace, "ops.flights.fetch")
    assert isinstance(card, DatasetCard)
    assert card.is_step
    assert card.outcome is not None
    assert card.outcome.values == {"n": 2}


def test_nothing_is_done_again_unless_something_changed(tmp_path: Path) -> None:
    workspace = mesh_of(tmp_path, FLOW.replace("ROOT", str(tmp_path)), sums="select sum(a) as a, sum(b) as b from raw")
    apply(workspace, RunOptions())
    again = apply(workspace, RunOptions())
    assert again.published == ()
    assert told(tmp_path) == ["anyway", "rows 1 n 2 day 7"]
    write_file(tmp_path, "domains/ops/flights/models/sums.sql", "select sum(a) as a, 1 as b from raw")
    third = apply(workspace, RunOptions())
    assert states(third)["fetch"] == "succeeded"
    assert {step.action.value for step in third.steps if step.dataset == "ops.flights.fetch"} == {"reuse"}
    assert told(tmp_path) == ["anyway", "rows 1 n 2 day 7", "anyway", "rows 1 n 2 day 7"]


def test_external_effects_come_after_publication_and_not_without_it(tmp_path: Path) -> None:
    pipeline = f"""
        nodes:
          raw: {{source: {{path: raw.csv}}}}
          tell: {{shell: "echo told >> {tmp_path}/told", effects: external}}
        tests:
          raw: [{{metric: rowCount, mustBeGreaterThan: 5}}]
        """
    write_file(tmp_path, "raw.csv", "a\n1\n")
    workspace = mesh_of(tmp_path, pipeline)
    report = apply(workspace, RunOptions())
    assert states(report)["tell"] == "blocked"
    assert told(tmp_path) == []
    write_file(tmp_path, "raw.csv", "a\n1\n2\n3\n4\n5\n6\n")
    report = apply(workspace, RunOptions())
    order = [step.key for step in report.steps]
    assert order.index("publish:ops.flights") < order.index("build:ops.flights.tell")
    assert told(tmp_path) == ["told"]


def test_a_failed_command_blocks_the_publication_of_its_product(tmp_path: Path) -> None:
    write_file(tmp_path, "raw.csv", "a\n1\n")
    pipeline = (
        "nodes:\n  raw: {source: {path: raw.csv}}\n  check: {shell: 'echo no such thing; exit 3', inputs: [raw]}\n"
    )
    report = apply(mesh_of(tmp_path, pipeline), RunOptions())
    assert report.state is RunState.FAILED
    assert report.published == ()
    failed = next(step for step in report.steps if step.state is StepState.FAILED)
    assert failed.error is not None
    assert failed.error.code == "MW-J020"
    assert "status 3\nno such thing" in failed.error.message


def test_tables_of_a_command_are_gated_versions(tmp_path: Path) -> None:
    pipeline = f"""
        nodes:
          raw: {{source: {{path: raw.csv}}}}
          make:
            shell: |
              {sys.executable} -c "import duckdb, os; files = os.environ['MESHWRIGHT_INPUT_RAW'].split(); \\
              out = os.environ['MESHWRIGHT_TABLES']; t = duckdb.read_parquet(files); \\
              t.write_parquet(out + '/one.parquet'); duckdb.sql('select 5 as x').write_parquet(out + '/two.parquet')"
            inputs: [raw]
            datasets: {{one: {{columns: {{a: BIGINT}}}}, two: }}
        tests:
          one: [{{metric: rowCount, mustBeGreaterThan: 0}}]
        """
    write_file(tmp_path, "raw.csv", "a\n1\n2\n")
    workspace = mesh_of(tmp_path, pipeline, sums="select sum(a) as s from one")
    report = apply(workspace, RunOptions())
    assert report.state is RunState.SUCCEEDED, report
    assert rows(workspace, "select s from ops.flights.sums") == [{"s": 3}]
    assert rows(workspace, "select x from ops.flights.two") == [{"x": 5}]
    assert not list((tmp_path / ".meshwright/jobs").iterdir())
    again = apply(workspace, RunOptions(select=("ops.flights.make+",), refresh=True))
    done = {step.dataset: step.action.value for step in again.steps if step.key.startswith("build:")}
    assert done["ops.flights.make"] == "tool"
    assert done["ops.flights.sums"] == "reuse", "the same rows as before: nothing below is built"


def test_a_view_is_handed_to_a_command_as_rows(tmp_path: Path) -> None:
    pipeline = f"""
        nodes:
          seen: {{as: view}}
          count:
            shell: |
              {sys.executable} -c "import duckdb, os; print(duckdb.read_parquet(os.environ['MESHWRIGHT_INPUT_SEEN']).fetchall())"
            inputs: [seen]
        """
    workspace = mesh_of(tmp_path, pipeline, base="select 1 as n", seen="select n + 1 as n from base")
    assert apply(workspace, RunOptions()).state is RunState.SUCCEEDED
    assert "[(2,)]" in [line.text for line in run_log(workspace).lines]


def test_a_table_that_was_promised_and_not_left_fails_the_node(tmp_path: Path) -> None:
    report = apply(mesh_of(tmp_path, "nodes:\n  make: {shell: 'true', datasets: [one]}\n"), RunOptions())
    assert states(report) == {"make": "failed", "one": "blocked"}


def test_failures_are_tried_again_as_often_as_the_node_says(tmp_path: Path) -> None:
    pipeline = f"""
        nodes:
          flaky:
            shell: "echo x >> {tmp_path}/told; test $(wc -l < {tmp_path}/told) -ge 3"
            retry: {{attempts: 4, backoff: 10ms}}
          wrong: {{shell: {{command: [no-such-program]}}, retry: {{attempts: 4, backoff: 10ms}}}}
        """
    report = apply(mesh_of(tmp_path, pipeline), RunOptions())
    assert states(report) == {"flaky": "succeeded", "wrong": "failed"}
    attempts = {step.dataset: step.attempts for step in report.steps if step.dataset}
    assert attempts == {"ops.flights.flaky": 3, "ops.flights.wrong": 1}


def test_a_command_that_takes_too_long_is_ended(tmp_path: Path) -> None:
    report = apply(mesh_of(tmp_path, "nodes:\n  slow: {shell: 'sleep 60', timeout: 200ms}\n"), RunOptions())
    assert states(report) == {"slow": "failed"}
    assert report.seconds < 30
    error = next(step.error for step in report.steps if step.dataset == "ops.flights.slow")
    assert error is not None
    assert "longer than 0.2 s" in error.message


MAKES = (
    "import duckdb, os; t = duckdb.sql(\"select '\" + os.environ['MESHWRIGHT_PARAM_ITEM'] + \"' as item\"); "
    "t.write_parquet(os.environ['MESHWRIGHT_TABLES'] + '/load.parquet')"
)


def test_a_node_fans_out_over_a_list_and_is_joined_again(tmp_path: Path) -> None:
    write_file(tmp_path, "domains/ops/flights/makes.py", MAKES)
    pipeline = f"""
        nodes:
          list: {{shell: "echo '{{\\"files\\": [\\"a\\", \\"b\\", \\"c\\"]}}' > $MESHWRIGHT_VALUES"}}
          load:
            shell: "{sys.executable} makes.py && echo ${{item}} >> {tmp_path}/told && echo '{{\\"n\\": 1}}' > $MESHWRIGHT_VALUES"
            for_each: {{items: "${{node:list.value.files}}", at_once: 2}}
            datasets: [load]
          tell: {{shell: "echo ${{node:load.value.items}} ${{node:load.rows}} > {tmp_path}/joined", after: [load]}}
        """
    workspace = mesh_of(tmp_path, pipeline, counted="select count(*) as n, min(item) as least from load")
    report = apply(workspace, RunOptions())
    assert report.state is RunState.SUCCEEDED, report
    assert rows(workspace, "select * from ops.flights.counted") == [{"n": 3, "least": "a"}]
    assert sorted(told(tmp_path)) == ["a", "b", "c"]
    assert told(tmp_path, "joined") == ["3 3"]
    assert set(actions(workspace).values()) == {"reuse"}


def test_items_that_went_well_are_not_done_again(tmp_path: Path) -> None:
    pipeline = f"""
        nodes:
          load:
            shell: "echo ${{item}} >> {tmp_path}/told; test ${{item}} != 2 -o -e {tmp_path}/allowed"
            for_each: {{items: [1, 2, 3], at_once: 1}}
        """
    workspace = mesh_of(tmp_path, pipeline)
    report = apply(workspace, RunOptions())
    assert states(report) == {"load": "failed"}
    error = next(step.error for step in report.steps if step.dataset == "ops.flights.load")
    assert error is not None
    assert "item 2 (2): the program ended with status 1" in error.message
    assert told(tmp_path) == ["1", "2"]
    (tmp_path / "allowed").touch()
    assert apply(workspace, RunOptions()).state is RunState.SUCCEEDED
    assert told(tmp_path) == ["1", "2", "2", "3"]


def test_a_pool_lets_no_more_run_at_once(tmp_path: Path) -> None:
    log = tmp_path / "told"
    body = f"echo in >> {log}; sleep 0.2; echo out >> {log}"
    nodes = "".join(f"  n{number}: {{shell: '{body}', pool: one}}\n" for number in range(3))
    report = apply(mesh_of(tmp_path, f"nodes:\n{nodes}"), RunOptions())
    assert report.state is RunState.SUCCEEDED
    assert told(tmp_path) == ["in", "out"] * 3


def test_a_python_node_may_yield_no_dataset(tmp_path: Path) -> None:
    write_file(tmp_path, "raw.csv", "a\n1\n2\n")
    write_file(
        tmp_path, "domains/ops/flights/count.py", "def go(raw, day: int):\n    return {'n': raw.num_rows * day}\n"
    )
    pipeline = f"""
        params: {{day: 7}}
        nodes:
          raw: {{source: {{path: raw.csv}}}}
          count: {{python: "count.py:go", inputs: [raw], as: none}}
          tell: {{shell: "echo ${{node:count.value.n}} >> {tmp_path}/told", after: [count]}}
        """
    workspace = mesh_of(tmp_path, pipeline)
    report = apply(workspace, RunOptions())
    assert report.state is RunState.SUCCEEDED, report
    assert told(tmp_path) == ["14"]
    assert actions(workspace) == {"raw": "reuse", "count": "reuse", "tell": "reuse"}


def test_a_source_is_looked_at_again_after_what_fills_it_has_run(tmp_path: Path) -> None:
    first = f"""
        nodes:
          fetch: {{shell: "printf 'a\\nNUMBER\\n' > {tmp_path}/raw.csv"}}
          raw: {{source: {{path: raw.csv}}, after: [fetch]}}
        """
    workspace = mesh_of(tmp_path, first.replace("NUMBER", "1"))
    apply(workspace, RunOptions())
    assert rows(workspace, "select a from ops.flights.raw") == [{"a": 1}]
    write_file(tmp_path, PIPELINE, first.replace("NUMBER", "2"))
    assert actions(workspace) == {"fetch": "tool", "raw": "pending"}
    apply(workspace, RunOptions())
    assert rows(workspace, "select a from ops.flights.raw") == [{"a": 2}]


def test_external_effects_happen_once_in_each_environment(tmp_path: Path) -> None:
    pipeline = f"nodes:\n  tell: {{shell: 'echo $HOME >> {tmp_path}/told', effects: external, after: [numbers]}}\n"
    workspace = mesh_of(tmp_path, pipeline, numbers="select 1 as n")
    settings = (tmp_path / "mesh.yaml").read_text()
    write_file(tmp_path, "mesh.yaml", settings + "environments: {prod: {}, qa: {}}\n")
    for environment in ("prod", "qa", "prod", "qa"):
        apply(workspace, RunOptions(environment=environment))
    assert len(told(tmp_path)) == 2


def test_what_may_have_been_started_is_looked_for_before_it_is_started_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Losing(Shell):
        """Starts the job, and loses the answer: as a server that accepts a call and dies."""

        def start(self, job: Job) -> str:
            with (tmp_path / "started").open("a") as file:
                file.write("started\n")
            super().start(job)
            raise ToolFailed("the connection was reset", is_retryable=True)

    find_tool.cache_clear()
    monkeypatch.setattr("meshwright.tools.shell.Shell", Losing)
    pipeline = f"nodes:\n  load: {{shell: 'echo ran >> {tmp_path}/told', retry: {{attempts: 3, backoff: 10ms}}}}\n"
    report = apply(mesh_of(tmp_path, pipeline), RunOptions())
    find_tool.cache_clear()
    assert report.state is RunState.SUCCEEDED
    assert (tmp_path / "started").read_text() == "started\n"
    assert told(tmp_path) == ["ran"]


@pytest.mark.parametrize(
    ("pipeline", "code", "line", "words"),
    [
        ("nodes:\n  a: {shel: x}\n", "MW-J001", 2, "did you mean 'shell'"),
        ("nodes:\n  a: {shell: {comand: x}}\n", "MW-J002", 2, "unknown key 'comand'"),
        ("nodes:\n  a: {shell: x, effects: external, datasets: [b]}\n", "MW-J004", 2, "external effects"),
        ("nodes:\n  a: {shell: x, datasets: [b, b]}\n", "MW-J003", 2, "twice"),
        ("nodes:\n  a: {shell: 'echo ${node:b.rows}'}\n", "MW-J006", 2, "no other node of"),
        ("nodes:\n  a: {shell: 'echo ${param:b}'}\n", "MW-M212", 2, "parameter 'b'"),
        ("nodes:\n  a: {shell: x, when: 'node.b.rows > 1'}\n", "MW-J011", 2, "'b'"),
        ("nodes:\n  a: {shell: x, when: 'select 1'}\n", "MW-Q102", 2, "'when' of node 'a'"),
        ("nodes:\n  a: {shell: x, for_each: []}\n", "MW-J015", 2, "a list of 1 to"),
        ("nodes:\n  a: {shell: 'echo ${item}'}\n", "MW-J006", 2, "no item"),
        ("nodes:\n  a: {shell: x, pool: two}\n", "MW-J012", 2, "'two'"),
        ("nodes:\n  a: {shell: x, memory: 1GB}\n", "MW-J007", 2, "'memory'"),
        ("nodes:\n  a: {shell: x, effects: external}\n  b: {shell: y, after: [a]}\n", "MW-J009", 3, "after 'a'"),
        ("nodes:\n  a: {shell: x, after: [b]}\n  b: {shell: y, after: [a]}\n", "MW-G104", 2, "wait for each other"),
    ],
)  # fmt: skip
def test_wrong_nodes_are_named_where_they_stand(
    tmp_path: Path, pipeline: str, code: str, line: int, words: str
) -> None:
    found = check(mesh_of(tmp_path, pipeline)).diagnostics
    assert code in [each.code for each in found], found
    mine = next(each for each in found if each.code == code)
    assert mine.span is not None
    assert (mine.span.file, mine.span.line) == (PIPELINE, line)
    assert any(words in f"{each.message} {each.fix}" for each in found if each.code == code)


def test_reading_rows_of_a_node_without_any_is_refused(tmp_path: Path) -> None:
    found = check(mesh_of(tmp_path, "nodes:\n  a: {shell: x}\n", bad="select * from a")).diagnostics
    assert [each.code for each in found] == ["MW-G108"]


def test_a_condition_that_is_null_is_an_error(tmp_path: Path) -> None:
    pipeline = "nodes:\n  a: {shell: 'true'}\n  b: {shell: 'true', when: 'node.a.value.n > 1'}\n"
    report = apply(mesh_of(tmp_path, pipeline), RunOptions())
    assert states(report) == {"a": "succeeded", "b": "failed"}
    error = next(step.error for step in report.steps if step.dataset == "ops.flights.b")
    assert error is not None
    assert error.code == "MW-J013"


def test_a_sandbox_leaves_external_effects_out_or_puts_others_in_their_place(tmp_path: Path) -> None:
    write_file(tmp_path, "raw.csv", "a\n1\n")
    pipeline = f"""
        nodes:
          raw: {{source: {{path: raw.csv}}}}
          tell: {{shell: "echo prod >> {tmp_path}/told", effects: external, after: [raw]}}
          other:
            shell: "echo prod >> {tmp_path}/other"
            effects: external
            after: [raw]
            sandbox: {{substitute: "echo box >> {tmp_path}/other"}}
        """
    workspace = mesh_of(tmp_path, pipeline)
    apply(workspace, RunOptions())
    create_sandbox(workspace, SandboxWish(name="box"))
    report = apply(workspace, RunOptions(environment="box"))
    assert states(report)["tell"] == "skipped"
    assert told(tmp_path) == ["prod"]
    assert told(tmp_path, "other") == ["prod", "box"]


KILLED = """
import os, pathlib, signal, sys
from meshwright.app.apply import RunOptions, apply
from meshwright.app.workspace import open_workspace
from meshwright.crashpoints import EVENT

def hook(event, args):
    if event == EVENT and args[0] == sys.argv[2]:
        os.kill(os.getpid(), signal.SIGKILL)

sys.addaudithook(hook)
apply(open_workspace(pathlib.Path(sys.argv[1])), RunOptions())
"""


@pytest.mark.parametrize("point", ["job.recorded", "job.started", "job.known", "job.ended", "commit.versions-sealed"])
def test_a_job_is_started_once_wherever_the_coordinator_is_killed(tmp_path: Path, point: str) -> None:
    pipeline = f"nodes:\n  load: {{shell: 'echo ran >> {tmp_path}/told; sleep 0.3'}}\n"
    workspace = mesh_of(tmp_path, pipeline)
    code = [sys.executable, "-c", KILLED, str(tmp_path), point]
    done = subprocess.run(code, cwd=Path(__file__).parents[2], check=False)
    assert done.returncode == -signal.SIGKILL
    report = apply(workspace, RunOptions())
    assert report.state is RunState.SUCCEEDED
    assert told(tmp_path) == ["ran"]
    assert actions(workspace) == {"load": "reuse"}


def test_a_stopped_run_ends_its_commands(tmp_path: Path) -> None:
    pipeline = f"nodes:\n  load: {{shell: 'echo $$ > {tmp_path}/told; sleep 60'}}\n"
    workspace = mesh_of(tmp_path, pipeline)
    code = textwrap.dedent(
        """
        import pathlib, sys
        from meshwright.app.apply import RunOptions, apply
        from meshwright.app.workspace import open_workspace
        print(apply(open_workspace(pathlib.Path(sys.argv[1])), RunOptions()).state.value)
        """
    )
    child = subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path)], cwd=Path(__file__).parents[2], stdout=subprocess.PIPE, text=True
    )
    until = time.monotonic() + 60
    while not told(tmp_path) and time.monotonic() < until:
        time.sleep(0.02)
    inner = int(told(tmp_path)[0])
    child.send_signal(signal.SIGINT)
    out, _ = child.communicate(timeout=60)
    assert out.strip() == "interrupted"
    with pytest.raises(ProcessLookupError):
        os.kill(inner, 0)
    assert actions(workspace) == {"load": "tool"}


def test_a_run_that_only_ran_commands_does_not_say_that_there_was_nothing_to_do(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    mesh_of(tmp_path, "nodes:\n  load: {shell: 'true'}\n")
    for words in ("run 20", "nothing to do"):
        assert main(["-C", str(tmp_path), "run"]) == 0
        assert words in capsys.readouterr().out


def test_a_node_runs_again_with_all_below_it_or_alone(tmp_path: Path) -> None:
    flow = f"""
    nodes:
      first: {{shell: "echo first >> {tmp_path}/told"}}
      second: {{shell: "echo second >> {tmp_path}/told; test -e {tmp_path}/mended", after: [first]}}
      third: {{shell: "echo third >> {tmp_path}/told", after: [second]}}
    """
    shop = mesh_of(tmp_path, flow)
    failed = apply(shop, RunOptions())
    assert states(failed) == {"first": "succeeded", "second": "failed", "third": "blocked"}
    (tmp_path / "mended").touch()
    assert states(go_on(shop, failed.run_id, from_node="second"))["third"] == "succeeded"
    assert told(tmp_path) == ["first", "second", "second", "third"]
    go_on(shop, failed.run_id, from_node="ops.flights.second")
    assert told(tmp_path)[4:] == ["second", "third"]
    apply(shop, RunOptions(select=("ops.flights.second",), only=True, refresh=True))
    assert told(tmp_path)[6:] == ["second"]
    apply(shop, RunOptions(select=("ops.flights.second",), only=True))
    assert told(tmp_path)[7:] == [], "it is done already"
