"""References of nodes and tests: which exist, which are allowed, and where in its file each stands."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import field

from meshwright.diagnostics import Diagnostic, SourceSpan, nearest_name
from meshwright.frozen import dataclass
from meshwright.graph.offers import Offers
from meshwright.graph.variations import is_plain
from meshwright.model import Mesh, Node, Product, SqlTest, dataset_name, plain_address, product_of, variation_of
from meshwright.model.names import COMPONENT_SIGN
from meshwright.sql import parse_statement

#: How many ports or datasets a fix lists.
_LISTED = 8


@dataclass(frozen=True, slots=True)
class _Reader:
    """A node or a test file, for messages."""

    #: Address of the node, or ``domain.product/tests/name``.
    name: str
    product: str
    text: str | None
    dialect: str
    span: SourceSpan | None
    #: Where a dataset is named, for readers whose inputs stand in a list and not in a text.
    places: Mapping[str, SourceSpan | None] = field(default_factory=dict)
    #: What the text calls a dataset that it reads through a port.
    called: Mapping[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class References:
    """The datasets of a mesh, who may read them, and what was wrong with the references asked for."""

    mesh: Mesh
    datasets: frozenset[str]
    offers: Offers
    #: Bare name -> addresses.
    by_name: Mapping[str, tuple[str, ...]]
    #: Addresses that the files define with an error: what is wrong about them was told where it is.
    broken: frozenset[str]
    #: Addresses of nodes that yield no dataset.
    steps: frozenset[str] = frozenset()
    _findings: list[Diagnostic] = field(default_factory=list)

    @classmethod
    def of(cls, mesh: Mesh, broken: frozenset[str]) -> References:
        """Index `mesh`, and check what its tests read."""
        by_name: dict[str, list[str]] = defaultdict(list)
        datasets = [node.address for node in mesh.nodes()]
        for address in datasets:
            by_name[dataset_name(address)].append(address)
        references = cls(
            mesh,
            frozenset((*datasets, *(node.address for node in mesh.all_nodes()))),
            Offers.of(mesh, broken),
            {name: tuple(found) for name, found in by_name.items()},
            broken,
            frozenset(node.address for node in mesh.all_nodes() if not node.has_dataset),
        )
        for product in mesh.products():  # those of variations are the same files
            for test in product.sql_tests:
                references._check(_test_reader(mesh, product, test), test.reads)
        return references

    def parents(self, node: Node) -> tuple[str, ...]:
        """Return the datasets that `node` reads or waits for, sorted; findings about the others are kept."""
        reader = self._node_reader(node)
        good = set(self._check(reader, node.read_datasets))
        for address in node.after:
            if address == node.address:
                self._findings.append(_self_reference(reader, node.span, waits=True))
            elif address in self.datasets:
                good.add(address)
            elif not self.broken & {plain_address(address), product_of(address)}:
                self._findings.append(self._unknown(reader, address, node.span))
        return tuple(sorted(good))

    def findings(self) -> tuple[Diagnostic, ...]:
        """Return what was found so far."""
        return tuple(self._findings)

    def span_of(self, reader: str, read: str) -> SourceSpan | None:
        """Return where dataset `reader` names dataset `read`."""
        node = self.mesh.node(reader)
        return _place(self._node_reader(node), read) if node else None

    def _node_reader(self, node: Node) -> _Reader:
        if node.origin is not None:  # its text names inputs; which datasets they are stands where the component is used
            return _Reader(
                name=node.address,
                product=product_of(node.address),
                text=None,
                dialect=self.mesh.dialect,
                span=node.span,
                places=node.origin.places,
            )
        return _Reader(
            name=node.address,
            product=product_of(node.address),
            text=(node.sql.written or node.sql.text) if node.sql else None,
            dialect=node.sql.dialect if node.sql else self.mesh.dialect,
            span=node.span,
            places=_places(node),
            called={read.dataset: read.name for read in node.through},
        )

    def _check(self, reader: _Reader, reads: Iterable[str]) -> Iterator[str] | list[str]:
        good = []
        for address in reads:
            if address == reader.name:
                self._findings.append(_self_reference(reader, _place(reader, address), waits=False))
            elif variation_of(address) and variation_of(address) != variation_of(reader.product):
                self._findings.append(self._varied(reader, address))
            elif address not in self.datasets and self.broken & {*_around(plain_address(address)), product_of(address)}:
                continue
            elif address not in self.datasets:
                self._findings.append(self._unknown(reader, address, _place(reader, address)))
            elif address in self.steps:
                self._findings.append(_without_rows(reader, address, _place(reader, address)))
            else:
                if not self.offers.admits(reader.product, address):
                    self._findings.append(self._past_ports(reader, address))
                good.append(address)
        return good

    def _varied(self, reader: _Reader, address: str) -> Diagnostic:
        return Diagnostic(
            code="MW-G106",
            message=f"'{reader.name}' reads '{address}', a dataset of a variation",
            span=_place(reader, address),
            fix=f"read {plain_address(address)}: a variation's own nodes read each other by their plain names",
            object=reader.name,
        )

    def _unknown(self, reader: _Reader, address: str, span: SourceSpan | None) -> Diagnostic:
        bare = dataset_name(address)
        is_own = product_of(address) == reader.product
        written = bare if is_own else address
        elsewhere = [found for found in self.by_name.get(bare, ()) if found != reader.name]
        known = [
            *filter(is_plain, self.datasets),
            *(name for name in self.offers.names if product_of(name) != reader.product),
        ]
        nearest = nearest_name(address, known)
        if is_own and elsewhere:
            fix = f"'{bare}' is a dataset of another product: write {' or '.join(elsewhere[:_LISTED])}"
        elif nearest:
            shown = dataset_name(nearest) if product_of(nearest) == reader.product else nearest
            fix = f"did you mean '{shown}'?"
        elif elsewhere:
            fix = f"did you mean {' or '.join(elsewhere[:_LISTED])}?"
        else:
            own = sorted(found for found in known if product_of(found) == product_of(address))
            listed = ", ".join(dataset_name(found) for found in own[:_LISTED])
            fix = f"datasets of {product_of(address)}: {listed}" if own else self._product_hint(address)
        return Diagnostic(
            code="MW-G101",
            message=f"'{reader.name}' reads '{written}', which does not exist",
            span=span,
            fix=fix,
            object=reader.name,
        )

    def _product_hint(self, address: str) -> str:
        products = sorted(product.address for product in self.mesh.products())
        nearest = nearest_name(product_of(address), products)
        if nearest:
            return f"there is no product '{product_of(address)}'; did you mean '{nearest}'?"
        listed = ", ".join(products[:_LISTED])
        return (
            f"there is no product '{product_of(address)}'; products: {listed}"
            if products
            else "the mesh has no products"
        )

    def _past_ports(self, reader: _Reader, address: str) -> Diagnostic:
        message, fix = self.offers.refusal(f"'{reader.name}'", address)
        return Diagnostic(code="MW-G102", message=message, span=_place(reader, address), fix=fix, object=reader.name)


def _places(node: Node) -> Mapping[str, SourceSpan | None]:
    """Return where a node names the datasets that it reads, where they stand in a list."""
    if node.python is not None:
        return {given.dataset: given.span for given in node.python.inputs}
    return {given.dataset: given.span for given in node.outside.inputs} if node.outside is not None else {}


def _without_rows(reader: _Reader, address: str, span: SourceSpan | None) -> Diagnostic:
    return Diagnostic(
        code="MW-G108",
        message=f"'{reader.name}' reads '{address}', a node that yields no dataset",
        span=span,
        fix=f"come after it instead (after: [{dataset_name(address)}]), or let it yield a dataset",
        object=reader.name,
    )


def _test_reader(mesh: Mesh, product: Product, test: SqlTest) -> _Reader:
    return _Reader(
        name=f"{product.address}/tests/{test.name}",
        product=product.address,
        text=test.written or test.text,
        dialect=mesh.dialect,
        span=test.span,
    )


def _self_reference(reader: _Reader, span: SourceSpan | None, *, waits: bool) -> Diagnostic:
    return Diagnostic(
        code="MW-G103",
        message=f"'{reader.name}' {'waits for' if waits else 'reads'} itself",
        span=span,
        fix=(
            "remove it from 'after'"
            if waits
            else "a model reads other datasets; for the dataset of the same name elsewhere, write domain.product.dataset"
        ),
        object=reader.name,
    )


def _around(address: str) -> Iterator[str]:
    """Yield a dataset and, of what lies inside a component, the nodes around it: where those are broken it is not known."""
    yield address
    while COMPONENT_SIGN in address:
        address = address.rpartition(COMPONENT_SIGN)[0]
        yield address


def _place(reader: _Reader, address: str) -> SourceSpan | None:
    """Find the reference in the reader's text; only readers with findings are parsed again."""
    if reader.text is None:
        return reader.places.get(address) or reader.span
    written = reader.called.get(address, address)
    return place_of_reference(reader.text, reader.dialect, reader.span, plain_address(reader.product), written)


def place_of_reference(
    text: str, dialect: str, span: SourceSpan | None, product: str, address: str
) -> SourceSpan | None:
    """Return where a text of `product`, which begins at `span`, names dataset `address`; where it begins, if nowhere."""
    if span is None:
        return None
    for table in parse_statement(text, dialect).tables:
        written = ".".join(table.parts)
        if {address, plain_address(address)} & {written, f"{product}.{written}"}:
            return SourceSpan(file=span.file, line=table.line + span.line - 1, column=table.column)
    return span
