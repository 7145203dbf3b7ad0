"""Datasets copied out, to files and to a real S3 server (moto)."""

from __future__ import annotations

import gzip
import hashlib
import logging
import subprocess
import sys
import textwrap
import time
import warnings
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from meshwright.tools.copy import Copy
from meshwright.tools.protocol import Effects, JobState, Poll, Table, ToolFailed
from tests.tools.crashing import start_and_die
from tests.tools.driving import drive, follow, job_of, place_of

TOOL = Copy()


@pytest.fixture
def flights(tmp_path: Path) -> dict[str, Table]:
    files = (tmp_path / "it's 0.parquet", tmp_path / "1.parquet")
    pq.write_table(pa.table({"carrier": ["UA", "A;A"], "delay": [1, None]}), files[0])
    pq.write_table(pa.table({"carrier": ['É"x', None], "delay": [3, 4]}), files[1])
    return {"flights": Table(files=files)}


def ended(job: object, handle: str) -> Poll:
    while (poll := TOOL.poll(job, handle, "")).state is JobState.RUNNING:  # type: ignore[arg-type]
        time.sleep(0.05)
    return poll


@pytest.mark.parametrize(
    ("name", "more", "text"),
    [
        ("out.csv", {}, 'carrier,delay\nUA,1\nA;A,\n"É""x",3\n,4\n'),
        (
            "a b/it's {x}.csv",
            {"delimiter": ";", "header": False, "columns": ["delay", "carrier"]},
            '1;UA\n;"A;A"\n3;"É""x"\n4;\n',
        ),
        ("out.ndjson", {"columns": ["delay"]}, '{"delay":1}\n{"delay":null}\n{"delay":3}\n{"delay":4}\n'),
        ("out.csv.gz", {"columns": ["delay"]}, "delay\n1\n\n3\n4\n"),
    ],
)
def test_rows_are_written_in_order_in_the_format_of_the_name(
    tmp_path: Path, flights: dict[str, Table], name: str, more: dict, text: str
) -> None:
    driven = drive(TOOL, job_of(tmp_path, {"to": name, **more}, inputs=flights))
    assert driven.outcome is not None, driven.error
    data = (tmp_path / name).read_bytes()
    assert (gzip.decompress(data) if name.endswith(".gz") else data).decode() == text
    assert driven.outcome.values["rows"] == 4
    assert driven.outcome.values["bytes"] == len(data)
    assert driven.outcome.values["written"] is True
    assert driven.outcome.unmanaged == (name,)
    assert [path.name for path in (tmp_path / name).parent.glob(".*")] == []


@pytest.mark.parametrize(("name", "form"), [("out.parquet", None), ("out.json", None), ("out.dat", "parquet")])
def test_other_formats_read_back_as_the_same_rows(
    tmp_path: Path, flights: dict[str, Table], name: str, form: str | None
) -> None:
    given = {"to": name} | ({"format": form} if form else {})
    assert drive(TOOL, job_of(tmp_path, given, inputs=flights)).state is JobState.SUCCEEDED
    reader = "read_json_auto" if name.endswith(".json") else "read_parquet"
    found = duckdb.sql(f"select carrier, delay from {reader}('{tmp_path / name}')").fetchall()
    assert found == [("UA", 1), ("A;A", None), ('É"x', 3), (None, 4)]


def test_the_same_bytes_are_not_written_again(tmp_path: Path, flights: dict[str, Table]) -> None:
    def copy(job_id: str) -> bool:
        driven = drive(TOOL, job_of(tmp_path, {"to": "out.parquet"}, inputs=flights, job_id=job_id))
        assert driven.outcome is not None, driven.error
        return bool(driven.outcome.values["written"])

    assert copy("job-1")
    before = (tmp_path / "out.parquet").stat().st_mtime_ns
    assert not copy("job-2")
    assert (tmp_path / "out.parquet").stat().st_mtime_ns == before
    (tmp_path / "out.parquet").write_text("somebody else's")
    assert copy("job-3")


def test_whoever_reads_the_file_goes_on_reading_the_one_before(tmp_path: Path, flights: dict[str, Table]) -> None:
    (tmp_path / "out.csv").write_text("before")
    with (tmp_path / "out.csv").open() as before:
        assert drive(TOOL, job_of(tmp_path, {"to": "out.csv"}, inputs=flights)).state is JobState.SUCCEEDED
        assert before.read() == "before"


def test_a_table_without_rows_is_a_file_without_rows(tmp_path: Path) -> None:
    inputs = {"none": Table(files=(), columns={"carrier": "VARCHAR", "delay": "INTEGER"})}
    assert drive(TOOL, job_of(tmp_path, {"to": "out.csv"}, inputs=inputs)).state is JobState.SUCCEEDED
    assert (tmp_path / "out.csv").read_text() == "carrier,delay\n"


def test_it_is_external_and_yields_nothing() -> None:
    assert TOOL.traits.effects is Effects.EXTERNAL


@pytest.mark.parametrize(
    ("options", "messages"),
    [
        ({}, ["'to' is missing"]),
        ({"to": "exports/out.csv"}, []),
        ({"to": "/srv/out.csv"}, []),
        ({"to": "${param:target}.csv"}, []),
        ({"to": "s3://${env:BUCKET}/out.csv", "options": {"key": "${env:KEY}"}}, []),
        ({"to": "out.xlsx"}, ["the format of 'out.xlsx' is not known"]),
        ({"to": "out"}, ["the format of 'out' is not known"]),
        ({"to": "out.csv", "format": "xml"}, ["'format' is one of parquet, csv, json, ndjson"]),
        ({"to": "../out.csv"}, ["'../out.csv' leads out of its folder with '..'"]),
        ({"to": "a/../../out.csv"}, ["'a/../../out.csv' leads out of its folder with '..'"]),
        ({"to": ".meshwright/store/out.csv"}, ["'.meshwright/store/out.csv' is among the files of meshwright"]),
        ({"to": "link/out.csv"}, ["'link/out.csv' is among the files of meshwright"]),
        ({"to": "folder.csv"}, ["'folder.csv' is a folder"]),
        ({"to": "a/.csv/", "format": "csv"}, ["'a/.csv/' is a folder"]),
        ({"to": "out\n.csv"}, ["'to' has a character that cannot be printed"]),
        ({"to": "ftp://host/out.csv"}, ["'ftp://' is no store that takes objects"]),
        ({"to": "s3://bucket", "format": "csv"}, ["'s3://bucket' names no object"]),
        ({"to": "s3:///out.csv"}, ["'s3:///out.csv' names no object"]),
        ({"to": "out.parquet", "header": True}, ["'header' is of csv, and the format is parquet"]),
        ({"to": "out.csv", "delimiter": "||"}, ["'delimiter' is one character"]),
        ({"to": "out.csv", "compression": "snappy"}, ["csv is not packed with snappy"]),
        ({"to": "out.csv", "colums": ["a"]}, ["unknown key 'colums'"]),
    ],
)
def test_wrong_options_are_named(tmp_path: Path, options: dict, messages: list[str]) -> None:
    (tmp_path / "folder.csv").mkdir()
    (tmp_path / ".meshwright").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / ".meshwright")
    assert [problem.message for problem in TOOL.problems(options, place_of(tmp_path))] == messages


def test_a_target_that_a_reference_made_is_looked_at_again(tmp_path: Path, flights: dict[str, Table]) -> None:
    job = job_of(tmp_path, {"to": "../../out.csv"}, inputs=flights)
    with pytest.raises(ToolFailed, match="leads out of its folder"):
        TOOL.start(job)
    assert TOOL.find(job) is None


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"to": "taken/out.csv"}, "FileExistsError"),
        ({"to": "out.csv", "columns": ["dely"]}, "there is no column 'dely'; columns: carrier, delay"),
    ],
)
def test_a_failure_is_final_where_trying_again_cannot_help(
    tmp_path: Path, flights: dict[str, Table], options: dict, words: str
) -> None:
    (tmp_path / "taken").write_text("a file")
    poll = ended(job := job_of(tmp_path, options, inputs=flights), TOOL.start(job))
    assert poll.state is JobState.FAILED
    assert poll.error is not None
    assert words in poll.error
    assert not poll.is_retryable


@pytest.mark.parametrize("names", [(), ("flights", "weather")])
def test_the_input_that_is_copied_is_named(tmp_path: Path, names: tuple) -> None:
    inputs = {name: Table(files=(Path("/x.parquet"),)) for name in names}
    with pytest.raises(ToolFailed, match="it does not say which input to copy"):
        TOOL.start(job_of(tmp_path, {"to": "out.csv"}, inputs=inputs))


def test_a_copy_outlives_the_process_that_started_it(tmp_path: Path, flights: dict[str, Table]) -> None:
    paths = {"flights": str(flights["flights"].files[0])}
    start_and_die("meshwright.tools.copy:Copy", tmp_path, {"to": "out.csv"}, inputs=paths)
    job = job_of(tmp_path, {"to": "out.csv"}, inputs=flights)
    assert TOOL.start(job) == TOOL.find(job)
    assert drive(TOOL, job).state is JobState.SUCCEEDED
    assert (tmp_path / "out.csv").read_text().splitlines() == ["carrier,delay", "UA,1", "A;A,"]


def test_whoever_reads_meanwhile_finds_the_file_whole(tmp_path: Path) -> None:
    """Ended at any moment, a copy leaves the file before or the new one, and its next try takes away what is left of it."""
    big = tmp_path / "big.parquet"
    pq.write_table(pa.table({"n": list(range(300_000))}), big)
    inputs = {"rows": Table(files=(big,))}
    old, target = "before\n", tmp_path / "out.csv"
    whole = 300_001
    target.write_text(old)
    # What a copy left that was killed in the middle of it; one to another place is none of ours.
    beginning = "." + hashlib.sha256(target.name.encode()).hexdigest()[:16]
    (tmp_path / f"{beginning}.killed.new").write_text("half")
    seen = set()
    for number, patience_s in enumerate((0.0, 0.2, 0.3, 0.35, 0.4, 0.5)):
        job = job_of(tmp_path, {"to": "out.csv"}, inputs=inputs, job_id=f"job-{number}")
        handle = TOOL.start(job)
        time.sleep(patience_s)
        TOOL.cancel(job, handle)
        seen.add(follow(TOOL, job, handle).state)
        text = target.read_text()
        assert text == old or text.count("\n") == whole
    assert JobState.CANCELLED in seen
    assert drive(TOOL, job_of(tmp_path, {"to": "out.csv"}, inputs=inputs, job_id="last")).state is JobState.SUCCEEDED
    assert target.read_text().count("\n") == whole
    assert list(tmp_path.glob(".*.new")) == []


@pytest.fixture(scope="module")
def s3() -> Iterator[str]:
    """The address of an S3 server (moto) on loopback, with a bucket."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from moto.server import ThreadedMotoServer
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    url = f"http://{host}:{port}"
    _s3(url, "fs.mkdir('exports')")
    yield url
    server.stop()


def _s3(url: str, code: str) -> str:
    """Run code with a client of its own, in another process."""
    head = f"import s3fs; fs = s3fs.S3FileSystem(key='x', secret='y', client_kwargs={{'endpoint_url': {url!r}}})\n"
    done = subprocess.run(
        [sys.executable, "-c", head + textwrap.dedent(code)], capture_output=True, text=True, check=True
    )
    return done.stdout


def test_an_object_of_a_store_is_put_whole_and_once(tmp_path: Path, flights: dict[str, Table], s3: str) -> None:
    given = {
        "to": "s3://exports/a b/départs.csv",
        "options": {"endpoint_url": s3, "key": "x", "secret": "canary-4711"},
    }
    job = job_of(tmp_path, given, inputs=flights)
    driven = drive(TOOL, job)
    assert driven.outcome is not None, driven.error
    assert (
        _s3(s3, "print(fs.cat('exports/a b/départs.csv').decode(), end='')")
        == 'carrier,delay\nUA,1\nA;A,\n"É""x",3\n,4\n'
    )
    assert driven.outcome.values["written"] is True
    for path in job.scratch.rglob("*"):
        assert path.is_dir() or b"canary-4711" not in path.read_bytes(), path
    before = _s3(s3, "print(fs.info('exports/a b/départs.csv')['LastModified'])")
    again = drive(TOOL, job_of(tmp_path, given, inputs=flights, job_id="job-2"))
    assert again.outcome is not None
    assert again.outcome.values["written"] is False
    assert _s3(s3, "print(fs.info('exports/a b/départs.csv')['LastModified'])") == before


def test_stores_that_refuse_or_cannot_be_reached_are_told_apart(
    tmp_path: Path, flights: dict[str, Table], s3: str
) -> None:
    options = {"endpoint_url": s3, "key": "x", "secret": "canary-4711"}
    missing = {"to": "s3://no-such-bucket/out.csv", "options": options}
    poll = ended(job := job_of(tmp_path, missing, inputs=flights), TOOL.start(job))
    assert poll.error is not None
    assert "bucket does not exist" in poll.error
    assert not poll.is_retryable
    away = {"to": "s3://exports/out.csv", "options": {**options, "endpoint_url": "http://127.0.0.1:1"}}
    variables = {"AWS_MAX_ATTEMPTS": "1"}
    poll = ended(
        job := job_of(tmp_path, {**away, "variables": variables}, inputs=flights, job_id="job-2"), TOOL.start(job)
    )
    assert poll.error is not None
    assert "Could not connect to the endpoint URL" in poll.error
    assert poll.is_retryable
    assert "canary-4711" not in "".join([poll.error, *poll.lines])
