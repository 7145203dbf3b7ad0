"""``airflow``: a DAG run of an Airflow 3, over its stable REST API.

The id of the job is the id of the DAG run, which Airflow has once: whoever asks for it again gets the same run. Parameters of the
node are the run's ``conf``; its tasks are our inner graph, with their logs; XComs that are named become values.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from meshwright.tools.airflow_api import CANCELLED, Api, DagRun, Sessions
from meshwright.tools.airflow_logs import Seen
from meshwright.tools.airflow_options import moment_of, option_problems
from meshwright.tools.airflow_steps import Instance, Task, steps_of
from meshwright.tools.airflow_values import values_of
from meshwright.tools.airflow_watch import failure_of, new_lines, why_queued
from meshwright.tools.protocol import (
    Effects,
    InnerStep,
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
from meshwright.tools.replies import words_of
from meshwright.tools.requests import Connections, Refused

_KEPT_DAGS = 200


class Airflow:
    """Starts DAG runs and follows them."""

    name = "airflow"
    traits = Traits(yields=Yields.NOTHING, effects=Effects.ISOLATED, poll_first_s=1.0, poll_longest_s=15.0)

    def __init__(self) -> None:
        # To be quick, not to remember: connections, tokens, and the edges of DAGs by their version.
        self._connections = Connections()
        self._sessions = Sessions()
        self._tasks: OrderedDict[tuple[str, ...], tuple[Task, ...]] = OrderedDict()

    def problems(self, options: Mapping[str, Json], place: Place) -> Iterable[Problem]:  # noqa: ARG002 - no files
        """Check the options."""
        return option_problems(options)

    def fingerprint_files(self, options: Mapping[str, Json], place: Place) -> Iterable[Path]:  # noqa: ARG002 - none
        """Name nothing: the DAG is Airflow's."""
        return ()

    def outline(self, options: Mapping[str, Json], place: Place) -> Outline:  # noqa: ARG002 - nothing is yielded
        """Tell nothing."""
        return Outline()

    def start(self, job: Job) -> str:
        """Ask for a DAG run of the job's id; where Airflow has it already, that is the one."""
        api, dag = self._api(job), str(job.options["dag"])
        about = api.dag(dag)
        if about["is_paused"]:
            raise ToolFailed(
                f"the DAG {dag!r} is paused: a run of it would wait until it is unpaused",
                is_retryable=False,
                fix=f"unpause it in Airflow (`airflow dags unpause {dag}`), then run again",
            )
        given = job.options.get("logical_date")
        date = moment_of(given)
        if given is not None and date is None:  # what a reference stood for
            raise ToolFailed(f"logical_date: '{given}' is not a date or time", is_retryable=False)
        body: dict[str, Json] = {
            "dag_run_id": job.id,
            "logical_date": None if date is None else date.isoformat(),
            "conf": _conf(job),
            "note": f"started by meshwright: {job.node}, environment {job.environment}, run {job.run_id or '-'}"[:1000],
        }
        try:
            reply = api.trigger(dag, body)
        except Refused as refusal:
            broken = api.import_errors(str(about.get("relative_fileloc"))) if about.get("has_import_errors") else ()
            raise Refused(
                "; ".join([str(refusal), *broken]), status=refusal.status, body=refusal.body, fix=refusal.fix
            ) from refusal
        if reply.status == 409 and api.run(dag, job.id) is None:
            other = api.run_of_date(dag, str(body["logical_date"])) if date is not None else None
            if other is not None:
                raise ToolFailed(
                    f"the DAG {dag!r} has a run of the logical date {body['logical_date']} already: {other}",
                    is_retryable=False,
                    fix="leave logical_date out, or delete that run in Airflow",
                )
            raise ToolFailed(f"Airflow refused the DAG run: {words_of(reply.body)}", is_retryable=False)
        return f"{dag}/{job.id}"

    def find(self, job: Job) -> str | None:
        """Find the DAG run of the job's id."""
        dag = str(job.options["dag"])
        return None if self._api(job).run(dag, job.id) is None else f"{dag}/{job.id}"

    def poll(self, job: Job, handle: str, cursor: str) -> Poll:
        """Look at the DAG run, its task instances, and the logs of those that may have news."""
        api, (dag, run_id) = self._api(job), _parts(handle)
        seen = Seen.of(cursor)
        run = api.run(dag, run_id)
        if run is None:
            return Poll(
                state=JobState.LOST,
                cursor=cursor,
                error=f"Airflow has no DAG run {run_id!r} of {dag!r} any more",
                is_retryable=True,
            )
        if run.state == "queued":
            lines, seen = why_queued(api, dag, run, seen)
            return Poll(state=JobState.WAITING, lines=lines, cursor=seen.cursor())
        instances = api.instances(dag, run_id)
        lines, seen, is_all = new_lines(api, dag, run_id, instances, seen)
        state = _state_of(run) if is_all else JobState.RUNNING  # its end is told after its last line
        error: str | None = None
        errors: Mapping[str, str] = {}
        if state is JobState.FAILED:
            error, errors = failure_of(api, dag, run_id, instances)
        elif state is JobState.CANCELLED:
            error = "it was cancelled"
        steps, seen = _news(steps_of(self._tasks_of(api, job, dag, run), instances, errors), seen)
        return Poll(state=state, lines=lines, cursor=seen.cursor(), steps=steps, error=error)

    def collect(self, job: Job, handle: str) -> Outcome:
        """Take the values that are named, the graph as it ended, and the assets that tasks changed."""
        api, (dag, run_id) = self._api(job), _parts(handle)
        run = api.run(dag, run_id)
        if run is None:
            raise ToolFailed(f"Airflow has no DAG run {run_id!r} of {dag!r} any more", is_retryable=False)
        instances = api.instances(dag, run_id)
        wanted = job.options.get("values") or {}
        assert isinstance(wanted, Mapping)
        return Outcome(
            values=values_of(api, dag, run_id, {str(name): str(path) for name, path in wanted.items()}, instances),
            steps=steps_of(self._tasks_of(api, job, dag, run), instances),
            costs={"task_s": round(sum(map(_seconds, instances)), 3)},
            url=f"{str(job.options['url']).rstrip('/')}/dags/{dag}/runs/{run_id}",
            unmanaged=tuple(api.assets(dag, run_id)),
        )

    def cancel(self, job: Job, handle: str) -> None:
        """Set the DAG run to failed, which ends its tasks, and note that it was us."""
        api, (dag, run_id) = self._api(job), _parts(handle)
        run = api.run(dag, run_id)
        if run is not None and run.state in {"queued", "running"}:
            api.end_run(dag, run_id, f"{CANCELLED}: {job.node}, run {job.run_id or '-'}"[:1000])

    def _api(self, job: Job) -> Api:
        return Api(self._connections, self._sessions, job.options)

    def _tasks_of(self, api: Api, job: Job, dag: str, run: DagRun) -> tuple[Task, ...]:
        """Return the tasks of the DAG; asked for once for each version of it."""
        key = (str(job.options["url"]), dag, *run.versions)
        known = self._tasks.get(key)
        if known is None:
            known = self._tasks[key] = api.tasks(dag)
            while len(self._tasks) > _KEPT_DAGS:
                self._tasks.popitem(last=False)
        return known


def _state_of(run: DagRun) -> JobState:
    if run.state == "success":
        return JobState.SUCCEEDED
    if run.state == "failed":
        return JobState.CANCELLED if run.note.startswith(CANCELLED) else JobState.FAILED
    return JobState.RUNNING


def _news(steps: tuple[InnerStep, ...], seen: Seen) -> tuple[tuple[InnerStep, ...], Seen]:
    """Return the graph where it differs from what was told last, and nothing where it does not."""
    digest = hashlib.sha256(repr(steps).encode()).hexdigest()[:16]
    if digest == seen.steps:
        return (), seen
    return steps, replace(seen, steps=digest)


def _conf(job: Job) -> Mapping[str, Json]:
    """Return what the DAG run is given: parameters of the node, its `conf`, and who asks."""
    given = job.options.get("conf") or {}
    assert isinstance(given, Mapping)
    who: dict[str, Json] = {"job": job.id, "node": job.node, "environment": job.environment, "run": job.run_id}
    return {"meshwright": who, **job.params, **given}


def _parts(handle: str) -> tuple[str, str]:
    dag, _, run_id = handle.partition("/")
    return dag, run_id


def _seconds(each: Instance) -> float:
    return (each.ended_at - each.started_at).total_seconds() if each.started_at and each.ended_at else 0.0
