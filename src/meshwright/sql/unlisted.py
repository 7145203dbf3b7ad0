"""Calls that are not on a list, found among the tokens and not in the tree.

Whatever stands before a bracket is a call, so that nothing that the parser understands otherwise than the engine slips through.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from itertools import pairwise

from sqlglot import exp
from sqlglot.tokenizer_core import Token, TokenType

from meshwright.sql.allowed import WORDS
from meshwright.sql.names import fold
from meshwright.sql.nodes import Nodes
from meshwright.sql.scan import Places
from meshwright.sql.tables import place_of
from meshwright.sql.values import FunctionUse

_WORD = re.compile(r"[^\W\d]\w*")


def unlisted_calls(
    nodes: Nodes, tokens: Sequence[Token], places: Places, listed: Collection[str]
) -> Iterator[FunctionUse]:
    """Yield each word before a bracket that is neither `listed`, nor one of the language, nor a new name of a table."""
    aliases = {
        place[0]
        for alias in nodes.of(exp.TableAlias)
        if isinstance(alias.this, exp.Identifier) and (place := place_of(alias.this)) is not None
    }
    for token, following in pairwise(tokens):
        if following.token_type is not TokenType.L_PAREN or token.token_type is TokenType.STRING:
            continue
        name = fold(token.text)
        is_quoted = token.token_type is TokenType.IDENTIFIER
        if not is_quoted and not _WORD.fullmatch(token.text):
            continue
        if name in listed or (name in WORDS and not is_quoted) or token.start in aliases:
            continue
        line, column = places.at(token.start)
        yield FunctionUse(name=name, line=line, column=column)
