"""OpenLineage events as outside tools send them, for tests."""

from __future__ import annotations

import copy
import json
import uuid
from typing import Any

Event = dict[str, Any]

PRODUCER = "https://example.org/emitter/1.0"
RUN = str(uuid.uuid5(uuid.NAMESPACE_DNS, "run"))
PARENT = str(uuid.uuid5(uuid.NAMESPACE_DNS, "parent"))


def facet(**values: Any) -> Event:
    """A facet as the spec has it."""
    return {"_producer": PRODUCER, "_schemaURL": "https://openlineage.io/spec/facets/1-0-0/X.json#/$defs/X", **values}


def dataset(namespace: str, name: str, **facets: Event) -> Event:
    """A dataset of an event."""
    return {"namespace": namespace, "name": name, "facets": facets}


def columns_from(dataset: tuple[str, str], **columns: str) -> Event:
    """A columnLineage facet: column -> the column of one dataset that it is made from."""
    return facet(
        fields={
            column: {
                "inputFields": [
                    {
                        "namespace": dataset[0],
                        "name": dataset[1],
                        "field": source,
                        "transformations": [{"type": "DIRECT"}],
                    }
                ]
            }
            for column, source in columns.items()
        }
    )


def run_event(
    kind: str | None = "COMPLETE",
    *,
    time: str = "2026-05-04T03:02:01Z",
    job: tuple[str, str] = ("airflow://prod", "nightly.load"),
    run: str = RUN,
    inputs: list[Event] | None = None,
    outputs: list[Event] | None = None,
    **changes: Any,
) -> Event:
    """A run event."""
    event = {
        "eventType": kind,
        "eventTime": time,
        "producer": PRODUCER,
        "schemaURL": "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent",
        "run": {"runId": run, "facets": {}},
        "job": {"namespace": job[0], "name": job[1], "facets": {}},
        "inputs": inputs or [],
        "outputs": outputs or [],
    }
    if kind is None:
        del event["eventType"]
    return event | changes


def dataset_event(body: Event, time: str = "2026-05-04T03:02:01Z") -> Event:
    """An event about a dataset alone."""
    return {
        "eventTime": time,
        "producer": PRODUCER,
        "schemaURL": "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/DatasetEvent",
        "dataset": body,
    }


def job_event(job: tuple[str, str], inputs: list[Event], outputs: list[Event], **facets: Event) -> Event:
    """An event about a job, and none of its runs."""
    return {
        "eventTime": "2026-05-04T03:02:01Z",
        "producer": PRODUCER,
        "schemaURL": "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/JobEvent",
        "job": {"namespace": job[0], "name": job[1], "facets": facets},
        "inputs": inputs,
        "outputs": outputs,
    }


def whole_event() -> Event:
    """A run event with a facet of every kind that is read, and one that is not."""
    event = run_event(
        inputs=[
            dataset("postgresql://db", "shop.public.orders")
            | {"inputFacets": {"dataQualityAssertions": facet(assertions=[
                {"assertion": "not_null", "success": False, "column": "id", "severity": "warn"},
                {"assertion": "unique", "success": True, "name": "one_id", "expected": "0", "actual": 0},
            ])}}
        ],
        outputs=[
            dataset(
                "s3a://lake",
                "/marts/orders/",
                schema=facet(fields=[{"name": "id", "type": "BIGINT"}, {"name": "total", "description": "Paid."}]),
                documentation=facet(description="Orders, paid."),
                ownership=facet(owners=[{"name": "team:shop", "type": "OWNER"}]),
                symlinks=facet(identifiers=[{"namespace": "hive://meta", "name": "marts.orders", "type": "TABLE"}]),
                columnLineage=columns_from(("postgres://db:5432", "shop.public.orders"), id="id", total="paid"),
                acme_extra=facet(anything=[1, {"deep": [None, "x"]}]),
            )
            | {"outputFacets": {"outputStatistics": facet(rowCount=7, size=100)}}
        ],
    )  # fmt: skip
    event["run"]["facets"] = {
        "parent": facet(run={"runId": PARENT}, job={"namespace": "airflow://prod", "name": "nightly"}),
        "nominalTime": facet(nominalStartTime="2026-05-04T00:00:00Z"),
        "acme_run": facet(x=1),
    }
    event["job"]["facets"] = {
        "jobType": facet(processingType="BATCH", integration="AIRFLOW", jobType="TASK"),
        "sql": facet(query="insert into x select 1"),
    }
    return copy.deepcopy(event)


def body(event: object) -> bytes:
    """The bytes of an event or a batch."""
    return json.dumps(event).encode()
