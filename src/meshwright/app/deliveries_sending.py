"""One event sent to one receiver: the request, its signature, and what the answer means.

Receivers are reached under the rules of HTTP nodes (`tools.http_guard`): public addresses, and ranges that `mesh.yaml` allows.
"""

from __future__ import annotations

import datetime as dt
import email.utils
import json
import os
import socket
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from http import HTTPStatus
from pathlib import Path
from urllib.parse import urlsplit

from meshwright import __version__
from meshwright.app.webhook_keys import mesh_key, signature, signing_secrets
from meshwright.diagnostics import MeshwrightError
from meshwright.files.settings import MeshSettings
from meshwright.files.standards import baggage
from meshwright.files.standards.cloudevents_http import EventRequest, write_binary, write_structured
from meshwright.frozen import dataclass
from meshwright.model.chains import chain_of_event
from meshwright.model.firings import ReceivedEvent
from meshwright.model.subscriptions import MOST_ANSWER_BYTES, SendMode, Webhook
from meshwright.tools.http_guard import Forbidden, LookUp, Range, guarded, read_ranges
from meshwright.tools.protocol import ToolFailed
from meshwright.tools.requests import Connections, Reply, ReplyTooLarge, Request, Server

#: Bytes of an answer that are read; a receiver that says more is not listened to.
_MOST_READ_BYTES = 64 * 1024
#: Every answer is an answer: what it means is decided here.
_ANSWERS = tuple(range(300, 600))
_LONGEST_PAUSE_S = 3600.0
_ASKS_FOR_TIME = frozenset({HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE})


@dataclass(frozen=True, kw_only=True, slots=True)
class Sending:
    """What is to be sent."""

    delivery: str
    subscription: str
    hook: Webhook
    #: None where it was forgotten meanwhile.
    event: ReceivedEvent | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Sent:
    """What became of one try."""

    delivery: str
    at: dt.datetime
    seconds: float
    status: int | None = None
    #: Empty where the receiver took it.
    error: str = ""
    answer: str = ""
    #: Whether another try may help.
    is_retryable: bool = True
    #: Whether the receiver says that it is there no more.
    is_gone: bool = False
    #: Seconds that the receiver wants to be left alone.
    wait_s: float = 0.0
    #: What only who runs the server may know.
    detail: str = ""

    @property
    def is_taken(self) -> bool:
        """Whether the receiver took it."""
        return not self.error


class Sender:
    """Sends to any receivers, over connections that are kept. Safe to share between threads."""

    def __init__(
        self,
        *,
        allowed: tuple[Range, ...],
        private: Path,
        variables: Mapping[str, str] = os.environ,
        now: Callable[[], dt.datetime],
        look_up: LookUp = socket.getaddrinfo,
    ) -> None:
        self._connections = Connections(resolve=guarded(allowed, look_up))
        self._private = private
        self._variables = variables
        self._now = now

    def send(self, sending: Sending) -> Sent:
        """Try once. Raises nothing: whatever goes wrong is what became of the try."""
        at, began = self._now(), time.monotonic()
        try:
            reply = self._answer(sending, at)
        except MeshwrightError as error:
            return self._failed(sending, at, began, f"{error.first.code} {error.first.message}", is_retryable=True)
        except ReplyTooLarge as failure:
            if 200 <= failure.status < 300:
                return Sent(delivery=sending.delivery, at=at, seconds=time.monotonic() - began, status=failure.status)
            return self._failed(sending, at, began, str(failure), is_retryable=True)
        except ToolFailed as failure:
            # What the guard refuses has a fix, and another try is refused alike.
            is_refused = failure.fix is not None and not failure.is_retryable
            failed = self._failed(sending, at, began, str(failure), is_retryable=not is_refused)
            return replace(failed, detail=failure.why) if isinstance(failure, Forbidden) else failed
        return _judged(sending, reply, at, time.monotonic() - began)

    def close(self) -> None:
        """Close the connections that are kept."""
        self._connections.close()

    def _answer(self, sending: Sending, at: dt.datetime) -> Reply:
        hook, event = sending.hook, sending.event
        if event is None:
            raise ToolFailed("the event was forgotten before it could be sent", is_retryable=False, fix="")
        document = json.loads(event.document)
        is_binary = hook.mode is SendMode.BINARY
        written = write_binary(document) if is_binary else write_structured(event.document)
        with_previous = hook.both_until is not None and at < hook.both_until
        key = b"" if hook.secret else mesh_key(self._private, self._variables)
        secrets = signing_secrets(hook, sending.subscription, key, self._variables, with_previous=with_previous)
        parts = urlsplit(hook.url)
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        server = Server(
            url=f"{parts.scheme}://{parts.netloc}",
            secrets=tuple(each for each in (parts.query, *secrets) if len(each) > 5),
            timeout_s=hook.timeout_s,
            limit_bytes=_MOST_READ_BYTES,
        )
        chain = chain_of_event(document).told_by(event.name)
        headers = _headers(sending.delivery, written, secrets, int(at.timestamp())) | {
            baggage.HEADER: baggage.baggage_of(chain)
        }
        # A second one is the same one to the receiver, by its id: a connection that broke may be followed by another.
        request = Request(
            method="POST", path=target, headers=headers, body=written.body, expected=_ANSWERS, is_repeatable=True
        )
        return self._connections.call(server, request)

    def _failed(self, sending: Sending, at: dt.datetime, began: float, error: str, *, is_retryable: bool) -> Sent:
        return Sent(
            delivery=sending.delivery,
            at=at,
            seconds=time.monotonic() - began,
            error=error[:500],
            is_retryable=is_retryable,
        )


def allowed_ranges(settings: MeshSettings) -> tuple[Range, ...]:
    """Return the ranges of addresses that are no public ones, and may be reached: ``http: {allow: [...]}``."""
    return read_ranges(settings.tools.get("http", {}).get("allow", ()))


def pause_s(hook: Webhook, attempts: int, chance: float) -> float:
    """Return how long is waited after so many tries: twice as long each time, up to an hour, half of it by `chance` (0 to 1)."""
    longest = min(hook.backoff_s * 2.0 ** min(attempts - 1, 30), _LONGEST_PAUSE_S)
    return longest * (0.5 + chance / 2)


def _headers(delivery: str, written: EventRequest, secrets: tuple[str, ...], timestamp_s: int) -> dict[str, str]:
    signatures = " ".join(signature(secret, delivery, timestamp_s, written.body) for secret in secrets)
    return {
        "User-Agent": f"meshwright/{__version__}",
        "Accept": "*/*",
        "webhook-id": delivery,
        "webhook-timestamp": str(timestamp_s),
        "webhook-signature": signatures,
        **written.headers,
    }


def _judged(sending: Sending, reply: Reply, at: dt.datetime, seconds: float) -> Sent:
    if 200 <= reply.status < 300:
        return Sent(delivery=sending.delivery, at=at, seconds=seconds, status=reply.status)
    said = reply.body[:MOST_ANSWER_BYTES].decode("utf-8", "replace")
    error = f"the receiver answered {reply.status}"
    if 300 <= reply.status < 400:
        error += ", and redirections are not followed"
    return Sent(
        delivery=sending.delivery,
        at=at,
        seconds=seconds,
        status=reply.status,
        error=error,
        answer=said.encode()[:MOST_ANSWER_BYTES].decode("utf-8", "ignore"),
        is_gone=reply.status == HTTPStatus.GONE,
        wait_s=_wait_s(reply, at) if reply.status in _ASKS_FOR_TIME else 0.0,
    )


def _wait_s(reply: Reply, at: dt.datetime) -> float:
    """Return how long ``Retry-After`` asks to be left alone: seconds, or a date."""
    text = reply.headers.get("retry-after", "").strip()
    if text.isascii() and text.isdigit() and len(text) < 10:
        return min(float(text), _LONGEST_PAUSE_S)
    try:
        until = email.utils.parsedate_to_datetime(text)
        wait_s = (until - at).total_seconds()
    except (TypeError, ValueError, OverflowError):  # no date, none of this calendar, or one without a time zone
        return 0.0
    return min(max(wait_s, 0.0), _LONGEST_PAUSE_S)
