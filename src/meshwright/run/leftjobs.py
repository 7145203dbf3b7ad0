"""Jobs that runs left behind whose coordinator is gone: taken up by whoever needs the same, or told of.

A run that is resumed finds its own jobs by their triggers. Another run has triggers of its own where a node runs again whatever
came of it before (`refresh: always`), and would start a second job beside the one that goes on outside.
"""

from __future__ import annotations

from collections.abc import Mapping

from meshwright.frozen import dataclass
from meshwright.plan.refresh import run_observation, standing_observation
from meshwright.run.joboutcomes import JobWork
from meshwright.run.outside import Outside
from meshwright.run.world import RunWorld
from meshwright.state.records import JobRecord


@dataclass(frozen=True, kw_only=True, slots=True)
class Left:
    """What was left behind of a node."""

    #: Trigger of a job that the node needs -> the job that was started for the same.
    same: Mapping[str, JobRecord]
    #: Started with other options, parameters, code or inputs, and not known to have ended.
    others: tuple[JobRecord, ...]


class LeftJobs:
    """The jobs that have not ended when a run begins with its own. Asked by the coordinator's thread alone."""

    def __init__(self, world: RunWorld, outside: Outside) -> None:
        self._world, self._outside = world, outside
        self._open: dict[str, list[JobRecord]] = {}
        for record in world.reader.open_jobs():
            self._open.setdefault(record.node, []).append(record)
        self._free: dict[str, bool] = {}

    def of(self, work: JobWork) -> Left:
        """Return what was left behind of a node in this environment, and is held by nobody."""
        same: dict[str, JobRecord] = {}
        others = []
        wanted = work.triggers()
        known: dict[str, tuple[str, ...]] = {}
        for record in self._open.get(work.desired.node.address, ()):
            if record.trigger in wanted or not self._is_free(record.run_id):
                continue  # found by its trigger, or somebody's
            for observation in self._observations(work, record):
                known.setdefault(observation, work.triggers(observation))
            places = [triggers.index(record.trigger) for triggers in known.values() if record.trigger in triggers]
            if places:
                same[wanted[places[0]]] = record
            else:
                others.append(record)
        return Left(same=same, others=tuple(others))

    def _observations(self, work: JobWork, record: JobRecord) -> tuple[str, str]:
        """Return what may stand in the trigger of a job for the same: the run that needed it anyway, or what was seen."""
        standing = standing_observation(work.desired.node, "", self._world.environment)
        return run_observation(record.run_id), standing

    def _is_free(self, run_id: str) -> bool:
        """Whether a run was of this environment and nobody carries it out, unless we do."""
        if run_id not in self._free:
            run = self._world.reader.run(run_id)
            is_ours = run_id == self._world.run_id
            is_here = run is not None and run.environment == self._world.environment
            self._free[run_id] = is_here and (is_ours or not self._outside.is_carried_out(run_id))
        return self._free[run_id]
