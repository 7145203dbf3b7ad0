"""Tokens of a statement, and the bounds that keep the parser safe from hostile text.

The compiled parser recurses on the C stack: deep nesting ends the process and long postfix chains take
quadratic time (300 ``.f()`` take a second). So the tokens are counted before anything is parsed.
"""

from __future__ import annotations

import bisect
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from sqlglot.dialects.dialect import Dialect
from sqlglot.dialects.duckdb import DuckDB
from sqlglot.errors import SqlglotError
from sqlglot.tokenizer_core import Token, TokenType

from meshwright.sql.comments import blank_comments, open_quote
from meshwright.sql.values import SqlProblem

#: Longest statement, in characters and in tokens.
_MOST_CHARACTERS = 1_000_000
_MOST_TOKENS = 50_000
#: Deepest nesting of brackets and CASE, longest run of prefix words, longest chain of ``.x``, ``[x]``, ``::x``.
_MOST_NESTED = 100
_MOST_CHAINED = 64

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
#: Words after which the parser reads a bracket twice, so that nesting them doubles the time with every level; such a
#: bracket counts for several.
_REREAD = frozenset({"row", "map", "any", "all", "some"})
_REREAD_WEIGHT = 8

_TEMPLATE = re.compile(r"\{\{|\{%|\{#")
_UNREADABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Places:
    """Turns offsets into lines and columns that count from 1."""

    starts: tuple[int, ...]

    @classmethod
    def of(cls, text: str) -> Places:
        """Index the lines of `text`."""
        return cls((0, *(match.end() for match in re.finditer(r"\r\n|\r|\n", text))))

    def at(self, offset: int) -> tuple[int, int]:
        """Return line and column of the character at `offset`."""
        line = bisect.bisect_right(self.starts, offset)
        return line, offset - self.starts[line - 1] + 1


@lru_cache(maxsize=16)
def find_dialect(name: str) -> Dialect | None:
    """Return the parser's dialect of that name, None where there is none."""
    if not name.isidentifier() or name.lower() != name:
        return None
    try:
        return Dialect.get_or_raise(name)
    except ValueError:
        return None


def is_duckdb(dialect: Dialect) -> bool:
    """Whether quotes and comments are those of DuckDB."""
    return isinstance(dialect, DuckDB)


def tokenize(text: str, dialect: Dialect, places: Places) -> tuple[Sequence[Token], SqlProblem | None]:
    """Split `text` into tokens without comments; a problem where it cannot be, or must not be parsed."""
    problem = _text_problem(text, places)
    if problem:
        return (), problem
    try:
        tokens = dialect.tokenize(blank_comments(text) if is_duckdb(dialect) else text)
    except (SqlglotError, ValueError, OverflowError, RecursionError):
        return (), _unterminated(text, places)
    for token in tokens:
        token.comments.clear()
    return tokens, _shape_problem(tokens, places)


def _text_problem(text: str, places: Places) -> SqlProblem | None:
    if len(text) > _MOST_CHARACTERS:
        return SqlProblem(
            code="MW-Q106",
            message=f"the statement has {len(text):,} characters; {_MOST_CHARACTERS:,} are the most",
            line=1,
            column=1,
            fix="move data into a source file and split the model into several",
        )
    found = _UNREADABLE.search(text)
    if found:
        line, column = places.at(found.start())
        return SqlProblem(
            code="MW-Q107",
            message=f"the character U+{ord(found[0]):04X} cannot stand in SQL",
            line=line,
            column=column,
            fix="remove it, and save the file as UTF-8 text",
        )
    return None


def _unterminated(text: str, places: Places) -> SqlProblem:
    """Say which quote or comment is never closed."""
    position, kind = open_quote(text)
    if kind is None:
        return SqlProblem(
            code="MW-Q102", message="the text cannot be read as SQL", line=1, column=1, fix="check quotes and numbers"
        )
    what = {"/*": "comment", "'": "string", '"': "quoted name"}.get(kind, "dollar-quoted string")
    end = {"/*": "*/"}.get(kind, kind)
    line, column = places.at(position)
    return SqlProblem(
        code="MW-Q102",
        message=f"the {what} that starts here is never closed",
        line=line,
        column=column,
        fix=f"close it with {end}",
    )


def _shape_problem(tokens: Sequence[Token], places: Places) -> SqlProblem | None:
    """Refuse what would cost the parser its stack or its evening."""
    if len(tokens) > _MOST_TOKENS:
        line, column = places.at(tokens[_MOST_TOKENS].start)
        return SqlProblem(
            code="MW-Q106",
            message=f"the statement has {len(tokens):,} words and signs; {_MOST_TOKENS:,} are the most",
            line=line,
            column=column,
            fix="move data into a source file and split the model into several",
        )
    nesting = _Nesting()
    for token in tokens:
        if nesting.is_too_deep_with(token):
            line, column = places.at(token.start)
            return SqlProblem(
                code="MW-Q106",
                message=f"the statement is nested too deeply here; {_MOST_NESTED} levels are the most",
                line=line,
                column=column,
                fix="name the inner parts with WITH, or make a model of them",
            )
    return None


class _Nesting:
    """How deep a statement is at a token: brackets and CASE, lambdas, runs of prefix words, chains of postfixes."""

    __slots__ = ("_after_value", "_cases", "_chain", "_depth", "_lambdas", "_levels", "_previous", "_run")

    def __init__(self) -> None:
        #: Chain and lambdas around each open bracket, and how many levels it counts for.
        self._levels: list[tuple[int, int, int]] = []
        self._depth = self._cases = self._run = self._chain = self._lambdas = 0
        self._after_value = False
        self._previous: Token | None = None

    def is_too_deep_with(self, token: Token) -> bool:
        """Count one more token."""
        kind = token.token_type
        if kind in _VALUES or kind in _CLOSERS:
            self._run = 0
            if kind in _CLOSERS and self._levels:
                self._chain, self._lambdas, weight = self._levels.pop()
                self._depth -= weight
            elif kind is TokenType.END:
                self._cases = max(0, self._cases - 1)
            elif kind is TokenType.VAR and token.text.lower() == "lambda":
                self._lambdas += 1
            self._after_value = True
        else:
            is_link = self._after_value and kind in _CHAINERS
            is_call = self._after_value and kind is TokenType.L_PAREN
            self._chain = self._chain + is_link if is_link or is_call else 0
            self._after_value = False
            if kind in _OPENERS:
                is_reread = self._previous is not None and self._previous.text.lower() in _REREAD
                weight = _REREAD_WEIGHT if is_reread else 1
                self._levels.append((self._chain, self._lambdas, weight))
                self._depth += weight
                self._run = self._chain = self._lambdas = 0
            elif kind is TokenType.COMMA:
                self._run = self._lambdas = 0
            else:
                self._run += 1
                self._cases += kind is TokenType.CASE
        self._previous = token
        deepest = max(self._run, self._chain, self._lambdas)
        return deepest > _MOST_CHAINED or self._depth + self._cases > _MOST_NESTED


def template_problem(text: str, tokens: Sequence[Token], places: Places) -> SqlProblem | None:
    """Find ``{{ ref('x') }}`` and its kind outside of strings; comments were dropped with the tokens."""
    if not _TEMPLATE.search(text):
        return None
    for token, following in pairwise(tokens):
        is_brace = token.token_type is TokenType.L_BRACE and following.start == token.start + 1
        is_block = token.token_type in {TokenType.BLOCK_START, TokenType.BLOCK_END}
        if is_block or (is_brace and following.token_type in {TokenType.L_BRACE, TokenType.MOD, TokenType.HASH}):
            line, column = places.at(token.start)
            inside = re.match(r"\{\{[-\s]*(?:ref|source)\s*\(([^)]*)\)", text[token.start : token.start + 200])
            names = [part.strip().strip("'\"") for part in inside[1].split(",")] if inside else []
            fix = f"write the name plainly: from {'.'.join(names)}" if names else None
            return SqlProblem(
                code="MW-Q105",
                message="models are plain SQL: templates such as {{ ref('x') }} are not filled in",
                line=line,
                column=column,
                fix=(fix or "write dataset names plainly and values as parameters")
                + ", with one name for the product's own dataset, domain.product.dataset for any other, $name for a parameter",
            )
    return None
