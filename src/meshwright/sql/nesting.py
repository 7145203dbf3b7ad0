"""Bounds on the shape of a statement, counted on its tokens before it is parsed.

The compiled parser recurses on the C stack, so deep nesting ends the process. Some forms cost it quadratic time
(300 ``.f()`` in a chain take a second), and some are read twice at every level, so that their time doubles with
each: ROW, MAP and ANY brackets inside each other, and joins whose ON is missing. Found by measuring random nestings.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import field

from sqlglot.tokenizer_core import Token, TokenType

from meshwright.frozen import dataclass

#: Deepest nesting of brackets and CASE; words after which a bracket counts for several.
_MOST_NESTED = 100
_REREAD = frozenset({"row", "map", "any", "all", "some"})
_REREAD_WEIGHT = 8
#: Longest run of words without a value, chain of ``.x``, ``[x]``, ``::x``, and lambdas inside each other.
_MOST_CHAINED = 64
#: Most joins that wait for their ON or USING.
_MOST_OPEN_JOINS = 10
#: Joins that need no condition.
_BARE_JOINS = frozenset({"cross", "natural", "positional"})

_OPENERS = frozenset({TokenType.L_PAREN, TokenType.L_BRACKET, TokenType.L_BRACE})
_CLOSERS = frozenset({TokenType.R_PAREN, TokenType.R_BRACKET, TokenType.R_BRACE})
_CHAINERS = frozenset(
    {
        TokenType.DOT,
        TokenType.L_BRACKET,
        TokenType.DCOLON,
        TokenType.DSTAR,
        TokenType.CARET,
        TokenType.ARROW,
        TokenType.DARROW,
    }
)
_VALUES = frozenset(
    {
        TokenType.VAR,
        TokenType.IDENTIFIER,
        TokenType.NUMBER,
        TokenType.STRING,
        TokenType.NULL,
        TokenType.TRUE,
        TokenType.FALSE,
        TokenType.END,
    }
)
_PLAIN_VALUES = _VALUES - {TokenType.END}
_LAMBDA = frozenset({"lambda", "LAMBDA", "Lambda"})


@dataclass(frozen=True, slots=True)
class TooDeep:
    """Where a statement passes a bound, and which one in words."""

    token: Token
    message: str
    fix: str


def find_too_deep(tokens: Sequence[Token]) -> TooDeep | None:
    """Return the first place where the statement goes beyond what the parser can bear."""
    counts = _Counts()
    for index, token in enumerate(tokens):
        if token.token_type in _PLAIN_VALUES and token.text not in _LAMBDA:
            counts.run = 0
            counts.is_after_value = True
            continue  # most tokens are names, numbers and strings, which open nothing
        _count(counts, token, tokens, index)
        if counts.open_joins > _MOST_OPEN_JOINS:
            return TooDeep(
                token,
                f"more than {_MOST_OPEN_JOINS} joins wait for their ON or USING here",
                "give each JOIN its ON or USING right after its table; only CROSS JOIN needs none",
            )
        if counts.is_too_deep:
            return TooDeep(
                token,
                f"the statement is nested too deeply here; {_MOST_NESTED} levels are the most",
                "name the inner parts with WITH, or make a model of them",
            )
    return None


@dataclass(slots=True)
class _Counts:
    """What has been opened and not closed so far."""

    depth: int = 0
    cases: int = 0
    run: int = 0
    chain: int = 0
    lambdas: int = 0
    open_joins: int = 0
    is_after_value: bool = False
    #: (levels that the bracket counts for, then chain, lambdas and open joins around it)
    brackets: list[tuple[int, int, int, int]] = field(default_factory=list)

    @property
    def is_too_deep(self) -> bool:
        """Whether any bound is passed."""
        return (
            self.depth + self.cases > _MOST_NESTED
            or self.run > _MOST_CHAINED
            or self.chain > _MOST_CHAINED
            or self.lambdas > _MOST_CHAINED
        )


def _count(counts: _Counts, token: Token, tokens: Sequence[Token], index: int) -> None:
    kind = token.token_type
    if kind in _VALUES or kind in _CLOSERS:
        counts.run = 0
        counts.is_after_value = True
        if kind in _CLOSERS:
            _close(counts)
        elif kind is TokenType.END:
            counts.cases = max(0, counts.cases - 1)
        elif token.text in _LAMBDA:
            counts.lambdas += 1
        return
    is_link = counts.is_after_value and kind in _CHAINERS
    is_call = counts.is_after_value and kind is TokenType.L_PAREN
    counts.chain = counts.chain + is_link if is_link or is_call else 0
    counts.is_after_value = False
    if kind in _OPENERS:
        _open(counts, tokens[index - 1] if index else None)
    elif kind is TokenType.COMMA:
        counts.run = counts.lambdas = 0
    else:
        counts.run += 1
        counts.cases += kind is TokenType.CASE
        if kind is TokenType.JOIN:
            words = {before.text.lower() for before in tokens[max(0, index - 3) : index]}
            counts.open_joins += not words & _BARE_JOINS
        elif kind in {TokenType.ON, TokenType.USING}:
            counts.open_joins = max(0, counts.open_joins - 1)


def _open(counts: _Counts, previous: Token | None) -> None:
    weight = _REREAD_WEIGHT if previous is not None and previous.text.lower() in _REREAD else 1
    counts.brackets.append((weight, counts.chain, counts.lambdas, counts.open_joins))
    counts.depth += weight
    counts.run = counts.chain = counts.lambdas = counts.open_joins = 0


def _close(counts: _Counts) -> None:
    if counts.brackets:
        weight, counts.chain, counts.lambdas, around = counts.brackets.pop()
        counts.depth -= weight
        counts.open_joins += around  # those inside are read again with those around them
