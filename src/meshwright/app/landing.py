"""Judges built-in policies: on a plan's changes, and, for `check`, on those that the files alone tell.

Commands ask here first and go on to `app.policies` where something is found, or where the mesh has policies of its own.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable

from meshwright.app.impacts import impacts_of
from meshwright.app.judged_mesh import Judged
from meshwright.app.observing import Published, look_outside, port_documents
from meshwright.app.opened import OpenedMesh
from meshwright.app.standing_products import fallen_products
from meshwright.checks.built_in import (
    BREAKING_CHANGES,
    BUILT_IN,
    RISING_VERSIONS,
    Breach,
    BuiltInPolicy,
    judge_breaches,
)
from meshwright.checks.consequences import may_be_consequences
from meshwright.checks.policies import Verdict
from meshwright.diagnostics import has_errors
from meshwright.model import PolicyLevel
from meshwright.plan.changes import find_changes
from meshwright.plan.identities import port_revision
from meshwright.plan.impact import PRODUCT
from meshwright.plan.inputs import PlanInputs
from meshwright.plan.landing import Landing
from meshwright.plan.values import Observed, Resolution
from meshwright.state.records import ObjectKind

#: What a built-in policy finds in what is about to land.
Judge = Callable[[Landing], Iterable[Breach]]


def judge_landing(opened: OpenedMesh, landing: Landing | None, day: dt.date) -> tuple[Verdict, ...]:
    """Return what each built-in policy says of what is about to land; None is nothing at all.

    A sandbox refuses nothing: who promotes it is refused.
    """
    most = PolicyLevel.WARN if opened.sandbox is not None else PolicyLevel.BLOCK
    if landing is None or landing.is_empty:
        return tuple(judge_breaches(each, (), opened.mesh, day, most=most) for each in BUILT_IN)
    return tuple(
        judge_breaches(policy, judge(landing), opened.mesh, day, most=most) for policy, judge in _judges().items()
    )


def landing_of_files(opened: OpenedMesh, judged: Judged, published: Published) -> Landing | None:
    """Return what the files would change of what is published, without looking at sources; None where that is nothing.

    It tells contracts and columns. That only rows differ, or that code does, is for a plan to say. Where the mesh has errors
    nothing is known, but for those that may come of the change itself.
    """
    if not published.pointers or not is_judgeable(opened, judged):
        return None
    datasets = _differing_datasets(opened, judged, published)
    products = _revisions(published, ObjectKind.PRODUCT)
    fallen = fallen_products(opened.state.reader, opened.mesh, products, products)
    if not datasets and not fallen and not _are_ports_differing(opened, published):
        return None
    from meshwright.app.desired import Wish, build_desired  # lazy: where nothing differs, no identity is needed

    desired = build_desired(opened, judged, Wish(), published)
    ports = _revisions(published, ObjectKind.PORT)
    observed = Observed(
        environment=opened.environment,
        generation=published.generation,
        base=opened.sandbox.base if opened.sandbox else None,
        datasets=_revisions(published, ObjectKind.DATASET),
        ports=ports,
        products=products,
        port_documents=port_documents(desired, ports, opened.state.reader),
        versions={version.id: version for version in published.versions.values()},
        outside=look_outside(opened),
    )
    resolution = Resolution(
        versions=dict.fromkeys(sorted(datasets)),
        triggers={},
        unknown_triggers=frozenset(),
    )
    changes = find_changes(PlanInputs(desired=desired, observed=observed, resolution=resolution))
    impacts = impacts_of(opened, desired, observed, changes, fallen)
    return Landing(changes=changes, desired=desired, observed=observed, impacts=impacts)


def is_judgeable(opened: OpenedMesh, judged: Judged) -> bool:
    """Whether it is known what the files would change: they have no errors, or such as models have whose inputs are gone."""
    if not has_errors(judged.diagnostics):
        return True
    return not opened.broken and may_be_consequences(judged.diagnostics)


def broken_consumers(landing: Landing | None) -> frozenset[str]:
    """Return the products that use what a change takes away, where nobody has agreed to it."""
    if landing is None:
        return frozenset()
    uses = (use for one in landing.impacts if one.is_promised and one.approval is None for use in one.uses)
    return frozenset(use.consumer for use in uses if use.kind == PRODUCT)


def judge_files(opened: OpenedMesh, judged: Judged, published: Published, day: dt.date) -> tuple[Verdict, ...]:
    """Return what each built-in policy says of what the files would change of what is published."""
    return judge_landing(opened, landing_of_files(opened, judged, published), day)


def _judges() -> dict[BuiltInPolicy, Judge]:
    """Return what decides each policy, in their order."""
    from meshwright.plan.breaking_changes import breaking_changes  # lazy, both: a plan of nothing judges nothing
    from meshwright.plan.rising_versions import rising_versions

    judges: dict[BuiltInPolicy, Judge] = {BREAKING_CHANGES: breaking_changes, RISING_VERSIONS: rising_versions}
    return {policy: judges[policy] for policy in BUILT_IN}


def _differing_datasets(opened: OpenedMesh, judged: Judged, published: Published) -> frozenset[str]:
    """Return the published datasets that have other columns, or are gone."""
    found = set()
    for dataset, version in published.versions.items():
        columns = judged.typed.columns.get(dataset)
        if opened.mesh.node(dataset) is None or (columns is not None and columns != version.columns):
            found.add(dataset)
    return frozenset(found)


def _are_ports_differing(opened: OpenedMesh, published: Published) -> bool:
    wanted = {port.address: port for product in opened.mesh.products() for port in product.ports.values()}
    standing = _revisions(published, ObjectKind.PORT)
    return any(
        address not in wanted or port_revision(wanted[address]) != revision for address, revision in standing.items()
    )


def _revisions(published: Published, kind: ObjectKind) -> dict[str, str]:
    return {name: pointer.revision for name, pointer in published.pointers.items() if pointer.kind is kind}
