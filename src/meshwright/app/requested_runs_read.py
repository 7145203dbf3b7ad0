"""Reading runs by URL: page by page, one of them, its log. Those that wait to begin are among them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace

from meshwright.app.opened import open_mesh
from meshwright.app.reports import RunDetail, RunLog
from meshwright.app.requested_runs import DEFAULT_ENVIRONMENT, state_of_request, wish_of
from meshwright.app.run_finding import as_it_is, no_run, steps_of
from meshwright.app.runs import show_run
from meshwright.app.workspace import Workspace
from meshwright.diagnostics import Diagnostic, InputError, known_names_hint
from meshwright.frozen import dataclass
from meshwright.model.requests import RequestedRun, RequestKind
from meshwright.state.protocol import State
from meshwright.state.records import LogLine, RunRecord, RunState
from meshwright.state.run_pages import RunFilter

#: What a run that was asked for is before it begins.
WAITING = "waiting"
RUN_STATES = (WAITING, *(state.value for state in RunState))
#: Runs, and lines, that are read at once.
_BATCH = 500


@dataclass(frozen=True, kw_only=True, slots=True)
class RunListing:
    """Which runs are listed."""

    environment: str | None = None
    #: One of `RUN_STATES`.
    state: str | None = None
    #: ``domain.product``.
    product: str | None = None
    since: dt.datetime | None = None
    #: Moment and id of the last one that was seen.
    before: tuple[dt.datetime, str] | None = None
    limit: int = 100


@dataclass(frozen=True, kw_only=True, slots=True)
class ListedRunOrRequest:
    """An entry of a list: a run, or a request of which no run is recorded."""

    run: RunRecord | None
    request: RequestedRun | None
    #: One of `RUN_STATES`.
    state: str

    @property
    def place(self) -> tuple[dt.datetime, str]:
        """Where it stands in the list, which goes down."""
        if self.run is not None:
            return self.run.started_at, self.run.id
        assert self.request is not None  # one of the two is there
        return self.request.requested_at, self.request.run_id


@dataclass(frozen=True, kw_only=True, slots=True)
class RequestView:
    """Answer about a run that was asked for and is not recorded: it waits, or nothing came of it."""

    request: RequestedRun
    #: One of `RUN_STATES`.
    state: str


@dataclass(frozen=True, kw_only=True, slots=True)
class LogPage:
    """A stretch of a run's log."""

    log: RunLog
    #: Number of the last line that was looked at, where there may be more; None where this is all there is now.
    next_after: int | None


def list_run_page(workspace: Workspace, wanted: RunListing) -> tuple[tuple[ListedRunOrRequest, ...], bool]:
    """Return the newest runs that are asked for, newest first, and whether there are more.

    Raises InputError (MW-H305) for a state that is none.
    """
    if wanted.state is not None and wanted.state not in RUN_STATES:
        raise InputError(
            Diagnostic(
                code="MW-H305",
                message=f"no state '{wanted.state}' of runs",
                fix=known_names_hint(wanted.state, RUN_STATES, what="states"),
            )
        )
    with open_mesh(workspace, DEFAULT_ENVIRONMENT) as opened:
        found: list[ListedRunOrRequest] = []
        runs, requests = _runs(opened.state, wanted), _runless(opened.state, wanted)
        run, request = next(runs, None), next(requests, None)
        while len(found) <= wanted.limit and (run is not None or request is not None):
            if request is None or (run is not None and run.place > request.place):
                assert run is not None  # one of the two is there
                found.append(run)
                run = next(runs, None)
            else:
                found.append(request)
                request = next(requests, None)
        return tuple(found[: wanted.limit]), len(found) > wanted.limit


def _runs(state: State, wanted: RunListing) -> Iterator[ListedRunOrRequest]:
    """Yield runs, newest first; what a record cannot say of itself, that nobody carries it out any more, is looked at."""
    if wanted.state == WAITING:
        return
    asked = RunState(wanted.state) if wanted.state is not None else None
    # One that was killed says that it is running.
    states = () if asked is None else (asked, RunState.RUNNING) if asked is RunState.INTERRUPTED else (asked,)
    chosen = RunFilter(
        environment=wanted.environment, states=states, product=wanted.product, since=wanted.since, before=wanted.before
    )
    size = wanted.limit + 1
    while page := state.run_pages.runs(chosen, size):
        for record in page:
            run = as_it_is(record, state.reader)
            if asked is None or run.state is asked:
                yield ListedRunOrRequest(run=run, request=None, state=run.state.value)
        if len(page) < size:
            return
        chosen, size = replace(chosen, before=(page[-1].started_at, page[-1].id)), _BATCH


def _runless(state: State, wanted: RunListing) -> Iterator[ListedRunOrRequest]:
    """Yield requests without a run, newest first."""
    chosen = RunFilter(environment=wanted.environment, since=wanted.since, before=wanted.before)
    size = wanted.limit + 1
    while page := state.run_pages.runless(chosen, size):
        for request in page:
            stands = state_of_request(state, request)
            if (wanted.state is None or stands == wanted.state) and _is_about(request, wanted.product):
                yield ListedRunOrRequest(run=None, request=request, state=stands)
        if len(page) < size:
            return
        chosen, size = replace(chosen, before=(page[-1].requested_at, page[-1].run_id)), _BATCH


def _is_about(request: RequestedRun, product: str | None) -> bool:
    """Whether a request names a product, or something of it: what else it will be about only its plan tells."""
    if product is None:
        return True
    words = wish_of(request.asked).select if request.kind is RequestKind.RUN else ()
    return any(
        word.strip("+") == product or word.strip("+").startswith((f"{product}.", f"{product}@")) for word in words
    )


def show_run_or_request(workspace: Workspace, run_id: str) -> RunDetail | RequestView:
    """Return a run by its id or a unique prefix, or what was asked for under it. Raises InputError (MW-R005)."""
    with open_mesh(workspace, DEFAULT_ENVIRONMENT) as opened:
        state = opened.state
        run = state.reader.run(run_id)
        if run is None:
            request = _require(state.requests.like(run_id), run_id)
            return RequestView(request=request, state=state_of_request(state, request))
        return show_run(workspace, run.id)


def _require(request: RequestedRun | None, run_id: str) -> RequestedRun:
    if request is None:
        raise no_run(run_id)
    return request


def run_log_page(
    workspace: Workspace,
    run_id: str,
    *,
    after: int = 0,
    limit: int = 1000,
    dataset: str | None = None,
    search: str | None = None,
) -> LogPage:
    """Return the lines of a run's log behind the one of a number, `limit` of them, and where to go on.

    `dataset` and `search` are as `run_log` takes them. Raises InputError (MW-R005, MW-R011).
    """
    with open_mesh(workspace, DEFAULT_ENVIRONMENT) as opened:
        state = opened.state
        run = state.reader.run(run_id)
        if run is None:
            request = _require(state.requests.like(run_id), run_id)
            return LogPage(log=RunLog(run_id=request.run_id, dataset=dataset, search=search, lines=()), next_after=None)
        keys = None if dataset is None else steps_of(state.reader, run, dataset)[1]
        text = search.casefold() if search else None
        found: list[LogLine] = []
        while page := state.run_pages.log_page(run.id, after, _BATCH):
            for line in page:
                if len(found) == limit:
                    return LogPage(log=_log(run, dataset, search, found), next_after=after)
                after = line.number
                if (keys is None or line.step in keys) and (text is None or text in line.text.casefold()):
                    found.append(line)
            if len(page) < _BATCH:
                break
        return LogPage(log=_log(run, dataset, search, found), next_after=None)


def _log(run: RunRecord, dataset: str | None, search: str | None, lines: list[LogLine]) -> RunLog:
    return RunLog(run_id=run.id, dataset=dataset, search=search, lines=tuple(lines))
