"""The mesh as written: domains, products, nodes and settings, resolved and checked at birth.

`files` makes these records; everything above reads them. Nothing here is observed from the world.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from meshwright.diagnostics import SourceSpan
from meshwright.model.columns import Columns
from meshwright.model.contracts import Consumer, Port
from meshwright.model.names import dataset_name, domain_of, product_of
from meshwright.model.rules import Action, QualityRule, Scalar, SqlTest


@dataclass(frozen=True, kw_only=True, slots=True)
class Parameter:
    """A parameter as one level of the mesh declares it."""

    name: str
    value: Scalar
    #: ``integer``, ``number``, ``string``, ``boolean``, ``date`` or ``timestamp``.
    type: str
    description: str | None = None
    span: SourceSpan | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class SqlModel:
    """What a SQL node says, read once: its text and what parsing found."""

    text: str
    dialect: str
    #: Meaning of the text: blind to layout, comments and letter case of keywords.
    fingerprint: str
    #: Canonical text that the fingerprint was taken from.
    canonical: str
    #: Addresses of the datasets it reads, in order of first appearance, each once.
    reads: tuple[str, ...]
    #: Names of the parameters (``$name``) it uses, sorted.
    params: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class FileSource:
    """A source node that reads files: where they are and how they are written."""

    #: Path or glob (``*``, ``**``), relative to the mesh root or absolute.
    path: str
    #: ``csv``, ``parquet``, ``json`` or ``ndjson``.
    format: str
    #: Texts that mean "no value" in CSV.
    nulls: tuple[str, ...] = ("",)
    delimiter: str | None = None
    #: Whether the first line names the columns; None: as found.
    has_header: bool | None = None
    encoding: str = "utf-8"


@dataclass(frozen=True, kw_only=True, slots=True)
class Node:
    """One step of a product's pipeline. It yields the dataset of its own name."""

    #: Address of the dataset it yields: ``domain.product.node``.
    address: str
    #: ``sql`` or ``source``.
    kind: str
    sql: SqlModel | None = None
    source: FileSource | None = None
    #: Declared columns; a declared column's type binds, columns not named are inferred.
    columns: Columns = ()
    params: Mapping[str, Parameter] = field(default_factory=lambda: MappingProxyType({}))
    #: ``deterministic: false`` makes a SQL node opaque: now(), random() and the like are then allowed.
    is_deterministic: bool = True
    #: Addresses of nodes of the product that must be built first without being read.
    after: tuple[str, ...] = ()
    description: str | None = None
    tags: tuple[str, ...] = ()
    #: Logical engine, None for the mesh's default.
    engine: str | None = None
    #: Where the node is written: the model file at 1:1, or its key in `pipeline.yaml`.
    span: SourceSpan | None = None

    def __post_init__(self) -> None:
        parts = (self.kind == "sql") == (self.sql is not None), (self.kind == "source") == (self.source is not None)
        if self.kind not in {"sql", "source"} or not all(parts):
            raise ValueError(f"node {self.address} of kind {self.kind!r} does not carry that kind's part")

    @property
    def is_opaque(self) -> bool:
        """Whether the node's output is named by its content, because its recipe does not determine it."""
        return self.kind == "source" or not self.is_deterministic

    @property
    def reads(self) -> tuple[str, ...]:
        """Addresses of the datasets that the node reads."""
        return self.sql.reads if self.sql else ()


@dataclass(frozen=True, kw_only=True, slots=True)
class DatasetTests:
    """The rules that `pipeline.yaml` lists for one dataset of the product."""

    dataset: str
    rules: tuple[QualityRule, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class SourceFile:
    """A file of the mesh as it was read: the frozen record of a run stores its bytes under `digest`."""

    path: str
    digest: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Product:
    """What is published together."""

    #: ``domain.product``.
    address: str
    nodes: Mapping[str, Node]
    ports: Mapping[str, Port] = field(default_factory=lambda: MappingProxyType({}))
    tests: tuple[DatasetTests, ...] = ()
    sql_tests: tuple[SqlTest, ...] = ()
    consumers: tuple[Consumer, ...] = ()
    params: Mapping[str, Parameter] = field(default_factory=lambda: MappingProxyType({}))
    #: From the ODPS document, None or empty where there is none.
    id: str | None = None
    name: str | None = None
    version: str | None = None
    status: str | None = None
    description: str | None = None
    tags: tuple[str, ...] = ()
    #: The ODPS document as canonical JSON.
    document: str = "{}"
    #: Every file of the product's folder that the mesh is made of, by path.
    files: tuple[SourceFile, ...] = ()
    #: Its folder relative to the mesh root; empty for a product that no files define.
    folder: str = ""
    #: Concurrency limit of the product's pipeline, None for none.
    concurrency: int | None = None
    span: SourceSpan | None = None

    def __post_init__(self) -> None:
        for name, node in self.nodes.items():
            if node.address != f"{self.address}.{name}":
                raise ValueError(f"node {node.address} stands under {self.address}.{name}")

    @property
    def datasets(self) -> tuple[str, ...]:
        """Addresses of the product's datasets, sorted."""
        return tuple(sorted(node.address for node in self.nodes.values()))


@dataclass(frozen=True, kw_only=True, slots=True)
class Domain:
    """A team's area."""

    name: str
    purpose: str
    owners: tuple[str, ...]
    products: Mapping[str, Product]
    params: Mapping[str, Parameter] = field(default_factory=lambda: MappingProxyType({}))
    files: tuple[SourceFile, ...] = ()
    span: SourceSpan | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class EngineSettings:
    """A logical engine of `mesh.yaml`."""

    name: str
    #: ``duckdb``.
    type: str
    #: Memory limit in bytes, None for the engine's default.
    memory_bytes: int | None = None
    threads: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Mesh:
    """All domains of an organisation and the settings they share."""

    name: str
    domains: Mapping[str, Domain]
    dialect: str = "duckdb"
    #: As written; relative paths are relative to the mesh root.
    store: str = ".meshwright/store"
    state: str = "sqlite:///.meshwright/state.db"
    engines: Mapping[str, EngineSettings] = field(default_factory=lambda: MappingProxyType({}))
    #: Name of the default engine.
    engine: str = "local"
    params: Mapping[str, Parameter] = field(default_factory=lambda: MappingProxyType({}))
    #: Names of the environments that are not sandboxes.
    environments: tuple[str, ...] = ("prod",)
    #: Foreign severity word -> action.
    severity: Mapping[str, Action] = field(default_factory=lambda: MappingProxyType({}))
    files: tuple[SourceFile, ...] = ()
    span: SourceSpan | None = None

    def products(self) -> Iterator[Product]:
        """Yield every product, ordered by address."""
        for _, domain in sorted(self.domains.items()):
            for _, product in sorted(domain.products.items()):
                yield product

    def nodes(self) -> Iterator[Node]:
        """Yield every node, ordered by address."""
        for product in self.products():
            for _, node in sorted(product.nodes.items()):
                yield node

    def product(self, address: str) -> Product | None:
        """Return the product at ``domain.product``, None where there is none."""
        domain = self.domains.get(domain_of(address))
        return domain.products.get(address.partition(".")[2]) if domain else None

    def node(self, address: str) -> Node | None:
        """Return the node that yields dataset `address`, None where there is none."""
        product = self.product(product_of(address))
        return product.nodes.get(dataset_name(address)) if product else None

    def all_files(self) -> Iterator[SourceFile]:
        """Yield every file that the mesh was read from."""
        yield from self.files
        for _, domain in sorted(self.domains.items()):
            yield from domain.files
        for product in self.products():
            yield from product.files
