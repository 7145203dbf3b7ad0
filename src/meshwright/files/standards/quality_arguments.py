"""Library metrics of ODCS: where each may stand and which arguments it takes."""

from __future__ import annotations

import math
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from meshwright.diagnostics import Diagnostic, known_names_hint
from meshwright.files.yaml import YamlEntry, YamlMapping, YamlNode, YamlScalar, YamlSequence, shown
from meshwright.model import Scalar

#: Metric -> whether it may stand on a property, and on a whole object.
METRIC_LEVELS: Final[Mapping[str, tuple[bool, bool]]] = {
    "nullValues": (True, False),
    "missingValues": (True, False),
    "invalidValues": (True, False),
    "duplicateValues": (True, True),
    "rowCount": (False, True),
}
_ARGUMENTS: Final[Mapping[str, frozenset[str]]] = {
    "missingValues": frozenset({"missingValues"}),
    "invalidValues": frozenset({"validValues", "pattern"}),
    "duplicateValues": frozenset({"properties"}),
}


def read_arguments(
    node: YamlMapping, metric: str, column: str | None, *, is_3_0: bool
) -> tuple[Mapping[str, object], tuple[Diagnostic, ...]]:
    """Read the arguments of a library rule; lists become tuples. In ODCS 3.0 `validValues` stands beside the rule."""
    findings: list[Diagnostic] = []
    written = node.get("arguments")
    entries: list[YamlEntry] = []
    if isinstance(written, YamlMapping):
        entries += written.entries
    elif written is not None and not (isinstance(written, YamlScalar) and written.value is None):
        message = f"'arguments' must be a mapping, not {written.kind}"
        findings.append(Diagnostic(code="MW-C006", message=message, span=written.span, fix="write 'name: value' lines"))
    beside = node.entry("validValues") if is_3_0 else None
    if beside:
        entries.append(beside)
    known = _ARGUMENTS.get(metric, frozenset())
    if metric == "duplicateValues" and column is not None:
        known = frozenset()
    arguments: dict[str, object] = {}
    for entry in entries:
        if entry.key in known:
            arguments[entry.key] = _argument(entry, findings)
        else:
            name = shown(entry.key)
            fix = known_names_hint(name, known, what="arguments") if known else "remove it"
            message = f"metric '{metric}' takes no argument '{name}'"
            findings.append(Diagnostic(code="MW-C028", message=message, span=entry.key_span, fix=fix))
    if not findings:
        findings += _missing(node, metric, column, arguments)
    return MappingProxyType(arguments), tuple(findings)


def _missing(
    node: YamlMapping, metric: str, column: str | None, arguments: Mapping[str, object]
) -> tuple[Diagnostic, ...]:
    """Report a metric that cannot be measured without an argument."""
    if metric == "invalidValues" and not arguments:
        message = "metric 'invalidValues' does not say which values are valid"
        fix = "add 'arguments: {validValues: [...]}' or 'arguments: {pattern: ...}'"
    elif metric == "duplicateValues" and column is None and not arguments:
        message = "metric 'duplicateValues' on a whole dataset does not say which properties make a key"
        fix = "add 'arguments: {properties: [...]}', or move the rule to a property"
    else:
        return ()
    return (Diagnostic(code="MW-C028", message=message, span=node.span, fix=fix),)


def _argument(entry: YamlEntry, findings: list[Diagnostic]) -> object:
    """Read one known argument."""
    if entry.key == "pattern":
        return _pattern(entry, findings)
    items = _values(entry.value)
    if items is None or not items or (entry.key == "properties" and not all(isinstance(i, str) for i in items)):
        what = "property names" if entry.key == "properties" else "values"
        message = f"argument '{entry.key}' must be a list of {what}, at least one"
        fix = f"write '{entry.key}: [...]'"
        findings.append(Diagnostic(code="MW-C028", message=message, span=entry.value.span, fix=fix))
        return ()
    return items


def _pattern(entry: YamlEntry, findings: list[Diagnostic]) -> object:
    value = entry.value
    text = value.value if isinstance(value, YamlScalar) else None
    if not isinstance(text, str):
        message = f"argument 'pattern' must be text, not {value.kind}"
        findings.append(Diagnostic(code="MW-C028", message=message, span=value.span, fix="write a regular expression"))
        return ""
    finding = pattern_finding(text, value)
    if finding:
        findings.append(finding)
    return text


def pattern_finding(text: str, node: YamlNode) -> Diagnostic | None:
    """Report a pattern that engines cannot match, None where they can."""
    from meshwright.files.standards.schemas import is_linear_pattern  # jsonschema_rs, only where there is a pattern

    if is_linear_pattern(text):
        return None
    return Diagnostic(
        code="MW-C018",
        message=f"pattern '{shown(text)}' is no regular expression that engines can match",
        span=node.span,
        fix="close brackets and groups; look-around and back-references are not known",
    )


def _values(node: YamlNode) -> tuple[Scalar, ...] | None:
    """Return a list of finite plain values, None where it is anything else."""
    if not isinstance(node, YamlSequence):
        return None
    values = []
    for item in node.items:
        if not isinstance(item, YamlScalar) or (isinstance(item.value, float) and not math.isfinite(item.value)):
            return None
        values.append(item.value)
    return tuple(values)
