"""``http``: one call to a server, with an effect there: a message, an order, the start of something nobody waits for.

The call is made by a process of its own that outlives the coordinator. So a job is one call whatever happens to whoever
started it; and where the call is tried again all the same, the job's key goes with it as ``Idempotency-Key``, the same for
every attempt, by which a server that honours it knows that it was asked before. A call that was cut off by the end of the
machine itself is told as lost, and is nobody's to repeat without being asked.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from meshwright.tools.http_options import CALL_KEYS, allow_problems, call_of, call_problems, has_body
from meshwright.tools.http_process import ANSWER, REFUSAL, as_variables
from meshwright.tools.local import LocalTool
from meshwright.tools.processes import poll_program, start_program
from meshwright.tools.protocol import (
    Effects,
    Job,
    JobState,
    Json,
    Outcome,
    Place,
    Poll,
    Problem,
    ToolFailed,
    Traits,
    Yields,
)

_LOST = "the process that made the call was ended, and whether the call arrived is not known"
_SAFE = frozenset({"GET", "HEAD"})


class Http(LocalTool):
    """Calls an address once."""

    name = "http"
    traits = Traits(yields=Yields.NOTHING, effects=Effects.EXTERNAL, main_option="url", poll_longest_s=1.0)

    def problems(self, options: Mapping[str, Json], place: Place) -> Iterable[Problem]:  # noqa: ARG002 - no files
        """Check the options."""
        yield from call_problems(options, keys=(*CALL_KEYS, "allow"))
        yield from allow_problems(options)

    def start(self, job: Job) -> str:
        """Start the process that makes the call."""
        call_of(job.options, key=job.key or job.id)  # refused here, before there is a process
        program = [sys.executable, "-P", "-m", "meshwright.tools.http_process", str(job.scratch)]
        return start_program(job, program, folder=job.scratch, variables=as_variables(job.options, job.key or job.id))

    def poll(self, job: Job, handle: str, cursor: str) -> Poll:
        """Look whether an answer came."""
        poll = poll_program(job, handle, cursor)
        if poll.state is JobState.LOST:
            return replace(
                poll,
                error=_LOST,
                is_retryable=str(job.options.get("method", "GET")) in _SAFE and not has_body(job.options),
            )
        refusal = _left(job.scratch / REFUSAL)
        if poll.state is not JobState.FAILED or refusal is None:
            return poll
        fix = refusal.get("fix")
        error = f"{refusal['message']}; {fix}" if fix else str(refusal["message"])
        return replace(poll, error=error, is_retryable=bool(refusal["is_retryable"]))

    def collect(self, job: Job, handle: str) -> Outcome:  # noqa: ARG002 - everything is in the folder
        """Take the answer's status, and the values that were picked from it."""
        values = _left(job.scratch / ANSWER)
        if values is None:
            raise ToolFailed("the answer that was left is gone", is_retryable=False)
        return Outcome(values=values)


def _left(path: Path) -> Mapping[str, Json] | None:
    try:
        found: Mapping[str, Json] = json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return None
    return found
