"""PostgreSQL: a table or query read in one repeatable-read snapshot, through a cursor of the server.

Without a watermark the observation is the content: the server hashes every row's text and adds the hashes up, so that
nothing but the sum travels. It costs one scan; it is taken again inside the snapshot that is read, so what is recorded
is what exactly was read.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any  # values of any type come from the driver

from meshwright.diagnostics import Diagnostic, InterruptedRun, MeshwrightError
from meshwright.model import Node, SourceObservation, Strength, identity
from meshwright.sources.context import Context, source_error
from meshwright.sources.databases.address import Address, quoted_table, selection, shown_place, source_of
from meshwright.sources.databases.pgtypes import PgColumn, described_columns
from meshwright.sources.databases.values import as_fetched, check_column_names, write_rows
from meshwright.sources.libraries import library
from meshwright.sources.parquetfiles import rows_at_once
from meshwright.sources.protocol import Fetched

if TYPE_CHECKING:
    import psycopg

#: Whatever a role or database sets, rows have the same text.
_SETTINGS = (
    "set local timezone = 'UTC'",
    "set local datestyle = 'ISO, YMD'",
    "set local intervalstyle = 'postgres'",
    "set local extra_float_digits = 1",
    "set local bytea_output = 'hex'",
    "set local cursor_tuple_fraction = 1",
)
_NOT_THERE = ("42P01", "3D000", "3F000")
_NOT_ALLOWED = ("42501", "28P01", "28000")


def observe(node: Node, address: Address, context: Context) -> SourceObservation:
    """Observe in a read-only transaction: by the watermark, else by the content."""
    with snapshot(node, address, context) as connection:
        columns = _columns(node, connection)
        return _seen(node, connection, columns)


def fetch(node: Node, address: Address, context: Context, folder: Path) -> Fetched:
    """Read all rows in one snapshot, and observe that same snapshot."""
    with snapshot(node, address, context) as connection, _cancelled_by(context, connection):
        columns = _columns(node, connection)
        seen = _seen(node, connection, columns)
        file = write_rows(node, [each.written for each in columns], _rows(node, connection, columns), context, folder)
    return as_fetched(file, shown_place(node), seen)


def head(node: Node, address: Address, context: Context, folder: Path) -> Fetched:
    """Ask for no row: the answer has the columns."""
    with snapshot(node, address, context) as connection:
        columns = _columns(node, connection)
    file = write_rows(node, [each.written for each in columns], (), context, folder)
    return as_fetched(file, shown_place(node), None)


@contextmanager
def snapshot(node: Node, address: Address, context: Context) -> Iterator[psycopg.Connection[Any]]:
    """Open a read-only transaction that sees one state of the database, and roll it back at the end."""
    psycopg = library("psycopg", package="psycopg", extra="postgres", node=node)
    try:
        connection = _connected(psycopg, address, context)
    except psycopg.Error as error:
        raise _failure(psycopg, node, error, context) from None
    with closing(connection):
        try:
            for setting in (*_SETTINGS, f"set local lock_timeout = '{round(context.patience.timeout_s)}s'"):
                connection.execute(setting)
            yield connection
            connection.rollback()
        except psycopg.Error as error:
            if context.stop.is_set():
                raise _interrupted(node) from None
            raise _failure(psycopg, node, error, context) from None


def _connected(psycopg: Any, address: Address, context: Context) -> Any:
    """Connect, again where the server is not to be reached; a wrong password is not tried twice."""
    conninfo = "postgresql://" + address.url.partition("://")[2]
    for attempt in range(context.patience.attempts):
        context.stop.wait(context.patience.backoff_s * attempt)
        try:
            connection = psycopg.connect(
                conninfo,
                connect_timeout=max(2, round(context.patience.timeout_s)),
                keepalives_idle=30,
                tcp_user_timeout=round(context.patience.timeout_s * 1000),
                application_name="meshwright",
            )
        except psycopg.OperationalError as error:
            is_last = attempt == context.patience.attempts - 1
            if is_last or "authentication" in str(error) or "does not exist" in str(error):
                raise
        else:
            connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            connection.read_only = True
            return connection
    raise AssertionError  # the loop ends by returning or raising


@contextmanager
def _cancelled_by(context: Context, connection: psycopg.Connection[Any]) -> Iterator[None]:
    """Cancel what the server does for us once the run is asked to stop."""
    is_over = threading.Event()

    def watch() -> None:
        while not is_over.wait(0.2):
            if context.stop.is_set():
                connection.cancel()
                return

    watcher = threading.Thread(target=watch, name="cancel", daemon=True)
    watcher.start()
    try:
        yield
    finally:
        is_over.set()
        watcher.join()


def _select(node: Node) -> str:
    table = source_of(node).table
    return selection(node, quoted_table(table) if table else None)


def _columns(node: Node, connection: psycopg.Connection[Any]) -> tuple[PgColumn, ...]:
    cursor = connection.execute(f"select * from (\n{_select(node)}\n) as q limit 0")
    described = cursor.description or ()
    check_column_names(node, [each.name for each in described])
    return described_columns(described, connection, node.columns)


def _seen(node: Node, connection: psycopg.Connection[Any], columns: Sequence[PgColumn]) -> SourceObservation:
    source = source_of(node)
    shape = [[each.name, each.server_type] for each in columns]
    if source.watermark is not None:
        mark = quoted_table(source.watermark) if '"' in source.watermark else f'"{source.watermark}"'
        row = connection.execute(
            f"select count(*), max({mark})::text, current_database() from (\n{_select(node)}\n) as q"
        ).fetchone()
        assert row is not None
        count, greatest, database = row
        words = f"{count:,} rows, {source.watermark} up to {greatest}"
        key = identity("mwwatermark1", database, source.watermark, shape, count, greatest)
        return SourceObservation(dataset=node.address, key=key, strength=Strength.HIGH_WATER_MARK, words=words)
    row = connection.execute(
        "select count(*), coalesce(sum(hashtextextended(q::text, 0)), 0)::text, "
        f"coalesce(sum(hashtextextended(q::text, 1)), 0)::text from (\n{_select(node)}\n) as q"
    ).fetchone()
    assert row is not None
    count, one, other = row
    return SourceObservation(
        dataset=node.address,
        key=identity("mwrows1", "postgresql", shape, count, one, other),
        strength=Strength.CONTENT,
        words=f"{count:,} rows of {shown_place(node)}",
    )


def _rows(
    node: Node, connection: psycopg.Connection[Any], columns: Sequence[PgColumn]
) -> Iterator[Sequence[Sequence[Any]]]:
    items = ", ".join(f"{each.expression} as {each.quoted}" for each in columns)
    with connection.cursor(name="meshwright") as cursor:
        cursor.execute(f"select {items} from (\n{_select(node)}\n) as q", binary=True)
        size = rows_at_once(len(columns))
        while rows := _next_rows(node, cursor, size, columns):
            yield rows


def _next_rows(node: Node, cursor: Any, size: int, columns: Sequence[PgColumn]) -> Sequence[Sequence[Any]]:
    """Return the next rows. Raises InputError (MW-X642) for a date that Python and Parquet have no place for."""
    psycopg = library("psycopg", package="psycopg", extra="postgres", node=node)
    try:
        rows: Sequence[Sequence[Any]] = cursor.fetchmany(size)
    except psycopg.DataError as error:
        dates = [f"'{each.name}'" for each in columns if each.server_type.startswith(("date", "time"))]
        if error.sqlstate is not None or not dates:
            raise
        raise source_error(
            "MW-X642",
            node,
            f"a value of column {' or '.join(dates[:5])} cannot be kept: {error} (infinity, or a year outside 1 to 9999)",
            fix="filter such rows in `query`, or declare the column as VARCHAR",
        ) from None
    return rows


def _failure(psycopg: Any, node: Node, error: Any, context: Context) -> MeshwrightError:
    """Return the error about the source for one of the driver's."""
    state = getattr(error, "sqlstate", None) or ""
    diagnosis = getattr(error, "diag", None)
    said = getattr(diagnosis, "message_primary", None) or str(error)
    words = context.secrets.hidden(" ".join(said.split()))[:600]
    place = f"{shown_place(node)} of source {node.address}"
    if state in _NOT_ALLOWED or "password authentication failed" in words or "no password supplied" in words:
        return source_error("MW-X605", node, f"{place} may not be read: {words}", fix="check user, password and grants")
    if state in _NOT_THERE or ("does not exist" in words and not state):
        return source_error("MW-X604", node, f"{place} is not there: {words}", fix="correct the name or the address")
    if isinstance(error, psycopg.DataError):
        fix = "cast or filter it in `query`"
        return source_error("MW-X642", node, f"a value of {place} cannot be kept: {words}", fix=fix)
    if isinstance(error, psycopg.OperationalError):
        return source_error(
            "MW-X603", node, f"the database of source {node.address} cannot be reached or gave up: {words}",
            fix="check the address and the server, and run again", world=True,
        )  # fmt: skip
    return source_error(
        "MW-X641", node, f"the database refuses {place}: {words}", fix="correct `table`, `query` or `watermark`"
    )


def _interrupted(node: Node) -> InterruptedRun:
    return InterruptedRun(
        Diagnostic(code="MW-R006", message=f"interrupted while {node.address} was read", object=node.address)
    )
