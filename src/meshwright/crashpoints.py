"""The places at which a crash is worth trying: before and after everything that changes the world.

`reached` tells Python's own audit hooks, and nothing else: without a hook it costs 0.1 microseconds and does
nothing. The proofs in ``torture/`` install a hook that kills the process at a point of their choice, and go
through all of `CrashPoint`; so a name here is a promise that dying there is survived.
"""

from __future__ import annotations

import enum
import sys

#: The audit event; its one argument is the point.
EVENT = "meshwright.reached"


class CrashPoint(enum.StrEnum):
    """Every named place, in the order in which a run, a move, a repair, an init and a collection come by them."""

    #: A new mesh: some of its files are written. / All are, in a folder beside the place; nothing is in place yet.
    #: / Some have moved into a folder that was there already.
    INIT_WRITING = "init.writing"
    INIT_WRITTEN = "init.written"
    INIT_MOVING = "init.moving"
    #: The run has its lease; its record is not written. / It is.
    LEASE_TAKEN = "run.lease-taken"
    RUN_RECORDED = "run.recorded"
    #: A job is recorded and was not started. / It was started outside; its handle is not recorded. / It is.
    #: / It ended; what came of it is not collected.
    JOB_RECORDED = "job.recorded"
    JOB_STARTED = "job.started"
    JOB_KNOWN = "job.known"
    JOB_ENDED = "job.ended"
    #: The engine wrote a version's files; nothing is durable.
    FILES_WRITTEN = "build.files-written"
    #: The files are durable; their folders are not. / Those are as well.
    FILES_SYNCED = "seal.files-synced"
    FOLDERS_SYNCED = "seal.folders-synced"
    #: Durable files, and no row that lists them. / The rows are committed; the run knows nothing of it yet.
    VERSIONS_SEALED = "commit.versions-sealed"
    VERSIONS_COMMITTED = "commit.versions-committed"
    #: Rules are measured; the verdicts are not recorded. / They are.
    EVIDENCE_MEASURED = "commit.evidence-measured"
    EVIDENCE_RECORDED = "commit.evidence-recorded"
    #: Everything is proved; the publication has not begun.
    PUBLICATION_READY = "publish.ready"
    #: Inside the publication's transaction: pointers are closed, the new ones are not open. / All is written, not committed.
    POINTERS_CLOSED = "publish.pointers-closed"
    POINTERS_OPENED = "publish.pointers-opened"
    #: The publication is committed; the run has not noted it.
    PUBLISHED = "publish.committed"
    #: The run is over; its record still says that it runs. / It says how it ended; the reader files are not written.
    RUN_OVER = "run.over"
    RUN_FINISHED = "run.finished"
    #: A rollback, a pin or a rebase: decided, and nothing is written. / It is committed; files for plain readers are not.
    MOVE_READY = "move.ready"
    MOVE_COMMITTED = "move.committed"
    #: A sandbox that is given up: its files for plain readers are gone, and its row is not. / So is its row.
    SANDBOX_LEAVING = "sandbox.leaving"
    SANDBOX_GONE = "sandbox.gone"
    #: What a sandbox is provisioned with is recorded; nothing is done. / A job was begun, by the record. / It is done, by
    #: the record. / All is done; the sandbox is not there. / The sandbox is there; its provisioning does not know.
    PROVISION_RECORDED = "provision.recorded"
    PROVISION_BEGUN = "provision.begun"
    PROVISION_DONE = "provision.done"
    PROVISION_WHOLE = "provision.whole"
    PROVISION_SHOWN = "provision.shown"
    #: The undo of a job was begun, by the record. / It is undone, by the record. / All is; the record is still there.
    UNDO_BEGUN = "provision.undo-begun"
    UNDO_DONE = "provision.undo-done"
    UNDO_WHOLE = "provision.undo-whole"
    #: A request under a key: its key is noted, and nothing is done. / It is done; that it was told is not noted. / It is noted;
    #: the answer is not sent.
    REQUEST_NOTED = "request.noted"
    REQUEST_DONE = "request.done"
    REQUEST_KEPT = "request.kept"
    #: Files for plain readers: a new one is written beside the old one. / One of the two is replaced.
    READERS_WRITTEN = "readers.written"
    READERS_REPLACED = "readers.replaced"
    #: A repair: the new files are durable and not listed. / The row lists them; the damaged ones are still in place.
    REPAIR_REBUILT = "repair.rebuilt"
    REPAIR_POINTED = "repair.pointed"
    #: A file was moved into quarantine; that is not durable yet. / The repair is done, but for the files of plain readers.
    REPAIR_MOVED = "repair.moved"
    REPAIR_DONE = "repair.done"
    #: A collection of garbage: what is needless is marked. / A sandbox that expired is gone, its reader files are not.
    GC_MARKED = "gc.marked"
    GC_EXPIRED = "gc.expired"
    #: The rows of versions, or of parts, are deleted, their files are not. / Some of these are.
    GC_DELETED = "gc.deleted"
    GC_DISCARDED = "gc.discarded"
    #: The pages that no version lists are gone; the parts that they listed are not.
    GC_UNLISTED = "gc.unlisted"
    #: Old generations are forgotten; the revisions that they named are not.
    GC_FORGOTTEN = "gc.forgotten"
    #: The records of jobs are gone; their folders are not. / Some of these are.
    GC_JOBS_FORGOTTEN = "gc.jobs-forgotten"
    GC_FOLDER_REMOVED = "gc.folder-removed"
    #: Firings are gone; the events that they named are not.
    GC_FIRINGS_FORGOTTEN = "gc.firings-forgotten"


def reached(point: CrashPoint) -> None:
    """Tell whoever listens that the process is at `point`."""
    sys.audit(EVENT, point.value)
