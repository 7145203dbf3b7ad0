"""After an upgrade of the SQL parser: a model whose meaning did not change keeps its fingerprint, so nothing is renamed.

A fingerprint is taken from a canonical text, and another parser may write another canonical text for the same SQL. The
text that a fingerprint was first seen for is remembered with the parser that read it; where the parser changed since,
old and new text are compared under today's parser.
"""

from __future__ import annotations

from collections.abc import Mapping

from meshwright.app.opened import OpenedMesh
from meshwright.model import Node, Version
from meshwright.sql import parser_version, same_meaning


def adopted_definitions(opened: OpenedMesh, published: Mapping[str, Version]) -> dict[str, tuple[str, str]]:
    """Return (fingerprint, definition) to keep, for the datasets whose text means what the published version's text meant.

    Looks only at models whose fingerprint differs from the published one: none, nearly always.
    """
    changed: dict[str, tuple[Node, Version]] = {
        node.address: (node, version)
        for node in opened.mesh.nodes()
        if node.sql is not None
        and (version := published.get(node.address)) is not None
        and version.fingerprint != node.sql.fingerprint
    }
    if not changed:
        return {}
    today = parser_version()
    remembered = opened.state.reader.definitions({version.fingerprint for _, version in changed.values()})
    adopted: dict[str, tuple[str, str]] = {}
    for dataset, (node, version) in changed.items():
        before = remembered.get(version.fingerprint)
        if before is None or before.parser == today or node.sql is None or before.dialect != node.sql.dialect:
            continue
        if same_meaning(before.text, node.sql.text, node.sql.dialect):
            adopted[dataset] = (version.fingerprint, version.definition)
    return adopted
