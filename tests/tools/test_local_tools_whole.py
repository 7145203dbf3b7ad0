"""Tools that are programs on this machine, in a whole mesh: checked, run, nothing to do again, and held back where they fail."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from meshwright.app.apply import RunOptions, apply
from meshwright.app.check import check
from meshwright.run.report import StepState
from meshwright.state.records import RunState
from tests.app.test_outside_nodes import PIPELINE, actions, mesh_of, rows, states
from tests.meshes import write_file
from tests.tools.installed import tool_bin
from tests.tools.notebooks import write_notebook
from tests.tools.test_ingest_singer import SCHEMA, TAP, record

FLIGHTS = "flights: {source: {path: data/flights.csv, format: csv}, columns: {carrier: VARCHAR, delay: BIGINT}}"


def data_of(root: Path) -> None:
    write_file(root, "data/flights.csv", "carrier,delay\nUA,1\nAA,2\n,400\n")


def test_a_tap_is_ingested_and_copied_out_after_publication_once_for_each_version(tmp_path: Path) -> None:
    import sys

    write_file(tmp_path, "bin/tap-small", TAP.format(python=sys.executable)).chmod(0o755)
    messages = [SCHEMA, record(1, note="a"), record(2, note="b")]
    config = json.dumps({"streams": ["orders"], "messages": messages})
    workspace = mesh_of(
        tmp_path,
        "nodes:\n"
        f"  orders: {{ingest: {{singer: tap-small, bin: bin, config: {config}}}, refresh: schedule}}\n"
        "  out: {copy: exports/late.csv, inputs: [late]}\n",
        late="select id, note from orders where id > 1",
    )
    assert check(workspace).ok
    assert apply(workspace, RunOptions()).state is RunState.SUCCEEDED
    assert rows(workspace, "select id from ops.flights.orders order by id") == [{"id": 1}, {"id": 2}]
    assert (tmp_path / "exports/late.csv").read_text() == "id,note\n2,b\n"
    again = actions(workspace)
    assert set(again.values()) <= {"reuse"}
    (tmp_path / "exports/late.csv").unlink()
    assert apply(workspace, RunOptions()).state is RunState.SUCCEEDED
    assert not (tmp_path / "exports/late.csv").exists()  # the same version is copied once


def test_what_fails_to_come_publishes_nothing_and_copies_nothing(tmp_path: Path) -> None:
    import sys

    write_file(tmp_path, "bin/tap-small", TAP.format(python=sys.executable)).chmod(0o755)
    config = json.dumps({"streams": ["orders"], "messages": [], "status": 1, "says": ["CRITICAL 401 no"]})
    workspace = mesh_of(
        tmp_path,
        "nodes:\n"
        f"  orders: {{ingest: {{singer: tap-small, bin: bin, config: {config}}}}}\n"
        "  out: {copy: exports/orders.csv, inputs: [orders]}\n",
    )
    report = apply(workspace, RunOptions())
    assert report.state is RunState.FAILED
    assert not report.published
    assert states(report) == {"orders": "failed", "out": "blocked"}
    failed = next(step for step in report.steps if step.state is StepState.FAILED)
    assert "CRITICAL 401 no" in str(failed.error)
    assert not (tmp_path / "exports").exists()


def test_wrong_options_are_found_at_their_place(tmp_path: Path) -> None:
    data_of(tmp_path)
    text = f"nodes:\n  {FLIGHTS}\n  out: {{copy: {{to: ../out.csv, colums: [a]}}, inputs: [flights]}}\n"
    found = [
        (each.span.line, each.span.column, each.message)
        for each in check(mesh_of(tmp_path, text)).diagnostics
        if each.span
    ]
    assert (3, 40, "unknown key 'colums' ('copy' of node 'out')") in [
        (line, column, text) for line, column, text in found
    ]
    assert any("leads out of its folder" in message for _, _, message in found)


@pytest.mark.tools
def test_a_notebook_makes_a_dataset_that_a_model_reads_and_its_error_holds_it_back(tmp_path: Path) -> None:
    data_of(tmp_path)
    code = "import duckdb\nduckdb.read_parquet(meshwright_inputs['flights']).write_parquet(meshwright_tables + '/scores.parquet')"
    notebook = tmp_path / PIPELINE.replace("pipeline.yaml", "scores.ipynb")
    text = (
        f"nodes:\n  {FLIGHTS}\n"
        f"  report: {{notebook: {{path: scores.ipynb, bin: {tool_bin('papermill')}}}, inputs: [flights],\n"
        "           datasets: {scores: {columns: {carrier: VARCHAR, delay: BIGINT}}}}\n"
    )
    notebook.parent.mkdir(parents=True)
    write_notebook(notebook, code)
    workspace = mesh_of(tmp_path, text, late="select * from scores where delay > 1")
    assert apply(workspace, RunOptions()).state is RunState.SUCCEEDED
    assert len(rows(workspace, "select * from ops.flights.late")) == 2
    assert set(actions(workspace).values()) <= {"reuse"}
    write_notebook(notebook, code, "raise ValueError('no')")
    report = apply(workspace, RunOptions())
    assert not report.published
    assert len(rows(workspace, "select * from ops.flights.late")) == 2


@pytest.mark.tools
def test_an_expectation_that_stops_holds_the_publication_back_and_one_that_warns_does_not(tmp_path: Path) -> None:
    data_of(tmp_path)
    suite = PIPELINE.replace("pipeline.yaml", "suite.json")

    def suite_of(severity: str) -> None:
        kwargs = {"column": "carrier"}
        expectation = {"type": "expect_column_values_to_not_be_null", "kwargs": kwargs, "severity": severity}
        write_file(tmp_path, suite, json.dumps({"name": "s", "expectations": [expectation]}))

    bin_folder = tool_bin("great_expectations")
    text = (
        f"nodes:\n  {FLIGHTS}\n"
        f"  sure: {{great_expectations: {{suite: suite.json, bin: {bin_folder}}}, inputs: [flights]}}\n"
    )
    suite_of("critical")
    workspace = mesh_of(tmp_path, text)
    report = apply(workspace, RunOptions())
    assert not report.published
    failed = next(step for step in report.steps if step.state is StepState.FAILED)
    assert "1 of 1 expectations failed" in str(failed.error)
    suite_of("warning")
    assert apply(workspace, RunOptions()).state is RunState.SUCCEEDED
    assert set(actions(workspace).values()) <= {"reuse"}
