"""Contracts by themselves, no mesh needed: `mw contract lint`, and reading one for the other verbs of `contract`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from meshwright.checks.conform import unexecuted_rules
from meshwright.diagnostics import Diagnostic, SourceSpan
from meshwright.files.standards.odcs import read_contract
from meshwright.files.standards.quality import DEFAULT_SEVERITIES
from meshwright.files.yaml_bounds import MAX_BYTES
from meshwright.model import Contract


def lint_contract_files(paths: Sequence[Path]) -> tuple[Diagnostic, ...]:
    """Read each contract and return all findings, in the order of the files; spans carry the paths as given."""
    findings: list[Diagnostic] = []
    for path in dict.fromkeys(paths):
        contract, said = read_contract_file(path)
        findings += said
        for promised in contract.objects if contract is not None else ():
            findings += unexecuted_rules(promised, promised.name)
    return tuple(findings)


def read_contract_file(path: Path) -> tuple[Contract | None, tuple[Diagnostic, ...]]:
    """Read one contract as `read_contract` does, foreign severities as they map by default; spans carry the path as given."""
    file = path.as_posix()
    try:
        # One byte more than allowed is enough to know that a file is too large.
        with path.open("rb") as stream:
            data = stream.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        return None, (_unreadable(file, error),)
    return read_contract(data, file, DEFAULT_SEVERITIES)


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
