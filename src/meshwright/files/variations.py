"""``variations:`` of `pipeline.yaml`: named sets of parameters and nodes, checked against the product that they vary."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from types import MappingProxyType

from meshwright.diagnostics import Diagnostic, SourceSpan, known_names_hint
from meshwright.files.fields import Fields, Keys, open_fields
from meshwright.files.models import Nodes, ProductScope
from meshwright.files.overrides import check_overrides, declarations, read_overrides
from meshwright.files.triggers import read_schedule
from meshwright.files.yaml import YamlEntry, YamlMapping, YamlScalar, shown
from meshwright.frozen import dataclass
from meshwright.model import Node, Variation, dataset_name, product_of, varied_address
from meshwright.model.names import ENVIRONMENT_PATTERN

_KEYS = Keys(known=("params", "nodes", "engines", "schedule"))
_WORD = re.compile(r"(?P<up>\+?)(?P<name>[a-z0-9_*]+)(?P<down>\+?)")
_FORM = "write names of nodes, with '+' before or after for what is up or down stream in the product, '*' for any name"


def read_variations(
    mapping: YamlMapping, scope: ProductScope, nodes: Nodes, findings: list[Diagnostic]
) -> Mapping[str, Variation]:
    """Return the variations that a pipeline declares, as far as they are sound enough to be built."""
    pipeline = Fields(mapping=mapping, what="the pipeline", findings=findings, address=scope.address)
    found = {}
    for entry in pipeline.entries("variations"):
        variation = _variation(pipeline, entry, scope, nodes)
        if variation is not None:
            found[entry.key] = variation
    return MappingProxyType(found)


def _variation(pipeline: Fields, entry: YamlEntry, scope: ProductScope, nodes: Nodes) -> Variation | None:
    before = len(pipeline.findings)
    if not ENVIRONMENT_PATTERN.fullmatch(entry.key):
        pipeline.find(
            "MW-M105",
            f"'{shown(entry.key)}' cannot name a variation: a lower-case letter, then up to 47 lower-case letters, "
            "digits, '_' or '-'",
            entry.key_span,
            "take another name",
        )
        return None
    if not isinstance(entry.value, YamlMapping):
        pipeline.wrong_type(entry.key, entry.value, "a mapping such as {params: {name: value}}")
        return None
    what = f"variation '{entry.key}'"
    fields = open_fields(entry.value, _KEYS, what=what, findings=pipeline.findings, address=scope.address)
    params = read_overrides(fields)
    declared = declarations([scope.params, *(node.params for node in nodes.nodes.values())])
    pipeline.findings.extend(check_overrides(params, declared, what=what, where=scope.address, address=scope.address))
    _check_engines(fields, scope)
    chosen = _chosen(fields, scope, nodes)
    schedule = entry.value.entry("schedule")
    trigger = (
        read_schedule(fields, schedule, varied_address(scope.address, entry.key)) if schedule is not None else None
    )
    if chosen is None or len(pipeline.findings) > before:
        return None
    return Variation(name=entry.key, params=params, nodes=tuple(sorted(chosen)), schedule=trigger, span=entry.key_span)


def _check_engines(fields: Fields, scope: ProductScope) -> None:
    """Check the remapping of logical engines. Everything runs on the mesh's engine, so that one alone can be named."""
    for entry in fields.entries("engines"):
        named = entry.value.text if isinstance(entry.value, YamlScalar) else None
        if named is None:
            fields.wrong_type(entry.key, entry.value, "the name of an engine")
            continue
        for name, span in ((entry.key, entry.key_span), (named, entry.value.span)):
            if name not in scope.engines:
                hint = known_names_hint(name, scope.engines, what="engines")
                fields.find("MW-M110", f"there is no engine '{name}' in mesh.yaml", span, hint)
        if named in scope.engines and scope.engine in scope.engines and named != scope.engine:
            fields.find(
                "MW-M402",
                f"engine '{named}' of {fields.what} is not supported by this version of meshwright: everything runs on "
                f"the mesh's engine, '{scope.engine}'",
                entry.value.span,
                f"write '{entry.key}: {scope.engine}' or leave it out",
            )


@dataclass(frozen=True, kw_only=True, slots=True)
class _Edges:
    """Who needs whom among the nodes of the product, by name."""

    parents: Mapping[str, tuple[str, ...]]
    children: Mapping[str, tuple[str, ...]]


def _chosen(fields: Fields, scope: ProductScope, nodes: Nodes) -> frozenset[str] | None:
    """Return the names that ``nodes`` chooses, all where it is absent; None, with findings, where it is wrong."""
    if "nodes" not in fields:
        return nodes.names
    words = fields.sequence("nodes")
    if words is None:
        return None
    before = len(fields.findings)
    edges = _edges(scope.address, nodes.nodes.values())
    chosen: set[str] = set()
    for item in words:
        if isinstance(item, YamlScalar) and isinstance(item.value, str):
            chosen |= _named(fields, item.value, item.span, nodes.names, edges)
        else:
            fields.find("MW-M103", f"'nodes' of {fields.what} holds {item.kind}, not text", item.span, _FORM)
    if len(fields.findings) > before:
        return None
    if not chosen:
        fields.find("MW-M263", f"{fields.what} chooses no node", words.span, f"{_FORM}, or leave 'nodes' out for all")
        return None
    # A node that fans out is one to whoever wrote it.
    chosen |= {name for name, node in nodes.nodes.items() if node.item and dataset_name(node.item.node) in chosen}
    _check_waits(fields, chosen, nodes, words.span)
    return frozenset(chosen)


def _named(fields: Fields, word: str, span: SourceSpan, names: frozenset[str], edges: _Edges) -> frozenset[str]:
    match = _WORD.fullmatch(word)
    if match is None:
        fields.find("MW-M262", f"'{shown(word)}' of {fields.what} chooses no node", span, _FORM)
        return frozenset()
    matched = frozenset(name for name in names if fnmatchcase(name, match["name"]))
    if not matched:
        hint = known_names_hint(match["name"], names, what="nodes")
        fields.find("MW-M262", f"'{word}' of {fields.what} names no node of {fields.address}", span, hint)
    above = _reached(edges.parents, matched) if match["up"] else frozenset()
    below = _reached(edges.children, matched) if match["down"] else frozenset()
    return matched | above | below


def _check_waits(fields: Fields, chosen: set[str], nodes: Nodes, span: SourceSpan) -> None:
    """A chosen node that comes after one that is left out would wait for something that the variation never does."""
    for name in sorted(chosen):
        node = nodes.nodes.get(name)
        for other in map(dataset_name, node.after if node else ()):
            if other not in chosen:
                fields.find(
                    "MW-M264",
                    f"{fields.what} chooses '{name}', which comes after '{other}', but leaves '{other}' out",
                    span,
                    f"add '{other}' to 'nodes'",
                )


def _edges(product: str, nodes: Iterable[Node]) -> _Edges:
    parents: dict[str, tuple[str, ...]] = {}
    children: dict[str, list[str]] = {}
    for node in nodes:
        name = dataset_name(node.address)
        above = {dataset_name(read) for read in (*node.reads, *node.after) if product_of(read) == product}
        parents[name] = tuple(sorted(above - {name}))
        for parent in parents[name]:
            children.setdefault(parent, []).append(name)
    return _Edges(parents=parents, children={name: tuple(found) for name, found in children.items()})


def _reached(edges: Mapping[str, tuple[str, ...]], starts: Iterable[str]) -> frozenset[str]:
    """Return what can be reached from `starts`; a circle ends the walk like everything seen before."""
    found: set[str] = set()
    stack = [target for start in starts for target in edges.get(start, ())]
    while stack:
        name = stack.pop()
        if name not in found:
            found.add(name)
            stack.extend(edges.get(name, ()))
    return frozenset(found)
