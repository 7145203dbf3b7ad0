"""Jobs: recorded before they are started, found by what they were started for, and over once."""

from __future__ import annotations

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from meshwright.state.protocol import State
from meshwright.state.records import JobRecord
from tests.state.state_samples import NOW, make_run, make_step, make_version, take

SECOND = dt.timedelta(seconds=1)


def make_job(id_: str = "job-1", **changes: object) -> JobRecord:
    values = {
        "id": id_, "node": "sales.orders.load", "trigger": "t1", "run_id": "run-000001", "tool": "shell",
        "state": "starting", "started_at": NOW,
    }  # fmt: skip
    return JobRecord(**{**values, **changes})  # type: ignore[arg-type]


def test_a_job_is_recorded_once_whoever_starts_it(state: State) -> None:
    first = state.writer.start_job(make_job())
    assert first == make_job()
    again = state.writer.start_job(make_job(run_id="run-000002", started_at=NOW + SECOND))
    assert (again.run_id, again.started_at) == ("run-000001", NOW)
    assert state.reader.jobs(["t1", "none"]) == (first,)


def test_a_handle_is_found_by_who_comes_later(state: State) -> None:
    state.writer.start_job(make_job())
    state.writer.change_job(make_job(state="running", handle="pid 7 \0"))
    again = state.writer.start_job(make_job(run_id="run-000002"))
    assert (again.state, again.handle) == ("running", "pid 7 \\x00")


def test_a_job_that_is_over_stays_as_it_ended(state: State) -> None:
    job = state.writer.start_job(make_job())
    ended = replace(job, state="failed", handle="h", ended_at=NOW + SECOND, error="no such table")
    state.writer.change_job(ended)
    state.writer.change_job(replace(job, state="succeeded"))
    assert state.reader.jobs(["t1"]) == (ended,)
    assert ended.is_over
    assert not job.is_over


def test_jobs_that_are_not_over_are_listed(state: State) -> None:
    late, early, over = make_job("a", started_at=NOW + SECOND), make_job("b", trigger="t2"), make_job("c")
    for job in (late, early, over):
        state.writer.start_job(job)
    running = replace(late, state="running", handle="h")
    state.writer.change_job(running)
    state.writer.change_job(replace(over, state="lost", ended_at=NOW))
    assert state.reader.open_jobs() == (early, running)


def test_jobs_are_listed_by_run_and_in_the_order_of_their_start(state: State) -> None:
    late, early = make_job("a", started_at=NOW + SECOND), make_job("b", trigger="t2")
    other = make_job("c", run_id="run-000002")
    for job in (other, early, late):
        state.writer.start_job(job)
        state.writer.change_job(replace(job, state="failed"))
    late, early, other = (replace(job, state="failed") for job in (late, early, other))
    assert state.reader.jobs_of("run-000001") == (early, late)
    assert state.reader.jobs(["t1", "t2"]) == (early, other, late)


def test_of_a_trigger_one_job_is_under_way_whatever_it_would_be_called(state: State) -> None:
    first = state.writer.start_job(make_job("a"))
    assert state.writer.start_job(make_job("b", run_id="run-000002")) == first
    assert state.reader.jobs(["t1"]) == (first,)
    state.writer.change_job(replace(first, state="lost"))
    assert state.writer.start_job(make_job("b")).id == "b"


def test_of_many_who_start_a_trigger_at_once_one_does(state: State) -> None:
    with ThreadPoolExecutor(8) as pool:
        jobs = [make_job(f"j{number}", run_id=f"run-{number:06d}") for number in range(16)]
        started = {job.id for job in pool.map(state.writer.start_job, jobs)}
    assert len(started) == len(state.reader.jobs(["t1"])) == 1


def test_jobs_are_forgotten_when_they_are_over_and_no_run_goes_on_with_their_node(state: State) -> None:
    lease = take(state, "gc")
    over = replace(make_job("a"), state="failed", ended_at=NOW)
    state.writer.start_job(make_job("a"))
    assert state.collector.forget_jobs(lease, ["a"]) == ()
    state.writer.change_job(over)
    run = take(state, "run:run-000009")
    state.writer.start_run(make_run("run-000009"), (make_step("build:sales.orders.load"),), {})
    assert state.collector.forget_jobs(lease, ["a", "none"]) == ("none",)
    state.writer.release_lease(run)
    assert state.collector.forget_jobs(lease, ["a"]) == ("a",)
    assert state.reader.jobs(["t1"]) == ()


def test_the_newest_version_of_each_node_is_told(state: State) -> None:
    old = make_version("old", "d.p.a")
    new = replace(make_version("new", "d.p.a"), created_at=NOW + SECOND, outcome='{"values":{"n":1}}')
    alone = make_version("alone", "d.p.b")
    state.writer.commit_versions([new, old, alone], [])
    assert state.reader.newest_of(["d.p.a", "d.p.b", "d.p.none"]) == {"d.p.a": new, "d.p.b": alone}
