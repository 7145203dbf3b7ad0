"""What the client sends again, and how it reads streams."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator

import httpx
import pytest

from meshwright.client import (
    AsyncTransport,
    Outgoing,
    Problem,
    Settings,
    Transport,
    Unavailable,
    UnexpectedAnswer,
    Unreachable,
)
from meshwright.client import outgoing as sending
from meshwright.client.streams import EventReader, ServerEvent, document_of, etag_of, events_of

GET = Outgoing(method="GET", template="/x")
POST = Outgoing(method="POST", template="/x", json={"a": 1})
KEYED = Outgoing(method="POST", template="/x", json={"a": 1}, is_keyed=True)
PROBLEM = {"content-type": "application/problem+json"}


class Flaky:
    """Answers one after the other; an exception is raised."""

    def __init__(self, *answers: httpx.Response | Exception) -> None:
        self.answers = list(answers)
        self.requests: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


@pytest.fixture(autouse=True)
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The pauses, which nobody waits for."""
    found: list[float] = []
    real = sending.pause_s

    def noted(*arguments: object) -> float | None:
        pause = real(*arguments)  # type: ignore[arg-type]
        if pause is None:
            return None
        found.append(pause)
        return 0.0

    monkeypatch.setattr("meshwright.client.transport.pause_s", noted)
    return found


def sent(flaky: Flaky, outgoing: Outgoing, *, is_async: bool) -> httpx.Response:
    settings = Settings(url="http://127.0.0.1", token="secret", attempts=4)
    if not is_async:
        return Transport(settings, httpx.MockTransport(flaky)).send(outgoing)

    async def work() -> httpx.Response:
        transport = AsyncTransport(settings, httpx.MockTransport(flaky))
        return await transport.send(outgoing)

    return asyncio.run(work())


def unavailable(after: str | None = None) -> httpx.Response:
    headers = {**PROBLEM, **({"retry-after": after} if after else {})}
    return httpx.Response(503, json={"code": "MW-D110", "detail": "busy", "retryable": True}, headers=headers)


both = pytest.mark.parametrize("is_async", [False, True], ids=["waiting", "awaited"])


@both
@pytest.mark.parametrize("outgoing", [GET, KEYED], ids=["read", "keyed"])
def test_what_is_safe_is_sent_again(outgoing: Outgoing, is_async: bool, pauses: list[float]) -> None:
    flaky = Flaky(httpx.ConnectError("no"), unavailable("3"), httpx.ReadError("broken"), httpx.Response(200, json=1))
    assert sent(flaky, outgoing, is_async=is_async).json() == 1
    assert len(flaky.requests) == 4
    assert pauses[1] == 3.0
    assert all(0 < pause < 2 for pause in (pauses[0], pauses[2]))
    keys = {request.headers.get("idempotency-key") for request in flaky.requests}
    assert len(keys) == 1, "the same key each time"
    assert (keys == {None}) == (outgoing is GET)


@both
@pytest.mark.parametrize("fail", [lambda: httpx.ReadError("broken"), unavailable], ids=["broken", "503"])
def test_what_is_not_safe_is_sent_once(fail: Callable[[], httpx.Response | Exception], is_async: bool) -> None:
    flaky = Flaky(fail(), httpx.Response(200, json=1))
    with pytest.raises((Unreachable, Unavailable)):
        sent(flaky, POST, is_async=is_async)
    assert len(flaky.requests) == 1


@both
@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 412, 422, 500])
def test_a_final_no_is_not_asked_again(status: int, is_async: bool) -> None:
    flaky = Flaky(httpx.Response(status, json={"code": "MW-X001", "detail": "no", "fix": "yes"}, headers=PROBLEM))
    with pytest.raises(Problem) as refused:
        sent(flaky, GET, is_async=is_async)
    assert (refused.value.status, refused.value.code, refused.value.fix) == (status, "MW-X001", "yes")
    assert len(flaky.requests) == 1


@both
def test_attempts_end(is_async: bool) -> None:
    flaky = Flaky(*(unavailable() for _ in range(4)))
    with pytest.raises(Unavailable) as refused:
        sent(flaky, GET, is_async=is_async)
    assert refused.value.is_retryable
    flaky = Flaky(*(httpx.ConnectTimeout("slow") for _ in range(4)))
    with pytest.raises(Unreachable, match=r"http://127\.0\.0\.1 does not answer: slow"):
        sent(flaky, GET, is_async=is_async)


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(502, text="<html>bad gateway</html>"),
        httpx.Response(404, json=["x"], headers=PROBLEM),
        httpx.Response(404, text="{", headers=PROBLEM),
        httpx.Response(404, json={"detail": "x"}),
    ],
)
def test_an_error_that_is_no_problem_is_told_as_such(answer: httpx.Response) -> None:
    settings = Settings(url="http://127.0.0.1", attempts=1)
    with pytest.raises(UnexpectedAnswer, match=r"GET http://127\.0\.0\.1/x: status"):
        Transport(settings, httpx.MockTransport(lambda _: answer)).send(GET)


def test_a_document_that_says_no_is_a_problem_with_its_document() -> None:
    answer = httpx.Response(409, json={"schema": "meshwright/promotion/1"}, headers={"Meshwright-Exit-Status": "1"})
    with pytest.raises(Problem) as refused:
        Transport(Settings(url="http://127.0.0.1"), httpx.MockTransport(lambda _: answer)).send(POST)
    assert refused.value.document == {"schema": "meshwright/promotion/1"}
    assert not refused.value.is_problem_document


def test_a_redirect_is_not_followed_with_the_token() -> None:
    flaky = Flaky(httpx.Response(307, headers={"location": "http://elsewhere.example.org"}))
    answer = sent(flaky, GET, is_async=False)
    assert (answer.status_code, len(flaky.requests)) == (307, 1)


def test_values_are_sent_as_the_server_reads_them() -> None:
    flaky = Flaky(httpx.Response(200, json=1))
    outgoing = Outgoing(
        method="GET",
        template="/x/{name}",
        path={"name": "a b/c"},
        query={"flag": True, "many": ["a", "b"], "none": None, "n": 0.5},
        headers={"If-Match": '"1"', "X": None},
    )
    sent(flaky, outgoing, is_async=False)
    request = flaky.requests[0]
    assert str(request.url) == "http://127.0.0.1/x/a%20b%2Fc?flag=true&many=a&many=b&n=0.5"
    assert request.headers["authorization"] == "Bearer secret"
    assert request.headers["if-match"] == '"1"'
    assert "x" not in request.headers


STREAM = (
    'id: 1\nevent: step\ndata: {"a":\ndata: 1}\n\n: comment\nretry: 5\n\n'
    "data:x\u2028y\x0bz\r\n\r\nevent: lost\n\ndata: last\n\n"
)


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
@pytest.mark.parametrize("change", [str, lambda text: text.replace("\r\n", "\n").replace("\n", "\r\n")])
def test_events_are_put_together_whatever_the_pieces(size: int, change: Callable[[str], str]) -> None:
    text = change(STREAM)
    reader = EventReader()
    found = [event for at in range(0, len(text), size) for event in reader.take(text[at : at + size])]
    assert found == [
        ServerEvent(event="step", data='{"a":\n1}', id="1"),
        ServerEvent(event="message", data="x\u2028y\x0bz", id="1"),
        ServerEvent(event="message", data="last", id="1"),
    ]
    assert found[0].json() == {"a": 1}


def test_events_come_from_an_answer() -> None:
    answer = httpx.Response(
        200, stream=httpx.ByteStream(STREAM.encode()), headers={"content-type": "text/event-stream"}
    )
    transport = Transport(Settings(url="http://127.0.0.1"), httpx.MockTransport(lambda _: answer))
    with transport.stream(GET) as streamed:
        assert [event.event for event in events_of(streamed)] == ["step", "message", "message"]


class Breaking(httpx.SyncByteStream, httpx.AsyncByteStream):
    """An answer whose connection breaks behind its text."""

    def __init__(self, text: str) -> None:
        self._text = text

    def __iter__(self) -> Iterator[bytes]:
        yield self._text.encode()
        raise httpx.ReadError("broken")

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield self._text.encode()
        raise httpx.ReadError("broken")


def told(*numbers: int, kind: str = "step") -> str:
    return "".join(f"id: {number}\nevent: {kind}\ndata: {{}}\n\n" for number in numbers)


def events(text: str, *, breaks: bool = False) -> httpx.Response:
    stream = Breaking(text) if breaks else httpx.ByteStream(text.encode())
    return httpx.Response(200, stream=stream, headers={"content-type": "text/event-stream"})


def followed(flaky: Flaky, *, is_async: bool) -> list[str | None]:
    """Ids of the events that come, and the class of what is raised at last."""
    settings, found = Settings(url="http://127.0.0.1", attempts=3), list[str | None]()

    async def work() -> None:
        async for event in AsyncTransport(settings, httpx.MockTransport(flaky)).follow(GET):
            found.append(event.id)

    try:
        if is_async:
            asyncio.run(work())
        else:
            found.extend(event.id for event in Transport(settings, httpx.MockTransport(flaky)).follow(GET))
    except Unreachable as error:
        found.append(type(error).__name__)
    return found


@pytest.fixture
def nobody_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("meshwright.client.streams.backoff_s", lambda _attempt: 0.0)


@pytest.mark.usefixtures("nobody_waits")
@pytest.mark.parametrize("is_async", [False, True])
def test_a_stream_that_breaks_off_goes_on_behind_its_last_event(is_async: bool) -> None:
    flaky = Flaky(events(told(1, 2), breaks=True), events(told(3)), events(told(4) + told(5, kind="end")))
    assert followed(flaky, is_async=is_async) == ["1", "2", "3", "4", "5"]
    assert [request.headers.get("last-event-id") for request in flaky.requests] == [None, "2", "3"]


@pytest.mark.usefixtures("nobody_waits")
@pytest.mark.parametrize("is_async", [False, True])
def test_a_stream_that_brings_nothing_more_is_given_up(is_async: bool) -> None:
    flaky = Flaky(events(told(1), breaks=True), *(events("", breaks=True) for _ in range(9)))
    if is_async:
        assert followed(flaky, is_async=True) == ["1", "Unreachable"]
    else:
        with pytest.raises(Unreachable):
            list(Transport(Settings(url="http://h", attempts=3), httpx.MockTransport(flaky)).follow(GET))
    assert len(flaky.requests) == 3


@pytest.mark.usefixtures("nobody_waits")
def test_a_stream_without_a_place_is_not_begun_again() -> None:
    """Events without an id cannot be gone on behind: begun again, they would come twice."""
    assert followed(Flaky(events("data: a\n\n")), is_async=False) == [None]
    assert followed(Flaky(events("data: a\n\n", breaks=True)), is_async=True) == [None, "Unreachable"]


def test_a_document_knows_its_etag_and_is_a_dictionary() -> None:
    answer = httpx.Response(200, json={"a": 1}, headers={"etag": '"4"'}, request=httpx.Request("GET", "http://h/x"))
    found = document_of(answer)
    assert found == {"a": 1}
    assert etag_of(found) == '"4"'
    assert etag_of({"a": 1}) is None


def test_an_answer_that_is_no_json_is_unexpected() -> None:
    answer = httpx.Response(200, text="<html>", request=httpx.Request("GET", "http://h/x"))
    with pytest.raises(UnexpectedAnswer, match="GET http://h/x: status 200, and no JSON"):
        document_of(answer)


def test_a_problem_says_when_to_come_again() -> None:
    flaky = Flaky(*(unavailable("7") for _ in range(4)))
    with pytest.raises(Unavailable) as refused:
        sent(flaky, GET, is_async=False)
    assert refused.value.retry_after_s == 7.0
    assert sending.event_content([{"id": "1"}], None) == (b'[{"id": "1"}]', "application/cloudevents-batch+json")
    assert sending.event_content({"id": "1"}, None) == (b'{"id": "1"}', "application/cloudevents+json")
    assert sending.event_content(b"{}", "application/json") == (b"{}", "application/json")


def test_a_client_with_another_timeout_uses_the_same_connections() -> None:
    answers = Flaky(httpx.Response(200, json={}), httpx.Response(200, json={}))
    transport = Transport(Settings(url="http://here", timeout_s=60), httpx.MockTransport(answers))
    transport.with_timeout(1.5).send(GET)
    transport.send(GET)
    told = [request.extensions["timeout"] for request in answers.requests]
    assert [(each["read"], each["connect"]) for each in told] == [(1.5, 1.5), (60, 10)]
