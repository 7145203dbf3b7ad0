"""The loop with the state on a server: the same answers, and several processes and hosts on one state."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from meshwright.app.apply import RunOptions, apply, resume
from meshwright.app.planning import PlanOptions, plan
from meshwright.app.query import QueryOptions, query
from meshwright.app.repeat import repeat
from meshwright.app.runs import list_runs
from meshwright.app.state_migration import migrate_state
from meshwright.app.workspace import Workspace, open_workspace
from meshwright.crashpoints import CrashPoint
from meshwright.diagnostics import InputError, RefusedError
from meshwright.plan.values import StepAction
from meshwright.run.events import RunStarted
from meshwright.run.report import RunReport, StepState
from meshwright.state.records import RunState
from tests.meshes import SHOP, write_file, write_mesh
from tests.postgres import Server

ORDERS_MODEL = "domains/sales/orders/models/orders.sql"
MESH = SHOP["mesh.yaml"].rstrip()

#: Runs `mw` as another host would, and does something to itself at a crash point.
_COMMAND = """
import os, signal, socket, sys
from meshwright.app import processes
from meshwright.faces.cli.main import main

host, point, number = sys.argv[1:4]
if host:
    socket.gethostname = lambda: host
    processes._machine = lambda: host
is_done = []
def hook(event, args):
    if event == "meshwright.reached" and args[0] == point and not is_done:
        is_done.append(True)
        os.kill(os.getpid(), int(number))
sys.addaudithook(hook)
sys.exit(main(sys.argv[4:]))
"""


def stated(folder: Path, url: str) -> Workspace:
    """Write the shop with its state at `url`."""
    return open_workspace(write_mesh(folder, {**SHOP, "mesh.yaml": f"{MESH}\n        state: '{url}'\n"}))


@pytest.fixture
def url(postgres: Server) -> str:
    return postgres.url(postgres.new_schema())


@pytest.fixture
def shop(tmp_path: Path, url: str) -> Workspace:
    return stated(tmp_path / "shop", url)


def command(
    workspace: Workspace, *words: str, host: str = "", point: str = "", number: int = 0
) -> subprocess.Popen[str]:
    program = [sys.executable, "-c", _COMMAND, host, point, str(number), "-C", str(workspace.root), *words]
    return subprocess.Popen(program, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def answer(process: subprocess.Popen[str]) -> dict[str, object]:
    out, error = process.communicate(timeout=120)
    assert out, error
    found: dict[str, object] = json.loads(out)
    return found


def rows(workspace: Workspace, text: str) -> list[dict[str, object]]:
    found = query(workspace, QueryOptions(text=text))
    try:
        return [row for batch in found.batches() for row in batch.to_pylist()]
    finally:
        found.close()


def built(report: RunReport) -> set[str | None]:
    is_built = (StepAction.BUILD, StepState.SUCCEEDED)
    return {step.dataset for step in report.steps if (step.action, step.state) == is_built}


def test_first_run_nothing_to_do_change_and_reading(shop: Workspace) -> None:
    first = apply(shop, RunOptions())
    assert first.state is RunState.SUCCEEDED
    assert first.generation == 3
    assert not (shop.root / ".meshwright" / "state.db").exists()
    assert plan(shop, PlanOptions()).is_empty
    assert built(apply(shop, RunOptions())) == set()
    write_file(shop.root, ORDERS_MODEL, "select order_id, customer, amount * 2 as amount, placed from raw_orders")
    assert built(apply(shop, RunOptions())) == {
        "sales.orders.orders",
        "sales.totals.per_customer",
        "finance.report.revenue",
    }
    assert rows(shop, "select sum(total) as t from sales.totals.per_customer") == [{"t": 85.5}]
    assert repeat(shop, first.run_id).is_same


def test_a_run_that_was_overtaken_plans_again_and_publishes(shop: Workspace) -> None:
    apply(shop, RunOptions())
    write_file(shop.root, ORDERS_MODEL, "select order_id, customer, amount * 2 as amount, placed from raw_orders")
    overtaking: list[RunReport] = []

    def listener(event: object) -> None:
        if isinstance(event, RunStarted) and not overtaking:
            overtaking.append(apply(shop, RunOptions()))

    report = apply(shop, RunOptions(), listener)
    assert overtaking[0].state is RunState.SUCCEEDED
    assert report.state is RunState.SUCCEEDED
    assert report.generation == overtaking[0].generation == 6
    assert rows(shop, "select sum(total) as t from sales.totals.per_customer") == [{"t": 85.5}]


@pytest.mark.slow
def test_several_runs_at_once_build_once_and_publish_every_product_once(shop: Workspace) -> None:
    processes = [command(shop, "run", "--json", "--quiet") for _ in range(4)]
    reports = [answer(process) for process in processes]
    assert [report["state"] for report in reports] == ["succeeded"] * 4
    published = [product for report in reports for product in report["published"]]  # type: ignore[attr-defined]
    assert sorted(published) == ["finance.report", "sales.orders", "sales.totals"]
    assert max(report["generation"] for report in reports) == 3  # type: ignore[type-var]
    assert plan(shop, PlanOptions()).is_empty
    assert {run.state for run in list_runs(shop)} == {RunState.SUCCEEDED}


@pytest.mark.slow
@pytest.mark.parametrize(
    "point",
    [CrashPoint.VERSIONS_SEALED, CrashPoint.VERSIONS_COMMITTED, CrashPoint.POINTERS_OPENED, CrashPoint.PUBLISHED],
)
def test_a_killed_run_is_resumed_and_finished_work_is_not_repeated(shop: Workspace, point: CrashPoint) -> None:
    killed = command(shop, "run", point=point, number=signal.SIGKILL)
    killed.communicate(timeout=120)
    assert killed.returncode == -signal.SIGKILL
    run = list_runs(shop)[0]
    assert run.state is RunState.INTERRUPTED
    report = resume(shop, run.id)
    assert report.state is RunState.SUCCEEDED
    assert report.generation == 3
    assert plan(shop, PlanOptions()).is_empty
    if point is not CrashPoint.VERSIONS_SEALED:
        assert len(built(report)) < 4
    assert rows(shop, "select sum(total) as t from sales.totals.per_customer") == [{"t": 42.75}]


@pytest.mark.slow
def test_a_run_of_another_host_is_left_alone_until_its_lease_expires(
    shop: Workspace, postgres: Server, url: str
) -> None:
    """Nothing is known of processes on another host but what its lease says."""
    command(shop, "run", host="beta", point=CrashPoint.VERSIONS_COMMITTED, number=signal.SIGKILL).communicate(
        timeout=120
    )
    run = list_runs(shop)[0]
    assert run.state is RunState.RUNNING
    with pytest.raises(RefusedError) as refused:
        resume(shop, run.id)
    assert refused.value.first.code == "MW-R004"
    with pytest.raises(RefusedError) as cut_off:
        migrate_state(shop, "sqlite:///moved.db")
    assert cut_off.value.first.code == "MW-D120"
    expire_leases(postgres, url)
    assert list_runs(shop)[0].state is RunState.INTERRUPTED
    assert resume(shop, run.id).state is RunState.SUCCEEDED


def expire_leases(postgres: Server, url: str) -> None:
    postgres.execute(f"update {url.rpartition('%3D')[2]}.leases set expires_at = 1 where holder <> ''")


@pytest.mark.slow
def test_a_coordinator_that_slept_while_another_host_took_over_publishes_nothing(
    shop: Workspace, postgres: Server, url: str
) -> None:
    sleeping = command(shop, "run", "--json", host="beta", point=CrashPoint.PUBLICATION_READY, number=signal.SIGSTOP)
    try:
        wait_until_stopped(sleeping.pid)
        run = list_runs(shop)[0]
        expire_leases(postgres, url)
        report = resume(shop, run.id)
        assert report.generation == 3
    finally:
        sleeping.send_signal(signal.SIGCONT)
    late = answer(sleeping)
    assert sleeping.returncode == 1
    assert late["state"] == "stopped"
    assert late["published"] == []
    assert list_runs(shop)[0].state is RunState.SUCCEEDED
    assert [run.generation for run in list_runs(shop)] == [3]
    assert plan(shop, PlanOptions()).is_empty


def wait_until_stopped(pid: int) -> None:
    for _ in range(600):
        if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "T":
            return
        time.sleep(0.05)
    pytest.fail("the process did not come to the crash point")


def move(workspace: Workspace, before: str, after: str) -> None:
    """Copy the state and let mesh.yaml name the copy."""
    migrate_state(workspace, after)
    mesh = workspace.root / "mesh.yaml"
    text = mesh.read_text()
    mesh.write_text(text.replace(before, after) if before in text else f"{text}state: '{after}'\n")


def test_a_state_moves_to_a_server_and_back_with_its_whole_history(tmp_path: Path, url: str) -> None:
    shop = open_workspace(write_mesh(tmp_path / "shop"))
    first = apply(shop, RunOptions())
    write_file(shop.root, ORDERS_MODEL, "select order_id, customer, amount * 2 as amount, placed from raw_orders")
    apply(shop, RunOptions())
    runs = list_runs(shop)
    then = query_at(shop, 2)
    default = "sqlite:///.meshwright/state.db"
    for before, after in ((default, url), (url, "sqlite:///.meshwright/back.db")):
        move(shop, before, after)
        assert plan(shop, PlanOptions()).is_empty
        assert built(apply(shop, RunOptions())) == set()
        assert list_runs(shop)[-2:] == runs
        assert query_at(shop, 2) == then
        assert repeat(shop, first.run_id).is_same
    write_file(shop.root, ORDERS_MODEL, SHOP[ORDERS_MODEL])
    report = apply(shop, RunOptions())
    assert built(report) == set(), "the versions of the first run are still known"
    assert report.generation == 9


def query_at(workspace: Workspace, generation: int) -> list[dict[str, object]]:
    found = query(
        workspace, QueryOptions(text="select sum(amount) as t from sales.orders.orders", generation=generation)
    )
    try:
        return [row for batch in found.batches() for row in batch.to_pylist()]
    finally:
        found.close()


@pytest.mark.slow
def test_a_run_that_was_interrupted_before_the_move_is_resumed_after_it(tmp_path: Path, url: str) -> None:
    """Its frozen mesh.yaml still names the old database; the run goes on in the new one."""
    shop = open_workspace(write_mesh(tmp_path / "shop"))
    command(shop, "run", point=CrashPoint.VERSIONS_COMMITTED, number=signal.SIGKILL).communicate(timeout=120)
    default = "sqlite:///.meshwright/state.db"
    move(shop, default, url)
    report = resume(shop, list_runs(shop)[0].id)
    assert report.state is RunState.SUCCEEDED
    assert plan(shop, PlanOptions()).is_empty
    (shop.root / "mesh.yaml").write_text(MESH)
    assert not plan(shop, PlanOptions()).is_empty, "nothing was written into the old one"


def test_a_password_is_refused_in_the_files_and_taken_from_the_environment(
    tmp_path: Path, postgres: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    schema = postgres.new_schema()
    password = "p@ss/w:rd%41 ${env:HOME}?#"
    postgres.execute(
        "drop role if exists keeper",
        f"create role keeper login password '{password}'",
        f"alter role keeper set search_path = {schema}",
        f"grant all on schema {schema} to keeper",
    )
    written = postgres.loopback_url("keeper", "written_out")
    with pytest.raises(InputError) as refused:
        plan(stated(tmp_path / "written", written), PlanOptions())
    assert refused.value.first.code == "MW-D122"
    assert "written_out" not in str(refused.value)
    shop = stated(tmp_path / "shop", postgres.loopback_url("keeper", "${env:STATE_PASSWORD}"))
    with pytest.raises(InputError) as missing:
        plan(shop, PlanOptions())
    assert missing.value.first.code == "MW-R016"
    monkeypatch.setenv("STATE_PASSWORD", "wr0ng-p4ss")
    with pytest.raises(InputError) as wrong:
        plan(shop, PlanOptions())
    assert wrong.value.first.code == "MW-D114"
    assert "wr0ng-p4ss" not in str(wrong.value)
    monkeypatch.setenv("STATE_PASSWORD", password)
    assert apply(shop, RunOptions()).state is RunState.SUCCEEDED
    assert postgres.execute(f"select count(*) from {schema}.runs") == [(1,)]
    dumped = postgres.execute(f"select string_agg(t::text, '') from {schema}.blobs t")
    assert password.encode().hex() not in str(dumped)
