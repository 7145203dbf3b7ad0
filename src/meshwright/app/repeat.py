"""The verb `runs repeat`: a recorded run made again from its own files and parameters, and compared with its record.

It builds what is missing and publishes nothing: what stands in the environment stays, whatever comes out.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import replace

from meshwright import __version__
from meshwright.app.apply import (
    Held,
    Order,
    carry_out,
    new_run_id,
    recorded_options,
    require_new,
    run_taken,
    take_up,
    waiting_steps,
)
from meshwright.app.clock import utc_now
from meshwright.app.frozen import frozen_workspace, recorded_run, refuse_promotion
from meshwright.app.holding import take_run_lease
from meshwright.app.infrastructure import infrastructure_text
from meshwright.app.observing import Published, published_from
from meshwright.app.opened import OpenedMesh, open_mesh
from meshwright.app.planning import Prepared, prepare_against
from meshwright.app.run_finding import is_repetition
from meshwright.app.workspace import Workspace, who
from meshwright.frozen import dataclass
from meshwright.model import Version, canonical_json
from meshwright.plan.documents import plan_document
from meshwright.plan.values import Plan, StepKind
from meshwright.run.events import Listener, no_listener
from meshwright.run.report import RunReport
from meshwright.state.protocol import Reader
from meshwright.state.records import ObjectKind, Pointer, RunRecord, RunState


@dataclass(frozen=True, kw_only=True, slots=True)
class RepeatedVersion:
    """A dataset of the run: the version that was recorded and the one that came out now."""

    dataset: str
    recorded: str
    #: None where it could not be built.
    version: str | None
    #: Why they differ, in words; empty where they do not.
    reasons: tuple[str, ...] = ()

    @property
    def is_same(self) -> bool:
        """Whether the repetition came to the same version."""
        return self.version == self.recorded


@dataclass(frozen=True, kw_only=True, slots=True)
class Repetition:
    """Answer of `runs repeat`."""

    #: The run that was repeated.
    repeated: str
    versions: tuple[RepeatedVersion, ...]
    #: The run that repeated it, which published nothing.
    report: RunReport
    notes: tuple[str, ...] = ()

    @property
    def is_same(self) -> bool:
        """Whether every version is the recorded one."""
        return all(one.is_same for one in self.versions)


def repeat(
    workspace: Workspace, run_id: str, listener: Listener = no_listener, new_id: str | None = None
) -> Repetition:
    """Execute a recorded run again and compare. Versions that are there are taken, others are built; nothing is published.

    The run that does it gets the id `new_id` where one is given. Raises InputError (MW-R005) for a run that is not there,
    RefusedError (MW-S001) where there is one of the new id (the same repetition is gone on with where it was cut off),
    WorldError (MW-R017) where its files are not there.
    """
    now, started = utc_now(), time.monotonic()
    record = recorded_run(workspace, run_id)
    refuse_promotion(record)
    options = recorded_options(record)
    with (
        frozen_workspace(workspace, record) as frozen,
        open_mesh(frozen, record.environment, create_state=True) as opened,
    ):
        recorded = _recorded_versions(record)

        def plan_again() -> Prepared:
            prepared = prepare_against(opened, options, _as_recorded(opened, record, recorded))
            return replace(prepared, plan=_unpublished(prepared.plan))

        prepared = plan_again()
        planned = {
            step.dataset: (step.key, step.reasons)
            for step in prepared.plan.steps
            if step.kind is StepKind.NODE and step.dataset is not None
        }
        order = Order(options=record.options, again=plan_again, retest=options.retest)
        if new_id is not None:
            begun = opened.state.reader.run(new_id)
            if begun is not None and _is_cut_off(begun, new_id, record):
                report = take_up(opened, prepared, order, begun, listener)
                return _answer(opened.state.reader, record, report, planned)
            require_new(opened, new_id)
        name = new_id or new_run_id(now)
        lease = take_run_lease(opened.state, name, now)
        repeating = RunRecord(
            id=name,
            environment=record.environment,
            state=RunState.RUNNING,
            options=record.options,
            by=who(),
            started_at=now,
            base_generation=prepared.plan.generation,
            generation=prepared.plan.generation,
            planned=canonical_json(plan_document(prepared.plan)),
            files=record.files,
            meshwright=__version__,
            parent=record.id,
            infrastructure=infrastructure_text(opened, now),
        )
        if not opened.state.writer.start_run(repeating, waiting_steps(prepared.plan), {}, must_be_new=True):
            opened.state.writer.release_lease(lease)
            raise run_taken(name)
        held = Held(record=repeating, lease=lease, started=started)
        report = carry_out(opened, prepared, order, held, listener)
        return _answer(opened.state.reader, record, report, planned)


def _is_cut_off(begun: RunRecord, new_id: str, repeated: RunRecord) -> bool:
    """Whether a run that has the id already is the same repetition, which did not come to its end."""
    return (begun.id, begun.parent, begun.report) == (new_id, repeated.id, "{}") and is_repetition(begun)


def _answer(
    reader: Reader, repeated: RunRecord, report: RunReport, planned: Mapping[str, tuple[str, tuple[str, ...]]]
) -> Repetition:
    return Repetition(
        repeated=repeated.id,
        versions=_compared(_recorded_versions(repeated), report, planned, reader),
        report=report,
        notes=_notes(repeated, __version__),
    )


def recorded_repetition(reader: Reader, repeated: RunRecord, run: RunRecord, report: RunReport) -> Repetition:
    """Return what `repeat` answered of a run that repeated another one, from the records of both."""
    planned = {
        step["dataset"]: (step["key"], tuple(step["reasons"]))
        for step in json.loads(run.planned).get("steps", ())
        if step["kind"] == StepKind.NODE.value and step["dataset"]
    }
    return Repetition(
        repeated=repeated.id,
        versions=_compared(_recorded_versions(repeated), report, planned, reader),
        report=report,
        notes=_notes(repeated, run.meshwright),
    )


def _recorded_versions(record: RunRecord) -> dict[str, str]:
    """Return dataset -> version of a run: as it came out, or where it never ended as it was planned."""
    plan = json.loads(record.bound) or json.loads(record.planned)
    return {
        step["dataset"]: step["version"]
        for step in plan.get("steps", ())
        if step["kind"] == StepKind.NODE.value and step["dataset"] and step["version"]
    }


def _as_recorded(opened: OpenedMesh, record: RunRecord, recorded: Mapping[str, str]) -> Published:
    """Return the environment that the run began with, its own versions in it, at the generation that stands now.

    A plan for it has reasons where it differs from the record.
    """
    reader, generation = opened.state.reader, record.base_generation
    pointers = dict(reader.pointers(record.environment, generation))
    for dataset, version in recorded.items():
        pointers[dataset] = Pointer(
            object=dataset,
            kind=ObjectKind.DATASET,
            revision=version,
            environment=record.environment,
            generation=generation,
        )
    return published_from(reader, reader.generation(record.environment), pointers)


def _unpublished(plan: Plan) -> Plan:
    """Return the plan without its publications."""
    dropped = {step.key for step in plan.steps if step.kind is StepKind.PUBLISH}
    steps = (step for step in plan.steps if step.key not in dropped)
    return replace(
        plan,
        steps=tuple(replace(step, after=tuple(key for key in step.after if key not in dropped)) for step in steps),
        affected=(),
        changes=(),
    )


def _compared(
    recorded: Mapping[str, str], report: RunReport, planned: Mapping[str, tuple[str, tuple[str, ...]]], reader: Reader
) -> tuple[RepeatedVersion, ...]:
    """Put what came out beside what was recorded; `planned` has the key of a dataset's step, and the reasons for it."""
    keys = {key for key, _ in planned.values()}
    built = {step.dataset: step.version for step in report.steps if step.key in keys}
    differing = {dataset: version for dataset, version in recorded.items() if built.get(dataset) != version}
    rows = reader.versions({*differing.values(), *filter(None, (built.get(dataset) for dataset in differing))})
    return tuple(
        RepeatedVersion(
            dataset=dataset,
            recorded=version,
            version=built.get(dataset),
            reasons=_reasons(
                rows.get(version), rows.get(built.get(dataset) or ""), planned.get(dataset, (None, None))[1]
            )
            if dataset in differing
            else (),
        )
        for dataset, version in sorted(recorded.items())
    )


def _reasons(then: Version | None, now: Version | None, planned: tuple[str, ...] | None) -> tuple[str, ...]:
    """Say why a dataset came to another version."""
    if planned is None:
        return ("nothing in the run's own files defines it",)
    if then is None:
        return ("the recorded version is not in the state any more",)
    if now is None:
        return ("it was not built this time",)
    reasons = []
    if then.fingerprint != now.fingerprint:
        reasons.append("this release of meshwright reads its definition differently")
    changed = sorted(name for name in {*then.params, *now.params} if then.params.get(name) != now.params.get(name))
    reasons += [f"parameter `{name}` has another value" for name in changed]
    if then.engine != now.engine:
        reasons.append(f"the engine was {then.engine} and is {now.engine}")
    reasons += [
        f"input {name} is another version"
        for name in sorted({*then.inputs, *now.inputs})
        if then.inputs.get(name) != now.inputs.get(name)
    ]
    if not reasons and now.is_opaque:
        reasons.append("what it reads is not what it was")
    return tuple(reasons) or planned


def _notes(record: RunRecord, release: str) -> tuple[str, ...]:
    if record.meshwright == release:
        return ()
    return (f"the run was made by meshwright {record.meshwright or 'of unknown version'}, this is {release}",)
