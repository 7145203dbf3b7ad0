"""The ports of a product: each an output port of the ODPS document and a contract file, which must agree."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from meshwright.diagnostics import Diagnostic, SourceSpan, known_names_hint
from meshwright.files.discovery import CONTRACT_SUFFIX, PRODUCT_FILE, FoundFile, ProductFolder
from meshwright.files.fields import check_name
from meshwright.files.standards import OutputPort, ProductDocument
from meshwright.model import Contract, Port, port_address


def build_ports(
    product: str,
    folder: ProductFolder,
    contracts: Mapping[str, Contract],
    document: ProductDocument | None,
    *,
    datasets: frozenset[str],
    findings: list[Diagnostic],
) -> Mapping[str, Port]:
    """Return the ports of `product` by name; a port without a readable contract is absent.

    `contracts` are the readable ones by path, `datasets` the names of the product's datasets.
    """
    declared = _declared(product, document, findings)
    good = [
        file
        for file in folder.contracts
        if check_name(file.name, SourceSpan(file=file.path), what="a port", findings=findings, address=product)
    ]
    if good and not folder.has_product:
        findings.append(_no_document(product, folder.path))
    if document is not None:
        _check_pairs(product, folder, declared, findings)
    ports = {}
    for file in good:
        contract = contracts.get(file.path)
        if contract is None:
            continue
        output = declared.get(file.name)
        _check_contract(product, file, contract, output, findings)
        ports[file.name] = Port(
            address=port_address(product, file.name),
            name=file.name,
            contract=contract,
            datasets=_datasets(product, file, contract, datasets, findings),
            version=output.version if output else None,
            description=output.description if output else None,
            span=output.span if output else SourceSpan(file=file.path),
        )
    return MappingProxyType(dict(sorted(ports.items())))


def _declared(product: str, document: ProductDocument | None, findings: list[Diagnostic]) -> Mapping[str, OutputPort]:
    found: dict[str, OutputPort] = {}
    for output in document.ports if document else ():
        if not check_name(output.name, _place(output, document), what="a port", findings=findings, address=product):
            continue
        first = found.setdefault(output.name, output)
        # One name at one version twice is a finding of the standard's reader already.
        if first is not output and first.version != output.version:
            findings.append(
                Diagnostic(
                    code="MW-M307",
                    message=f"port '{output.name}' is declared twice; several versions of a port at once are not "
                    "supported by this version of meshwright",
                    span=output.span,
                    fix="keep one of the two",
                    object=port_address(product, output.name),
                )
            )
    return found


def _place(output: OutputPort, document: ProductDocument | None) -> SourceSpan:
    span = output.span or (document.span if document else None)
    assert span is not None
    return span


def _no_document(product: str, folder: str) -> Diagnostic:
    return Diagnostic(
        code="MW-M303",
        message=f"{product} has contracts, but no {PRODUCT_FILE} that declares ports",
        span=SourceSpan(file=f"{folder}/{PRODUCT_FILE}"),
        fix=f"write {PRODUCT_FILE} with an output port for each contract",
        object=product,
    )


def _check_pairs(
    product: str, folder: ProductFolder, declared: Mapping[str, OutputPort], findings: list[Diagnostic]
) -> None:
    """Every declared port has its contract file, and the reverse."""
    names = [file.name for file in folder.contracts]
    for name, output in declared.items():
        if name not in names:
            unclaimed = [other for other in names if other not in declared]
            expected = f"{folder.path}/contracts/{name}{CONTRACT_SUFFIX}"
            hint = known_names_hint(name, unclaimed, what="contracts without a port") if unclaimed else None
            findings.append(
                Diagnostic(
                    code="MW-M301",
                    message=f"port '{name}' has no contract: there is no {expected}",
                    span=output.span,
                    fix=f"write contracts/{name}{CONTRACT_SUFFIX}" + (f", or {hint}" if hint else ""),
                    object=port_address(product, name),
                )
            )
    findings += [_no_port(product, file, declared) for file in folder.contracts if file.name not in declared]


def _no_port(product: str, file: FoundFile, declared: Mapping[str, OutputPort]) -> Diagnostic:
    hint = known_names_hint(file.name, declared, what="ports") if declared else None
    return Diagnostic(
        code="MW-M302",
        message=f"the contract '{file.name}' belongs to no port: {PRODUCT_FILE} declares no output port of that name",
        span=SourceSpan(file=file.path),
        fix=hint or f"add an output port '{file.name}' to {PRODUCT_FILE}",
        object=port_address(product, file.name),
    )


def _check_contract(
    product: str, file: FoundFile, contract: Contract, output: OutputPort | None, findings: list[Diagnostic]
) -> None:
    """The port names the contract by its id, where it names one."""
    if output is not None and output.contract_id is not None and output.contract_id != contract.id:
        findings.append(
            Diagnostic(
                code="MW-M304",
                message=f"port '{output.name}' names contract '{output.contract_id}', but {file.path} has the id '{contract.id}'",
                span=output.contract_span or output.span,
                fix=f"write 'contractId: {contract.id}', or change the contract's id",
                object=port_address(product, output.name),
            )
        )


def _datasets(
    product: str, file: FoundFile, contract: Contract, datasets: frozenset[str], findings: list[Diagnostic]
) -> tuple[str, ...]:
    """Return the addresses of the datasets that the contract's objects name; the unknown ones are findings."""
    address = port_address(product, file.name)
    if not contract.objects:
        findings.append(
            Diagnostic(
                code="MW-M306",
                message=f"the contract of port '{file.name}' holds no dataset: it has no schema objects",
                span=SourceSpan(file=file.path),
                fix="add 'schema:' with an object named like the dataset",
                object=address,
            )
        )
    found: dict[str, None] = {}
    for item in contract.objects:
        if item.name in datasets:
            found[f"{product}.{item.name}"] = None
            continue
        findings.append(
            Diagnostic(
                code="MW-M305",
                message=f"schema object '{item.name}' is no dataset of {product}",
                span=item.span or SourceSpan(file=file.path),
                fix=known_names_hint(item.name, datasets, what="datasets"),
                object=address,
            )
        )
    return tuple(found)
