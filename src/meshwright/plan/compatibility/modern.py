"""Contracts in one form, so that only what they say is compared.

Written out defaults are left out, what ODCS 3.0 wrote in another way is as 3.2 writes it, and relationships of single
properties stand with their object. Rules of quality and service levels are read where they are compared.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType

from meshwright.checks.odcs_3_0 import modern_options
from meshwright.plan.compatibility.rules import part, parts, text_of

_Part = Mapping[str, object]
#: Key -> what it means where it is not written. `required` and `unique` of columns follow from the key as well.
_PROPERTY_DEFAULTS: _Part = MappingProxyType(
    {
        "criticalDataElement": False,
        "deprecated": False,
        "partitionKeyPosition": -1,
        "partitioned": False,
        "primaryKey": False,
        "primaryKeyPosition": -1,
        "required": False,
        "semanticType": "column",
        "unique": False,
    }
)
_OBJECT_DEFAULTS: _Part = MappingProxyType({"deprecated": False, "logicalType": "object"})
_OPTION_DEFAULTS: _Part = MappingProxyType(
    {
        "defaultTimezone": "UTC",
        "minItems": 0,
        "minLength": 0,
        "minProperties": 0,
        "normalized": False,
        "timezone": False,
        "uniqueItems": False,
    }
)
_VECTOR_DEFAULTS: _Part = MappingProxyType({"elementType": "float32"})
_UTC = frozenset({"etc/utc", "utc", "z", "etc/gmt", "gmt"})
#: A place in a schema, as ODCS 3.1 writes it in full.
_FULL = re.compile(r"(?P<file>[^#]*#)?/?schema/(?P<object>[^/]+)/properties/(?P<path>.+)")


def modern_contract(contract: _Part) -> _Part:
    """Return a contract in the form that is compared."""
    found = dict(contract)
    if isinstance(found.get("team"), list):
        found["team"] = {"members": found["team"]}
    if isinstance(found.get("description"), str):
        found["description"] = {"purpose": found["description"]}
    if "schema" in found:
        found["schema"] = [_object(item) for item in parts(found["schema"])]
    return found


def _object(item: _Part) -> _Part:
    name = text_of(item.get("name"))
    relationships = [*_relationships(item, None), *_lifted(name, parts(item.get("properties")))]
    found = {**_named(_without(item, _OBJECT_DEFAULTS)), "relationships": relationships}
    if "properties" in item:
        found["properties"] = [_property(below) for below in parts(item["properties"])]
    return found


def _property(item: _Part) -> _Part:
    found = _named(_without(item, _PROPERTY_DEFAULTS))
    found.pop("relationships", None)
    if "logicalTypeOptions" in found:
        found["logicalTypeOptions"] = _options(text_of(item.get("logicalType")), part(found["logicalTypeOptions"]))
    if "properties" in found:
        found["properties"] = [_property(below) for below in parts(found["properties"])]
    if "items" in found:
        found["items"] = _property(part(found["items"]))
    if "map" in found:
        found["map"] = {key: _property(part(below)) for key, below in part(found["map"]).items()}
    return found


def _options(logical_type: str, options: _Part) -> _Part:
    found = modern_options(options)
    if text_of(found.get("defaultTimezone")).casefold() in _UTC:
        found["defaultTimezone"] = "UTC"
    found = _without(found, _OPTION_DEFAULTS)
    return _without(found, _VECTOR_DEFAULTS) if logical_type == "vector" else found


def _named(item: dict[str, object]) -> dict[str, object]:
    """Leave out a physical name that is the name."""
    if item.get("physicalName") == item.get("name"):
        item.pop("physicalName", None)
    return item


def _without(item: _Part, defaults: _Part) -> dict[str, object]:
    """Leave out what is written as it would be understood anyway; 0 and false are two."""
    return {
        key: value
        for key, value in item.items()
        if key not in defaults or type(value) is not type(defaults[key]) or value != defaults[key]
    }


def _lifted(path: str, properties: list[_Part]) -> Iterator[_Part]:
    """Yield the relationships that stand with properties, with the property that they are from."""
    for item in properties:
        below = f"{path}.{text_of(item.get('name'))}"
        yield from _relationships(item, below)
        yield from _lifted(below, parts(item.get("properties")))


def _relationships(item: _Part, source: str | None) -> Iterator[_Part]:
    for relationship in parts(item.get("relationships")):
        found = dict(relationship)
        found["from"] = _references(source if source is not None else found.get("from"))
        found["to"] = _references(found.get("to"))
        found["type"] = found.get("type") or "foreignKey"
        yield found


def _references(value: object) -> list[str]:
    """Return references in their short form, ``orders.customer``; those into another file keep it before them."""
    written = value if isinstance(value, list) else [value]
    return [_reference(text_of(each)) for each in written]


def _reference(text: str) -> str:
    full = _FULL.fullmatch(text)
    if full is None:
        return text
    path = ".".join(step for step in full["path"].split("/") if step != "properties")
    file = (full["file"] or "").rstrip("#")
    return f"{f'{file}#' if file else ''}{full['object']}.{path}"
