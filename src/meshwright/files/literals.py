"""Texts of mesh files that stand for a quantity or a typed value: durations, sizes, dates, column types, owners.

Each function returns the value, or None where the text is none; the caller says where it stood.
"""

from __future__ import annotations

import datetime as dt
import math
import re

from meshwright.model import Scalar
from meshwright.model.parameters import INTEGERS

PARAMETER_TYPES = ("integer", "number", "string", "boolean", "date", "timestamp")
DURATION_FORM = "an integer with ms, s, m, h, d or w, for example '30m'"
SIZE_FORM = "a number with B, KB, MB, GB, TB, KiB, MiB, GiB or TiB, for example '4GB'"
OWNER_FORM = "'team:<name>' or 'user:<mail address or name>'"

#: Whole numbers up to here are the same as a float.
_EXACT_AS_FLOAT = 2**53
_DURATION = re.compile(r"(\d{1,9})(ms|s|m|h|d|w)")
_DURATION_MS = {"ms": 1, "s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000, "w": 604_800_000}
_SIZE = re.compile(r"(\d{1,12}(?:\.\d{1,6})?)\s*([KMGT]?i?B)", re.ASCII)
_SIZE_FACTORS = {
    "B": 1,
    **{f"{prefix}B": 1000**power for power, prefix in enumerate("KMGT", start=1)},
    **{f"{prefix}iB": 1024**power for power, prefix in enumerate("KMGT", start=1)},
}
_OWNER = re.compile(
    r"(team:[A-Za-z0-9][A-Za-z0-9._-]{0,99}|user:[A-Za-z0-9][A-Za-z0-9._+-]{0,99}(@[A-Za-z0-9.-]{1,200})?)"
)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_TIMESTAMP = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?(Z|[+-]\d{2}:\d{2})?", re.ASCII)
_SIMPLE_TYPE = re.compile(
    r"[A-Za-z][A-Za-z0-9_]*( [A-Za-z][A-Za-z0-9_]*){0,3}(\s*\(\s*\d{1,4}\s*(,\s*\d{1,4}\s*)?\))?(\s*\[\d{0,9}\])*",
    re.ASCII,
)
_NESTED_TYPE = re.compile(r"(STRUCT|MAP|UNION|ENUM)\s*\(.*\)(\s*\[\d{0,9}\])*", re.ASCII | re.IGNORECASE | re.DOTALL)
_NESTED_CHARACTERS = re.compile(r"[A-Za-z0-9_ (),\[\]]|\"[^\"]*\"|'[^']*'")


def duration_ms(text: str) -> int | None:
    """Return a duration in milliseconds."""
    match = _DURATION.fullmatch(text)
    return int(match[1]) * _DURATION_MS[match[2]] if match else None


def size_bytes(text: str) -> int | None:
    """Return a size in bytes; at least one byte."""
    match = _SIZE.fullmatch(text)
    value = int(float(match[1]) * _SIZE_FACTORS[match[2]]) if match else 0
    return value or None


def is_owner(text: str) -> bool:
    """Whether `text` names a team or a user."""
    return _OWNER.fullmatch(text) is not None


def inferred_type(value: Scalar) -> str | None:
    """Return the parameter type that a plain value has; None where a parameter cannot hold it."""
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int):
        return "integer" if value in INTEGERS else None
    if isinstance(value, float):
        return "number" if math.isfinite(value) else None
    return "string" if isinstance(value, str) else None


def fits_type(value: Scalar, kind: str) -> bool:
    """Whether `value` is of parameter type `kind`; dates and timestamps are ISO 8601 texts."""
    if kind == "number":
        is_exact = not isinstance(value, int) or abs(value) <= _EXACT_AS_FLOAT
        return is_exact and inferred_type(value) in {"integer", "number"}
    if kind == "date":
        return isinstance(value, str) and _DATE.fullmatch(value) is not None and _is_date(value)
    if kind == "timestamp":
        return isinstance(value, str) and _TIMESTAMP.fullmatch(value) is not None and _is_timestamp(value)
    return inferred_type(value) == kind


def column_type(text: str) -> str | None:
    """Return a column type in upper case (nested types as written); None where it cannot be one.

    Only the shape is checked, so that no other SQL can hide in a type; the engine knows which types there are.
    """
    text = text.strip()
    if _SIMPLE_TYPE.fullmatch(text):
        return re.sub(r"\s*([(),\[\]])\s*", r"\1", text).upper()
    if _NESTED_TYPE.fullmatch(text) and not _NESTED_CHARACTERS.sub("", text) and _is_balanced(text):
        return text
    return None


def _is_date(text: str) -> bool:
    try:
        dt.date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _is_timestamp(text: str) -> bool:
    try:
        dt.datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


def _is_balanced(text: str) -> bool:
    """Whether parentheses and brackets of `text`, outside quotes, close what they open and never before."""
    closes = {"(": ")", "[": "]"}
    open_ones: list[str] = []
    first_closed = False
    for character in re.sub(r"\"[^\"]*\"|'[^']*'", "", text):
        if character in closes:
            if first_closed and not open_ones and character == "(":
                return False
            open_ones.append(closes[character])
        elif character in ")]":
            if not open_ones or open_ones.pop() != character:
                return False
            first_closed = first_closed or not open_ones
    return not open_ones
