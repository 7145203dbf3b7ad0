"""Judging policies: from the rows that a policy gave to violations, and from those to findings.

Pure: `app.policies` asks the engine and knows the day.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence

from meshwright.checks.violators import Violator, find_violator
from meshwright.diagnostics import Diagnostic, Severity, SourceSpan
from meshwright.frozen import dataclass
from meshwright.model import Exemption, Mesh, Policy, PolicyLevel

#: Violations of one policy that are findings of their own; the rest are counted.
MOST_SHOWN = 100
#: Columns of a policy's answer that have a meaning; `message` is required.
ANSWER_COLUMNS = ("message", "domain", "product", "port", "dataset", "column", "address", "object", "file", "line")
_NAMING = frozenset(ANSWER_COLUMNS) - {"message", "line"}
_SEVERITIES: Mapping[PolicyLevel, Severity] = {
    PolicyLevel.ADVISE: Severity.INFO,
    PolicyLevel.WARN: Severity.WARNING,
    PolicyLevel.BLOCK: Severity.ERROR,
}
#: In rising order.
_LEVELS = tuple(PolicyLevel)


@dataclass(frozen=True, kw_only=True, slots=True)
class PolicyAnswer:
    """What a policy's text gave, as text."""

    #: All its columns, lower case.
    columns: tuple[str, ...] = ()
    #: Values of those columns that have a meaning (`ANSWER_COLUMNS`), to their order.
    rows: tuple[tuple[str | None, ...], ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Violation:
    """One thing that does not keep a policy."""

    message: str
    #: Address of the mesh object that it is about, or what the policy calls it; None where it names nothing.
    object: str | None
    span: SourceSpan | None
    #: The exemption under which it is agreed.
    exemption: Exemption | None = None
    #: How much this one weighs, and what to do about it; None where that is as the policy says.
    level: PolicyLevel | None = None
    fix: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Verdict:
    """What one policy says about the mesh."""

    policy: Policy
    #: Those without an exemption first, then by place.
    violations: tuple[Violation, ...] = ()
    #: Rows of a domain's policy about other domains, which it does not judge.
    foreign: int = 0
    #: Why it could not be judged; nothing else is known then.
    problem: Diagnostic | None = None

    @property
    def standing(self) -> tuple[Violation, ...]:
        """The violations without an exemption."""
        return tuple(found for found in self.violations if found.exemption is None)

    @property
    def exempted(self) -> tuple[Violation, ...]:
        """The violations with one."""
        return tuple(found for found in self.violations if found.exemption is not None)

    @property
    def is_blocking(self) -> bool:
        """Whether it refuses a plan."""
        return self.problem is None and any(self.weight(found) is PolicyLevel.BLOCK for found in self.standing)

    def weight(self, violation: Violation) -> PolicyLevel:
        """How much one of its violations weighs."""
        return violation.level or self.policy.level


def judge(policy: Policy, answer: PolicyAnswer, mesh: Mesh, day: dt.date) -> Verdict:
    """Return what `answer` says; exemptions that have expired before `day` count for nothing."""
    problem = shape_problem(policy, answer.columns)
    if problem is not None:
        return Verdict(policy=policy, problem=problem)
    exemptions = [item for item in exemptions_of(mesh, policy) if item.policy == policy.name and item.holds_on(day)]
    violations, foreign = [], 0
    names = [name for name in answer.columns if name in ANSWER_COLUMNS]
    for row in answer.rows:
        values = dict(zip(names, row, strict=True))
        violator = find_violator(mesh, values)
        if policy.domain is not None and violator.domain not in {None, policy.domain}:
            foreign += 1
            continue
        violations.append(_violation(policy, values.get("message"), violator, exemptions))
    return Verdict(policy=policy, violations=in_order(violations), foreign=foreign)


def in_order(violations: Iterable[Violation]) -> tuple[Violation, ...]:
    """Return those without an exemption first, then by place."""
    return tuple(sorted(violations, key=_order))


def shape_problem(policy: Policy, columns: Sequence[str]) -> Diagnostic | None:
    """Return what is wrong with the columns of a policy's answer."""
    if "message" not in columns:
        found = ", ".join(columns[:8])
        return Diagnostic(
            code="MW-V106",
            message=f"policy '{policy.address}' gives no column 'message' (it gives {found})",
            span=policy.span,
            fix="select a text as message: what is wrong with the row's object",
            object=policy.domain,
        )
    if policy.domain is not None and _NAMING.isdisjoint(columns):
        return Diagnostic(
            code="MW-V106",
            message=f"policy '{policy.address}' does not say what its rows are about, "
            "so those of other domains cannot be told apart",
            span=policy.span,
            fix="select product, port, dataset, domain, object or file as well",
            object=policy.domain,
        )
    return None


def findings_of(verdict: Verdict) -> tuple[Diagnostic, ...]:
    """Return the findings of one policy: its problem, or its violations, at most `MOST_SHOWN` of them."""
    if verdict.problem is not None:
        return (verdict.problem,)
    found = [_finding(verdict, violation) for violation in verdict.violations[:MOST_SHOWN]]
    left = verdict.violations[MOST_SHOWN:]
    if left:
        weights = [verdict.weight(violation) for violation in left if violation.exemption is None]
        standing = len(weights)
        exempted = f", {len(left) - standing} of them exempted" if standing < len(left) else ""
        found.append(
            Diagnostic(
                code="MW-V103",
                message=f"policy '{verdict.policy.address}' has {len(left):,} more violations{exempted}; {MOST_SHOWN} are shown",
                span=verdict.policy.span,
                fix=f"mw policy test {verdict.policy.address} shows all",
                severity=_SEVERITIES[max(weights, key=_LEVELS.index)] if weights else Severity.INFO,
                object=verdict.policy.domain,
            )
        )
    return tuple(found)


def exemptions_of(mesh: Mesh, policy: Policy) -> tuple[Exemption, ...]:
    """Return the exemptions that the policy's owners have written."""
    if policy.domain is None:
        return mesh.exemptions
    domain = mesh.domains.get(policy.domain)
    return domain.exemptions if domain else ()


def _violation(policy: Policy, message: str | None, violator: Violator, exemptions: Sequence[Exemption]) -> Violation:
    address = violator.address or policy.domain
    exemption = next((item for item in exemptions if address is not None and item.covers(address)), None)
    return Violation(
        message=(message or "").strip() or "it is not kept",
        object=address,
        span=violator.span or policy.span,
        exemption=exemption,
    )


def _order(violation: Violation) -> tuple[bool, str, int, str, str]:
    span = violation.span or SourceSpan(file="")
    return violation.exemption is not None, span.file, span.line, violation.object or "", violation.message


def _finding(verdict: Verdict, violation: Violation) -> Diagnostic:
    policy = verdict.policy
    fix = violation.fix or policy.fix
    about = f"{violation.object}: " if violation.object and violation.object not in violation.message else ""
    message = f"{about}{violation.message} (policy '{policy.address}': {policy.why})"
    exemption = violation.exemption
    if exemption is None:
        return Diagnostic(
            code="MW-V101",
            message=message,
            span=violation.span,
            fix=fix,
            severity=_SEVERITIES[verdict.weight(violation)],
            object=violation.object,
        )
    return Diagnostic(
        code="MW-V102",
        message=f"{message}, exempted by {exemption.owner} until {exemption.expires}: {exemption.reason}",
        span=violation.span,
        fix=fix,
        severity=Severity.INFO,
        object=violation.object,
    )
