"""Bodies that are not as documented: what is wrong names the place and the fields that are taken."""

from __future__ import annotations

import pytest

from tests.http.conftest import Served


@pytest.mark.parametrize(
    ("path", "body", "message", "fix"),
    [
        ("/runs", {"selct": "x"}, "no field 'selct' in the body", "did you mean 'select'? fields: environment, "),
        (
            "/subscriptions",
            {"types": ["a"], "start": {"product": "sales.orders", "prodct": 1}},
            "no field 'prodct' in the body at 'start'",
            "did you mean 'product'? fields: environment, ",
        ),
        ("/query", {}, "body sql: Field required", "the OpenAPI document"),
        ("/query", [], "body: Input should be a valid dictionary", "the OpenAPI document"),
    ],
)
def test_a_fault_of_a_body_says_where_it_is_and_what_is_taken(
    shop: Served, path: str, body: object, message: str, fix: str
) -> None:
    answer = shop.administrator.post(f"/api/v1{path}", json=body)
    assert answer.status_code == 422, answer.text
    assert answer.json()["detail"].startswith(message)
    assert answer.json()["fix"].startswith(fix)


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ("application/x-www-form-urlencoded", "the body came as 'application/x-www-form-urlencoded'"),
        ("text/plain; charset=utf-8", "the body came as 'text/plain'"),
        (None, "the body came without a Content-Type"),
    ],
)
def test_a_body_that_nobody_calls_json_says_which_header_is_needed(
    shop: Served, said: str | None, message: str
) -> None:
    answer = shop.administrator.post(
        "/api/v1/query", content=b'{"sql": "select 1 as a"}', headers={"Content-Type": said} if said else {}
    )
    assert answer.status_code == 422, answer.text
    assert (answer.json()["code"], answer.json()["detail"]) == ("MW-H010", message)
    assert answer.json()["fix"] == "send JSON, with the header 'Content-Type: application/json'"


@pytest.mark.parametrize(
    ("path", "location"),
    [
        ("/products/sales.orders", "/api/v1/products/sales.orders"),
        ("/products/sales.orders/", "/api/v1/products/sales.orders"),
        ("/products/a%20b?env=x&y=%20", "/api/v1/products/a%20b?env=x&y=%20"),
        ("/api/v1/products/", "/api/v1/products"),
        ("/api/v1/", "/api/v1"),
    ],
)
def test_json_of_an_object_is_found_from_the_path_of_its_page(shop: Served, path: str, location: str) -> None:
    answer = shop.nobody.get(path, headers={"Accept": "application/json"}, follow_redirects=False)
    assert (answer.status_code, answer.headers.get("location")) == (303, location)


@pytest.mark.parametrize("path", ["/", "/nothing", "/products/a/b/c", "/api/v1/nothing/"])
def test_what_is_nowhere_is_not_found_elsewhere(shop: Served, path: str) -> None:
    answer = shop.nobody.get(path, headers={"Accept": "application/json"}, follow_redirects=False)
    assert answer.status_code == 404
    assert answer.json()["code"] == "MW-H018"


def test_who_asks_for_a_page_is_told_where_the_json_is(shop: Served) -> None:
    answer = shop.nobody.get("/products/sales.orders", headers={"Accept": "text/html, application/json;q=0.9"})
    assert (answer.status_code, answer.json()["code"]) == (404, "MW-H018")
    assert "/api/v1/products/sales.orders" in answer.json()["fix"]


def test_an_order_with_a_minus_says_how_it_is_written(shop: Served) -> None:
    answer = shop.administrator.get("/api/v1/products/sales.orders/ports/orders/data", params={"order": "-amount"})
    assert (answer.status_code, answer.json()["code"]) == (400, "MW-H101")
    assert answer.json()["fix"] == "write 'amount desc' for the greatest first"
