"""Runs that are killed, interrupted or raced: nothing lost, nothing doubled, nothing half-published."""

from __future__ import annotations

import datetime as dt
import errno
import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from meshwright.app.apply import RunOptions, apply, resume
from meshwright.app.check import check
from meshwright.app.runs import list_runs
from meshwright.app.verify import verify
from meshwright.app.workspace import Workspace, open_workspace
from meshwright.diagnostics import InputError
from meshwright.plan.values import StepAction
from meshwright.run.events import Event, RunStarted, StepStarted
from meshwright.run.report import StepState
from meshwright.state.database import open_state
from meshwright.state.layout import VERSION_TABLE
from meshwright.state.records import ObjectKind, RunState
from tests.meshes import write_file, write_mesh

KILLS = 6
ROWS = 120_000


@pytest.fixture
def big_shop(tmp_path: Path) -> Workspace:
    """A shop whose first run takes long enough to be killed in the middle."""
    root = write_mesh(tmp_path / "shop")
    lines = (f"{key},customer{key % 977},{key % 83}.25,2026-01-{key % 28 + 1:02d}" for key in range(ROWS))
    (root / "data/orders.csv").write_text("order_id,customer,amount,placed\n" + "\n".join(lines) + "\n")
    for number in range(6):
        write_file(
            root,
            f"domains/sales/totals/models/slow_{number}.sql",
            f"select a.customer, sum(a.amount * b.amount) as product from sales.orders.orders a join sales.orders.orders b "
            f"on a.order_id % 4000 = b.order_id % 4000 and a.order_id > b.order_id + {number} group by a.customer",
        )
    return open_workspace(root)


def start_run(workspace: Workspace, *words: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "meshwright", "run", "--json", *words],
        cwd=workspace.root,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )


def recorded_versions(workspace: Workspace) -> set[str]:
    file = workspace.root / ".meshwright/state.db"
    if not file.exists():
        return set()
    state = open_state("sqlite:///.meshwright/state.db", root=workspace.root)
    try:
        return {version.id for version in state.reader.all_versions()}
    finally:
        state.close()


def assert_whole(workspace: Workspace, *, may_lag: bool = False) -> None:
    """Every product that is published shows exactly what its manifest says, and every file is as written.

    What plain readers open may lag behind where a run was killed between a publication and its export.
    """
    state = open_state("sqlite:///.meshwright/state.db", root=workspace.root)
    try:
        pointers = state.reader.pointers("prod")
        products = {name: found for name, found in pointers.items() if found.kind is ObjectKind.PRODUCT}
        revisions = state.reader.revisions({found.revision for found in products.values()})
        shown = {}
        for found in products.values():
            manifest = json.loads(revisions[found.revision].document)
            shown.update({name: entry["version"] for name, entry in manifest["datasets"].items()})
        datasets = {name: found.revision for name, found in pointers.items() if found.kind is ObjectKind.DATASET}
        assert shown == datasets
    finally:
        state.close()
    problems = verify(workspace).problems
    assert [problem for problem in problems if not (may_lag and problem.kind == "outdated")] == []


@pytest.mark.slow
def test_a_killed_run_is_finished_by_the_same_command(big_shop: Workspace) -> None:
    chance = random.Random(7)
    for _ in range(KILLS):
        process = start_run(big_shop)
        time.sleep(0.4 + chance.random() * 1.6)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        if (big_shop.root / ".meshwright/state.db").exists():
            assert_whole(big_shop, may_lag=True)
    before = recorded_versions(big_shop)
    report = apply(big_shop, RunOptions())
    assert report.state is RunState.SUCCEEDED
    built = {step.version for step in report.steps if step.action is StepAction.BUILD}
    assert not built & before, "a version that was committed was built again"
    assert_whole(big_shop)
    again = apply(big_shop, RunOptions())
    assert again.published == ()


@pytest.mark.slow
def test_a_killed_run_can_be_resumed_from_its_own_files(big_shop: Workspace) -> None:
    process = start_run(big_shop)
    deadline = time.monotonic() + 30
    while not recorded_versions(big_shop) and time.monotonic() < deadline:
        time.sleep(0.05)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    (run,) = list_runs(big_shop)
    assert run.state is RunState.INTERRUPTED
    before = recorded_versions(big_shop)
    write_file(big_shop.root, "domains/sales/totals/models/slow_0.sql", "this is not SQL any more")
    report = resume(big_shop, run.id)
    assert report.state is RunState.SUCCEEDED
    assert report.run_id == run.id
    assert not {step.version for step in report.steps if step.action is StepAction.BUILD} & before
    assert_whole(big_shop)


@pytest.mark.slow
def test_ctrl_c_stops_cleanly_and_the_run_can_be_resumed(big_shop: Workspace) -> None:
    process = start_run(big_shop)
    deadline = time.monotonic() + 30
    while not recorded_versions(big_shop) and time.monotonic() < deadline:
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    output, errors = process.communicate(timeout=30)
    assert process.returncode == 130, errors
    assert "Traceback" not in errors
    document = json.loads(output)
    assert document["state"] == "interrupted"
    assert_whole(big_shop)
    report = resume(big_shop, document["run_id"])
    assert report.state is RunState.SUCCEEDED


@pytest.mark.slow
def test_two_runs_at_once_both_end_well(big_shop: Workspace) -> None:
    processes = [start_run(big_shop), start_run(big_shop)]
    outputs = [process.communicate(timeout=120) for process in processes]
    assert [process.returncode for process in processes] == [0, 0], outputs
    assert_whole(big_shop)
    assert apply(big_shop, RunOptions()).published == ()


def test_a_missing_source_file_is_named_and_changes_nothing(tmp_path: Path) -> None:
    workspace = open_workspace(write_mesh(tmp_path / "shop"))
    before = apply(workspace, RunOptions())
    (workspace.root / "data/orders.csv").unlink()
    report = apply(workspace, RunOptions())
    assert report.state is RunState.FAILED
    assert report.generation == before.generation
    failed = next(step for step in report.steps if step.error is not None)
    assert failed.error is not None
    assert failed.error.code == "MW-R001"
    assert failed.error.span is not None
    assert failed.error.span.file == "domains/sales/orders/pipeline.yaml"


def test_a_damaged_version_file_is_a_clear_failure(tmp_path: Path) -> None:
    workspace = open_workspace(write_mesh(tmp_path / "shop"))
    apply(workspace, RunOptions())
    (file,) = (workspace.root / ".meshwright/store/sales/orders/orders").rglob("*.parquet")
    file.chmod(0o644)
    file.write_bytes(file.read_bytes()[:40])
    write_file(
        workspace.root,
        "domains/sales/totals/models/per_customer.sql",
        "select customer, sum(amount) as total, 1 as one from sales.orders.orders group by customer",
    )
    report = apply(workspace, RunOptions())
    assert report.state in {RunState.FAILED, RunState.PARTIAL}
    assert "sales.totals" not in report.published
    assert [problem.kind for problem in verify(workspace).problems] == ["damaged"]


def test_a_coordinator_that_was_taken_over_publishes_nothing(tmp_path: Path) -> None:
    workspace = open_workspace(write_mesh(tmp_path / "shop"))
    state = open_state("sqlite:///.meshwright/state.db", root=workspace.root)
    taken: list[str] = []

    def take_over(event: object) -> None:
        if isinstance(event, RunStarted):
            name = f"run:{event.run_id}"
            standing = state.reader.lease(name)
            assert standing is not None
            state.writer.release_lease(standing)
            assert state.writer.take_lease(name, "someone else", dt.datetime.now(dt.UTC), 60.0) is not None
            taken.append(event.run_id)

    report = apply(workspace, RunOptions(), take_over)
    assert taken == [report.run_id]
    assert report.state is RunState.STOPPED
    assert report.published == ()
    assert report.error is not None
    assert state.reader.generation("prod") == 0
    state.close()


def test_a_disk_that_fails_for_one_of_several_builds_fails_that_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is built at the same time is made durable together; each build has an answer of its own."""
    root = write_mesh(tmp_path / "shop")
    for number in range(6):
        write_file(root, f"domains/sales/extra/models/copy_{number}.sql", "select * from sales.orders.orders")
    workspace = open_workspace(root)
    sync = os.fsync
    failing = "store/sales/extra/copy_3/"

    def fail_for_one(descriptor: int) -> None:
        if failing in str(Path(f"/proc/self/fd/{descriptor}").readlink()):
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        sync(descriptor)

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", fail_for_one)
        report = apply(workspace, RunOptions())
    states = {step.key: step.state for step in report.steps if step.state is not StepState.SUCCEEDED}
    assert states == {"build:sales.extra.copy_3": StepState.FAILED, "publish:sales.extra": StepState.BLOCKED}
    failed = next(step for step in report.steps if step.state is StepState.FAILED)
    assert failed.error is not None
    assert failed.error.code == "MW-D403"
    assert failed.is_retryable
    assert "sales.orders" in report.published
    assert not list((root / ".meshwright/store/sales/extra/copy_3").rglob("*.parquet"))
    again = apply(workspace, RunOptions())
    assert again.state is RunState.SUCCEEDED
    assert [step.dataset for step in again.steps if step.action is StepAction.BUILD] == ["sales.extra.copy_3"]


def test_a_run_that_is_stopped_while_several_steps_are_under_way_ends(tmp_path: Path) -> None:
    root = write_mesh(tmp_path / "shop")
    for number in range(6):
        write_file(root, f"domains/sales/extra/models/copy_{number}.sql", "select * from sales.orders.orders")
    workspace = open_workspace(root)
    started: list[str] = []

    def stop_at_the_third(event: Event, /) -> None:
        if isinstance(event, StepStarted) and "copy_" in event.key:
            started.append(event.key)
            if len(started) == 3:
                os.kill(os.getpid(), signal.SIGINT)

    def give_up(_number: int, _frame: object) -> None:
        raise TimeoutError("the run does not end")

    before = signal.signal(signal.SIGALRM, give_up)
    signal.alarm(120)
    try:
        report = apply(workspace, RunOptions(), stop_at_the_third)
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)
    assert report.state is RunState.INTERRUPTED
    assert apply(workspace, RunOptions()).state is RunState.SUCCEEDED


def test_a_state_from_a_newer_release_is_refused_untouched(tmp_path: Path) -> None:
    workspace = open_workspace(write_mesh(tmp_path / "shop"))
    apply(workspace, RunOptions())
    file = workspace.root / ".meshwright/state.db"
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute(f"update {VERSION_TABLE} set version_num = '9999'")
    with pytest.raises(InputError) as refused:
        apply(workspace, RunOptions())
    assert refused.value.first.code.startswith("MW-D")
    assert "newer" in refused.value.first.message


def test_an_unreadable_parquet_source_is_named(tmp_path: Path) -> None:
    root = write_mesh(tmp_path / "shop")
    (root / "data/rates.parquet").write_bytes(b"PAR1 this is not a parquet file PAR1")
    write_file(
        root,
        "domains/finance/report/pipeline.yaml",
        "nodes:\n  rates: {source: {path: data/rates.parquet, format: parquet}, columns: {rate: DOUBLE}}\n",
    )
    report = check(open_workspace(root))
    assert not report.ok
    (found,) = [found for found in report.diagnostics if found.severity == "error"]
    assert found.code.startswith("MW-X")
    assert "rates.parquet" in found.message


@pytest.mark.slow
def test_a_full_disk_fails_clearly_and_publishes_nothing(tmp_path: Path) -> None:
    """The store lies on a file system of 2 MB, so some build hits ENOSPC; then there is room again."""
    if os.geteuid() != 0:
        pytest.skip("mounting a small file system needs root")
    root = write_mesh(tmp_path / "shop")
    lines = (f"{key},customer{key},{key % 83}.25,2026-01-{key % 28 + 1:02d}" for key in range(300_000))
    (root / "data/orders.csv").write_text("order_id,customer,amount,placed\n" + "\n".join(lines) + "\n")
    store = root / ".meshwright/store"
    store.mkdir(parents=True)
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(store)], check=False, capture_output=True
    )
    if mounted.returncode:
        pytest.skip("this machine lets nobody mount")
    try:
        process = start_run(open_workspace(root))
        output, errors = process.communicate(timeout=120)
        assert process.returncode == 3, errors
        assert "Traceback" not in errors
        document = json.loads(output)
        assert document["published"] == []
        assert any("space" in (step["error"] or {}).get("message", "").lower() for step in document["steps"])
        subprocess.run(["mount", "-o", "remount,size=200m", str(store)], check=True)
        assert apply(open_workspace(root), RunOptions()).state is RunState.SUCCEEDED
    finally:
        subprocess.run(["umount", "-l", str(store)], check=False)
