"""What is wrong with exemptions, seen from the mesh: policies and objects that are not there, and days that are over."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping

from meshwright.checks.built_in import BUILT_IN, BUILT_IN_NAMES
from meshwright.checks.violators import is_object
from meshwright.diagnostics import Diagnostic, Severity, known_names_hint
from meshwright.model import Columns, Exemption, Mesh, Policy


def exemption_problems(
    mesh: Mesh,
    columns: Mapping[str, Columns],
    day: dt.date,
    *,
    broken: Collection[str] = (),
    published: Collection[str] = (),
) -> tuple[Diagnostic, ...]:
    """Return the findings about every exemption.

    `broken` are addresses that the files define with an error, `published` those of what stands: a built-in policy judges
    what becomes of it, and it may be gone from the mesh.
    """
    found: list[Diagnostic] = []
    for item in mesh.all_exemptions():
        problem = exemption_problem(mesh, columns, item, broken=broken, published=published)
        if problem is not None:
            found.append(problem)
        elif not item.holds_on(day):
            found.append(
                Diagnostic(
                    code="MW-V211",
                    message=f"the exemption of {item.object} from '{item.policy}' expired on {item.expires}: it has no effect",
                    span=item.span,
                    fix="keep the policy and remove the exemption, or agree on a later day with the owners of the policy",
                    severity=Severity.WARNING,
                    object=item.object,
                )
            )
    return tuple(found)


def exemption_problem(
    mesh: Mesh,
    columns: Mapping[str, Columns],
    item: Exemption,
    *,
    broken: Collection[str] = (),
    published: Collection[str] = (),
) -> Diagnostic | None:
    """Return why the exemption is about nothing; None where its policy and its object are there."""
    is_built_in = item.domain is None and item.policy in BUILT_IN_NAMES
    if not is_built_in and item.policy not in {policy.name for policy in _own(mesh, item)}:
        return Diagnostic(
            code="MW-V209",
            message=_no_policy(mesh, item),
            span=item.span,
            fix=_policy_fix(mesh, item),
            object=item.object,
        )
    if item.domain is not None and item.object.partition(".")[0].partition("/")[0] != item.domain:
        return Diagnostic(
            code="MW-V210",
            message=f"'{item.object}' is not in domain {item.domain}, whose policies judge its own objects only",
            span=item.span,
            fix="remove the exemption: the policy does not hold there",
        )
    if _is_known(mesh, columns, item.object) or _lies_in(item.object, broken):
        return None
    if is_built_in and item.object in published:
        return None
    return Diagnostic(
        code="MW-V210",
        message=f"there is no object '{item.object}' in the mesh",
        span=item.span,
        fix=known_names_hint(item.object, known_objects(mesh), what="objects"),
        # What was agreed may have been done: the object is gone, and so is the violation.
        severity=Severity.WARNING if is_built_in else Severity.ERROR,
    )


def _own(mesh: Mesh, item: Exemption) -> tuple[Policy, ...]:
    """Return the policies whose owners have written the exemption."""
    return mesh.policies if item.domain is None else mesh.domains[item.domain].policies


def known_objects(mesh: Mesh) -> frozenset[str]:
    """Return the addresses of all domains, products, ports and datasets."""
    products = tuple(mesh.products())
    return frozenset(
        [
            *mesh.domains,
            *(product.address for product in products),
            *(port.address for product in products for port in product.ports.values()),
            *(dataset for product in products for dataset in product.datasets),
        ]
    )


def _is_known(mesh: Mesh, columns: Mapping[str, Columns], address: str) -> bool:
    if not is_object(mesh, address):
        return False
    parts = address.split(".", 3)
    known = columns.get(".".join(parts[:3])) if len(parts) == 4 and "/" not in address else None
    return known is None or parts[3].casefold() in {column.name.casefold() for column in known}


def _lies_in(address: str, broken: Collection[str]) -> bool:
    """Whether the object, or what it lies in, could not be read."""
    return any(address == name or address.startswith((f"{name}.", f"{name}/")) for name in broken)


def _no_policy(mesh: Mesh, item: Exemption) -> str:
    here = f"domain {item.domain}" if item.domain else "the mesh"
    other = _elsewhere(mesh, item)
    there = f", it is one of {f'domain {other.domain}' if other.domain else 'the mesh'}" if other else ""
    return f"'{item.policy}' is no policy of {here}{there}"


def _policy_fix(mesh: Mesh, item: Exemption) -> str:
    other = _elsewhere(mesh, item)
    if other is not None:
        folder = other.span.file.rpartition("/")[0] if other.span is not None else "policies"
        return f"an exemption belongs to the owners of the policy: move it to {folder}/exemptions.yaml"
    built_in = BUILT_IN_NAMES if item.domain is None else ()
    names = [each.name for each in _own(mesh, item)]
    return known_names_hint(item.policy, [*names, *built_in], what="policies")


def _elsewhere(mesh: Mesh, item: Exemption) -> Policy | None:
    """Return the policy of that name that others own."""
    policies = (*mesh.all_policies(), *(each.policy for each in BUILT_IN))
    return next((policy for policy in policies if item.policy in {policy.name, policy.address}), None)
