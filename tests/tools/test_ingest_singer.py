"""Singer taps: a real one of Meltano's SDK, and small ones that say what a real one would not."""

from __future__ import annotations

import datetime as dt
import json
import sys
import time
from contextlib import suppress
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from meshwright.tools.ingest import Ingest
from meshwright.tools.protocol import JobState, Poll
from tests.tools.crashing import start_and_die
from tests.tools.driving import drive, follow, job_of
from tests.tools.installed import tool_bin

TOOL = Ingest()
TAP = """#!{python}
import json, os, pathlib, sys, time
config = json.load(open(sys.argv[sys.argv.index("--config") + 1]))
if "--discover" in sys.argv:
    if config.get("no_discovery"):
        sys.exit("--discover is not known")
    streams = [{{"tap_stream_id": name, "stream": name, "schema": {{}}, "metadata": []}} for name in config["streams"]]
    print(json.dumps({{"streams": streams}}))
    sys.exit()
with open("ran", "a") as file:
    file.write(json.dumps(sys.argv[1:]) + "\\n")
assert "MESHWRIGHT_CONFIG" not in os.environ
if "--state" in sys.argv:
    print("state", open(sys.argv[sys.argv.index("--state") + 1]).read(), file=sys.stderr)
for message in config["messages"]:
    print(message if isinstance(message, str) else json.dumps(message), flush=True)
time.sleep(config.get("sleep", 0))
for line in config.get("says", ()):
    print(line, file=sys.stderr)
sys.exit(config.get("status", 0))
"""
SCHEMA = {
    "type": "SCHEMA",
    "stream": "orders",
    "key_properties": ["id"],
    "schema": {
        "properties": {
            "id": {"type": "integer"},
            "at": {"type": ["null", "string"], "format": "date-time"},
            "day": {"anyOf": [{"type": "string", "format": "date"}, {"type": "null"}]},
            "amount": {"type": ["null", "number"]},
            "is_paid": {"type": ["null", "boolean"]},
            "lines": {"type": ["array", "null"]},
            "note": {"type": ["string", "null"]},
        }
    },
}


def record(number: int, **more: object) -> dict:
    return {"type": "RECORD", "stream": "orders", "record": {"id": number, **more}}


@pytest.fixture
def tap(tmp_path: Path) -> Path:
    path = tmp_path / "bin" / "tap-small"
    path.parent.mkdir()
    path.write_text(TAP.format(python=sys.executable))
    path.chmod(0o755)
    return tmp_path


def options(folder: Path, messages: list, **more: object) -> dict:
    config = {"streams": ["orders"], "messages": messages, "token": "canary-4711", **more.pop("config", {})}  # type: ignore[dict-item]
    return {"singer": "tap-small", "bin": str(folder / "bin"), "config": config, **more}


def ended(folder: Path, given: dict) -> Poll:
    job = job_of(folder, given, datasets=("orders",))
    handle = TOOL.start(job)
    while (poll := TOOL.poll(job, handle, "")).state is JobState.RUNNING:
        time.sleep(0.05)
    return poll


def test_records_become_rows_of_the_types_of_the_schema_the_last_of_each_key(tap: Path) -> None:
    moment = "2026-03-01T10:00:00+02:00"
    messages = [
        SCHEMA,
        record(1, at=moment, day="2026-03-01", amount=1.5, is_paid=True, lines=[{"price": 1.25}], note="é"),
        record(2, at="2026-03-01T10:00:00", amount=2, note=3, unknown=1),
        {"type": "RECORD", "stream": "other", "record": {"id": 9}},
        record(1, note="later"),
        {"type": "STATE", "value": {"bookmarks": {"orders": {"at": moment}}}},
    ]
    driven = drive(TOOL, job_of(tap, options(tap, messages), datasets=("orders",)))
    assert driven.outcome is not None, driven.error
    table = pq.read_table(driven.outcome.tables["orders"].files[0])
    empty = dict.fromkeys(table.column_names)
    assert table.to_pylist() == [
        {**empty, "id": 2, "at": dt.datetime(2026, 3, 1, 10, tzinfo=dt.UTC), "amount": 2.0, "note": "3"},
        {**empty, "id": 1, "note": "later"},
    ]  # fmt: skip
    assert driven.outcome.values == {
        "stream": "orders",
        "rows": 2,
        "records": 3,
        "key": ["id"],
        "other_streams": ["other"],
    }
    one = drive(TOOL, job_of(tap, options(tap, messages[:2]), datasets=("orders",), job_id="job-2"))
    assert one.outcome is not None
    (row,) = pq.read_table(one.outcome.tables["orders"].files[0]).to_pylist()
    assert row["at"] == dt.datetime(2026, 3, 1, 8, tzinfo=dt.UTC)
    assert (row["day"], row["amount"], row["is_paid"], row["note"]) == (dt.date(2026, 3, 1), 1.5, True, "é")
    assert json.loads(row["lines"]) == [{"price": 1.25}]


def test_a_stream_without_rows_is_a_table_without_rows(tap: Path) -> None:
    driven = drive(TOOL, job_of(tap, options(tap, [SCHEMA]), datasets=("orders",)))
    assert driven.outcome is not None, driven.error
    table = pq.read_table(driven.outcome.tables["orders"].files[0])
    assert (table.num_rows, table.num_columns) == (0, 7)


def test_the_wanted_stream_alone_is_selected_and_the_configuration_is_in_no_file(tap: Path) -> None:
    given = options(tap, [SCHEMA, record(1)], stream="orders", config={"streams": ["customers", "orders"]})
    job = job_of(tap, given, datasets=("orders",))
    assert drive(TOOL, job).state is JobState.SUCCEEDED
    catalog = json.loads((job.scratch / "load/catalog.json").read_text())
    assert {each["stream"]: each["metadata"][0]["metadata"]["selected"] for each in catalog["streams"]} == {
        "customers": False,
        "orders": True,
    }
    for path in job.scratch.rglob("*"):
        assert path.is_dir() or b"canary-4711" not in path.read_bytes(), path


def test_an_incremental_load_gives_the_state_back_and_keeps_earlier_rows(tap: Path) -> None:
    def load(job_id: str, *messages: dict) -> tuple[list[str], list[tuple[int, str]]]:
        driven = drive(
            TOOL, job_of(tap, options(tap, [SCHEMA, *messages], incremental=True), job_id=job_id, datasets=("orders",))
        )
        assert driven.outcome is not None, driven.error
        rows = pq.read_table(driven.outcome.tables["orders"].files[0]).to_pylist()
        return driven.lines, [(row["id"], row["note"]) for row in rows]

    _, rows = load("job-1", record(1, note="a"), record(2, note="b"), {"type": "STATE", "value": {"seen": 2}})
    assert rows == [(1, "a"), (2, "b")]
    lines, rows = load("job-2", record(2, note="c"), record(3, note="d"))
    assert 'state {"seen": 2}' in lines
    assert rows == [(1, "a"), (2, "c"), (3, "d")]
    lines, rows = load("job-3", {"type": "STATE", "value": {"seen": 4}})
    assert 'state {"seen": 2}' in lines  # a load without a state of its own leaves the one before
    assert rows == [(1, "a"), (2, "c"), (3, "d")]


@pytest.mark.parametrize(
    ("messages", "more", "words", "is_retryable"),
    [
        ([], {"config": {"status": 1, "says": ["INFO x", "CRITICAL 401 token is not valid", "Traceback"]}},
         "tap-small ended with status 1: CRITICAL 401 token is not valid", True),
        ([SCHEMA, "hello"], {}, "the tap printed what is no Singer message: 'hello", True),
        ([SCHEMA, "[1]"], {}, "the tap printed what is no Singer message", True),
        ([record(1)], {}, "the tap sent a record of 'orders' before its schema", True),
        ([SCHEMA, record(1, amount="many")], {}, "column 'amount': 'many' is no number, which the tap's schema promises", True),
        ([SCHEMA, record(1.5)], {}, "column 'id': '1.5' is no integer", True),
        ([SCHEMA, {"type": "BATCH", "stream": "orders"}], {}, "the tap sends BATCH messages", False),
        ([], {}, "the tap told nothing of stream 'orders'", False),
        ([SCHEMA], {"stream": "order"}, "the tap has no stream 'order'; streams: orders", False),
        ([SCHEMA], {"config": {"streams": ["a", "b"]}}, "the tap has several streams; say which one with 'stream': a, b", False),
        ([SCHEMA], {"config": {"no_discovery": True}}, "asked for its streams, tap-small ended with status 1", True),
        ([{**SCHEMA, "key_properties": []}, record(1)], {"incremental": True}, "stream 'orders' has no key", False),
    ],
)  # fmt: skip
def test_a_failure_is_told_in_the_words_of_the_tap(
    tap: Path, messages: list, more: dict, words: str, is_retryable: bool
) -> None:
    poll = ended(tap, options(tap, messages, **more))
    assert poll.state is JobState.FAILED
    assert poll.error is not None
    assert words in poll.error
    assert poll.is_retryable is is_retryable


def test_a_tap_that_cannot_tell_its_streams_is_given_a_catalog(tap: Path) -> None:
    (tap / "catalog.json").write_text(json.dumps({"streams": [{"stream": "orders", "schema": {}}]}))
    given = options(tap, [SCHEMA, record(1)], catalog="catalog.json", properties=True, config={"no_discovery": True})
    assert drive(TOOL, job_of(tap, given, datasets=("orders",))).state is JobState.SUCCEEDED
    assert '"--properties"' in (tap / "ran").read_text()


def test_a_tap_outlives_the_process_that_started_it_and_runs_once(tap: Path) -> None:
    given = options(tap, [SCHEMA, record(1)], config={"sleep": 0.5})
    start_and_die("meshwright.tools.ingest:Ingest", tap, given, datasets=["orders"])
    job = job_of(tap, given, datasets=("orders",))
    assert TOOL.start(job) == TOOL.find(job)
    assert drive(TOOL, job).state is JobState.SUCCEEDED
    assert len((tap / "ran").read_text().splitlines()) == 1


def test_a_cancelled_load_ends_the_tap(tap: Path) -> None:
    job = job_of(tap, options(tap, [SCHEMA], config={"sleep": 60}), datasets=("orders",))
    handle = TOOL.start(job)
    until = time.monotonic() + 30
    while not (tap / "ran").exists():
        assert time.monotonic() < until
        time.sleep(0.02)
    TOOL.cancel(job, handle)
    assert follow(TOOL, job, handle).state is JobState.CANCELLED
    left = [line for line in command_lines() if str(tap).encode() in line]
    assert left == []


def command_lines() -> list[bytes]:
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            with suppress(OSError):
                found.append((entry / "cmdline").read_bytes())
    return found


@pytest.mark.tools
def test_a_real_tap_of_meltanos_sdk_is_read(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data/carriers.csv").write_text("code,name,planes\nUA,United,10\nAA,American,7\n")
    (tmp_path / "data/airports.csv").write_text("faa\nEWR\n")
    files = [
        {
            "path": str(tmp_path / "data/carriers.csv"),
            "format": "csv",
            "table_name": "carriers",
            "primary_keys": ["code"],
        },
        {
            "path": str(tmp_path / "data/airports.csv"),
            "format": "csv",
            "table_name": "airports",
            "primary_keys": ["faa"],
        },
    ]
    given = {"singer": "tap-spreadsheets", "bin": str(tool_bin("singer")), "config": {"files": files}}
    driven = drive(TOOL, job_of(tmp_path, {**given, "stream": "carriers"}, datasets=("carriers",)))
    assert driven.outcome is not None, driven.error
    rows = pq.read_table(driven.outcome.tables["carriers"].files[0]).to_pylist()
    assert [(row["code"], row["name"], int(row["planes"])) for row in rows] == [
        ("UA", "United", 10),
        ("AA", "American", 7),
    ]
    assert driven.outcome.values["other_streams"] == []
    assert any("carriers" in line for line in driven.lines)
    unnamed = drive(TOOL, job_of(tmp_path, given, job_id="job-2", datasets=("carriers",)))
    assert unnamed.error == "the tap has several streams; say which one with 'stream': airports, carriers"
    broken = drive(TOOL, job_of(tmp_path, {**given, "config": {}}, job_id="job-3", datasets=("carriers",)))
    assert broken.error is not None
    assert "tap-spreadsheets ended with status 1: KeyError: 'files'" in broken.error
