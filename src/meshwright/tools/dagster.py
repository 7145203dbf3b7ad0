"""``dagster``: a run of a job, or of assets, of a Dagster, over its GraphQL API.

Dagster does not know ids of callers, so a run carries the id of our job as a tag, and is found by it. Its steps are our inner
graph; its events and what steps print are the log; metadata of assets and outputs that are named become values, and asset checks
become tests.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Mapping
from pathlib import Path

from meshwright.tools.dagster_api import Api, Run
from meshwright.tools.dagster_events import (
    assets_of,
    checks_of,
    failure_words,
    failures_of,
    values_of,
)
from meshwright.tools.dagster_launch import appeared, own, params_of, repository_of
from meshwright.tools.dagster_options import option_problems
from meshwright.tools.dagster_steps import PlannedStep, steps_of
from meshwright.tools.dagster_watch import Seen, changed, never_launched, news_of, why_queued
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

#: Dagster's name for the job that all assets are in.
_ASSET_JOB = "__ASSET_JOB"
_KEPT_PLANS = 500
_WAITING = frozenset({"QUEUED", "NOT_STARTED", "STARTING"})


class Dagster:
    """Launches runs and follows them."""

    name = "dagster"
    traits = Traits(yields=Yields.NOTHING, effects=Effects.ISOLATED, poll_first_s=1.0, poll_longest_s=15.0)

    def __init__(self) -> None:
        # To be quick, not to remember: connections, and the plans of runs, which do not change.
        self._connections = Connections()
        self._plans: OrderedDict[str, tuple[PlannedStep, ...]] = OrderedDict()

    def problems(self, options: Mapping[str, Json], place: Place) -> Iterable[Problem]:  # noqa: ARG002 - no files
        """Check the options."""
        return option_problems(options)

    def fingerprint_files(self, options: Mapping[str, Json], place: Place) -> Iterable[Path]:  # noqa: ARG002 - none
        """Name nothing: the code is Dagster's."""
        return ()

    def outline(self, options: Mapping[str, Json], place: Place) -> Outline:  # noqa: ARG002 - nothing is yielded
        """Tell nothing."""
        return Outline()

    def start(self, job: Job) -> str:
        """Launch a run with the job's id as a tag; where there is one with it already, that is the one.

        Should two be launched all the same (the first was asked for by a process that died, and appeared only after the second),
        the later ones are ended, and everybody who looks takes the first.
        """
        api = self._api(job)
        if (there := self.find(job)) is not None:
            return there
        params = params_of(job, repository_of(api, job.options))
        try:
            launched = api.launch(params)
        except ToolFailed as failure:
            found = appeared(api, job.id) if failure.is_retryable else None
            if found is None:
                raise
            return found.run_id
        runs = own(api.runs_of(job.id))
        for other in runs[1:]:
            if not other.is_over:
                api.terminate(other.run_id)
        return runs[0].run_id if runs else launched

    def find(self, job: Job) -> str | None:
        """Find the run by its tag."""
        return next((each.run_id for each in own(self._api(job).runs_of(job.id))), None)

    def poll(self, job: Job, handle: str, cursor: str) -> Poll:
        """Look at the run, its steps, its events and what its steps print; a run that Dagster tries again goes on in the next."""
        api, seen = self._api(job), Seen.of(cursor, handle)
        run = self._run(api, seen.run_id)
        if run is None:
            return Poll(state=JobState.LOST, cursor=cursor, error=f"Dagster has no run {seen.run_id} any more")
        if (lost := never_launched(run)) is not None:
            return Poll(state=JobState.LOST, cursor=cursor, error=lost)
        lines, seen, is_all, events = news_of(api, run, seen)
        hints, seen = why_queued(api, run, seen)
        state = _state_of(run) if is_all else JobState.RUNNING  # its end is told after its last line
        if state is JobState.FAILED and run.will_be_retried:
            state = JobState.RUNNING
            if run.retried_by is not None:
                again = f"[run] Dagster tries again: run {run.retried_by}"
                seen = Seen(run_id=run.retried_by, printed={})
                return Poll(state=state, lines=(*lines, again), cursor=seen.cursor())
        error: str | None = None
        failures: Mapping[str, str] = failures_of(events)
        if state is JobState.FAILED:
            every = api.every_event(seen.run_id)
            error, failures = failure_words(every), failures_of(every)
        elif state is JobState.CANCELLED:
            error = "it was cancelled"
        steps, seen = changed(steps_of(self._plan_of(run), run.stats, run.status, failures), seen)
        return Poll(state=state, lines=(*lines, *hints), cursor=seen.cursor(), steps=steps, error=error)

    def collect(self, job: Job, handle: str) -> Outcome:
        """Take the values that are named, the tests, the assets, and the graph as it ended."""
        api = self._api(job)
        run = self._run(api, handle)
        while run is not None and run.retried_by is not None:
            run = self._run(api, run.retried_by)
        if run is None:
            raise ToolFailed(f"Dagster has no run {handle} any more", is_retryable=False)
        events = api.every_event(run.run_id)
        wanted = job.options.get("values") or {}
        assert isinstance(wanted, Mapping)
        seconds = (
            (each.ended_at - each.started_at).total_seconds() for each in run.stats if each.ended_at and each.started_at
        )
        return Outcome(
            values=values_of({str(name): str(path) for name, path in wanted.items()}, events),
            steps=steps_of(self._plan_of(run), run.stats, run.status, failures_of(events)),
            tests=checks_of(events),
            costs={"step_s": round(sum(seconds), 3)},
            url=f"{str(job.options['url']).rstrip('/')}/runs/{run.run_id}",
            unmanaged=assets_of(events),
        )

    def cancel(self, job: Job, handle: str) -> None:  # noqa: ARG002 - by the tag, for the runs that Dagster tried again
        """Ask the run to end, or the one that it goes on in."""
        api = self._api(job)
        for found in api.runs_of(job.id):
            if not found.is_over and (why := api.terminate(found.run_id)) is not None:
                run = self._run(api, found.run_id)
                if run is not None and _state_of(run) in {JobState.WAITING, JobState.RUNNING}:
                    raise ToolFailed(f"Dagster does not end the run {found.run_id}: {why}", is_retryable=True)

    def _api(self, job: Job) -> Api:
        return Api(self._connections, job.options)

    def _run(self, api: Api, run_id: str) -> Run | None:
        run = api.run(run_id, with_plan=run_id not in self._plans)
        if run is not None and run.plan is not None:
            self._plans[run_id] = run.plan
            while len(self._plans) > _KEPT_PLANS:
                self._plans.popitem(last=False)
        return run

    def _plan_of(self, run: Run) -> tuple[PlannedStep, ...]:
        return run.plan if run.plan is not None else self._plans.get(run.run_id, ())


def _state_of(run: Run) -> JobState:
    if run.status in _WAITING:
        return JobState.WAITING
    ended = {"SUCCESS": JobState.SUCCEEDED, "FAILURE": JobState.FAILED, "CANCELED": JobState.CANCELLED}
    return ended.get(run.status, JobState.RUNNING)
