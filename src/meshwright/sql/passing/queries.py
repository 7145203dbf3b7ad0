"""Following a query: FROM makes sources, SELECT makes columns. Filters matter not, for they change no row's interval."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sqlglot import exp

from meshwright.sql.names import fold
from meshwright.sql.passing.cuts import Cuts
from meshwright.sql.passing.projections import project
from meshwright.sql.passing.relations import Column, Relation, table, unknown
from meshwright.sql.passing.scopes import Scope, Source
from meshwright.sql.passing.setops import merged

_CTES = Mapping[str, Relation]
#: Parts of a SELECT that choose among rows of all intervals, so that a row of one may push out a row of another.
_CHOOSING = ("limit", "offset", "fetch", "sample")
#: Table functions that give the columns which an alias names, and no others.
_ONE_COLUMN = (exp.Unnest, exp.GenerateSeries)
_GROUPS_WITH_NULLS = (exp.Cube, exp.Rollup, exp.GroupingSets)


class PassingFollower:
    """Follows queries over known tables: reference parts, folded -> address."""

    def __init__(self, addresses: Mapping[tuple[str, ...], str], cuts: Cuts) -> None:
        self._addresses = addresses
        self._cuts = cuts

    def follow(self, query: exp.Expr, around: _CTES) -> Relation:
        """Return the relation that `query` gives, where it can see the CTEs `around`."""
        ctes = self._with_ctes(query, around)
        match query:
            case exp.Select():
                relation = self._select(query, ctes)
            case exp.SetOperation():
                relation = self._set_operation(query, ctes)
            case exp.Subquery() | exp.Paren() if _is_query(query.this):
                relation = self.follow(query.this, ctes)
            case exp.Values():
                names = [Column(f"col{index}") for index in range(_width(query))]
                relation = Relation(tuple(names), self._reads(query.iter_expressions(), ctes))
            case _:
                relation = unknown(self._reads([query], ctes, is_query=True))
        if not isinstance(query, exp.Table) and any(query.args.get(part) is not None for part in _CHOOSING):
            return relation.limited()
        return relation

    def _with_ctes(self, query: exp.Expr, around: _CTES) -> _CTES:
        clause = query.args.get("with_")
        if not isinstance(clause, exp.With):
            return around
        ctes = dict(around)
        for cte in clause.expressions:
            name = fold(cte.alias)
            if clause.recursive:
                without_itself = {**ctes, name: unknown(frozenset())}
                ctes[name] = unknown(self._reads([cte.this], without_itself, is_query=True))
                if not _names_itself(cte.this, name):
                    ctes[name] = self.follow(cte.this, without_itself).renamed(cte.alias_column_names)
            else:
                ctes[name] = self.follow(cte.this, dict(ctes)).renamed(cte.alias_column_names)
        return ctes

    def _select(self, select: exp.Select, ctes: _CTES) -> Relation:
        scope = Scope(ctes=ctes)
        from_clause = select.args.get("from_")
        if from_clause is not None:
            self._add_source(from_clause.this, scope)
        for lateral in select.args.get("laterals") or ():
            self._add_source(lateral, scope)
        for join in select.args.get("joins") or ():
            self._join(join, scope)
        in_from = {"from_", "laterals", "joins", "with_"}
        parts = (part for key, part in select.args.items() if key not in in_from)
        scope.elsewhere |= self._reads(_expressions(parts), ctes)
        relation = Relation(project(select, scope, self._cuts), scope.reads)
        distinct, group = select.args.get("distinct"), select.args.get("group")
        if distinct is not None and distinct.args.get("on") is not None:
            return relation.limited()
        if group is not None and group.find(*_GROUPS_WITH_NULLS) is not None:
            return relation.limited()
        return relation

    def _set_operation(self, query: exp.SetOperation, ctes: _CTES) -> Relation:
        """Follow a chain of set operations from its innermost left side; the chain may be long."""
        chain: list[exp.SetOperation] = [query]
        while isinstance(chain[-1].this, exp.SetOperation) and not chain[-1].this.args.get("with_"):
            chain.append(chain[-1].this)
        relation = self.follow(chain[-1].this, ctes)
        for operation in reversed(chain):
            relation = merged(operation, relation, self.follow(operation.expression, ctes))
        return relation

    def _add_source(self, item: exp.Expr, scope: Scope) -> None:
        """Put one item of FROM, with the joins inside it, into `scope`."""
        inner = item.this
        is_group = isinstance(item, exp.Subquery) and isinstance(inner, (exp.Table, exp.Subquery))
        if is_group and not item.alias and (isinstance(inner, exp.Table) or inner.args.get("joins")):
            self._add_source(inner, scope)  # (t join u): both stay visible under their own names
        else:
            relation, parts = self._relation(item, scope)
            alias = fold(item.alias) or (parts[-1] if parts else None)
            if item.args.get("pivots"):
                relation = unknown(relation.reads | self._reads(item.args["pivots"], scope.ctes))
                alias = next((fold(pivot.alias) for pivot in item.args["pivots"] if pivot.alias), alias)
            elif item.args.get("sample") is not None:
                relation = relation.limited()
            scope.sources.append(Source(alias, relation.renamed(item.alias_column_names), parts))
        for join in item.args.get("joins") or ():
            self._join(join, scope)

    def _relation(self, item: exp.Expr, scope: Scope) -> tuple[Relation, tuple[str, ...]]:
        if isinstance(item, exp.Table) and isinstance(item.this, (exp.Identifier, exp.Dot)):
            parts = tuple(fold(part.name) for part in item.parts)
            if len(parts) == 1 and parts[0] in scope.ctes:
                return scope.ctes[parts[0]], parts
            return table(self._addresses.get(parts, ".".join(parts))), parts
        if isinstance(item, exp.Lateral) and _is_query(item.this):
            return self.follow(item.this, scope.ctes), ()
        if _is_query(item):
            return self.follow(item, scope.ctes), ()
        is_query = isinstance(item, exp.Subquery)  # (t join u) as v: the names that both have change
        reads = self._reads(item.iter_expressions(), scope.ctes, is_query=is_query)
        call = item.this if isinstance(item, (exp.Table, exp.Lateral)) else item
        if isinstance(call, _ONE_COLUMN) and item.alias_column_names:
            return Relation(tuple(map(Column, item.alias_column_names)), reads), ()
        return unknown(reads), ()

    def _join(self, join: exp.Join, scope: Scope) -> None:
        before = len(scope.sources)
        self._add_source(join.this, scope)
        left, right = scope.sources[:before], scope.sources[before:]
        on = join.args.get("on")
        if on is not None:
            scope.elsewhere |= self._reads([on], scope.ctes)
        words = {str(join.args.get(key) or "").upper() for key in ("method", "side", "kind")}
        if words & {"SEMI", "ANTI"}:
            scope.elsewhere = scope.elsewhere.union(*(source.relation.reads for source in right))
            del scope.sources[before:]
            return
        is_full = bool(words & {"FULL", "POSITIONAL"}) or ("OUTER" in words and not words & {"LEFT", "RIGHT"})
        for source in left if is_full or "RIGHT" in words else ():
            source.is_optional = True
        for source in right if is_full or "LEFT" in words else ():
            source.is_optional = True
        scope.is_natural |= "NATURAL" in words
        for item in join.args.get("using") or ():
            _share(fold(item.name), left, scope)

    def _reads(self, parts: Iterable[exp.Expr], ctes: _CTES, *, is_query: bool = False) -> frozenset[str]:
        """Return what is read in expressions (by their subqueries), or in queries that are not followed."""
        found: frozenset[str] = frozenset()
        stack = list(parts)
        while stack:
            node = stack.pop()
            if isinstance(node, exp.Table) and isinstance(node.this, (exp.Identifier, exp.Dot)):
                found |= self._relation(node, Scope(ctes=ctes))[0].reads
            elif not is_query and _is_query(node):
                found |= self.follow(node, ctes).reads
                continue
            seen = self._with_ctes(node, ctes)
            if seen is ctes:
                stack.extend(node.iter_expressions())
            else:
                inside = [child for child in node.iter_expressions() if not isinstance(child, exp.With)]
                found |= self._reads(inside, seen, is_query=is_query)
        return found


def _share(name: str, left: list[Source], scope: Scope) -> None:
    """Show a column of USING once, taken from the left side: what an outer join may fill with NULL passes nothing."""
    if name in scope.shared:
        owner = scope.shared[name]
    else:
        holding = [source for source in left if source.relation.find(name) is not None]
        owner = holding[0] if len(holding) == 1 else None
    scope.shared[name] = owner


def _is_query(node: object) -> bool:
    if isinstance(node, (exp.Subquery, exp.Paren)):
        return _is_query(node.this)
    return isinstance(node, (exp.Select, exp.SetOperation, exp.Values, exp.Pivot))


def _expressions(parts: Iterable[object]) -> list[exp.Expr]:
    found: list[exp.Expr] = []
    for part in parts:
        found.extend(item for item in (part if isinstance(part, list) else [part]) if isinstance(item, exp.Expr))
    return found


def _names_itself(query: exp.Expr, name: str) -> bool:
    return any(len(found.parts) == 1 and fold(found.name) == name for found in query.find_all(exp.Table))


def _width(values: exp.Values) -> int:
    first = next(iter(values.expressions), None)
    return len(first.expressions) if isinstance(first, exp.Tuple) else 1
