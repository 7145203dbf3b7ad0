"""From datasets and ports that differ to their changes: what differs, how much that asks, and whom it reaches."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from meshwright.model import product_of
from meshwright.plan.compatibility.datasets import added_dataset, dataset_changes, removed_dataset
from meshwright.plan.compatibility.ports import (
    added_port,
    broken_column,
    changed_objects,
    datasets_behind,
    held_datasets,
    port_changes,
    removed_port,
)
from meshwright.plan.compatibility.published import PublishedLineage
from meshwright.plan.compatibility.reach import Origin, find_reaches
from meshwright.plan.compatibility.values import Change, ChangedKind, Level, ObjectChange, greatest
from meshwright.plan.inputs import PlanInputs
from meshwright.plan.reasons import published_version

#: Changes of a whole object that nobody reads yet.
_NEW = frozenset({"dataset_added", "port_added"})


def object_changes(inputs: PlanInputs, datasets: Iterable[str], ports: Iterable[str]) -> tuple[ObjectChange, ...]:
    """Return the changes of objects that may differ, the greatest level first, then by address; none for one without any."""
    found = [_object_change(dataset, ChangedKind.DATASET, _dataset_changes(inputs, dataset)) for dataset in datasets]
    found += [_object_change(port, ChangedKind.PORT, _port_changes(inputs, port)) for port in ports]
    made = [one for one in found if one.changes]
    read = [one for one in made if one.changes[0].kind not in _NEW]
    published = PublishedLineage(desired=inputs.desired, observed=inputs.observed)
    reaches = find_reaches(inputs.desired, published, [_origin(inputs, one) for one in read])
    reaching = [replace(one, reaches=reach) for one, reach in zip(read, reaches, strict=True)]
    new = [one for one in made if one.changes[0].kind in _NEW]
    return tuple(sorted((*reaching, *new), key=lambda one: (-one.level.rank, one.object)))


def _object_change(address: str, kind: ChangedKind, changes: tuple[Change, ...]) -> ObjectChange:
    return ObjectChange(object=address, kind=kind, level=greatest(change.level for change in changes), changes=changes)


def _dataset_changes(inputs: PlanInputs, dataset: str) -> tuple[Change, ...]:
    node = inputs.desired.nodes.get(dataset)
    if node is None:
        return (removed_dataset(),)
    if dataset not in inputs.observed.datasets:
        return (added_dataset(),)
    before = published_version(inputs, dataset)
    return () if before is None else dataset_changes(before, node, inputs.desired.columns.get(dataset))


def _port_changes(inputs: PlanInputs, address: str) -> tuple[Change, ...]:
    port = inputs.desired.ports.get(address)
    if port is None:
        return (removed_port(),)
    standing = inputs.observed.ports.get(address)
    if standing is None:
        return (added_port(),)
    before = inputs.observed.port_documents.get(standing)
    return () if before is None else port_changes(before, port.document, inputs.desired.mesh.severity)


def _origin(inputs: PlanInputs, one: ObjectChange) -> Origin:
    return _port_origin(inputs, one) if one.kind is ChangedKind.PORT else _dataset_origin(inputs, one)


def _dataset_origin(inputs: PlanInputs, one: ObjectChange) -> Origin:
    before = published_version(inputs, one.object)
    is_gone = one.object not in inputs.desired.nodes
    gone = {column.name for column in before.columns} if is_gone and before is not None else set()
    broken = [change for change in one.changes if change.level is Level.MAJOR and change.path.startswith("columns/")]
    gone |= {_column(change) for change in broken if change.kind == "column_removed"}
    return Origin(
        object=one.object,
        kind=one.kind,
        product=product_of(one.object),
        datasets=frozenset({one.object}),
        changed=frozenset(f"{one.object}.{_column(change)}" for change in broken if _column(change) not in gone),
        removed=frozenset(f"{one.object}.{name}" for name in gone),
        is_gone=is_gone,
    )


def _column(change: Change) -> str:
    return change.path.removeprefix("columns/")


def _port_origin(inputs: PlanInputs, one: ObjectChange) -> Origin:
    """A contract speaks of datasets and columns by their paths; a change of the whole is about all that the port holds."""
    product = one.object.partition("/")[0]
    objects = changed_objects(one.changes)
    port = inputs.desired.ports.get(one.object)
    before = inputs.observed.port_documents.get(inputs.observed.ports.get(one.object, ""))
    after = port.document if port is not None else None
    known = [datasets_behind(product, document) for document in (before, after) if document is not None]
    if objects is not None:
        datasets = {dataset for name in objects for dataset in _behind(product, name, known)}
    else:
        datasets = {
            *(port.datasets if port is not None else ()),
            *(held_datasets(before) if before is not None else ()),
        }
    named = [name.partition(".") for change in one.changes if (name := broken_column(change)) is not None]
    broken = {f"{dataset}.{column}" for name, _, column in named for dataset in _behind(product, name, known)}
    there = {column for column in broken if _is_there(inputs, column)}
    return Origin(
        object=one.object,
        kind=one.kind,
        product=product,
        datasets=frozenset(datasets),
        changed=frozenset(there),
        removed=frozenset(broken - there),
    )


def _behind(product: str, name: str, known: Iterable[Mapping[str, str]]) -> frozenset[str]:
    """The datasets that a schema object was and is; one that no document holds is called by its own name."""
    return frozenset(found[name] for found in known if name in found) or frozenset({f"{product}.{name}"})


def _is_there(inputs: PlanInputs, column: str) -> bool:
    dataset, _, name = column.rpartition(".")
    return any(each.name == name for each in inputs.desired.columns.get(dataset, ()))
