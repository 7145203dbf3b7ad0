"""Events with the JavaScript SDK of CloudEvents and the library of Standard Webhooks: both sides that are not ours, run by Node."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.http.serving import Serving, serving, token
from tests.meshes import SHOP, write_mesh
from tests.tools.installed import tool_place

pytestmark = pytest.mark.tools

_PROGRAMS = Path(__file__).parent / "projects" / "cloudevents"
_MESH = "meshwright: 1\nname: shop\ndomains: [domains/*]\nparams: {currency: EUR}\nhttp: {allow: [127.0.0.1/32]}\n"
SECRET = "whsec_bWVzaHdyaWdodCBhbmQgbm9kZSBhZ3JlZQ=="


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Serving]:
    root = write_mesh(tmp_path / "mesh", SHOP, mesh_DOT_yaml=_MESH)
    with serving(root, folder=tmp_path, environment={"MESHWRIGHT_WEBHOOK_NODE": SECRET}) as found:
        yield found


def node(program: str, *words: str, **variables: str) -> subprocess.Popen[str]:
    modules = tool_place("cloudevents_npm") / "node_modules"
    environment = {**os.environ, "NODE_PATH": str(modules), **variables}
    command = ["node", str(_PROGRAMS / program), *words]
    return subprocess.Popen(command, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def listed(client: httpx.Client) -> dict[str, dict[str, Any]]:
    found = client.get("/api/v1/events", params={"source": "/node"}).json()["events"]
    return {each["event"]["id"]: each["event"] for each in found}


def test_the_sdk_sends_in_every_mode_and_what_it_sends_comes_in_once(server: Serving) -> None:
    sender = node("send.cjs", f"{server.url}/api/v1/events", TOKEN=token(server.root, "administrator"))
    said, errors = sender.communicate(timeout=120)
    assert sender.returncode == 0, errors
    assert [(each["new"], each["known"]) for each in json.loads(said)] == [(1, 0), (1, 0), (1, 0), (2, 0), (0, 1)]
    with server.client("viewer") as client:
        found = listed(client)
    assert found["binary"]["data"] == {"n": 1, "text": "ü"}
    assert (found["binary"]["region"], found["binary"]["subject"]) == ("eu", "s")
    assert found["structured"]["data"] == {"n": 2, "list": [1, None]}
    assert found["bytes"]["data_base64"] == "AP8="
    assert (found["first"]["data"], found["second"]["data"]) == (1, "text")


@contextmanager
def receiving(secret: str) -> Iterator[tuple[str, Iterator[dict[str, Any]]]]:
    """Run the receiver; give its address, and what it says of each request."""
    receiver = node("receive.cjs", SECRET=secret)
    try:
        assert receiver.stdout is not None
        port = int(receiver.stdout.readline())
        yield f"http://127.0.0.1:{port}/", map(json.loads, receiver.stdout)
    finally:
        receiver.kill()
        receiver.communicate()


@pytest.mark.parametrize("mode", ["binary", "structured"])
def test_the_sdk_reads_and_the_library_verifies_what_we_send(server: Serving, mode: str) -> None:
    with server.client() as client, receiving(SECRET) as (url, said):
        wish = {"sink": url, "mode": mode, "environments": ["*"], "secret": "${env:MESHWRIGHT_WEBHOOK_NODE}"}
        client.post("/api/v1/subscriptions", json=wish | {"types": ["org.example.*"]}).raise_for_status()
        sent = {
            "specversion": "1.0",
            "id": "1",
            "source": "/a",
            "type": "org.example.x",
            "region": "eu",
            "subject": "s",
        }
        content = {**sent, "data": {"n": 1, "text": "ü"}}
        headers = {"Content-Type": "application/cloudevents+json"}
        client.post("/api/v1/events", content=json.dumps(content), headers=headers).raise_for_status()
        found = next(said)
        assert found["valid"] is True
        assert {name: found["event"][name] for name in sent} == sent
        assert found["event"]["data"] == {"n": 1, "text": "ü"}
        client.post("/api/v1/subscriptions", json=wish | {"types": ["meshwright.product.published"]}).raise_for_status()
        client.post("/api/v1/runs", json={"select": "sales.orders"}).raise_for_status()
        found = next(said)
        assert (found["valid"], found["event"]["data"]["product"]) == (True, "sales.orders")
        assert found["event"]["type"] == "meshwright.product.published"


def test_the_library_refuses_what_another_secret_signed(server: Serving) -> None:
    with server.client() as client, receiving(SECRET) as (url, said):
        wish = {"sink": url, "environments": ["*"], "types": ["org.example.*"], "attempts": 1}
        client.post("/api/v1/subscriptions", json=wish).raise_for_status()
        headers = {"ce-specversion": "1.0", "ce-id": "1", "ce-source": "/a", "ce-type": "org.example.x"}
        client.post("/api/v1/events", headers=headers).raise_for_status()
        assert "No matching signature found" in next(said)["error"]
