"""The type rules: what a column of a result is stored as in Parquet, one stated rule for each type.

`bind` predicts with the same table with which `build` writes, so a stored file has exactly the predicted types.

| type of the result | stored as | how |
|---|---|---|
| HUGEINT, UHUGEINT | DECIMAL(38,0) | exact; a value of 39 digits is an error, never a DOUBLE |
| BIGNUM, BIT, INTERVAL, GEOMETRY, ENUM | VARCHAR | DuckDB's text; it can be cast back |
| TIMESTAMP_S, TIMESTAMP_MS | TIMESTAMP | the same instant; outside of TIMESTAMP's range is an error |
| VARIANT | JSON | |
| a NULL of no type | INTEGER | |
| ARRAY | LIST | |
| UNION | STRUCT | ``union_tag`` (VARCHAR) and one field for each member |
| TUPLE, STRUCT without names | STRUCT | fields ``element1``, ``element2``, ... |
| LIST, STRUCT, MAP | the same | the rules hold inside |
| TIME WITH TIME ZONE | the same | moved to UTC |
| every other | the same | |
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from meshwright.engines.duckdb.names import quoted
from meshwright.engines.duckdb.typetext import TypeTree, parse_type
from meshwright.frozen import dataclass
from meshwright.model import Column, Columns

#: Types that Parquet gives back as they are.
PLAIN = frozenset(
    {
        "BIGINT", "BLOB", "BOOLEAN", "DATE", "DOUBLE", "FLOAT", "INTEGER", "JSON", "SMALLINT", "TIME", "TIMESTAMP",
        "TIMESTAMP WITH TIME ZONE", "TIMESTAMP_NS", "TINYINT", "UBIGINT", "UINTEGER", "USMALLINT", "UTINYINT", "UUID",
        "VARCHAR",
    }
)  # fmt: skip

_AS = {
    "HUGEINT": "DECIMAL(38,0)",
    "UHUGEINT": "DECIMAL(38,0)",
    "BIGNUM": "VARCHAR",
    "BIT": "VARCHAR",
    "INTERVAL": "VARCHAR",
    "GEOMETRY": "VARCHAR",
    "ENUM": "VARCHAR",
    "TIMESTAMP_S": "TIMESTAMP",
    "TIMESTAMP_MS": "TIMESTAMP",
    "VARIANT": "JSON",
    '"NULL"': "INTEGER",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class StoredType:
    """What a type is stored as."""

    #: DuckDB's spelling of the stored type.
    text: str
    #: Makes the expression that stores a value, from the value's expression and the depth of lambdas around it;
    #: None where the value is stored as it is.
    convert: Callable[[str, int], str] | None = None


def stored_columns(described: Columns) -> Columns:
    """Return the columns of a stored file for the columns of a result."""
    return tuple(
        column if column.type in PLAIN else Column(name=column.name, type=stored_type(column.type).text)
        for column in described
    )


def select_stored(described: Columns) -> str | None:
    """Return the select list that stores a result with these columns; None where it is stored as it is."""
    items = []
    is_changed = False
    for column in described:
        convert = None if column.type in PLAIN else stored_type(column.type).convert
        name = quoted(column.name)
        is_changed = is_changed or convert is not None
        items.append(f"{convert(name, 0)} AS {name}" if convert else name)
    return ", ".join(items) if is_changed else None


@lru_cache(maxsize=4096)
def stored_type(text: str) -> StoredType:
    """Return what a type is stored as, by the table above."""
    return _stored(parse_type(text))


def _stored(tree: TypeTree) -> StoredType:
    """Apply the rules to `tree`, inside first."""
    if target := _AS.get(tree.kind):
        return StoredType(text=target, convert=lambda value, _: f"CAST({value} AS {target})")
    if tree.kind in {"LIST", "ARRAY"}:
        return _stored_list(tree)
    if tree.kind in {"STRUCT", "TUPLE"}:
        return _stored_struct(tree)
    if tree.kind == "MAP":
        return _stored_map(tree)
    if tree.kind == "UNION":
        return _stored_union(tree)
    return StoredType(text=tree.text)


def _stored_list(tree: TypeTree) -> StoredType:
    child_tree = tree.fields[0][1]
    child = _stored(child_tree)
    text = f"{child.text}[]"
    inner = child.convert
    is_array = tree.kind == "ARRAY"

    def convert(value: str, depth: int) -> str:
        source = f"CAST({value} AS {child_tree.text}[])" if is_array else value
        if inner is None:
            return source
        return f"list_transform({source}, lambda e{depth}: {inner(f'e{depth}', depth + 1)})"

    return StoredType(text=text, convert=convert if is_array or inner else None)


def _stored_struct(tree: TypeTree) -> StoredType:
    fields = [(name or f"element{place}", _stored(child)) for place, (name, child) in enumerate(tree.fields, 1)]
    text = f"STRUCT({', '.join(f'{name} {child.text}' for name, child in fields)})"
    is_named = all(name for name, _ in tree.fields)

    def convert(value: str, depth: int) -> str:
        items = []
        for place, (name, child) in enumerate(fields, 1):
            part = f"struct_extract({value}, {_extraction(name) if is_named else place})"
            items.append(f"{name} := {child.convert(part, depth) if child.convert else part}")
        return f"CASE WHEN {value} IS NULL THEN NULL ELSE struct_pack({', '.join(items)}) END"

    is_same = is_named and all(child.convert is None for _, child in fields)
    return StoredType(text=text, convert=None if is_same else convert)


def _stored_map(tree: TypeTree) -> StoredType:
    key, value_type = _stored(tree.fields[0][1]), _stored(tree.fields[1][1])
    text = f"MAP({key.text}, {value_type.text})"

    def convert(value: str, depth: int) -> str:
        entry = f"e{depth}"
        parts = {"key": (key, f"{entry}.key"), "value": (value_type, f"{entry}.value")}
        items = ", ".join(
            f"{name} := {part.convert(source, depth + 1) if part.convert else source}"
            for name, (part, source) in parts.items()
        )
        entries = f"list_transform(map_entries({value}), lambda {entry}: struct_pack({items}))"
        return f"CASE WHEN {value} IS NULL THEN NULL ELSE map_from_entries({entries}) END"

    is_same = key.convert is None and value_type.convert is None
    return StoredType(text=text, convert=None if is_same else convert)


def _stored_union(tree: TypeTree) -> StoredType:
    members = [(name or f"element{place}", _stored(child)) for place, (name, child) in enumerate(tree.fields, 1)]
    text = f"STRUCT(union_tag VARCHAR, {', '.join(f'{name} {child.text}' for name, child in members)})"

    def convert(value: str, depth: int) -> str:
        items = [f"union_tag := CAST(union_tag({value}) AS VARCHAR)"]
        for name, child in members:
            part = f"union_extract({value}, {_extraction(name)})"
            items.append(f"{name} := {child.convert(part, depth) if child.convert else part}")
        return f"CASE WHEN {value} IS NULL THEN NULL ELSE struct_pack({', '.join(items)}) END"

    return StoredType(text=text, convert=convert)


def _extraction(name: str) -> str:
    """Return a field's name, quoted or not, as the string literal that extracts it."""
    plain = name[1:-1].replace('""', '"') if name.startswith('"') else name
    return "'" + plain.replace("'", "''") + "'"
