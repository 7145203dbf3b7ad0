"""Types of columns between SQL dialects: text of any dialect into a shape, a shape into text of a dialect.

In between stand DuckDB's names, which are those of stored columns. sqlglot reads and spells; the tables here say what a
type of one system is in another that does not have it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Final

from sqlglot import exp
from sqlglot.errors import SqlglotError

from meshwright.model.shapes import Shape
from meshwright.sql.names import written_name

# What sqlglot cannot say it logs, and without a handler that lands on standard error; here it is told as a note.
logging.getLogger("sqlglot").addHandler(logging.NullHandler())

_T = exp.DType
_MOST_DEPTH: Final = 40

#: sqlglot's type -> DuckDB's name and the logical type. Types with arguments are read by functions of their own.
_PLAIN: Final[Mapping[exp.DType, tuple[str, str | None]]] = MappingProxyType(
    {
        **dict.fromkeys((_T.TINYINT,), ("TINYINT", "integer")),
        **dict.fromkeys((_T.SMALLINT, _T.SMALLSERIAL, _T.YEAR), ("SMALLINT", "integer")),
        **dict.fromkeys((_T.INT, _T.MEDIUMINT, _T.SERIAL), ("INTEGER", "integer")),
        **dict.fromkeys((_T.BIGINT, _T.BIGSERIAL), ("BIGINT", "integer")),
        **dict.fromkeys((_T.UTINYINT,), ("UTINYINT", "integer")),
        **dict.fromkeys((_T.USMALLINT,), ("USMALLINT", "integer")),
        **dict.fromkeys((_T.UINT, _T.UMEDIUMINT), ("UINTEGER", "integer")),
        **dict.fromkeys((_T.UBIGINT,), ("UBIGINT", "integer")),
        **dict.fromkeys((_T.INT128, _T.INT256), ("HUGEINT", "integer")),
        **dict.fromkeys((_T.UINT128, _T.UINT256), ("UHUGEINT", "integer")),
        **dict.fromkeys((_T.FLOAT,), ("FLOAT", "number")),
        **dict.fromkeys((_T.DOUBLE,), ("DOUBLE", "number")),
        **dict.fromkeys((_T.BOOLEAN,), ("BOOLEAN", "boolean")),
        **dict.fromkeys((_T.DATE, _T.DATE32), ("DATE", "date")),
        **dict.fromkeys(
            (
                _T.DATETIME, _T.DATETIME2, _T.DATETIME64, _T.SMALLDATETIME, _T.TIMESTAMP, _T.TIMESTAMPNTZ, _T.TIMESTAMP_S,
                _T.TIMESTAMP_MS,
            ),
            ("TIMESTAMP", "timestamp"),
        ),
        _T.TIMESTAMP_NS: ("TIMESTAMP_NS", "timestamp"),
        **dict.fromkeys((_T.TIMESTAMPTZ, _T.TIMESTAMPLTZ), ("TIMESTAMP WITH TIME ZONE", "timestamp")),
        _T.TIME: ("TIME", "time"),
        _T.TIMETZ: ("TIME WITH TIME ZONE", "time"),
        _T.TIME_NS: ("TIME_NS", "time"),
        **dict.fromkeys(
            (
                _T.TEXT, _T.VARCHAR, _T.NVARCHAR, _T.CHAR, _T.NCHAR, _T.BPCHAR, _T.LONGTEXT, _T.MEDIUMTEXT, _T.TINYTEXT,
                _T.FIXEDSTRING, _T.LOWCARDINALITY, _T.NAME, _T.XML,
            ),
            ("VARCHAR", "string"),
        ),
        **dict.fromkeys((_T.JSON, _T.JSONB), ("JSON", "string")),
        **dict.fromkeys((_T.OBJECT, _T.VARIANT, _T.SUPER), ("JSON", "object")),
        _T.UUID: ("UUID", "string"),
        **dict.fromkeys(
            (
                _T.BINARY, _T.VARBINARY, _T.BLOB, _T.LONGBLOB, _T.MEDIUMBLOB, _T.TINYBLOB, _T.IMAGE, _T.ROWVERSION,
            ),
            ("BLOB", None),
        ),
        _T.BIT: ("BIT", None),
        _T.BIGNUM: ("BIGNUM", None),
        _T.INTERVAL: ("INTERVAL", None),
        _T.GEOMETRY: ("GEOMETRY", None),
    }
)  # fmt: skip
_DECIMALS: Final = frozenset(
    {_T.DECIMAL, _T.DECIMAL32, _T.DECIMAL64, _T.DECIMAL128, _T.DECIMAL256, _T.BIGDECIMAL, _T.MONEY, _T.SMALLMONEY}
)
#: Precision and scale of a DECIMAL that gives none; where a dialect is not listed, there is no bound to write down.
_DEFAULT_DECIMALS: Final[Mapping[str, tuple[int, int]]] = MappingProxyType(
    {
        "duckdb": (18, 3), "snowflake": (38, 0), "spark": (10, 0), "databricks": (10, 0), "hive": (10, 0),
        "bigquery": (38, 9), "mysql": (10, 0), "tsql": (18, 0), "redshift": (18, 0), "trino": (38, 0),
    }
)  # fmt: skip
_MOST_DIGITS: Final = 38
_SERIALS: Final = frozenset({_T.SERIAL, _T.BIGSERIAL, _T.SMALLSERIAL})


def read_type(text: str, dialect: str) -> Shape | None:
    """Return what a type is; None for one that is not known. Never raises."""
    try:
        tree = exp.DataType.build(" ".join(text.split()), dialect=dialect)
    except (SqlglotError, ValueError, TypeError, AttributeError, KeyError, IndexError, RecursionError):
        return None
    return shape_of(tree, dialect) if isinstance(tree, exp.DataType) else None


def shape_of(tree: exp.DataType, dialect: str, depth: int = 0) -> Shape | None:  # noqa: PLR0911 - a table of cases
    """Return what a parsed type is; None for one that is not known."""
    kind = tree.this
    if depth > _MOST_DEPTH or not isinstance(kind, exp.DType):
        return None
    if kind is _T.ENUM:
        values = tuple(each.name for each in tree.expressions if isinstance(each, exp.Literal))
        return Shape(logical="string", physical="VARCHAR", enum=values)
    if kind in _DECIMALS:
        return _decimal(tree, dialect)
    reader = _NESTED.get(kind)
    if reader is not None and (kind is not _T.OBJECT or tree.expressions):
        return reader(tree, dialect, depth)
    if kind is _T.BIT and dialect in {"tsql", "mysql"}:
        return Shape(logical="boolean", physical="BOOLEAN")
    found = _PLAIN.get(kind)
    if found is None:
        return None
    physical, logical = found
    return Shape(logical=logical, physical=physical, options=_length(tree, physical), is_required=kind in _SERIALS)


def _length(tree: exp.DataType, physical: str) -> Mapping[str, object]:
    """Return the longest text that a type allows; a type of DuckDB allows any, whatever it says."""
    size = _integers(tree)
    return MappingProxyType({"maxLength": size[0]} if physical == "VARCHAR" and size else {})


def _integers(tree: exp.DataType) -> list[int]:
    found = []
    for each in tree.expressions:
        inner = each.this if isinstance(each, exp.DataTypeParam) else each
        if isinstance(inner, exp.Literal) and not inner.is_string and inner.name.lstrip("-").isdigit():
            found.append(int(inner.name))
    return found


def _decimal(tree: exp.DataType, dialect: str) -> Shape:
    if tree.this in {_T.MONEY, _T.SMALLMONEY}:
        return Shape(logical="number", physical="DECIMAL(19,2)" if dialect == "postgres" else "DECIMAL(19,4)")
    digits = _integers(tree)
    if digits:
        precision, scale = digits[0], digits[1] if len(digits) > 1 else 0
    elif tree.this is _T.DECIMAL and dialect in _DEFAULT_DECIMALS:
        precision, scale = _DEFAULT_DECIMALS[dialect]
    else:
        return Shape(logical="number")
    if not 0 < precision <= _MOST_DIGITS or not 0 <= scale <= precision:
        return Shape(logical="number" if scale else "integer")
    return Shape(logical="number" if scale else "integer", physical=f"DECIMAL({precision},{scale})")


def _array(tree: exp.DataType, dialect: str, depth: int) -> Shape:
    inner = next((each for each in tree.expressions if isinstance(each, exp.DataType)), None)
    items = shape_of(inner, dialect, depth + 1) if inner is not None else None
    sizes = [int(each.name) for each in tree.args.get("values") or () if each.name.isdigit()]
    is_sized = bool(sizes) and dialect == "duckdb"
    physical = None
    if items is not None and items.physical is not None:
        physical = f"{items.physical}[{sizes[0]}]" if is_sized else f"{items.physical}[]"
    options = {"minItems": sizes[0], "maxItems": sizes[0]} if is_sized else {}
    return Shape(logical="array", physical=physical, items=items, options=MappingProxyType(options))


def _struct(tree: exp.DataType, dialect: str, depth: int) -> Shape:
    fields = []
    for place, each in enumerate(tree.expressions, 1):
        is_named = isinstance(each, exp.ColumnDef)
        kind = each.args.get("kind") if is_named else each
        inner = shape_of(kind, dialect, depth + 1) if isinstance(kind, exp.DataType) else None
        required = is_named and any(
            isinstance(one.kind, exp.NotNullColumnConstraint) and not one.kind.args.get("allow_null")
            for one in each.args.get("constraints") or ()
        )
        inner = inner or Shape()
        fields.append(replace(inner, name=each.name if is_named else f"element{place}", is_required=required))
    physical = None
    if fields and all(each.physical is not None for each in fields):
        physical = f"STRUCT({', '.join(f'{written_name(each.name)} {each.physical}' for each in fields)})"
    return Shape(logical="object", physical=physical, properties=tuple(fields))


def _map(tree: exp.DataType, dialect: str, depth: int) -> Shape:
    inner = [shape_of(each, dialect, depth + 1) for each in tree.expressions if isinstance(each, exp.DataType)]
    key, value = [*inner, None, None][:2]
    physical = None
    if key is not None and value is not None and key.physical and value.physical:
        physical = f"MAP({key.physical}, {value.physical})"
    return Shape(logical="map", physical=physical, key=key or Shape(logical="string"), value=value or Shape())


def _vector(tree: exp.DataType, dialect: str, depth: int) -> Shape:
    del dialect, depth
    size = _integers(tree)
    if not size:
        return Shape(logical="array", physical="FLOAT[]", items=Shape(logical="number", physical="FLOAT"))
    return Shape(logical="vector", physical="FLOAT[]", options=MappingProxyType({"dimensions": size[0]}))


_NESTED: Final[Mapping[exp.DType, Callable[[exp.DataType, str, int], Shape]]] = MappingProxyType(
    {
        _T.ARRAY: _array, _T.LIST: _array, _T.STRUCT: _struct, _T.OBJECT: _struct, _T.MAP: _map, _T.VECTOR: _vector,
        _T.NESTED: _struct,
    }
)  # fmt: skip
