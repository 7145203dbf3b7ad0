"""Turns evidence into what a run reports, and step failures into findings with a way on."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from meshwright.checks.spec import CheckSpec, Evidence
from meshwright.checks.veiled import veiled_evidence
from meshwright.checks.verdict import demand_words, finding_words, rule_words, verdict_word
from meshwright.diagnostics import Diagnostic
from meshwright.model import Veil, Version, variation_of, varied_address
from meshwright.plan.values import Step
from meshwright.run.board import Board
from meshwright.run.report import StepReport, TestOutcome
from meshwright.state.records import RuleVerdict


def test_outcome(spec: CheckSpec, evidence: Evidence, *, is_recorded: bool, veil: Veil | None) -> TestOutcome:
    """Report one rule's evidence, without the values that a sandbox hides."""
    evidence = veiled_evidence(spec, evidence, veil)
    return TestOutcome(
        id=spec.id,
        dataset=spec.dataset,
        action=spec.action.value,
        verdict=verdict_word(spec, evidence),
        value=evidence.value,
        operator=spec.operator.value,
        bound=spec.bound,
        demand=demand_words(spec),
        finding=finding_words(spec, evidence),
        failing_rows=evidence.failing_rows,
        words=rule_words(spec),
        version=evidence.version,
        sample=evidence.sample,
        error=evidence.error,
        seconds=evidence.seconds,
        is_recorded=is_recorded,
        metric=spec.metric.value,
        columns=spec.columns,
    )


def verdicts_of(
    specs: Iterable[CheckSpec], evidence: Iterable[Evidence], environment: str, at: dt.datetime
) -> tuple[RuleVerdict, ...]:
    """Return what evidence says of each of `specs`, for their histories: rules that demand the same share theirs."""
    found = {each.check: each for each in evidence}
    return tuple(
        RuleVerdict(spec=spec, evidence=found[spec.fingerprint], environment=environment, at=at)
        for spec in specs
        if spec.fingerprint in found
    )


def recorded_stops(step: Step, board: Board) -> tuple[TestOutcome, ...]:
    """Report the recorded evidence that a plan blocks a step by."""
    outcomes: list[TestOutcome] = []
    for evidence in step.blocked_by:
        version = board.version(evidence.version)
        dataset = _stopped_dataset(version, step, board) if version else step.dataset
        specs = board.desired.nodes[dataset].checks if dataset and dataset in board.desired.nodes else ()
        outcomes.extend(
            test_outcome(spec, evidence, is_recorded=True, veil=board.desired.veil)
            for spec in specs
            if spec.fingerprint == evidence.check
        )
    return tuple(outcomes)


def _stopped_dataset(version: Version, step: Step, board: Board) -> str:
    """The dataset that a version stands for in a step: of variations share versions with the plain dataset."""
    variation = variation_of(step.dataset or (step.products[0] if step.products else ""))
    varied = varied_address(version.dataset, variation)
    return varied if varied in board.desired.scope else version.dataset


def stopped_by(outcome: TestOutcome) -> Diagnostic:
    """Say which test stopped what, with its value, its bound and the next command."""
    return Diagnostic(
        code="MW-R018",
        message=f"test '{outcome.id}' stopped {outcome.dataset}: {outcome.finding}",
        fix=f'look at the candidate: mw show {outcome.version}; its rows: mw query --version {outcome.version} "..."',
        object=outcome.dataset,
    )


def blocked_by(cause: StepReport) -> Diagnostic:
    """Say what a step was blocked by; the first cause is kept through any number of steps."""
    error = cause.error
    if error is not None and error.code == "MW-R007":
        return error
    what = cause.dataset or cause.key.partition(":")[2]
    return Diagnostic(code="MW-R007", message=f"blocked by {what}", fix=error.fix if error else None, object=what)
