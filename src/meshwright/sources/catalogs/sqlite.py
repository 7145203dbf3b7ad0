"""The catalog of a SQLite database: what its pragmas say, and the CHECKs in the statements that it keeps."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Final
from urllib.parse import quote

from meshwright.model.shapes import Shape, TableShape
from meshwright.sources.catalogs.drafts import add_column, add_foreign_key, file_error
from meshwright.sources.catalogs.protocol import Catalog, Wanted
from meshwright.sources.databases.sqlite import affinity
from meshwright.sources.databases.values import decimal_type
from meshwright.sql.ddl import TableDraft, read_tables, read_type

_TABLES: Final = """
select name, type, sql from sqlite_master where type in ('table', 'view') and substr(name, 1, 7) <> 'sqlite_'
"""
_WAIT_S: Final = 8


def read(path: Path, shown: str, wanted: Wanted) -> Catalog:
    """Read the tables of a database file that are asked for."""
    if not path.is_file():
        raise file_error(shown, f"there is no database file '{shown}'", "check the path")
    try:
        with closing(sqlite3.connect(f"file:{quote(str(path))}?mode=ro", uri=True, timeout=_WAIT_S)) as connection:
            connection.execute("begin")
            listed = connection.execute(_TABLES).fetchall()
            found = [(name, kind, sql) for name, kind, sql in listed if wanted("", name, True)]
            drafts = [_table(connection, name, kind, sql) for name, kind, sql in found]
    except sqlite3.OperationalError as error:
        if "locked" in str(error) or "busy" in str(error):
            raise file_error(
                shown, f"'{shown}' is locked by another program", "try again when it is done", world=True
            ) from None
        raise file_error(shown, f"'{shown}' cannot be read: {error}", "check the file and its rights") from None
    except sqlite3.Error as error:
        raise file_error(shown, f"'{shown}' is no SQLite database: {error}", "name a database file") from None
    return Catalog(
        tables=tuple(draft.done for draft in drafts),
        notes=tuple(note for draft in drafts for note in draft.notes),
        known=tuple(name for name, _, _ in listed),
    )


def _table(connection: sqlite3.Connection, name: str, kind: str, sql: str | None) -> TableDraft:
    draft = TableDraft(name=name)
    keys: dict[int, str] = {}
    rows = connection.execute(
        'select name, type, "notnull", dflt_value, pk, hidden from pragma_table_xinfo(?)', (name,)
    )
    for column, written, is_required, default, position, hidden in rows.fetchall():
        if hidden == 1:
            continue
        add_column(draft, _type(written), column, is_required=bool(is_required), comment=None)
        if not written.strip() and kind == "table":
            draft.note("a column without a declared type has none in the contract", column)
        if default is not None:
            draft.note("DEFAULT is not carried over: what is written where nothing is given is no promise", column)
        if hidden in {2, 3}:
            draft.note("the expression of a generated column is not carried over", column)
        if position:
            keys[position] = column
    if keys:
        draft.set_key([keys[position] for position in sorted(keys)])
    if kind == "table":
        _read_indexes(connection, draft)
        _read_foreign_keys(connection, draft)
        _read_checks(draft, sql)
    return draft


def _type(written: str) -> Shape:
    """Return a type as the reader of tables stores it."""
    decimal = decimal_type(written.upper().strip()) if "(" in written else None
    if decimal is not None:
        stored: str | None = "DECIMAL({},{})".format(*decimal)
    else:
        stored = affinity(written.upper().strip())
        stored = {"TIMESTAMPTZ": "TIMESTAMP WITH TIME ZONE"}.get(stored or "", stored)
    shape = read_type(stored, "duckdb") if stored else None
    declared = read_type(written, "sqlite") if shape is not None and shape.physical == "VARCHAR" else None
    return replace(shape, options=declared.options) if shape and declared else shape or Shape()


def _read_indexes(connection: sqlite3.Connection, draft: TableDraft) -> None:
    rows = connection.execute(
        'select name, "unique", origin, partial from pragma_index_list(?) order by seq desc', (draft.name,)
    )
    for index, is_unique, origin, is_partial in rows.fetchall():
        if not is_unique or origin == "pk":
            continue
        columns = [
            row[0] for row in connection.execute("select name from pragma_index_info(?) order by seqno", (index,))
        ]
        if is_partial or None in columns:
            draft.note(f"the unique index '{index}' over a part of the rows, or expressions, is not carried over")
        else:
            draft.add_unique(columns)


def _read_foreign_keys(connection: sqlite3.Connection, draft: TableDraft) -> None:
    rows = connection.execute(
        'select id, "table", "from", "to" from pragma_foreign_key_list(?) order by id desc, seq', (draft.name,)
    ).fetchall()
    for number in dict.fromkeys(row[0] for row in rows):
        own = [row for row in rows if row[0] == number]
        target = own[0][1]
        targets = [row[3] for row in own]
        if None in targets:  # the target's primary key
            key = connection.execute("select name from pragma_table_info(?) where pk > 0 order by pk", (target,))
            targets = [row[0] for row in key.fetchall()]
        add_foreign_key(draft, [row[2] for row in own], target, targets)


def _read_checks(draft: TableDraft, sql: str | None) -> None:
    """Take from the statement what pragmas do not tell: what CHECKs promise."""
    found = read_tables(sql or "", draft.name, "sqlite")
    parsed: TableShape | None = found.tables[0] if found.tables and not found.problems else None
    if parsed is None:
        if "check" in (sql or "").lower():
            draft.note("the CHECKs of the table are not carried over: its statement cannot be read")
        return
    for each in parsed.columns:
        column = draft.column(each.name)
        if column is not None and column.shape.logical == each.logical:
            column.set(enum=each.enum)
            column.options.update(each.options)
        elif column is not None and (each.enum or each.options):
            draft.note("a CHECK of a column whose type is not the declared one is not carried over", each.name)
    draft.rules.extend(parsed.rules)
    draft.notes.extend(note for note in found.notes if "CHECK" in note.what)
