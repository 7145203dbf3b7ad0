"""Reading runs as they are asked for by URL: page by page, and what changed of one since it was last looked at."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping

from meshwright.frozen import dataclass
from meshwright.model.requests import RequestedRun, RequestState
from meshwright.state.codec import from_micros, to_micros
from meshwright.state.records import LogLine, RunRecord, RunState, StepRecord
from meshwright.state.requests import REQUESTS, request_of
from meshwright.state.run_rows import RUNS_IN_BRIEF, STEPS, run_of, step_of
from meshwright.state.statements import batches, marks
from meshwright.state.transactions import Transactions

#: States of requests that may have no run; those that ended have one.
_RUNLESS = tuple(state.value for state in RequestState if state is not RequestState.ENDED)


@dataclass(frozen=True, kw_only=True, slots=True)
class RunFilter:
    """Which runs are asked for."""

    environment: str | None = None
    states: tuple[RunState, ...] = ()
    #: ``domain.product``: runs with a step of one of its datasets.
    product: str | None = None
    since: dt.datetime | None = None
    #: Moment and id of the last one that was seen: those older than it.
    before: tuple[dt.datetime, str] | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class RunHead:
    """What tells whether anything of a run has changed."""

    state: RunState
    environment: str
    started_at: dt.datetime
    finished_at: dt.datetime | None
    #: Of the step that was changed last, and of the newest line of its log.
    revision: int
    log: int


@dataclass(frozen=True, kw_only=True, slots=True)
class StepChange:
    """A step as it stands, and its place among the changes of its run."""

    #: Grows with every batch of changes; 0 for a step that is as it was planned.
    revision: int
    position: int
    step: StepRecord


class DatabaseRunPages:
    """Implements `state.protocol.RunPages`."""

    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions

    def runs(self, wanted: RunFilter, limit: int) -> tuple[RunRecord, ...]:
        """Return the newest runs of a filter, newest first, in brief."""
        where, values = _conditions(wanted, "started_at", "id")
        if wanted.states:
            where.append(f"state IN {marks(wanted.states)}")
            values += [state.value for state in wanted.states]
        if wanted.product is not None:
            # '/' follows '.': every address below the product, and none beside it.
            where.append("EXISTS (SELECT 1 FROM steps WHERE run_id = runs.id AND dataset >= ? AND dataset < ?)")
            values += [f"{wanted.product}.", f"{wanted.product}/"]
        condition = f" WHERE {' AND '.join(where)}" if where else ""
        query = f"{RUNS_IN_BRIEF}{condition} ORDER BY started_at DESC, id DESC LIMIT ?"
        with self._transactions.read() as connection:
            return tuple(map(run_of, connection.rows(query, (*values, limit))))

    def runless(self, wanted: RunFilter, limit: int) -> tuple[RequestedRun, ...]:
        """Return the newest requests of which no run is recorded yet, or ever will be; states and product are not looked at."""
        where, values = _conditions(wanted, "requested_at", "run_id")
        where.append(f"state IN {marks(_RUNLESS)}")
        where.append("NOT EXISTS (SELECT 1 FROM runs WHERE runs.id = requested_runs.run_id)")
        query = f"{REQUESTS} WHERE {' AND '.join(where)} ORDER BY requested_at DESC, run_id DESC LIMIT ?"
        with self._transactions.read() as connection:
            return tuple(map(request_of, connection.rows(query, (*values, *_RUNLESS, limit))))

    def heads(self, run_ids: Collection[str]) -> Mapping[str, RunHead]:
        """Return how far each of some runs is, by id; of those that are not recorded nothing. One query, however many."""
        found: dict[str, RunHead] = {}
        with self._transactions.read() as connection:
            for batch in batches(run_ids):
                query = (
                    "SELECT id, state, environment, started_at, finished_at,"
                    " (SELECT MAX(revision) FROM steps WHERE run_id = runs.id),"
                    f" (SELECT MAX(number) FROM logs WHERE run_id = runs.id) FROM runs WHERE id IN {marks(batch)}"
                )
                for id_, state, environment, started_at, finished_at, revision, log in connection.rows(query, batch):
                    found[id_] = RunHead(
                        state=RunState(state),
                        environment=environment,
                        started_at=from_micros(started_at),
                        finished_at=None if finished_at is None else from_micros(finished_at),
                        revision=revision or 0,
                        log=log or 0,
                    )
        return found

    def changed_steps(self, run_id: str, after: tuple[int, int], limit: int) -> tuple[StepChange, ...]:
        """Return the steps of a run that changed after a place among its changes (revision, position), in that order."""
        query = (
            f"{STEPS.replace(' FROM steps', ', revision, position FROM steps')} WHERE run_id = ?"
            " AND (revision > ? OR (revision = ? AND position > ?)) ORDER BY revision, position LIMIT ?"
        )
        revision, position = after
        with self._transactions.read() as connection:
            rows = connection.rows(query, (run_id, revision, revision, position, limit))
        return tuple(StepChange(revision=row[-2], position=row[-1], step=step_of(row[:-2])) for row in rows)

    def log_page(self, run_id: str, after: int, limit: int) -> tuple[LogLine, ...]:
        """Return the lines of a run's log after the one of a number, in order."""
        query = "SELECT at, level, step, text, number FROM logs WHERE run_id = ? AND number > ? ORDER BY number LIMIT ?"
        with self._transactions.read() as connection:
            found = connection.rows(query, (run_id, after, limit))
        return tuple(
            LogLine(at=from_micros(at), level=level, step=step, text=text, number=number)
            for at, level, step, text, number in found
        )


def _conditions(wanted: RunFilter, moment: str, id_: str) -> tuple[list[str], list[object]]:
    where: list[str] = []
    values: list[object] = []
    if wanted.environment is not None:
        where.append("environment = ?")
        values.append(wanted.environment)
    if wanted.since is not None:
        where.append(f"{moment} >= ?")
        values.append(to_micros(wanted.since))
    if wanted.before is not None:
        at, before = to_micros(wanted.before[0]), wanted.before[1]
        where.append(f"({moment} < ? OR ({moment} = ? AND {id_} < ?))")
        values += [at, at, before]
    return where, values
