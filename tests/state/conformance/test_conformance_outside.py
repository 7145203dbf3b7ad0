"""What outside tools told: no order of arrival, and no repetition, shows in the record."""

from __future__ import annotations

import datetime as dt
import itertools
import random
import threading

import pytest
from state_samples import take

from meshwright.model.told import (
    Direction,
    FacetOf,
    OutsideMap,
    OutsideStamp,
    Told,
    ToldDataset,
    ToldEdge,
    ToldFacet,
    ToldJob,
    ToldLink,
    ToldName,
    ToldState,
    dataset_id,
    job_id,
)
from meshwright.state.errors import Fenced
from meshwright.state.protocol import State
from meshwright.state.records import OldTold, ToldHorizon
from tests.told_samples import JOB, MARTS, ORDERS, SECOND, T0, make_told

LATER = T0 + dt.timedelta(hours=1)
MARTS_ID, JOB_ID = dataset_id(MARTS), job_id(JOB)


def everything(state: State) -> object:
    """All that can be read, but when it arrived."""
    outside = state.outside
    runs = [
        (run.id, run.job, run.key, run.state, run.state_at, run.parent, run.url, run.first_at, run.last_at)
        for run in outside.runs(JOB_ID, 100)
    ]
    notes = [(note.key, note.at, note.value, note.text) for note in outside.notes({"job": [JOB_ID]})]
    facets = [outside.facets(of, [MARTS_ID, "r1", "r2"]) for of in FacetOf]
    seen = outside.seen(jobs=[JOB_ID], datasets=[MARTS_ID]), outside.edges_of([JOB_ID])
    return outside.map(), seen, runs, notes, facets, outside.uses("r1")


def test_what_was_told_is_read_back(state: State) -> None:
    assert state.outside.is_empty()
    state.outside.record(make_told(), LATER)
    assert not state.outside.is_empty()
    found = state.outside.map()
    assert {each.name for each in found.datasets.values()} == {ORDERS, MARTS}
    assert {(edge.dataset, edge.direction) for edge in found.edges} == {
        (dataset_id(ORDERS), Direction.READS),
        (MARTS_ID, Direction.WRITES),
    }
    [job] = found.jobs.values()
    assert (job.name, job.producer, job.parent and job.parent.name) == (JOB, "urn:x", "nightly")
    seen = state.outside.seen(jobs=[job.id, "other"], datasets=[MARTS_ID])
    assert {id_: each.first_at for id_, each in seen.items()} == {job.id: T0, MARTS_ID: T0}
    edges = state.outside.edges_of([job.id, "other"])
    assert {(dataset, direction) for _, dataset, direction in edges} == {
        (dataset_id(ORDERS), Direction.READS),
        (MARTS_ID, Direction.WRITES),
    }
    run = state.outside.run("r1")
    assert run is not None
    assert (run.state, run.state_at, run.key, run.received_at) == (ToldState.SUCCEEDED, T0, "2026-05-04", LATER)
    assert state.outside.run("r2") is None
    [facet] = state.outside.facets(FacetOf.DATASET, [MARTS_ID])
    assert (facet.name, facet.document) == ("documentation", '{"said": "x"}')
    [note] = state.outside.notes({"dataset": [MARTS_ID]})
    assert (note.name, note.value, note.text) == ("rows", 1.5, "x")
    assert state.outside.note_digests(["kr1", "other"]) == {"kr1": "dx"}


@pytest.mark.parametrize("seed", range(4))
def test_no_order_and_no_repetition_shows(state: State, seed: int) -> None:
    told = [
        make_told(0, state=ToldState.STARTED, text="a"),
        make_told(5, state=ToldState.RUNNING, text="b"),
        make_told(9, state=ToldState.FAILED, text="c"),
        make_told(9, state=ToldState.SUCCEEDED, text="d"),
        make_told(20, state=ToldState.RUNNING, text="late"),
        make_told(7, run="r2"),
    ]
    given = [*told, *random.Random(seed).choices(told, k=4)]
    random.Random(seed).shuffle(given)
    for each in given:
        state.outside.record(each, LATER)
    run = state.outside.run("r1")
    assert run is not None
    assert run.state in {ToldState.FAILED, ToldState.SUCCEEDED}, "what has ended does not go on"
    assert (run.first_at, run.last_at, run.state_at) == (T0, T0 + 20 * SECOND, T0 + 9 * SECOND)
    [facet] = state.outside.facets(FacetOf.DATASET, [MARTS_ID])
    assert facet.document == '{"said": "late"}'
    before = everything(state)
    for each in told:
        state.outside.record(each, LATER)
    assert everything(state) == before


def test_a_batch_is_as_its_facts_one_by_one(state: State) -> None:
    one, two = make_told(3, text="one"), make_told(1, text="two", state=ToldState.STARTED)
    state.outside.record(
        Told(
            jobs=one.jobs + two.jobs,
            datasets=one.datasets + two.datasets,
            facets=one.facets + two.facets,
            edges=one.edges + two.edges,
            links=one.links + two.links,
            runs=two.runs + one.runs,
            uses=one.uses + two.uses,
            notes=two.notes + one.notes,
        ),
        LATER,
    )
    before = everything(state)
    for each in (two, one):
        state.outside.record(each, LATER)
    assert everything(state) == before
    run = state.outside.run("r1")
    assert run is not None
    assert run.state is ToldState.SUCCEEDED


def test_what_was_taken_back_is_not_read_and_does_not_come_again_from_before(state: State) -> None:
    def said(seconds: int, document: str | None) -> Told:
        at = T0 + seconds * SECOND
        return Told(facets=(ToldFacet(of=FacetOf.DATASET, object=MARTS_ID, name="tags", at=at, document=document),))

    state.outside.record(said(1, "1"), LATER)
    state.outside.record(said(3, None), LATER)
    state.outside.record(said(2, "2"), LATER)
    assert state.outside.facets(FacetOf.DATASET, [MARTS_ID]) == ()
    state.outside.record(said(4, "4"), LATER)
    assert [facet.document for facet in state.outside.facets(FacetOf.DATASET, [MARTS_ID])] == ["4"]


def test_the_stamp_differs_where_something_is_new_and_the_maps_only_where_a_name_or_an_edge_is(state: State) -> None:
    assert state.outside.stamp() == OutsideStamp(all=0, map=0, described=0)
    state.outside.record(make_told(), LATER)
    first = state.outside.stamp()
    assert (first.all, first.map) == (1, 1)
    state.outside.record(make_told(), LATER + SECOND)
    state.outside.record(make_told(1), LATER)
    state.outside.record(make_told(-1, run="r2"), LATER)  # older than all: a note and a run that were not there
    assert state.outside.stamp() == OutsideStamp(all=4, map=1, described=1), "the same names, edges and words"


@pytest.mark.parametrize(
    "told",
    [
        Told(jobs=(ToldJob(name=ORDERS, at=T0),)),
        Told(jobs=(ToldJob(name=JOB, at=T0 + SECOND, parent=ORDERS),)),
        Told(datasets=(ToldDataset(name=JOB, at=T0),)),
        Told(edges=(ToldEdge(job=JOB_ID, dataset=MARTS_ID, direction=Direction.READS, at=T0),)),
        Told(links=(ToldLink(dataset="a", other="b"),)),
    ],
)
def test_each_new_name_and_edge_is_another_map(state: State, told: Told) -> None:
    state.outside.record(make_told(), LATER)
    before = state.outside.stamp().map
    state.outside.record(told, LATER)
    assert state.outside.stamp().map == before + 1
    state.outside.record(told, LATER)
    assert state.outside.stamp().map == before + 1, "it is there"


def horizon(events: dt.datetime, last_runs: dt.datetime | None = None) -> ToldHorizon:
    return ToldHorizon(events=events, last_runs=last_runs or events)


def forget(state: State, asked: ToldHorizon, standing: frozenset[str] | None = frozenset()) -> OldTold:
    """Forget what is needless: as much as was counted, and then no more."""
    lease = take(state, "gc")
    foreseen = state.collector.old_told(asked, standing)
    assert state.collector.forget_told(lease, asked, standing) == foreseen
    assert state.collector.old_told(asked, standing) == OldTold()
    assert state.collector.forget_told(lease, asked, standing) == OldTold()
    state.writer.release_lease(lease)
    return foreseen


def test_old_runs_and_notes_are_forgotten_with_what_is_said_of_them(state: State) -> None:
    state.outside.record(make_told(run="r1"), LATER)
    state.outside.record(make_told(run="r2"), LATER + 10 * SECOND)
    assert forget(state, horizon(T0)) == OldTold()
    assert forget(state, horizon(LATER)) == OldTold(edges=1, datasets=1), "no run read what its job reads"
    edges = state.outside.map().edges
    assert forget(state, horizon(LATER + SECOND)) == OldTold(runs=1, notes=1)
    assert [run.id for run in state.outside.runs(JOB_ID)] == ["r2"]
    assert state.outside.uses("r1") == ()
    assert state.outside.facets(FacetOf.RUN, ["r1"]) == ()
    assert state.outside.facets(FacetOf.USE, ["r1"]) == ()
    assert len(state.outside.facets(FacetOf.USE, ["r2"])) == 1
    assert state.outside.map().edges == edges
    assert state.outside.facets(FacetOf.DATASET, [MARTS_ID])


def test_forgetting_needs_the_lease(state: State) -> None:
    state.outside.record(make_told(), LATER)
    lease = take(state, "gc")
    state.writer.release_lease(lease)
    with pytest.raises(Fenced):
        state.collector.forget_told(lease, horizon(LATER + SECOND), frozenset())
    assert len(state.outside.runs(JOB_ID)) == 1


def test_the_last_run_that_went_well_stays_and_with_it_what_it_touched(state: State) -> None:
    for number, told_state in enumerate(["succeeded", "warned", "failed", "stopped"]):
        state.outside.record(make_told(number, run=f"r{number}", state=ToldState(told_state)), LATER + number * SECOND)
    old = T0 + dt.timedelta(days=90)
    assert forget(state, horizon(old, T0)) == OldTold(runs=3, notes=4, edges=1, datasets=1)
    assert [run.id for run in state.outside.runs(JOB_ID)] == ["r1"], "it is no matter whether later ones failed"
    found = state.outside.map()
    assert [(edge.dataset, edge.direction) for edge in found.edges] == [(MARTS_ID, Direction.WRITES)]
    assert {each.name for each in found.datasets.values()} == {MARTS}, "no run that is kept read the other one"
    assert list(found.jobs) == [JOB_ID]
    # When that run is old enough, there is nothing left.
    before = state.outside.stamp()
    assert forget(state, horizon(old, old)) == OldTold(runs=1, edges=1, jobs=1, datasets=1)
    assert state.outside.is_empty()
    assert state.outside.map() == OutsideMap()
    assert all(state.outside.facets(of, [MARTS_ID, JOB_ID, "r1"]) == () for of in FacetOf)
    assert state.outside.stamp().map > before.map


def test_what_a_young_run_touched_long_ago_stays(state: State) -> None:
    """An event may arrive late: what it tells is as young as its run."""
    state.outside.record(make_told(), LATER + dt.timedelta(days=200))
    assert forget(state, horizon(T0 + dt.timedelta(days=100))) == OldTold(edges=1, datasets=1)
    assert {edge.dataset for edge in state.outside.map().edges} == {MARTS_ID}


def test_datasets_that_stand_stay_with_their_other_names(state: State) -> None:
    names = [ToldName(namespace="s3://lake", name=f"t{number}") for number in range(4)]
    ids = [dataset_id(name) for name in names]
    links = [ToldLink(dataset=min(pair), other=max(pair)) for pair in itertools.pairwise(ids[:3])]
    told = Told(datasets=tuple(ToldDataset(name=name, at=T0) for name in names), links=tuple(links))
    state.outside.record(told, LATER)
    assert forget(state, horizon(LATER), None) == OldTold(), "nobody knows which stand"
    assert forget(state, horizon(LATER), frozenset({ids[0]})) == OldTold(datasets=1)
    assert state.outside.map().datasets.keys() == set(ids[:3]), "linked by way of another one"
    assert set(state.outside.map().links) == set(links)
    assert forget(state, horizon(LATER)) == OldTold(datasets=3)
    assert state.outside.map() == OutsideMap()


def test_what_a_job_says_of_its_writing_goes_with_the_edge(state: State) -> None:
    facets = (
        ToldFacet(of=FacetOf.WRITING, object=MARTS_ID, beside=JOB_ID, name="columnLineage", at=T0, document="{}"),
        ToldFacet(of=FacetOf.WRITING, object=MARTS_ID, beside="other", name="columnLineage", at=T0, document="{}"),
        ToldFacet(of=FacetOf.USE, object=JOB_ID, beside=MARTS_ID, name="outputStatistics", at=T0, document="{}"),
    )
    new = T0 + dt.timedelta(days=2)
    edge = ToldEdge(job=JOB_ID, dataset=MARTS_ID, direction=Direction.WRITES, at=T0)
    told = Told(
        facets=facets, edges=(edge,), jobs=(ToldJob(name=JOB, at=new),), datasets=(ToldDataset(name=MARTS, at=new),)
    )
    state.outside.record(told, LATER)
    assert forget(state, horizon(T0 + dt.timedelta(days=1))) == OldTold(edges=1)
    assert [each.beside for each in state.outside.facets(FacetOf.WRITING, [MARTS_ID])] == ["other"]
    assert state.outside.facets(FacetOf.USE, [JOB_ID]) == ()


def test_much_is_forgotten_in_small_transactions(state: State) -> None:
    told = Told(
        jobs=tuple(ToldJob(name=ToldName(namespace="n", name=f"j{number}"), at=T0) for number in range(450)),
        datasets=tuple(ToldDataset(name=ToldName(namespace="n", name=f"d{number}"), at=T0) for number in range(450)),
    )
    state.outside.record(told, LATER)
    before = state.outside.stamp().all
    assert forget(state, horizon(LATER)) == OldTold(jobs=450, datasets=450)
    assert state.outside.stamp().all - before == 6, "two hundred rows in each"


def test_what_is_told_while_it_is_being_forgotten_is_there_afterwards(state: State) -> None:
    """A collection that is at work, and tools that go on telling of what it finds needless."""
    old, new = make_told(run="r1"), make_told(10, run="r2")
    for number in range(10):
        state.outside.record(old, LATER)
        lease = take(state, "gc")
        telling = threading.Thread(target=state.outside.record, args=(new, LATER + dt.timedelta(days=1)))
        telling.start()
        state.collector.forget_told(lease, horizon(LATER + SECOND), frozenset())
        telling.join(60)
        state.writer.release_lease(lease)
        found = state.outside.map()
        assert [run.id for run in state.outside.runs(JOB_ID)] == ["r2"], number
        assert JOB_ID in found.jobs
        assert {edge.dataset for edge in found.edges} <= found.datasets.keys()
        assert MARTS_ID in found.datasets
        forget(state, horizon(LATER + dt.timedelta(days=2)))


def test_runs_come_newest_first(state: State) -> None:
    for number in range(5):
        state.outside.record(make_told(number, run=f"r{number}"), LATER)
    assert [run.id for run in state.outside.runs(JOB_ID, 2)] == ["r4", "r3"]
    assert state.outside.newest_runs([JOB_ID, "other"])[JOB_ID].id == "r4"
    assert [note.key for note in state.outside.notes({"job": [JOB_ID], "run": ["r1"]}, 2)] == ["kr4", "kr3"]


def test_many_who_tell_the_same_at_once_wait_for_each_other(state: State) -> None:
    def tell(seed: int) -> None:
        order = list(range(8))
        random.Random(seed).shuffle(order)
        for number in order:
            state.outside.record(make_told(number, run=f"r{number % 3}", text=str(seed)), LATER)

    threads = [threading.Thread(target=tell, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert {run.id for run in state.outside.runs(JOB_ID)} == {"r0", "r1", "r2"}
    assert len(state.outside.map().edges) == 2
