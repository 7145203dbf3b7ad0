"""Drives a tool as the coordinator does: start, poll until it ends, collect. And what every tool's tests ask of it."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from meshwright.tools.protocol import Job, JobState, Json, Outcome, Place, Table, Tool, ToolFailed


@dataclass(kw_only=True)
class Driven:
    """What a job came to."""

    state: JobState
    lines: list[str] = field(default_factory=list)
    error: str | None = None
    outcome: Outcome | None = None
    handle: str = ""
    steps: tuple = ()
    #: Whether a test of the tool said no.
    is_refused: bool = False


def place_of(folder: Path, root: Path | None = None) -> Place:
    return Place(root=root or folder, folder=folder, variables=dict(os.environ))


def job_of(
    folder: Path,
    options: Mapping[str, Json],
    *,
    job_id: str | None = None,
    inputs: Mapping[str, Table] | None = None,
    **more: object,
) -> Job:
    # Of each test its own: processes are known, and ended, by the job's id.
    job_id = job_id or f"job-{hashlib.sha256(str(folder).encode()).hexdigest()[:12]}"
    scratch = folder / "scratch" / job_id
    scratch.mkdir(parents=True, exist_ok=True)
    return Job(
        id=job_id, key=f"key-{job_id}", node="sales.orders.task", options=options, place=place_of(folder), scratch=scratch,
        inputs=inputs or {}, **more,  # type: ignore[arg-type]
    )  # fmt: skip


def drive(tool: Tool, job: Job, *, patience_s: float = 120.0) -> Driven:
    handle = tool.find(job) or tool.start(job)
    assert tool.find(job) == handle, "find() does not know what start() began"
    return follow(tool, job, handle, patience_s=patience_s)


def follow(tool: Tool, job: Job, handle: str, *, patience_s: float = 120.0) -> Driven:
    lines: list[str] = []
    cursor, steps = "", ()
    until = time.monotonic() + patience_s
    wait_s = tool.traits.poll_first_s
    while True:
        try:
            poll = tool.poll(job, handle, cursor)
        except ToolFailed as failure:  # the coordinator goes on as well: a busy server answers later
            if not failure.is_retryable or time.monotonic() > until:
                raise
            continue
        lines.extend(poll.lines)
        cursor, steps = poll.cursor, poll.steps or steps
        if poll.state not in {JobState.WAITING, JobState.RUNNING}:
            break
        assert time.monotonic() < until, f"still {poll.state} after {patience_s} s: {lines[-20:]}"
        time.sleep(wait_s)
        wait_s = min(wait_s * 1.5, tool.traits.poll_longest_s)
    outcome = tool.collect(job, handle) if poll.state is JobState.SUCCEEDED else None
    return Driven(
        state=poll.state,
        lines=lines,
        error=poll.error,
        outcome=outcome,
        handle=handle,
        steps=steps,
        is_refused=poll.is_refused,
    )
