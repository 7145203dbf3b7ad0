"""Types of PostgreSQL: how each column is asked for, and the Arrow type that keeps its values exactly.

What Parquet has no type for (ranges, intervals, addresses, composites, enumerations, geometry) travels as PostgreSQL's text.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any  # values of any type come from the driver

from meshwright.frozen import dataclass
from meshwright.model import Columns
from meshwright.sources.databases.values import ColumnType, decimal_type, declared_types, is_text_type

if TYPE_CHECKING:
    import psycopg
    import pyarrow as pa

#: Digits of a numeric without precision: 29 before the point, 9 behind it.
_PRECISION, _SCALE = 38, 9
_MODIFIER_BYTES = 4


@dataclass(frozen=True, kw_only=True, slots=True)
class PgColumn:
    """A column of a query."""

    name: str
    #: The server's own name of its type, with modifiers.
    server_type: str
    #: What is selected of it.
    expression: str
    written: ColumnType

    @property
    def quoted(self) -> str:
        """Its name as an identifier."""
        return _quoted(self.name)


def described_columns(
    described: Sequence[psycopg.Column], connection: psycopg.Connection[Any], declared: Columns
) -> tuple[PgColumn, ...]:
    """Return the columns of a description, in order."""
    types = declared_types(declared)
    names = _type_names(described, connection)
    return tuple(
        _column(each, server_type, types.get(each.name)) for each, server_type in zip(described, names, strict=True)
    )


def _type_names(described: Sequence[psycopg.Column], connection: psycopg.Connection[Any]) -> list[str]:
    """Ask the server how it names the types, modifiers included, in one query."""
    if not described:
        return []
    pairs = [(each.type_code, _modifier(each)) for each in described]
    rows = connection.execute(
        "select format_type(oid, modifier) from unnest(%s::oid[], %s::int[]) with ordinality as t(oid, modifier, n) order by n",
        ([oid for oid, _ in pairs], [modifier for _, modifier in pairs]),
    ).fetchall()
    return [row[0] for row in rows]


def _modifier(column: psycopg.Column) -> int:
    """Return the type modifier; of a numeric it holds precision and scale."""
    if column.precision is not None and column.scale is not None:
        return ((column.precision << 16) | (column.scale & 0x7FF)) + _MODIFIER_BYTES
    return -1


def _column(described: psycopg.Column, server_type: str, declared: str | None) -> PgColumn:
    import pyarrow as pa  # lazy: only sources of other formats need it

    name = _quoted(described.name)
    base = server_type.partition("(")[0].strip()
    is_array = server_type.endswith("[]")
    convert: Callable[[Any], Any] | None = None
    expression = name
    type_: pa.DataType
    if is_text_type(declared):
        expression, type_ = f"{name}::text", pa.string()
    elif is_array:
        type_, expression, convert = _array(described, server_type, name)
    elif base == "numeric":
        precision, scale = _precision(described, declared)
        type_ = pa.decimal128(precision, scale) if declared not in {"DOUBLE", "FLOAT", "REAL"} else pa.float64()
        expression = name if pa.types.is_decimal(type_) else f"{name}::float8"
    elif base in _plain_types():
        type_ = _plain_types()[base]
        expression = f"{name}::int8" if base == "oid" else f"{name}::text" if base in {"json", "jsonb"} else name
    else:
        expression, type_ = f"{name}::text", pa.string()
    written = ColumnType(name=described.name, type=type_, shown=_shown(type_), convert=convert)
    return PgColumn(name=described.name, server_type=server_type, expression=expression, written=written)


def _plain_types() -> dict[str, pa.DataType]:
    """Return the types whose values the driver gives as Arrow takes them."""
    import pyarrow as pa  # lazy: only sources of other formats need it

    return {
        "boolean": pa.bool_(),
        "smallint": pa.int16(),
        "integer": pa.int32(),
        "bigint": pa.int64(),
        "oid": pa.int64(),
        "real": pa.float32(),
        "double precision": pa.float64(),
        "text": pa.string(),
        "character varying": pa.string(),
        "bytea": pa.binary(),
        "date": pa.date32(),
        "time without time zone": pa.time64("us"),
        "timestamp without time zone": pa.timestamp("us"),
        "timestamp with time zone": pa.timestamp("us", "UTC"),
        "uuid": pa.uuid(),
        "json": pa.json_(),
        "jsonb": pa.json_(),
    }


def _array(
    described: psycopg.Column, server_type: str, name: str
) -> tuple[pa.DataType, str, Callable[[Any], Any] | None]:
    """Return type and expression of an array: of the element's type, or of texts."""
    import pyarrow as pa  # lazy: only sources of other formats need it

    element = server_type.removesuffix("[]").partition("(")[0].strip()
    plain = _plain_types()
    if element == "numeric":
        return pa.list_(pa.decimal128(*_precision(described, None))), name, _flat
    if element in plain and element not in {"oid", "json", "jsonb", "uuid"}:
        return pa.list_(plain[element]), name, _flat
    return pa.list_(pa.string()), f"{name}::text[]", _flat


def _flat(value: list[Any]) -> list[Any]:
    """Return an array of one dimension. Raises ValueError for more: PostgreSQL's types do not say how many there are."""
    if any(isinstance(item, list) for item in value):
        raise ValueError(f"an array of several dimensions: {json.dumps(value, default=str)[:60]}")
    return value


def _precision(described: psycopg.Column, declared: str | None) -> tuple[int, int]:
    wanted = decimal_type(declared)
    if described.precision is None or described.scale is None:
        return wanted or (_PRECISION, _SCALE)
    if described.precision > _PRECISION or not 0 <= described.scale <= described.precision:
        return _PRECISION, min(max(described.scale, 0), _PRECISION)
    return described.precision, described.scale


def _shown(type_: pa.DataType) -> str:
    import pyarrow as pa  # lazy: only sources of other formats need it

    if pa.types.is_decimal(type_):
        return f"DECIMAL({type_.precision},{type_.scale})"
    return str(type_).upper()


def _quoted(name: str) -> str:
    escaped = name.replace('"', '""')
    return f'"{escaped}"'
