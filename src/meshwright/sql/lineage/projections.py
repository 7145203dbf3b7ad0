"""The outputs of a SELECT: stars and COLUMNS spread out, aliases usable by what follows."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sqlglot import exp

from meshwright.sql.lineage.expressions import FollowQuery, expression_flow
from meshwright.sql.lineage.flows import NOTHING, Flow, OutputColumn, Scope, Source
from meshwright.sql.names import fold


def project(select: exp.Select, scope: Scope, follow: FollowQuery) -> list[OutputColumn]:
    """Return the output columns of `select`, whose sources are in `scope`; its aliases are put there too."""
    columns: list[OutputColumn] = []
    for projection in select.expressions:
        for column in _outputs(projection, scope, follow):
            columns.append(column)
            is_alias = isinstance(projection, exp.Alias) and column.name is not None
            if is_alias and column.name is not None:
                scope.aliases.setdefault(fold(column.name), column.flow)
    return columns


def _outputs(projection: exp.Expr, scope: Scope, follow: FollowQuery) -> Iterator[OutputColumn]:
    name = projection.alias if isinstance(projection, exp.Alias) else None
    value = projection.this if isinstance(projection, exp.Alias) else projection
    while isinstance(value, exp.Paren):
        value = value.this
    if isinstance(value, exp.Star) or (isinstance(value, exp.Column) and isinstance(value.this, exp.Star)):
        yield from _star(value, scope, follow)
        return
    spread = _spread_columns(value)
    if spread is not None:
        yield from _columns(spread, value, scope, follow)
        return
    flow = expression_flow(value, scope, follow)
    if isinstance(value, exp.Explode):
        yield OutputColumn(name or "unnest", flow, may_expand=True)
    elif isinstance(value, exp.Like) and isinstance(value.this, exp.Star):
        yield from _filtered_star(scope)
    else:
        yield OutputColumn(name if name is not None else _own_name(value), flow)


def _own_name(value: exp.Expr) -> str | None:
    if isinstance(value, exp.Column):
        return value.name
    if isinstance(value, exp.Dot) and isinstance(value.expression, exp.Identifier):
        return value.expression.name
    return None


def _star(star: exp.Expr, scope: Scope, follow: FollowQuery) -> Iterator[OutputColumn]:
    """Yield what ``*`` or ``t.*`` stands for, after EXCLUDE, REPLACE and RENAME."""
    table = fold(star.table) if isinstance(star, exp.Column) else None
    options = star.this if isinstance(star, exp.Column) else star
    sources = [source for source in scope.sources if table is None or source.alias == table]
    if table is not None and not sources:  # s.*: the fields of a struct
        yield OutputColumn(None, scope.resolve((table,)), is_wild=True)
        return
    excluded = {fold(item.name) for item in options.args.get("except_") or ()}
    replaced = {
        fold(item.alias): expression_flow(item.this, scope, follow) for item in options.args.get("replace") or ()
    }
    renamed = {fold(item.this.name): item.alias for item in options.args.get("rename") or ()}
    for column in _visible(sources, qualified=table is not None):
        key = fold(column.name) if column.name is not None else None
        if key is None:
            yield column
        elif key not in excluded:
            shown = renamed.get(key, column.name)
            yield column._replace(name=shown, flow=replaced.get(key, column.flow))


def _visible(sources: list[Source], *, qualified: bool) -> Iterator[OutputColumn]:
    """Columns in the order of a star; those that USING merges appear once, on the left."""
    for source in sources:
        for column in source.relation.columns:
            key = fold(column.name) if column.name is not None else ""
            if not qualified and key in source.merged_away:
                continue
            merged = None if qualified else source.merged.get(key)
            yield column._replace(flow=merged) if merged is not None else column


def _spread_columns(value: exp.Expr) -> exp.Columns | None:
    """Return the COLUMNS(...) that makes one output of every column it matches."""
    if isinstance(value, exp.Columns):
        return None if value.args.get("unpack") else value
    for found in value.find_all(exp.Columns):
        if not found.args.get("unpack"):
            return found
    return None


def _columns(spread: exp.Columns, value: exp.Expr, scope: Scope, follow: FollowQuery) -> Iterator[OutputColumn]:
    """Yield an output for each column that COLUMNS matches; where that cannot be told, one for any number."""
    matched = _matched(spread.this, scope, follow)
    outside = _flow_outside(spread, value, scope, follow)
    if matched is None or any(column.is_wild for column in matched):
        flow = NOTHING
        for column in _visible(scope.sources, qualified=False):
            flow = flow.joined(column.flow)
        yield OutputColumn(None, flow.joined(outside), is_wild=True)
        return
    for column in matched:
        yield OutputColumn(column.name if value is spread else None, column.flow.joined(outside))


def _flow_outside(spread: exp.Columns, value: exp.Expr, scope: Scope, follow: FollowQuery) -> Flow:
    """What flows in beside the COLUMNS itself: ``columns(*) * rate``."""
    if value is spread:
        return NOTHING
    flow = NOTHING
    for column in value.find_all(exp.Column):
        if column.find_ancestor(exp.Columns) is None:
            flow = flow.joined(expression_flow(column, scope, follow))
    return flow


def _matched(pattern: exp.Expr, scope: Scope, follow: FollowQuery) -> list[OutputColumn] | None:
    if isinstance(pattern, exp.Star) or (isinstance(pattern, exp.Column) and isinstance(pattern.this, exp.Star)):
        return list(_star(pattern, scope, follow))
    visible = list(_visible(scope.sources, qualified=False))
    if isinstance(pattern, exp.Literal) and pattern.is_string:
        try:
            compiled = re.compile(pattern.this)
        except re.error:
            return None
        return [column for column in visible if column.name is not None and compiled.search(column.name)]
    if isinstance(pattern, exp.Array):
        names = [fold(item.name) for item in pattern.expressions]
        found = [column for name in names for column in visible if column.name and fold(column.name) == name]
        return found if len(found) == len(names) else None
    return None


def _filtered_star(scope: Scope) -> Iterator[OutputColumn]:
    """``* like 'a%'``: which columns that is, the output's own columns say."""
    flow = NOTHING
    for column in _visible(scope.sources, qualified=False):
        flow = flow.joined(column.flow)
    yield OutputColumn(None, flow, is_wild=True)
