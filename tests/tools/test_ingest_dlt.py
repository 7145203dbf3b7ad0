"""Sources loaded by the real dlt."""

from __future__ import annotations

import time
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from meshwright.tools.ingest import Ingest
from meshwright.tools.protocol import JobState, Poll
from tests.tools.crashing import start_and_die
from tests.tools.driving import drive, follow, job_of
from tests.tools.installed import tool_bin

pytestmark = pytest.mark.tools
TOOL = Ingest()
SOURCE = """
import os
import dlt
from names import CARRIERS

@dlt.source
def source(count: int = 3, token: str = dlt.secrets.value):
    print("token of", len(token), "letters")

    @dlt.resource(primary_key="id", write_disposition="merge")
    def bookings():
        with open("ran", "a") as file:
            file.write("ran\\n")
        for number in range(count):
            yield {"id": number, "carrier": CARRIERS[number % 2], "legs": [{"to": "EWR"}] * number, "At": "2026-01-01T00:00:00Z"}
        yield {"id": 0, "carrier": "again", "legs": []}

    @dlt.resource
    def broken():
        yield {"id": 1}
        raise ValueError("the service answered 17 rows of 18")

    @dlt.resource
    def slow():
        import time
        yield {"id": 1}
        time.sleep(60)

    @dlt.resource
    def empty():
        yield from ()

    return bookings, broken, slow, empty

@dlt.resource(primary_key="id", write_disposition="merge", columns={"note": {"data_type": "text"}})
def moving(up_to: int, seen=dlt.sources.incremental("id", initial_value=0)):
    print("from", seen.last_value)
    for number in range(seen.last_value, up_to):
        yield {"id": number, "note": f"as of {up_to}"}

def nothing():
    return 3
"""
TOKEN = {"SOURCES__BOOKINGS__TOKEN": "canary-4711"}


@pytest.fixture
def mesh(tmp_path: Path) -> Path:
    (tmp_path / "sources").mkdir()
    (tmp_path / "sources/bookings.py").write_text(SOURCE)
    (tmp_path / "sources/names.py").write_text("CARRIERS = ['UA', 'AA']")
    return tmp_path


def options(**more: object) -> dict:
    found = {
        "dlt": "sources/bookings.py:source",
        "resource": "bookings",
        "bin": str(tool_bin("dlt")),
        "variables": TOKEN,
    }
    return {**found, **more}


def ended(job: object, handle: str) -> Poll:
    while (poll := TOOL.poll(job, handle, "")).state is JobState.RUNNING:  # type: ignore[arg-type]
        time.sleep(0.1)
    return poll


def test_the_table_of_a_resource_comes_back_with_its_steps_and_what_was_loaded(mesh: Path) -> None:
    job = job_of(mesh, options(), datasets=("orders",), params={"count": 5, "unrelated": 1})
    driven = drive(TOOL, job)
    assert driven.state is JobState.SUCCEEDED, driven.error
    assert driven.lines[:3] == ["token of 11 letters", "extract", "normalize"]
    outcome = driven.outcome
    assert outcome is not None
    table = pq.read_table(outcome.tables["orders"].files[0])
    assert table.column_names == ["id", "carrier", "at"]
    assert sorted(table["id"].to_pylist()) == [0, 1, 2, 3, 4]  # merged by its key, as dlt does it
    assert outcome.values["rows"] == 5
    assert outcome.values["tables"] == {"bookings": 5, "bookings__legs": 10}
    assert outcome.values["columns"] == {"id": "bigint", "carrier": "text", "at": "timestamp"}
    assert [(step.name, step.state, step.after) for step in outcome.steps] == [
        ("extract", "succeeded", ()), ("normalize", "succeeded", ("extract",)), ("load", "succeeded", ("normalize",)),
    ]  # fmt: skip
    assert all(step.started_at and step.ended_at for step in outcome.steps)
    assert outcome.costs["cpu_s"] > 0


def test_a_child_table_is_taken_by_its_name_and_nothing_nested_where_that_is_wanted(mesh: Path) -> None:
    driven = drive(TOOL, job_of(mesh, options(table="bookings__legs", dlt_columns=True), datasets=("legs",)))
    assert driven.outcome is not None
    names = pq.read_table(driven.outcome.tables["legs"].files[0]).column_names
    assert names[0] == "to"
    assert "_dlt_parent_id" in names
    whole = drive(TOOL, job_of(mesh, options(nesting=0), datasets=("orders",), job_id="job-2"))
    assert whole.outcome is not None
    assert pq.read_table(whole.outcome.tables["orders"].files[0]).column_names == ["id", "carrier", "legs", "at"]


@pytest.mark.parametrize(
    ("more", "words", "is_retryable"),
    [
        ({"resource": "broken"}, "extract: ValueError: the service answered 17 rows of 18", True),
        ({"resource": "none"}, "the source has no resource 'none'; resources: bookings, broken, empty, slow", False),
        ({"dlt": "sources/bookings.py:sources"}, "bookings.py has no 'sources'; it has moving, nothing, source", False),
        ({"dlt": "sources/bookings.py:nothing"}, "nothing gave a int, and no source or resource of dlt", False),
        ({"resource": "empty"}, "no table 'empty' was loaded (tables: none)", False),
        ({"table": "other"}, "no table 'other' was loaded (tables: bookings, bookings__legs)", False),
        ({"variables": {}}, "Missing 1 field(s) in configuration `SourceConfiguration`: `token`", False),
        ({"args": {"cuont": 1}}, "unexpected keyword argument 'cuont'", False),
    ],
)
def test_a_failure_is_told_in_the_words_of_the_source(mesh: Path, more: dict, words: str, is_retryable: bool) -> None:
    job = job_of(mesh, options(**more), datasets=("orders",))
    poll = ended(job, TOOL.start(job))
    assert poll.state is JobState.FAILED
    assert poll.error is not None
    assert words in poll.error
    assert poll.is_retryable is is_retryable


def test_a_source_with_several_resources_and_none_named_lists_them(mesh: Path) -> None:
    given = {key: value for key, value in options().items() if key != "resource"}
    poll = ended(job := job_of(mesh, given, datasets=("orders",)), TOOL.start(job))
    assert (
        poll.error == "the source has several resources; say which one with 'resource': bookings, broken, empty, slow"
    )


def test_secrets_are_in_no_file_of_the_job(mesh: Path) -> None:
    job = job_of(mesh, options(variables={}, args={"token": "canary-4711"}), datasets=("orders",))
    assert drive(TOOL, job).state is JobState.SUCCEEDED
    for path in job.scratch.rglob("*"):
        assert path.is_dir() or b"canary-4711" not in path.read_bytes(), path


def test_an_incremental_load_goes_on_where_the_last_outcome_was_taken(mesh: Path) -> None:
    def load(job_id: str, up_to: int) -> tuple[list[str], dict[int, str]]:
        given = options(dlt="sources/bookings.py:moving", resource="moving", incremental=True)
        job = job_of(mesh, given, job_id=job_id, datasets=("orders",), params={"up_to": up_to})
        driven = drive(TOOL, job)
        assert driven.outcome is not None, driven.error
        TOOL.collect(job, driven.handle)  # twice is once
        table = pq.read_table(driven.outcome.tables["orders"].files[0]).to_pydict()
        return driven.lines, dict(zip(table["id"], table["note"], strict=True))

    lines, rows = load("job-1", 2)
    assert "from 0" in lines
    lines, rows = load("job-2", 4)
    assert "from 1" in lines
    assert rows == {0: "as of 2", 1: "as of 2", 2: "as of 4", 3: "as of 4"}
    kept = mesh / ".meshwright/ingest/prod/sales.orders.task"
    assert sorted(path.name for path in kept.iterdir()) == ["current", "job-2"]
    # A load whose outcome nobody took leaves no trace, and one without its folder begins anew.
    (kept / "current").unlink()
    lines, rows = load("job-3", 4)
    assert "from 0" in lines
    assert sorted(rows) == [0, 1, 2, 3]


def test_a_load_outlives_the_process_that_started_it_and_runs_once(mesh: Path) -> None:
    start_and_die("meshwright.tools.ingest:Ingest", mesh, options(), datasets=["orders"])
    job = job_of(mesh, options(), datasets=("orders",))
    assert TOOL.find(job) is not None
    assert TOOL.start(job) == TOOL.find(job)
    assert drive(TOOL, job).state is JobState.SUCCEEDED
    assert (mesh / "ran").read_text() == "ran\n"


def test_a_cancelled_load_says_where_it_was(mesh: Path) -> None:
    job = job_of(mesh, options(resource="slow"), datasets=("orders",))
    handle = TOOL.start(job)
    until = time.monotonic() + 60
    while [step.state for step in TOOL.poll(job, handle, "").steps][:1] != ["running"]:
        assert time.monotonic() < until
        time.sleep(0.05)
    TOOL.cancel(job, handle)
    driven = follow(TOOL, job, handle)
    assert driven.state is JobState.CANCELLED
    assert [step.state for step in driven.steps] == ["cancelled", "blocked", "blocked"]


def test_a_python_without_dlt_says_how_to_install_it(mesh: Path) -> None:
    job = job_of(mesh, options(bin=str(tool_bin("spark"))), datasets=("orders",))
    poll = ended(job, TOOL.start(job))
    assert poll.error is not None
    assert "dlt with DuckDB is not installed in" in poll.error
    assert "pip install 'dlt[duckdb]'" in poll.error
    assert not poll.is_retryable
