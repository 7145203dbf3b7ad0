"""Outside jobs and datasets as the catalog shows them: lists, cards, and what they do with datasets of ours."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import field, replace
from types import MappingProxyType
from typing import Any, TypeVar  # facets are JSON of others

from meshwright.app.opened import OpenedMesh, open_mesh
from meshwright.app.outside_told_map import EMPTY_MAP, JoinedMap, OutsideNode, OutsideWork, join_map
from meshwright.app.outside_told_names import own_names
from meshwright.app.workspace import Workspace
from meshwright.diagnostics import Diagnostic, InputError
from meshwright.files.standards.dataset_names import name_of_text
from meshwright.frozen import dataclass
from meshwright.model.told import Direction, FacetOf, OutsideFacet, OutsideNote, OutsideRun, Seen, ToldUse

_T = TypeVar("_T")

#: Runs and notes on a card.
_NEWEST = 20


@dataclass(frozen=True, kw_only=True, slots=True)
class JobLine:
    """A job, as lists show it."""

    work: OutsideWork
    #: What its datasets are called, by key.
    reads: tuple[str, ...]
    writes: tuple[str, ...]
    #: ``AIRFLOW``, ``DBT``: who runs it, as far as is told.
    tool: str | None = None
    #: ``DAG``, ``TASK``, ``MODEL``.
    type: str | None = None
    #: None where none was told of, or all are forgotten.
    newest: OutsideRun | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class OutsideWanted:
    """Which jobs, or datasets, are listed."""

    #: Of this namespace alone; None: of all.
    namespace: str | None = None
    #: Id of the one behind which the list goes on; one that is not there begins it anew.
    after: str | None = None
    #: So many, at most; None: all.
    limit: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class RunLine:
    """A run of an outside job, with what it read and wrote."""

    run: OutsideRun
    uses: tuple[tuple[Direction, str], ...]
    #: Of the run: name -> what was said.
    facets: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    #: Of its datasets: what they are called -> name -> what was said.
    use_facets: Mapping[str, Mapping[str, Any]] = field(default_factory=lambda: MappingProxyType({}))
    notes: tuple[OutsideNote, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class JobCard:
    """Answer of `GET /jobs/{id}`."""

    line: JobLine
    description: str | None
    facets: Mapping[str, Any]
    #: Newest first.
    runs: tuple[OutsideRun, ...]
    notes: tuple[OutsideNote, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class OutsideDatasetCard:
    """Answer of `GET /outside/datasets/{id}`."""

    node: OutsideNode
    description: str | None
    owners: tuple[str, ...]
    #: (name, type, description), as was told last.
    columns: tuple[tuple[str, str | None, str | None], ...]
    readers: tuple[OutsideWork, ...]
    writers: tuple[OutsideWork, ...]
    #: Addresses of source nodes of ours that read it.
    feeds: tuple[str, ...]
    facets: Mapping[str, Any]
    notes: tuple[OutsideNote, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class OutsideNeighbours:
    """What outside jobs do with a dataset of ours. What they write in place is not under our rollback."""

    readers: tuple[OutsideWork, ...] = ()
    writers: tuple[OutsideWork, ...] = ()
    #: What a source of ours reads, as outside tools call it.
    read_from: tuple[OutsideNode, ...] = ()
    #: Outcomes of tests, metrics and the like that outside tools told, newest first.
    notes: tuple[OutsideNote, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether outside tools told nothing of it."""
        return not (self.readers or self.writers or self.read_from or self.notes)


OutsideCard = OutsideDatasetCard | JobCard


def joined_map(opened: OpenedMesh) -> JoinedMap:
    """Return all that outside tools told, joined to the datasets of the opened mesh and environment."""
    outside = opened.state.outside
    if outside.is_empty():
        return EMPTY_MAP

    def join(_before: JoinedMap | None) -> JoinedMap:
        return join_map(outside.map(), own_names(opened.mesh, opened.workspace.root, opened.environment))

    kept = opened.workspace.kept
    if kept is None:
        return join(None)
    return kept.values.get(("outside", opened.environment), (opened.files_identity, outside.stamp().map), join)


def outside_datasets(opened: OpenedMesh) -> tuple[OutsideNode, ...]:
    """Return the datasets outside that tools told of, by name; none of them is one of ours."""
    return joined_map(opened).outside


def list_outside_datasets(
    workspace: Workspace, environment: str = "prod", wanted: OutsideWanted | None = None
) -> tuple[OutsideNode, ...]:
    """Return the datasets outside that tools told of, by name, with when they were heard of."""
    with open_mesh(workspace, environment) as opened:
        return seen_nodes(opened, _page(outside_datasets(opened), wanted or OutsideWanted(), lambda node: node.key))


def seen_nodes(opened: OpenedMesh, nodes: Iterable[OutsideNode]) -> tuple[OutsideNode, ...]:
    """Return nodes with when they were heard of: under whichever of their names."""
    listed = tuple(nodes)
    seen = opened.state.outside.seen(datasets=[id_ for node in listed for id_ in node.ids])
    return tuple(
        replace(
            node,
            seen=Seen(
                first_at=min(seen[id_].first_at for id_ in node.ids), last_at=max(seen[id_].last_at for id_ in node.ids)
            ),
        )
        for node in listed
    )


def seen_works(opened: OpenedMesh, works: Iterable[OutsideWork]) -> tuple[OutsideWork, ...]:
    """Return works with when their jobs were heard of."""
    listed = tuple(works)
    seen = opened.state.outside.seen(jobs=[work.id for work in listed])
    return tuple(replace(work, seen=seen.get(work.id)) for work in listed)


def outside_neighbours(opened: OpenedMesh, address: str) -> OutsideNeighbours:
    """Return what outside jobs do with a dataset of ours; those that run inside of a node of ours are not outside."""
    joined = joined_map(opened)
    if not joined.nodes:
        return OutsideNeighbours()
    node = joined.node(address)
    return OutsideNeighbours(
        readers=seen_works(opened, _wholly_outside(joined.works_on(address, Direction.READS))),
        writers=seen_works(opened, _wholly_outside(joined.works_on(address, Direction.WRITES))),
        read_from=seen_nodes(opened, (joined.nodes[key] for key in joined.fed_by.get(address, ()))),
        notes=opened.state.outside.notes({"dataset": node.ids}, _NEWEST) if node is not None else (),
    )


def list_jobs(
    workspace: Workspace, environment: str = "prod", wanted: OutsideWanted | None = None
) -> tuple[JobLine, ...]:
    """Return the jobs that outside tools told of, by name."""
    with open_mesh(workspace, environment) as opened:
        joined = joined_map(opened)
        works = seen_works(opened, _wanted(joined, wanted or OutsideWanted()))
        newest = opened.state.outside.newest_runs([work.id for work in works])
        types = {
            facet.object: json.loads(facet.document)
            for facet in opened.state.outside.facets(FacetOf.JOB, [work.id for work in works], ["jobType"])
        }
        return tuple(_job_line(work, joined, types.get(work.id, {}), newest.get(work.id)) for work in works)


def show_job(workspace: Workspace, id_: str, environment: str = "prod") -> JobCard:
    """Return the card of a job. Raises InputError (MW-O020)."""
    with open_mesh(workspace, environment) as opened:
        work = joined_map(opened).works.get(id_)
        if work is None or work.job is None:
            raise InputError(_nothing("job", id_))
        return job_card(opened, work)


def job_card(opened: OpenedMesh, work: OutsideWork) -> JobCard:
    """Return the card of a job."""
    outside = opened.state.outside
    facets = _documents(outside.facets(FacetOf.JOB, [work.id]))
    runs = outside.runs(work.id, _NEWEST)
    [seen] = seen_works(opened, [work])
    return JobCard(
        line=_job_line(seen, joined_map(opened), facets.get("jobType", {}), runs[0] if runs else None),
        description=_text_of(facets, "documentation", "description"),
        facets=facets,
        runs=runs,
        notes=outside.notes({"job": [work.id]}, _NEWEST),
    )


def show_outside_run(workspace: Workspace, id_: str, environment: str = "prod") -> RunLine:
    """Return a run of an outside job, by its id or by what its tool calls it, where no other job has one that is called so.

    Raises InputError (MW-O020).
    """
    with open_mesh(workspace, environment) as opened:
        joined, outside = joined_map(opened), opened.state.outside
        run = _find_run(opened, id_)
        id_ = run.id
        of_uses: dict[str, dict[str, Any]] = {}
        for facet in outside.facets(FacetOf.USE, [id_]):
            of_uses.setdefault(_shown(joined, facet.beside), {})[facet.name] = json.loads(facet.document)
        return RunLine(
            run=run,
            uses=tuple(
                sorted({(use.direction, _shown(joined, use.dataset)) for use in _known(joined, outside.uses(id_))})
            ),
            facets=_documents(outside.facets(FacetOf.RUN, [id_])),
            use_facets=of_uses,
            notes=outside.notes({"run": [id_]}, 10 * _NEWEST),
        )


def show_outside_dataset(workspace: Workspace, id_: str, environment: str = "prod") -> OutsideDatasetCard:
    """Return the card of a dataset outside. Raises InputError (MW-O020), also for a name of one of ours."""
    with open_mesh(workspace, environment) as opened:
        joined = joined_map(opened)
        node = joined.node(joined.keys.get(id_, ""))
        if node is None or node.address is not None:
            raise InputError(_nothing("dataset", id_))
        return outside_dataset_card(opened, node)


def outside_dataset_card(opened: OpenedMesh, node: OutsideNode) -> OutsideDatasetCard:
    """Return the card of a dataset outside."""
    joined, outside = joined_map(opened), opened.state.outside
    facets = _documents(sorted(outside.facets(FacetOf.DATASET, node.ids), key=lambda facet: facet.at))
    [seen] = seen_nodes(opened, [node])
    return OutsideDatasetCard(
        node=seen,
        description=_text_of(facets, "documentation", "description"),
        owners=tuple(
            str(owner["name"]) for owner in facets.get("ownership", {}).get("owners") or () if "name" in owner
        ),
        columns=tuple(
            (str(each["name"]), each.get("type"), each.get("description"))
            for each in facets.get("schema", {}).get("fields") or ()
        ),
        readers=seen_works(opened, joined.works_on(node.key, Direction.READS)),
        writers=seen_works(opened, joined.works_on(node.key, Direction.WRITES)),
        feeds=joined.feeds.get(node.key, ()),
        facets=facets,
        notes=outside.notes({"dataset": node.ids}, _NEWEST),
    )


def find_outside(opened: OpenedMesh, name: str) -> OutsideNode | OutsideWork | None:
    """Return the dataset, ours or not, or else the job that outside tools call by a name, or that has an id; None for none."""
    joined = joined_map(opened)
    if name in joined.keys:
        return joined.nodes[joined.keys[name]]
    if name in joined.works:
        return joined.works[name]
    normal = name_of_text(name)
    words = {name, normal.shown if normal is not None else name}
    nodes = (node for node in joined.nodes.values() if any(each.shown in words for each in node.names))
    works = (work for work in joined.works.values() if work.job is not None and work.shown == name)
    return next(nodes, None) or next(works, None)


def moment_words(moment: dt.datetime) -> str:
    """Return a moment as documents have it."""
    return moment.isoformat().replace("+00:00", "Z")


def _wanted(joined: JoinedMap, wanted: OutsideWanted) -> Sequence[OutsideWork]:
    named = [
        work
        for work in joined.works.values()
        if work.job is not None and (wanted.namespace is None or work.job.name.namespace == wanted.namespace)
    ]
    return _page(named, wanted, lambda work: work.id)


def _page(found: Sequence[_T], wanted: OutsideWanted, id_of: Callable[[_T], str]) -> Sequence[_T]:
    """Cut a page out of a list by name. Names may be longer than a cursor: it says the id of the one that was listed last."""
    places = (place for place, each in enumerate(found, 1) if id_of(each) == wanted.after)
    start = next(places, 0) if wanted.after is not None else 0
    return found[start:] if wanted.limit is None else found[start : start + wanted.limit]


def _wholly_outside(works: Iterable[OutsideWork]) -> tuple[OutsideWork, ...]:
    return tuple(work for work in works if work.within is None)


def _job_line(work: OutsideWork, joined: JoinedMap, type_: Mapping[str, Any], newest: OutsideRun | None) -> JobLine:
    return JobLine(
        work=work,
        reads=tuple(joined.nodes[key].shown for key in work.reads),
        writes=tuple(joined.nodes[key].shown for key in work.writes),
        tool=_word(type_.get("integration")),
        type=_word(type_.get("jobType")),
        newest=newest,
    )


def _word(value: object) -> str | None:
    return value[:200] if isinstance(value, str) else None


def _documents(facets: Iterable[OutsideFacet]) -> dict[str, Any]:
    """Return facets by name; of several of one name the last one."""
    return {facet.name: json.loads(facet.document) for facet in facets}


def _text_of(facets: Mapping[str, Any], name: str, key: str) -> str | None:
    value = facets.get(name, {}).get(key)
    return value if isinstance(value, str) else None


def _find_run(opened: OpenedMesh, name: str) -> OutsideRun:
    found = opened.state.outside.run(name)
    if found is not None:
        return found
    called = opened.state.outside.runs_called(name)
    if len(called) == 1:
        return called[0]
    if called:
        works = joined_map(opened).works
        listed = ", ".join(f"{run.id} of {works[run.job].shown}" if run.job in works else run.id for run in called)
        raise InputError(
            Diagnostic(
                code="MW-O020",
                message=f"several outside jobs have a run that is called {name[:100]!r}",
                fix=f"ask for one by its id: {listed}",
            )
        )
    raise InputError(_nothing("run", name))


def _known(joined: JoinedMap, uses: Iterable[ToldUse]) -> Iterable[ToldUse]:
    return (use for use in uses if use.dataset in joined.keys)


def _shown(joined: JoinedMap, id_: str) -> str:
    return joined.shown(joined.keys.get(id_, id_))


def _nothing(what: str, id_: str) -> Diagnostic:
    return Diagnostic(
        code="MW-O020",
        message=f"no outside {what} has the id {id_[:100]!r}",
        fix="GET /api/v1/jobs and GET /api/v1/outside/datasets list what was told of, with their ids",
    )
