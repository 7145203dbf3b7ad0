"""Events of outside tools, taken in: OpenLineage's, and those of `/observe`. Recorded when the answer goes out, and once.

Many tools tell at once, one event at a time; what waits while others are being recorded is recorded together, in one transaction.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass as mutable_dataclass

from meshwright.app.clock import utc_now
from meshwright.app.opened import OpenedMesh, open_mesh
from meshwright.app.outside_told_names import OwnNames, bare_names
from meshwright.app.outside_told_observed import Observed, note_keys, observed_told
from meshwright.app.workspace import Workspace
from meshwright.diagnostics import Diagnostic, InputError, RefusedError, WorldError
from meshwright.files.standards.openlineage.received import LineageEvent, read_batch, read_event
from meshwright.frozen import dataclass
from meshwright.model.told import Told, together
from meshwright.state.protocol import State

#: Bodies recorded in one transaction: others wait for as long as it takes.
_MOST_TOGETHER = 200
#: What meshwright's own events say that they come from.
_OWN_PRODUCER = "urn:meshwright:"


@dataclass(frozen=True, kw_only=True, slots=True)
class Taken:
    """Answer to events that came in."""

    received: int
    #: Those among them that are meshwright's own, come back to it: they tell nothing new.
    own: int = 0
    #: Facets that were too large to be kept, by place.
    left_out: tuple[str, ...] = ()


@mutable_dataclass(kw_only=True, slots=True)
class _Waiting:
    """What somebody waits for to be recorded."""

    told: Told
    is_done: bool = False
    error: Exception | None = None


class Intake:
    """Records what several threads were told, together: whoever comes first writes for all that wait. Of one state."""

    def __init__(self) -> None:
        self._queue_lock = threading.Lock()
        self._writing = threading.Lock()
        self._queue: list[_Waiting] = []
        #: Transactions so far.
        self.transactions = 0

    def record(self, state: State, told: Told) -> None:
        """Record what was told, durably when this returns; with others'. Raises WorldError for all of those together."""
        mine = _Waiting(told=told)
        with self._queue_lock:
            self._queue.append(mine)
        with self._writing:
            while not mine.is_done:
                self._write(state)
        if mine.error is not None:
            raise mine.error

    def _write(self, state: State) -> None:
        with self._queue_lock:
            batch, self._queue = self._queue[:_MOST_TOGETHER], self._queue[_MOST_TOGETHER:]
        error = self._error(state, batch)
        if error is None or isinstance(error, WorldError) or len(batch) == 1:
            for each in batch:
                each.error = error
        else:  # something is wrong with one of them: the others are recorded all the same
            for each in batch:
                each.error = self._error(state, [each])
        for each in batch:
            each.is_done = True

    def _error(self, state: State, batch: Sequence[_Waiting]) -> Exception | None:
        """Record a batch in one transaction, and return why that was not possible."""
        self.transactions += 1
        try:
            state.outside.record(together(*(each.told for each in batch)), utc_now())
        except Exception as error:  # noqa: BLE001 - handed to those who wait, and raised there
            return error
        return None


def take_lineage(workspace: Workspace, intake: Intake, data: bytes, *, is_batch: bool = False) -> Taken:
    """Take in one OpenLineage event, or a batch; all or none. Raises InputError (MW-O010), WorldError."""
    events, findings = (read_batch if is_batch else read_event)(data, utc_now())
    if findings:
        raise InputError(*findings)
    with open_mesh(workspace, "prod", create_state=True) as opened:
        names = _names(opened)
        own = [event for event in events if _is_own(event, names)]
        told = together(*(event.told for event in events if not _is_own(event, names)))
        if not told.is_empty:
            intake.record(opened.state, told)
    return Taken(
        received=len(events), own=len(own), left_out=tuple(place for event in events for place in event.left_out)
    )


def take_observed(workspace: Workspace, intake: Intake, events: Sequence[Observed]) -> Taken:
    """Take in events of tools without OpenLineage; all or none. What came before under the same key is not taken twice.

    Raises InputError (MW-O012) for what cannot be, RefusedError (MW-O011) where a key is that of another event, WorldError.
    """
    now = utc_now()
    with open_mesh(workspace, "prod", create_state=True) as opened:
        told = observed_told(events, _names(opened), now)
        _require_keys(opened.state, events, told)
        intake.record(opened.state, told)
    return Taken(received=len(events))


def _names(opened: OpenedMesh) -> OwnNames:
    return bare_names(opened.mesh, opened.workspace.root, opened.environment)


def _is_own(event: LineageEvent, names: OwnNames) -> bool:
    """Whether an event is one of meshwright's own about this mesh, which came back by way of some receiver."""
    is_of_mesh = event.job is not None and names.environment_of(event.job.namespace.rstrip("/")) is not None
    return is_of_mesh and event.producer.startswith(_OWN_PRODUCER)


def _require_keys(state: State, events: Sequence[Observed], told: Told) -> None:
    """Refuse keys that stand for other events: of those before, or of this very body."""
    given = note_keys(told)
    known = state.outside.note_digests(given)
    seen: dict[str, str] = dict(known)
    for note in told.notes:
        if seen.setdefault(note.key, note.digest) != note.digest:
            key = next((event.id for event in events if event.id), note.key)
            raise RefusedError(
                Diagnostic(
                    code="MW-O011",
                    message=f"the idempotency key '{key}' is that of another event",
                    fix="give each event a key of its own, and the same event the same key again",
                )
            )
