"""`mesh.yaml`, ``sandboxes.provision``: the components that sandboxes are provisioned with, as written."""

from __future__ import annotations

from meshwright.diagnostics import Diagnostic, SourceSpan
from meshwright.files.component_uses import ComponentEntry, read_use
from meshwright.files.fields import Fields, Keys, check_name, open_fields
from meshwright.files.yaml import YamlMapping
from meshwright.frozen import dataclass

_KEYS = Keys(known=("component", "params", "description"), required=("component",))


@dataclass(frozen=True, kw_only=True, slots=True)
class ProvisionEntry:
    """A component under ``sandboxes.provision``."""

    name: str
    component: ComponentEntry
    span: SourceSpan


def read_provision_entries(fields: Fields) -> tuple[ProvisionEntry, ...]:
    """Return what ``sandboxes.provision`` of `mesh.yaml` declares, in its order; wrong entries are findings."""
    mapping = fields.mapping.get("sandboxes")
    if not isinstance(mapping, YamlMapping):
        return ()
    found = []
    for entry in Fields(mapping=mapping, what="sandboxes", findings=fields.findings).entries("provision"):
        if not check_name(entry.key, entry.key_span, what="a provision", findings=fields.findings):
            continue
        if not isinstance(entry.value, YamlMapping):
            fields.findings.append(
                Diagnostic(
                    code="MW-K009",
                    message=f"provision '{entry.key}' is {entry.value.kind}, and names no component",
                    span=entry.value.span,
                    fix=f"write {entry.key}: {{component: {entry.key}@1}}",
                )
            )
            continue
        what = f"provision '{entry.key}'"
        inner = open_fields(entry.value, _KEYS, what=what, findings=fields.findings, address=f"provision.{entry.key}")
        inner.text("description")
        component = read_use(inner) if "component" in inner else None
        if component is not None:
            found.append(ProvisionEntry(name=entry.key, component=component, span=entry.key_span))
    return tuple(found)
