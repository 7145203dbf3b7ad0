"""Rollbacks, histories, differences, repetitions and resumptions of datasets made of parts."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from meshwright.app.apply import resume
from meshwright.app.environment_diff import DiffWish, diff_environment
from meshwright.app.pins import PinWish, pin
from meshwright.app.repeat import repeat
from meshwright.app.rollback import RollbackWish, rollback
from meshwright.app.standing import show_environment
from meshwright.app.workspace import Workspace, open_workspace
from meshwright.crashpoints import CrashPoint
from meshwright.diagnostics import InterruptedRun
from meshwright.run import interpreter
from meshwright.state.records import RunState
from tests.app.boxed_shop import box, built, generation, pins, pointers
from tests.app.parts_shop import (
    DAILY,
    DAILY_SQL,
    DOUBLED,
    HISTORY,
    LATEST,
    PARTS_SHOP,
    PER_DAY,
    RAW,
    TOTAL,
    add_day,
    all_parts,
    attempt,
    days,
    digests,
    rows,
    run,
    versions,
)
from tests.meshes import write_file, write_mesh

FIFTH = ("2026-01-05 08:00:00,6,ben,60",)


def lifted(workspace: Workspace) -> None:
    from meshwright.app.pins import unpin

    for name in pins(workspace):
        unpin(workspace, name)


def test_after_a_rollback_new_files_are_read_again_exactly_once_and_states_go_on_from_there(parted: Workspace) -> None:
    run(parted)
    first, then = generation(parted), pointers(parted)
    add_day(parted, "03.csv", *FIFTH)
    run(parted)
    newest = digests(parted)
    shown = {dataset: rows(parted, dataset) for dataset in (RAW, DAILY, LATEST, PER_DAY, TOTAL)}
    rollback(parted, RollbackWish(environment="prod", to=first))
    assert {name: pointers(parted)[name] for name in (RAW, DAILY, LATEST, HISTORY, TOTAL)} == {
        name: then[name] for name in (RAW, DAILY, LATEST, HISTORY, TOTAL)
    }
    assert rows(parted, TOTAL) == [{"amount": 150, "n": 5}]
    assert rows(parted, TOTAL, generation=generation(parted) - 1) == [{"amount": 210, "n": 6}]
    assert pins(parted)
    assert built(run(parted)) == set()
    lifted(parted)
    before = all_parts(parted)
    run(parted)
    assert all_parts(parted) == before  # everything of it was there
    assert {dataset: rows(parted, dataset) for dataset in shown} == shown
    assert {name: digest for name, digest in digests(parted).items() if name != HISTORY} == {
        name: digest for name, digest in newest.items() if name != HISTORY
    }
    # And with another file in place of it: nothing of the version that was left is in it.
    rollback(parted, RollbackWish(environment="prod", to=first))
    lifted(parted)
    (parted.root / "drop/03.csv").unlink()
    add_day(parted, "04.csv", "2026-01-06 08:00:00,8,ben,80")
    run(parted)
    assert rows(parted, TOTAL) == [{"amount": 230, "n": 6}]
    assert [row["amount"] for row in rows(parted, LATEST) if row["customer"] == "ben"] == [80]
    assert sorted(row["id"] for row in rows(parted, RAW)) == [1, 2, 3, 4, 5, 8]  # type: ignore[type-var]
    assert len([row for row in rows(parted, HISTORY) if row["customer"] == "ben" and row["is_current"]]) == 1


def test_a_pinned_product_of_parts_stays_and_what_reads_it_is_built_from_it(parted: Workspace) -> None:
    run(parted)
    standing = pointers(parted)
    pin(parted, PinWish(object="sales.flow", reason="looking"))
    add_day(parted, "03.csv", *FIFTH)
    report = run(parted)
    assert built(report) == set()
    assert pointers(parted) == standing
    lifted(parted)
    run(parted)
    assert rows(parted, TOTAL) == [{"amount": 210, "n": 6}]
    history = show_environment(parted, "prod", history=10).history
    assert len(history) >= 2


def test_a_difference_reads_the_files_that_differ_alone_and_tells_of_gaps(
    parted: Workspace,
) -> None:
    run(parted)
    box(parted)
    write_file(parted.root, DAILY_SQL, DOUBLED)
    run(parted, "box", interval="2026-01-02..2026-01-03")
    found = {one.dataset: one for one in diff_environment(parted, DiffWish(sandbox="box", key=("id",))).datasets}
    comparison = found[DAILY].rows
    assert comparison is not None
    assert (comparison.rows_before, comparison.rows_after) == (5, 1)
    assert (comparison.added, comparison.removed, comparison.changed) == (0, 4, 1)
    assert found[DAILY].making.reasons[-1] == "it has 1 day: 2026-01-02, and had 4 days: 2026-01-01 to 2026-01-04"


def test_parts_that_both_sides_have_are_not_read_for_a_difference(parted: Workspace) -> None:
    run(parted)
    box(parted)
    add_day(parted, "03.csv", *FIFTH, "2026-01-02 07:00:00,7,dora,70")
    run(parted, "box")
    for day in ("01", "03", "04"):
        (parted.root / ".meshwright/store" / days(parted, DAILY)[day].files[0].path).unlink()
    wish = DiffWish(sandbox="box", select=(DAILY,), key=("id",))
    (found,) = diff_environment(parted, wish).datasets
    assert found.rows is not None
    counts = (found.rows.rows_before, found.rows.rows_after, found.rows.added, found.rows.removed, found.rows.unchanged)
    assert counts == (5, 7, 2, 0, 5)


def test_a_run_of_parts_is_repeated_to_the_same_versions(parted: Workspace) -> None:
    run(parted)
    add_day(parted, "03.csv", *FIFTH)
    second = run(parted)
    answer = repeat(parted, second.run_id)
    assert answer.is_same, [one for one in answer.versions if not one.is_same]
    assert built(answer.report) == set()


def test_a_killed_run_leaves_its_parts_and_the_resumed_one_builds_the_rest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace = open_workspace(write_mesh(tmp_path / "shop", PARTS_SHOP))
    for number in range(40):
        add_day(workspace, f"1{number:02}.csv", f"2026-01-{1 + number % 30:02} 08:00:00,{100 + number},zoe,1")
    commits = 0

    def killed(point: CrashPoint) -> None:
        nonlocal commits
        commits += point is CrashPoint.VERSIONS_COMMITTED
        if commits == 3:
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(interpreter, "reached", killed)
        with pytest.raises((KeyboardInterrupt, InterruptedRun)):
            attempt(workspace)
    left = all_parts(workspace)
    assert {part.dataset for part in left.values()} >= {RAW, DAILY}
    from meshwright.app.runs import list_runs

    (record,) = list_runs(workspace)
    report = resume(workspace, record.id)
    assert report.state is RunState.SUCCEEDED
    assert left.items() <= all_parts(workspace).items()
    listed = {part.id for part in days(workspace, DAILY).values()}
    assert {id_ for id_, part in left.items() if part.dataset == DAILY} <= listed
    assert len(listed) == len([part for part in all_parts(workspace).values() if part.dataset == DAILY])


def test_two_runs_at_once_share_parts_and_lose_nothing(parted: Workspace) -> None:
    run(parted)
    add_day(parted, "03.csv", *FIFTH, "2026-01-02 07:00:00,7,dora,70")
    reports: list[object] = []
    threads = [threading.Thread(target=lambda: reports.append(attempt(parted))) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(reports) == 2
    run(parted)
    assert sorted(row["id"] for row in rows(parted, RAW)) == [1, 2, 3, 4, 5, 6, 7]  # type: ignore[type-var]
    assert rows(parted, TOTAL) == [{"amount": 280, "n": 7}]
    assert len(days(parted, RAW)) == 2
    assert len(rows(parted, LATEST)) == 4
    assert [row["is_current"] for row in rows(parted, HISTORY) if row["customer"] == "ben"] in (
        [True, False],
        [False, True],
    )
    assert versions(parted)[DAILY].rows == 7
