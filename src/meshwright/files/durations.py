"""Durations in YAML: an integer with ms, s, m, h, d or w."""

from __future__ import annotations

from meshwright.files.fields import Fields
from meshwright.files.literals import DURATION_FORM, duration_ms
from meshwright.files.yaml import YamlScalar


def read_duration_ms(fields: Fields, key: str) -> int | None:
    """Return the duration under `key` in milliseconds, None where there is none; a wrong one is a finding."""
    node = fields.mapping.get(key)
    if node is None:
        return None
    found = duration_ms(node.text) if isinstance(node, YamlScalar) else None
    if found is None:
        fields.wrong_value(key, node, f"a duration: {DURATION_FORM}", f"write {DURATION_FORM}")
    return found
