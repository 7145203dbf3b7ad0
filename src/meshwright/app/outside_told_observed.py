"""Events of tools without OpenLineage, as what they tell: how a run is, what was done with a dataset, a metric, a message, outcomes
of tests."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Sequence

from meshwright.app.outside_told_names import OwnNames
from meshwright.diagnostics import Diagnostic, InputError, known_names_hint
from meshwright.files.standards.dataset_names import normal_name
from meshwright.frozen import dataclass
from meshwright.model.identity import identity
from meshwright.model.told import (
    Direction,
    NoteKind,
    Told,
    ToldDataset,
    ToldEdge,
    ToldJob,
    ToldName,
    ToldNote,
    ToldRun,
    ToldState,
    ToldUse,
    dataset_id,
    job_id,
    run_id_of,
    run_key,
    together,
)

_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
#: As of OpenLineage events: what a wrong clock says would stand for as long.
_AHEAD = dt.timedelta(days=1)
#: What no name holds: control characters, and halves of characters.
_NO_NAME = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")


@dataclass(frozen=True, kw_only=True, slots=True)
class ObservedOutcome:
    """What a test of an outside tool found."""

    name: str
    #: ``passed``, ``warned`` or ``failed``.
    status: str
    value: float | None = None
    text: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Observed:
    """An event as it came in. Which of the fields below `dataset` are used is the kind's matter."""

    kind: NoteKind
    #: What makes it one; None: its content does.
    id: str | None = None
    #: When it happened; None: when it came.
    at: dt.datetime | None = None
    tool: str = ""
    job: ToldName | None = None
    #: What the tool calls the run.
    run: str | None = None
    #: An address of ours, or a name.
    dataset: str | ToldName | None = None
    state: ToldState | None = None
    operation: Direction | None = None
    name: str = ""
    value: float | None = None
    level: str = ""
    text: str = ""
    url: str = ""
    outcomes: tuple[ObservedOutcome, ...] = ()


def observed_told(events: Sequence[Observed], names: OwnNames, now: dt.datetime) -> Told:
    """Return what events tell. Raises InputError (MW-O012) with everything that is wrong with them."""
    findings: list[Diagnostic] = []
    several = len(events) > 1
    told = []
    for place, event in enumerate(events, 1):
        where = f"event {place}: " if several else ""
        problems = list(_problems(event, names, now))
        findings += [Diagnostic(code="MW-O012", message=f"{where}{message}", fix=fix) for message, fix in problems]
        if not problems:
            told.append(_told(event, names, now))
    if findings:
        raise InputError(*findings)
    return together(*told)


def note_keys(told: Told) -> tuple[str, ...]:
    """Return the keys of what is told, each once."""
    return tuple(dict.fromkeys(note.key for note in told.notes))


def _problems(event: Observed, names: OwnNames, now: dt.datetime) -> Iterator[tuple[str, str]]:
    if event.at is not None and not _EPOCH <= event.at <= now + _AHEAD:
        when = "before 1970" if event.at < _EPOCH else "more than a day from now"
        yield f"'time' lies {when}", "check the clock of the sender; without 'time' it is now"
    if event.job is None and event.dataset is None:
        yield "it is about nothing", "name a 'job', a 'dataset', or both"
    if event.run is not None and event.job is None:
        yield "'run' is that of no job", "name the 'job' that it is a run of"
    for what, name in (("job", event.job), ("dataset", event.dataset)):
        if isinstance(name, ToldName):
            for part, text in (("namespace", name.namespace), ("name", name.name)):
                if not text.strip() or _NO_NAME.search(text):
                    yield f"'{what}.{part}' is empty or holds a control character", "name it with text"
    if isinstance(event.dataset, str) and names.mesh.node(event.dataset) is None:
        known = {node.address for node in names.mesh.nodes()}
        yield (
            f"no dataset of this mesh is called '{event.dataset[:100]}'",
            f"{known_names_hint(event.dataset, known, what='datasets')}; one outside is {{namespace, name}}",
        )


def _told(event: Observed, names: OwnNames, now: dt.datetime) -> Told:
    at = event.at or now
    job, dataset = event.job, _dataset_name(event, names)
    run = run_id_of(job, event.run) if job is not None and event.run is not None else ""
    about = {
        "job": job_id(job) if job is not None else "",
        "run": run,
        "dataset": dataset_id(dataset) if dataset is not None else "",
    }
    edges, uses = [], []
    if dataset is not None and event.operation is not None:
        if job is not None:
            edges.append(ToldEdge(job=about["job"], dataset=about["dataset"], direction=event.operation, at=at))
        if run:
            uses.append(ToldUse(run=run, dataset=about["dataset"], direction=event.operation))
    runs = []
    if run:
        runs.append(
            ToldRun(id=run, job=about["job"], at=at, key=run_key(event.run or ""), state=event.state, url=event.url)
        )
    return Told(
        jobs=(ToldJob(name=job, at=at, producer=event.tool),) if job is not None else (),
        datasets=(ToldDataset(name=dataset, at=at),) if dataset is not None else (),
        edges=tuple(edges),
        runs=tuple(runs),
        uses=tuple(uses),
        notes=tuple(_notes(event, at, about)),
    )


def _notes(event: Observed, at: dt.datetime, about: dict[str, str]) -> Iterator[ToldNote]:
    """Yield a note for the event, or one for each outcome of a test."""
    content = [
        event.at.isoformat() if event.at is not None else None,
        event.tool,
        about,
        event.state and event.state.value,
        event.operation and event.operation.value,
        [event.name, event.value, event.level, event.text, event.url],
        [[each.name, each.status, each.value, each.text] for each in event.outcomes],
    ]
    digest = identity("mwobservedbody1", event.kind.value, *content)
    # Keys are their sender's own: another job's, or another dataset's, may be the same.
    of = about["job"] or about["dataset"]
    key = identity("mwobserved1", event.kind.value, of, *([event.id] if event.id else [digest, at.isoformat()]))
    if event.kind is not NoteKind.TEST:
        word = event.state.value if event.state else event.operation.value if event.operation else event.level
        yield ToldNote(
            key=key,
            kind=event.kind,
            at=at,
            name=event.name,
            word=word,
            value=event.value,
            text=event.text,
            digest=digest,
            **about,
        )
        return
    for index, outcome in enumerate(event.outcomes):
        yield ToldNote(
            key=f"{key}/{index}",
            kind=event.kind,
            at=at,
            name=outcome.name,
            word=outcome.status,
            value=outcome.value,
            text=outcome.text,
            digest=digest,
            **about,
        )


def _dataset_name(event: Observed, names: OwnNames) -> ToldName | None:
    if isinstance(event.dataset, str):
        return names.names_of(event.dataset)[0]
    return None if event.dataset is None else normal_name(event.dataset)
