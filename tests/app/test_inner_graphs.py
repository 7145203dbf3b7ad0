"""The graph of a tool as part of ours: lineage through it, its steps on the card of the node and as runs of OpenLineage.

The tool is a command that leaves tables as dbt would, and tells steps, tests and queries as dbt does.
"""

from __future__ import annotations

import datetime as dt
import json
import sys
import textwrap
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from meshwright.app.apply import RunOptions, apply
from meshwright.app.impact import impact
from meshwright.app.lineage import lineage
from meshwright.app.reports import DatasetCard
from meshwright.app.run_openlineage import run_events
from meshwright.app.sandboxes import SandboxWish, create_sandbox
from meshwright.app.show import show
from meshwright.app.toolbox import find_tool
from meshwright.app.workspace import Workspace, open_workspace
from meshwright.faces.cli.main import main
from meshwright.sql import Influence
from meshwright.state.records import RunState
from meshwright.tools.protocol import InnerStep, InnerTable, InnerTest, Job, JobState, Outcome, Poll
from meshwright.tools.shell import Shell
from tests.app.test_outside_nodes import rows
from tests.meshes import write_file
from tests.openlineage_spec import problems

BEGAN = dt.datetime(2026, 1, 1, 12, tzinfo=dt.UTC)


def step(name: str, kind: str = "model", state: str = "succeeded", *, at_s: int = 0, **more: object) -> InnerStep:
    times: dict[str, Any] = {} if state in {"blocked", "waiting"} else {
        "started_at": BEGAN + dt.timedelta(seconds=at_s), "ended_at": BEGAN + dt.timedelta(seconds=at_s + 2),
    }  # fmt: skip
    return InnerStep(name=name, kind=kind, state=state, **{**times, **more})  # type: ignore[arg-type]


STEPS = (
    step("stg"),
    step("daily", at_s=2, after=("stg",), dataset="daily"),
    step("worst", at_s=4, after=("daily", "stg"), dataset="worst"),
    step("not_null_day", "test", at_s=4, after=("daily",)),
    step("few_days", "test", at_s=4, after=("daily",), error="warn: Got 3 results"),
)
TESTS = (
    InnerTest(name="not_null_day", verdict="pass", dataset="daily", column="day", failing_rows=0),
    InnerTest(name="few_days", verdict="warn", dataset="daily", failing_rows=3, message="Got 3 results"),
    InnerTest(name="an_audit", verdict="pass", dataset="worst"),
)
STG = "select day, amount, note from main.raw where amount > 0"


class Graphed(Shell):
    """A command that tells of a graph of its own, as dbt does."""

    def poll(self, job: Job, handle: str, cursor: str) -> Poll:
        poll = super().poll(job, handle, cursor)
        if poll.state is JobState.FAILED:
            failed = (
                step("stg"),
                step("daily", state="failed", at_s=2, after=("stg",), error="no such column", dataset="daily"),
                step("worst", state="blocked", after=("daily",), dataset="worst"),
                step("cut off", state="running", at_s=3, ended_at=None),
            )
            return replace(poll, steps=failed)
        return poll

    def collect(self, job: Job, handle: str) -> Outcome:
        inside = (
            InnerTable(name=("w", "main", "raw"), columns=("day", "amount", "note"), input="raw"),
            InnerTable(name=("w", "main", "stg"), columns=("day", "amount", "note"), query=STG),
            InnerTable(
                name=("w", "main", "daily"), columns=("day", "total"), dataset="daily",
                query="with s as (select * from stg) select day, sum(amount) as total from s group by day",
            ),
            InnerTable(
                name=("w", "main", "worst"), columns=("peak",), dataset="worst", query="select max(total) as peak from daily",
            ),
        )  # fmt: skip
        return replace(super().collect(job, handle), steps=STEPS, tests=TESTS, inside=inside)


@pytest.fixture(autouse=True)
def _graphed(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    find_tool.cache_clear()
    monkeypatch.setattr("meshwright.tools.shell.Shell", Graphed)
    yield
    find_tool.cache_clear()


@pytest.fixture
def mesh(tmp_path: Path) -> Workspace:
    write_file(tmp_path, "mesh.yaml", "meshwright: 1\nname: try\nopenlineage: {file: lineage.ndjson}\n")
    write_file(tmp_path, "domains/ops/domain.yaml", "name: ops\npurpose: Trying.\nowners: [team:ops]\n")
    write_file(
        tmp_path,
        "domains/ops/sales/models/raw.sql",
        "select unnest([1, 2, 3]) as day, 4.5 as amount, 'x' as note, 0 as unread",
    )
    write_file(
        tmp_path,
        "domains/ops/marts/pipeline.yaml",
        f"""
        nodes:
          marts:
            shell: |
              {sys.executable} -c "import duckdb, os; out = os.environ['MESHWRIGHT_TABLES']; \\
              duckdb.sql('select 1 as day, 4.5 as total').write_parquet(out + '/daily.parquet'); \\
              duckdb.sql('select 4.5 as peak').write_parquet(out + '/worst.parquet')"
            inputs: {{raw: ops.sales.raw}}
            datasets: [daily, worst]
        """,
    )
    write_file(tmp_path, "domains/ops/report/models/summary.sql", "select peak * 2 as high from ops.marts.worst")
    return open_workspace(tmp_path)


def edges(workspace: Workspace, column: str) -> set[tuple[str, str, Influence]]:
    return set(lineage(workspace, column).edges)


def test_columns_are_followed_through_a_tool_once_it_has_run(mesh: Workspace) -> None:
    before = lineage(mesh, "ops.report.summary.high")
    assert before.edges == ()
    assert before.notes == (
        "columns of ops.marts.worst are not followed, only tables: they are known when ops.marts.marts has run",
    )
    raw = lineage(mesh, "ops.sales.raw.amount")
    assert raw.edges == ()
    assert raw.notes == tuple(
        f"columns of ops.marts.{name} are not followed, only tables: they are known when ops.marts.marts has run"
        for name in ("daily", "worst")
    )
    assert apply(mesh, RunOptions()).state is RunState.SUCCEEDED
    assert edges(mesh, "ops.report.summary.high") == {
        ("ops.sales.raw.amount", "ops.marts.daily.total", Influence.DIRECT),
        ("ops.sales.raw.day", "ops.marts.daily.total", Influence.INDIRECT),
        ("ops.marts.daily.total", "ops.marts.worst.peak", Influence.DIRECT),
        ("ops.marts.worst.peak", "ops.report.summary.high", Influence.DIRECT),
    }
    found = lineage(mesh, "ops.sales.raw.amount")
    assert "ops.report.summary.high" in found.nodes
    assert found.notes == ()
    assert edges(mesh, "ops.sales.raw.unread") == set()


def test_impact_goes_through_a_tool(mesh: Workspace) -> None:
    apply(mesh, RunOptions())
    found = {usage.dataset: (usage.reads, usage.gives) for usage in impact(mesh, "ops.sales.raw.amount").usages}
    assert found["ops.marts.daily"][1] == ("ops.marts.daily.day", "ops.marts.daily.total")
    # worst reads daily inside of the tool, and the files do not say so.
    assert found["ops.marts.worst"] == (("ops.sales.raw.amount",), ("ops.marts.worst.peak",))
    assert found["ops.report.summary"] == (("ops.marts.worst.peak",), ("ops.report.summary.high",))
    # The tool may read a column in what it yields to nobody: it is a use. What it makes is not made from it.
    assert [usage.dataset for usage in impact(mesh, "ops.sales.raw.unread").usages] == ["ops.marts.marts"]


def test_lineage_is_that_of_the_newest_run_of_these_files(mesh: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    apply(mesh, RunOptions())
    pipeline = mesh.root / "domains/ops/marts/pipeline.yaml"
    first = pipeline.read_text()
    monkeypatch.setattr("tests.app.test_inner_graphs.STG", "select day, amount, note from main.raw where note > ''")
    pipeline.write_text(first.replace("import duckdb, os", "import duckdb, os, re"))
    again = apply(mesh, RunOptions())
    assert again.state is RunState.SUCCEEDED
    note = ("ops.sales.raw.note", "ops.marts.daily.day", Influence.INDIRECT)
    assert note in edges(mesh, "ops.marts.daily.day")
    pipeline.write_text(first)
    assert note not in edges(mesh, "ops.marts.daily.day")


def test_the_card_of_a_node_shows_the_graph_inside(mesh: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    card = show(mesh, "ops.marts.marts")
    assert isinstance(card, DatasetCard)
    assert card.inside is None
    report = apply(mesh, RunOptions())
    assert main(["-C", str(mesh.root), "show", "ops.marts.marts"]) == 0
    shown = capsys.readouterr().out
    assert f"inside, as of run {report.run_id}:" in shown
    tree = shown.partition(f"{report.run_id}:\n")[2].partition("\n\n")[0].splitlines()
    assert tree == [
        "  succeeded model stg (2.0 s)",
        "    succeeded model daily -> daily (2.0 s)",
        "      succeeded model worst -> worst (2.0 s), after stg too",
        "      passed test not_null_day (2.0 s)",
        "      succeeded test few_days (2.0 s): warn: 3 failing rows: Got 3 results",
        "  passed test an_audit -> worst",
    ]
    assert main(["-C", str(mesh.root), "show", "ops.marts.marts", "--json"]) == 0
    inside = json.loads(capsys.readouterr().out)["inside"]
    assert inside["run_id"] == report.run_id
    steps = {each["name"]: each for each in inside["steps"]}
    assert steps["worst"] == {
        "name": "worst", "kind": "model", "state": "succeeded", "after": ["daily", "stg"], "seconds": 2.0,
        "started_at": "2026-01-01T12:00:04+00:00", "ended_at": "2026-01-01T12:00:06+00:00", "error": None,
        "dataset": "worst", "verdict": None, "address": "ops.marts.worst",
    }  # fmt: skip
    assert {name: each["verdict"] for name, each in steps.items()} == {
        "stg": None, "daily": None, "worst": None, "not_null_day": "pass", "few_days": "warn", "an_audit": "pass",
    }  # fmt: skip
    # What stands is used again, and the graph is that of the run that made it; of a sandbox that has none too.
    apply(mesh, RunOptions())
    create_sandbox(mesh, SandboxWish(name="try-out"))
    for environment in ("prod", "try-out"):
        card = show(mesh, "ops.marts.marts", environment)
        assert isinstance(card, DatasetCard)
        assert card.inside is not None
        assert card.inside.run_id == report.run_id


def break_it(mesh: Workspace) -> None:
    write_file(
        mesh.root,
        "domains/ops/marts/pipeline.yaml",
        "nodes:\n  marts: {shell: 'exit 3', inputs: {raw: ops.sales.raw}, datasets: [daily, worst]}\n",
    )


def test_the_card_of_a_node_that_failed_shows_where(mesh: Workspace) -> None:
    apply(mesh, RunOptions())
    break_it(mesh)
    report = apply(mesh, RunOptions())
    card = show(mesh, "ops.marts.marts")
    assert isinstance(card, DatasetCard)
    assert card.inside is not None
    assert card.inside.run_id == report.run_id
    assert {each.name: each.state for each in card.inside.steps} == {
        "stg": "succeeded", "daily": "failed", "worst": "blocked", "cut off": "running",
    }  # fmt: skip


Event = dict[str, Any]


def events_of(mesh: Workspace) -> list[Event]:
    return [json.loads(line) for line in (mesh.root / "lineage.ndjson").read_text().splitlines()]


def of(events: list[Event], name: str) -> dict[str, Event]:
    return {event["eventType"]: event for event in events if event["job"]["name"] == name}


def test_inner_steps_are_runs_below_the_run_of_the_node(mesh: Workspace) -> None:
    report = apply(mesh, RunOptions())
    events = events_of(mesh)
    assert [found for event in events for found in problems(event)] == []
    node, run = of(events, "ops.marts.marts")["START"], of(events, "run")["START"]
    inner = [event for event in events if event["job"]["name"].startswith("ops.marts.marts.")]
    assert {event["job"]["name"].removeprefix("ops.marts.marts.") for event in inner} == {
        "stg", "daily", "worst", "not_null_day", "few_days",  # an_audit has no times
    }  # fmt: skip
    for event in inner:
        parent = event["run"]["facets"]["parent"]
        assert parent["run"]["runId"] == node["run"]["runId"]
        assert parent["job"]["name"] == "ops.marts.marts"
        assert parent["root"]["run"]["runId"] == run["run"]["runId"]
    assert len({event["run"]["runId"] for event in events}) == len(events) / 2
    worst = of(events, "ops.marts.marts.worst")
    assert worst["START"]["eventTime"] == "2026-01-01T12:00:04Z"
    assert worst["COMPLETE"]["eventTime"] == "2026-01-01T12:00:06Z"
    assert worst["COMPLETE"]["job"]["facets"]["jobType"]["jobType"] == "MODEL"
    assert [each["name"] for each in worst["COMPLETE"]["inputs"]] == ["ops.marts.daily"]
    daily = of(events, "ops.marts.marts.daily")
    (output,) = daily["COMPLETE"]["outputs"]
    assert output["name"] == "ops.marts.daily"
    assert {
        (each["name"], each["field"]) for each in output["facets"]["columnLineage"]["fields"]["total"]["inputFields"]
    } == {("ops.sales.raw", "amount")}
    assert "columnLineage" not in daily["START"]["outputs"][0]["facets"]
    (read,) = daily["COMPLETE"]["inputs"]
    assert read["facets"]["version"]["datasetVersion"] == next(
        each.version for each in report.steps if each.key == "build:ops.sales.raw"
    )
    (tested,) = of(events, "ops.marts.marts.few_days")["COMPLETE"]["inputs"]
    (found,) = tested["inputFacets"]["dataQualityAssertions"]["assertions"]
    assert (tested["name"], found["success"], found["severity"]) == ("ops.marts.daily", False, "warn")
    # The step that takes the table over has the lineage too, in this very run.
    taken = of(events, "ops.marts.daily")["COMPLETE"]["outputs"][0]["facets"]
    assert taken["columnLineage"] == output["facets"]["columnLineage"]


def test_inner_steps_that_failed_or_were_broken_off_are_told_as_that(mesh: Workspace) -> None:
    break_it(mesh)
    report = apply(mesh, RunOptions())
    events = events_of(mesh)
    assert [found for event in events for found in problems(event)] == []
    daily = of(events, "ops.marts.marts.daily")
    assert daily["FAIL"]["run"]["facets"]["errorMessage"]["message"] == "no such column"
    assert set(of(events, "ops.marts.marts.stg")) == {"START", "COMPLETE"}
    assert set(of(events, "ops.marts.marts.worst")) == set()  # it never began
    assert set(of(events, "ops.marts.marts.cut off")) == {"START", "ABORT"}
    told = sorted(json.dumps(event, sort_keys=True) for event in events)
    assert sorted(json.dumps(event, sort_keys=True) for event in run_events(mesh, report.run_id).events) == told


def test_the_record_tells_the_inner_steps_that_were_sent(mesh: Workspace) -> None:
    report = apply(mesh, RunOptions())
    sent = [event for event in events_of(mesh) if event["job"]["name"].startswith("ops.marts.")]
    told = [
        event for event in run_events(mesh, report.run_id).events if str(event["job"]["name"]).startswith("ops.marts.")
    ]  # type: ignore[index]
    assert sorted(json.dumps(event, sort_keys=True) for event in told) == sorted(
        json.dumps(event, sort_keys=True) for event in sent
    )


def test_a_variation_takes_the_tables_of_its_own_job(mesh: Workspace) -> None:
    apply(mesh, RunOptions())
    pipeline = mesh.root / "domains/ops/marts/pipeline.yaml"
    text = pipeline.read_text().replace("4.5 as peak", "$MESHWRIGHT_PARAM_PEAK as peak")
    write_file(mesh.root, "domains/ops/marts/pipeline.yaml", "params: {peak: 4.5}\n" + textwrap.dedent(text))
    with pipeline.open("a") as file:
        file.write("variations: {late: {params: {peak: 9.5}}}\n")
    assert apply(mesh, RunOptions(variation="late")).state is RunState.SUCCEEDED
    assert rows(mesh, 'select peak from ops.marts."worst@late"') == [{"peak": Decimal("9.5")}]
    found = edges(mesh, "ops.marts.worst@late.peak")
    assert ("ops.marts.daily@late.total", "ops.marts.worst@late.peak", Influence.DIRECT) in found
