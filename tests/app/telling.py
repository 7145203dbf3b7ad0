"""A mesh that tells of itself, and what tests of deliveries are made of."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from meshwright.app.deliveries import deliver
from meshwright.app.deliveries_dispatcher import Tally
from meshwright.app.environments import open_state_alone
from meshwright.app.scheduling_events import send_events
from meshwright.app.workspace import Workspace, open_workspace
from meshwright.state.protocol import State
from tests.meshes import SHOP, write_mesh
from tests.tools.web import Asked

_MESH = """
    meshwright: 1
    name: shop
    domains: [domains/*]
    params: {currency: EUR}
    http: {allow: [127.0.0.1/32]}
    """


def telling_shop(root: Path, **changed: str) -> Workspace:
    """The shop, whose webhooks may reach this machine."""
    return open_workspace(write_mesh(root, SHOP, mesh_DOT_yaml=_MESH, **changed))


@contextmanager
def state_of(workspace: Workspace) -> Iterator[State]:
    with open_state_alone(workspace, create=True) as opened:
        yield opened.state


def event(id_: str | None = None, type_: str = "org.example.x", **more: object) -> dict[str, object]:
    return {"specversion": "1.0", "id": id_ or uuid.uuid4().hex, "source": "/a", "type": type_, **more}


def send(workspace: Workspace, *events: dict[str, object]) -> None:
    send_events(workspace, json.dumps(list(events)).encode(), "test")


def deliver_all(workspace: Workspace) -> Tally:
    """Pass on what is due now."""
    return deliver(workspace, threading.Event(), is_until_idle=True)


@contextmanager
def delivering(workspace: Workspace) -> Iterator[threading.Event]:
    """Pass events on while the block runs."""
    stop = threading.Event()
    thread = threading.Thread(target=deliver, args=(workspace, stop))
    thread.start()
    try:
        yield stop
    finally:
        stop.set()
        thread.join()


def signed(asked: Asked, secret: str) -> str:
    """What a receiver reckons, as Standard Webhooks says."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    content = f"{asked.headers['webhook-id']}.{asked.headers['webhook-timestamp']}.".encode() + asked.body
    return "v1," + base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode()


def data_of(asked: Asked) -> Any:
    return json.loads(asked.body)
