"""Runs a Singer tap and turns the messages of one stream into Parquet. Run under meshwright's own Python, for pyarrow and DuckDB.

Singer: https://hub.meltano.com/singer/spec. A tap is asked for its catalog first, and run with one stream selected. Where the
load is incremental, the state that an earlier load left is given to the tap, and its rows are kept and updated by key.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import decimal
import json
import os
import resource
import shutil
import subprocess
import sys
import threading
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any

_BATCH = 5000
_LAST_LINES = 20
_LINE = "_meshwright_line"
#: More than any file has rows: those of an earlier load come before.
_MANY = 1 << 48


class WrongInput(Exception):
    """Something that the user has to change."""


class TapFailed(Exception):
    """The tap's own failure."""


class Config:
    """The tap's configuration: a file in memory alone, since it may hold secrets."""

    def __init__(self, text: str) -> None:
        self.number = os.memfd_create("config")
        os.write(self.number, text.encode())
        self.path = f"/proc/self/fd/{self.number}"


def main(request_file: str) -> int:
    """Load what a request asks for; return the status."""
    place = Path(request_file).parent
    request = json.loads(Path(request_file).read_text("utf-8"))
    config = Config(os.environ.pop("MESHWRIGHT_CONFIG", "{}"))
    status = 0
    try:
        values = _load(request, config, place)
        (place / "values.json").write_text(json.dumps(values), "utf-8")
    except (WrongInput, TapFailed) as error:
        (place / "error.txt").write_text(str(error), "utf-8")
        print(error, flush=True)
        status = 98 if isinstance(error, WrongInput) else 1
    except Exception as error:  # noqa: BLE001 - the border of a program: all of it is told
        traceback.print_exc()
        (place / "error.txt").write_text(f"{type(error).__name__}: {error}", "utf-8")
        status = 1
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    cpu_s = sum(each.ru_utime + each.ru_stime for each in used)
    (place / "costs.json").write_text(json.dumps({"cpu_s": round(cpu_s, 3)}), "utf-8")
    return status


def _load(request: dict[str, Any], config: Config, place: Path) -> dict[str, Any]:
    work = place / "load"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir()
    before = Path(request["before"]) if request["before"] else None
    catalog, stream = _catalog(request, config, work)
    command = [request["tap"], "--config", config.path]
    if catalog is not None:
        # singer.io's first taps know `--properties` alone; all others take `--catalog`.
        command += ["--properties" if request["properties"] else "--catalog", str(catalog)]
    if before is not None and (before / "state.json").is_file():
        command += ["--state", str(before / "state.json")]
    read = _Messages(stream)
    _run(command, config, read, work / "records.jsonl")
    if request["is_incremental"] and not read.key:
        raise WrongInput(
            f"stream '{read.stream}' has no key, so rows that come again cannot be told: leave 'incremental' out"
        )
    rows = _write(read, work, before, place / "tables" / f"{request['dataset']}.parquet")
    values: dict[str, Any] = {
        "stream": read.stream,
        "rows": rows,
        "records": read.records,
        "key": list(read.key),
        "other_streams": sorted(read.others),
    }
    # What the next load starts from, where it is incremental.
    shutil.copy(place / "tables" / f"{request['dataset']}.parquet", work / "table.parquet")
    if read.state is not None:
        (work / "state.json").write_text(json.dumps(read.state), "utf-8")
    elif before is not None and (before / "state.json").is_file():
        shutil.copy(before / "state.json", work / "state.json")
    (work / "records.jsonl").unlink()
    return values


class _Messages:
    """What a tap says of one stream, message by message."""

    def __init__(self, stream: str | None) -> None:
        self.stream = stream
        self.schema: dict[str, Any] = {}
        self.key: tuple[str, ...] = ()
        self.state: Any = None
        self.records = 0
        self.has_schema = False
        #: Streams that were told too, and are not taken.
        self.others: set[str] = set()

    def take(self, line: str) -> bool:
        """Take a line; return whether it is a record of the stream."""
        try:
            message = json.loads(line)
            kind = message["type"]
        except (ValueError, KeyError, TypeError) as error:
            raise TapFailed(f"the tap printed what is no Singer message: {line[:200]!r}") from error
        if kind == "STATE":
            self.state = message["value"]
            return False
        if kind == "BATCH":
            raise WrongInput("the tap sends BATCH messages, which are not read here; turn its batch_config off")
        if kind not in {"SCHEMA", "RECORD"}:
            return False
        name = message.get("stream")
        if self.stream is None and kind == "SCHEMA":
            self.stream = name
        if name != self.stream:
            self.others.add(str(name))
            return False
        if kind == "SCHEMA":
            self.has_schema = True
            # A stream's schema may come again, with columns that it did not have.
            self.schema.update(message.get("schema", {}).get("properties", {}))
            self.key = tuple(message.get("key_properties") or ())
            return False
        if not self.has_schema:
            raise TapFailed(f"the tap sent a record of {name!r} before its schema")
        if not isinstance(message.get("record"), dict):
            raise TapFailed(f"the tap printed what is no Singer message: {line[:200]!r}")
        self.records += 1
        return True


def _run(command: list[str], config: Config, read: _Messages, records: Path) -> None:
    """Run the tap to its end, and write the records of the stream as lines of JSON."""
    tail: list[str] = []
    tap = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        pass_fds=[config.number],
    )
    assert tap.stdout is not None
    assert tap.stderr is not None
    reader = threading.Thread(target=_pass_on, args=(tap.stderr, tail))
    reader.start()
    try:
        with records.open("w", encoding="utf-8") as file:
            for line in tap.stdout:
                if line.strip() and read.take(line):
                    file.write(line)
    except BaseException:
        tap.kill()
        raise
    finally:
        status = tap.wait()
        reader.join()
    if status != 0:
        raise TapFailed(_tap_words(command[0], status, tail))
    if not read.has_schema:
        others = ", ".join(sorted(read.others)) or "none"
        raise WrongInput(f"the tap told nothing of stream '{read.stream}'; streams: {others}")


def _pass_on(stream: IO[str], tail: list[str]) -> None:
    for line in stream:
        print(line.rstrip("\n"), flush=True)
        tail.append(line.rstrip("\n"))
        del tail[:-_LAST_LINES]


def _tap_words(tap: str, status: int, tail: list[str]) -> str:
    """Say how a tap failed: its last critical line, else the last that it printed."""
    said = [line for line in tail if line.strip()]
    critical = [line for line in said if "CRITICAL" in line]
    words = critical[-1:] or said[-1:]
    return "\n".join([f"{Path(tap).name} ended with status {status}: {words[0] if words else 'no word'}", *said])


def _catalog(request: dict[str, Any], config: Config, work: Path) -> tuple[Path | None, str | None]:
    """Return the catalog with one stream selected, and that stream's name; without one where the tap cannot tell it."""
    wanted = request["stream"]
    if request["catalog"] is not None:
        document = json.loads(Path(request["catalog"]).read_text("utf-8"))
    else:
        done = subprocess.run(
            [request["tap"], "--config", config.path, "--discover"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            encoding="utf-8",
            pass_fds=[config.number],
            check=False,
        )
        if done.returncode != 0:
            tail = done.stderr.splitlines()[-_LAST_LINES:]
            print("\n".join(tail), flush=True)
            raise TapFailed("asked for its streams, " + _tap_words(request["tap"], done.returncode, tail))
        with contextlib.suppress(ValueError):
            document = json.loads(done.stdout)
            return _selected(document, wanted, work)
        return None, wanted
    return _selected(document, wanted, work)


def _selected(document: Any, wanted: str | None, work: Path) -> tuple[Path, str]:
    streams = document.get("streams", []) if isinstance(document, dict) else []
    names = [str(each.get("stream") or each.get("tap_stream_id")) for each in streams]
    listed = ", ".join(sorted(names)) or "none"
    if wanted is None and len(names) == 1:
        wanted = names[0]
    if wanted is None:
        raise WrongInput(f"the tap has several streams; say which one with 'stream': {listed}")
    if wanted not in names:
        raise WrongInput(f"the tap has no stream '{wanted}'; streams: {listed}")
    for each, name in zip(streams, names, strict=True):
        is_wanted = name == wanted
        # Both ways of selecting: in the schema, as the first taps did it, and in the metadata.
        if isinstance(each.get("schema"), dict):
            each["schema"]["selected"] = is_wanted
        each["selected"] = is_wanted
        metadata = each.setdefault("metadata", [])
        whole = [entry for entry in metadata if entry.get("breadcrumb") == []]
        for entry in whole or [{"breadcrumb": [], "metadata": {}}]:
            entry.setdefault("metadata", {})["selected"] = is_wanted
            if not whole:
                metadata.append(entry)
    path = work / "catalog.json"
    path.write_text(json.dumps(document), "utf-8")
    return path, wanted


def _write(read: _Messages, work: Path, before: Path | None, target: Path) -> int:
    """Write the records as one Parquet file, the last one of each key, over the rows of an earlier load; return the rows."""
    import duckdb
    import pyarrow as pa
    import pyarrow.parquet as pq

    columns = {name: _column(schema) for name, schema in read.schema.items()}
    if not columns:
        raise WrongInput(f"stream '{read.stream}' has no columns")
    fields = [pa.field(name, kind) for name, (kind, _) in columns.items()]
    raw = work / "raw.parquet"
    with pq.ParquetWriter(raw, pa.schema([*fields, pa.field(_LINE, pa.int64())])) as writer:
        line = 0
        for batch in _batches(work / "records.jsonl"):
            arrays = [
                pa.array([_value(record.get(name), name, how) for record in batch], type=kind)
                for name, (kind, how) in columns.items()
            ]
            lines = pa.array(range(line, line + len(batch)), type=pa.int64())
            writer.write_table(pa.Table.from_arrays([*arrays, lines], names=[*columns, _LINE]))
            line += len(batch)
    found = f"select * from read_parquet('{_quoted(raw)}')"
    if before is not None and (before / "table.parquet").is_file():
        earlier = f"read_parquet('{_quoted(before / 'table.parquet')}', file_row_number = true)"
        line_before = f"file_row_number - {_MANY} as {_LINE}"
        found = f"select * exclude (file_row_number), {line_before} from {earlier} union all by name {found}"
    key = ", ".join('"' + name.replace('"', '""') + '"' for name in read.key)
    last = f"qualify row_number() over (partition by {key} order by {_LINE} desc) = 1" if key else ""
    connection = duckdb.connect()
    connection.execute("set TimeZone = 'UTC'")
    connection.execute(
        f"copy (with found as ({found}) select * exclude ({_LINE}) from found {last} order by {_LINE}) "
        f"to '{_quoted(target)}' (format parquet)"
    )
    row = connection.execute(f"select count(*) from read_parquet('{_quoted(target)}')").fetchone()
    assert row is not None
    raw.unlink()
    return int(row[0])


def _batches(path: Path) -> Iterator[list[dict[str, Any]]]:
    batch: list[dict[str, Any]] = []
    with path.open(encoding="utf-8") as file:
        for line in file:
            batch.append(json.loads(line, parse_float=decimal.Decimal)["record"])
            if len(batch) == _BATCH:
                yield batch
                batch = []
    if batch:
        yield batch


def _column(schema: dict[str, Any]) -> tuple[Any, str]:
    """Return the Arrow type of a property of a JSON schema, and how its values are read."""
    import pyarrow as pa

    for alternatives in (schema.get("anyOf"), schema.get("oneOf")):
        for each in alternatives or ():
            if each.get("type") not in ("null", ["null"]):
                return _column(each)
    kinds = schema.get("type")
    named = [kind for kind in ([kinds] if isinstance(kinds, str) else kinds or []) if kind != "null"]
    kind = named[0] if len(named) == 1 else "json" if set(named) & {"object", "array"} or not named else "string"
    if set(named) == {"integer", "number"}:
        kind = "number"
    if kind == "string":
        form = schema.get("format")
        if form == "date-time":
            return pa.timestamp("us", "UTC"), "moment"
        if form == "date":
            return pa.date32(), "date"
        return pa.string(), "decimal" if form == "singer.decimal" else "text"
    found = {
        "integer": (pa.int64(), "integer"),
        "number": (pa.float64(), "number"),
        "boolean": (pa.bool_(), "boolean"),
    }
    # Objects and lists stay JSON: their shape may differ from record to record.
    return found.get(kind, (pa.string(), "json"))


def _value(value: Any, column: str, how: str) -> Any:
    """Return a value in the form that Arrow takes. Raises TapFailed where it is not of the type that the schema promises."""
    if value is None:
        return None
    try:
        return _READ[how](value)
    except (ValueError, TypeError, ArithmeticError) as error:
        raise TapFailed(
            f"column '{column}': {str(value)[:100]!r} is no {how}, which the tap's schema promises"
        ) from error


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, default=float)


def _integer(value: Any) -> int:
    if isinstance(value, bool) or int(value) != decimal.Decimal(str(value)):
        raise ValueError(value)
    return int(value)


def _moment(value: Any) -> dt.datetime:
    found = dt.datetime.fromisoformat(value)
    # The specification leaves moments without an offset open; taps mean UTC.
    return found.astimezone(dt.UTC) if found.tzinfo else found.replace(tzinfo=dt.UTC)


def _boolean(value: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError(value)
    return value


_READ: dict[str, Callable[[Any], Any]] = {
    "text": _text,
    "decimal": _text,
    "json": lambda value: json.dumps(value, default=float),
    "integer": _integer,
    "number": float,
    "boolean": _boolean,
    "moment": _moment,
    "date": lambda value: dt.date.fromisoformat(value[:10]),
}


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
