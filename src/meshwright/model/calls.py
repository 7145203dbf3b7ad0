"""Calls between domains: who asked what of whom, one record for each domain that a request touched."""

from __future__ import annotations

import datetime as dt
import enum

from meshwright.frozen import dataclass


class CallKind(enum.StrEnum):
    """The five kinds of communication between domains."""

    #: What a domain offers: its products, contracts, versions, lineage.
    DOMAIN = "domain"
    #: Rows of its products.
    DATA = "data"
    #: Its pipelines are run.
    PROCESS = "process"
    #: Its events are subscribed to, or events are sent to it.
    EVENT = "event"
    #: Sandboxes over its products.
    DEVELOPMENT = "development"


@dataclass(frozen=True, kw_only=True, slots=True)
class Call:
    """One request of a token, as far as it is about one domain."""

    #: Of the request; a request that touches several domains is as many calls of one id.
    id: str
    at: dt.datetime
    #: Id of the token that called, and the domain that it belongs to; None for one that belongs to none.
    token: str
    caller: str | None
    #: The domain that was called.
    domain: str
    kind: CallKind
    #: What was done, in one word: ``read``, ``query``, ``run``, ``promote`` ...
    action: str
    #: What it was done to: a product, port, dataset, run, environment or subscription.
    object: str
    #: HTTP status of the answer.
    status: int
    #: Rows and bytes of the answer; None where they are not known.
    rows: int | None = None
    bytes: int | None = None
    #: From the request to the end of the answer.
    seconds: float = 0.0
    #: Place in the order of recording, given by the state.
    number: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class CallFilter:
    """Which calls are meant; None for all of a kind."""

    caller: str | None = None
    domain: str | None = None
    kind: CallKind | None = None
    action: str | None = None
    object: str | None = None
    token: str | None = None
    #: Not before, and before.
    since: dt.datetime | None = None
    until: dt.datetime | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class CallEdge:
    """What one domain, or callers of none, asked of another, summed."""

    caller: str | None
    domain: str
    kind: CallKind
    calls: int
    #: Answered with an error.
    refused: int
    rows: int
    bytes: int
    last_at: dt.datetime
