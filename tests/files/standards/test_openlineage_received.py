"""OpenLineage events of others: what they tell, what is kept, and what is refused with its place."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from typing import Any

import pytest
from openlineage.client import event_v2, facet_v2, serde
from openlineage.client.generated import (
    column_lineage_dataset,
    documentation_dataset,
    parent_run,
    schema_dataset,
    symlinks_dataset,
)

from meshwright.files.standards.openlineage import bounds
from meshwright.files.standards.openlineage.received import LineageEvent, read_batch, read_event
from meshwright.model.told import (
    Direction,
    FacetOf,
    ToldLink,
    ToldName,
    ToldState,
    dataset_id,
    job_id,
    run_id_of,
)
from tests.told_events import (
    PARENT,
    RUN,
    Event,
    body,
    columns_from,
    dataset,
    dataset_event,
    facet,
    job_event,
    run_event,
    whole_event,
)

NOW = dt.datetime(2026, 6, 1, tzinfo=dt.UTC)
ORDERS = ToldName(namespace="postgres://db:5432", name="shop.public.orders")
MARTS = ToldName(namespace="s3://lake", name="marts/orders")
HIVE = ToldName(namespace="hive://meta:9083", name="marts.orders")
JOB = ToldName(namespace="airflow://prod", name="nightly.load")
PARENT_JOB = ToldName(namespace="airflow://prod", name="nightly")


def read(event: Event) -> LineageEvent:
    events, findings = read_event(body(event), NOW)
    assert findings == ()
    [found] = events
    return found


def refused(event: object) -> str:
    data = event if isinstance(event, bytes) else body(event)
    events, findings = read_event(data, NOW)
    assert events == ()
    assert findings
    assert {finding.code for finding in findings} == {"MW-O010"}
    assert all(finding.fix for finding in findings)
    return "; ".join(finding.message for finding in findings)


def test_a_run_event_tells_job_run_datasets_and_what_is_between_them() -> None:
    event = read(whole_event())
    told = event.told
    assert event.job == JOB
    assert event.left_out == ()
    assert {each.name for each in told.datasets} == {ORDERS, MARTS, HIVE}
    assert {(each.job, each.dataset, each.direction) for each in told.edges} == {
        (job_id(JOB), dataset_id(ORDERS), Direction.READS),
        (job_id(JOB), dataset_id(MARTS), Direction.WRITES),
    }
    first, second = sorted((dataset_id(MARTS), dataset_id(HIVE)))
    assert told.links == (ToldLink(dataset=first, other=second),)
    [run] = told.runs
    assert run.key == RUN
    assert (run.id, run.job, run.state, run.parent) == (
        run_id_of(JOB, RUN),
        job_id(JOB),
        ToldState.SUCCEEDED,
        run_id_of(PARENT_JOB, PARENT),
    )
    [job] = told.jobs
    assert job.parent == PARENT_JOB
    assert [(note.name, note.word, note.text) for note in told.notes] == [
        ("not_null(id)", "warned", ""),
        ("one_id", "passed", "expected 0; actual 0"),
    ]
    assert len(told.uses) == 2


def test_facets_are_kept_as_they_came() -> None:
    event = whole_event()
    told = read(event).told
    kept = {(each.of, each.object, each.name): json.loads(each.document or "null") for each in told.facets}
    sent = event["outputs"][0]["facets"]
    for name in ("schema", "documentation", "ownership", "symlinks", "acme_extra"):
        assert kept[FacetOf.DATASET, dataset_id(MARTS), name] == sent[name]
    assert kept[FacetOf.WRITING, dataset_id(MARTS), "columnLineage"] == sent["columnLineage"]
    assert kept[FacetOf.RUN, run_id_of(JOB, RUN), "acme_run"] == event["run"]["facets"]["acme_run"]
    assert kept[FacetOf.JOB, job_id(JOB), "jobType"] == event["job"]["facets"]["jobType"]
    assert (
        kept[FacetOf.USE, run_id_of(JOB, RUN), "outputStatistics"]
        == event["outputs"][0]["outputFacets"]["outputStatistics"]
    )


@pytest.mark.parametrize(
    ("kind", "state"),
    [
        ("START", ToldState.STARTED),
        ("RUNNING", ToldState.RUNNING),
        ("COMPLETE", ToldState.SUCCEEDED),
        ("FAIL", ToldState.FAILED),
        ("ABORT", ToldState.STOPPED),
        ("OTHER", None),
        (None, None),
    ],
)
def test_types_of_events_are_states_of_runs(kind: str | None, state: ToldState | None) -> None:
    [run] = read(run_event(kind)).told.runs
    assert run.state is state


def test_a_column_may_come_of_a_dataset_that_is_no_input() -> None:
    event = run_event(outputs=[dataset("s3://lake", "x", columnLineage=columns_from(("file", "/data/a.csv"), a="b"))])
    told = read(event).told
    file = ToldName(namespace="file", name="/data/a.csv")
    assert file in {each.name for each in told.datasets}
    assert (dataset_id(file), Direction.READS) in {(each.dataset, each.direction) for each in told.edges}


def test_dataset_and_job_events_are_read() -> None:
    lineage = columns_from(("postgres://db", "shop.public.orders"), id="id")
    told = read(dataset_event(dataset("s3://lake", "marts/orders", columnLineage=lineage))).told
    own = dataset_id(MARTS)
    assert {(each.job, each.dataset, each.direction) for each in told.edges} == {
        (own, own, Direction.WRITES),
        (own, dataset_id(ORDERS), Direction.READS),
    }
    assert told.jobs == ()
    event = read(
        job_event(("spark", "app"), [dataset("s3://lake", "a")], [dataset("s3://lake", "b")], sql=facet(query="x"))
    )
    assert event.job == ToldName(namespace="spark", name="app")
    assert event.told.runs == ()
    assert len(event.told.edges) == 2


def test_a_facet_can_be_taken_back() -> None:
    told = read(
        dataset_event(dataset("s3://lake", "a", documentation=facet(_deleted=True), schema=facet(_deleted=True)))
    ).told
    assert [each.document for each in told.facets] == [None, None]


def test_events_of_the_real_client_are_read() -> None:
    """What openlineage-python sends, with its own classes and its own writer."""
    output = event_v2.OutputDataset(
        namespace="s3a://lake",
        name="marts/orders",
        facets={
            "schema": schema_dataset.SchemaDatasetFacet(
                fields=[schema_dataset.SchemaDatasetFacetFields(name="id", type="BIGINT")]
            ),
            "documentation": documentation_dataset.DocumentationDatasetFacet(description="x"),
            "symlinks": symlinks_dataset.SymlinksDatasetFacet(
                identifiers=[symlinks_dataset.Identifier(namespace="hive://meta", name="marts.orders", type="TABLE")]
            ),
            "columnLineage": column_lineage_dataset.ColumnLineageDatasetFacet(
                fields={
                    "id": column_lineage_dataset.Fields(
                        inputFields=[
                            column_lineage_dataset.InputField(
                                namespace="postgres://db:5432", name="shop.public.orders", field="id"
                            )
                        ]
                    )
                }
            ),
        },
    )
    run: dict[str, facet_v2.RunFacet] = {
        "parent": parent_run.ParentRunFacet(
            run=parent_run.Run(runId=PARENT), job=parent_run.Job(namespace="airflow://prod", name="nightly")
        )
    }
    event = event_v2.RunEvent(
        eventType=event_v2.RunState.COMPLETE,
        eventTime="2026-05-04T03:02:01.123456789+02:00",
        producer="https://example.org",
        run=event_v2.Run(runId=RUN, facets=run),
        job=event_v2.Job(namespace="airflow://prod", name="nightly.load"),
        inputs=[],
        outputs=[output],
    )
    found = read(json.loads(serde.Serde.to_json(event)))
    assert {each.name for each in found.told.datasets} == {ORDERS, MARTS, HIVE}
    assert found.told.runs[0].at == dt.datetime(2026, 5, 4, 1, 2, 1, 123456, tzinfo=dt.UTC)
    single = event_v2.DatasetEvent(
        eventTime="2026-05-04T03:02:01Z",
        producer="https://example.org",
        dataset=event_v2.StaticDataset(namespace="s3://lake", name="a", facets={}),
    )
    assert read(json.loads(serde.Serde.to_json(single))).told.datasets
    job = event_v2.JobEvent(
        eventTime="2026-05-04T03:02:01Z", producer="https://example.org", job=event_v2.Job(namespace="a", name="b")
    )
    assert read(json.loads(serde.Serde.to_json(job))).told.jobs


def changed(change: Callable[[Event], Any]) -> Event:
    event = whole_event()
    change(event)
    return event


@pytest.mark.parametrize(
    ("event", "words"),
    [
        (changed(lambda e: e.pop("eventTime")), "'eventTime' is missing"),
        (changed(lambda e: e.update(eventTime="2026-05-04 03:02:01")), "is no time with a zone"),
        (changed(lambda e: e.update(eventTime="2026-05-04T03:02:01")), "is no time with a zone"),
        (changed(lambda e: e.update(eventTime="2026-13-04T03:02:01Z")), "is no time with a zone"),
        (changed(lambda e: e.update(eventTime="2026-06-03T00:00:00Z")), "more than a day from now"),
        (changed(lambda e: e.update(eventTime="1969-06-03T00:00:00Z")), "before 1970"),
        (changed(lambda e: e.update(eventTime="9999-12-31T23:59:59-14:00")), "is no time with a zone"),
        (changed(lambda e: e.update(eventTime=7)), "'eventTime' is a number, not text"),
        (changed(lambda e: e.pop("producer")), "'producer' is missing"),
        (changed(lambda e: e.pop("schemaURL")), "'schemaURL' is missing"),
        (changed(lambda e: e.update(schemaURL="https://openlineage.io/spec/3-0-0/OpenLineage.json")), "is of core 3"),
        (changed(lambda e: e.update(eventType="DONE")), "'eventType' 'DONE' is none of START, RUNNING"),
        (changed(lambda e: e.pop("job")), "'job' is missing"),
        (changed(lambda e: e["job"].pop("namespace")), "'job.namespace' is missing"),
        (changed(lambda e: e.update(job={})), "'job.namespace' is missing"),
        (changed(lambda e: e.update(run={})), "'run.runId' is missing"),
        (changed(lambda e: e["run"]["facets"]["parent"].update(job={})), "parent.job.namespace' is missing"),
        (changed(lambda e: e["run"]["facets"]["parent"].update(run={})), "parent.run.runId' is missing"),
        (dataset_event({}), "'dataset.namespace' is missing"),
        (changed(lambda e: e["job"].update(name="")), "'job.name' is empty"),
        (changed(lambda e: e["job"].update(name="a\0b")), "'job.name' holds a control character"),
        (changed(lambda e: e["job"].update(name="a\ud800")), "'job.name' holds a control character"),
        (changed(lambda e: e["job"].update(name="x" * 5000)), "'job.name' has 5,000 characters"),
        (changed(lambda e: e["run"].update(runId="nightly")), "'run.runId' 'nightly' is no UUID"),
        (changed(lambda e: e["run"].update(facets=[])), "'run.facets' is a list, not an object"),
        (changed(lambda e: e.update(run=None)), "'run' is missing"),
        (changed(lambda e: e.update(inputs={})), "'inputs' is an object, not a list"),
        (changed(lambda e: e.update(inputs=[7])), "'inputs[0]' is a number, not an object"),
        (changed(lambda e: e["outputs"][0].pop("name")), "'outputs[0].name' is missing"),
        (changed(lambda e: e["outputs"][0]["facets"].update(x=7)), "'outputs[0].facets.x' is a number"),
        (changed(lambda e: e["outputs"][0]["facets"]["acme_extra"].pop("_producer")), "acme_extra._producer' is missing"),
        (changed(lambda e: e["outputs"][0]["facets"]["schema"].update(fields=[{}])), "schema.fields[0].name' is missing"),
        (changed(lambda e: e["outputs"][0]["facets"]["symlinks"].update(identifiers=[{}])), "identifiers[0].namespace"),
        (changed(lambda e: e["outputs"][0]["facets"]["columnLineage"]["fields"].update(id=[])), "fields.id' is a list"),
        (changed(lambda e: e["run"]["facets"]["parent"].pop("run")), "'run.facets.parent.run' is missing"),
        (changed(lambda e: e["run"]["facets"]["parent"]["run"].update(runId="x")), "parent.run.runId' 'x' is no UUID"),
        (changed(lambda e: e["inputs"][0]["inputFacets"]["dataQualityAssertions"]["assertions"][0].update(success="yes")),
         "success' is text, not true or false"),
        (changed(lambda e: e.update(dataset={})), "neither 'job' nor 'run'"),
        (changed(lambda e: e.update(inputs=[dataset("a", str(n)) for n in range(2_001)])), "more than 2,000"),
        (changed(lambda e: e["outputs"][0].update(facets={f"f{n}": facet() for n in range(201)})), "201 facets"),
        ([], "is a list of events"),
        (7, "a number is no event"),
        (b"", "it is no JSON"),
        (b"{", "it is no JSON"),
        (b"\xff{}", "it is not in UTF-8"),
        (b'{"eventTime": NaN}', "NaN is no number of JSON"),
        (b"[" * 100_000, "nested more than 64 levels deep"),
        (b'{"a":' * 70 + b"1" + b"}" * 70, "nested more than 64 levels deep"),
        (b'{"a":' + b"9" * 5_000 + b"}", "a number that is too large"),
        (b'"' + b"x" * (5 * 1024 * 1024) + b'"', "larger than 5,242,880 bytes"),
    ],
)  # fmt: skip
def test_what_is_no_event_is_refused_with_its_place(event: object, words: str) -> None:
    assert words in refused(event)


def test_a_number_beyond_all_bounds_is_refused() -> None:
    data = body(whole_event()).replace(b'"x": 1}', b'"x": 1e999}')
    assert b"1e999" in data
    assert "the number 1e999 is too large" in refused(data)


def test_of_very_many_problems_the_first_are_told() -> None:
    assert refused(run_event(inputs=[{} for _ in range(1_000)])).count("is missing") <= 50


def test_a_facet_that_is_too_large_is_left_out_and_told() -> None:
    event = run_event(
        outputs=[dataset("s3://lake", "a", spark_plan=facet(plan="x" * bounds.MOST_FACET_BYTES), small=facet())]
    )
    found = read(event)
    assert found.left_out == ("outputs[0].spark_plan",)
    assert [each.name for each in found.told.facets if each.of is FacetOf.DATASET] == ["small"]


def test_a_batch_is_taken_whole_or_not_at_all() -> None:
    events, findings = read_batch(body([whole_event(), run_event("START")]), NOW)
    assert (len(events), findings) == (2, ())
    _, findings = read_batch(body([whole_event(), run_event("DONE"), 7]), NOW)
    assert [finding.message[:9] for finding in findings] == ["event 2: ", "event 3: "]
    assert read_batch(b"[]", NOW) == ((), ())
    for data, words in [
        (body(whole_event()), "not a list of events"),
        (body([run_event()] * 1_001), "the batch has 1,001 events"),
        (b"{", "is no batch of events"),
    ]:
        events, findings = read_batch(data, NOW)
        assert events == ()
        assert words in findings[0].message
