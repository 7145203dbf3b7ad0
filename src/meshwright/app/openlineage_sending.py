"""Sends events: to a receiver over HTTP, to a file, from a thread of its own, so that no run waits for either.

Whatever goes wrong here is told in words and harms nothing: what cannot be sent is dropped, and counted. The queue is bounded, each
call has a time limit, what a later try may mend is tried again a few times, and a receiver that fails several events in a row is
left alone for the rest of the run.
"""

from __future__ import annotations

import http.client
import json
import os
import queue
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Generic, Protocol, TypeVar
from urllib.parse import urlsplit

from meshwright.diagnostics import MeshwrightError
from meshwright.frozen import dataclass

Event = Mapping[str, object]
_Item = TypeVar("_Item")

#: Statuses that a later try may mend.
_BUSY = 429
_SERVER_FAILED = 500
_FINE = range(200, 300)


@dataclass(frozen=True, kw_only=True, slots=True)
class SendingLimits:
    """How much patience there is."""

    #: What waits to be made into events and sent, at most; what comes then is dropped.
    queued: int = 10_000
    #: Made into events and sent together.
    batch: int = 100
    #: Of one call.
    timeout_s: float = 5.0
    #: Pauses before an event is tried again.
    pauses_s: tuple[float, ...] = (0.1, 0.5, 2.0)
    #: Events in a row that fail before a receiver is left alone.
    failures: int = 3
    #: How long the end of a run may wait for what is still queued.
    closing_s: float = 10.0


class Sink(Protocol):
    """Where events go."""

    #: In words, for messages: no query, no password.
    place: str

    def send(self, events: Sequence[Event], deadline: Callable[[], float | None]) -> str | None:
        """Send events; say what is wrong where one was dropped. `deadline` gives the moment of the clock by which to end."""
        ...

    @property
    def dropped(self) -> int:
        """How many events were dropped so far."""
        ...

    def close(self) -> None:
        """Release everything."""
        ...


class FileSink:
    """Appends events to a file, one a line; what is written at once stays together, whoever else appends."""

    def __init__(self, path: Path) -> None:
        self.place = str(path)
        self.dropped = 0
        self._path = path
        self._file: int | None = None

    def send(self, events: Sequence[Event], deadline: Callable[[], float | None]) -> str | None:  # noqa: ARG002 - a disk is quick
        """Append the events."""
        data = b"".join(json.dumps(event, separators=(",", ":")).encode() + b"\n" for event in events)
        try:
            if self._file is None:
                self._path.parent.mkdir(parents=True, exist_ok=True)
                self._file = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o644)
            while data:
                data = data[os.write(self._file, data) :]
        except OSError as error:
            self.dropped += len(events)
            return error.strerror or str(error)
        return None

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            os.close(self._file)
            self._file = None


class HttpSink:
    """Posts events one by one, over one connection as long as it lasts."""

    def __init__(
        self,
        url: str,
        headers: Mapping[str, str],
        limits: SendingLimits,
        clock: Callable[[], float] = time.monotonic,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        parts = urlsplit(url)
        host = parts.hostname or ""
        self._is_tls = parts.scheme == "https"
        self._host, self._port = host, parts.port
        self._path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        self._headers = {"Content-Type": "application/json", **headers}
        self._limits = limits
        self._clock = clock
        self._pause = pause
        self._connection: http.client.HTTPConnection | None = None
        self._failed_in_a_row = 0
        self.place = self.place_of(url)
        self.dropped = 0

    @staticmethod
    def place_of(url: str) -> str:
        """Return an address as messages name it."""
        parts = urlsplit(url)
        return f"{parts.scheme}://{parts.hostname or ''}{f':{parts.port}' if parts.port else ''}{parts.path}"

    def send(self, events: Sequence[Event], deadline: Callable[[], float | None]) -> str | None:
        """Post each event, in order."""
        problem: str | None = None
        for event in events:
            if self._failed_in_a_row >= self._limits.failures:
                self.dropped += 1
                continue
            failure = self._post(json.dumps(event, separators=(",", ":")).encode(), deadline)
            if failure is None:
                self._failed_in_a_row = 0
                continue
            problem = problem or failure
            self.dropped += 1
            self._failed_in_a_row += 1
        return problem

    def _post(self, body: bytes, deadline: Callable[[], float | None]) -> str | None:
        """Post one event, a few times where that may help; why it did not arrive, None where it did."""
        failure: str | None = None
        for pause_s in (*self._limits.pauses_s, None):
            left_s = self._left_s(deadline)
            if left_s <= 0:
                return failure or "no time was left"
            failure, may_help = self._try(body, min(self._limits.timeout_s, left_s))
            if failure is None or not may_help or pause_s is None:
                return failure
            self._pause(max(0.0, min(pause_s, self._left_s(deadline))))
        return failure

    def _left_s(self, deadline: Callable[[], float | None]) -> float:
        until = deadline()
        return float("inf") if until is None else until - self._clock()

    def _try(self, body: bytes, timeout_s: float) -> tuple[str | None, bool]:
        """Post once; why it failed, and whether a later try may help."""
        try:
            connection = self._connected(timeout_s)
            connection.request("POST", self._path, body, self._headers)
            answer = connection.getresponse()
            answer.read(1 << 16)
            if not answer.isclosed():  # a long answer is not read to its end: the connection is not used again
                self.close()
        except (OSError, http.client.HTTPException, ValueError) as error:
            self.close()
            return _words_of(error), True
        if answer.status in _FINE:
            return None, False
        return f"HTTP {answer.status}", answer.status == _BUSY or answer.status >= _SERVER_FAILED

    def _connected(self, timeout_s: float) -> http.client.HTTPConnection:
        if self._connection is None:
            kind = http.client.HTTPSConnection if self._is_tls else http.client.HTTPConnection
            self._connection = kind(self._host, self._port, timeout=timeout_s)
        self._connection.timeout = timeout_s
        if self._connection.sock is not None:
            self._connection.sock.settimeout(timeout_s)
        return self._connection

    def close(self) -> None:
        """Close the connection."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def _words_of(error: Exception) -> str:
    """Say what went wrong with a connection; nothing of what was sent."""
    if isinstance(error, TimeoutError):
        return "it did not answer in time"
    if isinstance(error, OSError):
        return error.strerror or type(error).__name__
    return type(error).__name__


class LaterSink:
    """A receiver whose settings hold secrets: they are asked for when there is something to send, and by its thread.

    `opened` gives the receiver; where it raises MeshwrightError, every event is dropped. `hidden` takes secrets out of texts.
    """

    def __init__(self, place: str, opened: Callable[[], Sink], hidden: Callable[[str], str]) -> None:
        self.place = place
        self._opened = opened
        self._hidden = hidden
        self._sink: Sink | None = None
        self._problem: str | None = None
        self._unsent = 0

    @property
    def dropped(self) -> int:
        """How many events were dropped so far."""
        return self._unsent + (self._sink.dropped if self._sink is not None else 0)

    def send(self, events: Sequence[Event], deadline: Callable[[], float | None]) -> str | None:
        """Send events; the first time the receiver is opened."""
        if self._sink is None and self._problem is None:
            try:
                self._sink = self._opened()
            except MeshwrightError as error:
                self._problem = self._hidden(error.first.message)
        if self._sink is None:
            self._unsent += len(events)
            return self._problem
        problem = self._sink.send(events, deadline)
        return None if problem is None else self._hidden(problem)

    def close(self) -> None:
        """Close the receiver, where it was opened."""
        if self._sink is not None:
            self._sink.close()


class Sender(Generic[_Item]):
    """Makes what it is given into events, in a thread, and sends them."""

    def __init__(
        self,
        compose: Callable[[Sequence[_Item]], Sequence[Event]],
        sinks: Sequence[Sink],
        limits: SendingLimits,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._compose = compose
        self._sinks = tuple(sinks)
        self._limits = limits
        self._clock = clock
        self._queue: queue.Queue[_Item | None] = queue.Queue(limits.queued)
        self._deadline: float | None = None
        self._left_out = 0
        self._is_closed = False
        #: Sink -> the first thing that went wrong with it.
        self._problems: dict[str, str] = {}
        self._unmade: str | None = None
        self._thread = threading.Thread(target=self._work, name="openlineage", daemon=True)
        self._thread.start()

    def put(self, item: _Item) -> None:
        """Take something to be sent; dropped where too much waits already."""
        try:
            self._queue.put_nowait(item)
        except queue.Full:
            self._left_out += 1

    def close(self) -> tuple[str, ...]:
        """Send what waits, as long as there is patience, and say what did not arrive."""
        if self._is_closed:
            return ()
        self._is_closed = True
        self._deadline = self._clock() + self._limits.closing_s
        with suppress(queue.Full):  # it is told below that not all was sent
            self._queue.put(None, timeout=self._limits.closing_s)
        self._thread.join(self._limits.closing_s + self._limits.timeout_s)
        notes = [self._told(sink) for sink in self._sinks if sink.dropped]
        if self._unmade is not None:
            notes.append(f"openlineage: some events could not be made: {self._unmade}")
        if waiting := self._left_out + self._queue.qsize() + self._thread.is_alive():
            notes.append(f"openlineage: events of {waiting} steps or more were not sent in time and are dropped")
        return tuple(notes)

    def _told(self, sink: Sink) -> str:
        problem = self._problems.get(sink.place)
        return f"openlineage: {sink.dropped} events did not reach {sink.place}" + (f": {problem}" if problem else "")

    def _work(self) -> None:
        try:
            while items := self._batch():
                self._send(items)
        finally:
            for sink in self._sinks:
                sink.close()

    def _batch(self) -> list[_Item]:
        """Wait for what comes, and take what else is there; nothing where no more will come."""
        items: list[_Item] = []
        while len(items) < self._limits.batch:
            try:
                item = self._queue.get(block=not items)
            except queue.Empty:
                break
            if item is None:
                if items:
                    self._queue.put_nowait(None)  # seen again when what was taken is sent
                break
            items.append(item)
        return items

    def _send(self, items: Sequence[_Item]) -> None:
        try:
            events = self._compose(items)
        except Exception as error:  # noqa: BLE001  the border of a thread on which no run depends: the report tells it
            self._unmade = self._unmade or f"{type(error).__name__}: {error}"
            return
        for sink in self._sinks:
            problem = sink.send(events, lambda: self._deadline)
            if problem is not None:
                self._problems.setdefault(sink.place, problem)
