"""Checks of Soda: of SodaCL (``missing_count(carrier) = 0``) and of Soda's contracts (``type: missing_count``, ``must_be: 0``)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

from meshwright.checks.custom.meaning import (
    Arguments,
    Meaning,
    Unknown,
    library,
    name_of,
    query,
    snake_case,
)
from meshwright.checks.durations import duration_s
from meshwright.checks.formats import TEXT_FORMATS
from meshwright.diagnostics import known_names_hint
from meshwright.model import Operator, QualityRule, Scalar

_OPERATORS: Mapping[str, Operator] = MappingProxyType(
    {
        "=": Operator.MUST_BE,
        "!=": Operator.MUST_NOT_BE,
        "<>": Operator.MUST_NOT_BE,
        ">": Operator.MUST_BE_GREATER_THAN,
        ">=": Operator.MUST_BE_GREATER_OR_EQUAL_TO,
        "<": Operator.MUST_BE_LESS_THAN,
        "<=": Operator.MUST_BE_LESS_OR_EQUAL_TO,
    }
)
_THRESHOLDS: Mapping[str, Operator] = MappingProxyType(
    {
        "must_be": Operator.MUST_BE,
        "must_not_be": Operator.MUST_NOT_BE,
        "must_be_greater_than": Operator.MUST_BE_GREATER_THAN,
        "must_be_greater_than_or_equal": Operator.MUST_BE_GREATER_OR_EQUAL_TO,
        "must_be_greater_than_or_equal_to": Operator.MUST_BE_GREATER_OR_EQUAL_TO,
        "must_be_less_than": Operator.MUST_BE_LESS_THAN,
        "must_be_less_than_or_equal": Operator.MUST_BE_LESS_OR_EQUAL_TO,
        "must_be_less_than_or_equal_to": Operator.MUST_BE_LESS_OR_EQUAL_TO,
        "must_be_between": Operator.MUST_BE_BETWEEN,
        "must_be_not_between": Operator.MUST_NOT_BE_BETWEEN,
        "must_not_be_between": Operator.MUST_NOT_BE_BETWEEN,
    }
)
_LINE = re.compile(r"\s*(?P<metric>[a-z_]+)\s*(\((?P<columns>[^()]*)\))?\s*(?P<rest>.*?)\s*", re.DOTALL)
_COMPARED = re.compile(r"(?P<operator>=|!=|<>|>=|<=|>|<)\s*(?P<bound>.+)")
_RANGE = re.compile(r"(?P<no>not\s+)?between\s+(?P<low>\S+)\s+and\s+(?P<high>\S+)")
_DURATION = re.compile(r"(?P<number>\d+(\.\d+)?)\s*(?P<unit>[a-z]+)")
#: Formats of Soda that mean what ours mean.
_FORMATS = MappingProxyType(
    {
        "email": "email",
        "uuid": "uuid",
        "ip_address": "ipv4",
        "ipv4_address": "ipv4",
        "ipv6_address": "ipv6",
    }
)
#: Formats of Soda that are a pattern.
_PATTERNS = MappingProxyType(
    {
        "integer": r"^\s*[-+]?\s*[0-9]+\s*$",
        "positive_integer": r"^\s*\+?\s*[0-9]+\s*$",
        "negative_integer": r"^\s*(-\s*[0-9]+|0)\s*$",
        "decimal": r"^\s*[-+]?\s*[0-9]*\.?[0-9]+\s*$",
        "date_iso_8601": (
            r"^\s*[0-9]{4}-[0-9]{2}-[0-9]{2}"
            r"([T ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]+)?)?([+-][0-9]{2}:?[0-9]{2}|Z)?)?\s*$"
        ),
    }
)
_WORDS = frozenset({"name", "attributes", "qualifier", "id", "description"})


def meaning_of(implementation: object, column: str | None) -> Meaning:
    """Return what checks mean. Raises Unknown."""
    if isinstance(implementation, str):
        return _line(implementation, {}, column)
    if isinstance(implementation, Sequence):
        return tuple(rule for each in implementation for rule in meaning_of(each, column))
    if not isinstance(implementation, Mapping) or not implementation:
        raise Unknown("a check of Soda is a mapping or a line", "write 'type: missing_count' with 'must_be: 0'")
    if "type" in implementation:
        return _contract_check(implementation, column)
    if len(implementation) == 1:
        ((key, below),) = implementation.items()
        if isinstance(below, Sequence) and not isinstance(below, str) and str(key).startswith("checks"):
            return meaning_of(below, column)
        if isinstance(below, Mapping) and "threshold" in below:
            return _contract_check({"type": key, **below}, column)
        if below is None or isinstance(below, Mapping):
            return _line(str(key), below or {}, column)
    raise Unknown("the check has no type", f"write 'type: ...'; {known_names_hint('', METRICS, what='types')}")


def _contract_check(written: Mapping[str, object], column: str | None) -> Meaning:
    """Read a check of Soda's contracts: a type, a threshold, and what else the type takes."""
    flat = {snake_case(name): value for name, value in written.items() if name != "threshold"}
    threshold = written.get("threshold")
    if isinstance(threshold, Mapping):
        flat |= {snake_case(name): value for name, value in threshold.items()}
    kind = str(flat.pop("type"))
    demands = [(_THRESHOLDS[name], flat.pop(name)) for name in list(flat) if name in _THRESHOLDS]
    columns = flat.pop("columns", None)
    named = flat.pop("column", None)
    listed = columns if isinstance(columns, Sequence) and not isinstance(columns, str) else [named] if named else []
    if len(demands) > 1:
        raise Unknown(f"'{kind}' has several thresholds", "keep one, or write two rules")
    if not demands:
        demands = [(Operator.MUST_BE, 0)]
        if kind == "row_count":
            demands = [(Operator.MUST_BE_GREATER_THAN, 0)]
    operator, bound = demands[0]
    if operator in {Operator.MUST_BE_BETWEEN, Operator.MUST_NOT_BE_BETWEEN}:
        bound = _pair(bound, kind)
    return _metric(kind, tuple(str(each) for each in listed), operator, bound, flat, column)


def _pair(bound: object, kind: str) -> tuple[Scalar, ...]:
    if isinstance(bound, Mapping):
        bound = [bound.get("greater_than_or_equal"), bound.get("less_than_or_equal")]
    if not isinstance(bound, Sequence) or isinstance(bound, str) or len(bound) != 2 or None in bound:
        raise Unknown(f"the range of '{kind}' is no pair", "write 'must_be_between: [low, high]'")
    return tuple(bound)


def _line(line: str, settings: Mapping[str, object], column: str | None) -> Meaning:
    """Read a line of SodaCL."""
    found = _LINE.fullmatch(line)
    if found is None:
        raise Unknown(f"'{line}' is no check of Soda", "write for example 'missing_count(carrier) = 0'")
    columns = tuple(name.strip().strip('"') for name in (found["columns"] or "").split(",") if name.strip())
    ranged, compared = _RANGE.fullmatch(found["rest"]), _COMPARED.fullmatch(found["rest"])
    bound: Scalar | tuple[Scalar, ...]
    if ranged is not None:
        operator = Operator.MUST_NOT_BE_BETWEEN if ranged["no"] else Operator.MUST_BE_BETWEEN
        bound = (_plain(ranged["low"]), _plain(ranged["high"]))
    elif compared is not None:
        operator, bound = _OPERATORS[compared["operator"]], _plain(compared["bound"])
    else:
        raise Unknown(f"'{line}' is compared with nothing", "add a comparison, for example '= 0'")
    return _metric(found["metric"], columns, operator, bound, settings, column)


def _plain(text: str) -> Scalar:
    """Return a number where a text is one, else the text; a percent sign says what the metric says already."""
    text = text.strip().removesuffix("%").strip()
    try:
        return int(text)
    except ValueError:
        pass
    try:
        return float(text)
    except ValueError:
        return text


class _Check:
    """One check: what is measured of which columns, and the demand."""

    def __init__(
        self, columns: tuple[str, ...], operator: Operator, bound: Scalar | tuple[Scalar, ...], given: Arguments
    ) -> None:
        self.columns = columns
        self.operator = operator
        self.bound = bound
        self.given = given

    @property
    def demands_none(self) -> bool:
        """Whether there must be none at all."""
        return self.operator is Operator.MUST_BE and self.bound == 0

    def column(self) -> str:
        """Return the one column, as the rule names it or as it stands under it."""
        if len(self.columns) > 1:
            raise Unknown(f"'{self.given.rule}' is about one column", "write a check for each column")
        return self.given.column()

    def query(self, text: str) -> Meaning:
        return (query(text, self.operator, self.bound),)


def _metric(
    kind: str,
    columns: tuple[str, ...],
    operator: Operator,
    bound: object,
    settings: Mapping[str, object],
    column: str | None,
) -> Meaning:
    found = METRICS.get(kind)
    if found is None:
        raise Unknown(f"the check '{kind}' is not known", known_names_hint(kind, METRICS, what="checks"))
    bounds = bound if isinstance(bound, tuple) else (bound,)
    if not all(isinstance(each, (int, float)) or (kind == "freshness" and isinstance(each, str)) for each in bounds):
        raise Unknown(f"the threshold of '{kind}' is no number", "write a number")
    own = {**settings, **({"column": columns[0]} if len(columns) == 1 else {})}
    given = Arguments(kind, own, column)
    rules = found(_Check(columns, operator, bound, given))  # type: ignore[arg-type]  # looked at above
    given.require_all_used(_WORDS | {"column"})
    return rules


def _row_count(check: _Check) -> Meaning:
    return (library("rowCount", None, check.operator, check.bound),)


def _missing(unit: str) -> Callable[[_Check], Meaning]:
    def meaning(check: _Check) -> Meaning:
        column = check.column()
        if "missing_values" not in check.given:
            return (library("nullValues", column, check.operator, check.bound, unit=unit),)
        values = (None, *check.given.values("missing_values"))
        return (library("missingValues", column, check.operator, check.bound, unit=unit, missingValues=values),)

    return meaning


def _duplicates(*, is_percent: bool) -> Callable[[_Check], Meaning]:
    """Soda counts values that are there more than once, we the rows that repeat one: of none there is no difference."""

    def meaning(check: _Check) -> Meaning:
        columns = check.columns or (check.given.column(),)
        check.given.get("column")
        if check.demands_none:
            if len(columns) == 1:
                return (library("duplicateValues", check.column(), check.operator, check.bound),)
            return (library("duplicateValues", None, check.operator, check.bound, properties=columns),)
        names = [name_of(column) for column in columns]
        whole = " AND ".join(f"{name} IS NOT NULL" for name in names)
        groups = f"SELECT 1 FROM {{object}} WHERE {whole} GROUP BY {', '.join(names)} HAVING count(*) > 1"
        if not is_percent:
            return check.query(f"SELECT count(*) FROM ({groups}) AS g")
        rows = "nullif((SELECT count(*) FROM {object}), 0)"
        return check.query(f"SELECT coalesce(100.0 * count(*) / {rows}, 0) FROM ({groups}) AS g")

    return meaning


def _invalid(unit: str) -> Callable[[_Check], Meaning]:
    def meaning(check: _Check) -> Meaning:
        column = check.column()
        arguments, excluded = _validity(check.given)
        if excluded and not arguments:
            return (library("missingValues", column, check.operator, check.bound, unit=unit, missingValues=excluded),)
        if excluded:
            raise Unknown("valid and invalid values in one check", "write a check for each")
        return (library("invalidValues", column, check.operator, check.bound, unit=unit, given=arguments),)

    return meaning


#: Setting -> the argument of invalidValues that it is, and how it is read.
_SETTINGS: Mapping[str, tuple[str, Callable[[Arguments, str], object]]] = MappingProxyType(
    {
        "valid_values": ("validValues", Arguments.values),
        "valid_regex": ("pattern", Arguments.text),
        "valid_min": ("minimum", Arguments.scalar),
        "valid_max": ("maximum", Arguments.scalar),
        "valid_min_length": ("minLength", Arguments.whole),
        "valid_max_length": ("maxLength", Arguments.whole),
    }
)


def _validity(given: Arguments) -> tuple[dict[str, object], tuple[Scalar, ...]]:
    """Return what is valid as arguments of invalidValues, and the values that are not."""
    arguments = {argument: read(given, name) for name, (argument, read) in _SETTINGS.items() if name in given}
    if "valid_format" in given:
        arguments |= _format(given.text("valid_format"))
    if "valid_length" in given:
        arguments["minLength"] = arguments["maxLength"] = given.whole("valid_length")
    excluded = given.values("invalid_values") if "invalid_values" in given else ()
    if not arguments and not excluded:
        fix = "add 'valid values', 'valid regex' or bounds"
        raise Unknown(f"'{given.rule}' does not say which values are valid", fix)
    return arguments, excluded


def _format(text: str) -> dict[str, object]:
    own = snake_case(text)
    if own in _PATTERNS:
        return {"pattern": _PATTERNS[own]}
    own = _FORMATS.get(own, own)
    if own not in TEXT_FORMATS:
        hint = known_names_hint(text, (*_FORMATS, *_PATTERNS), what="formats")
        raise Unknown(f"the format '{text}' is not known", hint)
    return {"format": own}


def _aggregate(expression: str) -> Callable[[_Check], Meaning]:
    def meaning(check: _Check) -> Meaning:
        return check.query(f"SELECT {expression.format(name_of(check.column()))} FROM {{object}}")

    return meaning


def _freshness(check: _Check) -> Meaning:
    found = _DURATION.fullmatch(str(check.bound).strip())
    seconds = duration_s(float(found["number"]), found["unit"]) if found else None
    if seconds is None or check.operator not in {Operator.MUST_BE_LESS_THAN, Operator.MUST_BE_LESS_OR_EQUAL_TO}:
        raise Unknown(
            f"the bound {check.bound!r} of 'freshness' is no duration", "write for example 'freshness(placed) < 1d'"
        )
    rule = QualityRule(type="clock", metric="latestAge", column=check.column(), operator=check.operator, bound=seconds)
    return (rule,)


#: Check -> what it means.
METRICS: Mapping[str, Callable[[_Check], Meaning]] = MappingProxyType(
    {
        "row_count": _row_count,
        "missing_count": _missing("rows"),
        "missing_percent": _missing("percent"),
        "no_missing_values": _missing("rows"),
        "duplicate_count": _duplicates(is_percent=False),
        "duplicate_percent": _duplicates(is_percent=True),
        "no_duplicate_values": _duplicates(is_percent=False),
        "invalid_count": _invalid("rows"),
        "invalid_percent": _invalid("percent"),
        "no_invalid_values": _invalid("rows"),
        "distinct_count": _aggregate("count(DISTINCT {})"),
        "min": _aggregate("min({})"),
        "max": _aggregate("max({})"),
        "avg": _aggregate("avg({})"),
        "sum": _aggregate("sum({})"),
        "stddev": _aggregate("stddev_samp({})"),
        "stddev_samp": _aggregate("stddev_samp({})"),
        "stddev_pop": _aggregate("stddev_pop({})"),
        "variance": _aggregate("var_samp({})"),
        "min_length": _aggregate("min(length({}))"),
        "max_length": _aggregate("max(length({}))"),
        "avg_length": _aggregate("avg(length({}))"),
        "freshness": _freshness,
    }
)
