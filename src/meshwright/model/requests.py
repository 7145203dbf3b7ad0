"""Runs that somebody asked for by URL: recorded before anybody is told that they will be, and what became of them."""

from __future__ import annotations

import datetime as dt
import enum

from meshwright.frozen import dataclass
from meshwright.model.identity import identity


class RequestKind(enum.StrEnum):
    """What is asked for."""

    #: A new run.
    RUN = "run"
    #: To go on with a run that was interrupted.
    RESUME = "resume"
    #: A new run that goes on from a node of one that has ended.
    RERUN = "rerun"
    #: A run that makes another one again and publishes nothing.
    REPEAT = "repeat"
    #: A promotion, which is a run too.
    PROMOTE = "promote"


class RequestState(enum.StrEnum):
    """How far a request is."""

    #: Recorded; its process is to be started.
    WAITING = "waiting"
    #: A worker has it, and its process was started or is about to be.
    STARTED = "started"
    #: Its run has ended; how, the run's own record says.
    ENDED = "ended"
    #: No run came of it, or it was given up.
    FAILED = "failed"
    #: It was to stop before anything began.
    WITHDRAWN = "withdrawn"


#: States of requests of which something is still to come.
OPEN_REQUESTS = frozenset({RequestState.WAITING, RequestState.STARTED})


@dataclass(frozen=True, kw_only=True, slots=True)
class RequestedRun:
    """A run that was asked for. Asked for twice under one key it is one."""

    #: Identity of who asks and the key that they gave.
    key: str
    #: Identity of what is asked for: the same key with another one is refused.
    digest: str
    kind: RequestKind
    #: The run that comes of it, or that is gone on with.
    run_id: str
    environment: str
    #: Canonical JSON of what was asked for.
    asked: str
    #: Who shares a turn where many wait: a domain, or nobody in particular.
    caller: str
    #: Who asked, in words.
    by: str
    requested_at: dt.datetime
    state: RequestState = RequestState.WAITING
    #: Why it is as it is, in words; empty where there is nothing to say.
    reason: str = ""
    #: What refused it, as JSON of diagnostics; empty where nothing did.
    error: str = ""
    #: How its run ended; empty before.
    outcome: str = ""
    #: How often its process was started.
    attempts: int = 0
    #: The process that carries it out, or that is about to start one, as the holder of a lease.
    process: str = ""
    #: When it was last changed.
    changed_at: dt.datetime
    ended_at: dt.datetime | None = None
    #: Whether somebody asked that it stops.
    is_to_stop: bool = False
    #: W3C trace context of the request; empty where it is not traced.
    traceparent: str = ""
    #: Order of recording; 0 before.
    number: int = 0

    @property
    def is_open(self) -> bool:
        """Whether something is still to come of it."""
        return self.state in OPEN_REQUESTS


def request_key(scope: str, idempotency_key: str) -> str:
    """Return what makes requests of one caller the same."""
    return identity("mwrequest1", [scope, idempotency_key])


def requested_run_id(key: str, at: dt.datetime) -> str:
    """Return the id of a new run, which follows from the key of its request and from when it was made first."""
    name = identity("mwrequested1", key)
    return f"{at.astimezone(dt.UTC):%Y%m%dT%H%M%S}-{name[:12]}"
