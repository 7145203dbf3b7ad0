"""Answers that come bit by bit: server-sent events, lines, bytes, tables."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any  # decoded JSON

import httpx

if TYPE_CHECKING:
    import pyarrow as pa

#: A CR at the end of what came may be half of a CR LF: it waits for what comes.
_LINE_END = re.compile(r"\r\n|\n|\r(?!\Z)")


@dataclass(frozen=True, kw_only=True, slots=True)
class ServerEvent:
    """A server-sent event."""

    #: ``message`` where the server names none.
    event: str
    data: str
    #: Where to go on: the header `Last-Event-ID` of the next request. None where the server gives none.
    id: str | None = None

    def json(self) -> Any:
        """Return its data, decoded."""
        return json.loads(self.data)


class EventReader:
    """Puts events together from text as it comes (WHATWG HTML, 9.2.6)."""

    def __init__(self) -> None:
        self._rest = ""
        self._event = ""
        self._data: list[str] = []
        self._id: str | None = None

    def take(self, text: str) -> Iterator[ServerEvent]:
        """Take what came, and yield the events that are whole with it."""
        # Lines end with CR LF, LF or CR, and with nothing else: `str.splitlines` knows more ends, which data may hold.
        *lines, self._rest = _LINE_END.split(self._rest + text)
        for line in lines:
            if line:
                self._take_line(line)
            elif self._data:
                yield ServerEvent(event=self._event or "message", data="\n".join(self._data), id=self._id)
                self._event, self._data = "", []
            else:
                self._event = ""

    def _take_line(self, line: str) -> None:
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if name == "event":
            self._event = value
        elif name == "data":
            self._data.append(value)
        elif name == "id" and "\0" not in value:
            self._id = value


def events_of(answer: httpx.Response) -> Iterator[ServerEvent]:
    """Yield the events of a stream as they come."""
    reader = EventReader()
    for text in answer.iter_text():
        yield from reader.take(text)


async def events_of_async(answer: httpx.Response) -> AsyncIterator[ServerEvent]:
    """Yield the events of a stream as they come."""
    reader = EventReader()
    async for text in answer.aiter_text():
        for event in reader.take(text):
            yield event


def table_of(data: bytes) -> pa.Table:
    """Return the table of an Arrow stream."""
    import pyarrow as pa  # asked for: nothing else of the client needs it

    return pa.ipc.open_stream(data).read_all()
