"""Service levels of contracts as rules: those that data can answer, at a moment that is given.

| property of ODCS, synonym | measured | must be |
|---|---|---|
| freshness, latency (ly) | seconds since the latest moment of `element` | at most value and unit |
| retention (re) | seconds since the earliest | at most: nothing is kept for longer |
| frequency (fy) | the most seconds between two successive moments | at most |

The gate has none of them, for its verdicts are for ever. What data cannot answer is a note, never passed over.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

from meshwright.checks.durations import calendar_months, duration_s
from meshwright.checks.nested import promised_parts
from meshwright.checks.references import dataset_of_object
from meshwright.checks.spec import CheckSpec, Into, Metric, PathStep, path_words
from meshwright.diagnostics import Diagnostic, Severity, SourceSpan, known_names_hint
from meshwright.frozen import dataclass
from meshwright.model import (
    Action,
    Contract,
    ContractObject,
    ContractProperty,
    Operator,
    Port,
    Product,
    QualityRule,
    SlaProperty,
)

#: Synonym -> property, both without case (ODCS, "Valid Values for SLA Properties").
SYNONYMS: Mapping[str, str] = MappingProxyType(
    {
        "av": "availability",
        "th": "throughput",
        "er": "errorRate",
        "ga": "generalAvailability",
        "es": "endOfSupport",
        "el": "endOfLife",
        "re": "retention",
        "fy": "frequency",
        "ly": "latency",
        "td": "timeToDetect",
        "tn": "timeToNotify",
        "tr": "timeToRepair",
    }
)
#: Property that data can answer -> what is measured.
MEASURED: Mapping[str, Metric] = MappingProxyType(
    {
        "freshness": Metric.LATEST_AGE,
        "latency": Metric.LATEST_AGE,
        "retention": Metric.EARLIEST_AGE,
        "frequency": Metric.GREATEST_GAP,
    }
)
_TIMES = frozenset({"date", "timestamp", "time"})


@dataclass(frozen=True, kw_only=True, slots=True)
class ServiceNote:
    """A service level that is not measured, and why: it describes."""

    port: str
    property: str
    words: str
    span: SourceSpan | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class ServiceLevels:
    """The service levels of a product's contracts at a moment."""

    #: Dataset -> rules, each `is_timed`: to be measured and told, never recorded as evidence.
    specs: Mapping[str, tuple[CheckSpec, ...]]
    notes: tuple[ServiceNote, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class _Element:
    """A column of times that a service level is about, or a field inside of one."""

    promised: ContractObject
    column: str
    path: tuple[PathStep, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class _Wrong:
    """Why an element means nothing."""

    message: str
    fix: str


def compile_service_levels(product: Product, now: dt.datetime, *, action: Action = Action.STOP) -> ServiceLevels:
    """Return what is to be measured of a product's service levels at `now` (aware), and notes on all others.

    Rules of freshness that contracts and `tests:` hold for other tools are among them, with the actions that they name;
    service levels have none, and get `action`.
    """
    found: dict[str, list[CheckSpec]] = {address: [] for address in product.datasets}
    notes: list[ServiceNote] = []
    for _, port in sorted(product.ports.items()):
        for level in port.contract.sla:
            for each in _of_level(port, level, now, action):
                if isinstance(each, ServiceNote):
                    notes.append(each)
                elif each.dataset in found and each.dataset in port.datasets:
                    found[each.dataset].append(each)
        for promised in port.contract.objects:
            for rule, column in _clock_rules(promised):
                spec = _of_rule(rule, column, dataset_of_object(port, promised), now)
                found.setdefault(spec.dataset, []).append(replace(spec, origin="contract", port=port.address))
    for tests in product.tests:
        for rule in tests.rules:
            for meant in rule.meant:
                if meant.type == "clock":
                    found.setdefault(tests.dataset, []).append(_of_rule(_named(meant, rule), None, tests.dataset, now))
    specs = {dataset: tuple(_unique_ids(each)) for dataset, each in found.items() if each}
    return ServiceLevels(specs=MappingProxyType(specs), notes=tuple(notes))


def service_level_findings(contract: Contract) -> Iterator[Diagnostic]:
    """Warn of service levels that data could answer, were it not for how they are written."""
    for level in contract.sla:
        if canonical_property(level.property) not in MEASURED:
            continue
        if _seconds(level, dt.datetime(2000, 1, 1, tzinfo=dt.UTC)) is None:
            message = f"{level.property} of {_value_words(level)} is no duration: it is not measured"
            fix = "give a number as value and a unit: s, min, h, d, w, mo, y"
            yield _warning("MW-C042", message, fix, level)
        for each in _elements(level, contract.objects):
            if isinstance(each, _Wrong):
                yield _warning("MW-C043", f"{each.message}: {level.property} is not measured", each.fix, level)
                continue
            kind = _logical_type(each)
            if kind is not None and kind not in _TIMES:
                message = (
                    f"the element '{level.element}' is of logical type {kind}: {level.property} is measured by a time"
                )
                yield _warning("MW-C043", message, "name a property of logical type date or timestamp", level)


def canonical_property(name: str) -> str:
    """Return a property by its own name, as the standard spells it where it knows it."""
    known = {each.casefold(): each for each in (*MEASURED, *SYNONYMS.values())} | dict(SYNONYMS)
    return known.get(name.strip().casefold(), name)


def _warning(code: str, message: str, fix: str, level: SlaProperty) -> Diagnostic:
    return Diagnostic(code=code, message=message, span=level.span, fix=fix, severity=Severity.WARNING)


def _of_level(port: Port, level: SlaProperty, now: dt.datetime, action: Action) -> Iterator[CheckSpec | ServiceNote]:
    """Yield the rule of each element of a service level, or the note that there is none."""
    name = canonical_property(level.property)

    def note(words: str) -> ServiceNote:
        return ServiceNote(port=port.address, property=name, words=words, span=level.span)

    metric = MEASURED.get(name)
    if metric is None:
        yield note(f"{name} is {_value_words(level)}: no data says whether it is kept")
        return
    seconds = _seconds(level, now)
    if seconds is None:
        yield note(f"{name} of {_value_words(level)} is no duration, so that nothing can be compared with it")
        return
    if not level.element:
        yield note(f"{name} of {_value_words(level)} names no element, a column of times, to be measured by")
        return
    for each in _elements(level, port.contract.objects):
        if isinstance(each, _Wrong):
            yield note(f"{name} of {_value_words(level)}: {each.message}")
            continue
        yield CheckSpec(
            id=f"contract:{name}({path_words(each.column, each.path)})",
            dataset=dataset_of_object(port, each.promised),
            metric=metric,
            columns=(each.column,),
            path=each.path,
            arguments=_at(now),
            operator=Operator.MUST_BE_LESS_OR_EQUAL_TO,
            bound=seconds,
            action=action,
            origin="contract",
            port=port.address,
            description=level.description,
            span=level.span,
        )


def _at(now: dt.datetime) -> Mapping[str, object]:
    return MappingProxyType({"now": now.astimezone(dt.UTC).isoformat()})


def _value_words(level: SlaProperty) -> str:
    return f"{level.value} {level.unit}" if level.unit else f"{level.value}"


def _seconds(level: SlaProperty, now: dt.datetime) -> int | None:
    """Return value and unit in seconds. Months and years are those before `now`; between two moments, the longest there are."""
    value: object = level.value
    if isinstance(value, str):
        try:
            value = float(value)
        except ValueError:
            return duration_s(value, level.unit)
    months = calendar_months(value, level.unit)
    if months is None:
        return duration_s(value, level.unit)
    if MEASURED[canonical_property(level.property)] is Metric.GREATEST_GAP:
        years, rest = divmod(months, 12)
        return (366 * years + 31 * rest) * 86_400
    return round((now - _months_before(now, months)).total_seconds())


def _months_before(now: dt.datetime, months: int) -> dt.datetime:
    years, month = divmod(now.year * 12 + now.month - 1 - months, 12)
    if years < dt.MINYEAR:
        return now.replace(year=dt.MINYEAR, month=1, day=1)
    first_after = dt.date(years + (month == 11), (month + 1) % 12 + 1, 1) if years < dt.MAXYEAR else dt.date.max
    last = (first_after - dt.timedelta(days=1)).day
    return now.replace(year=years, month=month + 1, day=min(now.day, last))


def _elements(level: SlaProperty, objects: Sequence[ContractObject]) -> Iterator[_Element | _Wrong]:
    """Yield the columns that `element` names: ``object.column``, or ``column`` where there is one object; several by commas."""
    for written in (level.element or "").split(","):
        names = written.strip().split(".")
        if not names[0]:
            continue
        promised = next((each for each in objects if each.name == names[0]), None)
        if promised is not None and len(names) > 1:
            yield _found(promised, names[1:], written.strip())
        elif len(objects) == 1:
            yield _found(objects[0], names, written.strip())
        else:
            known = [each.name for each in objects]
            hint = known_names_hint(names[0], known, what="objects")
            yield _Wrong(message=f"the element '{written.strip()}' names no object of the contract", fix=hint)


def _found(promised: ContractObject, names: Sequence[str], written: str) -> _Element | _Wrong:
    known: Sequence[ContractProperty] = promised.properties
    for place, name in enumerate(names):
        if not known and place == 0:
            break  # an object without properties promises nothing of its columns, and may have any
        found = next((each for each in known if each.name == name), None)
        if found is None:
            where = ".".join([promised.name, *names[:place]])
            hint = known_names_hint(name, [each.name for each in known], what="properties")
            return _Wrong(message=f"the element '{written}' is no property of '{where}'", fix=hint)
        known = found.properties
    path = tuple(PathStep(into=Into.FIELD, name=name) for name in names[1:])
    return _Element(promised=promised, column=names[0], path=path)


def _logical_type(element: _Element) -> str | None:
    """Return what a contract promises of an element's type; None where it says nothing, or says it by a physical type."""
    for part in promised_parts(element.promised.properties):
        if part.column == element.column and part.path == element.path:
            return part.promise.logical_type
    return None


def _clock_rules(promised: ContractObject) -> Iterator[tuple[QualityRule, str | None]]:
    for rule in promised.quality:
        yield from ((_named(meant, rule), None) for meant in rule.meant if meant.type == "clock")
    for column in promised.properties:
        for rule in column.quality:
            yield from ((_named(meant, rule), column.name) for meant in rule.meant if meant.type == "clock")


def _named(meant: QualityRule, rule: QualityRule) -> QualityRule:
    return replace(meant, id=rule.id, name=rule.name, action=rule.action, description=rule.description, span=rule.span)


def _of_rule(rule: QualityRule, column: str | None, dataset: str, now: dt.datetime) -> CheckSpec:
    own = (rule.id or rule.name or "").strip()
    name = rule.column or column or ""
    return CheckSpec(
        id=own or f"contract:freshness({name})",
        dataset=dataset,
        metric=Metric(rule.metric or ""),
        columns=(name,),
        arguments=_at(now),
        operator=rule.operator or Operator.MUST_BE_LESS_OR_EQUAL_TO,
        bound=rule.bound,
        action=rule.action,
        description=rule.description,
        span=rule.span,
    )


def _unique_ids(specs: Sequence[CheckSpec]) -> Iterator[CheckSpec]:
    taken: dict[str, int] = {}
    for spec in specs:
        taken[spec.id] = taken.get(spec.id, 0) + 1
        yield spec if taken[spec.id] == 1 else replace(spec, id=f"{spec.id}-{taken[spec.id]}")
