"""Rules of type custom: what is written for another tool, read, and asked for its meaning (`checks.custom`)."""

from __future__ import annotations

from typing import Final

from meshwright.checks.custom import Unknown, meaning_of
from meshwright.diagnostics import Severity
from meshwright.files.yaml import YamlMapping, YamlNode, YamlScalar, parse_yaml, to_plain
from meshwright.frozen import dataclass
from meshwright.model import QualityRule


@dataclass(frozen=True, kw_only=True, slots=True)
class CustomRule:
    """What is known of a custom rule: its meaning, or why it is not known."""

    meant: tuple[QualityRule, ...] = ()
    #: What is wrong, and what to do.
    unknown: tuple[str, str] | None = None


NO_CUSTOM: Final = CustomRule()


def read_custom(node: YamlMapping, column: str | None) -> CustomRule:
    """Read `engine` and `implementation`; without them nothing is known, and that is said elsewhere."""
    engine, written = node.get("engine"), node.get("implementation")
    if not isinstance(engine, YamlScalar) or not isinstance(engine.value, str) or written is None:
        return NO_CUSTOM
    try:
        return CustomRule(meant=meaning_of(engine.value, _implementation(written), column))
    except Unknown as unknown:
        return CustomRule(unknown=(unknown.message, unknown.fix))


def _implementation(node: YamlNode) -> object:
    """Return an implementation as plain values; a text is YAML of the tool's own, as the standard shows it."""
    if not isinstance(node, YamlScalar) or not isinstance(node.value, str):
        return to_plain(node)
    document, findings = parse_yaml(node.value.encode(), "implementation")
    broken = next((found for found in findings if found.severity is Severity.ERROR), None)
    if document is None or broken is not None:
        where = f" in line {broken.span.line}" if broken is not None and broken.span is not None else ""
        words = broken.message if broken is not None else "there is nothing in it"
        raise Unknown(f"the implementation is no YAML{where}: {words}", "write it as a mapping, or as YAML")
    return to_plain(document.root)
