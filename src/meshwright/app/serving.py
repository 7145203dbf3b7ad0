"""What the server's requests work with: the mesh, kept open between them; who is let in; whether all is well."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import replace
from pathlib import Path

from meshwright.access import Principal
from meshwright.app.call_recording import CallRecorder
from meshwright.app.clock import utc_now
from meshwright.app.kept import KeptMesh
from meshwright.app.opened import load
from meshwright.app.tokens import find_token, principal_of
from meshwright.app.workspace import Workspace, open_workspace
from meshwright.diagnostics import MeshwrightError
from meshwright.frozen import dataclass
from meshwright.state.records import TokenKind


@dataclass(frozen=True, kw_only=True, slots=True)
class Server:
    """An open server."""

    #: Carries what is kept: verbs that are given it open nothing anew.
    workspace: Workspace
    #: The mesh's name.
    name: str
    #: Writes the record of calls between domains.
    calls: CallRecorder

    @property
    def kept(self) -> KeptMesh:
        """The mesh between requests."""
        assert self.workspace.kept is not None  # `open_server` makes it so
        return self.workspace.kept


@dataclass(frozen=True, kw_only=True, slots=True)
class Readiness:
    """Whether the server can do its work."""

    #: What was looked at -> what is wrong with it; empty: nothing.
    checks: Mapping[str, str]

    @property
    def ok(self) -> bool:
        """Whether all is well."""
        return not any(self.checks.values())


@contextmanager
def open_server(start: Path) -> Iterator[Server]:
    """Open the mesh that `start` lies in, and its state, for many requests. Raises InputError, WorldError."""
    workspace = open_workspace(start)
    with closing(KeptMesh(workspace, lambda cache: load(workspace, cache))) as kept:
        mesh = kept.loaded().mesh
        assert mesh is not None  # without one nothing is kept
        with closing(CallRecorder(kept.state().calls.record, _tell)) as calls:
            yield Server(workspace=replace(workspace, kept=kept), name=mesh.name, calls=calls)


def _tell(line: str) -> None:
    """Tell whoever runs the server."""
    with suppress(OSError, ValueError):  # nobody reads what it writes any more
        sys.stderr.write(f"{line}\n")


def admit(server: Server, secret: str, *, is_session: bool) -> Principal | None:
    """Return whom a secret lets in, a browser's session or a token; None where nobody. One-time links let nobody in."""
    token = find_token(server.kept.state(), secret)
    kind = TokenKind.SESSION if is_session else TokenKind.BEARER
    if token is None or token.kind is not kind or not token.is_good(utc_now()):
        return None
    return principal_of(token)


def look_ready(server: Server) -> Readiness:
    """Look whether mesh and state can be read now."""
    checks = {"mesh": "", "state": ""}
    if server.kept.loaded().mesh is None:
        checks["mesh"] = "mesh.yaml cannot be used"
    try:
        server.kept.state().reader.note("ready")
    except MeshwrightError as error:
        checks["state"] = error.first.message
    return Readiness(checks=checks)
