"""What differs between two definitions of a node that a tool carries out, in words."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any  # options are JSON of others

#: How many changed files or options are named before the rest is counted.
_LISTED = 5


def outside_changes(before: str, now: str) -> tuple[str, ...]:
    """Name what differs: ``option `select` changed``, ``report.ipynb changed``."""
    old, new = _read(before), _read(now)
    changes = tuple(_changes(old, new))
    if len(changes) > _LISTED:
        return (*changes[:_LISTED], f"{len(changes) - _LISTED} more changes of the definition")
    return changes or ("definition changed",)


def _changes(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    for kind, words in (("options", "option `{}`"), ("files", "{}")):
        was, is_now = old.get(kind) or {}, new.get(kind) or {}
        for name in sorted(was.keys() | is_now.keys()):
            if name not in was:
                yield f"{words.format(name)} added"
            elif name not in is_now:
                yield f"{words.format(name)} removed"
            elif was[name] != is_now[name]:
                yield f"{words.format(name)} changed"
    for kind, words in (
        ("inputs", "its inputs changed"),
        ("datasets", "the datasets that it yields changed"),
        ("columns", "its declared columns changed"),
    ):
        if old.get(kind) != new.get(kind):
            yield words


def _read(text: str) -> Mapping[str, Any]:
    try:
        read = json.loads(text)
    except ValueError:
        return {}
    return read if isinstance(read, dict) else {}
