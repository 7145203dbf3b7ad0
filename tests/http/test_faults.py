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
