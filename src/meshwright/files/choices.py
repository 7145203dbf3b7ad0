"""Which version of a port a product reads, as the input ports of its document say.

An input port names a version by the id of its contract, and where several versions share one id, by its number. Without an
id it may be called by the port's address: ``sales.orders/orders``, with the version beside it where one is chosen, or
``sales.orders/orders/v2``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType

from meshwright.diagnostics import Diagnostic
from meshwright.files.standards import InputPort, ProductDocument
from meshwright.frozen import dataclass
from meshwright.model import Port
from meshwright.model.portversions import by_port, find_port, major_of, unversioned, version_word


@dataclass(frozen=True, slots=True)
class Choices:
    """The ports of a mesh as input ports may name them."""

    #: Contract id -> the ports under it: one, or versions of one port.
    by_contract: Mapping[str, Sequence[Port]]
    #: Address of a port -> its versions, oldest first.
    versions: Mapping[str, Sequence[Port]]

    @classmethod
    def of(cls, ports: Iterable[Port]) -> Choices:
        """Index `ports`."""
        versions = by_port(ports)
        by_contract: dict[str, list[Port]] = {}
        for found in versions.values():
            for port in found:
                by_contract.setdefault(port.contract.id, []).append(port)
        return cls(by_contract, versions)

    def names(self, declared: InputPort) -> bool:
        """Whether an input port names a port of the mesh, be it at a version that is not there."""
        return bool(self._candidates(declared))

    def port_of(self, declared: InputPort) -> Port | None:
        """Return the version of a port that an input port names, None where there is none."""
        found = self._candidates(declared)
        if declared.contract_id is None and declared.name.count("/") > 1:
            return find_port(found, declared.name)
        if len(found) == 1 and (declared.contract_id is not None or declared.version is None):
            return found[0]
        wanted = major_of(declared.version)
        same = [port for port in found if version_word(port) == f"v{wanted}"]
        return same[0] if len(same) == 1 else None

    def of_product(self, product: str, document: ProductDocument, findings: list[Diagnostic]) -> Mapping[str, str]:
        """Return which version of each port with several the input ports of a product choose."""
        chosen: dict[str, str] = {}
        for declared in document.input_ports:
            found = self._candidates(declared)
            if not found:
                continue
            name = unversioned(found[0].address)
            versions = self.versions[name]
            port = self.port_of(declared)
            says_which = declared.contract_id or declared.version or declared.name != name
            if not says_which or (len(versions) == 1 and port is not None):
                continue
            wanted = major_of(declared.version)
            if port is None or (wanted is not None and version_word(port) != f"v{wanted}"):
                findings.append(_no_version(product, declared, name, port, versions))
            elif chosen.setdefault(name, port.address) != port.address:
                findings.append(_chosen_twice(product, declared, name, chosen[name], port))
        return MappingProxyType(chosen)

    def _candidates(self, declared: InputPort) -> Sequence[Port]:
        if declared.contract_id is not None:
            return self.by_contract.get(declared.contract_id, ())
        return self.versions.get(unversioned(declared.name), ()) if "/" in declared.name else ()


def offered_names(port: Port) -> frozenset[str]:
    """Return what readers of a port may write: the names of its objects and of its datasets, as addresses."""
    product = port.address.partition("/")[0]
    return frozenset((*port.datasets, *(f"{product}.{item.name}" for item in port.contract.objects)))


def _no_version(
    product: str, declared: InputPort, name: str, port: Port | None, versions: Sequence[Port]
) -> Diagnostic:
    known = "; ".join(
        f"{version_word(each)}: version {each.version or each.contract.version}, contractId {each.contract.id}"
        for each in versions
    )
    if port is not None:
        message = (
            f"input port '{declared.name}' names the contract of {port.address}, which is {version_word(port)}, at "
            f"version {declared.version}"
        )
    else:
        word = declared.version or (declared.name.rpartition("/")[2] if declared.name.count("/") > 1 else None)
        message = (
            f"input port '{declared.name}' names {name} at version {word}, which there is not"
            if word
            else f"input port '{declared.name}' does not say which version of {name} it is"
        )
    return Diagnostic(
        code="MW-M319", message=message, span=declared.span, fix=f"versions of {name} are {known}", object=product
    )


def _chosen_twice(product: str, declared: InputPort, name: str, first: str, port: Port) -> Diagnostic:
    return Diagnostic(
        code="MW-M319",
        message=f"input port '{declared.name}' chooses {port.address}, and another input port {first}: "
        f"what {product} reads by a name of {name} could be either",
        span=declared.span,
        fix="keep one of the two; a dataset of the other version can be read by its own name, "
        f"for example {port.datasets[0] if port.datasets else port.address}",
        object=product,
    )
