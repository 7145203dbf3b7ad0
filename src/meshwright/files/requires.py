"""``python: {requires: [...]}`` of a domain: what its own Python environment holds."""

from __future__ import annotations

from meshwright.diagnostics import Diagnostic, Severity
from meshwright.files.fields import Fields
from meshwright.files.yaml import YamlScalar


def read_requires(inner: Fields) -> tuple[str, ...]:
    """Return the requirements in one spelling, sorted; those that are none are findings. `inner` is what `python` says."""
    from packaging.requirements import InvalidRequirement, Requirement  # lazy: few domains need it
    from packaging.utils import canonicalize_name

    texts = inner.texts("requires") or ()
    found: dict[str, str] = {}
    for item in inner.sequence("requires") or ():
        if not isinstance(item, YamlScalar) or item.value not in texts:
            continue
        try:
            requirement = Requirement(item.text)
        except InvalidRequirement as error:
            reason = " ".join(str(error).split())
            inner.find("MW-N201", f"'{item.text}' is no requirement: {reason}", item.span, "write name==version")
            continue
        if requirement.url:
            inner.find("MW-N201", f"'{item.text}' names an address", item.span, f"write {requirement.name}==version")
            continue
        name = canonicalize_name(requirement.name)
        if name in found:
            inner.find("MW-N203", f"'{requirement.name}' is required twice", item.span, "keep one")
            continue
        pins = [each for each in requirement.specifier if each.operator in {"==", "==="} and "*" not in each.version]
        if not pins:
            inner.findings.append(
                Diagnostic(
                    code="MW-N202",
                    message=f"'{item.text}' is not pinned to one version: another machine may get another one",
                    span=item.span,
                    fix=f"write {requirement.name}==version",
                    severity=Severity.WARNING,
                    object=inner.address,
                )
            )
        requirement.name = name
        found[name] = str(requirement)
    return tuple(sorted(found.values()))
