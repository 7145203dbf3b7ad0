"""Reading JSON of others: strictly, since two readers must not take one text for two things; and without keeping others waiting.

Python's own reader is written in C and lets no other thread run before it has read all: half a second for eight megabytes of
empty lists. So a large text is read in slices: what fits in one is read by that reader at once, what does not is taken apart,
by the same rules, until its parts do. In between it rests, since whoever wants to run has to wait a moment each time that it
does not. The reader in Python that stands behind the one in C would let others run as well, but takes six times as long.
"""

from __future__ import annotations

import json
import math
import re
import time
from collections.abc import Callable
from json.decoder import WHITESPACE, JSONObject  # type: ignore[attr-defined]  # they are there, and untyped
from json.scanner import make_scanner
from typing import Any  # JSON

#: Characters up to which a text is small.
LARGE = 64 * 1024
#: Lists and objects in one text. Each takes twenty times what it takes as text, and has to be looked at by the garbage collector.
MOST_CONTAINERS = 200_000
#: Characters that the reader in C is given at once: a fraction of a millisecond.
_SLICE = 16 * 1024
#: A number may go on behind its slice: what ends so near to its end was not read to its own end.
_MARGIN = 8
#: Numbers, words and texts, each with its comma; possessive: nothing is looked at twice, whatever comes.
_SCALARS = re.compile(r'(?:(?:[^\[\]{}",]|"(?:[^"\\]++|\\.)*+")*+,)*+', re.DOTALL)
#: Characters of them from which on reading them together is worth it.
_FEW = 200
#: Seconds of work, of the rest after it, and of all rests together.
_WORK_S, _REST_S, _MOST_RESTS_S = 0.0005, 0.001, 4.0


class BadJson(ValueError):
    """JSON in which something stands twice, a number is too large to be one, or there is too much."""


class Rests:
    """Long work in a thread: `now_and_then` is called often, and lets others run when it was long enough."""

    def __init__(self, *, every: int = 32) -> None:
        """`every`: after so many calls the clock is looked at."""
        self._every = every
        self._calls = 0
        self._since_s = time.perf_counter()
        self._left_s = _MOST_RESTS_S

    def now_and_then(self) -> None:
        """Rest, if it is time."""
        self._calls += 1
        if self._calls % self._every or self._left_s < 0 or (now_s := time.perf_counter()) - self._since_s < _WORK_S:
            return
        time.sleep(_REST_S)
        self._since_s = time.perf_counter()
        self._left_s -= self._since_s - now_s


def read_large_json(text: str, *, parse_constant: Callable[[str], Any] | None = None) -> Any:
    """Return what JSON says. Raises BadJson, ValueError, RecursionError; of `NaN` and the like what `parse_constant` raises."""
    options: dict[str, Any] = {
        "object_pairs_hook": _unique_names(),
        "parse_float": _finite,
        "parse_constant": parse_constant or _no_constant,
    }
    if len(text) <= LARGE:
        return json.loads(text, **options)
    if text.count("[") + text.count("{") > MOST_CONTAINERS:
        raise BadJson(f"it has more than {MOST_CONTAINERS:,} lists and objects; send less at once")
    return json.loads(text, cls=_Sliced, **options)


def _unique_names() -> Callable[[list[tuple[str, Any]]], dict[str, Any]]:
    """Return what makes objects, in which no name stands twice; equal names of different ones are there once."""
    known: dict[str, str] = {}

    def made(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = {known.setdefault(name, name): value for name, value in pairs}
        if len(found) < len(pairs):
            names = [name for name, _ in pairs]
            twice = next(name for name in names if names.count(name) > 1)
            raise BadJson(f"{json.dumps(twice[:100])} stands twice in one object")
        return found

    return made


def _finite(text: str) -> float:
    found = float(text)
    if math.isinf(found):
        raise BadJson(f"the number {text[:50]} is too large")
    return found


def _no_constant(word: str) -> Any:
    raise BadJson(f"{word} is no number of JSON")


class _Sliced(json.JSONDecoder):
    """Reads JSON slice by slice. For one text."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._scan: Any = make_scanner(self)  # type: ignore[arg-type]  # the one in C, typed as a class
        self.scan_once = self._value
        self._rests = Rests(every=1)
        self._slice, self._begin, self._is_last = "", 0, False

    def _value(self, text: str, at: int) -> tuple[Any, int]:
        """Return the value at a place and where it ends. Raises StopIteration where none is, as `scan_once` does."""
        self._rests.now_and_then()
        found = self._within(text, at)
        if found is not None:
            return found
        match text[at : at + 1]:
            case "[":
                return self._list(text, at)
            case "{":
                members: tuple[Any, int] = JSONObject(
                    (text, at + 1), self.strict, self._value, None, self.object_pairs_hook
                )
                return members
        scalar: tuple[Any, int] = self._scan(text, at)
        return scalar

    def _within(self, text: str, at: int) -> tuple[Any, int] | None:
        """Return the value at a place, where it ends within a slice; None where it does not, or is wrong."""
        if not self._begin <= at < self._begin + _SLICE // 2 or not self._slice:
            self._move(text, at)
        found = self._try(at)
        if found is None and self._begin < at and not self._is_last:
            self._move(text, at)
            found = self._try(at)
        return found

    def _move(self, text: str, at: int) -> None:
        self._slice, self._begin = text[at : at + _SLICE], at
        self._is_last = at + _SLICE >= len(text)

    def _try(self, at: int) -> tuple[Any, int] | None:
        try:
            value, end = self._scan(self._slice, at - self._begin)
        except (StopIteration, json.JSONDecodeError):
            return None
        if end > len(self._slice) - _MARGIN and not self._is_last:
            return None
        return value, self._begin + end

    def _list(self, text: str, at: int) -> tuple[list[Any], int]:
        """Return the list that begins at a place, and where it ends; numbers and texts, maybe millions, are read together."""
        values: list[Any] = []
        end = _skip(text, at + 1)
        if text[end : end + 1] == "]":
            return values, end + 1
        is_plain = True
        while True:
            if is_plain:
                values, end, is_plain = self._scalars(text, end, values)
            try:
                value, end = self._value(text, end)
            except StopIteration as error:
                raise json.JSONDecodeError("Expecting value", text, error.value) from None
            values.append(value)
            end = _skip(text, end)
            match text[end : end + 1]:
                case "]":
                    return values, end + 1
                case ",":
                    end = _skip(text, end + 1)
                case _:
                    raise json.JSONDecodeError("Expecting ',' delimiter", text, end)

    def _scalars(self, text: str, end: int, values: list[Any]) -> tuple[list[Any], int, bool]:
        """Read scalars while there are many; return all values, where it goes on, and whether nothing of it was wrong."""
        while True:
            found = _SCALARS.match(text, end, end + _SLICE)
            assert found is not None  # it may be empty
            if found.end() < end + _FEW:
                return values, end, True
            self._rests.now_and_then()
            try:
                values += self._scan(f"[{text[end : found.end() - 1]}]", 0)[0]
            except (StopIteration, json.JSONDecodeError):  # one by one it is found out which
                return values, end, False
            end = _skip(text, found.end())


def _skip(text: str, at: int) -> int:
    """Return where blanks end."""
    found = WHITESPACE.match(text, at)
    return int(found.end())
