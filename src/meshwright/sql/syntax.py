"""The parser's complaints, in plain words and at the right place."""

from __future__ import annotations

import re
from collections.abc import Sequence

from sqlglot.errors import ParseError
from sqlglot.tokenizer_core import Token

from meshwright.sql.scan import Places
from meshwright.sql.values import SqlProblem

_ANSI = re.compile(r"\x1b\[[0-9;]*m")
_MISSING = re.compile(r"Required keyword: '(\w+)' missing for <class '[\w.]*?(\w+)'>")
_EXPECTED = re.compile(r"Expect(?:ed|ing) (.+)", re.IGNORECASE)
_CLAUSES = frozenset(
    {"select", "from", "where", "group", "order", "having", "qualify", "limit", "join", "on", "union", "and", "or"}
)


def syntax_problem(error: ParseError, tokens: Sequence[Token], places: Places) -> SqlProblem:
    """Turn the first complaint of a ParseError into a problem."""
    detail = error.errors[0] if error.errors else {}
    description = (
        _ANSI.sub("", str(detail.get("description") or error).split("\n", 1)[0])
        .split(" but got", 1)[0]
        .strip()
        .rstrip(".")
    )
    index = _token_index(detail, tokens)
    token = tokens[index]
    line, column = places.at(token.start)
    message, fix = _in_words(description, token, is_last=index == len(tokens) - 1, tokens=tokens, index=index)
    return SqlProblem(code="MW-Q102", message=message, line=line, column=column, fix=fix)


def too_deep_problem() -> SqlProblem:
    """Say that the parser ran out of stack."""
    return SqlProblem(
        code="MW-Q106",
        message="the statement is nested too deeply to be read",
        line=1,
        column=1,
        fix="name the inner parts with WITH, or make a model of them",
    )


def _token_index(detail: dict[str, object], tokens: Sequence[Token]) -> int:
    line, column = detail.get("line"), detail.get("col")
    for index, token in enumerate(tokens):
        if token.line == line and token.col == column:
            return index
    return len(tokens) - 1


def _in_words(
    description: str, token: Token, *, is_last: bool, tokens: Sequence[Token], index: int
) -> tuple[str, str | None]:
    shown = token.text if len(token.text) <= 40 else token.text[:37] + "..."
    missing = _MISSING.search(description)
    if missing or (is_last and "Expect" in description):
        after = f"after '{shown}'"
        expected = _EXPECTED.search(description)
        what = f"{expected[1]} is missing" if expected else "something is missing"
        if is_last:
            return f"the statement ends too early: {what} {after}", "finish the statement, and close every bracket"
        return f"{what} {after}", None
    if "Unexpected token" in description:
        previous = tokens[index - 1].text.lower() if index else ""
        if previous == "," and token.text.lower() in _CLAUSES:
            return f"unexpected '{shown}' after a comma", "remove the comma before it"
        return f"unexpected '{shown}' here", "check for a missing comma, operator or bracket before it"
    expected = _EXPECTED.search(description)
    if expected:
        return f"expected {expected[1]} at '{shown}'", None
    plain = re.sub(r"<class '[\w.]*?(\w+)'>", r"\1", description)
    return f"{plain[:1].lower()}{plain[1:]} at '{shown}'", None
