"""Parameters as a statement gets them: always of the declared type, whatever the value, so no value changes a column's type.

| declared | in SQL |
|---|---|
| integer | BIGINT |
| number | DOUBLE |
| string | VARCHAR |
| boolean | BOOLEAN |
| date | DATE |
| timestamp | TIMESTAMP; TIMESTAMP WITH TIME ZONE where the value has an offset |
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import TypeVar

import duckdb
from duckdb import sqltypes

from meshwright.diagnostics import Diagnostic, InputError
from meshwright.engines.duckdb.errors import Statement
from meshwright.engines.duckdb.names import literal
from meshwright.engines.duckdb.text import Select
from meshwright.model import Scalar

_LARGEST = 2**63 - 1
_Day = TypeVar("_Day", dt.date, dt.datetime)


def bound_params(
    select: Select, values: Mapping[str, Scalar], types: Mapping[str, str], statement: Statement
) -> dict[str, object]:
    """Return the values of the parameters that `select` uses, typed as declared.

    Raises InputError (MW-E105) for one that is missing, or no value of its type.
    """
    # The engine knows parameters without regard to letter case.
    known = {name.casefold(): name for name in values}
    missing = sorted(name for name in select.params if name.casefold() not in known)
    if missing:
        raise _unusable(statement, f"parameter '${missing[0]}' has no value", f"declare '{missing[0]}' under params")
    names = {name: known[name.casefold()] for name in select.params}
    return {name: _typed(values[own], types.get(own), own, statement) for name, own in names.items()}


def literal_params(values: Mapping[str, Scalar], types: Mapping[str, str]) -> dict[str, str]:
    """Return each parameter, its name folded, as a literal of the type it is bound with: CREATE VIEW takes no parameters."""
    return {name.casefold(): _literal(value, types.get(name)) for name, value in values.items()}


def _literal(value: Scalar, declared: str | None) -> str:
    if value is None:
        return "NULL"
    if declared is None and isinstance(value, int) and not isinstance(value, bool):
        return f"({value})"
    if declared is None:
        kind = "BOOLEAN" if isinstance(value, bool) else "DOUBLE" if isinstance(value, float) else "VARCHAR"
        return f"(CAST({literal(str(value))} AS {kind}))"
    typed = _typed_value(value, declared)
    return f"(CAST({literal(str(typed.object))} AS {typed.type}))"


def _typed(value: Scalar, declared: str | None, name: str, statement: Statement) -> object:
    """Return `value` as the engine shall see it; without a declared type it is as Python types it."""
    if value is None or declared is None:
        return value
    try:
        typed = _typed_value(value, declared)
    except ValueError as error:
        raise _unusable(
            statement, f"parameter '{name}' is declared {declared}, and '{value}' is none", str(error)
        ) from error
    return typed


def _typed_value(value: str | float | bool, declared: str) -> duckdb.Value:
    """Return `value` with the type that stands for `declared`. Raises ValueError saying what to write."""
    match declared:
        case "integer":
            if isinstance(value, bool) or not isinstance(value, int) or not -_LARGEST - 1 <= value <= _LARGEST:
                raise ValueError(f"write a whole number from -{_LARGEST + 1} to {_LARGEST}")
            return duckdb.Value(value, sqltypes.BIGINT)
        case "number":
            return duckdb.Value(_number(value), sqltypes.DOUBLE)
        case "boolean":
            if not isinstance(value, bool):
                raise ValueError("write true or false")  # noqa: TRY004  told to the user as the others are
            return duckdb.Value(value, sqltypes.BOOLEAN)
        case "date":
            return duckdb.Value(_moment(dt.date, value, "write it as 2013-01-31"), sqltypes.DATE)
        case "timestamp":
            moment = _moment(dt.datetime, value, "write it as 2013-01-31T12:00:00 or 2013-01-31T12:00:00Z")
            return duckdb.Value(moment, sqltypes.TIMESTAMP if moment.tzinfo is None else sqltypes.TIMESTAMP_TZ)
        case _:
            return duckdb.Value(str(value), sqltypes.VARCHAR)


def _number(value: str | float | bool) -> float:
    if isinstance(value, (bool, str)):
        raise ValueError("write a number without quotes")  # noqa: TRY004  as above
    try:
        return float(value)
    except OverflowError:
        raise ValueError("write a number that a DOUBLE holds") from None


def _moment(kind: type[_Day], value: object, form: str) -> _Day:
    try:
        return kind.fromisoformat(str(value))
    except ValueError:
        raise ValueError(form) from None


def _unusable(statement: Statement, message: str, fix: str) -> InputError:
    return InputError(
        Diagnostic(code="MW-E105", message=message, span=statement.span, fix=fix, object=statement.dataset)
    )
