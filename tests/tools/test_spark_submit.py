"""Applications submitted to the real Spark, with Java."""

from __future__ import annotations

import time
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from meshwright.tools.protocol import JobState, Poll, Table
from meshwright.tools.spark import Spark
from tests.tools.crashing import start_and_die
from tests.tools.driving import drive, follow, job_of
from tests.tools.installed import tool_bin

pytestmark = pytest.mark.tools
TOOL = Spark()
HEAD = """
import json, sys, time
from pyspark.sql import SparkSession
from pyspark.sql.functions import udf, col, current_timestamp
spark = SparkSession.builder.getOrCreate()
mine = lambda key: spark.conf.get("spark.meshwright." + key)
"""


def options(folder: Path, code: str, **more: object) -> dict:
    (folder / "job.py").write_text(HEAD + code)
    return {"application": "job.py", "master": "local[1]", "bin": str(tool_bin("spark")), **more}


def test_an_application_reads_its_inputs_and_leaves_tables_values_stages_and_costs(tmp_path: Path) -> None:
    path = tmp_path / "rows.parquet"
    pq.write_table(pa.table({"carrier": ["UA", "AA", "UA"], "delay": [1, 2, 3]}), path)
    code = """
rows = spark.read.parquet(mine("inputs.flights"))
spark.sparkContext.setJobDescription("per carrier")
found = rows.groupBy("carrier").count().withColumn("at", current_timestamp())
found.write.parquet(mine("tables") + "/per_carrier.parquet")
spark.sparkContext.setJobDescription(None)
rows.limit(0).write.parquet(mine("tables") + "/nothing.parquet")
found = {"rows": rows.count(), "limit": mine("params.limit"), "args": sys.argv[1:], "job": mine("job")}
json.dump(found, open(mine("values"), "w"))
"""
    given = options(tmp_path, code, args=["--day", "a b"])
    job = job_of(
        tmp_path,
        given,
        inputs={"flights": Table(files=(path,))},
        params={"limit": 7},
        datasets=("per_carrier", "nothing"),
    )
    driven = drive(TOOL, job)
    assert driven.outcome is not None, driven.error
    outcome = driven.outcome
    assert outcome.values == {"rows": 3, "limit": "7", "args": ["--day", "a b"], "job": job.id}
    files = [str(file) for file in outcome.tables["per_carrier"].files]
    assert sorted(duckdb.sql(f"select carrier, count from read_parquet({files})").fetchall()) == [("AA", 1), ("UA", 2)]
    assert duckdb.sql(f'select typeof("at") from read_parquet({files})').fetchall()[0] == ("TIMESTAMP WITH TIME ZONE",)
    assert sum(pq.read_table(file).num_rows for file in outcome.tables["nothing"].files) == 0
    assert len(outcome.tables["nothing"].files) >= 1
    jobs = [step for step in outcome.steps if step.kind == "job"]
    assert any("per carrier" in step.name for step in jobs)
    assert {step.state for step in outcome.steps} <= {"succeeded", "skipped"}
    assert all(step.started_at and step.ended_at for step in jobs)
    assert outcome.costs["cpu_s"] > 0
    assert outcome.costs["bytes_read"] > 0
    assert outcome.costs["bytes_written"] > 0
    assert any("SparkContext" in line for line in driven.lines)
    assert not (tmp_path / "spark-warehouse").exists()


@pytest.mark.parametrize(
    ("code", "words", "is_retryable"),
    [
        (
            'f = udf(lambda x: 1 // 0, "int")\nspark.range(1).select(f("id")).collect()',
            "ZeroDivisionError: integer division or modulo by zero (job.py, line 7)",
            True,
        ),
        ('spark.read.parquet("/nowhere")', "[PATH_NOT_FOUND] Path does not exist: file:/nowhere", False),
    ],
)
def test_a_failure_is_told_by_its_cause(tmp_path: Path, code: str, words: str, is_retryable: bool) -> None:
    job = job_of(tmp_path, options(tmp_path, code))
    poll = ended(job, TOOL.start(job))
    assert poll.state is JobState.FAILED
    assert poll.error is not None
    assert words in poll.error
    assert poll.is_retryable is is_retryable
    assert [step.state for step in poll.steps] in (["failed", "failed"], [])


def test_an_application_outlives_the_process_that_started_it_is_seen_at_work_and_cancelled(tmp_path: Path) -> None:
    code = """
open("ran", "a").write("ran\\n")
spark.range(5).count()
spark.sparkContext.setJobDescription("long")
spark.range(1).select(udf(lambda x: time.sleep(120), "int")("id")).collect()
"""
    given = options(tmp_path, code)
    start_and_die("meshwright.tools.spark:Spark", tmp_path, given)
    job = job_of(tmp_path, given)
    handle = TOOL.find(job)
    assert handle is not None
    assert TOOL.start(job) == handle
    until = time.monotonic() + 120
    states: dict[str, str] = {}
    cursor = ""
    while not any("long" in name and state == "running" for name, state in states.items()):
        assert time.monotonic() < until, states
        poll = TOOL.poll(job, handle, cursor)
        assert poll.state is JobState.RUNNING, poll.error
        cursor = poll.cursor
        states = {step.name: step.state for step in poll.steps} or states
        time.sleep(0.2)
    TOOL.cancel(job, handle)
    driven = follow(TOOL, job, handle)
    assert driven.state is JobState.CANCELLED
    assert "cancelled" in {step.state for step in driven.steps}
    assert "succeeded" in {step.state for step in driven.steps}
    assert "failed" not in {step.state for step in driven.steps}
    assert (tmp_path / "ran").read_text() == "ran\n"


def ended(job: object, handle: str) -> Poll:
    while (poll := TOOL.poll(job, handle, "")).state is JobState.RUNNING:  # type: ignore[arg-type]
        time.sleep(0.2)
    return poll
