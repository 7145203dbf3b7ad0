"""A cursor that somebody made up is refused, or leads nowhere: no list trips over what is in it."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest

from meshwright.app import cursors
from meshwright.app.cursors import Seal
from meshwright.faces.http.application import openapi_document
from tests.http.serving import Served, served

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
    [pytest.param((None, 1), id="known"), pytest.param((0, -1, 2**62), id="made up", marks=pytest.mark.slow)],
)
def test_no_list_trips_over_a_cursor(
    shop: Served, path: str, generations: tuple[int | None, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    # As if somebody had the key, and could say of which list a cursor is.
    monkeypatch.setattr(cursors, "_name", lambda _of: "any")
    for generation in generations:
        for place in PLACES:
            cursor = shop.server.seal.text((), (place, generation))
            answer = shop.administrator.get(path, params=_asked(path, cursor))
            assert answer.status_code in {200, 400, 410, 422}, (place, generation, answer.text)
            if answer.status_code == 400:
                assert answer.json()["code"] == "MW-H020", (place, answer.text)


@pytest.mark.parametrize("path", LISTS)
def test_a_cursor_that_was_altered_is_refused(shop: Served, path: str) -> None:
    seal = shop.server.seal
    foreign = Seal(key=b"0" * 32)
    content, _, mark = seal.text(("another list",), ("sales", 1)).partition(".")
    values = json.loads(base64.urlsafe_b64decode(content + "=" * (-len(content) % 4)))
    later = base64.urlsafe_b64encode(json.dumps([*values[:-1], 2]).encode()).decode().rstrip("=")
    for cursor, told in (
        (f"{content}.{mark}", "another list"),
        (f"{later}.{mark}", "altered"),
        (f"{content}.{mark[:-1]}{'A' if mark[-1] != 'A' else 'Q'}", "altered"),
        (f"{content}.{mark[:-1]}", "altered"),
        (f"{content}.{mark}=", "altered"),
        (f"{content[:10]} {content[10:]}.{mark}", "altered"),
        (f"{content}.é", "altered"),
        (content, "altered"),
        (foreign.text(("another list",), ("sales", 1)), "altered"),
        ("", "altered"),
        (".", "altered"),
        ("é.é", "altered"),
    ):
        answer = shop.administrator.get(path, params=_asked(path, cursor))
        assert (answer.status_code, answer.json()["code"]) == (400, "MW-H020"), (cursor, answer.text)
        assert told in answer.json()["detail"]
        assert "begin again" in answer.json()["fix"]


def test_a_page_of_rows_is_no_other_either(shop: Served) -> None:
    path = "/api/v1/products/sales.orders/ports/orders/data?limit=1"
    link = shop.viewer.get(path).links["next"]["url"]
    assert shop.viewer.get(link).status_code == 200
    for forged in (link[:-1] + ("A" if link[-1] != "A" else "Q"), link[:-4], link.replace("cursor=", "cursor=W")):
        answer = shop.viewer.get(forged)
        assert (answer.status_code, answer.json()["code"]) == (400, "MW-H106"), answer.text
    listed = shop.viewer.get("/api/v1/datasets?limit=1").json()["next"]
    assert shop.viewer.get(f"{path}&cursor={listed}").json()["code"] == "MW-H106"


def test_cursors_are_good_after_a_restart(root: Path) -> None:
    with served(root) as before:
        following = before.viewer.get("/api/v1/datasets?limit=1").json()["links"]["next"]
    with served(root) as after:
        assert after.viewer.get(following).status_code == 200


def _asked(path: str, cursor: str) -> dict[str, str]:
    return {"cursor": cursor, **({"q": "orders"} if "search" in path else {})}
