"""The types of columns of text: the narrowest that every text keeps its meaning in, or the declared one.

A type is inferred only where writing the value back gives the text again (whole numbers, dates), or where the text is
unmistakably of that type. So ``007``, ``1,234`` and ``01/02/2013`` stay text, and a whole number that no BIGINT holds becomes
DECIMAL(38,0), never a DOUBLE that forgets digits. An empty text is no value in every type but VARCHAR.
"""

from __future__ import annotations

import re

_NUMBER = r"[+-]?(0|[1-9][0-9]*)?(\.[0-9]*)?([eE][+-]?[0-9]+)?"
_MOMENT = r"[0-9]{4}-[0-9]{2}-[0-9]{2}[ T][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?"
_ZONE = r"(Z|[+-](0[0-9]|1[0-5])(:?[0-5][0-9])?)"
#: Inferred types, the narrowest first.
LADDER = (
    "BOOLEAN",
    "BIGINT",
    "DECIMAL(38,0)",
    "DOUBLE",
    "DATE",
    "TIME",
    "TIMESTAMP",
    "TIMESTAMP WITH TIME ZONE",
)
_DECIMAL = re.compile(r"DECIMAL\((\d+),(\d+)\)")
_WHOLE = frozenset({"TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT",
                    "UHUGEINT"})  # fmt: skip


def is_inferable(value: str, target: str) -> str:
    """Return the condition under which the text `value` is of the inferred type `target`."""
    cast = f"TRY_CAST({value} AS {target})"
    if target == "BOOLEAN":
        return f"lower({value}) IN ('true', 'false')"
    if target == "DOUBLE":
        # A whole number of more than 15 digits has no exact DOUBLE.
        is_exact = f"(length({value}) <= 15 OR regexp_matches({value}, '[.eE]'))"
        return f"({is_exact} AND regexp_full_match({value}, '{_NUMBER}') AND isfinite({cast}))"
    if target == "TIMESTAMP":
        return f"(regexp_full_match({value}, '{_MOMENT}') AND {cast} IS NOT NULL)"
    if target == "TIMESTAMP WITH TIME ZONE":
        utc = f"(suffix({value}, 'Z') AND TRY_CAST({value} AS TIMESTAMP) IS NOT NULL)"
        return f"(regexp_full_match({value}, '{_MOMENT}{_ZONE}') AND ({utc} OR {cast} IS NOT NULL))"
    return f"CAST({cast} AS VARCHAR) = {value}"


def is_of_declared(value: str, target: str) -> str:
    """Return the condition under which the text `value` is of the declared type `target`, without loss."""
    text = f"trim({value})"
    castable = f"TRY_CAST({text} AS {target}) IS NOT NULL"
    if target in _WHOLE:
        return f"(regexp_full_match({text}, '[+-]?[0-9]+') AND {castable})"
    if found := _DECIMAL.fullmatch(target):
        scale = found[2]
        return f"(regexp_full_match({text}, '[+-]?[0-9]*(\\.[0-9]{{0,{scale}}}0*)?') AND {castable})"
    if target in {"DOUBLE", "FLOAT"}:
        return f"(NOT contains({value}, '_') AND {castable})"
    if target == "DATE":
        return f"(regexp_full_match({text}, '[0-9]{{1,6}}-[0-9]{{1,2}}-[0-9]{{1,2}}') AND {castable})"
    if target in {"TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS"}:
        # An offset other than Z would be dropped without a word.
        return f"(NOT regexp_matches({text}, '[0-9] ?[+-][0-9]{{1,2}}(:?[0-9]{{2}})?$') OR length({text}) <= 10) AND {castable}"
    return castable


def is_misfit(value: str, target: str) -> str:
    """Return the condition, true or not, under which the text `value` is a value and not of the declared type `target`."""
    test = f"({has_value(value, is_declared=True)} AND NOT coalesce(({is_of_declared(value, target)}), false))"
    if target in _WHOLE or _DECIMAL.fullmatch(target):
        # A number that gives its text again needs no pattern: half the time, and most numbers are such.
        return f"CASE WHEN CAST(TRY_CAST({value} AS {target}) AS VARCHAR) = {value} THEN false ELSE {test} END"
    return test


def has_value(value: str, *, is_declared: bool) -> str:
    """Return the condition under which a text is a value of a type other than VARCHAR."""
    return f"trim({value}) <> ''" if is_declared else f"{value} <> ''"


def typed(value: str, target: str, *, is_declared: bool) -> str:
    """Return the expression that makes the text `value` a `target`; it cannot fail where the conditions hold."""
    if target == "VARCHAR":
        return value
    if is_declared:
        return f"CAST(nullif(trim({value}), '') AS {target})"
    text = f"nullif({value}, '')"
    if target == "TIMESTAMP WITH TIME ZONE":
        # The cast that reads any offset is ten times as slow as the one that needs to read none.
        utc = f"CAST(CAST({value} AS TIMESTAMP) AS {target})"
        return f"CASE WHEN suffix({value}, 'Z') THEN {utc} ELSE CAST({text} AS {target}) END"
    return f"CAST({text} AS {target})"
