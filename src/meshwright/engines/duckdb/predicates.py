"""Rules on one column, written as SQL conditions.

Arguments are those of ODCS: `missingValues`, `validValues`, `pattern` (found anywhere in the text, as in JSON Schema; RE2
syntax, so without look-around), `minimum`, `maximum`, `exclusiveMinimum`, `exclusiveMaximum`, `multipleOf`, `minLength`,
`maxLength`, `minItems`, `maxItems`, `uniqueItems`, `format`. NaN breaks every range.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

from meshwright.diagnostics import known_names_hint
from meshwright.engines.duckdb.formats import UnknownFormat, not_of_format
from meshwright.engines.duckdb.names import literal, quoted

_TEXTS = frozenset({"VARCHAR", "JSON", "UUID"})
_FLOATS = frozenset({"DOUBLE", "FLOAT"})
_BOUNDS = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum")
#: Types whose values compare with a whole number of 64 bits as they are, whichever it is.
_COMPARABLE = frozenset({"BIGINT", "DOUBLE", "INTEGER", "SMALLINT", "TINYINT", "UINTEGER", "USMALLINT", "UTINYINT"})
#: Numbers beyond are not read as 64 bits.
_LEAST_WIDE = 1 << 63


class UnusableArgument(ValueError):
    """An argument of a rule that cannot be measured on this column."""


def missing_condition(column: str, type_text: str, arguments: Mapping[str, object]) -> str:
    """Return the condition under which a value is missing: null (where not left out of the list) or a listed one."""
    listed = arguments.get("missingValues")
    if listed is None:
        return f"{quoted(column)} IS NULL"
    values = _list("missingValues", listed)
    parts = [f"{quoted(column)} IS NULL"] if any(value is None for value in values) else []
    texts = [value for value in values if value is not None]
    if texts:
        parts.append(_is_one_of(column, type_text, texts))
    return f"({' OR '.join(parts) or 'false'})"


def invalid_condition(column: str, type_text: str, arguments: Mapping[str, object]) -> str:
    """Return the condition under which a value is there and breaks any of the arguments. Raises UnusableArgument."""
    if not arguments:
        raise UnusableArgument("the rule says nothing about what is valid: give validValues, pattern or bounds")
    parts = []
    for name, argument in arguments.items():
        rule = _RULES.get(name)
        if rule is None:
            raise UnusableArgument(f"'{name}' cannot be measured; {known_names_hint(name, _RULES, what='arguments')}")
        parts.append(rule(column, type_text, argument))
    return f"({quoted(column)} IS NOT NULL AND ({' OR '.join(parts)}))"


def constants(type_text: str, arguments: Mapping[str, object]) -> tuple[str, ...]:
    """Return expressions of no column that must have a value, or the rule means nothing: DuckDB computes none where no row is."""
    found = []
    pattern = arguments.get("pattern")
    if isinstance(pattern, str):
        found.append(f"regexp_matches('', {literal(pattern)})")
    if type_text not in _TEXTS:
        bounds = (arguments.get(name) for name in _BOUNDS)
        found += [f"CAST({literal(bound)} AS {type_text})" for bound in bounds if isinstance(bound, str)]
    return tuple(found)


def unheld_values(type_text: str, arguments: Mapping[str, object]) -> str | None:
    """Return the expression for whether no value of a type is among ``missingValues``; None where one is for sure."""
    values = arguments.get("missingValues")
    if not isinstance(values, (list, tuple)) or type_text in _TEXTS or None in values:
        return None
    held = (f"TRY_CAST({literal(_text(value))} AS {type_text}) IS NULL" for value in values)
    return " AND ".join(held) or "true"


def _list(name: str, value: object) -> Sequence[object]:
    if isinstance(value, str) or not isinstance(value, Sequence):
        raise UnusableArgument(f"'{name}' must be a list")
    return value


def _text(value: object) -> str:
    """Return a value of a document as the engine reads it."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _is_one_of(column: str, type_text: str, values: Sequence[object]) -> str:
    """Return the condition that the column holds one of `values`; what is no value of its type is never held."""
    if type_text in _TEXTS:
        return f"CAST({quoted(column)} AS VARCHAR) IN ({', '.join(literal(_text(value)) for value in values)})"
    if type_text in _COMPARABLE and all(map(_is_plain_number, values)):
        # As constants, which DuckDB looks up in a table and compares with the statistics of row groups.
        return f"{quoted(column)} IN ({', '.join(map(str, values))})"
    items = ", ".join(f"TRY_CAST({literal(_text(value))} AS {type_text})" for value in values)
    return f"coalesce({quoted(column)} IN ({items}), false)"


def _is_plain_number(value: object) -> bool:
    """Whether SQL reads a value as the number that it is."""
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) < _LEAST_WIDE


def _not_valid(column: str, type_text: str, argument: object) -> str:
    values = [value for value in _list("validValues", argument) if value is not None]
    return f"NOT {_is_one_of(column, type_text, values)}" if values else "true"


def _no_match(column: str, _: str, argument: object) -> str:
    if not isinstance(argument, str):
        raise UnusableArgument("'pattern' must be a regular expression")
    if not argument:
        raise UnusableArgument("'pattern' is empty, and every text matches that")
    return f"NOT regexp_matches(CAST({quoted(column)} AS VARCHAR), {literal(argument)})"


def _beyond(name: str, comparison: str) -> Callable[[str, str, object], str]:
    """Return the rule of a bound: the condition under which a value lies beyond it."""

    def rule(column: str, type_text: str, argument: object) -> str:
        if isinstance(argument, bool) or not isinstance(argument, (int, float, str)):
            raise UnusableArgument(f"'{name}' must be a number or a date")
        if type_text in _TEXTS:
            bound = literal(_text(argument))
            if not isinstance(argument, str):
                raise UnusableArgument(f"'{name}' is a number, but column '{column}' is {type_text}")
        elif isinstance(argument, str):
            bound = f"CAST({literal(argument)} AS {type_text})"
        else:
            bound = repr(argument)
        nan = f"isnan({quoted(column)}) OR " if type_text in _FLOATS else ""
        return f"({nan}{quoted(column)} {comparison} {bound})"

    return rule


def _not_multiple(column: str, type_text: str, argument: object) -> str:
    if isinstance(argument, bool) or not isinstance(argument, (int, float)) or argument <= 0:
        raise UnusableArgument("'multipleOf' must be a positive number")
    if type_text in _TEXTS:
        raise UnusableArgument(f"'multipleOf' is about numbers, but column '{column}' is {type_text}")
    if type_text in _FLOATS:
        # 10.5 is a multiple of 0.1, and no float is 0.1: a part in a billion is no difference.
        times = f"({quoted(column)} / {float(argument)!r})"
        return f"(isnan({quoted(column)}) OR abs({times} - round({times})) > 1e-9 * greatest(1, abs({times})))"
    return f"({quoted(column)} % {argument!r} <> 0)"


def _length(name: str, comparison: str) -> Callable[[str, str, object], str]:
    """Return the rule of a length, of texts in characters and of lists in elements."""

    def rule(column: str, type_text: str, argument: object) -> str:
        if isinstance(argument, bool) or not isinstance(argument, int):
            raise UnusableArgument(f"'{name}' must be a whole number")
        if type_text.endswith("[]"):
            length = f"len({quoted(column)})"
        elif type_text in _TEXTS:
            length = f"length(CAST({quoted(column)} AS VARCHAR))"
        elif type_text == "BLOB":
            length = f"octet_length({quoted(column)})"
        else:
            raise UnusableArgument(f"'{name}' is about texts, but column '{column}' is {type_text}")
        return f"({length} {comparison} {argument})"

    return rule


def _not_unique(column: str, type_text: str, argument: object) -> str:
    if argument is not True:
        raise UnusableArgument("'uniqueItems' must be true; without it items may repeat")
    if not type_text.endswith("[]"):
        raise UnusableArgument(f"'uniqueItems' is about lists, but column '{column}' is {type_text}")
    nulls = f"len(list_filter({quoted(column)}, lambda e: e IS NULL))"
    return f"(len({quoted(column)}) <> len(list_distinct({quoted(column)})) + {nulls})"


def _not_formatted(column: str, type_text: str, argument: object) -> str:
    try:
        return not_of_format(column, type_text, argument)
    except UnknownFormat as error:
        raise UnusableArgument(str(error)) from error


_RULES: Mapping[str, Callable[[str, str, object], str]] = MappingProxyType(
    {
        "validValues": _not_valid,
        "pattern": _no_match,
        "minimum": _beyond("minimum", "<"),
        "maximum": _beyond("maximum", ">"),
        "exclusiveMinimum": _beyond("exclusiveMinimum", "<="),
        "exclusiveMaximum": _beyond("exclusiveMaximum", ">="),
        "multipleOf": _not_multiple,
        "minLength": _length("minLength", "<"),
        "maxLength": _length("maxLength", ">"),
        "minItems": _length("minItems", "<"),
        "maxItems": _length("maxItems", ">"),
        "uniqueItems": _not_unique,
        "format": _not_formatted,
    }
)
