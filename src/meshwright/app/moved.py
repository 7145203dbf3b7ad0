"""What a sandbox points to and its base did not, with the records behind the pointers: both sides of a comparison."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any  # decoded JSON: manifests and documents of ports are records of our own

from meshwright.app.differences import RuleAnswer
from meshwright.frozen import dataclass
from meshwright.model import Version, dataset_name, product_of_object
from meshwright.plan.compatibility.ports import datasets_behind, held_datasets
from meshwright.state.protocol import Reader
from meshwright.state.records import Environment, ObjectKind, Pointer, Revision

Rules = Mapping[str, Mapping[str, RuleAnswer]]


@dataclass(frozen=True, kw_only=True, slots=True)
class Moved:
    """Both sides of a sandbox: its base at the frozen generation, and itself."""

    before: Mapping[str, Pointer]
    after: Mapping[str, Pointer]
    #: Objects that are not the same on both sides, sorted.
    objects: tuple[str, ...]
    #: Products that they belong to.
    products: frozenset[str]
    #: Records of ports and products of `products`, and versions of their datasets, by id.
    revisions: Mapping[str, Revision]
    versions: Mapping[str, Version]

    def of(self, kind: ObjectKind) -> tuple[str, ...]:
        """Return the objects of a kind that moved."""
        return tuple(name for name in self.objects if (self.after.get(name) or self.before[name]).kind is kind)

    def before_of(self, name: str) -> str | None:
        """Return the revision that stood."""
        return self.before[name].revision if name in self.before else None

    def after_of(self, name: str) -> str | None:
        """Return the revision that stands in the sandbox."""
        return self.after[name].revision if name in self.after else None

    def version_before(self, dataset: str) -> Version | None:
        """Return the version that stood."""
        return self.versions.get(self.before_of(dataset) or "")

    def version_after(self, dataset: str) -> Version | None:
        """Return the version that stands in the sandbox."""
        return self.versions.get(self.after_of(dataset) or "")

    def document_before(self, name: str) -> str | None:
        """Return the record of a port or product that stood."""
        return _document(self.revisions, self.before_of(name))

    def document_after(self, name: str) -> str | None:
        """Return the record of a port or product that stands in the sandbox."""
        return _document(self.revisions, self.after_of(name))

    def manifest_before(self, product: str) -> Mapping[str, object] | None:
        """Return the manifest that stood."""
        return _decoded(self.document_before(product))

    def manifest_after(self, product: str) -> Mapping[str, object] | None:
        """Return the manifest that stands in the sandbox."""
        return _decoded(self.document_after(product))

    def rules_before(self, product: str) -> Rules:
        """Return what rules said of the datasets that stood: dataset -> rule -> answer."""
        return _rules(self.document_before(product))

    def rules_after(self, product: str) -> Rules:
        """Return what rules say of the datasets that stand in the sandbox."""
        return _rules(self.document_after(product))

    def held(self, port: str) -> frozenset[str]:
        """Return the datasets that a port holds or held."""
        return frozenset(name for document in self._documents(port) for name in held_datasets(document))

    def objects_of(self, port: str, dataset: str) -> frozenset[str]:
        """Return what a port's contract calls a dataset that it holds or held."""
        product = port.partition("/")[0]
        found = (datasets_behind(product, document).items() for document in self._documents(port))
        names = frozenset(name for objects in found for name, behind in objects if behind == dataset)
        return names or frozenset({dataset_name(dataset)})

    def _documents(self, port: str) -> tuple[str, ...]:
        return tuple(filter(None, (self.document_before(port), self.document_after(port))))


def read_moved(reader: Reader, sandbox: Environment) -> Moved:
    """Read both sides from the state: a handful of queries, and the records of products that differ alone."""
    before, after = reader.pointers(str(sandbox.base), sandbox.base_generation), reader.pointers(sandbox.name)
    objects = tuple(
        name
        for name in sorted({*before, *after})
        if name not in before or name not in after or before[name].revision != after[name].revision
    )
    products = frozenset(map(product_of_object, objects))
    concerned = [
        pointer
        for side in (before, after)
        for name, pointer in side.items()
        if products and product_of_object(name) in products
    ]
    versions = {pointer.revision for pointer in concerned if pointer.kind is ObjectKind.DATASET}
    return Moved(
        before=before,
        after=after,
        objects=objects,
        products=products,
        revisions=reader.revisions({pointer.revision for pointer in concerned} - versions),
        versions=reader.versions(versions),
    )


def _document(revisions: Mapping[str, Revision], revision: str | None) -> str | None:
    found = revisions.get(revision or "")
    return None if found is None else found.document


def _decoded(document: str | None) -> Mapping[str, object] | None:
    if document is None:
        return None
    decoded: dict[str, object] = json.loads(document)
    return decoded


def _rules(document: str | None) -> Rules:
    if document is None:
        return {}
    read: Any = json.loads(document)
    return {
        dataset: {str(test["id"]): _answer(test) for test in entry.get("tests", ())}
        for dataset, entry in read.get("datasets", {}).items()
    }


def _answer(test: Any) -> RuleAnswer:
    return RuleAnswer(
        verdict=test.get("verdict"),
        value=test.get("value"),
        failing_rows=test.get("failing_rows"),
        action=str(test.get("action")),
        rule=test.get("rule"),
        check=test.get("check"),
    )
