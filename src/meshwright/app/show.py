"""The verb `show`: the record of a domain, product, port, dataset or version."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Mapping
from types import MappingProxyType
from typing import Literal

from meshwright.app.judged_kept import Looked, look
from meshwright.app.lineage_left import left_datasets
from meshwright.app.opened import OpenedMesh, open_mesh
from meshwright.app.outside_told import (
    OutsideCard,
    find_outside,
    job_card,
    outside_dataset_card,
    outside_neighbours,
)
from meshwright.app.outside_told_map import OutsideWork
from meshwright.app.parties import Surroundings, with_parties
from meshwright.app.parts import manifest_lines
from meshwright.app.reports import (
    Card,
    DatasetCard,
    DomainCard,
    InsideCard,
    PortCard,
    PortVersion,
    ProductCard,
    VersionCard,
)
from meshwright.app.standing import require_generation
from meshwright.app.testing import recorded_outcomes
from meshwright.app.workspace import Workspace
from meshwright.diagnostics import Diagnostic, InputError, known_names_hint
from meshwright.graph import is_plain
from meshwright.model import Node, Port, Product, Version, domain_of, plain_address, product_of, varied_address
from meshwright.model.outside import outcome_of
from meshwright.model.portversions import by_port, find_port, newest_active
from meshwright.plan.nodes import node_key
from meshwright.run.report import TestOutcome
from meshwright.state.records import Pointer

CardKind = Literal["domain", "product", "port", "dataset", "version"]
_KINDS: Mapping[CardKind, type[Card]] = {
    "domain": DomainCard,
    "product": ProductCard,
    "port": PortCard,
    "dataset": DatasetCard,
    "version": VersionCard,
}
_VERSION_ID = re.compile(r"[0-9a-f]{6,32}")


def show(
    workspace: Workspace, name: str, environment: str = "prod", *, generation: int | None = None
) -> Card | OutsideCard:
    """Return the card of whatever `name` names, also to outside tools; of a product as it was published in a `generation`.

    Raises InputError: MW-R011 where it names nothing, or there was no such generation, MW-S201 for one that is not kept.
    """
    with open_mesh(workspace, environment) as opened:
        mesh = opened.mesh
        if generation is not None:
            require_generation(opened.state.reader, environment, generation)
        if name in mesh.domains:
            domain = mesh.domains[name]
            products = tuple(sorted(product.address for product in domain.products.values()))
            return DomainCard(name=name, purpose=domain.purpose, owners=domain.owners, products=products)
        if (product := mesh.product(name)) is not None:
            return _product_card(opened, product, _pointer(opened, name, generation))
        if "/" in name and (port := _port(opened, name)) is not None:
            return _port_card(opened, port, _pointer(opened, port.address, generation))
        if mesh.node(name) is not None:
            return _dataset_card(opened, name, look(opened))
        return _named_otherwise(opened, name)


def show_outside(workspace: Workspace, name: str, environment: str = "prod") -> Card | OutsideCard:
    """Return the card of what outside tools call by a name, a dataset of ours among them. Raises InputError (MW-R011)."""
    with open_mesh(workspace, environment) as opened:
        card = _outside(opened, name)
        if card is None:
            raise InputError(nothing_called(opened, name))
        return card


def _named_otherwise(opened: OpenedMesh, name: str) -> Card | OutsideCard:
    """Return the card of what no address names: what outside tools call so, or a version."""
    card = _outside(opened, name)
    if card is not None:
        return card
    if _VERSION_ID.fullmatch(name):
        return _version_card(opened, find_version(opened, name), look(opened))
    raise InputError(nothing_called(opened, name))


def _outside(opened: OpenedMesh, name: str) -> Card | OutsideCard | None:
    outside = find_outside(opened, name)
    if isinstance(outside, OutsideWork):
        return job_card(opened, outside)
    if outside is None:
        return None
    own = outside.address
    return outside_dataset_card(opened, outside) if own is None else _dataset_card(opened, own, look(opened))


def show_kind(
    workspace: Workspace, kind: CardKind, name: str, environment: str = "prod", *, generation: int | None = None
) -> Card:
    """Return the card of what `name` names, which is to be of a `kind`. Raises InputError as `show`."""
    card = show(workspace, name, environment, generation=generation)
    if not isinstance(card, _KINDS[kind]):
        found = next((each for each, known in _KINDS.items() if isinstance(card, known)), "name of outside tools")
        message = f"'{name}' is a {found}, and no {kind}"
        raise InputError(Diagnostic(code="MW-R011", message=message, fix=f"look at it as a {found}", object=name))
    return card


def _pointer(opened: OpenedMesh, name: str, generation: int | None) -> Pointer | None:
    return opened.state.lookups.pointers_of(opened.environment, [name], generation).get(name)


def is_version_id(name: str) -> bool:
    """Whether a text may be the id of a version, or the beginning of one."""
    return _VERSION_ID.fullmatch(name) is not None


def find_version(opened: OpenedMesh, prefix: str) -> Version:
    """Return the version of an id or unique prefix. Raises InputError (MW-R011)."""
    found = opened.state.reader.versions_like(prefix) if _VERSION_ID.fullmatch(prefix) else ()
    exact = [version for version in found if version.id == prefix]
    if len(exact) == 1 or len(found) == 1:
        return (exact or found)[0]
    if found:
        listed = ", ".join(f"{version.id} ({version.dataset})" for version in found)
        fix = f"give more digits; it could be {listed}"
    else:
        fix = "mw show DATASET lists the versions that are kept"
    message = f"version {prefix!r} is not unique" if found else f"no version {prefix!r}"
    raise InputError(Diagnostic(code="MW-R011", message=message, fix=fix))


def _port(opened: OpenedMesh, name: str) -> Port | None:
    product = opened.mesh.product(name.partition("/")[0])
    return find_port(product.ports.values(), name) if product else None


def _versions(ports: Iterable[Port]) -> tuple[PortVersion, ...]:
    """Return the versions of ports, port by port, oldest first."""
    found = by_port(ports)
    return tuple(
        PortVersion(
            address=port.address,
            version=port.version or port.contract.version,
            status=port.contract.status,
            is_default=port is newest_active(versions),
        )
        for _, versions in sorted(found.items())
        for port in versions
    )


def _product_card(opened: OpenedMesh, product: Product, pointer: Pointer | None) -> ProductCard:
    manifest: dict[str, object] = {}
    if pointer is not None:
        revision = opened.state.reader.revisions([pointer.revision]).get(pointer.revision)
        manifest = json.loads(revision.document) if revision else {}
    return ProductCard(
        address=product.address,
        name=product.name,
        version=product.version,
        status=product.status,
        description=product.description,
        owners=opened.mesh.domains[domain_of(product.address)].owners,
        environment=opened.environment,
        generation=pointer.generation if pointer else None,
        datasets=product.datasets,
        ports=_versions(product.ports.values()),
        consumers=_consumers(opened, {port.address for port in product.ports.values()}),
        variations=tuple(varied_address(product.address, name) for name in sorted(product.variations)),
        manifest=manifest,
    )


def _port_card(opened: OpenedMesh, port: Port, pointer: Pointer | None) -> PortCard:
    product = opened.mesh.product(port.address.partition("/")[0])
    assert product is not None  # it was found in there
    return PortCard(
        address=port.address,
        product=product.address,
        environment=opened.environment,
        version=port.version,
        contract_id=port.contract.id,
        contract_version=port.contract.version,
        status=port.contract.status,
        versions=_versions(each for each in product.ports.values() if each.name == port.name),
        datasets=port.datasets,
        names=MappingProxyType({item.name: item.dataset for item in port.contract.objects if item.behind is not None}),
        read_by=tuple(
            sorted(
                {
                    child
                    for dataset in port.datasets
                    for child in opened.graph.children.get(dataset, ())
                    if is_plain(child) and product_of(child) != product.address
                }
            )
        ),
        consumers=_consumers(opened, {port.address}),
        published=pointer.revision if pointer else None,
        contract=json.loads(port.contract.document),
    )


def _dataset_card(opened: OpenedMesh, dataset: str, looked: Looked) -> DatasetCard:
    published = looked.published
    node = opened.mesh.node(dataset)
    assert node is not None
    product = opened.mesh.product(product_of(dataset))
    ports = (
        tuple(sorted(port.address for port in product.ports.values() if dataset in port.datasets)) if product else ()
    )
    version = published.versions.get(dataset)
    versions = opened.state.reader.versions_of(plain_address(dataset))
    left = next((each.outcome for each in versions if each.outcome is not None), None)
    neighbours = outside_neighbours(opened, dataset)
    return DatasetCard(
        address=dataset,
        description=node.description,
        owners=opened.mesh.domains[domain_of(dataset)].owners,
        environment=opened.environment,
        published=version,
        versions=versions,
        reads=node.reads,
        through=node.through,
        read_by=opened.graph.children.get(dataset, ()),
        ports=ports,
        tests=_outcomes(opened, looked, dataset, version) if version else (),
        parts=manifest_lines(version.manifest) if version and version.manifest is not None else (),
        origin=node.origin,
        outcome=outcome_of(left) if left is not None else None,
        is_step=not node.has_dataset,
        inside=_inside(opened, node),
        outside=None if neighbours.is_empty else neighbours,
    )


def _inside(opened: OpenedMesh, node: Node) -> InsideCard | None:
    """Return the tool's graph inside of a node, as the newest run of the environment left it; else the newest of any."""
    if node.outside is None:
        return None
    reader, step = opened.state.reader, node_key(node.address)
    run = reader.newest_inside(step, opened.environment) or reader.newest_inside(step)
    if run is None:
        return None
    return InsideCard(run_id=run, steps=reader.inner_steps(run)[step], datasets=left_datasets(opened.mesh, node))


def _version_card(opened: OpenedMesh, version: Version, looked: Looked) -> VersionCard:
    published = looked.published
    # A variation's dataset may point to a version of the plain one, and the plain one to what a variation built.
    holders = sorted(name for name, pointer in published.pointers.items() if pointer.revision == version.id)
    dataset = version.dataset if version.dataset in holders or not holders else holders[0]
    return VersionCard(
        version=version,
        published_in=(opened.environment,) if holders else (),
        tests=_outcomes(opened, looked, dataset, version),
        files=tuple(opened.store.absolute(file) for file in version.files),
        parts=manifest_lines(version.manifest) if version.manifest is not None else (),
    )


def _outcomes(opened: OpenedMesh, looked: Looked, dataset: str, version: Version) -> tuple[TestOutcome, ...]:
    checks = looked.judged.checks.get(dataset, ())
    read = {name for spec in checks for name in spec.reads}
    pointers = looked.published.pointers
    standing = {name: pointers[name].revision for name in read if name in pointers}
    outcomes = recorded_outcomes(opened, checks, version, standing)
    around = Surroundings(mesh=opened.mesh, graph=opened.graph, lineage=looked.lineage, checks={dataset: checks})
    with looked.following:
        return with_parties(outcomes, around)


def _consumers(opened: OpenedMesh, ports: Collection[str]) -> tuple[str, ...]:
    """Return the names of those outside of the mesh who use one of some ports."""
    return tuple(
        sorted(
            {
                consumer.name
                for product in opened.mesh.products()
                for consumer in product.consumers
                if any(used in ports for used, _ in consumer.uses)
            }
        )
    )


def nothing_called(opened: OpenedMesh, name: str) -> Diagnostic:
    """Return the finding for a name of nothing, with the names that are like it."""
    mesh = opened.mesh
    known = {*mesh.domains, *opened.graph.order}
    for product in mesh.all_products():
        known |= {product.address, *(port.address for port in product.ports.values())}
    return Diagnostic(
        code="MW-R011",
        message=f"nothing is called {name!r}",
        fix=known_names_hint(name, known, what="names"),
    )
