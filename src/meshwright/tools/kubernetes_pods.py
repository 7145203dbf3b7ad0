"""What a cluster tells of a job and its pods, in our words."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from typing import Any

from meshwright.tools.protocol import InnerStep, JobState, Json, ToolFailed
from meshwright.tools.replies import short

Row = Mapping[str, Any]

_PHASES = {"Pending": "waiting", "Running": "running", "Succeeded": "succeeded", "Failed": "failed"}


def state_of(job: Row, pods: Sequence[Row]) -> JobState:
    """Return the state of a job: its conditions decide, and before there are any, its pods."""
    conditions = _true_conditions(job)
    if "Complete" in conditions:
        return JobState.SUCCEEDED
    if "Failed" in conditions:
        return JobState.FAILED
    return JobState.RUNNING if any(_phase(pod) != "Pending" for pod in pods) else JobState.WAITING


def why_waiting(pods: Sequence[Row]) -> str | None:
    """Say why a job does not begin: its image does not come, no node has room. None where nothing is wrong."""
    for pod in pods:
        for container in _statuses(pod):
            waiting = (container.get("state") or {}).get("waiting") or {}
            if waiting.get("reason") not in {None, "ContainerCreating", "PodInitializing"}:
                return _said(waiting.get("reason"), waiting.get("message"))
        for condition in (pod.get("status") or {}).get("conditions") or ():
            if condition.get("type") == "PodScheduled" and condition.get("status") == "False":
                return _said(condition.get("reason"), condition.get("message"))
    return None


def failure_of(job: Row, pods: Sequence[Row]) -> str:
    """Say why a job failed, in the cluster's words, with what its containers ended with."""
    condition = _true_conditions(job).get("Failed", {})
    told = [_said(condition.get("reason"), condition.get("message"))]
    for pod in pods:
        for container in _statuses(pod):
            ended = (container.get("state") or {}).get("terminated") or {}
            if ended.get("exitCode"):
                how = f"{_name(pod)}: {container.get('name')} ended with status {ended['exitCode']} ({ended.get('reason')})"
                message = ended.get("message")
                told.append(f"{how}\n{message.strip()}" if isinstance(message, str) and message.strip() else how)
    return "\n".join(told)


def steps_of(pods: Sequence[Row]) -> tuple[InnerStep, ...]:
    """Return the pods of a job as steps."""
    return tuple(
        InnerStep(
            name=_name(pod),
            kind="pod",
            state=_PHASES.get(_phase(pod), "waiting"),
            started_at=_time((pod.get("status") or {}).get("startTime")),
            ended_at=max(filter(None, map(_ended, _statuses(pod))), default=None),
            error=why_waiting([pod]),
        )
        for pod in pods
    )


def values_of(pods: Sequence[Row]) -> dict[str, Json]:
    """Return the values that a pod that succeeded wrote as its termination message. Raises ToolFailed for a broken object."""
    for pod in pods:
        for container in _statuses(pod) if _phase(pod) == "Succeeded" else ():
            message = ((container.get("state") or {}).get("terminated") or {}).get("message")
            if isinstance(message, str) and message.lstrip().startswith("{"):
                try:
                    found: dict[str, Json] = json.loads(message)
                except (ValueError, RecursionError) as error:
                    raise ToolFailed(f"the values it left are not JSON: {error}", is_retryable=False) from error
                return found
    return {}


def has_log(pod: Row) -> bool:
    """Whether a pod has begun to write a log."""
    return any((status.get("state") or {}).keys() & {"running", "terminated"} for status in _statuses(pod))


def _true_conditions(job: Row) -> dict[str, Row]:
    conditions = (job.get("status") or {}).get("conditions") or ()
    return {str(each.get("type")): each for each in conditions if each.get("status") == "True"}


def _statuses(pod: Row) -> Sequence[Row]:
    status = pod.get("status") or {}
    return [*(status.get("initContainerStatuses") or ()), *(status.get("containerStatuses") or ())]


def _phase(pod: Row) -> str:
    return str((pod.get("status") or {}).get("phase"))


def _name(pod: Row) -> str:
    return str((pod.get("metadata") or {}).get("name"))


def _ended(container: Row) -> dt.datetime | None:
    return _time(((container.get("state") or {}).get("terminated") or {}).get("finishedAt"))


def _said(reason: object, message: object) -> str:
    return ": ".join(short(str(each)) for each in (reason, message) if each) or "no reason is told"


def _time(text: object) -> dt.datetime | None:
    try:
        return dt.datetime.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        return None
