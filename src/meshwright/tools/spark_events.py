"""Spark's event log as inner steps and costs: its jobs and stages, with states, times and what they used.

The log is one JSON object in a line. Those of tasks are many and are passed over: a stage's own line sums them up.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from meshwright.tools.protocol import InnerStep

Event = Mapping[str, Any]
_KINDS = tuple(
    f'{{"Event":"SparkListener{kind}"'
    for kind in ("StageSubmitted", "StageCompleted", "JobStart", "JobEnd", "ApplicationStart")
)
#: Spark's sums over the tasks of a stage -> our unit, and how many of Spark's are one of ours.
_COSTS = {
    "internal.metrics.executorCpuTime": ("cpu_s", 1e9),
    "internal.metrics.input.bytesRead": ("bytes_read", 1.0),
    "internal.metrics.output.bytesWritten": ("bytes_written", 1.0),
    "internal.metrics.executorRunTime": ("executor_s", 1e3),
    "internal.metrics.shuffle.write.bytesWritten": ("shuffle_bytes", 1.0),
    "internal.metrics.diskBytesSpilled": ("spilled_bytes", 1.0),
}


def read_events(folder: Path, *, seen: str) -> tuple[str, tuple[Event, ...]]:
    """Return a stamp of the event log, and its events of jobs and stages; none where its stamp is `seen`."""
    files = sorted(path for path in folder.rglob("*") if path.is_file() and not path.name.endswith(".crc"))
    stamp = ",".join(str(path.stat().st_size) for path in files)
    if stamp == seen:
        return stamp, ()
    events: list[Event] = []
    for path in files:
        with path.open(encoding="utf-8", errors="replace") as file:
            # The last line of a log that is being written may be a part of one.
            events.extend(json.loads(line) for line in file if line.startswith(_KINDS) and line.endswith("}\n"))
    return stamp, tuple(events)


def spark_steps(
    events: Iterable[Event], *, is_over: bool, cancelled_at: dt.datetime | None = None
) -> tuple[InnerStep, ...]:
    """Return the jobs and stages of an application as they stand, each job after its stages.

    What failed from `cancelled_at` on was cancelled: a driver that is told to end fails its jobs, for any of many reasons.
    """
    stages: dict[int, dict[str, Any]] = {}
    jobs: dict[int, dict[str, Any]] = {}
    for event in events:
        kind = event["Event"]
        if kind == "SparkListenerJobStart":
            _begin_job(event, jobs, stages)
        elif kind == "SparkListenerJobEnd" and event["Job ID"] in jobs:
            result = event.get("Job Result", {})
            has_succeeded = result.get("Result") == "JobSucceeded"
            jobs[event["Job ID"]].update(
                state="succeeded" if has_succeeded else "failed",
                ended_at=_moment(event.get("Completion Time")),
                error=None if has_succeeded else _first_line(result.get("Exception", {}).get("Message")),
            )
        elif kind == "SparkListenerStageSubmitted":
            info = event["Stage Info"]
            # A stage that is tried again has another attempt, which takes the place of the one before.
            stages[info["Stage ID"]] = _stage(info, state="running")
        elif kind == "SparkListenerStageCompleted":
            info = event["Stage Info"]
            reason = info.get("Failure Reason")
            stages[info["Stage ID"]] = _stage(info, state="failed" if reason else "succeeded")
    for each in [*stages.values(), *jobs.values()]:
        if (
            each["state"] == "failed"
            and cancelled_at is not None
            and each["ended_at"]
            and each["ended_at"] >= cancelled_at
        ):
            each.update(state="cancelled", error=None)
    _end_what_is_left(jobs, stages, is_over=is_over, is_cancelled=cancelled_at is not None)
    names = {number: stage["name"] for number, stage in stages.items()}
    steps = [
        InnerStep(
            name=stage["name"],
            kind="stage",
            state=stage["state"],
            after=tuple(names[parent] for parent in stage["parents"] if parent in names),
            started_at=stage["started_at"],
            ended_at=stage["ended_at"],
            error=stage["error"],
        )
        for _, stage in sorted(stages.items())
    ]
    steps.extend(
        InnerStep(
            name=job["name"],
            kind="job",
            state=job["state"],
            after=tuple(names[number] for number in job["stages"] if number in names),
            started_at=job["started_at"],
            ended_at=job.get("ended_at"),
            error=job.get("error"),
        )
        for _, job in sorted(jobs.items())
    )
    return tuple(steps)


def spark_costs(events: Iterable[Event]) -> dict[str, float]:
    """Return what the stages of an application used, failed attempts included."""
    costs: dict[str, float] = {}
    for event in events:
        if event["Event"] != "SparkListenerStageCompleted":
            continue
        for each in event["Stage Info"].get("Accumulables", ()):
            if each.get("Name") in _COSTS:
                unit, factor = _COSTS[each["Name"]]
                costs[unit] = costs.get(unit, 0.0) + float(each.get("Value") or 0) / factor
    return costs


def failed_reasons(events: Iterable[Event]) -> list[str]:
    """Return why stages failed, in Spark's words, in the order in which they did."""
    return [
        str(event["Stage Info"]["Failure Reason"])
        for event in events
        if event["Event"] == "SparkListenerStageCompleted" and event["Stage Info"].get("Failure Reason")
    ]


def _begin_job(event: Event, jobs: dict[int, dict[str, Any]], stages: dict[int, dict[str, Any]]) -> None:
    number = event["Job ID"]
    infos = event.get("Stage Infos", ())
    described = (event.get("Properties") or {}).get("spark.job.description")
    name = described or (infos[-1].get("Stage Name") if infos else None)
    jobs[number] = {
        "name": f"job {number}: {_first_line(name)}" if name else f"job {number}",
        "state": "running",
        "stages": tuple(sorted(info["Stage ID"] for info in infos)),
        "started_at": _moment(event.get("Submission Time")),
    }
    for info in infos:
        stages.setdefault(info["Stage ID"], _stage(info, state="waiting"))


def _stage(info: Event, *, state: str) -> dict[str, Any]:
    name = info.get("Stage Name")
    return {
        "name": f"stage {info['Stage ID']}: {_first_line(name)}" if name else f"stage {info['Stage ID']}",
        "state": state,
        "parents": tuple(info.get("Parent IDs", ())),
        "started_at": _moment(info.get("Submission Time")),
        "ended_at": _moment(info.get("Completion Time")),
        "error": _first_line(info.get("Failure Reason")),
    }


def _end_what_is_left(
    jobs: dict[int, dict[str, Any]], stages: dict[int, dict[str, Any]], *, is_over: bool, is_cancelled: bool
) -> None:
    """Settle stages that no job waits for any more: those that never began were not needed, or not reached."""
    for job in jobs.values():
        if job["state"] == "running" and is_over:
            job["state"] = "cancelled" if is_cancelled else "failed"
        for number in job["stages"] if job["state"] != "running" else ():
            if stages[number]["state"] == "waiting":
                stages[number]["state"] = "skipped" if job["state"] == "succeeded" else "blocked"
            elif stages[number]["state"] == "running" and is_over:
                stages[number]["state"] = "cancelled" if is_cancelled else "failed"


def _first_line(text: object) -> str | None:
    return str(text).strip().split("\n", 1)[0] if text else None


def _moment(value: object) -> dt.datetime | None:
    return dt.datetime.fromtimestamp(value / 1000, dt.UTC) if isinstance(value, int | float) else None
