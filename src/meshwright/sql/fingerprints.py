"""Fingerprints of canonical forms, and table names inside them: text alone, no parser."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

from meshwright.model import identity

#: Tables are written ``@table["a","b"]``; a string literal cannot look like it, its quotes are escaped.
_TABLE = re.compile(r'@table(\["(?:[^"\\]|\\.)*"(?:,"(?:[^"\\]|\\.)*")*\])')


def fingerprint_of(canonical: str, dialect: str) -> str:
    """Return the fingerprint of a canonical form."""
    return identity("mwsql1", dialect, canonical)


def rename_tables(canonical: str, resolved: Mapping[tuple[str, ...], str]) -> str:
    """Put dataset addresses in the place of the table names that `resolved` knows."""

    def renamed(match: re.Match[str]) -> str:
        parts = tuple(json.loads(match[1]))
        address = resolved.get(parts)
        return written_table(tuple(address.split("."))) if address else match[0]

    return _TABLE.sub(renamed, canonical)


def written_table(parts: tuple[str, ...]) -> str:
    """Write a table's name as canonical forms hold it."""
    return "@table" + json.dumps(list(parts), ensure_ascii=False, separators=(",", ":"))
