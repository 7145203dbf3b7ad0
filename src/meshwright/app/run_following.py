"""Following a run: what changed since a place that whoever follows names, read from the state, wherever the run goes on.

A place is four numbers and words, small enough to be the id of an event; who comes back with it misses nothing and is told
nothing twice.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Collection, Mapping
from dataclasses import replace

from meshwright.app.opened import open_mesh
from meshwright.app.requested_runs import DEFAULT_ENVIRONMENT
from meshwright.app.requested_runs_read import RUN_STATES, WAITING
from meshwright.app.run_finding import is_carried_out, no_run
from meshwright.app.workspace import Workspace
from meshwright.diagnostics import Diagnostic, InputError
from meshwright.frozen import dataclass
from meshwright.model.identity import identity
from meshwright.model.requests import OPEN_REQUESTS, RequestState
from meshwright.state.protocol import State
from meshwright.state.records import LogLine, RunState
from meshwright.state.run_pages import RunHead, StepChange

_PLACE = re.compile(r"([a-z]+)\.(-1|[0-9]{1,18})\.(-1|[0-9]{1,19})\.([0-9]{1,18})\.([0-9a-f]{6})")
#: Steps, and lines of the log, that are read at once.
PAGE = 500


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """Up to where somebody has followed a run."""

    #: How it stood; empty where nothing was told yet.
    state: str = ""
    #: Place among the changes of its steps.
    revision: int = -1
    position: int = -1
    #: Number of the line of its log.
    log: int = 0

    def of(self, run_id: str) -> str:
        """Write it as `place_of` reads it: the id of an event of a run."""
        return f"{self.state or 'new'}.{self.revision}.{self.position}.{self.log}.{_mark(run_id)}"

    def is_beyond(self, head: Standing) -> bool:
        """Whether it lies where nothing of the run has been told yet."""
        return self.revision > head.revision or self.log > head.log

    def is_behind(self, head: Standing) -> bool:
        """Whether there is something to be told."""
        return self.state != head.state or self.revision < head.revision or self.log < head.log


@dataclass(frozen=True, kw_only=True, slots=True)
class Standing:
    """How a run stands: what is there to be told of it."""

    #: One of `RUN_STATES`.
    state: str
    #: Whether nothing more is to come, as far as can be known: it has ended, and nobody is about to go on with it.
    is_over: bool
    environment: str | None = None
    started_at: dt.datetime | None = None
    finished_at: dt.datetime | None = None
    revision: int = -1
    log: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """One thing to be told, and the place behind it."""

    place: Place
    #: One of the two; neither: the run's own state.
    step: StepChange | None = None
    line: LogLine | None = None


def place_of(text: str, run_id: str) -> Place:
    """Read a place. Raises InputError (MW-H306) where it is none, or one of another run."""
    found = _PLACE.fullmatch(text)
    if found is None or found[1] not in {*RUN_STATES, "new"} or found[5] != _mark(run_id):
        raise InputError(
            Diagnostic(
                code="MW-H306",
                message="the header Last-Event-ID is no id of an event of this stream",
                fix="send the id of the last event that came, or leave the header away for the whole present state",
            )
        )
    state = "" if found[1] == "new" else found[1]
    return Place(state=state, revision=int(found[2]), position=int(found[3]), log=int(found[4]))


def _mark(run_id: str) -> str:
    """Return what tells ids of one run's events from those of others'."""
    return identity("mwplace1", run_id)[:6]


def find_followed(workspace: Workspace, run_id: str) -> str:
    """Return the id of a run, or of one that was asked for, by a unique prefix. Raises InputError (MW-R005)."""
    with open_mesh(workspace, DEFAULT_ENVIRONMENT) as opened:
        run = opened.state.reader.run(run_id)
        if run is not None:
            return run.id
        request = opened.state.requests.like(run_id)
        if request is None:
            raise no_run(run_id)
        return request.run_id


def standings(state: State, run_ids: Collection[str]) -> Mapping[str, Standing]:
    """Return how some runs stand, by id; one query for all that go on. Cheap: it is asked several times a second."""
    heads = state.run_pages.heads(run_ids)
    found = {id_: _standing(state, id_, head) for id_, head in heads.items()}
    lacking = [id_ for id_ in run_ids if id_ not in heads]
    if lacking:
        requests = state.requests.of_runs(lacking)
        for id_ in lacking:
            request = requests.get(id_)
            if request is None or request.state in OPEN_REQUESTS:
                environment = None if request is None else request.environment
                found[id_] = Standing(state=WAITING, is_over=request is None, environment=environment)
            else:
                ended = RunState.FAILED if request.state is RequestState.FAILED else RunState.INTERRUPTED
                found[id_] = Standing(state=ended.value, is_over=True, environment=request.environment)
    return found


def _standing(state: State, run_id: str, head: RunHead) -> Standing:
    stands = head.state
    if stands is RunState.RUNNING and not is_carried_out(run_id, state.reader):
        stands = RunState.INTERRUPTED
    is_over = stands is not RunState.RUNNING
    if stands is RunState.INTERRUPTED:
        request = state.requests.of_runs([run_id]).get(run_id)
        is_over = request is None or request.state not in OPEN_REQUESTS
    return Standing(
        state=stands.value,
        is_over=is_over,
        environment=head.environment,
        started_at=head.started_at,
        finished_at=head.finished_at,
        revision=head.revision,
        log=head.log,
    )


def changes(state: State, run_id: str, place: Place, stands: Standing) -> tuple[tuple[Change, ...], bool]:
    """Return what is to be told behind a place, in order, and whether that is all of what `stands` knows of.

    A page of it: at most so many steps, and so many lines. How a run ended is told behind everything that led there.
    """
    found: list[Change] = []
    if place.state != stands.state and not stands.is_over:
        place = replace(place, state=stands.state)
        found.append(Change(place=place))
    steps = state.run_pages.changed_steps(run_id, (place.revision, place.position), PAGE)
    for step in steps:
        place = replace(place, revision=step.revision, position=step.position)
        found.append(Change(place=place, step=step))
    lines = state.run_pages.log_page(run_id, place.log, PAGE)
    for line in lines:
        place = replace(place, log=line.number)
        found.append(Change(place=place, line=line))
    is_all = len(steps) < PAGE and len(lines) < PAGE
    if is_all and place.state != stands.state:
        place = replace(place, state=stands.state)
        found.append(Change(place=place))
    return tuple(found), is_all


def told_behind(place: Place, change: Change) -> Place | None:
    """Return the place behind a change that was found for somebody else; None where it lies before `place`."""
    if change.step is not None:
        found = change.step.revision, change.step.position
        return (
            replace(place, revision=found[0], position=found[1]) if found > (place.revision, place.position) else None
        )
    if change.line is not None:
        return replace(place, log=change.line.number) if change.line.number > place.log else None
    return replace(place, state=change.place.state) if change.place.state != place.state else None


def standing_of(workspace: Workspace, run_id: str) -> Standing:
    """Return how one run stands."""
    with open_mesh(workspace, DEFAULT_ENVIRONMENT) as opened:
        return standings(opened.state, (run_id,))[run_id]
