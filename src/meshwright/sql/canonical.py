"""The canonical form of a statement: its tree, written out so that equal texts mean equal meaning.

The form keeps everything the tree holds, with the function names as they were written, and forgets only what
cannot change a result: layout, comments, the case of names (DuckDB compares names without case, quoted ones
too), needless parentheses, ``AS``. It never rewrites: two texts that merely compute the same stay apart.
Case is kept where it names an output column, which readers see.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from sqlglot import exp
from sqlglot.tokenizer_core import Token, TokenType

from meshwright.sql.fingerprints import written_table
from meshwright.sql.names import fold
from meshwright.sql.nodes import Nodes
from meshwright.sql.tables import place_of

_LITERALS = frozenset({TokenType.STRING, TokenType.NUMBER})
#: Where a name is compared, never shown: (class of the parent, argument).
_COMPARED = frozenset(
    {
        ("Table", "this"),
        ("Table", "db"),
        ("Table", "catalog"),
        ("TableAlias", "this"),
        ("Join", "using"),
        ("Window", "this"),
        ("Window", "alias"),
        ("Window", "over"),
        ("Lambda", "expressions"),
        ("Anonymous", "this"),
    }
)
#: Classes whose texts are words of the language or names of functions, not values.
_WORDS = frozenset({"WindowSpec", "Window", "Join", "Var", "Anonymous", "Union", "Except", "Intersect", "TableSample"})
#: Arguments that say nothing when false.
_DEFAULTS = frozenset({("Ordered", "desc"), ("Column", "join_mark"), ("Unnest", "offset"), ("Identifier", "quoted")})
#: Classes below which stand a few names at most.
_SHORT = (exp.Identifier, exp.Literal, exp.Column)

#: Writes a text as JSON does.
_quoted = json.JSONEncoder(ensure_ascii=False).encode


class _Rules(NamedTuple):
    """How the nodes of one class are written."""

    #: Arguments that say nothing when false.
    silent: frozenset[str]
    #: Whether texts are words.
    is_word: bool


@lru_cache(maxsize=1024)
def _rules_of(name: str) -> _Rules:
    """Return the rules of the class `name`."""
    return _Rules(frozenset(key for owner, key in _DEFAULTS if owner == name), name in _WORDS)


def canonical_form(
    tree: exp.Expr, nodes: Nodes, text: str, tokens: Sequence[Token], ctes: frozenset[int], dialect: str
) -> str:
    """Write `tree`, parsed from `text`, in canonical form; `ctes` holds the ids of tables that are CTEs."""
    writer = _Writer(text, ctes, folds_quoted=dialect == "duckdb", aliases=_relation_names(nodes))
    body = writer.write(tree)
    lost: list[object] = [*_lost_literals(tokens, writer.literals)]
    brackets = sum(token.token_type is TokenType.L_BRACKET for token in tokens)
    if brackets:  # ``x in [1, null]`` and ``x in (1, null)`` are one tree and two meanings
        lost.append(brackets)
    return f"{body}|{json.dumps(lost, ensure_ascii=False)}" if lost else body


def _relation_names(nodes: Nodes) -> frozenset[str]:
    """Names that qualify columns somewhere in the statement, lower case."""
    return frozenset(fold(table.alias_or_name) for table in nodes.of(exp.Table, exp.Subquery, exp.CTE, exp.Unnest))


def _lost_literals(tokens: Sequence[Token], kept: Counter[str]) -> list[str]:
    """Literals of the text that the tree does not hold as written: the parser reads JSON paths and time formats."""
    literals = [token.text for token in tokens if token.token_type in _LITERALS]
    lost = Counter(literals) - kept
    return [literal for literal in literals if literal in lost]


class _Writer:
    """One pass over a tree, without recursion: deep expressions cost no stack."""

    def __init__(self, text: str, ctes: frozenset[int], *, folds_quoted: bool, aliases: frozenset[str]) -> None:
        self._text = text
        self._ctes = ctes
        self._folds_quoted = folds_quoted
        self._aliases = aliases
        self._shown: set[int] = set()
        self._bound: set[int] = set()
        self.literals: Counter[str] = Counter()

    def write(self, tree: exp.Expr) -> str:
        """Return the form of `tree`."""
        parts: list[str] = []
        open_ones = [iter(self._pieces(_unwrapped(tree)))]
        while open_ones:
            for piece in open_ones[-1]:
                if isinstance(piece, str):
                    parts.append(piece)
                else:
                    open_ones.append(iter(self._pieces(_unwrapped(piece))))
                    break
            else:
                open_ones.pop()
        return "".join(parts)

    def _pieces(self, node: exp.Expr) -> list[str | exp.Expr]:
        """Return text and child nodes that stand for `node`, which is unwrapped; names and literals are text."""
        if isinstance(node, exp.Identifier):
            return [self._name(node)]
        if isinstance(node, exp.Literal):
            self.literals[node.this] += 1
            return [_quoted(node.this) if node.is_string else f"#{node.this}"]
        if isinstance(node, exp.Placeholder) and isinstance(node.this, str):
            return [f"${fold(node.this)}"]
        if isinstance(node, exp.Select):
            self._mark_shown_names(node)
        elif isinstance(node, exp.Lambda):
            self._mark_lambda_names(node)
        name = type(node).__name__
        rules = _rules_of(name)
        pieces: list[str | exp.Expr] = [self._label(node, name), "("]
        is_table = isinstance(node, exp.Table) and isinstance(node.this, exp.Identifier)
        if is_table:
            pieces.append(self._relation(node))
        for key in sorted(node.args):
            value = node.args[key]
            if value is None or (value is False and key in rules.silent) or (isinstance(value, list) and not value):
                continue
            if is_table and key in {"this", "db", "catalog"}:
                continue
            pieces.append(f" {key}=")
            self._add_value(fold(value) if rules.is_word and isinstance(value, str) else value, pieces)
        pieces.append(")")
        return pieces

    def _relation(self, table: exp.Expr) -> str:
        parts = tuple(fold(part.name) for part in table.parts)  # type: ignore[attr-defined]
        return f"@cte{json.dumps(parts[0])}" if id(table) in self._ctes else written_table(parts)

    def _add_value(self, value: object, pieces: list[str | exp.Expr]) -> None:
        if isinstance(value, list):
            pieces.append("[")
            for index, item in enumerate(value):
                if index:
                    pieces.append(",")
                self._add_value(item, pieces)
            pieces.append("]")
        elif isinstance(value, exp.Expr):
            inner = _unwrapped(value)
            if isinstance(inner, _SHORT):  # nothing deep is below it: its text at once, without the stack
                pieces.extend(self._pieces(inner))
            else:
                pieces.append(inner)
        elif isinstance(value, str):
            pieces.append(_quoted(value))
        else:
            pieces.append(str(getattr(value, "value", value)))

    def _label(self, node: exp.Expr, label: str) -> str:
        """The node's class, `label`, with the function name as written: one class may stand for several functions."""
        place = place_of(node)
        if place is None or isinstance(node, exp.Star):
            return label
        written = self._text[place[0] : place[1] + 1].strip('"')
        return f"{label}:{fold(written)}"

    def _mark_shown_names(self, node: exp.Select) -> None:
        """Remember the names below `node` that become, or become part of, an output column's name."""
        for projection in node.expressions:
            inner = _unwrapped(projection)
            if isinstance(inner, exp.Column):
                is_plain = not inner.table or fold(inner.table) in self._aliases
                if not is_plain or (not inner.table and fold(inner.name) in self._aliases):
                    self._shown.add(id(inner.this))
            elif not isinstance(inner, (exp.Alias, exp.Aliases, exp.Star)):
                self._shown.update(id(found) for found in inner.find_all(exp.Identifier))

    def _mark_lambda_names(self, node: exp.Lambda) -> None:
        """Remember the uses of a lambda's parameters: names that nobody sees."""
        names = {fold(parameter.name) for parameter in node.expressions}
        for found in node.this.find_all(exp.Identifier):
            if fold(found.name) in names and not isinstance(found.parent, (exp.PropertyEQ, exp.Alias)):
                self._bound.add(id(found))

    def _name(self, node: exp.Identifier) -> str:
        name = str(node.this)
        is_compared = (
            isinstance(node.parent, exp.Column)
            or id(node) in self._bound
            or (type(node.parent).__name__, node.arg_key) in _COMPARED
        )
        if isinstance(node.parent, exp.TableAlias) and isinstance(node.parent.parent, exp.Unnest):
            is_compared = False  # ``unnest(l) as Name``: the alias may name the column, too
        if is_compared and id(node) not in self._shown and (self._folds_quoted or not node.args.get("quoted")):
            name = fold(name)
        mark = "" if self._folds_quoted or not node.args.get("quoted") else "!"
        return f"`{mark}{_quoted(name)[1:-1]}`"


def _unwrapped(node: exp.Expr) -> exp.Expr:
    """Look through parentheses that only group."""
    while isinstance(node, (exp.Paren, exp.Subquery)) and set(filter(node.args.get, node.args)) == {"this"}:
        inner = node.this
        is_query = isinstance(inner, (exp.Query, exp.Subquery))
        is_operand = node.parent is None or isinstance(node.parent, (exp.SetOperation, exp.Subquery))
        if isinstance(node, exp.Subquery) and not (is_query and is_operand):
            break
        node = inner
    return node
