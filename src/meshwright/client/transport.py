"""Sends requests, again where that is safe, and reads streams: one class that waits, one that is awaited."""

from __future__ import annotations

import asyncio
import copy
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace

import httpx

from meshwright.client.outgoing import Outgoing, Prepared, Settings, pause_s, prepare, timeout_of, unreachable
from meshwright.client.problems import ClientError, Unreachable, problem_of
from meshwright.client.streams import Following, ServerEvent, events_of, events_of_async


def new_settings(url: str, token: str | None, timeout_s: float, attempts: int) -> Settings:
    """Return settings. Raises ValueError for what is no http address."""
    parsed = httpx.URL(url)
    if parsed.scheme not in {"http", "https"} or not parsed.host:
        raise ValueError(f"{url!r} is no http address")
    return Settings(url=url, token=token, timeout_s=timeout_s, attempts=attempts)


class Transport:
    """Sends requests."""

    def __init__(self, settings: Settings, transport: httpx.BaseTransport | None = None) -> None:
        self._settings = settings
        # Redirects are not followed: nothing of the API redirects, and a token is sent to its own server only.
        self._http = httpx.Client(transport=transport, trust_env=False)

    def with_timeout(self, timeout_s: float) -> Transport:
        """Return a transport of the same connections with another timeout."""
        other = copy.copy(self)
        other._settings = replace(self._settings, timeout_s=timeout_s)
        return other

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def send(self, outgoing: Outgoing) -> httpx.Response:
        """Send a request and return its answer. Raises ClientError."""
        with self.stream(outgoing) as answer:
            answer.read()
            return answer

    @contextmanager
    def stream(self, outgoing: Outgoing) -> Iterator[httpx.Response]:
        """Give an answer whose body is read while the block goes on. Raises ClientError."""
        answer = self._begun(prepare(outgoing, self._settings))
        try:
            yield answer
        except httpx.RequestError as error:
            raise unreachable(self._settings, error) from error
        finally:
            answer.close()

    def follow(self, outgoing: Outgoing) -> Iterator[ServerEvent]:
        """Yield the events of a stream; where it breaks off before its end it goes on behind the last one. Raises ClientError."""
        following = Following(outgoing, self._settings)
        while True:
            broken: Unreachable | None = None
            answer = self._begun(prepare(following.outgoing, self._settings))
            try:
                for event in events_of(answer):
                    yield following.take(event)
            except httpx.TransportError as error:
                broken = unreachable(self._settings, error)
            finally:
                answer.close()
            pause = following.pause_s()
            if pause is None and broken is not None and not following.is_over:
                raise broken
            if pause is None:
                return
            time.sleep(pause)

    def _begun(self, prepared: Prepared) -> httpx.Response:
        attempt = 0
        while True:
            attempt += 1
            answer: httpx.Response | None = None
            problem: ClientError
            try:
                answer = self._http.send(self._request(prepared), stream=True)
                if answer.status_code < 400:
                    return answer
                answer.read()
                answer.close()
                problem = problem_of(answer)
            except httpx.RequestError as error:
                answer, problem = None, unreachable(self._settings, error)
            pause = pause_s(prepared, self._settings, attempt, answer)
            if pause is None:
                raise problem
            time.sleep(pause)

    def _request(self, prepared: Prepared) -> httpx.Request:
        return self._http.build_request(
            prepared.method,
            prepared.url,
            params=prepared.params,
            headers=prepared.headers,
            json=prepared.json,
            content=prepared.content,
            timeout=timeout_of(self._settings),
        )


class AsyncTransport:
    """Sends requests, awaited."""

    def __init__(self, settings: Settings, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self._settings = settings
        self._http = httpx.AsyncClient(transport=transport, trust_env=False)

    def with_timeout(self, timeout_s: float) -> AsyncTransport:
        """Return a transport of the same connections with another timeout."""
        other = copy.copy(self)
        other._settings = replace(self._settings, timeout_s=timeout_s)
        return other

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def send(self, outgoing: Outgoing) -> httpx.Response:
        """Send a request and return its answer. Raises ClientError."""
        async with self.stream(outgoing) as answer:
            await answer.aread()
            return answer

    @asynccontextmanager
    async def stream(self, outgoing: Outgoing) -> AsyncIterator[httpx.Response]:
        """Give an answer whose body is read while the block goes on. Raises ClientError."""
        answer = await self._begun(prepare(outgoing, self._settings))
        try:
            yield answer
        except httpx.RequestError as error:
            raise unreachable(self._settings, error) from error
        finally:
            await answer.aclose()

    async def follow(self, outgoing: Outgoing) -> AsyncIterator[ServerEvent]:
        """Yield the events of a stream; where it breaks off before its end it goes on behind the last one. Raises ClientError."""
        following = Following(outgoing, self._settings)
        while True:
            broken: Unreachable | None = None
            answer = await self._begun(prepare(following.outgoing, self._settings))
            try:
                async for event in events_of_async(answer):
                    yield following.take(event)
            except httpx.TransportError as error:
                broken = unreachable(self._settings, error)
            finally:
                await answer.aclose()
            pause = following.pause_s()
            if pause is None and broken is not None and not following.is_over:
                raise broken
            if pause is None:
                return
            await asyncio.sleep(pause)

    async def _begun(self, prepared: Prepared) -> httpx.Response:
        attempt = 0
        while True:
            attempt += 1
            answer: httpx.Response | None = None
            problem: ClientError
            try:
                answer = await self._http.send(self._request(prepared), stream=True)
                if answer.status_code < 400:
                    return answer
                await answer.aread()
                await answer.aclose()
                problem = problem_of(answer)
            except httpx.RequestError as error:
                answer, problem = None, unreachable(self._settings, error)
            pause = pause_s(prepared, self._settings, attempt, answer)
            if pause is None:
                raise problem
            await asyncio.sleep(pause)

    def _request(self, prepared: Prepared) -> httpx.Request:
        return self._http.build_request(
            prepared.method,
            prepared.url,
            params=prepared.params,
            headers=prepared.headers,
            json=prepared.json,
            content=prepared.content,
            timeout=timeout_of(self._settings),
        )
