"""Cron expressions as people write them: read, and what is wrong with one named field by field."""

from __future__ import annotations

import datetime as dt

from meshwright.files.yaml import shown
from meshwright.model.schedules import MACROS, CronSchedule, next_moment

CRON_FORM = "minute, hour, day of the month, month and day of the week, for example '0 5 * * 1-5'"
#: What a field may hold, in the order of fields.
_FIELDS = (
    ("minute", "0 to 59"),
    ("hour", "0 to 23"),
    ("day of the month", "1 to 31, L for the last one, LW for the last weekday"),
    ("month", "1 to 12, or JAN to DEC"),
    ("day of the week", "0 to 7, or SUN to SAT; MON#1 for the first, 5L for the last one of the month"),
)
#: Any leap year's first day: nothing that fires within 50 years is missed from here.
_SOME_DAY = dt.datetime(2024, 1, 1, tzinfo=dt.UTC)


def plain_expression(text: str) -> str:
    """Return an expression with single blanks, a macro such as ``@daily`` written out."""
    words = " ".join(text.split())
    return MACROS.get(words.lower(), words)


def cron_problem(expression: str) -> tuple[str, str] | None:
    """Say what is wrong with a plain expression, and whether it is its form (``form``) or that it never fires (``never``)."""
    fields = expression.split()
    if expression.startswith("@"):
        return "form", f"there is no '{shown(expression)}'; there are {', '.join(MACROS)}"
    if len(fields) != len(_FIELDS):
        return "form", f"it has {len(fields)} field{'' if len(fields) == 1 else 's'}, not {len(_FIELDS)}"
    for place, (written, (name, allowed)) in enumerate(zip(fields, _FIELDS, strict=True)):
        alone = ["*"] * len(_FIELDS)
        alone[place] = written
        if not _is_readable(" ".join(alone)):
            return "form", f"'{shown(written)}' is no {name} ({allowed})"
    if not _is_readable(expression) or next_moment(CronSchedule(expression=expression), _SOME_DAY) is None:
        return "never", f"no month {shown(fields[3])} has a day {shown(fields[2])} that is {_weekday_words(fields[4])}"
    return None


def _weekday_words(field: str) -> str:
    return "any day of the week" if field == "*" else f"'{shown(field)}' of the week"


def _is_readable(expression: str) -> bool:
    from cronsim import CronSim, CronSimError  # lazy: only meshes with schedules need it

    try:
        CronSim(expression, _SOME_DAY)
    except CronSimError:
        return False
    return True
