"""Streams of events: bounded in number, resumed by number, ended when the caller is let in no more."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import AsyncGenerator

from fastapi import Request, Response
from starlette.concurrency import run_in_threadpool

from meshwright.access import Principal
from meshwright.app.events import start_of_stream
from meshwright.app.serving import Server
from meshwright.app.subscriptions import subscription_of
from meshwright.diagnostics import Diagnostic, MeshwrightError, RefusedError
from meshwright.faces.http.event_feed import EventFeed
from meshwright.faces.http.event_stream import HEARTBEAT, EventStream, retry
from meshwright.faces.http.letting_in import until_refused
from meshwright.faces.http.run_feeds import RunFeeds
from meshwright.model.firings import ReceivedEvent
from meshwright.model.subscriptions import EventFilter

_MOST, _MOST_OF_ONE = 200, 20
#: Proxies end connections that say nothing; a client learns by it as well how far it has seen.
_BEAT_S = 15.0


async def open_stream(
    request: Request,
    server: Server,
    principal: Principal,
    wanted: EventFilter,
    subscription: str | None,
    after: int | None,
) -> Response:
    """Begin a stream. Raises RefusedError (MW-B014) where too many are open, InputError for what is not there."""
    open_ = _open_streams(request)
    if open_.total() >= _MOST or open_[principal.id] >= _MOST_OF_ONE:
        raise RefusedError(
            Diagnostic(
                code="MW-B014",
                message=f"{min(open_[principal.id], _MOST_OF_ONE)} streams are open by this caller already, {open_.total()} in all",
                fix="close some, or follow several types in one stream",
            )
        )
    workspace = server.workspace
    if subscription is not None:
        wanted = (await run_in_threadpool(subscription_of, workspace, subscription)).filter
    start = await run_in_threadpool(start_of_stream, workspace, after)
    feeds: RunFeeds = request.app.state.run_feeds
    stream = _stream(principal, wanted, start, open_, feeds, _feed(request, server))
    return EventStream(stream, lambda: until_refused(request))


async def _stream(
    principal: Principal,
    wanted: EventFilter,
    start: int,
    open_: Counter[str],
    feeds: RunFeeds,
    feed: EventFeed,
) -> AsyncGenerator[bytes, None]:
    """Yield events as they come, until the server ends. Empty bytes: nothing more just now."""
    looked_at = start
    beat_at_s = time.monotonic()
    open_[principal.id] += 1
    feed.join()
    try:
        yield retry()
        while not feeds.is_ending:
            page = await feed.since(wanted, looked_at)
            looked_at = page.looked_at or looked_at
            for event in page.events:
                yield _written(event)
            now_s = time.monotonic()
            if now_s >= beat_at_s:
                yield f"id: {looked_at}\n".encode() + HEARTBEAT
                beat_at_s = now_s + _BEAT_S
            yield b""
            if page.is_last:
                await feed.wait()
    except MeshwrightError:  # the state cannot be reached: whoever follows comes back, and is told then
        return
    finally:
        feed.leave()
        open_[principal.id] -= 1


def _written(event: ReceivedEvent) -> bytes:
    """Write an event. Its document is one line, and so is what names its type: text of an event holds no line ends."""
    data = json.dumps(json.loads(event.document), ensure_ascii=False, separators=(",", ":"))
    kind = "".join(each for each in event.type if each.isprintable())
    return f"id: {event.number}\nevent: {kind}\ndata: {data}\n\n".encode("utf-8", "replace")


def _feed(request: Request, server: Server) -> EventFeed:
    """Return the feed of all streams: kept with the application, as their number is."""
    state = request.app.state
    if not hasattr(state, "event_feed"):
        state.event_feed = EventFeed(server)
    found: EventFeed = state.event_feed
    return found


def _open_streams(request: Request) -> Counter[str]:
    """Return how many streams are open, by caller: kept with the application, and used by its one loop."""
    state = request.app.state
    if not hasattr(state, "event_streams"):
        state.event_streams = Counter()
    found: Counter[str] = state.event_streams
    return found
