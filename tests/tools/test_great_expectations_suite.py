"""Datasets validated by the real Great Expectations."""

from __future__ import annotations

import json
import subprocess
import time
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from meshwright.tools.great_expectations import GreatExpectations
from meshwright.tools.protocol import JobState, Poll, Table
from tests.tools.crashing import start_and_die
from tests.tools.driving import drive, follow, job_of
from tests.tools.installed import tool_bin

pytestmark = pytest.mark.tools
TOOL = GreatExpectations()


def expectation(kind: str, **kwargs: object) -> dict:
    more = {key: kwargs.pop(key) for key in ("severity", "description") if key in kwargs}
    return {"type": f"expect_{kind}", "kwargs": kwargs, **more}


def options(folder: Path, *expectations: dict, **more: object) -> dict:
    (folder / "suite.json").write_text(json.dumps({"name": "flights", "expectations": expectations}))
    return {"suite": "suite.json", "bin": str(tool_bin("great_expectations")), **more}


@pytest.fixture
def flights(tmp_path: Path) -> dict[str, Table]:
    files = (tmp_path / "0.parquet", tmp_path / "1.parquet")
    pq.write_table(pa.table({"carrier": ["UA", "AA"], "delay": [1, 2]}), files[0])
    pq.write_table(pa.table({"carrier": ["UA", None], "delay": [3, 400]}), files[1])
    return {"flights": Table(files=files)}


def ended(job: object, handle: str) -> Poll:
    while (poll := TOOL.poll(job, handle, "")).state is JobState.RUNNING:  # type: ignore[arg-type]
        time.sleep(0.1)
    return poll


def test_each_expectation_is_a_test_with_the_verdict_of_its_severity(tmp_path: Path, flights: dict[str, Table]) -> None:
    given = options(
        tmp_path,
        expectation("table_row_count_to_be_between", min_value=1, max_value=10),
        expectation("column_values_to_be_between", column="delay", max_value=100, severity="warning", description="no long delays"),
        expectation("column_values_to_be_between", column="delay", min_value=2, severity="info"),
        {"expectation_type": "expect_column_to_exist", "kwargs": {"column": "delay"}},
    )  # fmt: skip
    driven = drive(TOOL, job_of(tmp_path, given, inputs=flights))
    assert driven.outcome is not None, driven.error
    found = {test.name: test for test in driven.outcome.tests}
    assert [(name, test.verdict, test.column, test.failing_rows) for name, test in found.items()] == [
        ("expect_column_to_exist delay", "pass", "delay", None),
        ("expect_column_values_to_be_between delay", "warn", "delay", 1),
        ("expect_column_values_to_be_between delay (2)", "log", "delay", 1),
        ("expect_table_row_count_to_be_between", "pass", None, None),
    ]
    assert {test.dataset for test in found.values()} == {"flights"}
    long = found["expect_column_values_to_be_between delay"].message
    assert long == "no long delays, 1 of 4 rows are unexpected, max_value 100.0"
    assert driven.outcome.values == {"rows": 4, "expectations": 4, "passed": 2, "success": False}
    assert driven.outcome.costs["cpu_s"] > 0
    assert "4 rows of flights" in driven.lines
    assert not any("400" in line for line in driven.lines)  # values of rows are told nowhere
    assert not any("it/s" in line for line in driven.lines)  # nor is progress drawn


def test_an_expectation_that_stops_or_cannot_be_evaluated_fails_the_job(
    tmp_path: Path, flights: dict[str, Table]
) -> None:
    given = options(
        tmp_path,
        expectation("table_row_count_to_be_between", min_value=1, max_value=10),
        expectation("column_values_to_not_be_null", column="carrier"),
        expectation("column_values_to_not_be_null", column="missing", severity="info"),
    )
    poll = ended(job := job_of(tmp_path, given, inputs=flights), TOOL.start(job))
    assert poll.state is JobState.FAILED
    assert poll.is_refused
    assert poll.error is not None
    first, stop, error, *_ = poll.error.splitlines()
    assert first == "2 of 3 expectations failed"
    assert stop == "stop expect_column_values_to_not_be_null carrier (1 rows): 1 of 4 rows are unexpected"
    assert error.startswith("error expect_column_values_to_not_be_null missing: ")
    assert 'The column "missing" in BatchData does not exist' in error
    assert not poll.is_retryable


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (expectation("column_values_to_be_grand", column="carrier"), "expect_column_values_to_be_grand not found"),
        (expectation("column_values_to_be_between", column="carrier", severity="awful"), "severity"),
    ],
)
def test_a_suite_that_is_wrong_is_told_in_its_words_and_final(
    tmp_path: Path, flights: dict[str, Table], wrong: dict, words: str
) -> None:
    job = job_of(tmp_path, options(tmp_path, wrong), inputs=flights)
    poll = ended(job, TOOL.start(job))
    assert poll.state is JobState.FAILED
    assert poll.error is not None
    assert words in poll.error
    assert not poll.is_retryable


PROJECT = """
import great_expectations as gx, sys
context = gx.get_context(mode="file", project_root_dir=sys.argv[1])
asset = context.data_sources.add_pandas("given").add_dataframe_asset("flights")
whole = asset.add_batch_definition_whole_dataframe("whole")
csv = context.data_sources.add_pandas("files").add_csv_asset("own", "own.csv").add_batch_definition("all")
suite = context.suites.add(gx.ExpectationSuite(name="rules", expectations=[
    gx.expectations.ExpectColumnValuesToNotBeNull(column="carrier", severity="warning")]))
for name, batch in (("daily", whole), ("own", csv)):
    definition = context.validation_definitions.add(gx.ValidationDefinition(name=name, data=batch, suite=suite))
    context.checkpoints.add(gx.Checkpoint(name=name, validation_definitions=[definition]))
"""


def test_a_checkpoint_of_a_project_is_run_on_the_dataset_and_leaves_the_project_as_it_is(
    tmp_path: Path, flights: dict[str, Table]
) -> None:
    python = tool_bin("great_expectations") / "python"
    subprocess.run(
        [python, "-c", PROJECT, str(tmp_path)], check=True, env={"GX_ANALYTICS_ENABLED": "false"}, capture_output=True
    )
    before = sorted((path, path.stat().st_mtime_ns) for path in (tmp_path / "gx").rglob("*"))
    given = {"project": "gx", "checkpoint": "daily", "bin": str(tool_bin("great_expectations"))}
    driven = drive(TOOL, job_of(tmp_path, given, inputs=flights))
    assert driven.outcome is not None, driven.error
    (test,) = driven.outcome.tests
    assert (test.name, test.verdict, test.failing_rows) == ("expect_column_values_to_not_be_null carrier", "warn", 1)
    assert sorted((path, path.stat().st_mtime_ns) for path in (tmp_path / "gx").rglob("*")) == before
    unknown = drive(TOOL, job_of(tmp_path, {**given, "checkpoint": "hourly"}, inputs=flights, job_id="job-2"))
    assert unknown.error == "the project has no checkpoint 'hourly'; checkpoints: daily, own"
    suite = tmp_path / "gx/expectations/rules.json"
    document = json.loads(suite.read_text())
    document["expectations"].append({"type": "expect_column_values_to_be_grand", "kwargs": {"column": "carrier"}})
    suite.write_text(json.dumps(document))
    left_out = drive(TOOL, job_of(tmp_path, given, inputs=flights, job_id="job-4"))
    assert left_out.error is not None  # by itself it would pass the unknown one over
    assert "expect_column_values_to_be_grand not found" in left_out.error
    own = drive(TOOL, job_of(tmp_path, {**given, "checkpoint": "own"}, inputs=flights, job_id="job-3"))
    assert own.error is not None
    assert "checkpoint 'own' validates 'own', which reads data of its own" in own.error


def test_a_validation_outlives_the_process_that_started_it_and_can_be_cancelled(
    tmp_path: Path, flights: dict[str, Table]
) -> None:
    given = options(tmp_path, expectation("column_to_exist", column="delay"))
    paths = {"flights": str(flights["flights"].files[0])}
    start_and_die("meshwright.tools.great_expectations:GreatExpectations", tmp_path, given, inputs=paths)
    job = job_of(tmp_path, given, inputs=flights)
    assert TOOL.start(job) == TOOL.find(job)
    assert drive(TOOL, job).state is JobState.SUCCEEDED
    other = job_of(tmp_path, given, inputs=flights, job_id="job-2")
    handle = TOOL.start(other)
    TOOL.cancel(other, handle)
    assert follow(TOOL, other, handle).state is JobState.CANCELLED


def test_a_python_without_it_says_how_to_install_it(tmp_path: Path, flights: dict[str, Table]) -> None:
    given = options(tmp_path, expectation("column_to_exist", column="delay"), bin=str(tool_bin("spark")))
    poll = ended(job := job_of(tmp_path, given, inputs=flights), TOOL.start(job))
    assert poll.error is not None
    assert "Great Expectations is not installed in" in poll.error
    assert "pip install great_expectations" in poll.error
    assert not poll.is_retryable
