"""Stopping, resuming and repeating runs by URL. Asked for twice it is done once."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import replace

from meshwright.app.clock import utc_now
from meshwright.app.frozen import ENDED, has_ended, refuse_promotion, refuse_repetition
from meshwright.app.opened import open_mesh
from meshwright.app.requested_runs import (
    DEFAULT_ENVIRONMENT,
    Asking,
    Permit,
    Requested,
    known_request,
    new_request,
    require_room,
    settled_request,
    state_of_request,
)
from meshwright.app.run_finding import as_it_is, no_run, require_run, steps_of
from meshwright.app.run_stopping import ask_to_stop
from meshwright.app.workspace import Workspace
from meshwright.diagnostics import Diagnostic, InputError, RefusedError
from meshwright.frozen import dataclass
from meshwright.model import canonical_json, domain_of
from meshwright.model.identity import identity
from meshwright.model.requests import OPEN_REQUESTS, RequestedRun, RequestKind, RequestState
from meshwright.state.protocol import Reader, State
from meshwright.state.records import RunRecord, RunState

#: The domain that a word of a selection begins with.
_DOMAIN = re.compile(r"\+?([a-z][a-z0-9_]*)(?:\.[a-z0-9_.@+-]*)?\+?")


@dataclass(frozen=True, kw_only=True, slots=True)
class StopAnswer:
    """Answer to a request to stop a run."""

    run_id: str
    environment: str
    #: How it stands: one that was asked just now is still running.
    state: str
    #: Runs that were asked to stop: this one, and those that it has started and that go on.
    asked: tuple[str, ...]


def request_stop(workspace: Workspace, run_id: str, permit: Permit) -> StopAnswer:
    """Ask that a run stops, by its id or a unique prefix; one that waits never begins. Does not wait for it.

    One that has ended stays as it is: nothing is asked then. Raises InputError (MW-R005) where there is no such run.
    """
    with open_mesh(workspace, DEFAULT_ENVIRONMENT, create_state=True) as opened:
        state = opened.state
        run, request = _found(state, run_id)
        permit(_domains(run, request, state.reader))
        asked: tuple[str, ...] = ()
        if request is not None and request.state in OPEN_REQUESTS:
            # First, so that a worker does not go on with what is killed by it.
            request = state.requests.ask_to_stop(request.number, utc_now())
            asked = (run_id if request is None else request.run_id,)
        if run is not None:
            run = as_it_is(run, state.reader)
            asked = tuple(dict.fromkeys((*asked, *ask_to_stop(run, state))))
            return StopAnswer(run_id=run.id, environment=run.environment, state=run.state.value, asked=asked)
        assert request is not None  # one of the two was found
        return StopAnswer(
            run_id=request.run_id,
            environment=request.environment,
            state=state_of_request(state, request),
            asked=asked,
        )


def stop_values(answer: StopAnswer) -> Mapping[str, object]:
    """Return an answer to a request to stop as JSON keeps it."""
    return {
        "run_id": answer.run_id,
        "environment": answer.environment,
        "state": answer.state,
        "asked": list(answer.asked),
    }


def stop_standing(workspace: Workspace, answer: StopAnswer) -> StopAnswer:
    """Return the answer to a request to stop as the run stands by now."""
    with open_mesh(workspace, DEFAULT_ENVIRONMENT) as opened:
        run, request = _found(opened.state, answer.run_id)
        if run is not None:
            return replace(answer, state=as_it_is(run, opened.state.reader).state.value)
        assert request is not None  # one of the two was found
        return replace(answer, state=state_of_request(opened.state, request))


def request_resume(workspace: Workspace, run_id: str, from_node: str | None, asking: Asking) -> Requested:
    """Ask that a run is gone on with, or with `from_node` from there on, as `mw runs resume`.

    One that goes on, or waits to, is answered as it stands; so is one that has ended since it was resumed by URL. Raises
    InputError (MW-R005, MW-R010, MW-R081) for a run that is not there, not to be resumed, or has no such node.
    """
    with open_mesh(workspace, DEFAULT_ENVIRONMENT, create_state=True) as opened:
        state = opened.state
        run, request = _found(state, run_id)
        target = run.id if run is not None else request.run_id if request is not None else run_id
        asked = canonical_json({"run": target, "from": from_node})
        digest = identity("mwasked1", "resume", asked)
        known = known_request(state, asking, digest)
        if known is not None:
            return known
        asking.permit(_domains(run, request, state.reader))
        if request is not None and request.state in OPEN_REQUESTS and from_node is None:
            return _standing(state, request)
        if run is None:
            assert request is not None  # one of the two was found
            if from_node is not None:
                message = f"run {target} has no step '{from_node}': it has not begun"
                raise InputError(Diagnostic(code="MW-R081", message=message, fix="leave 'from' away"))
            return _begin_again(state, request, digest, asking)
        run = as_it_is(run, state.reader)
        if run.state is RunState.RUNNING and from_node is not None:
            fix = "wait for its end, or stop it; then go on from the node"
            raise RefusedError(Diagnostic(code="MW-R004", message=f"run {run.id} goes on", fix=fix))
        if run.state is RunState.RUNNING:
            return Requested(
                run_id=run.id, environment=run.environment, state=run.state.value, request=request, is_new=False
            )
        refuse_repetition(run)
        refuse_promotion(run)
        if from_node is not None:
            steps_of(state.reader, run, from_node, code="MW-R081")
        elif run.state in ENDED:
            if request is not None and request.kind is RequestKind.RESUME:
                return _standing(state, request)
            raise has_ended(run)
        require_room(state)
        is_again = run.state in ENDED
        kind = RequestKind.RERUN if is_again else RequestKind.RESUME
        made = new_request(asking, digest, kind, run.environment, asked, "" if is_again else run.id)
        return settled_request(
            state, made, state.requests.submit(made) if is_again else state.requests.submit_once(made)
        )


def request_repeat(workspace: Workspace, run_id: str, asking: Asking) -> Requested:
    """Ask that a run is made again from its own files and compared, as `mw runs repeat`; it publishes nothing.

    Raises InputError (MW-R005, MW-R010) for a run that is not there, or not to be repeated.
    """
    with open_mesh(workspace, DEFAULT_ENVIRONMENT, create_state=True) as opened:
        state = opened.state
        run = require_run(state.reader, run_id)
        asked = canonical_json({"run": run.id, "from": None})
        digest = identity("mwasked1", RequestKind.REPEAT.value, asked)
        known = known_request(state, asking, digest)
        if known is not None:
            return known
        asking.permit(_domains(run, None, state.reader))
        refuse_promotion(run)
        require_room(state)
        made = new_request(asking, digest, RequestKind.REPEAT, run.environment, asked, "")
        return settled_request(state, made, state.requests.submit(made))


def _found(state: State, run_id: str) -> tuple[RunRecord | None, RequestedRun | None]:
    """Return a run and the newest request about it, at least one of them. Raises InputError (MW-R005)."""
    run = state.reader.run(run_id)
    request = state.requests.like(run_id if run is None else run.id)
    if run is None and request is None:
        raise no_run(run_id)
    return run, request


def _standing(state: State, request: RequestedRun) -> Requested:
    return Requested(
        run_id=request.run_id,
        environment=request.environment,
        state=state_of_request(state, request),
        request=request,
        is_new=False,
    )


def _begin_again(state: State, request: RequestedRun, digest: str, asking: Asking) -> Requested:
    """Ask again for a run that was withdrawn before it began, or that nothing came of, under its id."""
    if request.state not in {RequestState.WITHDRAWN, RequestState.FAILED} or request.kind is not RequestKind.RUN:
        return _standing(state, request)
    require_room(state)
    made = new_request(asking, digest, request.kind, request.environment, request.asked, request.run_id)
    return settled_request(state, made, state.requests.submit_once(made))


def _domains(run: RunRecord | None, request: RequestedRun | None, reader: Reader) -> frozenset[str]:
    """Return the domains that a run is about; empty where that is the mesh, or cannot be told."""
    if run is not None:
        found = frozenset(domain_of(step.dataset) for step in reader.steps(run.id) if step.dataset)
        if found:
            return found
    text = run.options if run is not None else request.asked if request is not None else "{}"
    asked: Mapping[str, object] = json.loads(text)
    select = asked.get("select")
    words = [str(word) for word in select] if isinstance(select, list) else []
    named = [_DOMAIN.fullmatch(word) for word in words]
    return frozenset(match[1] for match in named if match is not None) if named and all(named) else frozenset()
