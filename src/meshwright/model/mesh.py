"""The mesh as written: domains, products, nodes and settings, resolved and checked at birth.

`files` makes these records; everything above reads them. Nothing here is observed from the world.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator, Mapping
from dataclasses import field
from types import MappingProxyType

from meshwright.diagnostics import SourceSpan
from meshwright.frozen import dataclass
from meshwright.model.columns import Columns
from meshwright.model.components import Component, ComponentOrigin, ComponentUse
from meshwright.model.contracts import Consumer, Port, PortRead
from meshwright.model.environments import EnvironmentSettings, Retention, SandboxSettings
from meshwright.model.incremental import INTERVAL_PARAMETERS, ByAppending, ByInterval, ByMerging, Incremental
from meshwright.model.items import ItemOf
from meshwright.model.names import dataset_address, dataset_name, domain_of, product_of, variation_of
from meshwright.model.outside import Condition, Effects, OutsideWork, Retry, RunIf, TableOf
from meshwright.model.policies import Exemption, Policy
from meshwright.model.prices import NO_PRICES, Prices
from meshwright.model.reporting import NO_LINEAGE, LineageSettings
from meshwright.model.rules import Action, QualityRule, Scalar, SqlTest
from meshwright.model.texts import column_written
from meshwright.model.told import ToldName
from meshwright.model.triggers import Trigger
from meshwright.model.unittests import UnitTest


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
    #: The text as it stands in its file, where `text` names datasets that are read through ports; else None.
    written: str | None = None

    def column_written(self, line: int, column: int) -> int:
        """Return where in its file the character stands that is at `line` and `column` of `text`."""
        return column if self.written is None else column_written(self.text, self.written, line, column)


class Frame(enum.StrEnum):
    """What a Python node is given for an input, told by the annotation of its argument."""

    ARROW = "arrow"
    #: A stream of record batches, for inputs larger than memory.
    BATCHES = "batches"
    DUCKDB = "duckdb"
    POLARS = "polars"
    POLARS_LAZY = "polars_lazy"
    PANDAS = "pandas"


@dataclass(frozen=True, kw_only=True, slots=True)
class PythonInput:
    """An input of a Python node: which argument of the function takes which dataset."""

    #: Name of the function's argument.
    argument: str
    #: Address of the dataset.
    dataset: str
    frame: Frame = Frame.ARROW
    #: Where it is written.
    span: SourceSpan | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class PythonModel:
    """What a Python node says: a function, and the modules that it is made of."""

    #: The module's file, relative to the mesh root.
    file: str
    function: str
    #: In the order of ``inputs:``.
    inputs: tuple[PythonInput, ...]
    #: Meaning of the module, of the local modules it imports and of the domain's ``requires``.
    fingerprint: str
    #: Text that the fingerprint stands for: the modules' sources and ``requires`` as canonical JSON.
    definition: str
    #: Names of the parameters that the function takes, sorted.
    params: tuple[str, ...] = ()
    #: Requirements of the domain's own Python environment, sorted; empty where it runs beside meshwright.
    requires: tuple[str, ...] = ()


class Refresh(enum.StrEnum):
    """When an opaque node runs again although its code, parameters and inputs are as before."""

    #: When what is observed of the outside differs.
    ON_CHANGE = "on_change"
    #: Only when a schedule (or the one who starts the run) asks for it.
    SCHEDULE = "schedule"
    #: In every run that reaches it.
    ALWAYS = "always"


@dataclass(frozen=True, kw_only=True, slots=True)
class TableSource:
    """A source node that reads a table of an open table format, through the format's own library."""

    #: Folder or URL of the table, or an Iceberg metadata file; with a catalog the table's name in it.
    path: str
    #: ``delta`` or ``iceberg``.
    format: str
    #: Properties of the Iceberg catalog that knows the table; empty where `path` is a place.
    catalog: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    #: Version or snapshot to read, None for the newest.
    version: int | None = None
    #: Settings of the storage, values as written (``${env:X}`` stays a reference).
    options: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, kw_only=True, slots=True)
class DatabaseSource:
    """A source node that reads a table or the result of a query of a database."""

    #: SQLAlchemy URL as written; passwords stand in it as references.
    url: str
    #: ``schema.table`` or ``table``; None where `query` is given.
    table: str | None = None
    query: str | None = None
    #: Column that only grows: its greatest value and the row count are what is observed, a weak observation.
    watermark: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class FileSource:
    """A source node that reads files: where they are and how they are written."""

    #: Path or glob (``*``, ``**``), relative to the mesh root or absolute; or the URL of a file.
    path: str
    #: ``csv``, ``parquet``, ``json``, ``ndjson``, ``excel`` or ``avro``.
    format: str
    #: Texts that mean "no value" in CSV.
    nulls: tuple[str, ...] = ("",)
    delimiter: str | None = None
    #: Whether the first line names the columns; None: as found.
    has_header: bool | None = None
    encoding: str = "utf-8"
    #: Excel: the sheet's name, None for the only one.
    sheet: str | None = None
    #: Excel: the cells that hold the table, for example ``B3:F100``; None for all that are filled.
    range: str | None = None
    #: HTTP: request headers, values as written.
    headers: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    #: Settings of the storage behind a URL, values as written (``${env:X}`` stays a reference).
    options: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


#: What a source node reads.
Source = FileSource | TableSource | DatabaseSource


@dataclass(frozen=True, kw_only=True, slots=True)
class Node:
    """One step of a product's pipeline. It yields the dataset of its own name, unless it yields none."""

    #: ``domain.product.node``: its own address, and that of the dataset it yields.
    address: str
    #: ``sql``, ``python``, ``source``, ``table`` (what a job of another node leaves) or the name of a tool.
    kind: str
    sql: SqlModel | None = None
    python: PythonModel | None = None
    source: Source | None = None
    #: What a tool does outside.
    outside: OutsideWork | None = None
    table_of: TableOf | None = None
    #: ``as: none``: a Python node that yields no dataset.
    is_none: bool = False
    #: It is skipped unless this holds.
    when: Condition | None = None
    run_if: RunIf = RunIf.SUCCESS
    retry: Retry | None = None
    #: Name of the limit that it shares with others.
    pool: str | None = None
    #: Declared columns; a declared column's type binds, columns not named are inferred.
    columns: Columns = ()
    params: Mapping[str, Parameter] = field(default_factory=lambda: MappingProxyType({}))
    #: ``deterministic: false`` makes a SQL or Python node opaque: now(), random() and the like are then allowed.
    is_deterministic: bool = True
    #: ``as: view``: a SQL node whose versions are its text over the versions of its inputs, and hold no files.
    is_view: bool = False
    #: How it is built in parts; None where every build is of everything.
    incremental: Incremental | None = None
    #: Opaque nodes: when it runs again.
    refresh: Refresh = Refresh.ON_CHANGE
    #: Seconds that one attempt may take, None for any number. Sources have no such limit.
    timeout_s: float | None = None
    #: Where that stands.
    timeout_span: SourceSpan | None = None
    #: Python nodes: the memory that one build may use.
    memory_bytes: int | None = None
    #: Addresses of nodes of the product that must be built first without being read.
    after: tuple[str, ...] = ()
    description: str | None = None
    tags: tuple[str, ...] = ()
    #: Logical engine, None for the mesh's default.
    engine: str | None = None
    #: What it reads through a port that has several versions, or calls a dataset by another name.
    through: tuple[PortRead, ...] = ()
    #: The item that it is for, where the node that a person wrote fans out over a list.
    item: ItemOf | None = None
    #: The component that it comes of, None for a node that a person wrote.
    origin: ComponentOrigin | None = None
    #: Where the node is written: the model file at 1:1, or its key in `pipeline.yaml`.
    span: SourceSpan | None = None

    def __post_init__(self) -> None:
        parts = {"sql": self.sql, "python": self.python, "source": self.source, "table": self.table_of}
        if self.outside is not None:
            parts[self.outside.tool] = self.outside  # type: ignore[assignment]
        if [kind for kind, part in parts.items() if part is not None] != [self.kind]:
            raise ValueError(f"node {self.address} of kind {self.kind!r} does not carry that kind's part alone")
        if self.is_view and (self.sql is None or not self.is_deterministic):
            raise ValueError(f"view {self.address} is not a deterministic SQL node")
        if self.incremental is not None and self.is_view:
            raise ValueError(f"view {self.address} has no parts to build")

    @property
    def has_dataset(self) -> bool:
        """Whether it yields the dataset of its own name; what does not is a step alone."""
        return not self.is_none and (self.outside is None or self.outside.is_own)

    @property
    def is_external(self) -> bool:
        """Whether what it does cannot be taken back, and so comes after publication."""
        return self.outside is not None and self.outside.effects is Effects.EXTERNAL

    @property
    def version_kind(self) -> str:
        """What its versions are (`Version.node_kind`): the node's kind, or ``view``."""
        return "view" if self.is_view else self.kind

    @property
    def is_opaque(self) -> bool:
        """Whether the node's output is named by its content, because its recipe does not determine it.

        What goes on from the version before is named by that: the same rows are never taken in twice.
        """
        if self.outside is not None or self.table_of is not None or self.is_none or self.kind == "source":
            return True
        return not (self.is_deterministic or self.is_stateful)

    @property
    def intervals(self) -> ByInterval | None:
        """How it is cut into intervals, None where it is not."""
        return self.incremental if isinstance(self.incremental, ByInterval) else None

    @property
    def is_stateful(self) -> bool:
        """Whether a version comes of the version before it: rows are appended to it, or merged into it."""
        return self.incremental is not None and self.intervals is None

    @property
    def is_appending(self) -> bool:
        """Whether what is new becomes a further part of what stands."""
        return isinstance(self.incremental, ByAppending)

    @property
    def merging(self) -> ByMerging | None:
        """How new rows meet those that stand, None where they do not."""
        return self.incremental if isinstance(self.incremental, ByMerging) else None

    @property
    def reads(self) -> tuple[str, ...]:
        """Addresses of what the node is made from, each once: datasets, and of a node that runs outside what it follows.

        A node that yields no dataset has an effect, or leaves values: it runs again when what it comes after has changed.
        """
        if self.sql is not None:
            return self.sql.reads
        if self.outside is not None:
            return tuple(dict.fromkeys((*(given.dataset for given in self.outside.inputs), *self.after)))
        if self.table_of is not None:
            return (self.table_of.node,)
        if self.python is not None:
            inputs = (given.dataset for given in self.python.inputs)
            return tuple(dict.fromkeys((*inputs, *self.after) if self.is_none else inputs))
        return ()

    @property
    def read_datasets(self) -> tuple[str, ...]:
        """Those of `reads` whose rows the node is given."""
        if self.outside is not None:
            return tuple(dict.fromkeys(given.dataset for given in self.outside.inputs))
        if self.is_none and self.python is not None:
            return tuple(dict.fromkeys(given.dataset for given in self.python.inputs))
        return () if self.table_of is not None else self.reads

    @property
    def param_names(self) -> tuple[str, ...]:
        """Names of the mesh's parameters that the node's code uses, sorted; the interval's are not among them."""
        names = self._names_in_code
        return names if self.intervals is None else tuple(name for name in names if name not in INTERVAL_PARAMETERS)

    @property
    def outer_param_names(self) -> tuple[str, ...]:
        """Names by which people know the parameters that its code uses: a component's are the product's that it is bound to."""
        if self.origin is None:
            return self.param_names
        references = self.origin.references
        return tuple(sorted({references[name] for name in self.param_names if name in references}))

    @property
    def interval_param_names(self) -> tuple[str, ...]:
        """Which of `INTERVAL_PARAMETERS` the node's code uses; none where it is not cut into intervals."""
        if self.intervals is None:
            return ()
        return tuple(name for name in INTERVAL_PARAMETERS if name in self._names_in_code)

    @property
    def _names_in_code(self) -> tuple[str, ...]:
        if self.sql is not None:
            return self.sql.params
        if self.outside is not None:
            return self.outside.params
        return self.python.params if self.python is not None else ()


@dataclass(frozen=True, kw_only=True, slots=True)
class DatasetTests:
    """The rules that `pipeline.yaml` lists for one dataset of the product."""

    dataset: str
    rules: tuple[QualityRule, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class DatasetAlias:
    """Another name of a dataset, by which outside tools tell of it."""

    #: Its address.
    dataset: str
    #: In normal form.
    name: ToldName
    span: SourceSpan | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Variation:
    """A named set of parameters and nodes of a product's pipeline, as written."""

    name: str
    #: Values that stand above those of environment, node, pipeline, domain and mesh.
    params: Mapping[str, Parameter] = field(default_factory=lambda: MappingProxyType({}))
    #: Names of the nodes that the variation builds for itself, sorted; the others are read as they are.
    nodes: tuple[str, ...]
    #: What starts it by itself; None where nothing does.
    schedule: Trigger | None = None
    span: SourceSpan | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class SourceFile:
    """A file of the mesh as it was read: the frozen record of a run stores its bytes under `digest`."""

    path: str
    digest: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Product:
    """What is published together."""

    #: ``domain.product``; ``domain.product@variation`` of a product that `model.variations` derived.
    address: str
    nodes: Mapping[str, Node]
    #: By what stands behind the slash of their address: ``orders``, ``orders/v2``.
    ports: Mapping[str, Port] = field(default_factory=lambda: MappingProxyType({}))
    tests: tuple[DatasetTests, ...] = ()
    sql_tests: tuple[SqlTest, ...] = ()
    unit_tests: tuple[UnitTest, ...] = ()
    consumers: tuple[Consumer, ...] = ()
    #: Other names of its datasets; a derived product has none.
    aliases: tuple[DatasetAlias, ...] = ()
    #: Which version of a port with several it reads, as its input ports say: ``domain.product/port`` -> its address.
    chosen: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    params: Mapping[str, Parameter] = field(default_factory=lambda: MappingProxyType({}))
    #: Declared variations, by name; a derived product has none.
    variations: Mapping[str, Variation] = field(default_factory=lambda: MappingProxyType({}))
    #: The components that its nodes come of; a derived product has none.
    uses: tuple[ComponentUse, ...] = ()
    #: What starts its runs by itself.
    triggers: tuple[Trigger, ...] = ()
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
            if node.address != dataset_address(self.address, name):
                raise ValueError(f"node {node.address} stands under {self.address}.{name}")

    @property
    def datasets(self) -> tuple[str, ...]:
        """Addresses of the product's datasets, sorted."""
        return tuple(sorted(node.address for node in self.nodes.values() if node.has_dataset))

    @property
    def addresses(self) -> tuple[str, ...]:
        """Addresses of the product's nodes, those that yield no dataset among them, sorted."""
        return tuple(sorted(node.address for node in self.nodes.values()))


@dataclass(frozen=True, kw_only=True, slots=True)
class Domain:
    """A team's area."""

    name: str
    purpose: str
    owners: tuple[str, ...]
    products: Mapping[str, Product]
    params: Mapping[str, Parameter] = field(default_factory=lambda: MappingProxyType({}))
    #: Requirements of the domain's own Python environment (``python: {requires: [...]}``), sorted.
    requires: tuple[str, ...] = ()
    #: Policies that judge the domain's objects, by name, and the exemptions from them.
    policies: tuple[Policy, ...] = ()
    exemptions: tuple[Exemption, ...] = ()
    files: tuple[SourceFile, ...] = ()
    #: So many of its nodes run at once in a run, None for no limit.
    concurrency: int | None = None
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
    #: So many steps use it at once in a run, None for no limit.
    concurrency: int | None = None


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
    #: Environment -> the parameter values that it sets.
    environment_params: Mapping[str, Mapping[str, Parameter]] = field(default_factory=lambda: MappingProxyType({}))
    #: Environment -> what is said of it; one that nothing is said of has the defaults.
    environment_settings: Mapping[str, EnvironmentSettings] = field(default_factory=lambda: MappingProxyType({}))
    sandboxes: SandboxSettings = field(default_factory=SandboxSettings)
    #: Name of a pool -> how many steps that name it may run at once.
    pools: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    #: So many nodes run at once in a run, None for no limit; and tool -> how many of its jobs.
    concurrency: int | None = None
    tool_concurrency: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    retention: Retention = field(default_factory=Retention)
    #: The environment that the mesh is looked at for: it decides the environment's level of parameters. A sandbox has that
    #: of what it lies over.
    environment: str = "prod"
    #: Products of variations by address (``domain.product@variation``), as `model.variations` derived them.
    varied: Mapping[str, Product] = field(default_factory=lambda: MappingProxyType({}))
    #: Foreign severity word -> action.
    severity: Mapping[str, Action] = field(default_factory=lambda: MappingProxyType({}))
    #: Every version of every component that its files hold or use, by name, oldest first.
    components: tuple[Component, ...] = ()
    #: Uses of components under ``sandboxes.provision``; their nodes are called ``provision.<name>``.
    provisions: tuple[ComponentUse, ...] = ()
    #: What resources cost, and where OpenLineage events of runs go.
    prices: Prices = NO_PRICES
    openlineage: LineageSettings = NO_LINEAGE
    #: Policies of the whole mesh, by name, and the exemptions from them.
    policies: tuple[Policy, ...] = ()
    exemptions: tuple[Exemption, ...] = ()
    files: tuple[SourceFile, ...] = ()
    span: SourceSpan | None = None

    def products(self) -> Iterator[Product]:
        """Yield every product, ordered by address; those of variations not."""
        for _, domain in sorted(self.domains.items()):
            for _, product in sorted(domain.products.items()):
                yield product

    def nodes(self) -> Iterator[Node]:
        """Yield every node, ordered by address; those of variations not."""
        for product in self.products():
            for _, node in sorted(product.nodes.items()):
                yield node

    def all_products(self) -> Iterator[Product]:
        """Yield every product, then those of variations, each ordered by address."""
        yield from self.products()
        for _, product in sorted(self.varied.items()):
            yield product

    def all_nodes(self) -> Iterator[Node]:
        """Yield every node, then those of variations, each ordered by address."""
        for product in self.all_products():
            for _, node in sorted(product.nodes.items()):
                yield node

    def product(self, address: str) -> Product | None:
        """Return the product at ``domain.product`` (or ``domain.product@variation``), None where there is none."""
        if variation_of(address):
            return self.varied.get(address)
        domain = self.domains.get(domain_of(address))
        return domain.products.get(address.partition(".")[2]) if domain else None

    def node(self, address: str) -> Node | None:
        """Return the node that yields dataset `address`, None where there is none."""
        product = self.product(product_of(address))
        return product.nodes.get(dataset_name(address)) if product else None

    @property
    def is_governed(self) -> bool:
        """Whether there is any policy, or any exemption from one."""
        return any(True for _ in self.all_policies()) or any(True for _ in self.all_exemptions())

    def all_policies(self) -> Iterator[Policy]:
        """Yield the policies of the mesh, then those of each domain, by name."""
        yield from self.policies
        for _, domain in sorted(self.domains.items()):
            yield from domain.policies

    def all_exemptions(self) -> Iterator[Exemption]:
        """Yield the exemptions as `all_policies` does, in the order in which they are written."""
        yield from self.exemptions
        for _, domain in sorted(self.domains.items()):
            yield from domain.exemptions

    def uses(self) -> Iterator[ComponentUse]:
        """Yield every use of a component, ordered by address, those inside of components among them; then those that
        sandboxes are provisioned with."""
        for product in self.products():
            yield from product.uses
        yield from self.provisions

    def all_files(self) -> Iterator[SourceFile]:
        """Yield every file that the mesh was read from."""
        yield from self.files
        for _, domain in sorted(self.domains.items()):
            yield from domain.files
        for product in self.products():
            yield from product.files
