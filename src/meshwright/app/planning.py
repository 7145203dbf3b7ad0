"""The verb `plan`, and the preparation that `run`, `test` and `explain` share with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from meshwright.app.desired import Judged, Wish, build_desired, judge_mesh
from meshwright.app.observing import Observation, Published, observe, read_published
from meshwright.app.opened import OpenedMesh, open_mesh, require_sound
from meshwright.app.workspace import Workspace
from meshwright.plan.builder import build_plan
from meshwright.plan.values import Desired, Plan


@dataclass(frozen=True, kw_only=True, slots=True)
class PlanOptions:
    """What `plan` and `run` are asked for."""

    select: tuple[str, ...] = ()
    environment: str = "prod"
    #: Build just what is selected and read everything else as published.
    only: bool = False
    #: Measure every rule again, evidence or not.
    retest: bool = False
    #: Parameter values as text, by name.
    params: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class Prepared:
    """A plan with everything it was made from."""

    published: Published
    judged: Judged
    desired: Desired
    observation: Observation
    plan: Plan


def plan(workspace: Workspace, options: PlanOptions) -> Plan:
    """Say what a run would do, and why. Changes nothing. Raises InputError where the mesh or the options are wrong."""
    with open_mesh(workspace, options.environment) as opened:
        return prepare(opened, options).plan


def prepare(opened: OpenedMesh, options: PlanOptions) -> Prepared:
    """Check the mesh, observe the world and build the plan. Raises InputError with every finding."""
    published = read_published(opened.state.reader, opened.environment)
    require_sound(opened.diagnostics)
    judged = judge_mesh(opened, published.versions, options.params)
    require_sound(judged.diagnostics)
    wish = Wish(select=options.select, only=options.only, params=options.params)
    desired = build_desired(opened, judged, wish, published)
    observation = observe(opened, desired, published)
    built = build_plan(desired, observation.observed, observation.resolution, retest=options.retest)
    return Prepared(published=published, judged=judged, desired=desired, observation=observation, plan=built)
