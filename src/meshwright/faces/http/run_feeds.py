"""Following runs: one look at the state for all that follow the same run, and bounded memory for each.

A stream reads by itself what is there when it begins, and takes from the common feed what comes after; one that is too slow
for the feed reads by itself again.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import partial
from typing import TypeVar

import anyio
import anyio.to_thread

from meshwright.app.run_following import Change, Place, Standing, changes, standings, told_behind
from meshwright.app.serving import Server, is_let_in
from meshwright.app.worker_presence import lacking_worker
from meshwright.diagnostics import Diagnostic, MeshwrightError, RefusedError
from meshwright.faces.documents.plainvalues import moment
from meshwright.faces.documents.requests import warning_document
from meshwright.faces.documents.verbs import log_line_document, step_document
from meshwright.faces.http.event_stream import HEARTBEAT, event, retry
from meshwright.frozen import dataclass

_T = TypeVar("_T")

#: How often the state is looked at, for all runs together.
_POLL_S = 0.2
#: What a feed keeps for streams that are a little behind.
_KEPT = 2000
#: Streams at once, and of one caller.
MOST_STREAMS = 400
MOST_OF_CALLER = 100
_HEARTBEAT_S = 10.0
#: A run that waits for so long is looked at: is there anybody to carry it out? Less time needs a worker that has just started.
_QUEUED_S = 3.0
#: A state that cannot be reached is tried again after so long.
_TROUBLE_S, _TROUBLE_MS = 5.0, 5000
#: Behind every step of a batch.
_LAST = 1 << 60
#: Threads that read the state for streams.
_READERS = 4


class Feed:
    """What is told of one run while somebody follows it."""

    def __init__(self) -> None:
        self.kept: deque[Change] = deque(maxlen=_KEPT)
        #: How many changes there were.
        self.count = 0
        #: Up to where the feed has read; None before it began.
        self.place: Place | None = None
        self.followers = 0
        self.is_over = False
        self._news = asyncio.Event()

    def add(self, found: tuple[Change, ...]) -> None:
        """Take what is new."""
        self.kept.extend(found)
        self.count += len(found)

    def since(self, count: int) -> list[Change] | None:
        """Return the changes after so many; None where they are not kept any more."""
        lacking = self.count - count
        if lacking > len(self.kept):
            return None
        return list(self.kept)[len(self.kept) - lacking :] if lacking else []

    def tell(self) -> None:
        """Wake all that wait."""
        self._news.set()
        self._news = asyncio.Event()

    async def wait(self, timeout_s: float) -> bool:
        """Wait for news, no longer than so long; whether they came."""
        with suppress(TimeoutError):
            return await asyncio.wait_for(self._news.wait(), timeout_s)
        return False


@dataclass(frozen=True, kw_only=True, slots=True)
class Follower:
    """Who follows a run."""

    run_id: str
    place: Place
    caller: str
    #: Where the run is to be found.
    url: str


class RunFeeds:
    """The feeds of all runs that are followed now. Of one event loop."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._feeds: dict[str, Feed] = {}
        self._callers: dict[str, int] = {}
        self._task: asyncio.Task[None] | None = None
        self._readers = anyio.CapacityLimiter(_READERS)
        #: Set when the server is about to end.
        self.is_ending = False

    def end(self) -> None:
        """Let all streams end; their clients come back."""
        self.is_ending = True
        for feed in self._feeds.values():
            feed.tell()

    def require_room(self, caller: str) -> None:
        """Raise RefusedError (MW-H307) where too many streams are open."""
        if sum(self._callers.values()) >= MOST_STREAMS or self._callers.get(caller, 0) >= MOST_OF_CALLER:
            raise RefusedError(
                Diagnostic(
                    code="MW-H307",
                    message=f"too many streams are open: {MOST_OF_CALLER} of one token, {MOST_STREAMS} of all",
                    fix="close some, or ask for the run every few seconds instead",
                )
            )

    async def follow(self, follower: Follower) -> AsyncGenerator[bytes, None]:
        """Yield the events of a run from a place on, to its end, or to that of the server. Empty bytes: nothing more just now."""
        yield retry()
        try:
            with self._joined(follower) as feed:
                async for piece in self._events(follower, feed):
                    yield piece
        except MeshwrightError:  # the state cannot be reached: whoever follows comes back, and is told then
            yield retry(_TROUBLE_MS)

    async def wait_for_end(self, follower: Follower, timeout_s: float) -> bool:
        """Wait until a run has ended, no longer than so long, nor than the server lives; whether it has."""
        end = anyio.current_time() + timeout_s
        with self._joined(follower) as feed:
            while not (await self._standing(follower.run_id)).is_over:
                left = end - anyio.current_time()
                if left <= 0 or self.is_ending:
                    return False
                if feed.is_over:  # as in `_events`: it goes on since the feed looked
                    await asyncio.sleep(_POLL_S)
                else:
                    await feed.wait(min(left, _HEARTBEAT_S))
            # Who asked may have lost its token meanwhile.
            return await self._is_let_in(follower)

    async def _events(self, follower: Follower, feed: Feed) -> AsyncGenerator[bytes, None]:
        place, is_told = follower.place, False
        while True:
            count = feed.count
            stands = await self._standing(follower.run_id)
            is_all = False
            while not is_all:
                found, is_all = await self._changes(follower.run_id, place, stands)
                for change in found:
                    place = change.place
                    yield _event(follower, change, place, stands)
                yield b""
            if stands.is_over:
                yield _end(follower, place, stands)
                return
            if feed.is_over:  # it goes on since the feed looked
                await asyncio.sleep(_POLL_S)
            while not feed.is_over and (live := feed.since(count)) is not None:
                count = feed.count
                for change in live:
                    behind = told_behind(place, change)
                    if behind is not None:
                        place = behind
                        yield _event(follower, change, place, stands)
                yield b""
                if self.is_ending:
                    return
                is_waiting = not is_told and place.state in {"", "waiting"} and stands.state == "waiting"
                if not await feed.wait(_QUEUED_S if is_waiting else _HEARTBEAT_S):
                    queued = await self._queued(follower, place) if is_waiting else b""
                    is_told = is_told or bool(queued)
                    yield HEARTBEAT + queued

    async def _queued(self, follower: Follower, place: Place) -> bytes:
        """Return what tells that nobody will carry the run out; nothing where somebody will."""
        lacking = await self._in_thread(lambda: lacking_worker(self._server.kept.state()))
        return b"" if lacking is None else event("queued", warning_document(lacking), place.of(follower.run_id))

    async def _is_let_in(self, follower: Follower) -> bool:
        """Whether the caller's token is still good."""
        return await self._in_thread(partial(is_let_in, self._server, follower.caller))

    @contextmanager
    def _joined(self, follower: Follower) -> Iterator[Feed]:
        feed = self._feeds.setdefault(follower.run_id, Feed())
        feed.followers += 1
        self._callers[follower.caller] = self._callers.get(follower.caller, 0) + 1
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._poll())
        try:
            yield feed
        finally:
            feed.followers -= 1
            if not feed.followers:
                self._feeds.pop(follower.run_id, None)
            self._callers[follower.caller] -= 1
            if not self._callers[follower.caller]:
                del self._callers[follower.caller]

    async def _poll(self) -> None:
        """Look at the runs that are followed, again and again, until none is."""
        while self._feeds:
            feeds = dict(self._feeds)
            try:
                found = await self._in_thread(partial(self._standings, tuple(feeds)))
                for run_id, feed in feeds.items():
                    await self._read_on(run_id, feed, found[run_id])
            except (
                MeshwrightError
            ):  # the state cannot be reached: followers wait, and learn of it when they read by themselves
                await asyncio.sleep(_TROUBLE_S)
            await asyncio.sleep(_POLL_S)

    async def _read_on(self, run_id: str, feed: Feed, stands: Standing) -> None:
        place = feed.place
        if place is None:
            # Who joined before this reads up to here by itself: what it has counted so far is not kept.
            feed.place = Place(state=stands.state, revision=stands.revision, position=_LAST, log=stands.log)
            feed.count += 1
            feed.kept.clear()
            feed.tell()
            return
        is_all = not place.is_behind(stands)
        is_news = not is_all or feed.is_over != stands.is_over
        while not is_all:
            found, is_all = await self._changes(run_id, place, stands)
            place = found[-1].place if found else place
            feed.add(found)
        feed.place, feed.is_over = place, stands.is_over
        if is_news:
            feed.tell()

    async def _standing(self, run_id: str) -> Standing:
        found = await self._in_thread(partial(self._standings, (run_id,)))
        return found[run_id]

    async def _changes(self, run_id: str, place: Place, stands: Standing) -> tuple[tuple[Change, ...], bool]:
        return await self._in_thread(partial(changes, self._server.kept.state(), run_id, place, stands))

    def _standings(self, run_ids: tuple[str, ...]) -> Mapping[str, Standing]:
        return standings(self._server.kept.state(), run_ids)

    async def _in_thread(self, read: Callable[[], _T]) -> _T:
        return await anyio.to_thread.run_sync(read, limiter=self._readers)


def _event(follower: Follower, change: Change, place: Place, stands: Standing) -> bytes:
    """Write one change; its id is the place behind it."""
    if change.step is not None:
        return event("step", step_document(change.step.step), place.of(follower.run_id))
    if change.line is not None:
        return event("log", log_line_document(change.line), place.of(follower.run_id))
    return event("run", _run_document(follower, place.state, stands), place.of(follower.run_id))


def _end(follower: Follower, place: Place, stands: Standing) -> bytes:
    return event("end", _run_document(follower, stands.state, stands), place.of(follower.run_id))


def _run_document(follower: Follower, state: str, stands: Standing) -> Mapping[str, object]:
    return {
        "run_id": follower.run_id,
        "url": follower.url,
        "state": state,
        "environment": stands.environment,
        "started_at": moment(stands.started_at),
        "finished_at": moment(stands.finished_at) if state == stands.state else None,
    }
