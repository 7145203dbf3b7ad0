"""From text to column sources: tables become relations, the query is followed, outputs get their names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from meshwright.model import Columns
from meshwright.sql.lineage.flows import Flow, InputColumns, OutputColumn, Relation, Scope
from meshwright.sql.lineage.queries import QueryFollower
from meshwright.sql.names import fold
from meshwright.sql.parse import read_tree
from meshwright.sql.values import ColumnSource, Influence, SqlProblem

Tables = Mapping[tuple[str, ...], tuple[str, Columns]]


def follow_columns(text: str, dialect: str, *, tables: Tables, output: Columns | None) -> tuple[ColumnSource, ...]:
    """Return the column sources of one statement; see `meshwright.sql.statement_lineage`."""
    tree = read_tree(text, dialect)
    if isinstance(tree, SqlProblem):
        return ()
    inputs = InputColumns()
    relations = {parts: _dataset(address, columns, inputs) for parts, (address, columns) in tables.items()}
    follower = QueryFollower(relations)
    try:
        relation = follower.follow(tree.root, Scope(ctes={}))
    except RecursionError:
        everything = Flow()
        for known in relations.values():
            everything = everything.joined(known.all_columns)
        relation = Relation([OutputColumn(None, everything, is_wild=True)])
    return _sources(_named(relation, output), relation.rows, inputs)


def _dataset(address: str, columns: Columns, inputs: InputColumns) -> Relation:
    return Relation([OutputColumn(column.name, inputs.add(address, column.name)) for column in columns])


def _named(relation: Relation, output: Columns | None) -> list[tuple[str, Flow]]:
    """Give the columns of the result their names: the engine's by position where they are known."""
    columns = relation.columns
    if output is None:
        return [
            (column.name or f"column{index}", column.flow)
            for index, column in enumerate(columns, start=1)
            if not column.is_wild
        ]
    if len(columns) == len(output) and not any(column.is_wild for column in columns):
        return [(bound.name, column.flow) for bound, column in zip(output, columns, strict=True)]
    return _aligned(relation, [bound.name for bound in output])


def _aligned(relation: Relation, names: Sequence[str]) -> list[tuple[str, Flow]]:
    """Match from both ends to the one column that stands for many; elsewhere by name, or to everything."""
    columns = relation.columns
    open_ones = [index for index, column in enumerate(columns) if column.is_wild or column.may_expand]
    if len(open_ones) == 1:
        at = open_ones[0]
        tail = len(columns) - at - 1
        if at + tail <= len(names):
            middle = len(names) - at - tail
            flows = [column.flow for column in (*columns[:at], *[columns[at]] * middle, *columns[at + 1 :])]
            return list(zip(names, flows, strict=True))
    everything = relation.all_columns
    found = []
    for name in names:
        known = relation.find(fold(name)) if open_ones else None
        found.append((name, known or everything))
    return found


def _sources(columns: Sequence[tuple[str, Flow]], rows: int, inputs: InputColumns) -> tuple[ColumnSource, ...]:
    kinds: dict[tuple[str, str, str], Influence] = {}
    for name, flow in columns:
        for table, column in inputs.names((flow.indirect | rows) & ~flow.direct):
            kinds.setdefault((name, table, column), Influence.INDIRECT)
        for table, column in inputs.names(flow.direct):
            kinds[name, table, column] = Influence.DIRECT
    return tuple(
        ColumnSource(output=name, table=table, column=column, kind=kinds[name, table, column])
        for name, table, column in sorted(kinds)
    )
