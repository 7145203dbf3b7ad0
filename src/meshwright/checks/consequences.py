"""Errors that may come of what a change takes away from others: a column that is gone, and a model that still names it.

Light: every command asks.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from meshwright.diagnostics import Diagnostic, Severity

#: Names that lead nowhere, and columns that are not as promised.
_CODES = frozenset(
    {
        "MW-C104", "MW-C105", "MW-C106", "MW-C110", "MW-C111", "MW-C114", "MW-G101", "MW-G102", "MW-M309", "MW-P314",
        "MW-T001", "MW-T002", "MW-T004",
    }
)  # fmt: skip


def may_be_consequences(findings: Iterable[Diagnostic]) -> bool:
    """Whether every error among `findings` may come of what somebody else took away."""
    return all(found.code in _CODES for found in findings if found.severity is Severity.ERROR)


def consequences(findings: Iterable[Diagnostic], products: Collection[str]) -> tuple[Diagnostic, ...]:
    """Return the errors that are about one of `products`, from which something they use is taken away."""
    return tuple(
        found
        for found in findings
        if found.severity is Severity.ERROR and found.code in _CODES and _product(found.object or "") in products
    )


def _product(address: str) -> str:
    return ".".join(address.partition("/")[0].split(".")[:2])
