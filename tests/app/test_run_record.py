"""What a run records of itself, and what is asked of one that goes on: by this process and by others."""

from __future__ import annotations

import datetime as dt
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from meshwright.app.apply import RunOptions, apply, resume
from meshwright.app.opened import open_mesh
from meshwright.app.rerun import go_on
from meshwright.app.run_costs import Grouping, run_costs
from meshwright.app.run_stopping import stop_run
from meshwright.app.runs import follow_log, list_runs, run_log, run_trees, show_run
from meshwright.app.workspace import Workspace, open_workspace
from meshwright.diagnostics import InputError
from meshwright.run.report import StepState
from meshwright.state.protocol import State
from meshwright.state.records import InnerStepRecord, RunState, StepRecord, StopRequest
from tests.meshes import write_file, write_mesh

TOTALS = "domains/sales/totals"
BUSY = "sales.totals.busy"
PRICES = "prices: {currency: EUR, cpu_s: 2, bytes_written: {price: 5, per: 1KB}}\n"


@pytest.fixture
def shop(tmp_path: Path) -> Workspace:
    return open_workspace(write_mesh(tmp_path / "shop"))


def add_python(workspace: Workspace, body: str, node: str = "busy") -> None:
    """Add a Python node over the totals."""
    write_file(
        workspace.root,
        f"{TOTALS}/pipeline.yaml",
        f'nodes: {{{node}: {{python: "{node}.py:build", inputs: [per_customer], deterministic: false}}}}\n',
    )
    lines = "\n".join(f"    {line}" for line in body.splitlines())
    (workspace.root / TOTALS / f"{node}.py").write_text(f"def build(per_customer):\n{lines}\n    return per_customer\n")


def add_prices(workspace: Workspace, prices: str = PRICES) -> None:
    with (workspace.root / "mesh.yaml").open("a") as file:
        file.write(prices)


def change_model(workspace: Workspace) -> None:
    write_file(
        workspace.root,
        f"{TOTALS}/models/per_customer.sql",
        "select customer, max(amount) as total, count(*) as orders from sales.orders.orders group by customer",
    )


@contextmanager
def state_of(workspace: Workspace) -> Iterator[State]:
    with open_mesh(workspace, "prod") as opened:
        yield opened.state


def end_as(state: State, run_id: str, run_state: RunState) -> None:
    """Let the record of a run say that it ended, or goes on, so."""
    record = state.reader.run(run_id)
    assert record is not None
    state.writer.finish_run(replace(record, state=run_state))


def start(workspace: Workspace, *words: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "meshwright", *(words or ("run", "--json"))],
        cwd=workspace.root,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )


def waiting_for(path: Path) -> str:
    """Python that says that it has begun, and waits until a file is there."""
    return (
        f"import os, time\nprint('begun')\nwhile not os.path.exists({str(path)!r}): time.sleep(0.02)\nprint('gone on')"
    )


def await_step(workspace: Workspace, key: str, state: StepState) -> StepRecord:
    """Wait until the record of the newest run says that a step stands so."""
    until = time.monotonic() + 60
    while time.monotonic() < until:
        with state_of(workspace) as opened:
            found = [
                step
                for run in opened.reader.runs(1)
                for step in opened.reader.steps(run.id)
                if (step.key, step.state) == (key, state.value)
            ]
        if found:
            return found[0]
        time.sleep(0.05)
    raise AssertionError(f"{key} never was {state.value}")


def test_a_step_tells_when_it_ran_what_it_read_and_what_it_wrote(shop: Workspace) -> None:
    began = dt.datetime.now(dt.UTC)
    report = apply(shop, RunOptions())
    detail = show_run(shop, report.run_id)
    steps = {step.key: step for step in detail.steps}
    with state_of(shop) as state:
        versions = state.reader.versions({step.version for step in detail.steps if step.version})
    totals, orders = steps["build:sales.totals.per_customer"], steps["build:sales.orders.orders"]
    assert totals.inputs == {"sales.orders.orders": orders.version}
    assert totals.costs["bytes_written"] == versions[str(totals.version)].size_bytes
    assert totals.costs["bytes_read"] == versions[str(orders.version)].size_bytes
    assert totals.costs["rows_written"] == totals.rows == 3
    tested = steps["test:sales.totals.per_customer"]
    assert tested.inputs == {"sales.totals.per_customer": totals.version}
    assert "bytes_written" not in tested.costs
    for step in detail.steps:
        assert step.started_at is not None
        assert step.ended_at is not None
        assert began <= step.started_at <= step.ended_at <= dt.datetime.now(dt.UTC)
    assert orders.ended_at is not None
    assert totals.started_at is not None
    assert orders.ended_at <= totals.started_at
    assert [step.costs for step in report.steps] == [step.costs for step in detail.steps]
    source = steps["build:sales.orders.raw_orders"]
    assert source.costs["bytes_read"] == (shop.root / "data/orders.csv").stat().st_size


def test_what_is_reused_costs_nothing_and_tells_what_it_was_made_from(shop: Workspace) -> None:
    first = {step.key: step for step in apply(shop, RunOptions()).steps}
    change_model(shop)
    again = {step.key: step for step in apply(shop, RunOptions()).steps}
    orders = again.get("build:sales.orders.orders")
    if orders is not None:
        assert (orders.action.value, dict(orders.costs)) == ("reuse", {})
    totals = again["build:sales.totals.per_customer"]
    assert totals.inputs == {"sales.orders.orders": first["build:sales.orders.orders"].version}


def test_the_processor_time_of_a_python_node_is_that_of_its_process(shop: Workspace) -> None:
    add_python(shop, "import time\nuntil = time.process_time() + 0.4\nwhile time.process_time() < until: pass")
    report = apply(shop, RunOptions())
    busy = next(step for step in report.steps if step.key == f"build:{BUSY}")
    assert 0.4 <= busy.costs["cpu_s"] < 3


def test_a_python_node_that_fails_has_cost_what_it_cost(shop: Workspace) -> None:
    body = "import time\nuntil = time.process_time() + 0.3\nwhile time.process_time() < until: pass\nraise ValueError('no')"
    add_python(shop, body)
    report = apply(shop, RunOptions())
    busy = next(step for step in report.steps if step.key == f"build:{BUSY}")
    assert busy.state is StepState.FAILED
    assert busy.costs["cpu_s"] >= 0.3
    assert busy.inputs.keys() == {"sales.totals.per_customer"}


def test_costs_are_summed_by_product_and_domain_at_the_prices_of_the_run(shop: Workspace) -> None:
    add_prices(shop)
    apply(shop, RunOptions())
    add_python(shop, "pass")
    (shop.root / "mesh.yaml").write_text((shop.root / "mesh.yaml").read_text().replace("cpu_s: 2", "cpu_s: 200"))
    apply(shop, RunOptions())
    by_product = run_costs(shop)
    names = {line.name for line in by_product.lines}
    assert names == {"sales.orders", "sales.totals", "finance.report", None}
    by_domain = {line.name: line for line in run_costs(shop, Grouping.DOMAIN).lines}
    assert set(by_domain) == {"sales", "finance", None}
    for unit, amount in by_product.total.costs.items():
        assert sum(line.costs.get(unit, 0) for line in by_domain.values()) == pytest.approx(amount, abs=1e-4)
    (first, second) = reversed(list_runs(shop))
    amounts = [json.loads(run.costs) for run in (first, second)]
    assert [each["prices"]["cpu_s"] for each in amounts] == [2, 200]
    assert by_product.total.amounts == {"EUR": pytest.approx(sum(each["amount"] for each in amounts), abs=1e-5)}
    one = amounts[0]["total"]
    assert amounts[0]["amount"] == pytest.approx(2 * one["cpu_s"] + 5 / 1000 * one["bytes_written"], abs=1e-5)


def test_without_prices_nothing_comes_to_anything_and_today_s_hold_for_what_had_none(shop: Workspace) -> None:
    apply(shop, RunOptions())
    assert run_costs(shop).total.amounts == {}
    add_prices(shop)
    assert run_costs(shop).total.amounts.keys() == {"EUR"}


def test_only_runs_since_then_count(shop: Workspace) -> None:
    apply(shop, RunOptions())
    assert run_costs(shop, since="1d").runs == 1
    time.sleep(0.01)
    assert run_costs(shop, since="1ms").runs == 0
    with pytest.raises(InputError) as refused:
        run_costs(shop, since="yesterday")
    assert refused.value.first.code == "MW-R083"


def test_a_step_that_goes_on_is_recorded_as_running_and_its_log_is_followed(shop: Workspace, tmp_path: Path) -> None:
    go = tmp_path / "go"
    add_python(shop, waiting_for(go))
    process = start(shop)
    try:
        step = await_step(shop, f"build:{BUSY}", StepState.RUNNING)
        assert step.started_at is not None
        lines = follow_log(shop, pause=lambda _: time.sleep(0.05))
        assert next(line.text for line in lines if line.step == f"build:{BUSY}") == "begun"
        assert process.poll() is None
        go.touch()
        assert [line.text for line in lines if line.step == f"build:{BUSY}"] == ["gone on"]
        assert process.wait(60) == 0
    finally:
        go.touch()
        process.communicate()


def test_a_run_is_stopped_by_another_process_and_resumed_with_its_costs(shop: Workspace, tmp_path: Path) -> None:
    go = tmp_path / "go"
    burn = "import time\nuntil = time.process_time() + 0.3\nwhile time.process_time() < until: pass\n"
    add_python(shop, burn + waiting_for(go))
    process = start(shop)
    try:
        await_step(shop, f"build:{BUSY}", StepState.RUNNING)
        run_id = list_runs(shop)[0].id
        while not any(line.text == "begun" for line in run_log(shop, run_id).lines):
            time.sleep(0.05)
        report = stop_run(shop, run_id[:-2])
        assert (report.state, report.asked, report.is_over) == (RunState.INTERRUPTED, (run_id,), True)
        assert report.seconds < 15
        output, _ = process.communicate(timeout=60)
    finally:
        go.touch()
        process.kill()
    assert process.returncode == 130
    assert json.loads(output)["state"] == "interrupted"
    assert any(line.text.startswith("stop asked for by ") for line in run_log(shop, run_id).lines)
    busy = next(step for step in show_run(shop, run_id).steps if step.key == f"build:{BUSY}")
    assert (busy.state, busy.costs["cpu_s"] >= 0.3) == ("interrupted", True)
    with pytest.raises(InputError) as refused:
        stop_run(shop, run_id)
    assert refused.value.first.code == "MW-R080"
    resumed = resume(shop, run_id)
    assert resumed.state is RunState.SUCCEEDED
    again = next(step for step in resumed.steps if step.key == f"build:{BUSY}")
    assert again.costs["cpu_s"] >= 0.6
    assert len(json.loads(show_run(shop, run_id).run.infrastructure)) == 2


def test_a_request_to_an_earlier_coordinator_stops_no_later_one(shop: Workspace) -> None:
    """The request names the lease's token; who resumes the run has another, and works for longer than it takes to look."""
    add_python(shop, "import time\ntime.sleep(2.5)")
    report = apply(shop, RunOptions())
    with state_of(shop) as state:
        now = dt.datetime.now(dt.UTC)
        state.writer.request_stop(StopRequest(run_id=report.run_id, token=1, at=now, by="somebody"))
        end_as(state, report.run_id, RunState.INTERRUPTED)
    assert resume(shop, report.run_id, from_node="busy").state is RunState.SUCCEEDED


def test_a_run_that_has_ended_or_died_has_nothing_to_stop(shop: Workspace) -> None:
    report = apply(shop, RunOptions())
    with pytest.raises(InputError) as refused:
        stop_run(shop, report.run_id)
    assert (refused.value.first.code, refused.value.first.message) == ("MW-R080", f"run {report.run_id} has succeeded")
    with state_of(shop) as state:
        end_as(state, report.run_id, RunState.RUNNING)
    with pytest.raises(InputError) as refused:
        stop_run(shop, report.run_id)
    assert "its process is gone" in refused.value.first.message


def test_runs_stand_below_the_run_that_started_them(shop: Workspace) -> None:
    parent, child = apply(shop, RunOptions()).run_id, "20990101T000000-000001"
    with state_of(shop) as state:
        record = state.reader.run(parent)
        assert record is not None
        below = replace(record, id=child, parent=parent, parent_step="pipeline:sales.totals.inner")
        state.writer.start_run(below, [], {})
        inner = InnerStepRecord(name="stg", kind="model", state="succeeded")
        state.writer.record_inner_steps(parent, "build:sales.orders.orders", [inner])
    assert [(listed.run.id, listed.depth) for listed in run_trees(shop, limit=20)] == [(parent, 0), (child, 1)]
    detail = show_run(shop, parent)
    assert [run.id for run in detail.children] == [child]
    assert detail.inner == {"build:sales.orders.orders": (inner,)}


def test_a_log_is_searched_whatever_the_case_and_lines_have_their_place(shop: Workspace) -> None:
    add_python(shop, "print('first Needle')\nprint('hay')\nprint('last needle')")
    report = apply(shop, RunOptions())
    found = run_log(shop, report.run_id, "busy", "NEEDLE").lines
    assert [line.text for line in found] == ["first Needle", "last needle"]
    assert found[1].number == found[0].number + 2
    with pytest.raises(InputError) as refused:
        run_log(shop, report.run_id, "buzy")
    assert refused.value.first.code == "MW-R011"
    assert "busy" in (refused.value.first.fix or "")


def test_a_run_goes_on_from_a_node_which_runs_again(shop: Workspace) -> None:
    add_python(shop, "print('called')")
    report = apply(shop, RunOptions())
    with state_of(shop) as state:
        end_as(state, report.run_id, RunState.INTERRUPTED)
    with pytest.raises(InputError) as refused:
        resume(shop, report.run_id, from_node="sales.totals.buzy")
    assert refused.value.first.code == "MW-R081"
    plain = resume(shop, report.run_id)
    assert {step.dataset: step.action.value for step in plain.steps}.get(BUSY) in {None, "reuse", "test"}
    with state_of(shop) as state:
        end_as(state, report.run_id, RunState.INTERRUPTED)
    again = resume(shop, report.run_id, from_node="busy")
    assert {step.key: step.action.value for step in again.steps}[f"build:{BUSY}"] == "build"
    assert sum(line.text == "called" for line in run_log(shop, report.run_id).lines) == 2


@pytest.mark.parametrize("state", [RunState.SUCCEEDED, RunState.PARTIAL, RunState.FAILED])
def test_a_run_that_has_ended_is_gone_on_with_by_another_from_a_node(shop: Workspace, state: RunState) -> None:
    add_python(shop, "print('called')")
    report = apply(shop, RunOptions(params={"currency": "USD"}))
    with state_of(shop) as opened:
        end_as(opened, report.run_id, state)
    before = show_run(shop, report.run_id)
    with pytest.raises(InputError) as refused:
        go_on(shop, report.run_id)
    assert refused.value.first.code == "MW-R010"
    assert "--from NODE" in (refused.value.first.fix or "")
    with pytest.raises(InputError) as refused:
        go_on(shop, report.run_id, from_node="buzy")
    assert refused.value.first.code == "MW-R081"
    again = go_on(shop, report.run_id, from_node="raw_orders")
    assert (again.state, again.run_id != report.run_id) == (RunState.SUCCEEDED, True)
    actions = {step.key: step.action.value for step in again.steps}
    assert actions["build:sales.orders.raw_orders"] == "build", "a source is read again"
    assert actions["build:sales.orders.orders"] == "reuse", "a pure node over the same comes out the same"
    run = show_run(shop, again.run_id).run
    assert (run.parent, run.parent_step) == (report.run_id, "build:sales.orders.raw_orders")
    assert json.loads(run.options)["params"] == {"currency": "USD"}
    assert show_run(shop, report.run_id).run == before.run
    assert [(listed.run.id, listed.depth) for listed in run_trees(shop)] == [(report.run_id, 0), (again.run_id, 1)]
