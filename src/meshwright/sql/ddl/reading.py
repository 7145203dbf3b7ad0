"""CREATE TABLE statements of any dialect, and what belongs to them, into tables.

Statements are parted at semicolons and read one by one, so that functions, grants and data among them stand in nobody's way:
a dump is read as it comes out of a database.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass as mutable
from dataclasses import field, replace
from typing import Final

from sqlglot import exp
from sqlglot.dialects.dialect import Dialect
from sqlglot.errors import ParseError, SqlglotError
from sqlglot.tokenizer_core import Token, TokenType

from meshwright.diagnostics import Diagnostic, SourceSpan, known_names_hint
from meshwright.frozen import dataclass
from meshwright.model.shapes import Note, Relation, Shape, TableShape
from meshwright.sql.ddl.drafts import ColumnDraft, TableDraft, add_condition
from meshwright.sql.ddl.types import read_type, shape_of
from meshwright.sql.names import fold
from meshwright.sql.scan import Places, find_dialect, tokenize
from meshwright.sql.syntax import syntax_problem
from meshwright.sql.values import SqlProblem

#: Dialects that are read.
DIALECTS: Final = (
    "athena", "bigquery", "clickhouse", "databricks", "doris", "drill", "duckdb", "hive", "mysql", "oracle", "postgres",
    "presto", "redshift", "snowflake", "spark", "sqlite", "starrocks", "teradata", "trino", "tsql",
)  # fmt: skip
#: Dialects that fold names without quotes to small letters.
_FOLDING: Final = frozenset({"postgres", "redshift"})
#: Words that a statement can begin with that says something about tables.
_HEADS: Final = frozenset({"create", "alter", "comment"})
#: What a CREATE makes, where it is none of a contract's business.
_FOREIGN_KINDS: Final = frozenset(
    {
        "function", "procedure", "trigger", "sequence", "schema", "database", "role", "user", "extension", "rule", "policy",
        "publication", "subscription", "server", "aggregate", "operator", "cast", "domain", "collation", "language",
        "event", "warehouse", "stage", "stream", "task", "macro", "secret", "index", "statistics", "view", "materialized",
    }
)  # fmt: skip
_MANY: Final = 100


@dataclass(frozen=True, kw_only=True, slots=True)
class TablesRead:
    """What a text defines."""

    tables: tuple[TableShape, ...] = ()
    notes: tuple[Note, ...] = ()
    problems: tuple[Diagnostic, ...] = ()


def read_tables(text: str, file: str, dialect: str) -> TablesRead:
    """Read all tables of a text. Never raises for bad input."""
    spoken = find_dialect(dialect)
    if spoken is None or dialect not in DIALECTS:
        fix = known_names_hint(dialect, DIALECTS, what="dialects")
        problem = Diagnostic(code="MW-C234", message=f"the SQL dialect '{dialect}' is not known", fix=fix)
        return TablesRead(problems=(problem,))
    places = Places.of(text)
    tokens, problem_ = tokenize(text, spoken, places)
    if problem_ is not None:
        return TablesRead(problems=(_diagnostic(problem_, file),))
    reader = _Reader(text=text, file=file, dialect=dialect, spoken=spoken, places=places)
    for statement in _statements(tokens):
        reader.read(statement)
        if len(reader.problems) >= _MANY:
            break
    return reader.done


def read_condition(table: TableDraft, text: str, name: str | None, dialect: str) -> None:
    """Carry over a CHECK that a catalog gives as text: ``CHECK ((amount > 0))``, or the condition alone."""
    inner = text.strip()
    if inner[:5].lower() == "check":
        inner = inner[5:].strip()
    spoken = find_dialect(dialect)
    assert spoken is not None  # the caller names a dialect of a database that it speaks to
    try:
        query = f"select {inner.removesuffix(' NOT VALID')}"
        [root] = spoken.parser().parse(spoken.tokenize(query), query)
        assert root is not None
        [condition] = root.expressions
    except (SqlglotError, ValueError, TypeError, AttributeError, KeyError, IndexError, RecursionError, AssertionError):
        named = f"the CHECK '{name}'" if name else "a CHECK"
        table.note(f"{named} is not carried over: it cannot be read")
        return
    add_condition(table, condition, name, dialect)


def _statements(tokens: Sequence[Token]) -> Iterator[Sequence[Token]]:
    """Part at semicolons; those inside parentheses belong to bodies that nobody reads."""
    start = 0
    for place, token in enumerate(tokens):
        if token.token_type is TokenType.SEMICOLON:
            if place > start:
                yield tokens[start:place]
            start = place + 1
    if start < len(tokens):
        yield tokens[start:]


def _diagnostic(problem: SqlProblem, file: str) -> Diagnostic:
    span = SourceSpan(file=file, line=problem.line, column=problem.column)
    return Diagnostic(code="MW-C233", message=problem.message, span=span, fix=problem.fix)


@mutable(kw_only=True, slots=True)
class _Reader:
    """Reads statements into drafts of tables."""

    text: str
    file: str
    dialect: str
    spoken: Dialect
    places: Places
    drafts: dict[tuple[str, str], TableDraft] = field(default_factory=dict)
    #: Enumerations that were made by CREATE TYPE.
    enums: dict[str, tuple[str, ...]] = field(default_factory=dict)
    notes: list[Note] = field(default_factory=list)
    problems: list[Diagnostic] = field(default_factory=list)
    #: Foreign keys that name no columns of their target, which are its key: resolved at the end.
    open_relations: list[tuple[TableDraft, list[str], str]] = field(default_factory=list)

    def read(self, tokens: Sequence[Token]) -> None:
        """Read one statement."""
        words = [token.text.lower() for token in tokens[:8]]
        span = self._span(tokens[0])
        if words[0] not in _HEADS:
            return
        kind = self._foreign_kind(words)
        if kind is not None:
            if kind in {"view", "materialized"}:
                self.notes.append(
                    Note(what="views are not carried over: their columns have no declared types", span=span)
                )
            return
        if "type" in words[1:4] and self._enum(tokens):
            return
        root = self._parsed(tokens)
        if root is None:
            return
        if isinstance(root, exp.Create):
            self._create(root, span)
        elif isinstance(root, exp.Alter):
            self._alter(root, span)
        elif isinstance(root, exp.Comment):
            self._comment(root, span)
        elif words[0] in {"create", "alter"}:
            what = " ".join(words[:2]).upper()
            self.notes.append(
                Note(what=f"{what} is not read: its form is not known in dialect {self.dialect}", span=span)
            )

    def _enum(self, tokens: Sequence[Token]) -> bool:
        """Read ``CREATE TYPE name AS ENUM ('a', 'b')``, which sqlglot reads in few dialects; whether it is one."""
        words = [token.text.lower() for token in tokens]
        if "enum" not in words or "as" not in words:
            return False
        at = words.index("enum")
        inside = tokens[at + 1 :]
        values = [token.text for token in inside if token.token_type is TokenType.STRING]
        if words[at - 1] != "as" or len(values) != sum(
            token.text not in {"(", ")", ","} or token.token_type is TokenType.STRING for token in inside
        ):
            return False
        self.enums[fold(tokens[at - 2].text)] = tuple(values)
        return True

    def _foreign_kind(self, words: Sequence[str]) -> str | None:
        """Return what a statement makes or changes, where it is no table and no type."""
        if words[0] == "comment":  # ON, what it is, its name: which may be any word
            return next((word for word in words[2:3] if word in _FOREIGN_KINDS), None)
        for word in words[1:]:
            if word in {"table", "type"} or (word == "index" and "unique" in words[:3]):
                return None
            if word in _FOREIGN_KINDS:
                return word
        return "statement"

    def _span(self, token: Token) -> SourceSpan:
        line, column = self.places.at(token.start)
        return SourceSpan(file=self.file, line=line, column=column)

    def _parsed(self, tokens: Sequence[Token]) -> exp.Expr | None:
        try:
            roots = [root for root in self.spoken.parser().parse(list(tokens), self.text) if root is not None]
        except ParseError as error:
            self.problems.append(_diagnostic(syntax_problem(error, tokens, self.places), self.file))
            return None
        except (SqlglotError, ValueError, TypeError, AttributeError, KeyError, IndexError, RecursionError) as error:
            message = f"the statement cannot be read as SQL of dialect {self.dialect} ({type(error).__name__})"
            fix = "name the dialect of the text with --dialect, or take the statement out"
            self.problems.append(Diagnostic(code="MW-C233", message=message, span=self._span(tokens[0]), fix=fix))
            return None
        return roots[0] if roots else None

    def _name(self, node: exp.Expr | None) -> str:
        """Return a name as the dialect keeps it."""
        if node is None:
            return ""
        inner = node.this if isinstance(node, (exp.Column, exp.Table, exp.Ordered)) else node
        while isinstance(inner, (exp.Column, exp.Ordered)):
            inner = inner.this
        is_quoted = isinstance(inner, exp.Identifier) and bool(inner.args.get("quoted"))
        name = inner.name if isinstance(inner, exp.Expr) else str(inner)
        return fold(name) if self.dialect in _FOLDING and not is_quoted else name

    def _create(self, root: exp.Create, span: SourceSpan) -> None:
        kind = str(root.args.get("kind") or "").upper()
        if kind == "TYPE":
            self._create_type(root, span)
        elif kind == "INDEX":
            self._create_index(root)
        elif kind == "TABLE" and isinstance(root.this, exp.Schema):
            self._create_table(root, root.this, span)
        elif kind == "TABLE":
            name = self._name(root.this)
            self.notes.append(Note(what="a table without a list of columns is not carried over", about=name, span=span))

    def _create_type(self, root: exp.Create, span: SourceSpan) -> None:
        kind = root.args.get("expression")
        name = self._name(root.this)
        if isinstance(kind, exp.DataType) and kind.this is exp.DType.ENUM:
            self.enums[fold(name)] = tuple(each.name for each in kind.expressions)
        else:
            self.notes.append(Note(what="a type of its own is not carried over", about=name, span=span))

    def _create_index(self, root: exp.Create) -> None:
        index = root.this
        if not root.args.get("unique") or not isinstance(index, exp.Index):
            return
        table = self._draft(index.args.get("table"))
        params = index.args.get("params")
        if table is None or params is None:
            return
        if params.args.get("where"):
            table.note("a unique index over a part of the rows is not carried over")
            return
        table.add_unique([self._name(each) for each in params.args.get("columns") or ()])

    def _draft(self, node: exp.Expr | None) -> TableDraft | None:
        """Return the draft of a table that a later statement names."""
        if not isinstance(node, exp.Table):
            return None
        name, schema = fold(self._name(node)), fold(node.db)
        found = [draft for (_, each), draft in self.drafts.items() if each == name]
        exact = self.drafts.get((schema, name))
        return exact or (found[0] if len(found) == 1 else None)

    def _create_table(self, root: exp.Create, schema: exp.Schema, span: SourceSpan) -> None:
        name = self._name(schema.this)
        written = self._name(schema.this.args.get("db")) if isinstance(schema.this, exp.Table) else ""
        draft = TableDraft(name=name, schema=written or None, span=span)
        if (fold(written), fold(name)) in self.drafts:
            if not root.args.get("exists"):
                fix = "keep one of the two statements"
                message = f"table '{name}' is created twice"
                self.problems.append(Diagnostic(code="MW-C242", message=message, span=span, fix=fix))
            return
        self.drafts[fold(written), fold(name)] = draft
        later: list[Callable[[], None]] = []
        for item in schema.expressions:
            if isinstance(item, exp.ColumnDef):
                self._column(draft, item, later)
            else:
                later.append(lambda item=item: self._constraint(draft, item))  # type: ignore[misc]
        for step in later:
            step()
        properties = root.args.get("properties")
        for each in properties.expressions if isinstance(properties, exp.Properties) else ():
            self._table_property(draft, each)

    def _table_property(self, draft: TableDraft, node: exp.Expr) -> None:
        if isinstance(node, exp.SchemaCommentProperty):
            draft.description = node.this.name
        elif isinstance(node, exp.PartitionedByProperty):
            draft.note("PARTITION BY is not carried over: where rows lie is no promise")
        elif isinstance(node, exp.Property) and node.name.lower() == "description":
            draft.description = node.args["value"].name
        elif isinstance(node, exp.PrimaryKey):
            draft.set_key([self._name(each) for each in node.expressions])

    def _column(self, draft: TableDraft, node: exp.ColumnDef, later: list[Callable[[], None]]) -> None:
        name = self._name(node.this)
        if fold(name) in draft.columns:
            message, fix = f"column '{name}' of table '{draft.name}' is there twice", "keep one of the two"
            self.problems.append(Diagnostic(code="MW-C242", message=message, span=self._at(node, draft), fix=fix))
            return
        shape = self._type(draft, node.args.get("kind"), name)
        column = ColumnDraft(shape=replace(shape, name=name))
        draft.add(column)
        for constraint in node.args.get("constraints") or ():
            named = constraint.args.get("this")
            label = named.name if isinstance(named, exp.Expr) else None
            later.append(
                lambda kind=constraint.args["kind"], label=label: self._column_constraint(draft, column, kind, label)  # type: ignore[misc]
            )

    def _at(self, node: exp.Expr, draft: TableDraft) -> SourceSpan | None:
        identifier = node.this
        start = identifier.meta.get("start") if isinstance(identifier, exp.Expr) else None
        if not isinstance(start, int):
            return draft.span
        line, column = self.places.at(start)
        return SourceSpan(file=self.file, line=line, column=column)

    def _type(self, draft: TableDraft, kind: exp.Expr | None, name: str) -> Shape:
        if kind is None:
            return Shape()
        if isinstance(kind, exp.DataType):
            shape = shape_of(kind, self.dialect)
            if shape is not None:
                return shape
            if kind.this is exp.DType.USERDEFINED:
                return self._user_type(draft, str(kind.args.get("kind") or ""), name)
        text = kind.sql(dialect=self.dialect)
        draft.note(f"type {text} has no form in a contract: the column has no type there", name)
        return Shape()

    def _user_type(self, draft: TableDraft, written: str, name: str) -> Shape:
        last = fold(written.rpartition(".")[2].strip('"'))
        values = self.enums.get(last)
        if values is not None:
            return Shape(logical="string", physical="VARCHAR", enum=values)
        if last == "citext":
            return Shape(logical="string", physical="VARCHAR")
        draft.note(f"type {written} is not known: the column has no type in the contract", name)
        return Shape()

    def _column_constraint(self, draft: TableDraft, column: ColumnDraft, kind: exp.Expr, label: str | None) -> None:  # noqa: PLR0912 - a table of cases
        name = column.shape.name
        if isinstance(kind, exp.NotNullColumnConstraint):
            if not kind.args.get("allow_null"):
                column.set(is_required=True)
        elif isinstance(kind, exp.PrimaryKeyColumnConstraint):
            draft.set_key([name])
        elif isinstance(kind, exp.UniqueColumnConstraint):
            column.set(is_unique=True)
        elif isinstance(kind, exp.CheckColumnConstraint):
            add_condition(draft, kind.this, label, self.dialect)
        elif isinstance(kind, exp.Reference):
            self._reference(draft, [name], kind)
        elif isinstance(kind, exp.CommentColumnConstraint):
            column.set(description=kind.this.name)
        elif isinstance(kind, exp.Properties):
            self._options(column, kind)
        elif isinstance(kind, exp.GeneratedAsIdentityColumnConstraint) and not kind.args.get("expression"):
            column.set(is_required=True)
        elif isinstance(kind, (exp.DefaultColumnConstraint, exp.AutoIncrementColumnConstraint)):
            draft.note("DEFAULT is not carried over: what is written where nothing is given is no promise", name)
        elif isinstance(
            kind,
            (
                exp.ComputedColumnConstraint,
                exp.GeneratedAsRowColumnConstraint,
                exp.GeneratedAsIdentityColumnConstraint,
            ),
        ):
            draft.note("the expression of a generated column is not carried over", name)
        elif isinstance(kind, exp.CollateColumnConstraint):
            draft.note("COLLATE is not carried over", name)
        else:
            text = kind.sql(dialect=self.dialect)
            draft.note(f"{text.partition(' ')[0].upper() or 'a constraint'} is not carried over", name)

    def _options(self, column: ColumnDraft, node: exp.Properties) -> None:
        """Read OPTIONS (description = '...') of BigQuery."""
        for each in node.expressions:
            if isinstance(each, exp.Property) and each.name.lower() == "description":
                column.set(description=each.args["value"].name)

    def _constraint(self, draft: TableDraft, node: exp.Expr, label: str | None = None) -> None:
        """Read a constraint of the whole table."""
        if isinstance(node, exp.Constraint):
            named = node.this.name if isinstance(node.this, exp.Expr) else None
            for inner in node.expressions:
                self._constraint(draft, inner, named)
        elif isinstance(node, (exp.PrimaryKey, exp.PrimaryKeyColumnConstraint)):
            draft.set_key([self._name(each) for each in node.expressions])
        elif isinstance(node, exp.UniqueColumnConstraint):
            inner = node.this
            draft.add_unique(
                [self._name(each) for each in (inner.expressions if isinstance(inner, exp.Schema) else ())]
            )
        elif isinstance(node, exp.CheckColumnConstraint):
            add_condition(draft, node.this, label, self.dialect)
        elif isinstance(node, exp.ForeignKey):
            reference = node.args.get("reference")
            if isinstance(reference, exp.Reference):
                self._reference(draft, [self._name(each) for each in node.expressions], reference)
        elif not isinstance(node, (exp.IndexColumnConstraint, exp.Index)):
            text = node.sql(dialect=self.dialect)
            draft.note(f"{text.partition(' ')[0].upper()[:40] or 'a constraint'} is not carried over")

    def _reference(self, draft: TableDraft, names: list[str], node: exp.Reference) -> None:
        target = node.this
        columns = [self._name(each) for each in target.expressions] if isinstance(target, exp.Schema) else []
        table = self._name(target.this if isinstance(target, exp.Schema) else target)
        known = [column.shape.name for name in names if (column := draft.column(name))]
        if len(known) < len(names):
            draft.note("a foreign key names a column that the table does not have")
        elif columns and len(columns) == len(known):
            draft.relations.append(Relation(columns=tuple(known), table=table, target_columns=tuple(columns)))
        else:
            self.open_relations.append((draft, known, table))

    def _alter(self, root: exp.Alter, span: SourceSpan) -> None:
        draft = self._draft(root.this)
        if draft is None:
            self.notes.append(
                Note(
                    what="ALTER of a table that the text does not create is not read",
                    about=self._name(root.this),
                    span=span,
                )
            )
            return
        for action in root.args.get("actions") or ():
            later: list[Callable[[], None]] = []
            if isinstance(action, exp.AddConstraint):
                for each in action.expressions:
                    self._constraint(draft, each)
            elif isinstance(action, exp.ColumnDef):
                self._column(draft, action, later)
            elif isinstance(action, exp.AlterColumn) and action.args.get("allow_null") is False:
                column = draft.column(self._name(action.this))
                if column is not None:
                    column.set(is_required=True)
            elif not isinstance(action, exp.AlterColumn):
                draft.note("a change of the table by ALTER is not carried over")
            for step in later:
                step()

    def _comment(self, root: exp.Comment, span: SourceSpan) -> None:
        kind, target = str(root.args.get("kind") or "").upper(), root.this
        words = root.expression.name if isinstance(root.expression, exp.Literal) else None
        if kind == "TABLE":
            draft = self._draft(target)
            if draft is not None:
                draft.description = words
                return
        elif kind == "COLUMN" and isinstance(target, exp.Column):
            owner = exp.Table(this=target.args.get("table"), db=target.args.get("db"))
            draft = self._draft(owner)
            column = draft.column(self._name(target.this)) if draft is not None else None
            if column is not None:
                column.set(description=words)
                return
        else:
            return
        about = target.sql(dialect=self.dialect)
        self.notes.append(
            Note(what="a comment on what the text does not create is not carried over", about=about, span=span)
        )

    @property
    def done(self) -> TablesRead:
        """Everything that was read."""
        for draft, names, table in self.open_relations:
            target = next((each for each in self.drafts.values() if fold(each.name) == fold(table)), None)
            key = target.done.key if target is not None else ()
            if len(key) == len(names):
                draft.relations.append(Relation(columns=tuple(names), table=table, target_columns=key))
            else:
                draft.note(f"the foreign key to '{table}' is not carried over: its key is not known", ", ".join(names))
        notes = [*self.notes, *(note for draft in self.drafts.values() for note in draft.notes)]
        return TablesRead(
            tables=tuple(draft.done for draft in self.drafts.values()),
            notes=tuple(notes),
            problems=tuple(self.problems),
        )


def type_of_text(text: str, dialect: str) -> Shape:
    """Return what a type is that a catalog names; without a type where it is not known."""
    return read_type(text, dialect) or Shape()
