"""What changes of one port, from the documents of its revisions: the contract, and the datasets that it holds."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

from meshwright.model import Action, dataset_name
from meshwright.model.portoffers import dataset_behind
from meshwright.plan.compatibility.contracts import contract_changes
from meshwright.plan.compatibility.rules import by_name, part
from meshwright.plan.compatibility.values import Change, Level


def added_port() -> Change:
    """Return the change of a port that was never published."""
    return Change(path="", kind="port_added", level=Level.MINOR, message="port added")


def removed_port() -> Change:
    """Return the change of a published port that is gone from the mesh."""
    return Change(path="", kind="port_removed", level=Level.MAJOR, message="port removed")


def port_changes(before: str, after: str, severities: Mapping[str, Action]) -> tuple[Change, ...]:
    """Compare two documents of a port (`plan.identities.desired_port`); none where they promise the same in another form."""
    old, new = part(json.loads(before)), part(json.loads(after))
    contracts = part(old.get("contract")), part(new.get("contract"))
    return (*contract_changes(*contracts, severities), *_held(old, new))


def changed_objects(changes: tuple[Change, ...]) -> frozenset[str] | None:
    """Return the names of the schema objects that changes are about; None where one is about the port as a whole."""
    paths = [change.path.split("/") for change in changes]
    is_about_all = any(path[0] != "schema" or len(path) < 2 for path in paths)
    return None if is_about_all else frozenset(path[1] for path in paths)


def broken_column(change: Change) -> str | None:
    """Return the column that a major change is about, as ``dataset.column``; None where it is about something else."""
    path = change.path.split("/")
    is_column = len(path) >= 4 and (path[0], path[2]) == ("schema", "properties")
    return f"{path[1]}.{path[3]}" if is_column and change.level is Level.MAJOR else None


def held_datasets(document: str) -> frozenset[str]:
    """Return the addresses of the datasets that a port's document lists."""
    listed = part(json.loads(document)).get("datasets")
    return frozenset(str(address) for address in (listed if isinstance(listed, list) else ()))


def datasets_behind(product: str, document: str) -> dict[str, str]:
    """Return the names of the schema objects in a port's document, each with the address of the dataset behind it."""
    read = part(json.loads(document))
    listed, described = read.get("datasets"), part(read.get("contract")).get("schema")
    held = [str(address) for address in (listed if isinstance(listed, list) else ())]
    objects = by_name(described)
    return {name: f"{product}.{dataset_behind(part(found), held)}" for name, found in objects.items()}


def _held(old: Mapping[str, object], new: Mapping[str, object]) -> Iterator[Change]:
    """Name datasets that a port holds and no schema object describes: those with one are said with the contract."""
    before, after = _datasets(old), _datasets(new)
    for address in sorted(before - after):
        yield _dataset(address, "dataset_removed", Level.MAJOR, "removed")
    for address in sorted(after - before):
        yield _dataset(address, "dataset_added", Level.MINOR, "added")


def _datasets(document: Mapping[str, object]) -> frozenset[str]:
    listed = document.get("datasets")
    addresses = [str(address) for address in (listed if isinstance(listed, list) else ())]
    objects = by_name(part(document.get("contract")).get("schema")).values()
    described = {dataset_behind(part(found), addresses) for found in objects}
    return frozenset(address for address in addresses if dataset_name(address) not in described)


def _dataset(address: str, kind: str, level: Level, word: str) -> Change:
    name = dataset_name(address)
    return Change(path=f"schema/{name}", kind=kind, level=level, message=f"dataset {name} {word}")
