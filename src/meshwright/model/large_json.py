"""Reading JSON of others, which may be large, without keeping everybody else waiting.

Python's own reader is written in C and lets no other thread run before it has read all: half a second for eight megabytes of
empty lists. The one in Python that stands behind it takes longer, and lets others run in between. Small texts are read by the first,
large ones by the second.
"""

from __future__ import annotations

import json
import json.decoder
import json.scanner
from collections.abc import Callable
from typing import Any  # JSON

#: Characters up to which a text is small.
LARGE = 64 * 1024
#: Lists and objects in one text. Each takes twenty times what it takes as text, and has to be looked at by the garbage collector.
MOST_CONTAINERS = 200_000


class TooMuchJson(ValueError):
    """A text has too many lists and objects."""


def read_large_json(text: str, *, parse_constant: Callable[[str], Any] | None = None) -> Any:
    """Return what JSON says, as `json.loads` does. Raises TooMuchJson, ValueError, RecursionError."""
    if len(text) <= LARGE:
        return json.loads(text, parse_constant=parse_constant)
    if text.count("[") + text.count("{") > MOST_CONTAINERS:
        raise TooMuchJson(f"it has more than {MOST_CONTAINERS:,} lists and objects; send less at once")
    return json.loads(text, cls=_Patient, parse_constant=parse_constant)


class _Patient(json.JSONDecoder):
    """Reads JSON in Python."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.scan_once = json.scanner.py_make_scanner(self)  # type: ignore[attr-defined]  # it is there, and untyped
