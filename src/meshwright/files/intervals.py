"""``incremental: {by, grain, ...}``: how a node is cut into intervals of time."""

from __future__ import annotations

import datetime as dt

from meshwright.diagnostics import SourceSpan, known_names_hint
from meshwright.files.durations import read_duration_ms
from meshwright.files.fields import Fields
from meshwright.files.moments import MOMENT_FORM, moment_of
from meshwright.files.yaml import YamlScalar
from meshwright.frozen import dataclass
from meshwright.model import EVERY_INPUT, ByInterval, Calendar, Depends, Grain
from meshwright.model.intervals import zone_of

INTERVAL_KEYS = ("by", "grain", "lookback", "depends", "start", "timezone", "keep")
#: Longer than calendars reach.
_LONGEST_MS = 9000 * 366 * 86_400_000
#: Names in the zones' folder that mean another thing on another machine, or count seconds otherwise.
_NO_ZONES = ("posix/", "right/", "localtime", "posixrules")


@dataclass(frozen=True, kw_only=True, slots=True)
class NamedInput:
    """An input under ``depends``, as written."""

    name: str
    how: Depends
    span: SourceSpan


def read_interval(fields: Fields, *, is_forward_only: bool) -> ByInterval | None:
    """Return how the node is cut into intervals, but for `depends`; None where it cannot be told."""
    require_key(fields, "by", "<time column>")
    require_key(fields, "grain", "day")
    by = fields.text("by")
    word = fields.choice("grain", tuple(grain.value for grain in Grain))
    grain = Grain(word) if word else None
    timezone = _timezone(fields, grain)
    lookback, keep = _duration(fields, "lookback"), _duration(fields, "keep")
    if keep is not None and lookback is not None and keep < lookback:
        fields.find(
            "MW-M504",
            f"'keep' of {fields.what} is shorter than 'lookback': intervals would be gone that are still to be rebuilt",
            fields.span_of("keep"),
            "keep at least as much as 'lookback' says",
        )
    if keep is not None and not keep:
        fields.wrong_value("keep", fields.mapping.by_key["keep"].value, "longer than nothing")
    if by is None or grain is None or timezone is None:
        return None
    calendar = Calendar(grain=grain, timezone=timezone)
    return ByInterval(
        by=by,
        calendar=calendar,
        lookback=lookback or dt.timedelta(0),
        start=_start(fields, calendar),
        is_forward_only=is_forward_only,
        keep=keep,
        span=fields.mapping.span,
    )


def _duration(fields: Fields, key: str) -> dt.timedelta | None:
    milliseconds = read_duration_ms(fields, key)
    if milliseconds is not None and milliseconds > _LONGEST_MS:
        fields.wrong_value(key, fields.mapping.by_key[key].value, "a duration of less than 9,000 years")
        return None
    return None if milliseconds is None else dt.timedelta(milliseconds=milliseconds)


def _timezone(fields: Fields, grain: Grain | None) -> str | None:
    """Return the time zone that days begin in; None, with a finding, where it is none."""
    name = fields.text("timezone")
    if name is None:
        return None if "timezone" in fields else "UTC"
    if grain is Grain.HOUR:
        fields.find(
            "MW-M506",
            f"'timezone' of {fields.what} has no use: hours are those of UTC",
            fields.mapping.span_of("timezone"),
            "remove 'timezone'",
        )
    elif not _is_zone(name):
        import zoneinfo  # lazy: only the fix lists all zones

        hint = known_names_hint(name, sorted(zoneinfo.available_timezones()), what="time zones")
        fields.find("MW-M506", f"'{name}' of {fields.what} is no time zone", fields.span_of("timezone"), hint)
        return None
    return name


def _is_zone(name: str) -> bool:
    if name.startswith(_NO_ZONES):
        return False
    try:
        zone_of(name)
    except (KeyError, ValueError, OSError):
        return False
    return True


def _start(fields: Fields, calendar: Calendar) -> dt.datetime | None:
    """Return where the first interval begins, in UTC; a finding where no interval does."""
    text = fields.text("start")
    if text is None:
        return None
    moment = moment_of(text, calendar.timezone)
    if moment is None:
        fields.wrong_value("start", fields.mapping.by_key["start"].value, MOMENT_FORM)
        return None
    try:
        number = calendar.number(moment)
        before, after = calendar.start(number), calendar.start(number + 1)
    except (OverflowError, ValueError):  # in the years 1 and 9999
        fields.wrong_value("start", fields.mapping.by_key["start"].value, "within the years 2 to 9998")
        return None
    if before != moment:
        zone = "" if calendar.timezone == "UTC" else f" in {calendar.timezone}"
        fields.find(
            "MW-M505",
            f"'start: {text}' of {fields.what} is not where a {calendar.grain.value} begins{zone}",
            fields.span_of("start"),
            f"write 'start: {_written(before, calendar)}' or 'start: {_written(after, calendar)}'",
        )
    return before


def _written(moment: dt.datetime, calendar: Calendar) -> str:
    """Write where an interval begins, as it can stand under ``start``."""
    if calendar.grain is Grain.HOUR:
        return f"{moment:%Y-%m-%dT%H:%M:%SZ}"
    day = moment.astimezone(zone_of(calendar.timezone)).date()
    return day.isoformat()


def read_depends(fields: Fields) -> tuple[NamedInput, ...]:
    """Return what is said of how intervals depend on inputs; ``whole`` alone is of every input."""
    node = fields.mapping.get("depends")
    words = tuple(word.value for word in Depends)
    if isinstance(node, YamlScalar) and node.value == Depends.WHOLE.value:
        return (NamedInput(name=EVERY_INPUT, how=Depends.WHOLE, span=node.span),)
    if isinstance(node, YamlScalar):
        fields.wrong_value(
            "depends", node, "'whole' or a mapping of inputs", f"write whole, or {{<input>: {' | '.join(words)}}}"
        )
        return ()
    mapping = fields.nested("depends")
    if mapping is None:
        return ()
    inner = Fields(
        mapping=mapping, what=f"'depends' of {fields.what}", findings=fields.findings, address=fields.address
    )
    found = [(entry, inner.choice(entry.key, words)) for entry in mapping]
    return tuple(NamedInput(name=each.key, how=Depends(word), span=each.key_span) for each, word in found if word)


def require_key(fields: Fields, key: str, example: str) -> None:
    """Note that a key is missing which its form needs."""
    if key not in fields:
        fields.find("MW-M102", f"{fields.what} lacks '{key}'", fields.mapping.span, f"add '{key}: {example}'")
