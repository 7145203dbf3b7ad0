"""What is malformed, ambiguous or forged is answered with a problem that says what to do; nothing is changed by it."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest

from tests.http.serving import Served, served, token

_JSON = {"Content-Type": "application/json"}
_EVENT = {"Content-Type": "application/cloudevents+json"}
_BEGIN = '{"specversion": "1.0", "source": "/x", "type": "t", '


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b'{"role": "viewer", "role": "administrator"}', id="a name twice"),
        pytest.param(b'{"role": NaN}', id="NaN"),
        pytest.param(b'{"role": 1e400}', id="infinite"),
        pytest.param(b'{"role": ' + b"9" * 500_000 + b"}", id="half a million digits"),
        pytest.param(b'{"role": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", id="deep"),
        pytest.param(b'{"role": "\\ud800"}', id="half of a character"),
        pytest.param(b'{"role": "\xed\xa0\x80"}', id="half of a character in UTF-8"),
        pytest.param(b'{"role": "\xc0\xaf"}', id="overlong UTF-8"),
        pytest.param(b'{"role": "\xe9"}', id="Latin-1"),
        pytest.param('{"role": "viewer"}'.encode("utf-16"), id="UTF-16"),
        pytest.param(b'{"role": "viewer\\u0000"}', id="zero byte"),
        pytest.param(b'{"role": "viewer"} {"role": "viewer"}', id="two documents"),
        pytest.param(b'{"role": "viewer", "__proto__": {}}', id="a field more"),
        pytest.param(b"", id="nothing"),
        pytest.param(b"null", id="null"),
        pytest.param(b"[]", id="a list"),
    ],
)
def test_a_body_that_two_readers_could_take_for_two_things_makes_no_token(shop: Served, body: bytes) -> None:
    before = shop.administrator.get("/api/v1/tokens").json()["tokens"]
    answer = shop.administrator.post("/api/v1/tokens", content=body, headers=_JSON)
    found = answer.json()
    assert answer.status_code in {400, 422}, answer.text
    assert found["code"] in {"MW-H010", "MW-H012", "MW-H002"}
    assert found["fix"]
    assert shop.administrator.get("/api/v1/tokens").json()["tokens"] == before


@pytest.mark.parametrize(
    ("rest", "told"),
    [
        ('"id": "1", "id": "2"}', "stands twice"),
        ('"id": "1", "data": 1e400}', "too large"),
        ('"id": "1", "data": NaN}', "NaN"),
        ('"id": "1", "data": "\\ud800"}', "half of a character"),
        ('"id": "1", "data": {"\\udfff": 1}}', "half of a character"),
        ('"id": "\\ud800"}', ""),
        ('"id": "\\u0000"}', ""),
    ],
)
def test_an_event_that_is_none_is_not_taken_in(shop: Served, rest: str, told: str) -> None:
    answer = shop.administrator.post("/api/v1/events", content=(_BEGIN + rest).encode(), headers=_EVENT)
    assert answer.status_code == 422, answer.text
    assert answer.json()["code"] == "MW-S031"
    assert told in answer.json()["detail"]
    assert shop.administrator.get("/api/v1/events?source=/x").json()["events"] == []


@pytest.mark.parametrize(
    "host",
    [
        "evil.example", "localhost.evil.example", "localhost:80@evil.example", "[::1].evil.example", "127.0.0.1:http", "127.1",
        "2130706433", "[::1", "localhost/", "localhost\\evil.example", "", "127.0.0.1:123456",
    ],
)  # fmt: skip
def test_a_name_of_another_host_is_refused(shop: Served, host: str) -> None:
    answer = shop.administrator.get("/api/v1/self", headers={"Host": host})
    assert (answer.status_code, answer.json()["code"]) == (400, "MW-H023")


@pytest.mark.parametrize(
    "host", ["localhost", "LOCALHOST.:8080", "127.0.0.1:99", "127.9.9.9", "[::1]:80", "a.localhost"]
)
def test_names_of_this_machine_are_taken(shop: Served, host: str) -> None:
    assert shop.administrator.get("/api/v1/self", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    "name", ["Host", "Authorization", "Content-Type", "If-Match", "Idempotency-Key", "Last-Event-ID"]
)
def test_a_header_that_decides_stands_once(shop: Served, name: str) -> None:
    first = {"Host": "127.0.0.1", "Authorization": shop.administrator.headers["Authorization"]}.get(name, "x")
    answer = shop.nobody.get("/api/v1/self", headers=[(name, first), (name, "y")])
    assert (answer.status_code, answer.json()["code"]) == (400, "MW-H023")
    assert name in answer.json()["detail"]


@pytest.mark.parametrize(
    "forged",
    ["AAAA", "%00", "é", base64.urlsafe_b64encode(b'[1,"x",null,"y"]').decode(), base64.urlsafe_b64encode(b"[" * 1200).decode()],
)  # fmt: skip
@pytest.mark.parametrize("path", ["products", "datasets", "events", "runs", "calls", "deliveries", "search"])
def test_a_cursor_that_nobody_gave_is_refused(shop: Served, path: str, forged: str) -> None:
    answer = shop.administrator.get(f"/api/v1/{path}?cursor={forged}" + ("&q=orders" if path == "search" else ""))
    assert (answer.status_code, answer.json()["code"]) in {(400, "MW-H020"), (422, "MW-H011")}, answer.text


def test_a_cursor_of_one_list_is_none_of_another(shop: Served) -> None:
    cursor = shop.administrator.get("/api/v1/datasets?limit=1").json()["next"]
    assert shop.administrator.get(f"/api/v1/datasets?limit=1&cursor={cursor}").status_code == 200
    for path in ("products?", "datasets?domain=sales&", "datasets?env=nowhere&"):
        answer = shop.administrator.get(f"/api/v1/{path}cursor={cursor}")
        assert answer.status_code in {400, 404}
        assert json.loads(answer.text)["fix"]


def test_guesses_of_others_keep_nobody_out(root: Path) -> None:
    with served(root) as shop:
        assert shop.administrator.get("/api/v1/self").status_code == 200
        bad = {"Authorization": f"Bearer mwt_000000000000_{'a' * 43}"}
        for _ in range(200):
            answer = shop.nobody.get("/api/v1/self", headers=bad)
            if answer.status_code == 429:
                break
        assert (answer.status_code, answer.json()["code"]) == (429, "MW-H017")
        assert "Retry-After" in answer.headers
        assert shop.administrator.get("/api/v1/self").status_code == 200


def test_who_brings_no_token_brings_no_large_body(shop: Served) -> None:
    answer = shop.nobody.post("/api/v1/login", content=b'{"code": "' + b"x" * 70_000 + b'"}', headers=_JSON)
    assert (answer.status_code, answer.json()["code"]) == (413, "MW-H015")


def test_a_revoked_token_is_known_no_more(root: Path) -> None:
    with served(root) as shop:
        other = shop.client(token(root, "viewer"))
        told = other.get("/api/v1/self").json()
        assert shop.administrator.delete(f"/api/v1/tokens/{told['id']}").status_code == 200
        assert other.get("/api/v1/self").status_code == 401
