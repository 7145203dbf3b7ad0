"""Subscriptions and deliveries by URL: who may make and change which, and what is told of them."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from meshwright.app.workspace import open_workspace
from tests.app.telling import deliver_all, event, send, signed
from tests.http.serving import Served, served, serving, token
from tests.http.test_server import problem
from tests.meshes import write_file
from tests.tools.web import Web, running_web

URL = "/api/v1/subscriptions"


@pytest.fixture
def web() -> Iterator[Web]:
    with running_web() as found:
        yield found


@pytest.fixture
def shop(root: Path) -> Iterator[Served]:
    """The shop, whose webhooks may reach this machine."""
    mesh = (root / "mesh.yaml").read_text()
    write_file(root, "mesh.yaml", f"{mesh}http: {{allow: [127.0.0.1/32]}}\n")
    with served(root) as found:
        yield found


def subscribe(client: httpx.Client, **wish: object) -> dict[str, object]:
    answer = client.post(URL, json=wish)
    assert answer.status_code == 201, answer.text
    found: dict[str, object] = answer.json()
    assert answer.headers["location"] == f"{URL}/{found['id']}"
    return found


def test_a_webhook_is_made_listed_paused_and_deleted(shop: Served, web: Web) -> None:
    client = shop.administrator
    made = subscribe(client, types=["org.example.*"], sink=f"{web.url}/hook?token=4711", description="for a test")
    assert str(made["secret"]).startswith("whsec_")
    assert (made["sink"], made["state"], made["owner"]) == (f"{web.url}/hook", "active", None)
    [listed] = shop.viewer.get(URL).json()["subscriptions"]
    assert listed == {name: value for name, value in made.items() if name not in {"schema", "secret"}}
    assert "4711" not in shop.viewer.get(URL).text
    one = f"{URL}/{made['id']}"
    paused = client.patch(one, json={"state": "paused", "reason": "maintenance"})
    assert (paused.json()["state"], paused.json()["reason"], paused.json()["secret"]) == ("paused", "maintenance", None)
    assert client.get(one).headers["etag"] == paused.headers["etag"]
    problem(client.patch(one, json={"state": "active"}, headers={"If-Match": '"other"'}), 412, "MW-H021")
    assert client.patch(one, json={"state": "active"}, headers={"If-Match": paused.headers["etag"]}).status_code == 200
    rotated = client.patch(one, json={"secret": "rotate"})
    assert rotated.json()["secret"] not in {None, made["secret"]}
    assert rotated.headers["cache-control"] == "no-store"
    assert client.delete(one).json() == {
        "schema": "meshwright/subscription-delete/1",
        "id": made["id"],
        "deleted": True,
    }
    for answer in (client.get(one), client.delete(one), client.patch(one, json={})):
        problem(answer, 404, "MW-B001")


def test_deliveries_are_listed_by_page_and_replayed(shop: Served, web: Web) -> None:
    client, workspace = shop.administrator, open_workspace(shop.root)
    made = subscribe(client, types=["org.example.*"], sink=web.url, environments=["*"], attempts=1)
    web.answers({"why": "no"}, status=500)
    send(workspace, *[event(str(n), subject=str(n)) for n in range(5)])
    deliver_all(workspace)
    seen, cursor = [], None
    while cursor is not None or not seen:
        query = {"subscription": made["id"], "state": "dead", "limit": 2} | ({"cursor": cursor} if cursor else {})
        page = client.get("/api/v1/deliveries", params=query).json()  # type: ignore[arg-type]
        seen += page["deliveries"]
        cursor = page["next"]
    assert [each["event"]["id"] for each in seen] == ["4", "3", "2", "1", "0"]
    assert seen[0]["tries"][0]["status"] == 500
    assert json.loads(seen[0]["answer"]) == {"why": "no"}
    one = f"/api/v1/deliveries/{seen[0]['id']}"
    web.answers(status=200)
    again = client.post(f"{one}/replay")
    assert (again.status_code, again.json()["state"]) == (202, "waiting")
    problem(client.post(f"{one}/replay"), 409, "MW-B006")
    deliver_all(workspace)
    assert client.get(one).json()["state"] == "delivered"
    assert web.asked[-1].headers["webhook-signature"] == signed(web.asked[-1], str(made["secret"]))
    problem(client.post(f"{one}/skip"), 409, "MW-B017")
    problem(client.get("/api/v1/deliveries/dlv_x"), 404, "MW-B005")
    problem(client.get("/api/v1/deliveries", params={"subscription": "sub_x"}), 404, "MW-B001")
    problem(client.get("/api/v1/deliveries", params={"state": "lost"}), 422, "MW-H010")
    assert "given up" in shop.viewer.get(URL, headers={"Accept": "text/plain"}).text


def test_a_poison_event_is_skipped_and_what_was_given_up_is_replayed_by_url(shop: Served, web: Web) -> None:
    client, workspace = shop.administrator, open_workspace(shop.root)
    made = subscribe(client, types=["org.example.*"], sink=web.url, environments=["*"], backoff="1h")
    web.answers(status=500)
    send(workspace, *[event(str(n), subject="s") for n in range(3)])
    deliver_all(workspace)
    listed = client.get("/api/v1/deliveries", params={"subscription": str(made["id"])}).json()["deliveries"]
    ids = [each["id"] for each in reversed(listed)]
    problem(
        client.post("/api/v1/deliveries/replay", json={"subscription": made["id"], "first": "dlv_x"}), 404, "MW-B005"
    )
    problem(client.post("/api/v1/deliveries/replay", json={"subscription": "sub_x"}), 404, "MW-B001")
    problem(
        client.post("/api/v1/deliveries/replay", json={"subscription": made["id"], "state": "waiting"}), 422, "MW-H010"
    )
    problem(shop.viewer.post("/api/v1/deliveries/replay", json={"subscription": made["id"]}), 403, "MW-H014")
    problem(shop.viewer.post(f"/api/v1/deliveries/{ids[0]}/skip"), 403, "MW-H014")
    problem(client.post("/api/v1/deliveries/dlv_x/skip"), 404, "MW-B005")
    skipped = client.post(f"/api/v1/deliveries/{ids[0]}/skip", json={"reason": "broken"})
    assert (skipped.status_code, skipped.json()["state"]) == (200, "skipped")
    assert skipped.json()["tries"][-1]["error"].endswith(": broken")
    replayed = client.post("/api/v1/deliveries/replay", json={"subscription": made["id"], "state": "skipped"})
    assert (replayed.status_code, replayed.json()["replayed"], replayed.json()["more"]) == (202, 1, False)
    nothing = client.post("/api/v1/deliveries/replay", json={"subscription": made["id"]})
    assert nothing.json()["replayed"] == 0
    wrong = {"subscription": made["id"], "first": ids[2], "last": ids[0]}
    problem(client.post("/api/v1/deliveries/replay", json=wrong), 422, "MW-B018")


def test_a_domain_changes_its_own_subscriptions_and_starts_its_own_products(shop: Served) -> None:
    sales = shop.client(token(shop.root, "administrator", "sales"))
    finance = shop.client(token(shop.root, "administrator", "finance"))
    made = subscribe(sales, types=["meshwright.*"], domains=["finance"])
    assert made["owner"] == "sales"
    one = f"{URL}/{made['id']}"
    for answer in (
        finance.patch(one, json={"state": "paused"}),
        finance.delete(one),
        finance.post(URL, json={"owner": "sales"}),
        finance.post(URL, json={"start": {"product": "sales.orders"}}),
        shop.viewer.post(URL, json={}),
        shop.viewer.delete(one),
        sales.delete(f"{URL}/{subscribe(shop.administrator)['id']}"),
    ):
        problem(answer, 403, "MW-H014")
    assert finance.get(one).status_code == 200
    started = subscribe(sales, types=["org.x"], start={"product": "sales.orders"})
    assert started["start"] == {"product": "sales.orders", "environment": "prod", "params": {}, "params_from": {}}
    assert sales.delete(one).status_code == 200
    problem(shop.nobody.get(URL), 401, "MW-H013")


@pytest.mark.parametrize(
    ("wish", "code"),
    [
        ({"sink": "http://169.254.169.254/"}, "MW-B002"),
        ({"sink": "https://8.8.8.8/", "secret": "${env:HOME}"}, "MW-B002"),
        ({"sink": "x" * 3000}, "MW-H010"),
        ({"types": ["x"] * 51}, "MW-H010"),
        ({"attempts": 10**9}, "MW-H010"),
        ({"sinks": "x"}, "MW-H010"),
        ({"mode": "xml"}, "MW-H010"),
        ({"start": {"product": "sales.nothing"}}, "MW-B002"),
        ({"start": {"product": "sales.orders", "params": {"x": "1"}}}, "MW-R014"),
        ({"start": {"product": "sales.orders", "environment": "nope"}}, "MW-R013"),
        ({"start": {"product": "sales.orders", "params_from": {"x": "data.x"}}}, "MW-R014"),
        ({"start": {"product": "sales.orders", "params_from": {"currency": "data x"}}}, "MW-B002"),
        ({"start": {"product": "sales.orders", "params_from": {"currency": 7}}}, "MW-H010"),
        ({"filters": [{"sql": "type = 'x'"}]}, "MW-B016"),
        ({"filters": [{"exact": {"data": "x"}}]}, "MW-B002"),
        ({"filters": [7]}, "MW-B002"),
        ({"filters": {"exact": {"type": "x"}}}, "MW-H010"),
        ({"filters": [{"exact": {"type": "x"}}] * 51}, "MW-H010"),
    ],
)
def test_what_cannot_be_is_a_problem_with_a_fix(shop: Served, wish: dict[str, object], code: str) -> None:
    answer = shop.administrator.post(URL, json=wish)
    assert 400 <= answer.status_code < 500
    assert answer.json()["code"] == code
    assert answer.json()["fix"]
    assert shop.viewer.get(URL).json()["subscriptions"] == []


def test_a_filter_far_too_deep_is_a_problem(shop: Served) -> None:
    for levels in (6, 500, 100_000):
        body = '{"filters": [' + '{"not": ' * levels + "1" + "}" * levels + "]}"
        answer = shop.administrator.post(URL, content=body, headers={"Content-Type": "application/json"})
        assert 400 <= answer.status_code < 500, answer.text
        assert answer.json()["fix"]


def test_a_subscription_says_which_events_fit_and_what_a_run_takes_from_them(shop: Served) -> None:
    filters = [
        {"prefix": {"subject": "berlin/"}},
        {"not": {"any": [{"suffix": {"source": "/test"}}, {"exact": {"n": "7"}}]}},
    ]
    start = {"product": "sales.orders", "params_from": {"currency": "data.currency"}}
    made = subscribe(shop.administrator, types=["org.example.*"], filters=filters, start=start)
    shown = shop.viewer.get(f"{URL}/{made['id']}").json()
    assert shown["filters"] == filters
    assert shown["start"]["params_from"] == {"currency": "data.currency"}
    text = shop.viewer.get(f"{URL}/{made['id']}", headers={"Accept": "text/plain"}).text
    assert 'that fits {"prefix": {"subject": "berlin/"}}' in text
    assert "with currency from data.currency" in text


def test_products_that_would_start_each_other_are_a_conflict(shop: Served) -> None:
    subscribe(shop.administrator, products=["sales.orders"], start={"product": "sales.totals"})
    again = {"products": ["sales.totals"], "start": {"product": "sales.orders"}}
    found = problem(shop.administrator.post(URL, json=again), 409, "MW-B015")
    assert "sales.orders starts sales.totals" in found["detail"]


def test_what_a_name_leads_to_is_told_to_nobody_who_calls(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with served(root) as strict:
        found = problem(strict.administrator.post(URL, json={"sink": "http://localhost:9/"}), 422, "MW-B002")
        assert "leads to no public address" in found["detail"]
        assert "127.0.0.1" not in json.dumps(found)
        assert "this machine" in capsys.readouterr().err


def test_a_server_delivers_by_itself(root: Path, web: Web, tmp_path: Path) -> None:
    mesh = (root / "mesh.yaml").read_text()
    write_file(root, "mesh.yaml", f"{mesh}http: {{allow: [127.0.0.1/32]}}\n")
    with serving(root, folder=tmp_path) as server, server.client() as client:
        made = subscribe(client, types=["org.example.*"], sink=web.url)
        send(open_workspace(root), event("7"))
        end_s = time.monotonic() + 120
        while not web.asked:
            assert time.monotonic() < end_s, server.errors.read_text()
            time.sleep(0.05)
        assert web.asked[0].headers["webhook-signature"] == signed(web.asked[0], str(made["secret"]))
