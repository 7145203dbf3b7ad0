"""Notebooks executed by the real papermill, with a real kernel."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from meshwright.tools.notebook import Notebook
from meshwright.tools.protocol import JobState, Table
from tests.tools.crashing import start_and_die
from tests.tools.driving import drive, follow, job_of
from tests.tools.installed import tool_bin
from tests.tools.notebooks import write_notebook

pytestmark = pytest.mark.tools
TOOL = Notebook()


def options(**more: object) -> dict:
    return {"path": "report.ipynb", "bin": str(tool_bin("papermill")), **more}


def rows(tmp_path: Path) -> Table:
    path = tmp_path / "rows.parquet"
    pq.write_table(pa.table({"carrier": ["UA", "AA", "UA"], "delay": [1, 2, 3]}), path)
    return Table(files=(path,))


def test_parameters_go_in_and_values_tables_cells_and_the_notebook_come_out(tmp_path: Path) -> None:
    write_notebook(
        tmp_path / "report.ipynb",
        "#params\nlimit = 1\nratio = 0.0\nname = ''\nmissing = 1",
        "%%md # Delays",
        "import duckdb, json, os\n"
        "print(limit, repr(ratio), name, missing, os.environ['GREETING'])\n"
        "rows = duckdb.read_parquet(meshwright_inputs['flights'])",
        "json.dump({'rows': len(rows), 'job': meshwright_job}, open(meshwright_values, 'w'))\n"
        "duckdb.sql('from rows where carrier = \\'UA\\'').write_parquet(meshwright_tables + '/united.parquet')",
    )
    job = job_of(
        tmp_path, options(variables={"GREETING": "hallo"}), inputs={"flights": rows(tmp_path)}, datasets=("united",),
        params={"limit": 7, "ratio": 1e16, "name": "Jürgen {x} 'q' \U0001f600", "missing": None},
    )  # fmt: skip
    driven = drive(TOOL, job)
    assert driven.state is JobState.SUCCEEDED, driven.error
    assert "7 1e+16 Jürgen {x} 'q' \U0001f600 None hallo" in driven.lines
    outcome = driven.outcome
    assert outcome is not None
    assert outcome.values == {"rows": 3, "job": job.id}
    assert pq.read_table(outcome.tables["united"].files[0]).num_rows == 2
    assert [(step.name, step.state, step.after) for step in outcome.steps] == [
        ("cell 1", "succeeded", ()), ("cell 3", "succeeded", ("cell 1",)), ("cell 4", "succeeded", ("cell 3",)),
    ]  # fmt: skip
    assert all(step.started_at and step.ended_at and step.started_at <= step.ended_at for step in outcome.steps)
    assert outcome.costs["cpu_s"] > 0
    kept = tmp_path / f".meshwright/notebooks/sales.orders.task/{job.id}.ipynb"
    assert outcome.url == kept.as_uri()
    assert "hallo" in kept.read_text()


def test_an_error_is_told_in_the_words_of_the_notebook_with_its_cell(tmp_path: Path) -> None:
    write_notebook(
        tmp_path / "report.ipynb",
        "%%md one",
        "x = 1",
        "def f(n):\n    raise ValueError('no flights on day %d' % n)\nf(7)",
        "3",
    )
    job = job_of(tmp_path, options(keep="kept"), params={"day": 1})
    driven = drive(TOOL, job)
    assert driven.state is JobState.FAILED
    assert driven.error is not None
    first, *trace = driven.error.splitlines()
    assert first == "cell 3 of report.ipynb: ValueError: no flights on day 7"
    assert any("raise ValueError" in line for line in trace)
    assert "\x1b" not in driven.error
    assert [(step.name, step.state) for step in driven.steps] == [
        ("cell 2", "succeeded"), ("cell 3", "failed"), ("cell 4", "blocked"),
    ]  # fmt: skip
    assert driven.steps[1].error == "ValueError: no flights on day 7"
    assert "no flights on day 7" in (tmp_path / f"kept/sales.orders.task/{job.id}.ipynb").read_text()


def test_cells_are_seen_while_they_run_and_a_cancelled_notebook_ends_with_its_kernel(tmp_path: Path) -> None:
    write_notebook(
        tmp_path / "report.ipynb",
        "import os, pathlib\npathlib.Path('kernel').write_text(str(os.getpid()))",
        "import time\ntime.sleep(60)",
        "1",
    )
    job = job_of(tmp_path, options())
    handle = TOOL.start(job)
    until = time.monotonic() + 60
    states: list[str] = []
    cursor = ""
    while states[:2] != ["succeeded", "running"]:
        assert time.monotonic() < until, states
        poll = TOOL.poll(job, handle, cursor)
        assert poll.state is JobState.RUNNING, poll.error
        cursor, states = poll.cursor, [step.state for step in poll.steps] or states
        time.sleep(0.05)
    kernel = Path("/proc") / (tmp_path / "kernel").read_text()
    assert kernel.exists()
    TOOL.cancel(job, handle)
    driven = follow(TOOL, job, handle)
    assert driven.state is JobState.CANCELLED
    assert [step.state for step in driven.steps] == ["succeeded", "cancelled", "cancelled"]
    until = time.monotonic() + 10
    while kernel.exists() and time.monotonic() < until:
        time.sleep(0.02)
    assert not kernel.exists()


def test_a_notebook_outlives_the_process_that_started_it_and_runs_once(tmp_path: Path) -> None:
    write_notebook(
        tmp_path / "report.ipynb",
        "with open('ran', 'a') as file:\n    file.write('ran\\n')",
        "import time\ntime.sleep(0.5)",
    )
    start_and_die("meshwright.tools.notebook:Notebook", tmp_path, options())
    job = job_of(tmp_path, options())
    assert TOOL.find(job) is not None
    assert TOOL.start(job) == TOOL.find(job)
    assert drive(TOOL, job).state is JobState.SUCCEEDED
    assert (tmp_path / "ran").read_text() == "ran\n"


def test_a_kernel_that_is_not_there_is_final(tmp_path: Path) -> None:
    write_notebook(tmp_path / "report.ipynb", "1")
    job = job_of(tmp_path, options(kernel="julia"))
    handle = TOOL.start(job)
    while (poll := TOOL.poll(job, handle, "")).state is JobState.RUNNING:
        time.sleep(0.1)
    assert poll.state is JobState.FAILED
    assert poll.error == "NoSuchKernel: No such kernel named julia"
    assert not poll.is_retryable


def test_a_cell_that_takes_too_long_is_ended(tmp_path: Path) -> None:
    write_notebook(tmp_path / "report.ipynb", "import time\ntime.sleep(60)")
    driven = drive(TOOL, job_of(tmp_path, options(cell_timeout="1s")))
    assert driven.state is JobState.FAILED
    assert driven.error is not None
    assert "CellTimeoutError" in driven.error


def test_a_path_that_looks_like_a_format_is_a_path(tmp_path: Path) -> None:
    folder = tmp_path / "a {b} c"
    folder.mkdir()
    write_notebook(folder / "report.ipynb", "1 + 1")
    assert drive(TOOL, job_of(folder, options())).state is JobState.SUCCEEDED


def test_a_python_without_papermill_says_how_to_install_it(tmp_path: Path) -> None:
    write_notebook(tmp_path / "report.ipynb", "1")
    job = job_of(tmp_path, options(bin=str(tool_bin("spark"))))
    driven = drive(TOOL, job)
    assert driven.state is JobState.FAILED
    assert driven.error is not None
    assert "papermill is not installed in" in driven.error
    assert "pip install papermill ipykernel" in driven.error


def test_only_the_newest_executed_notebooks_are_kept(tmp_path: Path) -> None:
    write_notebook(tmp_path / "report.ipynb", "1")
    job = job_of(tmp_path, options())
    kept = tmp_path / ".meshwright/notebooks/sales.orders.task"
    kept.mkdir(parents=True)
    for number in range(25):
        (kept / f"old-{number}.ipynb").write_text(json.dumps({"cells": []}))
    assert drive(TOOL, job).state is JobState.SUCCEEDED
    names = sorted(path.name for path in kept.iterdir())
    assert len(names) == 20
    assert f"{job.id}.ipynb" in names
