"""Runs that others start: under an id of their choice, once, with their cause on record."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from meshwright.app.apply import RunOptions, apply, recorded_cause, resume
from meshwright.app.runs import list_runs, show_run
from meshwright.app.workspace import open_workspace
from meshwright.diagnostics import InputError, RefusedError
from meshwright.model.causes import Cause, CauseKind, cause_document, cause_of, cause_words
from tests.meshes import write_file, write_mesh

AT = dt.datetime(2026, 3, 1, 5, tzinfo=dt.UTC)
CAUSE = Cause(kind=CauseKind.SCHEDULE, name="sales.orders:schedule", at=AT, key="prod sales.orders:schedule 2026-03-01")


def test_a_run_has_the_id_and_the_cause_of_its_starter(tmp_path: Path) -> None:
    workspace = open_workspace(write_mesh(tmp_path))
    report = apply(workspace, RunOptions(run_id="firing-000001", cause=CAUSE))
    assert report.run_id == "firing-000001"
    assert recorded_cause(show_run(workspace, "firing-000001").run) == CAUSE


def test_a_second_run_of_an_id_is_refused(tmp_path: Path) -> None:
    workspace = open_workspace(write_mesh(tmp_path))
    apply(workspace, RunOptions(run_id="firing-000001", cause=CAUSE))
    with pytest.raises(RefusedError, match="MW-S001"):
        apply(workspace, RunOptions(run_id="firing-000001"))
    # A longer id is another one, though the shorter one begins it.
    assert apply(workspace, RunOptions(run_id="firing-0000012")).run_id == "firing-0000012"
    assert len(list_runs(workspace)) == 2


@pytest.mark.parametrize("id_", ["", "short", "with blank", "-begins", "x" * 65, "../../etc/passwd"])
def test_what_is_no_id_is_refused(tmp_path: Path, id_: str) -> None:
    with pytest.raises(InputError, match="MW-S002"):
        apply(open_workspace(write_mesh(tmp_path)), RunOptions(run_id=id_))


def test_a_cause_is_read_back_and_told() -> None:
    cause = Cause(kind=CauseKind.EVENT, name="a.b:closed", at=AT, events=("/x 1", "/x 2", "/x 3", "/x 4"))
    assert cause_of(cause_document(cause)) == cause
    assert cause_words(cause) == "event a.b:closed for 2026-03-01 05:00:00Z (/x 1, /x 2, /x 3 ...)"
    with pytest.raises(ValueError, match="time zone"):
        Cause(kind=CauseKind.API, name="x", at=AT.replace(tzinfo=None))


def test_a_run_that_ended_is_not_resumed_under_its_id(tmp_path: Path) -> None:
    workspace = open_workspace(write_mesh(tmp_path))
    apply(workspace, RunOptions(run_id="firing-000001", cause=CAUSE))
    with pytest.raises(InputError, match="MW-R010"):
        resume(workspace, "firing-000001")


def test_a_value_of_a_wrong_type_is_told_even_where_no_node_uses_the_parameter(tmp_path: Path) -> None:
    workspace = open_workspace(write_mesh(tmp_path))
    write_file(tmp_path, "domains/sales/totals/pipeline.yaml", "params: {least: {type: integer, default: 0}}\n")
    with pytest.raises(InputError, match="MW-R014"):
        apply(workspace, RunOptions(params={"least": "many"}))
