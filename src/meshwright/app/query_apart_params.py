"""The parameters of a query by URL: exactly those that it names, with values that can be bound as they are."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from meshwright.diagnostics import Diagnostic, InputError, known_names_hint

#: The largest whole number that the engine knows.
_LARGEST = 2**127 - 1
_MOST_VALUES = 100_000
#: What no text of a database holds: a zero byte, and half of a pair of code units.
_UNWRITABLE = re.compile("[\x00\ud800-\udfff]")


def bound(named: Sequence[str], given: Mapping[str, object]) -> dict[str, object]:
    """Return the values of the parameters that a query names, whatever the letter case. Raises InputError (MW-H203)."""
    folded: dict[str, object] = {}
    for name, value in given.items():
        if name.casefold() in folded:
            raise _wrong(f"the parameter '{name[:60]}' is given twice", "letter case does not tell parameters apart")
        folded[name.casefold()] = value
    problems = [
        _problem(f"the parameter '${name[:60]}' has no value", "give it one in `params`")
        for name in named
        if name not in folded
    ]
    problems += [
        _problem(
            f"the query names no parameter '${name[:60]}'",
            known_names_hint(name, named, what="parameters") if named else "leave it out of `params`",
        )
        for name in given
        if name.casefold() not in named
    ]
    if problems:
        raise InputError(*problems)
    for name in named:
        _require_bindable(name, folded[name])
    return {name: folded[name] for name in named}


def _require_bindable(name: str, value: object) -> None:
    if not isinstance(value, (list, tuple)):
        _require_scalar(name, value)
        return
    if len(value) > _MOST_VALUES:
        raise _wrong(f"the parameter '{name}' has {len(value):,} values", f"{_MOST_VALUES:,} are the most")
    for each in value:
        _require_scalar(name, each)
    kinds = {
        "number" if isinstance(each, (int, float)) and not isinstance(each, bool) else type(each) for each in value
    }
    if len(kinds - {type(None)}) > 1:
        raise _wrong(f"the values of the parameter '{name}' are of several types", "give a list of one type")


def _require_scalar(name: str, value: object) -> None:
    if isinstance(value, int) and not -_LARGEST <= value <= _LARGEST:
        raise _wrong(f"the number of the parameter '{name}' is too large", "numbers have up to 38 digits")
    if value is not None and not isinstance(value, (str, int, float, bool)):
        raise _wrong(
            f"the parameter '{name}' is neither a text, a number, true, false or null, nor a list of them",
            "give such a value; dates and times are texts, cast in the query: $day::date",
        )
    if isinstance(value, str) and _UNWRITABLE.search(value):
        raise _wrong(f"the text of the parameter '{name}' holds half of a character, or none", "send it as UTF-8 text")


def _wrong(message: str, fix: str) -> InputError:
    return InputError(_problem(message, fix))


def _problem(message: str, fix: str) -> Diagnostic:
    return Diagnostic(code="MW-H203", message=message, fix=fix)
