"""Servers for tests: the application in this process, and `mw serve` in one of its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import httpx
from starlette.testclient import TestClient

from meshwright.app.opened import open_mesh
from meshwright.app.requested_runs_work import RequestedRuns
from meshwright.app.scheduling_children import Children
from meshwright.app.serving import Server, open_server
from meshwright.app.tokens import TokenOptions, create_token
from meshwright.app.workspace import open_workspace
from meshwright.crashpoints import EVENT, CrashPoint
from meshwright.faces.http.application import new_application
from meshwright.faces.http.limits import LimitSettings

#: What a request comes to: a loopback name, as the server demands.
BASE = "http://127.0.0.1"
#: Kills its own process when it comes by a crash point, and carries out a command of `mw`.
_DYING = f"""
import os, signal, sys
def hook(event, args):
    if event == {EVENT!r} and args[0] == sys.argv[1]:
        os.kill(os.getpid(), signal.SIGKILL)
sys.addaudithook(hook)
from meshwright.faces.cli.main import main
sys.exit(main(sys.argv[2:]))
"""


@dataclass(frozen=True, kw_only=True)
class Served:
    """The application over a mesh, in this process."""

    root: Path
    #: Clients by role; `nobody` sends no token.
    administrator: httpx.Client
    viewer: httpx.Client
    nobody: httpx.Client
    server: Server

    def look(self) -> None:
        """Let the server see now what was changed in the files."""
        self.server.kept.look()

    def client(self, token: str) -> httpx.Client:
        """Return a client that sends another token."""
        return _client(self.nobody, token)


def token(root: Path, role: str, domain: str | None = None) -> str:
    """Make a token for the mesh at `root`."""
    return create_token(open_workspace(root), TokenOptions(role=role, domain=domain)).secret


@contextmanager
def served(root: Path, limits: LimitSettings | None = None) -> Iterator[Served]:
    """Serve a mesh in this process; what nobody foresaw is raised into the test."""
    with open_server(root) as server:
        nobody = TestClient(new_application(server, limits), base_url=BASE)
        yield Served(
            root=root,
            administrator=_client(nobody, token(root, "administrator")),
            viewer=_client(nobody, token(root, "viewer")),
            nobody=nobody,
            server=server,
        )


def _client(like: httpx.Client, secret: str) -> httpx.Client:
    assert isinstance(like, TestClient)
    return TestClient(like.app, base_url=BASE, headers={"Authorization": f"Bearer {secret}"})


@contextmanager
def working(root: Path) -> Iterator[None]:
    """Carry out what is asked for by URL while the block runs, in processes that are started plainly."""
    workspace = open_workspace(root)
    is_over = threading.Event()
    with open_mesh(workspace, "prod", create_state=True) as opened:
        children = Children(root=root, folder=workspace.private / "worker")
        runs = RequestedRuns(state=opened.state, children=children, tell=lambda _line: None)

        def work() -> None:
            while not is_over.wait(0.05):
                runs.look()

        thread = threading.Thread(target=work)
        thread.start()
        try:
            yield
        finally:
            is_over.set()
            thread.join()
            children.wait()


@dataclass(kw_only=True)
class Serving:
    """A `mw serve` of its own."""

    root: Path
    process: subprocess.Popen[bytes]
    url: str
    #: The one-time link.
    login: str
    #: What it writes on standard error.
    errors: Path
    #: The document that it wrote when it began to answer.
    said: Mapping[str, str]

    def client(self, role: str = "administrator", domain: str | None = None) -> httpx.Client:
        """Return a client with a token of a role."""
        headers = {"Authorization": f"Bearer {token(self.root, role, domain)}"}
        return httpx.Client(base_url=self.url, headers=headers, timeout=60)

    def stop(self) -> int:
        """Ask it to end, and return its status."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=60)


def dying_at(point: CrashPoint) -> tuple[str, ...]:
    """Return the `program` that kills itself at a crash point."""
    return ("-c", _DYING, point.value)


@contextmanager
def serving(
    root: Path,
    *words: str,
    folder: Path,
    environment: dict[str, str] | None = None,
    program: Sequence[str] = ("-m", "meshwright"),
) -> Iterator[Serving]:
    """Start `mw serve` on a free port, with what it writes in `folder`; it is killed when the block ends.

    `program` is what the interpreter is started with: with `dying_at` one that kills itself.
    """
    errors = folder / "serve.err"
    with errors.open("ab") as err:
        process = subprocess.Popen(
            [sys.executable, *program, "-C", str(root), "serve", "--port", "0", "--json", *words],
            stdout=subprocess.PIPE,
            stderr=err,
            env={**os.environ, **(environment or {})},
            start_new_session=True,
        )
    try:
        said = _first_document(process.stdout, errors)
        yield Serving(root=root, process=process, url=said["url"], login=said["login"], errors=errors, said=said)
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(timeout=60)
        assert process.stdout is not None
        process.stdout.close()


def _first_document(stream: IO[bytes] | None, errors: Path) -> dict[str, str]:
    assert stream is not None
    line = stream.readline()
    if not line:
        raise AssertionError(f"the server did not start: {errors.read_text()}")
    found: dict[str, str] = json.loads(line)
    if "url" not in found:
        raise AssertionError(f"the server did not start: {line.decode()}")
    return found
