"""Following a query: FROM makes sources, SELECT makes columns, the other clauses decide which rows there are."""

from __future__ import annotations

from collections.abc import Mapping

from sqlglot import exp

from meshwright.sql.lineage.expressions import expression_flow
from meshwright.sql.lineage.flows import NOTHING, Flow, OutputColumn, Relation, Scope, Source
from meshwright.sql.lineage.projections import project
from meshwright.sql.lineage.reshaping import pivot_statement, reshaped
from meshwright.sql.lineage.setops import merged
from meshwright.sql.names import fold

_UNKNOWN = Relation([])


class QueryFollower:
    """Follows queries over a set of known tables; holds nothing else, so it can be used for several."""

    def __init__(self, tables: Mapping[tuple[str, ...], Relation]) -> None:
        self._tables = tables

    def follow(self, query: exp.Expr, scope: Scope) -> Relation:
        """Return the relation that `query` gives inside `scope` (its CTEs, and outer columns it may use)."""
        ctes = self._with_ctes(query, scope)
        inner = Scope(ctes=ctes, parent=scope)
        match query:
            case exp.Select():
                relation = self._select(query, inner)
            case exp.SetOperation():
                relation = self._set_operation(query, inner)
            case exp.Subquery() | exp.Paren() if isinstance(query.this, (exp.Query, exp.Pivot, exp.Values, exp.Paren)):
                relation = self.follow(query.this, inner)
                relation = Relation(relation.columns, relation.rows | self._limits(query, relation, inner))
            case exp.Subquery():
                relation = _combined(inner, self._add_source(query.this, inner))
            case exp.Table():
                relation = _combined(inner, self._add_source(query, inner))
            case exp.Pivot():
                rows = self._add_source(query.this, inner)
                relation = pivot_statement(query, _combined(inner, rows), inner, self.follow)
            case exp.Values():
                relation = self._values(query, inner)
            case _:
                relation = _combined(inner, 0)
        return relation

    def _with_ctes(self, query: exp.Expr, scope: Scope) -> Mapping[str, Relation]:
        clause = query.args.get("with_")
        if not isinstance(clause, exp.With):
            return scope.ctes
        ctes = dict(scope.ctes)
        for cte in clause.expressions:
            name = fold(cte.alias)
            names = cte.alias_column_names
            around = Scope(ctes=dict(ctes), parent=scope)
            if clause.recursive and isinstance(cte.this, exp.SetOperation):
                ctes[name] = self._recursive(cte, name, names, around)
            else:
                ctes[name] = self.follow(cte.this, around).renamed(names)
        return ctes

    def _recursive(self, cte: exp.CTE, name: str, names: list[str], around: Scope) -> Relation:
        """Follow the recursive part again with what it gave before, until nothing more flows."""
        known = self.follow(cte.this.this, around).renamed(names)
        while True:
            inside = Scope(ctes={**around.ctes, name: known}, parent=around.parent)
            following = self.follow(cte.this, inside).renamed(names)
            if (following.columns, following.rows) == (known.columns, known.rows):
                return known
            known = following

    def _select(self, select: exp.Select, scope: Scope) -> Relation:
        rows = 0
        from_clause = select.args.get("from_")
        if from_clause is not None:
            rows |= self._add_source(from_clause.this, scope)
        for lateral in select.args.get("laterals") or ():
            rows |= self._add_source(lateral, scope)
        for join in select.args.get("joins") or ():
            rows |= self._join(join, scope)
        for window in select.args.get("windows") or ():
            flow = expression_flow(window, scope, self.follow)
            name = window.this.name if isinstance(window.this, exp.Expr) else str(window.this)
            scope.windows[fold(name)] = flow.everything
        columns = project(select, scope, self.follow)
        for column in columns:
            if column.may_expand:  # unnest: the length of the list decides how many rows there are
                rows |= column.flow.everything
        for key in ("where", "having", "qualify"):
            clause = select.args.get(key)
            if clause is not None:
                rows |= expression_flow(clause, scope, self.follow).everything
        rows |= self._grouping(select, columns, scope)
        relation = Relation(columns, rows)
        return Relation(columns, rows | self._limits(select, relation, scope))

    def _grouping(self, select: exp.Select, columns: list[OutputColumn], scope: Scope) -> int:
        rows = 0
        group = select.args.get("group")
        if group is not None:
            rows |= expression_flow(group, scope, self.follow).everything
            positions = [key.this for key in group.expressions if isinstance(key, exp.Literal) and not key.is_string]
            rows |= _at_positions(columns, positions)
            if group.args.get("all"):
                rows |= _grouping_outputs(select, columns)
        distinct = select.args.get("distinct")
        if distinct is not None:
            on = distinct.args.get("on")
            rows |= (
                expression_flow(on, scope, self.follow).everything
                if on is not None
                else Relation(columns).all_columns.everything
            )
        return rows

    def _limits(self, query: exp.Expr, relation: Relation, scope: Scope) -> int:
        """Input columns that order or limit the rows."""
        rows = 0
        order = query.args.get("order")
        if order is not None:
            inner = Scope(ctes=scope.ctes, parent=scope, sources=[Source(None, relation)])
            for key in order.expressions:
                value = key.this if isinstance(key, exp.Ordered) else key
                if isinstance(value, exp.Literal) and not value.is_string:
                    rows |= _at_positions(relation.columns, [value.this])
                elif isinstance(value, exp.Var) and value.name.upper() == "ALL":
                    rows |= relation.all_columns.everything
                else:
                    rows |= expression_flow(value, scope if scope.sources else inner, self.follow).everything
                    if isinstance(value, exp.Column) and not value.table:
                        rows |= (relation.find(fold(value.name)) or NOTHING).everything
        for key in ("limit", "offset", "fetch"):
            clause = query.args.get(key)
            if clause is not None:
                rows |= expression_flow(clause, scope, self.follow).everything
        return rows

    def _set_operation(self, query: exp.SetOperation, scope: Scope) -> Relation:
        """Follow a chain of set operations from its innermost left side; the chain may be long."""
        chain: list[exp.SetOperation] = [query]
        while isinstance(chain[-1].this, exp.SetOperation) and not chain[-1].this.args.get("with_"):
            chain.append(chain[-1].this)
        relation = self.follow(chain[-1].this, scope)
        for operation in reversed(chain):
            relation = merged(operation, relation, self.follow(operation.expression, scope))
            relation = Relation(relation.columns, relation.rows | self._limits(operation, relation, scope))
        return relation

    def _values(self, values: exp.Values, scope: Scope) -> Relation:
        columns: list[Flow] = []
        for row in values.expressions:
            cells = row.expressions if isinstance(row, exp.Tuple) else [row]
            for index, cell in enumerate(cells):
                flow = expression_flow(cell, scope, self.follow)
                if index < len(columns):
                    columns[index] = columns[index].joined(flow)
                else:
                    columns.append(flow)
        return Relation([OutputColumn(f"col{index}", flow) for index, flow in enumerate(columns)])

    def _add_source(self, item: exp.Expr, scope: Scope) -> int:
        """Put one item of FROM, with the joins inside it, into `scope`; return what decides its rows."""
        relation, parts = self._source(item, scope)
        if relation is None:  # (t join u): both stay visible under their own names
            rows = self._add_source(item.this, scope)
        else:
            alias = fold(item.alias) or (parts[-1] if parts else None)
            pivots = item.args.get("pivots") or ()
            for pivot in pivots:
                relation = reshaped(pivot, relation, scope, self.follow)
                alias = fold(pivot.alias) or alias
            scope.sources.append(Source(alias, relation.renamed(item.alias_column_names), parts))
            rows = relation.rows
        for join in item.args.get("joins") or ():
            rows |= self._join(join, scope)
        return rows

    def _source(self, item: exp.Expr, scope: Scope) -> tuple[Relation | None, tuple[str, ...]]:
        if isinstance(item, exp.Table) and isinstance(item.this, (exp.Identifier, exp.Dot)):
            parts = tuple(fold(part.name) for part in item.parts)
            if len(parts) == 1 and parts[0] in scope.ctes:
                return scope.ctes[parts[0]], parts
            return self._tables.get(parts, _UNKNOWN), parts
        if isinstance(item, exp.Subquery) and isinstance(item.this, (exp.Table, exp.Subquery)) and not item.alias:
            inner = item.this
            if isinstance(inner, exp.Table) or (isinstance(inner, exp.Subquery) and inner.args.get("joins")):
                return None, ()
        if isinstance(item, (exp.Query, exp.Values, exp.Pivot)):
            return self.follow(item, scope), ()
        if isinstance(item, exp.Lateral) and isinstance(item.this, exp.Query):
            return self.follow(item.this, scope), ()
        return self._call(item, scope), ()

    def _call(self, item: exp.Expr, scope: Scope) -> Relation:
        """A function in FROM: whatever its arguments hold may be in each of its columns."""
        flow = NOTHING
        call = item.this if isinstance(item, (exp.Table, exp.Lateral)) else item
        for part in call.iter_expressions():
            if not isinstance(part, exp.TableAlias):
                flow = flow.joined(expression_flow(part, scope, self.follow))
        return Relation([OutputColumn(None, flow, is_wild=True)], flow.everything)

    def _join(self, join: exp.Join, scope: Scope) -> int:
        before = len(scope.sources)
        rows = self._add_source(join.this, scope)
        left, right = scope.sources[:before], scope.sources[before:]
        names = [fold(item.name) for item in join.args.get("using") or ()]
        if str(join.args.get("method") or "").upper() == "NATURAL":
            names = _shared_names(left, right)
        side = str(join.args.get("side") or "").upper()
        for name in names:
            rows |= _merge_column(name, left, right, side)
        on = join.args.get("on")
        if on is not None:
            rows |= expression_flow(on, scope, self.follow).everything
        if str(join.args.get("kind") or "").upper() in {"SEMI", "ANTI"}:
            del scope.sources[before:]
        return rows


def _combined(scope: Scope, rows: int) -> Relation:
    """Return all sources that were put into a scope as one relation, whose rows `rows` decide."""
    columns = [
        column._replace(flow=source.merged.get(fold(column.name), column.flow)) if column.name else column
        for source in scope.sources
        for column in source.relation.columns
        if column.name is None or fold(column.name) not in source.merged_away
    ]
    return Relation(columns, rows)


def _shared_names(left: list[Source], right: list[Source]) -> list[str]:
    def names(sources: list[Source]) -> list[str]:
        return [fold(column.name) for source in sources for column in source.relation.columns if column.name]

    known = set(names(left))
    return [name for name in dict.fromkeys(names(right)) if name in known]


def _merge_column(name: str, left: list[Source], right: list[Source], side: str) -> int:
    """Show a column of USING once, where the left side has it; return the columns that are compared."""
    owner = next((source for source in left if name not in source.merged_away and source.find(name)), None)
    other = next((source for source in right if source.find(name)), None)
    left_flow = (owner.find(name) if owner else None) or _wild_of(left)
    right_flow = (other.find(name) if other else None) or _wild_of(right)
    if other is not None:
        other.merged_away.add(name)
    if owner is not None:
        shown = {"RIGHT": right_flow, "FULL": left_flow.joined(right_flow)}.get(side, left_flow)
        owner.merged[name] = shown
    return left_flow.everything | right_flow.everything


def _wild_of(sources: list[Source]) -> Flow:
    flow = NOTHING
    for source in sources:
        flow = flow.joined(source.relation.wild or NOTHING)
    return flow


def _at_positions(columns: tuple[OutputColumn, ...] | list[OutputColumn], positions: list[str]) -> int:
    """Columns named by their place: ``group by 1``."""
    bits = 0
    for position in positions:
        index = int(position) - 1 if position.isdigit() else -1
        if 0 <= index < len(columns) and not any(column.is_wild for column in columns[: index + 1]):
            bits |= columns[index].flow.everything
        else:
            bits |= Relation(columns).all_columns.everything
    return bits


def _grouping_outputs(select: exp.Select, columns: list[OutputColumn]) -> int:
    """GROUP BY ALL groups by the outputs that hold no aggregate; a star makes positions unsure, so all count."""
    if len(columns) != len(select.expressions):
        return Relation(columns).all_columns.everything
    bits = 0
    for projection, column in zip(select.expressions, columns, strict=True):
        if projection.find(exp.AggFunc) is None:
            bits |= column.flow.everything
    return bits
