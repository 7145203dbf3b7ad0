"""What happened last, read once for all that follow: a look at the state every quarter of a second, whoever many there are."""

from __future__ import annotations

import asyncio
from collections import deque
from contextlib import suppress

from starlette.concurrency import run_in_threadpool

from meshwright.app.events import EventPage, events_since, fits, start_of_stream
from meshwright.app.serving import Server
from meshwright.diagnostics import MeshwrightError
from meshwright.model.firings import ReceivedEvent
from meshwright.model.subscriptions import ANY, EventFilter

_LOOK_S = 0.25
#: A state that cannot be reached is tried again after so long.
_TROUBLE_S = 2.0
#: Of the text of the events that are kept for those that follow.
_KEPT_CHARACTERS = 4_000_000
_ALL = EventFilter(environments=(ANY,))


class EventFeed:
    """The newest events while somebody follows them. Of one event loop."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._kept: deque[ReceivedEvent] = deque()
        self._characters = 0
        #: All events above the first number, up to the second, are kept; None before the first look.
        self._above: int | None = None
        self._up_to = 0
        self._followers = 0
        self._task: asyncio.Task[None] | None = None
        self._news = asyncio.Event()

    def join(self) -> None:
        """Begin to follow."""
        self._followers += 1
        if self._task is None or self._task.done():
            self._above = None
            self._task = asyncio.get_running_loop().create_task(self._look())

    def leave(self) -> None:
        """Follow no more."""
        self._followers -= 1

    async def since(self, wanted: EventFilter, number: int) -> EventPage:
        """Return the events above a number that a filter is for. Raises MeshwrightError where the state cannot be read."""
        if self._above is None or number < self._above:
            return await run_in_threadpool(events_since, self._server.workspace, wanted, number)
        found = tuple(event for event in self._kept if event.number > number and fits(wanted, event))
        return EventPage(events=found, looked_at=max(number, self._up_to), is_last=True)

    async def wait(self) -> None:
        """Wait for news; not for ever."""
        with suppress(TimeoutError):
            async with asyncio.timeout(2 * _LOOK_S):
                await self._news.wait()

    async def _look(self) -> None:
        while self._followers:
            try:
                if self._above is None:
                    self._begin(await run_in_threadpool(start_of_stream, self._server.workspace, None))
                page = await run_in_threadpool(events_since, self._server.workspace, _ALL, self._up_to)
            except MeshwrightError:  # whoever follows learns of it by itself
                self._above = None
                await asyncio.sleep(_TROUBLE_S)
                continue
            self._take(page)
            if page.is_last:
                await asyncio.sleep(_LOOK_S)

    def _begin(self, newest: int) -> None:
        self._kept.clear()
        self._characters = 0
        self._above = self._up_to = newest

    def _take(self, page: EventPage) -> None:
        self._up_to = max(self._up_to, page.looked_at or 0)
        for event in page.events:
            self._kept.append(event)
            self._characters += len(event.document)
        while self._characters > _KEPT_CHARACTERS:
            gone = self._kept.popleft()
            self._characters -= len(gone.document)
            self._above = gone.number
        if page.events:
            self._news.set()
            self._news = asyncio.Event()
