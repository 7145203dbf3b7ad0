"""A worker that goes on: through a mesh that breaks, a state that is away, clocks that jump, and for as long as it must."""

from __future__ import annotations

import datetime as dt
import itertools
from pathlib import Path

import pytest

from meshwright.app import scheduling_worker
from meshwright.app.apply import RunOptions, apply
from meshwright.app.environments import open_state_alone
from meshwright.app.scheduling_late import Deadline, Lateness, LateWatch
from meshwright.app.scheduling_scheduler import Scheduler, SchedulerOptions
from meshwright.app.scheduling_worker import WorkerOptions, work
from meshwright.diagnostics import Diagnostic, InputError, WorldError
from meshwright.model.firings import FiringState
from meshwright.state.protocol import State
from tests.app.test_worker import ON_EVENT, send, shop, until_idle

CRON = "triggers: [{cron: '* * * * *', name: minutely}]\n"


def scheduler(workspace: object, state: State, told: list[str]) -> Scheduler:
    return Scheduler(workspace=workspace, state=state, options=SchedulerOptions(), tell=told.append)  # type: ignore[arg-type]


def starts_nothing(_: Scheduler, now: dt.datetime) -> None:
    assert now.tzinfo is not None


def test_a_mesh_that_breaks_after_it_was_read_stops_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Read again, or opened to measure what was published meanwhile: it is told once, and what was read before goes on."""
    workspace = shop(tmp_path, ON_EVENT)
    apply(workspace, RunOptions())
    told: list[str] = []
    mesh = (tmp_path / "mesh.yaml").read_text()
    with open_state_alone(workspace, create=True) as opened:
        watch = scheduler(workspace, opened.state, told)
        assert watch.hold()
        watch.look()
        (tmp_path / "mesh.yaml").write_text("name: [")
        measured: list[int] = []

        def breaks(_: LateWatch) -> None:
            measured.append(1)
            raise InputError(Diagnostic(code="MW-Y001", message="broken"))

        monkeypatch.setattr(LateWatch, "_measure", breaks)
        watch.late._generation = None
        watch.late._not_before_s = 0.0
        for _ in range(3):
            watch._reload_at_s = watch._look_took_s = 0.0
            watch.look()
        assert measured == [1], "it is not tried at each look"
        for words in ("cannot be read", "cannot be measured"):
            assert sum(words in line for line in told) == 1, told
        assert watch.table is not None
        assert list(watch.table.triggers) == ["sales.orders:closed"]
        (tmp_path / "mesh.yaml").write_text(mesh)
        watch.release()
    monkeypatch.undo()
    send(workspace, "1")
    assert until_idle(workspace).succeeded == 1


def test_a_state_that_is_away_for_a_while_is_told_once_and_nothing_is_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace = shop(tmp_path, ON_EVENT)
    send(workspace, "1")
    monkeypatch.setattr(scheduling_worker, "_TROUBLE_S", 0.0)
    away, looked = [0], Scheduler.look

    def look(self: Scheduler) -> None:
        if away[0] < 20:
            away[0] += 1
            raise WorldError(Diagnostic(code="MW-S010", message="the state cannot be reached"))
        looked(self)

    monkeypatch.setattr(Scheduler, "look", look)
    told: list[str] = []
    report = work(workspace, WorkerOptions(is_until_idle=True), told.append)
    assert (report.started, report.succeeded) == (1, 1)
    assert sum("cannot be reached" in line for line in told) == 1
    assert sum(line == "the state answers again" for line in told) == 1


def test_a_state_that_is_away_at_the_end_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    workspace = shop(tmp_path, ON_EVENT)

    def away(_: Scheduler) -> None:
        raise WorldError(Diagnostic(code="MW-S010", message="away"))

    monkeypatch.setattr(Scheduler, "release", away)
    told: list[str] = []
    work(workspace, WorkerOptions(is_until_idle=True), told.append)
    assert told[-1] == "the lease could not be given up: away"


def test_a_clock_that_jumps_fires_every_minute_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    workspace = shop(tmp_path, CRON)
    monkeypatch.setattr(Scheduler, "start", starts_nothing)
    told: list[str] = []
    start = dt.datetime(2030, 6, 1, 12, 0, 30, tzinfo=dt.UTC)
    minutes = [0.0, 1.0, 2.0, -60.0, -30.0, 2.2, 3.0, 600.0, 4.0, 601.0]
    with open_state_alone(workspace, create=True) as opened:
        watch = scheduler(workspace, opened.state, told)
        for minute in minutes:
            moment = start + dt.timedelta(minutes=minute)
            watch.now = lambda moment=moment: moment  # type: ignore[misc]
            watch.lose()
            held = opened.state.reader.lease(watch.held.name)
            if held is not None and held.holder:
                opened.state.writer.release_lease(held)
            assert watch.hold()
            watch.look()
        firings = opened.state.schedules.firings("prod", limit=100)
        moments = [firing.at for firing in firings if firing.state is not FiringState.SKIPPED]
        assert len(moments) == len(set(moments))
        assert len({firing.key for firing in firings}) == len(firings)
        watch.release()


def test_what_a_worker_remembers_is_of_what_there_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    workspace = shop(tmp_path, "triggers: [{file: 'in/*.csv', name: came, settle: 1ms}]\n")
    (tmp_path / "in").mkdir()
    monkeypatch.setattr(Scheduler, "start", starts_nothing)
    told: list[str] = []
    with open_state_alone(workspace, create=True) as opened:
        watch = scheduler(workspace, opened.state, told)
        ticks = itertools.count()
        watch.clock = lambda: float(next(ticks))
        assert watch.hold()
        watch.look()
        for number in range(30):
            file = tmp_path / f"in/{number}.csv"
            file.write_text("x")
            for _ in range(3):
                watch._files_at_s = 0.0
                watch.look()
            file.unlink()
        watch._files_at_s = 0.0
        watch.look()
        assert len([e for e in opened.state.schedules.events(100) if e.type.endswith("arrived")]) == 30
        assert [len(each) for each in (*watch.files._told.values(), *watch.files._since.values())] == [0, 0]
        (tmp_path / "domains/sales/orders/pipeline.yaml").write_text(
            "nodes: {raw_orders: {source: {path: data/orders.csv, format: csv}}}\n"
        )
        watch._reload_at_s = watch._look_took_s = 0.0
        watch.look()
        assert (watch.files._told, watch.files._since) == ({}, {})
        watch.release()


def test_what_was_told_late_is_remembered_as_long_as_it_stands() -> None:
    now = dt.datetime(2030, 6, 1, tzinfo=dt.UTC)
    watch = LateWatch(measure=lambda _: Lateness(ruled=frozenset(), measured={}, deadlines={}))
    watch._generation = 1
    for version in ("one", "two"):
        deadline = Deadline(dataset="a.b.c", rule="r", version=version, newest=now, late_at=now)
        watch._deadlines = {"a.b.c": (deadline,)}
        assert watch.look(1, "", 0.0, now) == [deadline]
        assert watch.look(1, "", 0.0, now) == []
    assert watch._told == {"a.b.c r two"}
    watch.ask_again()
    assert watch.look(1, "", 0.0, now) != []
