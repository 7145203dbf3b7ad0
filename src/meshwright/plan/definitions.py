"""What differs between two SQL definitions, in words. Imports sqlglot; load it only where definitions differ."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

_WHOLE = "definition changed"
#: Clause of a SELECT -> the words for a change of it, in the order people look for them.
_CLAUSES: Mapping[str, str] = {
    "from_": "table read from changed",
    "joins": "joins changed",
    "where": "filter changed",
    "group": "grouping changed",
    "having": "filter on groups changed",
    "qualify": "filter on windows changed",
    "windows": "windows changed",
    "distinct": "distinct changed",
    "order": "ordering changed",
    "limit": "limit changed",
    "offset": "offset changed",
    "laterals": "joins changed",
    "sample": "sample changed",
}
#: How many changes are named before the rest is counted.
_LISTED = 5


def definition_changes(before: str, now: str, dialect: str, *, product: str = "") -> tuple[str, ...]:
    """Name what changed between two texts that differ in meaning: ``expression of `late` changed``, ``filter changed``.

    Blind to layout, comments, the case and quotes of names, and to whether a dataset of `product` is named in
    full. Texts that cannot be compared part by part give ``definition changed``.
    """
    old, new = _parsed(before, dialect, product), _parsed(now, dialect, product)
    if old is None or new is None:
        return (_WHOLE,)
    changes = tuple(dict.fromkeys(_changes(old, new)))
    if not changes:
        return (_WHOLE,)
    if len(changes) > _LISTED:
        return (*changes[:_LISTED], f"{len(changes) - _LISTED} more changes of the definition")
    return changes


def _parsed(text: str, dialect: str, product: str) -> exp.Expression | None:
    """Read a text and even out how its names are written; None where it cannot be read."""
    try:
        found = sqlglot.parse_one(text, dialect=dialect) if text else None
    except (SqlglotError, ValueError, RecursionError):
        return None
    if not isinstance(found, exp.Expression):
        return None
    own = {cte.alias_or_name.lower() for cte in found.find_all(exp.CTE)}
    for table in list(found.find_all(exp.Table)):
        if product and not table.db and isinstance(table.this, exp.Identifier) and table.name.lower() not in own:
            domain, _, name = product.partition(".")
            table.set("db", exp.to_identifier(name))
            table.set("catalog", exp.to_identifier(domain))
    for identifier in found.find_all(exp.Identifier):
        identifier.set("quoted", False)
    return found


def _changes(old: exp.Expression, new: exp.Expression) -> Iterator[str]:
    """Compare two statements: their named subqueries first, then the statement itself."""
    old_named, new_named = _named(old), _named(new)
    for name, body in new_named.items():
        if name not in old_named:
            yield f"subquery `{name}` added"
        elif old_named[name] != body:
            inner = list(_changes(old_named[name], body)) or [_WHOLE]
            yield from (f"in `{name}`: {change}" for change in inner)
    yield from (f"subquery `{name}` removed" for name in old_named if name not in new_named)
    if isinstance(old, exp.Select) and isinstance(new, exp.Select):
        yield from _column_changes(old, new)
        yield from (words for part, words in _CLAUSES.items() if _clause(old, part) != _clause(new, part))
    elif type(old) is not type(new) or _without_with(old) != _without_with(new):
        yield _WHOLE


def _named(statement: exp.Expression) -> dict[str, exp.Expression]:
    """The CTEs of a statement by name."""
    found = statement.args.get("with_") or statement.args.get("with")
    return {cte.alias_or_name: cte.this for cte in found.expressions} if found else {}


def _column_changes(old: exp.Select, new: exp.Select) -> Iterator[str]:
    before = {column.alias_or_name: column for column in old.expressions}
    after = {column.alias_or_name: column for column in new.expressions}
    yield from (f"expression of `{name}` changed" for name in after if name in before and before[name] != after[name])
    yield from (f"column `{name}` added" for name in after if name not in before)
    yield from (f"column `{name}` removed" for name in before if name not in after)
    if set(before) == set(after) and list(before) != list(after):
        yield "order of columns changed"


def _clause(statement: exp.Select, part: str) -> object:
    """A clause under any of the names that releases of sqlglot gave it; absent and empty are one."""
    return statement.args.get(part) or statement.args.get(part.rstrip("_")) or None


def _without_with(statement: exp.Expression) -> exp.Expression:
    copy = statement.copy()
    copy.set("with_", None)
    copy.set("with", None)
    return copy
