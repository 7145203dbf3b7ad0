"""Tables as CREATE TABLE statements of a dialect, in the order in which they can be run."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass as mutable
from dataclasses import field
from typing import Final

from sqlglot import exp

from meshwright.frozen import dataclass
from meshwright.model.shapes import Note, Relation, Shape, TableShape, columns_of
from meshwright.sql.ddl.dialects import WRITTEN_DIALECTS, SqlDialect
from meshwright.sql.ddl.typewriting import settled, type_text

__all__ = ["WRITTEN_DIALECTS", "TablesWritten", "type_text", "write_tables"]

_CASTS: Final = {"date": exp.DType.DATE, "timestamp": exp.DType.TIMESTAMP, "time": exp.DType.TIME}
_COMPARISONS: Final = (
    ("minimum", exp.GTE), ("exclusiveMinimum", exp.GT), ("maximum", exp.LTE), ("exclusiveMaximum", exp.LT),
)  # fmt: skip
_LENGTHS: Final = (("minLength", exp.GTE), ("maxLength", exp.LTE))


@dataclass(frozen=True, kw_only=True, slots=True)
class TablesWritten:
    """DDL, and what it does not say."""

    text: str
    notes: tuple[Note, ...]


def write_tables(tables: Sequence[TableShape], dialect: SqlDialect) -> TablesWritten:
    """Write all tables."""
    writer = _Writer(dialect=dialect, tables=tables)
    statements = [statement for table in writer.ordered() for statement in writer.table(table)]
    return TablesWritten(text="\n\n".join(statements) + ("\n" if statements else ""), notes=tuple(writer.notes))


@mutable(kw_only=True, slots=True)
class _Writer:
    dialect: SqlDialect
    tables: Sequence[TableShape]
    notes: list[Note] = field(default_factory=list)

    def ordered(self) -> list[TableShape]:
        """Return the tables so that each comes after those that its foreign keys name; circles in the order given."""
        done: list[TableShape] = []
        names = {table.name: table for table in self.tables}
        visiting: set[str] = set()

        def visit(table: TableShape) -> None:
            if table in done or table.name in visiting:
                return
            visiting.add(table.name)
            for relation in table.relations:
                if relation.table in names:
                    visit(names[relation.table])
            visiting.discard(table.name)
            done.append(table)

        for table in self.tables:
            visit(table)
        return done

    def table(self, table: TableShape) -> Iterator[str]:
        """Yield the statements of a table."""
        if not table.columns:
            self._note("a table without columns cannot be created", table.name)
            return
        lines = [self._column(table, column) for column in table.columns]
        lines += self._keys(table)
        lines += self._foreign_keys(table)
        lines += self._checks(table)
        body = ",\n".join(f"  {line}" for line in lines)
        yield f"CREATE TABLE {self._quoted(table.name)} (\n{body}\n){self._table_comment(table)};"
        if self.dialect.comments == "statement":
            yield from self._comments(table)
        elif self.dialect.comments is None and (table.description or any(each.description for each in table.columns)):
            self._note(f"{self.dialect.title} keeps no comments", table.name)

    def _note(self, what: str, about: str) -> None:
        self.notes.append(Note(what=what, about=about))

    def _quoted(self, name: str) -> str:
        return exp.to_identifier(name, quoted=True).sql(dialect=self.dialect.name)

    def _text(self, value: str) -> str:
        return exp.Literal.string(value).sql(dialect=self.dialect.name)

    def _column(self, table: TableShape, column: Shape) -> str:
        about = f"{table.name}.{column.name}"
        kind = type_text(column, self.dialect, lambda what: self._note(what, about))
        is_required = column.is_required or column.key_position is not None
        comment = ""
        if column.description and self.dialect.comments == "inline":
            comment = f" COMMENT {self._text(column.description)}"
        elif column.description and self.dialect.comments == "options":
            comment = f" OPTIONS (description = {self._text(column.description)})"
        return f"{self._quoted(column.name)} {kind}{' NOT NULL' if is_required else ''}{comment}"

    def _table_comment(self, table: TableShape) -> str:
        if table.description and self.dialect.comments == "inline":
            equals = " =" if self.dialect.name == "snowflake" else ""
            return f"\nCOMMENT{equals} {self._text(table.description)}"
        if table.description and self.dialect.comments == "options":
            return f"\nOPTIONS (description = {self._text(table.description)})"
        return ""

    def _comments(self, table: TableShape) -> Iterator[str]:
        name = self._quoted(table.name)
        if table.description:
            yield f"COMMENT ON TABLE {name} IS {self._text(table.description)};"
        for column in table.columns:
            if column.description:
                yield f"COMMENT ON COLUMN {name}.{self._quoted(column.name)} IS {self._text(column.description)};"

    def _can_be_keyed(self, table: TableShape, names: Sequence[str]) -> bool:
        columns = [table.column(name) for name in names]
        kinds = [settled(column) if column is not None else None for column in columns]
        return all(
            kind is not None
            and kind.logical not in {"object", "map", "array", "vector"}
            and not (kind.physical == "JSON" and self.dialect.name != "sqlite")
            for kind in kinds
        )

    def _keys(self, table: TableShape) -> Iterator[str]:
        uniques = [*((column.name,) for column in table.columns if column.is_unique), *table.uniques]
        wanted = [("PRIMARY KEY", table.key, self.dialect.has_primary_key)] if table.key else []
        wanted += [("UNIQUE", names, self.dialect.has_unique) for names in uniques if names != table.key]
        for words, names, is_known in wanted:
            about = columns_of(table.name, names)
            if not is_known:
                self._note(f"{words} cannot be declared in {self.dialect.title}'s CREATE TABLE", about)
            elif not self._can_be_keyed(table, names):
                self._note(f"{words} over nested values cannot be declared in {self.dialect.title}", about)
            else:
                suffix = self.dialect.key_suffix
                yield f"{words} ({', '.join(self._quoted(name) for name in names)}){suffix}"

    def _foreign_keys(self, table: TableShape) -> Iterator[str]:
        for relation in table.relations:
            about = columns_of(table.name, relation.columns)
            problem = self._relation_problem(table, relation)
            if problem:
                self._note(problem, about)
                continue
            columns = ", ".join(self._quoted(name) for name in relation.columns)
            targets = ", ".join(self._quoted(name) for name in relation.target_columns)
            yield f"FOREIGN KEY ({columns}) REFERENCES {self._quoted(relation.table)} ({targets}){self.dialect.key_suffix}"

    def _relation_problem(self, table: TableShape, relation: Relation) -> str | None:  # noqa: PLR0911 - a table of cases
        """Say why a foreign key cannot be declared; None where it can."""
        if not self.dialect.has_foreign_key:
            return f"FOREIGN KEY cannot be declared in {self.dialect.title}'s CREATE TABLE"
        target = next((each for each in self.tables if each.name == relation.table), None)
        if target is None:
            return f"a foreign key to '{relation.table}', which is not in the contract, is not declared"
        columns = [target.column(name) for name in relation.target_columns]
        own = [table.column(name) for name in relation.columns]
        if any(each is None for each in (*columns, *own)):
            return f"a foreign key to a column that '{relation.table}' does not have is not declared"
        is_single = len(columns) == 1 and columns[0] is not None and columns[0].is_unique
        if not (is_single or relation.target_columns in (target.key, *target.uniques)):
            return "a foreign key to columns that are no key is not declared"
        families = [(settled(a).logical, settled(b).logical) for a, b in zip(own, columns, strict=True) if a and b]
        if any(a != b for a, b in families):
            return "a foreign key between columns of different types is not declared"
        order = self.ordered()
        if table.name != target.name and order.index(target) > order.index(table):
            return "a foreign key that closes a circle of tables is not declared"
        return None

    def _checks(self, table: TableShape) -> Iterator[str]:
        for column in table.columns:
            conditions = list(self._conditions(table, column))
            if not conditions:
                continue
            if not self.dialect.has_check:
                self._note(f"{self.dialect.title} checks no values in CREATE TABLE: listed values, ranges, lengths and "
                           "patterns are not said", f"{table.name}.{column.name}")  # fmt: skip
                continue
            yield from (f"CHECK ({condition.sql(dialect=self.dialect.name)})" for condition in conditions)

    def _conditions(self, table: TableShape, column: Shape) -> Iterator[exp.Expr]:
        kind = settled(column)
        about = f"{table.name}.{column.name}"
        this = exp.column(exp.to_identifier(column.name, quoted=True))
        if column.enum:
            literals = [self._literal(value, kind.logical) for value in column.enum if value is not None]
            if all(each is not None for each in literals) and literals:
                yield exp.In(this=this.copy(), expressions=literals)
            else:
                self._note("listed values of such a type cannot be written in SQL", about)
        yield from self._bounds(column, kind, this, about)
        if kind.logical == "string":
            length = exp.Length(this=this.copy())
            for option, comparison in _LENGTHS:
                size = column.options.get(option)
                is_typed = option == "maxLength" and self.dialect.has_sized_text and size != 0
                if isinstance(size, int) and not is_typed:
                    yield comparison(this=length.copy(), expression=exp.Literal.number(size))
        step = column.options.get("multipleOf")
        if isinstance(step, (int, float)) and not isinstance(step, bool):
            zero = exp.Literal.number(0)
            yield exp.EQ(this=exp.Mod(this=this.copy(), expression=_number(step)), expression=zero)
        pattern = column.options.get("pattern")
        if isinstance(pattern, str):
            if self.dialect.has_patterns:
                yield exp.RegexpLike(this=this.copy(), expression=exp.Literal.string(pattern))
            elif self.dialect.has_check:
                self._note(f"{self.dialect.title} matches no patterns", about)

    def _bounds(self, column: Shape, kind: Shape, this: exp.Expr, about: str) -> Iterator[exp.Expr]:
        for option, comparison in _COMPARISONS:
            limit = column.options.get(option)
            if limit is None:
                continue
            literal = self._literal(limit, kind.logical)
            if literal is None:
                self._note("a bound of such a type cannot be written in SQL", about)
            else:
                yield comparison(this=this.copy(), expression=literal)

    def _literal(self, value: object, logical: str | None) -> exp.Expr | None:
        if isinstance(value, bool):
            return exp.Boolean(this=value) if logical == "boolean" else None
        if isinstance(value, (int, float)):
            return _number(value) if logical in {"integer", "number"} and math.isfinite(value) else None
        if not isinstance(value, str) or logical in {
            "integer",
            "number",
            "boolean",
            "object",
            "array",
            "map",
            "vector",
        }:
            return None
        literal = exp.Literal.string(value)
        to = _CASTS.get(logical or "")
        return exp.Cast(this=literal, to=exp.DataType(this=to)) if to and self.dialect.name != "sqlite" else literal


def _number(value: float) -> exp.Expr:
    literal = exp.Literal.number(repr(abs(value)))
    return exp.Neg(this=literal) if value < 0 else literal
