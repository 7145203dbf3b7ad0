"""What changes of one dataset: its columns against those that are published, and what makes them.

Rows are no promise: a dataset that is built anew only because of its inputs or a source's new data has no changes.
"""

from __future__ import annotations

from collections.abc import Iterator

from meshwright.checks.verdict import value_words
from meshwright.model import Column, Columns, Version
from meshwright.plan.compatibility.values import Change, Level
from meshwright.plan.compatibility.widening import TYPE_KINDS, type_level
from meshwright.plan.values import DesiredNode

_KIND_WORDS = {"sql": "a table", "view": "a view", "python": "a Python node", "source": "a source"}


def added_dataset() -> Change:
    """Return the change of a dataset that was never published: there is more to read."""
    return Change(path="", kind="dataset_added", level=Level.MINOR, message="dataset added")


def removed_dataset() -> Change:
    """Return the change of a published dataset that is gone from the mesh."""
    return Change(path="", kind="dataset_removed", level=Level.MAJOR, message="dataset removed")


def dataset_changes(before: Version, node: DesiredNode, columns: Columns | None) -> tuple[Change, ...]:
    """Compare a published version with the dataset as desired; `columns` are None where nothing tells them before a build."""
    made = tuple(_making_changes(before, node))
    if columns is None:
        return (*_unknown_columns(made), *made)
    found = tuple(column_changes(before.columns, columns))
    # What columns tell of a definition is said: a change of it beside says nothing more.
    return (*found, *(change for change in made if not found or change.kind != "definition_changed"))


def column_changes(before: Columns, after: Columns) -> Iterator[Change]:
    """Compare columns by name; a renamed one is one removed and one added."""
    old, new = _by_name(before), _by_name(after)
    for name, column in old.items():
        if name not in new:
            yield _column(name, "column_removed", Level.MAJOR, f"column {name} removed")
            continue
        level = type_level(column.type, new[name].type)
        if level is not Level.NONE:
            message = f"type of column {name} changed from {column.type} to {new[name].type}"
            yield _column(name, TYPE_KINDS[level], level, message)
    for name, column in new.items():
        if name not in old:
            yield _column(name, "column_added", Level.MINOR, f"column {name} added ({column.type})")
    common = [name for name in old if name in new]
    if common != [name for name in new if name in old]:
        # A patch: columns are read by name. Whoever reads a CSV by position is told, and has no promise that is broken.
        yield Change(
            path="columns", kind="columns_reordered", level=Level.PATCH, message="columns stand in another order"
        )


def _by_name(columns: Columns) -> dict[str, Column]:
    return {column.name: column for column in columns}


def _column(name: str, kind: str, level: Level, message: str) -> Change:
    return Change(path=f"columns/{name}", kind=kind, level=level, message=message)


def _making_changes(before: Version, node: DesiredNode) -> Iterator[Change]:
    """What differs in how the dataset is made. Engine settings are none of it: they are the mesh's, and promise nothing."""
    kind = node.node.version_kind
    if before.node_kind != kind:
        message = f"was {_words(before.node_kind)}, is {_words(kind)}"
        is_stored = {before.node_kind, kind} == {"sql", "view"}
        yield Change(
            path="kind",
            kind="storage_changed" if is_stored else "node_kind_changed",
            level=Level.PATCH,
            message=message,
        )
    elif before.fingerprint != node.fingerprint:
        yield Change(path="definition", kind="definition_changed", level=Level.PATCH, message="definition changed")
    for name in sorted(set(before.params) & set(node.params)):
        old, new = before.params[name], node.params[name]
        if old != new or type(old) is not type(new):
            message = f"parameter {name} changed from {value_words(old)} to {value_words(new)}"
            yield Change(path=f"parameters/{name}", kind="parameter_changed", level=Level.PATCH, message=message)


def _words(kind: str) -> str:
    return _KIND_WORDS.get(kind, kind)


def _unknown_columns(made: tuple[Change, ...]) -> Iterator[Change]:
    """Say that columns are not known, where the code may give others: silence would read as a patch."""
    if made:
        message = "whether its columns change is known after the build"
        yield Change(path="columns", kind="columns_unknown", level=Level.MINOR, message=message)
