"""Pydantic models (version 2) as Python source: a class for each object, its promises as `Field(...)`.

Every text of the contract is written as a literal by `repr`, so none of it is ever code.
"""

from __future__ import annotations

import datetime as dt
import keyword
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from meshwright.files.standards.exchange.naming import Names, class_name_of, word_of
from meshwright.files.standards.exchange.outcome import Subject, Written
from meshwright.files.standards.exchange.unsaid import Says, unsaid
from meshwright.model.shapes import Note, Shape, TableShape
from meshwright.sql.ddl import settled

_SAID: Final = frozenset(
    {
        Says.REQUIRED, Says.ENUM, Says.RANGES, Says.TEMPORAL_RANGES, Says.STEPS, Says.LENGTHS, Says.PATTERNS, Says.ITEMS,
        Says.DESCRIPTIONS, Says.TITLES, Says.DEPRECATIONS, Says.INSIDE,
    }
)  # fmt: skip
_PLAIN: Final[Mapping[str, str]] = MappingProxyType(
    {
        **dict.fromkeys(
            ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "HUGEINT",
             "UHUGEINT", "BIGNUM"), "int"),
        "FLOAT": "float", "DOUBLE": "float", "BOOLEAN": "bool", "DATE": "datetime.date", "TIME": "datetime.time",
        "TIME_NS": "datetime.time", "TIME WITH TIME ZONE": "datetime.time", "TIMESTAMP": "datetime.datetime",
        "TIMESTAMP_NS": "datetime.datetime", "TIMESTAMP WITH TIME ZONE": "AwareDatetime", "UUID": "uuid.UUID",
        "BLOB": "bytes", "VARCHAR": "str", "BIT": "str", "GEOMETRY": "str", "INTERVAL": "datetime.timedelta",
    }
)  # fmt: skip
_BOUNDS: Final = (
    ("minimum", "ge"), ("exclusiveMinimum", "gt"), ("maximum", "le"), ("exclusiveMaximum", "lt"),
)  # fmt: skip
#: Names that a model keeps for itself, or that would hide what its annotations mean.
_KEPT: Final = frozenset(
    {*keyword.kwlist, *keyword.softkwlist, "int", "str", "float", "bool", "bytes", "list", "dict", "datetime", "decimal",
     "uuid", "Field", "BaseModel", "ConfigDict", "Literal", "Any", "AwareDatetime"}
)  # fmt: skip
#: Beginnings of names of pydantic's own.
_OWN: Final = ("model_",)
_METHODS: Final = frozenset(
    {"construct", "copy", "dict", "from_orm", "json", "parse_file", "parse_obj", "parse_raw", "schema", "schema_json",
     "update_forward_refs", "validate"}
)  # fmt: skip


def write_pydantic(subject: Subject) -> Written:
    """Write a module."""
    words = {_field_word(each.name) for table in subject.tables for each in _all_shapes(table.columns)}
    # In a class a field hides what else has its name, and classes are named by annotations: no class is called as a field.
    writer = _Writer(names=Names(kept=_KEPT | words, joint=""))
    for table in subject.tables:
        writer.table(table)
    title = subject.text("name") or subject.text("id") or ""
    version = subject.text("version") or ""
    about = f"Rows of the contract {title} {version}.".replace("  ", " ")
    body = "\n\n".join(f"\n{text}" for text in writer.classes)
    return Written(
        text=f"{about!r}\n\n{writer.imports()}\n{body}", notes=(*writer.notes, *unsaid(subject, "Pydantic", _SAID))
    )


def _all_shapes(shapes: Iterable[Shape]) -> Iterator[Shape]:
    for each in shapes:
        yield each
        yield from _all_shapes(each.inner)


def _field_word(name: str) -> str:
    """Return what a property is called as a field of a model, where that is free."""
    word = word_of(name).lstrip("_") or "field"
    return f"field_{word}" if word.startswith(_OWN) or word[0].isdigit() else word


@dataclass(kw_only=True, slots=True)
class _Writer:
    names: Names
    classes: list[str] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    used: set[str] = field(default_factory=set)

    def imports(self) -> str:
        """Return the import statements that the classes need."""
        modules = [f"import {name}\n" for name in ("datetime", "decimal", "uuid") if f"{name}." in self.used]
        typed = sorted(name for name in ("Any", "Literal") if name in self.used)
        modules += [f"from typing import {', '.join(typed)}\n"] if typed else []
        own = ["BaseModel", "ConfigDict", *(name for name in ("AwareDatetime", "Field") if name in self.used)]
        first = "".join(modules)
        return f"{first}{chr(10) if first else ''}from pydantic import {', '.join(sorted(own))}\n"

    def table(self, table: TableShape) -> None:
        """Add the class of an object."""
        name = self._class_name(table.name)
        # Without properties a contract constrains no columns.
        self._class(name, table.columns, table.description, table.name, is_open=not table.columns)

    def _class_name(self, name: str) -> str:
        return self.names.take(class_name_of(name))

    def _class(
        self, name: str, shapes: tuple[Shape, ...], description: str | None, about: str, *, is_open: bool = False
    ) -> None:
        # A class comes after those that it names: what lies inside is made first.
        fields = Names(kept=_KEPT | _METHODS)
        lines = [self._field(each, f"{about}.{each.name}", fields) for each in shapes]
        extra = "allow" if is_open else "forbid"
        body = [f"    {description!r}\n"] if description else []
        body.append(f'    model_config = ConfigDict(extra="{extra}", populate_by_name=True)\n')
        self.classes.append("\n".join([f"class {name}(BaseModel):", *body, *lines]).rstrip("\n") + "\n")

    def _field(self, shape: Shape, about: str, fields: Names) -> str:
        name = fields.take(_field_word(shape.name))
        is_required = shape.is_required or shape.key_position is not None
        arguments: list[str] = [] if is_required else ["default=None"]
        if name != shape.name:
            arguments.append(f"alias={shape.name!r}")
        kind, constraints = self._type(shape, about)
        arguments += constraints
        if shape.title:
            arguments.append(f"title={shape.title!r}")
        if shape.description:
            arguments.append(f"description={shape.description!r}")
        if shape.is_deprecated:
            arguments.append("deprecated=True")
        annotation = kind if is_required or kind == "Any" else f"{kind} | None"
        if arguments == ["default=None"]:
            return f"    {name}: {annotation} = None"
        if not arguments:
            return f"    {name}: {annotation}"
        self.used.add("Field")
        return f"    {name}: {annotation} = Field({', '.join(arguments)})"

    def _type(self, shape: Shape, about: str) -> tuple[str, list[str]]:  # noqa: PLR0911 - a table of cases
        """Return the annotation of a value, and the arguments of `Field` that constrain it."""
        kind = settled(shape)
        if shape.enum and (literal := self._literal(shape, about)) is not None:
            return literal, []
        physical = kind.physical or ""
        if kind.logical in {"array", "vector"} or physical.endswith("]"):
            return self._array(shape, kind, about)
        if kind.logical == "map":
            key = self._type(kind.key, f"{about}{{}}")[0] if kind.key is not None else "str"
            value = self._inner(kind.value, f"{about}{{}}")
            return f"dict[{key}, {value}]", []
        if kind.logical == "object" and kind.properties:
            name = self._class_name(about)
            self._class(name, kind.properties, None, about)
            return name, []
        if physical.startswith("DECIMAL("):
            precision, scale = physical[8:-1].split(",")
            limits = [f"max_digits={precision}", f"decimal_places={scale}"]
            return self._use("decimal.Decimal"), [*limits, *self._limits(shape, kind, about)]
        if physical not in _PLAIN:
            return self._use("Any"), []
        return self._use(_PLAIN[physical]), list(self._limits(shape, kind, about))

    def _use(self, name: str) -> str:
        self.used.add(f"{name.partition('.')[0]}." if "." in name else name)
        return name

    def _inner(self, shape: Shape | None, about: str) -> str:
        if shape is None:
            return self._use("Any")
        kind, constraints = self._type(shape, about)
        if constraints:
            self.notes.append(Note(what="limits of single items are not said in Pydantic", about=about))
        return kind if shape.is_required or kind == "Any" else f"{kind} | None"

    def _array(self, shape: Shape, kind: Shape, about: str) -> tuple[str, list[str]]:
        size = shape.options.get("dimensions")
        limits = {"min_length": shape.options.get("minItems", size), "max_length": shape.options.get("maxItems", size)}
        arguments = [f"{name}={value}" for name, value in limits.items() if isinstance(value, int)]
        inner = "float" if kind.logical == "vector" else self._inner(kind.items, f"{about}[]")
        return f"list[{inner}]", arguments

    def _literal(self, shape: Shape, about: str) -> str | None:
        """Return the listed values as a type; None where Python's Literal cannot hold them, which is told."""
        values = [value for value in shape.enum if value is not None]
        kind = settled(shape).logical
        fits = {"string": str, "integer": int, "boolean": bool}.get(kind or "string")
        if fits is None or not values or any(type(value) is not fits for value in values):
            self.notes.append(
                Note(what="Pydantic lists only texts, integers and booleans: listed values are not said", about=about)
            )
            return None
        self._use("Literal")
        return f"Literal[{', '.join(map(repr, values))}]"

    def _limits(self, shape: Shape, kind: Shape, about: str) -> Iterator[str]:
        for option, name in _BOUNDS:
            limit = shape.options.get(option)
            if limit is None:
                continue
            written = self._limit(limit, kind)
            if written is None:
                self.notes.append(
                    Note(what="a bound that is no value of the type is not said in Pydantic", about=about)
                )
            else:
                yield f"{name}={written}"
        step = shape.options.get("multipleOf")
        if isinstance(step, (int, float)) and kind.logical in {"integer", "number"}:
            yield f"multiple_of={self._number(step, kind)}"
        if kind.physical == "VARCHAR" and kind.logical == "string":
            sizes = (("minLength", "min_length"), ("maxLength", "max_length"))
            yield from (f"{name}={shape.options[option]}" for option, name in sizes if option in shape.options)
            pattern = shape.options.get("pattern")
            if isinstance(pattern, str):
                yield f"pattern={pattern!r}"

    def _limit(self, limit: object, kind: Shape) -> str | None:
        if kind.logical in {"integer", "number"}:
            return self._number(limit, kind) if isinstance(limit, (int, float)) else None
        if not isinstance(limit, str):
            return None
        try:
            if kind.logical == "date":
                moment: object = dt.date.fromisoformat(limit)
            elif kind.logical == "timestamp":
                read = dt.datetime.fromisoformat(limit)
                has_zone = kind.physical == "TIMESTAMP WITH TIME ZONE"
                if read.tzinfo is not None and not has_zone:
                    return None
                moment = read.replace(tzinfo=dt.UTC) if has_zone and read.tzinfo is None else read
            elif kind.logical == "time":
                moment = dt.time.fromisoformat(limit)
            else:
                return None
        except ValueError:
            return None
        self._use("datetime.x")
        return repr(moment)

    def _number(self, value: float, kind: Shape) -> str:
        if (kind.physical or "").startswith("DECIMAL(") and isinstance(value, float):
            return f"{self._use('decimal.Decimal')}({str(value)!r})"
        return repr(value)
