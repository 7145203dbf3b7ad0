"""JSON Schema (2020-12, and the same words of draft 07 and 2019-09) into tables: an object is a table or a value inside one.

A reference inside the document is followed; one to elsewhere is not fetched. What a contract has no words for is a note.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath
from types import MappingProxyType
from typing import Final
from urllib.parse import unquote

from meshwright.checks.odcs_3_0 import modern_options
from meshwright.diagnostics import Diagnostic
from meshwright.files.standards.exchange.jsontext import JsonPath, JsonText, read_json
from meshwright.files.standards.exchange.outcome import Read, read_failure
from meshwright.model.rules import Scalar
from meshwright.model.shapes import Note, Shape, TableShape

Node = Mapping[str, object]

_MOST_SHAPES: Final = 20_000
_MOST_DEPTH: Final = 40
_MOST_PLACED: Final = 50
_MOST_WRONG: Final = 20
#: Drafts whose own schema a document is held against, as a document may name them -> as they name themselves.
_DRAFTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "http://json-schema.org/draft-07/schema": "http://json-schema.org/draft-07/schema#",
        "https://json-schema.org/draft/2019-09/schema": "https://json-schema.org/draft/2019-09/schema",
        "https://json-schema.org/draft/2020-12/schema": "https://json-schema.org/draft/2020-12/schema",
    }
)
#: Words that say nothing about values, or that are read where the schema is taken apart.
_SILENT: Final = frozenset(
    {
        "$schema", "$id", "$comment", "$defs", "definitions", "$anchor", "$ref", "allOf", "anyOf", "oneOf", "type", "enum",
        "const", "title", "description", "deprecated", "examples", "nullable", "$vocabulary", "id", "example",
    }
)  # fmt: skip
_NUMERIC: Final = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf")
_FORMATS: Final[Mapping[str, str]] = MappingProxyType({"date": "date", "date-time": "timestamp", "time": "time"})
_NUMBER_FORMATS: Final[Mapping[str, str]] = MappingProxyType(
    {"int8": "i8", "int16": "i16", "int32": "i32", "int64": "i64", "uint8": "u8", "uint16": "u16", "uint32": "u32",
     "uint64": "u64", "float": "f32", "double": "f64"}
)  # fmt: skip
_TYPES: Final = frozenset({"string", "integer", "number", "boolean", "object", "array"})
_NOT_OF_A_NAME: Final = re.compile(r"\W+")
_NO_TYPE: Final = object()


def read_json_schema(data: bytes, file: str) -> Read:
    """Read a document. Never raises for bad input."""
    document = read_json(data, file)
    if isinstance(document, Diagnostic):
        return read_failure(document)
    if not isinstance(document.value, Mapping):
        message, fix = "the file holds no JSON Schema: it is no object", "name the file of a schema"
        return read_failure(Diagnostic(code="MW-C237", message=message, span=document.span(), fix=fix))
    malformed = _malformed(document)
    if malformed:
        return read_failure(malformed)
    reader = _Reader(document=document, root=document.value)
    try:
        tables = tuple(reader.tables())
    except _TooLarge:
        message = f"the schema describes more than {_MOST_SHAPES:,} values: its references multiply"
        fix = "import the definitions that you need: --select NAME"
        return read_failure(Diagnostic(code="MW-C237", message=message, span=document.span(), fix=fix))
    if not tables and not reader.problems:
        message = "the schema describes no object, so there is no table in it"
        fix = "name a schema with 'properties', or one whose 'items' or '$defs' have them"
        reader.problems.append(Diagnostic(code="MW-C237", message=message, span=document.span(), fix=fix))
    return Read(tables=tables, notes=tuple(reader.notes), problems=tuple(reader.problems))


def _malformed(document: JsonText) -> list[Diagnostic]:
    """Hold the document against the schema of schemas: of its own draft, else of either that people write."""
    import jsonschema_rs  # lazy: compiled, and only this format needs it

    assert isinstance(document.value, Mapping)
    written = document.value.get("$schema")
    drafts = [written.rstrip("#")] if isinstance(written, str) else list(_DRAFTS)
    errors: list[jsonschema_rs.ValidationError] = []
    for draft in drafts:
        if draft not in _DRAFTS:
            return []  # a dialect of its own: what is known of it is read
        validator = jsonschema_rs.validator_for({"$schema": _DRAFTS[draft], "$ref": _DRAFTS[draft]})
        errors = list(itertools.islice(validator.iter_errors(document.value), _MOST_WRONG))
        if not errors:
            return []
    found = [
        Diagnostic(
            code="MW-C237",
            message=f"this is no JSON Schema: {error.message[:200]}",
            span=document.span([step for step in error.instance_path if isinstance(step, (str, int))]),
            fix="correct the schema",
        )
        for error in errors
    ]
    return list(dict.fromkeys(found))  # each of the vocabularies says it


class _TooLarge(Exception):
    """The schema unfolds into more than anyone reads."""


@dataclass(kw_only=True, slots=True)
class _Reader:
    document: JsonText
    root: Node
    notes: list[Note] = field(default_factory=list)
    problems: list[Diagnostic] = field(default_factory=list)
    used: set[str] = field(default_factory=set)
    shapes: int = 0

    def tables(self) -> Iterator[TableShape]:
        """Yield the tables that the root describes."""
        listed = list(self._roots())
        for name, node, path in listed:
            yield self._table(name, node, path)
        for word in ("$defs", "definitions"):
            definitions = self.root.get(word)
            for name in definitions if isinstance(definitions, Mapping) else ():
                if f"#/{word}/{_escaped(name)}" not in self.used and name not in {each for each, _, _ in listed}:
                    self._note("a definition that nothing uses is not carried over", name, (word, name))

    def _roots(self) -> Iterator[tuple[str, Node, JsonPath]]:
        """Yield name, schema and path of every table."""
        items = self.root.get("items")
        branches = [word for word in ("$ref", "anyOf", "oneOf", "allOf") if word in self.root]
        has_definitions = "$defs" in self.root or "definitions" in self.root
        is_bare = self.root.get("type") == "object" and not branches and not has_definitions
        if "properties" in self.root or "additionalProperties" in self.root or is_bare:
            yield self._title(self.root), self.root, ()
        elif self.root.get("type") == "array" and isinstance(items, Mapping):
            found = self._pointed(items, ("items",))
            name = found[0] if found else self._title(items, fallback=self._title(self.root))
            yield name, items, ("items",)
        elif branches:
            yield from self._branches(branches[0])
        else:
            for word in ("$defs", "definitions"):
                definitions = self.root.get(word)
                for name, node in definitions.items() if isinstance(definitions, Mapping) else ():
                    if isinstance(node, Mapping) and (node.get("type") == "object" or "properties" in node):
                        yield name, node, (word, name)

    def _branches(self, word: str) -> Iterator[tuple[str, Node, JsonPath]]:
        value = self.root[word]
        branches: list[tuple[object, JsonPath]] = (
            [(each, (word, place)) for place, each in enumerate(value)]
            if isinstance(value, list)
            else [(self.root, ())]
        )
        found = [(self._pointed(node, path) if isinstance(node, Mapping) else None) for node, path in branches]
        if word != "allOf" and branches and all(found):
            for (node, path), pointed in zip(branches, found, strict=True):
                assert pointed is not None and isinstance(node, Mapping)  # noqa: PT018 - one thought
                yield pointed[0], {"$ref": node["$ref"]}, path
        else:
            yield self._title(self.root), self.root, ()

    def _pointed(self, node: Node, path: JsonPath) -> tuple[str, Node] | None:
        """Return name and schema of the definition that a node points to, where it does nothing else."""
        reference = node.get("$ref")
        target = self._target(reference, path, is_told=False) if isinstance(reference, str) else None
        if target is None or not isinstance(reference, str):
            return None
        return unquote(reference.rpartition("/")[2]).replace("~1", "/").replace("~0", "~"), target

    def _title(self, node: Node, fallback: str | None = None) -> str:
        title = node.get("title")
        if isinstance(title, str) and title.strip():
            return title
        if fallback is not None:
            return fallback
        stem = PurePosixPath(self.document.file).name.partition(".")[0]
        return _NOT_OF_A_NAME.sub("_", stem).strip("_") or "rows"

    def _table(self, name: str, node: Node, path: JsonPath) -> TableShape:
        shape, _ = self._shape(node, path, name, ())
        if shape.logical not in {"object", "map"} or (shape.logical == "map" and not shape.properties):
            message = f"'{name}' is {shape.logical or 'of any type'}, not an object with properties: it is no table"
            fix = "name a schema whose root has 'properties'"
            self.problems.append(Diagnostic(code="MW-C237", message=message, span=self.document.span(path), fix=fix))
        is_named_so = shape.title is None or shape.title == name
        return TableShape(
            name=name,
            columns=shape.properties,
            title=None if is_named_so else shape.title,
            description=shape.description,
            tags=shape.tags,
            is_deprecated=shape.is_deprecated,
            span=self.document.span(path),
        )

    def _note(self, what: str, about: str, path: JsonPath) -> None:
        span = self.document.span(path) if len(self.notes) < _MOST_PLACED else None
        self.notes.append(Note(what=what, about=about, span=span))

    def _target(self, reference: str, path: JsonPath, *, is_told: bool = True) -> Node | None:
        """Return the schema that a reference names; None where it lies elsewhere or nowhere."""
        base, _, fragment = reference.partition("#")
        if base and base not in {self.root.get("$id"), self.root.get("id")}:
            if is_told:
                self._note(f"the reference to '{reference}' is not followed: it lies in another document", "", path)
            return None
        target: object = self.root
        if fragment and not fragment.startswith("/"):
            target = next((node for node in _anchored(self.root) if node.get("$anchor") == fragment), None)
        else:
            for step in fragment.split("/")[1:]:
                key = unquote(step).replace("~1", "/").replace("~0", "~")
                if isinstance(target, list) and key.isdigit() and int(key) < len(target):
                    target = target[int(key)]
                else:
                    target = target.get(key) if isinstance(target, Mapping) else None
        if isinstance(target, Mapping):
            self.used.add(f"#{unquote(fragment)}")
            return target
        if is_told and target is not True:
            message = f"the reference '{reference}' leads nowhere"
            fix = "correct it, or add the definition"
            self.problems.append(Diagnostic(code="MW-C237", message=message, span=self.document.span(path), fix=fix))
        return None

    def _unfolded(
        self, node: Node, path: JsonPath, about: str, seen: tuple[str, ...]
    ) -> tuple[Node, bool, tuple[str, ...]]:
        """Follow references and put `allOf` together; also whether null is allowed, and the references followed."""
        is_nullable = node.get("nullable") is True
        merged: dict[str, object] = {}
        parts: list[Node] = []
        reference = node.get("$ref")
        if isinstance(reference, str):
            if reference in seen or len(seen) > _MOST_DEPTH:
                self._note("a schema that holds itself is carried over down to its first repetition", about, path)
                return {"type": "object"}, is_nullable, seen
            target = self._target(reference, path)
            seen = (*seen, reference)
            if target is not None:
                unfolded, inner, seen = self._unfolded(target, path, about, seen)
                is_nullable = is_nullable or inner
                parts.append(unfolded)
        all_of = node.get("allOf")
        for place, each in enumerate(all_of if isinstance(all_of, list) else ()):
            if isinstance(each, Mapping):
                unfolded, inner, _ = self._unfolded(each, (*path, "allOf", place), about, seen)
                is_nullable = is_nullable or inner
                parts.append(unfolded)
        own = {key: value for key, value in node.items() if key not in {"$ref", "allOf"}}
        for part in (*parts, own):
            self._merge(merged, part, path, about)
        return self._choice(merged, path, about, seen, is_nullable=is_nullable)

    def _merge(self, merged: dict[str, object], part: Node, path: JsonPath, about: str) -> None:
        for key, value in part.items():
            before = merged.get(key)
            if key == "properties" and isinstance(before, Mapping) and isinstance(value, Mapping):
                merged[key] = {**before, **value}
            elif key == "required" and isinstance(before, list) and isinstance(value, list):
                merged[key] = [*before, *(each for each in value if each not in before)]
            elif key in merged and before != value and key not in _SILENT - {"type", "enum", "const"}:
                self._note(f"'{key}' is said twice, of which the last is carried over", about, path)
                merged[key] = value
            else:
                merged[key] = value

    def _choice(
        self, node: dict[str, object], path: JsonPath, about: str, seen: tuple[str, ...], *, is_nullable: bool
    ) -> tuple[Node, bool, tuple[str, ...]]:
        """Resolve `anyOf` and `oneOf`: of one schema and null, or of constants; anything else is no type."""
        for word in ("anyOf", "oneOf"):
            branches = node.get(word)
            if not isinstance(branches, list):
                continue
            rest = {key: value for key, value in node.items() if key != word}
            schemas = [each for each in branches if isinstance(each, Mapping)]
            kept = [each for each in schemas if each.get("type") != "null"]
            has_null = len(kept) < len(schemas)
            constants = [each["const"] for each in kept if "const" in each]
            if len(kept) == 1:
                unfolded, inner, seen = self._unfolded(kept[0], path, about, seen)
                merged = dict(rest)
                self._merge(merged, unfolded, path, about)
                # What stands beside the choice describes the property; inside it, the type.
                merged.update({key: rest[key] for key in ("title", "description") if key in rest})
                return merged, is_nullable or inner or has_null, seen
            if constants and len(constants) == len(kept):
                if any(set(each) - {"const", "type", "title"} for each in kept):
                    self._note("what is said of single values is not carried over", about, path)
                return {**rest, "enum": constants}, is_nullable or has_null, seen
            if kept:
                self._note(f"'{word}' of several types is not carried over: the value has no type", about, path)
            return {**rest, "type": _NO_TYPE} if kept else rest, is_nullable or has_null, seen
        return node, is_nullable, seen

    def _shape(self, node: object, path: JsonPath, about: str, seen: tuple[str, ...]) -> tuple[Shape, bool]:
        """Return the shape of a schema, and whether null is allowed."""
        self.shapes += 1
        if self.shapes > _MOST_SHAPES:
            raise _TooLarge
        if not isinstance(node, Mapping):
            if node is False:
                self._note("a schema that allows no value is not carried over", about, path)
            return Shape(), True
        plain, is_nullable, seen = self._unfolded(node, path, about, seen)
        enum, has_null = self._enum(plain, path, about)
        kind, null_too = self._kind(plain, enum, path, about)
        shape = self._typed(kind, plain, path, about, seen)
        is_nullable = is_nullable or has_null or null_too
        examples = plain.get("examples")
        return (
            replace(
                shape,
                enum=enum,
                title=_text(plain, "title"),
                description=_text(plain, "description"),
                is_deprecated=plain.get("deprecated") is True,
                examples=tuple(examples) if isinstance(examples, list) else (),
            ),
            is_nullable,
        )

    def _enum(self, node: Node, path: JsonPath, about: str) -> tuple[tuple[Scalar, ...], bool]:
        """Return the listed values, and whether null is among them."""
        written = [node["const"]] if "const" in node else node.get("enum")
        if not isinstance(written, list):
            return (), False
        values: dict[tuple[type, object], Scalar] = {}
        for value in written:
            if isinstance(value, (str, int, float, bool)):
                values[type(value), value] = value
            elif value is not None:
                self._note("listed values that are lists or objects are not carried over", about, path)
                return (), None in written
        return tuple(values.values()), None in written

    def _kind(self, node: Node, enum: tuple[Scalar, ...], path: JsonPath, about: str) -> tuple[str | None, bool]:
        """Return the type, and whether null is one of several."""
        written = node.get("type")
        if written is _NO_TYPE:
            return None, True
        words = [written] if isinstance(written, str) else written if isinstance(written, list) else []
        kinds = [word for word in words if isinstance(word, str) and word != "null"]
        unknown = [word for word in kinds if word not in _TYPES]
        if unknown:
            self._note(f"'{unknown[0]}' is no type of JSON Schema", about, path)
        if set(kinds) == {"integer", "number"}:
            kinds = ["number"]
        if len(kinds) > 1:
            self._note("a value of several types is not carried over: it has no type", about, path)
            return None, "null" in words
        if kinds:
            return (kinds[0] if kinds[0] in _TYPES else None), "null" in words
        return _implied(node, enum), not words or "null" in words

    def _typed(self, kind: str | None, node: Node, path: JsonPath, about: str, seen: tuple[str, ...]) -> Shape:
        read: dict[str, object] = {}
        if kind == "string":
            shape = self._string(node, read)
        elif kind in {"integer", "number"}:
            shape = self._number(kind, node, read)
        elif kind == "object":
            shape = self._object(node, path, about, seen, read)
        elif kind == "array":
            shape = self._array(node, path, about, seen, read)
        else:
            shape = Shape(logical="boolean" if kind == "boolean" else None)
        for word in node:
            if word not in _SILENT and word not in read and not word.startswith("x-"):
                self._note(f"'{word}' is not carried over", about, path)
        return shape

    def _string(self, node: Node, read: dict[str, object]) -> Shape:
        if node.get("contentEncoding") == "base64":
            read["contentEncoding"] = True
            return Shape(physical="BLOB")
        written = node.get("format")
        read["format"] = True
        if isinstance(written, str) and written in _FORMATS:
            return Shape(logical=_FORMATS[written])
        options: dict[str, object] = {}
        for word, kind in (("minLength", int), ("maxLength", int), ("pattern", str), ("format", str)):
            value = node.get(word)
            if isinstance(value, kind) and not isinstance(value, bool):
                options[word] = value
                read[word] = True
        return Shape(logical="string", options=MappingProxyType(options))

    def _number(self, kind: str, node: Node, read: dict[str, object]) -> Shape:
        options = {word: node[word] for word in _NUMERIC if isinstance(node.get(word), (int, float))}
        options = {
            word: _exact(value) for word, value in modern_options(options).items() if not isinstance(value, bool)
        }
        read.update(dict.fromkeys(_NUMERIC))
        written = node.get("format")
        if isinstance(written, str) and written in _NUMBER_FORMATS:
            code = _NUMBER_FORMATS[written]
            if code.startswith("f") == (kind == "number"):
                options["format"] = code
                read["format"] = True
        return Shape(logical=kind, options=MappingProxyType(options))

    def _object(self, node: Node, path: JsonPath, about: str, seen: tuple[str, ...], read: dict[str, object]) -> Shape:
        read.update(dict.fromkeys(("properties", "required", "additionalProperties", "unevaluatedProperties")))
        written = node.get("properties")
        properties = written if isinstance(written, Mapping) else {}
        further = node.get("additionalProperties", node.get("unevaluatedProperties"))
        options = self._sizes(node, ("minProperties", "maxProperties"), read)
        if not properties and isinstance(further, Mapping):
            value, is_nullable = self._shape(further, (*path, "additionalProperties"), about, seen)
            value = replace(value, is_required=not is_nullable)
            if options:
                self._note("'minProperties' and 'maxProperties' of a map are not carried over", about, path)
            return Shape(logical="map", key=Shape(logical="string"), value=value)
        if properties and further is not False:
            self._note("further properties, which the schema allows, are not in the contract", about, path)
        wanted = node.get("required")
        required = {each for each in wanted if isinstance(each, str)} if isinstance(wanted, list) else set()
        absent = sorted(required - set(properties))
        if absent:
            names = ", ".join(absent[:5])
            self._note(f"required properties that are not described are not carried over: {names}", about, path)
        fields = []
        for name, each in properties.items():
            if not name.strip():
                self._note("a property without a name is not carried over", about, path)
                continue
            inner, is_nullable = self._shape(each, (*path, "properties", name), f"{about}.{name}", seen)
            if not (name in required and is_nullable and inner.logical is None):
                inner = replace(inner, is_required=name in required and not is_nullable)
            if inner.title is not None and inner.title.replace(" ", "_").lower() == name.lower():
                inner = replace(inner, title=None)  # a title that a tool made of the name
            fields.append(replace(inner, name=name))
        return Shape(logical="object", properties=tuple(fields), options=MappingProxyType(options))

    def _array(self, node: Node, path: JsonPath, about: str, seen: tuple[str, ...], read: dict[str, object]) -> Shape:
        options = self._sizes(node, ("minItems", "maxItems"), read)
        if isinstance(node.get("uniqueItems"), bool):
            read["uniqueItems"] = True
            if node["uniqueItems"]:
                options["uniqueItems"] = True
        items = node.get("items")
        if isinstance(items, list):
            self._note("items with a type for each position are not carried over", about, path)
        read["items"] = True
        if not isinstance(items, Mapping):
            return Shape(logical="array", options=MappingProxyType(options))
        inner, is_nullable = self._shape(items, (*path, "items"), f"{about}[]", seen)
        return Shape(
            logical="array", items=replace(inner, is_required=not is_nullable), options=MappingProxyType(options)
        )

    @staticmethod
    def _sizes(node: Node, words: tuple[str, ...], read: dict[str, object]) -> dict[str, object]:
        found: dict[str, object] = {}
        for word in words:
            value = node.get(word)
            if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
                read[word] = True
                found[word] = value
        return found


def _implied(node: Node, enum: tuple[Scalar, ...]) -> str | None:
    """Return the type that a schema without one means."""
    if "properties" in node or "additionalProperties" in node:
        return "object"
    if "items" in node:
        return "array"
    kinds = {type(value) for value in enum}
    if kinds == {str} or "pattern" in node or "maxLength" in node:
        return "string"
    if kinds == {bool}:
        return "boolean"
    if kinds == {int}:
        return "integer"
    return "number" if kinds and kinds <= {int, float} else None


def _exact(value: object) -> object:
    """Return 5.0 as 5, which JSON Schema takes for the same."""
    return int(value) if isinstance(value, float) and value.is_integer() and abs(value) < 2**53 else value


def _anchored(node: object) -> Iterator[Node]:
    stack = [node]
    while stack:
        each = stack.pop()
        if isinstance(each, Mapping):
            if "$anchor" in each:
                yield each
            stack.extend(each.values())
        elif isinstance(each, list):
            stack.extend(each)


def _escaped(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")


def _text(node: Node, key: str) -> str | None:
    value = node.get(key)
    return value if isinstance(value, str) and value.strip() else None
