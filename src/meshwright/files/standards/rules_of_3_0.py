"""What ODCS 3.0 wrote in another way, read as what replaced it: rules by name, bounds that exclude themselves."""

from __future__ import annotations

from meshwright.checks.odcs_3_0 import METRICS, modern_options
from meshwright.diagnostics import Diagnostic, known_names_hint
from meshwright.files.yaml import PlainValue, YamlMapping, YamlScalar, shown


def metric_of_rule(node: YamlMapping, *, is_3_0: bool) -> tuple[str | None, Diagnostic | None]:
    """Return the metric of a library rule that has none written, or the finding."""
    entry = node.entry("rule")
    if entry is None:
        fix = "add 'metric: ...'; metrics: " + ", ".join(sorted(set(METRICS.values()) | {"missingValues"}))
        return None, Diagnostic(
            code="MW-C004", message="'metric' is missing in a quality rule of type library", span=node.span, fix=fix
        )
    name = shown(entry.value.text) if isinstance(entry.value, YamlScalar) else ""
    metric = METRICS.get(name)
    if metric is None:
        known = known_names_hint(name, METRICS, what="rules that have one")
        return None, Diagnostic(
            code="MW-C031",
            message=f"rule '{name}' has no library metric that equals it",
            span=entry.value.span,
            fix=f"write it as 'type: sql' with a query; {known}",
        )
    if is_3_0:
        return metric, None
    return None, Diagnostic(
        code="MW-C032",
        message="a library check is named by 'metric'; 'rule' is the word of ODCS 3.0",
        span=entry.key_span,
        fix=f"write 'metric: {metric}' instead of 'rule: {name}'",
    )


def modernised(value: PlainValue) -> PlainValue:
    """Return a plain document with the rules and bounds of 3.0 as they are written now, for the schema of 3.2.0."""
    if isinstance(value, list):
        return [modernised(item) for item in value]
    if not isinstance(value, dict):
        return value
    return {key: _modern_value(key, below) for key, below in value.items()}


def _modern_value(key: str, value: PlainValue) -> PlainValue:
    if key == "quality" and isinstance(value, list):
        return [_modern_rule(item) for item in value]
    if key == "logicalTypeOptions" and isinstance(value, dict):
        return modern_options(value)
    return modernised(value)


def _modern_rule(rule: PlainValue) -> PlainValue:
    if not isinstance(rule, dict) or "metric" in rule or rule.get("rule") not in METRICS:
        return rule
    modern = {key: value for key, value in rule.items() if key not in {"rule", "validValues"}}
    modern["metric"] = METRICS[str(rule["rule"])]
    if not any(key.startswith("must") for key in rule):
        modern["mustBe"] = 0
    return modern
