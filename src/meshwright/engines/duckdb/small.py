"""Small tables of plain values, asked by SQL that is not trusted: a locked instance, bounded in time, memory and rows.

The text has been read by `sql.guard_statement` before; here nothing is reachable whatever the text says.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

import duckdb

from meshwright.engines.duckdb.errors import Statement, interrupted, words_of
from meshwright.engines.duckdb.instance import open_instance
from meshwright.engines.duckdb.names import address, quoted
from meshwright.engines.duckdb.text import NotOneStatement, checked_select
from meshwright.engines.protocol import BindProblem, Limits, SmallAnswer, SmallLimits, SmallQuery, SmallTable

if TYPE_CHECKING:
    import pyarrow as pa

#: Longest text of an answer, in characters.
_MOST_CHARACTERS = 500
#: The user's text begins on the second line of what is run.
_LINES_BEFORE = 1


def ask(queries: Sequence[SmallQuery], tables: Sequence[SmallTable], limits: SmallLimits) -> tuple[SmallAnswer, ...]:
    """Answer each query, as `Engine.ask` says. Raises InterruptedRun where a person stops it."""
    # One thread: order-dependent aggregates then answer alike each time.
    connection = open_instance(Limits(memory_bytes=limits.memory_bytes, threads=1))
    try:
        for table in tables:
            _load(connection, table)
        connection.execute("SET enable_external_access = false")
        connection.execute("SET lock_configuration = true")
        return tuple(_answer(connection, query, limits) for query in queries)
    finally:
        connection.close()


def _load(connection: duckdb.DuckDBPyConnection, table: SmallTable) -> None:
    import pyarrow as pa  # lazy: 53 ms that a command whose policies are all remembered does not pay

    columns: Sequence[Sequence[object]] = list(zip(*table.rows, strict=True)) or [()] * len(table.columns)
    arrays = [
        pa.array(list(values), type=_arrow_type(column.type))
        for column, values in zip(table.columns, columns, strict=True)
    ]
    incoming = pa.Table.from_arrays(arrays, names=[column.name for column in table.columns])
    connection.execute(f"CREATE SCHEMA IF NOT EXISTS {quoted(table.name.partition('.')[0])}")
    connection.register("incoming", incoming)
    connection.execute(f"CREATE TABLE {address(table.name)} AS FROM incoming")
    connection.unregister("incoming")


def _arrow_type(type_text: str) -> pa.DataType:
    import pyarrow as pa  # lazy: see `_load`

    simple: dict[str, pa.DataType] = {
        "VARCHAR": pa.string(),
        "BIGINT": pa.int64(),
        "BOOLEAN": pa.bool_(),
        "DATE": pa.date32(),
        "TIMESTAMP": pa.timestamp("us"),
    }
    if type_text.endswith("[]"):
        return pa.list_(simple[type_text.removesuffix("[]")])
    return simple[type_text]


def _answer(connection: duckdb.DuckDBPyConnection, query: SmallQuery, limits: SmallLimits) -> SmallAnswer:
    statement = Statement(dataset="", text=query.text, lines_before=_LINES_BEFORE)
    params = dict(query.params) or None
    with _time_limit(connection, limits.seconds) as expired:
        try:
            select = checked_select(connection, query.text)
            connection.execute(f"SELECT * FROM (\n{select.text}\n) LIMIT 0", params)
            columns = tuple(str(column[0]).lower() for column in connection.description or ())
            names = [f"c{number}" for number in range(len(columns))]
            wanted = [name for name, column in zip(names, columns, strict=True) if column in query.wanted] or names[:1]
            cut = ", ".join(f"left(CAST({name} AS VARCHAR), {_MOST_CHARACTERS})" for name in wanted)
            rows = connection.execute(
                f"SELECT {cut} FROM (\n{select.text}\n) AS answer({', '.join(names)}) LIMIT {limits.rows + 1}", params
            ).fetchall()
        except NotOneStatement as error:
            return SmallAnswer(problem=BindProblem(message=error.message, line=error.line))
        except (duckdb.InterruptException, RuntimeError) as error:
            # DuckDB's binding raises a bare RuntimeError where a signal arrives while a statement runs.
            if not expired.is_set():
                raise interrupted() from error
            return SmallAnswer(problem=BindProblem(message=f"it takes more than {limits.seconds:g} seconds"))
        except duckdb.OutOfMemoryException:
            megabytes = limits.memory_bytes // 1_000_000
            return SmallAnswer(problem=BindProblem(message=f"it needs more than {megabytes:,} MB of memory"))
        except duckdb.Error as error:
            words = words_of(error, statement)
            return SmallAnswer(
                problem=BindProblem(
                    message=words.message,
                    line=words.line or 1,
                    column=words.column,
                    unknown=words.unknown,
                    candidates=words.candidates,
                )
            )
    return SmallAnswer(columns=columns, rows=tuple(map(tuple, rows[: limits.rows])), is_cut=len(rows) > limits.rows)


@contextmanager
def _time_limit(connection: duckdb.DuckDBPyConnection, seconds: float) -> Iterator[threading.Event]:
    """Interrupt what runs inside after `seconds`; the event says whether that was done."""
    expired = threading.Event()

    def stop() -> None:
        expired.set()
        connection.interrupt()

    timer = threading.Timer(seconds, stop)
    timer.daemon = True
    timer.start()
    try:
        yield expired
    finally:
        timer.cancel()
