"""What promotions answer, those too that were cut off: from the record of the run, and the generation that it made."""

from __future__ import annotations

import json
from dataclasses import replace

from meshwright.app.apply import require_run_id, run_taken
from meshwright.app.clock import utc_now
from meshwright.app.holding import take_run_lease
from meshwright.app.opened import open_mesh
from meshwright.app.readers import export_environment
from meshwright.app.workspace import Workspace
from meshwright.diagnostics import WorldError
from meshwright.frozen import dataclass
from meshwright.model import canonical_json
from meshwright.plan.values import StepAction
from meshwright.run.documents import run_document
from meshwright.run.report import RunReport, StepReport, StepState
from meshwright.state.protocol import Reader
from meshwright.state.records import Generation, RunRecord, RunState, StepRecord

#: States of steps of which more was to come when their process ended.
_OPEN = frozenset({StepState.WAITING, StepState.RUNNING})


@dataclass(frozen=True, kw_only=True, slots=True)
class Promotion:
    """Answer of `promote`."""

    sandbox: str
    environment: str
    generation: int
    #: Objects whose pointers moved, sorted; empty where the promotion was stopped.
    changed: tuple[str, ...]
    #: The run that gathered evidence and moved the pointers.
    report: RunReport
    seconds: float


def answered(reader: Reader, sandbox: str, report: RunReport, base: int, seconds: float) -> Promotion:
    """Return the answer to a promotion whose run began with generation `base`."""
    made = _generation_of(reader, report.environment, report.run_id, base)
    return Promotion(
        sandbox=sandbox,
        environment=report.environment,
        generation=report.generation,
        changed=() if made is None else tuple(sorted(made.changed)),
        report=report,
        seconds=seconds,
    )


def recorded_promotion(reader: Reader, run: RunRecord, report: RunReport) -> Promotion:
    """Return what `promote` answered, from the record of its run."""
    return answered(reader, json.loads(run.options)["promote"], report, run.base_generation, report.seconds)


def begun_promotion(workspace: Workspace, run_id: str, sandbox: str) -> RunRecord | None:
    """Return the record of the promotion of a sandbox that has an id already and was cut off; None where nothing has it.

    Raises InputError (MW-S002) for what is no id, RefusedError (MW-S001) where another run has it, or one that came to its end.
    """
    require_run_id(run_id)
    with open_mesh(workspace, "prod", create_state=True) as opened:
        record = opened.state.reader.run(run_id)
    if record is None or record.id != run_id:
        return None
    if record.report != "{}" or json.loads(record.options).get("promote") != sandbox:
        raise run_taken(run_id)
    return record


def already_moved(workspace: Workspace, begun: RunRecord) -> Promotion | None:
    """Tell a promotion that was cut off behind its move, and record its end; None where nothing moved.

    Its lease is taken first: whoever carried it out moves nothing from then on. Raises RefusedError (MW-R004) where somebody does.
    """
    with open_mesh(workspace, begun.environment, create_state=True) as opened:
        reader = opened.state.reader
        lease = take_run_lease(opened.state, begun.id, utc_now())
        made = _generation_of(reader, begun.environment, begun.id, begun.base_generation)
        if made is None:
            opened.state.writer.release_lease(lease)
            return None
        report = _report(begun, made, reader.steps(begun.id))
        try:
            export_environment(opened, begun.environment)
        except WorldError as error:
            note = f"files for plain readers were not written: {error.first.message}"
            report = replace(report, notes=(*report.notes, note))
        ended = replace(begun, state=report.state, finished_at=utc_now(), generation=made.number)
        opened.state.writer.finish_run(replace(ended, report=canonical_json(run_document(report))), lease)
        return recorded_promotion(reader, begun, report)


def _generation_of(reader: Reader, environment: str, run_id: str, base: int) -> Generation | None:
    """Return the generation that a run made after the one of number `base`; None where it made none."""
    later = reader.generations(environment, reader.generation(environment) - base)
    return next((made for made in later if made.run_id == run_id), None)


def _report(begun: RunRecord, made: Generation, steps: tuple[StepRecord, ...]) -> RunReport:
    """Put together what is known of a run whose pointers moved, all at once: every step of it had been done."""
    return RunReport(
        run_id=begun.id,
        state=RunState.SUCCEEDED,
        environment=begun.environment,
        generation=made.number,
        steps=tuple(map(_ended, steps)),
        tests=(),
        published=tuple(sorted(name for name in made.changed if name.count(".") == 1 and "/" not in name)),
        not_published=(),
        seconds=(made.at - begun.started_at).total_seconds(),
        notes=(
            "its process was cut off when everything had moved: the tests are told by the evidence of the versions alone",
        ),
    )


def _ended(step: StepRecord) -> StepReport:
    state, action = StepState(step.state), StepAction(step.action)
    return StepReport(
        key=step.key,
        dataset=step.dataset,
        action=StepAction.BUILD if action is StepAction.PENDING else action,
        state=StepState.SUCCEEDED if state in _OPEN else state,
        version=step.version,
        rows=step.rows,
        seconds=step.seconds,
        attempts=step.attempts,
        started_at=step.started_at,
        ended_at=step.ended_at,
        inputs=step.inputs,
        costs=step.costs,
    )
