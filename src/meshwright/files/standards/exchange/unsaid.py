"""What a contract promises and a format does not say, as notes: each format lists what it says, and the rest is told."""

from __future__ import annotations

import enum
from collections.abc import Collection, Iterator, Mapping
from types import MappingProxyType
from typing import Final

from meshwright.files.standards.exchange.outcome import Subject
from meshwright.model.shapes import Note, Shape, TableShape, columns_of


class Says(enum.StrEnum):
    """Something that a format may be able to say; the value is how notes call it."""

    REQUIRED = "which values must be there"
    UNIQUE = "what is unique"
    KEY = "the primary key"
    RELATIONS = "relationships"
    RULES = "quality rules"
    ENUM = "listed values"
    RANGES = "ranges of values"
    TEMPORAL_RANGES = "ranges of dates and times"
    STEPS = "multiples"
    LENGTHS = "lengths of texts"
    PATTERNS = "patterns"
    FORMATS = "formats of texts"
    ITEMS = "how many items an array holds"
    UNIQUE_ITEMS = "that the items of an array differ"
    SIZES = "how many properties an object holds"
    DESCRIPTIONS = "descriptions"
    TITLES = "business names"
    CLASSIFICATIONS = "classifications"
    DEPRECATIONS = "what is deprecated"
    INSIDE = "what is promised of values inside nested ones"


_OPTIONS: Final[Mapping[str, Says]] = MappingProxyType(
    {
        **dict.fromkeys(("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"), Says.RANGES),
        "multipleOf": Says.STEPS,
        "minLength": Says.LENGTHS,
        "maxLength": Says.LENGTHS,
        "pattern": Says.PATTERNS,
        "minItems": Says.ITEMS,
        "maxItems": Says.ITEMS,
        "uniqueItems": Says.UNIQUE_ITEMS,
        "minProperties": Says.SIZES,
        "maxProperties": Says.SIZES,
    }
)
#: Formats that are types: every format says them as such.
_TYPE_FORMATS: Final = frozenset(
    {"uuid", "i8", "i16", "i32", "i64", "i128", "u8", "u16", "u32", "u64", "u128", "f32", "f64"}
)
_TEMPORAL: Final = frozenset({"date", "timestamp", "time"})
#: Parts of a contract that are about the whole.
_SECTIONS: Final = ("slaProperties", "team", "support", "roles", "price", "servers")


def unsaid(subject: Subject, title: str, said: Collection[Says], sections: Collection[str] = ()) -> Iterator[Note]:
    """Yield what `subject` promises and a format called `title` does not say.

    `said` is what it says of tables and columns; `sections` what it says of the whole.
    """
    missing = [name for name in _SECTIONS if subject.document.get(name) and name not in sections]
    if missing:
        yield Note(what=f"{title} does not say what the contract says of the whole: {', '.join(missing)}")
    for table in subject.tables:
        for words, about in _of_table(table):
            if words not in said:
                yield Note(what=f"{title} does not say {words.value}", about=about)


def _of_table(table: TableShape) -> Iterator[tuple[Says, str]]:
    if table.key:
        yield Says.KEY, columns_of(table.name, table.key)
    for names in table.uniques:
        yield Says.UNIQUE, columns_of(table.name, names)
    for relation in table.relations:
        yield Says.RELATIONS, columns_of(table.name, relation.columns)
    if table.rules:
        yield Says.RULES, table.name
    if table.description:
        yield Says.DESCRIPTIONS, table.name
    if table.title:
        yield Says.TITLES, table.name
    if table.is_deprecated:
        yield Says.DEPRECATIONS, table.name
    for column in table.columns:
        about = f"{table.name}.{column.name}"
        yield from ((words, about) for words in dict.fromkeys(_of_shape(column)))
        if any(_has_promises(inner) for inner in column.inner):
            yield Says.INSIDE, about


def _of_shape(shape: Shape) -> Iterator[Says]:
    if shape.is_required:
        yield Says.REQUIRED
    if shape.is_unique:
        yield Says.UNIQUE
    if shape.enum:
        yield Says.ENUM
    for option, words in _OPTIONS.items():
        if option in shape.options:
            yield Says.TEMPORAL_RANGES if words is Says.RANGES and shape.logical in _TEMPORAL else words
    written = shape.options.get("format")
    if written is not None and written not in _TYPE_FORMATS and shape.logical not in {"integer", "number"}:
        yield Says.FORMATS
    for words, value in (
        (Says.RULES, shape.rules),
        (Says.DESCRIPTIONS, shape.description),
        (Says.TITLES, shape.title),
        (Says.CLASSIFICATIONS, shape.classification),
        (Says.DEPRECATIONS, shape.is_deprecated),
    ):
        if value:
            yield words


def _has_promises(shape: Shape) -> bool:
    """Whether more than its type is promised of a nested value, or of what lies in it."""
    plain = {Says.DESCRIPTIONS, Says.TITLES}
    return any(words not in plain for words in _of_shape(shape)) or any(_has_promises(each) for each in shape.inner)
