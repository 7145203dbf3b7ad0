"""What the verbs on policies and exemptions answer."""

from __future__ import annotations

import datetime as dt

from meshwright.checks.policies import Verdict, Violation
from meshwright.diagnostics import Diagnostic
from meshwright.frozen import dataclass
from meshwright.model import Exemption, Policy

__all__ = [
    "AddedExemption",
    "ExemptionReport",
    "ExemptionState",
    "PolicyReport",
    "PolicyState",
    "PolicyTest",
    "Verdict",
    "Violation",
]


@dataclass(frozen=True, kw_only=True, slots=True)
class PolicyState:
    """One policy with what it finds now."""

    policy: Policy
    #: None where it was not judged: the mesh has errors.
    verdict: Verdict | None
    #: Exemptions from it that hold today.
    exemptions: int


@dataclass(frozen=True, kw_only=True, slots=True)
class PolicyReport:
    """Answer of `policy list`."""

    policies: tuple[PolicyState, ...]
    #: Whether they were judged.
    is_judged: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class PolicyTest:
    """Answer of `policy test`."""

    verdict: Verdict
    #: What a draft still lacks.
    findings: tuple[Diagnostic, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether the policy is kept, but for what is exempted."""
        return self.verdict.problem is None and not self.verdict.standing


@dataclass(frozen=True, kw_only=True, slots=True)
class ExemptionState:
    """One exemption with what it does now."""

    exemption: Exemption
    #: ``holds``, ``expired``, or ``wrong`` where its policy or its object is not there.
    state: str
    #: Violations that it covers; None where policies were not judged.
    covers: int | None


@dataclass(frozen=True, kw_only=True, slots=True)
class ExemptionReport:
    """Answer of `exemption list`."""

    exemptions: tuple[ExemptionState, ...]
    day: dt.date


@dataclass(frozen=True, kw_only=True, slots=True)
class AddedExemption:
    """Answer of `exemption add`."""

    exemption: Exemption
    #: The file that was written, relative to the mesh root.
    file: str
    covers: int | None
