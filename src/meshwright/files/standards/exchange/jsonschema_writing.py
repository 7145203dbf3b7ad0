"""JSON Schema (2020-12) of the rows of a contract: of one object the root, of several one definition each."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Final

from meshwright.files.standards.exchange.outcome import Subject, Written
from meshwright.files.standards.exchange.unsaid import Says, unsaid
from meshwright.model.shapes import Note, Shape, TableShape
from meshwright.sql.ddl import settled

_DRAFT: Final = "https://json-schema.org/draft/2020-12/schema"
_SAID: Final = frozenset(
    {
        Says.REQUIRED, Says.ENUM, Says.RANGES, Says.STEPS, Says.LENGTHS, Says.PATTERNS, Says.FORMATS, Says.ITEMS,
        Says.UNIQUE_ITEMS, Says.SIZES, Says.DESCRIPTIONS, Says.TITLES, Says.DEPRECATIONS, Says.INSIDE,
    }
)  # fmt: skip
_FORMATS: Final = {"date": "date", "timestamp": "date-time", "time": "time"}
_NUMBER_FORMATS: Final = {
    "i8": "int8", "i16": "int16", "i32": "int32", "i64": "int64", "u8": "uint8", "u16": "uint16", "u32": "uint32",
    "u64": "uint64", "f32": "float", "f64": "double",
}  # fmt: skip
_NUMERIC: Final = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf")
_TEXTUAL: Final = ("minLength", "maxLength", "pattern", "format")


def write_json_schema(subject: Subject) -> Written:
    """Write the schema."""
    notes: list[Note] = []
    if len(subject.tables) == 1:
        [table] = subject.tables
        document: dict[str, object] = {"$schema": _DRAFT, "title": table.name, **_table(table, notes)}
        if table.title and table.title != table.name:
            notes.append(Note(what="JSON Schema has one title, which is the object's name: its business name is not said",
                              about=table.name))  # fmt: skip
    else:
        definitions = {
            table.name: {**({"title": table.title} if table.title else {}), **_table(table, notes)}
            for table in subject.tables
        }
        references = [{"$ref": f"#/$defs/{_pointer(table.name)}"} for table in subject.tables]
        document = {"$schema": _DRAFT, "title": subject.text("name") or subject.text("id"), "anyOf": references}
        if not references:
            del document["anyOf"]
        document["$defs"] = definitions
    text = json.dumps(document, ensure_ascii=False, indent=2, allow_nan=False) + "\n"
    return Written(text=text, notes=(*notes, *unsaid(subject, "JSON Schema", _SAID)))


def _pointer(name: str) -> str:
    from urllib.parse import quote  # lazy: only several objects point to each other

    return quote(name.replace("~", "~0").replace("/", "~1"), safe="~")


def _table(table: TableShape, notes: list[Note]) -> dict[str, object]:
    document: dict[str, object] = {}
    if table.description:
        document["description"] = table.description
    if table.is_deprecated:
        document["deprecated"] = True
    document["type"] = "object"
    # Without properties a contract constrains no columns.
    document.update(_fields(table.columns, table.name, notes) if table.columns else {})
    return document


def _fields(columns: tuple[Shape, ...], about: str, notes: list[Note]) -> dict[str, object]:
    document: dict[str, object] = {
        "properties": {each.name: _property(each, f"{about}.{each.name}", notes) for each in columns}
    }
    required = [each.name for each in columns if each.is_required or each.key_position is not None]
    if required:
        document["required"] = required
    document["additionalProperties"] = False
    return document


def _property(shape: Shape, about: str, notes: list[Note]) -> dict[str, object]:
    is_nullable = not (shape.is_required or shape.key_position is not None)
    words = (("title", shape.title), ("description", shape.description))
    document: dict[str, object] = {key: value for key, value in words if value}
    if shape.is_deprecated:
        document["deprecated"] = True
    if shape.examples:
        document["examples"] = list(shape.examples)
    document.update(dict(_typed(shape, about, notes)))
    if shape.enum:
        document["enum"] = [*shape.enum, *([None] if is_nullable and None not in shape.enum else [])]
    if is_nullable and "type" in document:
        document["type"] = [document["type"], "null"]
    return document


def _typed(shape: Shape, about: str, notes: list[Note]) -> Iterator[tuple[str, object]]:
    kind = settled(shape)
    logical = kind.logical
    if logical in _FORMATS:
        yield from (("type", "string"), ("format", _FORMATS[logical]))
        if any(option in shape.options for option in _NUMERIC):
            notes.append(Note(what=f"JSON Schema does not say {Says.TEMPORAL_RANGES.value}", about=about))
    elif logical == "string":
        yield "type", "string"
        yield from ((option, shape.options[option]) for option in _TEXTUAL if option in shape.options)
        if kind.physical == "UUID" and "format" not in shape.options:
            yield "format", "uuid"
    elif logical in {"integer", "number"}:
        yield "type", logical
        yield from ((option, shape.options[option]) for option in _NUMERIC if option in shape.options)
        written = shape.options.get("format")
        if isinstance(written, str) and written in _NUMBER_FORMATS:
            yield "format", _NUMBER_FORMATS[written]
    elif logical == "boolean":
        yield "type", "boolean"
    elif logical in {"array", "vector"}:
        yield from _array(shape, kind, about, notes)
    elif logical == "map":
        yield "type", "object"
        yield "additionalProperties", _property(kind.value, f"{about}{{}}", notes) if kind.value else True
    elif logical == "object":
        yield from _object(shape, kind, about, notes)
    elif kind.physical == "BLOB":
        yield from (("type", "string"), ("contentEncoding", "base64"))
    elif kind.physical in {"INTERVAL", "BIT", "GEOMETRY", "BIGNUM"}:
        yield "type", "string"


def _array(shape: Shape, kind: Shape, about: str, notes: list[Note]) -> Iterator[tuple[str, object]]:
    yield "type", "array"
    if kind.logical == "vector":
        yield "items", {"type": "number"}
        size = shape.options.get("dimensions")
        yield from (("minItems", size), ("maxItems", size))
        return
    if kind.items is not None:
        yield "items", _property(kind.items, f"{about}[]", notes)
    yield from (
        (option, shape.options[option]) for option in ("minItems", "maxItems", "uniqueItems") if option in shape.options
    )


def _object(shape: Shape, kind: Shape, about: str, notes: list[Note]) -> Iterator[tuple[str, object]]:
    if kind.physical == "JSON" and not kind.properties:
        return  # any JSON value
    yield "type", "object"
    if kind.properties:
        yield from _fields(kind.properties, about, notes).items()
    yield from (
        (option, shape.options[option]) for option in ("minProperties", "maxProperties") if option in shape.options
    )
