"""The verb `env rebase`: a sandbox lies over the newest generation of its base from now on.

It moves no data and builds nothing. What the sandbox changed stays its own; what was made from things that moved is built
by the next run into it, and the answer says what that will be.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace

from meshwright.app.clock import utc_now
from meshwright.app.environments import require_live
from meshwright.app.idempotency import settles
from meshwright.app.opened import OpenedMesh, open_mesh, require_sound
from meshwright.app.planning import PlanOptions, prepare
from meshwright.app.sandbox_selection import default_selection
from meshwright.app.sandboxes import require_sandbox
from meshwright.app.standing import Drift, drift_of
from meshwright.app.workspace import Workspace, who
from meshwright.crashpoints import CrashPoint, reached
from meshwright.diagnostics import MeshwrightError, WorldError
from meshwright.frozen import dataclass
from meshwright.plan.values import Plan, Step, StepAction, StepKind
from meshwright.state.records import Environment, GenerationAction, Pointer, Publication


@dataclass(frozen=True, kw_only=True, slots=True)
class Rebase:
    """Answer of `env rebase`."""

    environment: Environment
    #: What moved in the base between the two generations.
    drift: tuple[Drift, ...]
    #: What was the sandbox's own and is what the base shows now, sorted.
    changed: tuple[str, ...]
    #: What the next run into the sandbox builds, with reasons, in order; None while that is not worked out.
    rebuild: tuple[Step, ...] | None = None
    seconds: float = 0.0
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class StillToBuild:
    """What a rebase leaves to be done, worked out after who rebased was killed."""

    rebuild: tuple[Step, ...] | None
    notes: tuple[str, ...]


def rebase(workspace: Workspace, name: str) -> Rebase:
    """Move a sandbox to the newest generation of its base, and say what must be built again.

    Raises InputError (MW-R013, MW-S105) for what is no sandbox, or where the mesh is wrong: what to build could not be
    said then. RefusedError (MW-S102) where it has expired, (MW-D201) where somebody runs into it at the same time.
    """
    started = time.monotonic()
    require_sandbox(workspace, name)
    with open_mesh(workspace, name, create_state=True) as opened:
        assert opened.sandbox is not None
        require_live(opened.sandbox, utc_now())
        require_sound(opened.diagnostics)
        reader = opened.state.reader
        own = reader.overlay(name)
        drift = drift_of(reader, opened.sandbox, frozenset(own))
        moved = _move(opened, opened.sandbox, drift)
        rebased = replace(opened, sandbox=moved.environment)
        notes = _exported(rebased)
        return replace(
            moved, notes=notes, rebuild=tuple(_builds(_planned(rebased))), seconds=time.monotonic() - started
        )


def still_to_build(workspace: Workspace, name: str, generation: object) -> StillToBuild:
    """Do what comes behind the move of a rebase that made a generation, after who rebased was killed.

    Has the sandbox moved on since, or can nothing be planned, a note says so: the rebase itself stands.
    """
    try:
        with open_mesh(workspace, name, create_state=True) as opened:
            notes = _exported(opened)
            if opened.sandbox is not None and opened.sandbox.generation == generation:
                return StillToBuild(rebuild=tuple(_builds(_planned(opened))), notes=notes)
            reason = "the sandbox has moved on since"
    except MeshwrightError as error:
        reason, notes = error.first.message, ()
    told = f"what must be built again was not worked out: {reason}; mw plan --env {name} says what it is now"
    return StillToBuild(rebuild=None, notes=(*notes, told))


def _move(opened: OpenedMesh, sandbox: Environment, drift: tuple[Drift, ...]) -> Rebase:
    """Let the sandbox lie over its base's newest generation; nothing where it does."""
    base, reader = str(sandbox.base), opened.state.reader
    newest = reader.generation(base)
    own, beneath = reader.overlay(sandbox.name), reader.pointers(base, newest)
    # What the new base points to by itself is no change of the sandbox's any more (`state.publish`).
    is_moved = newest != sandbox.base_generation
    same = (name for name, found in own.items() if is_moved and found.revision == _revision(beneath.get(name)))
    rebased = Rebase(environment=replace(sandbox, base_generation=newest), drift=drift, changed=tuple(sorted(same)))

    def told(generation: int) -> Rebase:
        return replace(rebased, environment=replace(rebased.environment, generation=generation))

    publication = Publication(
        environment=sandbox.name,
        base=base,
        by=who(),
        reason=f"rebased from generation {sandbox.base_generation} of {base} to {newest}",
        action=GenerationAction.REBASE,
        base_generation=newest,
        expected_generation=sandbox.generation,
        expected={},
        moves={name: (pointer.kind, pointer.revision) for name, pointer in own.items()},
    )
    reached(CrashPoint.MOVE_READY)
    with settles(told):
        generation = opened.state.writer.publish(publication, utc_now())
    reached(CrashPoint.MOVE_COMMITTED)
    return told(generation)


def _revision(pointer: Pointer | None) -> str | None:
    return None if pointer is None else pointer.revision


def _planned(opened: OpenedMesh) -> Plan:
    assert opened.sandbox is not None  # who calls looked
    options = PlanOptions(environment=opened.sandbox.name, select=default_selection(opened.sandbox))
    return prepare(opened, options).plan


def _exported(opened: OpenedMesh) -> tuple[str, ...]:
    """Bring the sandbox's files for plain readers up to date; where that fails the rebase stands, and a note says so."""
    from meshwright.app.readers import export_environment  # lazy: pulls in duckdb

    try:
        export_environment(opened, opened.environment)
    except WorldError as error:
        return (f"files for plain readers were not written: {error.first.message}",)
    return ()


def _builds(plan: Plan) -> Iterator[Step]:
    for step in plan.steps:
        if step.kind is StepKind.NODE and step.action in {StepAction.BUILD, StepAction.PENDING}:
            yield step
