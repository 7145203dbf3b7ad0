"""The server as a whole: who is let in, what is refused, how it tells of itself."""

from __future__ import annotations

import json
import socket
from pathlib import Path

import httpx
import pytest
from fastapi import Request, Response

from meshwright.faces.http.application import new_application
from meshwright.faces.http.limits import LimitSettings
from meshwright.faces.http.ruled import open_to_all, ruled_router
from tests.http.serving import Served, served, serving, token
from tests.meshes import write_file


def problem(answer: httpx.Response, status: int, code: str) -> dict[str, object]:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    found: dict[str, object] = answer.json()
    assert found["status"] == status
    assert found["code"] == code
    assert found["type"] == f"/api/v1/problems/{code}"
    return found


def test_nobody_is_let_in_without_a_token(shop: Served) -> None:
    told = problem(shop.nobody.get("/api/v1/self"), 401, "MW-H013")
    assert "mw token create" in str(told["fix"])
    assert shop.nobody.get("/api/v1/self").headers["www-authenticate"].startswith("Bearer")


@pytest.mark.parametrize("secret", ["x", "mwt_0123456789ab_" + "a" * 43, "mwt_" + "é" * 5, "mwt_../../etc_x"])
def test_a_token_that_is_not_known_lets_nobody_in(shop: Served, secret: str) -> None:
    answer = shop.nobody.get("/api/v1/self", headers={"Authorization": f"Bearer {secret}".encode()})
    problem(answer, 401, "MW-H013")


def test_a_token_says_who_calls(shop: Served) -> None:
    found = shop.client(token(shop.root, "administrator", "sales")).get("/api/v1/self").json()
    assert (found["role"], found["domain"], found["mesh"]) == ("administrator", "sales", "shop")


def test_a_revoked_token_lets_nobody_in(shop: Served) -> None:
    made = shop.administrator.post("/api/v1/tokens", json={"role": "viewer"})
    assert made.status_code == 201
    client = shop.client(made.json()["token"])
    assert client.get("/api/v1/self").status_code == 200
    assert shop.administrator.delete(made.headers["location"]).json()["revoked"]
    problem(client.get("/api/v1/self"), 401, "MW-H013")
    assert shop.administrator.delete(made.headers["location"]).status_code == 200


def test_secrets_are_told_once_and_kept_nowhere(shop: Served) -> None:
    secret = shop.administrator.post("/api/v1/tokens", json={"role": "viewer"}).json()["token"]
    assert secret not in shop.administrator.get("/api/v1/tokens").text
    kept = b"".join(path.read_bytes() for path in (shop.root / ".meshwright").rglob("*") if path.is_file())
    assert secret[-43:].encode() not in kept


def test_a_viewer_and_a_domains_administrator_make_no_tokens(shop: Served) -> None:
    problem(shop.viewer.post("/api/v1/tokens", json={"role": "administrator"}), 403, "MW-H014")
    of_domain = shop.client(token(shop.root, "administrator", "sales"))
    problem(of_domain.post("/api/v1/tokens", json={"role": "viewer"}), 403, "MW-H014")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"role": "admin"}, "MW-H002"),
        ({"role": "viewer", "domain": "sale"}, "MW-H002"),
        ({"role": "viewer", "expires": "soon"}, "MW-H002"),
        ({"role": "viewer", "expires": "9999999w"}, "MW-H002"),
        ({"role": "viewer", "expire": "1d"}, "MW-H010"),
        ({}, "MW-H010"),
        ([], "MW-H010"),
    ],
)
def test_a_wrong_wish_for_a_token_is_refused(shop: Served, body: object, code: str) -> None:
    before = shop.administrator.get("/api/v1/tokens").json()
    problem(shop.administrator.post("/api/v1/tokens", json=body), 422, code)
    assert shop.administrator.get("/api/v1/tokens").json() == before


def test_the_one_time_link_lets_in_once(root: Path, tmp_path: Path) -> None:
    with serving(root, folder=tmp_path) as server, httpx.Client(base_url=server.url) as browser:
        path = server.login.removeprefix(server.url)
        code = path.partition("code=")[2]
        shown = browser.get(path)  # a look uses nothing up
        assert "<button>" in shown.text
        assert "script" not in shown.headers["content-security-policy"]
        entered = browser.post("/login", data={"code": code})
        assert entered.status_code == 303
        assert "HttpOnly" in entered.headers["set-cookie"]
        assert "SameSite=strict" in entered.headers["set-cookie"]
        assert browser.get("/api/v1/self").json()["role"] == "administrator"
        problem(httpx.post(f"{server.url}/api/v1/login", json={"code": code}), 403, "MW-H004")


def test_a_session_counts_for_nothing_on_other_sites_pages(root: Path, tmp_path: Path) -> None:
    with serving(root, folder=tmp_path) as server, httpx.Client(base_url=server.url) as browser:
        browser.post("/login", data={"code": server.login.partition("code=")[2]})
        wish = {"role": "administrator"}
        for site in ("cross-site", "same-site", None):
            headers = {} if site is None else {"Sec-Fetch-Site": site}
            problem(browser.post("/api/v1/tokens", json=wish, headers=headers), 401, "MW-H013")
        answer = browser.post("/api/v1/tokens", json=wish, headers={"Sec-Fetch-Site": "same-origin"})
        assert answer.status_code == 201


def test_login_by_link_gives_a_token(root: Path, tmp_path: Path) -> None:
    with serving(root, folder=tmp_path) as server:
        answer = httpx.post(f"{server.url}/api/v1/login", json={"code": server.login.partition("code=")[2]})
        headers = {"Authorization": f"Bearer {answer.json()['token']}"}
        assert httpx.get(f"{server.url}/api/v1/self", headers=headers).json()["role"] == "administrator"
        assert server.stop() == 0


@pytest.mark.parametrize("host", ["example.org", "127.0.0.1.example.org", "10.0.0.1", "", "localhost.example.org:80"])
def test_a_request_by_another_hosts_name_is_refused(shop: Served, host: str) -> None:
    problem(shop.administrator.get("/api/v1/self", headers={"Host": host}), 400, "MW-H023")


def test_unknown_parameters_name_the_nearest_and_paths_and_methods_are_told(shop: Served) -> None:
    problem(shop.administrator.get("/api/v1/tokens?limt=3"), 422, "MW-H011")
    problem(shop.nobody.get("/api/v1/tokens?limt=3"), 401, "MW-H013")
    problem(shop.administrator.get("/api/v1/nothing"), 404, "MW-H018")
    assert problem(shop.administrator.put("/api/v1/tokens"), 405, "MW-H019")
    problem(
        shop.administrator.post("/api/v1/tokens", content=b"{", headers={"Content-Type": "application/json"}),
        400,
        "MW-H012",
    )


def test_codes_are_explained(shop: Served) -> None:
    assert "Nobody is let in" in shop.nobody.get("/api/v1/problems/MW-H013").json()["meaning"]
    problem(shop.nobody.get("/api/v1/problems/MW-H999"), 404, "MW-H018")


def test_large_and_encoded_bodies_are_refused(root: Path) -> None:
    with served(root, LimitSettings(body_bytes=100)) as shop:
        problem(shop.administrator.post("/api/v1/tokens", json={"role": "x" * 200}), 413, "MW-H015")
        pieces = (b"x" * 50 for _ in range(5))
        problem(shop.administrator.post("/api/v1/tokens", content=pieces), 413, "MW-H015")
        headers = {"Content-Encoding": "gzip"}
        problem(shop.administrator.post("/api/v1/tokens", content=b"x", headers=headers), 415, "MW-H016")


def test_text_is_what_the_command_line_prints(shop: Served) -> None:
    answer = shop.administrator.get("/api/v1/tokens", headers={"Accept": "text/plain"})
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert answer.headers["meshwright-exit-status"] == "0"
    assert answer.text.splitlines()[0].startswith("token")


def test_the_server_tells_of_itself(shop: Served) -> None:
    assert shop.nobody.get("/healthz").json()["ok"]
    assert shop.nobody.get("/readyz").json()["checks"] == {"mesh": "ok", "state": "ok"}
    problem(shop.nobody.get("/metrics"), 401, "MW-H013")
    assert (
        'meshwright_http_requests_total{method="GET",route="/healthz",status="200"}' in shop.viewer.get("/metrics").text
    )


def test_a_fault_of_ours_is_told_without_its_words(shop: Served) -> None:
    application = shop.nobody.app  # type: ignore[attr-defined]
    router = ruled_router()

    @router.get("/broken", **open_to_all())
    def broken(request: Request) -> Response:
        raise KeyError(f"secret-of-{request.url.path}")

    application.include_router(router)
    answer = shop.nobody.get("/broken")
    problem(answer, 500, "MW-H025")
    assert "secret-of" not in answer.text
    assert answer.headers["x-request-id"] in answer.text


def test_a_route_without_a_rule_is_not_served(root: Path) -> None:
    router = ruled_router()
    with pytest.raises(AssertionError, match="has no rule"):
        router.get("/open")(lambda: None)
    with served(root) as shop:
        application = shop.nobody.app  # type: ignore[attr-defined]
        assert new_application(application.state.server)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "example.org", "192.168.1.1"])
def test_only_loopback_is_listened_on(root: Path, tmp_path: Path, host: str) -> None:
    with pytest.raises(AssertionError, match="MW-H001"), serving(root, "--host", host, folder=tmp_path):
        pass


def test_slow_and_endless_headers_are_sent_away(root: Path, tmp_path: Path) -> None:
    with serving(root, folder=tmp_path) as server:
        host, port = server.url.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port)), timeout=30) as endless:
            endless.sendall(b"GET / HTTP/1.1\r\n")
            with pytest.raises(ConnectionError):
                endless.sendall(4_000 * (b"X-Long: " + b"x" * 4000 + b"\r\n"))
        with socket.create_connection((host, int(port)), timeout=60) as slow:
            slow.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n")
            assert slow.recv(1000).startswith(b"HTTP/1.1 408")
        assert httpx.get(f"{server.url}/healthz").json()["ok"]


def test_the_openapi_document_is_of_version_3_1(shop: Served) -> None:
    answer = shop.nobody.get("/api/v1/openapi.json")
    document = json.loads(answer.text)
    assert document["openapi"] == "3.1.0"
    assert shop.nobody.get("/api/v1/openapi.json", headers={"If-None-Match": answer.headers["etag"]}).status_code == 304
    assert "tokens" in shop.nobody.get("/api/v1/docs").text


def test_what_is_changed_rests_on_the_files_as_they_are_now(shop: Served) -> None:
    assert (
        shop.administrator.post("/api/v1/environments", json={"name": "box", "select": "sales.totals"}).status_code
        == 201
    )
    write_file(shop.root, "domains/sales/fresh/models/late.sql", "select 1 as one")
    answer = shop.administrator.post("/api/v1/runs", json={"select": "sales.fresh"})
    assert answer.status_code == 202, answer.text
