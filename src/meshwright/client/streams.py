"""Answers as they are handed on: documents, tables, and events that come bit by bit."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any  # decoded JSON

import httpx

from meshwright.client.outgoing import Outgoing, Settings, backoff_s
from meshwright.client.problems import UnexpectedAnswer

if TYPE_CHECKING:
    import pyarrow as pa

#: The last event of a stream that has an end, and where the next request says which one came last.
_END, _LAST_ID = "end", "Last-Event-ID"
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


class Following:
    """Where a stream of events is: after which one it goes on, once its answer has ended."""

    def __init__(self, outgoing: Outgoing, settings: Settings) -> None:
        #: The next request.
        self.outgoing = outgoing
        #: Whether the stream has told its own end.
        self.is_over = False
        self._settings = settings
        self._last: str | None = None
        self._in_vain = 0

    def take(self, event: ServerEvent) -> ServerEvent:
        """Note an event that came, and return it."""
        self.is_over = event.event == _END
        if event.id is not None and event.id != self._last:  # the same one again is nothing more
            self._last = event.id
            self._in_vain = 0
            self.outgoing = replace(self.outgoing, headers={**self.outgoing.headers, _LAST_ID: event.id})
        return event

    def pause_s(self) -> float | None:
        """Return how long to wait before it goes on; None where it does not: it is over, or nothing more came so often."""
        self._in_vain += 1
        if self.is_over or self._last is None or self._in_vain >= self._settings.attempts:
            return None
        return backoff_s(self._in_vain)


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


class Document(dict[str, Any]):
    """A document as it was answered. It is the dictionary that its type says, and knows its ETag."""

    etag: str | None = None


def document_of(answer: httpx.Response) -> Any:
    """Return the decoded body of an answer. Raises UnexpectedAnswer where it is no JSON."""
    try:
        found = answer.json()
    except (ValueError, RecursionError):
        asked = f"{answer.request.method} {answer.request.url}"
        raise UnexpectedAnswer(f"{asked}: status {answer.status_code}, and no JSON", answer) from None
    if not isinstance(found, dict):
        return found
    document = Document(found)
    document.etag = answer.headers.get("etag")
    return document


def etag_of(document: Mapping[str, Any]) -> str | None:
    """Return the ETag with which a document was answered, for `if_match`; None where it came without."""
    return document.etag if isinstance(document, Document) else None


def table_of(data: bytes) -> pa.Table:
    """Return the table of an Arrow stream."""
    import pyarrow as pa  # asked for: nothing else of the client needs it

    return pa.ipc.open_stream(data).read_all()
