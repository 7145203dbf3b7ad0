"""Mermaid: an `erDiagram` of the objects, their columns and how they belong together."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from meshwright.files.standards.exchange.naming import Names, word_of
from meshwright.files.standards.exchange.outcome import Subject, Written
from meshwright.files.standards.exchange.unsaid import Says, unsaid
from meshwright.model.shapes import Note, Relation, Shape, TableShape
from meshwright.sql.ddl import settled

_SAID: Final = frozenset({Says.UNIQUE, Says.KEY, Says.RELATIONS, Says.DESCRIPTIONS})
_PLAIN: Final = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_NO_TYPE_WORD: Final = re.compile(r"[^A-Za-z0-9_()\[\]-]+")
#: Words that begin something else in a diagram.
_WORDS: Final = frozenset(
    {
        "direction", "title", "acctitle", "accdescr", "style", "class", "classdef", "erdiagram", "end", "pk", "fk", "uk", "one",
        "many", "zero", "only", "optionally", "to", "u", "tb", "bt", "rl", "lr",
    }
)  # fmt: skip
_LONGEST: Final = 80


def write_mermaid(subject: Subject) -> Written:
    """Write the diagram."""
    notes: list[Note] = []
    entities = Names()
    ids = {table.name: _entity(table.name, entities) for table in subject.tables}
    lines = ["erDiagram"]
    for table in subject.tables:
        lines += _table(table, ids[table.name], notes)
    for table in subject.tables:
        for relation in table.relations:
            lines += _relation(table, relation, ids, entities)
    return Written(text="\n".join(lines) + "\n", notes=(*notes, *unsaid(subject, "Mermaid", _SAID)))


def _entity(name: str, entities: Names) -> str:
    """Return the id of an entity, with the name that is shown where that is no word."""
    is_plain = _PLAIN.fullmatch(name) is not None and name.lower() not in _WORDS
    if is_plain:
        return entities.take(name)
    word = word_of(name, otherwise="object").lstrip("_") or "object"
    word = f"object_{word}" if word[0].isdigit() or word.lower() in _WORDS else word
    return f'{entities.take(word)}["{_shown(name)}"]'


def _id(entity: str) -> str:
    return entity.partition("[")[0]


def _shown(text: str) -> str:
    """Return a text as it may stand between quotes: without quotes, marks of a diagram and line breaks."""
    plain = " ".join(text.replace('"', "'").split())
    plain = re.sub(r"[<>%;#{}~\[\]\\`]", " ", plain).strip() or "?"
    return plain if len(plain) <= _LONGEST else f"{plain[: _LONGEST - 3]}..."


def _table(table: TableShape, entity: str, notes: list[Note]) -> Iterator[str]:
    if not table.columns:
        yield f"    {entity}"
        return
    yield f"    {entity} {{"
    names = Names()
    foreign = {column for relation in table.relations for column in relation.columns}
    for column in table.columns:
        yield f"        {_column(column, table, names, foreign, notes)}"
    yield "    }"


def _column(column: Shape, table: TableShape, names: Names, foreign: set[str], notes: list[Note]) -> str:
    is_plain = _PLAIN.fullmatch(column.name) is not None and column.name.lower() not in _WORDS
    word = word_of(column.name).lstrip("_") or "field"
    word = column.name if is_plain else f"field_{word}" if word[0].isdigit() or word.lower() in _WORDS else word
    name = names.take(word)
    comment = column.description or ""
    if name != column.name:
        notes.append(
            Note(
                what="Mermaid's names are plain words: the name stands in the comment",
                about=f"{table.name}.{column.name}",
            )
        )
        comment = f"{column.name}: {comment}" if comment else column.name
    marks = [
        mark
        for mark, is_so in (
            ("PK", column.name in table.key),
            ("FK", column.name in foreign),
            ("UK", column.is_unique and table.key != (column.name,)),
        )
        if is_so
    ]
    kind = settled(column)
    written = _NO_TYPE_WORD.sub("_", _type_words(kind)).strip("_") or "unknown"
    words = [written, name, ", ".join(marks), f'"{_shown(comment)}"' if comment else ""]
    return " ".join(word for word in words if word)


def _type_words(kind: Shape) -> str:
    """Return a type in one word: of nested ones only what they are."""
    if kind.logical in {"object", "map"} and kind.physical != "JSON":
        return kind.logical
    if kind.logical == "array":
        inner = settled(kind.items) if kind.items is not None else None
        return f"{_type_words(inner)}[]" if inner is not None else "array"
    physical = kind.physical or kind.logical or "unknown"
    return physical.replace(",", "_") if physical.startswith("DECIMAL") else physical


def _relation(table: TableShape, relation: Relation, ids: dict[str, str], entities: Names) -> Iterator[str]:
    if relation.table not in ids:
        ids[relation.table] = _entity(relation.table, entities)
        yield f"    {ids[relation.table]}"
    columns = [table.column(name) for name in relation.columns]
    is_required = all(
        column is not None and (column.is_required or column.key_position is not None) for column in columns
    )
    is_one = relation.columns == table.key or (len(columns) == 1 and columns[0] is not None and columns[0].is_unique)
    left, right = "||" if is_required else "|o", "o|" if is_one else "o{"
    label = _shown(", ".join(relation.columns))
    yield f'    {_id(ids[relation.table])} {left}--{right} {_id(ids[table.name])} : "{label}"'
