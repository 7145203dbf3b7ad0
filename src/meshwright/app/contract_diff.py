"""The verb `contract diff`: what changes between two contracts, and whether the version says so. Needs no mesh."""

from __future__ import annotations

import enum
import json
from collections.abc import Mapping
from pathlib import Path

from meshwright.diagnostics import Diagnostic, InputError, Severity, has_errors, sort_diagnostics
from meshwright.files.standards import DEFAULT_SEVERITIES, ContractFile, read_contract_file
from meshwright.frozen import dataclass
from meshwright.plan.compatibility import Change, Level, greatest
from meshwright.plan.compatibility.contracts import contract_changes
from meshwright.plan.compatibility.versions import Rise, least_version, parse_version, version_rise
from meshwright.plan.rising_versions import is_promising, version_breach, version_text


class VersionVerdict(enum.StrEnum):
    """Whether the version answers the changes."""

    ENOUGH = "enough"
    SHORT = "short"
    FELL = "fell"
    UNKNOWN = "unknown"
    #: The standing contract is a draft or proposed: it promises nothing that a version could answer for.
    NOT_DEMANDED = "not_demanded"


@dataclass(frozen=True, kw_only=True, slots=True)
class VersionChange:
    """The versions of the two contracts."""

    before: str
    after: str
    #: The least that will do for what changes; None where the first is no number, and where none is demanded.
    least: str | None
    verdict: VersionVerdict


@dataclass(frozen=True, kw_only=True, slots=True)
class ContractDiff:
    """Answer of `contract diff`."""

    #: The greatest level first, then as they stand in the contract.
    changes: tuple[Change, ...]
    version: VersionChange
    #: What is wrong with the version, at its place in the new contract.
    findings: tuple[Diagnostic, ...]

    @property
    def level(self) -> Level:
        """The greatest level of the changes."""
        return greatest(change.level for change in self.changes)

    @property
    def is_policy(self) -> bool:
        """Whether one of the changes is a matter of policy."""
        return any(change.is_policy for change in self.changes)

    @property
    def ok(self) -> bool:
        """Whether the version rose as the changes demand."""
        return not has_errors(self.findings)


def diff_contracts(before: Path, after: Path) -> ContractDiff:
    """Compare two contracts. Raises InputError with the findings of both where one has an error."""
    files = [read_contract_file(path) for path in dict.fromkeys((before, after))]
    findings = tuple(finding for file in files for finding in file.findings)
    errors = [finding for finding in findings if finding.severity is Severity.ERROR]
    if errors:
        raise InputError(*sort_diagnostics(errors))
    old, new = _document(files[0]), _document(files[-1])
    changes = contract_changes(old, new, DEFAULT_SEVERITIES)
    ordered = tuple(sorted(changes, key=lambda change: -change.level.rank))
    return ContractDiff(
        changes=ordered, version=_version(old, new, changes), findings=_findings(files[-1], old, new, changes)
    )


def _document(file: ContractFile) -> Mapping[str, object]:
    assert file.contract is not None  # a contract that cannot be read comes with an error
    document: Mapping[str, object] = json.loads(file.contract.document)
    return document


def _version(old: Mapping[str, object], new: Mapping[str, object], changes: tuple[Change, ...]) -> VersionChange:
    level = greatest(change.level for change in changes)
    before, after = version_text(old), version_text(new)
    standing, version = parse_version(before), parse_version(after)
    if not is_promising(old):
        return VersionChange(before=before, after=after, least=None, verdict=VersionVerdict.NOT_DEMANDED)
    rise = version_rise(standing, version, level)
    if rise is Rise.UNKNOWN and level is Level.NONE:
        rise = Rise.ENOUGH  # nothing is demanded
    least = str(least_version(standing, level)) if standing is not None else None
    return VersionChange(before=before, after=after, least=least, verdict=VersionVerdict(rise.value))


def _findings(
    file: ContractFile, old: Mapping[str, object], new: Mapping[str, object], changes: tuple[Change, ...]
) -> tuple[Diagnostic, ...]:
    breach = version_breach("", old, new, changes) if is_promising(old) else None
    if breach is None:
        return ()
    is_unknown = None in (parse_version(version_text(old)), parse_version(version_text(new)))
    return (
        Diagnostic(
            code="MW-P302" if is_unknown else "MW-P301",
            message=breach.message.removeprefix("its "),
            span=file.version_span,
            fix=breach.fix,
        ),
    )
