"""Tables between meshwright and a DuckDB of the tool: inputs become views over their Parquet files, results become Parquet files.

The types that Parquet cannot hold become those that meshwright itself stores them as (`engines/duckdb/types.py`).
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

_AS = {
    "hugeint": "DECIMAL(38,0)",
    "uhugeint": "DECIMAL(38,0)",
    "bignum": "VARCHAR",
    "varint": "VARCHAR",
    "bit": "VARCHAR",
    "interval": "VARCHAR",
    "geometry": "VARCHAR",
    "enum": "VARCHAR",
    "timestamp_s": "TIMESTAMP",
    "timestamp_ms": "TIMESTAMP",
    "variant": "JSON",
    "null": "INTEGER",
    '"null"': "INTEGER",
    "sqlnull": "INTEGER",
}


def make_view(cursor: Any, relation: Sequence[str], table: Mapping[str, Any]) -> None:
    """Make the view ``schema.name`` or ``catalog.schema.name`` over the files of an input."""
    schema = ".".join(quoted(part) for part in relation[:-1])
    cursor.execute(f"CREATE SCHEMA IF NOT EXISTS {schema}")
    cursor.execute(f"CREATE OR REPLACE VIEW {schema}.{quoted(relation[-1])} AS {_select(table)}")


def save_table(cursor: Any, relation: str, path: Path) -> dict[str, Any]:
    """Write a table or view, named in full and delimited, into a Parquet file. Returns files, columns and rows."""
    path.parent.mkdir(parents=True, exist_ok=True)
    described = cursor.execute(f"SELECT column_name, column_type FROM (DESCRIBE SELECT * FROM {relation})").fetchall()
    items = []
    columns = {}
    for name, text in described:
        stored, expression = _stored(quoted(name), text)
        columns[name] = stored
        items.append(expression if expression == quoted(name) else f"{expression} AS {quoted(name)}")
    rows = cursor.execute(
        f"COPY (SELECT {', '.join(items)} FROM {relation}) TO {literal(str(path))} (FORMAT parquet)"
    ).fetchone()[0]
    return {"files": [str(path)], "columns": columns, "rows": rows}


def known_columns(cursor: Any) -> dict[tuple[str, ...], list[str]]:
    """Return the columns of every table and view of a DuckDB, in order, by its name in full, folded."""
    rows = cursor.execute(
        "SELECT database_name, schema_name, table_name, column_name FROM duckdb_columns() WHERE NOT internal "
        "ORDER BY database_name, schema_name, table_name, column_index"
    ).fetchall()
    found: dict[tuple[str, ...], list[str]] = {}
    for *name, column in rows:
        found.setdefault(folded(name), []).append(column)
    return found


def folded(name: Sequence[str]) -> tuple[str, ...]:
    """Return a name in full as it is compared: DuckDB does so without case."""
    return tuple(part.lower() for part in name)


def known_types(columns: Mapping[str, str]) -> dict[str, str]:
    """Return columns with the types that they are stored as; those of types that DuckDB does not have are left out."""
    import duckdb  # lazy: the tool's own, which a job without a DuckDB does not need

    found = {}
    for name, kind in columns.items():
        with contextlib.suppress(duckdb.Error):
            found[name] = _stored(name, str(duckdb.sqltype(kind)))[0]
    return found


def quoted(name: str) -> str:
    """Return a name as a delimited identifier."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """Return a text as a string literal."""
    return "'" + text.replace("'", "''") + "'"


def _select(table: Mapping[str, Any]) -> str:
    if table["files"]:
        # A name of a file is a pattern to DuckDB: what means something in one stands for itself in brackets.
        files = ", ".join(
            literal("".join(f"[{sign}]" if sign in "*?[" else sign for sign in file)) for file in table["files"]
        )
        return f"SELECT * FROM read_parquet([{files}], hive_partitioning = false)"
    items = ", ".join(f"CAST(NULL AS {kind}) AS {quoted(name)}" for name, kind in table["columns"].items())
    return f"SELECT {items} WHERE false"


def _stored(name: str, text: str) -> tuple[str, str]:
    """Return the type that a column is stored as, and the expression that makes it."""
    import duckdb  # lazy: the tool's own, which a job without a DuckDB does not need

    kind = duckdb.sqltype(text)
    if kind.id == "union":
        members = [(member, _target(inner)) for member, inner in kind.children[1:]]
        stored = f"STRUCT(union_tag VARCHAR, {', '.join(f'{quoted(member)} {inner}' for member, inner in members)})"
        parts = ", ".join(
            f"{quoted(member)} := CAST(union_extract({name}, {literal(member)}) AS {inner})"
            for member, inner in members
        )
        return stored, f"struct_pack(union_tag := CAST(union_tag({name}) AS VARCHAR), {parts})"
    target = _target(kind)
    if target == str(kind):
        return text, name
    return target, f"CAST({name} AS {target})"


def _target(kind: Any) -> str:
    """Return the text of the type that a type is stored as; inside of lists, structs and maps too."""
    text = str(kind)
    if kind.id in {"list", "array"}:
        return f"{_target(kind.children[0][1])}[]"
    if kind.id == "map":
        key, value = (_target(child) for _, child in kind.children)
        return f"MAP({key}, {value})"
    if kind.id == "struct":
        fields = [(name, _target(child)) for name, child in kind.children]
        if all(target == str(child) for (_, target), (_, child) in zip(fields, kind.children)):
            return text
        return f"STRUCT({', '.join(f'{quoted(name)} {target}' for name, target in fields)})"
    # A union inside of another type; on its own it becomes a struct.
    return "VARCHAR" if kind.id == "union" else _AS.get(kind.id, text)
