"""A real Prefect server with flows that it serves, for a session of tests."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.tools.installed import tool_bin

_PATIENCE_S = 120


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


@contextmanager
def running_prefect() -> Iterator[str]:
    """Give the address of its API."""
    programs = tool_bin("prefect")
    port = free_port()
    url = f"http://127.0.0.1:{port}/api"
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        variables = os.environ | {
            "PREFECT_HOME": str(home), "PREFECT_API_URL": url, "PREFECT_SERVER_ANALYTICS_ENABLED": "false", "DO_NOT_TRACK": "1",
            "PREFECT_LOGGING_TO_API_BATCH_INTERVAL": "0.2", "PREFECT_RUNNER_POLL_FREQUENCY": "1",
            "PREFECT_SERVER_SERVICES_LATE_RUNS_LOOP_SECONDS": "1", "PREFECT_SERVER_SERVICES_LATE_RUNS_AFTER_SECONDS": "2",
            "PREFECT_WORKER_QUERY_SECONDS": "1",
        }  # fmt: skip
        variables.pop("PYTHONPATH", None)
        flows = Path(__file__).with_name("flows.py")

        def started(*words: str) -> subprocess.Popen:
            with (home / f"{Path(words[0]).name}.log").open("wb") as log:
                return subprocess.Popen(
                    words, env=variables, cwd=flows.parent, stdout=log, stderr=subprocess.STDOUT, start_new_session=True
                )

        def prefect(*words: str) -> None:
            subprocess.run([programs / "prefect", *words], env=variables, check=True, capture_output=True, timeout=60)

        begun = [started(str(programs / "prefect"), "server", "start", "--host", "127.0.0.1", "--port", str(port))]
        try:
            _wait(f"{url}/health", begun[0], home)
            prefect("work-pool", "create", "nobody", "--type", "process")
            subprocess.run(
                [programs / "python", flows, "alone"], env=variables, check=True, capture_output=True, timeout=60
            )
            begun.append(started(str(programs / "python"), str(flows), "served"))
            _wait(f"{url}/deployments/name/waiting/main", begun[1], home)
            yield url
        finally:
            for each in reversed(begun):
                with suppress(ProcessLookupError):
                    os.killpg(each.pid, signal.SIGTERM)
                try:
                    each.wait(10)
                except subprocess.TimeoutExpired:
                    os.killpg(each.pid, signal.SIGKILL)
                    each.wait()


def _wait(url: str, process: subprocess.Popen, home: Path) -> None:
    until = time.monotonic() + _PATIENCE_S
    while time.monotonic() < until:
        assert process.poll() is None, "\n".join(path.read_text() for path in home.glob("*.log"))
        with suppress(OSError), urllib.request.urlopen(url, timeout=2):
            return
        time.sleep(0.2)
    raise AssertionError("Prefect did not start:\n" + "\n".join(path.read_text() for path in home.glob("*.log")))
