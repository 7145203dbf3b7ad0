"""Tokens of a statement, and the first things that can be wrong with them: size, characters, quotes, shape, templates."""

from __future__ import annotations

import bisect
import re
from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise

from sqlglot.dialects.dialect import Dialect
from sqlglot.dialects.duckdb import DuckDB
from sqlglot.errors import SqlglotError
from sqlglot.tokenizer_core import Token, TokenType

from meshwright.frozen import dataclass
from meshwright.sql.comments import blank_comments, open_quote
from meshwright.sql.nesting import find_too_deep
from meshwright.sql.values import SqlProblem

#: Longest statement, in characters and in tokens.
_MOST_CHARACTERS = 1_000_000
_MOST_TOKENS = 50_000

#: Names of types that in other dialects have their parts between ``<`` and ``>``; in DuckDB's they can name columns.
_BRACKETED_TYPES = frozenset({TokenType.LIST, TokenType.MAP, TokenType.OBJECT, TokenType.RANGE, TokenType.STRUCT})

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
    if is_duckdb(dialect):
        tokens = _without_types(tokens)
    return tokens, _shape_problem(tokens, places)


def _without_types(tokens: Sequence[Token]) -> list[Token]:
    """Return tokens with ``range < 5`` told apart from the type ``range<int>``, which other dialects have and DuckDB has not."""
    found = list(tokens)
    for index, (token, following) in enumerate(pairwise(tokens)):
        if following.token_type is TokenType.LT and token.token_type in _BRACKETED_TYPES:
            found[index] = Token(
                TokenType.IDENTIFIER, token.text, line=token.line, col=token.col, start=token.start, end=token.end
            )
    return found


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
    too_deep = find_too_deep(tokens)
    if too_deep is None:
        return None
    line, column = places.at(too_deep.token.start)
    return SqlProblem(code="MW-Q106", message=too_deep.message, line=line, column=column, fix=too_deep.fix)


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
