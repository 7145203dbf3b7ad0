"""When two values are equal, as SQL: in their canonical form, which is the content digest's, floats also at a distance.

So a comparison and the digest agree: versions of equal digests have no row that differs. Other than the digest, which
hashes, a comparison looks at the canonical values themselves.
"""

from __future__ import annotations

import duckdb

from meshwright.engines.duckdb.casts import survives
from meshwright.engines.duckdb.digest import field_literal, rounded
from meshwright.engines.duckdb.names import literal, quoted
from meshwright.engines.duckdb.typetext import TypeTree, parse_type
from meshwright.frozen import dataclass
from meshwright.model import Column

_FLOATS = frozenset({"FLOAT", "DOUBLE"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Pair:
    """A column that both versions have."""

    before: Column
    after: Column
    #: The type in which values are compared; None where no type holds the values of both.
    common: str | None

    @property
    def is_retyped(self) -> bool:
        """Whether the versions have different types here."""
        return self.before.type != self.after.type


def common_type(cursor: duckdb.DuckDBPyConnection, before: str, after: str) -> str | None:
    """Return the type in which values of two types are compared: DuckDB's choice, text beside text, None for no type."""
    if before == after:
        return before
    if "VARCHAR" in {before, after} and not (parse_type(before).fields or parse_type(after).fields):
        return "VARCHAR"
    try:
        row = cursor.execute(f"SELECT typeof(coalesce(CAST(NULL AS {before}), CAST(NULL AS {after})))").fetchone()
    except duckdb.BinderException:
        return None
    assert row is not None
    return str(row[0])


def differs(pair: Pair, before: str, after: str, tolerance: float) -> str:
    """Return the condition, never null, under which the values of two rows differ; NULL equals NULL."""
    if not pair.is_retyped:
        return f"NOT {is_equal(before, after, pair.after.type, tolerance)}"
    if pair.common is None:
        return f"NOT ({before} IS NULL AND {after} IS NULL)"
    is_kept = f"{_is_kept(before, pair.before.type, pair.common)} AND {_is_kept(after, pair.after.type, pair.common)}"
    one, other = (f"TRY_CAST({value} AS {pair.common})" for value in (before, after))
    is_same = is_equal(one, other, pair.common, tolerance)
    return f"NOT ({is_kept} AND {is_same})"


def is_equal(before: str, after: str, type_text: str, tolerance: float) -> str:
    """Return the condition, never null, under which two values of one type are equal; NULL equals NULL."""
    return _equal(before, after, parse_type(type_text), tolerance, 0)


def grouping(pair: Pair, *, is_after: bool) -> tuple[str, ...]:
    """Return the expressions over a version's own column whose values agree exactly where values are equal.

    What cannot be compared with the other version's values is told apart from them by a text of its own.
    """
    column = pair.after if is_after else pair.before
    value = quoted(column.name)
    if not pair.is_retyped:
        return (canonical(value, column.type),)
    own = f"{literal('after: ' if is_after else 'before: ')} || CAST({value} AS VARCHAR)"
    if pair.common is None:
        return (own,)
    is_kept = _is_kept(value, column.type, pair.common)
    return (canonical(in_common(pair, is_after=is_after), pair.common), f"CASE WHEN NOT {is_kept} THEN {own} END")


def in_common(pair: Pair, *, is_after: bool) -> str:
    """Return the expression for a version's own column in the common type; NULL where something would be lost."""
    column = pair.after if is_after else pair.before
    value = quoted(column.name)
    if column.type == pair.common or pair.common is None:
        return value
    return f"CASE WHEN {_is_kept(value, column.type, pair.common)} THEN TRY_CAST({value} AS {pair.common}) END"


def canonical(value: str, type_text: str) -> str:
    """Return the expression for the canonical form of `value`; of a map that is the sorted list of its entries."""
    return _canonical(value, parse_type(type_text), 0)


def is_canonical(type_text: str) -> bool:
    """Whether every value of a type is its own canonical form."""
    return not _holds(parse_type(type_text), {"DOUBLE", "MAP"})


def holds_floats(type_text: str) -> bool:
    """Whether values of a type may be equal at a distance."""
    return _holds(parse_type(type_text), _FLOATS)


def _is_kept(value: str, source: str, common: str) -> str:
    """Return the condition, never null, under which nothing of `value` is lost in the common type."""
    return "true" if source == common else survives(value, source, common)


def _holds(tree: TypeTree, kinds: frozenset[str] | set[str]) -> bool:
    return tree.kind in kinds or any(_holds(child, kinds) for _, child in tree.fields)


def _canonical(value: str, tree: TypeTree, depth: int) -> str:
    if not _holds(tree, {"DOUBLE", "MAP"}):
        return value
    element = f"e{depth}"
    if tree.kind == "LIST":
        return f"list_transform({value}, lambda {element}: {_canonical(element, tree.fields[0][1], depth + 1)})"
    if tree.kind == "MAP":
        return _entries(value, tree, depth, is_canonical=True)
    if tree.kind == "STRUCT":
        parts = [
            f"f{place} := {_canonical(_part(value, name), child, depth)}"
            for place, (name, child) in enumerate(tree.fields)
        ]
        return f"CASE WHEN {value} IS NULL THEN NULL ELSE struct_pack({', '.join(parts)}) END"
    return rounded(value)


def _entries(value: str, tree: TypeTree, depth: int, *, is_canonical: bool) -> str:
    """Return the expression for a map's entries in the order of their keys, with canonical keys at least."""
    element = f"e{depth}"
    key = _canonical(f"{element}.key", tree.fields[0][1], depth + 1)
    item = f"{element}.value"
    if is_canonical:
        item = _canonical(item, tree.fields[1][1], depth + 1)
    return f"list_sort(list_transform(map_entries({value}), lambda {element}: struct_pack(k := {key}, v := {item})))"


def _equal(before: str, after: str, tree: TypeTree, tolerance: float, depth: int) -> str:
    """Return the condition, never null, under which two values of one type are equal."""
    exact = f"({_canonical(before, tree, depth)} IS NOT DISTINCT FROM {_canonical(after, tree, depth)})"
    if not tolerance or not _holds(tree, _FLOATS):
        return exact
    if tree.kind in _FLOATS:
        return f"({exact} OR {_is_close(before, after, tolerance)})"
    if tree.kind == "MAP":
        (_, key_tree), (_, item_tree) = tree.fields
        before, after = (_entries(value, tree, depth, is_canonical=False) for value in (before, after))
        entry = TypeTree(kind="STRUCT", text="", fields=(("k", key_tree), ("v", item_tree)))
        tree = TypeTree(kind="LIST", text="", fields=((None, entry),))
    if tree.kind == "LIST":
        # Zipped, so that a side is worked out once and not for each element of the other.
        both = f"e{depth}"
        one, other = (f"struct_extract({both}, {place})" for place in (1, 2))
        inner = _equal(one, other, tree.fields[0][1], tolerance, depth + 1)
        pairs = f"list_transform(list_zip({before}, {after}), lambda {both}: {inner})"
        body = f"len({before}) = len({after}) AND coalesce(list_bool_and({pairs}), true)"
    else:
        body = " AND ".join(
            _equal(_part(before, name), _part(after, name), child, tolerance, depth) for name, child in tree.fields
        )
    is_null, both_null = f"{before} IS NULL OR {after} IS NULL", f"{before} IS NULL AND {after} IS NULL"
    return f"(CASE WHEN {is_null} THEN {both_null} ELSE {body} END)"


def _is_close(before: str, after: str, tolerance: float) -> str:
    """Return the condition, never null, under which two floats are near each other, as `math.isclose` has it."""
    one, other = f"CAST({before} AS DOUBLE)", f"CAST({after} AS DOUBLE)"
    reach = f"CAST({literal(repr(tolerance))} AS DOUBLE) * greatest(1, abs({one}), abs({other}))"
    # NaN is near NaN to DuckDB, and everything is near infinity: neither counts here.
    return f"coalesce(isfinite({one}) AND isfinite({other}) AND abs({one} - {other}) <= {reach}, false)"


def _part(value: str, name: str | None) -> str:
    return f"struct_extract({value}, {field_literal(name)})"
