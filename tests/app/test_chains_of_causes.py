"""Chains of causes: what starts a run stands in what the run tells, and what goes round for ever is stopped."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

from meshwright.app.apply import RunOptions, apply
from meshwright.app.deliveries import list_deliveries, replay_delivery
from meshwright.app.runs import list_runs
from meshwright.app.scheduling_events import send_events
from meshwright.app.scheduling_worker import WorkerOptions, work
from meshwright.app.subscriptions import SubscriptionOptions, create_subscription, list_subscriptions
from meshwright.app.workspace import Workspace
from meshwright.diagnostics import InputError, RefusedError
from meshwright.model import chains
from meshwright.model.firings import FiringState
from meshwright.model.subscriptions import DeliveryFilter, DeliveryState, EventFilter
from tests.app.telling import event, send, state_of, telling_shop
from tests.meshes import write_file
from tests.tools.web import Asked, Web, running_web

OWN = EventFilter(types=("meshwright.run.succeeded",), products=("sales.orders",))


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return telling_shop(tmp_path)


@pytest.fixture
def web() -> Iterator[Web]:
    with running_web() as found:
        yield found


def until_idle(workspace: Workspace) -> list[str]:
    said: list[str] = []
    for _ in range(4):  # what a delivery leads to is seen by the next look
        work(workspace, WorkerOptions(is_until_idle=True), said.append)
    return said


def told(workspace: Workspace, type_: str) -> list[dict[str, Any]]:
    with state_of(workspace) as state:
        found = [json.loads(each.document) for each in state.outbox.events_after(0)]
    return [each for each in found if each["type"] == type_]


def starting(product: str, **filter_: object) -> SubscriptionOptions:
    return SubscriptionOptions(start=product, filter=EventFilter(**filter_))  # type: ignore[arg-type]


def test_what_a_run_tells_says_what_it_was_started_by(workspace: Workspace) -> None:
    create_subscription(workspace, starting("sales.orders", types=("org.example.*",)))
    write_file(workspace.root, "domains/sales/totals/pipeline.yaml", "triggers: [{on: sales.orders}]\n")
    until_idle(workspace)
    send(workspace, event("first"))
    until_idle(workspace)
    published = told(workspace, "meshwright.product.published")
    assert [each["subject"] for each in published] == ["sales.orders", "sales.totals"]
    assert [each["meshwrightdepth"] for each in published] == [1, 2]
    assert {each["correlationid"] for each in published} == {"/a first"}
    assert [each["causationid"] for each in published] == ["/a first", "sales.orders@1"]
    for type_ in ("meshwright.run.started", "meshwright.run.succeeded"):
        assert [each["meshwrightdepth"] for each in told(workspace, type_)] == [1, 2]


def test_what_a_person_starts_is_no_part_of_a_chain(workspace: Workspace) -> None:
    apply(workspace, RunOptions(select=("sales.orders",)))
    assert not [each for each in told(workspace, "meshwright.product.published") if "meshwrightdepth" in each]


def test_products_that_would_start_each_other_are_refused_with_the_way(workspace: Workspace) -> None:
    first = create_subscription(workspace, starting("sales.totals", products=("sales.orders",)))
    with pytest.raises(RefusedError) as caught:
        create_subscription(workspace, starting("sales.orders", products=("sales.totals",)))
    assert caught.value.first.code == "MW-B015"
    assert caught.value.first.message == (
        f"products would start each other for ever: sales.orders starts sales.totals (subscription {first.subscription.id}), "
        "sales.totals starts sales.orders (this subscription)"
    )
    assert len(list_subscriptions(workspace)) == 1
    create_subscription(workspace, starting("sales.orders", products=("finance.report",)))


def test_a_circle_by_a_trigger_in_a_file_is_refused(workspace: Workspace) -> None:
    write_file(workspace.root, "domains/sales/totals/pipeline.yaml", "triggers: [{on: sales.orders}]\n")
    with pytest.raises(
        RefusedError, match=r"sales\.orders starts sales\.totals \(trigger sales\.totals:sales\.orders\)"
    ):
        create_subscription(workspace, starting("sales.orders", domains=("sales",)))


def test_a_receiver_that_sends_back_what_it_gets_goes_round_so_often_and_no_more(
    workspace: Workspace, web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chains, "MOST_DEPTH", 2)
    create_subscription(workspace, starting("sales.orders", types=("org.example.*",)))
    create_subscription(workspace, SubscriptionOptions(sink=web.url, filter=OWN))

    def echo(asked: Asked) -> tuple[int, dict[str, str], bytes]:
        """Send another event for each, with the extension attributes that came: as headers they are text."""
        names = [name for name in ("meshwrightdepth", "correlationid") if f"ce-{name}" in asked.headers]
        passed = {name: unquote(asked.headers[f"ce-{name}"]) for name in names}
        send_events(workspace, json.dumps(event(asked.headers["webhook-id"], **passed)).encode(), "echo")
        return 200, {}, b""

    web.answer = echo
    send(workspace, event("first"))
    said = until_idle(workspace)
    assert len(list_runs(workspace, 100)) == len(web.asked) == 2
    [stopped] = told(workspace, "meshwright.chain.stopped")
    assert (stopped["subject"], stopped["data"]["depth"], stopped["data"]["correlation"]) == (
        "sales.orders",
        2,
        "/a first",
    )
    [dead] = list_deliveries(workspace, DeliveryFilter(state=DeliveryState.DEAD))
    assert "runs were started one after the other" in dead.tries[0].error
    assert any(dead.id in line and "one after the other" in line for line in said)
    with pytest.raises(RefusedError, match="started no run"):
        replay_delivery(workspace, dead.id)


def test_a_trigger_starts_nothing_at_the_end_of_a_chain(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chains, "MOST_DEPTH", 1)
    text = "triggers: [{event: org.example.*, name: told}, {on: sales.orders, name: published}]\n"
    write_file(workspace.root, "domains/sales/totals/pipeline.yaml", text)
    create_subscription(workspace, starting("sales.orders", types=("org.example.x",)))
    until_idle(workspace)
    send(workspace, event("deep", "org.example.y", meshwrightdepth=1), event("first", "org.example.x"))
    said = until_idle(workspace)
    with state_of(workspace) as state:
        ended = {each.events: (each.state, each.reason) for each in state.schedules.firings("prod", limit=10)}
    assert ended["/a deep",][0] is ended["sales.orders@1",][0] is FiringState.FAILED
    assert "runs were started one after the other, the first by /a first" in ended["sales.orders@1",][1]
    stopped = told(workspace, "meshwright.chain.stopped")
    assert sorted(each["data"]["trigger"] for each in stopped) == ["sales.totals:published", "sales.totals:told"]
    assert len([line for line in said if "starts no run" in line]) == 2


@pytest.mark.parametrize("depth", ["x", "-1", -1, True, "1" * 20, "1.5"])
def test_an_event_that_does_not_say_how_long_its_chain_is_is_refused(workspace: Workspace, depth: object) -> None:
    with pytest.raises(InputError, match="no whole number from 0") as caught:
        send(workspace, event("1"), event("2", meshwrightdepth=depth))
    assert caught.value.first.code == "MW-S031"
    with state_of(workspace) as state:
        assert state.outbox.last_number() == 0


def test_a_run_takes_parameters_from_its_event_and_a_wrong_one_starts_nothing(workspace: Workspace) -> None:
    text = "params: {least: {type: integer, default: 0}}\nnodes:\n  raw_orders: {source: {path: data/orders.csv, format: csv}}\n"
    write_file(workspace.root, "domains/sales/orders/pipeline.yaml", text)
    model = "select order_id, customer, amount, placed from raw_orders where amount > $least\n"
    write_file(workspace.root, "domains/sales/orders/models/orders.sql", model)
    taking = SubscriptionOptions(
        start="sales.orders",
        filter=EventFilter(types=("org.example.*",)),
        params_from={"least": "data.least"},
        params={"currency": "USD"},
    )
    create_subscription(workspace, taking)
    send(workspace, event("no"), event("text", data={"least": "many"}), event("good", data={"least": 6}))
    said = until_idle(workspace)
    [run] = list_runs(workspace, 100)
    assert json.loads(run.options)["params"] == {"least": "6", "currency": "USD"}
    found = {each.event_id: each for each in list_deliveries(workspace, DeliveryFilter())}
    assert {id_: each.state for id_, each in found.items()} == {
        "no": DeliveryState.DEAD,
        "text": DeliveryState.DEAD,
        "good": DeliveryState.STARTED,
    }
    assert found["no"].tries[0].error == "no run was started: the event has no 'data.least'"
    assert "type integer, not 'many', which the event holds at 'data.least'" in found["text"].tries[0].error
    assert len([line for line in said if "no run was started" in line]) == 2


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"params_from": {"nope": "data.x"}}, "no parameter 'nope'"),
        ({"params_from": {"currency": "data..x"}}, "no place in an event"),
        ({"params_from": {"currency": "Subject"}}, "no place in an event"),
        ({"params_from": {"currency": "$.data.x"}}, "no place in an event"),
        ({"params_from": {"currency": "subject"}, "params": {"currency": "EUR"}}, "has a value, and is taken"),
    ],
)
def test_parameters_that_cannot_be_taken_are_refused(
    workspace: Workspace, options: dict[str, object], words: str
) -> None:
    with pytest.raises(InputError, match=words):
        create_subscription(workspace, SubscriptionOptions(start="sales.orders", **options))  # type: ignore[arg-type]
    assert list_subscriptions(workspace) == ()
