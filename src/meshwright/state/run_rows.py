"""Rows of runs, their steps and triggers: how they are written and read."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from types import MappingProxyType
from typing import Any  # a row's values, as the driver gives them

from meshwright.state.codec import from_micros, pack_text, storable, to_json, to_micros, unpack_text
from meshwright.state.connection import Row
from meshwright.state.records import InnerStepRecord, RunRecord, RunState, StepRecord, Trigger

#: Beginnings of queries, with columns in the order in which the functions below take them.
_RUN_COLUMNS = (
    'id, environment, state, options, "by", started_at, finished_at, base_generation, generation, meshwright, parent,'
    " parent_step, infrastructure, costs"
)
RUNS = f"SELECT {_RUN_COLUMNS}, planned, bound, report, files FROM runs"
RUNS_IN_BRIEF = f"SELECT {_RUN_COLUMNS} FROM runs"
STEPS = (
    "SELECT key, dataset, action, state, version, rows, seconds, attempts, error, started_at, ended_at, inputs, costs"
    " FROM steps"
)
INNER_STEPS = 'SELECT step, name, kind, state, "after", started_at, ended_at, error, dataset FROM inner_steps'
TRIGGERS = "SELECT key, dataset, version, fingerprint, observation, observed FROM triggers"


def run_values(run: RunRecord) -> dict[str, object]:
    """Return a run as its row."""
    return {
        "id": run.id,
        "environment": run.environment,
        "state": run.state.value,
        "options": storable(run.options),
        "by": storable(run.by),
        "started_at": to_micros(run.started_at),
        "finished_at": _micros(run.finished_at),
        "base_generation": run.base_generation,
        "generation": run.generation,
        "meshwright": run.meshwright,
        "parent": run.parent,
        "planned": pack_text(run.planned),
        "bound": pack_text(run.bound),
        "report": pack_text(run.report),
        "files": pack_text(to_json(run.files)),
        "parent_step": run.parent_step,
        "infrastructure": storable(run.infrastructure),
        "costs": run.costs,
    }


def run_of(row: Row) -> RunRecord:
    """Return the run of a row: its columns in brief, and those that are packed where they were asked for."""
    id_, environment, state, options, by, started_at, finished_at, base, generation, meshwright, parent, *more = row
    parent_step, infrastructure, costs, *packed = more
    planned, bound, report, files = map(unpack_text, packed) if packed else ("{}",) * 4
    return RunRecord(
        id=id_,
        environment=environment,
        state=RunState(state),
        options=options,
        by=by,
        started_at=from_micros(started_at),
        finished_at=_moment(finished_at),
        base_generation=base,
        generation=generation,
        planned=planned,
        bound=bound,
        report=report,
        files=MappingProxyType(json.loads(files)),
        meshwright=meshwright,
        parent=parent,
        parent_step=parent_step,
        infrastructure=infrastructure or "[]",
        costs=costs or "{}",
    )


def step_values(run_id: str, step: StepRecord) -> dict[str, object]:
    """Return a step of a run as its row, but for its position."""
    return {
        "run_id": run_id,
        "key": step.key,
        "dataset": step.dataset,
        "action": step.action,
        "state": step.state,
        "version": step.version,
        "rows": step.rows,
        "seconds": step.seconds,
        "attempts": step.attempts,
        "error": None if step.error is None else storable(step.error),
        "started_at": _micros(step.started_at),
        "ended_at": _micros(step.ended_at),
        "inputs": to_json(step.inputs) if step.inputs else None,
        "costs": to_json(step.costs) if step.costs else None,
    }


def step_of(row: Row) -> StepRecord:
    """Return the step of a row."""
    key, dataset, action, state, version, rows, seconds, attempts, error, started_at, ended_at, inputs, costs = row
    return StepRecord(
        key=key,
        dataset=dataset,
        action=action,
        state=state,
        version=version,
        rows=rows,
        seconds=seconds,
        attempts=attempts,
        error=error,
        started_at=_moment(started_at),
        ended_at=_moment(ended_at),
        inputs=MappingProxyType(json.loads(inputs) if inputs else {}),
        costs=MappingProxyType(json.loads(costs) if costs else {}),
    )


def inner_step_values(run_id: str, step: str, position: int, inner: InnerStepRecord) -> dict[str, object]:
    """Return a step of a tool's own graph as its row."""
    return {
        "run_id": run_id,
        "step": step,
        "name": storable(inner.name),
        "position": position,
        "kind": storable(inner.kind),
        "state": inner.state,
        "after": to_json([storable(name) for name in inner.after]),
        "started_at": _micros(inner.started_at),
        "ended_at": _micros(inner.ended_at),
        "error": None if inner.error is None else storable(inner.error),
        "dataset": inner.dataset,
    }


def inner_step_of(row: Sequence[Any]) -> InnerStepRecord:
    """Return the inner step of a row, behind the key of its step."""
    name, kind, state, after, started_at, ended_at, error, dataset = row
    return InnerStepRecord(
        name=name,
        kind=kind,
        state=state,
        after=tuple(json.loads(after)),
        started_at=_moment(started_at),
        ended_at=_moment(ended_at),
        error=error,
        dataset=dataset,
    )


def trigger_values(trigger: Trigger) -> dict[str, object]:
    """Return a trigger as its row."""
    return {
        "key": trigger.key,
        "dataset": trigger.dataset,
        "version": trigger.version,
        "fingerprint": trigger.fingerprint,
        "observation": trigger.observation,
        "observed": storable(trigger.observed),
    }


def trigger_of(row: Row) -> Trigger:
    """Return the trigger of a row."""
    key, dataset, version, fingerprint, observation, observed = row
    return Trigger(
        key=key,
        dataset=dataset,
        version=version,
        fingerprint=fingerprint,
        observation=observation,
        observed=observed,
    )


def _micros(moment: dt.datetime | None) -> int | None:
    return None if moment is None else to_micros(moment)


def _moment(micros: int | None) -> dt.datetime | None:
    return None if micros is None else from_micros(micros)
