"""Casts of typed columns to declared types: whether a value survives, and the expression that makes it the new type.

Texts are judged as those of CSV are (``007`` is a whole number, ``1.5`` is none); any other value survives if the cast back
gives it again, so 1.0 may become an INTEGER, 0.1 a DECIMAL(5,2) and midnight a DATE, but not 1.5, 1.239 or noon. An
instant (TIMESTAMP WITH TIME ZONE) and its TIMESTAMP in UTC are the same.
"""

from __future__ import annotations

from meshwright.engines.duckdb.texttypes import is_of_declared

#: Types whose texts `texttypes` judges and which no outer blank belongs to.
_JUDGED = frozenset(
    {
        "BOOLEAN", "TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT",
        "UHUGEINT", "FLOAT", "DOUBLE", "DATE", "TIME", "TIME WITH TIME ZONE", "TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS",
        "TIMESTAMP_NS", "TIMESTAMP WITH TIME ZONE", "UUID", "INTERVAL", "BIGNUM",
    }
)  # fmt: skip


def survives(value: str, source: str, target: str) -> str:
    """Return the condition, never null, under which `value` of type `source` becomes a `target` without loss."""
    if source == "VARCHAR" and _is_judged(target):
        kept = f"coalesce(({is_of_declared(value, target)}), false)"
    elif source == "VARCHAR" and _is_nested(target):
        kept = f"{_bare(value)} IS NOT DISTINCT FROM {_bare(_tried(value, target))}"
    elif source == "VARCHAR":
        kept = f"{_tried(value, target)} IS NOT NULL"
    elif source == "JSON" and target != "VARCHAR":
        # Blanks between the parts of a document mean nothing.
        kept = f"json({value}) IS NOT DISTINCT FROM json({_tried(_tried(value, target), source)})"
    else:
        kept = f"{value} IS NOT DISTINCT FROM {_tried(_tried(value, target), source)}"
    return f"({value} IS NULL OR {kept})"


def converted(value: str, source: str, target: str) -> str:
    """Return the expression that makes `value` a `target`; it cannot fail where `survives` holds."""
    if source == target:
        return value
    return f"CAST({f'trim({value})' if source == 'VARCHAR' and _is_judged(target) else value} AS {target})"


def _tried(value: str, target: str) -> str:
    return f"TRY_CAST({value} AS {target})"


def _bare(value: str) -> str:
    """Return the expression for a nested value's text without what two spellings of one value may differ in."""
    return f"regexp_replace(lower(CAST({value} AS VARCHAR)), '[\\s\"'']', '', 'g')"


def _is_judged(target: str) -> bool:
    return target in _JUDGED or (target.startswith("DECIMAL(") and target.endswith(")"))


def _is_nested(target: str) -> bool:
    return target.endswith("]") or target.startswith(("STRUCT(", "MAP(", "UNION("))
