"""What outside jobs do with datasets of ours, as impact looks at it: who of them reads one still, and what it makes of it.

A job that nobody heard reading a dataset for `retention.events` is no user of it any more: what is told is never taken back, so
silence is all that says that a job is gone.
"""

from __future__ import annotations

import datetime as dt
import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping

from meshwright.app.clock import utc_now
from meshwright.app.opened import OpenedMesh
from meshwright.app.outside_told import joined_map
from meshwright.app.outside_told_columns import Coming, OutsideColumns
from meshwright.app.outside_told_lineage import reached_down
from meshwright.app.outside_told_map import JoinedMap, OutsideWork
from meshwright.model import Columns
from meshwright.model.told import Direction, FacetOf
from meshwright.plan.impact.beyond import NOTHING, Beyond, OutsideFeed, OutsideFlow, Pair

_OWNERSHIP = "ownership"


def beyond_of(opened: OpenedMesh, dataset: str, ours: Mapping[str, Columns]) -> Beyond:
    """Return what is made of a dataset outside of the mesh, however far down; `ours` are the columns of our datasets."""
    joined = joined_map(opened)
    if not joined.nodes:
        return NOTHING
    known = {address: [each.name for each in found] for address, found in ours.items()}
    keys = reached_down(opened.graph, joined, dataset)
    columns = OutsideColumns(opened, joined, known)
    columns.expect(keys)
    feeds = (
        OutsideFeed(
            reads=joined.shown(key),
            source=source,
            columns=tuple(sorted({_pair(joined, each) for each in columns.into_source(key, source)})),
        )
        for key in sorted(keys)
        for source in joined.feeds.get(key, ())
    )
    return Beyond(flows=tuple(_flows(opened, joined, keys, columns)), feeds=tuple(feeds))


def flows_of(
    opened: OpenedMesh, datasets: Collection[str], known: Mapping[str, Collection[str]]
) -> tuple[OutsideFlow, ...]:
    """Return what jobs outside do with some datasets of ours that they read themselves."""
    joined = joined_map(opened)
    if not joined.nodes:
        return ()
    columns = OutsideColumns(opened, joined, known)
    columns.expect(written for key in datasets for work in joined.readers.get(key, ()) for written in work.writes)
    return tuple(_flows(opened, joined, datasets, columns))


def outside_readers(opened: OpenedMesh) -> Mapping[str, tuple[str, ...]]:
    """Return the names of the jobs outside that read datasets of ours, by dataset."""
    joined = joined_map(opened)
    ours = [key for key in joined.readers if joined.nodes[key].address is not None]
    found: dict[str, set[str]] = defaultdict(set)
    for key, work, _ in _live(opened, joined, ours):
        if work.within is None:
            found[key].add(work.shown)
    return {dataset: tuple(sorted(names)) for dataset, names in found.items()}


def _flows(
    opened: OpenedMesh, joined: JoinedMap, keys: Collection[str], columns: OutsideColumns
) -> Iterator[OutsideFlow]:
    live = list(_live(opened, joined, keys))
    owners = _owners(opened, {work.id for _, work, _ in live})
    for key, work, seen_at in live:
        yield OutsideFlow(
            job=work.id,
            name=work.shown,
            owners=owners.get(work.id, ()),
            seen_at=seen_at,
            is_inside=work.within is not None,
            reads=joined.shown(key),
            writes=tuple(joined.shown(written) for written in work.writes if written != key),
            columns=dict(_columns(joined, key, work, columns)),
        )


def _live(
    opened: OpenedMesh, joined: JoinedMap, keys: Collection[str]
) -> Iterator[tuple[str, OutsideWork, dt.datetime]]:
    """Yield who was heard lately to read which of some datasets, and when last."""
    readings = [(key, work) for key in sorted(keys) for work in joined.readers.get(key, ())]
    heard = _last_heard(opened, joined, {work.id for _, work in readings})
    since = utc_now() - dt.timedelta(seconds=opened.mesh.retention.events_s)
    for key, work in readings:
        if heard[work.id, key] >= since:
            yield key, work, heard[work.id, key]


def _columns(
    joined: JoinedMap, key: str, work: OutsideWork, columns: OutsideColumns
) -> Iterator[tuple[str, tuple[Pair, ...]]]:
    for written in work.writes:
        if written != key and columns.is_told(work.id, written):
            comings = (each for each in columns.through(work.id, written) if each.source[0] == key)
            yield joined.shown(written), tuple(sorted({_pair(joined, each) for each in comings}))


def _pair(joined: JoinedMap, coming: Coming) -> Pair:
    (source, name), (target, made) = coming.source, coming.target
    return f"{joined.shown(source)}.{name}", f"{joined.shown(target)}.{made}"


def _last_heard(opened: OpenedMesh, joined: JoinedMap, jobs: Collection[str]) -> dict[tuple[str, str], dt.datetime]:
    """Return when some jobs were last heard to read what they read, by job and key: under whichever of its names."""
    found: dict[tuple[str, str], dt.datetime] = {}
    for (job, dataset, direction), seen in opened.state.outside.edges_of(jobs).items():
        key = joined.keys.get(dataset)
        if key is not None and direction is Direction.READS:
            found[job, key] = max(seen.last_at, found.get((job, key), seen.last_at))
    return found


def _owners(opened: OpenedMesh, jobs: Iterable[str]) -> dict[str, tuple[str, ...]]:
    facets = opened.state.outside.facets(FacetOf.JOB, list(jobs), [_OWNERSHIP])
    return {
        facet.object: tuple(
            dict.fromkeys(
                str(owner["name"]) for owner in json.loads(facet.document).get("owners") or () if "name" in owner
            )
        )
        for facet in facets
    }
