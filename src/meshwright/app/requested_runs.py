"""Runs that are asked for by URL: checked at once, recorded before anybody is told, and one for each key.

`app.requested_runs_work` starts them, in a worker's process.
"""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import field, replace
from types import MappingProxyType

from meshwright.app.clock import utc_now
from meshwright.app.environments import require_live
from meshwright.app.judged_mesh import Judged
from meshwright.app.observing import Published, read_published
from meshwright.app.opened import OpenedMesh, open_mesh
from meshwright.app.planning import PlanOptions, desire
from meshwright.app.requested_runs_checks import require_startable
from meshwright.app.sandbox_selection import default_selection
from meshwright.app.workspace import Workspace
from meshwright.diagnostics import Diagnostic, InputError, RefusedError
from meshwright.files.standards.baggage import chain_of_headers
from meshwright.frozen import dataclass
from meshwright.model import canonical_json, domain_of
from meshwright.model.chains import MOST_DEPTH, NO_CHAIN, Chain
from meshwright.model.identity import identity
from meshwright.model.requests import RequestedRun, RequestKind, RequestState, request_key, requested_run_id
from meshwright.plan.values import Desired
from meshwright.state.protocol import State
from meshwright.state.records import RunState

#: Visible characters of ASCII, as in the draft of the header (a structured field of type string).
_KEY = re.compile(r"[\x21-\x7e]{1,255}")
#: Requests that may wait for their turn, all together.
MOST_WAITING = 10_000
#: Where in what was asked for stands what led to it.
_CHAIN = "chain"
#: As on the command line.
DEFAULT_ENVIRONMENT = "prod"
#: What the words of one run may take, with what stands around them.
_MOST_WORDS_BYTES = 65_536

#: Refuses what who asks may not do to objects of some domains.
Permit = Callable[[Collection[str]], object]


@dataclass(frozen=True, kw_only=True, slots=True)
class RunWish:
    """What a run is asked for, as `mw run` is."""

    select: tuple[str, ...] = ()
    variation: str | None = None
    params: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    #: None: the default one, under which a run protects what was published from git.
    environment: str | None = None
    interval: str | None = None
    only: bool = False
    retest: bool = False
    refresh: bool = False

    @property
    def options(self) -> PlanOptions:
        """The same as a plan takes it."""
        return PlanOptions(
            select=self.select,
            variation=self.variation,
            environment=self.environment or DEFAULT_ENVIRONMENT,
            only=self.only,
            retest=self.retest,
            refresh=self.refresh,
            interval=self.interval,
            params=self.params,
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Asking:
    """Who asks, and how."""

    #: Who asks, for records.
    by: str
    #: Id of the token that asks.
    token: str = ""
    #: The domain that asks, None for no one's.
    domain: str | None = None
    #: What makes requests of one domain the same; None: each is one of its own.
    idempotency_key: str | None = None
    #: W3C trace context; empty where the request is not traced.
    traceparent: str = ""
    #: What led to the request; None: nothing that is known.
    chain: Chain | None = None
    permit: Permit = lambda _domains: None


@dataclass(frozen=True, kw_only=True, slots=True)
class Requested:
    """Answer to a request for a run."""

    run_id: str
    environment: str
    #: How its run stands: ``waiting``, or as the run's record says.
    state: str
    #: None for a run that nobody asked for by URL.
    request: RequestedRun | None
    #: Whether this very request made it.
    is_new: bool


def request_run(workspace: Workspace, wish: RunWish, asking: Asking) -> Requested:
    """Ask for a run. It is durable when this returns; asked for again under its key, it is the same run.

    Raises InputError, RefusedError for what no run could begin with (selection, parameters, environment, a mesh with errors),
    RefusedError (MW-H301) where the key was given to another request; nothing is recorded then.
    """
    require_words((*wish.select, *wish.params, *wish.params.values(), wish.interval or ""))
    asked = canonical_json(_wish_values(wish))
    environment = wish.environment or DEFAULT_ENVIRONMENT
    digest = identity("mwasked1", RequestKind.RUN.value, asked)
    with open_mesh(workspace, environment, create_state=True) as opened:
        known = known_request(opened.state, asking, digest)
        if known is not None:
            return known
        _require_bounded(asked)
        options, found = _desired(opened, wish)
        asking.permit(frozenset(map(domain_of, found[1].scope)))
        require_startable(opened, options, found, is_explicit=wish.environment is not None)
        require_room(opened.state)
        made = new_request(asking, digest, RequestKind.RUN, environment, asked)
        return settled_request(opened.state, made, opened.state.requests.submit(made))


def _desired(opened: OpenedMesh, wish: RunWish) -> tuple[PlanOptions, tuple[Judged, Desired, Published]]:
    """Check what a run is asked for against the mesh, as the run will, but for what only reading data tells."""
    if opened.sandbox is not None:
        require_live(opened.sandbox, utc_now())
    options = wish.options
    if not options.select:
        options = replace(options, select=default_selection(opened.sandbox))
    published = read_published(opened.state.reader, opened.environment)
    judged, desired = desire(opened, options, published)
    return options, (judged, desired, published)


def known_request(state: State, asking: Asking, digest: str) -> Requested | None:
    """Return the request of a key; None where none is known. Raises RefusedError (MW-H301) where it asked for something else."""
    found = state.requests.of_key(_key_of(asking)) if asking.idempotency_key is not None else None
    return None if found is None else _same(state, found, digest, is_new=False)


def settled_request(state: State, request: RequestedRun, found: RequestedRun) -> Requested:
    """Return what stands after a request was recorded, or another one of its key was."""
    is_new = found.run_id == request.run_id and found.requested_at == request.requested_at
    return _same(state, found, request.digest, is_new=is_new)


def _same(state: State, found: RequestedRun, digest: str, *, is_new: bool) -> Requested:
    if found.digest != digest:
        raise RefusedError(
            Diagnostic(
                code="MW-H301",
                message=f"this Idempotency-Key was given to another request already: that of run {found.run_id}",
                fix="send the same body again, or take a new key for another request",
            )
        )
    return Requested(
        run_id=found.run_id,
        environment=found.environment,
        state=state_of_request(state, found),
        request=found,
        is_new=is_new,
    )


def state_of_request(state: State, request: RequestedRun) -> str:
    """Say how the run of a request stands."""
    if request.state is RequestState.WAITING:
        return "waiting"
    if request.state is RequestState.FAILED:
        return RunState.FAILED.value
    if request.state is RequestState.WITHDRAWN:
        return RunState.INTERRUPTED.value
    if request.state is RequestState.ENDED:
        return request.outcome
    head = state.run_pages.heads([request.run_id]).get(request.run_id)
    return "waiting" if head is None else head.state.value


def new_request(
    asking: Asking, digest: str, kind: RequestKind, environment: str, asked: str, run_id: str = ""
) -> RequestedRun:
    """Return a request that is made now, about a run that is there or, without `run_id`, about a new one.

    Raises RefusedError (MW-B019) at the end of a chain of causes.
    """
    key, now = _key_of(asking), utc_now()
    if asking.chain is not None:
        _require_short(asking.chain)
        asked = canonical_json({**json.loads(asked), _CHAIN: _chain_values(asking.chain)})
    return RequestedRun(
        key=key,
        digest=digest,
        kind=kind,
        run_id=run_id or requested_run_id(key, now),
        environment=environment,
        asked=asked,
        caller=asking.domain or asking.by,
        by=asking.by,
        requested_at=now,
        changed_at=now,
        traceparent=asking.traceparent,
    )


def _require_short(chain: Chain) -> None:
    if chain.after(chain.causation).is_too_long:
        raise RefusedError(
            Diagnostic(
                code="MW-B019",
                message=f"{MOST_DEPTH} runs were started one after the other, the first by {chain.correlation}; no further one is",
                fix="look what asks for runs because of what runs tell, and stop it",
            )
        )


def chain_carried(headers: Mapping[str, str]) -> Chain | None:
    """Return what led to a request, as its headers say (names in lower case); None where they say nothing of it."""
    return chain_of_headers(headers)


def _chain_values(chain: Chain) -> dict[str, object]:
    return {"depth": chain.depth, "correlation": chain.correlation, "causation": chain.causation}


def chain_of_request(asked: str) -> Chain | None:
    """Return what led to a request, from its record; None where nothing is known of it."""
    found = json.loads(asked).get(_CHAIN)
    return None if found is None else NO_CHAIN.at(found["depth"], found["correlation"], found["causation"])


def _key_of(asking: Asking) -> str:
    """Return the key of a request: a domain's callers share theirs, and so do all that call for none."""
    given = asking.idempotency_key
    if given is None:
        return request_key("", f"none {secrets.token_hex(16)}")
    if not _KEY.fullmatch(given):
        raise InputError(
            Diagnostic(
                code="MW-H302",
                message="the header Idempotency-Key is no key",
                fix="send 1 to 255 visible characters of ASCII, for example a UUID",
            )
        )
    return request_key(f"domain {asking.domain}" if asking.domain else "", f"given {given}")


def require_room(state: State) -> None:
    """Raise RefusedError (MW-H303) where too many wait already."""
    if sum(queue.waiting for queue in state.requests.queues()) >= MOST_WAITING:
        raise RefusedError(
            Diagnostic(
                code="MW-H303",
                message=f"{MOST_WAITING} runs wait for their turn already; nothing was recorded",
                fix="send the request again later; GET /api/v1/runs?state=waiting lists those that wait",
            )
        )


def require_words(words: Iterable[str]) -> None:
    """Raise InputError (MW-H304) for what cannot be words of a command."""
    if not all(word.isprintable() for word in words):
        raise InputError(
            Diagnostic(
                code="MW-H304",
                message="the request holds characters that cannot be shown: control characters, or halves of one",
                fix="write names and values in characters that can",
            )
        )


def _require_bounded(asked: str) -> None:
    if len(asked.encode("utf-8", "surrogatepass")) > _MOST_WORDS_BYTES:
        raise InputError(
            Diagnostic(
                code="MW-H304",
                message=f"the request is longer than the {_MOST_WORDS_BYTES} bytes that the words of a run may take",
                fix="select by domain, product or tag instead of naming every dataset",
            )
        )


def _wish_values(wish: RunWish) -> dict[str, object]:
    return {
        "select": list(wish.select),
        "variation": wish.variation,
        "params": dict(wish.params),
        "environment": wish.environment,
        "interval": wish.interval,
        "only": wish.only,
        "retest": wish.retest,
        "refresh": wish.refresh,
    }


def wish_of(asked: str) -> RunWish:
    """Give back what `request_run` was asked for, from its record."""
    found = json.loads(asked)
    return RunWish(
        select=tuple(found["select"]),
        variation=found["variation"],
        params=found["params"],
        environment=found["environment"],
        interval=found["interval"],
        only=found["only"],
        retest=found["retest"],
        refresh=found["refresh"],
    )
