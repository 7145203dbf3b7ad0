"""Why the record and the folder of a job are kept; what nothing keeps goes. A pure function of the inventory.

A job that was not heard to end is never dropped: it may run outside, and whoever needs it takes it up again. One that has
ended is kept while somebody may still want what it left, and for `retention.jobs`. What an item of a list did outside is kept
until its list comes to an end, whenever that is: without the record it would be done again.
"""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Mapping
from types import MappingProxyType

from meshwright.frozen import dataclass
from meshwright.model.environments import Retention
from meshwright.model.inventory import Inventory, KnownJob
from meshwright.plan.retention import Judgement


class JobKeeper(enum.StrEnum):
    """What can keep a job, strongest first."""

    RUNNING = "running"
    RUN = "run"
    EFFECT = "effect"
    TABLES = "tables"
    YOUNG = "young"


@dataclass(frozen=True, kw_only=True, slots=True)
class KeptJob:
    """Why a job is kept."""

    by: JobKeeper
    #: The run that goes on, or the version whose tables lie in its folder.
    name: str = ""
    until: dt.datetime | None = None

    @property
    def words(self) -> str:
        """The reason for people."""
        words = {
            JobKeeper.RUNNING: "it runs outside, or nobody has heard yet that it has ended",
            JobKeeper.RUN: f"run {self.name} goes on with its node",
            JobKeeper.EFFECT: "it changed something outside, and the list that it is an item of did not come to its end",
            JobKeeper.TABLES: f"tables of version {self.name} lie in its folder, and are not taken yet",
            JobKeeper.YOUNG: f"in retention until {self.until:%Y-%m-%d %H:%M} UTC" if self.until else "in retention",
        }
        return words[self.by]


@dataclass(frozen=True, kw_only=True, slots=True)
class JobJudgement:
    """What is kept of the jobs and what is not."""

    #: Job id -> the strongest reason.
    kept: Mapping[str, KeptJob]
    needless: tuple[KnownJob, ...]


def judge_jobs(inventory: Inventory, versions: Judgement, retention: Retention, now: dt.datetime) -> JobJudgement:
    """Say of every job whether it is kept, and by what first."""
    wanted = {
        job: version.id for version in inventory.versions if version.id in versions.kept for job in version.left_by
    }
    kept: dict[str, KeptJob] = {}
    for job in inventory.jobs:
        found = _keeper(job, wanted, dt.timedelta(seconds=retention.jobs_s), now)
        if found is not None:
            kept[job.id] = found
    return JobJudgement(
        kept=MappingProxyType(kept), needless=tuple(job for job in inventory.jobs if job.id not in kept)
    )


def _keeper(job: KnownJob, wanted: Mapping[str, str], lasts: dt.timedelta, now: dt.datetime) -> KeptJob | None:
    if job.ended_at is None:
        return KeptJob(by=JobKeeper.RUNNING)
    if job.wanted_by is not None:
        return KeptJob(by=JobKeeper.RUN, name=job.wanted_by)
    if job.is_effect:
        return KeptJob(by=JobKeeper.EFFECT)
    if job.id in wanted:
        return KeptJob(by=JobKeeper.TABLES, name=wanted[job.id])
    until = job.ended_at + lasts
    return KeptJob(by=JobKeeper.YOUNG, until=until) if until > now else None
