"""The verb `plan`, and the preparation that `run`, `test` and `explain` share with it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import field, replace
from types import MappingProxyType
from typing import TYPE_CHECKING

from meshwright.app.changed import changed_datasets
from meshwright.app.clock import utc_now
from meshwright.app.desired import Promoted, Wish, build_desired
from meshwright.app.given import idle_parameters
from meshwright.app.held import pin_notes
from meshwright.app.judged import judge_mesh
from meshwright.app.judged_mesh import Judged
from meshwright.app.observing import Observation, Published, observe, read_published
from meshwright.app.opened import OpenedMesh, open_mesh, require_sound
from meshwright.app.sandbox_selection import default_selection
from meshwright.app.workspace import Workspace
from meshwright.checks.consequences import consequences, may_be_consequences
from meshwright.diagnostics import Diagnostic, InputError, RefusedError, Severity, has_errors, sort_diagnostics
from meshwright.frozen import dataclass
from meshwright.plan.affected import foreign_readers
from meshwright.plan.builder import build_plan
from meshwright.plan.landing import Landing
from meshwright.plan.sights import veil_notes
from meshwright.plan.values import Desired, Observed, Plan, StepAction, StepKind
from meshwright.state.records import Pin

if TYPE_CHECKING:
    from meshwright.checks.policies import Verdict
    from meshwright.plan.impact import Impact
    from meshwright.plan.movable import ComponentMove

NO_PINS: Mapping[str, Pin] = MappingProxyType({})


@dataclass(frozen=True, kw_only=True, slots=True)
class PlanOptions:
    """What `plan` and `run` are asked for."""

    select: tuple[str, ...] = ()
    #: Build this variation of what is selected.
    variation: str | None = None
    environment: str = "prod"
    #: Build just what is selected and read everything else as published.
    only: bool = False
    #: Measure every rule again, evidence or not.
    retest: bool = False
    #: Run the opaque nodes that are selected again, whatever came of them before.
    refresh: bool = False
    #: ``A..B``: intervals that are built again, whatever stands.
    interval: str | None = None
    #: Parameter values as text, by name.
    params: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_scheduled(self) -> bool:
        """Whether its time has come for nodes with `refresh: schedule`: only runs of schedules say so."""
        return False


@dataclass(frozen=True, kw_only=True, slots=True)
class Prepared:
    """A plan with everything it was made from."""

    published: Published
    judged: Judged
    desired: Desired
    observation: Observation
    plan: Plan


class PlanRefused(RefusedError):
    """A policy forbids the plan. It is told all the same: whoever is refused wants to see whom the change reaches."""

    def __init__(self, plan: Plan, *diagnostics: Diagnostic) -> None:
        """Take the plan, and what forbids it."""
        super().__init__(*diagnostics)
        self.plan = plan


def plan(workspace: Workspace, options: PlanOptions) -> Plan:
    """Say what a run would do, and why. Changes nothing.

    Raises InputError where the mesh or the options are wrong, PlanRefused where a policy forbids it.
    """
    with open_mesh(workspace, options.environment) as opened:
        options = replace(options, select=options.select or default_selection(opened.sandbox))
        prepared = prepare(opened, options)
        try:
            prepared = govern(opened, prepared)
        except RefusedError as refused:
            raise PlanRefused(prepared.plan, *refused.diagnostics) from refused
        return replace(prepared.plan, moves=_moves(opened), notes=(*prepared.plan.notes, *_lost(opened, prepared)))


def _moves(opened: OpenedMesh) -> tuple[ComponentMove, ...]:
    """Return who could move to a newer version of a component."""
    if not any(True for _ in opened.mesh.uses()):
        return ()
    from meshwright.app.component_moves import component_moves  # lazy: few meshes use components

    return component_moves(opened)


def govern(opened: OpenedMesh, prepared: Prepared) -> Prepared:
    """Return the plan with what policies warn of among its notes.

    Raises RefusedError where a policy that blocks is not kept, InputError where a policy is wrong.
    """
    observed, changes, impacts = prepared.observation.observed, prepared.plan.changes, prepared.plan.impacts
    is_landing = bool(changes or impacts or observed.port_documents)
    if not opened.mesh.is_governed and not is_landing:
        return prepared
    from meshwright.app.agreed import agreed_exemptions  # lazy: a plan of nothing has nothing to judge

    agreed = agreed_exemptions(opened)
    left_out = agreed.findings
    built_in: tuple[Verdict, ...] = ()
    if is_landing:
        from meshwright.app.landing import judge_landing  # lazy: as above

        landing = Landing(changes=changes, desired=prepared.desired, observed=observed, impacts=impacts)
        built_in = judge_landing(agreed.opened, landing, utc_now().date())
    if not opened.mesh.is_governed and not any(verdict.violations for verdict in built_in):
        return prepared
    from meshwright.app.policies import require_policies  # lazy: the tables of policies, which not every mesh has

    try:
        notes = require_policies(
            agreed.opened, prepared.judged, prepared.published, prepared.desired, built_in=built_in
        )
    except RefusedError as refused:
        # An exemption that was left out is told beside what it would have been for.
        raise RefusedError(*refused.diagnostics, *left_out) from refused
    notes = (*notes, *(found.message for found in left_out))
    return replace(prepared, plan=replace(prepared.plan, notes=(*prepared.plan.notes, *notes))) if notes else prepared


def _lost(opened: OpenedMesh, prepared: Prepared) -> Iterator[str]:
    """Name the versions that the plan's steps read, or publish anew, and that have lost a file. Looks at sizes alone."""
    versions = prepared.observation.observed.versions
    needed: set[str | None] = set()
    for step in prepared.plan.steps:
        if step.action in {StepAction.BUILD, StepAction.PENDING}:
            needed.update(step.inputs.values())
        elif step.action is StepAction.TEST or (
            step.dataset and step.version != prepared.observation.observed.datasets.get(step.dataset)
        ):
            needed.add(step.version)
    named = [versions[name] for name in sorted(filter(None, needed)) if name in versions]
    if not named:
        return
    from meshwright.run.relations import bound_versions  # lazy: a plan of nothing needs no engine's values

    for version in (*named, *bound_versions(named, opened.state.reader.versions).values()):
        problems = (opened.store.problem(file, deep=False) for file in version.files)
        problem = next((found for found in problems if found is not None), None)
        if problem is not None:
            yield (
                f"MW-R017 version {version.id} of {version.dataset}, which this plan reads, has a file that is not as "
                f"written ({problem}): mw verify --repair builds it again"
            )


def prepare(opened: OpenedMesh, options: PlanOptions) -> Prepared:
    """Check the mesh, observe the world and build the plan. Raises InputError with every finding."""
    reader = opened.state.reader
    return prepare_against(
        opened, options, read_published(reader, opened.environment), pins=reader.pins(opened.environment)
    )


def prepare_against(
    opened: OpenedMesh,
    options: PlanOptions,
    published: Published,
    *,
    pins: Mapping[str, Pin] = NO_PINS,
    promoted: Promoted | None = None,
) -> Prepared:
    """Prepare a plan as if `published` stood in the environment, and `pins` held there.

    With `promoted` the plan is about that, and not about a selection.
    """
    judged, desired = desire(opened, options, published, pinned=frozenset(pins), promoted=promoted)
    observation = observe(opened, desired, published)
    built = build_plan(desired, observation.observed, observation.resolution, retest=options.retest)
    notes = (
        *idle_parameters(desired, options.params),
        *veil_notes(desired.veil, observation.resolution),
        *(pin_notes(pins, opened.graph.order, opened.environment) if pins else ()),
    )
    impacts = _impacts(opened, desired, observation.observed, built)
    built = replace(built, notes=(*built.notes, *notes), impacts=impacts)
    return Prepared(published=published, judged=judged, desired=desired, observation=observation, plan=built)


def _impacts(opened: OpenedMesh, desired: Desired, observed: Observed, made: Plan) -> tuple[Impact, ...]:
    """Return what breaks with a plan and who uses it; a product's own status counts where the product is published anew."""
    moved = [product for step in made.steps if step.kind is StepKind.PUBLISH for product in step.products]
    if not moved and not made.changes:
        return ()
    # lazy, both: few plans move anything that breaks
    from meshwright.app.impacts import impacts_of
    from meshwright.app.standing_products import fallen_products

    fallen = fallen_products(opened.state.reader, opened.mesh, observed.products, moved)
    return impacts_of(opened, desired, observed, made.changes, fallen)


def _refuse_unsound(opened: OpenedMesh, judged: Judged, published: Published) -> None:
    """Raise for a mesh with errors: RefusedError where they come of a change that breaks others, else InputError."""
    # lazy: as in `govern`
    from meshwright.app.landing import broken_consumers, judge_landing, landing_of_files
    from meshwright.checks.policies import findings_of

    landing = landing_of_files(opened, judged, published)
    refused = [
        found
        for verdict in judge_landing(opened, landing, utc_now().date())
        for found in findings_of(verdict)
        if found.severity is Severity.ERROR
    ]
    errors = [found for found in judged.diagnostics if found.severity is Severity.ERROR]
    explained = consequences(errors, broken_consumers(landing))
    if refused and len(explained) == len(errors):
        raise RefusedError(*refused, *sort_diagnostics(errors))
    raise InputError(*sort_diagnostics(errors), *refused)


def desire(
    opened: OpenedMesh,
    options: PlanOptions,
    published: Published,
    *,
    pinned: frozenset[str] = frozenset(),
    promoted: Promoted | None = None,
) -> tuple[Judged, Desired]:
    """Say where the environment should get to.

    Raises InputError with every finding that is an error; RefusedError where they come of a change that breaks others.
    """
    if not may_be_consequences(opened.diagnostics):
        require_sound(opened.diagnostics)
    is_first = not published.versions and not options.select and options.variation is None
    traced = foreign_readers(opened.mesh) if is_first else ()
    judged = judge_mesh(opened, published.versions, options.params, traced=traced)
    if has_errors(judged.diagnostics):
        _refuse_unsound(opened, judged, published)
    wish = Wish(
        select=options.select,
        variation=options.variation,
        only=options.only,
        refresh=options.refresh,
        is_scheduled=options.is_scheduled,
        interval=options.interval,
        params=options.params,
        changed=changed_datasets(opened, judged, published, options.select, options.params),
        pinned=pinned,
        promoted=promoted,
    )
    return judged, build_desired(opened, judged, wish, published)
