"""One YAML file of the mesh as a mapping: read, parsed, and free of references that this version does not resolve."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from meshwright.diagnostics import Diagnostic
from meshwright.files.addresses import ENV_REFERENCE
from meshwright.files.reading import MeshReader
from meshwright.files.yaml import YamlEntry, YamlMapping, YamlNode, YamlScalar, YamlSequence, parse_yaml, root_mapping

_REFERENCE = re.compile(r"\$\{[^}]*\}?")
#: What sources may refer to: environment variables, and files of the mesh.
SOURCE_REFERENCE = re.compile(r"\$\{(env:[A-Za-z_][A-Za-z0-9_]*|file:[^${}]+)\}")
#: What a node may refer to in what it gives to a component.
PARAMETER_REFERENCE = re.compile(r"\$\{param:[a-z][a-z0-9_]*\}")
#: Where in a pipeline sources may: what says where they are, and how to get in.
#: Keys of nodes that no tool is told.
_CLOSED_KEYS = frozenset(
    {
        "source",
        "sql",
        "python",
        "component",
        "columns",
        "params",
        "after",
        "engine",
        "as",
        "refresh",
        "retry",
        "timeout",
        "inputs",
        "memory",
        "incremental",
        "description",
        "tags",
        "datasets",
        "when",
        "run_if",
        "pool",
        "effects",
        "deterministic",
    }
)
_SOURCE_KEYS = frozenset({"path", "database", "options", "headers", "catalog"})


def read_mapping(reader: MeshReader, path: str, *, what: str, env_keys: Collection[str] = ()) -> YamlMapping | None:
    """Return the mapping that file `path` holds; None, with findings, where it holds none.

    ``${env:NAME}`` is kept as written in the values of the top-level keys `env_keys`, and with ``${file:path}`` in what
    says where a source under ``nodes`` is, ``${param:name}`` in what a node gives to a component; every other ``${...}``
    is a finding.
    """
    data = reader.read(path)
    if data is None:
        return None
    document, findings = parse_yaml(data, path)
    reader.findings.extend(findings)
    if document is None:
        return None
    mapping, findings = root_mapping(document, what=what)
    reader.findings.extend(findings)
    if mapping is not None and b"${" in data:
        for entry in mapping:
            allowed = dict(_referring(entry.value)) if entry.key == "nodes" else {}
            free = {id(scalar) for scalar in _tool_scalars(entry)}
            for scalar in _scalars(entry.value):
                if id(scalar) in free:  # `files.outside` looks at those
                    continue
                known = allowed.get(id(scalar), ENV_REFERENCE if entry.key in env_keys else None)
                _refuse_references(reader, scalar, known)
    return mapping


def _scalars(node: YamlNode) -> Iterator[YamlScalar]:
    """Yield every scalar at or below `node`; the tree's depth is bounded by the YAML reader."""
    if isinstance(node, YamlScalar):
        yield node
    elif isinstance(node, YamlSequence):
        for item in node:
            yield from _scalars(item)
    else:
        for entry in node:
            yield from _scalars(entry.value)


def _source_scalars(nodes: YamlNode) -> Iterator[YamlScalar]:
    """Yield the scalars of sources that may hold references."""
    for node in nodes if isinstance(nodes, YamlMapping) else ():
        source = node.value.get("source") if isinstance(node.value, YamlMapping) else None
        for entry in source if isinstance(source, YamlMapping) else ():
            if entry.key in _SOURCE_KEYS:
                yield from _scalars(entry.value)


def _referring(nodes: YamlNode) -> Iterator[tuple[int, re.Pattern[str]]]:
    """Yield the scalars under ``nodes`` that may hold references, by `id`, with those that they may hold."""
    for scalar in _source_scalars(nodes):
        yield id(scalar), SOURCE_REFERENCE
    for node in nodes if isinstance(nodes, YamlMapping) else ():
        if isinstance(node.value, YamlMapping) and "component" in node.value:
            params = node.value.get("params")
            for scalar in _scalars(params) if params is not None else ():
                yield id(scalar), PARAMETER_REFERENCE


def _tool_scalars(entry: YamlEntry) -> Iterator[YamlScalar]:
    """Yield the scalars of tools' settings in `mesh.yaml`, and of what nodes of a pipeline tell tools."""
    if entry.key == "tools":
        yield from _scalars(entry.value)
    elif entry.key == "nodes" and isinstance(entry.value, YamlMapping):
        for node in entry.value:
            for part in node.value if isinstance(node.value, YamlMapping) else ():
                if part.key not in _CLOSED_KEYS:
                    yield from _scalars(part.value)


def _refuse_references(reader: MeshReader, scalar: YamlScalar, known: re.Pattern[str] | None) -> None:
    for match in _REFERENCE.finditer(scalar.text):
        if known is not None and known.fullmatch(match[0]):
            continue
        reader.findings.append(
            Diagnostic(
                code="MW-M404",
                message=f"the reference '{match[0]}' is not supported here by this version of meshwright",
                span=scalar.span,
                fix="write the value itself; ${env:NAME} is read in 'store' and 'state' of mesh.yaml, and with "
                "${file:path} in 'path', 'database', 'options', 'headers' and 'catalog' of sources; ${param:name} in 'params' of "
                "components",
            )
        )
