"""What breaks of each port: the major changes of its contract, of the datasets that it holds, and of its product."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import field

from meshwright.frozen import dataclass
from meshwright.model import dataset_name, product_of
from meshwright.plan.compatibility import Change, ChangedKind, Level, ObjectChange
from meshwright.plan.compatibility.properties import primary_key
from meshwright.plan.compatibility.rules import by_name, part, parts, text_of
from meshwright.plan.impact.values import RETIRED, StandingProduct, is_promising
from meshwright.plan.values import Desired, Observed


@dataclass(frozen=True, kw_only=True, slots=True)
class StandingPort:
    """A port as it stands."""

    address: str
    status: str
    #: Addresses of the datasets that it holds -> what its contract calls them.
    datasets: Mapping[str, str]
    #: Address of a dataset -> columns that the contract promises.
    columns: Mapping[str, tuple[str, ...]]
    #: Address of a dataset -> columns of its primary key, where the contract promises one.
    keys: Mapping[str, tuple[str, ...]]

    @property
    def product(self) -> str:
        """Address of its product."""
        return self.address.partition("/")[0]


@dataclass(frozen=True, kw_only=True, slots=True)
class Broken:
    """What breaks of a port, by what a consumer has to use in order to be concerned."""

    port: StandingPort
    changes: tuple[Change, ...]
    #: Whether it is about the whole port: every consumer uses that.
    is_whole: bool = False
    #: Datasets of which something breaks that is about no column of theirs, those that are gone among them.
    datasets: frozenset[str] = frozenset()
    #: Columns that break, in full.
    columns: frozenset[str] = frozenset()
    #: Those of `columns` that are there no more: nothing that is written now can name them.
    removed: frozenset[str] = frozenset()


def standing_ports(desired: Desired, observed: Observed, products: Collection[str]) -> dict[str, StandingPort]:
    """Return the published ports of `products` by address; `observed` has the documents of those that differ."""
    found: dict[str, StandingPort] = {}
    for address, revision in observed.ports.items():
        if address.partition("/")[0] not in products:
            continue
        wanted = desired.ports.get(address)
        document = observed.port_documents.get(revision)
        if document is None and wanted is not None and wanted.revision == revision:
            document = wanted.document
        if document is not None:
            found[address] = _standing_port(address, document)
    return found


def find_broken(
    desired: Desired,
    observed: Observed,
    changes: Collection[ObjectChange],
    products: Mapping[str, StandingProduct],
) -> tuple[Broken, ...]:
    """Return what breaks, by port; `products` are those as they stand that may have lost their promise, with what they tell.

    A dataset that no published port holds was promised to nobody.
    """
    changed = {_product(one) for one in changes if one.level is Level.MAJOR}
    ports = standing_ports(desired, observed, changed | products.keys())
    holders: dict[str, list[str]] = defaultdict(list)
    for port in ports.values():
        for dataset in port.datasets:
            holders[dataset].append(port.address)
    collected: dict[str, _Collected] = {}
    for one in sorted(changes, key=lambda one: one.kind is ChangedKind.DATASET):
        majors = [change for change in one.changes if change.level is Level.MAJOR]
        if not majors:
            continue
        concerned = [one.object] if one.kind is ChangedKind.PORT else holders.get(one.object, [])
        for address in concerned:
            if address in ports:
                found = collected.setdefault(address, _Collected(port=ports[address]))
                for change in majors:
                    found.add(change, None if one.kind is ChangedKind.PORT else one.object)
    for address, port in ports.items():
        lost = _product_change(desired, port.product, products)
        if lost is not None:
            collected.setdefault(address, _Collected(port=port)).add(lost, None)
    return tuple(_broken(desired, found) for _, found in sorted(collected.items()))


def _product(one: ObjectChange) -> str:
    return one.object.partition("/")[0] if one.kind is ChangedKind.PORT else product_of(one.object)


@dataclass(kw_only=True, slots=True)
class _Collected:
    """What was found of one port so far."""

    port: StandingPort
    changes: list[Change] = field(default_factory=list)
    datasets: set[str] = field(default_factory=set)
    columns: set[str] = field(default_factory=set)
    is_whole: bool = False

    def add(self, change: Change, dataset: str | None) -> None:
        """Take in a change of the port, or of a `dataset` that it holds; what its contract has said of a thing is said."""
        whole, names, columns = _concerns(change, dataset, self.port)
        if dataset is not None and (columns <= self.columns and names <= self.datasets):
            return
        self.changes.append(change)
        self.is_whole |= whole
        self.datasets |= names
        self.columns |= columns


def _concerns(change: Change, dataset: str | None, port: StandingPort) -> tuple[bool, frozenset[str], frozenset[str]]:
    """Return what a change is about: the whole port, datasets, columns."""
    path = change.path.split("/")
    if dataset is not None:
        if path[0] == "columns" and len(path) > 1:
            return False, frozenset(), frozenset({f"{dataset}.{change.path.removeprefix('columns/')}"})
        return False, frozenset({dataset}), frozenset()
    if path[0] != "schema" or len(path) < 2:
        return True, frozenset(), frozenset()
    named = next((address for address, name in port.datasets.items() if name == path[1]), f"{port.product}.{path[1]}")
    if change.kind.startswith("primary_key_") and port.keys.get(named):
        return False, frozenset(), frozenset(f"{named}.{column}" for column in port.keys[named])
    if len(path) >= 4 and path[2] == "properties":
        return False, frozenset(), frozenset({f"{named}.{_column(path[3:], port.columns.get(named, ()))}"})
    return False, frozenset({named}), frozenset()


def _column(path: list[str], promised: tuple[str, ...]) -> str:
    """Return the column at the beginning of a path inside a dataset: its name may hold slashes, and more may follow."""
    rest = "/".join(path)
    found = (name for name in promised if rest == name or rest.startswith(f"{name}/"))
    return max(found, key=len, default=path[0])


def _broken(desired: Desired, found: _Collected) -> Broken:
    removed = {column for column in found.columns if not _is_there(desired, column)}
    return Broken(
        port=found.port,
        changes=tuple(found.changes),
        is_whole=found.is_whole,
        datasets=frozenset(found.datasets),
        columns=frozenset(found.columns),
        removed=frozenset(removed),
    )


def _is_there(desired: Desired, column: str) -> bool:
    """Whether a dataset will have a column; where only a build tells its columns, it may."""
    dataset = ".".join(column.split(".", 3)[:3])
    known = desired.columns.get(dataset)
    if known is None:
        return dataset in desired.nodes
    return column.removeprefix(f"{dataset}.") in {each.name for each in known}


def _product_change(desired: Desired, product: str, products: Mapping[str, StandingProduct]) -> Change | None:
    """Return the change of a product's own status that takes its promise back."""
    standing, wanted = products.get(product), desired.mesh.product(product)
    if standing is None or wanted is None or product not in desired.whole_products:
        return None
    if not is_promising(standing.status) or is_promising(wanted.status) or not wanted.status:
        return None
    return Change(
        path="",
        kind="product_retired" if wanted.status.casefold() == RETIRED else "product_status_changed",
        level=Level.MAJOR,
        message=f"status of product {product} changed from {standing.status} to {wanted.status}",
    )


def _standing_port(address: str, document: str) -> StandingPort:
    root = part(json.loads(document))
    listed = root.get("datasets")
    promised = dict(_promised(part(root.get("contract"))))
    datasets: dict[str, str] = {}
    columns: dict[str, tuple[str, ...]] = {}
    keys: dict[str, tuple[str, ...]] = {}
    for dataset in map(str, listed if isinstance(listed, list) else ()):
        name = dataset_name(dataset)
        found = promised.get(name, {})
        datasets[dataset] = text_of(found.get("name")) or name
        properties = by_name(found.get("properties"))
        columns[dataset] = tuple(properties)
        keys[dataset] = tuple(primary_key(properties))
    status = text_of(part(root.get("contract")).get("status"))
    return StandingPort(address=address, status=status, datasets=datasets, columns=columns, keys=keys)


def _promised(contract: Mapping[str, object]) -> Iterator[tuple[str, Mapping[str, object]]]:
    """Yield the schema objects by the names of their datasets: a `physicalName` tells where an object has another name."""
    for promised in parts(contract.get("schema")):
        yield text_of(promised.get("name")), promised
        if physical := text_of(promised.get("physicalName")):
            yield physical, promised
