"""What goes round through a receiver that asks for runs or sends events: a served mesh and real receivers, on loopback."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from meshwright.model.chains import MOST_DEPTH
from tests.http.serving import Serving, serving
from tests.http.test_server import problem
from tests.meshes import SHOP, write_mesh
from tests.tools.web import Asked, Web, running_web

_MESH = "meshwright: 1\nname: shop\ndomains: [domains/*]\nparams: {currency: EUR}\nhttp: {allow: [127.0.0.1/32]}\n"
EVENT = {"specversion": "1.0", "source": "/a", "type": "org.example.x"}
STRUCTURED = {"Content-Type": "application/cloudevents+json"}


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Serving]:
    with serving(write_mesh(tmp_path / "mesh", SHOP, mesh_DOT_yaml=_MESH), folder=tmp_path) as found:
        yield found


@pytest.fixture
def web() -> Iterator[Web]:
    with running_web() as found:
        yield found


def until(is_so: Callable[[], bool]) -> None:
    end_s = time.monotonic() + 50
    while not is_so():
        assert time.monotonic() < end_s, "waited in vain"
        time.sleep(0.05)


def told(client: httpx.Client, type_: str) -> list[dict[str, Any]]:
    """Return the events of a type, the oldest first."""
    found = client.get("/api/v1/events", params={"type": type_}).json()["events"]
    return [each["event"] for each in reversed(found)]


def subscribed(client: httpx.Client, **wish: object) -> dict[str, Any]:
    answer = client.post("/api/v1/subscriptions", json=wish)
    answer.raise_for_status()
    found: dict[str, Any] = answer.json()
    return found


def standing(client: httpx.Client, made: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = client.get(f"/api/v1/subscriptions/{made['id']}").json()
    return found


def test_a_run_that_is_asked_for_because_of_an_event_goes_on_with_its_chain(server: Serving, web: Web) -> None:
    with server.client() as client:
        subscribed(client, sink=web.url, types=["meshwright.run.succeeded"])

        def answer(asked: Asked) -> tuple[int, dict[str, str], bytes]:
            """Ask for a run, and pass on what came, as a client does that is instrumented; twice."""
            if len(web.asked) < 3:
                headers = {"baggage": f"userId=alice,{asked.headers['baggage']}"}
                client.post("/api/v1/runs", json={"select": "sales.orders"}, headers=headers).raise_for_status()
            return 204, {}, b""

        web.answer = answer
        client.post("/api/v1/runs", json={"select": "sales.orders"}).raise_for_status()
        until(lambda: len(web.asked) == 3)
        ended = told(client, "meshwright.run.succeeded")
    first = f"{ended[0]['source']} {ended[0]['id']}"
    assert [each.get("meshwrightdepth") for each in ended] == [None, 1, 2]
    assert [each.get("correlationid") for each in ended] == [None, first, first]
    assert [each.get("causationid") for each in ended][1:] == [first, f"{ended[1]['source']} {ended[1]['id']}"]
    assert web.asked[2].headers["baggage"].startswith("meshwrightdepth=2,correlationid=%2Fmeshwright%2Fprod%20run%20")


def test_at_the_end_of_a_chain_no_run_is_asked_for_and_one_before_it_is(server: Serving) -> None:
    body = {"select": "sales.orders"}
    with server.client() as client:
        headers = {"baggage": f"meshwrightdepth={MOST_DEPTH},correlationid=%2Fa%201"}
        refused = client.post("/api/v1/runs", json=body, headers=headers)
        problem(refused, 409, "MW-B019")
        assert "the first by /a 1" in refused.json()["detail"]
        assert client.get("/api/v1/runs").json()["runs"] == []
        last = {"ce-meshwrightdepth": str(MOST_DEPTH - 1), "Prefer": "wait=60"}
        assert client.post("/api/v1/runs", json=body, headers=last).status_code == 200
        [begun] = told(client, "meshwright.run.started")
        assert begun["meshwrightdepth"] == MOST_DEPTH


def test_an_event_that_says_not_what_led_to_it_is_given_what_its_request_carries(server: Serving) -> None:
    headers = {**STRUCTURED, "baggage": "meshwrightdepth=5,correlationid=%2Fa%201,causationid=b"}
    with server.client() as client:
        for event in (EVENT | {"id": "1"}, EVENT | {"id": "2", "meshwrightdepth": 1}):
            client.post("/api/v1/events", content=json.dumps(event), headers=headers).raise_for_status()
        found = told(client, "org.example.x")
    assert found[0] == EVENT | {"id": "1", "meshwrightdepth": 5, "correlationid": "/a 1", "causationid": "b"}
    assert found[1] == EVENT | {"id": "2", "meshwrightdepth": 1}


def test_runs_that_a_receiver_asks_for_without_a_word_are_held_and_told(server: Serving, web: Web) -> None:
    with server.client() as client:
        made = subscribed(client, sink=web.url, types=["meshwright.run.succeeded"], most_runs=2)
        quiet = subscribed(client, types=["meshwright.*"])

        def answer(_: Asked) -> tuple[int, dict[str, str], bytes]:
            """Ask for a run each time, and say nothing of why."""
            client.post("/api/v1/runs", json={"select": "sales.orders"}).raise_for_status()
            return 204, {}, b""

        web.answer = answer
        client.post("/api/v1/runs", json={"select": "sales.orders"}).raise_for_status()
        until(lambda: standing(client, made)["state"] == "paused")
        assert "3 runs of sales.orders began in prod within an hour" in standing(client, made)["reason"]
        assert standing(client, quiet)["state"] == "active"
        [held] = told(client, "meshwright.subscription.held")
        assert held["subject"] == "sales.orders"
        assert held["data"] == {
            "subscription": made["id"],
            "product": "sales.orders",
            "environment": "prod",
            "runs": 3,
            "most_runs": 2,
        }
        asked = len(web.asked)
        assert asked == 2
        # What came meanwhile is delivered as soon as somebody says so.
        web.answers(status=204)
        client.patch(f"/api/v1/subscriptions/{made['id']}", json={"state": "active"}).raise_for_status()
        until(lambda: len(web.asked) > asked)
        assert standing(client, made)["state"] == "active"


def test_events_that_a_receiver_sends_without_a_word_are_held(server: Serving, web: Web) -> None:
    with server.client() as client:
        starting = subscribed(client, types=["org.example.*"], start={"product": "sales.orders"}, most_runs=2)
        subscribed(client, sink=web.url, types=["meshwright.run.succeeded"], most_runs=0)

        def answer(asked: Asked) -> tuple[int, dict[str, str], bytes]:
            """Send an event for each, which says nothing of what it comes from."""
            sent = EVENT | {"id": asked.headers["webhook-id"]}
            client.post("/api/v1/events", content=json.dumps(sent), headers=STRUCTURED).raise_for_status()
            return 204, {}, b""

        web.answer = answer
        client.post("/api/v1/events", content=json.dumps(EVENT | {"id": "1"}), headers=STRUCTURED).raise_for_status()
        until(lambda: standing(client, starting)["state"] == "paused")
        assert "sales.orders" in standing(client, starting)["reason"]
        until(lambda: standing(client, starting)["behind"] >= 1)
        assert len(told(client, "meshwright.run.started")) == 3
