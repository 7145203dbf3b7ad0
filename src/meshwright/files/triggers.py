"""``schedule:`` and ``triggers:`` of `pipeline.yaml`, and the schedules of its variations.

What a trigger waits for in other products is held against the mesh by `files.trigger_crossings`.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import replace
from types import MappingProxyType

from meshwright.diagnostics import Diagnostic, SourceSpan, known_names_hint, nearest_name
from meshwright.files.cron import CRON_FORM, cron_problem, plain_expression
from meshwright.files.durations import read_duration_ms
from meshwright.files.fields import Fields, Keys, open_fields
from meshwright.files.moments import MOMENT_FORM, moment_of
from meshwright.files.overrides import declarations
from meshwright.files.parameters import Parameters
from meshwright.files.sources import settings_for
from meshwright.files.yaml import YamlEntry, YamlMapping, YamlNode, YamlScalar, YamlSequence, shown
from meshwright.frozen import dataclass
from meshwright.model import Scalar
from meshwright.model.happenings import TOLD_TYPES
from meshwright.model.intervals import zone_of
from meshwright.model.names import ENVIRONMENT_PATTERN, NAME_PATTERN
from meshwright.model.schedules import CronSchedule, IntervalSchedule
from meshwright.model.triggers import (
    Fires,
    Join,
    Missed,
    OnEvent,
    OnFile,
    OnPublication,
    Overlap,
    Trigger,
    default_overlap,
    seconds_text,
)

#: Kind key -> the keys that have a meaning beside it.
_KINDS: Mapping[str, tuple[str, ...]] = {
    "cron": ("timezone", "missed"),
    "every": ("from", "missed"),
    "on": ("join",),
    "event": ("source", "filter", "params"),
    "file": ("settle", "options"),
}
_SHARED = ("name", "overlap", "late_after")
_TRIGGER_KEYS = Keys(known=(*_KINDS, *dict.fromkeys(key for keys in _KINDS.values() for key in keys), *_SHARED))
_SCHEDULE_KEYS = Keys(known=("cron", "timezone", "every", "from", "overlap", "missed", "late_after"))
_FORMS = "{cron: '0 5 * * *'}, {every: 15m}, {on: domain.product}, {event: type} or {file: 'data/*.csv'}"
#: A CloudEvents attribute, or a path into the data.
_PATH = re.compile(r"[a-z][a-z0-9]{0,19}|data(\.[^.\s]{1,200}){1,20}")
_PATH_FORM = "an attribute such as 'subject', or a path into the data such as 'data.region'"
_ADDRESS = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*){1,2}")
_ELSEWHERE = re.compile(r"[a-z][a-z0-9+.-]*://[^/]")
_MOST_S = 366 * 24 * 3600


@dataclass(frozen=True, kw_only=True, slots=True)
class TriggerScope:
    """What the triggers of a product are read against."""

    #: ``domain.product``.
    product: str
    #: Parameters that an event may set: those of the mesh, domain and pipeline, and of each node.
    levels: tuple[Parameters, ...]


def read_triggers(mapping: YamlMapping, scope: TriggerScope, findings: list[Diagnostic]) -> tuple[Trigger, ...]:
    """Return the triggers that a pipeline declares, as far as they are sound."""
    pipeline = Fields(mapping=mapping, what="the pipeline", findings=findings, address=scope.product)
    found: list[Trigger] = []
    schedule = mapping.entry("schedule")
    if schedule is not None and (made := read_schedule(pipeline, schedule, scope.product)) is not None:
        found.append(made)
    for item in pipeline.sequence("triggers") or ():
        made = _trigger(pipeline, item, scope)
        if made is not None:
            _check_name(pipeline, made, found, item.span)
            found.append(made)
    return tuple(found)


def read_schedule(parent: Fields, entry: YamlEntry, product: str) -> Trigger | None:
    """Return the trigger under a key ``schedule``: a mapping, or a cron expression alone."""
    what = f"'schedule' of {parent.what}"
    if isinstance(entry.value, YamlScalar) and isinstance(entry.value.value, str):
        cron = _cron(parent, entry.value, None, what)
        return None if cron is None else _made(product, "schedule", cron, None, entry.key_span)
    if not isinstance(entry.value, YamlMapping):
        parent.wrong_type("schedule", entry.value, "a mapping such as {cron: '0 5 * * *', timezone: Europe/Berlin}")
        return None
    before = len(parent.findings)
    fields = open_fields(entry.value, _SCHEDULE_KEYS, what=what, findings=parent.findings, address=parent.address)
    kind = _kind(fields, ("cron", "every"), "{cron: '0 5 * * *'} or {every: 15m}")
    if kind is None:
        return None
    fires = _cron_of(fields) if kind == "cron" else _every(fields)
    made = None if fires is None else _made(product, "schedule", fires, fields, entry.key_span)
    return made if len(parent.findings) == before else None


def _trigger(pipeline: Fields, item: YamlNode, scope: TriggerScope) -> Trigger | None:
    if not isinstance(item, YamlMapping):
        pipeline.find("MW-S013", f"'triggers' holds {item.kind}, not a trigger", item.span, f"write {_FORMS}")
        return None
    before = len(pipeline.findings)
    fields = open_fields(item, _TRIGGER_KEYS, what="a trigger", findings=pipeline.findings, address=pipeline.address)
    kind = _kind(fields, tuple(_KINDS), _FORMS)
    if kind is None:
        return None
    fires, default = _fires(fields, kind, scope)
    name = _name(fields) or default
    if fires is None or len(pipeline.findings) > before:
        return None
    return _made(scope.product, name, fires, fields, item.span)


def _kind(fields: Fields, kinds: Collection[str], forms: str) -> str | None:
    """Return the one key that says what fires it; keys that have no meaning beside it are findings."""
    named = [key for key in kinds if key in fields]
    if len(named) != 1:
        message = f"{fields.what} says {' and '.join(repr(key) for key in named) or 'nothing'} that it fires at"
        fields.find("MW-S013", message, fields.mapping.span, f"write one of {forms}")
        return None
    allowed = {*_KINDS[named[0]], *_SHARED, *kinds}
    for entry in fields.mapping:
        if entry.key in _TRIGGER_KEYS.known and entry.key not in allowed:
            beside = ", ".join((*_KINDS[named[0]], *_SHARED))
            fields.find(
                "MW-S018",
                f"'{entry.key}' of {fields.what} has no meaning beside '{named[0]}'",
                entry.key_span,
                f"remove '{entry.key}'; beside '{named[0]}' there may be: {beside}",
            )
    return named[0]


def _fires(fields: Fields, kind: str, scope: TriggerScope) -> tuple[Fires | None, str]:
    """Return what fires a trigger, and the name that it has where it is given none."""
    if kind == "cron":
        return _cron_of(fields), "cron"
    if kind == "every":
        every = _every(fields)
        return every, f"every_{seconds_text(every.every_s)}" if every else ""
    if kind == "on":
        publication = _publication(fields, scope.product)
        return publication, "+".join(publication.of) if publication else ""
    if kind == "event":
        event = _event(fields, scope)
        return event, event.type if event else ""
    file = _file(fields)
    return file, file.glob if file else ""


def _made(product: str, name: str, fires: Fires, fields: Fields | None, span: SourceSpan) -> Trigger:
    """Put a trigger together with the rules that stand in `fields`."""
    overlap = fields.choice("overlap", tuple(Overlap)) if fields else None
    missed = fields.choice("missed", tuple(Missed)) if fields else None
    late = _duration_s(fields, "late_after") if fields else None
    return Trigger(
        product=product,
        name=name,
        fires=fires,
        overlap=Overlap(overlap) if overlap else default_overlap(fires),
        missed=Missed(missed) if missed else Missed.ONCE,
        late_after_s=late,
        span=span,
    )


def _check_name(pipeline: Fields, made: Trigger, found: Collection[Trigger], span: SourceSpan) -> None:
    first = next((each for each in found if each.name == made.name), None)
    if first is not None:
        where = f" at {first.span}" if first.span else ""
        pipeline.find(
            "MW-S017",
            f"two triggers are called '{shown(made.name)}', the other one stands{where}",
            span,
            "give one of them a name of its own: 'name: hourly'",
        )


def _name(fields: Fields) -> str | None:
    name = fields.text("name")
    if name is None or ENVIRONMENT_PATTERN.fullmatch(name):
        return name
    fields.wrong_value("name", _node(fields, "name"), "a lower-case letter, then letters, digits, '_' or '-'")
    return None


def _node(fields: Fields, key: str) -> YamlNode:
    node = fields.mapping.get(key)
    assert node is not None  # the caller has read it
    return node


def _duration_s(fields: Fields, key: str, *, least_s: int = 1) -> int | None:
    found = read_duration_ms(fields, key)
    if found is None:
        return None
    if found % 1000 or not least_s <= found // 1000 <= _MOST_S:
        fields.wrong_value(key, _node(fields, key), f"whole seconds, from {least_s}s to 366d")
        return None
    return found // 1000


def _cron_of(fields: Fields) -> CronSchedule | None:
    node = _node(fields, "cron")
    if not isinstance(node, YamlScalar) or not isinstance(node.value, str):
        fields.wrong_type("cron", node, f"text: {CRON_FORM}")
        return None
    return _cron(fields, node, fields.text("timezone"), f"'cron' of {fields.what}")


def _cron(fields: Fields, node: YamlScalar, timezone: str | None, what: str) -> CronSchedule | None:
    expression = plain_expression(node.text)
    problem = cron_problem(expression)
    if problem is not None and problem[0] == "never":
        message = f"{what} '{shown(expression)}' never fires: {problem[1]}"
        fields.find("MW-S011", message, node.span, f"write {CRON_FORM}; 'L' is the last day of a month")
        return None
    if problem is not None:
        fields.find(
            "MW-S010", f"{what} '{shown(node.text)}' is none of cron: {problem[1]}", node.span, f"write {CRON_FORM}"
        )
        return None
    if timezone is not None and not _is_zone(timezone):
        hint = _zone_hint(timezone)
        fields.find("MW-S012", f"there is no time zone '{shown(timezone)}'", fields.span_of("timezone"), hint)
        return None
    return CronSchedule(expression=expression, timezone=timezone or "UTC")


def _is_zone(name: str) -> bool:
    try:
        zone_of(name)
    except (KeyError, ValueError, OSError):  # what zoneinfo raises: not there, no such path, a folder of zones
        return False
    return True


def _zone_hint(name: str) -> str:
    from zoneinfo import available_timezones  # lazy: reads the whole folder of zones

    nearest = nearest_name(name, available_timezones())
    form = "write a name of the IANA data base, for example Europe/Berlin or UTC"
    return f"did you mean {nearest!r}? {form}" if nearest else form


def _every(fields: Fields) -> IntervalSchedule | None:
    every = _duration_s(fields, "every")
    start = fields.text("from")
    if every is None:
        return None
    if start is None:
        return IntervalSchedule(every_s=every)
    moment = moment_of(start)
    if moment is None:
        fields.wrong_value("from", _node(fields, "from"), MOMENT_FORM)
        return None
    return IntervalSchedule(every_s=every, start=moment)


def _publication(fields: Fields, product: str) -> OnPublication | None:
    before = len(fields.findings)
    node = _node(fields, "on")
    items = tuple(node) if isinstance(node, YamlSequence) else (node,)
    found: dict[str, SourceSpan] = {}
    for item in items:
        text = item.value if isinstance(item, YamlScalar) else None
        if not isinstance(text, str) or not _ADDRESS.fullmatch(text):
            what = f"'{shown(item.text)}'" if isinstance(item, YamlScalar) else item.kind
            message = f"{fields.what} waits for {what}, which is no product and no dataset"
            fields.find("MW-S014", message, item.span, "write domain.product or domain.product.dataset")
        elif text in found:
            fields.find("MW-S014", f"{fields.what} waits for '{text}' twice", item.span, "write it once")
        elif text == product or text.startswith(f"{product}."):
            message = f"{fields.what} waits for '{text}', which its own run publishes: it would start itself"
            fields.find("MW-S015", message, item.span, "wait for products that it reads")
        else:
            found[text] = item.span
    join = fields.choice("join", tuple(Join))
    if not items:
        fields.find("MW-S014", f"{fields.what} waits for nothing", node.span, "write domain.product")
    if join is not None and join != Join.ANY and len(items) == 1:
        message = f"'join: {join}' of {fields.what} joins one thing"
        fields.find("MW-S018", message, fields.span_of("join"), "remove 'join', or list what it is joined with")
    if len(fields.findings) > before:
        return None
    return OnPublication(of=tuple(found), join=Join(join) if join else Join.ANY)


def _event(fields: Fields, scope: TriggerScope) -> OnEvent | None:
    before = len(fields.findings)
    kind = fields.text("event")
    if kind is not None and ("*" in kind.removesuffix(".*") or any(each.isspace() for each in kind)):
        fields.wrong_value(
            "event", _node(fields, "event"), "a CloudEvents type, or the beginning of types with '.*' at its end"
        )
    if kind in TOLD_TYPES:
        fields.find(
            "MW-S014",
            f"'event' of {fields.what} waits for {kind}, about which triggers are not asked",
            fields.span_of("event"),
            f"wait for a publication (on: PRODUCT), or subscribe: mw subscription create --type {kind} --run {scope.product}",
        )
    chosen = {
        entry.key: _values(fields, entry)
        for entry in fields.entries("filter")
        if _is_path(fields, entry.key, entry.key_span)
    }
    params = _event_params(fields, scope)
    if kind is None or len(fields.findings) > before:
        return None
    return OnEvent(
        type=kind, source=fields.text("source"), filter=MappingProxyType(chosen), params=MappingProxyType(params)
    )


def _is_path(fields: Fields, path: str, span: SourceSpan) -> bool:
    if _PATH.fullmatch(path):
        return True
    fields.find("MW-S019", f"'{shown(path)}' of {fields.what} is no place in an event", span, f"write {_PATH_FORM}")
    return False


def _values(fields: Fields, entry: YamlEntry) -> tuple[Scalar, ...]:
    """Return the values of which a place in the event must hold one."""
    items = tuple(entry.value) if isinstance(entry.value, YamlSequence) else (entry.value,)
    found = [item.value for item in items if isinstance(item, YamlScalar) and item.value is not None]
    if len(found) != len(items) or not found:
        message = (
            f"'{shown(entry.key)}' of 'filter' of {fields.what} is {entry.value.kind}, not a value or a list of values"
        )
        fields.find("MW-S019", message, entry.value.span, "write {data.region: EU} or {data.region: [EU, US]}")
    return tuple(found)


def _event_params(fields: Fields, scope: TriggerScope) -> dict[str, str]:
    declared = declarations(scope.levels)
    found = {}
    for entry in fields.entries("params"):
        path = entry.value.value if isinstance(entry.value, YamlScalar) else None
        if entry.key not in declared:
            hint = known_names_hint(entry.key, declared, what="parameters")
            message = f"{fields.what} sets parameter '{shown(entry.key)}', which is declared nowhere in {scope.product}"
            fields.find("MW-S020", message, entry.key_span, hint)
        elif not NAME_PATTERN.fullmatch(entry.key) or not isinstance(path, str):
            what = f"'{shown(entry.key)}' of 'params' of {fields.what} is {entry.value.kind}"
            fields.find("MW-S019", f"{what}, not a place in an event", entry.value.span, f"write {_PATH_FORM}")
        elif _is_path(fields, path, entry.value.span):
            found[entry.key] = path
    return found


def _file(fields: Fields) -> OnFile | None:
    glob = fields.text("file")
    settle = read_duration_ms(fields, "settle")
    if glob is None:
        return None
    if ("://" in glob and not _ELSEWHERE.match(glob)) or glob.startswith(("http://", "https://")):
        message = f"'file' of {fields.what} names '{shown(glob)}': there is nothing to list there"
        fix = "name a path or a store (s3://bucket/in/*.csv), or let the sender send an event: {event: ...}"
        fields.find("MW-S021", message, fields.span_of("file"), fix)
        return None
    if "\0" in glob or glob.endswith("/"):
        fields.wrong_value("file", _node(fields, "file"), "a path with '*' and '**', for example 'data/incoming/*.csv'")
        return None
    found = OnFile(glob=glob, options=settings_for(fields, "options", glob, is_web=False))
    return found if settle is None else replace(found, settle_s=settle / 1000)
