"""Avro schema: a record for each object; several objects are a union of records."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from meshwright.files.standards.exchange.naming import Names, class_name_of, word_of
from meshwright.files.standards.exchange.outcome import Subject, Written
from meshwright.files.standards.exchange.unsaid import Says, unsaid
from meshwright.model.shapes import Note, Shape, TableShape
from meshwright.sql.ddl import settled

_SAID: Final = frozenset({Says.REQUIRED, Says.ENUM, Says.DESCRIPTIONS})
_SYMBOL: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_PLAIN: Final[Mapping[str, object]] = MappingProxyType(
    {
        **dict.fromkeys(("TINYINT", "SMALLINT", "INTEGER", "UTINYINT", "USMALLINT"), "int"),
        **dict.fromkeys(("BIGINT", "UINTEGER"), "long"),
        "FLOAT": "float",
        "DOUBLE": "double",
        "BOOLEAN": "boolean",
        "DATE": {"type": "int", "logicalType": "date"},
        "TIME": {"type": "long", "logicalType": "time-micros"},
        "TIME_NS": {"type": "long", "logicalType": "time-micros"},
        "TIMESTAMP": {"type": "long", "logicalType": "local-timestamp-micros"},
        "TIMESTAMP_NS": {"type": "long", "logicalType": "local-timestamp-nanos"},
        "TIMESTAMP WITH TIME ZONE": {"type": "long", "logicalType": "timestamp-micros"},
        "UUID": {"type": "string", "logicalType": "uuid"},
        "BLOB": "bytes",
        "UBIGINT": {"type": "bytes", "logicalType": "decimal", "precision": 20, "scale": 0},
        "HUGEINT": {"type": "bytes", "logicalType": "decimal", "precision": 39, "scale": 0},
        "UHUGEINT": {"type": "bytes", "logicalType": "decimal", "precision": 39, "scale": 0},
        **dict.fromkeys(("VARCHAR", "JSON"), "string"),
    }
)
#: Types that Avro has nothing for: they travel as text.
_AS_TEXT: Final = ("TIME WITH TIME ZONE", "BIT", "INTERVAL", "GEOMETRY", "BIGNUM")


def write_avro(subject: Subject) -> Written:
    """Write the schema as JSON (`.avsc`)."""
    writer = _Writer(
        namespace=word_of(subject.text("domain") or subject.text("id") or "contract", otherwise="contract")
    )
    records = [writer.table(table) for table in subject.tables]
    document: object = records[0] if len(records) == 1 else records
    text = json.dumps(document, ensure_ascii=False, indent=2, allow_nan=False) + "\n"
    return Written(text=text, notes=(*writer.notes, *unsaid(subject, "Avro", _SAID)))


@dataclass(kw_only=True, slots=True)
class _Writer:
    namespace: str
    notes: list[Note] = field(default_factory=list)
    names: Names = field(default_factory=Names)

    def table(self, table: TableShape) -> dict[str, object]:
        """Return the record of an object."""
        name = self._word(table.name, table.name, self.names)
        document: dict[str, object] = {"type": "record", "name": name, "namespace": self.namespace}
        if table.description:
            document["doc"] = table.description
        if not table.columns:
            self.notes.append(
                Note(what="an object without properties is a record without fields in Avro", about=table.name)
            )
        document["fields"] = self._fields(table.columns, table.name)
        return document

    def _word(self, name: str, about: str, names: Names) -> str:
        word = names.take(word_of(name))
        if word != name:
            self.notes.append(Note(what="Avro's names are plain words: a name is written in another way", about=about))
        return word

    def _fields(self, shapes: tuple[Shape, ...], about: str) -> list[dict[str, object]]:
        names = Names()
        return [self._field(each, f"{about}.{each.name}", names) for each in shapes]

    def _field(self, shape: Shape, about: str, names: Names) -> dict[str, object]:
        document: dict[str, object] = {"name": self._word(shape.name, about, names)}
        if shape.description:
            document["doc"] = shape.description
        kind = self._type(shape, about)
        if shape.is_required or shape.key_position is not None:
            document["type"] = kind
        else:
            document.update({"type": ["null", kind], "default": None})
        return document

    def _inner(self, shape: Shape | None, about: str) -> object:
        if shape is None:
            self.notes.append(
                Note(what="what a nested value holds is not in the contract: it is a text in Avro", about=about)
            )
            return ["null", "string"]
        kind = self._type(shape, about)
        return kind if shape.is_required else ["null", kind]

    def _type(self, shape: Shape, about: str) -> object:
        kind = settled(shape)
        if shape.enum and (found := self._enum(shape, kind, about)) is not None:
            return found
        physical = kind.physical or ""
        if kind.logical in {"array", "vector"} or physical.endswith("]"):
            return {
                "type": "array",
                "items": "float" if kind.logical == "vector" else self._inner(kind.items, f"{about}[]"),
            }
        if kind.logical == "map":
            return self._map(kind, about)
        if kind.logical == "object" and kind.properties:
            name = self.names.take(class_name_of(about))
            return {"type": "record", "name": name, "fields": self._fields(kind.properties, about)}
        if physical.startswith("DECIMAL("):
            precision, scale = (int(each) for each in physical[8:-1].split(","))
            return {"type": "bytes", "logicalType": "decimal", "precision": precision, "scale": scale}
        if physical in _AS_TEXT:
            self.notes.append(Note(what=f"Avro has no type {physical}: it is a text", about=about))
        elif physical not in _PLAIN:
            self.notes.append(Note(what="a column without a type that is known is a text in Avro", about=about))
        return _PLAIN.get(physical, "string")

    def _enum(self, shape: Shape, kind: Shape, about: str) -> object | None:
        """Return an enumeration; None where Avro cannot say it, which is told."""
        symbols = [value for value in shape.enum if isinstance(value, str) and _SYMBOL.fullmatch(value)]
        if kind.logical == "string" and len(symbols) == len(shape.enum):
            return {"type": "enum", "name": self.names.take(class_name_of(about)), "symbols": symbols}
        self.notes.append(Note(what="Avro lists only plain words: listed values are not said", about=about))
        return None

    def _map(self, kind: Shape, about: str) -> object:
        key = settled(kind.key) if kind.key is not None else Shape(logical="string")
        value = self._inner(kind.value, f"{about}{{}}")
        if key.logical == "string":
            return {"type": "map", "values": value}
        self.notes.append(
            Note(what="Avro's maps have texts as keys: another map is an array of key and value", about=about)
        )
        name = self.names.take(class_name_of(f"{about} entry"))
        fields = [
            {"name": "key", "type": self._type(kind.key or key, f"{about}{{}}")},
            {"name": "value", "type": value},
        ]
        return {"type": "array", "items": {"type": "record", "name": name, "fields": fields}}
