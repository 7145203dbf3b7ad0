"""The verbs `policy list`, `policy test` and `exemption list`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from pathlib import Path

from meshwright.app.judged import judge_mesh
from meshwright.app.judged_mesh import Judged
from meshwright.app.landing import judge_files
from meshwright.app.observing import Published, read_published
from meshwright.app.opened import OpenedMesh, open_mesh, require_sound
from meshwright.app.policies import judge_each, judge_policies, utc_day
from meshwright.app.policy_examples import outcomes_of
from meshwright.app.policy_reports import ExemptionReport, ExemptionState, PolicyReport, PolicyState, PolicyTest
from meshwright.app.workspace import Workspace
from meshwright.checks.built_in import BUILT_IN
from meshwright.checks.exemptions import exemption_problem
from meshwright.checks.policies import Verdict
from meshwright.diagnostics import Diagnostic, InputError, has_errors, known_names_hint
from meshwright.files.policies import PolicyText, read_draft
from meshwright.files.reading import MAX_FILE_BYTES
from meshwright.model import Exemption, Mesh, Policy


def list_policies(workspace: Workspace, environment: str = "prod") -> PolicyReport:
    """Return every policy with what it finds now. Raises InputError where the mesh cannot be used at all."""
    with open_mesh(workspace, environment) as opened:
        published, judged = _judged(opened)
        day = utc_day()
        verdicts = all_verdicts(opened, judged, published, day)
        return PolicyReport(
            policies=tuple(
                PolicyState(
                    policy=policy,
                    verdict=verdicts.get(policy),
                    exemptions=sum(item.holds_on(day) for item in exemptions_from(opened.mesh, policy)),
                )
                for policy in known_policies(opened.mesh)
            ),
            is_judged=not has_errors(judged.diagnostics),
        )


def try_policy(workspace: Workspace, name: str, environment: str = "prod", *, base: Path | None = None) -> PolicyTest:
    """Judge one policy, by its name or as the file `name`, relative to `base`; a file may be a draft from anywhere.

    Raises InputError: MW-V212 for an unknown one, the findings of a file that is no policy, those of the mesh.
    """
    with open_mesh(workspace, environment) as opened:
        findings: list[Diagnostic] = []
        if name.endswith(".sql"):
            policy = _policy_of_file(opened, (base or Path()) / name, findings)
        else:
            policy = find_policy(opened.mesh, name)
        require_sound(opened.diagnostics)
        published, judged = _judged(opened)
        require_sound(judged.diagnostics)
        if policy.is_built_in:
            found = judge_files(opened, judged, published, utc_day())
        else:
            found = judge_each((policy,), opened, judged, published, utc_day())
        verdict = next(each for each in found if each.policy == policy)
        if verdict.problem is not None:
            raise InputError(verdict.problem)
        return PolicyTest(verdict=verdict, findings=tuple(findings), examples=outcomes_of(opened, policy))


def list_exemptions(workspace: Workspace, environment: str = "prod") -> ExemptionReport:
    """Return every exemption with what it does now. Raises InputError where the mesh cannot be used at all."""
    with open_mesh(workspace, environment) as opened:
        published, judged = _judged(opened)
        day = utc_day()
        verdicts = all_verdicts(opened, judged, published, day)
        items = tuple(
            ExemptionState(
                exemption=item,
                state=_state(opened, judged, published, item, day),
                covers=count_covered(verdicts.values(), item) if not has_errors(judged.diagnostics) else None,
            )
            for item in opened.mesh.all_exemptions()
        )
        return ExemptionReport(exemptions=items, day=day)


def known_policies(mesh: Mesh) -> tuple[Policy, ...]:
    """Return the policies of the mesh, then those of each domain, then those that are built in."""
    return (*mesh.all_policies(), *(each.policy for each in BUILT_IN))


def find_policy(mesh: Mesh, name: str) -> Policy:
    """Return the policy called `name` (of a domain's ``domain.name``, or its name alone where no other has it).

    Raises InputError (MW-V212).
    """
    policies = known_policies(mesh)
    found = [policy for policy in policies if policy.address == name] or [
        policy for policy in policies if policy.name == name
    ]
    if len(found) == 1:
        return found[0]
    if found:
        message = f"{len(found)} domains have a policy '{name}'"
        fix = f"say which: {', '.join(policy.address for policy in found)}"
    else:
        message = f"no policy is called '{name}'"
        fix = known_names_hint(name, [policy.address for policy in policies], what="policies")
    raise InputError(Diagnostic(code="MW-V212", message=message, fix=fix))


def exemptions_from(mesh: Mesh, policy: Policy) -> tuple[Exemption, ...]:
    """Return the exemptions from `policy`, expired ones among them."""
    return tuple(item for item in mesh.all_exemptions() if (item.policy, item.domain) == (policy.name, policy.domain))


def count_covered(verdicts: Iterable[Verdict], item: Exemption) -> int:
    """Return how many violations an exemption covers."""
    return sum(violation.exemption == item for verdict in verdicts for violation in verdict.violations)


def _judged(opened: OpenedMesh) -> tuple[Published, Judged]:
    published = read_published(opened.state.reader, opened.environment)
    return published, judge_mesh(opened, published.versions, {})


def all_verdicts(opened: OpenedMesh, judged: Judged, published: Published, day: dt.date) -> dict[Policy, Verdict]:
    """Return what each policy says, built-in ones of what the files would change; nothing where the mesh has errors."""
    built_in = judge_files(opened, judged, published, day)
    judgement = judge_policies(opened, judged, published, day, built_in=built_in)
    return {verdict.policy: verdict for verdict in judgement.verdicts}


def _state(opened: OpenedMesh, judged: Judged, published: Published, item: Exemption, day: dt.date) -> str:
    standing = published.pointers.keys()
    columns = judged.typed.columns
    if exemption_problem(opened.mesh, columns, item, broken=opened.broken, published=standing) is not None:
        return "wrong"
    return "holds" if item.holds_on(day) else "expired"


def _policy_of_file(opened: OpenedMesh, path: Path, findings: list[Diagnostic]) -> Policy:
    """Read a draft; what its headers lack is left in `findings`. Raises InputError."""
    shown, domain = _placed(opened, path)
    try:
        data = path.read_bytes() if path.stat().st_size <= MAX_FILE_BYTES else b"\xff"
        text = data.decode("utf-8-sig").replace("\r\n", "\n")
    except (OSError, UnicodeDecodeError) as error:
        reason = (error.strerror or "it cannot be read") if isinstance(error, OSError) else "it is not UTF-8 text"
        raise InputError(
            Diagnostic(
                code="MW-V212",
                message=f"'{path}' is no policy: {reason.lower()}",
                fix="name a policy as mw policy list does, or a file that holds one",
            )
        ) from error
    policy = read_draft(PolicyText(path=shown, name=path.stem, text=text), domain, findings)
    if policy is None:
        raise InputError(*findings)
    return policy


def _placed(opened: OpenedMesh, path: Path) -> tuple[str, str | None]:
    """Return how to call a file, and the domain whose policy it is, or would be where it lies."""
    try:
        shown = path.resolve().relative_to(opened.workspace.root.resolve()).as_posix()
    except ValueError:
        return str(path), None
    for name, domain in opened.mesh.domains.items():
        folder = domain.span.file.rpartition("/")[0] if domain.span else ""
        if folder and shown.startswith(f"{folder}/"):
            return shown, name
    return shown, None
