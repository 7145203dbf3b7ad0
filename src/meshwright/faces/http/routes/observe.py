"""Outside tools without OpenLineage tell how they are; and what all outside tools told, as the catalog shows it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal

from fastapi import Body, Header, Path, Query, Request, Response
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from meshwright.access import Action
from meshwright.app.outside_told import (
    OutsideWanted,
    list_jobs,
    list_outside_datasets,
    show_job,
    show_outside_dataset,
    show_outside_run,
)
from meshwright.app.outside_told_observed import Observed, ObservedOutcome
from meshwright.app.outside_told_taking import take_observed
from meshwright.app.show import show_outside
from meshwright.faces.documents.outside_told import (
    job_document,
    jobs_document,
    outside_dataset_document,
    outside_datasets_document,
    outside_run_document,
    taken_document,
)
from meshwright.faces.documents.show import card_document
from meshwright.faces.http.answering import respond
from meshwright.faces.http.callers import Caller
from meshwright.faces.http.paging import (
    DEFAULT_LIMIT,
    Asked,
    Cursor,
    CursorText,
    Limit,
    asked_of,
    cut,
    decode_cursor,
    encode_cursor,
)
from meshwright.faces.http.ruled import ruled, ruled_router
from meshwright.faces.http.served import Served, ServedWorkspace
from meshwright.faces.text.outside_told import (
    job_lines,
    jobs_lines,
    outside_dataset_lines,
    outside_datasets_lines,
)
from meshwright.faces.text.show import card_lines
from meshwright.model.told import Direction, NoteKind, ToldName, ToldState

router = ruled_router()

_Name = Annotated[str, Field(min_length=1, max_length=4096)]
_Short = Annotated[str, Field(min_length=1, max_length=200)]
_Text = Annotated[str, Field(max_length=10_000)]
_Number = Annotated[float, Field(allow_inf_nan=False)]
#: Of a mesh's dataset, of which there may be several a second.
_Key = Annotated[str | None, Field(min_length=1, max_length=200, description="Idempotency key.", examples=["load-17"])]
_Id = Annotated[str, Path(max_length=64, pattern=r"^[0-9a-fA-F-]+$", description="As the lists give it.")]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class OutsideName(_Strict):
    """What a job or a dataset is called: a namespace, and a name in it."""

    namespace: Annotated[str, Field(min_length=1, max_length=1024, examples=["informatica://prod"])]
    name: Annotated[_Name, Field(examples=["load_orders"])]

    def told(self) -> ToldName:
        """Return it as a value."""
        return ToldName(namespace=self.namespace, name=self.name)


class _Event(_Strict):
    """What every event has."""

    id: _Key = None
    time: Annotated[AwareDatetime | None, Field(description="When it happened; now, where it is absent.")] = None
    tool: Annotated[str, Field(max_length=200, description="Who tells.", examples=["informatica"])] = ""
    job: Annotated[OutsideName | None, Field(description="The job that it is about.")] = None
    run: Annotated[
        str | None,
        Field(min_length=1, max_length=200, description="What the tool calls the run.", examples=["2026-01-31"]),
    ] = None
    dataset: Annotated[
        OutsideName | _Name | None,
        Field(description="The dataset that it is about: an address of this mesh, or a name outside."),
    ] = None

    def observed(self, key: str | None) -> Observed:
        """Return it as a value; `key` stands for an `id` that it has not."""
        raise NotImplementedError

    def _with(self, kind: NoteKind, key: str | None, **more: object) -> Observed:
        dataset = self.dataset.told() if isinstance(self.dataset, OutsideName) else self.dataset
        return Observed(
            kind=kind,
            id=self.id or key,
            at=self.time,
            tool=self.tool,
            job=self.job.told() if self.job is not None else None,
            run=self.run,
            dataset=dataset,
            **more,  # type: ignore[arg-type]  # fields of the kind, typed in the models below
        )


class RunStatus(_Event):
    """How a run of an outside job is."""

    event: Literal["run-status"] = "run-status"
    job: OutsideName
    run: _Short
    status: Annotated[
        Literal["started", "running", "succeeded", "warned", "failed", "stopped"], Field(examples=["succeeded"])
    ]
    text: _Text = ""
    url: Annotated[str, Field(max_length=2000, description="Where it is shown.")] = ""

    def observed(self, key: str | None) -> Observed:
        """Return it as a value."""
        return self._with(NoteKind.STATUS, key, state=ToldState(self.status), text=self.text, url=self.url)


class DatasetOperation(_Event):
    """What was done with a dataset."""

    event: Literal["dataset-operation"] = "dataset-operation"
    dataset: OutsideName | _Name
    operation: Annotated[Literal["reads", "writes"], Field(examples=["writes"])]
    text: _Text = ""

    def observed(self, key: str | None) -> Observed:
        """Return it as a value."""
        return self._with(NoteKind.OPERATION, key, operation=Direction(self.operation), text=self.text)


class MetricLog(_Event):
    """A figure."""

    event: Literal["metric-log"] = "metric-log"
    name: Annotated[_Short, Field(examples=["rows"])]
    value: Annotated[_Number, Field(examples=[1234])]

    def observed(self, key: str | None) -> Observed:
        """Return it as a value."""
        return self._with(NoteKind.METRIC, key, name=self.name, value=self.value)


class MessageLog(_Event):
    """A line of a log."""

    event: Literal["message-log"] = "message-log"
    level: Literal["debug", "info", "warning", "error"] = "info"
    text: Annotated[str, Field(min_length=1, max_length=10_000, examples=["took the long way"])]

    def observed(self, key: str | None) -> Observed:
        """Return it as a value."""
        return self._with(NoteKind.MESSAGE, key, level=self.level, text=self.text)


class TestOutcome(_Strict):
    """What one test found."""

    name: Annotated[_Short, Field(examples=["no_nulls"])]
    status: Annotated[Literal["passed", "warned", "failed"], Field(examples=["passed"])]
    value: _Number | None = None
    text: _Text = ""


class TestOutcomes(_Event):
    """What tests found."""

    event: Literal["test-outcomes"] = "test-outcomes"
    outcomes: Annotated[list[TestOutcome], Field(min_length=1, max_length=1000)]

    def observed(self, key: str | None) -> Observed:
        """Return it as a value."""
        outcomes = tuple(
            ObservedOutcome(name=each.name, status=each.status, value=each.value, text=each.text)
            for each in self.outcomes
        )
        return self._with(NoteKind.TEST, key, outcomes=outcomes)


# In a list each event says what it is of; posted to the path of its kind it need not.
class ListedRunStatus(RunStatus):
    """How a run of an outside job is."""

    event: Literal["run-status"]


class ListedDatasetOperation(DatasetOperation):
    """What was done with a dataset."""

    event: Literal["dataset-operation"]


class ListedMetricLog(MetricLog):
    """A figure."""

    event: Literal["metric-log"]


class ListedMessageLog(MessageLog):
    """A line of a log."""

    event: Literal["message-log"]


class ListedTestOutcomes(TestOutcomes):
    """What tests found."""

    event: Literal["test-outcomes"]


AnyEvent = Annotated[
    ListedRunStatus | ListedDatasetOperation | ListedMetricLog | ListedMessageLog | ListedTestOutcomes,
    Field(discriminator="event"),
]
_Header = Annotated[
    str | None, Header(alias="Idempotency-Key", min_length=1, max_length=200, description="In place of `id`.")
]


@router.post("/observe/run-status", summary="Tell how a run is", **ruled(Action.TELL_OUTSIDE))
def observe_run_status(
    request: Request, caller: Caller, server: Served, body: RunStatus, idempotency_key: _Header = None
) -> Response:
    """Tell of a run of an outside job. What has ended does not go on, however late an event comes."""
    return _taken(request, caller, server, (body,), idempotency_key)


@router.post("/observe/dataset-operation", summary="Tell what was done with a dataset", **ruled(Action.TELL_OUTSIDE))
def observe_dataset_operation(
    request: Request, caller: Caller, server: Served, body: DatasetOperation, idempotency_key: _Header = None
) -> Response:
    """Tell that a job read or wrote a dataset: an edge of lineage."""
    return _taken(request, caller, server, (body,), idempotency_key)


@router.post("/observe/metric-log", summary="Tell a figure", **ruled(Action.TELL_OUTSIDE))
def observe_metric_log(
    request: Request, caller: Caller, server: Served, body: MetricLog, idempotency_key: _Header = None
) -> Response:
    """Tell a figure of a job, a run or a dataset."""
    return _taken(request, caller, server, (body,), idempotency_key)


@router.post("/observe/message-log", summary="Tell a line of a log", **ruled(Action.TELL_OUTSIDE))
def observe_message_log(
    request: Request, caller: Caller, server: Served, body: MessageLog, idempotency_key: _Header = None
) -> Response:
    """Tell what a job, or a run of it, says."""
    return _taken(request, caller, server, (body,), idempotency_key)


@router.post("/observe/test-outcomes", summary="Tell what tests found", **ruled(Action.TELL_OUTSIDE))
def observe_test_outcomes(
    request: Request, caller: Caller, server: Served, body: TestOutcomes, idempotency_key: _Header = None
) -> Response:
    """Tell what the tests of an outside tool found."""
    return _taken(request, caller, server, (body,), idempotency_key)


@router.post("/observe", summary="Tell many things at once", **ruled(Action.TELL_OUTSIDE))
def observe_events(
    request: Request,
    caller: Caller,
    server: Served,
    body: Annotated[list[AnyEvent], Body(min_length=1, max_length=1000)],
) -> Response:
    """Tell several events of any kind, each with its `event`: all are taken in or, where one is wrong, none."""
    return _taken(request, caller, server, body, None)


def _taken(request: Request, caller: Caller, server: Served, events: Sequence[_Event], key: str | None) -> Response:
    caller.may(Action.TELL_OUTSIDE)
    observed = [event.observed(key) for event in events]
    taken = take_observed(server.workspace, server.intake, observed)
    return respond(request, document=lambda: taken_document(taken))


_Namespace = Annotated[str | None, Query(max_length=1024, description="Of this namespace alone.")]
_Environment = Annotated[str, Query(max_length=100, description="Whose datasets are joined to what is outside.")]


def _wanted(cursor: str | None, limit: int, query: Asked, namespace: str | None) -> OutsideWanted:
    """Ask for one more than are shown: it says whether the list goes on."""
    after = decode_cursor(cursor, query)
    return OutsideWanted(namespace=namespace, after=None if after is None else after.after, limit=limit + 1)


@router.get("/jobs", summary="List the jobs of outside tools", **ruled(Action.READ_CATALOG))
def list_outside_jobs(
    request: Request,
    caller: Caller,
    workspace: ServedWorkspace,
    namespace: _Namespace = None,
    env: _Environment = "prod",
    limit: Limit = DEFAULT_LIMIT,
    cursor: CursorText = None,
) -> Response:
    """List what outside tools told of, by name: what each job reads and writes, and how its newest run is."""
    caller.may(Action.READ_CATALOG)
    query = asked_of(request, "jobs", namespace, env)
    found = list_jobs(workspace, env, _wanted(cursor, limit, query, namespace))
    page, following = cut(found, limit, lambda each: each.work.id, query)
    return respond(request, document=lambda: jobs_document(page, following), lines=lambda look: jobs_lines(page, look))


@router.get("/jobs/{job_id}", summary="A job of an outside tool", **ruled(Action.READ_CATALOG))
def show_outside_job(
    request: Request, caller: Caller, workspace: ServedWorkspace, job_id: _Id, env: _Environment = "prod"
) -> Response:
    """Show a job: its facets, its newest runs, and what was told of it."""
    caller.may(Action.READ_CATALOG)
    card = show_job(workspace, job_id, env)
    return respond(request, document=lambda: job_document(card), lines=lambda look: job_lines(card, look))


@router.get("/outside/runs/{run_id}", summary="A run of an outside tool", **ruled(Action.READ_CATALOG))
def show_run_outside(
    request: Request, caller: Caller, workspace: ServedWorkspace, run_id: _Id, env: _Environment = "prod"
) -> Response:
    """Show a run: its state, its datasets with what was told of them, metrics, messages and outcomes of tests."""
    caller.may(Action.READ_CATALOG)
    line = show_outside_run(workspace, run_id.lower(), env)
    return respond(request, document=lambda: outside_run_document(line))


_SHOWN = ruled(Action.READ_CATALOG)
_SHOWN["responses"] = {
    **_SHOWN["responses"],
    200: {
        "content": {
            "application/json": {
                "schema": {
                    "anyOf": [
                        {"$ref": f"#/components/schemas/{name}"}
                        for name in ("ShowDataset", "ShowOutsideDataset", "ShowOutsideJob")
                    ]
                }
            }
        }
    },
}


@router.get("/outside", summary="What outside tools call by a name", **_SHOWN)
def show_what_outside_calls(
    request: Request,
    caller: Caller,
    workspace: ServedWorkspace,
    name: Annotated[
        str,
        Query(min_length=1, max_length=5200, description="Namespace and name.", examples=["s3://lake/marts/orders"]),
    ],
    env: _Environment = "prod",
) -> Response:
    """Show the dataset, of this mesh or outside, or else the job, that outside tools call so, as `mw show` does."""
    caller.may(Action.READ_CATALOG)
    card = show_outside(workspace, name, env)
    return respond(request, document=lambda: card_document(card), lines=lambda look: card_lines(card, look))


@router.get("/outside/datasets", summary="List datasets outside", **ruled(Action.READ_CATALOG))
def list_datasets_outside(
    request: Request,
    caller: Caller,
    workspace: ServedWorkspace,
    namespace: _Namespace = None,
    env: _Environment = "prod",
    limit: Limit = DEFAULT_LIMIT,
    cursor: CursorText = None,
) -> Response:
    """List the datasets that outside tools told of and that are none of this mesh's."""
    caller.may(Action.READ_CATALOG)
    query = asked_of(request, "outside", namespace, env)
    found = list_outside_datasets(workspace, env, _wanted(cursor, limit, query, namespace))
    page = found[:limit]
    following = encode_cursor(Cursor(after=page[-1].key), query) if len(found) > limit else None
    return respond(
        request,
        document=lambda: outside_datasets_document(page, following),
        lines=lambda look: outside_datasets_lines(page, look),
    )


@router.get("/outside/datasets/{dataset_id}", summary="A dataset outside", **ruled(Action.READ_CATALOG))
def show_dataset_outside(
    request: Request, caller: Caller, workspace: ServedWorkspace, dataset_id: _Id, env: _Environment = "prod"
) -> Response:
    """Show a dataset outside: its names, columns and facets, who reads and who writes it."""
    caller.may(Action.READ_CATALOG)
    card = show_outside_dataset(workspace, dataset_id, env)
    return respond(
        request,
        document=lambda: outside_dataset_document(card),
        lines=lambda look: outside_dataset_lines(card, look),
    )
