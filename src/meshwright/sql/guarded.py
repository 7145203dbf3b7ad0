"""Reading a statement that may see some tables and nothing else: every table and every call must be on a list.

Calls are found among the tokens, not in the tree: whatever stands before a bracket is one, so that nothing that the
parser understands otherwise than the engine slips through. The engine locks itself besides.
"""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterator
from dataclasses import replace

from meshwright.diagnostics import known_names_hint
from meshwright.sql.allowed import FUNCTIONS
from meshwright.sql.findings import into_problems, parameters
from meshwright.sql.function_names import IMPURE
from meshwright.sql.functions import bare_columns, find_calls
from meshwright.sql.names import fold
from meshwright.sql.parse import Tree, read_tree
from meshwright.sql.tables import find_tables, offset_of
from meshwright.sql.unlisted import unlisted_calls
from meshwright.sql.values import GuardedStatement, SqlProblem


def guard(text: str, *, tables: Collection[str], params: Collection[str], what: str) -> GuardedStatement:
    """Read one SELECT of DuckDB's dialect that may read `tables` (``schema.table``) and use the parameters `params`."""
    tree = read_tree(text, "duckdb")
    if isinstance(tree, SqlProblem):
        return GuardedStatement(problems=(_of(tree, what),))
    read, table_problems = _tables(tree, tables, what)
    names, unnamed = parameters(tree.nodes, tree.tokens, tree.places)
    problems = [
        *table_problems,
        *(_of(problem, what) for problem in unnamed),
        *_unknown_parameters(tree, names, params, what),
        *_calls(tree, params, what),
        *_impure(tree, text, params, what),
        *(_of(problem, what) for problem in into_problems(tree.nodes, tree.places)),
    ]
    if not read and not problems:
        problems.append(
            SqlProblem(
                code="MW-Q504",
                message=f"the {what} reads no table, so what it says does not depend on anything",
                line=1,
                column=1,
                fix=known_names_hint("", tables, what="tables"),
            )
        )
    ordered = sorted(dict.fromkeys(problems), key=lambda problem: (problem.line, problem.column, problem.code))
    return GuardedStatement(tables=read, params=names, problems=tuple(ordered))


def _of(problem: SqlProblem, what: str) -> SqlProblem:
    """Say `what` where the parser says model."""
    fix = f"write one SELECT: a {what} reads and changes nothing" if problem.code in _SHAPES else problem.fix
    if problem.code == "MW-Q205":
        fix = "write the value itself, or use a parameter by its name"
    return replace(problem, message=problem.message.replace("a model", f"a {what}"), fix=fix)


#: Findings about what a statement is, whose fixes speak of models.
_SHAPES = frozenset({"MW-Q103", "MW-Q104", "MW-Q206"})


def _tables(tree: Tree, known: Collection[str], what: str) -> tuple[tuple[str, ...], list[SqlProblem]]:
    """Return the known tables that are read, sorted, and a problem for each other one."""
    read: set[str] = set()
    problems = []
    for table in find_tables(tree.root, tree.nodes).references:
        name = ".".join(fold(part.name) for part in table.parts)
        if name in known and len(table.parts) == name.count(".") + 1:
            read.add(name)
            continue
        line, column = tree.places.at(min((offset_of(part) for part in table.parts), default=0))
        full = [each for each in known if each.rpartition(".")[2] == name]
        problems.append(
            SqlProblem(
                code="MW-Q501",
                message=f"there is no table '{name[:100]}' for a {what}",
                line=line,
                column=column,
                fix=f"write '{full[0]}'" if full else known_names_hint(name, known, what="tables"),
            )
        )
    return tuple(sorted(read)), problems


def _unknown_parameters(tree: Tree, names: Collection[str], known: Collection[str], what: str) -> Iterator[SqlProblem]:
    for name in names:
        if name not in known:
            line, column = tree.places.at(_parameter_offset(tree, name))
            yield SqlProblem(
                code="MW-Q503",
                message=f"a {what} has no parameter '${name[:60]}'",
                line=line,
                column=column,
                fix=f"parameters: {', '.join(f'${each}' for each in sorted(known)) or 'there are none'}",
            )


def _parameter_offset(tree: Tree, name: str) -> int:
    """Return where ``$name`` first stands; the sign and the name are two tokens."""
    for sign, word in zip(tree.tokens, tree.tokens[1:], strict=False):
        if sign.text == "$" and fold(word.text) == name:
            return sign.start
    return 0


def _calls(tree: Tree, params: Collection[str], what: str) -> Iterator[SqlProblem]:
    """Yield a problem for each call of what is not on the list."""
    for use in unlisted_calls(tree.nodes, tree.tokens, tree.places, FUNCTIONS):
        if use.name in IMPURE:
            yield _impure_problem(use.name, use.line, use.column, params, what)
            continue
        near = next(iter(difflib.get_close_matches(use.name, FUNCTIONS, n=1, cutoff=0.8)), None)
        yield SqlProblem(
            code="MW-Q502",
            message=f"a {what} must not call '{use.name[:60]}'",
            line=use.line,
            column=use.column,
            fix=f"did you mean '{near}'?"
            if near
            else f"use plain functions of the columns; a {what} reads its tables only",
        )


def _impure(tree: Tree, text: str, params: Collection[str], what: str) -> Iterator[SqlProblem]:
    """Yield a problem for each word that is a call without brackets, and each sample, that another run answers otherwise."""
    calls = find_calls(tree.nodes, text, tree.tokens, tree.places)
    bare = bare_columns(tree.nodes, tree.tokens, tree.places)
    for use in (*calls.impure, *bare):
        yield _impure_problem(use.name, use.line, use.column, params, what)


def _impure_problem(name: str, line: int, column: int, params: Collection[str], what: str) -> SqlProblem:
    return SqlProblem(
        code="MW-Q502",
        message=f"a {what} must not use '{name}': its answer is kept until what it reads changes",
        line=line,
        column=column,
        fix="use $today for the day of the check" if "today" in params else "leave it out",
    )
