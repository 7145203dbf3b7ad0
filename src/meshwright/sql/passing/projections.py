"""The outputs of a SELECT, for columns that pass through it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sqlglot import exp

from meshwright.sql.names import fold
from meshwright.sql.passing.cuts import Cuts
from meshwright.sql.passing.relations import NOTHING, Column, Passing, Wild
from meshwright.sql.passing.scopes import Scope, Source

_ANY = Column(None, wild=Wild())


def project(select: exp.Select, scope: Scope, cuts: Cuts) -> tuple[Column, ...]:
    """Return the output columns of `select`, whose sources are in `scope`; its aliases are put there too."""
    columns: list[Column] = []
    for projection in select.expressions:
        for column in _outputs(projection, scope, cuts):
            columns.append(column)
            if isinstance(projection, exp.Alias) and column.name is not None:
                scope.aliases.setdefault(fold(column.name), column.passing)
    return tuple(columns)


def passing_of(value: exp.Expr, scope: Scope, cuts: Cuts) -> Passing:
    """Return what passes by an expression: nothing, unless it is a column that is at most cut."""
    inner = cuts.inside(value)
    if isinstance(inner, exp.Column) and not isinstance(inner.this, exp.Star):
        return scope.resolve(tuple(part.name for part in inner.parts))
    return NOTHING


def _outputs(projection: exp.Expr, scope: Scope, cuts: Cuts) -> Iterator[Column]:
    value = projection.this if isinstance(projection, exp.Alias) else projection
    while isinstance(value, exp.Paren):
        value = value.this
    if isinstance(value, exp.Star) or (isinstance(value, exp.Column) and isinstance(value.this, exp.Star)):
        yield from _star(value, scope, cuts)
    elif isinstance(value, exp.Explode) or _is_starred(value):
        yield _ANY  # unnest of a struct, COLUMNS(...), * LIKE '...': any number of columns
    else:
        name = projection.alias if isinstance(projection, exp.Alias) else _own_name(value)
        yield Column(name, passing_of(value, scope, cuts))


def _is_starred(value: exp.Expr) -> bool:
    """Whether an expression has a star of its own, but for that of ``count(*)``."""
    inside = value.walk(prune=lambda node: isinstance(node, exp.Query))
    return any(
        isinstance(node, exp.Columns) or (isinstance(node, exp.Star) and not isinstance(node.parent, exp.Count))
        for node in inside
    )


def _own_name(value: exp.Expr) -> str | None:
    return value.name if isinstance(value, exp.Column) else None


def _star(star: exp.Expr, scope: Scope, cuts: Cuts) -> Iterator[Column]:
    """Yield what ``*`` or ``t.*`` stands for, after EXCLUDE, REPLACE and RENAME."""
    options = star.this if isinstance(star, exp.Column) else star
    sources, is_qualified = scope.sources, isinstance(star, exp.Column)
    if isinstance(star, exp.Column):
        qualifier = tuple(fold(part.name) for part in star.parts[:-1])
        sources = [source for source in sources if source.is_called(qualifier)]
        if len(sources) != 1:
            yield _ANY
            return
    elif scope.is_natural:  # nobody knows which columns are shared
        yield _ANY
        return
    excluded = {fold(item.name) for item in options.args.get("except_") or ()}
    replaced = {item.alias: passing_of(item.this, scope, cuts) for item in options.args.get("replace") or ()}
    renamed = {fold(item.this.name): item for item in options.args.get("rename") or ()}
    shared = {} if is_qualified else scope.shared
    taken = {*excluded, *map(fold, replaced), *renamed}
    gone = {*taken, *shared}
    is_in_order = not (replaced or renamed or shared)
    for source in sources:
        for column in _columns_of(source, scope, gone):
            yield column if is_in_order else column._replace(is_floating=True)
    yield from (Column(name, passing, is_floating=True) for name, passing in replaced.items())
    for item in renamed.values():
        yield Column(item.alias, _renamed(item.this.name, sources, scope, shared), is_floating=True)
    for name, owner in shared.items():
        if name not in taken:
            passing = NOTHING if owner is None else scope.of(owner, name) or NOTHING
            yield Column(name, passing, is_floating=True)


def _renamed(name: str, sources: list[Source], scope: Scope, shared: Mapping[str, Source | None]) -> Passing:
    if fold(name) in shared:
        owner = shared[fold(name)]
        return NOTHING if owner is None else scope.of(owner, name) or NOTHING
    found = [held for source in sources if (held := scope.of(source, name)) is not None]
    return found[0] if len(found) == 1 else NOTHING


def _columns_of(source: Source, scope: Scope, gone: set[str]) -> Iterator[Column]:
    """Yield the columns of a source as they reach the SELECT, without those named in `gone`."""
    relation = source.relation.limited(None if source.is_optional else scope.others(source))
    for column in relation.columns:
        if column.wild is not None:
            yield column._replace(wild=column.wild.without(gone))
        elif column.name is None or fold(column.name) not in gone:
            yield column
