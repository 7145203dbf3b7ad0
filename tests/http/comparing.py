"""What differs from run to run, taken out of answers: two of them can then be compared."""

from __future__ import annotations

import re
from typing import Any

#: Fields whose values are of this run alone.
_OWN = frozenset(
    {
        "seconds",
        "bytes",
        "size_bytes",
        "cpu_s",
        "costs",
        "token",
        "prices",
        "rows_per_s",
        "created_by",
        "day",
        "infrastructure",
    }
)
_SIGNS = (
    (re.compile(r"(/[A-Za-z0-9_.-]+)+/aviation\b"), "<root>"),
    (re.compile(r"\d{8}T\d{6}-([0-9a-f]{12}|[0-9a-f]{6})"), "<run>"),
    (re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d)?(\.\d+)?(Z|\+00:00)?( UTC)?"), "<time>"),
    (re.compile(r"\btest-[0-9a-f]{6}\b"), "<run>"),
    (re.compile(r"\b[0-9a-f]{12,64}\b"), "<id>"),
    (re.compile(r"mwt_[A-Za-z0-9_-]+|whsec_[A-Za-z0-9+/=]+"), "<secret>"),
    (re.compile(r"\b(sub|dlv)_[0-9a-f]+"), "<id>"),
    (re.compile(r"\b\d+(\.\d+)? s\b"), "<s>"),
    (re.compile(r"\b\d+(\.\d+)? [kMG]?B\b"), "<B>"),
    (re.compile(r"token:<id>|[a-z_][a-z0-9_-]*@[A-Za-z0-9.-]+"), "<who>"),
    (re.compile(r"\bWzEs[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)?"), "<cursor>"),
    (re.compile(r" {2,}|─+"), " "),
)


def comparable(value: Any, key: str = "") -> Any:
    """Return a document, or a text, without what is of one run alone."""
    if key in _OWN:
        return "<own>" if value is not None else None
    if isinstance(value, dict):
        if {"source", "number"} <= value.keys():  # of an event
            value = {**value, "number": "<own>"}
        return {comparable(name): comparable(each, name) for name, each in value.items()}
    if isinstance(value, list):
        return [comparable(each, key) for each in value]
    if isinstance(value, str):
        for pattern, sign in _SIGNS:
            value = pattern.sub(sign, value)
    return value
