"""Policies, what they find, their examples, and exemptions from them."""

from __future__ import annotations

from typing import Annotated, Literal, TypedDict

from meshwright.faces.documents.shapes.findings import Finding
from meshwright.model.policies import PolicyLevel

Day = Annotated[str, "date"]


class Place(TypedDict):
    """Where something is written; null of what no file has."""

    file: str | None
    line: int | None


class DescribedPolicy(Place):
    """A policy."""

    policy: str
    domain: str | None
    level: Annotated[str, PolicyLevel]
    why: str
    fix: str
    reads: list[str]
    built_in: bool


class ListedPolicy(DescribedPolicy):
    """A policy, and how much it finds; null where it was not judged."""

    violations: int | None
    exempted: int | None
    exemptions: int
    problem: Finding | None


class Policies(TypedDict):
    """The policies of the mesh."""

    schema: Literal["meshwright/policies/1"]
    judged: bool
    policies: list[ListedPolicy]


class DescribedExemption(Place):
    """An agreed violation."""

    policy: str
    domain: str | None
    object: str
    owner: str
    reason: str
    expires: Day


class Violation(Place):
    """Something that does not keep a policy."""

    object: str | None
    message: str
    exemption: DescribedExemption | None


class ExampleViolation(TypedDict):
    """A violation that an example is to give; any message will do where it is null."""

    object: str
    message: str | None


class ExampleOutcome(Place):
    """What came of an example of a policy."""

    name: str
    ok: bool
    missing: list[ExampleViolation]
    unexpected: list[ExampleViolation]
    problem: Finding | None


class PolicyTest(DescribedPolicy):
    """A policy, judged: what it finds, and what came of its examples."""

    schema: Literal["meshwright/policy-test/1"]
    ok: bool
    violations: list[Violation]
    elsewhere: int
    examples: list[ExampleOutcome]
    diagnostics: list[Finding]


class TestedPolicy(TypedDict):
    """What came of the examples of a policy."""

    policy: str
    ok: bool
    file: str
    examples: list[ExampleOutcome]


class PolicyExamples(TypedDict):
    """What came of the examples of all policies."""

    schema: Literal["meshwright/policy-examples/1"]
    ok: bool
    policies: list[TestedPolicy]
    untested: list[str]


class ListedExemption(DescribedExemption):
    """An exemption, and what it does now; `covers` is null where policies were not judged."""

    state: Annotated[str, ("holds", "expired", "wrong")]
    covers: int | None


class Exemptions(TypedDict):
    """The exemptions from policies."""

    schema: Literal["meshwright/exemptions/1"]
    day: Day
    exemptions: list[ListedExemption]
