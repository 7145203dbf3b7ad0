"""Schemas of documents from the types of the functions that write them (`meshwright.faces.documents.shapes`)."""

from __future__ import annotations

import enum
import importlib
import pkgutil
import types
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal, NotRequired, Required, Union, get_args, get_origin, get_type_hints

from meshwright.faces.documents import shapes
from meshwright.faces.http.described import component_name

_REF = "#/components/schemas/"
_SCALARS: Mapping[object, str] = {str: "string", int: "integer", float: "number", bool: "boolean", type(None): "null"}
#: Modules of documents that are recorded as well, and so are written below the faces.
_BELOW = ("meshwright.plan.shapes", "meshwright.run.shapes")
#: Of which module a document is taken that two have: as it is answered by URL.
_LAST = "by_url"


class Stated:
    """Documents, each by its name, with the parts that they are made of."""

    def __init__(self) -> None:
        self.documents: dict[str, type] = dict(_documents())
        #: Name -> schema of documents and parts.
        self.schemas: dict[str, dict[str, Any]] = {}
        self._named: dict[str, type] = {}

    def add(self, name: str, told: Mapping[str, str]) -> None:
        """Make the schema of a document, and of its parts; `told` is path -> what a field means."""
        self._object(self.documents[name], name)
        self._tell(self.schemas[name], "", told)

    def _tell(self, schema: dict[str, Any], path: str, told: Mapping[str, str]) -> None:
        """Add meanings where there are none yet: a part means the same in each document."""
        for each in (schema, *schema.get("anyOf", ())):
            below = self.schemas[each["$ref"].removeprefix(_REF)] if "$ref" in each else each
            for name, inner in below.get("properties", {}).items():
                place = f"{path}.{name}" if path else name
                if place in told:
                    inner.setdefault("description", told[place])
                    self._tell(inner, place, told)
            if "items" in below:
                self._tell(below["items"], f"{path}[]", told)

    def _schema(self, hint: Any) -> dict[str, Any]:  # noqa: PLR0911 - one return for each kind of type
        origin, given = get_origin(hint), get_args(hint)
        if hint is object:
            return {}
        if hint in _SCALARS:
            return {"type": _SCALARS[hint]}
        if origin in {Required, NotRequired}:
            return self._schema(given[0])
        if origin is Annotated:
            return {**self._schema(given[0]), **_told(given[1])}
        if origin is Literal:
            return {"const": given[0]} if len(given) == 1 else {"enum": list(given)}
        if origin is list:
            return {"type": "array", "items": self._schema(given[0])}
        if origin is dict:
            return {"type": "object", "additionalProperties": self._schema(given[1]) or True}
        if origin in {types.UnionType, Union}:
            return _or_null([self._schema(each) for each in given])
        return self._object(hint, hint.__name__)

    def _object(self, hint: type, name: str) -> dict[str, Any]:
        assert self._named.setdefault(name, hint) is hint, f"two types are called {name}"
        if name not in self.schemas:
            self.schemas[name] = made = {}
            fields = get_type_hints(hint, include_extras=True)
            first = [each for each in ("schema", "kind") if each in fields]
            made |= {
                "description": hint.__doc__,
                "type": "object",
                "properties": {
                    each: self._schema(fields[each])
                    for each in (*first, *(each for each in fields if each not in first))
                },
                "required": [each for each, kind in fields.items() if get_origin(kind) is not NotRequired],
            }
        return {"$ref": _REF + name}


def _told(more: Any) -> dict[str, Any]:
    """Return what stands beside a type: a format, an enumeration, or the values there are."""
    if isinstance(more, str):
        return {"format": more}
    values = [each.value for each in more] if isinstance(more, type) and issubclass(more, enum.Enum) else list(more)
    return {"enum": values}


def _or_null(kinds: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the schema of one of several kinds: nearly always of one, or null."""
    [null] = [each for each in kinds if each == {"type": "null"}]
    [kind] = [each for each in kinds if each is not null]
    if "type" in kind:
        enumerated = {"enum": [*kind["enum"], None]} if "enum" in kind else {}
        return {**kind, "type": [kind["type"], "null"], **enumerated}
    if "const" in kind:
        return {"enum": [kind["const"], None]}
    return {"anyOf": [kind, null]}


def _documents() -> Iterator[tuple[str, type]]:
    """Yield the documents with their names; what is answered by URL last, so that it counts."""
    names = sorted(
        (found.name for found in pkgutil.iter_modules(shapes.__path__)), key=lambda name: (name == _LAST, name)
    )
    for module_name in (*_BELOW, *(f"{shapes.__name__}.{name}" for name in names)):
        module = importlib.import_module(module_name)
        for each in vars(module).values():
            if getattr(each, "__module__", "") != module.__name__ or not hasattr(each, "__required_keys__"):
                continue
            hints = get_type_hints(each, include_extras=True)
            if get_origin(hints.get("schema")) is Literal:
                kinds = {"kind": get_args(hints["kind"])[0]} if get_origin(hints.get("kind")) is Literal else {}
                name = component_name({"schema": get_args(hints["schema"])[0], **kinds})
                assert name == each.__name__, (name, each)
                yield name, each
