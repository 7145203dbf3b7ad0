"""Binds a step when its turn has come: which versions go in, and whether anything is left to do.

What a plan called pending is settled here: the opaque node above has committed, so the id is known.
"""

from __future__ import annotations

from meshwright.checks.spec import Outcome
from meshwright.diagnostics import Diagnostic, WorldError
from meshwright.frozen import dataclass
from meshwright.model import Version
from meshwright.plan.identities import as_recipe, named_as_written, trigger_key, version_id
from meshwright.plan.refresh import run_observation, runs_anyway, standing_observation
from meshwright.plan.values import Step
from meshwright.run.board import Board
from meshwright.run.holding import hold
from meshwright.run.steps import BuildWork, TestWork
from meshwright.run.world import RunWorld


@dataclass(frozen=True, kw_only=True, slots=True)
class Bound:
    """A bound step: work for a worker, or None where there is nothing left to do."""

    work: BuildWork | TestWork | None
    #: Node steps without work: the version that is there already.
    version: Version | None = None


def bind_node(step: Step, board: Board, world: RunWorld) -> Bound:
    """Bind a node step: reuse the version that is there, or say what to build from what."""
    assert step.dataset is not None
    given = board.desired.given.get(step.dataset)
    if given is not None:
        return _given(step.dataset, given, board)
    desired = board.desired.nodes[step.dataset]
    inputs = board.inputs_of(step.dataset)
    input_ids = {dataset: version.id for dataset, version in inputs.items()}
    observation = board.observed.sources.get(step.dataset)
    wanted: str | None
    is_run_anyway = runs_anyway(board.desired, step.dataset) is not None
    if desired.node.is_opaque:
        seen = standing_observation(desired.node, observation.key if observation else "")
        trigger = trigger_key(desired, input_ids, run_observation(world.run_id) if is_run_anyway else seen)
        known = world.reader.triggers([trigger]).get(trigger)
        wanted = known.version if known else None
    else:
        # What the plan resolved from the same inputs is that very identity.
        wanted = step.version if step.version and input_ids == step.inputs else version_id(desired, input_ids)
    version = board.version(wanted) if wanted else None
    if version is not None and hold((version.id,), board, world):
        return Bound(work=None, version=version)
    missing = [read for read in desired.node.reads if read not in inputs]
    if missing:
        raise WorldError(
            Diagnostic(
                code="MW-R017",
                message=f"{step.dataset} reads {', '.join(missing)}, whose version is not recorded",
                fix="mw verify shows what is lost",
                object=step.dataset,
            )
        )
    work = BuildWork(
        desired=as_recipe(desired),
        version=None if desired.node.is_opaque else wanted,
        inputs=named_as_written(inputs),
        bound=board.bound_beneath(inputs.values()),
        observation=observation,
        attempt=world.attempt,
        is_run_anyway=is_run_anyway,
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
    return Bound(work=TestWork(version=version, checks=checks, others=others, bound=bound))
