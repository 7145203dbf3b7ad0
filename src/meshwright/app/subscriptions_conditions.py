"""Conditions of subscriptions as they are asked for: read strictly from what JSON holds."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from meshwright.diagnostics import Diagnostic, InputError, known_names_hint
from meshwright.model.eventconditions import MOST_CONDITIONS, MOST_LEVELS, Combined, Compared, Condition, Dialect

_ATTRIBUTE = re.compile(r"[a-z0-9]{1,60}")
_LONGEST = 300
_COMBINING = frozenset({Dialect.ALL, Dialect.ANY, Dialect.NOT})
_FORM = '{"prefix": {"type": "org.example."}}, {"any": [...]} or {"not": {...}}'


def read_conditions(given: object) -> tuple[Condition, ...]:
    """Read a list of filter expressions (CloudEvents Subscriptions API 1.0, 3.2.4). Raises InputError (MW-B002, MW-B016)."""
    if not isinstance(given, Sequence) or isinstance(given, str | bytes):
        raise _wrong("filters is no list", f"write a list of {_FORM}")
    read = tuple(_condition(each, f"filters[{number}]", 1) for number, each in enumerate(given))
    if (count := sum(map(_count, read))) > MOST_CONDITIONS:
        raise _wrong(f"filters holds {count} conditions", f"write {MOST_CONDITIONS} at most")
    return read


def _condition(given: object, where: str, level: int) -> Condition:
    if level > MOST_LEVELS:
        raise _wrong(f"{where} is nested too deeply", f"nest {MOST_LEVELS} levels at most")
    if not isinstance(given, Mapping) or len(given) != 1:
        raise _wrong(f"{where} is no condition", f"write an object with one dialect: {_FORM}")
    [(word, inner)] = given.items()
    try:
        dialect = Dialect(word)
    except ValueError:
        raise InputError(
            Diagnostic(
                code="MW-B016",
                message=f"{where}: no filter dialect '{str(word)[:40]}' here",
                fix=known_names_hint(str(word)[:40], list(Dialect), what="dialects"),
            )
        ) from None
    where = f"{where}.{dialect}"
    if dialect not in _COMBINING:
        return Compared(dialect=dialect, values=_values(inner, where))
    if dialect is Dialect.NOT:
        return Combined(dialect=dialect, parts=(_condition(inner, where, level + 1),))
    if not isinstance(inner, Sequence) or isinstance(inner, str) or not 1 <= len(inner) <= MOST_CONDITIONS:
        raise _wrong(f"{where} is no list of conditions", f"write 1 to {MOST_CONDITIONS} of them")
    parts = tuple(_condition(each, f"{where}[{number}]", level + 1) for number, each in enumerate(inner))
    return Combined(dialect=dialect, parts=parts)


def _values(given: object, where: str) -> tuple[tuple[str, str], ...]:
    if not isinstance(given, Mapping) or not 1 <= len(given) <= MOST_CONDITIONS:
        raise _wrong(f"{where} names no attributes", 'write for example {"type": "org.example.closed"}')
    for name, value in given.items():
        if not isinstance(name, str) or not _ATTRIBUTE.fullmatch(name) or name in {"data", "data_base64"}:
            raise _wrong(
                f"{where}: {str(name)[:60]!r} is no attribute of an event", "name one, such as type, source or subject"
            )
        if not isinstance(value, str) or not 1 <= len(value) <= _LONGEST or not value.isprintable():
            raise _wrong(f"{where}: the value of '{name}' is no text to compare", f"write 1 to {_LONGEST} characters")
    return tuple(sorted(given.items()))


def _count(condition: Condition) -> int:
    return 1 if isinstance(condition, Compared) else 1 + sum(map(_count, condition.parts))


def _wrong(message: str, fix: str) -> InputError:
    return InputError(Diagnostic(code="MW-B002", message=message, fix=fix))
