"""Ports as they were published: which one an address means in an environment or a generation of it, and what it promises."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any  # a recorded ODCS document

from meshwright.diagnostics import Diagnostic, InputError, known_names_hint, nearest_name
from meshwright.frozen import dataclass
from meshwright.model import Columns, Contract, Port, Version, dataset_address
from meshwright.model.portoffers import dataset_behind
from meshwright.model.portversions import find_port, version_word
from meshwright.state.protocol import Reader
from meshwright.state.records import ObjectKind, Pointer


@dataclass(frozen=True, kw_only=True, slots=True)
class PromisedDataset:
    """One dataset of a published port."""

    #: Address of the port's version.
    port: str
    #: What the contract calls it.
    name: str
    #: Address of the dataset behind it.
    dataset: str
    #: The columns that are promised, letter case aside; None where the contract constrains none.
    promised: frozenset[str] | None

    @property
    def shown(self) -> str:
        """What messages call it."""
        return f"{self.port} ({self.name})"

    def columns_of(self, version: Version) -> Columns:
        """Return the columns of a version that the contract promises."""
        promised = self.promised
        if promised is None:
            return version.columns
        return tuple(column for column in version.columns if column.name.casefold() in promised)


def find_dataset(
    reader: Reader, pointers: Mapping[str, Pointer], product: str, words: Sequence[str], environment: str
) -> PromisedDataset:
    """Return the dataset that the words of an address mean: ``port``, ``port/v2``, ``port/dataset``, ``port/v2/dataset``.

    A word after the port is a version where the port has such a one, else a dataset. `pointers` are the product's.
    Raises InputError (MW-H107, MW-H108).
    """
    ports = [port for port in _published(reader, pointers) if port.address.partition("/")[0] == product]
    name, *rest = words
    address = f"{product}/{name}"
    named = [port for port in ports if port.name == name]
    if not named:
        raise InputError(_no_port(reader, pointers, product, name, ports, environment))
    if rest and any(version_word(port) == rest[0] for port in named):
        address = f"{address}/{rest.pop(0)}"
    port = find_port(ports, address)
    assert port is not None  # its name, and its version where one is named, were found above
    held = _promises(port)
    if not rest and len(held) == 1:
        return held[0]
    names = sorted(each.name for each in held)
    if not rest:
        message = f"{port.address} holds {', '.join(names) or 'no dataset'}"
        fix = (
            f"name one: /api/v1/products/{product}/ports/{port.address.partition('/')[2]}/{names[0]}/data"
            if names
            else ""
        )
        raise InputError(Diagnostic(code="MW-H108", message=message, fix=fix or "publish the port with datasets"))
    found = next((each for each in held if each.name == rest[0]), None)
    if found is None or len(rest) > 1:
        versions = [version_word(each) for each in named]
        message = f"{address} has no version or dataset {'/'.join(rest)!r}"
        hint = known_names_hint(rest[0], (*names, *versions), what="datasets and versions")
        raise InputError(Diagnostic(code="MW-H107", message=message, fix=hint))
    return found


def _published(reader: Reader, pointers: Mapping[str, Pointer]) -> list[Port]:
    """Return the ports that stand, as far as choosing among them goes."""
    standing = {name: each.revision for name, each in pointers.items() if each.kind is ObjectKind.PORT}
    revisions = reader.revisions(set(standing.values()))
    found = []
    for address, revision in standing.items():
        if revision in revisions:
            document = json.loads(revisions[revision].document)
            found.append(_port(address, document["contract"], tuple(document["datasets"])))
    return found


def _port(address: str, document: Mapping[str, Any], datasets: tuple[str, ...]) -> Port:
    status = document.get("status")
    contract = Contract(
        id=str(document.get("id")),
        version=str(document.get("version") or ""),
        api_version=str(document.get("apiVersion")),
        status=str(status) if status is not None else None,
        document=json.dumps(document),
    )
    name = address.partition("/")[2].partition("/")[0]
    return Port(address=address, name=name, contract=contract, datasets=datasets)


def _promises(port: Port) -> tuple[PromisedDataset, ...]:
    product = port.address.partition("/")[0]
    found = []
    for item in json.loads(port.contract.document).get("schema") or ():
        dataset = dataset_address(product, dataset_behind(item, port.datasets))
        properties = item.get("properties")
        promised = frozenset(str(each.get("name")).casefold() for each in properties) if properties else None
        if dataset in port.datasets:
            found.append(PromisedDataset(port=port.address, name=str(item["name"]), dataset=dataset, promised=promised))
    return tuple(found)


def _no_port(
    reader: Reader, pointers: Mapping[str, Pointer], product: str, name: str, ports: Sequence[Port], environment: str
) -> Diagnostic:
    if ports:
        message = f"no port {name!r} of {product} is published in {environment}"
        fix = known_names_hint(name, {port.name for port in ports}, what="ports")
        return Diagnostic(code="MW-H107", message=message, fix=fix)
    message = f"no port of {product} is published in {environment}"
    if pointers:
        fix = f"it was published without output ports: declare one in the product.odps.yaml of {product}, with its contract"
        return Diagnostic(code="MW-H107", message=message, fix=fix)
    standing = reader.pointers(environment).items()
    offered = {address.partition("/")[0] for address, pointer in standing if pointer.kind is ObjectKind.PORT}
    near = nearest_name(product, sorted(offered))
    fix = f"did you mean {near!r}?" if near else f"mw run {product} publishes the product, and its output ports with it"
    return Diagnostic(code="MW-H107", message=message, fix=f"check the address; {fix}")
