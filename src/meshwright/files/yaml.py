"""YAML with positions: bytes in, a frozen tree of nodes out, every finding with file, line and column.

The tree is built from libyaml's events, never by a recursive composer, so that hostile input (deep nesting,
alias bombs, duplicate keys, odd numbers) ends in a diagnostic. Plain scalars follow the YAML 1.2 core schema:
`no`, `on` and dates are strings. Limits stand in `yaml_bounds`, plain words for libyaml's messages in `yaml_words`.
"""

from __future__ import annotations

from meshwright.diagnostics import Diagnostic, SourceSpan
from meshwright.files.yaml_nodes import (
    PlainValue,
    YamlDocument,
    YamlEntry,
    YamlMapping,
    YamlNode,
    YamlScalar,
    YamlSequence,
    node_at,
    shown,
    span_at,
    to_plain,
)

__all__ = [
    "PlainValue",
    "YamlDocument",
    "YamlEntry",
    "YamlMapping",
    "YamlNode",
    "YamlScalar",
    "YamlSequence",
    "node_at",
    "parse_yaml",
    "root_mapping",
    "shown",
    "span_at",
    "to_plain",
]


def parse_yaml(data: bytes, file: str) -> tuple[YamlDocument | None, tuple[Diagnostic, ...]]:
    """Read one YAML document. Never raises for bad input.

    The document is None only together with at least one error. It may also come with errors (duplicate
    keys: the first value is kept), so ask `has_errors` before trusting it as a whole.
    """
    from meshwright.files.yaml_tree import build_tree  # pulls in PyYAML, which not every verb needs

    return build_tree(data, file)


def root_mapping(document: YamlDocument, *, what: str) -> tuple[YamlMapping | None, tuple[Diagnostic, ...]]:
    """Return the document's root where it is a mapping, otherwise None and the finding.

    `what` names the file for a reader: ``a contract``, ``mesh.yaml``.
    """
    root = document.root
    if isinstance(root, YamlMapping):
        return root, ()
    start = SourceSpan(file=document.file)
    if document.is_empty:
        return None, (
            Diagnostic(
                code="MW-Y017",
                message=f"the file is empty, but {what} is a mapping of keys to values",
                span=start,
                fix="write the keys, or remove the file",
            ),
        )
    return None, (
        Diagnostic(
            code="MW-Y018",
            message=f"the file holds {root.kind}, but {what} is a mapping of keys to values",
            span=root.span,
            fix="write 'key: value' lines at the top level",
        ),
    )
