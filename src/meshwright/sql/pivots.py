"""PIVOT and UNPIVOT as statements, whose ORDER BY, LIMIT and OFFSET the parser does not take, put so that it does.

DuckDB reads ``pivot t on x in (1) using sum(y) order by z`` as ``from (pivot t on x in (1) using sum(y)) order by z``;
the parser reads only the latter. What the engine runs is the user's text, as ever.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlglot.tokenizer_core import Token, TokenType

_OPEN = frozenset({TokenType.L_PAREN, TokenType.L_BRACKET, TokenType.L_BRACE})
_CLOSE = frozenset({TokenType.R_PAREN, TokenType.R_BRACKET, TokenType.R_BRACE})
_PIVOTS = frozenset({TokenType.PIVOT, TokenType.UNPIVOT})
_OTHERS = frozenset({TokenType.SELECT, TokenType.FROM, TokenType.VALUES, TokenType.TABLE})
_ENDS = frozenset({TokenType.ORDER_BY, TokenType.LIMIT, TokenType.OFFSET})


@dataclass(slots=True)
class _Level:
    """What stands between two brackets, or outside of all."""

    first: TokenType | None = None
    #: Where a PIVOT begins that is the statement here; None where there is none.
    pivot: int | None = None
    is_other: bool = False
    is_over: bool = False


def framed_pivots(tokens: Sequence[Token]) -> list[Token]:
    """Return the tokens with each PIVOT statement that ORDER BY, LIMIT or OFFSET follow as a query in FROM."""
    added: dict[int, list[Token]] = {}
    levels = [_Level()]
    for index, token in enumerate(tokens):
        kind, level = token.token_type, levels[-1]
        if kind in _CLOSE:
            if len(levels) > 1:
                levels.pop()
            continue
        if level.first is None:
            level.first = kind
        if kind in _OPEN:
            levels.append(_Level())
        elif level.pivot is None:
            # A PIVOT behind FROM is one of a table: only the first word, or what follows WITH, is a statement.
            if kind in _PIVOTS and not level.is_other and level.first in {kind, TokenType.WITH}:
                level.pivot = index
            level.is_other |= kind in _OTHERS
        elif kind in _ENDS and not level.is_over:
            level.is_over = True
            begin = tokens[level.pivot]
            added[level.pivot] = [_like(begin, TokenType.FROM, "from"), _like(begin, TokenType.L_PAREN, "(")]
            added[index] = [_like(token, TokenType.R_PAREN, ")")]
    return [each for index, token in enumerate(tokens) for each in (*added.get(index, ()), token)]


def _like(token: Token, kind: TokenType, text: str) -> Token:
    """A token that is not in the text, at the place of one that is."""
    return Token(kind, text, token.line, token.col, token.start, token.end)
