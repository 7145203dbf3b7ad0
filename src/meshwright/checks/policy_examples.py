"""Examples of policies: made-up rows of `mesh.*`, and what a policy is to find in them. Pure values and their comparison."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import field
from types import MappingProxyType

from meshwright.checks.mesh_tables import Row
from meshwright.checks.policies import ANSWER_COLUMNS, PolicyAnswer, shape_problem
from meshwright.checks.violators import address_of
from meshwright.diagnostics import Diagnostic, SourceSpan
from meshwright.frozen import dataclass
from meshwright.model import Policy


@dataclass(frozen=True, kw_only=True, slots=True)
class ExpectedViolation:
    """A violation that an example is to give."""

    #: Address, or whatever the policy calls its object; of one that names only a file, the file.
    object: str
    #: What its message holds; None for any message.
    message: str | None = None
    span: SourceSpan | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class PolicyExample:
    """One example of a policy."""

    name: str
    #: Table (``mesh.ports``) -> rows, to the order of its declared columns.
    given: Mapping[str, tuple[Row, ...]] = field(default_factory=lambda: MappingProxyType({}))
    expected: tuple[ExpectedViolation, ...] = ()
    #: What ``$today`` says.
    today: dt.date | None = None
    span: SourceSpan | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class FoundViolation:
    """A violation that was found and not expected."""

    object: str
    message: str


@dataclass(frozen=True, kw_only=True, slots=True)
class ExampleOutcome:
    """What came of an example."""

    example: PolicyExample
    missing: tuple[ExpectedViolation, ...] = ()
    unexpected: tuple[FoundViolation, ...] = ()
    #: Why the policy could not be asked.
    problem: Diagnostic | None = None

    @property
    def ok(self) -> bool:
        """Whether it found what it was to find, and nothing else."""
        return self.problem is None and not self.missing and not self.unexpected


def compare(policy: Policy, example: PolicyExample, answer: PolicyAnswer) -> ExampleOutcome:
    """Return what differs between what the policy found and what it was to find, in any order, each as often as it is said.

    It is the policy's text that is asked: that a domain's policy judges its own objects alone has no part in it.
    """
    problem = shape_problem(policy, answer.columns)
    if problem is not None:
        return ExampleOutcome(example=example, problem=problem)
    found = list(_found(answer))
    missing = []
    # The most demanding first: an expectation of any message must not take what another one needs.
    for expected in sorted(example.expected, key=lambda each: each.message is None):
        match = next((each for each in found if _is(expected, each)), None)
        if match is None:
            missing.append(expected)
        else:
            found.remove(match)
    return ExampleOutcome(example=example, missing=tuple(missing), unexpected=tuple(found))


def _found(answer: PolicyAnswer) -> Sequence[FoundViolation]:
    names = [name for name in answer.columns if name in ANSWER_COLUMNS]
    rows = (dict(zip(names, row, strict=True)) for row in answer.rows)
    return [
        FoundViolation(object=address_of(row) or row.get("file") or "", message=(row.get("message") or "").strip())
        for row in rows
    ]


def _is(expected: ExpectedViolation, found: FoundViolation) -> bool:
    return expected.object == found.object and (expected.message is None or expected.message in found.message)
