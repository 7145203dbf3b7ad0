"""The verb `gc`: deletes what nothing keeps any more, once it has been needless for long enough, and says what is kept why.

In this order, so that it can be cut off anywhere and given again: undo what expired sandboxes were provisioned with, and give
them up; mark what is needless; delete the other sandboxes that expired; look at everything once more; delete rows of versions
that were marked long enough ago, then their files; then the pages that no version lists, and parts in the same way; forget old
generations and what only they named; sweep files that no row lists; forget jobs, events and firings that
are over (`collection_records`). `state.keeping` says why this is safe beside runs.
"""

from __future__ import annotations

import datetime as dt
import json
import secrets
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass as mutable_dataclass
from dataclasses import field, replace

from meshwright.app.clock import utc_now
from meshwright.app.collection_records import Records, RecordsReport, foresee_records, forget_records
from meshwright.app.environments import OpenedState, open_state_alone
from meshwright.app.holding import LEASE_TTL_S
from meshwright.app.orphans import fence_runs, listed_files, unlisted_files
from meshwright.app.processes import holder_of, is_gone, this_holder
from meshwright.app.readers import remove_abandoned
from meshwright.app.reports import FileProblem
from meshwright.app.workspace import Workspace
from meshwright.crashpoints import CrashPoint, reached
from meshwright.diagnostics import Diagnostic, MeshwrightError, RefusedError, WorldError
from meshwright.frozen import dataclass
from meshwright.model.environments import Retention
from meshwright.model.inventory import Inventory, KnownPart, KnownVersion
from meshwright.plan.retention import Judgement, Keeper, deletable, judge
from meshwright.plan.retention_parts import PartJudgement, deletable_parts, judge_parts
from meshwright.state.errors import Fenced
from meshwright.state.records import Deleted, Lease

#: Versions, or parts, whose rows go in one transaction, then their files.
_BATCH = 200
#: A version's folder is removed when it has been empty for so long that no build can be about to write into it.
_EMPTY_S = 3600.0
_LEASE = "gc"


@dataclass(frozen=True, kw_only=True, slots=True)
class CollectionOptions:
    """What `gc` is asked for."""

    #: Only say what would be done.
    is_dry_run: bool = False
    #: In place of `retention.grace`.
    grace_s: float | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class KeptShare:
    """What is kept for one reason in one environment. A version counts once, for its strongest reason, and so does a part,
    however many versions list it: for that of the strongest."""

    by: Keeper
    #: None where no environment keeps it.
    environment: str | None
    versions: int
    bytes: int
    parts: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class NeedlessVersion:
    """A version, or a part of versions, that nothing keeps."""

    #: Id of the version or of the part.
    version: str
    dataset: str
    #: Of the files that it lists itself: what is made of parts lists none.
    bytes: int
    since: dt.datetime
    #: When its grace is over; deleted by the first collection after that.
    goes_at: dt.datetime
    is_part: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class CollectionReport:
    """Answer of `gc`: what was deleted (or would be), what waits, what is kept."""

    is_dry_run: bool
    grace_s: float
    #: Sandboxes that expired.
    expired: tuple[str, ...]
    deleted: tuple[NeedlessVersion, ...]
    #: Files that no version and no part listed.
    orphans: tuple[FileProblem, ...]
    #: Generations that cannot be read any more from now on.
    generations: int
    condemned: tuple[NeedlessVersion, ...]
    kept: tuple[KeptShare, ...]
    #: What could not be deleted: waste that the next collection deletes.
    failed: tuple[Diagnostic, ...]
    seconds: float
    #: Jobs, events and firings.
    records: RecordsReport = field(default_factory=RecordsReport)

    @property
    def bytes_deleted(self) -> int:
        """Bytes of versions, of parts, of files that neither listed, and of folders of jobs."""
        files = sum(each.bytes for each in self.deleted) + sum(each.size_bytes for each in self.orphans)
        return files + self.records.bytes_deleted


@mutable_dataclass(kw_only=True, slots=True)
class _Collection:
    """What one collection works with and has done so far."""

    opened: OpenedState
    retention: Retention
    now: dt.datetime
    lease: Lease
    expired: list[str] = field(default_factory=list)
    deleted: list[NeedlessVersion] = field(default_factory=list)
    orphans: list[FileProblem] = field(default_factory=list)
    generations: int = 0
    failed: list[Diagnostic] = field(default_factory=list)


def collect(workspace: Workspace, options: CollectionOptions) -> CollectionReport:
    """Delete what is needless, or with `is_dry_run` say what would be deleted.

    Raises InputError where `mesh.yaml` is wrong, RefusedError (MW-S401) while another collection is at work, WorldError.
    """
    started, now = time.monotonic(), utc_now()
    with open_state_alone(workspace, create=not options.is_dry_run) as opened:
        retention = opened.settings.retention
        if options.grace_s is not None:
            retention = replace(retention, grace_s=options.grace_s)
        if options.is_dry_run:
            return replace(_foreseen(opened, retention, now), seconds=time.monotonic() - started)
        given_up, failed = _undone(opened, now)
        report = collect_at(opened, retention, now)
        return replace(
            report,
            expired=(*given_up, *report.expired),
            failed=(*failed, *report.failed),
            seconds=time.monotonic() - started,
        )


def _undone(opened: OpenedState, now: dt.datetime) -> tuple[tuple[str, ...], tuple[Diagnostic, ...]]:
    """Undo what expired sandboxes were provisioned with, and give them up; what failed is tried again by the next collection.

    Before the collection's own lease is taken: an undo may take its time, and nothing else waits for it.
    """
    if not opened.state.reader.provisionings():
        return (), ()
    from meshwright.app.provision_expiry import give_up_expired  # lazy: what jobs are run with

    return give_up_expired(opened, now)


def _foreseen(opened: OpenedState, retention: Retention, now: dt.datetime) -> CollectionReport:
    """Say what a collection would do now. Changes nothing."""
    seen = opened.state.collector.inventory(now, is_gone)
    inventory = _marked(seen, _judged(seen, retention, now), now)
    judged = _judged(inventory, retention, now)
    due = deletable(inventory, judged.versions, retention.grace_s, now)
    due_parts = deletable_parts(inventory, judged.parts, due, retention.grace_s, now)
    going: tuple[KnownVersion | KnownPart, ...] = (*due, *due_parts)
    records = foresee_records(
        Records(opened=opened, inventory=inventory, versions=judged.versions, retention=retention, now=now)
    )
    return CollectionReport(
        is_dry_run=True,
        grace_s=retention.grace_s,
        expired=judged.versions.expired,
        deleted=tuple(_told(going, retention)),
        orphans=tuple(_old_orphans(opened, retention.grace_s)),
        generations=_outlived(inventory, judged.versions),
        condemned=_waiting(judged, {each.id for each in going}, retention),
        kept=_shares(inventory, judged),
        failed=records.failed,
        seconds=0.0,
        records=records,
    )


def collect_at(opened: OpenedState, retention: Retention, now: dt.datetime) -> CollectionReport:
    """Carry a collection out, as of `now`, on a state that is open. Raises as `collect` does."""
    work = _Collection(opened=opened, retention=retention, now=now, lease=_take_lease(opened, now))
    collector = opened.state.collector
    try:
        collector.fence(work.lease, now, is_gone)
        _mark(work)
        inventory = _without_ends(collector.inventory(now, is_gone))
        judged = _judged(inventory, retention, now)
        due = deletable(inventory, judged.versions, retention.grace_s, now)
        _delete(due, lambda marks: collector.delete(work.lease, marks), work)
        _renew(work)
        collector.forget_pages(work.lease)
        reached(CrashPoint.GC_UNLISTED)
        due_parts = deletable_parts(inventory, judged.parts, due, retention.grace_s, now)
        _delete(due_parts, lambda marks: collector.delete_parts(work.lease, marks), work)
        _renew(work)
        collector.forget_generations(work.lease)
        reached(CrashPoint.GC_FORGOTTEN)
        # History is kept as long as generations are, though what it is of was a candidate and is gone.
        collector.forget_records(work.lease, now - dt.timedelta(seconds=retention.generations_s))
        _sweep(work)
        _renew(work)
        records = forget_records(
            Records(opened=opened, inventory=inventory, versions=judged.versions, retention=retention, now=now),
            work.lease,
        )
    finally:
        opened.state.writer.release_lease(work.lease)
    return CollectionReport(
        is_dry_run=False,
        grace_s=retention.grace_s,
        expired=tuple(work.expired),
        deleted=tuple(work.deleted),
        orphans=tuple(work.orphans),
        generations=work.generations,
        condemned=_waiting(judged, {each.version for each in work.deleted}, retention),
        kept=_shares(inventory, judged),
        failed=(*work.failed, *records.failed),
        seconds=0.0,
        records=records,
    )


def _take_lease(opened: OpenedState, now: dt.datetime) -> Lease:
    standing = opened.state.reader.lease(_LEASE)
    if standing is not None and is_gone(standing.holder):
        opened.state.writer.release_lease(standing)
    # Two threads of one process are two collections: a live holder would get its own lease again.
    holder = json.dumps(json.loads(this_holder()) | {"collection": secrets.token_hex(3)})
    lease = opened.state.writer.take_lease(_LEASE, holder, now, LEASE_TTL_S)
    if lease is None:
        other = holder_of(standing.holder) if standing else "another process"
        raise RefusedError(
            Diagnostic(
                code="MW-S401",
                message=f"another collection is at work: {other}",
                fix="wait for it to end, then look whether there is anything left to do: mw gc --dry-run",
            )
        )
    return lease


def _renew(work: _Collection) -> None:
    renewed = work.opened.state.writer.renew_lease(work.lease, utc_now(), LEASE_TTL_S)
    if renewed is None:
        raise Fenced(
            Diagnostic(
                code="MW-S401",
                message="another collection took this one over; what was deleted is deleted",
                fix="wait for it to end",
            )
        )


def _mark(work: _Collection) -> None:
    """Mark what is needless, take the marks of what is needed away, and give up sandboxes that expired."""
    collector = work.opened.state.collector
    inventory = collector.inventory(work.now, is_gone)
    judged = _judged(inventory, work.retention, work.now)
    collector.retain(work.lease, judged.versions.oldest)
    work.generations = _outlived(inventory, judged.versions)
    new = [each.id for each in judged.needless if each.needless_since is None]
    kept = {**judged.versions.kept, **judged.parts.kept}
    again = [each.id for each in _everything(inventory) if each.needless_since is not None and each.id in kept]
    collector.mark(work.lease, new, again, work.now)
    reached(CrashPoint.GC_MARKED)
    for name in judged.versions.expired:
        if collector.expire_sandbox(work.lease, name, work.now):
            reached(CrashPoint.GC_EXPIRED)
            work.expired.append(name)
    declared, reader = work.opened.settings.environments, work.opened.state.reader
    try:
        remove_abandoned(work.opened, lambda name: name in declared or reader.environment(name) is not None)
    except WorldError as error:
        work.failed.append(error.first)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Judged:
    """What is kept and what is not."""

    versions: Judgement
    parts: PartJudgement

    @property
    def needless(self) -> tuple[KnownVersion | KnownPart, ...]:
        """What nothing keeps, versions before parts."""
        return (*self.versions.needless, *self.parts.needless)


def _judged(inventory: Inventory, retention: Retention, now: dt.datetime) -> _Judged:
    versions = judge(inventory, retention, now)
    return _Judged(versions=versions, parts=judge_parts(inventory, versions, retention, now))


def _everything(inventory: Inventory) -> tuple[KnownVersion | KnownPart, ...]:
    return (*inventory.versions, *inventory.parts)


def _marked(inventory: Inventory, judged: _Judged, now: dt.datetime) -> Inventory:
    """Return the inventory as it is once what is needless is marked."""
    new = {each.id for each in judged.needless if each.needless_since is None}
    return replace(
        inventory,
        versions=tuple(replace(e, needless_since=now) if e.id in new else e for e in inventory.versions),
        parts=tuple(replace(e, needless_since=now) if e.id in new else e for e in inventory.parts),
    )


def _outlived(inventory: Inventory, judgement: Judgement) -> int:
    """Count the generations that can be read and are out of retention."""
    return sum(
        made.number < judgement.oldest[environment.name]
        for environment in inventory.environments
        for made in environment.generations
    )


def _without_ends(inventory: Inventory) -> Inventory:
    """Let every sandbox that is still there keep what it shows: one that expired and was used again meanwhile does."""
    return replace(inventory, environments=tuple(replace(found, expires_at=None) for found in inventory.environments))


def _delete(
    due: Sequence[KnownVersion | KnownPart],
    delete: Callable[[Mapping[str, dt.datetime]], Sequence[Deleted]],
    work: _Collection,
) -> None:
    """Delete versions, or parts, a few at a time, those that nobody took up since they were looked at: rows, then files."""
    for start in range(0, len(due), _BATCH):
        _renew(work)
        batch = {each.id: each for each in due[start : start + _BATCH]}
        gone = delete({each.id: each.needless_since for each in batch.values() if each.needless_since is not None})
        reached(CrashPoint.GC_DELETED)
        work.deleted.extend(_told((batch[each.version] for each in gone), work.retention))
        for file in (file for each in gone for file in each.files):
            _discard(file.path, work)


def _discard(path: str, work: _Collection) -> bool:
    """Delete a file that no row lists; where that fails it is waste, which the next collection tries again."""
    try:
        work.opened.store.discard(((work.opened.store.located(path), 0),))
    except MeshwrightError as error:
        work.failed.append(
            Diagnostic(
                code="MW-S403",
                message=f"'{path}' was not deleted: {error.first.message}",
                fix="mend what the message names; the next mw gc deletes it",
            )
        )
        return False
    reached(CrashPoint.GC_DISCARDED)
    return True


def _sweep(work: _Collection) -> None:
    """Delete files that no version and no part lists, of runs that nobody goes on with, and folders that hold nothing."""
    found = tuple(_old_orphans(work.opened, work.retention.grace_s))
    if found:
        with ExitStack() as leases:
            fenced = fence_runs(work.opened.state, sorted({str(orphan.run_id) for orphan in found}), leases)
            listed = listed_files(
                work.opened.state.reader
            )  # again: one of the runs may have committed before it lost its lease
            for orphan in found:
                if orphan.run_id in fenced and orphan.path not in listed and _discard(orphan.path, work):
                    work.orphans.append(orphan)
    try:
        work.opened.store.tidy(_EMPTY_S)
    except MeshwrightError as error:
        work.failed.append(
            Diagnostic(code="MW-S403", message=f"an empty folder stays: {error.first.message}", fix=error.first.fix)
        )


def _old_orphans(opened: OpenedState, grace_s: float) -> Iterator[FileProblem]:
    """Yield files of ours that no version or part lists and that nobody wrote for as long as the grace."""
    for orphan in unlisted_files(opened.state.reader, opened.store, listed_files(opened.state.reader)):
        if orphan.kind == "orphan" and orphan.age_s is not None and orphan.age_s >= grace_s:
            yield orphan


def _waiting(judged: _Judged, gone: set[str], retention: Retention) -> tuple[NeedlessVersion, ...]:
    """Return what is needless and stays for now, first what goes first."""
    waiting = _told((each for each in judged.needless if each.id not in gone), retention)
    return tuple(sorted(waiting, key=lambda each: (each.goes_at, each.dataset, each.version)))


def _told(needless: Iterable[KnownVersion | KnownPart], retention: Retention) -> Iterator[NeedlessVersion]:
    for each in needless:
        if each.needless_since is not None:
            yield NeedlessVersion(
                version=each.id,
                dataset=each.dataset,
                bytes=each.size_bytes,
                since=each.needless_since,
                goes_at=each.needless_since + dt.timedelta(seconds=retention.grace_s),
                is_part=isinstance(each, KnownPart),
            )


def _shares(inventory: Inventory, judged: _Judged) -> tuple[KeptShare, ...]:
    """Count what is kept, by environment and then by reason in the order of strength."""
    shares: dict[tuple[str, Keeper], tuple[int, int, int]] = {}
    for each in _everything(inventory):
        is_part = isinstance(each, KnownPart)
        kept = (judged.parts if is_part else judged.versions).kept.get(each.id)
        if kept is not None:
            first = kept.because or kept
            key = (first.environment or "", first.by)
            versions, parts, size = shares.get(key, (0, 0, 0))
            shares[key] = (versions + (not is_part), parts + is_part, size + each.size_bytes)
    order = list(Keeper)
    return tuple(
        KeptShare(by=by, environment=environment or None, versions=versions, parts=parts, bytes=size)
        for (environment, by), (versions, parts, size) in sorted(
            shares.items(), key=lambda item: (not item[0][0], item[0][0], order.index(item[0][1]))
        )
    )
