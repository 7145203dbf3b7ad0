"""Schemas of an OpenAPI document as Python types: typed dictionaries for objects, built-in types for the rest."""

from __future__ import annotations

import keyword
import re
import textwrap
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

_SCALARS = {"string": "str", "integer": "int", "number": "float", "boolean": "bool", "null": "None"}
#: Of comments.
_WIDTH = 108
_REF = "#/components/schemas/"
_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def class_name(*words: str) -> str:
    """Return words, in whatever case, as the name of a class."""
    parts = (part for word in words for part in re.split(r"[^A-Za-z0-9]+", word) if part)
    return "".join(part[0].upper() + part[1:] for part in parts)


def singular(word: str) -> str:
    """Return the name of one of several things."""
    if word.endswith("ies"):
        return word[:-3] + "y"
    return word[:-1] if word.endswith("s") and not word.endswith("ss") else word


def is_plain_name(name: str) -> bool:
    """Whether a name can be written as an attribute."""
    return bool(_IDENTIFIER.fullmatch(name)) and not keyword.iskeyword(name)


@dataclass(kw_only=True)
class Models:
    """The typed dictionaries that a document needs, each made when it is first named."""

    components: Mapping[str, Mapping[str, Any]]
    #: Name -> source of the class, in the order of need.
    classes: dict[str, str] = field(default_factory=dict)
    _begun: set[str] = field(default_factory=set)

    def type_of(self, schema: Mapping[str, Any], name: str) -> str:  # noqa: PLR0911 - a table of cases
        """Return the type of a schema as source; an object of it is called `name`."""
        if "$ref" in schema:
            return self._component(str(schema["$ref"]).removeprefix(_REF))
        if "const" in schema:
            return f"Literal[{schema['const']!r}]"
        if "enum" in schema:
            return f"Literal[{', '.join(repr(value) for value in schema['enum'])}]"
        for key in ("oneOf", "anyOf"):
            if key in schema:
                return _union(
                    self.type_of(
                        each, name if len(schema[key]) == 1 else class_name(name, each.get("title", str(place)))
                    )
                    for place, each in enumerate(schema[key])
                )
        kinds = schema.get("type")
        if isinstance(kinds, list):
            return _union(self.type_of({**schema, "type": kind}, name) for kind in kinds)
        if kinds == "array":
            return f"list[{self.type_of(schema.get('items', {}), singular(name))}]"
        if kinds == "object" or "properties" in schema:
            return self._object(schema, name)
        return _SCALARS.get(str(kinds), "Any")

    def _component(self, component: str) -> str:
        name = class_name(component)
        if name not in self._begun:
            found = self.components[component]
            if found.get("type") == "object" and "properties" in found:
                return self._object(found, name)
            self._begun.add(name)
            self.classes[name] = f"{name} = {self.type_of(found, name + 'Of')}"
        return name

    def _object(self, schema: Mapping[str, Any], name: str) -> str:
        properties: Mapping[str, Any] = schema.get("properties", {})
        if not properties:
            further = schema.get("additionalProperties", True)
            return f"dict[str, {'Any' if further is True or not further else self.type_of(further, singular(name))}]"
        if name in self._begun:
            return name
        self._begun.add(name)
        required = set(schema.get("required", ()))
        fields = {
            key: _field(self.type_of(each, class_name(name, key)), is_required=key in required)
            for key, each in properties.items()
        }
        # What a field means is told beside the field; a class of its own says where it belongs.
        text = str(self.components.get(name, {}).get("description") or schema.get("title") or "Part of a document")
        self.classes[name] = _class(name, text, fields, properties)
        return name


def _field(kind: str, *, is_required: bool) -> str:
    return kind if is_required else f"NotRequired[{kind}]"


def _class(name: str, text: str, fields: Mapping[str, str], properties: Mapping[str, Any]) -> str:
    if all(is_plain_name(key) for key in fields):
        lines = [f"class {name}(TypedDict):", f'    """{docstring(text)}"""', ""]
        for key, kind in fields.items():
            if told := properties[key].get("description"):
                lines += comment(told)
            lines.append(f"    {key}: {kind}")
        return "\n".join(lines)
    inside = ", ".join(f'"{key}": {kind}' for key, kind in fields.items())
    return f'#: {one_line(text)}\n{name} = TypedDict("{name}", {{{inside}}})'


def _union(kinds: Iterable[str]) -> str:
    found = list(dict.fromkeys(kinds))
    if "Any" in found:
        return "Any"
    return " | ".join([*(kind for kind in found if kind != "None"), *(["None"] if "None" in found else [])])


def comment(text: str) -> list[str]:
    """Return a text as lines of a comment on a field."""
    return [f"    #: {line}" for line in textwrap.wrap(one_line(text), _WIDTH, break_long_words=False)]


def one_line(text: str) -> str:
    """Return a text in one line that fits a comment."""
    return " ".join(text.split())


def docstring(text: str) -> str:
    """Return a text as the first line of a docstring."""
    line = one_line(text).replace("\\", "\\\\").replace('"""', "'''")
    if line.endswith('"'):
        line += " "
    return line if line.endswith((".", "!", "?", " ")) else line + "."
