"""Data tests of dbt, of its packages dbt_utils and dbt_expectations: ``not_null``, ``{accepted_values: {values: [..]}}``."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

from meshwright.checks.custom import great_expectations
from meshwright.checks.custom.meaning import (
    Arguments,
    Meaning,
    Unknown,
    between,
    library,
    name_of,
    query,
    rows_broken,
    snake_case,
)
from meshwright.diagnostics import known_names_hint
from meshwright.model import Operator
from meshwright.sql import quote_identifier

_REFERENCE = re.compile(r"""\s*(?:ref\(\s*)?['"]?([A-Za-z_][A-Za-z0-9_.]*)['"]?\s*\)?\s*""")
_EXPECTATIONS = "dbt_expectations."
#: Keys that say how a test is run or told.
_WORDS = frozenset({"name", "description", "tags", "meta"})
_CONFIG = frozenset({"severity", "tags", "meta", "enabled", "store_failures", "limit", "alias"})


def meaning_of(implementation: object, column: str | None) -> Meaning:
    """Return what tests mean: a name, or a mapping of one name to its arguments, or a list of them. Raises Unknown."""
    if isinstance(implementation, str):
        return _test(implementation.strip(), {}, column)
    if isinstance(implementation, Sequence):
        return tuple(rule for each in implementation for rule in meaning_of(each, column))
    if not isinstance(implementation, Mapping) or not implementation:
        raise Unknown("a test of dbt is a name or a mapping", "write 'not_null', or 'accepted_values: {values: [...]}'")
    for key in ("tests", "data_tests"):
        if key in implementation and len(implementation) == 1:
            return meaning_of(implementation[key], column)
    named = implementation.get("test") or implementation.get("test_name") or implementation.get("type")
    if isinstance(named, str):
        rest = {name: value for name, value in implementation.items() if name not in {"test", "test_name", "type"}}
        return _test(named, rest, column)
    if len(implementation) == 1:
        ((name, arguments),) = implementation.items()
        if arguments is None or isinstance(arguments, Mapping):
            return _test(str(name), arguments or {}, column)
    raise Unknown("the test has no name", f"write one test; {known_names_hint('', TESTS, what='tests')}")


def _test(name: str, arguments: Mapping[str, object], column: str | None) -> Meaning:
    given = dict(arguments)
    inner = given.pop("arguments", None)
    if isinstance(inner, Mapping):
        given |= inner
    _check_config(name, given.pop("config", None))
    if "column_name" in given:
        given["column"] = given.pop("column_name")
    if name.startswith(_EXPECTATIONS):
        own = {each: value for each, value in given.items() if each not in _WORDS}
        return great_expectations.expectation(name.removeprefix(_EXPECTATIONS), own, column)
    found = TESTS.get(name)
    if found is None:
        raise Unknown(f"the test '{name}' is not known", known_names_hint(name, TESTS, what="tests"))
    taken = Arguments(name, given, column)
    rules = found(taken)
    taken.require_all_used(_WORDS)
    return rules


def _check_config(name: str, config: object) -> None:
    """Refuse settings that change what is tested: which rows, and how many may fail."""
    for key in config if isinstance(config, Mapping) else ():
        if snake_case(str(key)) not in _CONFIG:
            raise Unknown(f"'{key}' in the config of '{name}' is not known", "write the rule as 'type: sql'")


def _accepted_values(given: Arguments) -> Meaning:
    given.get("quote")
    return (library("invalidValues", given.column(), validValues=given.values("values")),)


def _relationships(given: Arguments) -> Meaning:
    to = _REFERENCE.fullmatch(given.text("to"))
    if to is None:
        raise given.wrong("to", "a reference: ref('customers')")
    field, own = name_of(given.text("field")), name_of(given.column())
    table = ".".join(quote_identifier(part) for part in to[1].split("."))
    known = f"EXISTS (SELECT 1 FROM {table} AS parent WHERE parent.{field} = child.{own})"
    return (query(f"SELECT count(*) FROM {{object}} AS child WHERE child.{own} IS NOT NULL AND NOT {known}"),)


def _accepted_range(given: Arguments) -> Meaning:
    low, high = given.scalar("min_value"), given.scalar("max_value")
    is_inclusive = given.flag("inclusive", default=True)
    if low is None and high is None:
        raise Unknown("'dbt_utils.accepted_range' has no bound", "give min_value, max_value or both")
    names = ("minimum", "maximum") if is_inclusive else ("exclusiveMinimum", "exclusiveMaximum")
    arguments = {name: bound for name, bound in zip(names, (low, high), strict=True) if bound is not None}
    return (library("invalidValues", given.column(), given=arguments),)


def _unique_combination(given: Arguments) -> Meaning:
    names = [name_of(column) for column in given.texts("combination_of_columns")]
    given.get("quote_columns")
    groups = f"SELECT 1 FROM {{object}} GROUP BY {', '.join(names)} HAVING count(*) > 1"
    return (query(f"SELECT count(*) FROM ({groups}) AS g"),)


def _not_empty_string(given: Arguments) -> Meaning:
    name = name_of(given.column())
    text = f"trim({name})" if given.flag("trim_whitespace", default=True) else name
    return (query(rows_broken(name, f"{text} = ''")),)


def _expression(given: Arguments) -> Meaning:
    expression = given.text("expression")
    if "{" in expression or "}" in expression:
        raise Unknown("the expression holds a brace", "write the rule as 'type: sql'")
    column = given.get("column")
    subject = f"{name_of(str(column))} {expression}" if column is not None else expression
    return (query(f"SELECT count(*) FROM {{object}} WHERE NOT ({subject})"),)


def _not_null_proportion(given: Arguments) -> Meaning:
    least, most = given.scalar("at_least"), given.scalar("at_most")
    if least is None and most is None:
        raise given.wrong("at_least", "a share between 0 and 1")
    text = f"SELECT CAST(count({name_of(given.column())}) AS DOUBLE) / nullif(count(*), 0) FROM {{object}}"
    return tuple(query(text, operator, bound) for operator, bound in between(least, 1.0 if most is None else most))


def _at_least_one(given: Arguments) -> Meaning:
    return (query(f"SELECT count({name_of(given.column())}) FROM {{object}}", Operator.MUST_BE_GREATER_THAN, 0),)


def _not_constant(given: Arguments) -> Meaning:
    name = name_of(given.column())
    return (query(f"SELECT count(DISTINCT {name}) FROM {{object}}", Operator.MUST_NOT_BE, 1),)


def _not_accepted_values(given: Arguments) -> Meaning:
    given.get("quote")
    values = tuple(value for value in given.values("values") if value is not None)
    return (library("missingValues", given.column(), missingValues=values),)


#: Test -> what it means; those of dbt_expectations are the expectations of Great Expectations.
TESTS: Mapping[str, Callable[[Arguments], Meaning]] = MappingProxyType(
    {
        "not_null": lambda given: (library("nullValues", given.column()),),
        "unique": lambda given: (library("duplicateValues", given.column()),),
        "accepted_values": _accepted_values,
        "relationships": _relationships,
        "dbt_utils.accepted_range": _accepted_range,
        "dbt_utils.unique_combination_of_columns": _unique_combination,
        "dbt_utils.not_empty_string": _not_empty_string,
        "dbt_utils.expression_is_true": _expression,
        "dbt_utils.not_null_proportion": _not_null_proportion,
        "dbt_utils.at_least_one": _at_least_one,
        "dbt_utils.not_constant": _not_constant,
        "dbt_utils.not_accepted_values": _not_accepted_values,
    }
)
