"""Runs that are asked for by URL: recorded once by their key, claimed by one worker at a time."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping

from meshwright.frozen import dataclass
from meshwright.model.requests import OPEN_REQUESTS, RequestedRun, RequestKind, RequestState
from meshwright.state.codec import from_micros, storable, to_micros
from meshwright.state.connection import Connection, Row
from meshwright.state.statements import batches, for_update, insert_if_absent, marks
from meshwright.state.transactions import Transactions

_COLUMNS = (
    'key, digest, kind, run_id, environment, asked, caller, "by", requested_at, state, reason, error, outcome, attempts,'
    " process, changed_at, ended_at, is_to_stop, traceparent, number"
)
#: Every request, whole; a condition follows.
REQUESTS = f"SELECT {_COLUMNS} FROM requested_runs"
_OPEN = tuple(sorted(state.value for state in OPEN_REQUESTS))
#: What a worker changes; `is_to_stop` is anybody's.
_CHANGING = ("state", "reason", "error", "outcome", "attempts", "process", "changed_at", "ended_at")
#: Shortest beginning of a run's id that names it, as of runs that are recorded.
_PREFIX_LENGTH = 6


@dataclass(frozen=True, kw_only=True, slots=True)
class Queue:
    """The requests of one caller that are open."""

    caller: str
    #: Number of the first one that waits; 0 where none does.
    first: int
    waiting: int
    started: int


class DatabaseRequests:
    """Implements `state.protocol.Requests`."""

    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions

    def submit(self, request: RequestedRun) -> RequestedRun:
        """Record a request, durable when this returns; where one of its key is there, that one is returned and stays."""
        row = _values(request)

        def work(connection: Connection) -> RequestedRun:
            insert_if_absent(connection, "requested_runs", ("key",), row)
            found = connection.first(f"{REQUESTS} WHERE key = ?", (request.key,))
            assert found is not None  # inserted, or what kept it from being
            return request_of(found)

        return self._transactions.change(work)

    def submit_once(self, request: RequestedRun) -> RequestedRun:
        """Record a request unless one of its key is there, or one for its run is open: then that one is returned."""
        row = _values(request)

        def work(connection: Connection) -> RequestedRun:
            by_key = f"{REQUESTS} WHERE key = ?"
            found = connection.first(by_key, (request.key,)) or _open_of(connection, request.run_id)
            if found is None:
                # Two that come at once for one run differ in their keys: the run's own row makes them wait for each other.
                connection.first(f"SELECT id FROM runs WHERE id = ?{for_update(connection)}", (request.run_id,))
                found = _open_of(connection, request.run_id)
            if found is None:
                insert_if_absent(connection, "requested_runs", ("key",), row)
                found = connection.first(by_key, (request.key,))
            assert found is not None  # as above
            return request_of(found)

        return self._transactions.change(work)

    def of_key(self, key: str) -> RequestedRun | None:
        """Return the request of a key; None where there is none."""
        return self._first(f"{REQUESTS} WHERE key = ?", (key,))

    def of_runs(self, run_ids: Collection[str]) -> Mapping[str, RequestedRun]:
        """Return the newest request about each of some runs, by the run's id; of what nobody asked for, nothing."""
        found: dict[str, RequestedRun] = {}
        with self._transactions.read() as connection:
            for batch in batches(run_ids):
                rows = connection.rows(f"{REQUESTS} WHERE run_id IN {marks(batch)} ORDER BY number", batch)
                found.update((request.run_id, request) for request in map(request_of, rows))
        return found

    def like(self, prefix: str) -> RequestedRun | None:
        """Return the newest request about the run of an id, or of the one run whose id begins so (at least 6 characters)."""
        exact = self.of_runs([prefix]).get(prefix)
        if exact is not None or len(prefix) < _PREFIX_LENGTH:
            return exact
        query = "SELECT DISTINCT run_id FROM requested_runs WHERE run_id >= ? AND run_id < ? LIMIT 2"
        with self._transactions.read() as connection:
            ids = [id_ for (id_,) in connection.rows(query, (prefix, f"{prefix}\x7f"))]
        return self.of_runs(ids).get(ids[0]) if len(ids) == 1 else None

    def queues(self) -> tuple[Queue, ...]:
        """Return what is open, by caller. Cheap: it is asked many times a second."""
        query = f"SELECT caller, state, MIN(number), COUNT(*) FROM requested_runs WHERE state IN {marks(_OPEN)} GROUP BY 1, 2"
        by_caller: dict[str, dict[str, tuple[int, int]]] = {}
        with self._transactions.read() as connection:
            for caller, state, first, count in connection.rows(query, _OPEN):
                by_caller.setdefault(caller, {})[state] = (first, count)
        none = (0, 0)
        return tuple(
            Queue(
                caller=caller,
                first=counts.get(RequestState.WAITING, none)[0],
                waiting=counts.get(RequestState.WAITING, none)[1],
                started=counts.get(RequestState.STARTED, none)[1],
            )
            for caller, counts in sorted(by_caller.items())
        )

    def started(self) -> tuple[RequestedRun, ...]:
        """Return the requests that were started and have not ended, in the order of recording."""
        query = f"{REQUESTS} WHERE state = ? ORDER BY number"
        with self._transactions.read() as connection:
            return tuple(map(request_of, connection.rows(query, (RequestState.STARTED.value,))))

    def claim(self, number: int, process: str, now: dt.datetime) -> RequestedRun | None:
        """Take a request that waits, for `process` to start; None where another one was quicker."""

        def work(connection: Connection) -> RequestedRun | None:
            change = (
                "UPDATE requested_runs SET state = ?, process = ?, changed_at = ?, attempts = attempts + 1"
                " WHERE number = ? AND state = ?"
            )
            values = (RequestState.STARTED.value, process, to_micros(now), number, RequestState.WAITING.value)
            if connection.change(change, values) != 1:
                return None
            found = connection.first(f"{REQUESTS} WHERE number = ?", (number,))
            return None if found is None else request_of(found)

        return self._transactions.change(work)

    def change(self, before: RequestedRun, after: RequestedRun) -> bool:
        """Record how a request stands now, where it stands as `before`; False, with nothing changed, where it does not."""
        row = _values(after)

        def work(connection: Connection) -> bool:
            assigned = ", ".join(f"{column} = ?" for column in _CHANGING)
            statement = (
                f"UPDATE requested_runs SET {assigned} WHERE number = ? AND state = ? AND attempts = ? AND process = ?"
            )
            stands = (before.number, before.state.value, before.attempts, storable(before.process))
            return connection.change(statement, (*(row[column] for column in _CHANGING), *stands)) == 1

        return self._transactions.change(work)

    def ask_to_stop(self, number: int, now: dt.datetime) -> RequestedRun | None:
        """Withdraw a request that waits, and mark one that was started; return how it stands then. None: there is none."""

        def work(connection: Connection) -> RequestedRun | None:
            withdraw = (
                "UPDATE requested_runs SET state = ?, reason = ?, changed_at = ?, ended_at = ?, is_to_stop = ?"
                " WHERE number = ? AND state = ?"
            )
            at = to_micros(now)
            words = "stopped before it began"
            values = (RequestState.WITHDRAWN.value, words, at, at, True, number, RequestState.WAITING.value)
            if connection.change(withdraw, values) != 1:
                mark = "UPDATE requested_runs SET is_to_stop = ? WHERE number = ? AND state = ?"
                connection.change(mark, (True, number, RequestState.STARTED.value))
            found = connection.first(f"{REQUESTS} WHERE number = ?", (number,))
            return None if found is None else request_of(found)

        return self._transactions.change(work)

    def _first(self, query: str, values: tuple[object, ...]) -> RequestedRun | None:
        with self._transactions.read() as connection:
            row = connection.first(query, values)
        return None if row is None else request_of(row)


def _open_of(connection: Connection, run_id: str) -> Row | None:
    query = f"{REQUESTS} WHERE run_id = ? AND state IN {marks(_OPEN)} ORDER BY number DESC"
    return connection.first(query, (run_id, *_OPEN))


def _values(request: RequestedRun) -> dict[str, object]:
    return {
        "key": request.key,
        "digest": request.digest,
        "kind": request.kind.value,
        "run_id": request.run_id,
        "environment": request.environment,
        "asked": storable(request.asked),
        "caller": storable(request.caller),
        "by": storable(request.by),
        "requested_at": to_micros(request.requested_at),
        "state": request.state.value,
        "reason": storable(request.reason),
        "error": storable(request.error),
        "outcome": request.outcome,
        "attempts": request.attempts,
        "process": storable(request.process),
        "changed_at": to_micros(request.changed_at),
        "ended_at": None if request.ended_at is None else to_micros(request.ended_at),
        "is_to_stop": request.is_to_stop,
        "traceparent": request.traceparent,
    }


def request_of(row: Row) -> RequestedRun:
    """Return the request of a row."""
    key, digest, kind, run_id, environment, asked, caller, by, requested_at, state, *rest = row
    reason, error, outcome, attempts, process, changed_at, ended_at, is_to_stop, traceparent, number = rest
    return RequestedRun(
        key=key,
        digest=digest,
        kind=RequestKind(kind),
        run_id=run_id,
        environment=environment,
        asked=asked,
        caller=caller,
        by=by,
        requested_at=from_micros(requested_at),
        state=RequestState(state),
        reason=reason,
        error=error,
        outcome=outcome,
        attempts=attempts,
        process=process,
        changed_at=from_micros(changed_at),
        ended_at=None if ended_at is None else from_micros(ended_at),
        is_to_stop=bool(is_to_stop),
        traceparent=traceparent,
        number=number,
    )
