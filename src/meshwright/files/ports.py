"""The ports of a product: each an output port of the ODPS document and a contract file, which must agree."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from meshwright.diagnostics import Diagnostic, SourceSpan
from meshwright.files.discovery import CONTRACT_SUFFIX, PRODUCT_FILE, ProductFolder
from meshwright.files.portobjects import check_names, with_datasets
from meshwright.files.portpairs import ContractFile, pair_ports
from meshwright.files.standards import OutputPort, ProductDocument
from meshwright.model import Contract, Port, port_address
from meshwright.model.portversions import major_of


def build_ports(
    product: str,
    folder: ProductFolder,
    contracts: Mapping[str, Contract],
    document: ProductDocument | None,
    *,
    datasets: frozenset[str],
    findings: list[Diagnostic],
) -> Mapping[str, Port]:
    """Return the ports of `product` by what stands behind the slash of their address; a port without a readable contract
    is absent.

    `contracts` are the readable ones by path, `datasets` the names of the product's datasets.
    """
    pairs = pair_ports(product, folder, contracts, document, findings)
    if pairs.files and not folder.has_product:
        findings.append(_no_document(product, folder.path))
    _check_versions(product, pairs.files, contracts, findings)
    ports = {}
    for file in pairs.files:
        contract = contracts.get(file.path)
        if contract is None:
            continue
        output = pairs.outputs.get(file.path)
        _check_contract(product, file, contract, output, findings)
        contract, held = with_datasets(product, file, contract, datasets, findings)
        ports[file.key] = Port(
            address=port_address(product, file.key),
            name=file.port,
            contract=contract,
            datasets=held,
            version=output.version if output else None,
            description=output.description if output else None,
            span=output.span if output else SourceSpan(file=file.path),
        )
    # A contract without an output port is told, and probably called wrong.
    paired = {file.key for file in pairs.files if document is None or file.path in pairs.outputs}
    check_names(product, (port for key, port in ports.items() if key in paired), findings)
    return MappingProxyType(dict(sorted(ports.items())))


def _no_document(product: str, folder: str) -> Diagnostic:
    return Diagnostic(
        code="MW-M303",
        message=f"{product} has contracts, but no {PRODUCT_FILE} that declares ports",
        span=SourceSpan(file=f"{folder}/{PRODUCT_FILE}"),
        fix=f"write {PRODUCT_FILE} with an output port for each contract",
        object=product,
    )


def _check_versions(
    product: str, files: Sequence[ContractFile], contracts: Mapping[str, Contract], findings: list[Diagnostic]
) -> None:
    """A file's number is that of its contract's version, and no two files are of one version."""
    for file in files:
        contract = contracts.get(file.path)
        if contract is None:
            continue
        span = contract.span or SourceSpan(file=file.path)
        major = major_of(contract.version)
        if file.major is not None and file.major != major:
            meant = f"{file.port}.v{major}{CONTRACT_SUFFIX}" if major else None
            findings.append(
                Diagnostic(
                    code="MW-M315",
                    message=f"{file.path} is of version {file.major} by its name, and its contract is at version "
                    f"{contract.version}",
                    span=span,
                    fix=f"write 'version: {file.major}.0.0'" + (f", or rename the file to {meant}" if meant else ""),
                    object=port_address(product, file.key),
                )
            )
        numbered = next((other for other in files if other.port == file.port and other.major == major), None)
        if file.major is None and major is not None and numbered is not None:
            findings.append(
                Diagnostic(
                    code="MW-M316",
                    message=f"{file.path} and {numbered.path} both are version {major} of port '{file.port}'",
                    span=span,
                    fix="keep one of the two, or write in each the version that it is of",
                    object=port_address(product, file.key),
                )
            )


def _check_contract(
    product: str, file: ContractFile, contract: Contract, output: OutputPort | None, findings: list[Diagnostic]
) -> None:
    """The port names the contract by its id, where it names one."""
    if output is not None and output.contract_id is not None and output.contract_id != contract.id:
        findings.append(
            Diagnostic(
                code="MW-M304",
                message=f"port '{output.name}' names contract '{output.contract_id}', but {file.path} has the id '{contract.id}'",
                span=output.contract_span or output.span,
                fix=f"write 'contractId: {contract.id}', or change the contract's id",
                object=port_address(product, file.key),
            )
        )
