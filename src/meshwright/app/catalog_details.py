"""What the catalog knows of one thing beyond its card: how it was published, its contract, its versions, columns, users."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Iterator, Mapping

from meshwright.app.judged_kept import Looked, look
from meshwright.app.opened import OpenedMesh, open_mesh
from meshwright.app.show import nothing_called
from meshwright.app.standing import require_generation
from meshwright.app.workspace import Workspace
from meshwright.checks.verdict import rule_words
from meshwright.diagnostics import Diagnostic, InputError, known_names_hint
from meshwright.frozen import dataclass
from meshwright.graph import is_plain
from meshwright.model import (
    Consumer,
    ContractProperty,
    Node,
    Port,
    Product,
    Version,
    dataset_name,
    domain_of,
    plain_address,
    product_of,
)
from meshwright.model.portversions import find_port
from meshwright.state.records import ObjectPublication, Pointer

#: A history is paged; who shows a product shows this much of it.
NEWEST = 10


@dataclass(frozen=True, kw_only=True, slots=True)
class ProductPublication:
    """One publication of a product."""

    publication: ObjectPublication
    #: As its manifest says; None where that is not kept any more.
    version: str | None
    status: str | None
    commit: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class ProductHistory:
    """How a product was published into an environment, newest first."""

    product: str
    environment: str
    publications: tuple[ProductPublication, ...]
    #: The generation before which it goes on; None where this is the end.
    next: int | None


@dataclass(frozen=True, kw_only=True, slots=True)
class WrittenStandard:
    """A document of one of the standards, as it is published or else as it is written."""

    #: Address of the port, or product.
    subject: str
    environment: str
    document: Mapping[str, object]
    #: What is published of it; None where nothing is, and `document` is what is written.
    revision: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class VersionPage:
    """Versions of a dataset, newest first."""

    dataset: str
    environment: str
    #: Id of the one that the environment points to.
    published: str | None
    versions: tuple[Version, ...]
    #: Creation and id of the one after which it goes on; None where this is the end.
    next: tuple[dt.datetime | None, str] | None


@dataclass(frozen=True, kw_only=True, slots=True)
class PromisedColumn:
    """What the contract of a port says of a column."""

    port: str
    logical_type: str | None
    physical_type: str | None
    is_required: bool
    is_unique: bool
    classification: str | None
    description: str | None
    tags: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class ColumnCard:
    """A column of a dataset."""

    dataset: str
    environment: str
    name: str
    #: As published, else as it will be built; None where nobody knows it yet.
    type: str | None
    is_published: bool
    description: str | None
    classification: str | None
    promised: tuple[PromisedColumn, ...]
    #: Id and words of the rules on it.
    rules: tuple[tuple[str, str], ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class ColumnsCard:
    """The columns of a dataset, in its order."""

    dataset: str
    environment: str
    columns: tuple[ColumnCard, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class ReadingProduct:
    """A product that reads another one."""

    address: str
    owners: tuple[str, ...]
    #: Its datasets that read, and what they read.
    reads: tuple[tuple[str, str], ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class ConsumersCard:
    """Who uses a product: other products, and what is declared outside of the mesh."""

    product: str
    environment: str
    products: tuple[ReadingProduct, ...]
    #: With the product that declares each.
    declared: tuple[tuple[str, Consumer], ...]


def product_history(
    workspace: Workspace, name: str, environment: str = "prod", *, before: int | None = None, limit: int = NEWEST
) -> ProductHistory:
    """Return how a product was published, newest first, `before` a generation. Raises InputError (MW-R011)."""
    with open_mesh(workspace, environment) as opened:
        product = _product(opened, name)
        found = opened.state.lookups.publications(environment, product.address, before=before, limit=limit + 1)
        page = found[:limit]
        ids = {each.revision for each in page if each.revision is not None}
        manifests = {id_: json.loads(each.document) for id_, each in opened.state.reader.revisions(ids).items()}
        return ProductHistory(
            product=product.address,
            environment=environment,
            publications=tuple(_publication(each, manifests.get(each.revision or "", {})) for each in page),
            next=page[-1].generation if len(found) > limit else None,
        )


def _publication(publication: ObjectPublication, manifest: Mapping[str, object]) -> ProductPublication:
    def text(key: str) -> str | None:
        return str(manifest[key]) if manifest.get(key) else None

    return ProductPublication(
        publication=publication, version=text("version"), status=text("status"), commit=text("commit")
    )


def port_contract(
    workspace: Workspace, name: str, environment: str = "prod", *, generation: int | None = None
) -> WrittenStandard:
    """Return the contract (ODCS) of a port. Raises InputError: MW-R011; MW-S201 for a generation that is not kept."""
    with open_mesh(workspace, environment) as opened:
        port = find_port(_product(opened, name.partition("/")[0]).ports.values(), name)
        if port is None:
            raise InputError(nothing_called(opened, name))
        pointer = _pointer(opened, port.address, generation)
        revision = _revision(opened, pointer)
        document = json.loads(revision)["contract"] if revision is not None else json.loads(port.contract.document)
        return WrittenStandard(
            subject=port.address,
            environment=environment,
            document=_ordered(document, ("apiVersion", "kind", "id", "name", "version", "status")),
            revision=pointer.revision if pointer is not None and revision is not None else None,
        )


def product_description(
    workspace: Workspace, name: str, environment: str = "prod", *, generation: int | None = None
) -> WrittenStandard:
    """Return the description (ODPS) of a product. Raises InputError as `port_contract`."""
    with open_mesh(workspace, environment) as opened:
        product = _product(opened, name)
        pointer = _pointer(opened, product.address, generation)
        revision = _revision(opened, pointer)
        document = json.loads(revision)["spec"] if revision is not None else json.loads(product.document)
        return WrittenStandard(
            subject=product.address,
            environment=environment,
            document=_ordered(document, ("apiVersion", "kind", "id", "name", "version", "status", "domain")),
            revision=pointer.revision if pointer is not None and revision is not None else None,
        )


def standard_yaml(found: WrittenStandard) -> str:
    """Return a document of a standard as YAML."""
    from meshwright.files.standards.exchange.yamltext import yaml_document  # lazy: few ask for it

    return yaml_document(found.document)


def _pointer(opened: OpenedMesh, name: str, generation: int | None) -> Pointer | None:
    if generation is not None:
        require_generation(opened.state.reader, opened.environment, generation)
    found = opened.state.lookups.pointers_of(opened.environment, [name], generation).get(name)
    if found is None and generation is not None:
        raise InputError(
            Diagnostic(
                code="MW-R011",
                message=f"{name} was not published in generation {generation} of {opened.environment}",
                fix="its history lists the generations in which it was published",
                object=name,
            )
        )
    return found


def _revision(opened: OpenedMesh, pointer: Pointer | None) -> str | None:
    found = opened.state.reader.revisions([pointer.revision]).get(pointer.revision) if pointer is not None else None
    return found.document if found is not None else None


def _ordered(document: Mapping[str, object], first: Iterable[str]) -> dict[str, object]:
    """Return a document with its head as people write it: what is recorded is in the order of the alphabet."""
    return {**{key: document[key] for key in first if key in document}, **document}


def dataset_versions(
    workspace: Workspace,
    name: str,
    environment: str = "prod",
    *,
    before: tuple[dt.datetime | None, str] | None = None,
    limit: int = 50,
) -> VersionPage:
    """Return versions of a dataset, newest first, those after the one of `before`. Raises InputError (MW-R011)."""
    with open_mesh(workspace, environment) as opened:
        _node(opened, name)
        found = opened.state.lookups.versions_of(plain_address(name), before=before, limit=limit + 1)
        page = found[:limit]
        pointer = _pointer(opened, name, None)
        return VersionPage(
            dataset=name,
            environment=environment,
            published=pointer.revision if pointer is not None else None,
            versions=page,
            next=(page[-1].created_at, page[-1].id) if len(found) > limit else None,
        )


def dataset_columns(workspace: Workspace, name: str, environment: str = "prod") -> ColumnsCard:
    """Return the columns of a dataset. Raises InputError (MW-R011)."""
    with open_mesh(workspace, environment) as opened:
        columns = tuple(_columns(opened, _node(opened, name), look(opened)))
        return ColumnsCard(dataset=name, environment=environment, columns=columns)


def dataset_column(workspace: Workspace, name: str, column: str, environment: str = "prod") -> ColumnCard:
    """Return one column of a dataset. Raises InputError (MW-R011)."""
    with open_mesh(workspace, environment) as opened:
        found = {each.name: each for each in _columns(opened, _node(opened, name), look(opened))}
        if column not in found:
            raise InputError(
                Diagnostic(
                    code="MW-R011",
                    message=f"dataset {name} has no column {column[:200]!r}",
                    fix=known_names_hint(column[:200], found, what="columns"),
                    object=name,
                )
            )
        return found[column]


def _columns(opened: OpenedMesh, node: Node, looked: Looked) -> Iterator[ColumnCard]:
    product = opened.mesh.product(product_of(node.address))
    ports = [port for port in product.ports.values() if node.address in port.datasets] if product is not None else []
    promised: dict[str, list[tuple[Port, ContractProperty]]] = {}
    for port in sorted(ports, key=lambda each: each.address):
        for item in port.contract.objects:
            if item.dataset == dataset_name(plain_address(node.address)):
                for each in item.properties:
                    promised.setdefault(each.name, []).append((port, each))
    version = looked.published.versions.get(node.address)
    known = version.columns if version is not None else looked.judged.typed.columns.get(node.address, ())
    types = {column.name: column.type for column in known}
    specs = looked.judged.checks.get(node.address, ())
    for name in dict.fromkeys((*types, *promised)):
        said = [each for _, each in promised.get(name, ())]
        yield ColumnCard(
            dataset=node.address,
            environment=opened.environment,
            name=name,
            type=types.get(name),
            is_published=version is not None and name in types,
            description=next((each.description for each in said if each.description), None),
            classification=next((each.classification for each in said if each.classification), None),
            promised=tuple(_promised(port, each) for port, each in promised.get(name, ())),
            rules=tuple((spec.id, rule_words(spec)) for spec in specs if name in spec.columns),
        )


def _promised(port: Port, said: ContractProperty) -> PromisedColumn:
    return PromisedColumn(
        port=port.address,
        logical_type=said.logical_type,
        physical_type=said.physical_type,
        is_required=said.is_required,
        is_unique=said.is_unique,
        classification=said.classification,
        description=said.description,
        tags=said.tags,
    )


def product_consumers(workspace: Workspace, name: str, environment: str = "prod") -> ConsumersCard:
    """Return who uses a product. Raises InputError (MW-R011)."""
    with open_mesh(workspace, environment) as opened:
        product = _product(opened, name)
        reads: dict[str, list[tuple[str, str]]] = {}
        for dataset in product.datasets:
            for child in opened.graph.children.get(dataset, ()):
                if product_of(child) != product.address and is_plain(child):
                    reads.setdefault(product_of(child), []).append((child, dataset))
        ports = {port.address for port in product.ports.values()}
        return ConsumersCard(
            product=product.address,
            environment=environment,
            products=tuple(
                ReadingProduct(
                    address=reader,
                    owners=opened.mesh.domains[domain_of(reader)].owners,
                    reads=tuple(sorted(pairs)),
                )
                for reader, pairs in sorted(reads.items())
            ),
            declared=tuple(
                (other.address, consumer)
                for other in opened.mesh.products()
                for consumer in other.consumers
                if any(port in ports for port, _ in consumer.uses)
            ),
        )


def _product(opened: OpenedMesh, name: str) -> Product:
    product = opened.mesh.product(name)
    if product is None:
        raise InputError(nothing_called(opened, name))
    return product


def _node(opened: OpenedMesh, name: str) -> Node:
    node = opened.mesh.node(name)
    if node is None:
        raise InputError(nothing_called(opened, name))
    return node
