"""The worker with real runs as real processes: a firing is a run exactly once, and products follow each other in order."""

from __future__ import annotations

import datetime as dt
import json
import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from meshwright.app.apply import RunOptions, apply, recorded_cause
from meshwright.app.runs import list_runs, show_run
from meshwright.app.scheduling import list_schedules, pause, resume
from meshwright.app.scheduling_children import Children
from meshwright.app.scheduling_events import list_events, send_events
from meshwright.app.scheduling_scheduler import Scheduler, SchedulerOptions
from meshwright.app.scheduling_worker import WorkerOptions, WorkerReport, work
from meshwright.app.workspace import Workspace, open_workspace
from meshwright.diagnostics import InputError, RefusedError
from meshwright.model.causes import Cause, CauseKind
from meshwright.model.firings import FiringState
from meshwright.state.database import open_state
from meshwright.state.errors import Fenced
from meshwright.state.protocol import State
from meshwright.state.records import RunState
from tests.meshes import write_file, write_mesh

ORDERS = "domains/sales/orders/pipeline.yaml"
TOTALS = "domains/sales/totals/pipeline.yaml"
PLAIN_ORDERS = """
    nodes:
      raw_orders: {source: {path: data/orders.csv, format: csv}}
    """


def shop(root: Path, orders: str = "", totals: str = "", **more: str) -> Workspace:
    write_mesh(root, **more)
    write_file(root, ORDERS, PLAIN_ORDERS + orders)
    if totals:
        write_file(root, TOTALS, totals)
    return open_workspace(root)


@contextmanager
def opened(workspace: Workspace) -> Iterator[State]:
    state = open_state("sqlite:///.meshwright/state.db", root=workspace.root)
    try:
        yield state
    finally:
        state.close()


def until_idle(workspace: Workspace) -> WorkerReport:
    return work(workspace, WorkerOptions(is_until_idle=True), lambda _: None)


def send(workspace: Workspace, id_: str, kind: str = "org.example.closed", **data: object) -> None:
    event = {"specversion": "1.0", "id": id_, "source": "/pos", "type": kind, "data": data}
    send_events(workspace, json.dumps(event).encode(), "event")


def causes(workspace: Workspace) -> list[tuple[str, str, str]]:
    """(trigger, events, state) of every run, oldest first; plain words for runs of persons."""
    found = []
    for run in reversed(list_runs(workspace, 100)):
        cause = recorded_cause(run)
        found.append(
            (cause.name, " ".join(cause.events), run.state.value) if cause else ("person", "", run.state.value)
        )
    return found


ON_EVENT = "triggers: [{event: org.example.closed, name: closed}]\n"


def test_an_event_starts_the_run_of_the_product_with_its_parameters(tmp_path: Path) -> None:
    trigger = "{event: org.example.closed, params: {least: data.least}, name: closed}"
    totals = f"params: {{least: {{type: integer, default: 0}}}}\ntriggers: [{trigger}]\n"
    workspace = shop(tmp_path, totals=totals)
    sql = "select customer, $least as least from sales.orders.orders group by customer"
    write_file(tmp_path, "domains/sales/totals/models/per_customer.sql", sql)
    write_file(
        tmp_path, "domains/sales/totals/tests/no_negative_totals.sql", "select * from per_customer where least < 0"
    )
    apply(workspace, RunOptions())
    send(workspace, "1", least=7)
    send(workspace, "1", least=8)
    report = until_idle(workspace)
    assert (report.started, report.succeeded, report.failed) == (1, 1, 0)
    assert causes(workspace)[1:] == [("sales.totals:closed", "/pos 1", "succeeded")]
    run = show_run(workspace, list_runs(workspace)[0].id)
    options = json.loads(run.run.options)
    assert (options["params"], options["select"], options["only"]) == ({"least": "7"}, ["sales.totals"], True)
    # It is for its own product: what it reads of others is not built by it.
    assert {step.dataset for step in run.steps if step.dataset} == {"sales.totals.per_customer"}


def test_a_publication_in_another_product_starts_its_consumers_one_after_the_other(tmp_path: Path) -> None:
    report_pipeline = "triggers: [{on: sales.totals.per_customer}]\n"
    workspace = shop(
        tmp_path, totals="triggers: [{on: sales.orders}]\n", domains__finance__report__pipeline_DOT_yaml=report_pipeline
    )
    until_idle(workspace)
    apply(workspace, RunOptions(select=("sales.orders",), only=True))
    until_idle(workspace)
    assert [name for name, _, _ in causes(workspace)] == [
        "person",
        "sales.totals:sales.orders",
        "finance.report:sales.totals.per_customer",
    ]
    assert {state for _, _, state in causes(workspace)} == {"succeeded"}
    until_idle(workspace)
    assert len(list_runs(workspace)) == 3


def diamond(root: Path) -> Workspace:
    """Four domains: raw.base -> west.side, east.side -> top.joined."""
    files = {"mesh.yaml": "meshwright: 1\nname: diamond\ndomains: [domains/*]\n", "data/base.csv": "n\n1\n"}
    for domain in ("raw", "west", "east", "top"):
        files[f"domains/{domain}/domain.yaml"] = f"name: {domain}\npurpose: A side.\nowners: [team:{domain}]\n"
    files["domains/raw/base/pipeline.yaml"] = "nodes: {rows: {source: {path: data/base.csv, format: csv}}}\n"
    for side in ("west", "east"):
        files[f"domains/{side}/side/models/{side}.sql"] = f"select n, '{side}' as side from raw.base.rows\n"
    files["domains/top/joined/models/both.sql"] = (
        "select l.n as l, r.n as r from west.side.west l cross join east.side.east r\n"
    )
    files["domains/top/joined/pipeline.yaml"] = "triggers: [{on: [west.side, east.side], join: all, name: both}]\n"
    for domain in ("raw", "west", "east"):
        product = "base" if domain == "raw" else "side"
        files.update(_port(domain, product, "rows" if domain == "raw" else domain))
    return open_workspace(write_mesh(root, files))


def _port(domain: str, product: str, dataset: str) -> dict[str, str]:
    folder = f"domains/{domain}/{product}"
    head = f"kind: DataContract\nid: {domain}-{dataset}\nversion: 1.0.0\nstatus: active\n"
    contract = f"apiVersion: v3.2.0\n{head}schema:\n  - name: {dataset}\n"
    document = (
        f"apiVersion: v1.1.0\nkind: DataProduct\nid: {domain}-{product}\nname: X\nversion: 1.0.0\nstatus: active\n"
        f"outputPorts:\n  - {{name: {dataset}, version: 1.0.0, contractId: {domain}-{dataset}}}\n"
    )
    return {f"{folder}/contracts/{dataset}.odcs.yaml": contract, f"{folder}/product.odps.yaml": document}


def rows_of_top(workspace: Workspace) -> int:
    """How many rows stand on top: those of one side times those of the other."""
    with opened(workspace) as state:
        version = state.reader.pointers("prod")["top.joined.both"].revision
        return state.reader.versions([version])[version].rows


@pytest.mark.slow
def test_a_diamond_over_four_domains_never_mixes_generations(tmp_path: Path) -> None:
    workspace = diamond(tmp_path)
    apply(workspace, RunOptions())
    until_idle(workspace)
    (tmp_path / "data/base.csv").write_text("n\n1\n2\n")
    apply(workspace, RunOptions(select=("raw.base",), only=True))
    apply(workspace, RunOptions(select=("west.side",), only=True))
    # The right side is published anew as well, by another change, and from the old rows of its input.
    write_file(tmp_path, "domains/east/side/models/east.sql", "select n, 'r' as side from raw.base.rows\n")
    old = tmp_path / "domains/east/side/models/east.sql"
    before_generation = len(list_runs(workspace))
    until_idle(workspace)
    assert len(list_runs(workspace)) == before_generation, "one side alone starts nothing"
    [view] = list_schedules(workspace, "prod", "top.joined").triggers
    assert view.waits == "for east.side" or view.waits.endswith("waits for east.side")
    old.write_text("select n, 'east' as side from raw.base.rows where n < 9\n")
    apply(workspace, RunOptions(select=("east.side",), only=True))
    until_idle(workspace)
    assert causes(workspace)[-1][0] == "top.joined:both"
    assert rows_of_top(workspace) == 4


@pytest.mark.slow
def test_sides_of_different_generations_are_waited_for_even_where_both_are_newer(tmp_path: Path) -> None:
    workspace = diamond(tmp_path)
    apply(workspace, RunOptions())
    until_idle(workspace)
    # Right: another text over the old rows. Then the base, and left from the new rows.
    write_file(tmp_path, "domains/east/side/models/east.sql", "select n, 'r' as side from raw.base.rows\n")
    apply(workspace, RunOptions(select=("east.side",), only=True))
    (tmp_path / "data/base.csv").write_text("n\n1\n2\n")
    apply(workspace, RunOptions(select=("raw.base",), only=True))
    apply(workspace, RunOptions(select=("west.side",), only=True))
    runs = len(list_runs(workspace))
    until_idle(workspace)
    assert len(list_runs(workspace)) == runs
    [view] = list_schedules(workspace, "prod", "top.joined:both").triggers
    assert view.waits.startswith("until they agree on raw.base.rows: ")
    apply(workspace, RunOptions(select=("east.side",), only=True))
    report = until_idle(workspace)
    assert (report.started, report.succeeded) == (1, 1)
    assert rows_of_top(workspace) == 4


def test_a_run_is_refused_where_generations_came_apart_after_it_was_decided(tmp_path: Path) -> None:
    workspace = diamond(tmp_path)
    apply(workspace, RunOptions())
    (tmp_path / "data/base.csv").write_text("n\n1\n2\n")
    apply(workspace, RunOptions(select=("raw.base",), only=True))
    apply(workspace, RunOptions(select=("west.side",), only=True))
    at = list_runs(workspace)[0].started_at
    cause = Cause(kind=CauseKind.PUBLICATION, name="top.joined:both", at=at)
    with pytest.raises(RefusedError, match="MW-S040"):
        apply(workspace, RunOptions(select=("top.joined",), only=True, cause=cause))
    # A person may, and so may a trigger that joins nothing.
    apply(workspace, RunOptions(select=("top.joined",), only=True))


def scheduler(workspace: Workspace, state: State, **options: int) -> Scheduler:
    return Scheduler(workspace=workspace, state=state, options=SchedulerOptions(**options), tell=lambda _: None)


def dies(*_: object, **__: object) -> str:
    raise SystemExit


@pytest.mark.slow
def test_a_worker_killed_between_recording_and_starting_is_followed_by_one_that_starts_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace = shop(tmp_path, ON_EVENT)
    send(workspace, "1")
    with opened(workspace) as state:
        dying = scheduler(workspace, state)
        assert dying.hold()
        with monkeypatch.context() as patch:
            patch.setattr(Children, "start", dies)
            with pytest.raises(SystemExit):
                dying.look()
        [firing] = state.schedules.open_firings("prod")
        assert (firing.state, firing.process) == (FiringState.STARTED, "")
        dying.release()
    report = until_idle(workspace)
    assert report.succeeded == 1
    assert [run.id for run in list_runs(workspace)] == [firing.run_id]


@pytest.mark.slow
def test_a_worker_killed_after_starting_starts_nothing_twice(tmp_path: Path) -> None:
    """Whoever follows does not know the process that is there: both start the same run, and one of them is it."""
    workspace = shop(tmp_path, ON_EVENT)
    send(workspace, "1")
    with opened(workspace) as state:
        first = scheduler(workspace, state)
        assert first.hold()
        first.look()
        [firing] = state.schedules.open_firings("prod")
        # The record of the process is what the kill lost.
        state.schedules.change_firing(first.held.lease, replace(firing, process=""))  # type: ignore[arg-type]
        first.release()
        report = until_idle(workspace)
        first.children.wait()
    assert (report.succeeded, report.failed) == (1, 0)
    assert [run.id for run in list_runs(workspace)] == [firing.run_id]


def wait_for(found: Callable[[], bool], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not found():
        assert time.monotonic() < end, "it never came to that"
        time.sleep(0.05)


SLOW = """
    nodes:
      raw_orders: {source: {path: data/orders.csv, format: csv}}
      slow: {python: slow.py:build, inputs: [raw_orders], columns: {n: INTEGER}}
    triggers: [{event: org.example.closed, name: closed, overlap: OVERLAP}]
    """
SLOW_CODE = """
    import time
    from pathlib import Path
    import pyarrow as pa

    def build(raw_orders):
        Path("PLACE/began").touch()
        while not Path("PLACE/go").exists():
            time.sleep(0.05)
        return pa.table({"n": pa.array([1], pa.int32())})
    """


def slow_shop(root: Path, overlap: str = "queue") -> Workspace:
    """A shop whose run waits for a file ``go``, and makes a file ``began``."""
    workspace = shop(root)
    write_file(root, ORDERS, SLOW.replace("OVERLAP", overlap))
    write_file(root, "domains/sales/orders/slow.py", SLOW_CODE.replace("PLACE", str(root)))
    return workspace


@contextmanager
def worker_process(workspace: Workspace, *words: str) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-m", "meshwright", "-C", str(workspace.root), "worker", *words]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def started_pid(workspace: Workspace) -> int:
    with opened(workspace) as state:
        [firing] = [each for each in state.schedules.open_firings("prod") if each.state is FiringState.STARTED]
    return int(json.loads(firing.process)["pid"])


@pytest.mark.slow
def test_a_run_that_was_killed_is_gone_on_with(tmp_path: Path) -> None:
    workspace = slow_shop(tmp_path)
    send(workspace, "1")
    with worker_process(workspace, "--until-idle") as worker:
        wait_for((tmp_path / "began").exists)
        os.kill(started_pid(workspace), signal.SIGKILL)
        (tmp_path / "go").touch()
        assert worker.wait(60) == 0
    [run] = list_runs(workspace)
    assert run.state is RunState.SUCCEEDED
    with opened(workspace) as state:
        [firing] = state.schedules.firings("prod")
    assert (firing.attempts, firing.outcome) == (2, "succeeded")


@pytest.mark.slow
def test_a_run_outlives_its_worker_and_another_one_follows_it(tmp_path: Path) -> None:
    workspace = slow_shop(tmp_path)
    send(workspace, "1")
    with worker_process(workspace) as first, worker_process(workspace, "--until-idle") as second:
        wait_for((tmp_path / "began").exists)
        # One of the two is active. The one that is goes, by force or politely, and the run goes on.
        with opened(workspace) as state:
            lease = state.reader.lease("scheduler:prod")
        assert lease is not None
        active, other = (first, second) if json.loads(lease.holder)["pid"] == first.pid else (second, first)
        active.send_signal(signal.SIGKILL)
        active.wait()
        (tmp_path / "go").touch()
        if other is second:
            assert second.wait(60) == 0
        else:
            wait_for(lambda: list_runs(workspace)[0].state is RunState.SUCCEEDED)
    assert [run.state for run in list_runs(workspace)] == [RunState.SUCCEEDED]


@pytest.mark.slow
def test_a_worker_that_is_asked_to_end_ends_and_lets_runs_go_on(tmp_path: Path) -> None:
    workspace = slow_shop(tmp_path)
    send(workspace, "1")
    with worker_process(workspace) as worker:
        wait_for((tmp_path / "began").exists)
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(30) == 0
        with opened(workspace) as state:
            lease = state.reader.lease("scheduler:prod")
        assert lease is not None
        assert lease.holder == "", "it gave its lease up, for another one to take over at once"
        assert list_runs(workspace)[0].state is RunState.RUNNING
    (tmp_path / "go").touch()
    report = until_idle(workspace)
    assert (report.started, report.succeeded) == (0, 1)


@pytest.mark.slow
def test_overlap_cancel_stops_the_run_and_the_next_one_starts(tmp_path: Path) -> None:
    workspace = slow_shop(tmp_path, "cancel")
    send(workspace, "1")
    with worker_process(workspace, "--until-idle") as worker:
        wait_for((tmp_path / "began").exists)
        send(workspace, "2")
        wait_for(lambda: len(list_runs(workspace)) == 2)
        (tmp_path / "go").touch()
        assert worker.wait(60) == 1, "a run that was stopped did not succeed"
    assert {events: state for _, events, state in causes(workspace)} == {"/pos 1": "interrupted", "/pos 2": "succeeded"}


def test_of_two_schedulers_one_is_active_and_the_other_records_nothing(tmp_path: Path) -> None:
    workspace = shop(tmp_path, ON_EVENT)
    send(workspace, "1")
    with opened(workspace) as state:
        first, second = scheduler(workspace, state), scheduler(workspace, state)
        assert first.hold()
        standing = first.held.lease
        # Another host's: of its process nothing is known, and its lease has to expire.
        state.writer.release_lease(standing)
        taken = state.writer.take_lease(first.held.name, "elsewhere", standing.expires_at, 30)
        assert taken is not None
        assert not second.hold()
        with pytest.raises(Fenced):
            first.look()
        assert state.schedules.firings("prod") == ()
        assert len(state.schedules.unhandled_events()) == 1


def test_a_pause_holds_up_and_what_came_meanwhile_starts_afterwards(tmp_path: Path) -> None:
    workspace = shop(tmp_path, ON_EVENT)
    assert pause(workspace, "prod", "sales.orders", "Moving house.").triggers == ("sales.orders:closed",)
    assert not pause(workspace, "prod", "sales.orders", "Again.").is_changed
    send(workspace, "1")
    assert until_idle(workspace).started == 0
    [view] = list_schedules(workspace, "prod").triggers
    assert view.pause is not None
    assert view.pause.reason == "Moving house."
    with pytest.raises(InputError, match="MW-S033"):
        resume(workspace, "prod", "sales.orders:closed")
    resume(workspace, "prod", "sales.orders")
    assert until_idle(workspace).succeeded == 1


@pytest.mark.parametrize("name", ["sales.order", "sales", "nothing", ""])
def test_only_what_has_triggers_can_be_paused(tmp_path: Path, name: str) -> None:
    workspace = shop(tmp_path, ON_EVENT)
    with pytest.raises(InputError, match="MW-S030"):
        pause(workspace, "prod", name, "x")


@pytest.mark.slow
def test_a_mesh_with_errors_starts_nothing_new_and_loses_nothing(tmp_path: Path) -> None:
    workspace = shop(tmp_path, ON_EVENT)
    until_idle(workspace)
    good = (tmp_path / ORDERS).read_text()
    (tmp_path / ORDERS).write_text("nodes: [\n")
    send(workspace, "1")
    with opened(workspace) as state:
        broken = scheduler(workspace, state)
        assert broken.hold()
        broken.look()
        assert len(state.schedules.unhandled_events()) == 1
        assert state.schedules.watched("prod").keys() == {"sales.orders:closed"}
        broken.release()
    (tmp_path / ORDERS).write_text(good)
    assert until_idle(workspace).succeeded == 1


@pytest.mark.slow
def test_a_run_that_cannot_begin_says_why(tmp_path: Path) -> None:
    least = "params: {least: {type: integer, default: 0}}\n"
    workspace = shop(
        tmp_path, f"{least}    triggers: [{{event: org.example.closed, params: {{least: data.least}}, name: closed}}]\n"
    )
    apply(workspace, RunOptions())
    send(workspace, "1", least="many")
    report = until_idle(workspace)
    assert (report.started, report.failed) == (1, 1)
    with opened(workspace) as state:
        [firing] = state.schedules.firings("prod")
    assert firing.state is FiringState.FAILED
    assert firing.reason.startswith("MW-R014 ")
    assert len(list_runs(workspace)) == 1


def test_a_file_that_arrives_starts_a_run_once(tmp_path: Path) -> None:
    workspace = shop(tmp_path, 'triggers: [{file: "data/in/*.csv", settle: 300ms, name: in}]\n')
    (tmp_path / "data/in").mkdir()
    (tmp_path / "data/in/old.csv").write_text("x\n")
    assert until_idle(workspace).started == 0
    (tmp_path / "data/in/new.csv").write_text("y\n")
    (tmp_path / "data/in/.hidden.csv").write_text("z\n")
    once = work(workspace, WorkerOptions(is_once=True), lambda _: None)
    assert (once.started, once.succeeded) == (1, 1)
    assert causes(workspace) == [("sales.orders:in", "data/in/new.csv", "succeeded")]
    assert until_idle(workspace).started == 0
    os.utime(tmp_path / "data/in/new.csv", ns=(1, 1))
    assert until_idle(workspace).started == 1


def test_a_schedule_of_a_variation_runs_the_variation(tmp_path: Path) -> None:
    workspace = shop(tmp_path, "variations: {often: {schedule: {every: 1s}}}\n")
    work(workspace, WorkerOptions(is_once=True), lambda _: None)
    time.sleep(1.1)
    assert work(workspace, WorkerOptions(is_once=True), lambda _: None).succeeded == 1
    assert causes(workspace)[0][0] == "sales.orders@often:schedule"


@pytest.mark.slow
def test_a_schedule_runs_nodes_that_wait_for_one(tmp_path: Path) -> None:
    workspace = shop(tmp_path, "schedule: {every: 1s}\n")
    write_file(
        tmp_path,
        ORDERS,
        PLAIN_ORDERS.replace("format: csv}", "format: csv}, refresh: schedule") + "schedule: {every: 1s}\n",
    )
    apply(workspace, RunOptions())
    work(workspace, WorkerOptions(is_once=True), lambda _: None)
    with (tmp_path / "data/orders.csv").open("a") as data:
        data.write("5,dora,1.0,2026-01-04\n")
    assert apply(workspace, RunOptions(select=("sales.orders",))).published == ()
    time.sleep(1.1)
    work(workspace, WorkerOptions(is_once=True), lambda _: None)
    assert any("sales.orders" in json.loads(run.report)["published"] for run in list_runs(workspace)[:1])


def test_what_has_not_ended_in_time_is_told_once_as_an_event(tmp_path: Path) -> None:
    workspace = shop(tmp_path, "triggers: [{event: org.example.closed, name: closed, late_after: 1s}]\n")
    pause(workspace, "prod", "sales.orders", "x")
    send(workspace, "1")
    until_idle(workspace)
    time.sleep(1.1)
    assert [until_idle(workspace).late for _ in range(2)] == [1, 0]
    [late, _] = list_events(workspace, 10)
    assert (late.type, json.loads(late.document)["data"]["trigger"]) == ("meshwright.run.late", "sales.orders:closed")
    assert list_schedules(workspace, "prod").firings[0].is_told_late


SLA = """
    slaProperties:
      - {property: freshness, value: 3, unit: d, element: orders.placed}
    """


def fresh_shop(root: Path, newest: dt.date) -> Workspace:
    """A shop whose contract says how old its newest order may be."""
    workspace = shop(root, ON_EVENT)
    contract = root / "domains/sales/orders/contracts/orders.odcs.yaml"
    contract.write_text(contract.read_text() + textwrap.dedent(SLA))
    write_orders(root, newest)
    return workspace


def write_orders(root: Path, newest: dt.date) -> None:
    days = [newest - dt.timedelta(days=back) for back in range(3)]
    lines = [f"{number},ana,{number + 1}.5,{day.isoformat()}" for number, day in enumerate(days)]
    (root / "data/orders.csv").write_text("order_id,customer,amount,placed\n" + "\n".join(lines) + "\n")


def test_data_that_does_not_come_is_told_once_as_an_event_and_stands_in_the_list_until_it_comes(tmp_path: Path) -> None:
    today = dt.datetime.now(dt.UTC).date()
    workspace = fresh_shop(tmp_path, today - dt.timedelta(days=5))
    apply(workspace, RunOptions())
    assert [until_idle(workspace).late for _ in range(2)] == [1, 0]
    [event] = [each for each in list_events(workspace, 10) if each.type == "meshwright.dataset.late"]
    assert event.type == "meshwright.dataset.late"
    data = json.loads(event.document)["data"]
    assert (data["dataset"], data["rule"]) == ("sales.orders.orders", "contract:freshness(placed)")
    assert data["newest"][:10] == (today - dt.timedelta(days=5)).isoformat()
    [late] = list_schedules(workspace, "prod").late
    assert (late.late_at - late.newest).days == 3
    write_orders(tmp_path, today)
    apply(workspace, RunOptions())
    assert until_idle(workspace).late == 0
    assert list_schedules(workspace, "prod").late == ()


def test_what_comes_in_time_is_not_late(tmp_path: Path) -> None:
    workspace = fresh_shop(tmp_path, dt.datetime.now(dt.UTC).date())
    apply(workspace, RunOptions())
    assert until_idle(workspace).late == 0
    with opened(workspace) as state:
        later = scheduler(workspace, state)
        later.now = lambda: dt.datetime.now(dt.UTC) + dt.timedelta(days=4)
        assert later.hold()
        later.look()
        assert later.tally.late == 1
        later.look()
        assert later.tally.late == 1


def two_lines(root: Path) -> Workspace:
    """Two products that are cut into days, and a third that waits until both have a day."""
    files = {"mesh.yaml": "meshwright: 1\nname: lines\ndomains: [domains/*]\n"}
    files["domains/web/domain.yaml"] = "name: web\npurpose: Lines.\nowners: [team:web]\n"
    for name in ("left", "rite"):
        files[f"data/{name}.csv"] = "t,n\n2026-01-01T10:00:00,1\n2026-01-02T10:00:00,2\n"
        source = f"raw: {{source: {{path: data/{name}.csv, format: csv}}, columns: {{t: TIMESTAMP, n: INTEGER}}}}"
        files[f"domains/web/{name}/pipeline.yaml"] = (
            f"nodes:\n  {source}\n  daily: {{incremental: {{by: t, grain: day}}}}\n"
        )
        files[f"domains/web/{name}/models/daily.sql"] = "select t, n from raw"
    files["domains/web/both/models/days.sql"] = "select count(*) as n from web.left.daily, web.rite.daily"
    join = "triggers: [{on: [web.left.daily, web.rite.daily], join: interval, name: days}]\n"
    files["domains/web/both/pipeline.yaml"] = join
    return open_workspace(write_mesh(root, files))


@pytest.mark.slow
def test_days_that_both_have_start_a_run_and_days_of_one_alone_do_not(tmp_path: Path) -> None:
    workspace = two_lines(tmp_path)
    apply(workspace, RunOptions())
    until_idle(workspace)
    for name, runs in (("left", 0), ("rite", 1)):
        with (tmp_path / f"data/{name}.csv").open("a") as data:
            data.write("2026-01-03T10:00:00,3\n")
        apply(workspace, RunOptions(select=(f"web.{name}",)))
        assert until_idle(workspace).started == runs
    name, events, state = causes(workspace)[-1]
    assert (name, state) == ("web.both:days", "succeeded")
    # 2026-01-03 by its number, as calendars count days.
    assert events.endswith(f"intervals {dt.date(2026, 1, 3).toordinal()}")
    assert until_idle(workspace).started == 0
