"""Types of YAML scalars: the YAML 1.2 core schema, and explicit tags of that schema."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Final

from meshwright.files.yaml_bounds import MAX_DIGITS
from meshwright.model import Scalar

_TAG: Final = "tag:yaml.org,2002:"
_WORDS: Final[dict[str, Scalar]] = {
    "": None,
    "~": None,
    "null": None,
    "Null": None,
    "NULL": None,
    "true": True,
    "True": True,
    "TRUE": True,
    "false": False,
    "False": False,
    "FALSE": False,
}
_SPECIAL: Final[dict[str, float]] = {
    f"{sign}.{word}": value
    for sign, value in (("", math.inf), ("+", math.inf), ("-", -math.inf))
    for word in ("inf", "Inf", "INF")
} | {".nan": math.nan, ".NaN": math.nan, ".NAN": math.nan}
#: Characters that a typed plain scalar can start with; anything else is text at once.
_TYPED_START: Final = frozenset("+-.0123456789~nNtTfF")
_INT: Final = re.compile(r"[-+]?[0-9]+", re.ASCII)
_OCTAL: Final = re.compile(r"0o[0-7]+", re.ASCII)
_HEX: Final = re.compile(r"0x[0-9a-fA-F]+", re.ASCII)
_FLOAT: Final = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?", re.ASCII)


class UnfitScalarError(ValueError):
    """The text cannot be the value that its form or tag says; the message says why."""


def resolve_plain(text: str) -> Scalar:
    """Type a scalar written without quotes. Raises UnfitScalarError for a number that cannot be held."""
    if text and text[0] not in _TYPED_START:
        return text
    if text in _WORDS:
        return _WORDS[text]
    number = _number(text)
    return text if number is None else number


def resolve_tagged(text: str, tag: str) -> Scalar:
    """Type a scalar by its tag. Raises KeyError for a tag outside the core schema, UnfitScalarError for a misfit."""
    return _TAGGED[tag](text)


def is_core_tag(tag: str | None, kind: str) -> bool:
    """Whether a collection's tag says nothing new: none, ``!``, or ``!!map`` / ``!!seq`` (`kind`)."""
    return tag is None or tag == "!" or tag == _TAG + kind


def _number(text: str) -> int | float | None:
    """Return the number that `text` writes, None where it writes none."""
    if _INT.fullmatch(text):
        return _int(text, 10)
    if _FLOAT.fullmatch(text):
        return _float(text)
    if _HEX.fullmatch(text):
        return _int(text, 16)
    if _OCTAL.fullmatch(text):
        return _int(text[2:], 8)
    return _SPECIAL.get(text)


def _int(text: str, base: int) -> int:
    digits = len(text)
    if digits > MAX_DIGITS + 2:
        raise UnfitScalarError(f"a whole number of {digits:,} digits is too long; {MAX_DIGITS} are allowed")
    return int(text, base)


def _float(text: str) -> float:
    value = float(text)
    if math.isinf(value):
        raise UnfitScalarError("the number is too large for a 64-bit float")
    return value


def _tagged_int(text: str) -> Scalar:
    value = _number(text)
    if isinstance(value, int):
        return value
    raise UnfitScalarError("the text is not a whole number")


def _tagged_float(text: str) -> Scalar:
    value = _number(text)
    if value is None:
        raise UnfitScalarError("the text is not a number")
    return float(value)


def _tagged_bool(text: str) -> Scalar:
    value = _WORDS.get(text)
    if isinstance(value, bool):
        return value
    raise UnfitScalarError("the text is neither true nor false")


def _tagged_null(text: str) -> Scalar:
    if _WORDS.get(text, text) is None:
        return None
    raise UnfitScalarError("the text is not null")


_TAGGED: Final[dict[str, Callable[[str], Scalar]]] = {
    "!": str,
    _TAG + "str": str,
    _TAG + "int": _tagged_int,
    _TAG + "float": _tagged_float,
    _TAG + "bool": _tagged_bool,
    _TAG + "null": _tagged_null,
}
