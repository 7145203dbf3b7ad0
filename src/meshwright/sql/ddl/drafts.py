"""A table while it is read: columns gather what constraints say of them, one by one.

A condition of a CHECK becomes what a contract says in words of its own (an enumeration, a bound, a length, a pattern); what
has no such words becomes a rule of type sql, and only what cannot even be written so is a note.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal, InvalidOperation
from types import MappingProxyType
from typing import Final

from sqlglot import exp
from sqlglot.errors import SqlglotError

from meshwright.diagnostics import SourceSpan
from meshwright.model.rules import Scalar
from meshwright.model.shapes import Note, Relation, Shape, TableShape
from meshwright.sql.names import fold

_NUMERIC: Final = frozenset({"integer", "number"})
_TEMPORAL: Final = frozenset({"date", "timestamp", "time"})
_BRACES: Final = re.compile(r"\{(?!object\})")
#: Comparison -> the option that it is, with the column on the left, and the comparison with the sides exchanged.
_BOUNDS: Final[Mapping[type[exp.Expr], tuple[str, type[exp.Expr]]]] = MappingProxyType(
    {
        exp.GTE: ("minimum", exp.LTE),
        exp.GT: ("exclusiveMinimum", exp.LT),
        exp.LTE: ("maximum", exp.GTE),
        exp.LT: ("exclusiveMaximum", exp.GT),
    }
)
_ABSENT: Final = object()


@dataclass(kw_only=True, slots=True)
class ColumnDraft:
    """A column, and what was said of it so far."""

    shape: Shape
    options: dict[str, object] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.options.update(self.shape.options)

    def set(self, **values: object) -> None:
        """Change fields of the shape."""
        self.shape = replace(self.shape, **values)  # type: ignore[arg-type]

    @property
    def done(self) -> Shape:
        """The column as a value."""
        return replace(self.shape, options=MappingProxyType(dict(self.options)))


@dataclass(kw_only=True, slots=True)
class TableDraft:
    """A table, and what was said of it so far."""

    name: str
    #: The schema that it was written with, where there was one.
    schema: str | None = None
    span: SourceSpan | None = None
    columns: dict[str, ColumnDraft] = field(default_factory=dict)
    description: str | None = None
    uniques: list[tuple[str, ...]] = field(default_factory=list)
    relations: list[Relation] = field(default_factory=list)
    rules: list[Mapping[str, object]] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)

    def column(self, name: str) -> ColumnDraft | None:
        """Return the column of that name, letter case aside."""
        return self.columns.get(fold(name))

    def add(self, column: ColumnDraft) -> None:
        """Add a column."""
        self.columns[fold(column.shape.name)] = column

    def note(self, what: str, column: str = "") -> None:
        """Tell what is not carried over."""
        self.notes.append(Note(what=what, about=f"{self.name}.{column}" if column else self.name, span=self.span))

    def set_key(self, names: list[str]) -> None:
        """Make columns the primary key."""
        for column in self.columns.values():
            column.set(key_position=None)
        for place, name in enumerate(names, 1):
            keyed = self.column(name)
            if keyed is None:
                self.note("a primary key names a column that the table does not have", name)
            else:
                keyed.set(key_position=place, is_required=True)

    def add_unique(self, names: list[str]) -> None:
        """Say that no value, or no combination of values, is there twice."""
        found = [self.column(name) for name in names]
        known = [column for column in found if column is not None]
        if len(known) < len(names):
            self.note("a uniqueness over expressions, not columns, is not carried over")
        elif len(known) == 1:
            known[0].set(is_unique=True)
        elif known:
            self.uniques.append(tuple(column.shape.name for column in known))

    @property
    def done(self) -> TableShape:
        """The table as a value."""
        return TableShape(
            name=self.name,
            schema=self.schema,
            columns=tuple(column.done for column in self.columns.values()),
            description=self.description,
            uniques=tuple(dict.fromkeys(self.uniques)),
            relations=tuple(dict.fromkeys(self.relations)),
            rules=tuple(self.rules),
            span=self.span,
        )


def add_condition(table: TableDraft, condition: exp.Expr, name: str | None, dialect: str) -> None:
    """Carry over the condition of a CHECK: each part that is joined by AND for itself."""
    left = [part for part in _parts(condition) if not _promised(table, part)]
    if not left:
        return
    rest = exp.and_(*(part.copy() for part in left)) if len(left) > 1 else left[0]
    named = f"the CHECK '{name}'" if name else "a CHECK"
    try:
        text = " ".join(rest.sql(dialect="duckdb", comments=False).split())
    except (SqlglotError, ValueError, TypeError, AttributeError, KeyError, RecursionError):
        text = ""
    if not text or _BRACES.search(text) or not all(table.column(each.name) for each in rest.find_all(exp.Column)):
        table.note(f"{named} is not carried over: it cannot be written as a rule ({dialect})")
        return
    rule: dict[str, object] = {"type": "sql"}
    if name:
        rule["name"] = name
    table.rules.append({**rule, "query": f"select count(*) from {{object}} where not ({text})", "mustBe": 0})


def _parts(condition: exp.Expr) -> Iterator[exp.Expr]:
    condition = _bare(condition)
    if isinstance(condition, exp.And):
        yield from _parts(condition.left)
        yield from _parts(condition.right)
    else:
        yield condition


def _bare(node: exp.Expr) -> exp.Expr:
    """Return what stands inside parentheses and casts of columns, which PostgreSQL writes around everything."""
    while isinstance(node, exp.Paren) or (isinstance(node, exp.Cast) and _is_noise(node)):
        node = node.this
    return node


def _is_noise(cast: exp.Cast) -> bool:
    inner = cast.this
    while isinstance(inner, (exp.Paren, exp.Cast)):
        inner = inner.this
    kind = cast.to.this if isinstance(cast.to, exp.DataType) else None
    is_text = kind in {exp.DType.TEXT, exp.DType.VARCHAR, exp.DType.CHAR, exp.DType.BPCHAR, exp.DType.ARRAY}
    return is_text and isinstance(inner, (exp.Column, exp.Literal, exp.Array))


def _promised(table: TableDraft, part: exp.Expr) -> bool:
    """Say a condition in words of contracts; whether it could be."""
    return (
        _as_required(table, part)
        or _as_values(table, part)
        or _as_bound(table, part)
        or _as_range(table, part)
        or _as_length(table, part)
        or _as_multiple(table, part)
        or _as_pattern(table, part)
    )


def _column_of(table: TableDraft, node: exp.Expr | None) -> ColumnDraft | None:
    node = _bare(node) if isinstance(node, exp.Expr) else node
    return table.column(node.name) if isinstance(node, exp.Column) else None


def _as_required(table: TableDraft, part: exp.Expr) -> bool:
    inner = _bare(part.this) if isinstance(part, exp.Not) else None
    if not isinstance(inner, exp.Is) or not isinstance(inner.expression, exp.Null):
        return False
    column = _column_of(table, inner.this)
    if column is None:
        return False
    column.set(is_required=True)
    return True


def _as_values(table: TableDraft, part: exp.Expr) -> bool:
    """Read ``x in (...)``, ``x = 'a' or x = 'b'`` and ``x = any (array[...])``."""
    found = _listed(part)
    if found is None:
        return False
    node, literals = found
    column = _column_of(table, node)
    values = [_literal(each) for each in literals]
    if column is None or column.shape.enum or any(value is _ABSENT or value is None for value in values):
        return False
    kept = [value for value in dict.fromkeys(values) if _fits(column.shape.logical, value)]
    if len(kept) < len(set(values)) or not kept:
        return False
    column.set(enum=tuple(kept))
    return True


def _listed(part: exp.Expr) -> tuple[exp.Expr, list[exp.Expr]] | None:
    """Return what is compared, and the values that it may have."""
    part = _bare(part)
    if isinstance(part, exp.In) and part.expressions and not part.args.get("query"):
        return part.this, part.expressions
    if isinstance(part, exp.EQ):
        right = _bare(part.expression)
        if isinstance(right, exp.Any):
            inner = _bare(right.this)
            return (part.this, inner.expressions) if isinstance(inner, exp.Array) else None
        return part.this, [part.expression]
    if isinstance(part, exp.Or):
        left, right_ = _listed(part.left), _listed(part.right)
        if left and right_ and _bare(left[0]) == _bare(right_[0]):
            return left[0], [*left[1], *right_[1]]
    return None


def _as_bound(table: TableDraft, part: exp.Expr) -> bool:
    kind = type(part)
    if kind not in _BOUNDS:
        return False
    column, limit = _column_of(table, part.left), part.right  # type: ignore[attr-defined]
    if column is None:
        kind = _BOUNDS[kind][1]
        column, limit = _column_of(table, part.right), part.left  # type: ignore[attr-defined]
    return column is not None and _bound(column, _BOUNDS[kind][0], _literal(limit))


def _as_range(table: TableDraft, part: exp.Expr) -> bool:
    if not isinstance(part, exp.Between):
        return False
    column = _column_of(table, part.this)
    low, high = _literal(part.args["low"]), _literal(part.args["high"])
    if column is None or "minimum" in column.options or "maximum" in column.options:
        return False
    if not _is_limit(column, low) or not _is_limit(column, high):
        return False
    return _bound(column, "minimum", low) and _bound(column, "maximum", high)


def _is_limit(column: ColumnDraft, value: object) -> bool:
    kind = column.shape.logical
    if kind in _NUMERIC:
        return isinstance(value, (int, float)) and not isinstance(value, bool)
    return kind in _TEMPORAL and isinstance(value, str)


def _bound(column: ColumnDraft, option: str, value: object) -> bool:
    if option in column.options or not _is_limit(column, value):
        return False
    column.options[option] = value
    return True


def _as_length(table: TableDraft, part: exp.Expr) -> bool:
    if isinstance(part, exp.Between):
        measured, low, high = part.this, _literal(part.args["low"]), _literal(part.args["high"])
    elif isinstance(part, (exp.LTE, exp.LT, exp.GTE, exp.GT, exp.EQ)):
        measured, limit = part.left, _literal(part.right)
        if not isinstance(limit, int) or isinstance(limit, bool):
            return False
        low = {exp.GTE: limit, exp.GT: limit + 1, exp.EQ: limit}.get(type(part), _ABSENT)
        high = {exp.LTE: limit, exp.LT: limit - 1, exp.EQ: limit}.get(type(part), _ABSENT)
    else:
        return False
    measured = _bare(measured)
    column = _column_of(table, measured.this) if isinstance(measured, exp.Length) else None
    if column is None or column.shape.logical != "string":
        return False
    wanted = {name: value for name, value in (("minLength", low), ("maxLength", high)) if value is not _ABSENT}
    if not all(isinstance(value, int) and value >= 0 for value in wanted.values()):
        return False
    if any(name in column.options and column.options[name] != value for name, value in wanted.items()):
        return False
    column.options.update(wanted)
    return True


def _as_multiple(table: TableDraft, part: exp.Expr) -> bool:
    if not isinstance(part, exp.EQ) or _literal(part.right) != 0:
        return False
    rest = _bare(part.left)
    column = _column_of(table, rest.this) if isinstance(rest, exp.Mod) else None
    step = _literal(rest.expression) if isinstance(rest, exp.Mod) else None
    if column is None or column.shape.logical not in _NUMERIC or "multipleOf" in column.options:
        return False
    if not isinstance(step, (int, float)) or isinstance(step, bool) or step <= 0:
        return False
    column.options["multipleOf"] = step
    return True


def _as_pattern(table: TableDraft, part: exp.Expr) -> bool:
    if not isinstance(part, (exp.RegexpLike, exp.RegexpFullMatch)) or part.args.get("flag"):
        return False
    column, pattern = _column_of(table, part.this), _literal(part.expression)
    if column is None or column.shape.logical != "string" or "pattern" in column.options:
        return False
    if not isinstance(pattern, str) or not pattern:
        return False
    column.options["pattern"] = f"^(?:{pattern})$" if isinstance(part, exp.RegexpFullMatch) else pattern
    return True


def _fits(logical: str | None, value: object) -> bool:
    """Whether a value can be one of a logical type; a date among texts would be compared as text."""
    if logical in _NUMERIC:
        return isinstance(value, (int, float)) and not isinstance(value, bool)
    if logical == "boolean":
        return isinstance(value, bool)
    return isinstance(value, str)


def _literal(node: object) -> object:
    """Return the plain value of a literal, `_ABSENT` where it is none."""
    if isinstance(node, (exp.Paren, exp.Cast)):
        return _literal(node.this)
    if isinstance(node, exp.Boolean):
        return bool(node.this)
    if isinstance(node, exp.Neg):
        value = _literal(node.this)
        return -value if isinstance(value, (int, float)) and not isinstance(value, bool) else _ABSENT
    if isinstance(node, exp.Literal):
        return node.name if node.is_string else number(node.name)
    return _ABSENT


def number(text: str) -> Scalar | object:
    """Return a number as JSON would write it: whole where it is, else a float that says the same digits."""
    try:
        exact = Decimal(text)
    except InvalidOperation:
        return _ABSENT
    if exact == exact.to_integral_value() and abs(exact) < Decimal(10) ** 30:
        return int(exact)
    return float(exact) if Decimal(repr(float(exact))) == exact else _ABSENT
