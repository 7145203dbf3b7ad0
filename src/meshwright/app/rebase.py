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
from meshwright.app.opened import OpenedMesh, open_mesh, require_sound
from meshwright.app.planning import PlanOptions, prepare
from meshwright.app.sandbox_selection import default_selection
from meshwright.app.sandboxes import require_sandbox
from meshwright.app.standing import Drift, drift_of
from meshwright.app.workspace import Workspace, who
from meshwright.crashpoints import CrashPoint, reached
from meshwright.diagnostics import WorldError
from meshwright.frozen import dataclass
from meshwright.plan.values import Plan, Step, StepAction, StepKind
from meshwright.state.records import Environment, GenerationAction, Publication


@dataclass(frozen=True, kw_only=True, slots=True)
class Rebase:
    """Answer of `env rebase`."""

    environment: Environment
    #: What moved in the base between the two generations.
    drift: tuple[Drift, ...]
    #: What was the sandbox's own and is what the base shows now, sorted.
    changed: tuple[str, ...]
    #: What the next run into the sandbox builds, with reasons, in order.
    rebuild: tuple[Step, ...]
    seconds: float
    notes: tuple[str, ...] = ()


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
        moved = _move(opened, opened.sandbox)
        rebased = replace(opened, sandbox=moved)
        notes = _exported(rebased)
        return Rebase(
            environment=moved,
            notes=notes,
            drift=drift,
            changed=tuple(sorted(own.keys() - reader.overlay(name).keys())),
            rebuild=tuple(_builds(_planned(rebased, moved))),
            seconds=time.monotonic() - started,
        )


def _move(opened: OpenedMesh, sandbox: Environment) -> Environment:
    """Let the sandbox lie over its base's newest generation; nothing where it does."""
    base = str(sandbox.base)
    newest = opened.state.reader.generation(base)
    own = opened.state.reader.overlay(sandbox.name)
    reached(CrashPoint.MOVE_READY)
    generation = opened.state.writer.publish(
        Publication(
            environment=sandbox.name,
            base=base,
            by=who(),
            reason=f"rebased from generation {sandbox.base_generation} of {base} to {newest}",
            action=GenerationAction.REBASE,
            base_generation=newest,
            expected_generation=sandbox.generation,
            expected={},
            moves={name: (pointer.kind, pointer.revision) for name, pointer in own.items()},
        ),
        utc_now(),
    )
    reached(CrashPoint.MOVE_COMMITTED)
    return replace(sandbox, generation=generation, base_generation=newest)


def _planned(opened: OpenedMesh, sandbox: Environment) -> Plan:
    options = PlanOptions(environment=sandbox.name, select=default_selection(sandbox))
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
