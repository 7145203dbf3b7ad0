"""Types in the words of a dialect: a shape into text, with a note where the dialect has no such type."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from sqlglot import exp
from sqlglot.errors import SqlglotError

from meshwright.model.shapes import Shape
from meshwright.sql.ddl.dialects import SqlDialect
from meshwright.sql.ddl.types import read_type

_T = exp.DType
#: Called with a sentence about what is lost.
Tell = Callable[[str], None]
#: DuckDB's name -> sqlglot's type.
_KINDS: Final[Mapping[str, exp.DType]] = MappingProxyType(
    {
        "TINYINT": _T.TINYINT, "SMALLINT": _T.SMALLINT, "INTEGER": _T.INT, "BIGINT": _T.BIGINT, "UTINYINT": _T.UTINYINT,
        "USMALLINT": _T.USMALLINT, "UINTEGER": _T.UINT, "UBIGINT": _T.UBIGINT, "HUGEINT": _T.INT128,
        "UHUGEINT": _T.UINT128, "BIGNUM": _T.BIGNUM, "FLOAT": _T.FLOAT, "DOUBLE": _T.DOUBLE, "BOOLEAN": _T.BOOLEAN,
        "DATE": _T.DATE, "TIMESTAMP": _T.TIMESTAMP, "TIMESTAMP_NS": _T.TIMESTAMP_NS,
        "TIMESTAMP WITH TIME ZONE": _T.TIMESTAMPTZ, "TIME": _T.TIME, "TIME WITH TIME ZONE": _T.TIMETZ,
        "TIME_NS": _T.TIME_NS, "VARCHAR": _T.TEXT, "JSON": _T.JSON, "UUID": _T.UUID, "BLOB": _T.VARBINARY, "BIT": _T.BIT,
        "INTERVAL": _T.INTERVAL, "GEOMETRY": _T.GEOMETRY,
    }
)  # fmt: skip
#: What a logical type is stored as where the contract names no physical one.
_STORED: Final[Mapping[str, str]] = MappingProxyType(
    {
        "string": "VARCHAR", "integer": "BIGINT", "number": "DOUBLE", "boolean": "BOOLEAN", "date": "DATE",
        "timestamp": "TIMESTAMP", "time": "TIME", "vector": "FLOAT[]",
    }
)  # fmt: skip
_INTEGER_FORMATS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "i8": "TINYINT", "i16": "SMALLINT", "i32": "INTEGER", "i64": "BIGINT", "i128": "HUGEINT", "u8": "UTINYINT",
        "u16": "USMALLINT", "u32": "UINTEGER", "u64": "UBIGINT", "u128": "UHUGEINT", "f32": "FLOAT", "f64": "DOUBLE",
    }
)  # fmt: skip


def settled(shape: Shape) -> Shape:
    """Return a shape whose physical type is one of DuckDB's, and whose inside is that of the type where it has none.

    What a contract calls a type may be another system's word for it; such a word is read by its family, and where nobody
    knows it the logical type says what is stored.
    """
    read = read_type(shape.physical, "duckdb") if shape.physical else None
    if read is None and shape.physical:
        read = next((found for each in ("postgres", "snowflake", "bigquery", "spark", "tsql", "oracle")
                     if (found := read_type(shape.physical, each)) is not None), None)  # fmt: skip
    if read is None or (read.physical is None and not list(read.inner)):
        physical = _from_logical(shape)
        return Shape(
            logical=shape.logical, physical=physical, options=shape.options, properties=shape.properties,
            items=shape.items, key=shape.key, value=shape.value,
        )  # fmt: skip
    return Shape(
        logical=shape.logical or read.logical,
        physical=read.physical,
        options=shape.options,
        properties=shape.properties or read.properties,
        items=shape.items or read.items,
        key=shape.key or read.key,
        value=shape.value or read.value,
    )


def _from_logical(shape: Shape) -> str | None:
    written = shape.options.get("format")
    if shape.logical in {"integer", "number"} and isinstance(written, str) and written in _INTEGER_FORMATS:
        return _INTEGER_FORMATS[written]
    if shape.logical == "timestamp" and shape.options.get("timezone") is True:
        return "TIMESTAMP WITH TIME ZONE"
    if shape.logical == "string" and written == "uuid":
        return "UUID"
    return _STORED.get(shape.logical or "")


def type_text(shape: Shape, dialect: SqlDialect, tell: Tell) -> str:
    """Return the type of a shape in a dialect."""
    tree = _tree(settled(shape), dialect, tell)
    return tree.sql(dialect=dialect.name)


def _tree(shape: Shape, dialect: SqlDialect, tell: Tell) -> exp.DataType:
    physical = shape.physical or ""
    if shape.logical in {"object", "map", "array"} and physical != "JSON":
        return _nested(shape, dialect, tell)
    if physical.endswith("]"):  # a vector
        items = read_type(physical, "duckdb")
        return _nested(items or Shape(logical="array"), dialect, tell)
    if physical.startswith("DECIMAL(") and dialect.name == "sqlite":  # sqlglot would say REAL, which is not exact
        return exp.DataType(this=_T.USERDEFINED, kind=physical)
    if physical.startswith("DECIMAL("):
        return _built(_decimal(physical, dialect), "duckdb" if dialect.name != "bigquery" else "bigquery")
    kind = _KINDS.get(physical)
    if kind is None:
        tell(f"a column without a type that is known is a text in {dialect.title}")
        kind = _T.TEXT
    size = shape.options.get("maxLength")
    if kind is _T.TEXT and dialect.has_sized_text and isinstance(size, int) and not isinstance(size, bool) and size > 0:
        return exp.DataType(this=_T.VARCHAR, expressions=[exp.DataTypeParam(this=exp.Literal.number(size))])
    if kind in dialect.lossy:
        tell(f"{dialect.title} has no type {physical}: the nearest one is written")
    instead = dialect.instead.get(kind)
    return _built(instead, None) if instead else exp.DataType(this=kind)


def _decimal(physical: str, dialect: SqlDialect) -> str:
    if dialect.name != "bigquery":
        return physical
    precision, scale = (int(each) for each in physical[8:-1].split(","))
    fits = precision - scale <= 29 and scale <= 9
    return f"NUMERIC({precision}, {scale})" if fits else f"BIGNUMERIC({precision}, {scale})"


def _built(text: str, dialect: str | None) -> exp.DataType:
    if text in exp.DType.__members__:
        return exp.DataType(this=exp.DType[text])
    return exp.DataType.build(text, dialect=dialect)


def _nested(shape: Shape, dialect: SqlDialect, tell: Tell) -> exp.DataType:
    inner = settled(shape.items) if shape.items is not None else None
    is_plain_array = (
        shape.logical == "array" and inner is not None and inner.logical not in {"object", "map", "array", "vector"}
    )
    if dialect.nested is not None and not (dialect.has_plain_arrays and is_plain_array):
        tell(f"{dialect.title} declares no nested types here: nested values are {dialect.nested}")
        return _built(dialect.nested, dialect.name)
    if shape.logical == "array":
        return _array(shape, inner, dialect, tell)
    return _map(shape, dialect, tell) if shape.logical == "map" else _struct(shape, dialect, tell)


def _array(shape: Shape, inner: Shape | None, dialect: SqlDialect, tell: Tell) -> exp.DataType:
    if inner is None or not (inner.logical or inner.physical):
        return _unknown_inside(dialect, tell, "an array")
    items = _tree(inner, dialect, tell)
    if dialect.name == "bigquery" and items.this is _T.ARRAY:
        tell("BigQuery has no arrays of arrays: the outer one is JSON")
        return exp.DataType(this=_T.JSON)
    size = _size(shape) if dialect.name == "duckdb" else None
    values = [exp.Literal.number(size)] if size else None
    return exp.DataType(this=_T.ARRAY, expressions=[items], nested=True, values=values)


def _map(shape: Shape, dialect: SqlDialect, tell: Tell) -> exp.DataType:
    if not dialect.has_map:
        tell(f"{dialect.title} has no maps: a map is JSON")
        return exp.DataType(this=_T.JSON)
    key = _tree(settled(shape.key or Shape(logical="string")), dialect, tell)
    value = settled(shape.value) if shape.value is not None else None
    if value is None or not (value.logical or value.physical):
        return _unknown_inside(dialect, tell, "a map")
    return exp.DataType(this=_T.MAP, expressions=[key, _tree(value, dialect, tell)], nested=True)


def _struct(shape: Shape, dialect: SqlDialect, tell: Tell) -> exp.DataType:
    if not shape.properties:
        return _unknown_inside(dialect, tell, "an object")
    fields = []
    for each in shape.properties:
        constraints = []
        if each.is_required and dialect.name in {"spark", "databricks", "bigquery"}:
            constraints.append(exp.ColumnConstraint(kind=exp.NotNullColumnConstraint()))
        elif each.is_required:
            tell(f"{dialect.title} does not say that a field inside an object is required")
        name = exp.to_identifier(each.name, quoted=True)
        fields.append(exp.ColumnDef(this=name, kind=_tree(settled(each), dialect, tell), constraints=constraints))
    return exp.DataType(this=_T.STRUCT, expressions=fields, nested=True)


def _size(shape: Shape) -> int | None:
    """Return the size of an array whose type says it."""
    physical = shape.physical or ""
    size = physical[physical.rfind("[") + 1 : -1] if physical.endswith("]") else ""
    return int(size) if size.isdigit() else None


def _unknown_inside(dialect: SqlDialect, tell: Tell, what: str) -> exp.DataType:
    tell(f"{what} of which the contract does not say what it holds is JSON")
    text = dialect.instead.get(_T.JSON) or "JSON"
    try:
        return exp.DataType.build(text, dialect=dialect.name)
    except SqlglotError:
        return exp.DataType(this=_T.JSON)
