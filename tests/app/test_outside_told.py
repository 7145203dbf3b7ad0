"""Events of outside tools, taken in: what they come to, in whatever order, and what lineage and `show` say of it."""

from __future__ import annotations

import datetime as dt
import json
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from meshwright.app.apply import RunOptions, apply
from meshwright.app.collection import CollectionOptions, collect
from meshwright.app.lineage import Direction as Way
from meshwright.app.lineage import LineageOptions, lineage
from meshwright.app.opened import open_mesh
from meshwright.app.outside_told import (
    joined_map,
    list_jobs,
    outside_datasets,
    show_job,
    show_outside_dataset,
    show_outside_run,
)
from meshwright.app.outside_told_map import OutsideNode
from meshwright.app.outside_told_observed import Observed, ObservedOutcome
from meshwright.app.outside_told_taking import Intake, take_lineage, take_observed
from meshwright.app.reports import DatasetCard
from meshwright.app.run_openlineage import run_events
from meshwright.app.runs import list_runs
from meshwright.app.show import show
from meshwright.app.workspace import Workspace, open_workspace
from meshwright.diagnostics import Diagnostic, InputError, RefusedError, WorldError
from meshwright.faces.documents.outside_told import job_document, outside_dataset_document, outside_run_document
from meshwright.faces.documents.verbs import lineage_document
from meshwright.faces.text.outside_told import job_lines, jobs_lines, outside_dataset_lines
from meshwright.faces.text.show import card_lines
from meshwright.faces.text.terminal import Look
from meshwright.faces.text.verbs import lineage_lines
from meshwright.model.told import (
    Direction,
    FacetOf,
    NoteKind,
    Told,
    ToldLink,
    ToldName,
    ToldState,
)
from meshwright.sql import Influence
from meshwright.state.records import OldTold
from tests.meshes import write_file, write_mesh
from tests.told_events import RUN, Event, body, columns_from, dataset, dataset_event, facet, run_event, whole_event

OWN = "meshwright://shop"
PLAIN = Look(is_terminal=False)


@pytest.fixture
def shop(tmp_path: Path) -> Workspace:
    return open_workspace(write_mesh(tmp_path))


def tell(workspace: Workspace, *events: Event) -> None:
    for event in events:
        take_lineage(workspace, Intake(), body(event))


def everything(workspace: Workspace) -> object:
    """All that is recorded, but when it arrived."""
    with open_mesh(workspace, "prod") as opened:
        outside = opened.state.outside
        found = outside.map()
        jobs, datasets = list(found.jobs), list(found.datasets)
        runs = [run for job in jobs for run in outside.runs(job, 100)]
        notes = outside.notes({"job": jobs, "dataset": datasets}, 1000)
        return (
            found,
            outside.seen(jobs=jobs, datasets=datasets),
            outside.edges_of(jobs),
            sorted((run.id, run.state, run.state_at, run.first_at, run.last_at, run.parent) for run in runs),
            sorted((note.key, note.at, note.word, note.text) for note in notes),
            [outside.facets(of, [*jobs, *datasets, *(run.id for run in runs)]) for of in FacetOf],
        )


# -- in whatever order -------------------------------------------------------------------------------------------------


def story() -> list[Event]:
    """Two runs of a job: begun, going on, ended; with facets that change, and one that is taken back."""

    def at(second: int) -> str:
        return f"2026-05-04T03:02:{second:02}Z"

    marts = dataset("s3://lake", "marts", documentation=facet(description="old"))
    newer = dataset("s3a://lake", "/marts/", documentation=facet(description="new"), tags=facet(tags=[]))
    second = "11111111-2222-3333-4444-555555555555"
    return [
        run_event("START", time=at(1), inputs=[dataset("postgres://db", "a.b.c")]),
        run_event("RUNNING", time=at(2), outputs=[marts]),
        run_event("COMPLETE", time=at(5), outputs=[newer]),
        run_event("RUNNING", time=at(9)),
        run_event("START", time=at(3), run=second),
        run_event("FAIL", time=at(6), run=second),
        run_event("COMPLETE", time=at(6), run=second),
        dataset_event(dataset("s3://lake", "marts", tags=facet(_deleted=True)), time=at(7)),
        whole_event(),
    ]  # fmt: skip


@given(st.permutations(range(len(story()))), st.lists(st.integers(0, len(story()) - 1), max_size=6), st.booleans())
@settings(max_examples=12, deadline=None)
def test_no_order_and_no_repetition_changes_what_is_recorded(
    order: list[int], again: list[int], is_batch: bool
) -> None:
    events = story()
    with _shop() as shop:
        given_ = [events[place] for place in (*order, *again)]
        if is_batch:
            take_lineage(shop, Intake(), body(given_), is_batch=True)
        else:
            tell(shop, *given_)
        found = everything(shop)
    with _shop() as plain:
        tell(plain, *events)
        assert found == everything(plain)


@contextmanager
def _shop() -> Iterator[Workspace]:
    with tempfile.TemporaryDirectory() as folder:
        write_file(Path(folder), "mesh.yaml", "meshwright: 1\nname: shop\n")
        yield open_workspace(Path(folder))


def test_a_run_that_ended_does_not_go_on_and_its_times_are_those_of_its_events(shop: Workspace) -> None:
    tell(shop, *story())
    [first, second] = sorted(show_job(shop, list_jobs(shop)[0].work.id).runs, key=lambda run: run.first_at)
    assert (first.state, second.state) in {
        (ToldState.SUCCEEDED, ToldState.SUCCEEDED),
        (ToldState.SUCCEEDED, ToldState.FAILED),
    }
    assert (first.first_at.second, first.last_at.second) == (1, 9)
    [node] = [node for node in _outside(shop) if node.name.namespace == "s3://lake" and node.name.name == "marts"]
    card = show_outside_dataset(shop, node.key)
    assert card.description == "new"
    assert "tags" not in card.facets


def _outside(shop: Workspace) -> tuple[OutsideNode, ...]:
    with open_mesh(shop, "prod") as opened:
        return outside_datasets(opened)


# -- together ----------------------------------------------------------------------------------------------------------


def test_what_many_tell_at_once_is_recorded_together_and_whole(shop: Workspace) -> None:
    tell(shop, run_event())
    intake = Intake()
    runs = [f"00000000-0000-0000-0000-{number:012}" for number in range(60)]

    def send(part: list[str]) -> None:
        for run in part:
            take_lineage(shop, intake, body(run_event(run=run)))

    threads = [threading.Thread(target=send, args=(runs[start::6],)) for start in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    with open_mesh(shop, "prod") as opened:
        assert all(opened.state.outside.runs_called(run) for run in runs)
    assert 0 < intake.transactions <= len(runs)


def test_those_who_wait_are_written_by_who_comes_first() -> None:
    """While one transaction is under way others queue, and the next one takes all of them."""
    intake, began, go_on = Intake(), threading.Event(), threading.Event()
    sizes: list[int] = []

    class State:
        def record(self, told: Told, received_at: dt.datetime) -> None:
            sizes.append(len(told.links))
            began.set()
            assert go_on.wait(60)

        @property
        def outside(self) -> State:
            return self

    told = Told(links=(ToldLink(dataset="a", other="b"),))
    state: Any = State()
    threads = [threading.Thread(target=intake.record, args=(state, told)) for _ in range(5)]
    threads[0].start()
    assert began.wait(60)
    for thread in threads[1:]:
        thread.start()
    while len(intake._queue) < 4:
        pass
    go_on.set()
    for thread in threads:
        thread.join(60)
    assert sizes == [1, 4]


def test_where_recording_fails_all_who_wait_are_told() -> None:
    class Failing:
        def record(self, told: Told, received_at: dt.datetime) -> None:
            raise WorldError(Diagnostic(code="MW-D101", message="the disk is full", fix="make room"))

        @property
        def outside(self) -> Failing:
            return self

    state: Any = Failing()
    with pytest.raises(WorldError):
        Intake().record(state, Told())


def test_what_is_wrong_with_one_is_not_laid_on_the_others() -> None:
    """A batch that cannot be recorded is recorded one by one, but where the world is in the way: that is nobody's own fault."""
    intake, began, go_on = Intake(), threading.Event(), threading.Event()
    recorded: list[str] = []

    class State:
        def record(self, told: Told, received_at: dt.datetime) -> None:
            began.set()
            assert go_on.wait(60)
            if any(link.dataset == "bad" for link in told.links):
                raise ValueError("bad")
            recorded.extend(link.dataset for link in told.links)

        @property
        def outside(self) -> State:
            return self

    errors: dict[str, Exception] = {}

    def record(name: str) -> None:
        try:
            intake.record(state, Told(links=(ToldLink(dataset=name, other="z"),)))
        except ValueError as error:
            errors[name] = error

    state: Any = State()
    threads = [threading.Thread(target=record, args=(name,)) for name in ("first", "good", "bad", "fine")]
    threads[0].start()
    assert began.wait(60)
    for thread in threads[1:]:
        thread.start()
    while len(intake._queue) < 3:
        pass
    go_on.set()
    for thread in threads:
        thread.join(60)
    assert sorted(recorded) == ["fine", "first", "good"]
    assert list(errors) == ["bad"]


# -- our own events ----------------------------------------------------------------------------------------------------


def test_our_own_events_come_back_and_tell_nothing_new(tmp_path: Path) -> None:
    shop = open_workspace(write_mesh(tmp_path))
    apply(shop, RunOptions())
    [run] = list_runs(shop)
    events = run_events(shop, run.id).events
    assert len(events) > 10
    before = lineage(shop, "sales.totals.per_customer")
    taken = take_lineage(shop, Intake(), body(list(events)), is_batch=True)
    assert (taken.received, taken.own) == (len(events), len(events))
    assert list_jobs(shop) == ()
    assert _outside(shop) == ()
    assert lineage(shop, "sales.totals.per_customer") == before


def test_events_of_another_mesh_are_those_of_an_outside_tool(shop: Workspace) -> None:
    event = run_event(job=("meshwright://other", "a.b.c"), outputs=[dataset("meshwright://other", "a.b.c")])
    event["producer"] = "urn:meshwright:1.0"
    assert take_lineage(shop, Intake(), body(event)).own == 0
    assert [node.shown for node in _outside(shop)] == ["meshwright://other/a.b.c"]


def test_jobs_inside_of_our_nodes_are_told_inside_and_not_as_readers(shop: Workspace) -> None:
    event = run_event(job=("spark", "app.save"), inputs=[dataset(OWN, "sales.orders.orders")])
    event["run"]["facets"]["parent"] = facet(
        run={"runId": event["run"]["runId"]}, job={"namespace": OWN, "name": "sales.totals.per_customer"}
    )
    tell(shop, event)
    [line] = list_jobs(shop)
    assert line.work.within == "sales.totals.per_customer"
    card = show(shop, "sales.orders.orders")
    assert isinstance(card, DatasetCard)
    assert card.outside is None


def test_what_a_node_starts_knows_the_node_as_its_parent(shop: Workspace) -> None:
    """As our own events call it: what an emitter inside then tells is inside of the node."""
    write_file(
        shop.root,
        "domains/sales/tell/pipeline.yaml",
        f"nodes:\n  note: {{shell: 'printf %s \"$OPENLINEAGE_CONTEXT\" > {shop.root}/context.json'}}\n",
    )
    apply(shop, RunOptions(select=("sales.tell",)))
    context = json.loads((shop.root / "context.json").read_text())
    parent = context["parent"]
    assert parent["job"] == {"namespace": OWN, "name": "sales.tell.note"}
    [run] = list_runs(shop)
    own = {event["run"]["runId"]: event["job"]["name"] for event in run_events(shop, run.id).events}
    assert own[parent["run"]["runId"]] == "sales.tell.note"
    event = run_event(job=("inner", "job"))
    event["run"]["facets"]["parent"] = facet(**parent)
    tell(shop, event)
    assert [line.work.within for line in list_jobs(shop)] == ["sales.tell.note"]


# -- lineage -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def told(shop: Workspace) -> Workspace:
    """raw file <- a job; per_customer -> a job -> snowflake -> a job -> file that `back` reads; a dashboard."""
    write_file(
        shop.root,
        "domains/finance/back/pipeline.yaml",
        "nodes:\n  back: {source: {path: data/back.csv, format: csv}}\n",
    )
    write_file(shop.root, "data/back.csv", "customer,total\nana,1.5\n")
    snow = ("snowflake://acme", "DB.S.TOTALS")
    tell(
        shop,
        run_event(
            job=("airflow", "land"),
            inputs=[dataset("postgres://erp", "erp.public.orders")],
            outputs=[
                dataset(
                    "file",
                    str(shop.root / "data/orders.csv"),
                    schema=facet(fields=[{"name": "order_id"}, {"name": "amount"}]),
                    columnLineage=columns_from(("postgres://erp:5432", "erp.public.orders"), amount="price"),
                )
            ],
        ),
        run_event(
            job=("airflow", "push"),
            inputs=[dataset(OWN, "sales.totals.per_customer"), dataset("s3://ref", "rates")],
            outputs=[dataset(*snow, columnLineage=columns_from((OWN, "sales.totals.per_customer"), TOTAL="total"))],
        ),
        run_event(
            job=("airflow", "fetch"),
            inputs=[dataset(*snow)],
            outputs=[
                dataset(
                    "file",
                    str(shop.root / "data/back.csv"),
                    columnLineage=columns_from(snow, total="TOTAL", customer="CUSTOMER"),
                )
            ],
        ),
        run_event(job=("tableau", "board"), inputs=[dataset("snowflake://ACME", "DB.S.TOTALS")]),
    )
    return shop


def test_lineage_goes_on_through_outside_jobs(told: Workspace) -> None:
    report = lineage(told, "sales.totals.per_customer")
    file = f"file:{told.root}/data/orders.csv"
    assert set(report.nodes) >= {
        "postgres://erp:5432/erp.public.orders",
        file,
        "sales.orders.raw_orders",
        "sales.totals.per_customer",
        "snowflake://acme/DB.S.TOTALS",
        f"file:{told.root}/data/back.csv",
        "finance.back.back",
    }
    assert "s3://ref/rates" not in report.nodes, "it is above what is below"
    edges = {(source, target): kind for source, target, kind in report.edges}
    assert edges["postgres://erp:5432/erp.public.orders", file] is Influence.DIRECT
    assert edges[file, "sales.orders.raw_orders"] is Influence.DIRECT
    assert edges["sales.totals.per_customer", "snowflake://acme/DB.S.TOTALS"] is Influence.DIRECT
    assert edges[f"file:{told.root}/data/back.csv", "finance.back.back"] is Influence.DIRECT
    assert report.outside is not None
    assert [job.work.shown for job in report.outside.jobs] == [
        "airflow/fetch", "airflow/land", "airflow/push", "tableau/board",
    ]  # fmt: skip
    document = json.loads(json.dumps(lineage_document(report)))
    assert document["outside"]["jobs"][3]["reads"] == ["snowflake://acme/DB.S.TOTALS"]
    text = "\n".join(lineage_lines(report, PLAIN))
    assert "snowflake://acme/DB.S.TOTALS" in text
    assert "tableau/board reads snowflake://acme/DB.S.TOTALS" in text


def test_one_way_and_so_far_is_what_is_told_of_jobs_too(told: Workspace) -> None:
    def jobs(name: str, **options: Any) -> list[str]:
        outside = lineage(told, name, options=LineageOptions(**options)).outside
        return [] if outside is None else [job.work.shown for job in outside.jobs]

    assert jobs("sales.totals.per_customer", direction=Way.UP) == ["airflow/land"]
    assert jobs("sales.totals.per_customer", direction=Way.DOWN) == ["airflow/fetch", "airflow/push", "tableau/board"]
    assert jobs("sales.totals.per_customer", direction=Way.DOWN, depth=1) == ["airflow/push"]
    assert jobs("sales.totals.per_customer", direction=Way.UP, depth=1) == []


def test_an_input_that_no_column_comes_of_is_indirect(told: Workspace) -> None:
    report = lineage(told, "finance.back.back")
    edges = {(source, target): kind for source, target, kind in report.edges}
    assert edges["s3://ref/rates", "snowflake://acme/DB.S.TOTALS"] is Influence.INDIRECT
    assert edges["sales.orders.orders", "sales.totals.per_customer"] is Influence.DIRECT
    assert "postgres://erp:5432/erp.public.orders" in report.nodes, "through ours, and on"


def test_columns_are_followed_through_outside_jobs(told: Workspace) -> None:
    apply(told, RunOptions(select=("sales",)))
    report = lineage(told, "sales.totals.per_customer.total")
    file = f"file:{told.root}/data/orders.csv"
    edges = {(source, target) for source, target, kind in report.edges if kind is Influence.DIRECT}
    assert edges >= {
        ("postgres://erp:5432/erp.public.orders.price", f"{file}.amount"),
        (f"{file}.amount", "sales.orders.raw_orders.amount"),
        ("sales.orders.orders.amount", "sales.totals.per_customer.total"),
        ("sales.totals.per_customer.total", "snowflake://acme/DB.S.TOTALS.TOTAL"),
        ("snowflake://acme/DB.S.TOTALS.TOTAL", f"file:{told.root}/data/back.csv.total"),
        (f"file:{told.root}/data/back.csv.total", "finance.back.back.total"),
    }
    assert "snowflake://acme/DB.S.TOTALS.CUSTOMER" not in report.nodes


def test_lineage_in_another_environment_knows_its_own_names(told: Workspace) -> None:
    text = (told.root / "mesh.yaml").read_text()
    write_file(told.root, "mesh.yaml", text + "\nenvironments: {qa: {}}\n")
    tell(told, run_event(job=("qa", "reader"), inputs=[dataset(f"{OWN}/qa", "sales.totals.per_customer")]))
    report = lineage(told, "sales.totals.per_customer", "qa")
    assert report.outside is not None
    shown = [job.work.shown for job in report.outside.jobs]
    assert "qa/reader" in shown
    assert "airflow/push" not in shown


def test_a_circle_through_outside_jobs_ends(shop: Workspace) -> None:
    tell(
        shop,
        run_event(job=("t", "a"), inputs=[dataset("x", "1")], outputs=[dataset("x", "2"), dataset("x", "1")]),
        run_event(job=("t", "b"), inputs=[dataset("x", "2")], outputs=[dataset("x", "1")]),
        run_event(job=("t", "c"), inputs=[dataset("x", "1")], outputs=[dataset(OWN, "sales.orders.orders")]),
    )
    assert {"x/1", "x/2"} <= set(lineage(shop, "sales.orders.orders").nodes)


def test_show_tells_outside_readers_and_writers(told: Workspace) -> None:
    tell(told, run_event(job=("hand", "fix"), outputs=[dataset(OWN, "sales.totals.per_customer")]))
    card = show(told, "sales.totals.per_customer")
    assert isinstance(card, DatasetCard)
    assert card.outside is not None
    assert [work.shown for work in card.outside.readers] == ["airflow/push"]
    text = "\n".join(card_lines(card, PLAIN))
    assert "read by airflow/push" in text
    assert "written in place by hand/fix" in text
    assert "not under our rollback" in text
    source = show(told, "sales.orders.raw_orders")
    assert isinstance(source, DatasetCard)
    assert source.outside is not None
    assert [node.shown for node in source.outside.read_from] == [f"file:{told.root}/data/orders.csv"]


# -- cards -------------------------------------------------------------------------------------------------------------


def test_jobs_runs_and_datasets_have_cards(shop: Workspace) -> None:
    tell(shop, whole_event())
    [line] = list_jobs(shop)
    assert (line.tool, line.type) == ("AIRFLOW", "TASK")
    assert line.newest is not None
    card = show_job(shop, line.work.id)
    document = json.loads(json.dumps(job_document(card)))
    assert document["facets"]["sql"]["query"] == "insert into x select 1"
    assert document["writes"] == ["s3://lake/marts/orders"], "as the job calls it, and not another name"
    assert document["newest_run"]["state"] == "succeeded"
    assert {note["word"] for note in document["notes"]} == {"warned", "passed"}
    run = outside_run_document(show_outside_run(shop, line.newest.id))
    assert run["facets"]["acme_run"]["x"] == 1  # type: ignore[index]
    assert run["dataset_facets"]["s3://lake/marts/orders"]["outputStatistics"]["rowCount"] == 7  # type: ignore[index]
    [node] = [node for node in _outside(shop) if len(node.names) == 2]
    found = json.loads(json.dumps(outside_dataset_document(show_outside_dataset(shop, node.key))))
    assert [column["name"] for column in found["columns"]] == ["id", "total"]
    assert found["owners"] == ["team:shop"]
    assert found["facets"]["acme_extra"]["anything"] == [1, {"deep": [None, "x"]}]
    for lines in (jobs_lines([line], PLAIN), job_lines(card, PLAIN)):
        assert any("airflow://prod/nightly.load" in each for each in lines)
    assert any("also called" in each for each in outside_dataset_lines(show_outside_dataset(shop, node.key), PLAIN))


@pytest.mark.parametrize("find", [show_job, show_outside_run, show_outside_dataset])
def test_what_was_never_told_of_is_not_found(shop: Workspace, find: Callable[[Workspace, str], object]) -> None:
    for id_ in ("", "x" * 40, "0" * 32):
        with pytest.raises(InputError) as error:
            find(shop, id_)
        assert error.value.first.code == "MW-O020"


def test_a_run_id_that_two_jobs_share_is_two_runs(shop: Workspace) -> None:
    """A tool that gives all tasks of one night one id: neither states, nor datasets, nor facets are mixed."""
    other = ("airflow://prod", "nightly.other")
    for job, kind, name in (
        (("airflow://prod", "nightly.load"), "COMPLETE", "marts"),
        (other, "FAIL", "elsewhere"),
    ):
        event = run_event(kind, job=job, outputs=[dataset("s3://lake", name)])
        event["run"]["facets"] = {"acme": facet(of=job[1])}
        tell(shop, event)
    lines = {line.work.shown: line for line in list_jobs(shop)}
    found = {}
    for name in ("nightly.load", "nightly.other"):
        line = lines[f"airflow://prod/{name}"]
        assert line.newest is not None
        assert line.newest.key == RUN
        found[name] = show_outside_run(shop, line.newest.id)
        assert found[name].facets["acme"]["of"] == name
    assert [run.run.state for run in found.values()] == [ToldState.SUCCEEDED, ToldState.FAILED]
    assert [[shown for _, shown in run.uses] for run in found.values()] == [
        ["s3://lake/marts"],
        ["s3://lake/elsewhere"],
    ]
    with pytest.raises(InputError, match="several outside jobs") as raised:
        show_outside_run(shop, RUN)
    assert all(run.run.id in str(raised.value.first.fix) for run in found.values())


def test_a_run_is_found_by_what_its_tool_calls_it(shop: Workspace) -> None:
    tell(shop, run_event("START"))
    name = ToldName(namespace="airflow://prod", name="nightly.load")
    take_observed(shop, Intake(), [Observed(kind=NoteKind.STATUS, job=name, run=RUN.upper(), state=ToldState.FAILED)])
    run = show_outside_run(shop, RUN).run
    assert (run.state, run.key) == (ToldState.FAILED, RUN), "both ways of telling are of one run"


def keep_nothing(shop: Workspace) -> None:
    write_file(
        shop.root, "mesh.yaml", (shop.root / "mesh.yaml").read_text() + "\nretention: {events: 0s, outside: 0s}\n"
    )


def test_gc_forgets_what_no_run_that_is_kept_names(shop: Workspace) -> None:
    tell(shop, *story(), dataset_event(dataset(OWN, "sales.orders.orders")))
    own = {node.key for node in everything_joined(shop) if node.address is not None}
    assert collect(shop, CollectionOptions()).records.told == OldTold(), "it arrived just now"
    keep_nothing(shop)
    foreseen = collect(shop, CollectionOptions(is_dry_run=True)).records.told
    assert foreseen.runs == 2
    assert foreseen.jobs >= 1
    assert foreseen.datasets >= 2
    assert collect(shop, CollectionOptions()).records.told == foreseen
    assert list_jobs(shop) == ()
    assert _outside(shop) == ()
    assert {node.key for node in everything_joined(shop)} == own == {"sales.orders.orders"}, "ours stay"


def test_gc_keeps_the_last_run_that_went_well(shop: Workspace) -> None:
    tell(shop, *story())
    write_file(shop.root, "mesh.yaml", (shop.root / "mesh.yaml").read_text() + "\nretention: {events: 0s}\n")
    assert collect(shop, CollectionOptions()).records.told.runs == 1
    kept = [line for line in list_jobs(shop) if line.newest is not None]
    assert [line.newest.state for line in kept if line.newest is not None] == [ToldState.SUCCEEDED]
    assert "s3://lake/marts" in kept[0].writes


def test_gc_keeps_names_that_the_mesh_gives_and_not_those_of_files(shop: Workspace) -> None:
    alias = "aliases: {orders: [s3://lake/copy, {namespace: 'x://y', name: z}]}\n"
    pipeline = shop.root / "domains/sales/orders/pipeline.yaml"
    write_file(shop.root, "domains/sales/orders/pipeline.yaml", pipeline.read_text() + alias)
    store = f"{shop.root}/.meshwright/store/sales/orders/orders"
    landed = shop.root / "data/orders.csv"
    kept = [("s3", "copy"), ("file", store), ("file", str(landed)), ("duckdb", "prod.sales__orders.orders")]
    namespaces = {"s3": "s3://lake", "file": "file", "duckdb": f"duckdb://{shop.root}/environments/prod.duckdb"}
    for namespace, name in [*kept, ("file", f"{store}/v1/x-0.parquet"), ("file", "/elsewhere.csv")]:
        tell(shop, dataset_event(dataset(namespaces[namespace], name)))
    keep_nothing(shop)
    assert collect(shop, CollectionOptions()).records.told == OldTold(datasets=2)
    with open_mesh(shop, "prod") as opened:
        names = {each.name.name for each in opened.state.outside.map().datasets.values()}
    assert names == {name for _, name in kept}


def test_gc_forgets_no_dataset_where_the_mesh_cannot_be_read(shop: Workspace) -> None:
    tell(shop, dataset_event(dataset("s3://lake", "x")))
    keep_nothing(shop)
    pipeline = shop.root / "domains/sales/orders/pipeline.yaml"
    before = pipeline.read_text()
    write_file(shop.root, "domains/sales/orders/pipeline.yaml", before + "nodes: [")
    assert collect(shop, CollectionOptions()).records.told == OldTold(), "which are ours nobody knows"
    write_file(shop.root, "domains/sales/orders/pipeline.yaml", before)
    assert collect(shop, CollectionOptions()).records.told == OldTold(datasets=1)


def everything_joined(shop: Workspace) -> tuple[OutsideNode, ...]:
    with open_mesh(shop, "prod") as opened:
        return tuple(joined_map(opened).nodes.values())


# -- tools without OpenLineage -------------------------------------------------------------------------------------------

AT = dt.datetime(2026, 5, 4, 3, 2, 1, tzinfo=dt.UTC)
JOB = ToldName(namespace="informatica://prod", name="load")


def observe(shop: Workspace, *events: Observed) -> None:
    take_observed(shop, Intake(), events)


def test_runs_operations_metrics_messages_and_tests_are_told(shop: Workspace) -> None:
    lake = ToldName(namespace="s3a://lake", name="/x/")
    observe(
        shop,
        Observed(kind=NoteKind.STATUS, at=AT, job=JOB, run="r1", state=ToldState.RUNNING, tool="informatica"),
        Observed(
            kind=NoteKind.OPERATION, at=AT, job=JOB, run="r1", dataset="sales.orders.orders", operation=Direction.READS
        ),
        Observed(kind=NoteKind.OPERATION, at=AT, job=JOB, run="r1", dataset=lake, operation=Direction.WRITES),
        Observed(kind=NoteKind.METRIC, at=AT, job=JOB, run="r1", name="rows", value=7),
        Observed(kind=NoteKind.MESSAGE, at=AT, job=JOB, run="r1", level="warning", text="late"),
        Observed(
            kind=NoteKind.TEST,
            at=AT,
            dataset=lake,
            outcomes=(ObservedOutcome(name="a", status="passed"), ObservedOutcome(name="b", status="failed", value=3)),
        ),
        Observed(kind=NoteKind.STATUS, at=AT + dt.timedelta(seconds=5), job=JOB, run="r1", state=ToldState.WARNED),
    )
    [line] = list_jobs(shop)
    assert (line.reads, line.writes) == (("sales.orders.orders",), ("s3://lake/x",))
    assert line.newest is not None
    assert (line.newest.state, line.newest.key) == (ToldState.WARNED, "r1")
    run = show_outside_run(shop, line.newest.id)
    assert {(note.kind, note.word, note.value) for note in run.notes} >= {
        (NoteKind.METRIC, "", 7.0),
        (NoteKind.MESSAGE, "warning", None),
    }
    [node] = _outside(shop)
    told = {(note.name, note.word) for note in show_outside_dataset(shop, node.key).notes}
    assert told == {("a", "passed"), ("b", "failed"), ("", "writes")}
    assert "s3://lake/x" in lineage(shop, "sales.orders.orders").nodes


def test_the_same_event_again_is_one_and_a_key_is_of_one_event(shop: Workspace) -> None:
    event = Observed(kind=NoteKind.METRIC, id="k", at=AT, job=JOB, name="rows", value=7)
    for _ in range(3):
        observe(shop, event, event)
    [line] = list_jobs(shop)
    assert len(show_job(shop, line.work.id).notes) == 1
    other = Observed(kind=NoteKind.METRIC, id="k", at=AT, job=JOB, name="rows", value=8)
    for events in ((other,), (Observed(kind=NoteKind.METRIC, id="n", at=AT, job=JOB, name="x", value=1), other)):
        with pytest.raises(RefusedError) as error:
            observe(shop, *events)
        assert error.value.first.code == "MW-O011"
    assert len(show_job(shop, line.work.id).notes) == 1, "of a body that is refused nothing is taken"
    elsewhere = Observed(kind=NoteKind.METRIC, id="k", at=AT, job=ToldName(namespace="x", name="y"), name="r", value=8)
    observe(shop, elsewhere)


def test_an_event_with_its_time_is_one_without_a_key(shop: Workspace) -> None:
    event = Observed(kind=NoteKind.METRIC, at=AT, job=JOB, name="rows", value=7)
    observe(shop, event)
    observe(shop, event)
    assert len(show_job(shop, list_jobs(shop)[0].work.id).notes) == 1


def test_a_run_told_of_in_both_ways_is_one(shop: Workspace) -> None:
    event = run_event("START", job=("informatica://prod", "load"))
    tell(shop, event)
    observe(
        shop,
        Observed(
            kind=NoteKind.STATUS, job=JOB, run=event["run"]["runId"].upper(), state=ToldState.SUCCEEDED, url="https://x"
        ),
    )
    [line] = list_jobs(shop)
    [run] = show_job(shop, line.work.id).runs
    assert (run.state, run.url) == (ToldState.SUCCEEDED, "https://x")


@pytest.mark.parametrize(
    ("event", "words"),
    [
        (Observed(kind=NoteKind.METRIC, name="x", value=1), "it is about nothing"),
        (Observed(kind=NoteKind.METRIC, run="r", dataset="sales.orders.orders"), "'run' is that of no job"),
        (Observed(kind=NoteKind.METRIC, job=ToldName(namespace="", name="x")), "'job.namespace' is empty"),
        (Observed(kind=NoteKind.METRIC, job=ToldName(namespace="a", name="x\0")), "'job.name' is empty or holds"),
        (Observed(kind=NoteKind.METRIC, dataset="sales.orders.ordrs"), "no dataset of this mesh is called"),
        (Observed(kind=NoteKind.METRIC, job=JOB, at=AT.replace(year=1960)), "before 1970"),
        (Observed(kind=NoteKind.METRIC, job=JOB, at=AT.replace(year=2999)), "more than a day from now"),
    ],
)
def test_what_cannot_be_is_refused(shop: Workspace, event: Observed, words: str) -> None:
    with pytest.raises(InputError) as error:
        observe(shop, event)
    assert error.value.first.code == "MW-O012"
    assert words in error.value.first.message
    assert list_jobs(shop) == ()
