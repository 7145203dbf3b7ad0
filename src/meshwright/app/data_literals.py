"""Values in filters, each checked against the type of its column, so that no engine can fail on one.

A value is given on as text that is a value of the column's own type: what is rounded, cut or beyond the type's ends is refused.
"""

from __future__ import annotations

import decimal
import math
import re
import struct
import uuid
from collections.abc import Callable
from dataclasses import replace

from meshwright.app.data_columns import kind_of
from meshwright.app.data_times import MOMENTS, date_text, is_day, moment_text, time_text, zoned_time_text
from meshwright.app.data_words import Kind, Word, Words
from meshwright.model.conditions import Reach

_WHOLE = {
    f"{sign}{name}": (0, 2**bits - 1) if sign else (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)
    for name, bits in (("TINYINT", 8), ("SMALLINT", 16), ("INTEGER", 32), ("BIGINT", 64))
    for sign in ("", "U")
}
_FLOATS = frozenset({"DOUBLE", "FLOAT"})
#: Digits and places that are read at all: no type has more, and 1e999999999 has to be refused without writing it out.
_MOST_DIGITS = 400
_NOT_FINITE = {"nan": "NaN", "infinity": "Infinity", "-infinity": "-Infinity"}
_DECIMAL = re.compile(r"DECIMAL\((\d+),(\d+)\)")
_HEX = re.compile(r"(?:[0-9A-Fa-f]{2})*", re.ASCII)
#: Words that may say before a text of what type it is.
_TYPE_WORDS = frozenset({"date", "time", "timestamp", "timestamptz", "decimal", "uuid"})


def text_value(words: Words) -> str:
    """Read a text in single quotes. Raises InputError (MW-H101)."""
    if words.next.kind is not Kind.TEXT:
        raise words.wrong(f"a text in single quotes is missing, and {words.shown} stands there", "write '...'")
    return words.take().value


def checked_value(words: Words, reach: Reach) -> str:
    """Read a value of what is reached. Raises InputError (MW-H101, MW-H103)."""
    is_typed = words.next.keyword in _TYPE_WORDS
    said = words.take() if is_typed else None
    word = words.take()
    if word.kind not in {Kind.TEXT, Kind.NUMBER} and word.keyword not in {"true", "false"}:
        _no_value(words, word, reach)
    if said is not None:
        _agree(words, said, word, reach)
        if said.keyword == "decimal":
            word = replace(word, kind=Kind.NUMBER)
    value = _value(word, reach)
    if value is None:
        fix = f"write {_example(reach.type)}"
        raise words.wrong(
            f"{word.written} is no value of {'.'.join(reach.path)}, which is {reach.type}", fix, "MW-H103", word
        )
    return value


def _no_value(words: Words, word: Word, reach: Reach) -> None:
    shown = word.written if word.kind is Kind.END else repr(word.written)
    if word.keyword == "null":
        raise words.wrong("nothing equals null", f"write {'.'.join(reach.path)} is null", at=word)
    if word.written == "=":
        raise words.wrong("'==' is no comparison here", "write one =", at=word)
    fix = "texts stand in single quotes" if word.kind in {Kind.NAME, Kind.DELIMITED} else "write a value"
    raise words.wrong(f"a value is missing, and {shown} stands there", f"{fix}: {_example(reach.type)}", at=word)


def _agree(words: Words, said: Word, word: Word, reach: Reach) -> None:
    """See that what is said of a value's type suits the column."""
    kind = kind_of(reach).kind
    suits = {
        "date": kind == "DATE" or kind in MOMENTS,
        "time": kind in {"TIME", "TIME WITH TIME ZONE"},
        "timestamp": kind in MOMENTS,
        "timestamptz": kind == "TIMESTAMP WITH TIME ZONE",
        "decimal": kind == "DECIMAL",
        "uuid": kind == "UUID",
    }
    if word.kind is not Kind.TEXT or not suits[said.keyword]:
        message = f"{said.written} {word.written} is no value of {'.'.join(reach.path)}, which is {reach.type}"
        raise words.wrong(message, f"write {_example(reach.type)}", "MW-H103", said)
    if said.keyword == "date" and not is_day(word.value):
        raise words.wrong(f"{word.written} is no date", "write date '2013-01-31'", "MW-H103", word)


def _value(word: Word, reach: Reach) -> str | None:
    """Return the value of a word in the type of the column, None where it is none."""
    kind = kind_of(reach).kind
    if kind == "BOOLEAN":
        return word.keyword if word.keyword in {"true", "false"} else None
    if kind in _FLOATS:
        return _float(word, kind)
    if kind in _WHOLE or kind == "DECIMAL":
        return _exact(word, reach.type)
    if word.kind is not Kind.TEXT:
        return None
    read = _OF_TEXT.get(kind)
    try:
        return read(word.value) if read is not None else moment_text(word.value, kind) if kind in MOMENTS else None
    except ValueError:
        return None


def _exact(word: Word, type_text: str) -> str | None:
    """Return a number that a whole-number or decimal type holds as it is."""
    if word.kind is not Kind.NUMBER:
        return None
    try:
        number = decimal.Decimal(word.value.strip())
    except decimal.InvalidOperation:
        return None
    if not number.is_finite() or abs(number.adjusted()) > _MOST_DIGITS or len(number.as_tuple().digits) > _MOST_DIGITS:
        return None
    written = format(number, "f")
    plain = written.rstrip("0").rstrip(".") if "." in written else written
    number = decimal.Decimal(plain)
    if found := _DECIMAL.fullmatch(type_text):
        width, scale = int(found[1]), int(found[2])
        whole, _, places = plain.lstrip("-").partition(".")
        fits = len(places) <= scale and len(whole.lstrip("0")) <= width - scale
    else:
        low, high = _WHOLE[type_text]
        fits = "." not in plain and low <= number <= high
    return plain if fits else None


def _float(word: Word, kind: str) -> str | None:
    if word.kind is Kind.TEXT:
        return _NOT_FINITE.get(word.value.lower())
    if word.kind is not Kind.NUMBER:
        return None
    number = float(word.value)
    if kind == "FLOAT" and math.isfinite(number):
        try:
            struct.pack("<f", number)  # the native form would make infinity of it
        except OverflowError:
            return None
    return repr(number) if math.isfinite(number) else None


def _uuid(text: str) -> str:
    if not re.fullmatch(r"[0-9A-Fa-f-]{32,36}", text):
        raise ValueError(text)
    return str(uuid.UUID(text))


def _bytes(text: str) -> str:
    """Return hexadecimal digits, as rows have bytes, as the engine writes them."""
    if not _HEX.fullmatch(text):
        raise ValueError(text)
    return "".join(f"\\x{each:02X}" for each in bytes.fromhex(text))


_OF_TEXT: dict[str, Callable[[str], str]] = {
    "VARCHAR": str,
    "BLOB": _bytes,
    "DATE": date_text,
    "TIME": time_text,
    "TIME WITH TIME ZONE": zoned_time_text,
    "UUID": _uuid,
}


def _example(type_text: str) -> str:
    kind = type_text.partition("(")[0]
    if kind in _WHOLE:
        low, high = _WHOLE[kind]
        return f"a whole number from {low} to {high}"
    examples = {
        "BOOLEAN": "true or false",
        "DATE": "date '2013-01-31'",
        "TIME": "time '05:06:07.5'",
        "TIME WITH TIME ZONE": "time '05:06:07+01:00'",
        "TIMESTAMP WITH TIME ZONE": "timestamp '2013-01-31T05:06:07Z'",
        "DECIMAL": f"a number that {type_text} holds without rounding, such as 10.5",
        "DOUBLE": "a number such as 1.5, 'NaN' or 'Infinity'",
        "FLOAT": "a number such as 1.5, 'NaN' or 'Infinity'",
        "UUID": "'123e4567-e89b-12d3-a456-426614174000'",
        "VARCHAR": "'a text'",
        "BLOB": "hexadecimal digits: '00ff'",
    }
    if kind in MOMENTS and kind not in examples:
        places = MOMENTS[kind]
        return f"timestamp '2013-01-31 05:06:07', with at most {places} places of a second and no zone"
    return examples.get(kind, "is null or is not null")
