"""`verify --repair` of datasets made of parts, and of merged ones: what can be had again is, exactly; the rest is refused."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from meshwright.app.collection import CollectionOptions, collect
from meshwright.app.repair import repair
from meshwright.app.verify import verify
from meshwright.app.workspace import Workspace, open_workspace
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
    days,
    digests,
    rows,
    run,
    versions,
)
from tests.meshes import write_file, write_mesh

PYTHON = "sales.flow.marked"


@pytest.fixture
def shop(tmp_path: Path) -> Workspace:
    """Three runs: two files, a third with a late row, and another definition of a dataset below."""
    mesh = {
        **PARTS_SHOP,
        "domains/sales/flow/pipeline.yaml": PARTS_SHOP["domains/sales/flow/pipeline.yaml"].rstrip()
        + '\n          marked: {python: "code.py:mark", inputs: {rows: daily}, columns: {t: TIMESTAMP, n: BIGINT},'
        " incremental: {by: t, grain: day, lookback: 1d}}\n" + "          seen: {incremental: {append: true}}\n",
        "domains/sales/flow/models/seen.sql": "select distinct customer from daily",
        "domains/sales/flow/code.py": """
            def mark(rows: "pa.Table", start):
                import pyarrow as pa
                return pa.table({"t": rows["t"], "n": [rows.num_rows] * rows.num_rows})
            """,
    }
    workspace = open_workspace(write_mesh(tmp_path / "shop", mesh))
    run(workspace)
    add_day(workspace, "03.csv", "2026-01-05 08:00:00,6,ben,60", "2026-01-02 07:00:00,7,dora,70")
    run(workspace)
    return workspace


def stored(workspace: Workspace, dataset: str) -> list[Path]:
    """The files of a dataset as it stands."""
    version = versions(workspace)[dataset]
    files = version.files or [file for part in days(workspace, dataset).values() for file in part.files]
    return [workspace.root / ".meshwright/store" / file.path for file in files]


def flip(file: Path) -> None:
    file.chmod(0o600)
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(bytes(data))


@pytest.mark.parametrize("harm", [Path.unlink, flip])
@pytest.mark.parametrize("dataset", [RAW, DAILY, PER_DAY, PYTHON, "sales.flow.seen", LATEST, HISTORY])
def test_every_part_and_every_merged_version_is_built_again(
    shop: Workspace, dataset: str, harm: Callable[[Path], object]
) -> None:
    before, shown, ids = digests(shop), rows(shop, dataset), {part.id for part in days(shop, dataset).values()}
    harmed = stored(shop, dataset)
    assert harmed
    for file in harmed:
        harm(file)
    report = repair(shop)
    assert report.ok, (
        [(one.dataset, one.error) for one in report.repair.unrepaired] if report.repair else report.problems
    )
    assert report.repair is not None
    assert {one.dataset for one in report.repair.repaired} == {dataset}
    assert len(report.repair.repaired) == max(1, len(ids))
    assert digests(shop) == before
    assert rows(shop, dataset) == shown
    assert run(shop).published == ()


def test_everything_is_built_again_at_once_inputs_first(shop: Workspace) -> None:
    shown = {dataset: rows(shop, dataset) for dataset in versions(shop)}
    for file in (shop.root / ".meshwright/store").rglob("*.parquet"):
        file.unlink()
    report = repair(shop)
    assert report.ok, (
        [(one.dataset, one.error) for one in report.repair.unrepaired] if report.repair else report.problems
    )
    assert {dataset: rows(shop, dataset) for dataset in shown} == shown


def test_todays_files_do_not_matter_and_earlier_definitions_are_built_by_their_own(shop: Workspace) -> None:
    shown = rows(shop, DAILY)
    write_file(shop.root, DAILY_SQL, DOUBLED)
    for file in stored(shop, DAILY):
        file.unlink()
    assert repair(shop).ok
    assert rows(shop, DAILY) == shown


def test_a_renamed_file_of_a_source_is_read_again_and_a_changed_one_is_refused(shop: Workspace) -> None:
    (file_1, file_2) = stored(shop, RAW)
    (shop.root / "drop/01.csv").rename(shop.root / "drop/00.csv")
    file_1.unlink()
    assert repair(shop).ok
    file_2.unlink()
    (shop.root / "drop/03.csv").write_text("t,id,customer,amount\n2026-01-05 08:00:00,6,ben,61\n")
    report = repair(shop)
    assert not report.ok
    assert report.repair is not None
    assert [(one.dataset, one.error.code) for one in report.repair.unrepaired] == [(RAW, "MW-R062")]
    assert "drop/03.csv" in report.repair.unrepaired[0].error.message


def test_a_version_whose_before_was_collected_is_refused_and_nothing_keeps_that_one(shop: Workspace) -> None:
    version = versions(shop)[LATEST]
    assert version.before is not None
    with closing(sqlite3.connect(shop.root / ".meshwright/state.db")) as connection, connection:
        connection.execute("update generations set at = at - 400 * 86400000000")
    (shop.root / "mesh.yaml").write_text(
        (shop.root / "mesh.yaml").read_text() + "retention: {generations: 0s, candidates: 0s, grace: 0s}\n"
    )
    for _ in range(2):
        collect(shop, CollectionOptions())
    with closing(sqlite3.connect(shop.root / ".meshwright/state.db")) as connection:
        assert connection.execute("select count(*) from versions where id = ?", (version.before,)).fetchone() == (0,)
    assert verify(shop).ok
    for file in stored(shop, LATEST):
        file.unlink()
    report = repair(shop)
    assert report.repair is not None
    assert [(one.dataset, one.error.code) for one in report.repair.unrepaired] == [(LATEST, "MW-R061")]
    assert "which it came of" in report.repair.unrepaired[0].error.message


def test_a_node_that_gives_other_rows_is_refused_and_keeps_its_record(tmp_path: Path) -> None:
    mesh = {**PARTS_SHOP, DAILY_SQL: "-- deterministic\nselect t, id, customer, amount from raw"}
    workspace = open_workspace(write_mesh(tmp_path / "shop", mesh))
    run(workspace)
    part = days(workspace, DAILY)["01"]
    with closing(sqlite3.connect(workspace.root / ".meshwright/state.db")) as connection, connection:
        connection.execute("update parts set sum_a = sum_a + 1 where id = ?", (part.id,))
    (workspace.root / ".meshwright/store" / part.files[0].path).unlink()
    report = repair(workspace)
    assert report.repair is not None
    assert {one.error.code for one in report.repair.unrepaired} == {"MW-R063"}


def test_damaged_parts_are_never_built_from(shop: Workspace) -> None:
    """A run refuses them by name; nobody takes damage for data."""
    from tests.app.parts_shop import PER_DAY_SQL, attempt

    flip(stored(shop, DAILY)[0])
    write_file(
        shop.root, PER_DAY_SQL, "select date_trunc('day', t)::date as day, 1 as n from sales.flow.daily group by all"
    )
    write_file(shop.root, "domains/sales/sums/models/total.sql", "select sum(n) as n from per_day")
    report = attempt(shop)
    assert {step.error.code for step in report.steps if step.error and step.dataset == PER_DAY} == {"MW-R017"}
    assert rows(shop, TOTAL)
