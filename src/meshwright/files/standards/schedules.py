"""Schedules of rules and service levels: read and kept, for nothing runs by them yet; those of cron are checked."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

from meshwright.diagnostics import Diagnostic, Severity
from meshwright.files.yaml import YamlMapping, YamlScalar, shown

#: Nothing runs by schedules, so what is wrong with one holds nothing up.
_WARNING: Final = Severity.WARNING
_NAMES: Final = {
    "month": ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"),
    "day of the week": ("sun", "mon", "tue", "wed", "thu", "fri", "sat"),
}
#: Field of a cron expression -> least and greatest value.
_FIELDS: Final[Mapping[str, tuple[int, int]]] = {
    "minute": (0, 59),
    "hour": (0, 23),
    "day of the month": (1, 31),
    "month": (1, 12),
    "day of the week": (0, 7),
}
_MACROS: Final = frozenset({"@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly"})
_ITEM = re.compile(r"(?:\*|(?P<low>\w+)(?:-(?P<high>\w+))?)(?:/(?P<step>\d+))?", re.ASCII)


def schedule_findings(node: YamlMapping) -> Iterator[Diagnostic]:
    """Warn of what is wrong with `schedule` and `scheduler` of a rule or a service level."""
    schedule, scheduler = (node.get(key) for key in ("schedule", "scheduler"))
    if not isinstance(schedule, YamlScalar) or not isinstance(schedule.value, str):
        if scheduler is not None and schedule is None:
            message = "a scheduler is named, and no schedule"
            fix = "add 'schedule: ...', for cron for example '0 20 * * *'"
            yield Diagnostic(
                code="MW-C046", message=message, span=node.span_of("scheduler"), fix=fix, severity=_WARNING
            )
        return
    name = scheduler.value if isinstance(scheduler, YamlScalar) else "cron"
    if not isinstance(name, str) or name.strip().casefold() != "cron":
        return  # the words of another scheduler
    problem = cron_problem(schedule.value)
    if problem is not None:
        message = f"the schedule '{shown(schedule.value)}' is none of cron: {problem}"
        fix = "write minute, hour, day of the month, month and day of the week, for example '0 20 * * *'"
        yield Diagnostic(code="MW-C046", message=message, span=schedule.span, fix=fix, severity=_WARNING)


def cron_problem(text: str) -> str | None:
    """Say what is wrong with a cron expression of five fields; None where nothing is."""
    if text.strip() in _MACROS:
        return None
    fields = text.split()
    if len(fields) != len(_FIELDS):
        return f"it has {len(fields)} fields, not 5"
    for written, (name, (low, high)) in zip(fields, _FIELDS.items(), strict=True):
        for item in written.split(","):
            found = _ITEM.fullmatch(item)
            values = [] if found is None else [_value(each, name) for each in (found["low"], found["high"]) if each]
            known = [each for each in values if each is not None and low <= each <= high]
            if found is None or len(known) < len(values) or found["step"] == "0" or known != sorted(known):
                return f"'{item}' is no {name} ({low} to {high})"
    return None


def _value(text: str, field: str) -> int | None:
    if text.isdecimal():
        return int(text)
    names = _NAMES.get(field, ())
    return names.index(text.casefold()) + (field == "month") if text.casefold() in names else None
