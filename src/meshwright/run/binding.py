"""Binds a step when its turn has come: which versions go in, and whether anything is left to do.

What a plan called pending is settled here: the opaque node above has committed, so the id is known.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from meshwright.checks.spec import CheckSpec, Outcome, others_identity
from meshwright.diagnostics import Diagnostic, WorldError
from meshwright.frozen import dataclass
from meshwright.model import Sight, Veil, Version, plain_address
from meshwright.plan.identities import as_recipe, named_as_written, trigger_key, version_id
from meshwright.plan.incremental import STANDING
from meshwright.plan.refresh import run_observation, runs_anyway, standing_observation
from meshwright.plan.sights import SeenInputs, recipe_inputs, restriction, seen_inputs
from meshwright.plan.values import DesiredNode, Step, StepAction
from meshwright.run.board import Board
from meshwright.run.facts import fanned_items, used_facts
from meshwright.run.holding import hold
from meshwright.run.joboutcomes import JobWork
from meshwright.run.limits import jobs_at_once
from meshwright.run.partbinding import bind_appended, bind_intervals, bind_new_files, resolve_parts, state_before
from meshwright.run.partmeasures import Before
from meshwright.run.partsteps import PartsWork
from meshwright.run.sources import observe_node
from meshwright.run.steps import BuildWork, TestWork
from meshwright.run.world import RunWorld


@dataclass(frozen=True, kw_only=True, slots=True)
class Bound:
    """A bound step: work for a worker, or None where there is nothing left to do."""

    work: BuildWork | TestWork | JobWork | None
    #: Node steps without work: the version that is there already.
    version: Version | None = None
    #: Node steps of datasets that are built in parts, in place of `work`.
    parts: PartsWork | None = None


def bind_node(step: Step, board: Board, world: RunWorld) -> Bound:
    """Bind a node step: reuse the version that is there, or say what to build from what."""
    assert step.dataset is not None
    given = board.desired.given.get(step.dataset)
    if given is not None:
        return _given(step.dataset, given, board)
    desired = board.desired.nodes[step.dataset]
    inputs = board.inputs_of(step.dataset)
    if desired.node.incremental is not None and desired.node.source is None:
        _require_inputs(desired, inputs)
        return _bind_in_parts(desired, inputs, board, world)
    input_ids = {dataset: version.id for dataset, version in inputs.items()}
    hidden = [dataset for dataset, version in inputs.items() if version.is_restricted]
    observation = board.observed.sources.get(step.dataset)
    if desired.node.source is not None and step.action is StepAction.PENDING:
        observation = observe_node(desired, world)  # something before it has run since it was planned
        if observation.problem is not None:
            raise WorldError(observation.problem)
    wanted: str | None
    is_run_anyway = runs_anyway(board.desired, step.dataset) is not None
    before: Version | None = None
    if desired.node.is_opaque and desired.node.is_stateful:
        before = state_before(desired, board, world)
        input_ids = {STANDING: before.id} if before is not None else {}
    if desired.node.is_opaque:
        seen = seen_inputs(board.desired.veil, input_ids, hidden)
        outside = standing_observation(desired.node, observation.key if observation else "", world.environment)
        wanted = None if is_run_anyway else _standing_unhidden(desired, seen, input_ids, outside, board)
        if wanted is None:
            outside = run_observation(world.run_id) if is_run_anyway else outside
            wanted = _triggered(trigger_key(desired, seen.ids, outside), board)
    else:
        seen = recipe_inputs(board.desired.veil, desired, input_ids, hidden)
        # What the plan resolved from the same inputs is that very identity.
        wanted = step.version if step.version and input_ids == step.inputs else version_id(desired, seen.ids)
    version = board.version(wanted) if wanted else None
    if version is not None and hold((version.id,), board, world):
        return Bound(work=None, version=version)
    _require_inputs(desired, inputs)
    if desired.node.outside is not None:
        return Bound(work=_job(desired, inputs, seen, hidden, is_run_anyway, board, world))
    if desired.node.is_appending and observation is not None:
        parts = bind_new_files(desired, observation, before, world, is_run_anyway=is_run_anyway)
        return Bound(work=None, parts=parts)
    work = BuildWork(
        desired=as_recipe(desired),
        version=None if desired.node.is_opaque else wanted,
        inputs=named_as_written(inputs),
        bound=board.bound_beneath(inputs.values()),
        observation=observation,
        attempt=world.attempt,
        is_run_anyway=is_run_anyway,
        before=before,
        restricted=restriction(board.desired.veil, seen, hidden, {read: plain_address(read) for read in inputs}),
    )
    return Bound(work=work)


def _job(
    desired: DesiredNode,
    inputs: Mapping[str, Version],
    seen: SeenInputs,
    hidden: Sequence[str],
    is_run_anyway: bool,
    board: Board,
    world: RunWorld,
) -> JobWork:
    """Bind a node of a tool: the job that it is to do, under the trigger that will name what came of it."""
    if world.outside is None:
        raise WorldError(
            Diagnostic(
                code="MW-J022",
                message=f"{desired.node.address} runs outside, which nothing may here",
                span=desired.node.span,
                fix="run it: mw run",
                object=desired.node.address,
            )
        )
    outside = (
        run_observation(world.run_id) if is_run_anyway else standing_observation(desired.node, "", world.environment)
    )
    recipe = as_recipe(desired)
    facts = used_facts(desired.node, board)
    return JobWork(
        desired=recipe,
        trigger=trigger_key(desired, seen.ids, outside),
        inputs=named_as_written(inputs),
        bound=board.bound_beneath(inputs.values()),
        facts=facts,
        items=fanned_items(desired.node, facts),
        at_once=jobs_at_once(desired.node, board.desired.mesh),
        is_run_anyway=is_run_anyway,
        restricted=restriction(board.desired.veil, seen, hidden, {read: plain_address(read) for read in inputs}),
    )


def _require_inputs(desired: DesiredNode, inputs: Mapping[str, Version]) -> None:
    """Raise WorldError (MW-R017) unless a version of everything that a node reads is there."""
    # What a node merely comes after may have been left out.
    missing = [read for read in desired.node.read_datasets if read not in inputs]
    if missing:
        raise WorldError(
            Diagnostic(
                code="MW-R017",
                message=f"{desired.node.address} reads {', '.join(missing)}, whose version is not recorded",
                fix="mw verify shows what is lost",
                object=desired.node.address,
            )
        )


def _bind_in_parts(desired: DesiredNode, inputs: Mapping[str, Version], board: Board, world: RunWorld) -> Bound:
    """Bind the step of a dataset that is built by interval, by appending or by merging."""
    found = resolve_parts(desired, inputs, board, world)
    version = board.version(found.version)
    if version is not None and hold((version.id,), board, world):
        return Bound(work=None, version=version)
    if desired.node.intervals is not None:
        return Bound(work=None, parts=bind_intervals(desired, inputs, found, board, world))
    if desired.node.is_appending:
        return Bound(work=None, parts=bind_appended(desired, inputs, found, board, world))
    work = BuildWork(
        desired=as_recipe(desired),
        version=found.version,
        inputs=named_as_written(inputs),
        bound=board.bound_beneath(inputs.values()),
        attempt=world.attempt,
        restricted=found.restricted(inputs, board),
        before=found.before(desired),
    )
    return Bound(work=work)


def _given(dataset: str, version_id: str, board: Board) -> Bound:
    """Take the version that the plan was given for a dataset. Raises WorldError (MW-R017) where it is gone."""
    version = board.version(version_id)
    if version is None:
        raise WorldError(
            Diagnostic(
                code="MW-R017",
                message=f"version {version_id} of {dataset} is not recorded any more",
                fix="run it into the sandbox again, then promote",
                object=dataset,
            )
        )
    return Bound(work=None, version=version)


def _triggered(key: str, board: Board) -> str | None:
    """Return the version that came of a trigger; None where it never fired."""
    known = board.reader.triggers([key]).get(key)
    return known.version if known else None


def _standing_unhidden(
    desired: DesiredNode, seen: SeenInputs, inputs: Mapping[str, str], outside: str, board: Board
) -> str | None:
    """Return what stands already of an opaque node, built from everything; None where nothing is hidden from it."""
    if board.desired.veil is None or not seen.is_restricted:
        return None
    found = _triggered(trigger_key(desired, inputs, outside), board)
    return found if found in board.desired.veil.standing else None


def bind_test(step: Step, board: Board, *, retest: bool) -> Bound:
    """Bind a test step: the rules that have no good evidence on the version that is there now."""
    assert step.dataset is not None
    version = board.version_of(step.dataset)
    assert version is not None  # the step waits for the build
    found = board.evidence_for(step.checks)
    checks = tuple(
        spec
        for spec, evidence in zip(step.checks, found, strict=True)
        if evidence is None or evidence.outcome is Outcome.ERROR or retest
    )
    if not checks:
        return Bound(work=None)
    others = {}
    for spec in checks:
        for dataset in spec.reads:
            other = board.version_of(dataset)
            if other is not None:
                others[dataset] = other
    bound = board.bound_beneath((version, *others.values()))
    sights = tested_sights(board.desired.veil, {step.dataset: version, **others})
    before = None if retest else _measured_before(step.dataset, version, checks, board)
    work = TestWork(version=version, checks=checks, others=others, bound=bound, sights=sights, before=before)
    return Bound(work=work)


def _measured_before(dataset: str, version: Version, checks: Sequence[CheckSpec], board: Board) -> Before | None:
    """Return what stands published of a dataset made of parts, with what is recorded of it; None where there is nothing."""
    published = board.datasets.get(dataset)
    if version.manifest is None or published is None or published == version.id:
        return None
    standing = board.version(published)
    if standing is None or standing.manifest is None:
        return None
    keys = {spec.fingerprint: (standing.id, spec.fingerprint, others_identity({})) for spec in checks if not spec.reads}
    board.look_up((), keys.values())
    evidence = {check: board.evidence[key] for check, key in keys.items() if key in board.evidence}
    return Before(version=standing, evidence=evidence)


def tested_sights(veil: Veil | None, versions: Mapping[str, Version]) -> dict[str, Sight]:
    """Return what rules see of versions that they look at together, where that is not everything.

    By themselves they are measured as they are, and the verdict holds wherever they stand. Beside a restricted one the
    others are masked as well, or what belongs together would not be found; they are not sampled, or it would be gone.
    """
    if veil is None or not any(version.is_restricted for version in versions.values()):
        return {}
    found = {
        dataset: veil.sight(dataset, is_sampled=False)
        for dataset, version in versions.items()
        if not version.is_restricted
    }
    return {dataset: sight for dataset, sight in found.items() if sight is not None}
