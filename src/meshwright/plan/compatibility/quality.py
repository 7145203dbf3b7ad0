"""What changes of quality rules: which are gone or new, and whether one that stays demands less or more of the data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType

from meshwright.checks.odcs_3_0 import METRICS
from meshwright.frozen import dataclass
from meshwright.model import Action, Operator, canonical_json
from meshwright.plan.compatibility.accepted import Interval, accepted_numbers, is_upper_bound, of_accepted
from meshwright.plan.compatibility.common import COMMON
from meshwright.plan.compatibility.directions import Direction, of_allowed, together
from meshwright.plan.compatibility.rules import Pair, compare, part, parts, text_of, weighed
from meshwright.plan.compatibility.values import Change, Level

_OPERATORS = {operator.value: operator for operator in Operator}
#: Keys that say what is demanded; the others of a rule are compared like those of any part.
_DEMANDS = frozenset(
    {
        "type",
        "metric",
        "rule",
        "query",
        "engine",
        "implementation",
        "arguments",
        "validValues",
        "unit",
        "severity",
    }
) | frozenset(_OPERATORS)
_STRENGTH = tuple(Action)
#: When a rule is run is no demand of the data; its name and id are what its history is found by.
_REST = (
    weighed("quality_schedule_changed", Level.MINOR, "schedule", "scheduler"),
    weighed("quality_renamed", Level.PATCH, "id", "name"),
    *(rule for rule in COMMON if "id" not in rule.keys),
)
_KINDS: Mapping[Direction, tuple[str, Level, str]] = MappingProxyType(
    {
        Direction.TIGHTER: ("quality_tightened", Level.MINOR, "demands more"),
        Direction.LOOSER: ("quality_loosened", Level.MAJOR, "demands less"),
        Direction.OTHER: ("quality_changed", Level.MAJOR, "demands something else"),
    }
)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Demand:
    """A quality rule as far as it demands something."""

    #: What it is referred to by, and what people call it; empty where it has none.
    id: str
    name: str
    type: str
    #: What is measured: a metric, a query, an implementation.
    measure: str
    arguments: Mapping[str, object]
    #: The accepted numbers; None where the rule compares with no number.
    accepted: tuple[Interval, ...] | None
    #: Operator and bound as written, for bounds that are no numbers.
    comparison: str
    unit: str
    action: Action
    written: Mapping[str, object]

    @property
    def identity(self) -> str:
        """All that it demands, as a text."""
        rest = [self.type, self.measure, dict(self.arguments), self.comparison, self.unit, self.action]
        return canonical_json(rest)


def quality_changes(pair: Pair, column: str | None) -> Iterator[Change]:
    """Compare the rules of an object, or of its `column`."""
    old = [_demand(rule, pair.severities) for rule in parts(pair.before.get("quality"))]
    new = [_demand(rule, pair.severities) for rule in parts(pair.after.get("quality"))]
    pairs, removed, added = _matched(old, new)
    for before, after in pairs:
        yield from _demand_changes(pair, before, after, column)
    for demand in removed:
        message = f"rule {_called(demand)} on {pair.noun} removed"
        yield pair.change(f"quality/{_called(demand)}", "quality_removed", Level.MAJOR, message)
    for demand in added:
        message = f"rule {_called(demand)} on {pair.noun} added"
        yield pair.change(f"quality/{_called(demand)}", "quality_added", Level.MINOR, message)


def _demand(rule: Mapping[str, object], severities: Mapping[str, Action]) -> _Demand:
    metric = text_of(rule.get("metric")) or METRICS.get(text_of(rule.get("rule")), "")
    kind = text_of(rule.get("type")) or ("library" if metric else "sql" if rule.get("query") else "text")
    arguments = dict(part(rule.get("arguments")))
    if "validValues" in rule:
        arguments.setdefault("validValues", rule["validValues"])
    measure = metric if kind == "library" else " ".join(text_of(rule.get("query")).split()).rstrip("; ")
    if kind == "custom":
        measure = canonical_json([rule.get("engine"), rule.get("implementation")])
    named = next((key for key in rule if key in _OPERATORS), None)
    # ODCS 3.0 writes nullCheck and validValues without an operator.
    operator, bound = (_OPERATORS[named], rule[named]) if named else (Operator.MUST_BE, 0 if metric else None)
    unit = text_of(rule.get("unit")) or "rows"
    return _Demand(
        id=text_of(rule.get("id")),
        name=text_of(rule.get("name")),
        type=kind,
        measure=measure,
        arguments=arguments,
        accepted=accepted_numbers(operator, bound, is_count=kind == "library" and unit == "rows"),
        comparison=canonical_json([operator, bound]),
        unit=unit if kind == "library" else "",
        action=_action(text_of(rule.get("severity")), severities),
        written=rule,
    )


def _action(word: str, severities: Mapping[str, Action]) -> Action:
    """Return what a severity means; one that nothing maps is a finding elsewhere, and counts as the default."""
    known = {action.value: action for action in Action}
    return known.get(word.casefold()) or severities.get(word.casefold()) or Action.STOP


def _matched(
    old: Sequence[_Demand], new: Sequence[_Demand]
) -> tuple[list[tuple[_Demand, _Demand]], list[_Demand], list[_Demand]]:
    """Pair rules by id, by name, those that are equal, then those that measure the same; the rest is removed and added."""
    pairs: list[tuple[_Demand, _Demand]] = []
    left, right = list(old), list(new)
    for key in (_id_key, _written_key, _name_key, _identity_key, _measure_key):
        for before in tuple(left):
            wanted = key(before)
            after = next((each for each in right if wanted and key(each) == wanted), None)
            if after is not None:
                pairs.append((before, after))
                left.remove(before)
                right.remove(after)
    return pairs, left, right


def _id_key(demand: _Demand) -> str:
    return demand.id


def _written_key(demand: _Demand) -> str:
    """What its verdicts stand under."""
    return demand.id or demand.name


def _name_key(demand: _Demand) -> str:
    return demand.name


def _identity_key(demand: _Demand) -> str:
    return demand.identity


def _measure_key(demand: _Demand) -> str:
    """Only of rules without a name: another name is another rule."""
    return "" if demand.id or demand.name else canonical_json([demand.type, demand.measure])


def _demand_changes(pair: Pair, before: _Demand, after: _Demand, column: str | None) -> Iterator[Change]:
    direction = _direction(before, after, column)
    if direction is not Direction.SAME:
        kind, level, words = _KINDS[direction]
        message = f"rule {_called(after)} on {pair.noun} {words}"
        yield pair.change(f"quality/{_called(after)}", kind, level, message)
    noun = f"rule {_called(after)} on {pair.noun}"
    inner = pair.below(f"quality/{_called(after)}", noun, before.written, after.written)
    yield from compare(inner, _REST, silent=_DEMANDS)


def _direction(before: _Demand, after: _Demand, column: str | None) -> Direction:
    if before.type != after.type or not _measures_same(before, after, column):
        return Direction.OTHER
    strength = _STRENGTH.index(after.action) - _STRENGTH.index(before.action)
    severity = Direction.TIGHTER if strength > 0 else Direction.LOOSER if strength < 0 else Direction.SAME
    return together((severity, _of_comparison(before, after), _of_arguments(before, after)))


def _measures_same(before: _Demand, after: _Demand, column: str | None) -> bool:
    if before.measure == after.measure:
        return True
    return before.type == "sql" and _means_same(before.measure, after.measure, column)


def _means_same(before: str, after: str, column: str | None) -> bool:
    """Whether two queries differ in layout, comments and letter case alone."""
    from meshwright.sql import parse_statement  # lazy: sqlglot, only where two texts differ

    names = {"{object}": '"_object"', "{property}": f'"{column or "_property"}"'}
    parsed = []
    for text in (before, after):
        for placeholder, name in names.items():
            text = text.replace(placeholder, name)  # noqa: PLW2901 - filled in step by step
        parsed.append(parse_statement(text, "duckdb"))
    return not any(each.problems for each in parsed) and parsed[0].fingerprint == parsed[1].fingerprint


def _of_comparison(before: _Demand, after: _Demand) -> Direction:
    if before.accepted is None or after.accepted is None:
        return Direction.SAME if before.comparison == after.comparison else Direction.OTHER
    # None at all is the same in rows and in percent.
    is_none = {(each.low, each.high) for each in (*before.accepted, *after.accepted)} == {(0, 0)}
    if before.unit != after.unit and not is_none:
        return Direction.OTHER
    return of_accepted(before.accepted, after.accepted)


def _of_arguments(before: _Demand, after: _Demand) -> Direction:
    """Values that are valid, values that count as missing, columns of a key: each has its own sense."""
    if canonical_json(dict(before.arguments)) == canonical_json(dict(after.arguments)):
        return Direction.SAME
    if before.accepted is None or after.accepted is None or not is_upper_bound(before.accepted):
        return Direction.OTHER
    return together(
        _of_argument(name, before.arguments.get(name), after.arguments.get(name))
        for name in {*before.arguments, *after.arguments}
    )


def _of_argument(name: str, before: object, after: object) -> Direction:
    if before == after:
        return Direction.SAME
    if not (isinstance(before, list) and isinstance(after, list)):
        return Direction.OTHER
    old, new = ([canonical_json(value) for value in values] for values in (before, after))
    if name == "missingValues":  # the more values count as missing, the firmer is the demand that there be none
        return of_allowed(new, old)
    return of_allowed(old, new) if name in {"validValues", "properties"} else Direction.OTHER


def _called(demand: _Demand) -> str:
    return demand.id or demand.name or (demand.measure if demand.type == "library" else demand.type)
