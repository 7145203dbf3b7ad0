"""Events by URL: every form of CloudEvents comes in once, whole or not at all; lists and streams miss nothing."""

from __future__ import annotations

import datetime as dt
import json
import signal
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import httpx
import pytest
from cloudevents.core.bindings.http import HTTPMessage, from_http_event, to_binary_event, to_structured_event
from cloudevents.core.v1.event import CloudEvent

from meshwright.app.workspace import open_workspace
from tests.app.telling import event, state_of
from tests.http.serving import Served, Serving, served, serving, token
from tests.http.test_server import problem

URL = "/api/v1/events"
STRUCTURED = {"Content-Type": "application/cloudevents+json"}
BATCH = {"Content-Type": "application/cloudevents-batch+json"}


def send(client: httpx.Client, *events: dict[str, object]) -> httpx.Response:
    return client.post(URL, content=json.dumps(list(events)), headers=BATCH)


def listed(client: httpx.Client, **query: object) -> list[dict[str, object]]:
    found = client.get(URL, params=query).json()  # type: ignore[arg-type]
    return [each["event"] for each in found["events"]]


def test_an_event_comes_in_in_each_of_three_forms_and_once(shop: Served) -> None:
    client = shop.administrator
    sent = event("1", subject="Größe", data={"n": 1}, region="eu")
    answer = client.post(URL, content=json.dumps(sent), headers=STRUCTURED)
    assert answer.status_code == 202
    assert answer.json() == {
        "schema": "meshwright/event-send/1",
        "events": [{"source": "/a", "id": "1", "type": "org.example.x", "new": True}],
        "new": 1,
        "known": 0,
    }
    headers = {
        "ce-specversion": "1.0",
        "ce-id": "2",
        "ce-source": "/a",
        "ce-type": "org.example.x",
        "ce-subject": "Gr%C3%B6%C3%9Fe",
        "ce-region": '"eu"',
        "Content-Type": "application/json; charset=utf-8",
    }
    assert client.post(URL, content=b'{"n": 1}', headers=headers).json()["new"] == 1
    known = send(client, sent, event("3"))
    assert (known.json()["new"], known.json()["known"]) == (1, 1)
    two, one = listed(client, type="org.example.x", subject="Größe")
    assert one == sent
    assert two == sent | {"id": "2", "datacontenttype": "application/json; charset=utf-8"}


@pytest.mark.parametrize(
    ("content_type", "body", "wanted"),
    [
        ("text/plain", "grüß".encode(), {"data": "grüß"}),
        ("text/plain", b"\xff", {"data_base64": "/w=="}),
        ("application/octet-stream", b"\x00\x01", {"data_base64": "AAE="}),
        ("application/vnd.x+json", b"[1, null]", {"data": [1, None]}),
        (None, b"", {}),
    ],
)
def test_binary_mode_takes_any_content(
    shop: Served, content_type: str | None, body: bytes, wanted: dict[str, object]
) -> None:
    headers = {"ce-specversion": "1.0", "ce-id": "1", "ce-source": "/a", "ce-type": "org.x"}
    headers |= {} if content_type is None else {"Content-Type": content_type}
    assert shop.administrator.post(URL, content=body, headers=headers).status_code == 202
    [found] = listed(shop.administrator, type="org.x")
    assert {name: found[name] for name in found if name.startswith("data") and name != "datacontenttype"} == wanted


@pytest.mark.parametrize("form", [to_binary_event, to_structured_event])
def test_the_standards_own_library_sends_and_reads(shop: Served, form: object) -> None:
    attributes = {
        "id": "ü 1", "source": "https://x.example/ü%20", "type": "org.example.x", "specversion": "1.0", "region": "eu é",
        "time": dt.datetime(2026, 1, 31, 12, tzinfo=dt.UTC), "subject": "a \"b\" 100%",
    }  # fmt: skip
    attributes["source"] = "https://x.example/a"
    message: HTTPMessage = form(CloudEvent(attributes, {"n": 1, "ü": "é"}))  # type: ignore[operator]
    answer = shop.administrator.post(URL, content=message.body, headers=dict(message.headers))
    assert answer.status_code == 202, answer.text
    [found] = listed(shop.administrator, type="org.example.x")
    assert (found["id"], found["region"], found["subject"]) == ("ü 1", "eu é", 'a "b" 100%')
    assert found["data"] == {"n": 1, "ü": "é"}
    read = from_http_event(HTTPMessage(headers=STRUCTURED, body=json.dumps(found).encode()))
    assert (read.get_id(), read.get_data()) == ("ü 1", {"n": 1, "ü": "é"})


def deep(levels: int) -> str:
    return json.dumps(event("1"))[:-1] + ', "data": ' + "[" * levels + "]" * levels + "}"


@pytest.mark.parametrize(
    ("headers", "body", "status", "code"),
    [
        (STRUCTURED, "{", 422, "MW-S031"),
        (STRUCTURED, "", 422, "MW-S031"),
        (STRUCTURED, "[]", 422, "MW-S031"),
        (BATCH, "{}", 422, "MW-S031"),
        (STRUCTURED, '"x"', 422, "MW-S031"),
        (STRUCTURED, json.dumps({"id": "1"}), 422, "MW-S031"),
        (STRUCTURED, json.dumps(event("1") | {"specversion": "0.3"}), 422, "MW-S031"),
        (STRUCTURED, json.dumps(event("1", type_="a\nb")), 422, "MW-S031"),
        (STRUCTURED, json.dumps(event("1", subject="a\ud800")), 422, "MW-S031"),
        (STRUCTURED, json.dumps(event("1", data_base64="!")), 422, "MW-S031"),
        (STRUCTURED, json.dumps(event("1", time="yesterday")), 422, "MW-S031"),
        (STRUCTURED, json.dumps(event("1", data="x" * 1_100_000)), 422, "MW-S031"),
        (STRUCTURED, b"\xff\xfe", 422, "MW-S031"),
        (STRUCTURED, deep(100), 413, "MW-B009"),
        (STRUCTURED, deep(100_000), 413, "MW-B009"),
        (STRUCTURED, '"' + "\\" * 1_000_001, 422, "MW-S031"),
        (BATCH, json.dumps([event(str(n)) for n in range(1001)]), 413, "MW-B009"),
        (BATCH, json.dumps([event("1"), {"id": "2"}]), 422, "MW-S031"),
        (BATCH, json.dumps([event("1"), event("2", type_="meshwright.product.published")]), 403, "MW-B007"),
        (STRUCTURED, json.dumps(event("1") | {"source": "/meshwright/prod"}), 403, "MW-B007"),
        (STRUCTURED, json.dumps(event("1") | {"source": "/meshwright"}), 403, "MW-B007"),
        ({"Content-Type": "application/json"}, json.dumps(event("1")), 415, "MW-B008"),
        ({"Content-Type": "application/cloudevents+json; charset=latin1"}, "{}", 415, "MW-B008"),
        ({"Content-Encoding": "gzip", **STRUCTURED}, "{}", 415, "MW-H016"),
        ({"ce-specversion": "1.0"}, "", 422, "MW-S031"),
        ({"ce-specversion": "1.0", "ce-id": "%zz", "ce-source": "/a", "ce-type": "t"}, "", 422, "MW-S031"),
        ({"ce-specversion": "1.0", "ce-id": "%ff", "ce-source": "/a", "ce-type": "t"}, "", 422, "MW-S031"),
        ({"ce-specversion": "1.0", "ce-id": "1", "ce-source": "/a", "ce-type": "t", "ce-data": "x"}, "", 422, "MW-S031"),
        (
            {"ce-specversion": "1.0", "ce-id": "1", "ce-source": "/a", "ce-type": "t", "Content-Type": "application/json"},
            '1}, {"id": 2',
            422,
            "MW-S031",
        ),
        (STRUCTURED, b"x" * (8 * 1024 * 1024 + 1), 413, "MW-H015"),
    ],
)  # fmt: skip
def test_what_is_no_event_is_refused_and_nothing_of_it_taken_in(
    shop: Served, headers: dict[str, str], body: str | bytes, status: int, code: str
) -> None:
    before = listed(shop.administrator)
    assert problem(shop.administrator.post(URL, content=body, headers=headers), status, code)["fix"]
    assert listed(shop.administrator) == before


def test_who_only_reads_sends_nothing(shop: Served) -> None:
    problem(shop.viewer.post(URL, content=json.dumps(event()), headers=STRUCTURED), 403, "MW-H014")
    problem(shop.nobody.get(URL), 401, "MW-H013")
    problem(shop.nobody.get(f"{URL}/stream"), 401, "MW-H013")


def test_a_list_goes_on_where_the_page_before_ended_whatever_comes_meanwhile(shop: Served) -> None:
    client = shop.administrator
    send(client, *[event(str(n), type_=f"org.x.{'ab'[n % 2]}") for n in range(10)])
    seen, cursor = [], None
    for _ in range(3):
        page = client.get(URL, params={"type": "org.x.*", "limit": 4} | ({"cursor": cursor} if cursor else {})).json()
        seen += [each["id"] for each in page["events"]]
        cursor = page["next"]
        send(client, event())
    assert seen == [str(n) for n in reversed(range(10))]
    assert (
        cursor is None
        or client.get(URL, params={"type": "org.x.*", "limit": 4, "cursor": cursor}).json()["events"] == []
    )
    assert [each["id"] for each in listed(client, type="org.x.a", limit=2)] == ["8", "6"]
    problem(client.get(URL, params={"cursor": "x"}), 400, "MW-H020")
    problem(client.get(URL, params={"typ": "x"}), 422, "MW-H011")
    problem(client.get(URL, params={"limit": 0}), 422, "MW-H010")


def test_what_a_run_did_is_listed_by_product_domain_and_environment(shop: Served) -> None:
    published = listed(shop.viewer, type="meshwright.product.published", product="sales.orders")
    assert [each["subject"] for each in published] == ["sales.orders"]
    assert {each["type"] for each in listed(shop.viewer, domain="sales")} >= {"meshwright.run.started"}
    assert listed(shop.viewer, environment="qa") == []
    text = shop.viewer.get(URL, headers={"Accept": "text/plain"}).text
    assert "meshwright.run.succeeded" in text


class Stream:
    """What comes over a stream of events, read by a thread."""

    def __init__(self, client: httpx.Client, **query: object) -> None:
        headers = {"Last-Event-ID": str(query.pop("last"))} if "last" in query else {}
        self._response = client.stream("GET", f"{URL}/stream", params=query, headers=headers)  # type: ignore[arg-type]
        self.response = self._response.__enter__()
        self.lines: Iterator[str] = self.response.iter_lines()

    def take(self, count: int) -> list[tuple[int, dict[str, object]]]:
        """Wait for so many events."""
        found: list[tuple[int, dict[str, object]]] = []
        number = 0
        for line in self.lines:
            if line.startswith("id: "):
                number = int(line[4:])
            if line.startswith("data: "):
                found.append((number, json.loads(line[6:])))
                if len(found) == count:
                    break
        return found

    def close(self) -> None:
        """Leave."""
        self._response.__exit__(None, None, None)


@pytest.fixture
def server(root: Path, tmp_path: Path) -> Iterator[Serving]:
    with serving(root, folder=tmp_path) as found:
        yield found


@pytest.fixture
def client(server: Serving) -> Iterator[httpx.Client]:
    with server.client() as found:
        yield found


def test_a_stream_tells_what_comes_and_goes_on_without_loss(client: httpx.Client) -> None:
    stream = Stream(client, type="org.x.*", source="/a")
    assert stream.response.headers["content-type"].startswith("text/event-stream")
    send(client, event("0", type_="org.x.y", data={"ü": "a\n\ndata: b"}), event("other"))
    [(number, first)] = stream.take(1)
    assert first["data"] == {"ü": "a\n\ndata: b"}
    stream.close()
    send(client, *[event(str(n), type_="org.x.y") for n in range(1, 1200)][:1000])
    again = Stream(client, type="org.x.*", last=number)
    assert [told["id"] for _, told in again.take(1000)] == [str(n) for n in range(1, 1001)]
    again.close()
    subscription = client.post("/api/v1/subscriptions", json={"types": ["org.x.z"]}).json()["id"]
    named = Stream(client, subscription=subscription, after=0)
    send(client, event("a", type_="org.x.z"))
    assert [told["id"] for _, told in named.take(1)] == ["a"]
    named.close()


def test_a_stream_that_cannot_be_is_refused(server: Serving, client: httpx.Client) -> None:
    url = f"{URL}/stream"
    problem(client.get(url, headers={"Last-Event-ID": "x"}), 422, "MW-H010")
    problem(client.get(url, params={"after": 10**9}), 410, "MW-B012")
    problem(client.get(url, params={"subscription": "sub_x"}), 404, "MW-B001")
    streams = [Stream(client) for _ in range(20)]
    problem(client.get(url), 429, "MW-B014")
    streams.pop().close()
    with server.client("viewer") as other:
        streams.append(Stream(other))
        for stream in streams:
            stream.close()


def test_a_stream_ends_with_the_token_that_opened_it(server: Serving, client: httpx.Client) -> None:
    made = client.post("/api/v1/tokens", json={"role": "viewer"}).json()
    headers = {"Authorization": f"Bearer {made['token']}"}
    with httpx.Client(base_url=server.url, headers=headers, timeout=httpx.Timeout(120)) as other:
        stream = Stream(other)
        client.delete(f"/api/v1/tokens/{made['id']}")
        assert [line for line in stream.lines if line.startswith("data")] == []
        stream.close()


def test_a_stream_that_nobody_reads_ends_with_its_token_and_gives_out_no_more(
    server: Serving, client: httpx.Client
) -> None:
    """What waits in the connection may be read; what came after the token ended is never sent."""
    made = client.post("/api/v1/tokens", json={"role": "viewer"}).json()
    host, port = server.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=120) as stalled:
        stalled.sendall(
            f"GET {URL}/stream?after=0 HTTP/1.1\r\nHost: {host}:{port}\r\nAuthorization: Bearer {made['token']}\r\n\r\n".encode()
        )
        assert stalled.recv(10).startswith(b"HTTP/1.1 2")
        for start in range(0, 40, 8):
            send(client, *[event(str(start + n), data="x" * 900_000) for n in range(8)]).raise_for_status()
        client.delete(f"/api/v1/tokens/{made['id']}").raise_for_status()
        end_s = time.monotonic() + 120
        while open_streams(client):
            assert time.monotonic() < end_s, "the stream is open still"
            time.sleep(0.1)
        read = 0
        with suppress(ConnectionResetError):
            while part := stalled.recv(1 << 16):
                read += len(part)
        assert read < 40 * 900_000


def open_streams(client: httpx.Client) -> list[str]:
    """Return what is under way beside the request that asks."""
    lines = client.get("/metrics").text.splitlines()
    return [
        line for line in lines if line.startswith("meshwright_http_requests_under_way") and float(line.split()[-1]) > 1
    ]


def test_a_stream_from_events_that_are_forgotten_is_refused(root: Path) -> None:
    with state_of(open_workspace(root)) as state, state.outbox._transactions.write() as connection:  # type: ignore[attr-defined]
        connection.change("DELETE FROM events WHERE number < 3")
    with served(root) as shop:
        problem(shop.viewer.get(f"{URL}/stream", params={"after": 1}), 410, "MW-B012")


def test_events_sent_at_once_by_many_come_in_once(root: Path) -> None:
    with served(root) as shop:
        clients = [shop.client(token(root, "administrator")) for _ in range(4)]
        new: list[int] = []
        threads = [
            threading.Thread(
                target=lambda client: new.append(send(client, *[event(str(n)) for n in range(50)]).json()["new"]), args=(client,)
            )
            for client in clients
        ]  # fmt: skip
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sum(new) == 50


@pytest.mark.slow
def test_a_server_that_ends_lets_its_streams_end(server: Serving, client: httpx.Client) -> None:
    stream = Stream(client)
    server.process.send_signal(signal.SIGTERM)
    assert [line for line in stream.lines if line.startswith("data")] == []
    stream.close()
    assert server.process.wait(timeout=120) == 0
