"""The values that a quality rule accepts, as intervals: the way to tell whether a bound became tighter, in whatever words."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction

from meshwright.frozen import dataclass
from meshwright.model import Operator
from meshwright.plan.compatibility.directions import Direction

_Number = Fraction | float


@dataclass(frozen=True, kw_only=True, slots=True)
class Interval:
    """Numbers from `low` to `high`; an open end does not hold its bound."""

    low: _Number = -math.inf
    high: _Number = math.inf
    is_low_open: bool = False
    is_high_open: bool = False

    def holds(self, other: Interval) -> bool:
        """Whether every number of `other` is in this interval."""
        above = self.low < other.low or (self.low == other.low and (other.is_low_open or not self.is_low_open))
        below = self.high > other.high or (self.high == other.high and (other.is_high_open or not self.is_high_open))
        return above and below


def accepted_numbers(operator: Operator, bound: object, *, is_count: bool) -> tuple[Interval, ...] | None:
    """Return what an operator accepts, as intervals that do not touch; None where the bound is no number.

    Counts are whole and not negative, so that "less than 1" and "0" are one.
    """
    numbers = [
        _number(each) for each in (bound if isinstance(bound, Sequence) and not isinstance(bound, str) else [bound])
    ]
    known = [number for number in numbers if number is not None]
    if len(known) != len(numbers) or not known:
        return None
    intervals = _intervals(operator, known)
    return tuple(found for each in intervals if (found := _counted(each)) is not None) if is_count else intervals


def of_accepted(before: Sequence[Interval], after: Sequence[Interval]) -> Direction:
    """Return the direction from one set of accepted numbers to another: fewer are tighter."""
    is_within = all(any(old.holds(new) for old in before) for new in after)
    is_around = all(any(new.holds(old) for new in after) for old in before)
    if is_within and is_around:
        return Direction.SAME
    return Direction.TIGHTER if is_within else Direction.LOOSER if is_around else Direction.OTHER


def is_upper_bound(accepted: Sequence[Interval]) -> bool:
    """Whether fewer are always as good: what is accepted goes from nothing up to a bound."""
    return len(accepted) == 1 and accepted[0].low <= 0 and not (accepted[0].low == 0 and accepted[0].is_low_open)


def _intervals(operator: Operator, bounds: Sequence[_Number]) -> tuple[Interval, ...]:
    low, high = bounds[0], bounds[-1]
    inside = {
        Operator.MUST_BE: Interval(low=low, high=low),
        Operator.MUST_BE_GREATER_THAN: Interval(low=low, is_low_open=True),
        Operator.MUST_BE_GREATER_OR_EQUAL_TO: Interval(low=low),
        Operator.MUST_BE_LESS_THAN: Interval(high=low, is_high_open=True),
        Operator.MUST_BE_LESS_OR_EQUAL_TO: Interval(high=low),
        Operator.MUST_BE_BETWEEN: Interval(low=low, high=high),
    }
    if operator in inside:
        return (inside[operator],)
    return (Interval(high=low, is_high_open=True), Interval(low=high, is_low_open=True))


def _counted(interval: Interval) -> Interval | None:
    """Close an interval at the whole numbers within, from 0; None where it holds none."""
    low: _Number = 0.0
    if interval.low >= 0:
        low = Fraction(math.floor(interval.low) + 1 if interval.is_low_open else math.ceil(interval.low))
    high = interval.high
    if high != math.inf:
        high = Fraction(math.ceil(high) - 1 if interval.is_high_open else math.floor(high))
    return Interval(low=low, high=high) if low <= high else None


def _number(value: object) -> Fraction | None:
    """Return a number as it is written: 0.1 is a tenth."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return Fraction(str(value)) if math.isfinite(value) else None
