"""Reads all that garbage collection judges by, in one transaction and some twenty queries."""

from __future__ import annotations

import datetime as dt
import json
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from pathlib import PurePath
from types import MappingProxyType
from typing import Any  # outcomes are JSON of others

from meshwright.model.inventory import (
    Inventory,
    KnownEnvironment,
    KnownGeneration,
    KnownJob,
    KnownPart,
    KnownPin,
    KnownVersion,
    LiveRun,
    PointerSpan,
    TakenUp,
)
from meshwright.model.names import plain_address
from meshwright.model.outside import Effects
from meshwright.state.codec import entry_ids, from_micros, listed_pages, unpack_text
from meshwright.state.connection import Connection
from meshwright.state.layout import OPEN
from meshwright.state.leases import RUN_PREFIX
from meshwright.state.records import EFFECT_PREFIX, JOB_PREFIX, NODE_KEY, OPEN_JOBS
from meshwright.state.statements import batches, marks

_VERSIONS = (
    "SELECT v.id, v.dataset, v.files, v.created_at, CASE WHEN v.node_kind = 'view' THEN v.inputs END, c.since, o.version,"
    " v.manifest"
    " FROM versions v LEFT JOIN condemned c ON c.version = v.id LEFT JOIN once_shown o ON o.version = v.id"
    " ORDER BY v.dataset, v.id"
)
#: Versions of nodes without rows: what came of jobs.
_IS_OUTCOME = "v.outcome IS NOT NULL AND v.columns = '[]'"
_TAKEN = (
    "SELECT s.version, r.environment, max(coalesce(r.finished_at, r.started_at))"
    " FROM versions v JOIN steps s ON s.version = v.id JOIN runs r ON r.id = s.run_id"
    f" WHERE {_IS_OUTCOME} GROUP BY s.version, r.environment ORDER BY s.version, r.environment"
)
_JOBS = (
    'SELECT j.id, j.node, j.run_id, j.state, j.ended_at, j."trigger", s.state'
    ' FROM jobs j LEFT JOIN steps s ON s.run_id = j.run_id AND s."key" = ? || j.node ORDER BY j.id'
)
_PARTS = (
    "SELECT p.id, p.dataset, p.size_bytes, p.created_at, p.run_id, c.since"
    " FROM parts p LEFT JOIN condemned c ON c.version = p.id ORDER BY p.dataset, p.id"
)
_SPANS = (
    "SELECT environment, object, revision, from_generation, to_generation FROM pointers"
    " WHERE kind = 'dataset' AND revision IS NOT NULL ORDER BY environment, to_generation, object"
)


def read_inventory(connection: Connection, now: dt.datetime, is_gone: Callable[[str], bool]) -> Inventory:
    """Return what there is and what may keep it. `is_gone` says whether a lease's holder surely lives no more."""
    parts = tuple(
        KnownPart(
            id=id_,
            dataset=dataset,
            size_bytes=size_bytes,
            created_at=None if created_at is None else from_micros(created_at),
            run_id=run_id,
            needless_since=None if since is None else from_micros(since),
        )
        for id_, dataset, size_bytes, created_at, run_id, since in connection.rows(_PARTS)
    )
    runs = tuple(_runs(connection, now, is_gone))
    outcomes = _outcomes(connection)
    after = _after(connection, outcomes)
    readers = _readers(connection, after)
    return Inventory(
        environments=tuple(_environments(connection)),
        spans=tuple(
            PointerSpan(
                environment=environment,
                dataset=dataset,
                version=version,
                opened=opened,
                closed=None if closed == OPEN else closed,
            )
            for environment, dataset, version, opened, closed in connection.rows(_SPANS)
        ),
        pins=tuple(_pins(connection)),
        runs=runs,
        versions=tuple(
            KnownVersion(
                id=id_,
                dataset=dataset,
                size_bytes=sum(file[1] for file in json.loads(files)),
                created_at=None if created_at is None else from_micros(created_at),
                bound=() if inputs is None else tuple(json.loads(inputs).values()),
                needless_since=None if since is None else from_micros(since),
                was_shown=shown is not None,
                pages=() if manifest is None else listed_pages(manifest),
                is_outcome=id_ in outcomes,
                is_effect=id_ in outcomes and _is_effect(outcomes[id_]),
                after=after.get(id_, ()),
                left_by=_left_by(outcomes[id_], readers.get(id_, ())) if id_ in outcomes else (),
            )
            for id_, dataset, files, created_at, inputs, since, shown, manifest in connection.rows(_VERSIONS)
        ),
        parts=parts,
        pages=MappingProxyType(_pages(connection, parts)),
        taken=tuple(
            TakenUp(version=version, environment=environment, at=from_micros(at))
            for version, environment, at in connection.rows(_TAKEN)
        ),
        jobs=tuple(_jobs(connection, [run.id for run in runs])),
    )


def _outcomes(connection: Connection) -> dict[str, dict[str, Any]]:
    """Return what came of jobs of nodes without rows, by version."""
    query = f"SELECT v.id, v.outcome FROM versions v WHERE {_IS_OUTCOME}"
    return {id_: json.loads(outcome) for id_, outcome in connection.rows(query)}


def _is_effect(outcome: Mapping[str, Any]) -> bool:
    """Whether a job changed something outside; of one that was recorded before that was told, nobody knows better."""
    return str(outcome.get("effects", Effects.EXTERNAL.value)) == Effects.EXTERNAL.value


def _after(connection: Connection, outcomes: Collection[str]) -> dict[str, tuple[str, ...]]:
    """Return the outcomes that versions were made after, by version."""
    if not outcomes:
        return {}
    rows = connection.rows("SELECT id, inputs FROM versions WHERE inputs <> '{}'")
    found = {id_: tuple(each for each in json.loads(inputs).values() if each in outcomes) for id_, inputs in rows}
    return {id_: before for id_, before in found.items() if before}


def _readers(connection: Connection, after: Mapping[str, Collection[str]]) -> dict[str, set[str]]:
    """Return the names of the datasets of which a version was made from an outcome, by outcome."""
    found: dict[str, set[str]] = defaultdict(set)
    for batch in batches(after):
        query = f"SELECT id, dataset FROM versions WHERE id IN {marks(batch)}"
        for id_, dataset in connection.rows(query, batch):
            for outcome in after[id_]:
                found[outcome].add(plain_address(dataset).rpartition(".")[2])
    return found


def _left_by(outcome: Mapping[str, Any], taken: Collection[str]) -> tuple[str, ...]:
    """Return the jobs in whose folders tables of an outcome lie that are not among those `taken` already."""
    files = (file for name, table in outcome["tables"].items() if name not in taken for file in table["files"])
    return tuple(dict.fromkeys(part for file in files for part in PurePath(file).parts if part.startswith(JOB_PREFIX)))


def _jobs(connection: Connection, live: Sequence[str]) -> Iterator[KnownJob]:
    wanted: dict[str, str] = {}
    for batch in batches(live):
        query = f'SELECT "key", run_id FROM steps WHERE run_id IN {marks(batch)}'
        wanted.update((key, run_id) for key, run_id in connection.rows(query, batch))
    for id_, node, run_id, state, ended_at, trigger, step in connection.rows(_JOBS, (NODE_KEY,)):
        is_over = state not in OPEN_JOBS
        is_effect = state == "succeeded" and trigger.startswith(EFFECT_PREFIX) and step != "succeeded"
        yield KnownJob(
            id=id_,
            node=node,
            run_id=run_id,
            ended_at=from_micros(ended_at or 0) if is_over else None,
            is_effect=is_effect,
            wanted_by=wanted.get(NODE_KEY + node),
        )


def _pages(connection: Connection, parts: Collection[KnownPart]) -> dict[str, tuple[str, ...]]:
    """Return what each page lists; pages share the texts of ids, of which many list the same."""
    shared = {part.id: part.id for part in parts}
    return {
        page: tuple(shared.get(part, part) for part in entry_ids(entries))
        for page, entries in connection.rows("SELECT id, entries FROM pages")
    }


def manifest_versions(document: str) -> tuple[str, ...]:
    """Return the versions that a product's manifest names."""
    return tuple(entry["version"] for entry in json.loads(document).get("datasets", {}).values())


def manifest_ports(document: str) -> tuple[str, ...]:
    """Return the revisions of ports that a product's manifest names."""
    return tuple(entry["revision"] for entry in json.loads(document).get("ports", {}).values())


def pinned_manifests(connection: Connection) -> dict[str, str]:
    """Return the manifests of products that pins hold, or that a pin's going would bring back, by revision."""
    pinned = {
        revision
        for row in connection.rows("SELECT revision, previous FROM pins")
        for revision in row
        if revision is not None
    }
    return read_manifests(connection, pinned)


def read_manifests(connection: Connection, revisions: Collection[str]) -> dict[str, str]:
    """Return the manifests among revisions, by revision; others, and unknown ones, are left out."""
    found: dict[str, str] = {}
    for batch in batches(sorted(revisions)):
        query = f"SELECT id, document FROM revisions WHERE kind = 'product' AND id IN {marks(batch)}"
        found.update((id_, unpack_text(document)) for id_, document in connection.rows(query, batch))
    return found


def _environments(connection: Connection) -> Iterator[KnownEnvironment]:
    generations: dict[str, list[KnownGeneration]] = defaultdict(list)
    query = (
        "SELECT g.environment, g.number, g.at, g.base_generation FROM generations g"
        " JOIN environments e ON e.name = g.environment AND g.number >= coalesce(e.oldest_generation, 0)"
        " ORDER BY g.environment, g.number"
    )
    for environment, number, at, base_generation in connection.rows(query):
        generations[environment].append(
            KnownGeneration(number=number, at=from_micros(at), base_generation=base_generation)
        )
    query = "SELECT name, base, base_generation, touched_at, expire_after_s FROM environments ORDER BY name"
    for name, base, base_generation, touched_at, expire_after_s in connection.rows(query):
        is_mortal = base is not None and touched_at is not None and expire_after_s is not None
        yield KnownEnvironment(
            name=name,
            generations=tuple(generations[name]),
            base=base,
            base_generation=base_generation or 0,
            expires_at=from_micros(touched_at) + dt.timedelta(seconds=expire_after_s) if is_mortal else None,
        )


def _pins(connection: Connection) -> Iterator[KnownPin]:
    manifests = {id_: manifest_versions(text) for id_, text in pinned_manifests(connection).items()}
    query = "SELECT environment, object, revision, previous, is_lifted FROM pins ORDER BY environment, object"
    for environment, object_, revision, previous, is_lifted in connection.rows(query):
        held = dict.fromkeys(each for each in (revision, previous) if each is not None and not is_lifted)
        versions = tuple(version for each in held for version in manifests.get(each, (each,)))
        if versions:
            yield KnownPin(environment=environment, object=object_, versions=versions)


def _runs(connection: Connection, now: dt.datetime, is_gone: Callable[[str], bool]) -> Iterator[LiveRun]:
    query = "SELECT name, holder, expires_at FROM leases WHERE holder <> '' AND substr(name, 1, ?) = ? ORDER BY name"
    for name, holder, expires_at in connection.rows(query, (len(RUN_PREFIX), RUN_PREFIX)):
        until = from_micros(expires_at)
        if until <= now or is_gone(holder):
            continue
        run_id = name.removeprefix(RUN_PREFIX)
        named = connection.rows(
            "SELECT version FROM holds WHERE run_id = ?"
            " UNION SELECT version FROM steps WHERE run_id = ? AND version IS NOT NULL"
            " UNION SELECT id FROM versions WHERE run_id = ?",
            (run_id, run_id, run_id),
        )
        yield LiveRun(
            id=run_id,
            environment=connection.value("SELECT environment FROM runs WHERE id = ?", (run_id,)) or "",
            lease_until=until,
            versions=frozenset(version for (version,) in named),
        )
