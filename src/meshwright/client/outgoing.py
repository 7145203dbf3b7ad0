"""What is sent, and when it is sent again: the part that the two clients, with and without `await`, share."""

from __future__ import annotations

import json
import random
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any  # decoded JSON
from urllib.parse import quote

import httpx

from meshwright.client.problems import Unreachable

Scalar = str | int | float | bool
#: A value of a query, or several of one name; None: it is not sent.
QueryValue = Scalar | Sequence[str] | None

_KEY = "Idempotency-Key"
_RETRIED = frozenset({429, 502, 503, 504})
_LONGEST_PAUSE_S = 30.0
_CONNECT_S = 10.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Settings:
    """How a client calls its server."""

    #: Where the server is, for example ``http://127.0.0.1:8080``.
    url: str
    token: str | None = None
    #: Seconds without a byte until a request is given up.
    timeout_s: float = 60.0
    #: How often a request is sent that can be repeated.
    attempts: int = 4


@dataclass(frozen=True, kw_only=True, slots=True)
class Outgoing:
    """One request."""

    method: str
    #: With names in braces for `path`.
    template: str
    path: Mapping[str, Scalar] = field(default_factory=dict)
    query: Mapping[str, QueryValue] = field(default_factory=dict)
    headers: Mapping[str, str | None] = field(default_factory=dict)
    accept: str = "application/json"
    #: A JSON body, or bytes of `content_type`; None: without a body.
    json: object = None
    content: bytes | None = None
    content_type: str | None = None
    #: Whether the server knows keys of idempotency here: one is made where none is given.
    is_keyed: bool = False

    @property
    def url(self) -> str:
        """The path with its names filled in; a name cannot leave its place."""
        return self.template.format(**{name: path_part(value) for name, value in self.path.items()})


def path_part(value: object) -> str:
    """Return a value as one part of a path."""
    text = quote(str(value), safe="@,:~+*", errors="surrogateescape")
    return text.replace(".", "%2E") if text in {".", ".."} else text


@dataclass(frozen=True, kw_only=True, slots=True)
class Prepared:
    """A request as it is sent, each time the same."""

    method: str
    url: str
    params: httpx.QueryParams
    headers: dict[str, str]
    json: object
    content: bytes | None

    @property
    def is_repeatable(self) -> bool:
        """Whether sending it twice does no more than sending it once."""
        return self.method in {"GET", "HEAD"} or _KEY in self.headers


def prepare(outgoing: Outgoing, settings: Settings) -> Prepared:
    """Return what is sent."""
    headers = {"Accept": outgoing.accept, "User-Agent": "meshwright-client"}
    if settings.token:
        headers["Authorization"] = f"Bearer {settings.token}"
    if outgoing.content is not None and outgoing.content_type is not None:
        headers["Content-Type"] = outgoing.content_type
    headers |= {name: value for name, value in outgoing.headers.items() if value is not None}
    if outgoing.is_keyed and _KEY not in headers:
        headers[_KEY] = uuid.uuid4().hex
    params: list[tuple[str, str | int | float | bool | None]] = []
    for name, value in outgoing.query.items():
        if value is not None:
            params += [(name, _text(each)) for each in ([value] if isinstance(value, Scalar) else value)]
    return Prepared(
        method=outgoing.method,
        url=settings.url.rstrip("/") + outgoing.url,
        params=httpx.QueryParams(tuple(params)),
        headers=headers,
        json=outgoing.json,
        content=outgoing.content,
    )


def _text(value: Scalar) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def pause_s(prepared: Prepared, settings: Settings, attempt: int, found: httpx.Response | None) -> float | None:
    """Return how long to wait before the request is sent again; None where it is not, `attempt` counted from 1.

    `found` is the answer, None where none came.
    """
    if attempt >= settings.attempts or not prepared.is_repeatable:
        return None
    if found is not None and found.status_code not in _RETRIED:
        return None
    asked = found.headers.get("retry-after", "") if found is not None else ""
    if asked.isascii() and asked.isdigit():
        return min(float(asked), _LONGEST_PAUSE_S)
    return backoff_s(attempt)


def backoff_s(attempt: int) -> float:
    """Return how long to wait after so many tries, where the server says nothing of it."""
    return min(0.2 * 2.0 ** (attempt - 1), _LONGEST_PAUSE_S) * random.uniform(0.5, 1.5)  # noqa: S311 - parts callers


def timeout_of(settings: Settings) -> httpx.Timeout:
    """Return how long is waited: for an answer as long as is wished, for a connection not so long that nobody is there."""
    return httpx.Timeout(settings.timeout_s, connect=min(settings.timeout_s, _CONNECT_S))


def unreachable(settings: Settings, error: httpx.RequestError) -> Unreachable:
    """Return what is raised where no answer came, or none that is whole."""
    is_begun = isinstance(error, httpx.ReadError | httpx.RemoteProtocolError | httpx.DecodingError)
    told = "did not answer to the end" if is_begun else "does not answer"
    return Unreachable(f"{settings.url} {told}: {error or type(error).__name__}")


def event_content(
    events: bytes | Mapping[str, Any] | Sequence[Mapping[str, Any]], content_type: str | None
) -> tuple[bytes, str]:
    """Return CloudEvents as they are sent, and of which media type that is: one, several, or bytes as they stand."""
    if isinstance(events, bytes):
        return events, content_type or "application/cloudevents+json"
    form = "application/cloudevents+json" if isinstance(events, Mapping) else "application/cloudevents-batch+json"
    return json.dumps(events if isinstance(events, Mapping) else list(events)).encode(), form


def present(fields: Mapping[str, object]) -> dict[str, object]:
    """Return the fields of a body that are given."""
    return {name: value for name, value in fields.items() if value is not None}
