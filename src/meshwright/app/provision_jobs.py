"""Does what sandboxes are provisioned with, and undoes it: the jobs of one provisioning, one after the other.

Each is a job as those of nodes in pipelines are: recorded before it is started, found again after a crash, never started
twice. How far each node is stands in the state before its job is started and when it has ended, so that whoever comes after a
crash knows what to go on with, and what to undo.
"""

from __future__ import annotations

import os
import shutil
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future
from concurrent.futures import wait as wait_for
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any  # values of users

from meshwright import __version__
from meshwright.app.apply import Beginning, new_beginning, stopping
from meshwright.app.books import open_books
from meshwright.app.clock import utc_now
from meshwright.app.environments import OpenedState
from meshwright.app.holding import LEASE_TTL_S, take_run_lease
from meshwright.app.outside import OutsideOfMesh, SecretsOfMesh
from meshwright.app.workspace import open_engine, open_sources, who
from meshwright.crashpoints import CrashPoint, reached
from meshwright.diagnostics import MeshwrightError
from meshwright.engines.protocol import Limits, Session
from meshwright.frozen import dataclass
from meshwright.model import Node, canonical_json, identity
from meshwright.model.outside import Effects, OutsideWork, outcome_of
from meshwright.model.provisions import (
    Progress,
    Provision,
    ProvisioningState,
    ProvisionJob,
    ProvisionNode,
    ProvisionState,
    progress_at,
    progress_of,
    progress_text,
    provisions_of,
)
from meshwright.plan.documents import plan_document
from meshwright.plan.nodes import node_key
from meshwright.plan.values import DesiredNode, Plan, StepAction
from meshwright.run.documents import run_document
from meshwright.run.joboutcomes import JobDone, JobFailed, JobWork
from meshwright.run.jobs import JobRunner, remove_scratch
from meshwright.run.journal import Journal
from meshwright.run.report import RunReport, StepReport, StepState
from meshwright.run.world import RunWorld
from meshwright.secrets import Secrets
from meshwright.state.errors import Fenced
from meshwright.state.records import JobRecord, Lease, Provisioning, RunRecord, RunState, StepRecord

#: How often the journal is kept while a job runs.
_LOOK_S = 0.05

#: Takes a line about what goes on.
Tell = Callable[[str], None]


def silent(line: str) -> None:
    """Tell nobody."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Left:
    """Something that was done and stays."""

    #: ``scratch.folder``
    node: str
    why: str

    @property
    def words(self) -> str:
        """What stays and why, in words."""
        return f"what '{self.node}' did stays: {self.why}"


class ProvisionRun:
    """One command's work on a provisioning: a run of its own, with its record and its log. Used by one thread."""

    def __init__(
        self,
        opened: OpenedState,
        record: Provisioning,
        lease: Lease,
        run: RunRecord,
        world: RunWorld,
        runner: JobRunner,
        tell: Tell,
    ) -> None:
        self.record = record
        self.progress = progress_of(record.progress)
        self.provisions = provisions_of(record.document)
        self.steps: dict[str, StepReport] = {}
        self._opened = opened
        self._lease = lease
        self._run = run
        self._world = world
        self._runner = runner
        self._journal = Journal(world)
        self._tell = tell
        self._renewed_at = world.clock()

    @property
    def run_id(self) -> str:
        """The run that tells of this work."""
        return self._run.id

    def make(self) -> None:
        """Do what is not done yet, in order. Raises MeshwrightError where a job fails, InterruptedRun where it is stopped."""
        for provision in self.provisions:
            for node in provision.nodes:
                if progress_at(self.progress, provision, node).state is not ProvisionState.DONE:
                    self._do(provision, node)

    def undo(self, by_hand: frozenset[str] = frozenset()) -> tuple[Left, ...]:
        """Undo what was done, or begun, the last first; return what stays. `by_hand` is taken for undone.

        Raises as `make`; the next call goes on where it stopped.
        """
        left = []
        for provision in reversed(self.provisions):
            for node in reversed(provision.nodes):
                self._settle(provision, node)
                found = progress_at(self.progress, provision, node)
                if found.state in {ProvisionState.WAITING, ProvisionState.UNDONE}:
                    continue
                name = f"{provision.name}.{node.name}"
                why = "it is left as you asked" if name in by_hand else self._stays(provision, node)
                if why is not None:
                    self._note(provision, node, replace(found, state=ProvisionState.LEFT, error=None))
                    left.append(Left(node=name, why=why))
                else:
                    self._undo(provision, node)
        return tuple(left)

    def note_state(self, state: ProvisioningState) -> None:
        """Record where the provisioning as a whole stands."""
        self.record = replace(self.record, state=state, run_id=self._run.id)
        self._opened.state.writer.change_provisioning(self._lease, self.record)

    def flush(self) -> None:
        """Write what the journal holds."""
        self._journal.flush()

    def _do(self, provision: Provision, node: ProvisionNode) -> None:
        found = progress_at(self.progress, provision, node)
        is_fresh = not self._open_jobs(provision, node, "do")
        self._note(provision, node, Progress(state=ProvisionState.BEGUN, run_id=self._run.id))
        reached(CrashPoint.PROVISION_BEGUN)
        try:
            done = self._carried_out(provision, node, node.job, "do")
        except Fenced:
            raise
        except MeshwrightError as error:
            never = self._never_started(error, provision, node, "do") if is_fresh else ()
            state = found.state if never else ProvisionState.BEGUN
            progress = Progress(state=state, error=error.first.message, run_id=self._run.id)
            self._note(provision, node, progress, never)
            raise
        self._noted_done(provision, node, done)

    def _never_started(
        self, error: MeshwrightError, provision: Provision, node: ProvisionNode, verb: str
    ) -> tuple[JobRecord, ...]:
        """Return the jobs, as ended, that were recorded and not started, since what they need could not be put together."""
        if isinstance(error, JobFailed):
            return ()
        return tuple(
            replace(job, state="cancelled", ended_at=self._world.now(), error="it was never started")
            for job in self._open_jobs(provision, node, verb)
            if job.handle is None
        )

    def _noted_done(self, provision: Provision, node: ProvisionNode, done: JobDone) -> None:
        outcome = done.written.version.outcome
        progress = Progress(state=ProvisionState.DONE, outcome=outcome, run_id=self._run.id)
        self._note(provision, node, progress, done.records)
        reached(CrashPoint.PROVISION_DONE)
        self._sweep(done)

    def _settle(self, provision: Provision, node: ProvisionNode) -> None:
        """Wait for a job that was begun before a crash: what it leaves is needed to undo it, and it must not go on after that.

        A node whose job was never started waits again, with nothing to undo: jobs are recorded before they are started.
        """
        found = progress_at(self.progress, provision, node)
        if found.state is not ProvisionState.BEGUN:
            return
        if self._open_jobs(provision, node, "do"):
            self._follow(provision, node)
        jobs = self._opened.state.reader.jobs([self._trigger(provision, node, "do")])
        is_begun = progress_at(self.progress, provision, node).state is ProvisionState.BEGUN
        if is_begun and all(job.state == "cancelled" and job.handle is None for job in jobs):
            self._note(provision, node, replace(found, state=ProvisionState.WAITING))

    def _follow(self, provision: Provision, node: ProvisionNode) -> None:
        """Follow the job that a node began to its end, and note what it left."""
        self._tell(f"{provision.name}.{node.name}: waiting for what was begun")
        try:
            done = self._carried_out(provision, node, node.job, "do", is_only_followed=True)
        except Fenced:
            raise
        except MeshwrightError:
            if self._open_jobs(provision, node, "do"):
                raise  # it could not be looked at, and may still run
            return
        self._noted_done(provision, node, done)

    def _stays(self, provision: Provision, node: ProvisionNode) -> str | None:
        """Say why a node's work cannot be undone; None where it can."""
        if node.undo is None:
            return "it has no undo"
        others = {each.name: each for each in provision.nodes}
        for used in node.undo.uses:
            if progress_at(self.progress, provision, others[used]).outcome is None:
                return f"its undo needs a value that '{used}' never gave; look whether it left a part"
        return None

    def _undo(self, provision: Provision, node: ProvisionNode) -> None:
        assert node.undo is not None  # it is looked at before
        found = progress_at(self.progress, provision, node)
        is_fresh = not self._open_jobs(provision, node, "undo")
        self._note(provision, node, replace(found, state=ProvisionState.UNDOING, run_id=self._run.id))
        reached(CrashPoint.UNDO_BEGUN)
        try:
            done = self._carried_out(provision, node, node.undo, "undo")
        except Fenced:
            raise
        except MeshwrightError as error:
            never = self._never_started(error, provision, node, "undo") if is_fresh else ()
            undoing = progress_at(self.progress, provision, node)
            self._note(provision, node, replace(undoing, error=error.first.message), never)
            raise
        self._note(
            provision, node, replace(found, state=ProvisionState.UNDONE, error=None, run_id=self._run.id), done.records
        )
        reached(CrashPoint.UNDO_DONE)
        self._sweep(done)

    def _carried_out(
        self, provision: Provision, node: ProvisionNode, job: ProvisionJob, verb: str, *, is_only_followed: bool = False
    ) -> JobDone:
        """Run a job until it succeeds, as often as it may be tried. Raises MeshwrightError."""
        work = replace(self._work(provision, node, job, verb), is_only_followed=is_only_followed)
        address, attempt = work.desired.node.address, 0
        started_at, began = self._world.now(), self._world.clock()
        what = f"{'undo of ' if verb == 'undo' else ''}{provision.name}.{node.name}"
        self._tell(f"{what}: {job.tool} ...")
        while True:
            attempt += 1
            report = StepReport(
                key=node_key(address),
                dataset=address,
                action=StepAction.TOOL,
                state=StepState.SUCCEEDED,
                attempts=attempt,
                started_at=started_at,
            )
            try:
                done = self._ended(self._runner.begin(work))
            except Fenced:
                raise
            except MeshwrightError as error:
                if (
                    error.retryable
                    and attempt < job.retry.attempts
                    and not is_only_followed
                    and self._waited(job, attempt)
                ):
                    self._journal.log("warning", report.key, f"tried again: {error.first.message}")
                    continue
                is_stopped = self._world.stop.is_set()
                state = StepState.INTERRUPTED if is_stopped else StepState.FAILED
                self._ends(replace(report, state=state, error=error.first, is_retryable=error.retryable), began)
                self._tell(f"{what}: {state.value}")
                raise
            self._ends(replace(report, costs=done.costs, inner=done.inner), began)
            self._tell(f"{what}: done")
            return done

    def _work(self, provision: Provision, node: ProvisionNode, job: ProvisionJob, verb: str) -> JobWork:
        """Return what the runner of jobs carries out."""
        others = {each.name: each for each in provision.nodes}
        facts: dict[str, Any] = {f"param:{name}": value for name, value in provision.params.items()}
        facts |= sandbox_facts(self.record.sandbox, self.record.base, self.record.begun_by)
        for used in job.uses:
            outcome = progress_at(self.progress, provision, others[used]).outcome
            values = outcome_of(outcome).values if outcome is not None else {}
            facts[f"node:{used}"] = {"state": "succeeded" if outcome is not None else None, "value": values}
        kind = "undo" if verb == "undo" else "provision"
        desired = DesiredNode(
            node=Node(
                address=f"{kind}.{provision.name}.{node.name}",
                kind=job.tool,
                outside=OutsideWork(
                    tool=job.tool,
                    options=job.options,
                    # What was started and is lost may have been done: it is undone, and not tried again.
                    effects=Effects.EXTERNAL,
                    uses=job.uses,
                    folder=str(self._folder(provision)),
                ),
                timeout_s=job.timeout_s,
                span=job.span,
            ),
            fingerprint="",
            definition="",
            params=provision.params,
            engine="",
        )
        return JobWork(
            desired=desired,
            trigger=self._trigger(provision, node, verb),
            inputs={},
            facts=MappingProxyType(facts),
        )

    def _folder(self, provision: Provision) -> Path:
        """Return the folder with the component's files as they were, which is made where it is not here."""
        folder = provision_folder(self._opened, self.record) / provision.name
        if not folder.exists():
            blobs = self._opened.state.reader.blobs(set(provision.files.values()))
            making = folder.with_name(f"{folder.name}.making")
            shutil.rmtree(making, ignore_errors=True)
            for path, digest in provision.files.items():
                target = making / path
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(blobs[digest])
            making.rename(folder)
        return folder

    def _trigger(self, provision: Provision, node: ProvisionNode, verb: str) -> str:
        return identity("mwprovision1", self.record.id, provision.name, node.name, verb)

    def _open_jobs(self, provision: Provision, node: ProvisionNode, verb: str) -> tuple[JobRecord, ...]:
        """Return the jobs of a node that were begun, and of which the end is not known."""
        jobs = self._opened.state.reader.jobs([self._trigger(provision, node, verb)])
        return tuple(job for job in jobs if not job.is_over)

    def _note(
        self, provision: Provision, node: ProvisionNode, progress: Progress, ended: tuple[JobRecord, ...] = ()
    ) -> None:
        """Record how far a node is, and the jobs that ended with that."""
        self.progress[f"{provision.name}.{node.name}"] = progress
        self.record = replace(self.record, progress=progress_text(self.progress), run_id=self._run.id)
        self._opened.state.writer.change_provisioning(self._lease, self.record, ended)

    def _sweep(self, done: JobDone) -> None:
        assert self._world.outside is not None
        remove_scratch(self._world.outside.scratch, [record.id for record in done.records])

    def _ended(self, future: Future[JobDone]) -> JobDone:
        """Wait for a job, and keep the record and the leases meanwhile."""
        while not future.done():
            wait_for([future], timeout=_LOOK_S)
            self._keep()
        return future.result()

    def _waited(self, job: ProvisionJob, attempt: int) -> bool:
        """Wait before the next attempt; False where it was asked to stop."""
        until = self._world.clock() + job.retry.backoff_s * 2 ** (attempt - 1)
        while (left_s := until - self._world.clock()) > 0:
            if self._world.stop.wait(min(left_s, 0.5)):
                return False
            self._keep()
        return not self._world.stop.is_set()

    def _keep(self) -> None:
        self._journal.keep_alive({})
        now = self._world.clock()
        if now - self._renewed_at >= LEASE_TTL_S / 3:
            self._renewed_at = now
            # Where it was taken over, the next change of the record is refused.
            self._opened.state.writer.renew_lease(self._lease, self._world.now(), LEASE_TTL_S)

    def _ends(self, report: StepReport, began: float) -> None:
        ended = replace(report, seconds=self._world.clock() - began, ended_at=self._world.now())
        self.steps[ended.key] = ended
        self._journal.step(ended)
        self._journal.flush()


def sandbox_facts(name: str, base: str, by: str) -> dict[str, str]:
    """Return what ``${sandbox:...}`` refers to."""
    return {"sandbox:name": name, "sandbox:base": base, "sandbox:who": by}


def provision_folder(opened: OpenedState, record: Provisioning) -> Path:
    """Return the folder with the files of the components that a sandbox is provisioned with."""
    return opened.workspace.private / "provisions" / record.id


@contextmanager
def provisioning(
    opened: OpenedState, record: Provisioning, lease: Lease, blobs: Mapping[str, bytes], tell: Tell, verb: str
) -> Iterator[ProvisionRun]:
    """Open a run in which a sandbox is provisioned (`verb` make), or that is undone (undo); record how it ends."""
    beginning = new_beginning()
    state = opened.state
    run_lease = take_run_lease(state, beginning.run_id, beginning.now)
    plan = canonical_json(plan_document(Plan(environment=record.sandbox, generation=0, steps=())))
    run = RunRecord(
        id=beginning.run_id,
        environment=record.sandbox,
        state=RunState.RUNNING,
        options=canonical_json({"provision": record.sandbox, "verb": verb}),
        by=who(),
        started_at=beginning.now,
        planned=plan,
        bound=plan,
        meshwright=__version__,
    )
    state.writer.start_run(run, _steps(record, verb), blobs)
    stop = threading.Event()
    limits = Limits(temp_directory=str(opened.workspace.private / "spill"), readable=opened.store.folders)
    with open_engine(opened.settings).open(limits) as session, stopping(stop, session):
        world = _world(opened, session, run, run_lease, stop)
        runner = JobRunner(world)
        work = ProvisionRun(opened, record, lease, run, world, runner, tell)
        ended = RunState.INTERRUPTED
        try:
            yield work
            ended = RunState.SUCCEEDED
        except MeshwrightError:
            ended = RunState.INTERRUPTED if stop.is_set() else RunState.FAILED
            raise
        finally:
            runner.close()
            work.flush()
            _finish(opened, run, run_lease, ended, work, beginning)


def _steps(record: Provisioning, verb: str) -> tuple[StepRecord, ...]:
    """Return what a run is to do; what was done before is among it."""
    kind = "undo" if verb == "undo" else "provision"
    addresses = [
        f"{kind}.{provision.name}.{node.name}"
        for provision in provisions_of(record.document)
        for node in provision.nodes
        if verb == "make" or node.undo is not None
    ]
    return tuple(
        StepRecord(key=node_key(address), dataset=address, action=StepAction.TOOL.value, state=StepState.WAITING.value)
        for address in (addresses if verb == "make" else reversed(addresses))
    )


def _finish(
    opened: OpenedState, run: RunRecord, lease: Lease, ended: RunState, work: ProvisionRun, beginning: Beginning
) -> None:
    report = RunReport(
        run_id=run.id,
        state=ended,
        environment=run.environment,
        generation=0,
        steps=tuple(work.steps.values()),
        tests=(),
        published=(),
        not_published=(),
        seconds=time.monotonic() - beginning.started,
    )
    finished = replace(run, state=ended, finished_at=utc_now(), report=canonical_json(run_document(report)))
    opened.state.writer.finish_run(finished, lease)


def _world(opened: OpenedState, session: Session, run: RunRecord, lease: Lease, stop: threading.Event) -> RunWorld:
    """Put the ports together for jobs that read and yield no data."""
    looks = open_books(opened.state.reader, opened.store, lambda: session)
    workspace = opened.workspace
    secrets = Secrets(workspace.root, os.environ)
    return RunWorld(
        root=workspace.root,
        reader=opened.state.reader,
        writer=opened.state.writer,
        store=opened.store,
        session=session,
        sources=open_sources(workspace),
        now=utc_now,
        clock=time.monotonic,
        run_id=run.id,
        by=run.by,
        lease=lease,
        stop=stop,
        environment=run.environment,
        outside=OutsideOfMesh(
            workspace.root,
            workspace.private,
            os.environ,
            secrets,
            opened.state.reader,
            (opened.settings.name, opened.settings.openlineage.namespace),
        ),
        secrets=SecretsOfMesh(secrets),
        lease_ttl_s=LEASE_TTL_S,
        attempt=f"{run.id}-{lease.token}",
        parts=looks.parts,
        books=looks.books,
        footprints=looks.footprints,
        digest_of_sums=open_engine(opened.settings).digest_of_sums,
    )
