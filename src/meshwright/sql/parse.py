"""Reading one statement: the order of the passes, and everything that they find."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlglot import exp
from sqlglot.errors import ParseError, SqlglotError
from sqlglot.tokenizer_core import Token, TokenType

from meshwright.diagnostics import known_names_hint
from meshwright.sql.canonical import canonical_form, fingerprint_of
from meshwright.sql.functions import bare_columns, find_calls
from meshwright.sql.names import fold
from meshwright.sql.scan import Places, find_dialect, template_problem, tokenize
from meshwright.sql.syntax import syntax_problem, too_deep_problem
from meshwright.sql.tables import TablesFound, find_tables, offset_of
from meshwright.sql.values import FunctionUse, ParsedStatement, SqlProblem, TableReference

_STARTS = frozenset({"select", "with", "from", "values", "pivot", "unpivot", "table", "("})
_FILE_ENDINGS = (".csv", ".parquet", ".json", ".ndjson", ".jsonl", ".tsv", ".txt", ".gz", ".zst", ".xlsx", ".db", ".duckdb")
_DIALECTS = ("duckdb", "postgres", "snowflake", "spark", "bigquery", "databricks", "redshift", "trino", "mysql", "tsql")


@dataclass(frozen=True, slots=True)
class Tree:
    """A statement that could be parsed."""

    root: exp.Expr
    tokens: Sequence[Token]
    places: Places
    tables: TablesFound


def read_tree(text: str, dialect: str) -> Tree | SqlProblem:
    """Parse `text` as one SELECT; the problem that prevents it instead."""
    places = Places.of(text)
    spoken = find_dialect(dialect)
    if spoken is None:
        return SqlProblem(
            code="MW-Q108",
            message=f"the SQL dialect '{dialect}' is not known",
            line=1,
            column=1,
            fix=known_names_hint(dialect, _DIALECTS, what="dialects"),
        )
    tokens, problem = tokenize(text, spoken, places)
    if problem is None:
        problem = template_problem(text, tokens, places)
    if problem is None:
        tokens, problem = _one_select(tokens, places)
    if problem is not None:
        return problem
    try:
        roots = [root for root in spoken.parser().parse(list(tokens), text) if root is not None]
        problem = _not_a_select(roots, tokens, places)
        if problem is not None:
            return problem
        return Tree(roots[0], tokens, places, find_tables(roots[0]))
    except ParseError as error:
        return syntax_problem(error, tokens, places)
    except RecursionError:
        return too_deep_problem()
    except (SqlglotError, ValueError, TypeError, AttributeError, KeyError, IndexError) as error:
        # The parser trips over some malformed texts with errors of its own making instead of a ParseError.
        return SqlProblem(
            code="MW-Q102", message=f"the text cannot be read as SQL ({type(error).__name__})", line=1, column=1
        )


def parse(text: str, dialect: str) -> ParsedStatement:
    """Read one SELECT and report all that can be said of it."""
    tree = read_tree(text, dialect)
    if isinstance(tree, SqlProblem):
        return ParsedStatement(text=text, dialect=dialect, canonical="", fingerprint="", problems=(tree,))
    root, places = tree.root, tree.places
    canonical = canonical_form(root, text, tree.tokens, tree.tables.ctes, dialect)
    calls = find_calls(root, text, tree.tokens, places)
    params, param_problems = _parameters(root, tree.tokens, places)
    references, table_problems = _references(tree, text)
    impure = (*calls.impure, *bare_columns(tree.tokens, _column_offsets(root), places))
    return ParsedStatement(
        text=text,
        dialect=dialect,
        canonical=canonical,
        fingerprint=fingerprint_of(canonical, dialect),
        tables=references,
        params=params,
        problems=_in_order((*param_problems, *table_problems, *calls.problems, *_other_problems(root, places))),
        impure=tuple(sorted(dict.fromkeys(impure), key=_place)),
        warnings=_in_order((*calls.warnings, *_pivot_warnings(root, places))),
        starred=root.find(exp.Star, exp.Columns) is not None and _is_starred(root),
    )


def _place(found: SqlProblem | FunctionUse) -> tuple[int, int]:
    return found.line, found.column


def _in_order(problems: Sequence[SqlProblem]) -> tuple[SqlProblem, ...]:
    return tuple(sorted(dict.fromkeys(problems), key=_place))


def _one_select(tokens: Sequence[Token], places: Places) -> tuple[Sequence[Token], SqlProblem | None]:
    """Drop trailing semicolons; refuse nothing, several statements, and what does not begin like a SELECT."""
    end = len(tokens)
    while end and tokens[end - 1].token_type is TokenType.SEMICOLON:
        end -= 1
    tokens = tokens[:end]
    if not tokens:
        return tokens, SqlProblem(
            code="MW-Q101", message="there is no statement here", line=1, column=1, fix="write one SELECT"
        )
    first = tokens[0].text.lower()
    line, column = places.at(tokens[0].start)
    for index, token in enumerate(tokens):
        if token.token_type is TokenType.SEMICOLON:
            line, column = places.at(tokens[min(index + 1, end - 1)].start)
            return tokens, SqlProblem(
                code="MW-Q103",
                message="a second statement starts here, and a model is one SELECT",
                line=line,
                column=column,
                fix="keep one SELECT; make further models of the others",
            )
    if first not in _STARTS:
        return tokens, SqlProblem(
            code="MW-Q104",
            message=f"a model is one SELECT, and this statement starts with '{tokens[0].text[:40]}'",
            line=line,
            column=column,
            fix="write the SELECT alone: building the table, settings and files are meshwright's part",
        )
    return tokens, None


def _not_a_select(roots: Sequence[exp.Expr], tokens: Sequence[Token], places: Places) -> SqlProblem | None:
    """Refuse what reads like a SELECT and is something else, for example an INSERT within WITH."""
    if not roots:
        return SqlProblem(code="MW-Q101", message="there is no statement here", line=1, column=1, fix="write one SELECT")
    root = roots[0]
    inner = root
    while isinstance(inner, (exp.Paren, exp.Subquery)) and isinstance(inner.this, exp.Expr):
        inner = inner.this
    is_query = isinstance(inner, (exp.Query, exp.Values, exp.Pivot))
    foreign = root.find(exp.DML, exp.DDL, exp.Command, exp.Describe, exp.Summarize, exp.Show, exp.Set, exp.Use)
    if isinstance(foreign, exp.Query):
        foreign = None
    if len(roots) == 1 and is_query and foreign is None:
        return None
    offset = offset_of(foreign) if foreign is not None else tokens[0].start
    line, column = places.at(offset)
    kind = type(foreign if foreign is not None else inner).__name__.upper()
    return SqlProblem(
        code="MW-Q104",
        message=f"a model is one SELECT, and this is or holds {kind}",
        line=line,
        column=column,
        fix="write the SELECT alone: building the table, settings and files are meshwright's part",
    )


def _parameters(
    root: exp.Expr, tokens: Sequence[Token], places: Places
) -> tuple[tuple[str, ...], tuple[SqlProblem, ...]]:
    """Names of ``$name`` parameters; a problem for each one that goes by position."""
    names: set[str] = set()
    positional = False
    for node in root.find_all(exp.Placeholder, exp.Parameter):
        name = node.name if isinstance(node.this, exp.Expr) else str(node.this or "")
        if not name or name.isdigit():
            positional = True
        else:
            names.add(fold(name))
    if not positional:
        return tuple(sorted(names)), ()
    problems = []
    for index, token in enumerate(tokens):
        following = tokens[index + 1] if index + 1 < len(tokens) else None
        numbered = token.text == "$" and following is not None and following.token_type is TokenType.NUMBER
        if token.token_type is TokenType.PLACEHOLDER or numbered:
            line, column = places.at(token.start)
            written = f"${following.text}" if numbered and following is not None else "?"
            problems.append(
                SqlProblem(
                    code="MW-Q205",
                    message=f"the parameter '{written}' has no name",
                    line=line,
                    column=column,
                    fix="declare it under 'params' in pipeline.yaml and write $name",
                )
            )
    return tuple(sorted(names)), tuple(problems)


def _references(tree: Tree, text: str) -> tuple[tuple[TableReference, ...], tuple[SqlProblem, ...]]:
    """Tables by name, each once, and a problem for those that are files or have a wrong number of parts."""
    found: dict[tuple[str, ...], TableReference] = {}
    problems: list[SqlProblem] = []
    for table in tree.tables.references:
        offset = offset_of(table.this) if len(table.parts) == 1 else min(offset_of(part) for part in table.parts)
        line, column = tree.places.at(offset)
        parts = tuple(fold(part.name) for part in table.parts)
        if _is_file(parts, text[offset : offset + 1]):
            problems.append(_file_problem(table.name, line, column))
            continue
        if len(parts) not in {1, 3}:
            problems.append(_parts_problem(parts, line, column))
            continue
        found.setdefault(parts, TableReference(parts=parts, line=line, column=column))
    return tuple(found.values()), tuple(problems)


def _is_file(parts: tuple[str, ...], first: str) -> bool:
    if len(parts) != 1:
        return False
    name = parts[0]
    return first == "'" or "/" in name or "\\" in name or "*" in name or name.endswith(_FILE_ENDINGS)


def _file_problem(name: str, line: int, column: int) -> SqlProblem:
    return SqlProblem(
        code="MW-Q201",
        message=f"the file '{name}' is read directly, which a model must not: nobody could tell when it changes",
        line=line,
        column=column,
        fix="declare a source node in pipeline.yaml (source: {path: ..., format: ...}) and read it by its name",
    )


def _parts_problem(parts: tuple[str, ...], line: int, column: int) -> SqlProblem:
    return SqlProblem(
        code="MW-Q203",
        message=f"'{'.'.join(parts)}' has {len(parts)} parts; a dataset is named by one or by three",
        line=line,
        column=column,
        fix=f"write '{parts[-1]}' for the product's own dataset, or domain.product.{parts[-1]} for any other",
    )


def _column_offsets(root: exp.Expr) -> frozenset[int]:
    offsets = (
        column.this.meta.get("start")
        for column in root.find_all(exp.Column)
        if isinstance(column.this, exp.Identifier) and not column.table
    )
    return frozenset(offset for offset in offsets if offset is not None)


def _other_problems(root: exp.Expr, places: Places) -> Iterator[SqlProblem]:
    for into in root.find_all(exp.Into):
        line, column = places.at(offset_of(into))
        yield SqlProblem(
            code="MW-Q206",
            message="SELECT ... INTO writes a table, which a model must not",
            line=line,
            column=column,
            fix="remove INTO: the model's file name is the name of its dataset",
        )


def _pivot_warnings(root: exp.Expr, places: Places) -> Iterator[SqlProblem]:
    """Warn of a PIVOT whose columns only the data knows."""
    for pivot in root.find_all(exp.Pivot):
        if pivot.args.get("unpivot") or not pivot.args.get("using"):
            continue
        if any(not isinstance(item, exp.In) for item in pivot.expressions):
            line, column = places.at(offset_of(pivot))
            yield SqlProblem(
                code="MW-Q304",
                message="this PIVOT takes its columns from the data, so they cannot be known before it is built",
                line=line,
                column=column,
                fix="list the values: pivot ... on column in ('a', 'b') using ...",
            )


def _is_starred(root: exp.Expr) -> bool:
    """Whether a star selects columns; the one of ``count(*)`` does not."""
    if root.find(exp.Columns) is not None:
        return True
    return any(not isinstance(star.parent, exp.Func) for star in root.find_all(exp.Star))


