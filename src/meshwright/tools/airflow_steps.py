"""The inner graph of a DAG run: the tasks of the DAG with the states of their instances, as steps. Pure.

A mapped task is a step of its own that stands for all its instances: they are named ``task[0]``, ``task[1]``..., it comes after
them, and what is downstream comes after it, so that n instances before m others are n + m edges. A task group is the same for
its tasks, but nothing comes after it: edges lead to tasks.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field

from meshwright.frozen import dataclass
from meshwright.tools.protocol import InnerStep

#: States of task instances. What is not here (a state of a later Airflow) waits.
_STATES = {
    "running": "running",
    "restarting": "running",
    "deferred": "running",
    "awaiting_input": "running",
    "success": "succeeded",
    "failed": "failed",
    "skipped": "skipped",
    "removed": "skipped",
    "upstream_failed": "blocked",
}
#: The state of many is the first of these that one of them is in; running stands for a beginning that has no end yet.
_WORST_FIRST = ("failed", "blocked", "running", "waiting", "succeeded", "skipped")
ENDED = frozenset({"success", "failed", "skipped", "removed", "upstream_failed"})
#: Instances beyond these are counted in their task, and have no step of their own.
_MOST_INSTANCES = 1000


@dataclass(frozen=True, kw_only=True, slots=True)
class Instance:
    """One task instance: a task of a DAG run, or one of the many of a mapped task."""

    task: str
    #: -1 where the task is not mapped.
    index: int = -1
    #: As Airflow says it; empty where it has none yet.
    state: str = ""
    #: 0 where it was never tried.
    tries: int = 0
    most_tries: int = 1
    started_at: dt.datetime | None = None
    ended_at: dt.datetime | None = None
    #: Whether it ran somewhere, and so may have a log.
    has_host: bool = False

    @property
    def name(self) -> str:
        """Its name as a step."""
        return self.task if self.index < 0 else f"{self.task}[{self.index}]"


@dataclass(frozen=True, kw_only=True, slots=True)
class Task:
    """A task of a DAG."""

    name: str
    after: tuple[str, ...] = field(default=())


def tasks_of(downstream: Mapping[str, Sequence[str]]) -> tuple[Task, ...]:
    """Turn tasks with what is downstream of them into tasks with what is upstream."""
    upstream: dict[str, list[str]] = {name: [] for name in downstream}
    for name, below in downstream.items():
        for each in below:
            if each in upstream:
                upstream[each].append(name)
    return tuple(Task(name=name, after=tuple(after)) for name, after in upstream.items())


def steps_of(
    tasks: Iterable[Task], instances: Iterable[Instance], errors: Mapping[str, str] | None = None
) -> tuple[InnerStep, ...]:
    """Return the graph. `errors` are by the names of instances. A task without an instance waits."""
    told = errors or {}
    found: dict[str, list[Instance]] = defaultdict(list)
    for each in instances:
        found[each.task].append(each)
    steps = []
    groups: dict[str, list[InnerStep]] = defaultdict(list)
    left = _MOST_INSTANCES
    for task in tasks:
        mine = sorted(found.pop(task.name, ()), key=lambda each: each.index)
        step, own = _task_steps(task, mine, told, left)
        left -= len(own)
        steps += [*own, step]
        for group in _groups_of(task.name):
            groups[group].append(step)
    # Tasks that the DAG had when the run began, and has no longer.
    steps += [_instance_step(each, (), told) for gone in found.values() for each in gone[:_MOST_INSTANCES]]
    names = {step.name for step in steps}
    steps += [_summary(name, "task group", inside) for name, inside in groups.items() if name not in names]
    return tuple(steps)


def _task_steps(
    task: Task, mine: Sequence[Instance], errors: Mapping[str, str], left: int
) -> tuple[InnerStep, Sequence[InnerStep]]:
    """Return the step of a task, and those of its instances where it is mapped."""
    if not mine:
        return InnerStep(name=task.name, kind="task", state="waiting", after=task.after), ()
    if len(mine) == 1 and mine[0].index < 0:
        return _instance_step(mine[0], task.after, errors), ()
    every = [_instance_step(each, task.after, errors) for each in mine]
    shown = every[: max(left, 0)]
    after = tuple(each.name for each in shown) or task.after
    return _summary(task.name, "mapped task", every, after=after), shown


def _instance_step(each: Instance, after: tuple[str, ...], errors: Mapping[str, str]) -> InnerStep:
    return InnerStep(
        name=each.name,
        kind="task",
        state=_STATES.get(each.state, "waiting"),
        after=after,
        started_at=each.started_at,
        ended_at=each.ended_at,
        error=errors.get(each.name),
    )


def _summary(name: str, kind: str, inside: Sequence[InnerStep], *, after: tuple[str, ...] | None = None) -> InnerStep:
    states = {step.state for step in inside}
    state = next(each for each in _WORST_FIRST if each in states)
    if state == "waiting" and len(states) > 1:
        state = "running"
    started = [step.started_at for step in inside if step.started_at is not None]
    ended = [step.ended_at for step in inside if step.ended_at is not None]
    is_over = not states & {"waiting", "running"}
    return InnerStep(
        name=name,
        kind=kind,
        state=state,
        after=tuple(step.name for step in inside) if after is None else after,
        started_at=min(started, default=None),
        ended_at=max(ended, default=None) if is_over else None,
        error=next((step.error for step in inside if step.error), None),
    )


def _groups_of(name: str) -> Iterable[str]:
    """Name the task groups that a task is in: Airflow puts their names before its own, with dots."""
    parts = name.split(".")
    for end in range(1, len(parts)):
        yield ".".join(parts[:end])
