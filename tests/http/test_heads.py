"""HEAD and the methods of a path: what answers GET answers HEAD with the same headers, and nothing behind them."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from meshwright.faces.http.application import openapi_document
from tests.http.serving import Served, serving

#: Of a request, and of when it was.
_OWN = {"date", "x-request-id", "transfer-encoding"}
_NAMES = {
    "{product}": "sales.orders", "{dataset}": "sales.orders.orders", "{domain}": "sales", "{port}": "orders",
    "{environment}": "prod", "{object}": "sales.orders.orders", "{thing}": "sales.orders", "{address}": "sales.orders.orders",
}  # fmt: skip


def _paths() -> list[str]:
    found = []
    for template, item in openapi_document()["paths"].items():
        if "get" in item and "stream" not in template:
            path = template
            for name, value in _NAMES.items():
                path = path.replace(name, value)
            needed = [
                each for each in item["get"].get("parameters", ()) if each.get("required") and each["in"] == "query"
            ]
            found.append(path + ("?" + "&".join(f"{each['name']}=orders" for each in needed) if needed else ""))
    return sorted(found)


@pytest.mark.parametrize("path", _paths())
def test_head_is_get_without_its_body(shop: Served, path: str) -> None:
    got, headed = shop.administrator.get(path), shop.administrator.head(path)
    assert headed.status_code == got.status_code
    assert headed.content == b""
    if got.status_code == 200 and not path.startswith(("/metrics", "/readyz")) and "generated" not in got.text:
        assert _without(headed) == _without(got)


def _without(answer: httpx.Response) -> dict[str, str]:
    return {name: value for name, value in answer.headers.items() if name not in _OWN}


def test_head_of_what_goes_on_for_ever_ends(root: Path, tmp_path: Path) -> None:
    with serving(root, folder=tmp_path) as server, server.client() as client:
        for _ in range(30):  # more than the streams that one caller may hold
            answer = client.head("/api/v1/events/stream")
            assert (answer.status_code, answer.content) == (200, b"")
            assert answer.headers["content-type"].startswith("text/event-stream")
        answer = client.head("/api/v1/products/nowhere.nothing")
        assert (answer.status_code, answer.content) == (404, b"")
        assert client.get("/api/v1/self").status_code == 200


def test_head_needs_what_get_needs(shop: Served) -> None:
    assert shop.nobody.head("/api/v1/products").status_code == 401
    assert shop.viewer.head("/api/v1/tokens").status_code == shop.viewer.get("/api/v1/tokens").status_code == 403


@pytest.mark.parametrize(
    ("path", "allowed"),
    [("/api/v1/tokens", "GET, HEAD, POST"), ("/api/v1/query", "POST"), ("/api/v1/products", "GET, HEAD")],
)
def test_a_method_that_is_not_there_is_told_which_are(shop: Served, path: str, allowed: str) -> None:
    answer = shop.administrator.request("PATCH", path)
    assert (answer.status_code, answer.json()["code"], answer.headers["allow"]) == (405, "MW-H019", allowed)
