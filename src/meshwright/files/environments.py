"""`mesh.yaml`, the keys ``environments``, ``sandboxes`` and ``retention``."""

from __future__ import annotations

from dataclasses import replace

from meshwright.files.durations import read_duration_ms
from meshwright.files.fields import Fields, Keys, open_fields, refuse_unsupported_key
from meshwright.files.overrides import read_overrides
from meshwright.files.parameters import NO_PARAMETERS, Parameters
from meshwright.files.yaml import YamlEntry, YamlMapping, YamlScalar, shown
from meshwright.frozen import dataclass
from meshwright.model import EnvironmentSettings, Retention, SandboxSettings
from meshwright.model.names import ENVIRONMENT_PATTERN

_ENVIRONMENT_KEYS = Keys(known=("branch", "protected", "approvals", "params"), unsupported=frozenset({"engines"}))
_SANDBOX_KEYS = Keys(known=("expire_after", "mask", "provision"))
_RETENTION_KEYS = Keys(known=("generations", "candidates", "grace", "jobs", "events", "calls", "outside"))


@dataclass(frozen=True, kw_only=True, slots=True)
class DeclaredEnvironment:
    """An environment of `mesh.yaml`: its settings and the parameter values that it sets."""

    settings: EnvironmentSettings
    params: Parameters


_PLAIN = DeclaredEnvironment(settings=EnvironmentSettings(), params=NO_PARAMETERS)


def read_environments(fields: Fields) -> dict[str, DeclaredEnvironment]:
    """Return the environments by name, ``prod`` among them."""
    found = {"prod": _PLAIN}
    for entry in fields.entries("environments"):
        if not ENVIRONMENT_PATTERN.fullmatch(entry.key):
            fields.find(
                "MW-M105",
                f"'{shown(entry.key)}' cannot name an environment: a lower-case letter, then up to 47 lower-case letters, "
                "digits, '_' or '-'",
                entry.key_span,
                "take another name",
            )
            continue
        found[entry.key] = _environment(fields, entry)
    return found


def _environment(fields: Fields, entry: YamlEntry) -> DeclaredEnvironment:
    if isinstance(entry.value, YamlScalar) and entry.value.value is None:
        return _PLAIN
    if not isinstance(entry.value, YamlMapping):
        fields.wrong_type(entry.key, entry.value, "a mapping")
        return _PLAIN
    what = f"environment '{entry.key}'"
    inner = open_fields(entry.value, _ENVIRONMENT_KEYS, what=what, findings=fields.findings)
    branch = inner.text("branch")
    is_protected = bool(inner.flag("protected"))
    if inner.whole("approvals"):
        refuse_unsupported_key(inner, entry.value.by_key["approvals"])
    settings = EnvironmentSettings(is_protected=is_protected)
    return DeclaredEnvironment(
        settings=replace(settings, branch=branch) if branch else settings, params=read_overrides(inner)
    )


def read_sandboxes(fields: Fields) -> SandboxSettings:
    """Return what holds for sandboxes."""
    mapping = fields.nested("sandboxes")
    if mapping is None:
        return SandboxSettings()
    inner = open_fields(mapping, _SANDBOX_KEYS, what="sandboxes", findings=fields.findings)
    expire_after_s = _seconds(inner, "expire_after")
    settings = SandboxSettings(mask=inner.texts("mask") or ())
    return settings if expire_after_s is None else replace(settings, expire_after_s=expire_after_s)


def read_retention(fields: Fields) -> Retention:
    """Return how long things are kept."""
    mapping = fields.nested("retention")
    if mapping is None:
        return Retention()
    inner = open_fields(mapping, _RETENTION_KEYS, what="retention", findings=fields.findings)
    given = {f"{key}_s": _seconds(inner, key) for key in _RETENTION_KEYS.known}
    return replace(Retention(), **{key: seconds for key, seconds in given.items() if seconds is not None})


def _seconds(fields: Fields, key: str) -> int | None:
    found_ms = read_duration_ms(fields, key)
    return None if found_ms is None else found_ms // 1000
