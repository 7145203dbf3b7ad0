"""What breaks with a change, and for whom: where something breaks, the products as they stand are read for the plan layer.

Plans and `check` ask here; the policy `breaking_changes` judges what is found.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from meshwright.app.clock import utc_now
from meshwright.app.opened import OpenedMesh
from meshwright.app.standing_products import standing_products
from meshwright.checks.built_in import BREAKING_CHANGES, agreements, find_agreement
from meshwright.model import product_of
from meshwright.plan.compatibility import ChangedKind, Level, ObjectChange
from meshwright.plan.impact import Impact
from meshwright.plan.values import Desired, Observed

if TYPE_CHECKING:
    from meshwright.plan.impact.beyond import OutsideFlow


def impacts_of(
    opened: OpenedMesh, desired: Desired, observed: Observed, changes: Iterable[ObjectChange], fallen: Collection[str]
) -> tuple[Impact, ...]:
    """Return what breaks of published ports with those who use it, and with who agreed to it today.

    `fallen` are published products that may have taken their promise back (`fallen_products`).
    """
    majors = [change for change in changes if change.level is Level.MAJOR]
    if not majors and not fallen:
        return ()
    from meshwright.plan.impact.find import find_impacts  # lazy: lineage as published, which little that changes needs

    concerned = {_product(one) for one in majors} | set(fallen)
    standing = standing_products(opened.state.reader, observed.products, concerned)

    def outside(datasets: Collection[str]) -> tuple[OutsideFlow, ...]:
        from meshwright.app.outside_told_flows import flows_of  # lazy: as above

        return flows_of(opened, datasets, _columns(desired, observed, datasets))

    found = find_impacts(desired, observed, majors, standing, outside)
    holding = agreements(BREAKING_CHANGES, desired.mesh, utc_now().date())
    return tuple(replace(one, approval=find_agreement(holding, one.port, one.approvers)) for one in found)


def _columns(desired: Desired, observed: Observed, datasets: Collection[str]) -> dict[str, set[str]]:
    """Return the columns that datasets have, as they stand and as they will be: a job may read what goes."""
    found: dict[str, set[str]] = {}
    for dataset in datasets:
        version = observed.versions.get(observed.datasets.get(dataset, ""))
        standing = version.columns if version is not None else ()
        found[dataset] = {each.name for each in (*standing, *(desired.columns.get(dataset) or ()))}
    return found


def _product(one: ObjectChange) -> str:
    return one.object.partition("/")[0] if one.kind is ChangedKind.PORT else product_of(one.object)
