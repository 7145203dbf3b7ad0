"""The `status` of products and contracts: the words that both standards name."""

from __future__ import annotations

from meshwright.diagnostics import Diagnostic, Severity, nearest_name
from meshwright.files.yaml import YamlMapping, YamlScalar, shown

#: In the order of a life.
STATUSES = ("proposed", "draft", "active", "deprecated", "retired")


def status_finding(root: YamlMapping) -> Diagnostic | None:
    """Warn of a status that the standards do not name: they admit any text, but nobody knows what another promises."""
    node = root.get("status")
    if not isinstance(node, YamlScalar) or not isinstance(node.value, str) or node.value.casefold() in STATUSES:
        return None
    nearest = nearest_name(node.value, STATUSES)
    hint = f"did you mean {nearest!r}? " if nearest else ""
    return Diagnostic(
        code="MW-P310",
        message=f"status '{shown(node.value)}' is none of the words of the standard",
        span=node.span,
        fix=f"{hint}statuses: {', '.join(STATUSES)}",
        severity=Severity.WARNING,
    )
