"""References of ODCS to objects and properties, within a contract and to others, as datasets and columns of the mesh.

Two notations: ``customers.address.city`` by names, and ``schema/customers_tbl/properties/city`` by ids (names where nothing has the
id); the latter after ``FILE#`` in another contract. FILE is looked for from the contract's own folder, then from the mesh's;
of an http address the end is, for contracts are published under many. Beyond the standard, names may be those of a dataset
of the same product, or of the mesh: ``reference.carriers.carriers.carrier``.
"""

from __future__ import annotations

import posixpath
from collections.abc import Collection, Iterable, Sequence
from typing import TypeVar

from meshwright.diagnostics import known_names_hint
from meshwright.frozen import dataclass
from meshwright.model import ContractObject, ContractProperty, Mesh, Port, Product, dataset_name, product_of

_Named = TypeVar("_Named", ContractObject, ContractProperty)


@dataclass(frozen=True, kw_only=True, slots=True)
class Referenced:
    """A property that a reference means."""

    dataset: str
    #: Its column, then the fields inside of it.
    path: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Unresolved:
    """Why a reference means nothing."""

    message: str
    fix: str
    #: Whether it leads out of what is known here, so that nothing can be said about it.
    is_outside: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Contracts:
    """What references can mean: the contracts and datasets of a mesh, or those of one product by themselves."""

    ports: tuple[Port, ...]
    datasets: frozenset[str] = frozenset()

    @classmethod
    def of(cls, mesh: Mesh) -> Contracts:
        """Return those of a whole mesh."""
        products = tuple(mesh.products())
        ports = tuple(port for product in products for _, port in sorted(product.ports.items()))
        return cls(ports=ports, datasets=frozenset(name for product in products for name in product.datasets))

    @classmethod
    def of_product(cls, product: Product) -> Contracts:
        """Return those of one product."""
        ports = tuple(port for _, port in sorted(product.ports.items()))
        return cls(ports=ports, datasets=frozenset(product.datasets))

    def reached(self, product: Product) -> tuple[str, ...]:
        """Return the digests of the contracts of other products that the product's relationships lead to, sorted."""
        found = set()
        for _, port in sorted(product.ports.items()):
            for promised in port.contract.objects:
                for reference in _references(promised):
                    file = reference.rpartition("#")[0]
                    target = self._port(file, port) if file else None
                    if isinstance(target, Port) and target.address not in {p.address for p in product.ports.values()}:
                        found.add(target.contract.digest)
        return tuple(sorted(found))

    def resolve(self, reference: str, port: Port) -> Referenced | Unresolved:
        """Return what a reference in the contract of `port` means."""
        file, _, item = reference.rpartition("#")
        target = self._port(file, port) if file else port
        if isinstance(target, Unresolved):
            return target
        item = item.removeprefix("/")
        if "/" in item:
            return _by_ids(item.split("/"), target)
        return self._by_names(item.split("."), target)

    def _port(self, file: str, port: Port) -> Port | Unresolved:
        """Return the port whose contract a file's path or address means."""
        by_file = {each.contract.span.file: each for each in self.ports if each.contract.span is not None}
        own = port.contract.span.file if port.contract.span is not None else ""
        if "://" in file and not file.startswith("file://"):
            path = file.partition("://")[2]
            ends = [each for name, each in by_file.items() if path.endswith(f"/{name}")]
            return ends[0] if len(ends) == 1 else _outside(file, by_file)
        path = file.removeprefix("file://")
        beside = posixpath.normpath(posixpath.join(posixpath.dirname(own), path))
        found = by_file.get(beside) or by_file.get(posixpath.normpath(path))
        return found or _no_file(file, by_file)

    def _by_names(self, names: Sequence[str], port: Port) -> Referenced | Unresolved:
        promised = next((each for each in port.contract.objects if each.name == names[0]), None)
        if promised is not None:
            return _below(promised, names[1:], port, by_id=False)
        product = product_of_port(port)
        if f"{product}.{names[0]}" in self.datasets and len(names) > 1:
            return Referenced(dataset=f"{product}.{names[0]}", path=tuple(names[1:]))
        if len(names) > 3 and ".".join(names[:3]) in self.datasets:
            return Referenced(dataset=".".join(names[:3]), path=tuple(names[3:]))
        if len(names) > 3:
            fix = known_names_hint(".".join(names[:3]), self.datasets, what="datasets")
            return Unresolved(message=f"there is no dataset '{'.'.join(names[:3])}'", fix=fix)
        own = [dataset_name(each) for each in self.datasets if product_of(each) == product]
        known = {each.name for each in port.contract.objects}.union(own)
        return Unresolved(
            message=f"there is no object '{names[0]}'", fix=known_names_hint(names[0], known, what="objects")
        )


def product_of_port(port: Port) -> str:
    """Return the address of the product that a port is of."""
    return port.address.partition("/")[0]


def dataset_of_object(port: Port, promised: ContractObject) -> str:
    """Return the address of the dataset that an object of a contract promises."""
    return f"{product_of_port(port)}.{promised.name}"


def _references(promised: ContractObject) -> Iterable[str]:
    for each in promised.relationships:
        yield from each.to
    waiting = list(promised.properties)
    while waiting:
        column = waiting.pop()
        for each in column.relationships:
            yield from each.to
        waiting += [*column.properties, *filter(None, (column.items, column.key, column.value))]


def _by_ids(steps: Sequence[str], port: Port) -> Referenced | Unresolved:
    if steps[0] != "schema" or len(steps) % 2 or any(word != "properties" for word in steps[2::2]):
        return Unresolved(
            message=f"'{'/'.join(steps)}' is no reference to a property",
            fix="write 'schema/OBJECT/properties/PROPERTY', with ids or names, or 'OBJECT.PROPERTY' with names",
        )
    promised = _named(port.contract.objects, steps[1])
    if promised is None:
        known = [each.id or each.name for each in port.contract.objects]
        message = f"there is no object '{steps[1]}' in contract '{port.contract.id}'"
        return Unresolved(message=message, fix=known_names_hint(steps[1], known, what="objects"))
    return _below(promised, steps[3::2], port, by_id=True)


def _below(promised: ContractObject, names: Sequence[str], port: Port, *, by_id: bool) -> Referenced | Unresolved:
    """Go from an object to one of its properties, and on into it; an object without properties promises none of them."""
    dataset = dataset_of_object(port, promised)
    if not names:
        message = f"'{promised.name}' is an object; a key refers to one of its properties"
        return Unresolved(message=message, fix=f"write '{promised.name}.PROPERTY'")
    if not promised.properties:
        return Referenced(dataset=dataset, path=tuple(names))
    path: list[str] = []
    known: Sequence[ContractProperty] = promised.properties
    for name in names:
        found = _named(known, name) if by_id else next((each for each in known if each.name == name), None)
        if found is None:
            where = ".".join([promised.name, *path])
            options: Collection[str] = [(each.id if by_id else None) or each.name for each in known]
            fix = known_names_hint(name, options, what="properties")
            return Unresolved(message=f"'{where}' has no property '{name}'", fix=fix)
        path.append(found.name)
        known = found.properties
    return Referenced(dataset=dataset, path=tuple(path))


def _named(items: Sequence[_Named], name: str) -> _Named | None:
    by_id = next((each for each in items if each.id == name), None)
    return by_id or next((each for each in items if each.name == name), None)


def _outside(file: str, known: Collection[str]) -> Unresolved:
    return Unresolved(
        message=f"'{file}' is no contract of this mesh",
        fix=f"name a contract of the mesh by its path; {known_names_hint(file.rpartition('/')[2], known, what='contracts')}",
        is_outside=True,
    )


def _no_file(file: str, known: Collection[str]) -> Unresolved:
    names = {posixpath.basename(each): each for each in known}
    return Unresolved(
        message=f"there is no contract '{file}'",
        fix=known_names_hint(posixpath.basename(file), names, what="contracts")
        + "; paths go from the contract's own folder, or from the mesh's",
    )
