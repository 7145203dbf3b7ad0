"""Names as DuckDB compares them: without case for ASCII letters, quoted or not."""

from __future__ import annotations

import re
import string

_ASCII_LOWER = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)


def fold(name: str) -> str:
    """Return the form of `name` in which equal names are equal texts."""
    return name.lower() if name.isascii() else name.translate(_ASCII_LOWER)


_PLAIN = re.compile(r"[a-z_][a-z0-9_]*")


#: Words that do not stand for a column of their name in DuckDB's SELECT (tried on 2.0, every keyword), or mislead people.
_WORDS = frozenset({
    "all", "analyse", "analyze", "and", "anti", "any", "array", "as", "asc", "asof", "asymmetric", "at",
    "authorization", "binary", "both", "by", "case", "cast", "check", "collate", "collation", "column",
    "concurrently", "constraint", "create", "cross", "current_date", "current_time", "current_timestamp", "default",
    "deferrable", "desc", "describe", "distinct", "do", "else", "end", "except", "false", "fetch", "for", "foreign",
    "freeze", "from", "full", "glob", "group", "having", "ilike", "in", "initially", "inner", "intersect",
    "interval", "into", "is", "isnull", "join", "lambda", "lateral", "leading", "left", "like", "limit", "natural",
    "not", "notnull", "null", "offset", "on", "only", "or", "order", "outer", "overlaps", "pivot", "pivot_longer",
    "pivot_wider", "placing", "positional", "primary", "qualify", "references", "returning", "right", "select",
    "semi", "show", "similar", "some", "summarize", "symmetric", "table", "tablesample", "then", "to", "trailing",
    "true", "union", "unique", "unpack", "unpivot", "using", "values", "variadic", "verbose", "when", "where",
    "window", "with",
})  # fmt: skip


def written_name(name: str) -> str:
    """Write `name` as a person would: quoted only where it must be."""
    return name if _PLAIN.fullmatch(name) and name not in _WORDS else quote_identifier(name)


def quote_identifier(name: str) -> str:
    """Write `name` as a quoted identifier of DuckDB."""
    return '"' + name.replace('"', '""') + '"'
