"""Which exemptions hold in a protected environment: those that stand on its branch, where the owners of the policies merge them.

Whoever promotes or runs something brings the files along, exemptions among them; these would be their own to grant otherwise.
A policy that is not on the branch either has its exemptions with it. Outside of git exemptions hold as they are written.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from meshwright.app.opened import OpenedMesh
from meshwright.diagnostics import Diagnostic, Severity
from meshwright.files.discovery import EXEMPTIONS_FILE
from meshwright.files.exemptions import read_exemptions_of
from meshwright.files.places import POLICIES_FOLDER
from meshwright.frozen import dataclass
from meshwright.model import Exemption, Mesh
from meshwright.tools.git import branch_tip, file_at


@dataclass(frozen=True, kw_only=True, slots=True)
class Agreed:
    """A mesh with the exemptions that hold, and what is to be said of the others."""

    opened: OpenedMesh
    findings: tuple[Diagnostic, ...] = ()


def agreed_exemptions(opened: OpenedMesh) -> Agreed:
    """Leave out the exemptions that the branch of the opened environment does not have, where that is protected."""
    settings = opened.mesh.environment_settings.get(opened.environment)
    exemptions = tuple(opened.mesh.all_exemptions())
    if opened.sandbox is not None or settings is None or not settings.is_protected or not exemptions:
        return Agreed(opened=opened)
    tip = branch_tip(opened.workspace.root, settings.branch)
    if tip is None:
        return Agreed(opened=opened)
    known = {_key(item) for domain in {item.domain for item in exemptions} for item in _standing(opened, tip, domain)}
    missing = [item for item in exemptions if _key(item) not in known and _is_policy_standing(opened, tip, item)]
    if not missing:
        return Agreed(opened=opened)
    return Agreed(
        opened=replace(opened, mesh=_without(opened.mesh, missing)),
        findings=tuple(_finding(item, opened.environment, settings.branch) for item in missing),
    )


def _key(item: Exemption) -> tuple[str | None, str, str, str]:
    """What makes an exemption the one that was agreed: who answers for it, and in which words, may be corrected."""
    return item.domain, item.policy, item.object, item.expires.isoformat()


def _standing(opened: OpenedMesh, tip: str, domain: str | None) -> tuple[Exemption, ...]:
    path = f"{_folder(opened.mesh, domain)}/{EXEMPTIONS_FILE}"
    data = file_at(opened.workspace.root, tip, path)
    return read_exemptions_of(data, path, domain) if data is not None else ()


def _is_policy_standing(opened: OpenedMesh, tip: str, item: Exemption) -> bool:
    """Whether the branch has the policy that is exempted from; what has no file is built in, and so everywhere."""
    own = opened.mesh.policies if item.domain is None else opened.mesh.domains[item.domain].policies
    policy = next((each for each in own if each.name == item.policy), None)
    if policy is None or policy.span is None:
        return True
    return file_at(opened.workspace.root, tip, policy.span.file) is not None


def _folder(mesh: Mesh, domain: str | None) -> str:
    span = mesh.domains[domain].span if domain is not None else None
    return f"{span.file.rpartition('/')[0]}/{POLICIES_FOLDER}" if span is not None else POLICIES_FOLDER


def _without(mesh: Mesh, missing: Iterable[Exemption]) -> Mesh:
    gone = list(missing)

    def kept(items: tuple[Exemption, ...]) -> tuple[Exemption, ...]:
        return tuple(item for item in items if item not in gone)

    domains = {name: replace(domain, exemptions=kept(domain.exemptions)) for name, domain in mesh.domains.items()}
    return replace(mesh, exemptions=kept(mesh.exemptions), domains=domains)


def _finding(item: Exemption, environment: str, branch: str) -> Diagnostic:
    policy = f"{item.domain}.{item.policy}" if item.domain else item.policy
    return Diagnostic(
        code="MW-L047",
        message=f"the exemption of {item.object} from '{policy}' does not hold in {environment}: it is not on branch {branch}",
        span=item.span,
        fix=f"let the owners of the policy merge it into {branch} first",
        severity=Severity.WARNING,
        object=item.object,
    )
