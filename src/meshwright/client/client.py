"""The two clients: one that waits, and one whose answers are awaited. Written by scripts/write_api.py."""

from __future__ import annotations

import copy
import types

import httpx

from meshwright.client.data import AsyncData, Data
from meshwright.client.development import AsyncDevelopment, Development
from meshwright.client.domain import AsyncDomain, Domain
from meshwright.client.event import AsyncEvent, Event
from meshwright.client.process import AsyncProcess, Process
from meshwright.client.server import AsyncServer, Server
from meshwright.client.transport import AsyncTransport, Transport, new_settings


class Client:
    """A client of one server, that waits for answers.

    `attempts` is how often a request is sent that can be repeated: reading, and what carries a key of idempotency. Raises
    ValueError for a `url` that is no http address; every call raises `ClientError`.
    """

    def __init__(
        self,
        url: str,
        token: str | None = None,
        *,
        timeout_s: float = 60.0,
        attempts: int = 4,
        http: httpx.BaseTransport | None = None,
    ) -> None:
        self._hold(Transport(new_settings(url, token, timeout_s, attempts), http))

    def _hold(self, transport: Transport) -> None:
        self.transport = transport
        #: Domain query: what the catalog knows.
        self.domain = Domain(self.transport)
        #: Data query: rows by URL, and by SQL.
        self.data = Data(self.transport)
        #: Process query: runs, started, followed, stopped.
        self.process = Process(self.transport)
        #: Event linkage: CloudEvents in and out, subscriptions, deliveries.
        self.event = Event(self.transport)
        #: Development linkage: sandboxes.
        self.development = Development(self.transport)
        #: The server itself: tokens, calls, health.
        self.server = Server(self.transport)

    def with_timeout(self, timeout_s: float) -> Client:
        """Return a client of the same connections that gives a request up after so many seconds without a byte."""
        other = copy.copy(self)
        other._hold(self.transport.with_timeout(timeout_s))
        return other

    def __enter__(self) -> Client:
        """Open a block at whose end the connections are closed."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: types.TracebackType | None
    ) -> None:
        """Close the connections."""
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self.transport.close()


class AsyncClient:
    """A client of one server, whose answers are awaited.

    `attempts` is how often a request is sent that can be repeated: reading, and what carries a key of idempotency. Raises
    ValueError for a `url` that is no http address; every call raises `ClientError`.
    """

    def __init__(
        self,
        url: str,
        token: str | None = None,
        *,
        timeout_s: float = 60.0,
        attempts: int = 4,
        http: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._hold(AsyncTransport(new_settings(url, token, timeout_s, attempts), http))

    def _hold(self, transport: AsyncTransport) -> None:
        self.transport = transport
        #: Domain query: what the catalog knows.
        self.domain = AsyncDomain(self.transport)
        #: Data query: rows by URL, and by SQL.
        self.data = AsyncData(self.transport)
        #: Process query: runs, started, followed, stopped.
        self.process = AsyncProcess(self.transport)
        #: Event linkage: CloudEvents in and out, subscriptions, deliveries.
        self.event = AsyncEvent(self.transport)
        #: Development linkage: sandboxes.
        self.development = AsyncDevelopment(self.transport)
        #: The server itself: tokens, calls, health.
        self.server = AsyncServer(self.transport)

    def with_timeout(self, timeout_s: float) -> AsyncClient:
        """Return a client of the same connections that gives a request up after so many seconds without a byte."""
        other = copy.copy(self)
        other._hold(self.transport.with_timeout(timeout_s))
        return other

    async def __aenter__(self) -> AsyncClient:
        """Open a block at whose end the connections are closed."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: types.TracebackType | None
    ) -> None:
        """Close the connections."""
        await self.close()

    async def close(self) -> None:
        """Close the connections."""
        await self.transport.close()
