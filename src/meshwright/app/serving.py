"""What the server's requests work with: the mesh, kept open between them; who is let in; whether all is well."""

from __future__ import annotations

import math
import sys
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from meshwright.access import Principal
from meshwright.app.call_recording import CallRecorder
from meshwright.app.clock import utc_now
from meshwright.app.cursors import Seal, seal_of
from meshwright.app.data_readers import DataLimits, DataReaders
from meshwright.app.kept import KeptMesh
from meshwright.app.kept_worker import KeptWorker
from meshwright.app.opened import load
from meshwright.app.outside_told_taking import Intake
from meshwright.app.query_apart import open_queries
from meshwright.app.requested_runs import DEFAULT_ENVIRONMENT
from meshwright.app.tokens import find_token, principal_of
from meshwright.app.worker_presence import lacking_worker
from meshwright.app.workspace import Workspace, open_workspace
from meshwright.diagnostics import MeshwrightError
from meshwright.frozen import dataclass
from meshwright.state.records import TokenKind

if TYPE_CHECKING:
    from meshwright.engines.duckdb.consumers.pool import ConsumerQueries
    from meshwright.engines.duckdb.consumers.values import ConsumerLimits


@dataclass(frozen=True, kw_only=True, slots=True)
class Server:
    """An open server."""

    #: Carries what is kept: verbs that are given it open nothing anew.
    workspace: Workspace
    #: The mesh between requests: what `workspace` lends.
    kept: KeptMesh
    #: The mesh's name.
    name: str
    #: Writes the record of calls between domains.
    calls: CallRecorder
    #: What reads rows for data queries.
    data: DataReaders
    #: What runs consumers' queries.
    queries: ConsumerQueries
    #: What makes cursors.
    seal: Seal
    #: The worker beside it; None where runs are started elsewhere.
    worker: KeptWorker | None = None
    #: Takes in what outside tools tell.
    intake: Intake = field(default_factory=Intake, compare=False, repr=False)

    def wake(self) -> None:
        """Say that a run was asked for."""
        if self.worker is not None:
            self.worker.wake()

    def current(self) -> Workspace:
        """Return what to ask where the files count as they are at this moment.

        What is kept is looked at anew; where the files have become unusable it is left aside, so that a verb says so instead of
        answering from what there was.
        """
        self.kept.look()
        return self.afresh() if self.kept.problem else self.workspace

    def afresh(self) -> Workspace:
        """Return what keeps nothing: for a verb that changes files, and looks at what it wrote."""
        return replace(self.workspace, kept=None)


@dataclass(frozen=True, kw_only=True, slots=True)
class Readiness:
    """Whether the server can do its work."""

    #: What was looked at -> what is wrong with it; empty: nothing.
    checks: Mapping[str, str]

    @property
    def ok(self) -> bool:
        """Whether all is well."""
        return not any(self.checks.values())


@dataclass(frozen=True, kw_only=True, slots=True)
class ServingMemory:
    """What engines may use to answer, as whoever starts the server says."""

    #: Of all rows that are read by URL together.
    data_bytes: int = DataLimits().memory_bytes
    #: Of each query with SQL.
    query_bytes: int | None = None


@contextmanager
def open_server(
    start: Path, query_limits: ConsumerLimits | None = None, memory: ServingMemory | None = None
) -> Iterator[Server]:
    """Open the mesh that `start` lies in, and its state, for many requests. Raises InputError, WorldError."""
    workspace = open_workspace(start)
    memory = memory or ServingMemory()
    with (
        closing(KeptMesh(workspace, lambda cache: load(workspace, cache))) as kept,
        closing(DataReaders(DataLimits(memory_bytes=memory.data_bytes))) as data,
        closing(open_queries(workspace, query_limits, memory.query_bytes)) as queries,
    ):
        mesh = kept.loaded().mesh
        assert mesh is not None  # without one nothing is kept
        with closing(CallRecorder(kept.state().calls.record, _tell)) as calls:
            yield Server(
                workspace=replace(workspace, kept=kept),
                kept=kept,
                name=mesh.name,
                calls=calls,
                data=data,
                queries=queries,
                seal=seal_of(kept.state()),
            )


def _tell(line: str) -> None:
    """Tell whoever runs the server."""
    with suppress(OSError, ValueError):  # nobody reads what it writes any more
        sys.stderr.write(f"{line}\n")


@dataclass(frozen=True, kw_only=True, slots=True)
class BesideOptions:
    """What runs beside a server."""

    #: Nothing: workers run elsewhere.
    is_api_only: bool = False
    #: Runs at once.
    parallel: int = 4


@contextmanager
def beside(server: Server, options: BesideOptions) -> Iterator[Server]:
    """Keep a worker beside a server: it runs the schedules of prod and of what is protected, and the runs asked for by URL."""
    if options.is_api_only:
        yield server
        return
    mesh = server.kept.loaded().mesh
    assert mesh is not None  # without one nothing is kept
    protected = sorted(name for name, settings in mesh.environment_settings.items() if settings.is_protected)
    words = ["--parallel", str(options.parallel)]
    for name in protected:
        words += ["--also", name] if name != DEFAULT_ENVIRONMENT else []
    with closing(KeptWorker(server.workspace.root, words)) as worker:
        yield replace(server, worker=worker)


def admit(server: Server, secret: str, *, is_session: bool) -> Principal | None:
    """Return whom a secret lets in, a browser's session or a token; None where nobody. One-time links let nobody in."""
    token = find_token(server.kept.state(), secret)
    kind = TokenKind.SESSION if is_session else TokenKind.BEARER
    if token is None or token.kind is not kind or not token.is_good(utc_now()):
        return None
    return principal_of(token)


def is_let_in(server: Server, token_id: str) -> bool:
    """Whether the token of an id is still good: asked again while a stream goes on."""
    token = server.kept.state().tokens.find(token_id)
    return token is not None and token.is_good(utc_now())


def look_ready(server: Server) -> Readiness:
    """Look whether mesh and state can be read now."""
    server.kept.loaded()
    checks = {"mesh": server.kept.problem, "state": ""}
    try:
        server.kept.state().reader.note("ready")
    except MeshwrightError as error:
        checks["state"] = error.first.message
    if server.worker is not None:
        checks |= server.worker.checks()
    return Readiness(checks=checks)


def look_queued(server: Server) -> tuple[float, float]:
    """Return how many runs that were asked for wait, and 1 where a worker was seen lately, else 0; NaN where nobody knows."""
    try:
        state = server.kept.state()
        waiting = sum(queue.waiting for queue in state.requests.queues())
        return float(waiting), float(lacking_worker(state) is None)
    except MeshwrightError:
        return math.nan, math.nan
