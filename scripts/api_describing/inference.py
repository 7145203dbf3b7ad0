"""Schemas of JSON documents, from many of them and from what docs/reference/json.md says of their fields.

The page says which fields there are and what they mean; what is seen says of which types they are. What the page calls `null`
somewhere may be null although no document of today has it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from scripts.client_writing.schemas import class_name

_ORDER = ("string", "integer", "number", "boolean", "array", "object", "null")


@dataclass(frozen=True, kw_only=True)
class Page:
    """What the reference page says of one document."""

    #: Path -> what it means.
    told: Mapping[str, str] = field(default_factory=dict)
    #: Paths of objects whose keys are data, or that are described elsewhere.
    closed: frozenset[str] = frozenset()


def component_name(document: Mapping[str, Any]) -> str:
    """Return what the schema of a document is called: ``meshwright/env-diff/1`` is ``EnvDiff``; ``show`` is one for each kind."""
    _, name, number = str(document["schema"]).split("/")
    kind = str(document["kind"]) if name == "show" else ""
    return class_name(name.replace("-", " "), kind) + ("" if number == "1" else number)


def component(documents: Sequence[Mapping[str, Any]], page: Page) -> dict[str, Any]:
    """Return the schema of documents of one shape."""
    made = _schema(list(documents), "", page)
    made["properties"]["schema"] = {"const": documents[0]["schema"]}
    return made


def _schema(values: Sequence[Any], path: str, page: Page) -> dict[str, Any]:
    kinds = sorted({_kind(value) for value in values}, key=_ORDER.index)
    if "number" in kinds and "integer" in kinds:
        kinds.remove("integer")
    if page.told.get(path) and "`null`" in page.told[path] and "null" not in kinds:
        kinds.append("null")
    made: dict[str, Any] = {"type": kinds[0] if len(kinds) == 1 else kinds} if kinds else {}
    if set(kinds) <= {"null"}:
        made = {}  # nothing was ever seen but null
    if path and (text := page.told.get(path)):
        made["description"] = text
    if "object" in kinds:
        made |= _object([value for value in values if isinstance(value, dict)], path, page)
    if "array" in kinds:
        items = [item for value in values if isinstance(value, list) for item in value]
        made["items"] = _schema(items, f"{path}[]", page)
    texts = [value for value in values if isinstance(value, str)]
    if texts and all(map(_is_time, texts)):
        made["format"] = "date-time"
    return made


def _object(values: Sequence[Mapping[str, Any]], path: str, page: Page) -> dict[str, Any]:
    if path in page.closed:
        return {"additionalProperties": True}
    keys = list(dict.fromkeys(key for value in values for key in value))
    return {
        "properties": {
            key: _schema([value[key] for value in values if key in value], f"{path}.{key}" if path else key, page)
            for key in keys
        },
        "required": [key for key in keys if all(key in value for value in values)],
    }


def _kind(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    for kind, name in ((int, "integer"), (float, "number"), (str, "string"), (list, "array")):
        if isinstance(value, kind):
            return name
    return "object"


def _is_time(text: str) -> bool:
    try:
        return len(text) > len("2026-01-01") and dt.datetime.fromisoformat(text).tzinfo is not None
    except ValueError:
        return False


def page_of(rows: Iterable[tuple[str, str]]) -> Page:
    """Return a page from rows of path and meaning, paths as the page writes them (``steps[].inputs{}``)."""
    told: dict[str, str] = {}
    closed: set[str] = set()
    for written, meaning in rows:
        path = written.removesuffix("{}")
        if written.endswith("{}"):
            closed.add(path)
        if meaning:
            told.setdefault(path.removesuffix("[]"), meaning)
    return Page(told=told, closed=frozenset(closed))
