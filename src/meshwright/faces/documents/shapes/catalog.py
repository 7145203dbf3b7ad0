"""The catalog: lists, search, cards of domains, products, ports, datasets and versions, and lineage."""

from __future__ import annotations

from typing import Annotated, Literal, TypedDict

from meshwright.app.shapes import TestEntry
from meshwright.app.values import GenerationAction, Influence
from meshwright.faces.documents.shapes.base import Json, Time
from meshwright.faces.documents.shapes.outside import OutsideLineage, OutsideNeighbours
from meshwright.faces.documents.shapes.runs import InnerStep
from meshwright.model.incremental import VersionClass


class CatalogPage(TypedDict):
    """Page of a list in an environment."""

    environment: str
    #: Of the environment; null in a mesh that has none yet.
    generation: int | None
    total: int


class ListedDomain(TypedDict):
    """A domain in a list."""

    name: str
    purpose: str
    owners: list[str]
    products: list[str]


class Domains(CatalogPage):
    """A page of domains."""

    schema: Literal["meshwright/domains/1"]
    domains: list[ListedDomain]


class ListedProduct(TypedDict):
    """A product in a list."""

    address: str
    domain: str
    name: str | None
    version: str | None
    status: str | None
    description: str | None
    owners: list[str]
    tags: list[str]
    generation: int | None
    ports: list[str]
    datasets: list[str]


class Products(CatalogPage):
    """A page of products."""

    schema: Literal["meshwright/products/1"]
    products: list[ListedProduct]


class ListedColumn(TypedDict):
    """A column in a list."""

    name: str
    type: str | None
    description: str | None
    classification: str | None
    tags: list[str]


class PublishedVersion(TypedDict):
    """The version of a dataset that an environment points to."""

    version: str
    generation: int
    rows: int
    size_bytes: int
    created_at: Time | None


class ListedDataset(TypedDict):
    """A dataset in a list."""

    address: str
    kind: str
    description: str | None
    tags: list[str]
    ports: list[str]
    columns: list[ListedColumn]
    published: PublishedVersion | None


class Datasets(CatalogPage):
    """A page of datasets."""

    schema: Literal["meshwright/datasets/1"]
    datasets: list[ListedDataset]


class Highlight(TypedDict):
    """Where words that were looked for stand: `spans` are beginnings and ends, in characters."""

    field: Annotated[str, ("name", "title", "tags", "owners", "domain", "description")]
    text: str
    spans: list[list[int]]


class Hit(TypedDict):
    """Something that was found."""

    kind: Annotated[str, ("domain", "product", "port", "dataset", "column", "outside-dataset", "outside-job")]
    address: str
    id: str | None
    score: float
    title: str | None
    description: str | None
    highlights: list[Highlight]


class Search(CatalogPage):
    """A page of what was found, best first."""

    schema: Literal["meshwright/search/1"]
    counts: dict[str, int]
    meant: dict[str, list[str]]
    hits: list[Hit]


class ProductPublication(TypedDict):
    """A publication of a product."""

    generation: int
    until: int | None
    at: Time
    by: str
    run_id: str
    action: Annotated[str, GenerationAction]
    reason: str
    revision: str | None
    version: str | None
    status: str | None
    commit: str | None


class ProductHistory(TypedDict):
    """How a product was published, newest first."""

    schema: Literal["meshwright/product-history/1"]
    product: str
    environment: str
    publications: list[ProductPublication]


class PortVersion(TypedDict):
    """One of the versions of a port."""

    port: str
    version: str
    status: str | None
    is_default: bool


class Ports(TypedDict):
    """The ports of a product."""

    schema: Literal["meshwright/ports/1"]
    product: str
    environment: str
    ports: list[PortVersion]


class VersionColumn(TypedDict):
    """A column of a version."""

    name: str
    type: str


class VersionFile(TypedDict):
    """A file of a version."""

    path: str
    size_bytes: int
    checksum: str
    rows: int


VersionParts = TypedDict(
    "VersionParts",
    {
        "count": int,
        "class": Annotated[str, VersionClass],
        "by": str | None,
        "calendar": str | None,
        "first": str | None,
        "last": str | None,
        "gaps": int,
        "earlier": dict[str, int],
    },
)
VersionParts.__doc__ = "The parts that a version is made of, counted."


class Version(TypedDict):
    """A version of a dataset."""

    id: str
    dataset: str
    rows: int
    size_bytes: int
    content_digest: str
    fingerprint: str
    node_kind: str
    columns: list[VersionColumn]
    files: list[VersionFile]
    parts: VersionParts | None
    inputs: dict[str, str]
    restricted: list[str]
    params: Json
    engine: str
    run_id: str
    created_at: Time | None
    seconds: float


class Versions(TypedDict):
    """Versions of a dataset, newest first."""

    schema: Literal["meshwright/versions/1"]
    dataset: str
    environment: str
    published: str | None
    versions: list[Version]


class PromisedColumn(TypedDict):
    """What the contract of a port says of a column."""

    port: str
    logical_type: str | None
    physical_type: str | None
    required: bool
    unique: bool
    classification: str | None
    description: str | None
    tags: list[str]


class ColumnRule(TypedDict):
    """A rule on a column."""

    id: str
    rule: str


class DescribedColumn(TypedDict):
    """A column of a dataset, with what is promised of it."""

    name: str
    address: str
    type: str | None
    published: bool
    description: str | None
    classification: str | None
    promised: list[PromisedColumn]
    rules: list[ColumnRule]


class Columns(TypedDict):
    """The columns of a dataset, in its order."""

    schema: Literal["meshwright/columns/1"]
    dataset: str
    environment: str
    columns: list[DescribedColumn]


class Column(DescribedColumn):
    """One column."""

    schema: Literal["meshwright/column/1"]
    dataset: str
    environment: str


class Reads(TypedDict):
    """A dataset, and one that it reads."""

    dataset: str
    reads: str


class ReadingProduct(TypedDict):
    """A product that reads another one."""

    address: str
    owners: list[str]
    reads: list[Reads]


class Use(TypedDict):
    """What a consumer uses of a port."""

    port: str
    columns: list[str]


class DeclaredConsumer(TypedDict):
    """Who uses a product outside of the mesh, as it is declared."""

    name: str
    kind: Annotated[str, ("dashboard", "report", "model", "application")]
    owner: str | None
    url: str | None
    description: str | None
    declared_in: str
    uses: list[Use]


class Consumers(TypedDict):
    """Who uses a product."""

    schema: Literal["meshwright/consumers/1"]
    product: str
    environment: str
    products: list[ReadingProduct]
    declared: list[DeclaredConsumer]


class DomainCard(TypedDict):
    """What there is to say of a domain."""

    kind: Literal["domain"]
    address: str
    purpose: str
    owners: list[str]
    products: list[str]


class ProductCard(TypedDict):
    """What there is to say of a product."""

    kind: Literal["product"]
    address: str
    name: str | None
    version: str | None
    status: str | None
    description: str | None
    owners: list[str]
    environment: str
    generation: int | None
    datasets: list[str]
    ports: list[str]
    port_versions: list[PortVersion]
    consumers: list[str]
    variations: list[str]
    #: As it was published; null or empty where it never was.
    manifest: Json


class PortCard(TypedDict):
    """What there is to say of a port."""

    kind: Literal["port"]
    address: str
    product: str
    environment: str
    version: str | None
    contract_id: str
    contract_version: str
    status: str | None
    versions: list[PortVersion]
    datasets: list[str]
    names: dict[str, str]
    read_by: list[str]
    consumers: list[str]
    published: str | None
    #: The contract as it is written.
    contract: Json


class ThroughPort(TypedDict):
    """What a dataset reads through a port of several versions, and why it is this one."""

    name: str
    dataset: str
    port: str
    why: str


class Origin(TypedDict):
    """The component that a dataset comes of."""

    name: str
    version: str
    node: str
    inner: str
    output: bool


class Outcome(TypedDict):
    """What came of the job that made a version."""

    job: str
    values: dict[str, Json]
    tables: list[str]
    costs: dict[str, float]
    url: str | None
    unmanaged: list[str]


class InsideStep(InnerStep):
    """A step inside of a node, with the dataset that it makes."""

    #: Null where the node yields no such dataset.
    address: str | None


class Inside(TypedDict):
    """The tool's own graph inside of a node, of the newest run that has one."""

    run_id: str
    steps: list[InsideStep]


class DatasetCard(TypedDict):
    """What there is to say of a dataset."""

    kind: Literal["dataset"]
    address: str
    step: bool
    description: str | None
    owners: list[str]
    environment: str
    published: Version | None
    versions: list[Version]
    reads: list[str]
    through: list[ThroughPort]
    read_by: list[str]
    ports: list[str]
    tests: list[TestEntry]
    component: Origin | None
    outcome: Outcome | None
    inside: Inside | None
    #: Jobs of outside tools that read or write it.
    outside: OutsideNeighbours | None


class ShowVersion(Version):
    """A version."""

    schema: Literal["meshwright/show/1"]
    kind: Literal["version"]
    published_in: list[str]
    tests: list[TestEntry]
    paths: list[str]


class ShowDomain(DomainCard):
    """A domain."""

    schema: Literal["meshwright/show/1"]


class ShowProduct(ProductCard):
    """A product."""

    schema: Literal["meshwright/show/1"]


class ShowPort(PortCard):
    """A port."""

    schema: Literal["meshwright/show/1"]


class ShowDataset(DatasetCard):
    """A dataset."""

    schema: Literal["meshwright/show/1"]


Show = ShowDomain | ShowProduct | ShowPort | ShowDataset | ShowVersion

Edge = TypedDict("Edge", {"from": str, "to": str, "kind": Annotated[str, Influence]})
Edge.__doc__ = "What is made from what."


class Lineage(TypedDict):
    """What an object is made from, and what is made from it."""

    schema: Literal["meshwright/lineage/1"]
    object: str
    nodes: list[str]
    edges: list[Edge]
    notes: list[str]
    #: Jobs and datasets of outside tools beside it.
    outside: OutsideLineage | None
