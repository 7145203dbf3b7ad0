"""``prefect``: a flow run of a Prefect 3, over its REST interface.

The id of the job is the run's idempotency key: Prefect creates one run for it, whoever asks and how often. Task runs, with
those of subflows, are the inner graph; artifacts that have a key become values.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from pathlib import Path

from meshwright.tools.prefect_api import Api
from meshwright.tools.prefect_logs import Seen, lines_of
from meshwright.tools.prefect_options import option_problems, page_of, parameters_of, server_of
from meshwright.tools.prefect_runs import artifact_values, child_runs, failure_of, state_line, state_of, steps_of
from meshwright.tools.protocol import (
    Effects,
    Job,
    JobState,
    Json,
    Outcome,
    Outline,
    Place,
    Poll,
    Problem,
    ToolFailed,
    Traits,
    Yields,
)
from meshwright.tools.requests import Connections

#: Workers send their logs some seconds late.
_LOGS_LATE_S = 5.0
_LAST_LOG = "Finished in state "


class Prefect:
    """Creates flow runs of deployments and follows them."""

    name = "prefect"
    traits = Traits(
        yields=Yields.NOTHING,
        effects=Effects.ISOLATED,
        main_option="deployment",
        poll_first_s=0.5,
        poll_longest_s=15.0,
        install="pip install prefect, then `prefect server start`, or Prefect Cloud; here nothing is needed",
    )

    def __init__(self) -> None:
        # To be quick, not to remember.
        self._connections = Connections()

    def problems(self, options: Mapping[str, Json], place: Place) -> Iterable[Problem]:  # noqa: ARG002 - no files
        """Check the options."""
        return option_problems(options)

    def fingerprint_files(self, options: Mapping[str, Json], place: Place) -> Iterable[Path]:  # noqa: ARG002 - none
        """Name nothing: the flow is Prefect's."""
        return ()

    def outline(self, options: Mapping[str, Json], place: Place) -> Outline:  # noqa: ARG002 - nothing is yielded
        """Tell nothing."""
        return Outline()

    def start(self, job: Job) -> str:
        """Create a flow run with the job's id as its key; where Prefect has it already, that is the one."""
        api, options = self._api(job), job.options
        deployment = api.deployment(str(options["deployment"]))
        body: dict[str, Json] = {
            "idempotency_key": job.id,
            "parameters": parameters_of(options, deployment),
            "tags": [*_texts(deployment.get("tags")), *_texts(options.get("tags")), "meshwright"],
            "labels": {"meshwright.node": job.node, "meshwright.run": job.run_id, "meshwright.job": job.id},
        }
        for name, theirs in (("job_variables", "job_variables"), ("work_queue", "work_queue_name"), ("name", "name")):
            if options.get(name) is not None:
                body[theirs] = options[name]
        return str(api.create_run(deployment, body)["id"])

    def find(self, job: Job) -> str | None:
        """Find the flow run by its key."""
        found = self._api(job).run_by_key(job.id)
        return None if found is None else str(found["id"])

    def poll(self, job: Job, handle: str, cursor: str) -> Poll:
        """Look at the run, its tasks and what is new of its log."""
        api, seen = self._api(job), Seen.read(cursor)
        run = api.run(handle)
        if run is None:
            return Poll(
                state=JobState.LOST, cursor=cursor, error="Prefect has no such flow run any more: it was deleted"
            )
        state = state_of(run)
        if state is None:
            raise ToolFailed(f"Prefect tells an unknown state {run.get('state_type')!r}", is_retryable=False)
        steps = steps_of(api.task_runs(handle, child_runs), handle)
        records, is_all = api.logs(handle, seen.since)
        lines, seen = lines_of(records, seen)
        if run.get("state_name") != seen.state:
            lines = (*lines, state_line(run))
        seen = seen.changed(state=str(run.get("state_name")))
        if state in {JobState.WAITING, JobState.RUNNING}:
            return Poll(state=state, lines=lines, steps=steps, cursor=seen.text())
        # Its end is told after its last line.
        now = dt.datetime.now(dt.UTC).timestamp()
        seen = seen.changed(ended=seen.ended or now)
        is_told = any(
            str(each.get("message")).startswith(_LAST_LOG) and not each.get("task_run_id") for each in records
        )
        if not is_all or not (is_told or now - (seen.ended or now) > _LOGS_LATE_S):
            return Poll(state=JobState.RUNNING, lines=lines, steps=steps, cursor=seen.text())
        error = None if state is JobState.SUCCEEDED else failure_of(run, steps)
        return Poll(state=state, lines=lines, steps=steps, cursor=seen.text(), error=error)

    def collect(self, job: Job, handle: str) -> Outcome:
        """Take the run's name, its artifacts and its tasks."""
        api = self._api(job)
        run = api.run(handle)
        if run is None:
            raise ToolFailed("Prefect has no such flow run any more: it was deleted", is_retryable=False)
        values: dict[str, Json] = {"flow_run": run.get("name"), "flow_run_id": handle}
        took_s = run.get("total_run_time")
        return Outcome(
            values=artifact_values(api.artifacts(handle)) | values,
            steps=steps_of(api.task_runs(handle, child_runs), handle),
            costs={"run_s": float(took_s)} if isinstance(took_s, int | float) else {},
            url=page_of(api.server, handle),
        )

    def cancel(self, job: Job, handle: str) -> None:
        """Ask Prefect to cancel the run."""
        self._api(job).cancel(handle)

    def _api(self, job: Job) -> Api:
        return Api(server=server_of(job.options), connections=self._connections)


def _texts(value: Json) -> list[str]:
    return [str(each) for each in value] if isinstance(value, list | tuple) else []
