"""Schemas of JSON documents, from many of them and from what docs/reference/json.md says of their fields.

The page says which fields there are and what they mean; what is seen says of which types they are. What the page calls `null`
somewhere may be null although no document of today has it.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

_LINK = re.compile(r"\[([^\]]+)\]\([^)]+\)")
_ORDER = ("string", "integer", "number", "boolean", "array", "object", "null")


@dataclass(frozen=True, kw_only=True)
class Page:
    """What the reference page says of one document."""

    #: Path -> what it means.
    told: Mapping[str, str] = field(default_factory=dict)
    #: Paths of objects whose keys are data, or that are described elsewhere.
    closed: frozenset[str] = frozenset()
    #: Whether no page describes it: then what the examples hold is all that is known, and any text or number may be missing.
    is_seen_only: bool = False


#: Names of other resources, by names that are data.
_LINKS = "links"


def component(documents: Sequence[Mapping[str, Any]], page: Page) -> dict[str, Any]:
    """Return the schema of documents of one shape."""
    made = _schema(list(documents), "", page)
    made["properties"]["schema"] = {"const": documents[0]["schema"]}
    if (
        made["properties"].get("next", {"type": "array"}).get("type") != "array"
    ):  # a cursor; in the examples all may be null
        made["properties"]["next"] |= {"type": ["string", "null"]}
    return {"description": f"`{documents[0]['schema']}`, see json.md.", **made}


def _schema(values: Sequence[Any], path: str, page: Page) -> dict[str, Any]:
    kinds = sorted({_kind(value) for value in values}, key=_ORDER.index)
    if "number" in kinds and "integer" in kinds:
        kinds.remove("integer")
    if "`null`" in page.told.get(path, "") and not {"null", "array"} & set(kinds):
        kinds.append("null")
    if page.is_seen_only and path and kinds and set(kinds) <= {"string", "integer", "number"}:
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
    if path in page.closed or path.rpartition(".")[2] == _LINKS:
        return {"additionalProperties": True}
    keys = list(dict.fromkeys(key for value in values for key in value))
    return {
        "properties": {
            key: _schema([value[key] for value in values if key in value], f"{path}.{key}" if path else key, page)
            for key in keys
        },
        # Below the top an object may be a map, whose keys are data: of what no page describes that is not known.
        "required": []
        if page.is_seen_only and path
        else [key for key in keys if all(key in value for value in values)],
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


def plain_text(text: str) -> str:
    """Return a cell of the page without its links."""
    return _LINK.sub(r"\1", text)
