"""Nodes of tools inside a component under the names that hold in the product: references, conditions, datasets."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType

from meshwright.files.outside import OutsideEntry
from meshwright.files.yaml import YamlMapping, YamlNode, YamlScalar, YamlSequence
from meshwright.model.outside import Condition

_NODE = re.compile(r"(\$\{node:)([a-z][a-z0-9_]*)(?=[.}])")
#: A node in a condition, and texts in quotes, which are left alone.
_ASKED = re.compile(r"""'(?:[^']|'')*'|(?<![\w.])(?:node|"node")\.("?)([A-Za-z_][A-Za-z0-9_]*)\1(?=\.)""")


def renamed_outside(
    entry: OutsideEntry, name: str, called: Mapping[str, str], address: Callable[[str], str | None]
) -> OutsideEntry:
    """Return what a node of a tool says under the names of the product.

    `name` is the node's own, `called` is inner name -> name in the product, `address` gives the dataset that an input
    means. A dataset of the node's own name becomes that of its new one; the others keep what the tool calls them.
    """
    inputs = tuple(
        (given, meant, span) for given, dataset, span in entry.inputs if (meant := address(dataset)) is not None
    )
    datasets = entry.datasets
    if datasets is not None:
        datasets = tuple(replace(each, name=called[name]) if each.name == name else each for each in datasets)
    substitute, for_each, items = entry.substitute, entry.for_each, entry.items
    return replace(
        entry,
        options=_renamed(entry.options, called),
        substitute=_renamed(substitute, called) if substitute is not None else None,
        inputs=inputs,
        datasets=datasets,
        for_each=replace(for_each, items=_text(for_each.items, called)) if for_each is not None else None,
        items=_renamed(items, called) if items is not None else None,
    )


def _renamed(node: YamlNode, called: Mapping[str, str]) -> YamlNode:
    if isinstance(node, YamlMapping):
        entries = {key: each._replace(value=_renamed(each.value, called)) for key, each in node.by_key.items()}
        return replace(node, by_key=MappingProxyType(entries))
    if isinstance(node, YamlSequence):
        return replace(node, items=tuple(_renamed(item, called) for item in node.items))
    if not isinstance(node.value, str) or "${node:" not in node.value:
        return node
    text = _text(node.value, called)
    return YamlScalar(file=node.file, line=node.line, column=node.column, value=text, text=text)


def _text(text: str, called: Mapping[str, str]) -> str:
    return _NODE.sub(lambda found: found[1] + called.get(found[2], found[2]), text)


def renamed_condition(condition: Condition, called: Mapping[str, str]) -> Condition:
    """Return a condition that asks about nodes by their names in the product."""

    def renamed(found: re.Match[str]) -> str:
        name = found[2]
        return found[0] if name is None else f"node.{called.get(name.lower(), name)}"

    return replace(
        condition,
        text=_ASKED.sub(renamed, condition.text),
        nodes=tuple(sorted(called.get(name, name) for name in condition.nodes)),
    )
