"""`mw contract lint`: contracts checked by themselves, no mesh needed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from meshwright.checks.conform import unexecuted_rules
from meshwright.diagnostics import Diagnostic, SourceSpan
from meshwright.files.standards.odcs import read_contract
from meshwright.files.standards.quality import DEFAULT_SEVERITIES
from meshwright.files.yaml import parse_yaml, root_mapping
from meshwright.files.yaml_bounds import MAX_BYTES
from meshwright.frozen import dataclass
from meshwright.model import Contract


def lint_contract_files(paths: Sequence[Path]) -> tuple[Diagnostic, ...]:
    """Read each contract and return all findings, in the order of the files; spans carry the paths as given."""
    findings: list[Diagnostic] = []
    for path in dict.fromkeys(paths):
        found = read_contract_file(path)
        findings += found.findings
        for promised in found.contract.objects if found.contract is not None else ():
            findings += unexecuted_rules(promised, promised.name)
    return tuple(findings)


@dataclass(frozen=True, kw_only=True, slots=True)
class ContractFile:
    """A file that should hold a contract."""

    #: None where it cannot be read.
    contract: Contract | None
    findings: tuple[Diagnostic, ...]
    #: Where the contract's version is written.
    version_span: SourceSpan


def read_contract_file(path: Path) -> ContractFile:
    """Read a contract without a mesh, with all findings; spans carry the path as given."""
    file = path.as_posix()
    span = SourceSpan(file=file)
    try:
        # One byte more than allowed is enough to know that a file is too large.
        with path.open("rb") as stream:
            data = stream.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        return ContractFile(contract=None, findings=(_unreadable(file, error),), version_span=span)
    contract, findings = read_contract(data, file, DEFAULT_SEVERITIES)
    return ContractFile(contract=contract, findings=findings, version_span=_version_span(data, file) or span)


def _version_span(data: bytes, file: str) -> SourceSpan | None:
    document, _ = parse_yaml(data, file)
    root = root_mapping(document, what="a contract")[0] if document is not None else None
    version = root.get("version") if root is not None else None
    return version.span if version is not None else None


def _unreadable(file: str, error: OSError | ValueError) -> Diagnostic:
    """Say why a file cannot be read."""
    span = SourceSpan(file=file)
    if isinstance(error, FileNotFoundError):
        message, fix = f"there is no file '{file}'", "check the path; it is relative to where the command runs"
    elif isinstance(error, IsADirectoryError):
        message, fix = f"'{file}' is a folder", "name the contract files, for example contracts/*.odcs.yaml"
    elif isinstance(error, PermissionError):
        message, fix = f"'{file}' may not be read", "give yourself the right to read it"
    else:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        message, fix = f"'{file}' cannot be read: {reason}", "check the path"
    return Diagnostic(code="MW-C001", message=message, span=span, fix=fix)
