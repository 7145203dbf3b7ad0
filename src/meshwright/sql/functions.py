"""What a statement calls: functions it must not, functions that make it impure, and risks to a stable result."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property

from sqlglot import exp
from sqlglot.tokenizer_core import Token, TokenType

from meshwright.frozen import dataclass
from meshwright.sql.function_names import FLOATING, IMPURE, OUTSIDE, RANKING, TABLE_FUNCTIONS
from meshwright.sql.names import fold
from meshwright.sql.nodes import Nodes
from meshwright.sql.scan import Places
from meshwright.sql.tables import offset_of, place_of
from meshwright.sql.values import FunctionUse, SqlProblem

#: Classes of calls that are written without parentheses and keep no place in the tree.
_BARE = {
    "CurrentDate": "current_date",
    "CurrentTime": "current_time",
    "CurrentTimestamp": "current_timestamp",
    "CurrentDatetime": "current_datetime",
    "CurrentUser": "current_user",
    "Localtime": "localtime",
    "Localtimestamp": "localtimestamp",
    "SessionUser": "session_user",
    "CurrentRole": "current_role",
    "CurrentCatalog": "current_catalog",
    "CurrentSchema": "current_schema",
}
#: Classes of calls whose written name the parser does not keep.
_NAMELESS = {
    "ArgMax": ("arg_max", "max_by", "argmax"),
    "ArgMin": ("arg_min", "min_by", "argmin"),
    "GroupConcat": ("string_agg", "group_concat", "listagg"),
}
#: Classes of nodes that are calls, or may keep any of several rows.
_LOOKED_AT = (exp.Func, exp.TableSample, exp.Limit, exp.Fetch, exp.Distinct)
_BARE_COLUMNS = frozenset({"user", "current_role", "current_catalog", "session_user", "current_schema"})


@dataclass(frozen=True, slots=True)
class CallsFound:
    """What the calls of one statement amount to."""

    problems: tuple[SqlProblem, ...]
    impure: tuple[FunctionUse, ...]
    warnings: tuple[SqlProblem, ...]


def find_calls(nodes: Nodes, text: str, tokens: Sequence[Token], places: Places) -> CallsFound:
    """Look at every call."""
    problems: list[SqlProblem] = []
    impure: list[FunctionUse] = []
    warnings: list[SqlProblem] = []
    search = _Words(tokens)
    for node in nodes.of(*_LOOKED_AT):
        if isinstance(node, exp.Func):
            name, offset = _name_and_offset(node, text, search)
            if not name:
                continue
            line, column = places.at(offset)
            if _in_from(node):
                problem = _table_function_problem(name, line, column)
                problems.extend([problem] if problem else [])
            elif name in OUTSIDE or (name.startswith("has_") and name.endswith("_privilege")):
                problems.append(_outside_problem(name, line, column))
            elif name in IMPURE or (name == "age" and len(list(node.iter_expressions())) == 1):
                impure.append(FunctionUse(name=name, line=line, column=column))
            elif name in FLOATING and not _is_ordered(node):
                warnings.append(_floating_warning(name, line, column))
            elif name in RANKING and not _is_ordered(node):
                warnings.append(_ranking_warning(name, line, column))
        elif isinstance(node, exp.TableSample):
            _add_sample(node, impure, search, places)
        elif isinstance(node, (exp.Limit, exp.Fetch)):
            warnings.extend(_limit_warning(node, places))
        elif isinstance(node, exp.Distinct):
            warnings.extend(_distinct_warning(node, places))
    return CallsFound(tuple(problems), tuple(impure), tuple(warnings))


class _Words:
    """Finds the places of words that the tree forgets."""

    def __init__(self, tokens: Sequence[Token]) -> None:
        self._tokens = tokens

    @cached_property
    def _offsets(self) -> dict[str, list[int]]:
        """Where each word stands, the last use at first; most statements use none that the tree forgets."""
        offsets: dict[str, list[int]] = {}
        for token in reversed(self._tokens):
            offsets.setdefault(token.text.lower(), []).append(token.start)
        return offsets

    def first(self, names: Sequence[str]) -> tuple[str, int]:
        """Return the first of `names` that is used, with the offset of its next use."""
        name = next((name for name in names if name in self._offsets), names[0])
        return name, self.next(name)

    def next(self, *words: str) -> int:
        """Return the offset of the next use of the first of `words` that there is; 0 where there is none."""
        for word in words:
            found = self._offsets.get(word)
            if found:
                return found.pop() if len(found) > 1 else found[0]
        return 0


def _name_and_offset(node: exp.Func, text: str, search: _Words) -> tuple[str, int]:
    place = place_of(node) or (place_of(node.parent) if isinstance(node.parent, exp.IgnoreNulls) else None)
    if place is not None:
        return fold(text[place[0] : place[1] + 1].strip('"')), place[0]
    bare = _BARE.get(type(node).__name__)
    if bare:
        return bare, search.next(bare)
    names = _NAMELESS.get(type(node).__name__)
    if names:
        return search.first(names)
    if isinstance(node.parent, exp.Table) and not isinstance(node, exp.Anonymous):
        return fold(type(node).sql_names()[0]), offset_of(node)
    return "", 0


def _in_from(node: exp.Expr) -> bool:
    parent = node.parent
    return isinstance(parent, (exp.Table, exp.Lateral)) and node.arg_key == "this"


def _table_function_problem(name: str, line: int, column: int) -> SqlProblem | None:
    if name in TABLE_FUNCTIONS or name == "explode":
        return None
    reads_files = name.startswith(("read_", "parquet_", "sniff_")) or name.endswith("_scan") or name == "glob"
    return SqlProblem(
        code="MW-Q202",
        message=(
            f"'{name}(...)' reads files, which a model must not: nobody could tell when they change"
            if reads_files
            else f"the table function '{name}' is not allowed: its rows do not come from datasets"
        ),
        line=line,
        column=column,
        fix=(
            "declare a source node in pipeline.yaml (source: {path: ..., format: ...}) and read it by its name"
            if reads_files
            else "allowed table functions: " + ", ".join(sorted(TABLE_FUNCTIONS))
        ),
    )


def _outside_problem(name: str, line: int, column: int) -> SqlProblem:
    return SqlProblem(
        code="MW-Q204",
        message=f"'{name}' reads the surroundings of the engine, which are not part of a model",
        line=line,
        column=column,
        fix="declare a parameter and use it as $name",
    )


def _is_ordered(node: exp.Expr) -> bool:
    """Whether an aggregate has ORDER BY inside, WITHIN GROUP, or in its window."""
    if any(isinstance(child, exp.Order) for child in _arguments(node)):
        return True
    parent = node.parent
    while isinstance(parent, (exp.Filter, exp.IgnoreNulls, exp.RespectNulls, exp.WithinGroup, exp.Window)):
        if isinstance(parent, exp.WithinGroup):
            return True
        if isinstance(parent, exp.Window):
            return parent.args.get("order") is not None or bool(parent.args.get("alias"))
        parent = parent.parent
    return False


def _arguments(node: exp.Expr) -> Iterator[exp.Expr]:
    for child in node.iter_expressions():
        yield child
        if not isinstance(child, exp.Query):
            yield from child.iter_expressions()


def _floating_warning(name: str, line: int, column: int) -> SqlProblem:
    ties = name.startswith(("arg", "max_by", "min_by"))
    what = "picks any of the rows that tie" if ties else "depends on the order in which rows arrive"
    return SqlProblem(
        code="MW-Q301",
        message=f"'{name}' {what}: two builds may differ",
        line=line,
        column=column,
        fix=f"give it an order: {name}(... order by ...)",
    )


def _ranking_warning(name: str, line: int, column: int) -> SqlProblem:
    return SqlProblem(
        code="MW-Q303",
        message=f"'{name}' has a window without ORDER BY: two builds may differ",
        line=line,
        column=column,
        fix=f"order the window: {name}(...) over (order by ...)",
    )


def _add_sample(node: exp.Expr, impure: list[FunctionUse], search: _Words, places: Places) -> None:
    if node.args.get("seed") is None:
        line, column = places.at(search.next("tablesample", "sample"))
        impure.append(FunctionUse(name="sample", line=line, column=column))


def _limit_warning(node: exp.Expr, places: Places) -> Iterator[SqlProblem]:
    query = node.parent
    if query is None or query.args.get("order") is not None or isinstance(query.parent, exp.Exists):
        return
    bound = node.args.get("expression") or node.args.get("count")
    if isinstance(bound, exp.Literal) and bound.this == "0":
        return
    line, column = places.at(offset_of(query))
    yield SqlProblem(
        code="MW-Q302",
        message="LIMIT without ORDER BY keeps any rows: two builds may differ",
        line=line,
        column=column,
        fix="add ORDER BY with columns that make the order unique",
    )


def _distinct_warning(node: exp.Expr, places: Places) -> Iterator[SqlProblem]:
    select = node.parent
    if node.args.get("on") is None or select is None or select.args.get("order") is not None:
        return
    line, column = places.at(offset_of(node))
    yield SqlProblem(
        code="MW-Q302",
        message="DISTINCT ON without ORDER BY keeps any row of each group: two builds may differ",
        line=line,
        column=column,
        fix="add ORDER BY with columns that make the order unique",
    )


def bare_columns(nodes: Nodes, tokens: Sequence[Token], places: Places) -> tuple[FunctionUse, ...]:
    """Words such as ``user`` that the parser takes for columns and the engine for calls."""
    named = (
        place_of(column.this)
        for column in nodes.of(exp.Column)
        if isinstance(column.this, exp.Identifier) and fold(column.name) in _BARE_COLUMNS and not column.table
    )
    columns = {place[0] for place in named if place is not None}
    if not columns:
        return ()
    found: list[FunctionUse] = []
    for token in tokens:
        if (
            token.start in columns
            and token.token_type is not TokenType.IDENTIFIER
            and fold(token.text) in _BARE_COLUMNS
        ):
            line, column = places.at(token.start)
            found.append(FunctionUse(name=fold(token.text), line=line, column=column))
    return tuple(found)
