"""Frozen records as bytes and back, fast and whatever their fields: for what is kept between commands.

The encoding is pickle with all of its power taken away. Reading a pickle can call anything that it names, and a mesh's
private folder may have come with a repository from strangers; so a name stands here for nothing but a dataclass or
an enumeration of meshwright, a read-only map, a date or a time, and records are put together field by field without calling
anything of theirs: where a record's class is named, a function that does that stands in for it. What a forged file can do is
no more than a forged parse cache could: show another mesh. A damaged one is found by the caller's checksum, before anything
is read.
"""

from __future__ import annotations

import datetime as dt
import enum
import gc
import io
import pickle
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import fields, is_dataclass
from functools import cache, lru_cache
from types import MappingProxyType
from typing import Any

from meshwright.model import Column

_OWN = "meshwright."
_SELF = __name__
#: What may be named besides meshwright's own records.
_KNOWN: dict[tuple[str, str], object] = {
    ("builtins", "frozenset"): frozenset,
    ("builtins", "set"): set,
    ("datetime", "date"): dt.date,
    ("datetime", "datetime"): dt.datetime,
    ("datetime", "timedelta"): dt.timedelta,
    ("datetime", "timezone"): dt.timezone,
}
#: Records of which a mesh has few that differ: equal ones are one.
_REPEATED = frozenset({Column})
_MOST_REPEATED = 4096
#: Longer texts are hardly ever equal.
_LONGEST_SHARED = 200
_EMPTY: MappingProxyType[object, object] = MappingProxyType({})


class UnreadableRecord(ValueError):
    """The bytes name what no record is made of, or are no encoding at all."""


def encode_record(value: object) -> bytes:
    """Return `value` (records, enumerations, tuples, lists, maps, sets, texts, bytes, numbers, dates) as bytes.

    Raises UnreadableRecord where there is something else in it.
    """
    target = io.BytesIO()
    try:
        _Writer(target, protocol=5).dump(value)
    except (pickle.PicklingError, TypeError, AttributeError) as error:
        raise UnreadableRecord(str(error)) from error
    return target.getvalue()


def decode_record(data: bytes) -> object:
    """Return what `encode_record` was given. Raises UnreadableRecord."""
    try:
        return _Reader(io.BytesIO(data)).load()
    except UnreadableRecord:
        raise
    except (pickle.UnpicklingError, EOFError, ValueError, TypeError, AttributeError, LookupError, ImportError) as error:
        raise UnreadableRecord(str(error)) from error


@contextmanager
def collected_later() -> Iterator[None]:
    """Let no garbage be looked for while many records are read: there is none among them, and looking takes a third of the time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


class _Writer(pickle.Pickler):
    """Writes records as their class and the values of their fields."""

    def reducer_override(self, value: object) -> Any:  # what pickle gives and takes
        if isinstance(value, MappingProxyType):
            return read_only, (dict(value),)
        if is_dataclass(value) and not isinstance(value, type):
            return type(value), tuple([getattr(value, name) for name in _names(type(value))])
        return NotImplemented


class _Reader(pickle.Unpickler):
    """Reads what `_Writer` wrote; any other name is refused."""

    def find_class(self, module: str, name: str) -> object:
        if module == _SELF and name == read_only.__name__:
            return read_only
        known = _KNOWN.get((module, name))
        if known is not None:
            return known
        if module.startswith(_OWN) and "." not in name:
            found: Any = super().find_class(module, name)
            if isinstance(found, type) and found.__module__ == module:
                if issubclass(found, enum.Enum):
                    return found
                if is_dataclass(found):
                    return _maker(found)
        raise UnreadableRecord(f"{module}.{name} is no record")


def read_only(values: dict[object, object]) -> MappingProxyType[object, object]:
    """Make a read-only map. (Its type has no importable name of its own.) All that are empty are one."""
    return MappingProxyType({_shared(key): _shared(value) for key, value in values.items()}) if values else _EMPTY


def _shared(value: object) -> object:
    """Return the one text that stands for all equal ones: names, types and places occur again and again in a mesh."""
    if value.__class__ is str:
        return sys.intern(value) if len(value) <= _LONGEST_SHARED else value
    if value.__class__ is tuple:
        return tuple(map(_shared, value)) if value and value[0].__class__ is str else value
    return value


@cache
def _names(kind: type) -> tuple[str, ...]:
    return tuple(each.name for each in fields(kind))


@cache
def _maker(kind: type) -> Callable[..., object]:
    """Return the function that makes a record of `kind` from the values of all its fields, in order.

    The record was checked when it was first made, and is not again. The function is written out for the kind, as
    dataclasses write out theirs: it is called some thirty thousand times for a thousand models, and a loop over the fields
    takes three times as long.
    """
    setters = [getattr(kind, name).__set__ for name in _names(kind)]
    places = range(len(setters))
    lines = [f"def make({', '.join(f'value{place}' for place in places)}):", " record = new(kind)"]
    lines += [
        f" set{place}(record, shared(value{place}) if value{place}.__class__ in shareable else value{place})"
        for place in places
    ]
    space: dict[str, Any] = {"new": object.__new__, "kind": kind, "shared": _shared, "shareable": (str, tuple)}
    space |= {f"set{place}": setter for place, setter in enumerate(setters)}
    exec("\n".join([*lines, " return record"]), space)  # noqa: S102 - the same few words for every kind
    made: Callable[..., object] = space["make"]
    return lru_cache(_MOST_REPEATED)(made) if kind in _REPEATED else made
