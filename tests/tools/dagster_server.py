"""A real Dagster on loopback: its web server, which starts the code's server, with SQLite. Runs are launched at once."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from tests.tools.ending import end_all_in
from tests.tools.installed import tool_bin

CODE = Path(__file__).parent / "dagster_code" / "code.py"
#: Without the queue, and so without the daemon.
_INSTANCE = """
run_coordinator: {module: dagster.core.run_coordinator, class: DefaultRunCoordinator}
telemetry: {enabled: false}
"""


@dataclass(frozen=True)
class DagsterServer:
    url: str

    def options(self, job: str, **more: object) -> dict:
        return {"url": self.url, "job": job, **more}

    def ask(self, query: str) -> dict:
        body = json.dumps({"query": query}).encode()
        request = urllib.request.Request(f"{self.url}/graphql", body, {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=30) as reply:
            return json.load(reply)["data"]

    def runs(self, job_id: str) -> list[dict]:
        tag = f'{{key: "meshwright/job", value: "{job_id}"}}'
        found = "... on Runs { results { runId status tags { key value } } }"
        query = f"{{ runsOrError(filter: {{tags: [{tag}]}}) {{ {found} }} }}"
        return self.ask(query)["runsOrError"]["results"]


@contextmanager
def running_dagster(folder: Path) -> Iterator[DagsterServer]:
    """Start the web server, and end it with all that it started."""
    programs = tool_bin("dagster")
    (folder / "dagster.yaml").write_text(_INSTANCE)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    variables = {
        "PATH": f"{programs}:{os.environ['PATH']}",
        "HOME": str(folder),
        "DAGSTER_HOME": str(folder),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    command = [programs / "dagster-webserver", "-h", "127.0.0.1", "-p", str(port), "-f", str(CODE)]
    with (folder / "server.log").open("wb") as log:
        process = subprocess.Popen(command, env=variables, stdout=log, stderr=log, stdin=subprocess.DEVNULL, cwd=folder)
    try:
        server = DagsterServer(f"http://127.0.0.1:{port}")
        until = time.monotonic() + 300
        while not _is_ready(server):
            assert time.monotonic() < until, f"Dagster did not start:\n{(folder / 'server.log').read_text()[-4000:]}"
            time.sleep(0.5)
        yield server
    finally:
        end_all_in(folder)
        process.wait()


def _is_ready(server: DagsterServer) -> bool:
    with suppress(urllib.error.URLError, ConnectionError):
        found = server.ask("{ repositoriesOrError { ... on RepositoryConnection { nodes { name } } } }")
        return bool(found["repositoriesOrError"].get("nodes"))
    return False
