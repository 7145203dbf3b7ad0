"""Cells of a spreadsheet: what kinds of values a column holds, the type that follows, and the names of cells."""

from __future__ import annotations

import datetime as dt
import enum
import re
from dataclasses import field
from typing import TYPE_CHECKING

from meshwright.frozen import dataclass

if TYPE_CHECKING:
    import pyarrow as pa

#: Whole numbers up to here are the same as a float, which is all that a cell can hold.
_EXACT = 2**53
_RANGE = re.compile(r"\$?([A-Z]{1,3})\$?(\d{0,7}):\$?([A-Z]{1,3})\$?(\d{0,7})", re.IGNORECASE)

#: What python-calamine gives for a cell; an empty text is a cell without a value.
CellValue = int | float | str | bool | dt.time | dt.date | dt.datetime | dt.timedelta


class CellKind(enum.StrEnum):
    """What a cell holds."""

    WHOLE = "whole number"
    NUMBER = "number"
    BOOLEAN = "true or false"
    DATE = "date"
    MOMENT = "date and time"
    TIME = "time"
    DURATION = "duration"
    TEXT = "text"


#: Kinds that one column may mix, with the kind that holds both.
_MIXES = {
    frozenset({CellKind.WHOLE, CellKind.NUMBER}): CellKind.NUMBER,
    frozenset({CellKind.DATE, CellKind.MOMENT}): CellKind.MOMENT,
}


@dataclass(frozen=True, kw_only=True, slots=True)
class CellRange:
    """A block of cells, from 0, both ends in it; an open end is None."""

    left: int
    right: int
    top: int = 0
    bottom: int | None = None


@dataclass(kw_only=True, slots=True)
class ColumnKinds:
    """The kinds of cells seen in a column, each with the first cell that showed it."""

    first: dict[CellKind, str] = field(default_factory=dict)

    def settled(self) -> CellKind | None:
        """Return the one kind of the column, text where there is none; None where the kinds do not mix."""
        kinds = frozenset(self.first)
        if not kinds:
            return CellKind.TEXT
        return next(iter(kinds)) if len(kinds) == 1 else _MIXES.get(kinds)


def kind_of(value: CellValue) -> CellKind:
    """Return the kind of a cell that holds something."""
    if isinstance(value, bool):
        return CellKind.BOOLEAN
    if isinstance(value, (int, float)):
        return CellKind.WHOLE if -_EXACT < value < _EXACT and float(value).is_integer() else CellKind.NUMBER
    if isinstance(value, dt.datetime):
        return CellKind.MOMENT
    if isinstance(value, dt.date):
        return CellKind.DATE
    if isinstance(value, dt.time):
        return CellKind.TIME
    return CellKind.DURATION if isinstance(value, dt.timedelta) else CellKind.TEXT


def text_of(value: CellValue) -> str:
    """Return a cell as text: whole numbers without a point, times in ISO form, durations in hours."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return str(int(value)) if kind_of(value) is CellKind.WHOLE else repr(value)
    if isinstance(value, dt.datetime):
        return value.isoformat(sep=" ")
    if isinstance(value, (dt.date, dt.time)):
        return value.isoformat()
    if isinstance(value, dt.timedelta):
        seconds = value.total_seconds()
        hours, rest = divmod(abs(seconds), 3600)
        minutes, rest = divmod(rest, 60)
        return f"{'-' if seconds < 0 else ''}{int(hours)}:{int(minutes):02}:{rest:02.0f}"
    return str(value)


def converted(value: CellValue, kind: CellKind) -> object:
    """Return a cell's value as the column's kind stores it."""
    if kind in {CellKind.TEXT, CellKind.DURATION}:
        return text_of(value)
    if kind is CellKind.WHOLE:
        return int(value)  # type: ignore[arg-type]  # the column holds whole numbers alone
    if kind is CellKind.NUMBER:
        return float(value)  # type: ignore[arg-type]
    if kind is CellKind.MOMENT and not isinstance(value, dt.datetime):
        assert isinstance(value, dt.date)
        return dt.datetime(value.year, value.month, value.day)  # a spreadsheet knows no time zones
    return value


def arrow_type(kind: CellKind) -> pa.DataType:
    """Return the Arrow type of a kind."""
    import pyarrow as pa  # lazy: only sources of other formats need it

    types: dict[CellKind, pa.DataType] = {
        CellKind.WHOLE: pa.int64(),
        CellKind.NUMBER: pa.float64(),
        CellKind.BOOLEAN: pa.bool_(),
        CellKind.DATE: pa.date32(),
        CellKind.MOMENT: pa.timestamp("us"),
        CellKind.TIME: pa.time64("us"),
    }
    return types.get(kind, pa.string())


def cell_name(row: int, column: int) -> str:
    """Return the name of a cell, such as ``C17``; row and column count from 0."""
    return f"{column_letters(column)}{row + 1}"


def column_letters(column: int) -> str:
    """Return the letters of a column: 0 is ``A``."""
    letters, column = "", column + 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def parse_range(text: str) -> CellRange | None:
    """Return the block that ``B3:F100``, ``B3:F`` or ``B:F`` names; None where it names none."""
    match = _RANGE.fullmatch(text.strip())
    if match is None:
        return None
    left, top, right, bottom = match.groups()
    block = CellRange(
        left=_column_of(left),
        right=_column_of(right),
        top=int(top) - 1 if top else 0,
        bottom=int(bottom) - 1 if bottom else None,
    )
    is_upright = block.bottom is None or block.top <= block.bottom
    return block if block.left <= block.right and is_upright and block.top >= 0 else None


def _column_of(letters: str) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - ord("A") + 1
    return number - 1
