"""What flows through an expression. Iterative: only subqueries nest calls."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from sqlglot import exp

from meshwright.sql.lineage.flows import NOTHING, Flow, Relation, Scope
from meshwright.sql.names import fold

#: Follows a query inside the scope it stands in.
FollowQuery = Callable[[exp.Expr, Scope], Relation]
#: (node, whether it only decides, names of lambda parameters around it)
_Item = tuple[exp.Expr, bool, frozenset[str]]
#: Classes with the arguments that only decide.
_DECIDERS: tuple[tuple[tuple[type[exp.Expr], ...], frozenset[str]], ...] = (
    ((exp.Case, exp.If), frozenset({"this"})),
    ((exp.Window,), frozenset({"partition_by", "order", "spec"})),
    ((exp.Filter, exp.ArgMax, exp.ArgMin, exp.HavingMax), frozenset({"expression"})),
    ((exp.In,), frozenset({"query"})),
    ((exp.Comprehension,), frozenset({"condition"})),
)
_QUERIES = (exp.Query, exp.Values)


def expression_flow(root: exp.Expr, scope: Scope, follow: FollowQuery) -> Flow:
    """Return what flows into the value of `root`."""
    direct = indirect = 0
    stack: list[_Item] = [(root, False, frozenset())]
    while stack:
        node, decides, hidden = stack.pop()
        flow: Flow | None = None
        if isinstance(node, _QUERIES):
            flow = _subquery_flow(node, scope, follow)
        elif isinstance(node, exp.Column) and not isinstance(node.this, exp.Star):
            flow = _column_flow(node, scope, hidden)
        elif isinstance(node, exp.Dot) and isinstance(node.this, exp.Identifier):
            name = fold(node.this.name)
            parts = (name, fold(node.expression.name)) if isinstance(node.expression, exp.Identifier) else (name,)
            flow = NOTHING if name in hidden else scope.resolve(parts)
            stack.append((node.expression, decides, hidden))
        elif isinstance(node, (exp.Star, exp.Columns)):
            flow = _star_flow(node, scope)
        elif isinstance(node, exp.Column):
            flow = scope.resolve((fold(node.table),))
        else:
            stack.extend(_children(node, decides, hidden))
            if isinstance(node, exp.Window):
                indirect |= scope.windows.get(fold(node.alias), 0)
        if flow is not None:
            if decides:
                indirect |= flow.everything
            else:
                direct |= flow.direct
                indirect |= flow.indirect
    return Flow(direct, indirect)


def _column_flow(node: exp.Column, scope: Scope, hidden: frozenset[str]) -> Flow:
    parts = tuple(fold(part.name) for part in node.parts)
    return NOTHING if parts[0] in hidden else scope.resolve(parts)


def _subquery_flow(node: exp.Expr, scope: Scope, follow: FollowQuery) -> Flow:
    relation = follow(node, scope)
    flow = relation.all_columns
    return Flow(flow.direct, flow.indirect | relation.rows)


def _star_flow(node: exp.Expr, scope: Scope) -> Flow:
    """A star as an argument: ``struct_pack(*)``; the one of ``count(*)`` holds no value."""
    if isinstance(node.parent, exp.Count):
        return NOTHING
    flow = NOTHING
    for source in scope.sources:
        flow = flow.joined(source.relation.all_columns)
    return flow


def _children(node: exp.Expr, decides: bool, hidden: frozenset[str]) -> Iterator[_Item]:
    """Yield the parts of `node`, marking those that only decide."""
    if isinstance(node, exp.Lambda):
        hidden |= {fold(name.name) for name in node.expressions}
    elif isinstance(node, exp.Comprehension):
        hidden |= {fold(found.name) for found in node.expression.find_all(exp.Identifier)}
    for key, value in node.args.items():
        child_decides = decides or _only_decides(node, key)
        for child in value if isinstance(value, list) else (value,):
            if isinstance(child, exp.Expr):
                yield child, child_decides, hidden


def _only_decides(node: exp.Expr, key: str) -> bool:
    if isinstance(node, exp.Exists):
        return True
    if isinstance(node, (exp.Any, exp.All)):
        return isinstance(node.this, exp.Query)
    if isinstance(node, exp.Order):  # within group (order by x): x is the value
        return key == "expressions" and not isinstance(node.parent, exp.WithinGroup)
    return any(isinstance(node, kinds) and key in keys for kinds, keys in _DECIDERS)
