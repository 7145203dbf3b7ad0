"""Runs: records, steps, logs and the files they were made from."""

from __future__ import annotations

import dataclasses

import pytest
from state_samples import NOW, SECOND, make_run, make_step

from meshwright.diagnostics import InputError
from meshwright.model import bytes_identity
from meshwright.state.protocol import State
from meshwright.state.records import LogLine, RunState


def test_a_run_is_read_back_as_it_was(state: State) -> None:
    run = make_run(
        planned='{"steps":["ü"]}',
        options='{"select":"+a"}',
        base_generation=3,
        generation=3,
        files={"mesh.yaml": "1" * 32},
        meshwright="0.1.0",
        parent="run-000000",
    )
    state.writer.start_run(run, [], {})
    assert state.reader.run(run.id) == run
    assert state.reader.runs() == (run,)


def test_an_unknown_run_is_none(state: State) -> None:
    assert state.reader.run("nothing-like-it") is None
    assert state.reader.run("\udc80") is None
    assert state.reader.runs() == ()
    assert state.reader.steps("nothing") == ()
    assert state.reader.logs("nothing") == ()


def test_the_end_of_a_run_changes_only_what_an_end_decides(state: State) -> None:
    run = make_run(planned="{1}", files={"a": "b"})
    state.writer.start_run(run, [], {})
    end = dataclasses.replace(
        run, state=RunState.PARTIAL, finished_at=NOW + 5 * SECOND, generation=7, bound="{2}", report="{3}"
    )
    state.writer.finish_run(dataclasses.replace(end, planned="{changed}", by="someone else"))
    assert state.reader.run(run.id) == end


def test_starting_a_run_twice_keeps_what_is_recorded(state: State) -> None:
    run = make_run()
    state.writer.start_run(run, [make_step("build:a")], {})
    state.writer.record_steps(run.id, [make_step("build:a", state="done")], [])
    state.writer.start_run(run, [make_step("build:a")], {})
    assert [step.state for step in state.reader.steps(run.id)] == ["done"]


def test_a_run_that_must_be_new_is_recorded_once(state: State) -> None:
    first, second = make_run(by="first"), make_run(by="second")
    assert state.writer.start_run(first, [make_step("build:a")], {}, must_be_new=True)
    assert not state.writer.start_run(second, [make_step("build:b")], {"b1": b"x"}, must_be_new=True)
    assert state.reader.run(first.id) == first
    assert [step.key for step in state.reader.steps(first.id)] == ["build:a"]
    assert state.reader.blobs(["b1"]) == {}


def test_runs_come_newest_first(state: State) -> None:
    runs = [make_run(f"run-{i:06d}", started_at=NOW + i * SECOND) for i in range(4)]
    for run in (runs[1], runs[3], runs[0], runs[2]):
        state.writer.start_run(run, [], {})
    assert state.reader.runs(3) == (runs[3], runs[2], runs[1])


def test_brief_runs_leave_out_what_is_heavy(state: State) -> None:
    run = make_run(planned="{1}", bound="{2}", report="{3}", files={"a": "b"}, parent="p")
    state.writer.start_run(run, [], {})
    assert state.reader.runs(brief=True) == (make_run(parent="p"),)


def test_a_run_is_found_by_a_beginning_that_fits_no_other(state: State) -> None:
    for id_ in ("20260301-aaaa", "20260301-abcd", "20260302-0000", "20260301"):
        state.writer.start_run(make_run(id_), [], {})
    found = state.reader.run("20260301-ab")
    assert found is not None
    assert found.id == "20260301-abcd"
    exact = state.reader.run("20260301")
    assert exact is not None
    assert exact.id == "20260301"
    assert state.reader.run("2026") is None
    with pytest.raises(InputError) as refused:
        state.reader.run("20260301-a")
    assert refused.value.first.code == "MW-D301"
    assert "20260301-aaaa" in refused.value.first.message
    assert "20260301-abcd" in refused.value.first.message
    assert "20260302" not in refused.value.first.message


def test_steps_are_read_in_plan_order_and_updated_by_key(state: State) -> None:
    run = make_run()
    keys = ["build:z", "test:z", "build:a", "publish:p"]
    state.writer.start_run(run, [make_step(key) for key in keys], {})
    done = make_step(
        "build:a", state="done", version="v" * 32, rows=2**40, seconds=1.5, attempts=2, error="it was \udcff bad"
    )
    state.writer.record_steps(run.id, [done], [])
    steps = state.reader.steps(run.id)
    assert [step.key for step in steps] == keys
    assert steps[2] == dataclasses.replace(done, error="it was \\udcff bad")
    assert steps[0] == make_step("build:z")


def test_steps_that_the_plan_did_not_list_come_last_in_order(state: State) -> None:
    run = make_run()
    state.writer.start_run(run, [make_step("b"), make_step("a")], {})
    state.writer.record_steps(run.id, [make_step("z"), make_step("b", state="done"), make_step("c")], [])
    state.writer.record_steps(run.id, [make_step("aa")], [])
    assert [step.key for step in state.reader.steps(run.id)] == ["b", "a", "z", "c", "aa"]


def test_logs_are_read_in_the_order_recorded(state: State) -> None:
    run, other = make_run(), make_run("run-000002")
    lines = [LogLine(at=NOW - i * SECOND, level="info", step=None, text=f"line {i}") for i in range(5)]
    for record in (run, other):
        state.writer.start_run(record, [], {})
    state.writer.record_steps(run.id, [], lines[:2])
    state.writer.record_steps(other.id, [], lines)
    state.writer.record_steps(run.id, [], lines[2:])
    state.writer.record_steps(run.id, [], [])
    assert state.reader.logs(run.id) == tuple(lines)


def test_words_that_are_no_text_are_recorded_as_escapes(state: State) -> None:
    run = make_run(by="ana\udcff")
    state.writer.start_run(run, [], {})
    state.writer.record_steps(run.id, [], [LogLine(at=NOW, level="warn", step="s", text="bad \udc80 nul \0 end ü")])
    assert state.reader.logs(run.id)[0].text == "bad \\udc80 nul \\x00 end ü"
    found = state.reader.run(run.id)
    assert found is not None
    assert found.by == "ana\\udcff"


def test_blobs_are_stored_once_and_read_back(state: State) -> None:
    texts = {bytes_identity(data): data for data in (b"", b"\0\xff" * 100, b"select 1" * 10_000)}
    state.writer.start_run(make_run(), [], texts)
    state.writer.start_run(make_run("run-000002"), [], {**texts, "more": b"x"})
    assert state.reader.blobs([*texts, "more", "none"]) == {**texts, "more": b"x"}
