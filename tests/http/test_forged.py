"""What lets in and was used, has ended, was cut or is of elsewhere: refused with what to do; nothing is changed, nothing told."""

from __future__ import annotations

import datetime as dt
import http.client
import json
import shutil
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import httpx
import pytest
import uvicorn

from meshwright.app import tokens
from meshwright.app.serving import open_server
from meshwright.app.tokens import TokenOptions, create_link, create_token, revoke_token, use_link
from meshwright.app.workspace import open_workspace
from meshwright.faces.http import letting_in
from meshwright.faces.http.application import new_application
from meshwright.faces.http.callers import SESSION_COOKIE
from meshwright.faces.http.protocol import BoundedProtocol
from tests.http.serving import Served

SELF, TOKENS = "/api/v1/self", "/api/v1/tokens"
_PAST = dt.timedelta(seconds=-1)
_OWN = {"Sec-Fetch-Site": "same-origin"}


def _link(root: Path) -> str:
    return create_link(open_workspace(root)).secret


def _used(root: Path) -> str:
    code = _link(root)
    use_link(open_workspace(root), code, is_session=False)
    return code


def _ended(root: Path) -> str:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tokens, "_LINK_LIFE", _PAST)
        return _link(root)


def _of_elsewhere(root: Path) -> str:
    return _link(Path(shutil.copytree(root, root.parent / "elsewhere")))


def _bearer(root: Path) -> str:
    return create_token(open_workspace(root), TokenOptions(role="administrator")).secret


def _session(root: Path) -> str:
    return use_link(open_workspace(root), _link(root), is_session=True).secret


def _ended_session(root: Path) -> str:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tokens, "_SESSION_LIFE", _PAST)
        return _session(root)


def _dropped_session(root: Path) -> str:
    secret = _session(root)
    revoke_token(open_workspace(root), secret.split("_")[1])
    return secret


def _swapped(root: Path) -> str:
    """The id of one, the secret of another."""
    return "_".join((*_link(root).split("_")[:2], _link(root).split("_", 2)[2]))


#: Codes of links that let nobody in.
LINKS: dict[str, Callable[[Path], str]] = {
    "used": _used,
    "too old": _ended,
    "of another server": _of_elsewhere,
    "a token": _bearer,
    "a session": _session,
    "cut": lambda root: _link(root)[:-1],
    "longer": lambda root: _link(root) + "A",
    "in capitals": lambda root: _link(root).upper(),
    "two put together": _swapped,
    "empty": lambda _root: "",
    "a blank behind": lambda root: _link(root) + " ",
    "a zero byte": lambda root: _link(root) + "\x00",
    "letters of elsewhere": lambda _root: "mwt_é_ü",
}
#: Cookies and bearers that let nobody in.
COOKIES: dict[str, Callable[[Path], str]] = {
    "too old": _ended_session,
    "dropped": _dropped_session,
    "a token": _bearer,
    "a link": _link,
    "cut": lambda root: _session(root)[:-1],
    "two put together": _swapped,
    "another's id": lambda root: _session(root)[:4] + "0" * 12 + _session(root)[16:],
    "quoted": lambda root: f'"{_session(root)}x"',
    "empty": lambda _root: "",
}
BEARERS: dict[str, Callable[[Path], str]] = {
    "a session": _session,
    "a link": _link,
    "cut": lambda root: _bearer(root)[:-1],
    "two put together": _swapped,
}


def _standing(shop: Served) -> object:
    return shop.administrator.get(TOKENS).json()["tokens"]


def _refused(answer: httpx.Response, status: int, code: str, secret: str = "") -> None:
    found = answer.json()
    assert (answer.status_code, found["code"]) == (status, code), answer.text
    assert found["fix"]
    assert "set-cookie" not in answer.headers
    assert not secret.strip() or secret.strip() not in answer.text


@pytest.mark.parametrize("kind", LINKS)
def test_a_link_that_is_no_good_lets_nobody_in(shop: Served, root: Path, kind: str) -> None:
    code = LINKS[kind](root)
    before = _standing(shop)
    _refused(shop.nobody.post("/api/v1/login", json={"code": code}), 403, "MW-H004", code)
    _refused(shop.nobody.post("/login", data={"code": code}), 403, "MW-H004", code)
    assert _standing(shop) == before


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:9"},
        {"Origin": "http://127.0.0.1.evil.example", "Sec-Fetch-Site": "same-origin"},
    ],
)
def test_a_page_of_elsewhere_uses_no_link_up(shop: Served, root: Path, headers: dict[str, str]) -> None:
    code = _link(root)
    _refused(shop.nobody.post("/login", data={"code": code}, headers=headers), 400, "MW-H023", code)
    entered = shop.nobody.post("/login", data={"code": code}, headers=_OWN, follow_redirects=False)
    assert entered.status_code == 303


@pytest.mark.parametrize("kind", COOKIES)
def test_a_cookie_that_is_no_good_is_as_none(shop: Served, root: Path, kind: str) -> None:
    secret = COOKIES[kind](root)
    before = _standing(shop)
    headers = {"Cookie": f"{SESSION_COOKIE}={secret}", **_OWN}
    _refused(shop.nobody.get(TOKENS, headers=headers), 401, "MW-H013", secret)
    _refused(shop.nobody.post(TOKENS, json={"role": "administrator"}, headers=headers), 401, "MW-H013", secret)
    assert _standing(shop) == before


@pytest.mark.parametrize("kind", BEARERS)
def test_a_bearer_that_is_no_token_is_refused(shop: Served, root: Path, kind: str) -> None:
    secret = BEARERS[kind](root)
    _refused(shop.client(secret).get(TOKENS), 401, "MW-H013", secret)


_FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@pytest.mark.parametrize(
    "headers",
    [
        {},  # no word of where it comes from
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1"},  # of ours, but of a browser that does not say more
        {**_OWN, "Origin": "https://evil.example"},
        {**_OWN, "Origin": "http://localhost"},
    ],
)
@pytest.mark.parametrize(
    "kind", ["application/json", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"]
)
def test_a_page_of_elsewhere_changes_nothing_by_a_browsers_cookie(
    shop: Served, root: Path, headers: dict[str, str], kind: str
) -> None:
    cookie = {"Cookie": f"{SESSION_COOKIE}={_session(root)}"}
    assert shop.nobody.get(SELF, headers={**cookie, **_OWN}).json()["role"] == "administrator"
    before = _standing(shop)
    body = json.dumps({"role": "administrator"})
    for method, path in (("POST", TOKENS), ("POST", "/api/v1/runs"), ("DELETE", "/api/v1/environments/prod")):
        answer = shop.nobody.request(method, path, content=body, headers={**cookie, **headers, "Content-Type": kind})
        _refused(answer, 401, "MW-H013", cookie["Cookie"])
    assert _standing(shop) == before
    assert "access-control-allow-origin" not in answer.headers


def test_what_is_no_json_is_not_taken_for_it_from_our_own_pages_either(shop: Served, root: Path) -> None:
    cookie = {"Cookie": f"{SESSION_COOKIE}={_session(root)}", **_OWN}
    before = _standing(shop)
    for kind in ("text/plain", "application/x-www-form-urlencoded"):
        answer = shop.nobody.post(TOKENS, content='{"role": "viewer"}', headers={**cookie, "Content-Type": kind})
        assert answer.status_code in {415, 422}, answer.text
    assert _standing(shop) == before


def test_a_token_that_is_dropped_between_two_pages_reads_the_second_no_more(shop: Served, root: Path) -> None:
    made = create_token(open_workspace(root), TokenOptions(role="viewer"))
    client = shop.client(made.secret)
    rows = "/api/v1/products/sales.orders/ports/orders/data?limit=1"
    following = [client.get(rows).links["next"]["url"], client.get("/api/v1/datasets?limit=1").json()["links"]["next"]]
    assert [client.get(each).status_code for each in following] == [200, 200]
    revoke_token(open_workspace(root), made.token.id)
    for each in following:
        _refused(client.get(each), 401, "MW-H013", made.secret)


@contextmanager
def _listening(root: Path) -> Iterator[int]:
    """Serve on a socket, in a thread of this process, which looks at tokens often."""
    with open_server(root) as server, pytest.MonkeyPatch.context() as patch:
        patch.setattr(letting_in, "_ADMIT_S", 0.1)
        config = uvicorn.Config(new_application(server), http=BoundedProtocol, lifespan="off", log_config=None, port=0)
        running = uvicorn.Server(config)
        with closing(socket.create_server(("127.0.0.1", 0))) as listener:
            thread = threading.Thread(target=running.run, kwargs={"sockets": [listener]})
            thread.start()
            try:
                yield listener.getsockname()[1]
            finally:
                running.should_exit = True
                thread.join(60)


@pytest.mark.parametrize("ends", ["dropped", "too old"])
@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/api/v1/events/stream", None),
        ("POST", "/api/v1/query?format=csv", {"sql": "select * from sales.orders.orders"}),
        ("GET", "/api/v1/products/sales.orders/ports/orders/data?format=ndjson", None),
    ],
)
def test_an_answer_ends_with_its_token(large: Path, method: str, path: str, body: object, ends: str) -> None:
    workspace = open_workspace(large)
    made = create_token(workspace, TokenOptions(role="viewer", expires="3s" if ends == "too old" else None))
    with _listening(large) as port, closing(http.client.HTTPConnection("127.0.0.1", port, timeout=60)) as connection:
        headers = {"Authorization": f"Bearer {made.secret}", "Content-Type": "application/json"}
        connection.request(method, path, body=None if body is None else json.dumps(body), headers=headers)
        answer = connection.getresponse()
        if ends == "too old" and answer.status == 401:
            return  # so slow a machine
        assert answer.status == 200, answer.read()
        answer.read1(100)
        if ends == "dropped":
            revoke_token(workspace, made.token.id)
        threading.Event().wait(1 if ends == "dropped" else 3.5)
        try:
            rest = answer.read()
        except (http.client.IncompleteRead, ConnectionError):
            return  # cut off, and seen to be
        assert path.startswith("/api/v1/events"), f"{len(rest)} bytes, as if whole"
