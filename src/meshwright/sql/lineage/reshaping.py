"""PIVOT and UNPIVOT. Which columns a PIVOT makes only the engine knows, so those stand for any number."""

from __future__ import annotations

from collections.abc import Iterable

from sqlglot import exp

from meshwright.sql.lineage.expressions import FollowQuery, expression_flow
from meshwright.sql.lineage.flows import NOTHING, Flow, OutputColumn, Relation, Scope, Source
from meshwright.sql.names import fold


def reshaped(pivot: exp.Pivot, relation: Relation, scope: Scope, follow: FollowQuery) -> Relation:
    """Return `relation` after ``PIVOT (...)`` or ``UNPIVOT (...)`` behind a table."""
    inner = Scope(ctes=scope.ctes, parent=scope, sources=[Source(None, relation)])
    if pivot.args.get("unpivot"):
        return _unpivoted(pivot, relation, _unpivot_names(pivot))
    values = _flow(pivot.expressions, inner, follow)
    keys = _flow(pivot.args.get("fields") or (), inner, follow)
    used = _used_names([*pivot.expressions, *(pivot.args.get("fields") or ())])
    return _pivoted(pivot, relation, values, keys, used).renamed(pivot.alias_column_names)


def pivot_statement(pivot: exp.Pivot, relation: Relation, scope: Scope, follow: FollowQuery) -> Relation:
    """Return the relation of a ``PIVOT t ON ... USING ...`` or ``UNPIVOT t ON ... INTO ...`` statement."""
    if pivot.args.get("unpivot"):
        return _unpivoted(pivot, relation, _into_names(pivot))
    values = _flow(pivot.args.get("using") or (), scope, follow)
    keys = _flow(pivot.expressions, scope, follow)
    used = _used_names([*pivot.expressions, *(pivot.args.get("using") or ())])
    return _pivoted(pivot, relation, values, keys, used)


def _flow(items: Iterable[exp.Expr], scope: Scope, follow: FollowQuery) -> Flow:
    flow = NOTHING
    for item in items:
        flow = flow.joined(expression_flow(item, scope, follow))
    return flow


def _used_names(items: Iterable[exp.Expr]) -> set[str]:
    return {fold(column.name) for item in items for column in item.find_all(exp.Column)}


def _pivoted(pivot: exp.Pivot, relation: Relation, values: Flow, keys: Flow, used: set[str]) -> Relation:
    """Grouping columns stay, and decide; then come columns of aggregated values, chosen by the keys."""
    group = pivot.args.get("group")
    if group is not None:
        wanted = [fold(column.name) for column in group.find_all(exp.Column)]
        kept = [column for name in wanted for column in relation.columns if column.name and fold(column.name) == name]
    else:
        kept = [column for column in relation.columns if column.name is None or fold(column.name) not in used]
    rows = relation.rows
    for column in kept:
        rows |= column.flow.everything
    spread = OutputColumn(None, Flow(values.direct, values.indirect | keys.everything), is_wild=True)
    return Relation([*kept, spread], rows)


def _unpivoted(pivot: exp.Pivot, relation: Relation, names: tuple[list[str], list[str]] | None) -> Relation:
    """Columns that are turned into rows give the value columns; the others stay."""
    turned = _turned_columns(pivot, relation)
    if turned is None or names is None:
        return Relation([OutputColumn(None, relation.all_columns, is_wild=True)], relation.rows)
    flow = NOTHING
    for column in relation.columns:
        if column.name is not None and fold(column.name) in turned:
            flow = flow.joined(column.flow)
    kept = [column for column in relation.columns if column.name is None or fold(column.name) not in turned]
    labels, values = names
    columns = [
        *kept,
        *(OutputColumn(name, NOTHING) for name in labels),
        *(OutputColumn(name, flow) for name in values),
    ]
    return Relation(columns, relation.rows if pivot.args.get("include_nulls") else relation.rows | flow.everything)


def _turned_columns(pivot: exp.Pivot, relation: Relation) -> set[str] | None:
    """Names of the columns that become rows; None where only the engine can tell."""
    items: list[exp.Expr] = list(pivot.expressions)
    fields = pivot.args.get("fields") or ()
    if fields:
        items = [item for field in fields for item in field.expressions]
    names: set[str] = set()
    for item in items:
        if item.find(exp.Star, exp.Columns, exp.Func) is not None:
            return None
        names.update(fold(column.name) for column in item.find_all(exp.Column))
    known = {fold(column.name) for column in relation.columns if column.name is not None}
    return names if names and names <= known else None


def _unpivot_names(pivot: exp.Pivot) -> tuple[list[str], list[str]] | None:
    fields = pivot.args.get("fields") or ()
    labels = [field.this.name for field in fields if isinstance(field, exp.In)]
    values = [name.name for item in pivot.expressions for name in item.find_all(exp.Identifier)]
    return (labels, values) if labels and values else None


def _into_names(pivot: exp.Pivot) -> tuple[list[str], list[str]] | None:
    into = pivot.args.get("into")
    if into is None:
        return ["name"], ["value"]
    return [into.this.name], [item.name for item in into.expressions]
