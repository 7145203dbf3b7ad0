"""`gc` on a real mesh: what it deletes, what it says, and runs that meet it half-way."""

from __future__ import annotations

import datetime as dt
import errno
import os
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from meshwright.app import apply as applying
from meshwright.app.apply import RunOptions, apply
from meshwright.app.collection import CollectionOptions, CollectionReport, collect
from meshwright.app.environments import open_state_alone
from meshwright.app.keepers import explain_kept
from meshwright.app.query import QueryOptions, query
from meshwright.app.sandboxes import SandboxWish, create_sandbox, delete_sandbox, extend_sandbox
from meshwright.app.verify import verify
from meshwright.app.workspace import Workspace, open_workspace
from meshwright.crashpoints import CrashPoint
from meshwright.diagnostics import InputError, RefusedError
from meshwright.faces.cli.main import main
from meshwright.plan.values import StepAction
from meshwright.run import publication
from meshwright.run.report import RunReport
from meshwright.state.records import RunState
from meshwright.store.local import LocalStore
from tests.meshes import SHOP, write_mesh

ORDERS = "sales.orders.orders"
RAW = "sales.orders.raw_orders"
REVENUE = "finance.report.revenue"
USD = RunOptions(params={"currency": "USD"})
NOW_OR_NEVER = "retention: {generations: 0s, candidates: 0s, grace: 0s}\n"


@pytest.fixture
def shop(tmp_path: Path) -> Workspace:
    """A mesh that keeps nothing longer than it must, published once."""
    workspace = open_workspace(write_mesh(tmp_path / "shop"))
    with (workspace.root / "mesh.yaml").open("a") as file:
        file.write(NOW_OR_NEVER)
    assert apply(workspace, RunOptions()).state is RunState.SUCCEEDED
    return workspace


def retain(workspace: Workspace, text: str) -> None:
    mesh = workspace.root / "mesh.yaml"
    mesh.write_text(mesh.read_text().replace(NOW_OR_NEVER, f"retention: {text}\n"))


def gc(workspace: Workspace, **options: object) -> CollectionReport:
    report = collect(workspace, CollectionOptions(**options))  # type: ignore[arg-type]
    assert report.failed == ()
    return report


def more(shop: Workspace) -> None:
    with (shop.root / "data/orders.csv").open("a") as data:
        data.write("5,dora,1.0,2026-01-04\n")


def datasets(report: CollectionReport) -> set[str]:
    return {each.dataset for each in report.deleted}


def built(report: RunReport) -> set[str | None]:
    return {step.dataset for step in report.steps if step.action is StepAction.BUILD}


def files(workspace: Workspace) -> set[Path]:
    return set((workspace.root / ".meshwright/store").rglob("*.parquet"))


def words(workspace: Workspace, name: str) -> list[list[str]]:
    return [[kept.words for kept in each.kept] for each in explain_kept(workspace, name)]


def execute(workspace: Workspace, statement: str, *values: object) -> None:
    with closing(sqlite3.connect(workspace.root / ".meshwright/state.db")) as connection, connection:
        connection.execute(statement, values)


def test_what_was_replaced_goes_with_its_files_and_nothing_else(shop: Workspace) -> None:
    first = files(shop)
    more(shop)
    apply(shop, RunOptions())
    report = gc(shop)
    assert datasets(report) == {RAW, ORDERS, "sales.totals.per_customer", REVENUE}
    assert report.bytes_deleted == sum(each.bytes for each in report.deleted) > 0
    assert [(each.by.value, each.environment, each.versions) for each in report.kept] == [("pointer", "prod", 4)]
    assert len(files(shop)) == 4
    assert not files(shop) & first
    assert verify(shop).ok
    assert apply(shop, RunOptions()).published == ()
    assert gc(shop).deleted == ()


def test_a_dry_run_says_the_same_and_changes_nothing(shop: Workspace) -> None:
    create_sandbox(shop, SandboxWish(name="box", expires="1s"))
    apply(shop, RunOptions(environment="box", params={"currency": "USD"}))
    more(shop)
    apply(shop, RunOptions())
    execute(shop, "update environments set touched_at = 0 where name = 'box'")
    before = files(shop), (shop.root / ".meshwright/state.db").read_bytes()
    foreseen = gc(shop, is_dry_run=True)
    assert (files(shop), (shop.root / ".meshwright/state.db").read_bytes()) == before
    done = gc(shop)
    assert {each.version for each in foreseen.deleted} == {each.version for each in done.deleted}
    assert foreseen.expired == done.expired == ("box",)
    assert foreseen.kept == done.kept
    assert list((shop.root / "environments").glob("box.*")) == []
    assert (shop.root / "environments/prod.duckdb").exists()


def test_grace_begins_when_a_thing_is_first_found_needless(shop: Workspace) -> None:
    retain(shop, "{generations: 0s, candidates: 0s}")
    apply(shop, USD)
    assert words(shop, REVENUE)[1] == []
    [waiting] = gc(shop).condemned
    assert (waiting.dataset, waiting.goes_at - waiting.since) == (REVENUE, dt.timedelta(days=1))
    [again] = gc(shop).condemned
    assert again == waiting
    found = explain_kept(shop, waiting.version[:8])[0]
    assert (found.kept, found.since, found.goes_at) == ((), waiting.since, waiting.goes_at)
    execute(shop, "update condemned set since = since - 86400000000")
    assert datasets(gc(shop)) == {REVENUE}


def test_a_generation_in_retention_is_read_and_one_that_is_not_is_refused(shop: Workspace) -> None:
    retain(shop, "{generations: 1d, candidates: 0s, grace: 0s}")
    apply(shop, USD)
    assert gc(shop).deleted == ()
    read = QueryOptions(text=f"select distinct currency from {REVENUE}", generation=3)
    query(shop, read).close()
    execute(shop, "update generations set at = at - 86400000000")
    report = gc(shop)
    assert (datasets(report), report.generations) == ({REVENUE}, 3)
    with pytest.raises(InputError) as refused:
        query(shop, read)
    assert refused.value.first.code == "MW-S201"


def test_an_explanation_names_every_keeper(shop: Workspace) -> None:
    retain(shop, "{}")
    create_sandbox(shop, SandboxWish(name="box", expires="never"))
    apply(shop, USD)
    newest, oldest = words(shop, REVENUE)
    assert newest == [f"pointer prod {REVENUE} since generation 4"]
    assert oldest[0].startswith("generation 3 of prod, in retention until ")
    assert oldest[1] == "sandbox box over prod generation 3"
    for name, message in (("nope", "no version"), (ORDERS[:8], "no version"), ("0" * 6, "no version")):
        with pytest.raises(InputError) as refused:
            explain_kept(shop, name)
        assert refused.value.first.code == "MW-S402"
        assert refused.value.first.message.startswith(message)


def test_a_view_keeps_the_version_that_it_is_bound_to(tmp_path: Path) -> None:
    view = {"domains/finance/report/pipeline.yaml": "nodes: {revenue: {as: view}}\n"}
    shop = open_workspace(write_mesh(tmp_path / "shop", {**SHOP, **view}))
    with (shop.root / "mesh.yaml").open("a") as file:
        file.write(NOW_OR_NEVER)
    apply(shop, RunOptions())
    more(shop)
    apply(shop, RunOptions(select=("sales.orders",), only=True))
    [now, then] = words(shop, ORDERS)
    assert now == [f"pointer prod {ORDERS} since generation 4"]
    assert len(then) == 1
    assert then[0].startswith(f"view {REVENUE} version ")
    assert datasets(gc(shop)) == {RAW}
    assert verify(shop).ok
    query(shop, QueryOptions(text=f"select * from {REVENUE}")).close()


def test_a_sandbox_that_is_used_again_is_not_taken_away(shop: Workspace) -> None:
    create_sandbox(shop, SandboxWish(name="box", expires="1h"))
    apply(shop, RunOptions(environment="box", params={"currency": "USD"}))
    execute(shop, "update environments set touched_at = 0 where name = 'box'")
    assert gc(shop, is_dry_run=True).expired == ("box",)
    extend_sandbox(shop, "box")
    assert gc(shop).expired == ()
    delete_sandbox(shop, "box")
    assert datasets(gc(shop)) == {REVENUE}


def test_a_source_whose_version_is_gone_is_read_again(shop: Workspace) -> None:
    source = shop.root / "data/orders.csv"
    kept = source.read_bytes()
    more(shop)
    apply(shop, RunOptions())
    gc(shop)
    source.write_bytes(kept)
    report = apply(shop, RunOptions())
    assert report.state is RunState.SUCCEEDED
    assert built(report) == {RAW, ORDERS, "sales.totals.per_customer", REVENUE}
    assert verify(shop).ok


def at(monkeypatch: pytest.MonkeyPatch, module: object, point: CrashPoint, act: Callable[[], object]) -> None:
    """Do something once, when a run comes by a point."""
    done: list[object] = []

    def reached(passed: CrashPoint) -> None:
        if passed is point and not done:
            done.append(point)
            act()

    monkeypatch.setattr(module, "reached", reached)


def test_a_run_that_was_to_reuse_what_is_deleted_before_it_began_builds_it(
    shop: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    apply(shop, USD)
    deleted: list[CollectionReport] = []
    at(monkeypatch, applying, CrashPoint.LEASE_TAKEN, lambda: deleted.append(gc(shop)))
    report = apply(shop, RunOptions())
    assert datasets(deleted[0]) == {REVENUE}
    assert (report.state, built(report)) == (RunState.SUCCEEDED, {REVENUE})
    assert verify(shop).ok


def test_what_a_run_reuses_is_kept_for_it_from_its_beginning(shop: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    apply(shop, USD)
    seen: list[tuple[CollectionReport, list[list[str]]]] = []
    at(
        monkeypatch,
        publication,
        CrashPoint.PUBLICATION_READY,
        lambda: seen.append((gc(shop), words(shop, REVENUE))),
    )
    report = apply(shop, RunOptions())
    [(during, told)] = seen
    assert during.deleted == ()
    assert any(word.startswith(f"run {report.run_id} holds it (lease until ") for reasons in told for word in reasons)
    assert (report.state, built(report)) == (RunState.SUCCEEDED, set())


def test_a_publication_of_what_is_gone_is_planned_again_and_built(
    shop: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    apply(shop, USD)
    old = explain_kept(shop, REVENUE)[1].version
    lose = lambda: execute(shop, "delete from versions where id = ?", old)  # noqa: E731
    at(monkeypatch, publication, CrashPoint.PUBLICATION_READY, lose)
    report = apply(shop, RunOptions())
    assert (report.state, built(report)) == (RunState.SUCCEEDED, {REVENUE})
    assert verify(shop).ok


def test_a_file_that_cannot_be_deleted_is_told_and_the_next_collection_goes_on(
    shop: Workspace, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    more(shop)
    apply(shop, RunOptions())
    honest, unlink = LocalStore.discard, Path.unlink

    def failing(path: Path, missing_ok: bool = False) -> None:
        if path.suffix == ".parquet" and "/orders/orders/" in str(path):
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        unlink(path, missing_ok=missing_ok)

    with monkeypatch.context() as patched:
        patched.setattr(Path, "unlink", failing)
        assert main(["-C", str(shop.root), "gc"]) == 3
    told = capsys.readouterr().out
    assert "MW-S403 'sales/orders/orders/" in told
    assert "Input/output error" in told
    assert honest is LocalStore.discard
    assert len(files(shop)) == 5
    report = gc(shop)
    assert [orphan.path.split("/")[2] for orphan in report.orphans] == ["orders"]
    assert len(files(shop)) == 4
    assert verify(shop).orphans == ()


def test_waste_of_cut_off_work_is_swept_and_files_of_others_are_left(shop: Workspace) -> None:
    retain(shop, "{grace: 1h}")
    [stored] = [path for path in files(shop) if "/raw_orders/" in str(path)]
    waste = stored.with_name(stored.name.replace("-0.parquet", "-7.parquet"))
    foreign = stored.with_name("mine.parquet")
    for path in (waste, foreign):
        shutil.copyfile(stored, path)
    assert gc(shop).orphans == ()
    for path in (waste, foreign):
        os.utime(path, (0, 0))
    assert [Path(orphan.path).name for orphan in gc(shop).orphans] == [waste.name]
    assert foreign.exists()
    assert stored.exists()


def test_two_collections_at_once_are_one(shop: Workspace) -> None:
    with open_state_alone(shop, create=True) as opened:
        lease = opened.state.writer.take_lease("gc", "elsewhere:1", dt.datetime.now(dt.UTC), 60)
        assert lease is not None
        with pytest.raises(RefusedError) as refused:
            gc(shop)
        assert refused.value.first.code == "MW-S401"
        assert gc(shop, is_dry_run=True).deleted == ()
        opened.state.writer.release_lease(lease)
    gc(shop)


def test_on_a_mesh_that_was_never_run_there_is_nothing(tmp_path: Path) -> None:
    shop = open_workspace(write_mesh(tmp_path / "shop"))
    report = gc(shop, is_dry_run=True)
    assert (report.deleted, report.kept) == ((), ())
    assert not (shop.root / ".meshwright/state.db").exists()
    assert gc(shop).kept == ()


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["--dry-run", "--explain", ORDERS], "MW-L006"),
        (["--grace", "soon"], "MW-L041"),
        (["--explain", "nope"], "MW-S402"),
    ],
)
def test_wrong_words_are_wrong_input(
    shop: Workspace, capsys: pytest.CaptureFixture[str], words: list[str], code: str
) -> None:
    assert main(["-C", str(shop.root), "gc", *words]) == 2
    assert code in capsys.readouterr().err


def test_what_is_printed_names_reasons_bytes_and_times(shop: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    retain(shop, "{generations: 0s, candidates: 0s}")
    apply(shop, USD)
    assert main(["-C", str(shop.root), "gc"]) == 0
    told = capsys.readouterr().out
    assert "pointer  prod         4" in told
    assert "needless, in grace: 1 version, " in told
    assert "✓ deleted 0 versions and 0 files of cut off work, 0 B" in told
    assert main(["-C", str(shop.root), "gc", "--grace", "0s"]) == 0
    assert f"deleted:\n  {REVENUE} " in capsys.readouterr().out
    assert main(["-C", str(shop.root), "gc", "--explain", REVENUE]) == 0
    assert f"  pointer prod {REVENUE} since generation 4\n" in capsys.readouterr().out
