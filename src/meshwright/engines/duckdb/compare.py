"""Comparing two versions of a dataset: rows joined by their key in one pass, or counted as a bag where there is no key.

Counts and samples come from the same pass: the least rows by key are kept while rows are counted. Joins, groupings and
counts of different values spill to disk, so that memory is bounded by the session's limit.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

import duckdb

from meshwright.engines.duckdb.bags import compare_bags
from meshwright.engines.duckdb.differences import Differences, Sides
from meshwright.engines.duckdb.distributions import distribution_of
from meshwright.engines.duckdb.equality import Pair, common_type, holds_floats
from meshwright.engines.duckdb.matching import NoKey, check_key, key_pairs, match_rows
from meshwright.engines.duckdb.names import address
from meshwright.engines.duckdb.scans import source_of
from meshwright.engines.duckdb.summaries import summarize
from meshwright.engines.protocol import ColumnComparison, CompareRequest, Comparison, Relation, View
from meshwright.frozen import dataclass
from meshwright.model import Columns


@dataclass(frozen=True, kw_only=True, slots=True)
class _Version:
    """One of the two versions."""

    #: What stands after FROM, all of it and without the files that both versions have.
    source: str
    own: str
    rows: int


def named_views(*relations: Relation) -> dict[str, Relation]:
    """Return the views among relations under the names that they are read by here; files are scanned and need none."""
    return {_name(relation.view): relation for relation in relations if relation.view is not None}


def equal_versions(cursor: duckdb.DuckDBPyConnection, request: CompareRequest) -> Comparison:
    """Return the comparison of a relation with itself; nothing is read where its rows are recorded."""
    relation = request.after
    recorded = request.before.rows if relation.rows is None else relation.rows
    rows = _count(cursor, _source(relation)) if recorded is None else recorded
    changed = 0 if request.key else None
    rate = None if changed is None or not rows else 0.0
    return Comparison(
        rows_before=rows,
        rows_after=rows,
        added=0,
        removed=0,
        changed=changed,
        unchanged=rows,
        key=request.key,
        columns=tuple(
            ColumnComparison(name=column.name, changed=changed, change_rate=rate) for column in relation.columns
        ),
    )


def compare_versions(cursor: duckdb.DuckDBPyConnection, request: CompareRequest) -> Comparison:
    """Compare two relations, whose views stand under the names of `named_views`. Raises DuckDB's errors."""
    pairs = tuple(_pairs(cursor, request.before.columns, request.after.columns))
    before, after = _versions(cursor, request)
    sides = Sides(
        before=before.own,
        after=after.own,
        pairs=pairs,
        tolerance=request.tolerance,
        sample_rows=request.sample_rows,
    )
    key: tuple[Pair, ...] = ()
    problem = None
    try:
        key = _checked_key(cursor, request, pairs, before, after)
    except NoKey as error:
        problem = str(error)
    found = match_rows(cursor, sides, key) if key else compare_bags(cursor, sides)
    return Comparison(
        rows_before=before.rows,
        rows_after=after.rows,
        added=found.added,
        removed=found.removed,
        changed=found.changed,
        unchanged=before.rows - found.removed - (found.changed or 0),
        key=tuple(pair.after.name for pair in key),
        columns=tuple(_columns(cursor, pairs, found, (before, after), has_distributions=request.has_distributions)),
        sample=found.sample,
        key_problem=problem,
    )


def _pairs(cursor: duckdb.DuckDBPyConnection, before: Columns, after: Columns) -> Iterator[Pair]:
    """Yield the columns that both have, in the later version's order; SQL tells no two columns apart by case."""
    by_name = {column.name.casefold(): column for column in before}
    for column in after:
        earlier = by_name.get(column.name.casefold())
        if earlier is not None:
            yield Pair(before=earlier, after=column, common=common_type(cursor, earlier.type, column.type))


def _versions(cursor: duckdb.DuckDBPyConnection, request: CompareRequest) -> tuple[_Version, _Version]:
    # Rows of a file that both versions have are in both: the parts of an incremental dataset that did not change.
    is_plain = request.before.is_plain and request.after.is_plain
    shared = Counter(request.before.files) & Counter(request.after.files) if is_plain else None
    before, after = (
        _Version(source=_source(relation), own=_source(relation, shared), rows=_count(cursor, _source(relation)))
        for relation in (request.before, request.after)
    )
    return before, after


def _source(relation: Relation, shared: Counter[str] | None = None) -> str:
    """Return what stands after FROM for a relation, or for what it has besides files that are shared."""
    if relation.view is not None:
        return address(_name(relation.view))
    if not shared:
        return source_of(relation)
    return source_of(replace(relation, files=tuple((Counter(relation.files) - shared).elements())))


def _name(view: View) -> str:
    """Return the address that a view is read under: by what it is bound to, so that no two want one name."""
    # No domain can be called so.
    return f"compared-versions.views.{view.key}"


def _count(cursor: duckdb.DuckDBPyConnection, source: str) -> int:
    row = cursor.execute(f"SELECT count(*) FROM {source}").fetchone()
    assert row is not None
    return int(row[0])


def _checked_key(
    cursor: duckdb.DuckDBPyConnection,
    request: CompareRequest,
    pairs: tuple[Pair, ...],
    before: _Version,
    after: _Version,
) -> tuple[Pair, ...]:
    """Return the key by which rows can be matched, nothing where none is asked for. Raises NoKey."""
    if not request.key:
        return ()
    names = {
        version: [column.name for column in relation.columns]
        for version, relation in (("earlier", request.before), ("later", request.after))
    }
    key = key_pairs(pairs, request.key, names)
    check_key(cursor, before.source, key, is_after=False)
    check_key(cursor, after.source, key, is_after=True)
    return key


def _columns(
    cursor: duckdb.DuckDBPyConnection,
    pairs: tuple[Pair, ...],
    found: Differences,
    versions: tuple[_Version, _Version],
    *,
    has_distributions: bool,
) -> Iterator[ColumnComparison]:
    """Yield what differs in each column, and what stands in it."""
    before, after = versions
    matched = before.rows - found.removed
    for place, pair in enumerate(pairs):
        changed = found.changed_by_column[place] if found.changed_by_column is not None else None
        is_still = _is_still(pair, found, changed)
        summary = summarize(cursor, before.source, pair.before, before.rows)
        distribution = None
        if has_distributions and not is_still:
            distribution = distribution_of(cursor, pair, before.source, after.source, (before.rows, after.rows))
        yield ColumnComparison(
            name=pair.after.name,
            changed=changed,
            change_rate=changed / matched if changed is not None and matched else None,
            before=summary,
            after=summary if is_still else summarize(cursor, after.source, pair.after, after.rows),
            distribution=distribution,
        )


def _is_still(pair: Pair, found: Differences, changed: int | None) -> bool:
    """Whether a column holds the same values as before, to the last digit, so that there is nothing to read anew."""
    is_same_type = not pair.is_retyped and not holds_floats(pair.after.type)
    return is_same_type and not (found.added or found.removed or changed)
