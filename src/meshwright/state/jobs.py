"""Rows of jobs: how they are written and read, one job at a time for each trigger, and which of them may go."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from meshwright.state.codec import from_micros, storable, to_micros
from meshwright.state.connection import Connection
from meshwright.state.leases import RUN_PREFIX
from meshwright.state.records import NODE_KEY, OPEN_JOBS, JobRecord
from meshwright.state.statements import batches, marks, upsert

#: The beginning of a query for jobs, in the order in which `job_of` takes columns.
JOBS = 'SELECT id, node, "trigger", run_id, tool, state, handle, started_at, ended_at, error FROM jobs'


def job_values(job: JobRecord) -> dict[str, object]:
    """Return a job as its row."""
    return {
        "id": job.id,
        "node": job.node,
        "trigger": job.trigger,
        "run_id": job.run_id,
        "tool": job.tool,
        "state": job.state,
        "handle": None if job.handle is None else storable(job.handle),
        "started_at": to_micros(job.started_at),
        "ended_at": None if job.ended_at is None else to_micros(job.ended_at),
        "error": None if job.error is None else storable(job.error),
    }


def job_of(row: Sequence[Any]) -> JobRecord:
    """Return the job of a row."""
    id_, node, trigger, run_id, tool, state, handle, started_at, ended_at, error = row
    return JobRecord(
        id=id_,
        node=node,
        trigger=trigger,
        run_id=run_id,
        tool=tool,
        state=state,
        handle=handle,
        started_at=from_micros(started_at),
        ended_at=None if ended_at is None else from_micros(ended_at),
        error=error,
    )


def start(connection: Connection, job: JobRecord) -> JobRecord:
    """Insert a job, unless one of its trigger is under way, or one of its id is there; return what stands.

    Who comes second waits for the first to commit, and finds its job.
    """
    if connection.kind != "sqlite":
        key = "hashtextextended('meshwright.job.' || coalesce(current_schema(), '') || ?, 0)"
        connection.first(f"SELECT pg_advisory_xact_lock({key})", (job.trigger,))
    under_way = f'{JOBS} WHERE "trigger" = ? AND state IN {marks(OPEN_JOBS)} ORDER BY started_at, id LIMIT 1'
    standing = connection.first(under_way, (job.trigger, *OPEN_JOBS))
    if standing is None:
        upsert(connection, "jobs", ("id",), [job_values(job)])
        standing = connection.first(f"{JOBS} WHERE id = ?", (job.id,))
    assert standing is not None  # it was written above, if not before
    return job_of(standing)


def forget(connection: Connection, jobs: Collection[str]) -> tuple[str, ...]:
    """Delete jobs that are over and whose node no run deals with that goes on; return those that are gone by now."""
    gone: list[str] = []
    held = (
        "SELECT 1 FROM steps s JOIN leases l ON l.name = ? || s.run_id"
        " WHERE s.\"key\" = ? || jobs.node AND l.holder <> ''"
    )
    for batch in batches(sorted(jobs)):
        query = (
            f"DELETE FROM jobs WHERE id IN {marks(batch)} AND state NOT IN {marks(OPEN_JOBS)} AND NOT EXISTS ({held})"
        )
        connection.change(query, (*batch, *OPEN_JOBS, RUN_PREFIX, NODE_KEY))
        left = {id_ for (id_,) in connection.rows(f"SELECT id FROM jobs WHERE id IN {marks(batch)}", batch)}
        gone += [job for job in batch if job not in left]
    return tuple(gone)
