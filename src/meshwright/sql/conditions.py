"""``when:`` of a node: a boolean expression over what became of other nodes, and over parameters.

``node.<name>.state``, ``.tests``, ``.rows`` and ``.value.<key>``, ``param.<name>``: each is one value that is known when the
node's turn comes, so that what is evaluated reads nothing at all.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from sqlglot import exp

from meshwright.diagnostics import known_names_hint
from meshwright.frozen import dataclass
from meshwright.sql.allowed import FUNCTIONS
from meshwright.sql.parse import Tree, read_tree
from meshwright.sql.unlisted import unlisted_calls
from meshwright.sql.values import SqlProblem

FIELDS = ("state", "tests", "rows", "value")
#: The words that a node's state and the verdict of its tests may be when somebody asks.
_WORDS = {
    "state": ("succeeded", "failed", "skipped", "blocked", "interrupted"),
    "tests": ("pass", "log", "warn", "stop", "error"),
}
_FORM = "write node.<name>.state, .tests, .rows or .value.<key>, or param.<name>"
#: What comes before the expression in the statement that is parsed.
_BEFORE = "select "


@dataclass(frozen=True, kw_only=True, slots=True)
class Fact:
    """One value that a condition asks for."""

    #: ``node`` or ``param``.
    kind: str
    name: str
    #: ``state``, ``tests``, ``rows``, ``value``; empty for a parameter.
    field: str = ""
    #: Path into the values: ``value.<key>.<key>``.
    path: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class ParsedCondition:
    """A condition as it was read; places count from the expression's beginning."""

    facts: tuple[Fact, ...] = ()
    problems: tuple[SqlProblem, ...] = ()


def parse_condition(text: str) -> ParsedCondition:
    """Read a condition of DuckDB's dialect, and name the values that it asks for, each once."""
    tree = read_tree(_BEFORE + text, "duckdb")
    if isinstance(tree, SqlProblem):
        return ParsedCondition(problems=(_moved(tree),))
    problems = list(_shape(tree))
    facts: dict[Fact, None] = {}
    for column in tree.root.find_all(exp.Column, exp.Dot):
        if isinstance(column.parent, exp.Dot):
            continue
        found = _fact(column)
        if isinstance(found, Fact):
            facts[found] = None
        else:
            problems.append(_problem(found, _FORM))
    problems += _not_boolean(tree.root.expressions[0]) if tree.root.expressions else ()
    problems += _unknown_words(tree.root)
    return ParsedCondition(facts=tuple(facts), problems=tuple(problems))


def condition_query(text: str, values: Mapping[Fact, object], table: str) -> str:
    """Return the SELECT that answers a condition, its facts replaced by their values, over the one row of `table`.

    A value that is not there, or that is no scalar, is NULL.
    """
    tree = read_tree(_BEFORE + text, "duckdb")
    assert isinstance(tree, Tree)  # it was read before

    def filled(node: exp.Expr) -> exp.Expr:
        if isinstance(node, exp.Column | exp.Dot) and isinstance(found := _fact(node), Fact):
            return _literal(values.get(found))
        return node

    holds = tree.root.transform(filled).expressions[0]
    shown = exp.Select(expressions=[exp.alias_(exp.cast(exp.paren(holds), "boolean"), "holds")])
    return shown.from_(table).sql("duckdb")


def _shape(tree: Tree) -> Iterator[SqlProblem]:
    root = tree.root
    extra = [key for key, value in root.args.items() if value and key not in {"expressions", "kind"}]
    if not isinstance(root, exp.Select) or len(root.expressions) != 1 or extra:
        yield _problem("a condition is one boolean expression", "write for example: node.delays.tests = 'warn'")
    elif len(list(root.find_all(exp.Select))) > 1 or root.find(exp.Table, exp.Star):
        yield _problem("a condition reads no table", _FORM)
    elif isinstance(root.expressions[0], exp.Alias):
        yield _problem("a condition has no alias", "write the expression alone")
    else:
        for use in unlisted_calls(tree.nodes, tree.tokens, tree.places, FUNCTIONS):
            hint = known_names_hint(use.name, FUNCTIONS, what="functions")
            yield _moved(
                SqlProblem(
                    code="MW-J010",
                    message=f"function '{use.name}' cannot be used in a condition",
                    line=use.line,
                    column=use.column,
                    fix=hint,
                )
            )


def _not_boolean(holds: exp.Expr) -> Iterator[SqlProblem]:
    """Yield a problem for an expression that is plainly a number or a text: it would hold always, or never."""
    inner = holds.unnest()
    fact = _fact(inner) if isinstance(inner, exp.Column | exp.Dot) else None
    if isinstance(inner, exp.Literal) or (isinstance(fact, Fact) and fact.field in {"rows", "state", "tests"}):
        kind = "text" if inner.is_string or (isinstance(fact, Fact) and fact.field != "rows") else "a number"
        message = f"{inner.sql('duckdb')} is {kind}, and a condition is true or false"
        yield _problem(message, "compare it, for example: node.delays.rows > 0")


def _unknown_words(root: exp.Expr) -> Iterator[SqlProblem]:
    """Yield a problem for each text that a state or a verdict is compared with, and never is."""
    for each in root.find_all(exp.EQ, exp.NEQ, exp.In):
        sides = [each.this, *each.expressions] if isinstance(each, exp.In) else [each.this, each.expression]
        facts = [_fact(side) for side in sides if isinstance(side, exp.Column | exp.Dot)]
        known = next((_WORDS[fact.field] for fact in facts if isinstance(fact, Fact) and fact.field in _WORDS), None)
        for side in sides if known is not None else ():
            if isinstance(side, exp.Literal) and side.is_string and known is not None and side.name not in known:
                yield _problem(f"'{side.name}' is never there", known_names_hint(side.name, known, what="words"))


def _fact(node: exp.Expr) -> Fact | str:
    """Return the value that a dotted name means, or what is wrong with the name."""
    names = _parts(node)
    if names is None:
        return f"'{node.sql('duckdb')}' is no value of a condition"
    written = ".".join(names)
    match names:
        case ["param", name]:
            return Fact(kind="param", name=name)
        case ["node", name, "value", key, *rest]:
            return Fact(kind="node", name=name, field="value", path=(key, *rest))
        case ["node", name, ("state" | "tests" | "rows") as field]:
            return Fact(kind="node", name=name, field=field)
    return f"'{written}' is no value of a condition"


def _parts(node: exp.Expr) -> list[str] | None:
    if isinstance(node, exp.Column):
        return [part.name for part in node.parts]
    if isinstance(node, exp.Dot):
        left = _parts(node.this)
        right = node.expression
        return [*left, right.name] if left is not None and isinstance(right, exp.Identifier) else None
    return None


def _literal(value: object) -> exp.Expr:
    if value is None or isinstance(value, Mapping) or (isinstance(value, Sequence) and not isinstance(value, str)):
        return exp.Null()
    return exp.convert(value)


def _problem(message: str, fix: str | None) -> SqlProblem:
    return SqlProblem(code="MW-J010", message=message, line=1, column=1, fix=fix)


def _moved(problem: SqlProblem) -> SqlProblem:
    column = problem.column - len(_BEFORE) if problem.line == 1 else problem.column
    return SqlProblem(
        code=problem.code, message=problem.message, line=problem.line, column=max(1, column), fix=problem.fix
    )
