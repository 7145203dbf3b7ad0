"""Soda: what can be told of its options without it, and datasets verified by the real one: contracts (4) and SodaCL (3)."""

from __future__ import annotations

import time
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from meshwright.tools.protocol import JobState, Poll, Table, ToolFailed
from meshwright.tools.soda import Soda
from tests.tools.crashing import start_and_die
from tests.tools.driving import drive, follow, job_of, place_of
from tests.tools.installed import tool_bin

TOOL = Soda()
CONTRACT = """dataset: warehouse/public/departures
variables:
  least: {default: "0"}
filter: |
  delay >= ${var.least}
columns:
  - name: carrier
    data_type: varchar
    checks:
      - missing:
  - name: delay
    checks:
      - aggregate:
          function: max
          threshold: {must_be_less_than: 100, level: warn}
checks:
  - row_count:
      threshold: {must_be: 1}
"""
CHECKS = """checks for flights:
  - row_count > ${most}
  - missing_count(carrier) = 0:
      name: carriers are there
  - max(delay):
      warn: when > 100
"""


@pytest.fixture
def flights(tmp_path: Path) -> dict[str, Table]:
    path = tmp_path / "it's.parquet"
    pq.write_table(pa.table({"carrier": ["UA", None], "delay": [1, 400]}), path)
    (tmp_path / "contract.yml").write_text(CONTRACT)
    (tmp_path / "checks.yml").write_text(CHECKS)
    return {"flights": Table(files=(path,))}


def ended(job: object, handle: str) -> Poll:
    while (poll := TOOL.poll(job, handle, "")).state is JobState.RUNNING:  # type: ignore[arg-type]
        time.sleep(0.1)
    return poll


@pytest.mark.parametrize(
    ("options", "messages"),
    [
        ({}, ["it names no contract and no checks"]),
        ({"contract": "contract.yml", "dataset": "flights"}, []),
        ({"checks": "checks.yml"}, []),
        ({"contract": "contract.yml", "checks": "checks.yml"}, ["it names a contract and checks"]),
        ({"contract": "none.yml"}, ["there is no file 'none.yml'"]),
        ({"checks": "checks.yml", "dataset": "flights"}, ["'dataset' is of a contract"]),
        ({"contract": "contract.yml", "datasets": "x"}, ["unknown key 'datasets'"]),
    ],
)
def test_wrong_options_are_named(tmp_path: Path, flights: dict[str, Table], options: dict, messages: list[str]) -> None:
    assert [problem.message for problem in TOOL.problems(options, place_of(tmp_path))] == messages


def test_the_file_is_its_meaning_and_the_input_has_to_be_named(tmp_path: Path, flights: dict[str, Table]) -> None:
    assert list(TOOL.fingerprint_files({"checks": "checks.yml"}, place_of(tmp_path))) == [Path("checks.yml")]
    with pytest.raises(ToolFailed, match="it has no input 'planes'; inputs: flights"):
        TOOL.start(job_of(tmp_path, {"contract": "contract.yml", "dataset": "planes"}, inputs=flights))


def test_where_soda_is_missing_it_says_how_to_install_it(tmp_path: Path, flights: dict[str, Table]) -> None:
    job = job_of(tmp_path, {"checks": "checks.yml", "bin": "none"}, inputs=flights)
    with pytest.raises(ToolFailed) as caught:
        TOOL.start(job)
    assert caught.value.fix is not None
    assert "pip install soda-core" in caught.value.fix


@pytest.mark.tools
def test_each_check_of_a_contract_is_a_test(tmp_path: Path, flights: dict[str, Table]) -> None:
    given = {"contract": "contract.yml", "bin": str(tool_bin("soda"))}
    (tmp_path / "contract.yml").write_text(
        CONTRACT.replace("must_be_less_than: 100", "must_be_greater_than: 500").replace("delay >=", "delay <")
    )
    driven = drive(TOOL, job_of(tmp_path, given, inputs=flights, params={"least": 2}))
    assert driven.outcome is not None, driven.error
    assert [
        (test.name, test.verdict, test.dataset, test.column, test.failing_rows) for test in driven.outcome.tests
    ] == [
        ("columns.carrier.checks.missing", "pass", "flights", "carrier", 0),
        ("columns.delay.checks.aggregate", "warn", "flights", "delay", None),
        ("checks.row_count", "pass", "flights", None, None),
    ]
    assert driven.outcome.values == {"checks": 3, "passed": 2, "success": False}
    assert driven.outcome.costs["cpu_s"] > 0
    assert not any("collect.soda.io" in line for line in driven.lines)  # nothing is told to its makers


@pytest.mark.tools
def test_each_check_in_sodacl_is_a_test(tmp_path: Path, flights: dict[str, Table]) -> None:
    (tmp_path / "checks.yml").write_text(CHECKS.replace("missing_count(carrier) = 0", "missing_count(carrier) < 2"))
    given = {"checks": "checks.yml", "bin": str(tool_bin("soda3"))}
    driven = drive(TOOL, job_of(tmp_path, given, inputs=flights, params={"most": 1}))
    assert driven.outcome is not None, driven.error
    assert [(test.name, test.verdict, test.dataset, test.column) for test in driven.outcome.tests] == [
        ("row_count > 1", "pass", "flights", None),
        ("carriers are there", "pass", "flights", "carrier"),
        ("max(delay) warn when > 100", "warn", "flights", "delay"),
    ]


@pytest.mark.tools
@pytest.mark.parametrize(
    ("given", "tool", "words"),
    [
        ({"contract": "contract.yml"}, "soda", "stop columns.carrier.checks.missing (1 rows): No missing values"),
        ({"checks": "checks.yml"}, "soda3", "stop carriers are there (1 rows): value 1"),
    ],
)
def test_a_check_that_fails_fails_the_job(
    tmp_path: Path, flights: dict[str, Table], given: dict, tool: str, words: str
) -> None:
    job = job_of(tmp_path, {**given, "bin": str(tool_bin(tool))}, inputs=flights, params={"most": 1, "least": 0})
    poll = ended(job, TOOL.start(job))
    assert poll.state is JobState.FAILED
    assert poll.error is not None
    assert words in poll.error
    assert "of 3 checks failed" in poll.error
    assert not poll.is_retryable
    assert poll.is_refused


@pytest.mark.tools
@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("contract", CONTRACT.replace("row_count", "rowcount"), "Invalid check type 'rowcount'"),
        ("contract", "columns: []", "contract.yml does not begin with a dataset"),
        ("contract", "dataset: a/b/c\ncolumns:\n  - name: carrier\n", "there is no check in contract.yml"),
        ("checks", CHECKS.replace("carrier)", "carier)"), 'Referenced column "carier" not found'),
        ("checks", "checks for planes:\n  - row_count > 0\n", "Table with name planes does not exist"),
        ("checks", "checks for flights: 3\n", ""),
    ],
)
def test_a_file_that_is_wrong_is_told_in_the_words_of_soda_and_final(
    tmp_path: Path, flights: dict[str, Table], name: str, text: str, words: str
) -> None:
    (tmp_path / f"{name}.yml").write_text(text)
    tool = "soda" if name == "contract" else "soda3"
    poll = ended(
        job := job_of(tmp_path, {name: f"{name}.yml", "bin": str(tool_bin(tool))}, inputs=flights), TOOL.start(job)
    )
    assert poll.state is JobState.FAILED
    assert poll.error
    assert words in poll.error
    assert not poll.is_retryable


@pytest.mark.tools
def test_a_column_that_is_not_there_is_an_error_of_the_checks_that_ask_for_it(
    tmp_path: Path, flights: dict[str, Table]
) -> None:
    (tmp_path / "contract.yml").write_text(CONTRACT.replace("name: delay", "name: dely"))
    driven = drive(TOOL, job_of(tmp_path, {"contract": "contract.yml", "bin": str(tool_bin("soda"))}, inputs=flights))
    assert driven.state is JobState.FAILED
    assert driven.error is not None
    assert "error columns.dely.checks.aggregate: " in driven.error


@pytest.mark.tools
def test_the_other_soda_is_told_from_the_one_that_is_needed(tmp_path: Path, flights: dict[str, Table]) -> None:
    job = job_of(tmp_path, {"checks": "checks.yml", "bin": str(tool_bin("soda"))}, inputs=flights)
    poll = ended(job, TOOL.start(job))
    assert poll.error is not None
    assert "Soda 3 with DuckDB is not installed in" in poll.error
    assert "'soda-core-duckdb<4' for SodaCL" in poll.error
    assert not poll.is_retryable


@pytest.mark.tools
def test_a_verification_outlives_the_process_that_started_it_and_can_be_cancelled(
    tmp_path: Path, flights: dict[str, Table]
) -> None:
    (tmp_path / "contract.yml").write_text("dataset: a/b/c\ncolumns:\n  - name: delay\nchecks:\n  - row_count:\n")
    given = {"contract": "contract.yml", "bin": str(tool_bin("soda"))}
    paths = {"flights": str(flights["flights"].files[0])}
    start_and_die("meshwright.tools.soda:Soda", tmp_path, given, inputs=paths)
    job = job_of(tmp_path, given, inputs=flights)
    assert TOOL.start(job) == TOOL.find(job)
    assert drive(TOOL, job).state is JobState.SUCCEEDED
    other = job_of(tmp_path, given, inputs=flights, job_id="job-2")
    handle = TOOL.start(other)
    TOOL.cancel(other, handle)
    assert follow(TOOL, other, handle).state is JobState.CANCELLED
