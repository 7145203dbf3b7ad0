"""Queries of quality rules: putting the names of the guarded dataset and column in their places."""

from __future__ import annotations

import re

from meshwright.diagnostics import Diagnostic, InputError, known_names_hint

#: ``{object}`` and ``${object}``; older contracts write ``{table}``, ``{column}`` and ``{model}``, ``{field}``.
PLACEHOLDER = re.compile(r"\$?\{\s*([A-Za-z_][A-Za-z0-9_]*)\s*\}")
_OBJECT = frozenset({"object", "table", "model", "schema"})
_PROPERTY = frozenset({"property", "column", "field"})


def render_rule_query(query: str, *, object_name: str, column: str | None) -> str:
    """Return `query` with its placeholders replaced by names, which are given quoted where they need to be.

    Raises InputError (MW-Q401) for a placeholder nobody knows, or one for a column where the rule has none.
    Strings in the query are not spared, as in other tools that read contracts: ``'{property}'`` is filled in too.
    """

    def replaced(match: re.Match[str]) -> str:
        word = match[1].lower()
        if word in _OBJECT:
            return object_name
        if word in _PROPERTY and column is not None:
            return column
        raise InputError(_unknown(match[0], word))

    return PLACEHOLDER.sub(replaced, query)


def blank_placeholders(query: str) -> str:
    """Return `query` with a name that means nothing in the place of each placeholder: every place in it stays the same."""
    return PLACEHOLDER.sub(lambda match: "_" * len(match[0]), query)


def _unknown(written: str, word: str) -> Diagnostic:
    if word in _PROPERTY:
        return Diagnostic(
            code="MW-Q401",
            message=f"the placeholder '{written}' needs a column, and this rule stands on the whole dataset",
            fix="move the rule under the property that it is about, or name the column in the query",
        )
    return Diagnostic(
        code="MW-Q401",
        message=f"the query has an unknown placeholder '{written}'",
        fix=known_names_hint(f"{{{word}}}", ["{object}", "{property}"], what="placeholders"),
    )
