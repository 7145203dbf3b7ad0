"""The verbs `run` and `runs resume`: plan, execute, publish, record.

A run's life: lease, record, plan, execute (`run.interpreter`), record again. Whatever happens in between, what was
committed is found by the next run, and what was not published is as it was.
"""

from __future__ import annotations

import datetime as dt
import json
import re
import secrets
import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import field, replace
from types import MappingProxyType

from meshwright import __version__
from meshwright.app.adoption import remembered_definition
from meshwright.app.agreeing import require_agreement
from meshwright.app.clock import utc_now
from meshwright.app.environments import use_sandbox
from meshwright.app.holding import take_run_lease
from meshwright.app.infrastructure import infrastructure_text
from meshwright.app.listeners import Listeners, listening
from meshwright.app.opened import OpenedMesh, open_mesh
from meshwright.app.parties import surroundings_of, with_parties
from meshwright.app.planning import PlanOptions, Prepared, govern, prepare
from meshwright.app.processes import is_gone
from meshwright.app.protection import require_allowed_code
from meshwright.app.readers import export_environment
from meshwright.app.readers_ahead import ReadersAhead
from meshwright.app.run_finding import steps_of
from meshwright.app.sandbox_selection import default_selection
from meshwright.app.workers import open_workers
from meshwright.app.workspace import Workspace, who
from meshwright.app.worlds import Holding, run_world
from meshwright.crashpoints import CrashPoint, reached
from meshwright.diagnostics import Diagnostic, InputError, MeshwrightError, RefusedError, WorldError
from meshwright.engines.protocol import Limits, Session
from meshwright.frozen import dataclass
from meshwright.model import bytes_identity, canonical_json
from meshwright.model.causes import Cause, CauseKind, cause_document, cause_of
from meshwright.model.prices import Prices
from meshwright.plan.documents import plan_document
from meshwright.plan.nodes import node_key
from meshwright.plan.values import Plan, Step, StepAction, StepParts
from meshwright.run.board import Board, new_board
from meshwright.run.costs import Costs, RunCosts, costs_text, summed_steps
from meshwright.run.documents import run_document
from meshwright.run.events import Listener, RunStarted, no_listener
from meshwright.run.interpreter import Coordinator
from meshwright.run.meter import Meter
from meshwright.run.report import NotPublished, PartsReport, RunReport, StepReport, StepState
from meshwright.run.world import Publishing
from meshwright.state.records import Lease, ObjectKind, RunRecord, RunState, StepRecord
from meshwright.tools.git import code_state

_RUN_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{5,63}")
#: What names the run above among the events that a pipeline's node gives as the cause of a run.
_RUN_EVENT = "run "
#: How often a run plans again because others published what it read.
_REPLANS = 3


@dataclass(frozen=True, kw_only=True, slots=True)
class RunOptions(PlanOptions):
    """What `run` is asked for."""

    #: Whether the environment was written out by the caller.
    is_environment_explicit: bool = False
    #: What started the run, None for a person's command.
    cause: Cause | None = None
    #: The id that the run gets, chosen by who starts it: a second run of the same id is refused. None: one is made.
    run_id: str | None = None
    #: The run that has ended, and the key of the step of it, that this one goes on from.
    goes_on_from: tuple[str, str] | None = None

    @property
    def is_scheduled(self) -> bool:
        """Whether its time has come for nodes with `refresh: schedule`."""
        return self.cause is not None and self.cause.kind is CauseKind.SCHEDULE


def apply(workspace: Workspace, options: RunOptions, listener: Listener = no_listener) -> RunReport:
    """Build what is missing, test it and publish what is good.

    Raises InputError before anything starts where mesh or options are wrong, RefusedError where a policy forbids it;
    afterwards the report tells.
    """
    beginning = new_beginning(options.run_id)
    with open_mesh(workspace, options.environment, create_state=True) as opened:
        if options.run_id is not None:
            require_new(opened, options.run_id)
        use_sandbox(opened.sandbox, opened.state.writer, beginning.now)
        options = replace(options, select=options.select or default_selection(opened.sandbox))
        prepared = govern(opened, _agreeing(opened, options))
        _require_committed(opened, prepared, options)
        require_allowed_code(opened, prepared, options.params)
        order = Order(
            options=options_text(options),
            again=lambda: _agreeing(opened, options),
            retest=options.retest,
            goes_on_from=options.goes_on_from,
        )
        return execute(opened, prepared, order, beginning, listener)


@dataclass(frozen=True, kw_only=True, slots=True)
class Order:
    """What is carried out besides the plan."""

    #: As they are recorded, canonical JSON.
    options: str
    #: Makes the plan again where others published what it rests on.
    again: Callable[[], Prepared]
    retest: bool = False
    #: As in the options.
    goes_on_from: tuple[str, str] | None = None
    publishing: Publishing = field(default_factory=Publishing)


@dataclass(frozen=True, kw_only=True, slots=True)
class Beginning:
    """How a run begins."""

    run_id: str
    now: dt.datetime
    #: Reading of the monotonic clock when the command began.
    started: float


def new_beginning(run_id: str | None = None) -> Beginning:
    """Name a new run, as whoever starts it wants it named."""
    now = utc_now()
    return Beginning(run_id=run_id or new_run_id(now), now=now, started=time.monotonic())


def new_run_id(now: dt.datetime) -> str:
    """Return an id for a run that begins about now."""
    return f"{now:%Y%m%dT%H%M%S}-{secrets.token_hex(3)}"


def execute(
    opened: OpenedMesh, prepared: Prepared, order: Order, beginning: Beginning, listener: Listener
) -> RunReport:
    """Take the lease, record the run and carry it out."""
    _close_dead_runs(opened, beginning.now)
    lease = take_run_lease(opened.state, beginning.run_id, beginning.now)
    digests = {path: bytes_identity(data) for path, data in opened.contents.items()}
    record = RunRecord(
        id=beginning.run_id,
        environment=opened.environment,
        state=RunState.RUNNING,
        options=order.options,
        by=who(),
        started_at=beginning.now,
        base_generation=prepared.plan.generation,
        generation=prepared.plan.generation,
        planned=canonical_json(plan_document(prepared.plan)),
        files=digests,
        meshwright=__version__,
        infrastructure=infrastructure_text(opened, beginning.now),
    )
    record = _below(record, order.goes_on_from)
    blobs = {digests[path]: data for path, data in opened.contents.items()}
    reached(CrashPoint.LEASE_TAKEN)
    if not opened.state.writer.start_run(record, waiting_steps(prepared.plan), blobs, must_be_new=True):
        opened.state.writer.release_lease(lease)
        raise run_taken(record.id)
    reached(CrashPoint.RUN_RECORDED)
    held = Held(record=record, lease=lease, started=beginning.started, plan=prepared.plan)
    return carry_out(opened, prepared, order, held, listener)


def _below(record: RunRecord, goes_on_from: tuple[str, str] | None) -> RunRecord:
    """Return a run with the run and the step that it goes on from, or that started it, where a node of a pipeline did."""
    if goes_on_from is not None:
        return replace(record, parent=goes_on_from[0], parent_step=goes_on_from[1])
    cause = recorded_cause(record)
    if cause is None or cause.kind is not CauseKind.PIPELINE:
        return record
    runs = [event.removeprefix(_RUN_EVENT) for event in cause.events if event.startswith(_RUN_EVENT)]
    return replace(record, parent=runs[0], parent_step=node_key(cause.name)) if runs else record


def _agreeing(opened: OpenedMesh, options: RunOptions) -> Prepared:
    """Make the plan of a run; refused where it would mix generations that its trigger joined."""
    prepared = prepare(opened, options)
    require_agreement(opened.mesh, options.cause, prepared.published.pointers, opened.state.reader)
    return prepared


def require_new(opened: OpenedMesh, run_id: str) -> None:
    """Refuse a chosen id early that is no id, or is taken; what comes first is decided where the run is recorded."""
    if not _RUN_ID.fullmatch(run_id):
        raise InputError(
            Diagnostic(
                code="MW-S002",
                message=f"{run_id!r} cannot be the id of a run",
                fix="take 6 to 64 letters, digits, '.', '_' or '-', for example 20260131T050000-load",
            )
        )
    found = opened.state.reader.run(run_id)
    if found is not None and found.id == run_id:
        raise run_taken(run_id)


def run_taken(run_id: str) -> RefusedError:
    """Say that a run of an id is there already."""
    return RefusedError(
        Diagnostic(
            code="MW-S001",
            message=f"there is a run {run_id} already; nothing was started",
            fix=f"mw runs show {run_id} shows it; leave the id away, or take another",
        )
    )


def resume(
    workspace: Workspace, run_id: str, listener: Listener = no_listener, from_node: str | None = None
) -> RunReport:
    """Go on with a run that was killed or interrupted, from its own frozen files. Finished work is not repeated.

    With `from_node` it is about that node and what is made from it: rules are measured again and opaque nodes run again,
    whatever came of them before. Raises InputError (MW-R005, MW-R010, MW-R081) for a run that is not there or not to be
    resumed, or has no such node, RefusedError (MW-R004) where a live process holds it.
    """
    from meshwright.app.frozen import frozen_workspace, resumable_run

    started = time.monotonic()
    record = resumable_run(workspace, run_id)
    options = recorded_options(record)
    with (
        frozen_workspace(workspace, record) as frozen,
        open_mesh(frozen, record.environment, create_state=True) as opened,
    ):
        if from_node is not None:
            address, _ = steps_of(opened.state.reader, record, from_node, code="MW-R081")
            options = replace(options, select=(f"{address}+",), refresh=True, retest=True, interval=None)
        use_sandbox(opened.sandbox, opened.state.writer, utc_now())
        lease = take_run_lease(opened.state, record.id, utc_now())
        infrastructure = infrastructure_text(opened, utc_now(), record.infrastructure)
        opened.state.writer.record_infrastructure(record.id, infrastructure)
        record = replace(record, infrastructure=infrastructure)
        prepared = govern(opened, _agreeing(opened, options))
        order = Order(options=record.options, again=lambda: _agreeing(opened, options), retest=options.retest)
        spent = {step.key: step.costs for step in opened.state.reader.steps(record.id)}
        opened.state.writer.reopen_run(record.id, lease)
        held = Held(record=record, lease=lease, started=started, is_resumed=True, spent=spent)
        return carry_out(opened, prepared, order, held, listener)


@dataclass(frozen=True, kw_only=True, slots=True)
class Held:
    """A run with the lease on it."""

    record: RunRecord
    lease: Lease
    #: Reading of the monotonic clock when the command began.
    started: float
    #: The plan that the record tells as planned, where it was made by this command.
    plan: Plan | None = None
    #: Whether an earlier command began it, and what its steps had cost then, by their keys.
    is_resumed: bool = False
    spent: Mapping[str, Costs] = field(default_factory=lambda: MappingProxyType({}))


def carry_out(opened: OpenedMesh, prepared: Prepared, order: Order, held: Held, listener: Listener) -> RunReport:
    """Execute the plan; where others overtook it, plan again and go on, a few times. Then write the files for plain readers."""
    with listening(opened, held.record, prepared, listener, is_resumed=held.is_resumed) as listeners:
        return _carried_out(opened, prepared, order, held, listeners)


def _carried_out(opened: OpenedMesh, prepared: Prepared, order: Order, held: Held, listener: Listeners) -> RunReport:
    stop, meter = threading.Event(), Meter(spent=held.spent)
    limits = Limits(temp_directory=str(opened.workspace.private / "spill"), readable=opened.store.folders)
    broken: MeshwrightError | None = None
    with opened.engine.open(limits) as session, open_workers(opened, stop) as workers, stopping(stop, session):
        boards: list[Board] = []
        for attempt in range(_REPLANS + 1):
            try:
                prepared, versions = _held(opened, prepared, order, held)
            except (RefusedError, WorldError) as error:
                if not boards:
                    raise
                broken = error
                break
            holding = Holding(
                run_id=held.record.id,
                lease=held.lease,
                attempt=f"{held.record.id}-{held.lease.token}-{attempt}",
                stop=stop,
                workers=workers,
                files=prepared.observation.sources.files,
                publishing=order.publishing,
                meter=meter,
            )
            world = run_world(opened, session, holding)
            board = new_board(prepared.plan, prepared.desired, prepared.observation.observed, opened.state.reader)
            board.held |= versions
            boards.append(board)
            listener(RunStarted(run_id=held.record.id, plan=prepared.plan))
            try:
                Coordinator(board, world, listener, retest=order.retest and attempt == 0).run()
            except (RefusedError, WorldError) as error:  # the lease or the state is lost: nothing more can be recorded
                broken = error
                break
            if not board.overtaken or stop.is_set() or attempt == _REPLANS:
                break
            try:
                prepared = order.again()
            except (
                MeshwrightError
            ):  # what was planned cannot be done any more; the caller says why, the record that it is over
                with suppress(RefusedError, WorldError):
                    report = _with_costs(_report(held, boards, stop, None), meter, opened.mesh.prices)
                    ended_at = utc_now()
                    _finish(opened, held, board, listener.finished(report, ended_at), ended_at)
                raise
    ended_at = utc_now()
    report = _with_costs(_report(held, boards, stop, broken), meter, opened.mesh.prices)
    if not isinstance(broken, RefusedError):  # whoever took the run over tells its end
        report = listener.finished(report, ended_at)
    if broken is not None:
        return report
    try:
        _remember(opened, prepared, boards)
        reached(CrashPoint.RUN_OVER)
        _finish(opened, held, boards[-1], report, ended_at)
    except (RefusedError, WorldError) as error:  # what was published stands; the record says less than happened
        return _with_costs(_report(held, boards, stop, error), meter, opened.mesh.prices)
    return _exported(opened, report, listener.ahead)


def _held(opened: OpenedMesh, prepared: Prepared, order: Order, held: Held) -> tuple[Prepared, frozenset[str]]:
    """Hold every version that a plan goes by, and return the plan with their ids.

    Until now no collection of garbage knew of it: where one deleted something meanwhile, it is planned again.
    """
    for _ in range(_REPLANS):
        versions = frozenset(prepared.observation.observed.versions)
        gone = opened.state.writer.hold_versions(held.lease, versions)
        if not gone:
            return prepared, versions
        prepared = order.again()
    return prepared, frozenset()


def _exported(opened: OpenedMesh, report: RunReport, ahead: ReadersAhead) -> RunReport:
    """Write the files for plain readers; where that fails the publication stands, and the report says so."""
    try:
        export_environment(opened, report.environment, prepared=ahead.prepared())
    except WorldError as error:
        return replace(
            report, notes=(*report.notes, f"files for plain readers were not written: {error.first.message}")
        )
    return report


@contextmanager
def stopping(stop: threading.Event, session: Session) -> Iterator[None]:
    """Turn the first Ctrl-C (or SIGTERM) into a clean stop; a second one ends the process the hard way."""

    def ask(_number: int, _frame: object) -> None:
        if stop.is_set():
            raise KeyboardInterrupt
        stop.set()
        session.interrupt()

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _require_committed(opened: OpenedMesh, prepared: Prepared, options: RunOptions) -> None:
    """Refuse a run from uncommitted files into an environment that was published from git, unless it was written out."""
    if options.is_environment_explicit:
        return
    code = code_state(opened.workspace.root, opened.contents.keys())
    if code is None or not code.uncommitted:
        return
    products = {found.revision for found in prepared.published.pointers.values() if found.kind is ObjectKind.PRODUCT}
    manifests = (json.loads(revision.document) for revision in opened.state.reader.revisions(products).values())
    if any(manifest.get("commit") for manifest in manifests):
        raise RefusedError(
            Diagnostic(
                code="MW-R019",
                message=f"{options.environment} was published from git, and {len(code.uncommitted)} mesh file(s) are not "
                f"committed, {code.uncommitted[0]} among them",
                fix=f"commit them, or write the environment out: mw run --env {options.environment}",
            )
        )


def _close_dead_runs(opened: OpenedMesh, now: dt.datetime) -> None:
    """Record as interrupted the runs whose coordinator died on this host."""
    for listed in opened.state.reader.runs(limit=5, brief=True):
        if listed.state is not RunState.RUNNING:
            continue
        lease = opened.state.reader.lease(f"run:{listed.id}")
        run = opened.state.reader.run(listed.id)
        if run is not None and lease is not None and is_gone(lease.holder):
            opened.state.writer.finish_run(replace(run, state=RunState.INTERRUPTED, finished_at=now))


def _remember(opened: OpenedMesh, prepared: Prepared, boards: list[Board]) -> None:
    """Remember what saves work next time: hashed source files, and the texts behind new fingerprints."""
    opened.state.writer.remember_observations(prepared.observation.sources.hashed)
    built = {dataset: version for board in boards for dataset, version in board.bound.items()}
    known = {version.id for version in prepared.published.versions.values()}
    opened.state.writer.remember_definitions(
        tuple(
            definition
            for dataset, version in sorted(built.items())
            if version.id not in known
            and (definition := remembered_definition(prepared.desired.nodes[dataset].node, version)) is not None
        )
    )


def _report(held: Held, boards: list[Board], stop: threading.Event, broken: MeshwrightError | None) -> RunReport:
    """Put the boards of a run (more than one where it planned again) into one document."""
    last = boards[-1]
    steps: dict[str, StepReport] = {}
    for board in boards:
        for ended in board.ended.values():
            if not _is_own(steps.get(ended.key), ended):
                steps[ended.key] = ended
    tests = {(outcome.dataset, outcome.id, outcome.version): outcome for board in boards for outcome in board.tests}
    told = with_parties(tuple(tests.values()), surroundings_of(last.desired))
    published = tuple(dict.fromkeys(product for board in boards for product in board.published))
    order = {step.key: index for index, step in enumerate(last.plan.steps)}
    not_published = (*last.not_published, *_never_reached(last))
    is_whole = all(report.state in {StepState.SUCCEEDED, StepState.SKIPPED} for report in last.ended.values())
    if broken is not None:
        state = RunState.STOPPED
    elif stop.is_set():
        state = RunState.INTERRUPTED
    elif is_whole:
        state = RunState.SUCCEEDED
    else:
        state = RunState.PARTIAL if published else RunState.FAILED
    return RunReport(
        run_id=held.record.id,
        state=state,
        environment=held.record.environment,
        generation=last.generation,
        steps=tuple(sorted(steps.values(), key=lambda report: order.get(report.key, len(order)))),
        tests=told,
        published=published,
        not_published=not_published,
        seconds=time.monotonic() - held.started,
        notes=(*last.plan.notes, *(note for board in boards for note in board.notes)),
        error=broken.first if broken else None,
        is_retryable=broken.retryable if broken else False,
    )


def _with_costs(report: RunReport, meter: Meter, prices: Prices) -> RunReport:
    """Add what the steps of each product cost, and what the run cost beside them."""
    costs = RunCosts(products=summed_steps(report.steps), beside=meter.beside(), prices=prices)
    return replace(report, costs=costs)


def _is_own(before: StepReport | None, now: StepReport) -> bool:
    """Whether a step reused what this very run had built for it before it planned again."""
    return (
        before is not None
        and (before.action, now.action) == (StepAction.BUILD, StepAction.REUSE)
        and before.state is StepState.SUCCEEDED
        and before.version == now.version
    )


def _never_reached(board: Board) -> tuple[NotPublished, ...]:
    """Products whose publication was not tried because the run was stopped."""
    told = {refusal.product for refusal in board.not_published}
    return tuple(
        NotPublished(product=product, reason="the run was interrupted")
        for step in board.plan.steps
        if step.products and board.ended[step.key].state is StepState.INTERRUPTED
        for product in step.products
        if product not in told
    )


def _finish(opened: OpenedMesh, held: Held, board: Board, report: RunReport, ended_at: dt.datetime) -> None:
    opened.state.writer.finish_run(
        replace(
            held.record,
            state=report.state,
            finished_at=ended_at,
            generation=report.generation,
            bound=_bound_text(held, board),
            report=canonical_json(run_document(report)),
            costs=costs_text(report.costs),
        ),
        held.lease,
    )
    reached(CrashPoint.RUN_FINISHED)


def _bound_text(held: Held, board: Board) -> str:
    """Return the plan as bound; where it came as planned, that has been told already."""
    steps = tuple(_as_bound(step, board) for step in board.plan.steps)
    if board.plan is held.plan and all(bound is step for bound, step in zip(steps, board.plan.steps, strict=True)):
        return held.record.planned
    return canonical_json(plan_document(replace(board.plan, steps=steps)))


def _as_bound(step: Step, board: Board) -> Step:
    ended = board.ended[step.key]
    parts = step.parts if ended.parts is None else _parts_as_bound(ended.parts)
    is_as_planned = ended.action is step.action and ended.version == step.version and parts == step.parts
    return step if is_as_planned else replace(step, action=ended.action, version=ended.version, parts=parts)


def _parts_as_bound(parts: PartsReport) -> StepParts:
    """Return what a step made in parts as its plan would have told it."""
    return StepParts(
        version_class=parts.version_class,
        build=parts.build,
        built=parts.planned + parts.reused,
        kept=parts.kept,
        dropped=parts.dropped,
    )


def waiting_steps(plan: Plan) -> tuple[StepRecord, ...]:
    """Return the steps of a plan as they are recorded before anything is done."""
    return tuple(
        StepRecord(
            key=step.key,
            dataset=step.dataset,
            action=step.action.value,
            state=StepState.WAITING.value,
            version=step.version,
        )
        for step in plan.steps
    )


def options_text(options: RunOptions) -> str:
    """Return what a run was asked for, as it is recorded."""
    asked: dict[str, object] = {
        "select": list(options.select),
        "variation": options.variation,
        "only": options.only,
        "retest": options.retest,
        "refresh": options.refresh,
        "interval": options.interval,
        "params": dict(options.params),
    }
    if options.cause is not None:
        asked["cause"] = cause_document(options.cause)
    return canonical_json(asked)


def recorded_cause(record: RunRecord) -> Cause | None:
    """Return what started a run, None for a person's command."""
    found = json.loads(record.options).get("cause")
    return None if found is None else cause_of(found)


def recorded_options(record: RunRecord) -> RunOptions:
    """Return the options that a run was started with; those of a promotion are about everything."""
    found = json.loads(record.options)
    return RunOptions(
        select=tuple(found.get("select", ())),
        variation=found.get("variation"),
        environment=record.environment,
        only=found.get("only", False),
        retest=found.get("retest", False),
        refresh=found.get("refresh", False),
        interval=found.get("interval"),
        params=found.get("params", {}),
        is_environment_explicit=True,
        cause=recorded_cause(record),
    )
