"""What runs beside a server, killed and ended: nothing that was asked for is lost, and nothing is done twice."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.http.serving import Serving, serving, token
from tests.http.test_run_streams import SLOW, eventually, follow
from tests.meshes import write_file
from tests.postgres import Server

RUNS = "/api/v1/runs"


@pytest.fixture
def slow(root: Path) -> Path:
    """The shop, with a node that waits for a file."""
    write_file(root, "domains/sales/slow/wait.py", SLOW)
    pipeline = """
        params: {place: {type: string, default: /nowhere}}
        nodes: {slow: {python: "wait.py:build", as: none, refresh: always}}
        """
    write_file(root, "domains/sales/slow/pipeline.yaml", pipeline)
    return root


def ask(client: httpx.Client, gate: Path, key: str | None = None) -> str:
    headers = {} if key is None else {"Idempotency-Key": key}
    answer = client.post(RUNS, json={"select": "sales.slow", "params": {"place": str(gate)}}, headers=headers)
    assert answer.status_code == 202, answer.text
    return str(answer.json()["run_id"])


def run_of(client: httpx.Client, run_id: str) -> dict[str, Any]:
    found: dict[str, Any] = client.get(f"{RUNS}/{run_id}").json()
    return found


def has_begun(client: httpx.Client, run_id: str) -> bool:
    return any(line["text"] == "begun" for line in run_of(client, run_id)["log"])


def process_of(root: Path, run_id: str) -> int:
    with sqlite3.connect(root / ".meshwright/state.db") as database:
        query = "SELECT process FROM requested_runs WHERE run_id = ? ORDER BY number DESC"
        return int(json.loads(database.execute(query, (run_id,)).fetchone()[0])["pid"])


def workers_of(server: Serving) -> list[int]:
    tasks = Path(f"/proc/{server.process.pid}/task")
    return [int(pid) for task in tasks.iterdir() for pid in (task / "children").read_text().split()]


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.mark.slow
def test_a_worker_that_is_killed_is_started_again_and_takes_up_what_was_begun(slow: Path, tmp_path: Path) -> None:
    with serving(slow, folder=tmp_path) as server, server.client() as client:
        eventually(lambda: client.get("/readyz").json()["checks"]["worker"] == "ok")
        first = ask(client, tmp_path / "gate")
        eventually(lambda: has_begun(client, first))
        [worker] = workers_of(server)
        os.kill(worker, signal.SIGKILL)
        second = ask(client, tmp_path / "gate")
        eventually(lambda: workers_of(server) not in ([], [worker]))
        eventually(lambda: client.get("/readyz").status_code == 200)
        eventually(lambda: has_begun(client, second))
        (tmp_path / "gate").touch()
        for run_id in (first, second):
            assert follow(client, run_id)[-1].data["state"] == "succeeded"
            eventually(lambda run_id=run_id: run_of(client, run_id)["request"]["state"] == "ended")  # type: ignore[misc]
            assert run_of(client, run_id)["request"]["attempts"] == 1


@pytest.mark.slow
def test_a_worker_that_cannot_start_is_told_by_readyz(root: Path, tmp_path: Path) -> None:
    with serving(root, folder=tmp_path) as server, server.client() as client:
        eventually(lambda: client.get("/readyz").status_code == 200)
        for _ in range(3):
            eventually(lambda: workers_of(server))
            os.kill(workers_of(server)[0], signal.SIGKILL)
            eventually(lambda: client.get("/readyz").status_code == 503)
        assert "it is started again" in client.get("/readyz").json()["checks"]["worker"]
        eventually(lambda: client.get("/readyz").status_code == 200)


@pytest.mark.slow
def test_a_server_that_is_killed_takes_no_run_with_it_and_the_next_one_knows_its_keys(
    slow: Path, tmp_path: Path
) -> None:
    with serving(slow, folder=tmp_path) as server, server.client() as client:
        run_id = ask(client, tmp_path / "gate", "k1")
        eventually(lambda: has_begun(client, run_id))
        workers, run = workers_of(server), process_of(slow, run_id)
        server.process.kill()
        server.process.wait()
        eventually(lambda: not any(map(is_alive, workers)))
        assert is_alive(run)
    with serving(slow, folder=tmp_path) as server, server.client() as client:
        assert ask(client, tmp_path / "gate", "k1") == run_id
        assert run_of(client, run_id)["state"] == "running"
        (tmp_path / "gate").touch()
        assert follow(client, run_id)[-1].data["state"] == "succeeded"
        eventually(lambda: run_of(client, run_id)["request"]["state"] == "ended")
        assert ask(client, tmp_path / "gate", "k1") == run_id


@pytest.mark.slow
def test_a_server_that_is_asked_to_end_leaves_runs_to_the_next_one(slow: Path, tmp_path: Path) -> None:
    with serving(slow, "--parallel", "1", folder=tmp_path) as server, server.client() as client:
        begun = ask(client, tmp_path / "gate")
        eventually(lambda: has_begun(client, begun))
        waiting = ask(client, tmp_path / "gate")
        assert run_of(client, waiting)["state"] == "waiting"
        workers = workers_of(server)
        assert server.stop() == 0
        assert not any(map(is_alive, workers))
    (tmp_path / "gate").touch()
    with serving(slow, folder=tmp_path) as server, server.client() as client:
        for run_id in (begun, waiting):
            assert follow(client, run_id)[-1].data["state"] == "succeeded"


def test_a_run_that_is_killed_is_gone_on_with_unless_it_is_to_stop(slow: Path, tmp_path: Path) -> None:
    with serving(slow, folder=tmp_path) as server, server.client() as client:
        killed, stopped = ask(client, tmp_path / "gate"), ask(client, tmp_path / "never")
        for run_id in (killed, stopped):
            eventually(lambda run_id=run_id: has_begun(client, run_id))  # type: ignore[misc]
        pids = {run_id: process_of(slow, run_id) for run_id in (killed, stopped)}
        # One that hears nothing any more, so that it can only be killed.
        os.kill(pids[stopped], signal.SIGSTOP)
        assert client.post(f"{RUNS}/{stopped}/stop").status_code == 200
        for pid in pids.values():
            os.kill(pid, signal.SIGKILL)
        (tmp_path / "gate").touch()
        assert follow(client, killed)[-1].data["state"] == "succeeded"
        eventually(lambda: run_of(client, killed)["request"]["state"] == "ended")
        assert run_of(client, killed)["request"]["attempts"] == 2
        eventually(lambda: run_of(client, stopped)["request"]["state"] == "ended")
        assert run_of(client, stopped)["state"] == "interrupted"


@contextmanager
def worker(root: Path, folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    with (folder / "worker.err").open("ab") as errors:
        command = [sys.executable, "-m", "meshwright", "-C", str(root), "worker"]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=errors)
    try:
        yield process
    finally:
        process.terminate()
        process.wait(60)


@pytest.mark.slow
def test_two_servers_on_one_postgresql_answer_one_key_with_one_run(
    slow: Path, tmp_path: Path, postgres: Server
) -> None:
    with (slow / "mesh.yaml").open("a") as mesh:
        mesh.write(f'state: "{postgres.url(postgres.new_schema())}"\n')
    with ExitStack() as stack:
        servers = []
        for name in ("one", "two"):
            (tmp_path / name).mkdir()
            servers.append(stack.enter_context(serving(slow, "--api-only", folder=tmp_path / name)))
        secret = token(slow, "administrator")
        clients = [
            stack.enter_context(
                httpx.Client(base_url=each.url, headers={"Authorization": f"Bearer {secret}"}, timeout=60)
            )
            for each in servers
        ]
        (tmp_path / "gate").touch()
        with ThreadPoolExecutor(8) as pool:
            ids = set(pool.map(lambda number: ask(clients[number % 2], tmp_path / "gate", "k1"), range(16)))
        assert len(ids) == 1
        [run_id] = ids
        assert [run_of(client, run_id)["state"] for client in clients] == ["waiting", "waiting"]
        with worker(slow, tmp_path), worker(slow, tmp_path):
            ends = [follow(client, run_id)[-1].data for client in clients]
            assert [end["state"] for end in ends] == ["succeeded", "succeeded"]
            eventually(lambda: run_of(clients[0], run_id)["request"]["state"] == "ended")
        assert ask(clients[1], tmp_path / "gate", "k1") == run_id
        runs = clients[0].get(RUNS, params={"product": "sales.slow"}).json()["runs"]
        assert [run["run_id"] for run in runs] == [run_id]
