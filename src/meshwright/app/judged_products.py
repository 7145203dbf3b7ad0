"""What judging found out about each product by itself, and when that still holds: a change elsewhere judges it not again.

What is found out about a product follows from its record, the values of its parameters, the columns of its datasets and
of those that its rules and unit tests read, the names in the mesh, and the engine. Products with an error are judged each time.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from meshwright.app.opened import OpenedMesh
from meshwright.app.typed_told import TypedMesh
from meshwright.checks.spec import CheckSpec
from meshwright.diagnostics import Diagnostic, Severity
from meshwright.frozen import dataclass
from meshwright.graph import Offers, is_plain
from meshwright.model import Columns, Product, identity, product_of


@dataclass(frozen=True, kw_only=True, slots=True)
class JudgedProduct:
    """What was found out about a product without errors."""

    #: Identity of the product's record and of its parameters.
    key: str
    #: Dataset -> its compiled rules.
    checks: Mapping[str, tuple[CheckSpec, ...]]
    findings: tuple[Diagnostic, ...]
    #: Datasets of other products whose columns were looked at, sorted.
    reads: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class JudgedBefore:
    """What an earlier command found out, on the same engine."""

    products: Mapping[str, JudgedProduct]
    typed: TypedMesh
    #: Identity of the names in the mesh: its datasets, what ports hold, what is broken.
    names: str

    def standing(
        self, product: Product, key: str, columns: Mapping[str, Columns], wrong: Collection[str]
    ) -> JudgedProduct | None:
        """Return what was found out about `product` where it holds still; `wrong` are the files with an error."""
        found = self.products.get(product.address)
        if found is None or found.key != key:
            return None
        looked_at = (*found.checks, *found.reads)
        if any(self.typed.columns.get(dataset) != columns.get(dataset) for dataset in looked_at):
            return None
        inside = f"{product.folder}/"
        return None if any(file.startswith(inside) for file in wrong) else found


@dataclass(frozen=True, kw_only=True, slots=True)
class Names:
    """The names that rules may use."""

    #: Datasets, and what is broken: it may be meant.
    known: frozenset[str]
    offers: Offers
    #: Identity of them all.
    identity: str

    @classmethod
    def of(cls, opened: OpenedMesh) -> Names:
        """Return the names of a mesh."""
        known = opened.broken.union(filter(is_plain, opened.graph.order))
        offers = Offers.of(opened.mesh, opened.broken)
        ports = {dataset: sorted(found) for dataset, found in offers.ports.items()}
        tag = identity("mwnames1", sorted(known), ports, sorted(opened.broken))
        return cls(known=known, offers=offers, identity=tag)


def clean_products(judged: Mapping[str, JudgedProduct], bound: Iterable[Diagnostic]) -> dict[str, JudgedProduct]:
    """Return the products without errors of their own; `bound` is what binding their rules found."""
    wrong = {product_of(found.object) for found in bound if found.object}
    return {
        address: each
        for address, each in judged.items()
        if address not in wrong and not any(found.severity is Severity.ERROR for found in each.findings)
    }


def datasets_read(product: Product, checks: Mapping[str, tuple[CheckSpec, ...]]) -> tuple[str, ...]:
    """Return the datasets of other products that the rules and unit tests of `product` read, sorted."""
    reads = {read for specs in checks.values() for spec in specs for read in spec.reads}
    reads.update(given.dataset for test in product.unit_tests for given in test.given)
    return tuple(sorted(reads - checks.keys()))
