"""Answers of the verbs on components as JSON documents."""

from __future__ import annotations

from typing import TYPE_CHECKING

from meshwright.app.component_reports import (
    Component,
    ComponentMove,
    ComponentsReport,
    ComponentState,
    ComponentUse,
    LockReport,
)
from meshwright.faces.documents.plainvalues import Document

if TYPE_CHECKING:
    from meshwright.faces.documents.shapes import components as shapes


def components_document(report: ComponentsReport) -> shapes.Components:
    """`component list`."""
    return {"schema": "meshwright/components/1", "components": [_state(state) for state in report.components]}


def component_document(report: ComponentsReport) -> shapes.Component:
    """`component show`."""
    return {"schema": "meshwright/component/1", **_state(report.components[0])}


def lock_document(report: LockReport, schema: str = "meshwright/component-lock/1") -> Document:
    """`component lock`, `component update`."""
    return {
        "schema": schema,
        "moves": [_move(move) for move in report.moves],
        "beyond": [_move(move) for move in report.beyond],
        "dropped": list(report.dropped),
        "written": list(report.written),
        "removed": list(report.removed),
        "dry_run": report.is_dry,
    }


def _state(state: ComponentState) -> shapes.ListedComponent:
    return {
        "name": state.name,
        "newest": state.newest.version,
        "versions": [_version(component) for component in state.versions],
        "uses": [_use(use) for use in state.uses],
    }


def _version(component: Component) -> shapes.ComponentVersion:
    return {
        "version": component.version,
        "description": component.description,
        "owners": list(component.owners),
        "inputs": {
            name: {column.name: column.type for column in columns} for name, columns in component.inputs.items()
        },
        "outputs": dict(component.outputs),
        "params": [
            {
                "name": each.name,
                "type": each.type,
                "default": each.default,
                "enum": list(each.values),
                "of": each.of,
                "description": each.description,
            }
            for each in component.params
        ],
        "digest": component.digest,
        "source": component.source,
        "folder": component.folder,
    }


def _use(use: ComponentUse) -> shapes.ComponentUse:
    return {
        "node": use.node,
        "asked": use.asked,
        "version": use.version,
        "locked": use.is_locked,
        "inside": use.outer,
        "datasets": list(use.nodes),
        "file": use.span.file,
        "line": use.span.line,
    }


def _move(move: ComponentMove) -> Document:
    return {
        "node": move.node,
        "component": move.component,
        "version": move.version or None,
        "newest": move.newest,
        "datasets": list(move.datasets),
    }
