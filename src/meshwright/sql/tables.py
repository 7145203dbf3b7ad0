"""Which tables a statement reads: references, apart from the names of its own CTEs."""

from __future__ import annotations

from sqlglot import exp

from meshwright.frozen import dataclass
from meshwright.sql.names import fold
from meshwright.sql.nodes import Nodes


@dataclass(frozen=True, slots=True)
class TablesFound:
    """The tables of a tree, in order of the text."""

    #: Tables with a name that no CTE hides.
    references: tuple[exp.Table, ...]
    #: ``id()`` of tables that name a CTE.
    ctes: frozenset[int]
    #: Tables that are calls: ``from range(3)``.
    calls: tuple[exp.Table, ...]


def find_tables(tree: exp.Expr, nodes: Nodes) -> TablesFound:
    """Find the tables of `tree`, whose `nodes` are given.

    A CTE sees those before it, and itself where the WITH is recursive; a name with a schema is never a CTE.
    """
    if nodes.have(exp.With, exp.Into):
        return _tables_in_scopes(tree)
    tables = nodes.of(exp.Table)
    references = sorted(filter(_is_named, tables), key=offset_of)
    return TablesFound(tuple(references), frozenset(), tuple(table for table in tables if not _is_named(table)))


def _is_named(table: exp.Table) -> bool:
    """Whether a table is no call."""
    return isinstance(table.this, (exp.Identifier, exp.Dot))


def _tables_in_scopes(tree: exp.Expr) -> TablesFound:
    """Walk `tree` with the CTE names that each part of it can see."""
    references: list[exp.Table] = []
    calls: list[exp.Table] = []
    ctes: set[int] = set()
    stack: list[tuple[exp.Expr, frozenset[str]]] = [(tree, frozenset())]
    while stack:
        node, visible = stack.pop()
        if isinstance(node, exp.Into):
            continue
        if isinstance(node, exp.Table):
            if not _is_named(node):
                calls.append(node)
            elif len(node.parts) == 1 and fold(node.name) in visible:
                ctes.add(id(node))
            else:
                references.append(node)
        with_clause = node.args.get("with_")
        if isinstance(with_clause, exp.With):
            visible = _push_ctes(with_clause, visible, stack)
        stack.extend((child, visible) for child in node.iter_expressions() if child is not with_clause)
    references.sort(key=offset_of)
    return TablesFound(tuple(references), frozenset(ctes), tuple(calls))


def _push_ctes(
    with_clause: exp.With, visible: frozenset[str], stack: list[tuple[exp.Expr, frozenset[str]]]
) -> frozenset[str]:
    """Put the CTEs on the stack with what each sees; return what the query below them sees."""
    for cte in with_clause.expressions:
        name = fold(cte.alias)
        stack.append((cte, visible | {name} if with_clause.recursive else visible))
        visible |= {name}
    return visible


def offset_of(node: exp.Expr) -> int:
    """Return the offset of the first character that the tree still knows a place for; 0 where it knows none."""
    starts = [place[0] for found in node.walk() if (place := place_of(found)) is not None]
    return min(starts, default=0)


def place_of(node: exp.Expr) -> tuple[int, int] | None:
    """Return the offsets of the first and last character that `node` was read from, None where nobody noted them."""
    meta = node._meta  # the public property would make a dictionary for every node of the tree
    if meta is None or "start" not in meta:
        return None
    return meta["start"], meta["end"]
