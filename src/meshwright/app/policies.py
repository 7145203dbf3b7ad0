"""Judges policies: makes the tables they read, asks the engine what has changed since last time, and draws the findings.

What a policy gave is remembered in the parse cache under all that it depends on: its text, the rows of the tables it reads,
the engine, and the day where it uses ``$today``. Commands import this module for a mesh that `is_governed` only.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import replace
from functools import cache as remembered
from types import MappingProxyType
from typing import Any  # decoded JSON: the shape is this module's own and is checked by the records made from it

from meshwright.app.judged_mesh import Judged
from meshwright.app.observing import Published
from meshwright.app.opened import OpenedMesh
from meshwright.checks.built_in import idle_agreements
from meshwright.checks.exemptions import exemption_problems
from meshwright.checks.mesh_tables import BY_NAME, TABLES_VERSION, MeshFacts, Row, make_rows
from meshwright.checks.policies import ANSWER_COLUMNS, MOST_SHOWN, PolicyAnswer, Verdict, findings_of, judge
from meshwright.checks.refusals import refusals
from meshwright.diagnostics import Diagnostic, InputError, RefusedError, Severity, SourceSpan, has_errors
from meshwright.engines.protocol import SmallAnswer, SmallLimits, SmallQuery, SmallTable
from meshwright.frozen import dataclass
from meshwright.model import Column, Policy, PolicyLevel, bytes_identity, domain_of, identity, plain_address, product_of
from meshwright.plan.values import Desired

#: What one policy may use.
LIMITS = SmallLimits(seconds=5.0, memory_bytes=512_000_000, rows=100_000)
_KIND = "policy answer"


@dataclass(frozen=True, kw_only=True, slots=True)
class Judgement:
    """What all policies say about the mesh."""

    verdicts: tuple[Verdict, ...] = ()
    #: Of the verdicts, and of exemptions.
    findings: tuple[Diagnostic, ...] = ()


def utc_day() -> dt.date:
    """Return the day of the check."""
    return dt.datetime.now(dt.UTC).date()


def judge_policies(
    opened: OpenedMesh, judged: Judged, published: Published, day: dt.date, *, built_in: tuple[Verdict, ...] = ()
) -> Judgement:
    """Judge every policy of the mesh and its domains on `day`; the verdicts of the built-in ones come as they are.

    Where the mesh has errors none of them is judged, and a note says so: parts of the tables would be missing.
    """
    mesh = opened.mesh
    policies = tuple(mesh.all_policies())
    exempted = exemption_problems(
        mesh, judged.typed.columns, day, broken=opened.broken, published=published.pointers.keys()
    )
    exempted += tuple(found for verdict in built_in for found in idle_agreements(verdict, mesh, day))
    if has_errors(judged.diagnostics):
        told = (found for verdict in built_in for found in findings_of(verdict))
        return Judgement(verdicts=built_in, findings=(*exempted, *_not_judged(policies), *told))
    verdicts = (*judge_each(policies, opened, judged, published, day), *built_in)
    return Judgement(
        verdicts=verdicts, findings=(*exempted, *(found for verdict in verdicts for found in findings_of(verdict)))
    )


def judge_each(
    policies: Sequence[Policy], opened: OpenedMesh, judged: Judged, published: Published, day: dt.date
) -> tuple[Verdict, ...]:
    """Judge `policies`, drafts among them, in their order."""
    rows_of = _tables(opened, judged, published, {table for policy in policies for table in policy.reads})
    keys = _keys(policies, opened, rows_of, day)
    found = opened.cache.get_many(_KIND, keys.values())
    answers: dict[Policy, PolicyAnswer | Diagnostic] = {
        policy: known for policy, key in keys.items() if key in found and (known := _decoded(found[key])) is not None
    }
    missing = [policy for policy in policies if policy not in answers]
    if missing:
        answers.update(zip(missing, _ask(missing, opened, rows_of, day), strict=True))
        fresh = {
            keys[policy]: _encoded(answer) for policy in missing if isinstance(answer := answers[policy], PolicyAnswer)
        }
        opened.cache.put_many(_KIND, fresh)
    return tuple(_verdict(policy, answers[policy], opened, day) for policy in policies)


def require_policies(
    opened: OpenedMesh, judged: Judged, published: Published, desired: Desired, *, built_in: tuple[Verdict, ...] = ()
) -> tuple[str, ...]:
    """Judge the policies for a plan and return notes: what those that warn found, and what of `built_in` was agreed on.

    Raises RefusedError (MW-V101, MW-V103) where a policy that blocks is not kept by something that the plan is about,
    InputError where a policy or an exemption is wrong.
    """
    judgement = judge_policies(opened, judged, published, utc_day(), built_in=built_in)
    refused = refusals(judgement.findings)
    errors = [found for found in judgement.findings if found.severity is Severity.ERROR and found not in refused]
    if errors:
        raise InputError(*errors)
    products = {
        plain_address(name) for name in {product_of(dataset) for dataset in desired.scope} | desired.whole_products
    }
    concerned = [found for found in refused if concerns(found.object, products)]
    if concerned:
        about = {found.object for found in concerned}
        idle = (found for found in judgement.findings if found.code == "MW-P311" and found.object in about)
        raise RefusedError(*concerned, *idle)
    notes = [note for verdict in judgement.verdicts if (note := _note(verdict, products)) is not None]
    return (*notes, *_approvals(built_in, products))


def concerns(about: str | None, products: Set[str]) -> bool:
    """Whether an object is one of `products`, what holds or lies in one, or none of the mesh; of variations: plainly."""
    address = plain_address(about or "").partition("/")[0]
    if not address:
        return True
    product = ".".join(address.split(".")[:2])
    return product in products or ("." not in address and address in {domain_of(name) for name in products})


def _note(verdict: Verdict, products: Set[str]) -> str | None:
    """Say in one line what a policy warns of."""
    warned = [found for found in verdict.standing if verdict.weight(found) is PolicyLevel.WARN]
    if not warned or verdict.problem is not None:
        return None
    shown = replace(verdict, violations=tuple(warned[:MOST_SHOWN]))
    concerned = [found for found in findings_of(shown) if concerns(found.object, products)]
    if not concerned:
        return None
    more = f"; {len(concerned) - 1} more (mw check shows them)" if len(concerned) > 1 else ""
    return f"{concerned[0].message}{more}"


def _approvals(built_in: tuple[Verdict, ...], products: Set[str]) -> Iterator[str]:
    """Say which changes go on because they were agreed on: the plan and the run's record keep it."""
    for verdict in built_in:
        for found in findings_of(replace(verdict, violations=verdict.exempted)):
            if concerns(found.object, products):
                yield found.message


def _not_judged(policies: Sequence[Policy]) -> tuple[Diagnostic, ...]:
    if not policies:
        return ()
    count = f"{len(policies)} {'policy was' if len(policies) == 1 else 'policies were'}"
    folder = policies[0].span.file.rpartition("/")[0] if policies[0].span else "policies"
    return (
        Diagnostic(
            code="MW-V105",
            message=f"{count} not judged: the mesh has errors",
            span=SourceSpan(file=folder),
            fix="correct the errors; the policies are judged once there are none",
            severity=Severity.INFO,
        ),
    )


def _tables(
    opened: OpenedMesh, judged: Judged, published: Published, wanted: set[str]
) -> Mapping[str, tuple[Row, ...]]:
    """Make the tables that are read; only then is the state asked for more than is known."""
    generations = {opened.environment: published.generation}
    if "mesh.environments" in wanted:
        generations = {name: opened.state.reader.generation(name) for name in opened.mesh.environments}
    facts = MeshFacts(
        mesh=opened.mesh,
        columns=judged.typed.columns,
        lineage=judged.typed.lineage,
        checks=judged.checks,
        environment=opened.environment,
        versions=published.versions,
        generations=generations,
    )
    return {name: make_rows(name, facts) for name in sorted(wanted)}


def _keys(
    policies: Sequence[Policy], opened: OpenedMesh, tables: Mapping[str, tuple[Row, ...]], day: dt.date
) -> dict[Policy, str]:
    """Return what each policy's answer depends on."""

    @remembered
    def digest(table: str) -> str:
        return bytes_identity(repr(tables[table]).encode("utf-8", "surrogatepass"))

    return {
        policy: identity(
            "mwpolicy1",
            TABLES_VERSION,
            policy.text,
            opened.engine.identity,
            opened.engine.release,
            [[table, digest(table)] for table in policy.reads],
            day.isoformat() if policy.uses_today else None,
        )
        for policy in policies
    }


def _ask(
    policies: Sequence[Policy], opened: OpenedMesh, tables: Mapping[str, tuple[Row, ...]], day: dt.date
) -> list[PolicyAnswer | Diagnostic]:
    wanted = {table for policy in policies for table in policy.reads}
    small = [
        SmallTable(
            name=name,
            columns=tuple(Column(name=column.name, type=column.type) for column in BY_NAME[name].columns),
            rows=tables[name],
        )
        for name in sorted(wanted)
    ]
    queries = [
        SmallQuery(
            text=policy.text,
            params=MappingProxyType({"today": day} if policy.uses_today else {}),
            wanted=ANSWER_COLUMNS,
        )
        for policy in policies
    ]
    answers = opened.engine.ask(queries, small, LIMITS)
    return [answer_of(policy, answer) for policy, answer in zip(policies, answers, strict=True)]


def answer_of(policy: Policy, answer: SmallAnswer) -> PolicyAnswer | Diagnostic:
    """Return what an engine answered to a policy, or why that is no answer."""
    problem = answer.problem
    if problem is None and not answer.is_cut:
        return PolicyAnswer(columns=answer.columns, rows=answer.rows)
    message = problem.message if problem else f"it gives more than {LIMITS.rows:,} rows"
    fix = "correct the SELECT; its tables are described in the reference of mesh tables"
    if problem is not None and problem.unknown and problem.candidates:
        fix = f"did you mean {' or '.join(repr(name) for name in problem.candidates[:3])}?"
    place = policy.span or SourceSpan(file="")
    return Diagnostic(
        code="MW-V104",
        message=f"policy '{policy.address}' cannot be judged: {message}",
        span=SourceSpan(file=place.file, line=problem.line if problem else 1, column=problem.column if problem else 1),
        fix=fix,
        object=policy.domain,
    )


def _verdict(policy: Policy, answer: PolicyAnswer | Diagnostic, opened: OpenedMesh, day: dt.date) -> Verdict:
    if isinstance(answer, Diagnostic):
        return Verdict(policy=policy, problem=answer)
    return judge(policy, answer, opened.mesh, day)


def _encoded(answer: PolicyAnswer) -> str:
    return json.dumps([list(answer.columns), [list(row) for row in answer.rows]], ensure_ascii=False)


def _decoded(encoded: str) -> PolicyAnswer | None:
    try:
        packed: Any = json.loads(encoded)
        columns, rows = packed
        return PolicyAnswer(columns=tuple(columns), rows=tuple(tuple(row) for row in rows))
    except (ValueError, TypeError):
        return None
