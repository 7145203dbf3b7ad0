"""What is told of what happens: events are recorded in the transaction of the happening itself.

They are numbered in the order of their commits in both databases, so that whoever has read up to a number has missed nothing
below it: on a server, writers of events queue for the rest of their transactions, which is why events are recorded last.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import field
from types import MappingProxyType

from meshwright.checks.spec import Outcome
from meshwright.frozen import dataclass
from meshwright.model import Action
from meshwright.model.chains import NO_CHAIN, Chain
from meshwright.model.firings import ReceivedEvent
from meshwright.model.happenings import (
    MOST_LISTED,
    PRODUCT_DEPRECATED,
    PRODUCT_PUBLISHED,
    RELEASE_PROMOTED,
    RELEASE_ROLLEDBACK,
    RUN_FAILED,
    RUN_STARTED,
    RUN_SUCCEEDED,
    SCHEMA_CHANGED,
    TEST_FAILED,
    OwnEvent,
    own_event,
    own_source,
)
from meshwright.model.names import product_of, product_of_object
from meshwright.state.chains import chain_of_options, chain_of_run
from meshwright.state.codec import storable, to_micros, unpack_text
from meshwright.state.connection import Connection
from meshwright.state.records import (
    GenerationAction,
    ObjectKind,
    Publication,
    RuleVerdict,
    RunRecord,
    RunState,
    StepRecord,
)
from meshwright.state.statements import among, as_json, insertion, pairs

_RELEASES: Mapping[GenerationAction, str] = MappingProxyType(
    {GenerationAction.PROMOTE: RELEASE_PROMOTED, GenerationAction.ROLLBACK: RELEASE_ROLLEDBACK}
)
_DEPRECATED = "deprecated"
#: As canonical JSON writes it: of most manifests this says that they need not be read.
_SAYS_DEPRECATED = '"status":"deprecated"'
_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended('meshwright.events.' || coalesce(current_schema(), ''), 0))"


def event_values(event: ReceivedEvent) -> dict[str, object]:
    """Return the row of an event, by column."""
    return {
        "source": event.source,
        "id": event.id,
        "type": event.type,
        "document": event.document,
        "received_at": to_micros(event.received_at),
        "by": storable(event.by),
        "handled_at": None if event.handled_at is None else to_micros(event.handled_at),
    }


def keep_order(connection: Connection) -> None:
    """Let nobody else record events until this transaction ends: numbers are then committed in their order."""
    if connection.kind != "sqlite":  # where whoever may write does so alone
        connection.first(_LOCK)


def tell(connection: Connection, events: Sequence[ReceivedEvent]) -> None:
    """Record events of our own, the last thing that a transaction does; one that is there already stays as it is."""
    if events:
        keep_order(connection)
        rows = [event_values(event) for event in events]
        statement = f"{insertion('events', rows[0])} ON CONFLICT (source, id) DO NOTHING"
        connection.change_many(statement, [tuple(row.values()) for row in rows])


def run_started(connection: Connection, run: RunRecord, steps: Sequence[StepRecord]) -> ReceivedEvent:
    """Tell that a run began, and which products it is about."""
    products = sorted({product_of(step.dataset) for step in steps if step.dataset is not None})
    data = _run_data(run) | {"products": products[:MOST_LISTED], "product_count": len(products)}
    chain = _chain(connection, run)
    return _told(run.environment, RUN_STARTED, f"run {run.id} started", run.id, data, run.started_at, chain)


def run_ended(connection: Connection, run: RunRecord) -> ReceivedEvent:
    """Tell how a run ended. One that is resumed ends anew, and is told anew."""
    assert run.finished_at is not None  # the caller asks of runs that ended
    is_good = run.state is RunState.SUCCEEDED
    data = _run_data(run) | _products_told(connection, run)
    data["state"] = run.state.value
    data["generation"] = run.generation
    data["seconds"] = round((run.finished_at - run.started_at).total_seconds(), 3)
    id_ = f"run {run.id} ended {to_micros(run.finished_at)}"
    type_, chain = RUN_SUCCEEDED if is_good else RUN_FAILED, _chain(connection, run)
    return _told(run.environment, type_, id_, run.id, data, run.finished_at, chain)


def tests_failed(connection: Connection, verdicts: Iterable[RuleVerdict]) -> list[ReceivedEvent]:
    """Tell of rules that data breaks, or that could not be measured; those that only log are left to the history.

    Neither what was measured nor the words of an error are told: both may hold data.
    """
    found = []
    chains: dict[str, Chain] = {}
    for verdict in verdicts:
        spec, evidence = verdict.spec, verdict.evidence
        if evidence.outcome is Outcome.PASS or spec.action is Action.LOG:
            continue
        data: dict[str, object] = {
            "product": product_of(spec.dataset),
            "dataset": spec.dataset,
            "rule": spec.id,
            "action": spec.action.value,
            "outcome": evidence.outcome.value,
            "failing_rows": evidence.failing_rows,
            "version": evidence.version,
            "environment": verdict.environment,
            "run_id": evidence.run_id,
        }
        id_ = f"test {spec.dataset} {spec.id} {evidence.version} {evidence.run_id} {to_micros(verdict.at)}"
        if evidence.run_id not in chains:
            chains[evidence.run_id] = chain_of_run(connection, evidence.run_id)
        chain = chains[evidence.run_id]
        found.append(_told(verdict.environment, TEST_FAILED, id_, spec.dataset, data, verdict.at, chain))
    return found


@dataclass(frozen=True, kw_only=True, slots=True)
class News:
    """What a publication would bring besides other versions, found before the transaction that others wait for."""

    #: Dataset -> its columns before and after, as (name, type).
    schemas: Mapping[str, tuple[Mapping[str, str], Mapping[str, str]]] = field(
        default_factory=lambda: MappingProxyType({})
    )
    #: Products that are deprecated from now on.
    deprecated: frozenset[str] = frozenset()


NO_NEWS = News()


def news_of(reading: Callable[[], AbstractContextManager[Connection]], publication: Publication) -> News:
    """Find what a publication changes in columns and in what products promise; `reading` begins a transaction.

    What it expects to replace is what it does replace: else it is refused.
    """
    replaced = {
        new: old
        for object_, (kind, new) in publication.moves.items()
        if kind is ObjectKind.DATASET
        and new is not None
        and (old := publication.expected.get(object_)) is not None
        and old != new
    }
    candidates = {
        revision.object: publication.expected.get(revision.object)
        for revision in publication.revisions
        if revision.kind is ObjectKind.PRODUCT and _is_deprecated(revision.document)
    }
    if not replaced and not candidates:
        return NO_NEWS
    with reading() as connection:
        return News(schemas=_schemas(connection, replaced), deprecated=_deprecated(connection, candidates))


def publication_told(
    connection: Connection,
    publication: Publication,
    moved: Collection[str],
    generation: int,
    news: News,
    now: dt.datetime,
) -> list[ReceivedEvent]:
    """Tell what a publication did, product by product; `moved` are the objects whose pointers did move."""
    environment = publication.environment
    datasets: dict[str, list[str]] = {}
    others: set[str] = set()
    for object_ in moved:
        if publication.moves[object_][0] is ObjectKind.DATASET:
            datasets.setdefault(product_of(object_), []).append(object_)
        else:
            others.add(product_of_object(object_))
    products = sorted(others | datasets.keys())
    about: dict[str, object] = {
        "environment": environment,
        "generation": generation,
        "run_id": publication.run_id,
        "action": publication.action.value,
    }
    ending = f"@{generation} {to_micros(now)}"
    chain = chain_of_run(connection, publication.run_id)
    found: list[ReceivedEvent] = []

    def happened(type_: str, word: str, subject: str, data: dict[str, object]) -> None:
        found.append(_told(environment, type_, f"{word} {subject}{ending}", subject, data, now, chain))

    for product in products:
        own = sorted(datasets.get(product, ()))
        listed = [{"dataset": each, "version": publication.moves[each][1]} for each in own[:MOST_LISTED]]
        data = about | {"product": product, "datasets": listed, "dataset_count": len(own)}
        happened(PRODUCT_PUBLISHED, "published", product, data)
        if product in news.deprecated:
            happened(PRODUCT_DEPRECATED, "deprecated", product, about | {"product": product})
    for dataset in sorted(news.schemas.keys() & set(moved)):
        data = about | {"product": product_of(dataset), "dataset": dataset} | _schema_data(*news.schemas[dataset])
        happened(SCHEMA_CHANGED, "schema", dataset, data)
    if (release := _RELEASES.get(publication.action)) is not None:
        data = about | {"products": products[:MOST_LISTED], "product_count": len(products)}
        happened(release, "release", environment, data)
    return found


def _told(
    environment: str,
    type_: str,
    id_: str,
    subject: str,
    data: dict[str, object],
    at: dt.datetime,
    chain: Chain,
) -> ReceivedEvent:
    source = own_source(environment)
    event = OwnEvent(source=source, id=id_, type=type_, subject=subject, data=data, extensions=chain.attributes)
    return own_event(event, at, is_handled=True)


def _chain(connection: Connection, run: RunRecord) -> Chain:
    """Return the chain of a run, or of the run that it is a part of."""
    own = chain_of_options(run.options)
    if own is None and run.parent is not None:
        return chain_of_run(connection, run.parent)
    return own or NO_CHAIN


def _run_data(run: RunRecord) -> dict[str, object]:
    options = json.loads(run.options)
    cause = options.get("cause")
    selected = options.get("select") or []
    return {
        "run_id": run.id,
        "environment": run.environment,
        "select": selected[:MOST_LISTED],
        "variation": options.get("variation"),
        "cause": {"kind": cause["kind"], "name": cause["name"]} if cause else None,
        "parent": run.parent,
    }


def _products_told(connection: Connection, run: RunRecord) -> dict[str, object]:
    """Return what was told of a run's products when it began."""
    query = "SELECT document FROM events WHERE source = ? AND id = ?"
    told = connection.value(query, (own_source(run.environment), f"run {run.id} started"))
    data = json.loads(told)["data"] if told is not None else {"products": [], "product_count": 0}
    return {name: data[name] for name in ("products", "product_count")}


def _schemas(
    connection: Connection, replaced: Mapping[str, str]
) -> dict[str, tuple[Mapping[str, str], Mapping[str, str]]]:
    """Return the datasets whose columns differ between a version and the one that it replaces (`replaced`: new -> old)."""
    if not replaced:
        return {}
    given = pairs(connection, "after_id", "before_id")
    query = (
        f"SELECT a.dataset, b.columns, a.columns FROM {given} JOIN versions a ON a.id = given.after_id"
        " JOIN versions b ON b.id = given.before_id WHERE a.columns <> b.columns"
    )
    rows = connection.rows(query, (as_json(dict(replaced)),))
    return {dataset: (dict(json.loads(before)), dict(json.loads(after))) for dataset, before, after in rows}


def _schema_data(before: Mapping[str, str], after: Mapping[str, str]) -> dict[str, object]:
    added = [{"name": name, "type": type_} for name, type_ in after.items() if name not in before]
    removed = [{"name": name, "type": type_} for name, type_ in before.items() if name not in after]
    retyped = [
        {"name": name, "before": before[name], "after": type_}
        for name, type_ in after.items()
        if before.get(name, type_) != type_
    ]
    return {
        "added": added[:MOST_LISTED],
        "removed": removed[:MOST_LISTED],
        "retyped": retyped[:MOST_LISTED],
        "is_reordered": not (added or removed or retyped),
    }


def _deprecated(connection: Connection, candidates: Mapping[str, str | None]) -> frozenset[str]:
    """Return those among products that are deprecated whose manifests before did not say so."""
    if not candidates:
        return frozenset()
    listed, values = among(connection, "id", [each for each in candidates.values() if each is not None])
    rows = connection.rows(f"SELECT id, document FROM revisions WHERE {listed}", (values,))
    were = {id_ for id_, document in rows if _is_deprecated(unpack_text(document))}
    return frozenset(product for product, before in candidates.items() if before not in were)


def _is_deprecated(manifest: str) -> bool:
    return _SAYS_DEPRECATED in manifest and json.loads(manifest).get("status") == _DEPRECATED
