"""Quoting: every name and text that enters a statement goes through here."""

from __future__ import annotations

import re
from collections.abc import Iterable

#: The catalog of what views are bound to, delimited and with its dot. No domain can have this name.
BOUND_VIEWS = '"bound-views".'

_GLOB_LETTER = re.compile(r"[*?\[]")


def quoted(name: str) -> str:
    """Return `name` as a delimited identifier."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """Return `text` as a string literal."""
    return "'" + text.replace("'", "''") + "'"


def literals(texts: Iterable[str]) -> str:
    """Return `texts` as a list of string literals."""
    return "[" + ", ".join(literal(text) for text in texts) + "]"


def address(dataset: str) -> str:
    """Return the three-part `dataset` address with each part delimited."""
    return ".".join(quoted(part) for part in dataset.split("."))


def parquet_scan(files: Iterable[str]) -> str:
    """Return the table function call that reads exactly `files`; no path is taken for a glob."""
    return f"read_parquet({literals(glob_safe(file) for file in files)}, hive_partitioning = false)"


def glob_safe(path: str) -> str:
    """Return `path` so that DuckDB, which takes every path for a glob, finds that one file."""
    return _GLOB_LETTER.sub(r"[\g<0>]", path)
