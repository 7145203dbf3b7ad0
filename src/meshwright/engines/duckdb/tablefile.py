"""A table inside a DuckDB file of others: opened read-only in an instance of its own, and copied to where it is measured."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import duckdb

from meshwright.diagnostics import Diagnostic, InputError, WorldError, known_names_hint
from meshwright.engines.duckdb.errors import Statement, engine_errors, words_of
from meshwright.engines.duckdb.foreign import write_table
from meshwright.engines.duckdb.instance import open_instance
from meshwright.engines.duckdb.names import literal, quoted
from meshwright.engines.protocol import Limits, Relation
from meshwright.frozen import dataclass

#: The file's name inside the instance.
_FILE = "foreign_file"
#: What DuckDB says of a file that another process has open for writing.
_LOCKED = "could not set lock"


@dataclass(frozen=True, kw_only=True, slots=True)
class TableWanted:
    """Which table of a file is meant."""

    #: Absolute path.
    file: str
    #: ``table`` or ``schema.table``, in any letter case: the first one that is there.
    names: tuple[str, ...]
    #: Whether it must have one of the names; otherwise the only table of the file will do.
    is_named: bool
    #: The object that it holds, for messages.
    dataset: str


def copy_table(wanted: TableWanted, target: str, limits: Limits) -> Relation:
    """Write the rows of a table or view to the file `target`. Raises InputError (MW-C207, MW-C208), WorldError."""
    connection = open_instance(limits)
    try:
        _attach(connection, wanted)
        with engine_errors(Statement(dataset=wanted.dataset)):
            schema, name = _chosen(connection, wanted)
            return write_table(connection, f"{_FILE}.{quoted(schema)}.{quoted(name)}", wanted.dataset, target)
    finally:
        connection.close()


def _attach(connection: duckdb.DuckDBPyConnection, wanted: TableWanted) -> None:
    try:
        connection.execute(f"ATTACH {literal(wanted.file)} AS {_FILE} (TYPE duckdb, READ_ONLY)")
    except duckdb.Error as error:
        words = words_of(error).message
        if _LOCKED in words.lower():
            raise WorldError(
                Diagnostic(
                    code="MW-C207",
                    message=f"'{Path(wanted.file).name}' is open in another process, which may be writing: {words[:300]}",
                    fix="close it there, or test a copy of the file",
                    object=wanted.dataset,
                )
            ) from error
        raise InputError(
            Diagnostic(
                code="MW-C207",
                message=f"'{Path(wanted.file).name}' cannot be opened as a DuckDB file: {words[:300]}",
                fix="name a file that DuckDB wrote; of an older or newer DuckDB, export the table as Parquet",
                object=wanted.dataset,
            )
        ) from error


def _chosen(connection: duckdb.DuckDBPyConnection, wanted: TableWanted) -> tuple[str, str]:
    """Return schema and name of the table that is meant."""
    rows = connection.execute(
        f"SELECT schema_name, table_name FROM duckdb_tables() WHERE database_name = '{_FILE}' UNION ALL "
        f"SELECT schema_name, view_name FROM duckdb_views() WHERE database_name = '{_FILE}' AND NOT internal ORDER BY ALL"
    ).fetchall()
    tables = [(str(schema), str(name)) for schema, name in rows]
    for word in wanted.names:
        folded = word.replace('"', "").casefold()
        found = [each for each in tables if folded in {each[1].casefold(), f"{each[0]}.{each[1]}".casefold()}]
        # Of tables of one name, that of the schema which bare names mean.
        found = [each for each in found if each[0] == "main"] or found
        if found:
            return _only(found, wanted)
    if tables and not wanted.is_named and len(tables) == 1:
        return tables[0]
    raise _no_table(tables, wanted)


def _only(tables: Sequence[tuple[str, str]], wanted: TableWanted) -> tuple[str, str]:
    if len(tables) == 1:
        return tables[0]
    raise InputError(
        Diagnostic(
            code="MW-C208",
            message=f"which table of '{Path(wanted.file).name}' is meant is not clear: it holds {_listed(tables)}",
            fix="name it with its schema: --table schema.table",
            object=wanted.dataset,
        )
    )


def _no_table(tables: Sequence[tuple[str, str]], wanted: TableWanted) -> InputError:
    word = wanted.names[0]
    names = [name if schema == "main" else f"{schema}.{name}" for schema, name in tables]
    return InputError(
        Diagnostic(
            code="MW-C208",
            message=f"'{Path(wanted.file).name}' holds no table '{word}'",
            fix=f"--table NAME; {known_names_hint(word, names, what='tables')}" if names else "name another file",
            object=wanted.dataset,
        )
    )


def _listed(tables: Sequence[tuple[str, str]]) -> str:
    return ", ".join(f"{schema}.{name}" for schema, name in tables[:5])
