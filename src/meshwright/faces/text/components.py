"""Components as lines for people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from meshwright.app.component_reports import (
    Component,
    ComponentMove,
    ComponentsReport,
    ComponentState,
    LockReport,
)
from meshwright.faces.text.tables import Heading, table_lines
from meshwright.faces.text.terminal import Look, one_line
from meshwright.faces.text.words import count_words, list_words


def components_lines(report: ComponentsReport, look: Look) -> list[str]:
    """`component list`."""
    headings = [
        Heading(title="component"),
        Heading(title="versions"),
        Heading(title="users", is_right=True),
        Heading(title="description"),
    ]
    rows = [
        [
            state.name,
            ", ".join(each.version for each in reversed(state.versions)),
            str(len(state.uses)),
            state.newest.description or "",
        ]
        for state in report.components
    ]
    return [*table_lines(headings, rows, look), "", "mw component show NAME: what it asks for, and who uses it"]


def component_lines(report: ComponentsReport, look: Look) -> list[str]:
    """`component show`."""
    state = report.components[0]
    newest = state.newest
    lines = [look.paint(f"{state.name} {newest.version}", "bold")]
    lines += [one_line(newest.description)] if newest.description else []
    lines += [f"owners: {', '.join(newest.owners)}"] if newest.owners else []
    lines += ["", *_asks(newest), "", f"lies in {one_line(newest.folder)}"]
    older = [each.version for each in reversed(state.versions)][1:]
    lines += [f"older versions: {', '.join(older)}"] if older else []
    return [*lines, "", *_users(state)]


def _asks(component: Component) -> Iterator[str]:
    for name, columns in component.inputs.items():
        required = ", ".join(f"{column.name} {column.type}" for column in columns)
        yield f"input {name}: {one_line(required) or 'any columns'}"
    for index, (name, inner) in enumerate(component.outputs.items()):
        called = "the default, called as the node that uses it" if index == 0 else f"read as <node>__{name}"
        yield f"output {name}{'' if inner == name else f' ({inner})'}: {called}"
    for each in component.params:
        default = "must be given" if each.default is None else f"default {each.default}"
        allowed = f", one of {', '.join(each.values)}" if each.values else ""
        of = f" of {each.of}" if each.of else ""
        about = f": {one_line(each.description)}" if each.description else ""
        yield f"parameter {each.name} ({each.type}{of}, {default}{allowed}){about}"


def _users(state: ComponentState) -> list[str]:
    if not state.uses:
        return ["nobody uses it"]
    return [
        f"{use.node} uses {use.asked}: {use.version}{', locked' if use.is_locked else ', not locked'}"
        for use in state.uses
    ]


def lock_lines(report: LockReport, look: Look) -> list[str]:
    """`component lock`, `component update`."""
    lines = [_moved(move) for move in report.moves]
    lines += [f"{move.node} stays at {move.component} {move.version}: {_range_words(move)}" for move in report.beyond]
    lines += [f"{node} uses no component any more" for node in report.dropped]
    if not (report.written or report.removed):
        return [*lines, f"{look.paint(look.marks.ok, 'green')} nothing to write: components.lock is as it should be"]
    verb = ("would write", "would remove") if report.is_dry else ("wrote", "removed")
    lines += (
        [f"{look.paint(look.marks.ok, 'green')} {verb[0]} {list_words(report.written, 20)}"] if report.written else []
    )
    lines += (
        [f"{look.paint(look.marks.ok, 'green')} {verb[1]} {list_words(report.removed, 20)}"] if report.removed else []
    )
    return [*lines, "next: mw plan, and commit what was written"] if not report.is_dry else lines


def _moved(move: ComponentMove) -> str:
    if not move.version:
        return f"{move.node} is locked to {move.component} {move.newest}"
    changed = f": {_changed(move.datasets)}" if move.datasets else ": no dataset changes"
    return f"{move.node} moves from {move.component} {move.version} to {move.newest}{changed}"


def move_lines(moves: Sequence[ComponentMove], look: Look) -> Iterator[str]:
    """Who could move, for `plan`."""
    yield look.paint("components that could move:", "bold")
    for move in moves:
        where = f"  {move.node}: {move.component} {move.version} -> {move.newest}"
        if not move.is_in_range:
            yield f"{where}: {_range_words(move)}"
        elif move.problem is not None:
            yield f"{where} does not fit: {one_line(move.problem)}"
        else:
            yield f"{where}: {_changed(move.datasets) if move.datasets else 'no dataset changes'} (mw component update {move.node})"


def _changed(datasets: tuple[str, ...]) -> str:
    return f"{count_words(len(datasets), 'dataset')} with new versions: {list_words(datasets, 5)}"


def _range_words(move: ComponentMove) -> str:
    name = move.component.rpartition(".")[2]
    return f"{move.newest} is out of its range, write {name}@{move.newest.partition('.')[0]} in the pipeline"
