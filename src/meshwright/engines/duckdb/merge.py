"""Merging: new rows meet those of the version before by their key, and the result is written as one file.

Keys and values are compared in the canonical form of the content digest: rows that have one digest change nothing. Both
sides are read from files under aliases of their own (`c0`, `k0`, ...), so that no column's name is in the way.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import duckdb

from meshwright.diagnostics import Diagnostic, InputError, known_names_hint
from meshwright.engines.duckdb.build import built_table, copy_rows, removed_on_failure
from meshwright.engines.duckdb.casts import converted, survives
from meshwright.engines.duckdb.equality import canonical
from meshwright.engines.duckdb.errors import Statement, engine_errors, words_of
from meshwright.engines.duckdb.known import KnownStatements
from meshwright.engines.duckdb.names import quoted
from meshwright.engines.duckdb.scans import cast_of, conformed, source_of
from meshwright.engines.duckdb.windows import Place, check_times, time_column
from meshwright.engines.protocol import BuiltTable, MergeBuild, Relation
from meshwright.frozen import dataclass
from meshwright.model import ByMerging, Column, Columns, Merge
from meshwright.model.merging import VALID_FROM, VALIDITY, column_named, merge_problem, merged_columns, stored_of_new

#: Keys that a message shows.
_SHOWN_KEYS = 3
_SHOWN_LETTERS = 60


@dataclass(frozen=True, kw_only=True, slots=True)
class _Sides:
    """Both sides under aliases, each a SELECT in parentheses.

    Stored columns of the new rows are `c0`.. on both sides, keys in canonical form `k0`.., what else is compared `o0`..;
    new rows have `gone` and `since` besides, standing ones `valid_from`, `valid_to`, `is_current` where they are kept.
    """

    fresh: str
    standing: str
    #: The stored columns of the new rows; how many are the key's, and how many are compared.
    columns: Columns
    keys: int
    others: int

    @property
    def stored(self) -> int:
        """Number of stored columns."""
        return len(self.columns)


def build_merge(
    cursor: duckdb.DuckDBPyConnection, build: MergeBuild, fresh: Relation, target: str, known: KnownStatements
) -> BuiltTable:
    """Merge `fresh` rows, which lie in files, into those before. Raises as `Session.build_merge`."""
    statement = Statement(dataset=build.dataset, span=build.span)
    merging = build.merging
    if problem := merge_problem(fresh.columns, merging):
        raise _problem(
            build, "MW-E109", f"the new rows of {build.dataset} cannot be merged: {problem.message}", problem.fix
        )
    columns = merged_columns(fresh.columns, merging)
    with removed_on_failure(target) as file, engine_errors(statement):
        _check_keys(cursor, build, fresh)
        sides = _sides(build, fresh, _checked_standing(cursor, build, columns), columns)
        if merging.merge is Merge.SCD2:
            _check_ages(cursor, build, sides)
            query = _history(sides, build)
        else:
            query = _replaced(sides)
        names = ", ".join(f"c{place} AS {quoted(column.name)}" for place, column in enumerate(columns))
        rows = copy_rows(cursor, f"SELECT {names} FROM ({query})", file)
        return built_table(cursor, columns, file, rows, known)


def _sides(build: MergeBuild, fresh: Relation, standing: str, columns: Columns) -> _Sides:
    merging = build.merging
    kept = stored_of_new(fresh.columns, merging)
    key = _key_columns(kept, merging)
    others = tuple(column for column in kept if column not in key)
    items = [f"{quoted(column.name)} AS c{place}" for place, column in enumerate(kept)]
    items += [f"{canonical(quoted(column.name), column.type)} AS k{place}" for place, column in enumerate(key)]
    items += [f"{canonical(quoted(column.name), column.type)} AS o{place}" for place, column in enumerate(others)]
    gone = f"coalesce({quoted(merging.deleted)}, false)" if merging.deleted else "false"
    told = [f"{gone} AS gone", f"{_since(build, fresh.columns)} AS since"]
    validity = [quoted(column.name) for column in columns[len(kept) :]]
    return _Sides(
        fresh=f"(SELECT {', '.join([*items, *told])} FROM {source_of(fresh)})",
        standing=f"(SELECT {', '.join([*items, *validity])} FROM {standing})",
        columns=kept,
        keys=len(key),
        others=len(others),
    )


def _key_columns(columns: Columns, merging: ByMerging) -> Columns:
    found = (column_named(columns, name) for name in dict.fromkeys(name.casefold() for name in merging.key))
    return tuple(column for column in found if column is not None)


def _since(build: MergeBuild, columns: Columns) -> str:
    """Return the expression for the moment since when a new row holds."""
    since = column_named(columns, build.merging.valid_from) if build.merging.valid_from else None
    if build.merging.merge is Merge.SCD2 and since is not None:
        return cast_of(quoted(since.name), since.type, VALID_FROM.type)
    return _moment(build.at)


def _moment(moment: dt.datetime) -> str:
    return f"TIMESTAMP '{moment.astimezone(dt.UTC).replace(tzinfo=None).isoformat(sep=' ')}'"


def _places(letter: str, count: int, of: str = "") -> list[str]:
    return [f"{of}{letter}{place}" for place in range(count)]


def _same(letter: str, count: int) -> str:
    """Return the condition that rows `s` and `f` agree in some of their values; NULL equals NULL."""
    return " AND ".join(f"s.{each} IS NOT DISTINCT FROM f.{each}" for each in _places(letter, count))


def _replaced(sides: _Sides) -> str:
    """Return the SELECT of the standing rows whose key does not come again, and of the new rows."""
    stored = ", ".join(_places("c", sides.stored))
    return (
        f"SELECT {stored} FROM {sides.standing} AS s ANTI JOIN {sides.fresh} AS f ON {_same('k', sides.keys)} "
        f"UNION ALL SELECT {stored} FROM {sides.fresh} WHERE NOT gone"
    )


def _history(sides: _Sides, build: MergeBuild) -> str:
    """Return the SELECT of rows that were closed before, of current ones (closed where they end), and of those that open."""
    stored = _places("c", sides.stored)
    since, until, current = (f"c{sides.stored + place}" for place in range(len(VALIDITY)))
    is_absent_closed = "true" if build.merging.is_closing_absent else "false"
    # Every new row has a moment; without one there is no new row.
    is_closed = f"CASE WHEN f.since IS NULL THEN {is_absent_closed} ELSE f.gone OR NOT ({_all_same(sides)}) END"
    # A row that holds from a later moment on is closed there: no row ends before it begins.
    end = f"coalesce(f.since, greatest(s.valid_from, {_moment(build.at)}))"
    listed, of_current = ", ".join(stored), ", ".join(f"s.{each}" for each in stored)
    return (
        f"SELECT {listed}, valid_from AS {since}, valid_to AS {until}, is_current AS {current} "
        f"FROM {sides.standing} WHERE is_current IS NOT TRUE "
        f"UNION ALL SELECT {of_current}, s.valid_from, CASE WHEN {is_closed} THEN {end} ELSE s.valid_to END, NOT ({is_closed}) "
        f"FROM {_current(sides)} AS s LEFT JOIN {sides.fresh} AS f ON {_same('k', sides.keys)} "
        f"UNION ALL SELECT {', '.join(f'f.{each}' for each in stored)}, f.since, NULL, true "
        f"FROM (FROM {sides.fresh} WHERE NOT gone) AS f ANTI JOIN {_current(sides)} AS s "
        f"ON {_same('k', sides.keys)} AND {_all_same(sides)}"
    )


def _current(sides: _Sides) -> str:
    return f"(FROM {sides.standing} WHERE is_current)"


def _all_same(sides: _Sides) -> str:
    return _same("o", sides.others) or "true"


def _checked_standing(cursor: duckdb.DuckDBPyConnection, build: MergeBuild, columns: Columns) -> str:
    """Return what stands after FROM for the rows before, with the merged columns. Raises InputError (MW-E109)."""
    before = build.before
    if before is None:
        return source_of(Relation(columns=columns))
    needed = [*build.merging.key, *(column.name for column in VALIDITY if build.merging.merge is Merge.SCD2)]
    for name in needed:
        if column_named(before.columns, name) is None:
            message = f"the rows of {build.dataset} that stand have no column '{name}', by which new rows meet them"
            hint = known_names_hint(name, (each.name for each in before.columns), what="columns")
            raise _problem(build, "MW-E109", message, f"{_ANEW}; {hint}")
    for column in columns:
        own = column_named(before.columns, column.name)
        if own is not None and own.type != column.type:
            _check_cast(cursor, build, own, column.type, source_of(before))
    return f"({conformed(source_of(before), before.columns, columns, converted)})"


_ANEW = "give the column its earlier name or type, or build the dataset anew"


def _check_cast(cursor: duckdb.DuckDBPyConnection, build: MergeBuild, own: Column, target: str, source: str) -> None:
    """Raise InputError (MW-E109) for a column whose standing values do not become another type without loss."""
    value = quoted(own.name)
    message = f"column '{own.name}' of {build.dataset} was {own.type}, and is {target} now"
    try:
        row = cursor.execute(
            f"SELECT count(*), CAST(any_value({value}) AS VARCHAR) FROM {source} "
            f"WHERE NOT {survives(value, own.type, target)}"
        ).fetchone()
    except duckdb.BinderException as error:
        raise _problem(build, "MW-E109", f"{message}: {words_of(error).message}", _ANEW) from error
    assert row is not None
    count, example = row
    if count:
        more = f", and {count - 1:,} more" if count > 1 else ""
        raise _problem(build, "MW-E109", f"{message}: {_cut(example)} stands there, which is no {target}{more}", _ANEW)


def _check_keys(cursor: duckdb.DuckDBPyConnection, build: MergeBuild, fresh: Relation) -> None:
    """Raise InputError (MW-E106, MW-E108) for new rows without a key, with the key of another, or without a time."""
    merging, source = build.merging, source_of(fresh)
    key = _key_columns(fresh.columns, merging)
    named = ", ".join(column.name for column in key)
    nulls = " OR ".join(f"{quoted(column.name)} IS NULL" for column in key)
    row = cursor.execute(f"SELECT count(*) FROM {source} WHERE {nulls}").fetchone()
    assert row is not None
    if row[0]:
        message = f"the key ({named}) is NULL in {row[0]:,} new {_plural(row[0], 'row')} of {build.dataset}"
        raise _problem(build, "MW-E108", message, "filter these rows out, or give every row a key")
    if merging.merge is not Merge.DELETE_INSERT:
        places = _places("k", len(key))
        forms = [
            f"{canonical(quoted(each.name), each.type)} AS {place}" for each, place in zip(key, places, strict=True)
        ]
        texts = [f"min(CAST({quoted(column.name)} AS VARCHAR))" for column in key]
        rows = cursor.execute(
            f"SELECT count(*) OVER (), {', '.join(texts)} FROM (SELECT *, {', '.join(forms)} FROM {source}) "
            f"GROUP BY {', '.join(places)} HAVING count(*) > 1 ORDER BY ALL LIMIT {_SHOWN_KEYS}"
        ).fetchall()
        if rows:
            message = (
                f"{rows[0][0]:,} {_plural(rows[0][0], 'key')} ({named}) of {build.dataset} "
                f"{'comes' if rows[0][0] == 1 else 'come'} more than once among the new rows: {_shown_keys(key, rows)}"
            )
            raise _problem(build, "MW-E108", message, "keep one row of each key, or merge by `delete+insert`")
    if merging.merge is Merge.SCD2 and merging.valid_from:
        place = Place(dataset=build.dataset, span=build.span)
        column = time_column(fresh.columns, merging.valid_from, place)
        check_times(cursor, source, column, place, "since when they hold nobody knows")


def _check_ages(cursor: duckdb.DuckDBPyConnection, build: MergeBuild, sides: _Sides) -> None:
    """Raise InputError (MW-E110) for a new row that would close one that holds since a later moment."""
    key = _key_columns(sides.columns, build.merging)
    texts = [f"CAST(f.c{sides.columns.index(column)} AS VARCHAR)" for column in key]
    rows = cursor.execute(
        f"SELECT count(*) OVER (), {', '.join(texts)}, CAST(f.since AS VARCHAR), CAST(s.valid_from AS VARCHAR) "
        f"FROM {_current(sides)} AS s JOIN {sides.fresh} AS f ON {_same('k', sides.keys)} "
        f"WHERE f.since < s.valid_from AND (f.gone OR NOT ({_all_same(sides)})) ORDER BY ALL LIMIT {_SHOWN_KEYS}"
    ).fetchall()
    if rows:
        *_, since, stands = rows[0]
        message = (
            f"{rows[0][0]:,} new {_plural(rows[0][0], 'row')} of {build.dataset} would close what holds since later: "
            f"{_shown_keys(key, rows)}; the first is of {since}, and the current one of {stands}"
        )
        raise _problem(build, "MW-E110", message, "give changes in their order, or build the dataset anew")


def _shown_keys(key: Columns, rows: Sequence[Sequence[object]]) -> str:
    """Return keys as a message names them; in each row they stand after a count of all keys."""
    shown = [
        " and ".join(f"{column.name} {_cut(value)}" for column, value in zip(key, row[1:], strict=False))
        for row in rows
    ]
    count = int(str(rows[0][0]))
    return ", ".join(shown) + (", ..." if count > len(shown) else "")


def _cut(value: object) -> str:
    text = str(value)
    return repr(text if len(text) <= _SHOWN_LETTERS else text[:_SHOWN_LETTERS] + "…")


def _plural(count: int, noun: str) -> str:
    return noun if count == 1 else f"{noun}s"


def _problem(build: MergeBuild, code: str, message: str, fix: str) -> InputError:
    return InputError(Diagnostic(code=code, message=message, span=build.span, fix=fix, object=build.dataset))
