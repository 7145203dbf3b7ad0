"""Contracts (ODCS) and ports, as meshwright's own records; the foreign documents stay at the rim."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from types import MappingProxyType

from meshwright.diagnostics import SourceSpan
from meshwright.frozen import dataclass
from meshwright.model.rules import QualityRule, Scalar


@dataclass(frozen=True, kw_only=True, slots=True)
class Relationship:
    """A promise that values are there elsewhere (ODCS relationship of type foreignKey), references as written."""

    #: One reference, or those of a composite key, in order.
    to: tuple[str, ...]
    #: The properties that hold the key; empty at property level, where it is the property itself.
    origin: tuple[str, ...] = ()
    id: str | None = None
    span: SourceSpan | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class ContractProperty:
    """One promised column, or what is promised of a part of one (ODCS schema property)."""

    #: Empty for the items of an array and the keys and values of a map.
    name: str
    logical_type: str | None = None
    physical_type: str | None = None
    logical_type_options: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))
    is_required: bool = False
    is_unique: bool = False
    is_primary_key: bool = False
    #: Position within the primary key, from 1; None where not given.
    primary_key_position: int | None = None
    classification: str | None = None
    #: Allowed values; empty where the contract names none.
    enum: tuple[Scalar, ...] = ()
    description: str | None = None
    tags: tuple[str, ...] = ()
    quality: tuple[QualityRule, ...] = ()
    #: What other contracts and relationships refer to it by, where given.
    id: str | None = None
    relationships: tuple[Relationship, ...] = ()
    #: The fields of an object; empty where none are promised.
    properties: tuple[ContractProperty, ...] = ()
    #: Of an array.
    items: ContractProperty | None = None
    #: Of a map.
    key: ContractProperty | None = None
    value: ContractProperty | None = None
    span: SourceSpan | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class ContractObject:
    """One promised dataset (ODCS schema object). Without properties it constrains no columns."""

    #: The ODCS object's name: the dataset's name inside the product.
    name: str
    properties: tuple[ContractProperty, ...] = ()
    quality: tuple[QualityRule, ...] = ()
    description: str | None = None
    tags: tuple[str, ...] = ()
    #: What other contracts and relationships refer to it by, where given.
    id: str | None = None
    relationships: tuple[Relationship, ...] = ()
    span: SourceSpan | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class SlaProperty:
    """One service level (ODCS slaProperties entry)."""

    property: str
    value: Scalar
    unit: str | None = None
    element: str | None = None
    driver: str | None = None
    description: str | None = None
    id: str | None = None
    #: When to check it, as written: nothing checks it on a schedule yet.
    schedule: str | None = None
    scheduler: str | None = None
    span: SourceSpan | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Contract:
    """One ODCS document: schema, quality and service levels of a port."""

    id: str
    version: str
    #: The standard's version it is written in, for example ``v3.2.0``.
    api_version: str
    name: str | None = None
    status: str | None = None
    description: str | None = None
    tags: tuple[str, ...] = ()
    objects: tuple[ContractObject, ...] = ()
    sla: tuple[SlaProperty, ...] = ()
    #: Identity of the document's content (key order, comments and layout do not count).
    digest: str = ""
    #: The whole document as canonical JSON, for manifests.
    document: str = "{}"
    span: SourceSpan | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Port:
    """An output port: what other domains may read of a product, under a contract."""

    #: ``domain.product/port``.
    address: str
    name: str
    contract: Contract
    #: Addresses of the datasets that the port holds.
    datasets: tuple[str, ...]
    version: str | None = None
    description: str | None = None
    span: SourceSpan | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Consumer:
    """A declared user of ports outside the mesh: dashboard, report, model or application."""

    name: str
    #: ``dashboard``, ``report``, ``model`` or ``application``.
    kind: str
    owner: str
    #: Addresses of ports it uses, with the columns it uses of each dataset (``dataset.column`` or ``column``);
    #: an empty tuple of columns means all.
    uses: tuple[tuple[str, tuple[str, ...]], ...]
    url: str | None = None
    description: str | None = None
    span: SourceSpan | None = None
