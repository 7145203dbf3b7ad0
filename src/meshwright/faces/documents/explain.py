"""The answer of `explain` as a JSON document: ``meshwright/explain/1``, words for people and, of values, the levels."""

from __future__ import annotations

from typing import TYPE_CHECKING

from meshwright.app.reports import Explanation
from meshwright.app.resolved import ResolvedNode, ResolvedParameter
from meshwright.faces.documents.plainvalues import plain
from meshwright.model.parameters import Setting

if TYPE_CHECKING:
    from meshwright.faces.documents.shapes import plans


def explanation_document(explanation: Explanation) -> plans.Explain:
    """`explain`."""
    return {
        "schema": "meshwright/explain/1",
        "object": explanation.object,
        "kind": explanation.kind,
        "lines": list(explanation.lines),
        "nodes": [_node(node) for node in explanation.nodes],
        "parameters": [_parameter(parameter) for parameter in explanation.parameters],
    }


def _node(resolved: ResolvedNode) -> plans.ExplainedNode:
    node = resolved.node
    return {
        "dataset": node.address,
        "kind": node.kind,
        "reads": list(node.reads),
        "after": list(node.after),
        "params": {name: setting_document(setting) for name, setting in resolved.params.items()},
        "file": node.span.file if node.span else None,
        "line": node.span.line if node.span else None,
    }


def _parameter(parameter: ResolvedParameter) -> plans.ExplainedParameter:
    return {
        "name": parameter.name,
        "type": parameter.type,
        "value": plain(parameter.value),
        "used_by": list(parameter.users),
        "levels": [
            {**setting_document(setting), "wins": index == 0} for index, setting in enumerate(parameter.settings)
        ],
    }


def setting_document(setting: Setting) -> plans.Setting:
    """What one level says of a parameter."""
    span = setting.parameter.span
    return {
        "level": setting.level,
        "value": plain(setting.parameter.value),
        "file": span.file if span else None,
        "line": span.line if span else None,
        "column": span.column if span else None,
    }
