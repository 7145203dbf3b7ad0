"""What `gc` forgets beside versions and parts: jobs that are over, with their folders, events, firings of triggers, calls
between domains, keys of idempotency, and what outside tools told.

Rows go before folders, firings before the events that they name: cut off anywhere, the next collection finds the rest. Folders
lie on the host that ran the job, so each host's collection takes away its own.
"""

from __future__ import annotations

import datetime as dt
import os
import shutil
import time
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import field
from pathlib import Path

from meshwright.app.environments import OpenedState
from meshwright.app.idempotency import KEYS_KEPT
from meshwright.app.outside_told_standing import named_datasets
from meshwright.app.scheduling_standing import FilesStanding
from meshwright.crashpoints import CrashPoint, reached
from meshwright.diagnostics import Diagnostic
from meshwright.frozen import dataclass
from meshwright.model.environments import Retention
from meshwright.model.inventory import Inventory
from meshwright.plan.retention import Judgement
from meshwright.plan.retention_jobs import JobJudgement, JobKeeper, judge_jobs
from meshwright.state.records import JOB_PREFIX, Lease, OldEvent, OldTold, ToldHorizon

#: A folder that no record is of is younger than this where its job was recorded after the inventory was taken.
_UNKNOWN_S = 3600.0


@dataclass(frozen=True, kw_only=True, slots=True)
class JobFolder:
    """The folder of a job on this host."""

    job: str
    size_bytes: int


@dataclass(frozen=True, kw_only=True, slots=True)
class KeptRecords:
    """How many jobs, or old events, are kept for one reason."""

    what: str
    by: str
    count: int


@dataclass(frozen=True, kw_only=True, slots=True)
class RecordsReport:
    """What was forgotten, or would be, and what is kept why."""

    #: Ids of jobs that are over.
    jobs: tuple[str, ...] = ()
    folders: tuple[JobFolder, ...] = ()
    firings: int = 0
    events: int = 0
    calls: int = 0
    #: Of what outside tools told.
    told: OldTold = OldTold()
    kept: tuple[KeptRecords, ...] = ()
    failed: tuple[Diagnostic, ...] = field(default=())

    @property
    def bytes_deleted(self) -> int:
        """Bytes of the folders."""
        return sum(folder.size_bytes for folder in self.folders)


@dataclass(frozen=True, kw_only=True, slots=True)
class Records:
    """What a collection of records goes by."""

    opened: OpenedState
    inventory: Inventory
    versions: Judgement
    retention: Retention
    now: dt.datetime

    @property
    def jobs(self) -> JobJudgement:
        """Which jobs are kept."""
        return judge_jobs(self.inventory, self.versions, self.retention, self.now)

    @property
    def horizon(self) -> dt.datetime:
        """Events and firings from before are old."""
        return self.now - dt.timedelta(seconds=self.retention.events_s)

    @property
    def calls_horizon(self) -> dt.datetime:
        """Calls between domains from before are old."""
        return self.now - dt.timedelta(seconds=self.retention.calls_s)

    @property
    def told_horizon(self) -> ToldHorizon:
        """What outside tools told before is old."""
        longest_s = max(self.retention.events_s, self.retention.outside_s)
        return ToldHorizon(events=self.horizon, last_runs=self.now - dt.timedelta(seconds=longest_s))

    @property
    def folder(self) -> Path:
        """Where jobs have their folders."""
        return self.opened.workspace.private / "jobs"


def foresee_records(records: Records) -> RecordsReport:
    """Say what would be forgotten now. Changes nothing."""
    judged = records.jobs
    gone = [job.id for job in judged.needless]
    collector = records.opened.state.collector
    standing = FilesStanding(records.opened)
    events: list[OldEvent] = []
    kept: Counter[str] = Counter()
    for page in _old_events(records):
        events += _needless(page, standing, kept)
    named = named_datasets(records.opened)
    return RecordsReport(
        jobs=tuple(gone),
        folders=tuple(_needless_folders(records, gone)),
        firings=collector.old_firings(records.horizon),
        events=len(events),
        calls=collector.old_calls(records.calls_horizon),
        told=collector.old_told(records.told_horizon, named.ids),
        kept=_kept(judged, kept),
        failed=(*named.failed, *standing.failed),
    )


def forget_records(records: Records, lease: Lease) -> RecordsReport:
    """Forget what is needless. Raises `Fenced` where the collection's lease was lost."""
    judged = records.jobs
    collector = records.opened.state.collector
    jobs = collector.forget_jobs(lease, [job.id for job in judged.needless])
    reached(CrashPoint.GC_JOBS_FORGOTTEN)
    folders: list[JobFolder] = []
    failed: list[Diagnostic] = []
    for folder in _needless_folders(records, jobs):
        problem = _remove(records.folder / folder.job)
        if problem is None:
            folders.append(folder)
            reached(CrashPoint.GC_FOLDER_REMOVED)
        else:
            failed.append(problem)
    firings = collector.forget_firings(lease, records.horizon)
    reached(CrashPoint.GC_FIRINGS_FORGOTTEN)
    calls = collector.forget_calls(lease, records.calls_horizon)
    collector.forget_keyed(lease, records.now - KEYS_KEPT)
    standing = FilesStanding(records.opened)
    kept: Counter[str] = Counter()
    events = 0
    for page in _old_events(records):
        events += collector.forget_events(lease, [event.number for event in _needless(page, standing, kept)])
    named = named_datasets(records.opened)
    return RecordsReport(
        jobs=jobs,
        folders=tuple(folders),
        firings=firings,
        events=events,
        calls=calls,
        told=collector.forget_told(lease, records.told_horizon, named.ids),
        kept=_kept(judged, kept),
        failed=(*failed, *named.failed, *standing.failed),
    )


def _needless_folders(records: Records, gone: Collection[str]) -> Iterator[JobFolder]:
    """Yield the folders of jobs that are `gone`, and of those that nobody knows, once nothing was written for long enough.

    A job is recorded before it gets its folder: what nobody knows was left by a collection, or belongs to a state that is not there
    any more.
    """
    if not records.folder.is_dir():
        return
    due, known = set(gone), {job.id for job in records.inventory.jobs}
    old_s = max(records.retention.grace_s, _UNKNOWN_S)
    for path in sorted(records.folder.glob(f"{JOB_PREFIX}*")):
        if path.name in due or (path.name not in known and path.is_dir() and _age_s(path) >= old_s):
            yield JobFolder(job=path.name, size_bytes=_size(path))


def _age_s(folder: Path) -> float:
    """Return how long ago something was last written right in a folder."""
    try:
        newest = max((entry.lstat().st_mtime for entry in (folder, *folder.iterdir())), default=0.0)
    except OSError:  # somebody is at work there
        return 0.0
    return max(0.0, time.time() - newest)


def _size(folder: Path) -> int:
    size = 0
    for parent, _, names in os.walk(folder):
        for name in names:
            try:
                size += (Path(parent) / name).lstat().st_size
            except OSError:  # removed meanwhile: it takes no room
                continue
    return size


def _remove(folder: Path) -> Diagnostic | None:
    try:
        shutil.rmtree(folder)
    except FileNotFoundError:
        return None
    except OSError as error:
        return Diagnostic(
            code="MW-S403",
            message=f"'{folder}' was not deleted: {error.strerror or error}",
            fix="mend what the message names; the next mw gc deletes it",
        )
    return None


def _old_events(records: Records) -> Iterator[tuple[OldEvent, ...]]:
    """Yield the old events, a page at a time."""
    after = 0
    while page := records.opened.state.collector.old_events(records.horizon, after):
        yield page
        after = page[-1].number


def _needless(page: tuple[OldEvent, ...], standing: FilesStanding, kept: Counter[str]) -> list[OldEvent]:
    """Return the events that nothing keeps: a file that is still there would arrive again."""
    found = []
    for event in page:
        if event.is_named:
            kept["firing"] += 1
        elif event.is_file and standing.is_there(event):
            kept["file"] += 1
        else:
            found.append(event)
    return found


def _kept(judged: JobJudgement, events: Counter[str]) -> tuple[KeptRecords, ...]:
    jobs = Counter(kept.by for kept in judged.kept.values())
    return (
        *(KeptRecords(what="job", by=by.value, count=jobs[by]) for by in JobKeeper if jobs[by]),
        *(KeptRecords(what="event", by=by, count=count) for by, count in sorted(events.items())),
    )
