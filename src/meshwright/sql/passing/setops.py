"""UNION, EXCEPT and INTERSECT of relations, by position or by name, for columns that pass through them."""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp

from meshwright.sql.names import fold
from meshwright.sql.passing.relations import NOTHING, Column, Passing, Relation, Wild, both, unknown


def merged(operation: exp.SetOperation, left: Relation, right: Relation) -> Relation:
    """Put two sides of a set operation together.

    EXCEPT and INTERSECT choose among the rows of the left side. By position, what stands beside a column of a table
    whose columns are not known cannot be told.
    """
    reads = left.reads | right.reads
    if not isinstance(operation, exp.Union):
        return Relation(left.limited(right.reads).columns, reads)
    if operation.args.get("by_name"):
        return _by_name(left, right, reads)
    columns = [
        column._replace(passing=both(column.passing, left.reads, _beside(index, left, right), right.reads))
        if column.wild is None
        else limited
        for index, (column, limited) in enumerate(zip(left.columns, left.limited(right.reads).columns, strict=True))
    ]
    return Relation(tuple(columns), reads)


def _beside(index: int, left: Relation, right: Relation) -> Passing:
    """Return what passes into the right side's column at the place of the left side's column `index`."""
    if _is_placed(left.columns[: index + 1]) and _is_placed(right.columns[: index + 1]):
        return right.columns[index].passing if index < len(right.columns) else NOTHING
    behind = len(left.columns) - index
    if behind <= len(right.columns) and _is_placed(left.columns[index:]) and _is_placed(right.columns[-behind:]):
        return right.columns[-behind].passing
    return NOTHING


def _is_placed(columns: Sequence[Column]) -> bool:
    return all(column.has_place for column in columns)


def _by_name(left: Relation, right: Relation, reads: frozenset[str]) -> Relation:
    wilds = [[column.wild for column in side.columns if column.wild is not None] for side in (left, right)]
    if any(len(found) > 1 for found in wilds):
        return unknown(reads)
    names = {fold(column.name): column.name for side in (right, left) for column in side.columns if column.name}
    columns = [
        Column(name, both(left.find(name) or NOTHING, left.reads, right.find(name) or NOTHING, right.reads))
        for name in names.values()
    ]
    if any(wilds):
        nothing = Wild()
        mine, theirs = (found[0] if found else None for found in wilds)
        wild = _together(mine or theirs or nothing, theirs if mine else None, left, right)
        columns.append(Column(None, wild=wild.without(names)))
    return Relation(tuple(columns), reads)


def _together(wild: Wild, other: Wild | None, left: Relation, right: Relation) -> Wild:
    """Return the columns of two tables by name; a name that one of them hides is the other's alone, or unsure."""
    if other is None:
        return Wild(wild.addresses - (left.reads & right.reads), wild.hidden, wild.unsure)
    twice = (left.reads & right.reads) - (wild.addresses & other.addresses)
    return Wild(
        (wild.addresses | other.addresses) - twice,
        wild.hidden & other.hidden,
        (wild.hidden ^ other.hidden) | wild.unsure | other.unsure,
    )
