"""The datasets behind the objects of contracts: what readers write, and what of the product they get for it.

An object holds the dataset that its ``physicalName`` names, else the one of its own name. So two versions of a port can
offer two datasets under one name. In a contract file without a version, a ``physicalName`` that names no dataset of the
product is the business of other tools, as long as the object's own name does.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from meshwright.diagnostics import Diagnostic, SourceSpan, known_names_hint
from meshwright.files.portpairs import ContractFile
from meshwright.model import Contract, ContractObject, Port, port_address


def with_datasets(
    product: str, file: ContractFile, contract: Contract, datasets: frozenset[str], findings: list[Diagnostic]
) -> tuple[Contract, tuple[str, ...]]:
    """Return the contract with the dataset behind each object, and the addresses of these datasets.

    `datasets` are the names of the product's datasets; an object with none behind it is a finding.
    """
    address = port_address(product, file.key)
    if not contract.objects:
        findings.append(
            Diagnostic(
                code="MW-M306",
                message=f"the contract of port '{file.port}' holds no dataset: it has no schema objects",
                span=SourceSpan(file=file.path),
                fix="add 'schema:' with an object named like the dataset",
                object=address,
            )
        )
    found: dict[str, str] = {}
    objects = []
    for item in contract.objects:
        name = _behind(file, item, datasets)
        if name is None:
            findings.append(_no_dataset(product, file, item, datasets))
        elif name in found:
            findings.append(
                Diagnostic(
                    code="MW-M318",
                    message=f"schema objects '{found[name]}' and '{item.name}' both are dataset '{name}'",
                    span=item.span or SourceSpan(file=file.path),
                    fix="keep one of the two, or give it another physicalName",
                    object=address,
                )
            )
        else:
            found[name] = item.name
        is_renamed = name is not None and name != item.name
        objects.append(replace(item, behind=name) if is_renamed else item)
    held = tuple(f"{product}.{name}" for name in found)
    return (replace(contract, objects=tuple(objects)) if tuple(objects) != contract.objects else contract), held


def check_names(product: str, ports: Iterable[Port], findings: list[Diagnostic]) -> None:
    """Whoever reads a name that ports offer must get one dataset for it, whichever of them is meant."""
    offered: dict[str, dict[str, Port]] = {}
    behind: dict[str, set[str]] = {}
    for port in ports:
        for item in port.contract.objects:
            offered.setdefault(item.name, {}).setdefault(port.name, port)
            behind.setdefault(item.name, set()).add(item.dataset)
    for name, by_port in offered.items():
        if len(by_port) > 1 and len(behind[name]) > 1:
            first, second, *_ = by_port.values()
            findings.append(
                Diagnostic(
                    code="MW-M318",
                    message=f"'{product}.{name}' is offered by ports '{first.name}' and '{second.name}', and means "
                    f"several datasets: {', '.join(sorted(behind[name]))}",
                    span=_place_of(second, name),
                    fix="rename the object in one of the two contracts; versions of one name belong to one port",
                    object=second.address,
                )
            )


def _behind(file: ContractFile, item: ContractObject, datasets: frozenset[str]) -> str | None:
    physical = item.physical_name
    if physical is not None and physical in datasets:
        return physical
    is_foreign = physical is not None and file.major is not None
    return item.name if item.name in datasets and not is_foreign else None


def _no_dataset(product: str, file: ContractFile, item: ContractObject, datasets: frozenset[str]) -> Diagnostic:
    physical = item.physical_name
    if physical is None:
        code, message, wanted = "MW-M305", f"schema object '{item.name}' is no dataset of {product}", item.name
    else:
        code, wanted = "MW-M317", physical
        message = f"physicalName '{physical}' of schema object '{item.name}' is no dataset of {product}"
        message += "" if item.name in datasets else ", and neither is its name"
    return Diagnostic(
        code=code,
        message=message,
        span=item.span or SourceSpan(file=file.path),
        fix=known_names_hint(wanted, datasets, what="datasets"),
        object=port_address(product, file.key),
    )


def _place_of(port: Port, name: str) -> SourceSpan | None:
    spans: Mapping[str, SourceSpan | None] = {item.name: item.span for item in port.contract.objects}
    return spans.get(name) or port.contract.span or port.span
