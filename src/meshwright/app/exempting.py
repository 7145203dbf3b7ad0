"""The verb `exemption add`: one more entry in the file beside the policy, everything else in it untouched."""

from __future__ import annotations

import os
import tempfile
from dataclasses import replace
from pathlib import Path

from meshwright.app.governance import all_verdicts, exemptions_from, find_policy
from meshwright.app.judged import judge_mesh
from meshwright.app.landing import is_judgeable
from meshwright.app.observing import read_published
from meshwright.app.opened import open_mesh
from meshwright.app.policies import utc_day
from meshwright.app.policy_reports import AddedExemption
from meshwright.app.workspace import Workspace
from meshwright.checks.built_in import who_can_agree
from meshwright.checks.exemptions import exemption_problem
from meshwright.diagnostics import Diagnostic, InputError, Severity
from meshwright.files.discovery import EXEMPTIONS_FILE
from meshwright.files.exemptions import CannotAdd, day_of, with_exemption
from meshwright.files.literals import OWNER_FORM, is_owner
from meshwright.files.places import POLICIES_FOLDER
from meshwright.frozen import dataclass
from meshwright.model import Exemption, Policy


@dataclass(frozen=True, kw_only=True, slots=True)
class ExemptionWish:
    """What `exemption add` is asked for, as written."""

    policy: str
    object: str
    owner: str
    reason: str
    expires: str


def add_exemption(workspace: Workspace, wish: ExemptionWish, environment: str = "prod") -> AddedExemption:
    """Write an exemption into the file beside its policy.

    The file is replaced at once or not at all. Raises InputError (MW-V212, MW-V213, MW-V210) where `mw check` would not
    accept the exemption, or where the file cannot take it.
    """
    with open_mesh(workspace, environment) as opened:
        policy = find_policy(opened.mesh, wish.policy)
        item = _exemption(policy, wish)
        published = read_published(opened.state.reader, environment)
        judged = judge_mesh(opened, published.versions, {})
        problem = exemption_problem(
            opened.mesh, judged.typed.columns, item, broken=opened.broken, published=published.pointers.keys()
        )
        if problem is not None:
            raise InputError(replace(problem, severity=Severity.ERROR))
        for other in exemptions_from(opened.mesh, policy):
            if other.object == item.object:
                raise _refused(
                    f"{item.object} is exempted from '{policy.address}' until {other.expires} already ({other.span})",
                    "change that entry",
                )
        folder = policy.span.file.rpartition("/")[0] if policy.span else POLICIES_FOLDER
        path = f"{folder}/{EXEMPTIONS_FILE}"
        covers = None
        verdicts = all_verdicts(opened, judged, published, utc_day()) if is_judgeable(opened, judged) else {}
        if policy in verdicts:
            standing = [
                violation
                for violation in verdicts[policy].standing
                if violation.object is not None and item.covers(violation.object)
            ]
            counting = [each for each in standing if not each.approvers or item.owner in each.approvers]
            if standing and not counting:
                first = standing[0]
                refused = who_can_agree(item, str(first.object), first.approvers)
                raise InputError(replace(refused, severity=Severity.ERROR))
            covers = len(counting)
        file = workspace.root / path
        before = file.read_bytes().decode("utf-8", "surrogateescape") if file.exists() else ""
        try:
            made = with_exemption(before, item, path)
        except CannotAdd as error:
            raise _refused(str(error), f"write the exemption into {path} by hand") from error
        _replace(file, made.encode("utf-8", "surrogateescape"))
        return AddedExemption(exemption=item, file=path, covers=covers)


def _exemption(policy: Policy, wish: ExemptionWish) -> Exemption:
    day = day_of(wish.expires)
    if day is None:
        raise _refused(f"'{wish.expires}' is no day", "write the last day as 2027-03-31, after --expires")
    if day < utc_day():
        raise _refused(f"{day} is over, so the exemption would have no effect", "give a day that is not over")
    if not is_owner(wish.owner):
        raise _refused(f"'{wish.owner}' names no owner", f"write {OWNER_FORM} after --owner")
    if not wish.reason.strip() or not wish.reason.isprintable() or "${" in wish.reason:
        raise _refused(
            "the exemption gives no reason that could be read", "say why in a line of plain text, after --reason"
        )
    return Exemption(
        policy=policy.name,
        object=wish.object,
        owner=wish.owner,
        reason=wish.reason.strip(),
        expires=day,
        domain=policy.domain,
    )


def _refused(message: str, fix: str) -> InputError:
    return InputError(Diagnostic(code="MW-V213", message=message, fix=fix))


def _replace(path: Path, data: bytes) -> None:
    """Write a file whole or not at all, with the rights it had; its folder is made where there is none."""
    path.parent.mkdir(parents=True, exist_ok=True)
    mode = path.stat().st_mode & 0o777 if path.exists() else 0o644
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".exemptions-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(mode)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
