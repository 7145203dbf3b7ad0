"""One YAML file of the mesh as a mapping: read, parsed, and free of references that would not be resolved."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from types import MappingProxyType
from typing import NamedTuple

from meshwright.diagnostics import Diagnostic
from meshwright.files.reading import MeshReader
from meshwright.files.yaml import YamlEntry, YamlMapping, YamlNode, YamlScalar, YamlSequence, parse_yaml, root_mapping
from meshwright.model.references import ALL_KINDS, SECRET_KINDS, VALUE_KINDS, split_text

_REFERENCE = re.compile(r"\$\{[^}]*\}?")
#: Where in a pipeline sources may refer to secrets: what says where they are, and how to get in.
_SOURCE_KEYS = frozenset({"path", "database", "options", "headers", "catalog"})
#: Keys of nodes that hold no options of a tool.
_OTHER_NODE_KEYS = frozenset(
    {
        "sql", "source", "python", "component", "after", "when", "run_if", "engine", "as", "columns", "inputs",
        "params", "retry", "timeout", "pool", "deterministic", "refresh", "effects", "memory", "incremental",
        "description", "tags", "datasets", "resource",
    }
)  # fmt: skip
#: Kinds of nodes, and options of any kind, whose texts may be a shell's, with a ``${HOME}`` of its own.
_SHELL_KINDS = frozenset({"shell", "ssh", "sandbox"})
_SHELL_OPTIONS = frozenset({"command", "script", "args", "entrypoint"})
#: Keys of pipelines and components that hold nodes.
_NODES = frozenset({"nodes", "undo"})
#: Keys of `mesh.yaml` whose values may refer to secrets.
_SETTINGS = frozenset({"tools", "openlineage"})
_ENV_ALONE: Mapping[str, str] = MappingProxyType({"env": SECRET_KINDS["env"]})
#: What a node may refer to in what it gives to a component; whether its parameter is a secret is known where it is bound.
_GIVEN: Mapping[str, str] = MappingProxyType({"param": VALUE_KINDS["param"], **SECRET_KINDS})
#: What `mesh.yaml` may refer to in what it gives to a component that provisions sandboxes.
_PROVISION_PARAMETERS: Mapping[str, str] = MappingProxyType({kind: VALUE_KINDS[kind] for kind in ("param", "sandbox")})
_NOWHERE: Mapping[str, str] = MappingProxyType({})


class _Place(NamedTuple):
    """A text, and which references may stand in it."""

    scalar: YamlScalar
    kinds: Mapping[str, str]
    holds_shell: bool = False
    is_parameter: bool = False


def read_mapping(reader: MeshReader, path: str, *, what: str, env_keys: Collection[str] = ()) -> YamlMapping | None:
    """Return the mapping that file `path` holds; None, with findings, where it holds none.

    References are kept as written where they may stand: to environment variables in the values of the top-level keys
    `env_keys`, to secrets in what says where a source is, to secrets and values in the options of tools. Every other
    ``${...}`` is a finding.
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
            for place in _places(entry, env_keys):
                reader.findings.extend(_problems(place))
    return mapping


def _places(entry: YamlEntry, env_keys: Collection[str]) -> Iterator[_Place]:
    """Yield the texts below an entry of a document, each with what may stand there."""
    if entry.key in env_keys:
        yield from _all(entry.value, _ENV_ALONE)
    elif entry.key in _SETTINGS:
        yield from _options(entry.value, SECRET_KINDS, holds_shell=False)
    elif entry.key == "sandboxes":
        yield from _provision_places(entry.value)
    elif entry.key in _NODES and isinstance(entry.value, YamlMapping):
        for node in entry.value:
            if isinstance(node.value, YamlMapping):
                is_component = "component" in node.value
                for part in node.value:
                    yield from _node_places(part, is_component=is_component)
            else:
                yield from _all(node.value, _NOWHERE)
    elif entry.key == "triggers" and isinstance(entry.value, YamlSequence):
        for trigger in entry.value:
            yield from _trigger_places(trigger)
    else:
        yield from _all(entry.value, _NOWHERE, is_parameter=entry.key == "params")


def _trigger_places(trigger: YamlNode) -> Iterator[_Place]:
    """Yield the texts of a trigger; secrets stand where files elsewhere are, and in how to get in."""
    if isinstance(trigger, YamlMapping):
        for part in trigger:
            yield from _all(part.value, SECRET_KINDS if part.key in {"file", "options"} else _NOWHERE)
    else:
        yield from _all(trigger, _NOWHERE)


def _provision_places(node: YamlNode) -> Iterator[_Place]:
    """Yield the texts below ``sandboxes``; what components are given may refer to the sandbox."""
    if not isinstance(node, YamlMapping):
        yield from _all(node, _NOWHERE)
        return
    for entry in node:
        given = entry.value if entry.key == "provision" and isinstance(entry.value, YamlMapping) else None
        if given is None:
            yield from _all(entry.value, _NOWHERE)
            continue
        for provision in given:
            parts = provision.value if isinstance(provision.value, YamlMapping) else ()
            for part in parts:
                is_given = part.key == "params"
                yield from _all(part.value, _PROVISION_PARAMETERS if is_given else _NOWHERE, is_parameter=is_given)


def _node_places(part: YamlEntry, *, is_component: bool) -> Iterator[_Place]:
    if part.key == "source" and isinstance(part.value, YamlMapping):
        for setting in part.value:
            yield from _all(setting.value, SECRET_KINDS if setting.key in _SOURCE_KEYS else _NOWHERE)
    elif part.key == "params" and is_component:
        yield from _all(part.value, _GIVEN)
    elif part.key == "for_each":
        yield from _all(part.value, VALUE_KINDS)
    elif part.key in _OTHER_NODE_KEYS:
        yield from _all(part.value, _NOWHERE, is_parameter=part.key == "params")
    else:
        yield from _options(part.value, ALL_KINDS, holds_shell=part.key in _SHELL_KINDS)


def _options(node: YamlNode, kinds: Mapping[str, str], *, holds_shell: bool) -> Iterator[_Place]:
    """Yield the texts of a tool's options."""
    if isinstance(node, YamlMapping):
        for entry in node:
            is_shell = holds_shell or entry.key in _SHELL_OPTIONS or entry.key in _SHELL_KINDS
            yield from _options(entry.value, kinds, holds_shell=is_shell)
    elif isinstance(node, YamlSequence):
        for item in node:
            yield from _options(item, kinds, holds_shell=holds_shell)
    else:
        yield _Place(scalar=node, kinds=kinds, holds_shell=holds_shell)


def _all(node: YamlNode, kinds: Mapping[str, str], *, is_parameter: bool = False) -> Iterator[_Place]:
    for scalar in _scalars(node):
        yield _Place(scalar=scalar, kinds=kinds, is_parameter=is_parameter)


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


def _problems(place: _Place) -> Iterator[Diagnostic]:
    """Yield what is wrong with the references of a text."""
    if not place.kinds:
        for match in _REFERENCE.finditer(place.scalar.text):
            yield _misplaced(match[0], place)
        return
    split = split_text(place.scalar.text, place.scalar.span, kinds=place.kinds, holds_shell=place.holds_shell)
    for problem in split.problems:
        if problem.is_misplaced:
            yield _misplaced(problem.written, place)
        else:
            yield Diagnostic(code="MW-X651", message=problem.message, span=problem.span, fix=problem.fix)


def _misplaced(written: str, place: _Place) -> Diagnostic:
    fix = "write the value itself"
    if place.is_parameter:
        fix = "write the value itself; a secret is no parameter, since values of parameters are stored with every version: "
        fix += "write the reference where the value is used, in the options of the node"
    elif place.kinds == _ENV_ALONE:
        fix = "write ${env:NAME}, or the value itself: other stores are asked when the state is open already"
    elif place.kinds:
        fix = f"write the value itself; here may stand {', '.join(place.kinds.values())}"
    return Diagnostic(
        code="MW-M404", message=f"the reference '{written}' cannot stand here", span=place.scalar.span, fix=fix
    )
