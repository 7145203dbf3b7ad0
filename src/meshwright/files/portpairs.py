"""Which contract file belongs to which output port of a product's document: by name, and by version where there are several.

``contracts/orders.odcs.yaml`` is the only version of port ``orders``, or its first; ``contracts/orders.v2.odcs.yaml`` is
version 2. A file's name gives the port's address, so that a further version moves no pointer of those that stand.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from meshwright.diagnostics import Diagnostic, SourceSpan, known_names_hint
from meshwright.files.discovery import CONTRACT_SUFFIX, PRODUCT_FILE, FoundFile, ProductFolder
from meshwright.files.fields import check_name
from meshwright.files.standards import OutputPort, ProductDocument
from meshwright.frozen import dataclass
from meshwright.model import Contract, port_address
from meshwright.model.portversions import major_of, major_of_word

#: What somebody may call the contract of a second version: ``orders_v2``.
_NUMBERED = re.compile(r"(.+?)_?v([1-9]\d*)")


@dataclass(frozen=True, kw_only=True, slots=True)
class ContractFile:
    """A contract file, its name taken apart."""

    path: str
    #: Name of the port.
    port: str
    #: The number behind ``.v``; None for a file without.
    major: int | None

    @property
    def key(self) -> str:
        """What stands behind the slash of the port's address."""
        return self.port if self.major is None else f"{self.port}/v{self.major}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Pairs:
    """The contract files of a product with a good name, and the output port of each that has one."""

    files: tuple[ContractFile, ...]
    #: Path of the file -> its output port.
    outputs: Mapping[str, OutputPort]


def pair_ports(
    product: str,
    folder: ProductFolder,
    contracts: Mapping[str, Contract],
    document: ProductDocument | None,
    findings: list[Diagnostic],
) -> Pairs:
    """Return which file is which port; what has no partner is a finding. `contracts` are the readable ones by path."""
    files = tuple(filter(None, (_read_name(product, found, findings) for found in folder.contracts)))
    if document is None:
        return Pairs(files=files, outputs={})
    declared = _declared(product, document, findings)
    outputs: dict[str, OutputPort] = {}
    for name in sorted({*declared, *(file.port for file in files)}):
        own = [file for file in files if file.port == name]
        outputs |= _pair(own, declared.get(name, ()), contracts)
    paired = {id(output) for output in outputs.values()}
    alone = [file for file in files if file.path not in outputs]
    findings += [
        _no_contract(product, folder, output, ports, alone, declared)
        for ports in declared.values()
        for output in ports
        if id(output) not in paired
    ]
    findings += [_no_port(product, file, declared) for file in alone]
    return Pairs(files=files, outputs=outputs)


def contract_key(stem: str) -> str:
    """Return what stands behind the slash of the address of a contract file's port: ``orders.v2`` is ``orders/v2``."""
    name, dot, word = stem.rpartition(".")
    return f"{name}/{word}" if dot and major_of_word(word) is not None else stem


def _read_name(product: str, found: FoundFile, findings: list[Diagnostic]) -> ContractFile | None:
    name, dot, word = found.name.partition(".")
    major = major_of_word(word) if dot else None
    span = SourceSpan(file=found.path)
    if dot and major is None:
        findings.append(
            Diagnostic(
                code="MW-M315",
                message=f"'.{word}' names no version of port '{name}': it is .v and a whole number, for example .v2",
                span=span,
                fix=f"rename the file, for example to contracts/{name}.v2{CONTRACT_SUFFIX}",
                object=product,
            )
        )
        return None
    if not check_name(name, span, what="a port", findings=findings, address=product):
        return None
    return ContractFile(path=found.path, port=name, major=major)


def _declared(
    product: str, document: ProductDocument, findings: list[Diagnostic]
) -> Mapping[str, tuple[OutputPort, ...]]:
    """Return the output ports by name; one name and major version is one port."""
    found: dict[str, list[OutputPort]] = {}
    for output in document.ports:
        span = output.span or document.span
        assert span is not None
        if not check_name(output.name, span, what="a port", findings=findings, address=product):
            continue
        versions = found.setdefault(output.name, [])
        major = major_of(output.version)
        first = next((other for other in versions if major_of(other.version) == major), None)
        if first is None:
            versions.append(output)
        elif first.version != output.version:  # else it is a finding of the standard's reader already
            findings.append(
                Diagnostic(
                    code="MW-M307",
                    message=f"port '{output.name}' is declared twice at "
                    + (f"version {major}" if major is not None else "versions that are no numbers")
                    + f": {first.version or 'none'} and {output.version or 'none'}",
                    span=output.span,
                    fix="keep one of the two: versions that stand side by side differ in their first number",
                    object=port_address(product, output.name),
                )
            )
    return {name: tuple(versions) for name, versions in found.items()}


def _pair(
    files: Sequence[ContractFile], outputs: Sequence[OutputPort], contracts: Mapping[str, Contract]
) -> dict[str, OutputPort]:
    """Pair the files and output ports of one name: by the files' numbers, then what is left over."""
    found: dict[str, OutputPort] = {}
    rest = list(outputs)
    for file in files:
        match = next((each for each in rest if file.major is not None and major_of(each.version) == file.major), None)
        if match is not None:
            found[file.path] = match
            rest.remove(match)
    left = [file for file in files if file.path not in found]
    plain = next((file for file in left if file.major is None), None)
    if plain is not None and rest:
        found[plain.path] = _meant(rest, contracts.get(plain.path))
    elif len(left) == 1 and len(rest) == 1 and rest[0].version is None:
        found[left[0].path] = rest[0]  # the only one: its version is what the file says
    return found


def _meant(outputs: Sequence[OutputPort], contract: Contract | None) -> OutputPort:
    """Return the output port that a file without a number belongs to: that of its contract's id, of its version, the first."""
    if contract is None:
        return outputs[0]
    by_id = [each for each in outputs if each.contract_id == contract.id]
    by_version = [each for each in by_id or outputs if major_of(each.version) == major_of(contract.version)]
    return next(iter((*by_version, *by_id, *outputs)))


def _file_name(output: OutputPort, ports: Sequence[OutputPort]) -> str:
    """Return the name that the contract file of an output port should have."""
    major = major_of(output.version)
    if output is ports[0] or not major:
        return f"{output.name}{CONTRACT_SUFFIX}"
    return f"{output.name}.v{major}{CONTRACT_SUFFIX}"


def _no_contract(
    product: str,
    folder: ProductFolder,
    output: OutputPort,
    ports: Sequence[OutputPort],
    alone: Sequence[ContractFile],
    declared: Iterable[str],
) -> Diagnostic:
    name = _file_name(output, ports)
    unclaimed = [file.port for file in alone if file.port not in declared]
    hint = known_names_hint(output.name, unclaimed, what="contracts without a port") if unclaimed else None
    shown = f"port '{output.name}'" + (f" at version {output.version}" if len(ports) > 1 else "")
    return Diagnostic(
        code="MW-M301",
        message=f"{shown} has no contract: there is no {folder.path}/contracts/{name}",
        span=output.span,
        fix=f"write contracts/{name}" + (f", or {hint}" if hint else ""),
        object=port_address(product, output.name),
    )


def _no_port(product: str, file: ContractFile, declared: Mapping[str, Sequence[OutputPort]]) -> Diagnostic:
    outputs = declared.get(file.port, ())
    shown = file.key.replace("/", ".")
    meant = _NUMBERED.fullmatch(file.port)
    if meant and meant[1] in declared and not outputs:
        missing, fix = "of that name", f"rename it to {meant[1]}.v{meant[2]}{CONTRACT_SUFFIX}"
    elif file.major is None and not outputs:
        hint = known_names_hint(file.port, declared, what="ports") if declared else None
        missing, fix = "of that name", hint or f"add an output port '{file.port}' to {PRODUCT_FILE}"
    else:
        versions = ", ".join(output.version or "none" for output in outputs)
        missing = f"'{file.port}' at version {file.major}" if file.major else f"'{file.port}' of a further version"
        missing += f" (declared: {versions})" if versions else ""
        version = f" with version: {file.major}.0.0" if file.major else ""
        fix = f"add an output port '{file.port}'{version} to {PRODUCT_FILE}"
    return Diagnostic(
        code="MW-M302",
        message=f"the contract '{shown}' belongs to no port: {PRODUCT_FILE} declares no output port {missing}",
        span=SourceSpan(file=file.path),
        fix=fix,
        object=port_address(product, file.key),
    )
