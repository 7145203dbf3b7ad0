"""Reading one statement: the order of the passes, and everything that they find."""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp
from sqlglot.dialects.dialect import Dialect
from sqlglot.errors import ParseError, SqlglotError
from sqlglot.tokenizer_core import Token, TokenType

from meshwright.diagnostics import known_names_hint
from meshwright.frozen import dataclass
from meshwright.sql.allowed import RULE_FUNCTIONS
from meshwright.sql.canonical import canonical_form
from meshwright.sql.findings import into_problems, is_starred, parameters, pivot_warnings, references
from meshwright.sql.fingerprints import fingerprint_of
from meshwright.sql.function_names import IMPURE
from meshwright.sql.functions import bare_columns, find_calls
from meshwright.sql.nodes import Nodes
from meshwright.sql.pivots import framed_pivots
from meshwright.sql.scan import Places, find_dialect, template_problem, tokenize
from meshwright.sql.syntax import syntax_problem, too_deep_problem
from meshwright.sql.tables import find_tables, offset_of
from meshwright.sql.unlisted import unlisted_calls
from meshwright.sql.values import FunctionUse, ParsedStatement, SqlProblem

_STARTS = frozenset({"select", "with", "from", "values", "pivot", "unpivot", "table", "("})
#: Classes of statements that are no SELECT.
_FOREIGN = (exp.DML, exp.DDL, exp.Command, exp.Describe, exp.Summarize, exp.Show, exp.Set, exp.Use)
_DIALECTS = ("duckdb", "postgres", "snowflake", "spark", "bigquery", "databricks", "redshift", "trino", "mysql", "tsql")


@dataclass(frozen=True, slots=True)
class Tree:
    """A statement that could be parsed."""

    root: exp.Expr
    nodes: Nodes
    tokens: Sequence[Token]
    places: Places


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
    tokens, problem = _tokens(text, spoken, places)
    return problem or _parsed(text, spoken, tokens, places)


def _tokens(text: str, spoken: Dialect, places: Places) -> tuple[Sequence[Token], SqlProblem | None]:
    tokens, problem = tokenize(text, spoken, places)
    if problem is None:
        problem = template_problem(text, tokens, places)
    return (tokens, problem) if problem else _one_select(tokens, places)


def _parsed(text: str, spoken: Dialect, tokens: Sequence[Token], places: Places) -> Tree | SqlProblem:
    try:
        roots = [root for root in spoken.parser().parse(framed_pivots(tokens), text) if root is not None]
        if not roots:
            return _no_statement()
        nodes = Nodes(roots[0])
        return _not_a_select(roots, nodes, tokens, places) or Tree(roots[0], nodes, tokens, places)
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
    nodes, places = tree.nodes, tree.places
    found = find_tables(tree.root, nodes)
    canonical = canonical_form(tree.root, nodes, text, tree.tokens, found.ctes, dialect)
    calls = find_calls(nodes, text, tree.tokens, places)
    params, param_problems = parameters(nodes, tree.tokens, places)
    tables, table_problems = references(found, text, places)
    impure = (*calls.impure, *bare_columns(nodes, tree.tokens, places))
    problems = _in_order((*param_problems, *table_problems, *calls.problems, *into_problems(nodes, places)))
    told = {*map(_place, problems), *map(_place, impure)}
    unlisted = unlisted_calls(nodes, tree.tokens, places, RULE_FUNCTIONS)
    return ParsedStatement(
        text=text,
        dialect=dialect,
        canonical=canonical,
        fingerprint=fingerprint_of(canonical, dialect),
        tables=tables,
        params=params,
        problems=problems,
        impure=tuple(sorted(dict.fromkeys(impure), key=_place)),
        warnings=_in_order((*calls.warnings, *pivot_warnings(nodes, places))),
        starred=is_starred(nodes),
        unlisted=tuple(use for use in unlisted if _place(use) not in told and use.name not in IMPURE),
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
        return tokens, _no_statement()
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


def _no_statement() -> SqlProblem:
    return SqlProblem(code="MW-Q101", message="there is no statement here", line=1, column=1, fix="write one SELECT")


def _not_a_select(
    roots: Sequence[exp.Expr], nodes: Nodes, tokens: Sequence[Token], places: Places
) -> SqlProblem | None:
    """Refuse what reads like a SELECT and is something else, for example an INSERT within WITH."""
    root = roots[0]
    inner = root
    while isinstance(inner, (exp.Paren, exp.Subquery)) and isinstance(inner.this, exp.Expr):
        inner = inner.this
    is_query = isinstance(inner, (exp.Query, exp.Values, exp.Pivot))
    foreign = next(iter(nodes.of(*_FOREIGN)), None)
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
