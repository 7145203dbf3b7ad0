"""Builds a recorded version again: from its own run's files, of its recorded inputs, through the same steps as a run.

Nothing of today's mesh files goes in. What comes out counts only if it is what was recorded; see `app.repair`.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from typing import TypeVar

from meshwright.app.apply import recorded_options
from meshwright.app.clock import utc_now
from meshwright.app.frozen import frozen_workspace
from meshwright.app.holding import LEASE_TTL_S
from meshwright.app.observing import read_published
from meshwright.app.opened import OpenedMesh, open_mesh
from meshwright.app.planning import desire
from meshwright.app.workers import open_workers
from meshwright.app.worlds import Holding, run_world
from meshwright.diagnostics import Diagnostic, RefusedError
from meshwright.engines.protocol import Limits
from meshwright.frozen import dataclass
from meshwright.model import SourceObservation, Version, canonical_json, plain_address
from meshwright.plan.identities import as_recipe, trigger_key, version_id
from meshwright.plan.incremental import stateful_id
from meshwright.plan.refresh import standing_observation
from meshwright.plan.sights import seen_ids
from meshwright.plan.values import Desired, DesiredNode
from meshwright.run.relations import bound_versions
from meshwright.run.sources import observe_node
from meshwright.run.steps import BuildWork, Built, build, came_of_state
from meshwright.run.world import RunWorld
from meshwright.state.records import Lease

_Made = TypeVar("_Made")


@dataclass(frozen=True, kw_only=True, slots=True)
class Origin:
    """The run that made some versions, with its mesh as it was and an open engine."""

    run_id: str
    desired: Desired
    world: RunWorld


@contextmanager
def open_origin(opened: OpenedMesh, run_id: str, repair_id: str, lease: Lease) -> Iterator[Origin]:
    """Lay out a run's frozen mesh and open its engine, over today's state and store.

    Raises InputError where the files are no sound mesh for this release, RefusedError (MW-R061) where they are gone.
    """
    record = opened.state.reader.run(run_id)
    if record is None or not record.files:
        raise RefusedError(
            Diagnostic(
                code="MW-R061",
                message=f"run {run_id}, which built it, is not recorded with its files",
                fix="put the file back from a copy; or change the node, and mw run makes a new version",
            )
        )
    stop = threading.Event()
    with (
        frozen_workspace(opened.workspace, record) as frozen,
        open_mesh(frozen, record.environment) as origin,
        origin.engine.open(Limits(temp_directory=str(opened.workspace.private / "spill"))) as session,
        open_workers(origin, stop) as workers,
    ):
        mesh = replace(origin, state=opened.state, store=opened.store)
        published = read_published(opened.state.reader, record.environment)
        _, desired = desire(mesh, recorded_options(record), published)
        holding = Holding(
            run_id=repair_id, lease=lease, attempt=f"{repair_id}-{lease.token}", stop=stop, workers=workers
        )
        yield Origin(run_id=run_id, desired=desired, world=run_world(mesh, session, holding))


def rebuild(version: Version, origin: Origin, number: int) -> Built:
    """Build a version again into new, durable files that no row lists yet; `number` tells the builds of a repair apart.

    Raises RefusedError where what was recorded cannot be had any more (MW-R061, MW-R062), else what a build raises.
    """
    if version.node_kind not in {"sql", "view", "python", "source"}:
        raise _not_as_recorded(version, "it was left by a job, and jobs are not started to repair what they left")
    world = replace(origin.world, attempt=f"{origin.world.attempt}-{number}")
    desired = _recorded_node(version, origin)
    inputs = origin.world.reader.versions(set(version.inputs.values()))
    missing = [dataset for dataset, identifier in version.inputs.items() if identifier not in inputs]
    if missing:
        raise _not_as_recorded(version, f"its input {missing[0]} is not recorded any more")
    before = _before(version, world)
    work = BuildWork(
        desired=desired,
        version=None if version.is_opaque else version.id,
        inputs={dataset: inputs[identifier] for dataset, identifier in version.inputs.items()},
        bound=bound_versions(inputs.values(), world.reader.versions),
        observation=_observation(version, desired, world),
        attempt=world.attempt,
        restricted=version.restricted,
        before=before,
        at=version.created_at if desired.node.merging is not None else None,
    )
    return kept_alive(lambda: build(work, world), world)


def _before(version: Version, world: RunWorld) -> Version | None:
    """Return the version that one came of. Raises RefusedError (MW-R061) where garbage collection took it."""
    if version.before is None:
        return None
    found = world.reader.versions([version.before]).get(version.before)
    if found is None:
        raise _not_as_recorded(version, f"version {version.before}, which it came of, is not recorded any more")
    return found


def _recorded_node(version: Version, origin: Origin) -> DesiredNode:
    """Return the node as it was when the version was built. Raises RefusedError (MW-R061) where it cannot be told.

    Where a run built a variation, the dataset is there several times; the one with the recorded recipe counts.
    """
    why = f"the files of run {origin.run_id} have no such dataset"
    for address, node in origin.desired.nodes.items():
        if plain_address(address) != version.dataset:
            continue
        # A later release may read the same text into another fingerprint; the recorded one is what the id is made of.
        recorded = replace(as_recipe(node), fingerprint=version.fingerprint, definition=version.definition)
        difference = _difference(version, node, recorded, origin)
        if difference is None:
            return recorded
        why = difference
    raise _not_as_recorded(version, why)


def _difference(version: Version, node: DesiredNode, recorded: DesiredNode, origin: Origin) -> str | None:
    """Say in what a node of the run's files is not what the version was built by; None where it is."""
    if node.engine != version.engine:
        return f"it was built by {version.engine}, and the engine here is {node.engine}"
    if canonical_json(node.params) != canonical_json(version.params):
        return f"the files of run {origin.run_id} give it other parameters"
    if version.fingerprint != node.fingerprint and version.definition != node.definition:
        return f"the files of run {origin.run_id} give it another definition"
    if not version.is_opaque and _recipe_id(version, recorded) != version.id:
        return "its recipe does not give its id any more"
    return None


def _recipe_id(version: Version, recorded: DesiredNode) -> str:
    seen = seen_ids(version.inputs, version.seen)
    return stateful_id(recorded, seen, version.before) if recorded.node.is_stateful else version_id(recorded, seen)


def _observation(version: Version, desired: DesiredNode, world: RunWorld) -> SourceObservation | None:
    """Observe a source. Raises RefusedError (MW-R062) unless it stands as it did when the version was read from it."""
    if desired.node.source is None:
        return None
    seen = observe_node(desired, world)
    came_of = version.inputs if not desired.node.is_stateful else came_of_state(version.before, version.id)[0]
    key = trigger_key(desired, came_of, standing_observation(desired.node, seen.key, world.environment))
    known = {} if seen.problem is not None else world.reader.triggers([key])
    if key in known and known[key].version == version.id and known[key].observation == seen.key:
        return seen
    why = f" ({seen.problem.message})" if seen.problem is not None else ""
    raise RefusedError(
        Diagnostic(
            code="MW-R062",
            message=f"the source of {version.dataset} is not what version {version.id} was read from{why}",
            span=desired.node.span,
            fix="mw run reads it anew, into a new version; or put the source, or the stored file, back from a copy",
            object=version.dataset,
        )
    )


def kept_alive(act: Callable[[], _Made], world: RunWorld) -> _Made:
    """Build on a worker while the lease is kept alive; an interruption stops the engine first."""
    with ThreadPoolExecutor(1, thread_name_prefix="repair") as pool:
        future = pool.submit(act)
        try:
            while True:
                try:
                    return future.result(timeout=LEASE_TTL_S / 3)
                except TimeoutError:
                    if future.done():
                        raise
                    world.writer.renew_lease(world.lease, utc_now(), LEASE_TTL_S)
        except KeyboardInterrupt:
            world.stop.set()
            world.session.interrupt()
            raise


def _not_as_recorded(version: Version, why: str) -> RefusedError:
    return RefusedError(
        Diagnostic(
            code="MW-R061",
            message=f"version {version.id} of {version.dataset} cannot be built as it was: {why}",
            fix="put the file back from a copy; or change the node, and mw run makes a new version",
            object=version.dataset,
        )
    )
