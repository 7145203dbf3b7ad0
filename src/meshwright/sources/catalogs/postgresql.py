"""The catalog of a PostgreSQL database, read in one snapshot."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final  # rows of a driver hold values of any type
from urllib.parse import urlsplit

from meshwright.model import DatabaseSource, Node
from meshwright.model.shapes import Shape
from meshwright.secrets import Secrets
from meshwright.sources.catalogs.drafts import add_column, add_foreign_key
from meshwright.sources.catalogs.protocol import Catalog, Wanted
from meshwright.sources.context import GLANCE, Context
from meshwright.sources.databases.address import address_of
from meshwright.sources.databases.postgresql import snapshot
from meshwright.sql.ddl import TableDraft, read_condition, read_type

if TYPE_CHECKING:
    import psycopg

_TABLES: Final = """
select c.oid, n.nspname, c.relname, pg_table_is_visible(c.oid), obj_description(c.oid, 'pg_class')
from pg_class c join pg_namespace n on n.oid = c.relnamespace
where c.relkind in ('r', 'p', 'v', 'm', 'f') and not c.relispartition
  and n.nspname not in ('pg_catalog', 'information_schema') and n.nspname !~ '^pg_(toast|temp)'
order by n.nspname, c.relname
"""
_COLUMNS: Final = """
select a.attrelid, a.attname, format_type(coalesce(nullif(t.typbasetype, 0), a.atttypid),
         case when t.typtype = 'd' then t.typtypmod else a.atttypmod end),
       a.attnotnull or t.typnotnull, col_description(a.attrelid, a.attnum),
       (select array_agg(e.enumlabel::text order by e.enumsortorder) from pg_enum e
        where e.enumtypid = coalesce(nullif(t.typbasetype, 0), a.atttypid)),
       a.atthasdef, a.attgenerated::text, a.attidentity::text, t.typtype::text
from pg_attribute a join pg_type t on t.oid = a.atttypid
where a.attrelid = any(%s) and a.attnum > 0 and not a.attisdropped
order by a.attrelid, a.attnum
"""
_CONSTRAINTS: Final = """
select c.conrelid, c.contype::text, c.conname, c.conkey, f.relname, c.confrelid, c.confkey, pg_get_constraintdef(c.oid)
from pg_constraint c left join pg_class f on f.oid = c.confrelid
where c.conrelid = any(%s) and c.contype in ('p', 'u', 'f', 'c')
order by c.conrelid, c.contype, c.conname
"""
_INDEXES: Final = """
select i.indrelid, i.indkey::int2[], i.indnkeyatts, i.indpred is not null, i.indexprs is not null, c.relname
from pg_index i join pg_class c on c.oid = i.indexrelid
where i.indrelid = any(%s) and i.indisunique and not exists (select from pg_constraint k where k.conindid = i.indexrelid)
order by i.indrelid, c.relname
"""
_ATTRIBUTES: Final = "select attrelid, attnum, attname from pg_attribute where attrelid = any(%s) and attnum > 0"
#: Types that travel as PostgreSQL's text, though DuckDB has types of their names.
_AS_TEXT: Final = ("interval", "bit", "money", "time with time zone", "xml", "name")
_DEFAULT_DECIMAL: Final = "DECIMAL(38,9)"


def read(url: str, wanted: Wanted, *, root: Path, secrets: Secrets) -> Catalog:
    """Read the tables of a database that are asked for."""
    parts = urlsplit(url)
    shown = f"{parts.scheme.partition('+')[0]}://{parts.hostname or ''}{parts.path}"
    node = Node(address=shown, kind="source", source=DatabaseSource(url=url, table="pg_catalog"))
    context = Context(root=root, secrets=secrets, patience=GLANCE)
    address = address_of(node, context)
    secrets.hide_address(address.url)
    with snapshot(node, address, context) as connection:
        listed = connection.execute(_TABLES).fetchall()
        found = [row for row in listed if wanted(row[1], row[2], row[3])]
        drafts = {row[0]: TableDraft(name=row[2], schema=row[1], description=row[4]) for row in found}
        _read_columns(connection, drafts)
        _read_constraints(connection, drafts)
        _read_indexes(connection, drafts)
    notes = tuple(note for draft in drafts.values() for note in draft.notes)
    known = tuple(f"{row[1]}.{row[2]}" for row in listed)
    return Catalog(tables=tuple(draft.done for draft in drafts.values()), notes=notes, known=known)


def _read_columns(connection: psycopg.Connection[Any], drafts: Mapping[int, TableDraft]) -> None:
    rows = connection.execute(_COLUMNS, (list(drafts),)).fetchall()
    for table, name, written, is_required, comment, labels, has_default, generated, identity, kind in rows:
        draft = drafts[table]
        shape = _type(written, labels)
        add_column(draft, shape, name, is_required=is_required, comment=comment)
        if kind == "d":
            draft.note("the conditions of a domain (a type of the database) are not carried over", name)
        if generated:
            draft.note("the expression of a generated column is not carried over", name)
        elif has_default and not identity:
            draft.note("DEFAULT is not carried over: what is written where nothing is given is no promise", name)


def _type(written: str, labels: list[str] | None) -> Shape:  # noqa: PLR0911 - a table of cases
    """Return a type as the reader of tables stores it."""
    if labels:
        return Shape(logical="string", physical="VARCHAR", enum=tuple(labels))
    if written == "numeric":
        return Shape(logical="number", physical=_DEFAULT_DECIMAL)
    if written == "oid":
        return Shape(logical="integer", physical="BIGINT")
    base = written.removesuffix("[]")
    if written.endswith("[]"):
        inner = _type(base, None)
        if inner.physical in {"JSON", "UUID"} or base == "oid":  # the reader takes them as texts
            inner = Shape(logical="string", physical="VARCHAR")
        inner = replace(inner, enum=())
        return Shape(logical="array", physical=f"{inner.physical}[]", items=inner)
    shape = None if base.partition("(")[0].strip() in _AS_TEXT else read_type(written, "postgres")
    if shape is not None and shape.logical in {"number", "integer"} and shape.physical is None:
        return Shape(logical="number", physical=_wide_decimal(written))
    if shape is None or shape.physical is None or shape.physical in {"GEOMETRY", "BIT", "INTERVAL"}:
        return Shape(logical="string", physical="VARCHAR")
    return shape


def _wide_decimal(written: str) -> str:
    """Return the type of a numeric that is wider than any that is stored."""
    digits = [
        int(each) for each in written.partition("(")[2].rstrip(")").split(",") if each.strip().lstrip("-").isdigit()
    ]
    scale = min(max(digits[1] if len(digits) > 1 else 0, 0), 38)
    return f"DECIMAL(38,{scale})"


def _read_constraints(connection: psycopg.Connection[Any], drafts: Mapping[int, TableDraft]) -> None:
    rows = connection.execute(_CONSTRAINTS, (list(drafts),)).fetchall()
    names = _attribute_names(connection, [*drafts, *(row[5] for row in rows if row[5])])
    for table, kind, name, keys, target, target_oid, target_keys, definition in rows:
        draft = drafts[table]
        columns = [names[table, key] for key in keys or ()]
        if kind == "p":
            draft.set_key(columns)
        elif kind == "u":
            draft.add_unique(columns)
        elif kind == "f":
            add_foreign_key(draft, columns, target, [names[target_oid, key] for key in target_keys])
        else:
            read_condition(draft, definition, name, "postgres")


def _attribute_names(connection: psycopg.Connection[Any], tables: list[int]) -> dict[tuple[int, int], str]:
    rows: Iterator[tuple[int, int, str]] = iter(connection.execute(_ATTRIBUTES, (tables,)).fetchall())
    return {(table, number): name for table, number, name in rows}


def _read_indexes(connection: psycopg.Connection[Any], drafts: Mapping[int, TableDraft]) -> None:
    rows = connection.execute(_INDEXES, (list(drafts),)).fetchall()
    names = _attribute_names(connection, list(drafts))
    for table, keys, count, is_partial, is_over_expressions, name in rows:
        if is_partial or is_over_expressions:
            drafts[table].note(
                f"the unique index '{name}' over a part of the rows, or expressions, is not carried over"
            )
        else:
            drafts[table].add_unique([names[table, key] for key in list(keys)[:count]])
