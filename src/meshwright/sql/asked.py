"""Reading a consumer's query: one SELECT in DuckDB's dialect that is not trusted, over datasets that are not known yet.

It says which tables are named and where; whoever knows what the caller may see decides about them. What else may stand in
it is a list of what is allowed, never of what is not; the engine's own parser is asked besides (`engines.duckdb.vetted`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from meshwright.frozen import dataclass
from meshwright.sql.allowed import RULE_FUNCTIONS
from meshwright.sql.findings import into_problems, parameters, references
from meshwright.sql.function_names import IMPURE, OUTSIDE
from meshwright.sql.functions import CallsFound, bare_columns, find_calls
from meshwright.sql.parse import Tree, read_tree
from meshwright.sql.statement import nearest_rule_function
from meshwright.sql.tables import find_tables
from meshwright.sql.unlisted import unlisted_calls
from meshwright.sql.values import FunctionUse, SqlProblem, TableReference

#: Longest text: queries of people and programs have a few thousand characters, and time to parse grows with them.
MOST_CHARACTERS = 100_000

_STARTS = re.compile(r"starts with '(\w+)'$")
_ONE_SELECT = "write one SELECT: a query reads and changes nothing"
_NO_FILE = "read datasets of the mesh by their names, domain.product.dataset"
#: Statements that people try -> how what they are after is got.
_INSTEAD = {
    "describe": "write select * from ... limit 0: the answer without `format` names columns and types",
    "summarize": "write the aggregates that you want; GET /api/v1/datasets/DATASET has what is known of its columns",
    "show": "GET /api/v1/products lists what there is, and /api/v1/search finds it",
    "explain": "leave explain out: a query gives rows",
}
#: What the findings of models are told as: code -> fix.
_FIXES = {
    "MW-Q103": _ONE_SELECT,
    "MW-Q104": _ONE_SELECT,
    "MW-Q206": _ONE_SELECT,
    "MW-Q201": _NO_FILE,
    "MW-Q202": _NO_FILE,
    "MW-Q203": "write domain.product.dataset",
    "MW-Q204": "leave it out: a query reads datasets and its parameters",
    "MW-Q205": "give it a name: write $name, and its value in `params`",
    "MW-Q106": "make it smaller: long lists of values can be a parameter",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class AskedStatement:
    """What a query names, and why it must not run."""

    #: Each distinct table, where first named; names of CTEs are not among them.
    tables: tuple[TableReference, ...] = ()
    #: Names of its parameters, lower case, sorted.
    params: tuple[str, ...] = ()
    #: Whether equal data gives equal answers, the order of rows aside: nothing is kept "as it comes".
    is_settled: bool = False
    #: In order of the text; with one of them the statement is not run.
    problems: tuple[SqlProblem, ...] = ()


def read_asked(text: str) -> AskedStatement:
    """Read one SELECT; whatever is wrong with it is in the answer's `problems`, nothing is raised."""
    if len(text) > MOST_CHARACTERS:
        return AskedStatement(problems=(_too_long(text),))
    tree = read_tree(text, "duckdb")
    if isinstance(tree, SqlProblem):
        return AskedStatement(problems=(_of_query(tree),))
    calls = find_calls(tree.nodes, text, tree.tokens, tree.places)
    params, param_problems = parameters(tree.nodes, tree.tokens, tree.places)
    tables, table_problems = references(find_tables(tree.root, tree.nodes), text, tree.places)
    found = (
        *param_problems,
        *table_problems,
        *calls.problems,
        *into_problems(tree.nodes, tree.places),
        *_forbidden(tree, calls, {(each.line, each.column) for each in calls.problems}),
    )
    problems = sorted(dict.fromkeys(map(_of_query, found)), key=lambda each: (each.line, each.column, each.code))
    return AskedStatement(tables=tables, params=params, is_settled=not calls.warnings, problems=tuple(problems))


def _forbidden(tree: Tree, calls: CallsFound, told: set[tuple[int, int]]) -> Iterator[SqlProblem]:
    """Yield a problem for each call that is not on the list, and for what another moment answers otherwise."""
    bare = bare_columns(tree.nodes, tree.tokens, tree.places)
    for use in (*unlisted_calls(tree.nodes, tree.tokens, tree.places, RULE_FUNCTIONS), *calls.impure, *bare):
        if (use.line, use.column) in told:
            continue
        told.add((use.line, use.column))
        yield _unsettled(use) if use.name in IMPURE or use.name == "sample" else _unlisted(use)


def _unlisted(use: FunctionUse) -> SqlProblem:
    near = None if use.name in OUTSIDE else nearest_rule_function(use.name)
    return SqlProblem(
        code="MW-H201",
        message=f"a query must not call '{use.name[:60]}'",
        line=use.line,
        column=use.column,
        fix=f"did you mean '{near}'?" if near else "use functions of columns and values; a query reads datasets only",
    )


def _unsettled(use: FunctionUse) -> SqlProblem:
    is_sample = use.name == "sample"
    return SqlProblem(
        code="MW-H201",
        message=f"a query must not use '{use.name[:60]}': its answer is another at each moment, for each process or caller",
        line=use.line,
        column=use.column,
        fix="give the sample a seed: USING SAMPLE ... REPEATABLE (1)"
        if is_sample
        else "pass the value as a parameter: write $name, and its value in `params`",
    )


def _too_long(text: str) -> SqlProblem:
    return SqlProblem(
        code="MW-Q106",
        message=f"the query has {len(text):,} characters; {MOST_CHARACTERS:,} are the most",
        line=1,
        column=1,
        fix=_FIXES["MW-Q106"],
    )


def _of_query(problem: SqlProblem) -> SqlProblem:
    """Say query where the parser says model."""
    message = problem.message.replace("a model is one SELECT", "a query is one SELECT").replace(
        "which a model must not: nobody could tell when it changes", "which a query must not"
    )
    for said, own in (
        ("which a model must not: nobody could tell when they change", "which a query must not"),
        ("which a model must not", "which a query must not"),
        ("which are not part of a model", "which a query must not"),
    ):
        message = message.replace(said, own)
    started = _STARTS.search(message)
    fix = _INSTEAD.get(started[1]) if started is not None else None
    return replace(problem, message=message, fix=fix or _FIXES.get(problem.code, problem.fix))
