"""Starts the runs that were asked for by URL and follows them to their end; part of every worker.

There is no lease: who has a request is decided by its row, so that workers on several hosts share the work. Everything is
recorded before it is done, and the id of a run is settled with its request: a worker that was killed anywhere is followed by
one that looks at what it finds. A run is never begun twice, for a second process of one id is refused.
"""

from __future__ import annotations

import datetime as dt
import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass as mutable_dataclass
from dataclasses import field, replace

from meshwright.app.clock import utc_now
from meshwright.app.holding import LEASE_TTL_S, lease_name
from meshwright.app.processes import is_gone, is_of_this_host, this_holder
from meshwright.app.requested_promotions import promotion_of
from meshwright.app.requested_runs import chain_of_request, wish_of
from meshwright.app.run_finding import has_come_to_its_end
from meshwright.app.run_stopping import ask_to_stop
from meshwright.app.scheduling_children import ChildEnd, Children, resume_words
from meshwright.model import canonical_json
from meshwright.model.causes import Cause, CauseKind, cause_document
from meshwright.model.requests import RequestedRun, RequestKind, RequestState
from meshwright.state.protocol import State
from meshwright.state.records import RunRecord, RunState
from meshwright.state.requests import Queue

#: A run is started, or gone on with, so often before somebody has to look.
MOST_ATTEMPTS = 5

Tell = Callable[[str], None]


@mutable_dataclass(kw_only=True, slots=True)
class RequestedRuns:
    """What a worker does about runs that were asked for."""

    state: State
    children: Children
    tell: Tell
    #: Runs at once, on this host.
    parallel: int = 4
    now: Callable[[], dt.datetime] = utc_now
    clock: Callable[[], float] = time.monotonic
    started: int = 0
    succeeded: int = 0
    failed: int = 0
    #: When those that died are tried again, by key.
    _not_before: dict[str, float] = field(default_factory=dict)
    #: Keys of those that were asked to stop.
    _asked: set[str] = field(default_factory=set)

    def look(self) -> int:
        """Look once: what ended, what is to stop, what can start; return how many are open. One query where none is."""
        queues = self.state.requests.queues()
        if not queues:
            return 0
        if any(queue.started for queue in queues):
            for request in self.state.requests.started():
                if not self.children.is_going_on(request):
                    self._follow(request, self.now())
                if request.is_to_stop:
                    self._stop(request)
            queues = self.state.requests.queues()
        self._start(queues)
        return sum(queue.waiting + queue.started for queue in queues)

    def _start(self, queues: Sequence[Queue]) -> None:
        """Start what waits, for as long as there is room: whoever has the fewest runs under way comes first."""
        if not any(queue.waiting for queue in queues):
            return
        busy = sum(is_of_this_host(request.process) for request in self.state.requests.started())
        while busy < self.parallel and (waiting := [queue for queue in queues if queue.waiting]):
            chosen = min(waiting, key=lambda queue: (queue.started, queue.first))
            request = self.state.requests.claim(chosen.first, this_holder(), self.now())
            if request is not None:  # else another worker was quicker
                busy += 1
                self._begin(request, resume=False)
            queues = self.state.requests.queues()

    def _begin(self, request: RequestedRun, *, resume: bool) -> None:
        """Start the process of a request that this worker has recorded as its own."""
        variables = {"TRACEPARENT": request.traceparent} if request.traceparent else {}
        try:
            process = self.children.start(request, _words(request, resume=resume), variables)
        except OSError as error:
            self.tell(f"run {request.run_id}: no process could be started: {error.strerror or error}")
            self._not_before[request.key] = self.clock() + 2.0**request.attempts
            self._change(request, replace(request, process=""))
            return
        self._change(request, replace(request, process=process))
        self.started += 1
        self.tell(f"run {request.run_id} {'goes on' if resume else 'starts'}, asked for by {request.by}")

    def _change(self, before: RequestedRun, after: RequestedRun) -> bool:
        return self.state.requests.change(before, replace(after, changed_at=self.now()))

    def _follow(self, request: RequestedRun, now: dt.datetime) -> None:
        """Say what becomes of a started request whose process is not there."""
        lease = self.state.reader.lease(lease_name(request.run_id))
        if lease is not None and lease.holder and lease.expires_at > now and not is_gone(lease.holder):
            return  # a process has the run
        if request.process and not is_of_this_host(request.process) and now - request.changed_at < _SILENCE:
            return  # another host's, which may be about to take the lease
        if self.clock() < self._not_before.get(request.key, 0.0):
            return
        run = self.state.reader.run(request.run_id)
        # One that is to stop may have been killed before it could say so, or before it began.
        if request.is_to_stop or (run is not None and has_come_to_its_end(run, request)):
            self._end(request, run)
        else:
            self._try_again(request, run, now)

    def _try_again(self, request: RequestedRun, run: RunRecord | None, now: dt.datetime) -> None:
        end = self.children.end_of(request)
        is_final = bool(end.code) and not end.is_taken and not end.is_retryable
        if is_final or request.attempts >= MOST_ATTEMPTS:
            self._fail(request, end, now)
        elif request.process:
            self._not_before[request.key] = self.clock() + 2.0 ** (request.attempts - 1)
            if self._change(request, replace(request, process="")):
                self.tell(f"run {request.run_id}: {end.message}; it is tried again")
        else:
            claimed = replace(request, process=this_holder(), attempts=request.attempts + 1)
            if self._change(request, claimed):
                self._begin(claimed, resume=run is not None and request.kind is not RequestKind.RESUME)

    def _end(self, request: RequestedRun, run: RunRecord | None) -> None:
        """Record how a run ended; one that was stopped and left no end was interrupted."""
        outcome = RunState.INTERRUPTED if run is None or run.state is RunState.RUNNING else run.state
        state = RequestState.WITHDRAWN if run is None else RequestState.ENDED
        ended_at = (run.finished_at if run is not None else None) or self.now()
        ended = replace(request, state=state, outcome=outcome.value, ended_at=ended_at)
        if self._change(request, ended):
            self.succeeded += outcome is RunState.SUCCEEDED
            self.failed += outcome is not RunState.SUCCEEDED
            self.tell(f"run {request.run_id} {outcome.value}")
        self._forget(request)

    def _fail(self, request: RequestedRun, end: ChildEnd, now: dt.datetime) -> None:
        reason = f"{end.code} {end.message}".strip()
        if request.attempts >= MOST_ATTEMPTS:
            reason = f"given up after {request.attempts} attempts: {reason}"
        failed = replace(request, state=RequestState.FAILED, reason=reason, error=end.error, ended_at=now)
        if self._change(request, replace(failed, outcome=RunState.FAILED.value)):
            self.failed += 1
            self.tell(f"run {request.run_id} failed: {reason}")
        self._forget(request)

    def _forget(self, request: RequestedRun) -> None:
        self.children.forget(request)
        self._not_before.pop(request.key, None)
        self._asked.discard(request.key)

    def _stop(self, request: RequestedRun) -> None:
        """Ask a run once to stop: by a signal where its process is this worker's, else by the state as soon as it has begun."""
        if request.key in self._asked:
            return
        if self.children.stop(request) or self._asks(request):
            self._asked.add(request.key)
            self.tell(f"run {request.run_id} is asked to stop")

    def _asks(self, request: RequestedRun) -> bool:
        run = self.state.reader.run(request.run_id)
        return run is not None and bool(ask_to_stop(run, self.state))


#: So long a process of another host may take from being recorded to having its run's lease.
_SILENCE = dt.timedelta(seconds=LEASE_TTL_S)


def _words(request: RequestedRun, *, resume: bool) -> list[str]:
    """Return the words of `mw` that do what was asked for, in the name of who asked."""
    return ["--acting", request.by, *_command(request, resume=resume)]


def _command(request: RequestedRun, *, resume: bool) -> list[str]:
    if request.kind is RequestKind.PROMOTE:  # given again it goes on, and never promotes twice
        return _promote_words(request)
    if resume and request.kind is not RequestKind.REPEAT:
        return resume_words(request.run_id)
    if request.kind is RequestKind.RUN:
        return _run_words(request)
    asked: Mapping[str, object] = json.loads(request.asked)
    words = ["runs", "repeat" if request.kind is RequestKind.REPEAT else "resume", str(asked["run"])]
    words += ["--quiet", "--json"]
    if asked.get("from"):
        words += ["--from", str(asked["from"])]
    if request.kind is not RequestKind.RESUME:
        words += ["--run-id", request.run_id]
    return words


def _promote_words(request: RequestedRun) -> list[str]:
    wish = promotion_of(request)
    words = ["promote", "--run-id", request.run_id, "--cause", _cause_text(request), "--quiet", "--json"]
    if wish.to is not None:
        words += ["--to", wish.to]
    if wish.unpin:
        words += ["--unpin"]
    if wish.reason:
        words += [f"--reason={wish.reason}"]
    if wish.terms.generation is not None:
        words += ["--generation", str(wish.terms.generation)]
    if wish.domains is not None:
        # Those of none are restricted as well.
        words += [f"--domain={name}" for name in wish.domains or ("",)]
    return [*words, "--", wish.sandbox]


def _cause_text(request: RequestedRun) -> str:
    cause = Cause(kind=CauseKind.API, name=request.by, at=request.requested_at, key=request.key)
    if (chain := chain_of_request(request.asked)) is not None:
        began = chain.after(chain.causation)
        events = (chain.causation,) if chain.causation else ()
        cause = replace(cause, events=events, depth=began.depth, correlation=began.correlation)
    return canonical_json(cause_document(cause))


def _run_words(request: RequestedRun) -> list[str]:
    wish = wish_of(request.asked)
    words = ["run", "--run-id", request.run_id, "--cause", _cause_text(request), "--quiet", "--json"]
    if wish.environment is not None:
        words += ["--env", wish.environment]
    if wish.variation is not None:
        words += ["--variation", wish.variation]
    if wish.interval is not None:
        words += ["--interval", wish.interval]
    for name, value in wish.params.items():
        words += ["--param", f"{name}={value}"]
    words += [f"--{name}" for name in ("only", "retest", "refresh") if getattr(wish, name)]
    # What stands behind is a selection, whatever it begins with.
    return [*words, "--", *wish.select]
