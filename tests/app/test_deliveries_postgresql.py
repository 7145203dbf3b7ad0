"""Deliveries with the state on a server: writers and dispatchers at once, nothing lost, nothing twice."""

from __future__ import annotations

import threading
from pathlib import Path

from meshwright.app.apply import RunOptions, apply
from meshwright.app.deliveries import list_deliveries
from meshwright.app.subscriptions import SubscriptionOptions, create_subscription
from meshwright.app.workspace import open_workspace
from meshwright.model.subscriptions import DeliveryFilter, DeliveryState, EventFilter
from tests.app.telling import delivering, event, send
from tests.app.test_deliveries import until
from tests.meshes import write_mesh
from tests.postgres import Server
from tests.tools.web import running_web


def test_writers_and_dispatchers_at_once_deliver_each_event_once_in_order(tmp_path: Path, postgres: Server) -> None:
    mesh = f"""
        meshwright: 1
        name: shop
        domains: [domains/*]
        params: {{currency: EUR}}
        state: "{postgres.url(postgres.new_schema())}"
        http: {{allow: [127.0.0.1/32]}}
        """
    workspace = open_workspace(write_mesh(tmp_path, mesh_DOT_yaml=mesh))

    def write(name: str) -> None:
        for number in range(25):
            send(workspace, event(f"{name}{number:02}", subject=name))

    with running_web() as web:
        wanted = EventFilter(types=("org.example.*", "meshwright.product.published"))
        create_subscription(workspace, SubscriptionOptions(sink=web.url, filter=wanted, timeout="60s"))
        writers = [threading.Thread(target=write, args=(name,)) for name in "abc"]
        with delivering(workspace), delivering(workspace):
            for writer in writers:
                writer.start()
            apply(workspace, RunOptions())
            for writer in writers:
                writer.join()
            until(lambda: len(web.asked) >= 78)
            until(lambda: not list_deliveries(workspace, DeliveryFilter(state=DeliveryState.WAITING)))
    ids = [asked.headers["ce-id"] for asked in web.asked]
    assert len(ids) == len(set(ids)) == 78
    for name in "abc":
        assert [each for each in ids if each[0] == name] == [f"{name}{number:02}" for number in range(25)]
