"""The registry of diagnostic codes, merged from the catalog's tables, one table an area."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from meshwright.diagnostics.catalog.entry import Code


@cache
def all_codes() -> Mapping[str, Code]:
    """Every code by its text. Raises ValueError where two tables claim the same code."""
    from meshwright.diagnostics.catalog import TABLES  # lazy: 15 ms of tables that `mw --help` has no use for

    merged: dict[str, Code] = {}
    for table in TABLES:
        for entry in table:
            if entry.code in merged:
                raise ValueError(f"diagnostic code {entry.code} is declared twice")
            merged[entry.code] = entry
    return MappingProxyType(merged)


def is_known_code(code: str) -> bool:
    """Whether `code` is in the catalog."""
    return code in all_codes()
