"""Every call between domains is recorded: who, whom, what, with which answer."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import APIRouter, Request, Response
from starlette.responses import StreamingResponse

from meshwright.access import Action
from meshwright.faces.http import application
from meshwright.faces.http.ruled import ruled, ruled_router
from meshwright.faces.http.touched import record_call
from tests.http.serving import Served, served, serving, token

CALLS = "/api/v1/calls"


@pytest.fixture
def routes() -> APIRouter:
    """Routes of every kind, as other modules have them."""
    router = ruled_router("/try")

    @router.get("/catalog/{domain}", **ruled(Action.READ_CATALOG))
    def of_domain(domain: str) -> Response:
        return Response(domain, 404 if domain == "nowhere" else 200)

    @router.get("/products/{product}/ports/{port}", **ruled(Action.READ_DATA))
    def of_port(request: Request, product: str, port: str) -> Response:
        touched = record_call(request, f"{product}/{port}", {product.partition(".")[0]}, rows=0)

        def rows() -> Any:
            for _ in range(3):
                touched.rows = (touched.rows or 0) + 2
                yield b"12345"

        return StreamingResponse(rows())

    @router.post("/query", **ruled(Action.QUERY_DATA))
    def of_many(request: Request) -> Response:
        record_call(request, "select 1", ["sales", "finance"], rows=7)
        return Response("x")

    @router.post("/fail/{dataset}", **ruled(Action.START_RUNS))
    def failing(dataset: str) -> Response:
        raise AssertionError(dataset)

    return router


@pytest.fixture
def shop(root: Path, routes: APIRouter, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(application, "API_ROUTERS", (*application.API_ROUTERS, routes))
    with served(root) as found:
        yield found


def calls(shop: Served, **filters: str | int) -> list[dict[str, Any]]:
    found = shop.viewer.get(CALLS, params=filters)
    assert found.status_code == 200, found.text
    return list(found.json()["calls"])


def finance(shop: Served) -> httpx.Client:
    return shop.client(token(shop.root, "administrator", "finance"))


def test_a_call_is_recorded_with_its_answer(shop: Served) -> None:
    client = finance(shop)
    answer = client.get("/api/v1/try/products/sales.orders/ports/orders")
    [call] = calls(shop)
    assert call["id"] == answer.headers["x-request-id"]
    assert {key: call[key] for key in call if key not in {"id", "at", "token", "seconds"}} == {
        "caller": "finance",
        "domain": "sales",
        "kind": "data",
        "action": "read",
        "object": "sales.orders/orders",
        "status": 200,
        "rows": 6,
        "bytes": 15,
    }
    assert call["seconds"] > 0


def test_what_a_path_names_is_recorded_by_itself(shop: Served) -> None:
    client = finance(shop)
    client.get("/api/v1/try/catalog/sales")
    client.get("/api/v1/try/catalog/nowhere")
    [call] = calls(shop)
    assert (call["kind"], call["domain"], call["object"], call["rows"]) == ("domain", "sales", "sales", None)


def test_calls_inside_of_a_domain_are_none_between_domains(shop: Served) -> None:
    client = finance(shop)
    client.get("/api/v1/try/catalog/finance")
    client.post("/api/v1/try/query")
    assert [(call["domain"], call["rows"]) for call in calls(shop)] == [("sales", 7)]


def test_tokens_of_no_domain_are_recorded_but_for_looks_at_the_catalog(shop: Served) -> None:
    shop.viewer.get("/api/v1/try/catalog/sales")
    shop.viewer.post("/api/v1/try/query")
    found = calls(shop)
    assert [(call["caller"], call["domain"]) for call in found] == [(None, "sales"), (None, "finance")]
    assert len({call["id"] for call in found}) == 1


def test_refused_and_failed_calls_are_recorded(shop: Served) -> None:
    client = finance(shop)
    created = client.post("/api/v1/environments", json={"name": "Box", "select": ["sales.orders", "finance"]})
    client.post("/api/v1/try/fail/sales.orders.orders")
    shop.nobody.post("/api/v1/try/query")
    assert created.status_code == 422
    assert [(call["kind"], call["action"], call["status"]) for call in calls(shop)] == [
        ("process", "start", 500),
        ("development", "create", 422),
    ]


def test_calls_are_listed_by_page_and_filtered(shop: Served) -> None:
    client = finance(shop)
    for _ in range(5):
        client.get("/api/v1/try/catalog/sales")
    client.post("/api/v1/try/query")
    first = shop.viewer.get(CALLS, params={"limit": 2, "kind": "domain", "caller": "finance"}).json()
    second = shop.viewer.get(
        CALLS, params={"limit": 9, "kind": "domain", "caller": "finance", "cursor": first["next"]}
    ).json()
    assert (len(first["calls"]), len(second["calls"]), second["next"]) == (2, 3, None)
    assert len({call["id"] for call in (*first["calls"], *second["calls"])}) == 5
    other = shop.viewer.get(CALLS, params={"kind": "data", "cursor": first["next"]})
    assert (other.status_code, other.json()["code"]) == (400, "MW-H020")
    assert calls(shop, action="query")[0]["object"] == "select 1"
    assert calls(shop, domain="weather") == []
    wrong = shop.viewer.get(CALLS, params={"kind": "dat"})
    assert (wrong.status_code, wrong.json()["code"]) == (422, "MW-U005")
    assert shop.nobody.get(CALLS).status_code == 401


def test_calls_are_summed_as_edges(shop: Served) -> None:
    client = finance(shop)
    for _ in range(3):
        client.get("/api/v1/try/products/sales.orders/ports/orders")
    found = shop.viewer.get(f"{CALLS}/summary", params={"since": "1h"}).json()
    [edge] = found["edges"]
    assert (edge["caller"], edge["domain"], edge["kind"], edge["calls"], edge["rows"], edge["bytes"]) == (
        ("finance", "sales", "data", 3, 18, 45)
    )


def test_the_servers_numbers_say_what_was_recorded(shop: Served) -> None:
    finance(shop).post("/api/v1/try/query")
    calls(shop)
    text = shop.viewer.get("/metrics").text
    assert "meshwright_calls_recorded 1.0" in text
    assert "meshwright_calls_lost 0.0" in text


@pytest.mark.slow
def test_a_server_that_is_asked_to_stop_has_recorded_everything(root: Path, tmp_path: Path) -> None:
    with serving(root, folder=tmp_path) as server:
        with server.client("administrator", "finance") as client:
            for number in range(40):
                body = {"name": f"box-{number}", "select": ["sales.orders"]}
                assert client.post("/api/v1/environments", json=body).status_code == 201
        assert server.stop() == 0
    assert len(_listed(root)) == 40


@pytest.mark.slow
def test_a_server_that_is_killed_loses_what_came_last_and_nothing_else(root: Path, tmp_path: Path) -> None:
    with serving(root, folder=tmp_path) as server:
        with server.client("administrator", "finance") as client:
            for number in range(20):
                client.post("/api/v1/environments", json={"name": f"box-{number}", "select": ["sales.orders"]})
            client.get(CALLS)  # what was answered before this is recorded
            client.post("/api/v1/environments", json={"name": "last", "select": ["sales.orders"]})
        server.process.kill()
        server.process.wait()
    names = [call["object"] for call in _listed(root)]
    assert [name for name in names if name != "last"] == [f"box-{number}" for number in reversed(range(20))]


def _listed(root: Path) -> list[dict[str, Any]]:
    words = ["calls", "list", "--limit", "100", "--json"]
    found = subprocess.run(
        [sys.executable, "-m", "meshwright", "-C", str(root), *words], capture_output=True, check=True, timeout=120
    )
    return list(json.loads(found.stdout)["calls"])


def test_who_reads_the_record_waits_for_what_came_before(shop: Served) -> None:
    client = finance(shop)
    for number in range(30):
        client.post("/api/v1/try/query")
        assert len(calls(shop, limit=1000)) == number + 1


def test_queries_runs_and_subscriptions_are_recorded_with_the_domains_that_they_touch(root: Path) -> None:
    with served(root) as shop:
        client = shop.client(token(root, "administrator", "finance"))
        sql = "select count(*) as n from sales.orders.orders"
        assert client.post("/api/v1/query", json={"sql": sql}).json()["rows"] == [{"n": 4}]
        assert client.post("/api/v1/runs", json={"select": "sales.orders"}).status_code == 403
        assert client.post("/api/v1/runs", json={"select": "finance.report", "only": True}).status_code == 202
        wish = {"types": ["meshwright.product.published"], "domains": ["sales"]}
        assert client.post("/api/v1/subscriptions", json=wish).status_code == 201
        found = {(call["kind"], call["domain"], call["object"], call["status"]) for call in calls(shop)}
    assert found >= {
        ("data", "sales", "sales.orders.orders", 200),
        ("process", "sales", "sales.orders", 403),
        ("event", "sales", "meshwright.product.published", 201),
    }
    assert not [each for each in found if each[1] == "finance"], (
        "what a domain does to itself is no call between domains"
    )
