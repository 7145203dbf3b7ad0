"""Comparing by key: one join of both versions, in which every row of a key meets the other version's row of that key."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import duckdb

from meshwright.diagnostics import known_names_hint
from meshwright.engines.duckdb.differences import Differences, Sides, least_rows, shown_side
from meshwright.engines.duckdb.equality import Pair, differs, grouping
from meshwright.engines.duckdb.names import quoted
from meshwright.engines.protocol import DifferingRow


class NoKey(Exception):
    """Why columns do not name a row, in words."""


def key_pairs(pairs: Sequence[Pair], key: Sequence[str], names: Mapping[str, Sequence[str]]) -> tuple[Pair, ...]:
    """Return the pairs of the key's columns; `names` holds all columns by version. Raises NoKey."""
    by_name = {pair.after.name.casefold(): pair for pair in pairs}
    for name in key:
        if name.casefold() in by_name:
            continue
        for version, columns in names.items():
            if name.casefold() not in {column.casefold() for column in columns}:
                raise NoKey(
                    f"the {version} version has no column '{name}'; {known_names_hint(name, columns, what='columns')}"
                )
    return tuple(by_name[name] for name in dict.fromkeys(name.casefold() for name in key))


def check_key(cursor: duckdb.DuckDBPyConnection, source: str, key: Sequence[Pair], *, is_after: bool) -> None:
    """Raise NoKey where the key is null or not unique in a version; one pass over its columns."""
    nulls = " OR ".join(f"{quoted((pair.after if is_after else pair.before).name)} IS NULL" for pair in key)
    places, keys = _keys(key, is_after=is_after)
    row = cursor.execute(
        f"SELECT coalesce(sum(n) FILTER (WHERE is_null), 0), count(*) FILTER (WHERE n > 1) FROM ("
        f"SELECT {nulls} AS is_null, count(*) AS n FROM (SELECT *, {keys} FROM {source}) GROUP BY {places}, is_null)"
    ).fetchone()
    assert row is not None
    null_rows, repeated = row
    version = "later" if is_after else "earlier"
    named = f"the key ({', '.join(pair.after.name for pair in key)})"
    if null_rows:
        raise NoKey(f"{named} holds a null in {null_rows:,} {_plural(null_rows, 'row')} of the {version} version")
    if repeated:
        raise NoKey(
            f"{named} is not unique in the {version} version: {repeated:,} of its values "
            f"{'stands' if repeated == 1 else 'stand'} for several rows"
        )


def match_rows(cursor: duckdb.DuckDBPyConnection, sides: Sides, key: Sequence[Pair]) -> Differences:
    """Join both sides by a key that is unique in each and count what differs."""
    places = [place for place, _ in _numbered(key)]
    values = [pair for pair in sides.pairs if pair not in key]
    changes = {f"d{place}": pair for place, pair in enumerate(sides.pairs) if pair in values}
    before = {f"b{place}": pair.before for place, pair in enumerate(sides.pairs)}
    after = {f"a{place}": pair.after for place, pair in enumerate(sides.pairs)}
    is_changed = " OR ".join(changes) or "false"
    samples = [
        least_rows({alias: column.type for alias, column in shown.items()}, places, condition, sides.sample_rows)
        for shown, condition in (
            (after, "is_before IS NULL"),
            (before, "is_after IS NULL"),
            (before | after, is_changed),
        )
    ]
    counts = ["is_before IS NULL", "is_after IS NULL", is_changed, *changes]
    items = [*(f"count(*) FILTER (WHERE {condition})" for condition in counts), *samples]
    row = cursor.execute(f"SELECT {', '.join(items)} FROM ({_joined(sides, key, changes)})").fetchone()
    assert row is not None
    added, removed, changed, *by_alias = row[: len(counts)]
    by_column = dict(zip(changes, by_alias, strict=True))
    names = [{alias: column.name for alias, column in shown.items()} for shown in (before, after)]
    return Differences(
        added=added,
        removed=removed,
        changed=changed,
        changed_by_column=tuple(by_column.get(f"d{place}", 0) for place in range(len(sides.pairs))),
        sample=tuple(_sample(row[len(counts) :], *names)),
    )


def _joined(sides: Sides, key: Sequence[Pair], changes: Mapping[str, Pair]) -> str:
    """Return the join: the key, the values of both sides, and what differs in rows that both have."""
    places = [place for place, _ in _numbered(key)]
    on = " AND ".join(f"b.{place} IS NOT DISTINCT FROM a.{place}" for place in places)
    items = [f"coalesce(b.{place}, a.{place}) AS {place}" for place in places]
    for alias, pair in changes.items():
        condition = differs(pair, f"b{alias[1:]}", f"a{alias[1:]}", sides.tolerance)
        items.append(f"is_before AND is_after AND {condition} AS {alias}")
    return (
        f"SELECT b.* EXCLUDE ({', '.join(places)}), a.* EXCLUDE ({', '.join(places)}), {', '.join(items)} "
        f"FROM ({_side(sides, key, is_after=False)}) AS b FULL JOIN ({_side(sides, key, is_after=True)}) AS a ON {on}"
    )


def _side(sides: Sides, key: Sequence[Pair], *, is_after: bool) -> str:
    letter, source = ("a", sides.after) if is_after else ("b", sides.before)
    columns = [pair.after if is_after else pair.before for pair in sides.pairs]
    items = [f"{quoted(column.name)} AS {letter}{place}" for place, column in enumerate(columns)]
    _, keys = _keys(key, is_after=is_after)
    return f"SELECT {', '.join([keys, *items])}, true AS {'is_after' if is_after else 'is_before'} FROM {source}"


def _keys(key: Sequence[Pair], *, is_after: bool) -> tuple[str, str]:
    """Return the aliases of what a key is matched by, and the select list that gives them."""
    found = list(_numbered(key, is_after=is_after))
    return ", ".join(place for place, _ in found), ", ".join(f"{value} AS {place}" for place, value in found)


def _numbered(key: Sequence[Pair], *, is_after: bool = True) -> Iterator[tuple[str, str]]:
    values = (value for pair in key for value in grouping(pair, is_after=is_after))
    return ((f"k{place}", value) for place, value in enumerate(values))


def _sample(
    found: Sequence[Sequence[Mapping[str, object]] | None], before: Mapping[str, str], after: Mapping[str, str]
) -> Iterator[DifferingRow]:
    added, removed, changed = (rows or () for rows in found)
    for row in added:
        yield DifferingRow(before=None, after=shown_side(row, after))
    for row in removed:
        yield DifferingRow(before=shown_side(row, before), after=None)
    for row in changed:
        yield DifferingRow(before=shown_side(row, before), after=shown_side(row, after))


def _plural(count: int, noun: str) -> str:
    return noun if count == 1 else f"{noun}s"
