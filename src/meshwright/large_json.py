"""Reading JSON of others: strictly, since two readers must not take one text for two things; and without keeping others waiting.

Python's own reader is written in C and lets no other thread run before it has read all: half a second for eight megabytes of
empty lists. The one in Python that stands behind it takes longer, and lets others run in between; and it rests now and then, since
whoever wants to run has to wait a moment each time that it does not. Small texts are read by the first, large ones by the second.
"""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable
from json.decoder import JSONArray, JSONObject  # type: ignore[attr-defined]  # they are there, and untyped
from json.scanner import py_make_scanner  # type: ignore[attr-defined]  # the same
from typing import Any  # JSON

#: Characters up to which a text is small.
LARGE = 64 * 1024
#: Lists and objects in one text. Each takes twenty times what it takes as text, and has to be looked at by the garbage collector.
MOST_CONTAINERS = 200_000
#: Seconds of work, of the rest after it, and of all rests together.
_WORK_S, _REST_S, _MOST_RESTS_S = 0.0005, 0.001, 4.0


class BadJson(ValueError):
    """JSON in which something stands twice, a number is too large to be one, or there is too much."""


class Rests:
    """Long work in a thread: `now_and_then` is called often, and lets others run when it was long enough."""

    def __init__(self) -> None:
        self._calls = 0
        self._since_s = time.perf_counter()
        self._left_s = _MOST_RESTS_S

    def now_and_then(self) -> None:
        """Rest, if it is time."""
        self._calls += 1
        if self._calls % 32 or self._left_s < 0 or (now_s := time.perf_counter()) - self._since_s < _WORK_S:
            return
        time.sleep(_REST_S)
        self._since_s = time.perf_counter()
        self._left_s -= self._since_s - now_s


def read_large_json(text: str, *, parse_constant: Callable[[str], Any] | None = None) -> Any:
    """Return what JSON says. Raises BadJson, ValueError, RecursionError; of `NaN` and the like what `parse_constant` raises."""
    options: dict[str, Any] = {
        "object_pairs_hook": _unique,
        "parse_float": _finite,
        "parse_constant": parse_constant or _no_constant,
    }
    if len(text) <= LARGE:
        return json.loads(text, **options)
    if text.count("[") + text.count("{") > MOST_CONTAINERS:
        raise BadJson(f"it has more than {MOST_CONTAINERS:,} lists and objects; send less at once")
    return json.loads(text, cls=_Patient, **options)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise BadJson(f"{json.dumps(twice[:100])} stands twice in one object")
    return found


def _finite(text: str) -> float:
    found = float(text)
    if math.isinf(found):
        raise BadJson(f"the number {text[:50]} is too large")
    return found


def _no_constant(word: str) -> Any:
    raise BadJson(f"{word} is no number of JSON")


class _Patient(json.JSONDecoder):
    """Reads JSON in Python."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._rests = Rests()
        self.parse_array = self._array
        self.parse_object = self._object
        self.scan_once = py_make_scanner(self)

    def _array(self, start: Any, scan_once: Any) -> Any:
        return JSONArray(start, self._resting(scan_once))

    def _object(self, start: Any, strict: Any, scan_once: Any, *more: Any) -> Any:
        return JSONObject(start, strict, self._resting(scan_once), *more)

    def _resting(self, scan_once: Any) -> Any:
        now_and_then = self._rests.now_and_then

        def scan(text: str, at: int) -> Any:
            now_and_then()
            return scan_once(text, at)

        return scan
