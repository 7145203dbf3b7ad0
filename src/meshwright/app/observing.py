"""Observes the world for a plan: pointers, versions, sources, triggers, evidence, as values."""

from __future__ import annotations

import time
from collections import ChainMap
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

from meshwright.app.given import given_parameters
from meshwright.app.opened import OpenedMesh
from meshwright.frozen import dataclass
from meshwright.model import Version, plain_address
from meshwright.plan.books import NO_BOOKS, Books
from meshwright.plan.identities import trigger_key
from meshwright.plan.refresh import standing_observation
from meshwright.plan.resolve import evidence_keys, resolve
from meshwright.plan.values import Desired, Observed, Resolution, Trace
from meshwright.sources.protocol import Observations
from meshwright.state.protocol import Reader
from meshwright.state.records import ObjectKind, Pointer, StateStamp

if TYPE_CHECKING:
    from meshwright.engines.protocol import Session


@dataclass(frozen=True, kw_only=True, slots=True)
class Observation:
    """What was observed, with the identities it settles."""

    observed: Observed
    resolution: Resolution
    #: Source files as seen, to be looked at again after reading.
    sources: Observations


@dataclass(frozen=True, kw_only=True, slots=True)
class Published:
    """An environment's pointers and the versions behind them."""

    generation: int
    pointers: Mapping[str, Pointer]
    #: Dataset -> version.
    versions: Mapping[str, Version]
    #: On a server: what is another one when any of it is.
    stamp: StateStamp | None = None


def read_published(reader: Reader, environment: str) -> Published:
    """Read an environment as it stands."""
    return published_from(reader, reader.generation(environment), reader.pointers(environment))


def look_published(opened: OpenedMesh) -> Published:
    """Read the opened environment as it stands; on a server only what has changed since the last time."""
    kept = opened.workspace.kept
    if kept is None:
        return read_published(opened.state.reader, opened.environment)
    reader, environment = opened.state.reader, opened.environment
    beneath = kept.values.peek(("published", opened.sandbox.base)) if opened.sandbox and opened.sandbox.base else None
    stamp = replace(opened.state.lookups.stamp(environment), verdict=0, oldest=0)

    def read(before: Published | None) -> Published:
        # As of then: somebody may have published since.
        pointers = reader.pointers(environment, stamp.generation)
        known: dict[str, Version] = {}
        for found in (beneath, before):
            if isinstance(found, Published) and found.stamp is not None and found.stamp.repairs == stamp.repairs:
                known.update((version.id, version) for version in found.versions.values())
        return replace(published_from(reader, stamp.generation, pointers, known), stamp=stamp)

    return kept.values.get(("published", environment), stamp, read)


def published_from(
    reader: Reader, generation: int, pointers: Mapping[str, Pointer], known: Mapping[str, Version] | None = None
) -> Published:
    """Read the versions behind pointers, but for those that are `known`, by id."""
    ids = {pointer.revision for pointer in pointers.values() if pointer.kind is ObjectKind.DATASET}
    found = {id_: known[id_] for id_ in ids & known.keys()} if known else {}
    versions = {**found, **reader.versions(ids - found.keys())}
    return Published(
        generation=generation,
        pointers=pointers,
        versions={
            name: versions[pointer.revision] for name, pointer in pointers.items() if pointer.revision in versions
        },
    )


def observe(opened: OpenedMesh, desired: Desired, published: Published) -> Observation:
    """Observe everything that a plan for `desired` looks at. Reads the state in a handful of queries."""
    reader = opened.state.reader
    by_kind: dict[ObjectKind, dict[str, str]] = {kind: {} for kind in ObjectKind}
    for name, pointer in published.pointers.items():
        by_kind[pointer.kind][name] = pointer.revision
    datasets = by_kind[ObjectKind.DATASET]
    sources = _observe_sources(opened, desired)
    jobs = _jobs(desired, datasets, reader)
    standing = {**datasets, **jobs} if jobs else datasets
    with _books(opened, desired, published) as books:
        resolution, triggers = _resolve(desired, standing, sources, reader, books)
    wanted = {version for version in resolution.versions.values() if version is not None}
    known = {version.id: version for version in published.versions.values()}
    known.update(reader.versions(wanted - known.keys()))
    evidence = reader.evidence(evidence_keys(desired, resolution, datasets))
    observed = Observed(
        environment=opened.environment,
        generation=published.generation,
        base=opened.sandbox.base if opened.sandbox else None,
        datasets=datasets,
        ports=by_kind[ObjectKind.PORT],
        products=by_kind[ObjectKind.PRODUCT],
        port_documents=port_documents(desired, by_kind[ObjectKind.PORT], reader),
        versions=known,
        sources=sources.sources,
        triggers=triggers,
        traces=_traces(desired, reader),
        evidence=evidence,
        given=given_parameters(desired, published.versions, published.pointers, reader),
        jobs=jobs,
        outside=look_outside(opened),
    )
    return Observation(observed=observed, resolution=resolution, sources=sources)


def look_outside(opened: OpenedMesh) -> Mapping[str, tuple[str, ...]]:
    """Return the jobs of outside tools that read datasets of ours, by dataset."""
    if opened.state.outside.is_empty():
        return {}
    from meshwright.app.outside_told_flows import outside_readers  # lazy: to most meshes nobody tells anything

    return outside_readers(opened)


def _jobs(desired: Desired, datasets: Mapping[str, str], reader: Reader) -> dict[str, str]:
    """Return what stands here of each node out of scope that yields no dataset and is followed by one in scope.

    That is what came of its job for what stands published; where the files differ since, the newest that there is of it.
    """
    waiting = {read for dataset in desired.scope for read in _jobs_read(desired, dataset)}
    followed: set[str] = set()
    while waiting:
        followed |= waiting
        waiting = {read for node in waiting for read in _jobs_read(desired, node)} - followed
    if not followed:
        return {}
    found: dict[str, str] = {}
    for address in desired.graph.order:
        if address not in followed:
            continue
        node = desired.nodes[address]
        inputs = {read: found.get(read) or datasets.get(read) for read in node.node.reads}
        known = {read: version for read, version in inputs.items() if version is not None}
        if len(known) == len(inputs):
            key = trigger_key(node, known, standing_observation(node.node, "", desired.environment))
            trigger = reader.triggers([key]).get(key)
            if trigger is not None:
                found[address] = trigger.version
    newest = reader.newest_of({plain_address(read) for read in followed if read not in found})
    return found | {
        read: newest[plain_address(read)].id for read in followed if read not in found and plain_address(read) in newest
    }


def _jobs_read(desired: Desired, dataset: str) -> list[str]:
    return [
        read
        for read in desired.nodes[dataset].node.reads
        if read not in desired.scope and read in desired.nodes and not desired.nodes[read].node.has_dataset
    ]


def _observe_sources(opened: OpenedMesh, desired: Desired) -> Observations:
    nodes = [desired.nodes[dataset].node for dataset in sorted(desired.scope - desired.given.keys())]
    remembered = opened.state.reader.observations(opened.sources.paths(nodes))
    return opened.sources.observe(nodes, remembered, time.time_ns())


@contextmanager
def _books(opened: OpenedMesh, desired: Desired, published: Published) -> Iterator[Books]:
    """Open what planning looks up of parts, where anything is built in parts; an engine is opened only where it must look."""
    if all(desired.nodes[dataset].node.incremental is None for dataset in desired.scope):
        yield NO_BOOKS
        return
    from meshwright.app.books import open_books  # lazy: what looks at data, which few plans need
    from meshwright.engines.protocol import Limits

    with ExitStack() as stack:

        @cache
        def session() -> Session:
            limits = Limits(temp_directory=str(opened.workspace.private / "spill"))
            return stack.enter_context(opened.engine.open(limits))

        books = open_books(opened.state.reader, opened.store, session).books
        known = {version.id: version for version in published.versions.values()}
        yield replace(books, versions=ChainMap(known, books.versions))  # type: ignore[arg-type]


def _resolve(
    desired: Desired, datasets: Mapping[str, str], sources: Observations, reader: Reader, books: Books
) -> tuple[Resolution, dict[str, str]]:
    """Resolve identities; each round looks up the triggers that the last one found, one opaque node deeper."""
    triggers: dict[str, str] = {}
    asked: set[str] = set()
    while True:
        resolution = resolve(desired, published=datasets, sources=sources.sources, triggers=triggers, books=books)
        unknown = resolution.unknown_triggers - asked
        if not unknown:
            return resolution, triggers
        asked |= unknown
        found = reader.triggers(unknown)
        if not found:
            return resolution, triggers
        triggers.update({key: trigger.version for key, trigger in found.items()})


def port_documents(desired: Desired, ports: Mapping[str, str], reader: Reader) -> dict[str, str]:
    """Return the documents of the standing ports that differ from the desired ones, or are gone, by revision."""
    changed = {
        revision
        for address, revision in ports.items()
        if address not in desired.ports or desired.ports[address].revision != revision
    }
    return {key: revision.document for key, revision in reader.revisions(changed).items()} if changed else {}


def _traces(desired: Desired, reader: Reader) -> dict[str, Trace]:
    opaque = [dataset for dataset in desired.scope if desired.nodes[dataset].node.is_opaque]
    last = reader.last_triggers({plain_address(dataset) for dataset in opaque})
    return {
        dataset: Trace(fingerprint=trigger.fingerprint, observation=trigger.observation, observed=trigger.observed)
        for dataset in opaque
        if (trigger := last.get(plain_address(dataset))) is not None
    }
