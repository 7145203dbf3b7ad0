"""The properties file of dbt models (`schema.yml`): columns with their types, data tests, and contracts that are enforced.

dbt renders texts of this file with Jinja: whatever looks like it is written so that it comes out as it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from meshwright.files.standards.exchange.outcome import Subject, Written
from meshwright.files.standards.exchange.unsaid import Says, unsaid
from meshwright.files.standards.exchange.yamltext import yaml_document
from meshwright.model.shapes import Note, Relation, Shape, TableShape
from meshwright.sql.ddl import WRITTEN_DIALECTS, settled, type_text

_SAID: Final = frozenset({Says.REQUIRED, Says.UNIQUE, Says.KEY, Says.RELATIONS, Says.ENUM, Says.DESCRIPTIONS})
_JINJA: Final = re.compile(r"\{[{%#]")
_PLAIN_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def write_dbt(subject: Subject) -> Written:
    """Write the file, with types of the subject's dialect."""
    notes: list[Note] = []
    models = [_model(table, subject, notes) for table in subject.tables]
    text = yaml_document({"version": 2, "models": models})
    return Written(text=text, notes=(*notes, *unsaid(subject, "dbt", _SAID)))


def _model(table: TableShape, subject: Subject, notes: list[Note]) -> dict[str, object]:
    if not _PLAIN_NAME.fullmatch(table.name):
        notes.append(Note(what="dbt calls models by plain words: no model can have this name", about=table.name))
    untyped = [column.name for column in table.columns if not _has_type(column)]
    is_enforced = bool(table.columns) and not untyped
    if untyped:
        notes.append(
            Note(what="dbt's contract is not enforced, as a column has no type", about=f"{table.name}.{untyped[0]}")
        )
    if table.uniques or len(table.key) > 1:
        notes.append(Note(what="dbt has no test of its own for keys of several columns", about=table.name))
    document: dict[str, object] = {"name": table.name}
    if table.description:
        document["description"] = _text(table.description)
    if is_enforced:
        document["config"] = {"contract": {"enforced": True}}
    if table.columns:
        document["columns"] = [_column(column, table, subject, notes) for column in table.columns]
    return document


def _has_type(column: Shape) -> bool:
    kind = settled(column)
    return kind.physical is not None or kind.logical is not None


def _column(column: Shape, table: TableShape, subject: Subject, notes: list[Note]) -> dict[str, object]:
    about = f"{table.name}.{column.name}"
    document: dict[str, object] = {"name": column.name}
    if _has_type(column):
        dialect = WRITTEN_DIALECTS[subject.dialect]
        document["data_type"] = type_text(column, dialect, lambda what: notes.append(Note(what=what, about=about)))
    if column.description:
        document["description"] = _text(column.description)
    if not _PLAIN_NAME.fullmatch(column.name):
        document["quote"] = True
    tests = list(_tests(column, table, notes, {each.name for each in subject.tables}))
    if tests:
        document["data_tests"] = tests
    return document


def _tests(column: Shape, table: TableShape, notes: list[Note], models: set[str]) -> Iterator[object]:
    about = f"{table.name}.{column.name}"
    if column.is_required or column.key_position is not None:
        yield "not_null"
    if column.is_unique or table.key == (column.name,):
        yield "unique"
    values = [value for value in column.enum if value is not None]
    if values:
        kind = settled(column).logical
        arguments: dict[str, object] = {
            "values": [_text(value) if isinstance(value, str) else value for value in values]
        }
        if kind in {"integer", "number", "boolean"}:
            arguments["quote"] = False
        yield {"accepted_values": {"arguments": arguments}}
    for relation in table.relations:
        if relation.columns == (column.name,):
            yield from _relationship(relation, about, notes, models)


def _relationship(relation: Relation, about: str, notes: list[Note], models: set[str]) -> Iterator[object]:
    if not _PLAIN_NAME.fullmatch(relation.table):
        notes.append(Note(what="a relationship to what dbt cannot name is not said", about=about))
        return
    if relation.table not in models:
        notes.append(
            Note(
                what=f"the relationship names '{relation.table}', which has to be a model of the dbt project",
                about=about,
            )
        )
    to = f"ref('{relation.table}')"
    yield {"relationships": {"arguments": {"to": to, "field": _text(relation.target_columns[0])}}}


def _text(text: str) -> str:
    """Return a text that Jinja gives back as it is."""
    return _JINJA.sub(lambda found: f"{{{{ '{found[0]}' }}}}", text)
