"""What runs record of themselves: moments, inputs and costs of steps, inner steps, who started what, requests to stop."""

from __future__ import annotations

from state_samples import NOW, SECOND, make_run, make_step

from meshwright.state.protocol import State
from meshwright.state.records import InnerStepRecord, LogLine, StopRequest


def test_a_step_keeps_its_moments_inputs_and_costs(state: State) -> None:
    step = make_step(
        "build:a.b.c",
        started_at=NOW,
        ended_at=NOW + SECOND,
        inputs={"a.b.raw": "v1"},
        costs={"cpu_s": 0.25, "bytes_read": 1024.0, "credits": 1e-9},
    )
    state.writer.start_run(make_run(), [make_step("build:a.b.c")], {})
    assert state.reader.steps("run-000001") == (make_step("build:a.b.c"),)
    state.writer.record_steps("run-000001", [step], [])
    assert state.reader.steps("run-000001") == (step,)


def test_inner_steps_are_updated_and_come_in_the_order_of_the_tool(state: State) -> None:
    state.writer.start_run(make_run(), [make_step("job:a.b.marts")], {})
    begun = (
        InnerStepRecord(name="stg", kind="model", state="running", started_at=NOW),
        InnerStepRecord(name="dim ü", kind="model", state="waiting", after=("stg",), dataset="dim"),
    )
    state.writer.record_inner_steps("run-000001", "job:a.b.marts", begun)
    assert state.reader.inner_steps("run-000001") == {"job:a.b.marts": begun}
    ended = InnerStepRecord(
        name="stg", kind="model", state="failed", started_at=NOW, ended_at=NOW + SECOND, error="no such table"
    )
    state.writer.record_inner_steps("run-000001", "job:a.b.marts", (ended,))
    assert state.reader.inner_steps("run-000001") == {"job:a.b.marts": (ended, begun[1])}
    state.writer.record_inner_steps("run-000001", "job:a.b.marts", ())
    assert len(state.reader.inner_steps("run-000001")["job:a.b.marts"]) == 2
    assert state.reader.inner_steps("run-000002") == {}


def test_the_newest_run_with_inner_steps_of_a_step_is_found(state: State) -> None:
    runs = [
        make_run(f"run-00000{i}", started_at=NOW + i * SECOND, environment=environment)
        for i, environment in ((1, "prod"), (2, "prod"), (3, "qa"), (4, "prod"))
    ]
    for run in runs:
        state.writer.start_run(run, [make_step("job:a.b.marts")], {})
    inner = [InnerStepRecord(name="stg", kind="model", state="succeeded")]
    for run in runs[:3]:  # the last one used what stood
        state.writer.record_inner_steps(run.id, "job:a.b.marts", inner)
    assert state.reader.newest_inside("job:a.b.marts", "prod") == "run-000002"
    assert state.reader.newest_inside("job:a.b.marts") == "run-000003"
    assert state.reader.newest_inside("job:a.b.marts", "nowhere") is None
    assert state.reader.newest_inside("job:a.b.other", "prod") is None


def test_tests_of_a_tool_have_verdicts() -> None:
    def verdict(kind: str, state: str, error: str | None = None) -> str | None:
        return InnerStepRecord(name="x", kind=kind, state=state, error=error).verdict

    assert verdict("test", "succeeded") == "pass"
    assert verdict("unit_test", "succeeded", "warn: 3 failing rows") == "warn"
    assert verdict("test", "succeeded", "log: column a") == "log"
    assert verdict("test", "failed", "stop: 3 failing rows") == "stop"
    assert verdict("test", "failed", "error: Runtime Error") == "error"
    assert verdict("test", "failed", "in words of its own: it broke") == "stop"
    assert verdict("test", "skipped") is None
    assert verdict("test", "running") is None
    assert verdict("model", "succeeded") is None


def test_of_inner_steps_of_one_name_the_last_stands(state: State) -> None:
    state.writer.start_run(make_run(), [make_step("job:a")], {})
    twice = [InnerStepRecord(name="x", kind="task", state=word) for word in ("running", "succeeded")]
    state.writer.record_inner_steps("run-000001", "job:a", twice)
    assert [inner.state for inner in state.reader.inner_steps("run-000001")["job:a"]] == ["succeeded"]


def test_runs_are_found_by_who_started_them_and_by_when(state: State) -> None:
    parent = make_run("run-000001", started_at=NOW)
    children = [
        make_run(f"run-00000{i}", started_at=NOW + i * SECOND, parent=parent.id, parent_step="pipeline:a.b.c")
        for i in (2, 3)
    ]
    for run in (children[1], parent, children[0]):
        state.writer.start_run(run, [], {})
    assert state.reader.runs_started_by({parent.id}) == tuple(children)
    assert state.reader.runs_started_by(()) == ()
    assert [run.id for run in state.reader.runs_since(NOW + 2 * SECOND)] == ["run-000003", "run-000002"]


def test_what_a_run_ran_on_grows_and_its_costs_come_with_its_end(state: State) -> None:
    run = make_run(infrastructure='[{"host":"one"}]')
    state.writer.start_run(run, [], {})
    state.writer.record_infrastructure(run.id, '[{"host":"one"},{"host":"two"}]')
    state.writer.finish_run(make_run(costs='{"products":{}}', infrastructure="[]"))
    found = state.reader.run(run.id)
    assert found is not None
    assert (found.infrastructure, found.costs) == ('[{"host":"one"},{"host":"two"}]', '{"products":{}}')
    (brief,) = state.reader.runs(brief=True)
    assert brief.costs == found.costs


def test_the_newest_request_to_stop_stands(state: State) -> None:
    state.writer.start_run(make_run(), [], {})
    assert state.reader.stop_request("run-000001") is None
    state.writer.request_stop(StopRequest(run_id="run-000001", token=1, at=NOW, by="ana@host"))
    newest = StopRequest(run_id="run-000001", token=2, at=NOW + SECOND, by="bo@other")
    state.writer.request_stop(newest)
    assert state.reader.stop_request("run-000001") == newest


def test_a_log_is_read_on_from_where_it_was_left(state: State) -> None:
    state.writer.start_run(make_run(), [], {})
    for text in ("one", "two"):
        state.writer.record_steps("run-000001", [], [LogLine(at=NOW, level="info", step=None, text=text)])
    first, second = state.reader.logs("run-000001")
    assert first.number < second.number
    assert state.reader.logs("run-000001", after=first.number) == (second,)
    assert state.reader.logs("run-000001", after=second.number) == ()
