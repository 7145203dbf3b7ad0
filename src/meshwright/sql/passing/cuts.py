"""Expressions that leave a moment in its interval: casts between dates and timestamps, and truncation to at most the grain."""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp
from sqlglot.tokenizer_core import Token, TokenType

from meshwright.model import Calendar, Grain
from meshwright.sql.names import fold

#: Units of DuckDB's `date_trunc`, as the parser spells them -> the unit.
_UNITS = {
    **{word: "second" for name in ("microsecond", "millisecond", "second") for word in (name, f"{name}s")},
    **{word: name for name in ("minute", "hour", "day", "week", "month") for word in (name, f"{name}s")},
}
#: Grain -> the units whose borders hold all of its own borders.
_DIVIDING: dict[Grain, frozenset[str]] = {
    Grain.HOUR: frozenset({"second", "minute", "hour"}),
    Grain.DAY: frozenset({"second", "minute", "hour", "day"}),
    Grain.WEEK: frozenset({"second", "minute", "hour", "day", "week"}),
    Grain.MONTH: frozenset({"second", "minute", "hour", "day", "month"}),
}
#: In other zones than UTC an interval may begin within an hour of UTC, before 1900 within a minute.
_DIVIDING_ELSEWHERE = frozenset({"second"})
_EXACT_TYPES = frozenset({exp.DType.TIMESTAMP, exp.DType.TIMESTAMPNTZ, exp.DType.TIMESTAMPTZ})
_TRUNCATIONS = frozenset({"date_trunc", "datetrunc"})


class Cuts:
    """Says which expressions leave every moment in its interval of a calendar."""

    def __init__(self, calendar: Calendar, tokens: Sequence[Token]) -> None:
        self._dividing = _DIVIDING[calendar.grain] if calendar.timezone == "UTC" else _DIVIDING_ELSEWHERE
        self._has_plain_units = _are_units_plain(tokens)

    def inside(self, value: exp.Expr) -> exp.Expr:
        """Return what is left of an expression without brackets, casts and truncations that change no interval."""
        while True:
            if isinstance(value, (exp.Paren, exp.Alias)) or self._is_kept(value):
                value = value.this
            else:
                return value

    def _is_kept(self, value: exp.Expr) -> bool:
        if isinstance(value, exp.Cast):  # TRY_CAST is one
            return self._is_cast_kept(value)
        if not isinstance(value, (exp.TimestampTrunc, exp.DateTrunc)) or value.args.get("zone") is not None:
            return False
        unit = value.args.get("unit")
        word = fold(unit.name) if isinstance(unit, (exp.Var, exp.Literal)) else ""
        return self._has_plain_units and _UNITS.get(word) in self._dividing

    def _is_cast_kept(self, cast: exp.Cast) -> bool:
        kind = cast.to
        if not isinstance(kind, exp.DataType) or kind.expressions or cast.args.get("format") is not None:
            return False
        if kind.this == exp.DType.DATE:
            return "day" in self._dividing
        return kind.this in _EXACT_TYPES  # TIMESTAMP_S and TIMESTAMP(0) round up, into the next interval


def _are_units_plain(tokens: Sequence[Token]) -> bool:
    """Whether every truncation names its unit as a text: the parser takes a column ``day`` for the unit 'day'."""
    for index, token in enumerate(tokens):
        if fold(token.text) not in _TRUNCATIONS:
            continue
        following = tokens[index + 1 : index + 4]
        if len(following) < 3 or following[0].token_type is not TokenType.L_PAREN:
            continue
        if following[1].token_type is not TokenType.STRING or following[2].token_type is not TokenType.COMMA:
            return False
    return True
