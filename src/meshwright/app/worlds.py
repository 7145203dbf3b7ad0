"""The world of a run, put together from an opened mesh: the one place where `RunWorld` gets its ports."""

from __future__ import annotations

import datetime as dt
import os
import threading
import time
from collections.abc import Mapping
from dataclasses import field

from meshwright.app.books import open_books
from meshwright.app.clock import utc_now
from meshwright.app.holding import LEASE_TTL_S
from meshwright.app.opened import OpenedMesh
from meshwright.app.outside import SecretsOfMesh, ask_of, outside_of, secrets_of
from meshwright.app.veils import see_of
from meshwright.app.workspace import who
from meshwright.engines.protocol import Session
from meshwright.engines.python.protocol import Workers
from meshwright.frozen import dataclass
from meshwright.model import FileObservation
from meshwright.run.meter import Meter
from meshwright.run.world import Publishing, RunWorld
from meshwright.state.records import Lease
from meshwright.tools.git import code_state

#: Steps at once, at most: the engine runs each on several threads already.
_MOST_WORKERS = 8


@dataclass(frozen=True, kw_only=True, slots=True)
class Holding:
    """Who acts: a run (or a repair) by its id, with the lease on it and the name of its files."""

    run_id: str
    lease: Lease
    #: Distinguishes the files of attempts.
    attempt: str
    stop: threading.Event
    #: Call the functions of Python nodes.
    workers: Workers | None = None
    #: Source files as observed before, by absolute path.
    files: Mapping[str, FileObservation] = field(default_factory=dict)
    publishing: Publishing = field(default_factory=Publishing)
    meter: Meter = field(default_factory=Meter)


def run_world(opened: OpenedMesh, session: Session, holding: Holding) -> RunWorld:
    """Put the ports of an opened mesh, an open engine and a lease together."""
    looks = open_books(opened.state.reader, opened.store, lambda: session)
    secrets = secrets_of(opened)
    return RunWorld(
        root=opened.workspace.root,
        reader=opened.state.reader,
        writer=opened.state.writer,
        store=opened.store,
        session=session,
        sources=opened.sources,
        now=utc_now,
        clock=time.monotonic,
        run_id=holding.run_id,
        by=who(),
        lease=holding.lease,
        stop=holding.stop,
        environment=opened.environment,
        outside=outside_of(opened, secrets),
        secrets=SecretsOfMesh(secrets),
        ask=ask_of(opened),
        commit=clean_commit(opened),
        parallelism=min(_MOST_WORKERS, max(2, os.cpu_count() or 2)),
        lease_ttl_s=LEASE_TTL_S,
        attempt=holding.attempt,
        files=holding.files,
        workers=holding.workers,
        publishing=holding.publishing,
        meter=holding.meter,
        see=see_of(opened),
        parts=looks.parts,
        books=looks.books,
        footprints=looks.footprints,
        digest_of_sums=opened.engine.digest_of_sums,
    )


def unleased_world(opened: OpenedMesh, session: Session, name: str, workers: Workers | None = None) -> RunWorld:
    """Put together the world of what publishes nothing, such as tests: it needs no lease."""
    nobody = Lease(name=name, holder="", token=0, expires_at=dt.datetime.min.replace(tzinfo=dt.UTC))
    looks = open_books(opened.state.reader, opened.store, lambda: session)
    return RunWorld(
        root=opened.workspace.root,
        reader=opened.state.reader,
        writer=opened.state.writer,
        store=opened.store,
        session=session,
        sources=opened.sources,
        now=utc_now,
        clock=time.monotonic,
        run_id=name,
        by=who(),
        lease=nobody,
        stop=threading.Event(),
        environment=opened.environment,
        secrets=SecretsOfMesh(secrets_of(opened)),
        parallelism=max(2, os.cpu_count() or 2),
        workers=workers,
        see=see_of(opened),
        parts=looks.parts,
        books=looks.books,
        footprints=looks.footprints,
        digest_of_sums=opened.engine.digest_of_sums,
    )


def clean_commit(opened: OpenedMesh) -> str | None:
    """Return the commit of the mesh's files where all of them are committed."""
    if opened.workspace.tree != opened.workspace.root:
        return None
    code = code_state(opened.workspace.root, opened.contents.keys())
    return code.commit if code is not None and not code.uncommitted else None
