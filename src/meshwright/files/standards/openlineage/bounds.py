"""JSON that others send, read within bounds: its size, its depth, its numbers; and what is wrong with it, by place."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from meshwright.large_json import BadJson, read_large_json
from meshwright.model.told import ToldName

#: Of one event; Spark's are the largest, with 2 MB or so.
MOST_EVENT_BYTES = 5 * 1024 * 1024
#: Of a batch.
MOST_BYTES = 8 * 1024 * 1024
MOST_EVENTS = 1_000
#: Objects and lists inside of each other.
MOST_DEPTH = 64
#: Datasets on one side of a job, facets of one thing, columns of one dataset, other names of one.
MOST_DATASETS = 2_000
MOST_FACETS = 200
MOST_COLUMNS = 5_000
MOST_NAMES = 50
#: Of one facet that says nothing to us; a larger one is left out.
MOST_FACET_BYTES = 256 * 1024
_MOST_NAMESPACE = 1_024
_MOST_NAME = 4_096
_MOST_TEXT = 65_536
#: Problems told of one body.
_MOST_PROBLEMS = 50

_TIME = re.compile(r"\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(\.\d+)?([Zz]|[+-]\d{2}:\d{2})")
_UUID = re.compile(r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}")
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
#: What no name holds: control characters, and halves of characters.
_NO_NAME = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")


class NotANumber(ValueError):
    """NaN, or infinity, written out: Python writes and reads them, JSON has none."""


class Problems:
    """Collects what is wrong with a body, by place: ``event 3: run.runId``."""

    def __init__(self, where: str = "") -> None:
        self._where = where
        self.found: list[str] = []

    def add(self, place: str, words: str) -> None:
        """Note a problem; of very many the first ones are enough."""
        if len(self.found) < _MOST_PROBLEMS:
            self.found.append(f"{self._where}'{place}' {words}" if place else f"{self._where}{words}")

    def mapping(
        self, holder: Mapping[str, Any], key: str, place: str, *, is_required: bool = False
    ) -> Mapping[str, Any]:
        """Return an object that stands under a key; an empty one where it is absent, or none."""
        value = holder.get(key)
        if value is None:
            if is_required:
                self.add(place, "is missing")
            return {}
        if not isinstance(value, dict):
            self.add(place, f"is {kind_of(value)}, not an object")
            return {}
        return value

    def items(self, holder: Mapping[str, Any], key: str, place: str, most: int) -> list[Mapping[str, Any]]:
        """Return the objects of a list that stands under a key."""
        value = holder.get(key)
        if value is None:
            return []
        if not isinstance(value, list):
            self.add(place, f"is {kind_of(value)}, not a list")
            return []
        if len(value) > most:
            self.add(place, f"has {len(value):,} entries, more than {most:,}")
            return []
        found: list[Mapping[str, Any]] = []
        for index, each in enumerate(value):
            if isinstance(each, dict):
                found.append(each)
            else:
                self.add(f"{place}[{index}]", f"is {kind_of(each)}, not an object")
        return found

    def text(self, holder: Mapping[str, Any], key: str, place: str, *, is_required: bool = True) -> str:
        """Return a text that stands under a key; an empty one where it is absent, or none."""
        value = holder.get(key)
        if value is None:
            if is_required:
                self.add(place, "is missing")
            return ""
        if not isinstance(value, str):
            self.add(place, f"is {kind_of(value)}, not text")
            return ""
        if len(value) > _MOST_TEXT:
            self.add(place, f"has {len(value):,} characters, more than {_MOST_TEXT:,}")
            return ""
        return value

    def named(self, holder: Mapping[str, Any], key: str, place: str) -> ToldName | None:
        """Return the namespace and name of an object that stands under a key, and must."""
        before = len(self.found)
        body = self.mapping(holder, key, place, is_required=True)
        return self.name(body, place) if len(self.found) == before else None

    def name(self, holder: Mapping[str, Any], place: str) -> ToldName | None:
        """Return the namespace and name that an object has."""
        before = len(self.found)
        parts = []
        for key, most in (("namespace", _MOST_NAMESPACE), ("name", _MOST_NAME)):
            text = self.text(holder, key, _inside(place, key))
            if len(self.found) == before:
                if not text.strip():
                    self.add(_inside(place, key), "is empty")
                elif len(text) > most:
                    self.add(_inside(place, key), f"has {len(text):,} characters, more than {most:,}")
                elif _NO_NAME.search(text):
                    self.add(_inside(place, key), "holds a control character")
            parts.append(text)
        return ToldName(namespace=parts[0], name=parts[1]) if len(self.found) == before else None

    def uuid(self, holder: Mapping[str, Any], key: str, place: str) -> str:
        """Return a UUID that stands under a key, in small letters; an empty text where there is none."""
        text = self.text(holder, key, place)
        if text and not _UUID.fullmatch(text):
            self.add(place, f"'{text[:60]}' is no UUID")
            return ""
        return text.lower()

    def time(self, holder: Mapping[str, Any], key: str, place: str, latest: dt.datetime) -> dt.datetime:
        """Return a time that stands under a key; 1970 where there is none."""
        text = self.text(holder, key, place)
        if not text:
            return _EPOCH
        found = _moment(text)
        if found is None:
            self.add(place, f"'{text[:60]}' is no time with a zone, such as 2026-01-31T12:00:00Z")
            return _EPOCH
        if not _EPOCH <= found <= latest:
            when = "before 1970" if found < _EPOCH else "more than a day from now"
            self.add(place, f"'{text[:60]}' lies {when}: check the clock of the sender")
            return _EPOCH
        return found


def _moment(text: str) -> dt.datetime | None:
    """Return the time that RFC 3339 writes so, in UTC; None for no such text."""
    if not _TIME.fullmatch(text):
        return None
    try:
        return dt.datetime.fromisoformat(text.upper()).astimezone(dt.UTC)
    except (ValueError, OverflowError):
        return None


def read_json(data: bytes, most: int) -> object:
    """Return what JSON says. Raises ValueError, with words for the sender, for what is no JSON or beyond the bounds."""
    if len(data) > most:
        raise ValueError(f"it is larger than {most:,} bytes")
    try:
        found = read_large_json(data.decode("utf-8-sig"), parse_constant=_no_number)
    except RecursionError as error:
        raise ValueError(f"it is nested more than {MOST_DEPTH} levels deep") from error
    except json.JSONDecodeError as error:
        raise ValueError(f"it is no JSON: {error.msg} at line {error.lineno}, column {error.colno}") from error
    except UnicodeDecodeError as error:
        raise ValueError("it is no JSON: it is not in UTF-8") from error
    except (NotANumber, BadJson):
        raise
    except ValueError as error:  # Python reads no whole number of more than 4,300 digits
        raise ValueError("it holds a number that is too large") from error
    if _is_deeper(found):
        raise ValueError(f"it is nested more than {MOST_DEPTH} levels deep")
    return found


def json_text(value: object) -> str:
    """Write a value so that the same one always gives the same text, in ASCII: whatever it holds, it can be stored.

    Raises ValueError for numbers that JSON does not have.
    """
    return _encoded(value)


_encoded = json.JSONEncoder(sort_keys=True, separators=(",", ":"), allow_nan=False).encode


def kind_of(value: object) -> str:
    """Say what kind of JSON value it is."""
    if value == "":
        return "empty text"
    names = {dict: "an object", list: "a list", str: "text", bool: "true or false", int: "a number", float: "a number"}
    return names.get(type(value), "null")


def _no_number(text: str) -> object:
    raise NotANumber(f"it is no JSON: {text} is no number of JSON")


def _is_deeper(value: object) -> bool:
    level = [value]
    for _ in range(MOST_DEPTH):
        level = [inner for outer in level for inner in _inner(outer)]
        if not level:
            return False
    return True


def _inner(value: object) -> Iterator[object]:
    if isinstance(value, dict):
        yield from (each for each in value.values() if isinstance(each, (dict, list)))
    elif isinstance(value, list):
        yield from (each for each in value if isinstance(each, (dict, list)))


def _inside(place: str, key: str) -> str:
    return f"{place}.{key}" if place else key
