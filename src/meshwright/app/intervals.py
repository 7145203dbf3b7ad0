"""``--interval A..B``: which moments are meant, and that they lie on the grain of every dataset that is asked for them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from types import MappingProxyType

from meshwright.diagnostics import Diagnostic, InputError
from meshwright.model import ByInterval, Calendar, Grain, Node

#: Calendars reach no further: the interval beside a moment is to have a beginning as well.
_FIRST_YEAR, _LAST_YEAR = 2, 9998
_FORM = (
    "write A..B with dates or moments, the end excluded, for example 2013-01-01..2013-02-01 "
    "or 2013-01-01T06:00Z..2013-01-01T12:00Z"
)


def asked_intervals(text: str, nodes: Iterable[Node]) -> Mapping[str, tuple[dt.datetime, dt.datetime]]:
    """Return the moments [start, end), aware UTC, for each of `nodes` that is built by interval.

    A date is the beginning of that day: in UTC, or where the dataset cuts days elsewhere, there. Raises InputError where the
    text is no interval (MW-R072), lies off a dataset's grain (MW-R073), or no dataset is built by interval (MW-R074).
    """
    start, end = _ends(text)
    found: dict[str, tuple[dt.datetime, dt.datetime]] = {}
    problems: list[Diagnostic] = []
    for node in nodes:
        spec = node.intervals
        if spec is None:
            continue
        moments = _moment(start, spec), _moment(end, spec)
        if moments[0] >= moments[1]:
            raise InputError(_not_an_interval(text, "its end is not after its start"))
        off = next((moment for moment in moments if not spec.calendar.is_start(moment)), None)
        if off is None:
            found[node.address] = moments
        else:
            problems.append(_off_grain(node, spec, off))
    if problems:
        raise InputError(*problems)
    if not found:
        raise InputError(
            Diagnostic(
                code="MW-R074",
                message="--interval asks for intervals, and nothing that is selected is built by interval",
                fix="select datasets with `incremental: {by, grain}`, or leave --interval out",
            )
        )
    return MappingProxyType(found)


def _ends(text: str) -> tuple[dt.date | dt.datetime, dt.date | dt.datetime]:
    first, dots, last = text.partition("..")
    if not dots or not first.strip() or not last.strip():
        raise InputError(_not_an_interval(text, "it has no two ends"))
    return _end(text, first.strip()), _end(text, last.strip())


def _end(text: str, word: str) -> dt.date | dt.datetime:
    end = _date_or_moment(text, word)
    if not _FIRST_YEAR <= end.year <= _LAST_YEAR:
        raise InputError(_not_an_interval(text, f"'{word}' is not within the years {_FIRST_YEAR} to {_LAST_YEAR}"))
    return end


def _date_or_moment(text: str, word: str) -> dt.date | dt.datetime:
    try:
        if len(word) == len("2013-01-01"):
            return dt.date.fromisoformat(word)
        if len(word) == len("2013-01"):
            return dt.date.fromisoformat(f"{word}-01")
        moment = dt.datetime.fromisoformat(word)
        return (moment.replace(tzinfo=dt.UTC) if moment.tzinfo is None else moment).astimezone(dt.UTC)
    except (ValueError, OverflowError):
        raise InputError(_not_an_interval(text, f"'{word}' is no date and no moment")) from None


def _moment(end: dt.date | dt.datetime, spec: ByInterval) -> dt.datetime:
    if isinstance(end, dt.datetime):
        return end

    days = Calendar(grain=Grain.DAY, timezone=spec.calendar.timezone)
    return days.start(end.toordinal())


def _not_an_interval(text: str, why: str) -> Diagnostic:
    return Diagnostic(code="MW-R072", message=f"'{text}' is no interval: {why}", fix=_FORM)


def _off_grain(node: Node, spec: ByInterval, moment: dt.datetime) -> Diagnostic:
    calendar = spec.calendar
    number = calendar.number(moment)
    before, after = (f"{calendar.start(each):%Y-%m-%dT%H:%MZ}" for each in (number, number + 1))
    where = "" if calendar.timezone == "UTC" else f" in {calendar.timezone}"
    return Diagnostic(
        code="MW-R073",
        message=f"{moment:%Y-%m-%dT%H:%MZ} is not where a {calendar.grain.value} of {node.address} begins{where}",
        span=spec.span,
        fix=f"write {before} or {after}",
        object=node.address,
    )
