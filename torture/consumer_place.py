"""The served mesh that consumers' queries are asked of: a process, its tokens, and what must never be told."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import httpx

from meshwright.app.opened import open_mesh
from meshwright.app.readers import unveiled_relations
from meshwright.app.tokens import TokenOptions, create_token
from meshwright.model import Version
from torture.consumer_mesh import (
    CANARY,
    CANARY_NUMBER,
    HIDDEN,
    PEOPLE,
    PORTS,
    SECRET,
    T,
    build_consumer_mesh,
)

#: Names of what a viewer may not see, and of our own insides: told only where the query says them itself.
_NAMES = (
    "salary",
    "flights.hidden",
    "keys.secret",
    "bound-views",
    "whole-rows",
    "meshwright_",
    ".parquet",
    "traceback",
)
_NOTHING = re.compile(r'["\s]|/\*.*?\*/')
#: A query is ended, its process too, and answered, well within this.
ANSWER_S = 60.0


class Place:
    """A server over the mesh. To be closed."""

    def __init__(self, folder: Path) -> None:
        self.workspace = build_consumer_mesh(folder / "mesh")
        self.root = self.workspace.root
        with open_mesh(self.workspace, "prod") as opened:
            pointers = opened.state.reader.pointers("prod")
            self._versions: dict[str, Version] = {
                name: opened.state.reader.versions([pointers[name].revision])[pointers[name].revision]
                for name in (T, PORTS, SECRET, "shop.goods.items", PEOPLE)
            }
            self.files = {
                name: each.files[0]
                for name, each in unveiled_relations(
                    opened, {name: each for name, each in self._versions.items() if each.view is None}
                ).items()
            }
        self._log = (folder / "server.log").open("w+b")
        self._process = subprocess.Popen(
            [sys.executable, "-m", "torture.consumer_server", str(self.root)],
            stdout=subprocess.PIPE,
            stderr=self._log,
            env={**os.environ, "MESHWRIGHT_CANARY": f"{CANARY}-variable"},
            start_new_session=True,
        )
        assert self._process.stdout is not None
        self.url = self._process.stdout.readline().decode().strip()
        self.asking, self.other = self._client("viewer"), self._client("viewer")

    def token(self, role: str) -> str:
        """Make a token."""
        return create_token(self.workspace, TokenOptions(role=role)).secret

    def _client(self, role: str) -> httpx.Client:
        headers = {"Authorization": f"Bearer {self.token(role)}"}
        return httpx.Client(base_url=self.url, headers=headers, timeout=ANSWER_S)

    def filled(self, query: str) -> str:
        """Put names and paths into a query."""
        values = {
            "T": T, "PORTS": PORTS, "PEOPLE": PEOPLE, "HIDDEN": HIDDEN, "SECRET": SECRET, "dir": self.root / "data",
            "own": self.files[T], "other": self.files[SECRET], "state": self.root / ".meshwright" / "state.db",
            **{ending: self.root / "data" / f"canary.{ending}" for ending in ("csv", "txt", "json", "parquet")},
        }  # fmt: skip
        for name, value in values.items():
            query = query.replace(f"{{{name}}}", str(value))
        return query

    def version(self, dataset: str) -> str:
        """Return the id of a dataset's published version."""
        return self._versions[dataset].id

    def leak_in(self, told: str, query: str) -> str | None:
        """Say what stands in an answer that must not; None where nothing does."""
        # A name in quotes, or with comments in it, is told as it is meant.
        folded, asked = told.casefold(), _NOTHING.sub("", query.casefold())
        if CANARY in told or str(CANARY_NUMBER) in told:
            return "the canary"
        for name in (*_NAMES, str(self.root).casefold()):
            if name in folded and name not in asked:
                return name
        return None

    def fault(self) -> str | None:
        """Say what is wrong with the server after all; None where nothing is: it lives, and nothing unforeseen happened."""
        self._log.seek(0)
        log = self._log.read().decode(errors="replace")
        if self._process.poll() is not None:
            return f"the server has ended: {log[-1_000:]}"
        return f"the server had a fault: {log[-1_000:]}" if "Traceback" in log or "crash report" in log else None

    def close(self) -> None:
        """End the server."""
        for client in (self.asking, self.other):
            client.close()
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        assert self._process.stdout is not None
        self._process.stdout.close()
        self._log.close()
