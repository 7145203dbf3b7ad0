"""What the verbs on policies and exemptions answer."""

from __future__ import annotations

import datetime as dt

from meshwright.checks.policies import Verdict, Violation
from meshwright.checks.policy_examples import ExampleOutcome
from meshwright.diagnostics import Diagnostic
from meshwright.frozen import dataclass
from meshwright.model import Exemption, Policy

__all__ = [
    "AddedExemption",
    "AddedPolicies",
    "ExampleOutcome",
    "ExamplesReport",
    "ExemptionReport",
    "ExemptionState",
    "PolicyExamples",
    "PolicyReport",
    "PolicyState",
    "PolicyTest",
    "StarterPolicy",
    "StarterReport",
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
    #: What came of its examples; None where it has none.
    examples: tuple[ExampleOutcome, ...] | None = None

    @property
    def ok(self) -> bool:
        """Whether the policy is kept, but for what is exempted, and finds in its examples what it is to find."""
        return (
            self.verdict.problem is None and not self.verdict.standing and all(each.ok for each in self.examples or ())
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class PolicyExamples:
    """What came of the examples of one policy."""

    policy: Policy
    #: Their file, relative to the mesh root.
    file: str
    outcomes: tuple[ExampleOutcome, ...]

    @property
    def ok(self) -> bool:
        """Whether all are as expected."""
        return all(outcome.ok for outcome in self.outcomes)


@dataclass(frozen=True, kw_only=True, slots=True)
class ExamplesReport:
    """Answer of `policy test --all`."""

    policies: tuple[PolicyExamples, ...]
    #: Addresses of policies without examples.
    untested: tuple[str, ...]

    @property
    def ok(self) -> bool:
        """Whether every example of every policy is as expected."""
        return all(policy.ok for policy in self.policies)


@dataclass(frozen=True, kw_only=True, slots=True)
class StarterPolicy:
    """A policy that ships with meshwright, to be switched on."""

    name: str
    level: str
    why: str
    fix: str
    text: str
    #: Its examples, as YAML.
    examples: str


@dataclass(frozen=True, kw_only=True, slots=True)
class StarterReport:
    """Answer of `policy list --available`."""

    #: Each with the files in which the mesh has a policy of that name.
    policies: tuple[tuple[StarterPolicy, tuple[str, ...]], ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class AddedPolicies:
    """Answer of `policy add`."""

    #: Files that were written, relative to the mesh root.
    files: tuple[str, ...]
    added: tuple[str, ...]
    #: Policy -> why it was left out; only where all were asked for.
    left: tuple[tuple[str, str], ...] = ()


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
