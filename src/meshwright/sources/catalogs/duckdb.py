"""The catalog of a DuckDB database file, opened for reading only."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from meshwright.model.shapes import Shape
from meshwright.sources.catalogs.drafts import add_column, add_foreign_key, file_error
from meshwright.sources.catalogs.protocol import Catalog, Wanted
from meshwright.sql.ddl import TableDraft, read_condition, read_type

if TYPE_CHECKING:
    import duckdb

_TABLES: Final = """
select schema_name, table_name, comment from duckdb_tables()
where not internal and not temporary and database_name = current_database()
union all
select schema_name, view_name, comment from duckdb_views()
where not internal and not temporary and database_name = current_database()
order by 1, 2
"""
_COLUMNS: Final = """
select column_name, data_type, is_nullable, comment, column_default from duckdb_columns()
where database_name = current_database() and schema_name = ? and table_name = ? order by column_index
"""
_CONSTRAINTS: Final = """
select constraint_type, constraint_column_names, expression, referenced_table, referenced_column_names
from duckdb_constraints() where database_name = current_database() and schema_name = ? and table_name = ?
order by constraint_index
"""
_INDEXES: Final = """
select index_name, expressions from duckdb_indexes()
where database_name = current_database() and schema_name = ? and table_name = ? and is_unique order by index_name
"""


def read(path: Path, shown: str, wanted: Wanted) -> Catalog:
    """Read the tables of a database file that are asked for."""
    import duckdb  # lazy: 100 ms

    if not path.is_file():
        raise file_error(shown, f"there is no database file '{shown}'", "check the path")
    with path.open("rb") as stream:
        head = stream.read(12)
    if head[8:] != b"DUCK":  # DuckDB itself would open some other files in ways of its own
        raise file_error(shown, f"'{shown}' is no DuckDB database", "name a database file, or its format with --from")
    try:
        connection = duckdb.connect(str(path), read_only=True, config={"enable_external_access": "false"})
    except duckdb.Error as error:
        words = " ".join(str(error).split())
        if "lock" in words.lower():
            fix = "close the other program, and try again"
            raise file_error(shown, f"'{shown}' is open in another program: {words[:200]}", fix, world=True) from None
        raise file_error(
            shown, f"'{shown}' is no DuckDB database that can be read: {words[:200]}", "name a database file"
        ) from None
    try:
        listed = connection.execute(_TABLES).fetchall()
        found = [row for row in listed if wanted(row[0], row[1], row[0] == "main")]
        drafts = [_table(connection, *row) for row in found]
    except duckdb.Error as error:
        words = " ".join(str(error).split())[:200]
        raise file_error(shown, f"the catalog of '{shown}' cannot be read: {words}", "check the file") from None
    finally:
        connection.close()
    return Catalog(
        tables=tuple(draft.done for draft in drafts),
        notes=tuple(note for draft in drafts for note in draft.notes),
        known=tuple(f"{schema}.{name}" for schema, name, _ in listed),
    )


def _table(connection: duckdb.DuckDBPyConnection, schema: str, name: str, comment: str | None) -> TableDraft:
    draft = TableDraft(name=name, schema=schema, description=comment)
    for column, written, is_nullable, words, default in connection.execute(_COLUMNS, [schema, name]).fetchall():
        shape = read_type(written, "duckdb")
        if shape is None:
            draft.note(f"type {written[:60]} has no form in a contract: only its name is carried over", column)
            shape = Shape(physical=written)
        add_column(draft, shape, column, is_required=not is_nullable, comment=words)
        if default not in {None, "NULL"}:
            draft.note("DEFAULT is not carried over: what is written where nothing is given is no promise", column)
    for kind, columns, expression, target, targets in connection.execute(_CONSTRAINTS, [schema, name]).fetchall():
        if kind == "PRIMARY KEY":
            draft.set_key(columns)
        elif kind == "UNIQUE":
            draft.add_unique(columns)
        elif kind == "FOREIGN KEY":
            add_foreign_key(draft, columns, target, targets)
        elif kind == "CHECK":
            read_condition(draft, expression or "", None, "duckdb")
    for index, expressions in connection.execute(_INDEXES, [schema, name]).fetchall():
        columns = [each.strip().strip("'\"") for each in expressions.strip("[]").split(",")]
        if all(draft.column(each) is not None for each in columns):
            draft.add_unique(columns)
        else:
            draft.note(f"the unique index '{index}' over expressions is not carried over")
    return draft
