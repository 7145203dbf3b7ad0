"""After an upgrade of what reads code: a node whose meaning did not change keeps its fingerprint, so nothing is renamed.

A fingerprint is taken from a canonical form, and another SQL parser or another Python may give another canonical form of the
same text. The text that a fingerprint was first seen for is remembered with what read it; where that changed since, old and
new text are compared as read today.
"""

from __future__ import annotations

from collections.abc import Mapping

from meshwright.app.opened import OpenedMesh
from meshwright.model import Node, Version
from meshwright.plan.identities import node_definition
from meshwright.sql import parser_version, same_meaning
from meshwright.state.records import Definition

_PYTHON = "python"


def adopted_definitions(opened: OpenedMesh, published: Mapping[str, Version]) -> dict[str, tuple[str, str]]:
    """Return (fingerprint, definition) to keep, for the datasets whose text means what the published version's text meant.

    Looks only at nodes whose fingerprint differs from the published one: none, nearly always.
    """
    changed: dict[str, tuple[Node, Version]] = {
        node.address: (node, version)
        for node in opened.mesh.all_nodes()
        if node.source is None
        and (version := published.get(node.address)) is not None
        and version.fingerprint != node_definition(node)[0]
    }
    if not changed:
        return {}
    remembered = opened.state.reader.definitions({version.fingerprint for _, version in changed.values()})
    return {
        dataset: (version.fingerprint, version.definition)
        for dataset, (node, version) in changed.items()
        if (before := remembered.get(version.fingerprint)) is not None and _means_the_same(before, node)
    }


def remembered_definition(node: Node, version: Version) -> Definition | None:
    """Return what to remember of a node that was built; None for a source, whose fingerprint nobody reads out of code."""
    if node.sql is not None:
        dialect, text = node.sql.dialect, node.sql.text
        return Definition(fingerprint=version.fingerprint, text=text, dialect=dialect, parser=parser_version())
    if node.python is not None:
        from meshwright.files.pythonast import python_version  # lazy: reads code, which a plan of nothing does not

        text = version.definition
        return Definition(fingerprint=version.fingerprint, text=text, dialect=_PYTHON, parser=python_version())
    return None


def _means_the_same(before: Definition, node: Node) -> bool:
    """Whether a remembered text, read by another parser then, means today what the node's text means."""
    if node.sql is not None:
        if before.parser == parser_version() or before.dialect != node.sql.dialect:
            return False
        return same_meaning(before.text, node.sql.text, node.sql.dialect)
    from meshwright.files.pythonast import python_version  # lazy, as above

    if before.parser == python_version() or before.dialect != _PYTHON:
        return False
    from meshwright.files.pythonmodules import same_python  # lazy: the readers of Python code

    return same_python(before.text, node_definition(node)[1])
