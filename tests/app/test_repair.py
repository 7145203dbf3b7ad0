"""`verify` and `verify --repair`: everything that is not as recorded is found; what can be had again is, exactly."""

from __future__ import annotations

import json
import shutil
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import duckdb
import pytest

from meshwright.app.apply import RunOptions, apply
from meshwright.app.planning import PlanOptions, plan
from meshwright.app.query import QueryOptions, query
from meshwright.app.repair import age_s, repair
from meshwright.app.reports import VerifyReport
from meshwright.app.runs import show_run
from meshwright.app.verify import verify
from meshwright.app.workspace import Workspace, open_workspace
from meshwright.diagnostics import InputError
from meshwright.faces.cli.main import main
from meshwright.plan.values import StepAction
from meshwright.state.database import open_state
from meshwright.state.records import RunState
from meshwright.store.local import LocalStore
from tests.meshes import write_file, write_mesh

ORDERS = "sales.orders.orders"
RAW = "sales.orders.raw_orders"
TOTALS = "sales.totals.per_customer"


@pytest.fixture
def shop(tmp_path: Path) -> Workspace:
    workspace = open_workspace(write_mesh(tmp_path / "shop"))
    assert apply(workspace, RunOptions()).state is RunState.SUCCEEDED
    return workspace


def store_of(workspace: Workspace) -> Path:
    return workspace.root / ".meshwright/store"


def file_of(workspace: Workspace, dataset: str) -> Path:
    """The one file of a dataset's only version."""
    (found,) = (store_of(workspace) / dataset.replace(".", "/")).rglob("*.parquet")
    return found


def flip(file: Path) -> None:
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    rewrite(file, bytes(data))


def rewrite(file: Path, data: bytes) -> None:
    file.chmod(0o600)
    file.write_bytes(data)


def execute(workspace: Workspace, statement: str, *values: object) -> None:
    with closing(sqlite3.connect(workspace.root / ".meshwright/state.db")) as connection, connection:
        connection.execute(statement, values)


def rows(workspace: Workspace, dataset: str) -> list[object]:
    answer = query(workspace, QueryOptions(text=f"select * from {dataset} order by all"))
    try:
        return [row for batch in answer.batches() for row in batch.to_pylist()]
    finally:
        answer.close()


def kinds(report: VerifyReport) -> list[tuple[str, str | None]]:
    return [(problem.kind, problem.dataset) for problem in report.problems]


def refused(report: VerifyReport) -> dict[str, str]:
    assert report.repair is not None
    return {found.dataset: found.error.code for found in report.repair.unrepaired}


# What verify finds


@pytest.mark.parametrize(
    ("harm", "kind"),
    [
        (Path.unlink, "missing"),
        (flip, "damaged"),
        (lambda file: rewrite(file, file.read_bytes()[:20]), "damaged"),
        (lambda file: rewrite(file, bytes(file.stat().st_size)), "damaged"),
        (lambda file: (file.unlink(), file.mkdir()), "damaged"),
        (lambda file: (file.unlink(), file.symlink_to("/etc/hostname")), "damaged"),
    ],
)
def test_harm_is_found_and_repaired_to_the_same_rows(
    shop: Workspace, harm: Callable[[Path], object], kind: str
) -> None:
    before = rows(shop, ORDERS)
    harm(file_of(shop, ORDERS))
    found = verify(shop)
    assert kinds(found) == [(kind, ORDERS)]
    assert found.problems[0].environments == ("prod",)
    report = repair(shop)
    assert report.ok, report.problems
    assert report.repair is not None
    assert [done.dataset for done in report.repair.repaired] == [ORDERS]
    assert rows(shop, ORDERS) == before
    assert apply(shop, RunOptions()).published == ()


def test_wrong_rows_are_found(shop: Workspace) -> None:
    execute(shop, "update versions set rows = 9 where dataset = ?", ORDERS)
    assert kinds(verify(shop)) == [("miscounted", ORDERS)]
    changed = "update versions set files = replace(files, ',4]', ',9]') where dataset = ?"
    execute(shop, changed, ORDERS)
    assert kinds(verify(shop)) == [("miscounted", ORDERS)]
    assert verify(shop, deep=False).ok


def test_pointers_that_lead_to_nothing_are_found(shop: Workspace) -> None:
    execute(shop, "pragma foreign_keys = off")
    execute(shop, "delete from versions where dataset = ?", ORDERS)
    execute(shop, "delete from revisions where object = 'sales.totals'")
    found = [problem for problem in verify(shop).problems if problem.kind == "unrecorded"]
    told = " ".join(problem.detail for problem in found)
    assert f"environment prod points {ORDERS} to a version that is not recorded" in told
    assert "environment prod points sales.totals to a revision of this product that is not recorded" in told
    # What was made from it stands by itself: garbage collection takes inputs away as well.
    assert {problem.dataset for problem in found} == {ORDERS, None}


@pytest.mark.parametrize("name", ["prod.duckdb", "prod.sql"])
def test_reader_files_that_lag_are_found_and_written_anew(shop: Workspace, name: str) -> None:
    kept = shop.root / "kept"
    shutil.copytree(shop.root / "environments", kept)
    apply(shop, RunOptions(params={"currency": "USD"}))
    assert verify(shop).ok
    shutil.copyfile(kept / name, shop.root / "environments" / name)
    assert [(problem.kind, problem.path) for problem in verify(shop).problems] == [("outdated", f"environments/{name}")]
    report = repair(shop)
    assert report.ok
    assert report.repair is not None
    assert report.repair.readers == ("prod",)
    with duckdb.connect(str(shop.root / "environments/prod.duckdb"), read_only=True) as connection:
        assert connection.execute("select distinct currency from finance__report.revenue").fetchall() == [("USD",)]


def test_a_run_makes_up_for_reader_files_that_a_killed_one_did_not_write(shop: Workspace) -> None:
    kept = shop.root / "kept"
    shutil.copytree(shop.root / "environments", kept)
    apply(shop, RunOptions(params={"currency": "USD"}))
    for name in ("prod.duckdb", "prod.sql"):
        shutil.copyfile(kept / name, shop.root / "environments" / name)
    assert not verify(shop).ok
    assert apply(shop, RunOptions(params={"currency": "USD"})).published == ()
    assert verify(shop).ok


# What a repair does


def test_inputs_are_repaired_before_what_is_made_from_them(shop: Workspace) -> None:
    before = {dataset: rows(shop, dataset) for dataset in (RAW, ORDERS, TOTALS)}
    for dataset in before:
        file_of(shop, dataset).unlink()
    report = repair(shop)
    assert report.ok
    assert report.repair is not None
    assert [done.dataset for done in report.repair.repaired] == [RAW, ORDERS, TOTALS]
    assert {dataset: rows(shop, dataset) for dataset in before} == before


def test_a_damaged_file_is_kept_in_quarantine_and_a_whole_one_never_touched(shop: Workspace) -> None:
    harmed = file_of(shop, ORDERS)
    flip(harmed)
    data = harmed.read_bytes()
    others = {path: path.stat().st_mtime_ns for path in store_of(shop).rglob("*.parquet") if path != harmed}
    report = repair(shop)
    assert report.repair is not None
    ((before, after),) = report.repair.quarantined
    assert before == harmed.relative_to(store_of(shop)).as_posix()
    assert (store_of(shop) / after).read_bytes() == data
    assert {path: path.stat().st_mtime_ns for path in others} == others
    assert report.orphans == ()


def test_a_repair_works_from_the_runs_own_files_and_parameters(shop: Workspace) -> None:
    apply(shop, RunOptions(params={"currency": "USD"}))
    published = rows(shop, "finance.report.revenue")
    for file in (store_of(shop) / "finance/report/revenue").rglob("*.parquet"):
        file.unlink()
    write_file(shop.root, "domains/finance/report/models/revenue.sql", "select 'changed since' as words")
    shutil.rmtree(shop.root / "domains/sales/totals")
    report = repair(shop)
    assert report.ok, report.repair
    assert report.repair is not None
    assert len(report.repair.repaired) == 2
    assert rows(shop, "finance.report.revenue") == published


def test_a_source_that_changed_since_is_refused_and_so_is_what_needs_it(shop: Workspace) -> None:
    for dataset in (RAW, ORDERS):
        file_of(shop, dataset).unlink()
    file_of(shop, TOTALS).unlink()
    with (shop.root / "data/orders.csv").open("a") as file:
        file.write("5,eve,1.5,2026-01-05\n")
    report = repair(shop)
    assert not report.ok
    assert refused(report) == {RAW: "MW-R062", ORDERS: "MW-R064", TOTALS: "MW-R064"}
    # A run reads the source into new versions, and the lost ones are shown no more.
    assert apply(shop, RunOptions()).state is RunState.SUCCEEDED
    assert all(problem.environments == () for problem in verify(shop).problems)
    # The old source back, the old versions can be had again.
    orders = shop.root / "data/orders.csv"
    orders.write_text(orders.read_text().removesuffix("5,eve,1.5,2026-01-05\n"))
    assert repair(shop).ok


def test_rows_that_do_not_come_again_are_refused(shop: Workspace) -> None:
    write_file(
        shop.root,
        "domains/sales/totals/models/stamped.sql",
        "-- deterministic: false\nselect customer, now() as at from sales.orders.orders",
    )
    write_file(
        shop.root,
        "domains/sales/totals/pipeline.yaml",
        "nodes:\n  stamped: {deterministic: false}\n",
    )
    assert apply(shop, RunOptions()).state is RunState.SUCCEEDED
    file_of(shop, "sales.totals.stamped").unlink()
    report = repair(shop)
    assert refused(report) == {"sales.totals.stamped": "MW-R063"}
    assert report.repair is not None
    assert "mw run runs the node again" in str(report.repair.unrepaired[0].error.fix)
    assert not list((store_of(shop) / "sales/totals/stamped").rglob("*.parquet")), "the other rows were kept"
    again = apply(shop, RunOptions())
    assert again.state is RunState.SUCCEEDED
    assert "sales.totals" in again.published
    assert all(problem.environments == () for problem in verify(shop).problems)


def test_a_version_whose_run_is_not_recorded_is_refused(shop: Workspace) -> None:
    execute(shop, "update versions set run_id = 'lost' where dataset = ?", TOTALS)
    file_of(shop, TOTALS).unlink()
    assert refused(repair(shop)) == {TOTALS: "MW-R061"}


@pytest.mark.parametrize(
    ("change", "value"),
    [("engine", "duckdb:0"), ("params", '{"currency":"USD"}'), ("inputs", "{}")],
)
def test_a_version_that_is_not_what_its_recipe_says_is_refused(shop: Workspace, change: str, value: str) -> None:
    execute(shop, f"update versions set {change} = ? where dataset = 'finance.report.revenue'", value)
    file_of(shop, "finance.report.revenue").unlink()
    assert refused(repair(shop)) == {"finance.report.revenue": "MW-R061"}


def test_content_that_was_recorded_otherwise_is_not_taken(shop: Workspace) -> None:
    execute(shop, "update versions set content_digest = 'x' where dataset = ?", TOTALS)
    file_of(shop, TOTALS).unlink()
    report = repair(shop)
    assert refused(report) == {TOTALS: "MW-R063"}
    assert kinds(report) == [("missing", TOTALS)]


def test_a_view_over_a_repaired_version_shows_it(shop: Workspace) -> None:
    write_file(shop.root, "domains/sales/totals/pipeline.yaml", "nodes:\n  seen: {as: view}\n")
    write_file(shop.root, "domains/sales/totals/models/seen.sql", "select customer, amount from sales.orders.orders")
    write_file(shop.root, "domains/sales/totals/models/over.sql", "select count(*) as number from seen")
    assert apply(shop, RunOptions()).state is RunState.SUCCEEDED
    before = rows(shop, "sales.totals.seen")
    for dataset in (ORDERS, "sales.totals.over"):
        file_of(shop, dataset).unlink()
    report = repair(shop)
    assert report.ok, report.repair
    assert report.repair is not None
    assert [done.dataset for done in report.repair.repaired] == [ORDERS, "sales.totals.over"]
    assert rows(shop, "sales.totals.seen") == before


def test_a_repair_is_noted_in_the_log_of_the_run_that_built_the_version(shop: Workspace) -> None:
    flip(file_of(shop, TOTALS))
    report = repair(shop)
    assert report.repair is not None
    (run_id,) = {problem.parts[-1].rsplit("-", 3)[0] for problem in [file_of(shop, ORDERS)]}
    notes = [line.text for line in show_run(shop, run_id).logs if line.step == f"build:{TOTALS}"]
    assert any(report.repair.repair_id in note for note in notes)


def test_nothing_to_repair_changes_nothing(shop: Workspace) -> None:
    before = sorted(store_of(shop).rglob("*"))
    report = repair(shop)
    assert report.ok
    assert report.repair is not None
    assert (report.repair.repaired, report.repair.quarantined, report.repair.readers) == ((), (), ())
    assert sorted(store_of(shop).rglob("*")) == before


# Waste


RUN = "20260101T000000-abc123"


def stray(shop: Workspace, *, expires_at: int = 1) -> Path:
    """A file as a killed build leaves it, with the lease that its run had; it has expired unless told otherwise."""
    execute(
        shop,
        "insert into leases (name, holder, token, expires_at) values (?, 'another host', 1, ?)",
        f"run:{RUN}",
        expires_at,
    )
    file = file_of(shop, ORDERS)
    return Path(shutil.copyfile(file, file.with_name(f"{RUN}-1-0-0.parquet")))


def test_waste_is_told_from_what_is_not_ours(shop: Workspace) -> None:
    waste = stray(shop)
    others = waste.with_name("20250101T000000-abc123-1-0-0.parquet")
    shutil.copyfile(waste, others)
    write_file(shop.root, ".meshwright/store/notes.txt", "mine")
    found = {orphan.path.rpartition("/")[2]: orphan for orphan in verify(shop).orphans}
    assert {name: orphan.kind for name, orphan in found.items()} == {
        waste.name: "orphan",
        others.name: "foreign",
        "notes.txt": "foreign",
    }
    assert found[waste.name].run_id == RUN
    assert 0 <= (found[waste.name].age_s or -1) < 60
    assert verify(shop).ok


def test_only_old_waste_is_moved_and_nothing_that_is_not_ours(shop: Workspace) -> None:
    file = stray(shop)
    write_file(shop.root, ".meshwright/store/notes.txt", "mine")
    assert len(repair(shop).orphans) == 2
    report = repair(shop, orphan_age_s=0)
    assert [orphan.kind for orphan in report.orphans] == ["foreign"]
    assert not file.exists()
    assert (store_of(shop) / "notes.txt").exists()


def test_a_lost_state_makes_no_waste_of_the_store(shop: Workspace) -> None:
    before = sorted(store_of(shop).rglob("*"))
    for file in (shop.root / ".meshwright").glob("state.db*"):
        file.unlink()
    report = repair(shop, orphan_age_s=0)
    assert {orphan.kind for orphan in report.orphans} == {"foreign"}
    assert sorted(store_of(shop).rglob("*")) == before


def test_the_files_of_a_live_run_are_left_alone_however_old(shop: Workspace) -> None:
    file = stray(shop, expires_at=int((time.time() + 60) * 1e6))
    repair(shop, orphan_age_s=0)
    assert file.exists()
    execute(shop, "update leases set expires_at = 1 where name = ?", f"run:{RUN}")
    repair(shop, orphan_age_s=0)
    assert not file.exists()
    state = open_state("sqlite:///.meshwright/state.db", root=shop.root)
    lease = state.reader.lease(f"run:{RUN}")
    state.close()
    assert lease is not None
    assert lease.token == 2, "the run could still commit what was moved away"


# What a run does with damage


def test_a_plan_names_lost_inputs_and_a_run_takes_no_damage_for_data(shop: Workspace) -> None:
    flip(file_of(shop, ORDERS))
    write_file(
        shop.root,
        "domains/sales/totals/models/per_customer.sql",
        "select customer, sum(amount) as total, 1 as one from sales.orders.orders group by customer",
    )
    report = apply(shop, RunOptions())
    assert report.state is RunState.FAILED
    (failed,) = [step for step in report.steps if step.error is not None and step.error.code == "MW-R017"]
    assert failed.error is not None
    assert "mw verify --repair" in str(failed.error.fix)
    assert failed.is_retryable
    file_of(shop, ORDERS).unlink()
    assert any("MW-R017" in note and ORDERS in note for note in plan(shop, PlanOptions()).notes)
    repair(shop)
    assert not plan(shop, PlanOptions()).notes
    assert apply(shop, RunOptions()).state is RunState.SUCCEEDED


def test_a_reused_version_that_lost_its_file_is_not_published(shop: Workspace) -> None:
    lost = file_of(shop, "finance.report.revenue")
    apply(shop, RunOptions(params={"currency": "USD"}))
    lost.unlink()
    back = apply(shop, RunOptions())
    assert back.published == ()
    assert [refusal.product for refusal in back.not_published] == ["finance.report"]
    assert any(step.error is not None and step.error.code == "MW-R017" for step in back.steps)
    assert all(step.action is not StepAction.BUILD for step in back.steps)
    repair(shop)
    assert apply(shop, RunOptions()).published == ("finance.report",)


def test_a_file_is_read_through_once_in_a_run_and_never_where_the_run_made_it(shop: Workspace, tmp_path: Path) -> None:
    store = LocalStore(tmp_path / "store")
    prefix = store.new_target(ORDERS, "v1", "a")
    Path(f"{prefix}-0.parquet").write_bytes(b"abc")
    (sealed,) = store.seal([(f"{prefix}-0.parquet", 1)])
    flip(Path(f"{prefix}-0.parquet"))
    assert store.whole(sealed) is None
    assert LocalStore(tmp_path / "store").whole(sealed) is not None


# The command


def command(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, dict[str, object]]:
    status = main([*words, "--json"])
    return status, json.loads(capsys.readouterr().out)


def test_the_command_answers_with_its_document_and_status(
    shop: Workspace, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(shop.root)
    flip(file_of(shop, ORDERS))
    status, document = command(capsys, "verify")
    assert (status, document["ok"], document["repair"]) == (1, False, None)
    status, document = command(capsys, "verify", "--repair")
    assert (status, document["ok"], document["problems"]) == (0, True, [])
    status, document = command(capsys, "verify", "--repair", "--older-than", "soon")
    assert status == 2
    status, document = command(capsys, "verify", "--repair", "--quick")
    assert status == 2


def test_an_age_is_a_duration() -> None:
    assert age_s("90m") == 5400
    with pytest.raises(InputError):
        age_s("-1h")
