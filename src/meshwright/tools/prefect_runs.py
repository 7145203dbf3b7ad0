"""What Prefect tells of a flow run, in our words: its state, its task runs as inner steps, its artifacts as values."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Iterable, Mapping, Sequence

from meshwright.tools.protocol import InnerStep, JobState, Json
from meshwright.tools.replies import short

_STATES: Mapping[str, JobState] = {
    "SCHEDULED": JobState.WAITING,
    "PENDING": JobState.WAITING,
    "PAUSED": JobState.WAITING,
    "RUNNING": JobState.RUNNING,
    "CANCELLING": JobState.RUNNING,
    "COMPLETED": JobState.SUCCEEDED,
    "FAILED": JobState.FAILED,
    "CRASHED": JobState.FAILED,
    "CANCELLED": JobState.CANCELLED,
}
_STEP_STATES: Mapping[str, str] = {
    "SCHEDULED": "waiting",
    "PENDING": "waiting",
    "PAUSED": "waiting",
    "RUNNING": "running",
    "CANCELLING": "running",
    "COMPLETED": "succeeded",
    "FAILED": "failed",
    "CRASHED": "failed",
    "CANCELLED": "cancelled",
}
#: States in which a run waits for somebody: told in the log, with what helps.
_WAITS = {
    "Late": "no worker has taken it; is one running for its work pool?",
    "Paused": "it goes on when somebody resumes it in Prefect",
    "Suspended": "it goes on when somebody resumes it in Prefect",
    "AwaitingConcurrencySlot": "it waits for a slot of its concurrency limit",
    "AwaitingRetry": "Prefect tries it again",
}
#: States of a task run that did not happen.
_SKIPPED = frozenset({"Cached", "Skipped"})
_FAILED_TASKS = 5
#: Of one artifact, and of all, as JSON: values are small.
_VALUE_BYTES, _VALUES_BYTES = 16 * 1024, 48 * 1024
_NOT_NAME = re.compile(r"[^a-z0-9_]+")

Row = Mapping[str, Json]


def state_of(run: Row) -> JobState | None:
    """Return the state of a flow run; None where it has one that is not known."""
    return _STATES.get(str(run.get("state_type")))


def state_line(run: Row) -> str:
    """Return a line for the log on the state that a run came into."""
    name = str(run.get("state_name"))
    said = message_of(run) or _WAITS.get(name)
    return f"Prefect: {name}" + (f": {said}" if said else "")


def message_of(row: Row) -> str | None:
    """Return what the state of a run says."""
    state = row.get("state")
    message = state.get("message") if isinstance(state, Mapping) else None
    return short(message) if isinstance(message, str) and message.strip() else None


def failure_of(run: Row, steps: Sequence[InnerStep]) -> str:
    """Say why a flow run did not succeed, in Prefect's words, with the tasks that failed."""
    said = message_of(run) or f"the flow run ended as {run.get('state_name')}"
    failed = [f"{step.name}: {step.error}" if step.error else step.name for step in steps if step.state == "failed"]
    more = [f"and {len(failed) - _FAILED_TASKS} more"] if len(failed) > _FAILED_TASKS else []
    return "\n".join([said, *failed[:_FAILED_TASKS], *more])


def child_runs(tasks: Sequence[Row]) -> list[str]:
    """Return the ids of the flow runs that task runs stand for."""
    return [child for task in tasks if (child := _child_of(task)) is not None]


def steps_of(tasks: Sequence[Row], run_id: str) -> tuple[InnerStep, ...]:
    """Return task runs as steps, in the order given. Those of a subflow are named below the step that stands for it."""
    names = _names(tasks, run_id)
    by_child = {child: names[str(task["id"])] for task in tasks if (child := _child_of(task)) is not None}
    return tuple(
        InnerStep(
            name=names[str(task["id"])],
            kind="task" if _child_of(task) is None else "flow",
            state=_step_state(task),
            after=_after(task, names, by_child),
            started_at=_time(task.get("start_time")),
            ended_at=_time(task.get("end_time")),
            error=message_of(task) if _step_state(task) == "failed" else None,
        )
        for task in tasks
    )


def artifact_values(artifacts: Iterable[Row]) -> dict[str, Json]:
    """Return artifacts that have a key as values, the newest of each key. One that is too large for a value is left out."""
    values: dict[str, Json] = {}
    size = 0
    for artifact in sorted(artifacts, key=lambda each: str(each.get("updated")), reverse=True):
        key, data = artifact.get("key"), artifact.get("data")
        name = _NOT_NAME.sub("_", key.lower()) if isinstance(key, str) else ""
        if not name or name in values:
            continue
        if artifact.get("type") == "table" and isinstance(data, str):
            try:
                data = json.loads(data)
            except ValueError:
                continue
        bytes_here = len(json.dumps(data))
        if bytes_here <= _VALUE_BYTES and size + bytes_here <= _VALUES_BYTES:
            values[name] = data
            size += bytes_here
    return values


def moment(text: Json) -> dt.datetime | None:
    """Return a time as Prefect writes it; None where it is none."""
    return _time(text)


def _names(tasks: Sequence[Row], run_id: str) -> dict[str, str]:
    """Return a name for each task run that stays the same from run to run, where tasks are called in the same order."""
    names: dict[str, str] = {}
    below = {run_id: ""}
    taken: dict[str, int] = {}
    for task in tasks:  # parents come before their children
        prefix = below.get(str(task.get("flow_run_id")), "")
        key = str(task.get("dynamic_key"))
        # Prefect appends a piece of a random key, or a count, to the name of the task.
        plain = str(task.get("name")).removesuffix(f"-{key[:3]}").removesuffix(f"-{key}")
        name = f"{prefix}{plain}"
        taken[name] = taken.get(name, 0) + 1
        if taken[name] > 1:
            name = f"{name}-{taken[name]}"
        names[str(task["id"])] = name
        child = _child_of(task)
        if child is not None:
            below[child] = f"{name}/"
    return names


def _after(task: Row, names: Mapping[str, str], by_child: Mapping[str, str]) -> tuple[str, ...]:
    inputs = task.get("task_inputs")
    found: dict[str, None] = {}
    for group in inputs.values() if isinstance(inputs, Mapping) else ():
        for each in group if isinstance(group, list) else ():
            if isinstance(each, Mapping):
                named = names if each.get("input_type") == "task_run" else by_child
                name = named.get(str(each.get("id")))
                if name is not None and name != names[str(task["id"])]:
                    found[name] = None
    return tuple(found)


def _child_of(task: Row) -> str | None:
    state = task.get("state")
    details = state.get("state_details") if isinstance(state, Mapping) else None
    child = details.get("child_flow_run_id") if isinstance(details, Mapping) else None
    return child if isinstance(child, str) else None


def _step_state(task: Row) -> str:
    if task.get("state_name") in _SKIPPED:
        return "skipped"
    if task.get("state_name") == "NotReady":  # what it waits for failed
        return "blocked"
    return _STEP_STATES.get(str(task.get("state_type")), "waiting")


def _time(text: Json) -> dt.datetime | None:
    if not isinstance(text, str):
        return None
    try:
        found = dt.datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo is not None else found.replace(tzinfo=dt.UTC)
