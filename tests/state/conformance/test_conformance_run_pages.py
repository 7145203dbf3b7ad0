"""Runs page by page, and what changed of them."""

from __future__ import annotations

from dataclasses import replace

from state_samples import NOW, SECOND, make_request, make_run, make_step

from meshwright.model.requests import RequestState
from meshwright.state.protocol import State
from meshwright.state.records import LogLine, RunState
from meshwright.state.run_pages import RunFilter


def line(number: int) -> LogLine:
    return LogLine(at=NOW, level="info", step=None, text=f"line {number}")


def test_runs_are_paged_by_the_last_one_that_was_seen(state: State) -> None:
    for number in range(6):  # three moments, two runs each
        state.writer.start_run(make_run(f"run-00000{number}", started_at=NOW + (number // 2) * SECOND), (), {})
    seen: list[str] = []
    before = None
    while page := state.run_pages.runs(RunFilter(before=before), 4):
        seen += [run.id for run in page]
        before = page[-1].started_at, page[-1].id
    assert seen == [f"run-00000{number}" for number in (5, 4, 3, 2, 1, 0)]


def test_runs_are_filtered(state: State) -> None:
    steps = (make_step("build:sales.orders.orders"),)
    state.writer.start_run(make_run("run-000001", environment="qa"), steps, {})
    state.writer.start_run(make_run("run-000002", state=RunState.FAILED), (make_step("build:sales.orders_old.x"),), {})
    state.writer.start_run(make_run("run-000003", started_at=NOW + SECOND), steps, {})

    def ids(**wanted: object) -> list[str]:
        return [run.id for run in state.run_pages.runs(RunFilter(**wanted), 10)]  # type: ignore[arg-type]

    assert ids(environment="qa") == ["run-000001"]
    assert ids(states=(RunState.FAILED, RunState.PARTIAL)) == ["run-000002"]
    assert ids(product="sales.orders") == ["run-000003", "run-000001"]
    assert ids(since=NOW + SECOND) == ["run-000003"]
    assert ids(product="sales.orders", environment="prod", since=NOW) == ["run-000003"]


def test_requests_without_a_run_are_listed_until_there_is_one(state: State) -> None:
    for name in ("a", "b", "c", "d"):
        state.requests.submit(make_request(name, requested_at=NOW + ord(name) * SECOND))
    state.writer.start_run(make_run("run-00000b"), (), {})
    ended = state.requests.of_key("key c")
    assert ended is not None
    state.requests.change(ended, replace(ended, state=RequestState.ENDED))
    assert [each.key for each in state.run_pages.runless(RunFilter(), 10)] == ["key d", "key a"]
    before = NOW + ord("d") * SECOND, "run-00000d"
    assert [each.key for each in state.run_pages.runless(RunFilter(before=before), 10)] == ["key a"]
    assert state.run_pages.runless(RunFilter(environment="qa"), 10) == ()


def test_steps_are_followed_by_their_changes_and_each_change_is_seen_once(state: State) -> None:
    steps = tuple(make_step(f"build:d.p.{name}") for name in "abc")
    state.writer.start_run(make_run(), steps, {})
    pages = state.run_pages
    whole = pages.changed_steps("run-000001", (-1, -1), 10)
    assert [(each.revision, each.position, each.step.key[-1]) for each in whole] == [
        (0, 0, "a"),
        (0, 1, "b"),
        (0, 2, "c"),
    ]
    state.writer.record_steps("run-000001", [make_step("build:d.p.c", state="running")], ())
    state.writer.record_steps(
        "run-000001", [make_step("build:d.p.c", state="succeeded"), make_step("build:d.p.a", state="running")], ()
    )
    changed = pages.changed_steps("run-000001", (0, 2), 10)
    assert [(each.revision, each.step.key[-1], each.step.state) for each in changed] == [
        (2, "a", "running"),
        (2, "c", "succeeded"),
    ]
    first = pages.changed_steps("run-000001", (0, 2), 1)
    rest = pages.changed_steps("run-000001", (first[0].revision, first[0].position), 10)
    assert [*first, *rest] == list(changed)
    assert pages.changed_steps("run-000001", (2, 2), 10) == ()


def test_heads_tell_whether_anything_changed(state: State) -> None:
    state.writer.start_run(make_run(), (make_step("build:d.p.a"),), {})
    [head] = state.run_pages.heads(["run-000001", "run-000002"]).values()
    assert (head.state, head.revision, head.log) == (RunState.RUNNING, 0, 0)
    state.writer.record_steps("run-000001", [make_step("build:d.p.a", state="running")], [line(1), line(2)])
    [lines] = [state.run_pages.log_page("run-000001", 0, 10)]
    head = state.run_pages.heads(["run-000001"])["run-000001"]
    assert (head.revision, head.log) == (1, lines[-1].number)
    assert [each.text for each in state.run_pages.log_page("run-000001", lines[0].number, 10)] == ["line 2"]
    assert len(state.run_pages.log_page("run-000001", 0, 1)) == 1


def test_a_request_that_failed_without_a_run_is_listed(state: State) -> None:
    request = state.requests.submit(make_request())
    state.requests.change(request, replace(request, state=RequestState.FAILED))
    assert [each.state for each in state.run_pages.runless(RunFilter(), 10)] == [RequestState.FAILED]
