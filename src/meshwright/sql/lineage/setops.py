"""UNION, EXCEPT and INTERSECT of relations, by position or by name."""

from __future__ import annotations

from sqlglot import exp

from meshwright.sql.lineage.flows import NOTHING, OutputColumn, Relation
from meshwright.sql.names import fold


def merged(operation: exp.SetOperation, left: Relation, right: Relation) -> Relation:
    """Put two sides of a set operation together, by position or by name."""
    rows = left.rows | right.rows
    if operation.args.get("distinct") or not isinstance(operation, exp.Union):
        rows |= left.all_columns.everything | right.all_columns.everything
    if not isinstance(operation, exp.Union):
        return Relation(left.columns, rows)
    is_open = any(column.is_wild or column.may_expand for column in (*left.columns, *right.columns))
    if operation.args.get("by_name"):
        return Relation(_by_name(left, right), rows)
    if is_open or len(left.columns) != len(right.columns):
        flow = left.all_columns.joined(right.all_columns)
        named = [OutputColumn(column.name, flow) for column in left.columns if not column.is_wild]
        return Relation(named if not is_open else [*named, OutputColumn(None, flow, is_wild=True)], rows)
    columns = [
        mine._replace(flow=mine.flow.joined(theirs.flow))
        for mine, theirs in zip(left.columns, right.columns, strict=True)
    ]
    return Relation(columns, rows)


def _by_name(left: Relation, right: Relation) -> list[OutputColumn]:
    columns = [
        column._replace(flow=column.flow.joined(right.find(fold(column.name)) or right.wild or NOTHING))
        if column.name
        else column
        for column in left.columns
    ]
    known = {fold(column.name) for column in left.columns if column.name}
    columns.extend(
        column._replace(flow=column.flow.joined(left.wild or NOTHING))
        for column in right.columns
        if column.name is None or fold(column.name) not in known
    )
    return columns
