"""The inner graph of a run of Dagster: the steps of its plan with what became of them. Pure.

A step that is mapped over a dynamic output is a step of its own that stands for all: they are named ``twice[0]``, ``twice[1]``...,
it comes after them, and what is downstream comes after it.
"""

from __future__ import annotations

import datetime as dt
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from meshwright.frozen import dataclass
from meshwright.tools.protocol import InnerStep

_STATES = {"IN_PROGRESS": "running", "SUCCESS": "succeeded", "FAILURE": "failed", "SKIPPED": "skipped"}
#: What became of a step that did not begin, by how the run ended.
_NOT_BEGUN = {"SUCCESS": "skipped", "FAILURE": "blocked", "CANCELED": "cancelled"}
#: And of one that began and was not heard of again.
_NOT_ENDED = {"FAILURE": "failed", "CANCELED": "cancelled"}
_WORST_FIRST = ("failed", "blocked", "cancelled", "running", "waiting", "succeeded", "skipped")
_MAPPED = re.compile(r"(.+)\[(?!\?\])[^\]]*\]")
_MOST_INSTANCES = 1000


@dataclass(frozen=True, kw_only=True, slots=True)
class PlannedStep:
    """A step of the plan; one that is mapped has the key ``twice[?]``."""

    key: str
    after: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class StepStats:
    """What became of a step so far."""

    key: str
    status: str
    started_at: dt.datetime | None
    ended_at: dt.datetime | None


def steps_of(
    plan: Iterable[PlannedStep], stats: Iterable[StepStats], run_status: str, errors: Mapping[str, str]
) -> tuple[InnerStep, ...]:
    """Return the graph. `errors` are by the keys of steps."""
    found = {each.key: each for each in stats}
    mapped: dict[str, list[StepStats]] = defaultdict(list)
    for each in found.values():
        if (match := _MAPPED.fullmatch(each.key)) is not None:
            mapped[match[1]].append(each)
    steps: list[InnerStep] = []
    for planned in plan:
        after = tuple(key.removesuffix("[?]") for key in planned.after)
        if not planned.key.endswith("[?]"):
            own = found.pop(planned.key, None)
            steps.append(_step(planned.key, "step", own, after, run_status, errors))
            continue
        name = planned.key.removesuffix("[?]")
        inside = [_step(each.key, "step", each, after, run_status, errors) for each in mapped.get(name, ())]
        for one in inside:
            found.pop(one.name)
        steps += inside[:_MOST_INSTANCES]
        steps.append(_summary(name, inside, after, run_status))
    # What the plan does not tell of, where the plan itself is not told.
    steps += [_step(key, "step", each, (), run_status, errors) for key, each in found.items()]
    return tuple(steps)


def _step(
    name: str, kind: str, stats: StepStats | None, after: tuple[str, ...], run_status: str, errors: Mapping[str, str]
) -> InnerStep:
    if stats is None:
        return InnerStep(name=name, kind=kind, state=_NOT_BEGUN.get(run_status, "waiting"), after=after)
    state = _STATES.get(stats.status, "waiting")
    if state in {"running", "waiting"}:
        state = _NOT_ENDED.get(run_status, state)
    return InnerStep(
        name=name,
        kind=kind,
        state=state,
        after=after,
        started_at=stats.started_at,
        ended_at=stats.ended_at,
        error=errors.get(name),
    )


def _summary(name: str, inside: Sequence[InnerStep], after: tuple[str, ...], run_status: str) -> InnerStep:
    states = {each.state for each in inside} or {_NOT_BEGUN.get(run_status, "waiting")}
    ended = [each.ended_at for each in inside]
    return InnerStep(
        name=name,
        kind="mapped step",
        state=next(state for state in _WORST_FIRST if state in states),
        after=tuple(each.name for each in inside[:_MOST_INSTANCES]) or after,
        started_at=min((each.started_at for each in inside if each.started_at is not None), default=None),
        ended_at=max((each for each in ended if each is not None), default=None) if None not in ended else None,
        error=next((each.error for each in inside if each.error), None),
    )
