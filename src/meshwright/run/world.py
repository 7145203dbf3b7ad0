"""What a run acts on, as one frozen value: the ports to the world, and nothing that decides."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable, Mapping
from dataclasses import field
from pathlib import Path
from queue import SimpleQueue

from meshwright.engines.protocol import Session
from meshwright.engines.python.protocol import Workers
from meshwright.frozen import dataclass
from meshwright.model import Columns, FileObservation, Sums
from meshwright.plan.books import Books
from meshwright.run.books import Footprints
from meshwright.run.meter import Meter
from meshwright.run.outside import Ask, Outside, SecretTexts
from meshwright.run.parts import PartsReader
from meshwright.run.relations import See
from meshwright.sources.protocol import Sources
from meshwright.state.protocol import Reader, Writer
from meshwright.state.records import GenerationAction, InnerStepRecord, Lease, LogLine
from meshwright.store.protocol import Store


@dataclass(frozen=True, kw_only=True, slots=True)
class Publishing:
    """What the generations of a run are recorded as."""

    action: GenerationAction = GenerationAction.RUN
    #: In words, None for the run and what it publishes.
    reason: str | None = None
    #: Objects whose pins are lifted by the move.
    unpinned: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class RunWorld:
    """The ports of one run."""

    root: Path
    reader: Reader
    writer: Writer
    store: Store
    session: Session
    sources: Sources
    #: Gives the time of day, aware UTC.
    now: Callable[[], dt.datetime]
    #: Gives seconds that only grow, for durations.
    clock: Callable[[], float]
    run_id: str
    #: Who: user and host, for records.
    by: str
    lease: Lease
    #: Set when someone asks the run to stop.
    stop: threading.Event
    #: Name of the environment that the run is in.
    environment: str = "prod"
    #: Carries out nodes of tools; None where nothing may run outside.
    outside: Outside | None = None
    #: Gives the values of parameters that are secrets; None where nothing is built.
    secrets: SecretTexts | None = None
    #: Answers conditions; None where there are none to answer.
    ask: Ask | None = None
    #: Commit of the mesh's files, where they are committed.
    commit: str | None = None
    #: Steps at once.
    parallelism: int = 2
    lease_ttl_s: float = 30.0
    #: Distinguishes the files of attempts: unique to this process and run.
    attempt: str = "0"
    #: Source files as observed when the run was planned, by absolute path.
    files: Mapping[str, FileObservation] = field(default_factory=dict)
    #: Call the functions of Python nodes; None where there are none to call.
    workers: Workers | None = None
    publishing: Publishing = field(default_factory=Publishing)
    #: Reads the parts of versions.
    parts: PartsReader
    #: What is known of versions and parts, and of where they have rows.
    books: Books
    footprints: Footprints
    #: Gives the content digest of a table out of the sums of its parts (`Engine.digest_of_sums`).
    digest_of_sums: Callable[[Columns, int, Sums], str]
    #: Hides what a sandbox hides; None where nothing is hidden.
    see: See | None = None
    #: Measures what steps cost.
    meter: Meter = field(default_factory=Meter)
    #: Lines for the run's log, put by steps, taken by the journal.
    lines: SimpleQueue[LogLine] = field(default_factory=SimpleQueue)
    #: Key of a step and how the graph of its tool stands, as for `lines`.
    inner: SimpleQueue[tuple[str, tuple[InnerStepRecord, ...]]] = field(default_factory=SimpleQueue)
