"""Values that are not of a format (`checks.formats`), as conditions."""

from __future__ import annotations

from meshwright.checks.formats import HOSTNAME_LETTERS, INTEGER_FORMATS, TEXT_FORMATS, time_format
from meshwright.checks.types import type_kind
from meshwright.engines.duckdb.names import literal, quoted

_TEXTS = frozenset({"VARCHAR", "JSON", "UUID"})
_WHOLE = frozenset(
    {"TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "HUGEINT", "DECIMAL"}
)
#: What a DECIMAL(38,0), the widest that is stored, cannot pass.
_WIDEST = 10**38


class UnknownFormat(ValueError):
    """A format that cannot be tested on a column."""


def not_of_format(column: str, type_text: str, named: object) -> str:
    """Return the condition under which a value, which is not NULL, is not of the format `named`. Raises UnknownFormat."""
    value = quoted(column)
    if not isinstance(named, str):
        raise UnknownFormat("'format' must be a text")
    if named in INTEGER_FORMATS:
        return _out_of_range(column, type_text, named)
    text = f"CAST({value} AS VARCHAR)"
    if named in TEXT_FORMATS:
        if type_text not in _TEXTS:
            raise UnknownFormat(f"format '{named}' is one of texts, but column '{column}' is {type_text}")
        too_long = f" OR length({text}) > {HOSTNAME_LETTERS}" if named == "hostname" else ""
        return f"(NOT regexp_full_match({text}, {literal(TEXT_FORMATS[named])}){too_long})"
    letters = time_format(named)
    if letters is None:
        raise UnknownFormat(f"format '{named}' is none that is tested")
    if type_text not in _TEXTS:
        return "false"
    # Read and written again: the reader is lenient, and takes 2026-1-5 for 2026-01-05.
    read = f"try_strptime({text}, {literal(letters)})"
    return f"({read} IS NULL OR strftime({read}, {literal(letters)}) <> {text})"


def _out_of_range(column: str, type_text: str, named: str) -> str:
    if type_kind(type_text) not in _WHOLE:
        raise UnknownFormat(f"format '{named}' is one of integers, but column '{column}' is {type_text}")
    low, high = INTEGER_FORMATS[named]
    beyond = [f"{quoted(column)} < {low}"] if low > -_WIDEST else []
    beyond += [f"{quoted(column)} > {high}"] if high < _WIDEST else []
    return f"({' OR '.join(beyond) or 'false'})"
