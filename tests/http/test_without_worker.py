"""Where no worker is running, whoever asks for a run or a promotion is told so: never a silent wait."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from meshwright.app.clock import utc_now
from meshwright.app.opened import open_mesh
from meshwright.app.processes import holder_of_process, this_holder
from meshwright.app.sandboxes import SandboxWish, create_sandbox
from meshwright.app.workspace import open_workspace
from tests.http.serving import Served, serving, token, working
from tests.http.test_promotions_by_url import changed

RUNS = "/api/v1/runs"
PROMOTE = "/api/v1/environments/box/promote"


def lease(root: Path, holder: str, ttl_s: float) -> None:
    """Be seen as a worker is."""
    with open_mesh(open_workspace(root), "prod", create_state=True) as opened:
        assert opened.state.writer.take_lease("scheduler:qa", holder, utc_now(), ttl_s) is not None


def warned(answer: httpx.Response) -> list[str]:
    assert answer.status_code == 202, answer.text
    return [each["code"] for each in answer.json()["warnings"]]


def measured(client: httpx.Client) -> dict[str, float]:
    lines = client.get("/metrics").text.splitlines()
    pairs = [line.split() for line in lines if line.startswith(("meshwright_worker", "meshwright_runs"))]
    return {name: float(value) for name, value in pairs}


def test_who_asks_is_told_that_no_worker_is_running(shop: Served) -> None:
    create_sandbox(open_workspace(shop.root), SandboxWish(name="box"))
    client = shop.administrator
    asked = client.post(RUNS, json={"select": "sales.orders"}, headers={"Idempotency-Key": "k"})
    assert warned(asked) == ["MW-H314"]
    assert "mw worker" in asked.json()["warnings"][0]["fix"]
    text = client.post(RUNS, json={}, headers={"Accept": "text/plain"}).text
    assert "MW-H314 queued: no worker is running" in text
    assert measured(client) == {"meshwright_runs_waiting": 2.0, "meshwright_worker_seen": 0.0}
    with working(shop.root):
        ended = client.post(
            RUNS, json={"select": "sales.orders"}, headers={"Idempotency-Key": "k", "Prefer": "wait=300"}
        )
    assert ended.status_code == 200, ended.text
    again = client.post(RUNS, json={"select": "sales.orders"}, headers={"Idempotency-Key": "k"})
    assert warned(again) == [], "it waits for nobody any more"


def test_a_worker_is_seen_by_its_lease_and_missed_when_it_is_gone(shop: Served) -> None:
    client = shop.administrator
    lease(shop.root, this_holder(), ttl_s=30)
    assert warned(client.post(RUNS, json={"select": "sales.orders"})) == []
    assert measured(client)["meshwright_worker_seen"] == 1.0
    with open_mesh(open_workspace(shop.root), "prod") as opened:
        held = opened.state.reader.lease("scheduler:qa")
        assert held is not None
        opened.state.writer.release_lease(held)
    assert warned(client.post(RUNS, json={"select": "sales.orders"})) == ["MW-H314"]
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        lease(shop.root, holder_of_process(process.pid), ttl_s=30)
        assert warned(client.post(RUNS, json={"select": "sales.orders"})) == []
        process.kill()
    assert warned(client.post(RUNS, json={"select": "sales.orders"})) == ["MW-H314"], "killed, its lease not expired"


@pytest.mark.parametrize("words", [("run", "sales.orders", "--retest"), ("promote", "box"), ("run", "--quiet")])
def test_a_command_says_what_it_waits_for_and_goes_on_when_a_worker_comes(
    root: Path, tmp_path: Path, *, words: tuple[str, ...]
) -> None:
    create_sandbox(open_workspace(root), SandboxWish(name="box"))
    changed(root)
    with serving(root, "--api-only", folder=tmp_path) as server:
        command = [sys.executable, "-m", "meshwright", "--server", server.url, *words, "--json"]
        environment = {**os.environ, "MESHWRIGHT_TOKEN": token(root, "administrator")}
        with subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
        ) as process:
            assert process.stderr is not None
            told = ""
            while "fix:" not in told:
                line = process.stderr.readline()
                assert line, f"it ended: {told}"
                told += line
            assert "MW-H314 queued: no worker is running" in told
            assert "mw worker" in told
            with working(root):
                out, err = process.communicate(timeout=300)
        assert process.returncode == 0, err
        assert '"run_id"' in out
