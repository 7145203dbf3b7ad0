"""An HTTP server that answers as HashiCorp Vault documents it; no Vault is to be had from the package registries.

Source of the answers: https://developer.hashicorp.com/vault/api-docs/secret/kv/kv-v1, .../kv-v2, .../auth/approle, and the
question about mounts that Vault's own command asks (command/kv_helpers.go).
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class FakeVault:
    """What the server knows, and what it was asked."""

    address: str = ""
    token: str = "hvs.canary-token"
    role: tuple[str, str] = ("role-1", "canary-secret-id")
    #: Mount -> (type, version).
    mounts: dict[str, tuple[str, str]] = field(default_factory=lambda: {"kv/": ("kv", "2"), "old/": ("kv", "1")})
    #: Whole path -> fields; None for a secret whose newest version is deleted.
    secrets: dict[str, dict[str, Any] | None] = field(default_factory=dict)
    namespace: str | None = None
    #: Answers that come first, once each: (status, body).
    first: list[tuple[int, bytes]] = field(default_factory=list)
    redirect_to: str | None = None
    asked: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)
    logins: int = 0
    delay: threading.Event | None = None

    def answer(self, method: str, path: str, headers: dict[str, str], body: dict[str, Any]) -> tuple[int, Any]:
        """Return status and body."""
        if path == "auth/approle/login" and method == "POST":
            if (body.get("role_id"), body.get("secret_id")) != self.role:
                return 400, {"errors": ["invalid role or secret ID"]}
            self.logins += 1
            return 200, {"auth": {"client_token": self.token, "lease_duration": 1200}}
        if headers.get("x-vault-token") != self.token or headers.get("x-vault-namespace") != self.namespace:
            return 403, {"errors": ["permission denied"]}
        if path.startswith("sys/internal/ui/mounts/"):
            wanted = path.removeprefix("sys/internal/ui/mounts/")
            for mount, (kind, version) in self.mounts.items():
                if wanted.startswith(mount):
                    return 200, {"data": {"path": mount, "type": kind, "options": {"version": version}}}
            return 403, {
                "errors": [
                    f'preflight capability check returned 403, please ensure client\'s policies grant access to path "{wanted}/"'
                ]
            }
        for mount, (_, version) in self.mounts.items():
            rest = path.removeprefix(f"{mount}data/") if version == "2" else path.removeprefix(mount)
            key = f"{mount}{rest}"
            if not path.startswith(mount) or key not in self.secrets:
                continue
            fields = self.secrets[key]
            if version == "1":
                return 200, {"data": fields}
            if fields is None:
                metadata = {"deletion_time": "2026-01-01T00:00:00Z", "destroyed": False, "version": 2}
                return 404, {"data": {"data": None, "metadata": metadata}}
            metadata = {"deletion_time": "", "destroyed": False, "version": 1}
            return 200, {"data": {"data": fields, "metadata": metadata}}
        return 404, {"errors": []}


@contextmanager
def vault_server(vault: FakeVault) -> Iterator[FakeVault]:
    """Serve until the context ends."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer({})

        def do_POST(self) -> None:
            self._answer(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))

        def _answer(self, body: dict[str, Any]) -> None:
            headers = {name.lower(): value for name, value in self.headers.items()}
            path = self.path.removeprefix("/v1/")
            vault.asked.append((self.command, path, headers))
            if vault.delay is not None:
                vault.delay.wait(10)
            if vault.redirect_to is not None:
                self.send_response(307)
                self.send_header("Location", f"{vault.redirect_to}{self.path}")
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            if vault.first:
                status, data = vault.first.pop(0)
            else:
                status, found = vault.answer(self.command, path, headers, body)
                data = json.dumps(found).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    vault.address = f"http://127.0.0.1:{server.server_port}"
    try:
        yield vault
    finally:
        if vault.delay is not None:
            vault.delay.set()
        server.shutdown()
        server.server_close()
        thread.join()
