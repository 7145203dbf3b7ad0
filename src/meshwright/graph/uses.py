"""Findings about uses of components: what lies in a component's file is told once, however many nodes it became."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace

from meshwright.diagnostics import Diagnostic
from meshwright.frozen import dataclass
from meshwright.model import Component, ComponentUse, Mesh, dataset_name, plain_address, product_of
from meshwright.model.names import COMPONENT_SIGN

#: Uses that a message names.
_NAMED = 3
#: What findings of typing add to say where they stand: said here for all uses together.
_USED_BY = re.compile(r" \(component [^()]*, used by [^()]*\)")


@dataclass(frozen=True, kw_only=True, slots=True)
class _Told:
    """A finding in a component's file, and the use that it was found by."""

    finding: Diagnostic
    component: Component
    use: ComponentUse


def told_once(mesh: Mesh, findings: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """Return the findings, those alike of several uses of a component as one that names the uses.

    They are alike where they say the same of the same place, names of the nodes aside. The one that is left is about the
    first of the nodes, so that it keeps an object.
    """
    found = tuple(findings)
    by_file = {path: component for component in mesh.components for path in component.files}
    if not by_file:
        return found
    alike: dict[object, list[_Told]] = {}
    for each in found:
        told = _told(mesh, by_file, each)
        alike.setdefault(each if told is None else _key(told), []).extend([told] if told is not None else [])
    return tuple(
        key if isinstance(key, Diagnostic) else _joined(group) if len(group) > 1 else group[0].finding
        for key, group in alike.items()
    )


def _told(mesh: Mesh, by_file: Mapping[str, Component], finding: Diagnostic) -> _Told | None:
    """Return by which use a finding came; None where it came by none."""
    component = by_file.get(finding.span.file) if finding.span is not None else None
    if component is None or finding.object is None:
        return None
    node = plain_address(finding.object)
    product = mesh.product(product_of(node)) if node.count(".") > 1 else None
    uses = [
        use
        for use in (product.uses if product is not None else ())
        if (use.component, use.version) == (component.name, component.version)
        and (node in use.nodes or node == use.node or node.startswith(f"{use.node}{COMPONENT_SIGN}"))
    ]
    if not uses:
        return None
    return _Told(finding=finding, component=component, use=max(uses, key=lambda use: len(use.node)))


def _key(told: _Told) -> object:
    return told.finding.code, told.finding.span, told.finding.severity, _inner_message(told)


def _inner_message(told: _Told) -> str:
    """Return a message with the names that nodes have in the component's file."""
    node = plain_address(told.finding.object or "")
    stem = dataset_name(told.use.node)
    prefix = re.compile(rf"(?:{re.escape(product_of(node))}\.)?\b{re.escape(stem)}{COMPONENT_SIGN}(?=[a-z])")
    text = prefix.sub("", _USED_BY.sub("", told.finding.message))
    if not dataset_name(node).startswith(f"{stem}{COMPONENT_SIGN}"):
        # The default output, which is called as the node that uses the component.
        inner = next(iter(told.component.outputs.values()))
        own = rf"(?:{re.escape(product_of(node))}\.|(?<=['\"]))\b{re.escape(dataset_name(node))}\b(?!\.)"
        text = re.sub(own, inner, text)
    return text


def _joined(group: list[_Told]) -> Diagnostic:
    first = min(group, key=lambda told: told.finding.object or "")
    nodes = sorted({told.use.node for told in group})
    if len(nodes) == 1:  # twice by the same use: of a variation beside the plain one
        return first.finding
    named = ", ".join(nodes[:_NAMED]) + (f" and {len(nodes) - _NAMED} more" if len(nodes) > _NAMED else "")
    label = f"component {first.component.name} {first.component.version}"
    return replace(first.finding, message=f"{_inner_message(first)} ({label}, {len(nodes)} uses: {named})")
