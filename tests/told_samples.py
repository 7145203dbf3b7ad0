"""Small facts that outside tools tell, for tests."""

from __future__ import annotations

import datetime as dt

from meshwright.model.told import (
    Direction,
    FacetOf,
    NoteKind,
    Told,
    ToldDataset,
    ToldEdge,
    ToldFacet,
    ToldJob,
    ToldLink,
    ToldName,
    ToldNote,
    ToldRun,
    ToldState,
    ToldUse,
    dataset_id,
    job_id,
)

T0 = dt.datetime(2026, 5, 4, 3, 2, 1, 123456, tzinfo=dt.UTC)
SECOND = dt.timedelta(seconds=1)
JOB = ToldName(namespace="airflow://prod", name="nightly.load")
ORDERS = ToldName(namespace="postgres://db:5432", name="shop.public.orders")
MARTS = ToldName(namespace="s3://lake", name="marts/orders")


def make_told(seconds: int = 0, *, state: ToldState = ToldState.SUCCEEDED, run: str = "r1", text: str = "x") -> Told:
    """Something of every kind, as of some seconds after `T0`."""
    at = T0 + seconds * SECOND
    job, orders, marts = job_id(JOB), dataset_id(ORDERS), dataset_id(MARTS)
    return Told(
        jobs=(
            ToldJob(
                name=JOB, at=at, producer=f"urn:{text}", parent=ToldName(namespace="airflow://prod", name="nightly")
            ),
        ),
        datasets=(ToldDataset(name=ORDERS, at=at), ToldDataset(name=MARTS, at=at)),
        facets=(
            ToldFacet(of=FacetOf.DATASET, object=marts, name="documentation", at=at, document=f'{{"said": "{text}"}}'),
            ToldFacet(of=FacetOf.RUN, object=run, name="nominalTime", at=at, document="{}"),
            ToldFacet(of=FacetOf.USE, object=run, beside=marts, name="outputStatistics", at=at, document="{}"),
        ),
        edges=(
            ToldEdge(job=job, dataset=orders, direction=Direction.READS, at=at),
            ToldEdge(job=job, dataset=marts, direction=Direction.WRITES, at=at),
        ),
        links=(ToldLink(dataset=min(orders, "ab"), other=max(orders, "ab")),),
        runs=(ToldRun(id=run, job=job, at=at, key="2026-05-04", state=state, parent="up", url="https://x"),),
        uses=(ToldUse(run=run, dataset=marts, direction=Direction.WRITES),),
        notes=(
            ToldNote(
                key=f"k{run}",
                kind=NoteKind.METRIC,
                at=at,
                job=job,
                run=run,
                dataset=marts,
                name="rows",
                word="",
                value=1.5 + seconds,
                text=text,
                digest=f"d{text}",
            ),
        ),
    )
