"""SQLite: a table or query of a database file, read in one transaction that cannot write.

Without a watermark the observation is the content of the file, and of its write-ahead log where there is one. A column has
the type that its table declares; SQLite does not enforce it, so a value that is not of it is an error.
"""

from __future__ import annotations

import datetime as dt
import re
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING, Any  # SQLite's values are of any type
from urllib.parse import quote, unquote, urlsplit

from meshwright.diagnostics import MeshwrightError
from meshwright.model import Node, SourceObservation, Strength, identity
from meshwright.sources.context import Context, source_error
from meshwright.sources.databases.address import (
    Address,
    address_of,
    quoted_table,
    selection,
    shown_place,
    source_of,
)
from meshwright.sources.databases.values import (
    ColumnType,
    as_fetched,
    check_column_names,
    decimal_type,
    declared_types,
    is_text_type,
    write_rows,
)
from meshwright.sources.parquetfiles import rows_at_once
from meshwright.sources.protocol import Fetched

if TYPE_CHECKING:
    import pyarrow as pa

_VIEW = "meshwright_source"
_INT64 = range(-(2**63), 2**63)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_HAS_ZONE = re.compile(r"(Z|[+-]\d{2}:?\d{2})$")


def database_file(node: Node, context: Context) -> str | None:
    """Return the path of the file that is observed by its content; None for other databases, and with a watermark."""
    source = source_of(node)
    if source.watermark is not None:
        return None
    address = address_of(node, context)
    return _path(node, address) if address.kind == "sqlite" else None


def files_of(path: str) -> tuple[str, ...]:
    """Return the files that hold a database: its own, and its write-ahead log where that holds something."""
    log = Path(f"{path}-wal")
    if not Path(path).is_file():
        return ()
    return (path, str(log)) if log.is_file() and log.stat().st_size else (path,)


def observe(node: Node, address: Address, context: Context) -> SourceObservation:
    """Observe by the watermark; without one the file is observed by its content, see `database_file`."""
    source = source_of(node)
    _path(node, address)  # an address that names no file is told here
    assert source.watermark is not None
    with _snapshot(node, address, context) as connection:
        mark = quoted_table(source.watermark)
        shape = [[each.name, each.shown] for each in _columns(node, connection)]
        count, greatest = connection.execute(f"select count(*), max({mark}) from ({_select(node)}\n)").fetchone()
    return SourceObservation(
        dataset=node.address,
        key=identity("mwwatermark1", "sqlite", source.watermark, shape, count, str(greatest)),
        strength=Strength.HIGH_WATER_MARK,
        words=f"{count:,} rows, {source.watermark} up to {greatest}",
    )


def fetch(node: Node, address: Address, context: Context, folder: Path) -> Fetched:
    """Read all rows in one transaction."""
    with _snapshot(node, address, context) as connection:
        columns = _columns(node, connection)
        file = write_rows(node, columns, _rows(connection, columns), context, folder)
    return as_fetched(file, shown_place(node), None)


def head(node: Node, address: Address, context: Context, folder: Path) -> Fetched:
    """Look at the columns; those without a declared type are looked at whole."""
    with _snapshot(node, address, context) as connection:
        columns = _columns(node, connection)
    file = write_rows(node, columns, (), context, folder)
    return as_fetched(file, shown_place(node), None)


def _path(node: Node, address: Address) -> str:
    """Return the path after ``sqlite:///``, which is relative to the mesh root, or after ``sqlite:////``."""
    parts = urlsplit(address.url)
    path = unquote(parts.path).removeprefix("/")
    if parts.netloc or not path or path == ":memory:" or parts.query:
        raise source_error(
            "MW-X643",
            node,
            f"the address of source {node.address} names no SQLite file",
            fix="write sqlite:///data/shop.db (three slashes: relative to the mesh root), without options",
        )
    return path


@contextmanager
def _snapshot(node: Node, address: Address, context: Context) -> Iterator[sqlite3.Connection]:
    path = context.root / _path(node, address)
    if not path.is_file():
        raise source_error(
            "MW-X604",
            node,
            f"there is no database file for source {node.address}",
            fix="correct the path in `database`",
        )
    try:
        with closing(
            sqlite3.connect(
                f"file:{quote(str(path))}?mode=ro",
                uri=True,
                isolation_level=None,
                timeout=context.patience.timeout_s,
                check_same_thread=False,
            )
        ) as connection:
            connection.set_progress_handler(lambda: int(context.stop.is_set()), 100_000)
            connection.execute("begin")
            connection.execute(f"create temp view {_VIEW} as {_select(node)}")
            yield connection
    except sqlite3.Error as error:
        context.check_stop(node)
        raise _failure(node, error, context) from None


def _select(node: Node) -> str:
    table = source_of(node).table
    return selection(node, quoted_table(table) if table else None)


def _columns(node: Node, connection: sqlite3.Connection) -> tuple[ColumnType, ...]:
    described = connection.execute(f"select * from ({_select(node)}\n) limit 0").description
    names = [each[0] for each in described]
    check_column_names(node, names)
    declared = declared_types(node.columns)
    types = {row[1]: row[2] for row in connection.execute(f"pragma table_info({_VIEW})")}
    return tuple(_column(node, connection, name, types.get(name, ""), declared.get(name)) for name in names)


def _column(node: Node, connection: sqlite3.Connection, name: str, table_type: str, declared: str | None) -> ColumnType:
    import pyarrow as pa  # lazy: only sources of other formats need it

    if is_text_type(declared):
        return ColumnType(name=name, type=pa.string(), shown="VARCHAR", convert=_as_text)
    wanted = (declared or table_type).upper().strip()
    if decimal := decimal_type(wanted) if "(" in wanted or declared else None:
        return ColumnType(
            name=name,
            type=pa.decimal128(*decimal),
            shown="DECIMAL({},{})".format(*decimal),
            convert=_as_decimal(decimal[1]),
        )
    kind = affinity(wanted) or _stored_kind(node, connection, name)
    type_, convert = _KINDS[kind]
    return ColumnType(name=name, type=type_(), shown=kind, convert=convert)


def affinity(type_: str) -> str | None:
    """Return the kind of a declared type, by SQLite's rules where it has one and by the word where people mean more."""
    word = type_.partition("(")[0].strip()
    exact = {"DATE": "DATE", "DATETIME": "TIMESTAMP", "TIMESTAMP": "TIMESTAMP", "BOOLEAN": "BOOLEAN", "BOOL": "BOOLEAN",
             "TIMESTAMP WITH TIME ZONE": "TIMESTAMPTZ", "TIMESTAMPTZ": "TIMESTAMPTZ", "JSON": "VARCHAR",
             "UUID": "VARCHAR", "TIME": "VARCHAR", "NUMERIC": "DOUBLE", "DECIMAL": "DOUBLE"}  # fmt: skip
    if word in exact:
        return exact[word]
    for kind, parts in (
        ("BIGINT", ("INT",)),
        ("VARCHAR", ("CHAR", "CLOB", "TEXT", "STRING")),
        ("BLOB", ("BLOB", "BINARY", "BYTEA")),
        ("DOUBLE", ("REAL", "FLOA", "DOUB")),
    ):
        if any(part in word for part in parts):
            return kind
    return None


def _stored_kind(node: Node, connection: sqlite3.Connection, name: str) -> str:
    """Return the kind that all values of a column have where nothing declares one. Raises InputError where they mix."""
    quoted = quoted_table(name.replace(".", "\0")).replace("\0", ".")
    kinds = {row[0] for row in connection.execute(f"select distinct typeof({quoted}) from {_VIEW}")} - {"null"}
    found = {
        frozenset(): "VARCHAR",
        frozenset({"integer"}): "BIGINT",
        frozenset({"real"}): "DOUBLE",
        frozenset({"integer", "real"}): "DOUBLE",
        frozenset({"text"}): "VARCHAR",
        frozenset({"blob"}): "BLOB",
    }.get(frozenset(kinds))
    if found is None:
        listed = " and ".join(sorted(kinds))
        raise source_error(
            "MW-X642", node, f"column '{name}' has no declared type and mixes {listed}",
            fix=f"cast it in `query`, or declare it: columns: {{{name}: VARCHAR}}",
        )  # fmt: skip
    return found


def _rows(connection: sqlite3.Connection, columns: Sequence[ColumnType]) -> Iterator[Sequence[Sequence[Any]]]:
    cursor = connection.execute(f"select * from {_VIEW}")
    size = rows_at_once(len(columns))
    while rows := cursor.fetchmany(size):
        yield rows


def _as_text(value: Any) -> str:
    if isinstance(value, bytes):
        raise TypeError("bytes")
    return value if isinstance(value, str) else repr(value)


def _as_whole(value: Any) -> int:
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return int(value)
    if not isinstance(value, int) or value not in _INT64:
        raise ValueError("no whole number")
    return value


def _as_number(value: Any) -> float:
    if isinstance(value, int) and int(float(value)) == value:
        return float(value)
    if not isinstance(value, float):
        raise TypeError("no number")
    return value


def _as_boolean(value: Any) -> bool:
    found = {0: False, 1: True, "true": True, "false": False, "TRUE": True, "FALSE": False}.get(value)
    if found is None:
        raise ValueError("neither true nor false")
    return found


def _as_string(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("no text")
    return value


def _as_bytes(value: Any) -> bytes:
    if not isinstance(value, (bytes, str)):
        raise TypeError("no bytes")
    return value.encode() if isinstance(value, str) else value


def _as_date(value: Any) -> dt.date:
    """Read ISO text, as SQLite's own functions write it; numbers could be days or seconds."""
    if not isinstance(value, str) or not _DATE.fullmatch(value):
        raise ValueError("no date of the form 2026-01-31")
    return dt.date.fromisoformat(value)


def _as_moment(value: Any) -> dt.datetime:
    if not isinstance(value, str) or _HAS_ZONE.search(value[10:]):
        raise ValueError("no time of the form 2026-01-31 10:30:00")
    return dt.datetime.fromisoformat(value)


def _as_zoned(value: Any) -> dt.datetime:
    if not isinstance(value, str):
        raise TypeError("no time")
    moment = dt.datetime.fromisoformat(value)
    if moment.tzinfo is None:
        raise ValueError("no time with a zone")
    return moment.astimezone(dt.UTC)


def _as_decimal(scale: int) -> Callable[[Any], Decimal]:
    def convert(value: Any) -> Decimal:
        if not isinstance(value, (int, float, str)):
            raise TypeError("no number")
        try:
            # repr gives the shortest digits that mean the stored number: 10.1 and not 10.0999...
            found = Decimal(value) if isinstance(value, (int, str)) else Decimal(repr(value))
            exact = found.quantize(Decimal(1).scaleb(-scale))
        except InvalidOperation:
            raise ValueError("no number of so many digits") from None
        if exact != found:
            raise ValueError("too many digits behind the point")
        return exact

    return convert


def _arrow(name: str, *arguments: str) -> Callable[[], pa.DataType]:
    def make() -> pa.DataType:
        import pyarrow as pa  # lazy: only sources of other formats need it

        made: pa.DataType = getattr(pa, name)(*arguments)
        return made

    return make


_KINDS: dict[str, tuple[Callable[[], pa.DataType], Callable[[Any], Any]]] = {
    "BIGINT": (_arrow("int64"), _as_whole),
    "DOUBLE": (_arrow("float64"), _as_number),
    "BOOLEAN": (_arrow("bool_"), _as_boolean),
    "VARCHAR": (_arrow("string"), _as_string),
    "BLOB": (_arrow("binary"), _as_bytes),
    "DATE": (_arrow("date32"), _as_date),
    "TIMESTAMP": (_arrow("timestamp", "us"), _as_moment),
    "TIMESTAMPTZ": (_arrow("timestamp", "us", "UTC"), _as_zoned),
}


def _failure(node: Node, error: sqlite3.Error, context: Context) -> MeshwrightError:
    words = context.secrets.hidden(" ".join(str(error).split()))
    place = f"{shown_place(node)} of source {node.address}"
    if "no such table" in words:
        return source_error("MW-X604", node, f"{place} is not there: {words}", fix="correct `table` or `query`")
    if "decode to UTF-8" in words:
        return source_error(
            "MW-X642", node, f"a value of {place} cannot be kept: {words}", fix="cast it to BLOB in `query`"
        )
    if isinstance(error, sqlite3.OperationalError) and (
        "locked" in words or "unable to open" in words or "disk" in words
    ):
        return source_error("MW-X603", node, f"{place} cannot be read: {words}", fix="run again", world=True)
    if "malformed" in words or "not a database" in words:
        return source_error("MW-X607", node, f"{place} cannot be read: {words}", fix="get the file again")
    return source_error(
        "MW-X641", node, f"the database refuses {place}: {words}", fix="correct `table`, `query` or `watermark`"
    )
