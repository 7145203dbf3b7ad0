"""Requests that carry a key of idempotency: sent again, they are answered again and not done again."""

from __future__ import annotations

import datetime as dt

from meshwright.frozen import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class KeyedRequest:
    """One request under a key, and its answer once there is one."""

    #: Id of the token that asks: keys of others are others.
    token: str
    key: str
    #: Of method, path and body: a key stands for one request, and is refused for another one.
    digest: str
    #: The process that answers it, see `app.processes`; empty: it let go.
    holder: str
    at: dt.datetime
    #: HTTP status; None while it is being answered.
    status: int | None = None
    #: A JSON document. Without a status: what it asked for is done, and this is what the answer is made from.
    answer: str | None = None
