"""Applications of Spark: what can be told of them without it. The rest is in test_spark_submit.py."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from meshwright.tools.inputs import input_files, input_folders
from meshwright.tools.protocol import Table, ToolFailed
from meshwright.tools.spark import Spark
from meshwright.tools.spark_events import read_events, spark_costs, spark_steps
from meshwright.tools.spark_failures import failure_of, is_final
from tests.tools.driving import job_of, place_of

TOOL = Spark()


@pytest.mark.parametrize(
    ("options", "messages"),
    [
        ({}, ["'application' is missing"]),
        ({"application": "job.py", "args": ["--day", "1"], "conf": {"spark.executor.memory": "2g"}}, []),
        ({"application": "none.py"}, ["there is no file 'none.py'"]),
        ({"application": "s3://bucket/job.py"}, []),
        ({"application": "job.jar"}, ["'class' is missing"]),
        ({"application": "job.py", "py_files": ["none.zip"]}, ["there is no file 'none.zip'"]),
        ({"application": "job.py", "args": "--day"}, ["'args' is a list of texts"]),
        ({"application": "job.py", "packages": ["x"]}, ["unknown key 'packages'"]),
        ({"application": "job.py", "conf": {"spark.master": "x"}}, ["'spark.master' is not set here"]),
        ({"application": "job.py", "conf": {"spark.eventLog.enabled": False}}, ["'spark.eventLog.enabled' belongs to meshwright"]),
        ({"application": "job.py", "conf": {"executor.memory": "2g"}}, ["'executor.memory' is no setting of Spark"]),
        ({"application": "job.py", "conf": {"spark.submit.deployMode": "cluster"}},
         ["the driver runs on this machine, in mode client"]),
    ],
)  # fmt: skip
def test_wrong_options_are_named(tmp_path: Path, options: dict, messages: list[str]) -> None:
    (tmp_path / "job.py").write_text("")
    (tmp_path / "job.jar").write_text("")
    assert [problem.message for problem in TOOL.problems(options, place_of(tmp_path))] == messages


@pytest.mark.parametrize("options", [{"bin": "none/bin"}, {}])
def test_where_spark_is_missing_it_says_how_to_install_it(tmp_path: Path, options: dict) -> None:
    (tmp_path / "job.py").write_text("")
    job = job_of(tmp_path, {"application": "job.py", **options})
    with pytest.raises(ToolFailed) as caught:
        TOOL.start(job)
    assert not caught.value.is_retryable
    assert caught.value.fix is not None
    assert "pip install pyspark" in caught.value.fix
    assert TOOL.find(job) is None


def test_the_application_and_the_modules_that_it_imports_are_its_meaning(tmp_path: Path) -> None:
    (tmp_path / "job.py").write_text("import os\nfrom shapes import area\nimport deep.inner\n")
    (tmp_path / "shapes.py").write_text("from . import sides\nimport job\n")
    (tmp_path / "sides.py").write_text("def broken(:")
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep/__init__.py").write_text("")
    (tmp_path / "deep/inner.py").write_text("")
    (tmp_path / "other.py").write_text("")
    (tmp_path / "helpers.zip").write_text("")
    found = TOOL.fingerprint_files({"application": "job.py", "py_files": ["helpers.zip"]}, place_of(tmp_path))
    assert [str(path) for path in found] == [
        "job.py", "deep/__init__.py", "deep/inner.py", "shapes.py", "sides.py", "helpers.zip",
    ]  # fmt: skip


def test_inputs_are_folders_of_links_and_one_without_rows_is_a_file_without_rows(tmp_path: Path) -> None:
    files = (tmp_path / "a-0.parquet", tmp_path / "a-1.parquet")
    inputs = {
        "flights": Table(files=files),
        "none": Table(files=(), columns={'odd "name"': "DECIMAL(9,2)", "at": "TIMESTAMP"}),
    }
    job = job_of(tmp_path, {}, inputs=inputs)
    for _ in range(2):
        folders = input_folders(job)
    assert [path.readlink() for path in sorted(folders["flights"].iterdir())] == list(files)
    (none,) = folders["none"].iterdir()
    table = pq.read_table(none)
    assert (table.num_rows, table.column_names) == (0, ['odd "name"', "at"])
    assert input_files(job)["flights"] == [str(file) for file in files]


PYTHON_WORKER = """26/11/30 WARN TaskSetManager: Lost task: PythonException: Traceback (most recent call last):
ValueError: bad carrier 0
Traceback (most recent call last):
  File "/mesh/job.py", line 7, in <module>
    spark.range(3).select(f("id")).collect()
  File "/venv/site-packages/pyspark/sql/dataframe.py", line 3, in collect
pyspark.errors.exceptions.captured.PythonException: An exception was thrown from the Python worker:
Traceback (most recent call last):
  File "/mesh/job.py", line 6, in f
    raise ValueError("bad carrier %d" % x)
ValueError: bad carrier 0
"""
JAVA = """Traceback (most recent call last):
  File "/mesh/job.py", line 3, in <module>
  File "/venv/site-packages/py4j/protocol.py", line 3, in call
py4j.protocol.Py4JJavaError: An error occurred while calling o33.count.
: org.apache.hadoop.mapred.InvalidInputException: Input path does not exist: file:/nowhere.txt
\tat org.apache.hadoop.mapred.FileInputFormat.list(FileInputFormat.java:304)
Caused by: java.io.IOException: disk says no
\t... 24 more
"""
SCALA = """Exception in thread "main" java.lang.IllegalStateException: cannot go on
\tat example.Main$.main(Main.scala:3)
Caused by: java.lang.RuntimeException: first
Caused by: java.net.ConnectException: refused
"""


@pytest.mark.parametrize(
    ("log", "words"),
    [
        (PYTHON_WORKER, "ValueError: bad carrier 0 (job.py, line 6)"),
        (JAVA, "org.apache.hadoop.mapred.InvalidInputException: Input path does not exist: file:/nowhere.txt (job.py, line 3)\n"
               "caused by java.io.IOException: disk says no"),
        (SCALA, "java.lang.IllegalStateException: cannot go on\ncaused by java.net.ConnectException: refused"),
        ("26/11/30 INFO nothing", None),
        ("Traceback (most recent call last):", ""),
    ],
)  # fmt: skip
def test_the_cause_is_found_in_the_pages_of_a_driver(log: str, words: str | None) -> None:
    assert failure_of(log, ()) == words


def test_without_a_word_of_the_driver_the_failed_stage_tells_why() -> None:
    reason = "Job aborted due to stage failure: Task 0 failed\n\tat x\nCaused by: java.lang.OutOfMemoryError: heap"
    event = {"Event": "SparkListenerStageCompleted", "Stage Info": {"Stage ID": 0, "Failure Reason": reason}}
    assert (
        failure_of("", [event])
        == "Job aborted due to stage failure: Task 0 failed\ncaused by java.lang.OutOfMemoryError: heap"
    )


def test_missing_columns_are_final_and_lost_connections_are_not() -> None:
    assert is_final("pyspark.errors.exceptions.captured.AnalysisException: [PATH_NOT_FOUND] ...")
    assert not is_final("java.net.ConnectException: refused")


def test_stages_of_an_event_log_are_steps_and_the_rest_of_it_is_passed_over(tmp_path: Path) -> None:
    def stage(number: int, *parents: int, **more: object) -> dict:
        return {"Stage ID": number, "Stage Name": f"count at job.py:{number}", "Parent IDs": list(parents), **more}

    sums = [
        {"Name": "internal.metrics.executorCpuTime", "Value": 1_500_000_000},
        {"Name": "internal.metrics.input.bytesRead", "Value": 100},
        {"Name": "number of output rows", "Value": "7"},
    ]
    events = [
        {"Event": "SparkListenerTaskEnd", "Stage ID": 0},
        {"Event": "SparkListenerJobStart", "Job ID": 0, "Submission Time": 1000,
         "Stage Infos": [stage(0), stage(1, 0), stage(2, 1)], "Properties": {"spark.job.description": "count all\nof them"}},
        {"Event": "SparkListenerStageSubmitted", "Stage Info": stage(1, 0, **{"Submission Time": 1000})},
        {"Event": "SparkListenerStageCompleted",
         "Stage Info": stage(1, 0, **{"Submission Time": 1000, "Completion Time": 2500, "Accumulables": sums})},
        {"Event": "SparkListenerStageSubmitted", "Stage Info": stage(2, 1, **{"Submission Time": 3000})},
    ]  # fmt: skip
    lines = [json.dumps(event, separators=(",", ":")) for event in events]
    (tmp_path / "app-1.inprogress").write_text(
        "\n".join(lines) + '\n{"Event":"SparkListenerStageCompleted","Stage Info":{"Stage'
    )
    stamp, found = read_events(tmp_path, seen="")
    assert read_events(tmp_path, seen=stamp) == (stamp, ())
    steps = spark_steps(found, is_over=False)
    assert [(step.name, step.state, step.after) for step in steps] == [
        ("stage 0: count at job.py:0", "waiting", ()),
        ("stage 1: count at job.py:1", "succeeded", ("stage 0: count at job.py:0",)),
        ("stage 2: count at job.py:2", "running", ("stage 1: count at job.py:1",)),
        ("job 0: count all", "running", tuple(f"stage {n}: count at job.py:{n}" for n in range(3))),
    ]
    assert steps[1].started_at is not None
    assert steps[1].ended_at is not None
    assert (steps[1].ended_at - steps[1].started_at).total_seconds() == 1.5
    assert spark_costs(found) == {"cpu_s": 1.5, "bytes_read": 100.0}
    ended = spark_steps(found, is_over=True, cancelled_at=dt.datetime(2026, 1, 1, tzinfo=dt.UTC))
    assert [step.state for step in ended] == ["blocked", "succeeded", "cancelled", "cancelled"]
    end = {
        "Event": "SparkListenerJobEnd",
        "Job ID": 0,
        "Completion Time": 4000,
        "Job Result": {"Result": "JobSucceeded"},
    }
    assert spark_steps([*found, end], is_over=True)[0].state == "skipped"
