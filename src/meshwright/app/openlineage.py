"""Tells OpenLineage of runs: of one that goes on, by a listener beside that of the caller, and of past ones by their record."""

from __future__ import annotations

import datetime as dt
import json
import os
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from urllib.parse import urlsplit

from meshwright.app.opened import OpenedMesh
from meshwright.app.openlineage_inner import begun, inner_steps
from meshwright.app.openlineage_sending import Event, FileSink, HttpSink, LaterSink, Sender, SendingLimits, Sink
from meshwright.app.openlineage_values import (
    LineageMesh,
    LineageSteps,
    ToldStep,
    lineage_mesh,
    lineage_run,
    state_tag,
)
from meshwright.app.planning import Prepared
from meshwright.app.worlds import clean_commit
from meshwright.diagnostics import Diagnostic, InputError
from meshwright.files.standards.openlineage import LineageRun, run_ended, run_started, step_ended, step_started
from meshwright.frozen import dataclass
from meshwright.graph.lineage import ColumnEdge, ColumnLineage
from meshwright.model.references import holds_secret
from meshwright.model.reporting import LineageSettings
from meshwright.plan.values import Step, StepKind
from meshwright.run import events
from meshwright.run.documents import recorded_outcome
from meshwright.run.report import RunReport, StepReport, StepState, TestOutcome
from meshwright.secrets import Need, Secrets
from meshwright.state.protocol import Reader
from meshwright.state.records import RunRecord

_LIMITS = SendingLimits()
#: Generations that are looked through for those of a past run.
_LOOKED_THROUGH = 200


@dataclass(frozen=True, kw_only=True, slots=True)
class StepTold:
    """A step to be told: that it begins, that it has ended, or both."""

    step: ToldStep
    is_begin: bool
    is_end: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class RunTold:
    """The run itself to be told: that it begins, or has ended."""

    run: LineageRun
    is_end: bool


Told = StepTold | RunTold


class Composer:
    """Makes events of one run, in order, out of what is told."""

    def __init__(self, about: LineageMesh, record: RunRecord, run: LineageRun, reader: Reader) -> None:
        self._steps = LineageSteps(about, record)
        self._run = run
        self._reader = reader

    def compose(self, items: Sequence[Told]) -> list[Event]:
        """Return the events; versions that they are about are looked up together."""
        ended = [item.step for item in items if isinstance(item, StepTold) and item.is_end]
        versions = self._reader.versions(self._steps.wanted(ended))
        found: list[Event] = []
        for item in items:
            if isinstance(item, RunTold):
                found.append(run_ended(item.run) if item.is_end else run_started(item.run))
                continue
            if item.is_begin:
                found.append(step_started(self._run, self._steps.begun(item.step)))
            if item.is_end:
                for inner in inner_steps(self._steps, item.step, versions):
                    found += [step_started(self._run, begun(inner)), step_ended(self._run, inner)]
                found.append(step_ended(self._run, self._steps.ended(item.step, versions)))
        return found


class LineageTeller:
    """Takes what a run tells, and has events sent of it. Used by the coordinator's thread."""

    def __init__(self, opened: OpenedMesh, record: RunRecord, prepared: Prepared, *, is_resumed: bool) -> None:
        sinks = _sinks(opened)
        about = lineage_mesh(
            opened.mesh,
            opened.workspace.root,
            edges_of(
                prepared.judged.typed.lineage,
                [step.dataset for step in prepared.plan.steps if step.kind is StepKind.NODE and step.dataset],
            ),
            clean_commit(opened),
        )
        self._run = lineage_run(about, record, opened.state.reader)
        composer = Composer(about, record, self._run, opened.state.reader)
        self._sender: Sender[Told] = Sender(composer.compose, sinks, _LIMITS)
        self._planned: dict[str, Step] = {}
        #: Keys of steps of which it was told that they have begun, and not yet that they have ended.
        self._begun: set[str] = set()
        self._sender.put(RunTold(run=_resumed(self._run, record) if is_resumed else self._run, is_end=False))

    def __call__(self, event: events.Event, /) -> None:
        """Take what a run tells."""
        match event:
            case events.RunStarted():
                self._planned |= {step.key: step for step in event.plan.steps}
            case events.StepBegun():
                self._begun.add(event.key)
                planned = self._planned[event.key]
                step = ToldStep(
                    key=event.key,
                    dataset=planned.dataset,
                    action=planned.action.value,
                    state=StepState.RUNNING.value,
                    started_at=event.at,
                    inputs=event.inputs,
                )
                self._sender.put(StepTold(step=step, is_begin=True, is_end=False))
            case events.StepEnded():
                self._end(event.report, event.tests)

    def _end(self, report: StepReport, tests: Sequence[TestOutcome]) -> None:
        planned = self._planned.get(report.key)
        step = _told_step(report, planned.products if planned is not None else (), tests)
        if step is not None:
            self._sender.put(StepTold(step=step, is_begin=report.key not in self._begun, is_end=True))
        self._begun.discard(report.key)

    def finish(self, report: RunReport, ended_at: dt.datetime) -> RunReport:
        """Say how the run ended, wait a little for what is not sent yet, and add to the notes what could not be told."""
        for step in report.steps:
            if step.key in self._begun:  # it was interrupted at work
                self._end(step, ())
        run = replace(
            self._run,
            ended_at=ended_at,
            state=report.state.value,
            error=_error_of(report),
            tags=(*self._run.tags, state_tag(report.state.value)),
        )
        self._sender.put(RunTold(run=run, is_end=True))
        return replace(report, notes=(*report.notes, *self._sender.close()))

    def close(self) -> None:
        """Give up what was not sent: the run was broken off."""
        self._sender.close()


def past_events(opened: OpenedMesh, record: RunRecord, lineage: ColumnLineage) -> list[Event]:
    """Return the events of a run by its record: those that were sent while it went on, where they were.

    `opened` is the mesh as it was. Of a run that has not ended, those that there are.
    """
    reader = opened.state.reader
    steps = tuple(_past_steps(record, reader))
    about = lineage_mesh(
        opened.mesh,
        opened.workspace.root,
        edges_of(lineage, [step.dataset for step in steps if step.dataset and step.kind == "build"]),
        _past_commit(record, reader),
    )
    run = lineage_run(about, record, reader)
    began = json.loads(record.infrastructure)
    told: list[Told] = [RunTold(run=replace(run, tags=run.tags[:2]), is_end=False)]
    told += [
        RunTold(run=replace(_resumed(run, record, place), tags=run.tags[:2]), is_end=False)
        for place in range(1, len(began))
    ]
    told += [StepTold(step=step, is_begin=True, is_end=step.ended_at is not None) for step in steps]
    if record.finished_at is not None:
        told.append(RunTold(run=run, is_end=True))
    return Composer(about, record, run, reader).compose(told)


def edges_of(lineage: ColumnLineage, datasets: Collection[str]) -> dict[str, tuple[ColumnEdge, ...]]:
    """Return the edges of columns that lead to some datasets; those of others are not looked for."""
    lineage.expect(datasets)
    return {dataset: lineage.edges[dataset] for dataset in datasets if dataset in lineage.edges}


def _sinks(opened: OpenedMesh) -> list[Sink]:
    """Return where events go."""
    settings, root = opened.mesh.openlineage, opened.workspace.root
    sinks: list[Sink] = []
    if settings.file is not None:
        sinks.append(FileSink(root / settings.file))
    if settings.url is not None:
        secrets = Secrets(root, os.environ)
        is_secret = holds_secret(settings.url)
        place = "openlineage.url" if is_secret else HttpSink.place_of(_address(settings.url, settings))
        sinks.append(LaterSink(place, lambda: _receiver(settings, secrets), secrets.hidden))
    return sinks


def _address(url: str, settings: LineageSettings) -> str:
    return f"{url.rstrip('/')}/{settings.endpoint.lstrip('/')}"


def _receiver(settings: LineageSettings, secrets: Secrets) -> HttpSink:
    """Return the receiver of events, its secrets resolved. Raises MeshwrightError where one cannot be."""
    need = Need(by="openlineage")
    headers = {name: secrets.resolved_text(text, need) for name, text in settings.headers.items()}
    if settings.api_key is not None:
        headers["Authorization"] = f"Bearer {secrets.resolved_text(settings.api_key, need)}"
    for name, text in headers.items():
        if not text.isprintable():
            message = f"what header {name} of openlineage refers to holds a control character"
            raise InputError(Diagnostic(code="MW-R079", message=message, fix="store it without line ends"))
    url = _address(secrets.resolved_text(settings.url or "", need), settings)
    if not _is_http(url):
        message = "what url of openlineage refers to is no http or https address"
        raise InputError(Diagnostic(code="MW-R079", message=message, fix="write for example http://localhost:5000"))
    return HttpSink(url, headers, _LIMITS)


def _is_http(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def _told_step(report: StepReport, products: Sequence[str], tests: Sequence[TestOutcome]) -> ToldStep | None:
    """Return a step that has ended as it is told; None of one that never began."""
    if report.started_at is None:
        return None
    return ToldStep(
        key=report.key,
        dataset=report.dataset,
        products=tuple(products),
        action=report.action.value,
        state=report.state.value,
        version=report.version,
        error=str(report.error) if report.error is not None else None,
        started_at=report.started_at,
        ended_at=report.ended_at,
        inputs=report.inputs,
        costs=report.costs,
        tests=tuple(tests),
        inner=report.inner,
    )


def _past_steps(record: RunRecord, reader: Reader) -> Iterable[ToldStep]:
    """Yield the steps of a recorded run that have begun, in the order of the plan."""
    plan, report = json.loads(record.bound) or json.loads(record.planned), json.loads(record.report)
    products = {step["key"]: tuple(step["products"]) for step in plan.get("steps", ())}
    tests: dict[str, list[TestOutcome]] = {}
    for document in report.get("tests", ()):
        outcome = recorded_outcome(document)
        tests.setdefault(f"test:{outcome.dataset}", []).append(outcome)
    inner = reader.inner_steps(record.id)
    for step in reader.steps(record.id):
        if step.started_at is None:
            continue
        yield ToldStep(
            key=step.key,
            dataset=step.dataset,
            products=products.get(step.key, ()),
            action=step.action,
            state=step.state,
            version=step.version,
            error=step.error,
            started_at=step.started_at,
            ended_at=step.ended_at,
            inputs=step.inputs,
            costs=step.costs,
            tests=tuple(tests.get(step.key, ())),
            inner=inner.get(step.key, ()) if step.ended_at is not None else (),
        )


def _past_commit(record: RunRecord, reader: Reader) -> str | None:
    """Return the commit that a run's code was, as its publications say; None where it published nothing, or none was."""
    for generation in reader.generations(record.environment, limit=_LOOKED_THROUGH):
        if generation.run_id != record.id:
            continue
        revisions = {after for _, after in generation.changed.values() if after is not None}
        for revision in reader.revisions(revisions).values():
            commit = json.loads(revision.document).get("commit")
            if isinstance(commit, str):
                return commit
    return None


def _resumed(run: LineageRun, record: RunRecord, place: int = -1) -> LineageRun:
    """Return a run as it goes on: since the process at `place` of those that carried it out took it over."""
    since = dt.datetime.fromisoformat(json.loads(record.infrastructure)[place]["since"])
    return replace(run, started_at=since, is_resumed=True)


def _error_of(report: RunReport) -> str | None:
    """Say why a run did not end well, as `lineage_run` says it of a record."""
    if report.error is not None:
        return f"{report.error.code} {report.error.message}"
    failed = (step for step in report.steps if step.state is StepState.FAILED and step.error is not None)
    step = next(failed, None)
    if step is None or step.error is None:
        return None
    return f"{step.key}: {step.error.code} {step.error.message}"
