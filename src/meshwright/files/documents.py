"""One YAML file of the mesh as a mapping: read, parsed, and free of references that this version does not resolve."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from meshwright.diagnostics import Diagnostic
from meshwright.files.reading import MeshReader
from meshwright.files.yaml import YamlMapping, YamlNode, YamlScalar, YamlSequence, parse_yaml, root_mapping

_REFERENCE = re.compile(r"\$\{[^}]*\}?")
#: The one form that a caller may allow: the name of an environment variable.
ENV_REFERENCE = re.compile(r"\$\{env:[A-Za-z_][A-Za-z0-9_]*\}")


def read_mapping(reader: MeshReader, path: str, *, what: str, env_keys: Collection[str] = ()) -> YamlMapping | None:
    """Return the mapping that file `path` holds; None, with findings, where it holds none.

    ``${env:NAME}`` is kept as written in the values of the top-level keys `env_keys`; every other ``${...}`` is a finding.
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
            for scalar in _scalars(entry.value):
                _refuse_references(reader, scalar, may_be_env=entry.key in env_keys)
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


def _refuse_references(reader: MeshReader, scalar: YamlScalar, *, may_be_env: bool) -> None:
    for match in _REFERENCE.finditer(scalar.text):
        if may_be_env and ENV_REFERENCE.fullmatch(match[0]):
            continue
        reader.findings.append(
            Diagnostic(
                code="MW-M404",
                message=f"the reference '{match[0]}' is not supported here by this version of meshwright",
                span=scalar.span,
                fix="write the value itself; ${env:NAME} is read in 'store' and 'state' of mesh.yaml",
            )
        )
