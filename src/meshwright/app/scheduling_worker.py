"""The verb `worker`: runs the schedulers of environments, and the runs that are asked for by URL, until it is asked to stop, or
until there is nothing to do.

Each has a thread of its own; all start their runs through one launcher.
"""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace

from meshwright.app.deliveries import delivering
from meshwright.app.environments import find_environment, open_state_alone
from meshwright.app.launching import Launch, Launcher, launch_plainly
from meshwright.app.requested_runs_thread import RequestsThread
from meshwright.app.requested_runs_work import RequestedRuns
from meshwright.app.scheduling_apart import LooksApart
from meshwright.app.scheduling_children import Children
from meshwright.app.scheduling_looks import Looks, LooksHere
from meshwright.app.scheduling_scheduler import Scheduler, SchedulerOptions, Tally, Tell
from meshwright.app.workspace import Workspace, open_mesh_state
from meshwright.diagnostics import WorldError
from meshwright.frozen import dataclass
from meshwright.state.errors import Fenced

#: A look this often, or when the next schedule is due.
_LOOK_S = 1.0
#: Who waits for another scheduler to end looks this often, and so does one that waits for its runs.
_STANDBY_S = 2.0
_TEND_S = 0.2
#: A state that cannot be reached is tried again after so long.
_TROUBLE_S = 5.0


@dataclass(frozen=True, kw_only=True, slots=True)
class WorkerOptions(SchedulerOptions):
    """What `worker` is asked for."""

    #: Look once, and wait for what that started.
    is_once: bool = False
    #: End when nothing goes on and nothing is due.
    is_until_idle: bool = False
    #: Further environments whose schedulers run.
    also: tuple[str, ...] = ()
    #: A socket on which the server that started it says that there is something to do, and is told how things are; when the
    #: server is gone, the worker ends.
    server: int | None = None

    @property
    def is_lasting(self) -> bool:
        """Whether it goes on until it is asked to stop."""
        return not (self.is_once or self.is_until_idle)


@dataclass(frozen=True, kw_only=True, slots=True)
class WorkerReport:
    """Answer of `worker`: what it did until it ended."""

    environment: str
    #: Whether it was ever the active one.
    was_active: bool
    looks: int
    recorded: int
    started: int
    succeeded: int
    failed: int
    skipped: int
    late: int
    seconds: float

    @property
    def ok(self) -> bool:
        """Whether everything that came of it is as it should be."""
        return not self.failed


def work(workspace: Workspace, options: WorkerOptions, tell: Tell) -> WorkerReport:
    """Run the schedulers. A first SIGINT or SIGTERM ends it cleanly: nothing new is started, runs that go on go on.

    Raises InputError where there is no such mesh or environment, WorldError where the state cannot be opened.
    """
    began = time.monotonic()
    with open_state_alone(workspace, create=True) as opened:
        find_environment(opened.settings.environments, opened.state.reader, options.environment)
        settings = opened.settings
    with (
        closing(open_mesh_state(workspace, settings, create=True)) as state,
        _stopping() as stop,
        _launching(workspace, options, tell) as launcher,
    ):
        launch: Launch = launch_plainly if launcher is None else launcher.launch
        folder = workspace.private / "worker"
        # A worker that lives on keeps no mesh: what loading one leaves behind stays in its memory.
        looks: Looks = LooksApart(workspace, folder, launch) if options.is_lasting else LooksHere(workspace)
        children = Children(root=workspace.root, folder=folder, launch=launch)
        asked_for = RequestedRuns(state=state, children=children, tell=tell, parallel=options.parallel)
        schedulers = [
            Scheduler(
                workspace=workspace,
                state=state,
                options=replace(options, environment=name),
                tell=tell,
                launch=launch,
                looks=looks,
            )
            for name in dict.fromkeys((options.environment, *options.also))
        ]
        with (
            delivering(workspace, tell, is_brief=not options.is_lasting),
            RequestsThread(asked_for, stop, options.server, launcher) as requests,
            _beside(schedulers[1:], lambda each: _work_on(each, options, stop, requests), stop),
        ):
            was_active = _work_on(schedulers[0], options, stop, requests)
            if not options.is_lasting:
                requests.await_idle()
    tallies = [scheduler.tally for scheduler in schedulers]
    tallies.append(Tally(started=asked_for.started, succeeded=asked_for.succeeded, failed=asked_for.failed))
    return _report(options, tallies, was_active=was_active, seconds=time.monotonic() - began)


@contextmanager
def _launching(workspace: Workspace, options: WorkerOptions, tell: Tell) -> Iterator[Launcher | None]:
    """Keep a launcher; none where the worker ends before one would be ready."""
    if not options.is_lasting:
        yield None
        return
    with closing(Launcher(workspace.root, workspace.private / "worker", tell)) as launcher:
        yield launcher


@contextmanager
def _beside(schedulers: list[Scheduler], work: Callable[[Scheduler], bool], stop: threading.Event) -> Iterator[None]:
    """Run further schedulers in threads; what one of them cannot go on with ends the worker, and is raised here."""
    broken: list[BaseException] = []

    def run(scheduler: Scheduler) -> None:
        try:
            work(scheduler)
        except BaseException as error:  # noqa: BLE001 - of another thread: raised in this one
            broken.append(error)
            stop.set()

    threads = [threading.Thread(target=run, args=(each,), name=each.held.name) for each in schedulers]
    for thread in threads:
        thread.start()
    try:
        yield
    except BaseException:
        stop.set()
        raise
    finally:
        for thread in threads:
            thread.join()
    if broken:
        raise broken[0]


def _work_on(scheduler: Scheduler, options: WorkerOptions, stop: threading.Event, requests: RequestsThread) -> bool:
    """Run one scheduler to its end; return whether it was ever the active one."""
    was_active = _loop(scheduler, options, stop, requests)
    try:
        scheduler.release()
    except WorldError as error:  # it expires by itself
        scheduler.tell(f"the lease could not be given up: {error.first.message}")
    return was_active


def _loop(scheduler: Scheduler, options: WorkerOptions, stop: threading.Event, requests: RequestsThread) -> bool:
    """Look until there is a reason to end; return whether this scheduler was ever the active one."""
    was_active, is_waiting, trouble = False, False, ""
    while not stop.is_set():
        try:
            if not scheduler.hold():
                if options.is_once:
                    scheduler.tell("another worker is active")
                    return was_active
                if not is_waiting:
                    scheduler.tell("another worker is active: waiting for it to end")
                is_waiting = True
                stop.wait(_STANDBY_S)
                continue
            if not was_active or is_waiting:
                scheduler.tell(f"active in {scheduler.options.environment}")
            was_active, is_waiting = True, False
            scheduler.look()
            if trouble:
                scheduler.tell("the state answers again")
                trouble = ""
            if options.is_once:
                _finish_once(scheduler, stop)
                return was_active
            if options.is_until_idle and scheduler.is_idle() and requests.is_idle:
                return was_active
        except Fenced:  # silent for too long: another one is active by now, and looks at everything itself
            scheduler.tell("another worker took over")
            scheduler.lose()
            continue
        except WorldError as error:
            if options.is_once:
                raise
            if error.first.message != trouble:  # told once, however long it lasts
                trouble = error.first.message
                scheduler.tell(f"{trouble}; trying again")
            scheduler.lose()
            stop.wait(_TROUBLE_S)
            continue
        _wait(scheduler, stop)
    return was_active


def _wait_s(scheduler: Scheduler) -> float:
    """Return how long nothing will happen that a look would see."""
    next_s = scheduler.timetable.wait_s(scheduler.now())
    return _LOOK_S if next_s is None else min(_LOOK_S, max(next_s, 0.01))


def _wait(scheduler: Scheduler, stop: threading.Event) -> None:
    """Wait until there is something to see: a run that ended is seen at once."""
    end_s = time.monotonic() + _wait_s(scheduler)
    while (left_s := end_s - time.monotonic()) > 0 and not scheduler.children.has_ended():
        if stop.wait(min(left_s, _TEND_S) if scheduler.children.are_running else left_s):
            return


def _finish_once(scheduler: Scheduler, stop: threading.Event) -> None:
    """Let files settle that one look cannot judge, and wait for what was started."""
    while scheduler.is_settling and not stop.wait(_TEND_S) and scheduler.hold():
        scheduler.look()
    while scheduler.is_anything_started() and not stop.wait(_TEND_S) and scheduler.hold():
        scheduler.tend()


@contextmanager
def _stopping() -> Iterator[threading.Event]:
    """Turn the first SIGINT or SIGTERM into a clean end; a second one ends the process the hard way."""
    stop = threading.Event()

    def ask(_number: int, _frame: object) -> None:
        if stop.is_set():
            raise KeyboardInterrupt
        stop.set()

    if threading.current_thread() is not threading.main_thread():
        yield stop
        return
    before = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _report(options: WorkerOptions, tallies: list[Tally], *, was_active: bool, seconds: float) -> WorkerReport:
    return WorkerReport(
        environment=options.environment,
        was_active=was_active,
        looks=sum(tally.looks for tally in tallies),
        recorded=sum(tally.recorded for tally in tallies),
        started=sum(tally.started for tally in tallies),
        succeeded=sum(tally.succeeded for tally in tallies),
        failed=sum(tally.failed for tally in tallies),
        skipped=sum(tally.skipped for tally in tallies),
        late=sum(tally.late for tally in tallies),
        seconds=seconds,
    )
