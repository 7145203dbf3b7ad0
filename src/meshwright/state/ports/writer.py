"""Changes of what is recorded: leases, runs, versions, evidence, sandboxes, publications."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

from meshwright.checks.spec import Evidence
from meshwright.model import FileObservation, Footprint, Page, Part, StoredFile, Version
from meshwright.state.records import (
    Definition,
    Environment,
    FootprintKey,
    InnerStepRecord,
    JobRecord,
    Lease,
    LogLine,
    Pin,
    Provisioning,
    Publication,
    RuleVerdict,
    RunRecord,
    StepRecord,
    StopRequest,
    Trigger,
)


class Writer(Protocol):
    """Changes what is recorded."""

    def take_lease(self, name: str, holder: str, now: dt.datetime, ttl_s: float) -> Lease | None:
        """Take a free or expired lease with a new, higher token; None where another live holder has it."""
        ...

    def renew_lease(self, lease: Lease, now: dt.datetime, ttl_s: float) -> Lease | None:
        """Extend a lease; None where its token is no longer the newest (it was taken over)."""
        ...

    def release_lease(self, lease: Lease) -> None:
        """Give a lease up; nothing happens where it was taken over."""
        ...

    def start_run(
        self, run: RunRecord, steps: Sequence[StepRecord], blobs: Mapping[str, bytes], *, must_be_new: bool = False
    ) -> bool:
        """Record a run, its steps and the files it was made from; what is already recorded under its id is kept.

        With `must_be_new` False, with nothing recorded, where there is a run of its id.
        """
        ...

    def record_steps(self, run_id: str, steps: Sequence[StepRecord], logs: Sequence[LogLine]) -> None:
        """Update steps and append log lines, in one batch."""
        ...

    def record_inner_steps(self, run_id: str, step: str, inner: Sequence[InnerStepRecord]) -> None:
        """Record the inner steps of a step as they stand: those that are there are updated, others stay."""
        ...

    def record_infrastructure(self, run_id: str, infrastructure: str) -> None:
        """Record what the processes that carried a run out ran on, the one that takes it over among them."""
        ...

    def reopen_run(self, run_id: str, lease: Lease) -> None:
        """Record that a run which was interrupted goes on. Raises `Fenced` (RefusedError) where `lease` is held no more."""
        ...

    def request_stop(self, request: StopRequest) -> None:
        """Ask the coordinator of a run to stop; the newest request stands."""
        ...

    def finish_run(self, run: RunRecord, lease: Lease | None = None) -> None:
        """Record how a run ended (state, times, generation, bound plan, report), and give its lease up.

        With `lease` raises `Fenced` (RefusedError), nothing changed, where the run was taken over: its record is
        another's to write.
        """
        ...

    def commit_versions(
        self, versions: Sequence[Version], triggers: Sequence[Trigger], lease: Lease | None = None
    ) -> Mapping[str, Version]:
        """Insert versions that are absent, and triggers; return the row that stands for each id.

        Where another committed first, its row is returned and the caller drops its own files. With `lease`
        raises `Fenced` (RefusedError), nothing changed, where it was taken over or released meanwhile: who took
        a run over may have cleared its unlisted files away.
        """
        ...

    def start_job(self, job: JobRecord) -> JobRecord:
        """Record that a job is about to be started, unless one of its trigger is under way, or one of its id is there; return
        what stands."""
        ...

    def change_job(self, job: JobRecord) -> None:
        """Record the handle, state, end and error of a job. One that is over stays as it ended."""
        ...

    def hold_versions(self, lease: Lease, versions: Collection[str]) -> frozenset[str]:
        """Keep versions, or parts, from garbage collection for as long as the run of `lease` goes on; return those gone.

        Raises `Fenced` (RefusedError), nothing changed, where the lease was lost.
        """
        ...

    def commit_parts(self, parts: Sequence[Part], lease: Lease | None = None) -> Mapping[str, Part]:
        """Insert parts that are absent; return the row that stands for each id, as `commit_versions` does for versions.

        Raises Fenced where `lease` is held no more.
        """
        ...

    def commit_manifest(self, version: Version, pages: Sequence[Page], lease: Lease | None = None) -> Version | None:
        """Insert a version that is made of parts, with those of its pages that are absent; return the row that stands.

        None, and nothing is inserted, where a part that one of `pages` lists is gone: it is to be built again. Pages of the
        manifest that are not among `pages` must be those of a version that is there: where one is gone it is None as well.
        Raises Fenced as `commit_versions`.
        """
        ...

    def remember_footprints(self, footprints: Mapping[FootprintKey, Footprint]) -> None:
        """Remember in which intervals versions and parts have rows; it is the same whoever looks."""
        ...

    def replace_part_files(self, part: Part, files: tuple[StoredFile, ...]) -> bool:
        """As `replace_files`, for a part."""
        ...

    def share_file(self, lease: Lease, parts: Sequence[Part], file: StoredFile) -> bool:
        """Let the rows of all `parts` list `file`, which they share, in place of their own files.

        False, and nothing is changed, where one of them is gone or lists others by now. Raises Fenced where the lease is lost.
        """
        ...

    def replace_files(self, version: Version, files: tuple[StoredFile, ...]) -> bool:
        """Let a version's row list `files` in place of those of `version`; nothing else of it changes.

        False, with nothing changed, where the row lists other files by now.
        """
        ...

    def forget_triggers(self, version: str) -> int:
        """Forget what led to an opaque version, so that its node runs again; return how many triggers there were."""
        ...

    def record_evidence(self, evidence: Sequence[Evidence], verdicts: Sequence[RuleVerdict] = ()) -> None:
        """Record evidence, the newest of a key stands; and append `verdicts`, what it says of each rule, to their histories.

        Verdicts have no key: recorded again, they stand twice.
        """
        ...

    def remember_definitions(self, definitions: Sequence[Definition]) -> None:
        """Remember texts of new fingerprints; known fingerprints keep the text first seen."""
        ...

    def remember_observations(self, observations: Sequence[FileObservation]) -> None:
        """Remember file observations, newest wins."""
        ...

    def settle_note(self, key: str, value: str) -> str:
        """Note `value` under a key where nothing is noted yet, and return what is noted there."""
        ...

    def create_sandbox(self, sandbox: Environment) -> Environment | None:
        """Make a sandbox over its base as that stands now, and return it; None where the name is taken. One row."""
        ...

    def delete_sandbox(self, name: str) -> bool:
        """Forget a sandbox with its pointers, history and pins; False where there is none of this name."""
        ...

    def begin_provisioning(self, lease: Lease, provisioning: Provisioning) -> bool:
        """Record what a sandbox is to be provisioned with; False, with nothing changed, where that is recorded already.

        Raises `Fenced` (RefusedError) where `lease` is held no more.
        """
        ...

    def change_provisioning(self, lease: Lease, provisioning: Provisioning, ended: Sequence[JobRecord] = ()) -> None:
        """Record how far a provisioning is, and in the same moment the jobs that ended. Raises Fenced as `begin_provisioning`."""
        ...

    def forget_provisioning(self, lease: Lease, sandbox: str) -> None:
        """Forget that a sandbox was provisioned: all of it is undone. Raises Fenced as `begin_provisioning`."""
        ...

    def touch_sandbox(self, sandbox: Environment, now: dt.datetime) -> bool:
        """Note that a sandbox is in use, and when it expires if it is idle; False where it is gone."""
        ...

    def set_pins(self, environment: str, pins: Sequence[Pin], unpinned: Collection[str]) -> None:
        """Hold pointers and let others go, where they stand."""
        ...

    def publish(self, publication: Publication, now: dt.datetime) -> int:
        """Move pointers in one transaction and return the new generation.

        Refuses by raising, with nothing changed: `Conflict` (RefusedError, MW-D...) where an expected
        revision does not stand, naming the objects, or one to be shown was deleted; `Fenced` (RefusedError)
        where the lease's token is not the newest or the lease expired; RefusedError (MW-S301) where an
        environment that is no sandbox would point to a restricted version. Moves that change nothing are
        dropped; with none left
        it returns the generation that stands.
        """
        ...
