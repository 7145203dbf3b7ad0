"""A node that is a component: which one, and what it is given."""

from __future__ import annotations

import re
from dataclasses import replace

from meshwright.diagnostics import SourceSpan
from meshwright.files.fields import Fields
from meshwright.files.yaml import YamlEntry, YamlMapping, YamlNode, YamlScalar, YamlSequence, shown
from meshwright.frozen import dataclass

#: The keys of such a node.
USE_KEYS = (
    "component", "inputs", "params", "after", "description", "tags", "when", "run_if", "retry", "timeout", "pool",
)  # fmt: skip

_ASKED = re.compile(
    r"((?:[a-z][a-z0-9_]{0,47}\.)?[a-z][a-z0-9_]{0,47})@((?:0|[1-9]\d{0,5})(?:\.(?:0|[1-9]\d{0,5})){0,2})", re.ASCII
)
#: A whole value that is a parameter of the pipeline (or of the component around).
_REFERENCE = re.compile(r"\$\{param:([a-z][a-z0-9_]*)\}")
#: A whole value that is a parameter of the component, in its own file.
_PLACE = re.compile(r"\$([a-z][a-z0-9_]*)")
_FIX = "write the component with a version: top_n@1 is the newest 1.x, top_n@1.2.0 that version"


@dataclass(frozen=True, kw_only=True, slots=True)
class GivenInput:
    """A dataset for an input, as written."""

    name: str
    dataset: str
    name_span: SourceSpan
    span: SourceSpan


@dataclass(frozen=True, kw_only=True, slots=True)
class ComponentEntry:
    """What a node says of the component that it is."""

    #: As written: ``top_n@1``.
    text: str
    name: str
    #: The version as written: ``1``, ``1.2`` or ``1.2.0``.
    asked: str
    inputs: tuple[GivenInput, ...] = ()
    #: The entries under ``params``.
    params: tuple[YamlEntry, ...] = ()
    span: SourceSpan


def read_use(fields: Fields) -> ComponentEntry | None:
    """Return what the node says; None, with findings, where it does not say which component it is."""
    entry = asked_component(fields.mapping)
    if entry is None:
        node = fields.mapping.by_key["component"].value
        text = f"'{shown(node.text)}'" if isinstance(node, YamlScalar) else node.kind
        fields.find("MW-K009", f"{text} of {fields.what} names no component", node.span, _FIX)
    inputs = []
    for given in fields.entries("inputs"):
        if not isinstance(given.value, YamlScalar) or not isinstance(given.value.value, str):
            fields.wrong_type(given.key, given.value, "the name of a dataset")
            continue
        inputs.append(
            GivenInput(name=given.key, dataset=given.value.text, name_span=given.key_span, span=given.value.span)
        )
    params = tuple(fields.entries("params"))
    return None if entry is None else replace(entry, inputs=tuple(inputs), params=params)


def asked_component(node: YamlMapping) -> ComponentEntry | None:
    """Return which component a node asks for, without what it gives; None where it says none."""
    said = node.get("component")
    found = _ASKED.fullmatch(said.text) if isinstance(said, YamlScalar) else None
    if found is None or said is None:
        return None
    return ComponentEntry(text=found[0], name=found[1], asked=found[2], span=said.span)


def referred(node: YamlNode) -> str | None:
    """Return the parameter that a whole value refers to (``${param:top}``), None where it refers to none."""
    found = _REFERENCE.fullmatch(node.text) if isinstance(node, YamlScalar) else None
    return found[1] if found else None


def place_named(node: YamlNode) -> str | None:
    """Return the parameter whose place a whole value is (``$key``), None where it is none."""
    found = _PLACE.fullmatch(node.text) if isinstance(node, YamlScalar) and isinstance(node.value, str) else None
    return found[1] if found else None


def with_values(node: YamlNode, values: dict[str, tuple[object, ...]]) -> YamlNode:
    """Return the tree with `values` in the places of the parameters that it holds; in a list, several are items of it."""
    if isinstance(node, YamlMapping):
        entries = {key: each._replace(value=with_values(each.value, values)) for key, each in node.by_key.items()}
        return replace(node, by_key=entries)
    if isinstance(node, YamlSequence):
        items: list[YamlNode] = []
        for item in node.items:
            name = place_named(item)
            items += _scalars(item, values[name]) if name in values else [with_values(item, values)]
        return replace(node, items=tuple(items))
    name = place_named(node)
    if name not in values:
        return node
    scalars = _scalars(node, values[name])
    if len(scalars) == 1:
        return scalars[0]
    return YamlSequence(file=node.file, line=node.line, column=node.column, items=tuple(scalars))


def _scalars(node: YamlNode, values: tuple[object, ...]) -> list[YamlNode]:
    return [
        YamlScalar(file=node.file, line=node.line, column=node.column, value=value, text=str(value))  # type: ignore[arg-type]
        for value in values
    ]
