"""What goes away, and who still reads it: models, tests and declared consumers of ports that are deprecated or retired.

A port is what its contract says, or what its product says where that is less. A reader is concerned where every port that it
can read a dataset by goes away; its input ports say which of several it means.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping

from meshwright.diagnostics import Diagnostic, Severity, SourceSpan
from meshwright.frozen import dataclass
from meshwright.graph.inputports import named_ports
from meshwright.model import Mesh, Node, Port, Product, domain_of, product_of
from meshwright.model.texts import column_written

DEPRECATED = "deprecated"
RETIRED = "retired"
#: Sentences of a description that tell what to do.
_TELLING = re.compile(r"deprecat|retire|replac|instead|supersed|migrat|move to", re.IGNORECASE)
_SENTENCE = re.compile(r"[^.\n]*(?:\.(?!\s|$)[^.\n]*)*\.?")
#: Service levels that say until when.
_ENDS = ("endOfSupport", "endOfLife")
_LONGEST = 200


@dataclass(frozen=True, kw_only=True, slots=True)
class _Going:
    """A port, or a whole product, that goes away."""

    #: `DEPRECATED` or `RETIRED`.
    status: str
    product: Product
    port: Port | None


def lifecycle_findings(mesh: Mesh, agreed: Collection[str]) -> tuple[Diagnostic, ...]:
    """Return a finding for each reader of what goes away: MW-P313, MW-P314, MW-P315.

    Reading something retired is an error, but for ports in `agreed`: there the owners have agreed to leave readers behind.
    Costs a look at each port where nothing goes away.
    """
    going = {port.address: found for port in _ports(mesh) if (found := _going(mesh, port)) is not None}
    products = {each.address for each in mesh.products() if _falling(each.status)}
    if not going and not products:
        return ()
    held: dict[str, list[str]] = defaultdict(list)
    for port in _ports(mesh):
        for dataset in port.datasets:
            held[dataset].append(port.address)
    return (*_readers(mesh, going, products, held, agreed), *_declared(mesh, going))


def _ports(mesh: Mesh) -> Iterator[Port]:
    for product in mesh.products():
        yield from product.ports.values()


def _falling(status: str | None) -> str | None:
    """Return `DEPRECATED` or `RETIRED`, None for every other status."""
    folded = (status or "").casefold()
    return folded if folded in {DEPRECATED, RETIRED} else None


def _going(mesh: Mesh, port: Port) -> _Going | None:
    product = mesh.product(port.address.partition("/")[0])
    assert product is not None
    own, whole = _falling(port.contract.status), _falling(product.status)
    if own is None and whole is None:
        return None
    return _Going(status=RETIRED if RETIRED in {own, whole} else DEPRECATED, product=product, port=port)


def _readers(
    mesh: Mesh,
    going: Mapping[str, _Going],
    products: Collection[str],
    held: Mapping[str, list[str]],
    agreed: Collection[str],
) -> Iterator[Diagnostic]:
    goes = {dataset for dataset, ports in held.items() if not going.keys().isdisjoint(ports)}
    for product in mesh.products():
        if _falling(product.status) == RETIRED:
            continue
        named: frozenset[str] | None = None
        for node in product.nodes.values():
            for read in node.reads:
                if product_of(read) == product.address or (read not in goes and product_of(read) not in products):
                    continue
                named = named_ports(mesh, product) if named is None else named
                found = _going_for(mesh, read, held.get(read, []), named, going)
                if found is not None:
                    is_agreed = found.port is not None and found.port.address in agreed
                    yield _finding(mesh, f"'{node.address}'", read, found, _place(node, read), is_agreed=is_agreed)
        for test in product.sql_tests:
            for read in test.reads:
                if product_of(read) == product.address or (read not in goes and product_of(read) not in products):
                    continue
                named = named_ports(mesh, product) if named is None else named
                found = _going_for(mesh, read, held.get(read, []), named, going)
                if found is not None:
                    name = f"test '{test.name}' of {product.address}"
                    place = _named_at(test.text, test.written, test.span, read)
                    yield _finding(mesh, name, read, found, place, is_agreed=True, reader=product.address)


def _going_for(
    mesh: Mesh, read: str, ports: list[str], named: frozenset[str], going: Mapping[str, _Going]
) -> _Going | None:
    """Return what goes away for a reader of a dataset: the port that stays the longest; None where one stays."""
    chosen = [port for port in ports if port in named] or ports
    if not chosen:
        product = mesh.product(product_of(read))
        status = _falling(product.status) if product is not None else None
        return _Going(status=status, product=product, port=None) if product is not None and status else None
    if any(port not in going for port in chosen):
        return None
    return min((going[port] for port in chosen), key=lambda found: found.status != DEPRECATED)


def _finding(
    mesh: Mesh,
    name: str,
    read: str,
    going: _Going,
    place: SourceSpan | None,
    *,
    is_agreed: bool,
    reader: str | None = None,
) -> Diagnostic:
    is_retired = going.status == RETIRED
    by = f" (port {going.port.address})" if going.port is not None else ""
    owners = _owners(mesh, going.product.address)
    return Diagnostic(
        code="MW-P314" if is_retired else "MW-P313",
        message=f"{name} reads {read}{by}, which is {going.status}{_until(going.port)}{_notice(going)}",
        span=place,
        fix=f"{_instead(going, read)}; ask its owners ({owners})",
        severity=Severity.ERROR if is_retired and not is_agreed else Severity.WARNING,
        object=reader or name.strip("'"),
    )


def _declared(mesh: Mesh, going: Mapping[str, _Going]) -> Iterator[Diagnostic]:
    for product in mesh.products():
        for consumer in product.consumers:
            for address, _ in consumer.uses:
                if (found := going.get(address)) is not None:
                    yield Diagnostic(
                        code="MW-P315",
                        message=f"{consumer.kind} {consumer.name} ({consumer.owner}) uses {address}, which is {found.status}"
                        f"{_until(found.port)}{_notice(found)}",
                        span=consumer.span,
                        fix=f"tell {consumer.owner}; write what it uses from now on, or remove it once it is gone",
                        severity=Severity.WARNING,
                        object=product.address,
                    )


def _owners(mesh: Mesh, product: str) -> str:
    return ", ".join(mesh.domains[domain_of(product)].owners) or "nobody named"


def _until(port: Port | None) -> str:
    """Say until when, where the contract does."""
    ends = {level.property: level.value for level in port.contract.sla} if port is not None else {}
    told = [f"{name} {ends[name]}" for name in _ENDS if name in ends]
    return f" ({', '.join(told)})" if told else ""


def _notice(going: _Going) -> str:
    """Quote what the contract, the port or the product says about it."""
    texts = [going.port.contract.description, going.port.description] if going.port is not None else []
    for text in (*texts, going.product.description):
        for sentence in _SENTENCE.findall(text or ""):
            if _TELLING.search(sentence):
                return f": {' '.join(sentence.split())[:_LONGEST]}"
    return ""


def _instead(going: _Going, read: str) -> str:
    """Name the ports of the product that stay."""
    own = going.product.ports.values()
    stays = [port for port in own if not _falling(port.contract.status)] if not _falling(going.product.status) else []
    same = [port.address for port in stays if read in port.datasets]
    names = same or [port.address for port in stays]
    return f"read what takes its place ({', '.join(sorted(names)[:4])})" if names else "read what takes its place"


def _place(node: Node, read: str) -> SourceSpan | None:
    if node.python is not None:
        spans = (given.span for given in node.python.inputs if given.dataset == read)
        return next((span for span in spans if span is not None), node.span)
    return _named_at(node.sql.text, node.sql.written, node.span, read) if node.sql is not None else node.span


def _named_at(text: str, written: str | None, span: SourceSpan | None, read: str) -> SourceSpan | None:
    """Return where a text names a dataset in full; no parser is asked, as this is looked at in every command.

    `written` is the text as it stands in its file, where names in `text` were read through versions of ports.
    """
    if span is None:
        return None
    quoted = r"\s*\.\s*".join(rf'"?{re.escape(part)}"?' for part in read.split("."))
    found = re.search(rf"(?<![\w.]){quoted}(?![\w])", text, re.IGNORECASE)
    if found is None:
        return span
    before = text[: found.start()]
    line, column = before.count("\n"), len(before) - before.rfind("\n")
    if written is not None:
        column = column_written(text, written, line + 1, column)
    return SourceSpan(file=span.file, line=span.line + line, column=column)
