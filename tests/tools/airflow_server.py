"""A real Airflow on loopback, of its three processes, with SQLite: started for the first test that wants one."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from tests.tools.ending import end_all_in
from tests.tools.installed import tool_bin

DAGS = Path(__file__).parent / "airflow_dags"
_PASSWORDS = {"ana": "canary-ana", "vera": "canary-vera"}
_BROKEN = "from airflow.sdk import dag\nimport nothing_there\n"


@dataclass(frozen=True)
class AirflowServer:
    url: str
    token: str

    def options(self, dag: str, **more: object) -> dict:
        return {"url": self.url, "dag": dag, "username": "ana", "password": _PASSWORDS["ana"], **more}

    def ask(self, path: str, body: object = None, method: str | None = None) -> dict:
        return _ask(f"{self.url}{path}", body, method=method, token=self.token)

    def runs(self, dag: str) -> list[str]:
        return [each["dag_run_id"] for each in self.ask(f"/api/v2/dags/{dag}/dagRuns")["dag_runs"]]


@contextmanager
def running_airflow(folder: Path) -> Iterator[AirflowServer]:
    """Start an API server, a scheduler and a DAG processor, and end them with all that they started."""
    programs = tool_bin("airflow")
    shutil.copytree(DAGS, folder / "dags")
    (folder / "dags" / "broken.py").write_text(_BROKEN)
    (folder / "passwords.json").write_text(json.dumps(_PASSWORDS))
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    variables = _variables(folder, programs, port)
    subprocess.run([programs / "airflow", "db", "migrate"], env=variables, check=True, capture_output=True)
    started = []
    try:
        for name in ("api-server", "scheduler", "dag-processor"):
            with (folder / f"{name}.log").open("wb") as log:
                command = [programs / "airflow", name]
                started.append(
                    subprocess.Popen(
                        command, env=variables, stdout=log, stderr=log, stdin=subprocess.DEVNULL, cwd=folder
                    )
                )
        yield _ready(f"http://127.0.0.1:{port}", folder)
    finally:
        end_all_in(folder)
        for process in started:
            process.wait()


def _variables(folder: Path, programs: Path, port: int) -> Mapping[str, str]:
    url = f"http://127.0.0.1:{port}"
    settings = {
        "CORE__DAGS_FOLDER": str(folder / "dags"),
        "CORE__LOAD_EXAMPLES": "False",
        "CORE__EXECUTOR": "LocalExecutor",
        "CORE__PARALLELISM": "2",
        "CORE__EXECUTION_API_SERVER_URL": f"{url}/execution/",
        "CORE__SIMPLE_AUTH_MANAGER_USERS": "ana:admin,vera:viewer",
        "CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(folder / "passwords.json"),
        "DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{folder}/airflow.db",
        "API__HOST": "127.0.0.1",
        "API__PORT": str(port),
        "API__BASE_URL": url,
        "API__WORKERS": "1",
        "API_AUTH__JWT_SECRET": "0123456789" * 7,
        "DAG_PROCESSOR__REFRESH_INTERVAL": "5",
        "SCHEDULER__SCHEDULER_IDLE_SLEEP_TIME": "0.5",
        "WORKERS__EXECUTION_API_TIMEOUT": "60",  # tasks fail where a busy machine answers them late
    }
    return {
        "PATH": f"{programs}:{os.environ['PATH']}",
        "HOME": str(folder),
        "AIRFLOW_HOME": str(folder),
        "PYTHONDONTWRITEBYTECODE": "1",
        **{f"AIRFLOW__{name}": value for name, value in settings.items()},
    }


def _ready(url: str, folder: Path) -> AirflowServer:
    """Wait until the DAGs are there, and the file that is broken is known to be."""
    until = time.monotonic() + 300
    while True:
        with suppress(urllib.error.URLError, ConnectionError):
            name = {"username": "ana", "password": _PASSWORDS["ana"]}
            server = AirflowServer(url, _ask(f"{url}/auth/token", name)["access_token"])
            dags = server.ask("/api/v2/dags")["total_entries"]
            if dags == 5 and server.ask("/api/v2/importErrors")["total_entries"] == 1:
                return server
        logs = "\n".join(log.read_text()[-2000:] for log in folder.glob("*.log"))
        assert time.monotonic() < until, f"Airflow did not start:\n{logs}"
        time.sleep(0.5)


def _ask(url: str, body: object = None, *, method: str | None = None, token: str | None = None) -> dict:
    headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
    data = None if body is None else json.dumps(body).encode()
    with urllib.request.urlopen(urllib.request.Request(url, data, headers, method=method), timeout=20) as reply:
        return json.loads(reply.read() or b"null")
