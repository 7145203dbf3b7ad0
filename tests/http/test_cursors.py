"""A cursor that somebody made up is refused, or leads nowhere: no list trips over what is in it."""

from __future__ import annotations

import pytest

from meshwright.faces.http import paging
from meshwright.faces.http.application import openapi_document
from tests.http.serving import Served

LISTS = sorted(
    template.format(product="sales.orders", dataset="sales.orders.orders", run_id="20260101T000000-abcdef")
    for template, item in openapi_document()["paths"].items()
    if any(each["name"] == "cursor" for each in item.get("get", {}).get("parameters", ())) and "{port}" not in template
)
PLACES = [
    "", "x", "-1", "1.5", "²", "\u0661", "9" * 30, "9" * 18, "\x00", "\ud800", "a" * 1000, "1.1 a", "9999999999999999999999.1 a",
    "nowhen a", "2026-13-01T00:00:00+00:00 a", "2026-01-01T00:00:00 a", "0001-01-01T00:00:00+00:00 a",
    "9999-12-31T23:59:59-23:59 a", " ", "2026-01-01T00:00:00+00:00 ",
]  # fmt: skip


def test_there_are_lists() -> None:
    assert len(LISTS) >= 12


@pytest.mark.parametrize("path", LISTS)
@pytest.mark.parametrize(
    "generations",
    [pytest.param((None, 1), id="known"), pytest.param((0, -1, 2**62, 2**70), id="made up", marks=pytest.mark.slow)],
)
def test_no_list_trips_over_a_cursor(
    shop: Served, path: str, generations: tuple[int | None, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    # Of which list a cursor is, who makes one up can say as well.
    monkeypatch.setattr(paging, "_name", lambda _query: "any")
    for generation in generations:
        for place in PLACES:
            cursor = paging.encode_cursor(paging.Cursor(after=place, generation=generation), ())
            answer = shop.administrator.get(
                path, params={"cursor": cursor, **({"q": "orders"} if "search" in path else {})}
            )
            assert answer.status_code in {200, 400, 410}, (place, generation, answer.text)
            if answer.status_code == 400:
                assert answer.json()["code"] == "MW-H020", (place, answer.text)
