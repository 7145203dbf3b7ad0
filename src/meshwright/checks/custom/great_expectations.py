"""Expectations of Great Expectations, as they are known since 0.13: ``{type: expect_..., kwargs: {...}}``."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

from meshwright.checks.custom.meaning import (
    Arguments,
    Meaning,
    Unknown,
    between,
    library,
    list_of,
    name_of,
    percent_left,
    query,
    rows_broken,
    share_broken,
    value_of,
)
from meshwright.diagnostics import known_names_hint
from meshwright.model import Operator, QualityRule, Scalar

#: Keys beside `kwargs` that say nothing of the data.
_WORDS = frozenset({"meta", "notes", "id", "name", "description", "severity"})
#: Arguments that say how an answer is told.
_TOLD = frozenset({"result_format", "catch_exceptions", "meta", "notes", "severity"})


def meaning_of(implementation: object, column: str | None) -> Meaning:
    """Return what an expectation means. Raises Unknown."""
    if not isinstance(implementation, Mapping):
        raise Unknown("an expectation is a mapping", "write 'type: expect_...' and 'kwargs: {...}'")
    named = Arguments("the expectation", implementation, None)
    kind = named.get("type") or named.get("expectation_type")
    if not isinstance(kind, str):
        raise Unknown("the expectation has no type", "write 'type: expect_...'")
    kwargs = named.get("kwargs")
    if kwargs is not None and not isinstance(kwargs, Mapping):
        raise Unknown("'kwargs' is no mapping", "write 'kwargs: {column: ...}'")
    if kwargs is None:
        kwargs = {
            name: value
            for name, value in implementation.items()
            if name not in {"type", "expectation_type", "expectationType"} | _WORDS
        }
    else:
        named.require_all_used(_WORDS)
    return expectation(kind, kwargs, column)


def expectation(kind: str, kwargs: Mapping[str, object], column: str | None) -> Meaning:
    """Return what an expectation means by its name and arguments. Raises Unknown."""
    found = EXPECTATIONS.get(kind)
    if found is None:
        raise Unknown(
            f"the expectation '{kind}' is not known", known_names_hint(kind, EXPECTATIONS, what="expectations")
        )
    arguments = Arguments(kind, kwargs, column)
    rules = found(arguments)
    arguments.require_all_used(_TOLD)
    return rules


def _not_null(given: Arguments) -> Meaning:
    left = percent_left(given.get("mostly"), given.rule)
    column = given.column()
    if left is None:
        return (library("nullValues", column),)
    return (library("nullValues", column, Operator.MUST_BE_LESS_OR_EQUAL_TO, left, unit="percent"),)


def _null(given: Arguments) -> Meaning:
    left = percent_left(given.get("mostly"), given.rule)
    name = name_of(given.column())
    if left is None:
        return (query(f"SELECT count({name}) FROM {{object}}"),)
    share = f"SELECT coalesce(100.0 * count({name}) / nullif(count(*), 0), 0) FROM {{object}}"
    return (query(share, Operator.MUST_BE_LESS_OR_EQUAL_TO, left),)


def _rowwise(given: Arguments, rules: Meaning, condition: Callable[[str], str]) -> Meaning:
    """Return `rules`; where only most values need to be good, the share of those that break `condition`, nulls aside."""
    left = percent_left(given.get("mostly"), given.rule)
    if left is None:
        return rules
    name = name_of(given.column())
    return (query(share_broken(name, condition(name)), Operator.MUST_BE_LESS_OR_EQUAL_TO, left),)


def _breaks(given: Arguments, condition: Callable[[str], str]) -> Meaning:
    """Return the rule that no value breaks `condition`, or not too many."""
    name = name_of(given.column())
    return _rowwise(given, (query(rows_broken(name, condition(name))),), condition)


def _unique(given: Arguments) -> Meaning:
    if percent_left(given.get("mostly"), given.rule) is not None:
        raise Unknown(f"'mostly' of '{given.rule}' is not known", "leave it out, or write 'metric: duplicateValues'")
    return (library("duplicateValues", given.column()),)


def _in_set(given: Arguments) -> Meaning:
    values = given.values("value_set")
    rules = (library("invalidValues", given.column(), validValues=values),)
    return _rowwise(given, rules, lambda name: f"{name} NOT IN {list_of(values)}")


def _not_in_set(given: Arguments) -> Meaning:
    values = tuple(value for value in given.values("value_set") if value is not None)
    rules = (library("missingValues", given.column(), missingValues=values),)
    return _rowwise(given, rules, lambda name: f"{name} IN {list_of(values)}")


def _range(given: Arguments) -> tuple[Scalar, Scalar, bool, bool]:
    low, high = given.scalar("min_value"), given.scalar("max_value")
    if low is None and high is None:
        raise Unknown(f"'{given.rule}' has no bound", "give min_value, max_value or both")
    return low, high, given.flag("strict_min"), given.flag("strict_max")


def _between(given: Arguments) -> Meaning:
    low, high, strict_low, strict_high = _range(given)
    arguments: dict[str, object] = {}
    beyond = []
    if low is not None:
        arguments["exclusiveMinimum" if strict_low else "minimum"] = low
        beyond.append(("<=" if strict_low else "<", low))
    if high is not None:
        arguments["exclusiveMaximum" if strict_high else "maximum"] = high
        beyond.append((">=" if strict_high else ">", high))
    rules = (library("invalidValues", given.column(), given=arguments),)
    return _rowwise(
        given, rules, lambda name: " OR ".join(f"{name} {sign} {value_of(bound)}" for sign, bound in beyond)
    )


def _matches(given: Arguments) -> Meaning:
    pattern = given.text("regex")
    rules = (library("invalidValues", given.column(), pattern=pattern),)
    return _rowwise(given, rules, lambda name: f"NOT regexp_matches({name}, {value_of(pattern)})")


def _not_matches(given: Arguments) -> Meaning:
    pattern = given.text("regex")
    return _breaks(given, lambda name: f"regexp_matches({name}, {value_of(pattern)})")


def _matches_list(given: Arguments) -> Meaning:
    patterns = given.texts("regex_list")
    word = given.get("match_on") or "any"
    if word not in {"any", "all"}:
        raise given.wrong("match_on", "any or all")
    joiner = " OR " if word == "any" else " AND "
    return _breaks(
        given,
        lambda name: f"NOT ({joiner.join(f'regexp_matches({name}, {value_of(each)})' for each in patterns)})",
    )


def _not_matches_list(given: Arguments) -> Meaning:
    patterns = given.texts("regex_list")
    return _breaks(given, lambda name: " OR ".join(f"regexp_matches({name}, {value_of(each)})" for each in patterns))


def _lengths(given: Arguments) -> Meaning:
    low, high, strict_low, strict_high = _range(given)
    if not all(each is None or (isinstance(each, int) and not isinstance(each, bool)) for each in (low, high)):
        raise Unknown(f"the bounds of '{given.rule}' are no whole numbers", "lengths are counted in letters")
    least = None if low is None else int(low) + strict_low
    most = None if high is None else int(high) - strict_high
    arguments = {name: bound for name, bound in (("minLength", least), ("maxLength", most)) if bound is not None}
    rules = (library("invalidValues", given.column(), given=arguments),)
    beyond = [f"< {least}"] * (least is not None) + [f"> {most}"] * (most is not None)
    return _rowwise(given, rules, lambda name: " OR ".join(f"length({name}) {each}" for each in beyond))


def _length(given: Arguments) -> Meaning:
    length = given.whole("value")
    if length is None:
        raise given.wrong("value", "a whole number")
    rules = (library("invalidValues", given.column(), minLength=length, maxLength=length),)
    return _rowwise(given, rules, lambda name: f"length({name}) <> {length}")


def _rows_between(given: Arguments) -> Meaning:
    low, high, strict_low, strict_high = _range(given)
    demands = between(low, high, strict_low=strict_low, strict_high=strict_high)
    return tuple(library("rowCount", None, operator, bound) for operator, bound in demands)


def _rows_equal(given: Arguments) -> Meaning:
    value = given.whole("value")
    if value is None:
        raise given.wrong("value", "a whole number")
    return (library("rowCount", None, Operator.MUST_BE, value),)


def _compound(given: Arguments) -> Meaning:
    columns = given.texts("column_list")
    names = [name_of(column) for column in columns]
    rows = _compared_rows(given, names, all_="all_values_are_missing", any_="any_value_is_missing")
    if given.get("ignore_row_if") == "any_value_is_missing":
        return (library("duplicateValues", None, properties=columns),)
    groups = f"SELECT count(*) AS n FROM {{object}} WHERE {rows} GROUP BY {', '.join(names)} HAVING count(*) > 1"
    return (query(f"SELECT coalesce(sum(n), 0) FROM ({groups}) AS g"),)


def _aggregate(expression: str) -> Callable[[Arguments], Meaning]:
    """Return the meaning of an expectation on one value of a column, between bounds."""

    def meaning(given: Arguments) -> Meaning:
        name = name_of(given.column())
        low, high, strict_low, strict_high = _range(given)
        text = f"SELECT {expression.format(name)} FROM {{object}}"
        demands = between(low, high, strict_low=strict_low, strict_high=strict_high)
        return tuple(query(text, operator, bound) for operator, bound in demands)

    return meaning


def _contains(given: Arguments) -> Meaning:
    return (_all_there(given, given.values("value_set")),)


def _all_there(given: Arguments, values: tuple[Scalar, ...]) -> QualityRule:
    listed = tuple(dict.fromkeys(value for value in values if value is not None))
    name = name_of(given.column())
    return query(
        f"SELECT count(DISTINCT {name}) FROM {{object}} WHERE {name} IN {list_of(listed)}",
        Operator.MUST_BE,
        len(listed),
    )


def _distinct_in(given: Arguments) -> Meaning:
    return (library("invalidValues", given.column(), validValues=given.values("value_set")),)


def _distinct_equal(given: Arguments) -> Meaning:
    return (*_distinct_in(given), _all_there(given, given.values("value_set")))


def _pair(sign: str) -> Callable[[Arguments], Meaning]:
    """Return the meaning of an expectation that compares two columns of a row."""

    def meaning(given: Arguments) -> Meaning:
        comparison = sign
        if sign == ">" and given.flag("or_equal"):
            comparison = ">="
        a, b = name_of(given.text("column_a")), name_of(given.text("column_b"))
        rows = _compared_rows(given, (a, b), all_="both_values_are_missing", any_="either_value_is_missing")
        return (query(f"SELECT count(*) FROM {{object}} WHERE {rows} AND NOT coalesce({a} {comparison} {b}, false)"),)

    return meaning


def _compared_rows(given: Arguments, names: Sequence[str], *, all_: str, any_: str) -> str:
    """Return the condition of the rows that an expectation on several columns is about; all but those of nulls alone."""
    word = given.get("ignore_row_if") or all_
    if word not in {all_, any_, "never"}:
        raise given.wrong("ignore_row_if", f"{all_}, {any_} or never")
    if word == "never":
        return "true"
    joiner = " OR " if word == all_ else " AND "
    return f"({joiner.join(f'{name} IS NOT NULL' for name in names)})"


def _sum_of(given: Arguments) -> Meaning:
    names = [name_of(column) for column in given.texts("column_list")]
    total = given.scalar("sum_total")
    if total is None:
        raise given.wrong("sum_total", "a number")
    rows = _compared_rows(given, names, all_="all_values_are_missing", any_="any_value_is_missing")
    equal = f"coalesce({' + '.join(names)} = {value_of(total)}, false)"
    return (query(f"SELECT count(*) FROM {{object}} WHERE {rows} AND NOT {equal}"),)


def _exists(given: Arguments) -> Meaning:
    # Reads nothing: where there is no such column, the query cannot be bound, and that is found before a run.
    return (query(f"SELECT count(*) FROM {{object}} WHERE false AND {name_of(given.column())} IS NULL"),)


def _strftime(given: Arguments) -> Meaning:
    letters = given.text("strftime_format")
    return _breaks(given, lambda name: f"try_strptime({name}, {value_of(letters)}) IS NULL")


def _json(given: Arguments) -> Meaning:
    return _breaks(given, lambda name: f"NOT json_valid({name})")


#: Expectation -> what it means.
EXPECTATIONS: Mapping[str, Callable[[Arguments], Meaning]] = MappingProxyType(
    {
        "expect_column_values_to_not_be_null": _not_null,
        "expect_column_values_to_be_null": _null,
        "expect_column_values_to_be_unique": _unique,
        "expect_column_values_to_be_in_set": _in_set,
        "expect_column_values_to_not_be_in_set": _not_in_set,
        "expect_column_values_to_be_between": _between,
        "expect_column_values_to_match_regex": _matches,
        "expect_column_values_to_not_match_regex": _not_matches,
        "expect_column_values_to_match_regex_list": _matches_list,
        "expect_column_values_to_not_match_regex_list": _not_matches_list,
        "expect_column_value_lengths_to_be_between": _lengths,
        "expect_column_value_lengths_to_equal": _length,
        "expect_column_values_to_match_strftime_format": _strftime,
        "expect_column_values_to_be_json_parseable": _json,
        "expect_column_to_exist": _exists,
        "expect_column_distinct_values_to_be_in_set": _distinct_in,
        "expect_column_distinct_values_to_contain_set": _contains,
        "expect_column_distinct_values_to_equal_set": _distinct_equal,
        "expect_column_min_to_be_between": _aggregate("min({})"),
        "expect_column_max_to_be_between": _aggregate("max({})"),
        "expect_column_mean_to_be_between": _aggregate("avg({})"),
        "expect_column_median_to_be_between": _aggregate("median({})"),
        "expect_column_sum_to_be_between": _aggregate("sum({})"),
        "expect_column_stdev_to_be_between": _aggregate("stddev_samp({})"),
        "expect_column_unique_value_count_to_be_between": _aggregate("count(DISTINCT {})"),
        "expect_column_proportion_of_unique_values_to_be_between": _aggregate(
            "CAST(count(DISTINCT {0}) AS DOUBLE) / nullif(count({0}), 0)"
        ),
        "expect_table_row_count_to_be_between": _rows_between,
        "expect_table_row_count_to_equal": _rows_equal,
        "expect_compound_columns_to_be_unique": _compound,
        "expect_column_pair_values_a_to_be_greater_than_b": _pair(">"),
        "expect_column_pair_values_to_be_equal": _pair("="),
        "expect_multicolumn_sum_to_equal": _sum_of,
    }
)
