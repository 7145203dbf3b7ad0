"""The cards of `show` as JSON documents: ``meshwright/show/1`` with a `kind`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from meshwright.app.outside_told import JobCard, OutsideCard, OutsideDatasetCard
from meshwright.app.parts import interval_words
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
from meshwright.faces.documents.inner import inner_step_document
from meshwright.faces.documents.outcomes import outcome_document
from meshwright.faces.documents.outside_told import neighbours_document, show_dataset_document, show_job_document
from meshwright.faces.documents.plainvalues import moment, plain
from meshwright.model import ComponentOrigin, Manifest, Version
from meshwright.model.outside import JobOutcome

if TYPE_CHECKING:
    from meshwright.faces.documents.shapes import catalog, outside


def card_document(card: Card | OutsideCard) -> catalog.Show | outside.ShowOutsideDataset | outside.ShowOutsideJob:
    """`show OBJECT`."""
    if isinstance(card, OutsideDatasetCard):
        return show_dataset_document(card)
    if isinstance(card, JobCard):
        return show_job_document(card)
    return _card_document(card)


def _card_document(card: Card) -> catalog.Show:
    match card:
        case DatasetCard():
            return {"schema": "meshwright/show/1", **_dataset(card)}
        case ProductCard():
            return {"schema": "meshwright/show/1", **_product(card)}
        case PortCard():
            return {"schema": "meshwright/show/1", **_port(card)}
        case DomainCard():
            return {"schema": "meshwright/show/1", **_domain(card)}
        case VersionCard():
            return {
                "schema": "meshwright/show/1",
                "kind": "version",
                **version_document(card.version),
                "published_in": list(card.published_in),
                "tests": [outcome_document(test) for test in card.tests],
                "paths": list(card.files),
            }


def _domain(card: DomainCard) -> catalog.DomainCard:
    return {
        "kind": "domain",
        "address": card.name,
        "purpose": card.purpose,
        "owners": list(card.owners),
        "products": list(card.products),
    }


def _dataset(card: DatasetCard) -> catalog.DatasetCard:
    return {
        "kind": "dataset",
        "address": card.address,
        "step": card.is_step,
        "description": card.description,
        "owners": list(card.owners),
        "environment": card.environment,
        "published": version_document(card.published) if card.published else None,
        "versions": [version_document(version) for version in card.versions],
        "reads": list(card.reads),
        "through": [
            {"name": read.name, "dataset": read.dataset, "port": read.port, "why": read.why} for read in card.through
        ],
        "read_by": list(card.read_by),
        "ports": list(card.ports),
        "tests": [outcome_document(test) for test in card.tests],
        "component": None if card.origin is None else _origin(card.origin),
        "outcome": None if card.outcome is None else _outcome(card.outcome),
        "inside": None if card.inside is None else _inside(card.inside),
        "outside": None if card.outside is None else neighbours_document(card.outside),
    }


def _inside(inside: InsideCard) -> catalog.Inside:
    return {
        "run_id": inside.run_id,
        "steps": [
            {**inner_step_document(step), "address": inside.datasets.get(step.dataset or "")} for step in inside.steps
        ],
    }


def _outcome(outcome: JobOutcome) -> catalog.Outcome:
    return {
        "job": outcome.job,
        "values": dict(outcome.values),
        "tables": sorted(outcome.tables),
        "costs": dict(outcome.costs),
        "url": outcome.url,
        "unmanaged": list(outcome.unmanaged),
    }


def _origin(origin: ComponentOrigin) -> catalog.Origin:
    return {
        "name": origin.component,
        "version": origin.version,
        "node": origin.node,
        "inner": origin.inner,
        "output": origin.is_output,
    }


def _product(card: ProductCard) -> catalog.ProductCard:
    return {
        "kind": "product",
        "address": card.address,
        "name": card.name,
        "version": card.version,
        "status": card.status,
        "description": card.description,
        "owners": list(card.owners),
        "environment": card.environment,
        "generation": card.generation,
        "datasets": list(card.datasets),
        "ports": [port.address for port in card.ports],
        "port_versions": [_port_version(port) for port in card.ports],
        "consumers": list(card.consumers),
        "variations": list(card.variations),
        "manifest": _document(card.manifest),
    }


def _port(card: PortCard) -> catalog.PortCard:
    return {
        "kind": "port",
        "address": card.address,
        "product": card.product,
        "environment": card.environment,
        "version": card.version,
        "contract_id": card.contract_id,
        "contract_version": card.contract_version,
        "status": card.status,
        "versions": [_port_version(port) for port in card.versions],
        "datasets": list(card.datasets),
        "names": dict(card.names),
        "read_by": list(card.read_by),
        "consumers": list(card.consumers),
        "published": card.published,
        "contract": _document(card.contract),
    }


def _port_version(port: PortVersion) -> catalog.PortVersion:
    return {"port": port.address, "version": port.version, "status": port.status, "is_default": port.is_default}


def version_document(version: Version) -> catalog.Version:
    """One version with its columns and files."""
    return {
        "id": version.id,
        "dataset": version.dataset,
        "rows": version.rows,
        "size_bytes": version.size_bytes,
        "content_digest": version.content_digest,
        "fingerprint": version.fingerprint,
        "node_kind": version.node_kind,
        "columns": [{"name": column.name, "type": column.type} for column in version.columns],
        "files": [
            {"path": file.path, "size_bytes": file.size_bytes, "checksum": file.checksum, "rows": file.rows}
            for file in version.files
        ],
        "parts": _parts(version.manifest) if version.manifest is not None else None,
        "inputs": dict(version.inputs),
        "restricted": list(version.restricted.reasons) if version.restricted is not None else [],
        "params": plain(version.params),
        "engine": version.engine,
        "run_id": version.run_id,
        "created_at": moment(version.created_at),
        "seconds": version.seconds,
    }


def _parts(manifest: Manifest) -> catalog.VersionParts:
    """What a version is made of: counted, for there may be thousands."""
    return {
        "count": manifest.count,
        "class": manifest.version_class.value,
        "by": manifest.by,
        "calendar": manifest.calendar.rule if manifest.calendar is not None else None,
        "first": interval_words(manifest, manifest.first),
        "last": interval_words(manifest, manifest.last),
        "gaps": manifest.gaps,
        "earlier": dict(manifest.earlier),
    }


def _document(value: Mapping[str, object]) -> object:
    return plain(value)
