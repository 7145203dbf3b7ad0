"""Policies that are built in: no file has them, and they judge what a change would do, not what the mesh says of itself.

Here is what they are called and why they are there. What keeps one is decided by a plain function over a plan's changes
(`plan.landing`), whose answer is a list of breaches; from there on they are policies like any other: levels, exemptions,
findings.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from meshwright.checks.policies import Verdict, Violation, exemptions_of, in_order
from meshwright.checks.violators import place_of_object
from meshwright.diagnostics import SourceSpan
from meshwright.frozen import dataclass
from meshwright.model import Exemption, Mesh, Policy, PolicyLevel, domain_of


@dataclass(frozen=True, kw_only=True, slots=True)
class BuiltInPolicy:
    """A policy that no file has."""

    name: str
    #: The most that a breach weighs.
    level: PolicyLevel
    why: str
    fix: str

    @property
    def policy(self) -> Policy:
        """What commands and findings know of it: one of the whole mesh, without a text and without a place."""
        return Policy(name=self.name, domain=None, level=self.level, why=self.why, fix=self.fix, text="", reads=())


@dataclass(frozen=True, kw_only=True, slots=True)
class Breach:
    """One thing that does not keep a built-in policy: a row of its answer."""

    #: Address of the domain, product, port or dataset that it is about; it may be gone from the mesh.
    object: str
    message: str
    #: How much it weighs; None where that is the policy's level.
    level: PolicyLevel | None = None
    #: What to do about this one; empty where the policy's words will do.
    fix: str = ""


RISING_VERSIONS = BuiltInPolicy(
    name="rising_versions",
    level=PolicyLevel.BLOCK,
    why="Readers of a port tell from its version whether a change asks something of them.",
    fix="Let the contract's version rise with what changes: a new major one for what breaks readers, a minor one for more.",
)
#: All of them, in the order in which they are told.
BUILT_IN: tuple[BuiltInPolicy, ...] = (RISING_VERSIONS,)
BUILT_IN_NAMES = frozenset(each.name for each in BUILT_IN)


def judge_breaches(
    built_in: BuiltInPolicy, breaches: Iterable[Breach], mesh: Mesh, day: dt.date, *, most: PolicyLevel
) -> Verdict:
    """Return the verdict on `breaches`, none of which weighs more than `most`; exemptions are the mesh's."""
    policy = built_in.policy
    exemptions = [item for item in exemptions_of(mesh, policy) if item.policy == policy.name and item.holds_on(day)]
    found = (_violation(breach, built_in, mesh, exemptions, most) for breach in breaches)
    return Verdict(policy=policy, violations=in_order(found))


def _violation(
    breach: Breach, built_in: BuiltInPolicy, mesh: Mesh, exemptions: Iterable[Exemption], most: PolicyLevel
) -> Violation:
    level = min(breach.level or built_in.level, most, key=_LEVELS.index)
    fix = breach.fix or built_in.fix
    if level is PolicyLevel.BLOCK:
        agreed = f"mw exemption add {built_in.name} {breach.object} --owner OWNER --reason WHY --expires DAY"
        fix += f"; where it was agreed on: {agreed}"
    return Violation(
        message=breach.message,
        object=breach.object,
        span=_place(mesh, breach.object),
        exemption=next((item for item in exemptions if item.covers(breach.object)), None),
        level=level,
        fix=fix,
    )


#: In rising order.
_LEVELS = tuple(PolicyLevel)


def _place(mesh: Mesh, address: str) -> SourceSpan | None:
    """Return where an object is written; of one that is gone, where what held it is."""
    product = ".".join(address.partition("/")[0].split(".")[:2])
    places = (place_of_object(mesh, each) for each in (address, product, domain_of(product)))
    return next((place for place in places if place is not None), mesh.span)
