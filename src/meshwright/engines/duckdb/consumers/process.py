"""One query's process: it reads the text, asks what the tables in it may show, answers, and ends. It meets no second query.

What it is told comes from the server and is trusted; the text is not. It is read here and not in the server, so that no text
can keep the server's thread, take its memory or end it.
"""

from __future__ import annotations

import os
import resource
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, NoReturn

import duckdb

from meshwright.engines.duckdb.build import describe
from meshwright.engines.duckdb.consumers import words
from meshwright.engines.duckdb.consumers.shown import show_and_lock
from meshwright.engines.duckdb.consumers.values import ConsumerLimits, Given
from meshwright.engines.duckdb.consumers.wire import BATCH_BYTES, MOST_BYTES, BrokenTalk, Frame, say, send, told
from meshwright.engines.duckdb.consumers.words import Failure, Told
from meshwright.engines.duckdb.instance import open_instance
from meshwright.engines.duckdb.names import literal
from meshwright.engines.duckdb.settings import generation
from meshwright.engines.duckdb.text import NotOneStatement, Select, checked_select
from meshwright.engines.duckdb.types import select_stored, stored_columns
from meshwright.engines.duckdb.vetted import NotAllowed, vet
from meshwright.engines.duckdb.views import files_of
from meshwright.engines.limits import Limits
from meshwright.frozen import dataclass
from meshwright.model import Columns
from meshwright.sql.asked import read_asked

if TYPE_CHECKING:
    import pyarrow as pa

_BATCH_ROWS = 16_384
#: The release of DuckDB that has threads for reading besides those that compute.
_ASYNC_SINCE = 2
#: Of the address space: code, libraries and what DuckDB reserves besides what it counts.
_BESIDES_BYTES = 3 << 30
#: Of the time of processors, besides what threads can take in the time of a query.
_BESIDES_S = 10
_TOLD_S = 5
#: Files of a dataset in many parts are open together.
_OPEN_FILES = 4096


#: What DuckDB, its binding for Python, and Arrow raise over rows and values.
_ON_ROWS = (duckdb.Error, MemoryError, RuntimeError, ValueError, TypeError, OverflowError)


class _Refused(Exception):
    """The query has no answer."""

    def __init__(self, *failures: Failure) -> None:
        self.failures = failures


def open_before() -> duckdb.DuckDBPyConnection:
    """Open the instance that queries' processes inherit: opening one costs as much as most queries do.

    It has no data, no second thread and no connection that does anything, so that a fork takes all of it along.
    """
    connection = open_instance(Limits(threads=1))
    if generation() >= _ASYNC_SINCE:
        connection.execute("SET async_threads = 0")
    return connection


def prepare(connection: duckdb.DuckDBPyConnection, limits: ConsumerLimits, spill: str) -> None:
    """Bound this process and its instance, before anybody asks for it."""
    most = 2 * limits.memory_bytes + _BESIDES_BYTES
    cpu_s = int(limits.seconds * max(limits.threads, 1)) + _BESIDES_S
    for what, bound in (
        (resource.RLIMIT_AS, most),
        (resource.RLIMIT_CPU, cpu_s),
        (resource.RLIMIT_FSIZE, limits.spill_bytes),
        (resource.RLIMIT_NOFILE, _OPEN_FILES),
        (resource.RLIMIT_CORE, 0),
    ):
        hard = resource.getrlimit(what)[1]
        least = bound if hard == resource.RLIM_INFINITY else min(bound, hard)
        # Where a process can be told that it is over, that comes first.
        resource.setrlimit(what, (least - _TOLD_S if what == resource.RLIMIT_CPU else least, least))
    for name, value in (
        ("temp_directory", literal(spill)),
        ("max_temp_directory_size", f"'{limits.spill_bytes}B'"),
        ("memory_limit", f"'{limits.memory_bytes}B'"),
        ("threads", str(limits.threads)),
    ):
        connection.execute(f"SET GLOBAL {name} = {value}")


def answer(connection: duckdb.DuckDBPyConnection, channel: socket.socket, limits: ConsumerLimits) -> None:
    """Answer the one query that comes on `channel`. Raises BrokenTalk, OSError where nobody waits for it any more."""
    text = told(channel)
    if not isinstance(text, str):
        raise BrokenTalk("no text")
    with _interrupted_after(connection, limits) as late:
        try:
            say(channel, {"end": _answered(connection, channel, text, limits)})
        except _Refused as refused:
            failures = [words.too_long(limits.seconds)] if late.is_set() else refused.failures
            say(channel, {"failed": [asdict(each) for each in failures]})


def _answered(connection: duckdb.DuckDBPyConnection, channel: socket.socket, text: str, limits: ConsumerLimits) -> int:
    """Tell what the query names, take what it may read, send its rows, and return how many. Raises _Refused."""
    asked = read_asked(text)
    if asked.problems:
        raise _Refused(*(Failure(**asdict(each) | {"fix": each.fix or "correct the SQL"}) for each in asked.problems))
    tables = [asdict(table) for table in asked.tables]
    say(channel, {"tables": tables, "params": asked.params, "settled": asked.is_settled})
    given = told(channel)
    if not isinstance(given, Given):
        raise BrokenTalk("no datasets")
    files = files_of({dataset: shown.relation for dataset, shown in given.datasets.items()})
    told_with = Told(text=text, names=given.datasets, files=files)
    with _told_of_rows(replace(told_with, text=None)):
        show_and_lock(connection, given.datasets, given.product)
    select = _vetted(connection, text, given, told_with)
    told_with = replace(told_with, text=select.text)
    described = _described(connection, select, given, told_with)
    say(channel, {"columns": [[column.name, column.type] for column in stored_columns(described)]})
    return _send_rows(connection, channel, _Running(select, described, given, told_with), limits)


def _vetted(connection: duckdb.DuckDBPyConnection, text: str, given: Given, told_with: Told) -> Select:
    try:
        select = checked_select(connection, text)  # first, since it tells where a text cannot be read
        vet(connection, text, given.datasets, given.product, "query")
    except NotAllowed as refused:
        raise _Refused(words.not_allowed(str(refused))) from refused
    except NotOneStatement as refused:
        raise _Refused(words.not_allowed(refused.message)) from refused
    except RecursionError as error:
        raise _Refused(words.not_allowed("it is nested too deeply")) from error
    except duckdb.Error as error:
        raise _Refused(words.of_text(error, told_with)) from error
    return select


def _described(connection: duckdb.DuckDBPyConnection, select: Select, given: Given, told_with: Told) -> Columns:
    try:
        return describe(connection, select, given.params)
    except duckdb.Error as error:
        raise _Refused(words.of_text(error, replace(told_with, lines_before=1))) from error
    except _ON_ROWS as error:  # a value that cannot be bound
        raise _Refused(words.of_rows(error, replace(told_with, text=None))) from error


@contextmanager
def _told_of_rows(told_with: Told) -> Iterator[None]:
    try:
        yield
    except _ON_ROWS as error:
        raise _Refused(words.of_rows(error, told_with)) from error


@dataclass(frozen=True, slots=True)
class _Running:
    """A query that is in order."""

    select: Select
    described: Columns
    given: Given
    told_with: Told


def _send_rows(
    connection: duckdb.DuckDBPyConnection, channel: socket.socket, running: _Running, limits: ConsumerLimits
) -> int:
    text, given = running.select.text, running.given
    converted = select_stored(running.described)
    told_with = replace(running.told_with, lines_before=1 if converted else 0)
    with _told_of_rows(told_with):
        # A relation streams, with parameters too; a statement that is executed would keep all rows first.
        relation = connection.sql(
            f"SELECT {converted} FROM (\n{text}\n)" if converted else text, params=dict(given.params) or None
        )
        reader = relation.to_arrow_reader(_BATCH_ROWS)
    send(channel, Frame.SCHEMA, memoryview(reader.schema.serialize()))
    rows = size = 0
    while given.limit is None or rows < given.limit:
        batch = _next(reader, told_with)
        if batch is None:
            break
        if given.limit is not None:
            batch = batch.slice(0, given.limit - rows)
        rows += batch.num_rows
        if rows > limits.answer_rows:
            raise _Refused(words.too_large(f"{limits.answer_rows:,} rows"))
        for piece in _pieces(batch):
            body = memoryview(piece.serialize())
            size += body.nbytes
            if body.nbytes > MOST_BYTES:
                raise _Refused(words.too_large(f"{MOST_BYTES >> 20} MB in a row"))
            if size > limits.answer_bytes:
                raise _Refused(words.too_large(f"{limits.answer_bytes // 1_000_000:,} MB"))
            send(channel, Frame.BATCH, body)
    return rows


def _next(reader: pa.RecordBatchReader, told_with: Told) -> pa.RecordBatch | None:
    try:
        return reader.read_next_batch()
    except StopIteration:
        return None
    except (*_ON_ROWS, OSError) as error:  # Arrow wraps what DuckDB raises between two batches
        raise _Refused(words.of_rows(error, told_with)) from error


def _pieces(batch: pa.RecordBatch) -> Iterator[pa.RecordBatch]:
    """Cut a batch until each piece is a small frame, or one row."""
    if batch.num_rows <= 1 or batch.nbytes <= BATCH_BYTES:
        yield batch
        return
    half = batch.num_rows // 2
    yield from _pieces(batch.slice(0, half))
    yield from _pieces(batch.slice(half))


@contextmanager
def _interrupted_after(connection: duckdb.DuckDBPyConnection, limits: ConsumerLimits) -> Iterator[threading.Event]:
    """Interrupt what runs inside when its time is over; the event says whether that was done."""
    late, is_over = threading.Event(), threading.Event()

    def stop() -> None:
        # Again and again: DuckDB forgets an interrupt that comes between two statements.
        if not is_over.wait(limits.seconds):
            late.set()
            while not is_over.wait(0.05):
                connection.interrupt()

    threading.Thread(target=stop, daemon=True).start()
    try:
        yield late
    finally:
        is_over.set()


def leave(status: int) -> NoReturn:
    """End this process without Python's and DuckDB's farewells: nobody is left to notice that one hangs."""
    os._exit(status)
