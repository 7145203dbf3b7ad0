"""Names as DuckDB compares them: without case for ASCII letters, quoted or not."""

from __future__ import annotations

import string

_ASCII_LOWER = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)


def fold(name: str) -> str:
    """Return the form of `name` in which equal names are equal texts."""
    return name.lower() if name.isascii() else name.translate(_ASCII_LOWER)


def quote_identifier(name: str) -> str:
    """Write `name` as a quoted identifier of DuckDB."""
    return '"' + name.replace('"', '""') + '"'
