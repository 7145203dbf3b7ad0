"""Databases that have no reader of their own here, through SQLAlchemy and the driver that the address names.

A column has the type that the table declares; of a query, the type of the driver's values in the first rows. Without a
watermark the rows themselves are hashed, which reads them all: give a watermark where that is too much.
"""

from __future__ import annotations

import datetime as dt
import decimal
import json
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any  # values of any type come from drivers

from meshwright.diagnostics import MeshwrightError
from meshwright.model import Node, SourceObservation, Strength, identity
from meshwright.sources.context import Context, source_error
from meshwright.sources.databases.address import Address, selection, shown_place, source_of
from meshwright.sources.databases.values import (
    ColumnType,
    as_fetched,
    check_column_names,
    decimal_type,
    declared_types,
    is_text_type,
    write_rows,
)
from meshwright.sources.libraries import missing
from meshwright.sources.parquetfiles import rows_at_once
from meshwright.sources.protocol import Fetched

if TYPE_CHECKING:
    import pyarrow as pa
    import sqlalchemy as sa

_DIGEST_MASK = 2**128 - 1
#: How databases say that there is no such table.
_ABSENT_WORDS = ("no such table", "doesn't exist", "does not exist", "Invalid object name", "ORA-00942")


class _Rows:
    """The rows of a result in batches, counted and hashed on their way; the first batch is looked at beforehand."""

    def __init__(self, result: Any, node: Node, context: Context) -> None:
        self._result = result
        self._node = node
        self._context = context
        self.names = list(result.keys())
        self._size = rows_at_once(len(self.names))
        self.first: Sequence[Any] = result.fetchmany(self._size)
        self.count = 0
        self._sum = 0

    def __iter__(self) -> Iterator[Sequence[Any]]:
        import xxhash  # lazy: only databases without a hash of their own need it

        rows = self.first
        while rows:
            self._context.check_stop(self._node)
            for row in rows:
                self._sum += int.from_bytes(xxhash.xxh3_128_digest(repr(tuple(row)).encode("utf-8", "surrogatepass")))
            self.count += len(rows)
            yield rows
            rows = self._result.fetchmany(self._size)

    @property
    def digest(self) -> str:
        """What all rows together are, blind to their order; known when they were gone through."""
        return f"{self._sum & _DIGEST_MASK:032x}"


def observe(node: Node, address: Address, context: Context) -> SourceObservation:
    """Observe by the watermark, else by going through all rows."""
    source = source_of(node)
    with _connection(node, address, context) as connection:
        if source.watermark is not None:
            return _by_watermark(node, connection, source.watermark)
        rows = _Rows(_execute(node, connection), node, context)
        for _ in rows:
            pass
        return _seen(node, rows)


def fetch(node: Node, address: Address, context: Context, folder: Path) -> Fetched:
    """Read all rows; what was seen is what was read."""
    source = source_of(node)
    with _connection(node, address, context) as connection:
        marked = _by_watermark(node, connection, source.watermark) if source.watermark is not None else None
        rows = _Rows(_execute(node, connection), node, context)
        file = write_rows(node, _columns(node, connection, rows), rows, context, folder)
        seen = marked or _seen(node, rows)
    return as_fetched(file, shown_place(node), seen)


def head(node: Node, address: Address, context: Context, folder: Path) -> Fetched:
    """Look at the first rows for the columns."""
    with _connection(node, address, context) as connection:
        rows = _Rows(_execute(node, connection), node, context)
        columns = _columns(node, connection, rows)
    file = write_rows(node, columns, (), context, folder)
    return as_fetched(file, shown_place(node), None)


@contextmanager
def _connection(node: Node, address: Address, context: Context) -> Iterator[sa.Connection]:
    """Open a connection, in a repeatable read where the database has one; nothing is committed."""
    import sqlalchemy as sa  # lazy: 240 ms, and only these databases need it

    try:
        engine = sa.create_engine(address.url, poolclass=sa.pool.NullPool)
    except sa.exc.NoSuchModuleError:
        raise missing(f"SQLAlchemy dialect for {address.kind}", None, node) from None
    except ModuleNotFoundError as error:
        raise missing(error.name or f"driver for {address.kind}", None, node) from None
    except (sa.exc.ArgumentError, ValueError):
        raise source_error("MW-X643", node, f"the address of source {node.address} is no database's") from None
    try:
        with engine.connect() as plain:
            connection = plain
            levels = _isolation_levels(engine)
            if "REPEATABLE READ" in levels:
                connection = plain.execution_options(isolation_level="REPEATABLE READ")
            try:
                yield connection.execution_options(stream_results=True)
            finally:
                connection.rollback()
    except sa.exc.SQLAlchemyError as error:
        raise _failure(node, error, context) from None
    finally:
        engine.dispose()


def _isolation_levels(engine: sa.Engine) -> Sequence[str]:
    try:
        return list(engine.dialect.get_isolation_level_values(None))  # type: ignore[arg-type]  # no dialect looks at it
    except NotImplementedError:
        return ()


def _select(node: Node, connection: sa.Connection) -> str:
    table = source_of(node).table
    quote = connection.dialect.identifier_preparer.quote
    return selection(node, ".".join(quote(part) for part in table.split(".")) if table else None)


def _execute(node: Node, connection: sa.Connection) -> Any:
    # exec_driver_sql: the text goes to the database as it stands, colons and all.
    return connection.exec_driver_sql(_select(node, connection))


def _by_watermark(node: Node, connection: sa.Connection, watermark: str) -> SourceObservation:
    mark = connection.dialect.identifier_preparer.quote(watermark)
    row = connection.exec_driver_sql(
        f"select count(*), max({mark}) from ({_select(node, connection)}) mw_source"
    ).fetchone()
    assert row is not None
    count, greatest = row
    return SourceObservation(
        dataset=node.address,
        key=identity("mwwatermark1", connection.dialect.name, watermark, int(count), str(greatest)),
        strength=Strength.HIGH_WATER_MARK,
        words=f"{count:,} rows, {watermark} up to {greatest}",
    )


def _seen(node: Node, rows: _Rows) -> SourceObservation:
    return SourceObservation(
        dataset=node.address,
        key=identity("mwrows1", "rows", rows.names, rows.count, rows.digest),
        strength=Strength.CONTENT,
        words=f"{rows.count:,} rows of {shown_place(node)}",
    )


def _columns(node: Node, connection: sa.Connection, rows: _Rows) -> tuple[ColumnType, ...]:
    import pyarrow as pa  # lazy: only sources of other formats need it

    check_column_names(node, rows.names)
    declared = declared_types(node.columns)
    of_table = _table_types(node, connection)
    found = []
    for place, name in enumerate(rows.names):
        if is_text_type(declared.get(name)):
            found.append(ColumnType(name=name, type=pa.string(), shown="VARCHAR", convert=_as_text))
            continue
        sample = [row[place] for row in rows.first if row[place] is not None]
        wanted = decimal_type(declared.get(name)) or of_table.get(name)
        found.append(_column(node, name, sample, wanted))
    return tuple(found)


def _table_types(node: Node, connection: sa.Connection) -> dict[str, Any]:
    """Return what the table says of its columns: a Python type, or precision and scale."""
    import sqlalchemy as sa  # lazy: see above

    table = source_of(node).table
    if table is None:
        return {}
    schema, _, name = table.rpartition(".")
    types: dict[str, Any] = {}
    for column in sa.inspect(connection).get_columns(name, schema=schema or None):
        kind = column["type"]
        if isinstance(kind, sa.Numeric) and not isinstance(kind, sa.Float):
            if kind.precision is not None and kind.precision <= 38:
                types[column["name"]] = (kind.precision, kind.scale or 0)
            else:
                types[column["name"]] = decimal.Decimal
            continue
        try:
            types[column["name"]] = kind.python_type
        except NotImplementedError:
            continue
    return types


def _column(node: Node, name: str, sample: Sequence[Any], wanted: Any) -> ColumnType:
    import pyarrow as pa  # lazy: only sources of other formats need it

    kinds = {type(value) for value in sample}
    if isinstance(wanted, tuple):
        shown = f"DECIMAL({wanted[0]},{wanted[1]})"
        return ColumnType(name=name, type=pa.decimal128(*wanted), shown=shown, convert=_as_decimal)
    if wanted is None and not kinds:
        wanted = str
    if wanted is None and kinds <= {int, float, decimal.Decimal} and len(kinds) > 1:
        wanted = decimal.Decimal if decimal.Decimal in kinds else float
    kind = wanted or next(iter(kinds))
    if wanted is None and len(kinds) > 1:
        listed = " and ".join(sorted(each.__name__ for each in kinds))
        raise source_error("MW-X642", node, f"column '{name}' mixes {listed}", fix="cast it in `query`, or declare it")
    types: dict[type, tuple[pa.DataType, str, Callable[[Any], Any] | None]] = {
        bool: (pa.bool_(), "BOOLEAN", bool),
        int: (pa.int64(), "BIGINT", None),
        float: (pa.float64(), "DOUBLE", float),
        decimal.Decimal: (pa.decimal128(38, 9), "DECIMAL(38,9)", _as_decimal),
        str: (pa.string(), "VARCHAR", None),
        bytes: (pa.binary(), "BLOB", bytes),
        memoryview: (pa.binary(), "BLOB", bytes),
        dt.datetime: _moment_type(sample),
        dt.date: (pa.date32(), "DATE", None),
        dt.time: (pa.time64("us"), "TIME", None),
        dt.timedelta: (pa.string(), "VARCHAR", str),
        uuid.UUID: (pa.uuid(), "UUID", None),
        dict: (pa.json_(), "JSON", _as_json),
        list: (pa.json_(), "JSON", _as_json),
    }
    if kind not in types:
        raise source_error(
            "MW-X642", node, f"column '{name}' holds values of type {kind.__name__}, which no column keeps",
            fix="cast it in `query`, or declare it as VARCHAR",
        )  # fmt: skip
    type_, shown, convert = types[kind]
    return ColumnType(name=name, type=type_, shown=shown, convert=convert)


def _moment_type(sample: Sequence[Any]) -> tuple[pa.DataType, str, Callable[[Any], Any]]:
    """Return the type of times: with a zone where the driver gives them one."""
    import pyarrow as pa  # lazy: only sources of other formats need it

    is_zoned = any(isinstance(value, dt.datetime) and value.tzinfo is not None for value in sample)

    def convert(value: Any) -> dt.datetime:
        if not isinstance(value, dt.datetime) or (value.tzinfo is not None) != is_zoned:
            raise ValueError("a time of another kind")
        return value

    return (
        (pa.timestamp("us", "UTC"), "TIMESTAMPTZ", convert) if is_zoned else (pa.timestamp("us"), "TIMESTAMP", convert)
    )


def _as_decimal(value: Any) -> decimal.Decimal:
    return value if isinstance(value, decimal.Decimal) else decimal.Decimal(str(value))


def _as_json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


def _as_text(value: Any) -> str:
    if isinstance(value, (bytes, memoryview)):
        raise TypeError("bytes")
    return value if isinstance(value, str) else str(value)


def _failure(node: Node, error: Exception, context: Context) -> MeshwrightError:
    import sqlalchemy as sa  # lazy: see above

    cause = getattr(error, "orig", None) or error
    words = context.secrets.hidden(" ".join(str(cause).split()))[:600]
    place = f"{shown_place(node)} of source {node.address}"
    is_absent = getattr(cause, "sqlstate", None) == "42P01" or any(each in words for each in _ABSENT_WORDS)
    if isinstance(error, sa.exc.NoSuchTableError) or is_absent:
        return source_error("MW-X604", node, f"{place} is not there", fix="correct `table`")
    if isinstance(error, sa.exc.DataError):
        return source_error("MW-X642", node, f"a value of {place} cannot be kept: {words}", fix="cast it in `query`")
    if isinstance(error, (sa.exc.OperationalError, sa.exc.InterfaceError, sa.exc.TimeoutError)):
        return source_error(
            "MW-X603", node, f"{place} cannot be read: {words}", fix="check the address and the server", world=True
        )
    return source_error("MW-X641", node, f"the database refuses {place}: {words}", fix="correct `table` or `query`")
