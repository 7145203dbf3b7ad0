"""The tables `mesh.*` as data: every column once, with its type and what it means.

The rows are made to this order, the engine makes the tables from it, and the reference page is written from it.
Columns and tables may be added; none is taken away or changes its meaning without a new `TABLES_VERSION`.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from meshwright.frozen import dataclass

#: Of all tables together; part of what judgements are remembered by.
TABLES_VERSION = 1
#: The schema that the tables stand in.
SCHEMA = "mesh"


@dataclass(frozen=True, kw_only=True, slots=True)
class TableColumn:
    """A column of a table."""

    name: str
    #: In DuckDB's spelling.
    type: str
    description: str


@dataclass(frozen=True, kw_only=True, slots=True)
class MeshTable:
    """A table of the mesh's description."""

    #: Without the schema.
    name: str
    #: What one row is.
    description: str
    columns: tuple[TableColumn, ...]

    @property
    def full_name(self) -> str:
        """With the schema: ``mesh.ports``."""
        return f"{SCHEMA}.{self.name}"


_TYPES = {"": "VARCHAR", "int": "BIGINT", "bool": "BOOLEAN", "day": "DATE", "time": "TIMESTAMP", "texts": "VARCHAR[]"}


def _columns(*written: str) -> tuple[TableColumn, ...]:
    """Read columns written as ``name [type]: description``; without a type the column is a text."""
    made = []
    for line in written:
        head, _, description = line.partition(": ")
        name, _, kind = head.partition(" ")
        made.append(TableColumn(name=name, type=_TYPES[kind], description=description))
    return tuple(made)


_PLACE = ("file: file that says so, relative to the mesh root", "line int: line in it, from 1")
_PRODUCT = ("product: address of the product, `domain.product`", "domain: name of the domain")

TABLES: tuple[MeshTable, ...] = (
    MeshTable(
        name="domains",
        description="a domain",
        columns=_columns(
            "domain: its name",
            "purpose: what it is for",
            "owners texts: who answers for it, as `team:<name>` or `user:<name>`",
            "products int: how many products it has",
            *_PLACE,
        ),
    ),
    MeshTable(
        name="products",
        description="a product",
        columns=_columns(
            *_PRODUCT,
            "name: its folder's name",
            "title: `name` of its ODPS document",
            "id: `id` of its ODPS document; null where there is no document",
            "version: `version` of its ODPS document",
            "status: `status` of its ODPS document: proposed, draft, active, deprecated, retired",
            "description: its purpose, as its ODPS document says",
            "team: name of the `team` of its ODPS document",
            "tags texts: tags of its ODPS document",
            "owners texts: owners of its domain",
            "datasets int: how many datasets it has",
            "ports int: how many ports it has",
            "consumers int: how many consumers use its ports from outside the mesh",
            "support int: how many ways to ask for help its ODPS document names (`support`)",
            *_PLACE,
        ),
    ),
    MeshTable(
        name="ports",
        description="a port of a product; each version of a port is one",
        columns=_columns(
            "port: address of the port, `domain.product/port` or `domain.product/port/v2`",
            *_PRODUCT,
            "name: its own name",
            "version: of the port, as the ODPS document says",
            "status: `status` of its contract",
            "description: of the port, else of its contract",
            "contract: `id` of its contract",
            "contract_version: `version` of its contract",
            "tags texts: tags of its contract",
            "datasets texts: addresses of the datasets it holds",
            "freshness_s int: seconds of the strictest `freshness` among its service levels; null where there is none",
            "consumers int: how many consumers use it from outside the mesh",
            "file: file of its contract, relative to the mesh root",
            "line int: 1",
        ),
    ),
    MeshTable(
        name="contracts",
        description="the contract of a port",
        columns=_columns(
            "contract: its `id`",
            "port: address of the port",
            *_PRODUCT,
            "name: its `name`",
            "version: its `version`",
            "api_version: version of ODCS that it is written in, for example `v3.2.0`",
            "status: its `status`",
            "description: its description",
            "tags texts: its tags",
            "objects int: how many datasets it describes",
            "rules int: how many quality rules it states",
            "usage: `description.usage`: what its data may be used for",
            "limitations: `description.limitations`: what it may not be used for",
            "licence: `licence`, `license` or `terms` among its `customProperties`, or the URL of such an authoritative definition",
            "support int: how many ways to ask for help it names (`support`)",
            *_PLACE,
        ),
    ),
    MeshTable(
        name="service_levels",
        description="a service level of a contract (`slaProperties`)",
        columns=_columns(
            "port: address of the port",
            *_PRODUCT,
            "property: what is promised, as written: freshness, latency, retention, ...",
            "value: how much, as text",
            "unit: of the value, as written",
            "seconds int: value and unit as seconds; null where they are no duration",
            "element: what it is about",
            "driver: why: regulatory, analytics, operational",
            "description: in words",
            *_PLACE,
        ),
    ),
    MeshTable(
        name="datasets",
        description="a dataset",
        columns=_columns(
            "dataset: address, `domain.product.dataset`",
            *_PRODUCT,
            "name: its own name",
            "kind: kind of the node that yields it: sql, source, python",
            "description: of the node, else of a contract that promises it",
            "tags texts: tags of the node and of contracts that promise it",
            "ports texts: addresses of the ports that hold it",
            "columns int: how many columns it has; null where that is not known yet",
            "tests int: how many rules gate its publication",
            "version: published version in the environment that is checked; null where there is none",
            "rows int: rows of the published version",
            *_PLACE,
        ),
    ),
    MeshTable(
        name="columns",
        description="a column of a dataset; once for each port that promises it",
        columns=_columns(
            "address: `domain.product.dataset.column`",
            "dataset: address of the dataset",
            *_PRODUCT,
            "name: the column's name",
            "position int: place in the dataset, from 1",
            "type: stored type in DuckDB's spelling; null where it is not known yet",
            "port: address of the port that promises it; null where none does",
            "logical_type: `logicalType` of the contract",
            "physical_type: `physicalType` of the contract",
            "is_required bool: whether the contract forbids nulls; false without a contract",
            "is_unique bool: whether the contract forbids repeated values; false without a contract",
            "is_primary_key bool: whether it is part of the contract's primary key; false without a contract",
            "classification: `classification` of the contract",
            "is_pii bool: whether it is classified or tagged as personal data (`pii`, `personal`, `personal_data`)",
            "is_masked bool: whether sandboxes mask it: its classification is among `sandboxes.mask` of `mesh.yaml`",
            "description: of the contract",
            "tags texts: tags of the contract",
            "file: file of the contract, else of the node",
            "line int: line in it, from 1",
        ),
    ),
    MeshTable(
        name="nodes",
        description="a node of a pipeline",
        columns=_columns(
            "dataset: address of the dataset that it yields",
            *_PRODUCT,
            "name: its own name",
            "kind: sql, source, python",
            "is_opaque bool: whether its output is named by its content, since its recipe does not determine it",
            "is_deterministic bool: false where `deterministic: false` is set",
            "is_view bool: whether it is kept as a view",
            "engine: logical engine, where it names one",
            "description: in words",
            "tags texts: its tags",
            "reads texts: addresses of the datasets that it reads",
            "after texts: addresses of the nodes that it waits for without reading them",
            "params texts: names of the parameters that it uses",
            *_PLACE,
        ),
    ),
    MeshTable(
        name="edges",
        description="a dataset that is built from another, or waits for it",
        columns=_columns(
            "source: address of the dataset that is read",
            "source_product: its product",
            "source_domain: its domain",
            "dataset: address of the dataset that reads",
            *_PRODUCT,
            "kind: `reads`, or `after` where it only waits",
            "crosses_products bool: whether the two are in different products",
            "crosses_domains bool: whether the two are in different domains",
            "file: file of the reader",
            "line int: line in it, from 1",
        ),
    ),
    MeshTable(
        name="column_edges",
        description="a column that another is made from",
        columns=_columns(
            "source: address of the column that is read, `domain.product.dataset.column`",
            "source_dataset: its dataset",
            "target: address of the column that is made",
            "dataset: its dataset",
            *_PRODUCT,
            "kind: `direct` where values flow, `indirect` where it only decides (filter, join, grouping)",
            "file: file of the reader",
            "line int: line in it, from 1",
        ),
    ),
    MeshTable(
        name="tests",
        description="a rule that gates a dataset",
        columns=_columns(
            "test: its id, unique in the dataset",
            "dataset: address of the dataset that it guards",
            *_PRODUCT,
            "action: `log`, `warn` or `stop`",
            "metric: what is measured: schema, rowCount, nullValues, duplicateValues, sql, violations, ...",
            "columns texts: names of the columns that it is about",
            "origin: `contract`, `pipeline` or `file`",
            "port: address of the port whose contract states it",
            "description: in words",
            *_PLACE,
        ),
    ),
    MeshTable(
        name="owners",
        description="an owner of a domain",
        columns=_columns(
            "owner: as written, `team:<name>` or `user:<name>`",
            "kind: `team` or `user`",
            "name: the part after the colon",
            "domain: name of the domain",
            *_PLACE,
        ),
    ),
    MeshTable(
        name="consumers",
        description="a use of a port from outside the mesh",
        columns=_columns(
            "consumer: its name",
            "kind: `dashboard`, `report`, `model` or `application`",
            "owner: who answers for it",
            "port: address of the port that it uses",
            "columns texts: columns that it uses; empty for all",
            "product: address of the product that declares it",
            "domain: domain of that product",
            "url: where it is",
            "description: in words",
            *_PLACE,
        ),
    ),
    MeshTable(
        name="parameters",
        description="a parameter, at a level that declares it",
        columns=_columns(
            "parameter: its name",
            "level: `mesh`, `domain`, `pipeline` or `node`",
            "domain: of the declaration; null for the mesh's",
            "product: of the declaration; null for the mesh's and a domain's",
            "dataset: of the node that declares it; null for the other levels",
            "type: `integer`, `number`, `string`, `boolean`, `date` or `timestamp`",
            "value: its value at this level, as text",
            "description: in words",
            *_PLACE,
        ),
    ),
    MeshTable(
        name="versions",
        description="the published version of a dataset, in the environment that is checked",
        columns=_columns(
            "version: its id",
            "dataset: address of the dataset",
            *_PRODUCT,
            "environment: name of the environment",
            "rows int: how many rows it has",
            "size_bytes int: bytes of its files",
            "kind: kind of the node that made it",
            "built_at time: when it was built, UTC",
            "run: id of the run that built it",
            "file: file of the node; null where the mesh has no such dataset any more",
            "line int: line in it, from 1",
        ),
    ),
    MeshTable(
        name="environments",
        description="an environment",
        columns=_columns(
            "environment: its name",
            "is_checked bool: whether it is the one that is checked",
            "generation int: number of its newest publication; 0 where nothing was published",
            *_PLACE,
        ),
    ),
    MeshTable(
        name="policies",
        description="a policy",
        columns=_columns(
            "policy: its name",
            "domain: domain whose objects it judges; null for the whole mesh",
            "level: `advise`, `warn` or `block`",
            "why: why it is there",
            "fix: how to keep it",
            *_PLACE,
        ),
    ),
    MeshTable(
        name="exemptions",
        description="an exemption from a policy, expired ones as well",
        columns=_columns(
            "policy: name of the policy",
            "object: address of what is exempted, with everything in it",
            "owner: who answers for it",
            "reason: why it was granted",
            "expires day: last day on which it holds",
            "domain: domain whose policy it is; null for one of the whole mesh",
            *_PLACE,
        ),
    ),
)

#: Full name -> table.
BY_NAME: Mapping[str, MeshTable] = MappingProxyType({table.full_name: table for table in TABLES})
