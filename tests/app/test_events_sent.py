"""`event send`, here and through a server: what is no event of the sender's own is refused before anything is taken in."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from meshwright.app.scheduling_events import event_batch, list_events, send_events
from meshwright.app.workspace import Workspace
from meshwright.diagnostics import MeshwrightError
from tests.app.telling import event, telling_shop

FORGED = event("forged", type_="meshwright.product.published")
DEEP = event("deep", meshwrightdepth="many")


@pytest.fixture
def shop(tmp_path: Path) -> Workspace:
    return telling_shop(tmp_path)


@pytest.mark.parametrize(("wrong", "code"), [(FORGED, "MW-B007"), (DEEP, "MW-S031")], ids=["forged", "deep"])
@pytest.mark.parametrize(
    "take",
    [send_events, lambda _shop, data, name: event_batch(data, name)],
    ids=["where the mesh lies", "for a server"],
)
def test_one_untrue_event_refuses_all(
    shop: Workspace, take: Callable[[Workspace, bytes, str], object], wrong: dict[str, object], code: str
) -> None:
    data = json.dumps([event("good"), wrong]).encode()
    with pytest.raises(MeshwrightError) as caught:
        take(shop, data, "test")
    assert caught.value.first.code == code
    assert list_events(shop, 10) == ()


def test_a_batch_for_a_server_holds_the_events_that_were_given() -> None:
    given = [event("1"), event("2", subject="s")]
    batch = json.loads(event_batch(json.dumps(given).encode(), "test"))
    assert [each["id"] for each in batch] == ["1", "2"]
    assert batch[1]["subject"] == "s"
