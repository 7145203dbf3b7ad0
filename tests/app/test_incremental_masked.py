"""Masked and sampled sandboxes over datasets made of parts: what is built over what is hidden never leaves them."""

from __future__ import annotations

from pathlib import Path

import pytest

from meshwright.app.promotion import PromotionWish, promote
from meshwright.app.query import QueryOptions, query
from meshwright.app.workspace import Workspace, open_workspace
from meshwright.state.records import RunState
from tests.app.boxed_shop import box, built
from tests.app.parts_shop import (
    DAILY,
    DAILY_SQL,
    PARTS_SHOP,
    PER_DAY,
    RAW,
    TOTAL,
    all_parts,
    days,
    digests,
    rows,
    run,
    versions,
)
from tests.meshes import write_file, write_mesh

LETTERS = "sales.flow.letters"
LETTERS_SQL = "domains/sales/flow/models/letters.sql"
#: The customer of the days is personal; letters are built by day from them, looking one day back.
MASKED_SHOP = {
    **PARTS_SHOP,
    "mesh.yaml": f"{PARTS_SHOP['mesh.yaml'].rstrip()}\n        sandboxes: {{mask: [pii]}}\n",
    "domains/sales/flow/product.odps.yaml": """
        apiVersion: v1.1.0
        kind: DataProduct
        id: sales-flow
        name: Flow
        version: 1.0.0
        status: active
        outputPorts:
          - {name: daily, version: 1.0.0, contractId: sales-flow-daily}
        """,
    "domains/sales/flow/contracts/daily.odcs.yaml": """
        apiVersion: v3.2.0
        kind: DataContract
        id: sales-flow-daily
        version: 1.0.0
        status: active
        schema:
          - name: daily
            properties:
              - {name: t, logicalType: timestamp, classification: public}
              - {name: id, logicalType: integer, classification: public}
              - {name: customer, logicalType: string, classification: pii}
              - {name: amount, logicalType: number, classification: public}
        """,
    "domains/sales/flow/pipeline.yaml": """
        nodes:
          raw: {source: {path: "drop/*.csv", format: csv}, incremental: {append: true}}
          daily: {incremental: {by: t, grain: day}}
          letters: {incremental: {by: t, grain: day, lookback: 1d}}
        """,
    LETTERS_SQL: "select t, customer as whom, amount from daily",
}
del MASKED_SHOP["domains/sales/flow/models/latest.sql"]
del MASKED_SHOP["domains/sales/flow/models/history.sql"]
#: A day's letter says how many rows that customer has in the window: only a build that is shown the day before finds them.
COUNTED = "select t, customer as whom, count(*) over (partition by customer order by t) as n from daily"


@pytest.fixture
def masked(tmp_path: Path) -> Workspace:
    workspace = open_workspace(write_mesh(tmp_path / "shop", MASKED_SHOP))
    run(workspace)
    box(workspace)
    return workspace


def is_clean(found: object) -> bool:
    return not any(name in str(found) for name in ("ana", "ben", "cem"))


def test_unchanged_code_is_shown_masked_and_not_built(masked: Workspace) -> None:
    before = all_parts(masked)
    report = run(masked, "box")
    assert built(report) == set()
    assert all_parts(masked) == before
    assert not is_clean(rows(masked, LETTERS))
    for dataset in (RAW, DAILY, LETTERS):
        assert is_clean(rows(masked, dataset, "box"))
    assert rows(masked, TOTAL, "box") == rows(masked, TOTAL)


def test_parts_built_over_masked_inputs_are_restricted_and_equal_a_full_build_over_them(masked: Workspace) -> None:
    write_file(masked.root, LETTERS_SQL, COUNTED)
    run(masked, "box")
    version = versions(masked, "box")[LETTERS]
    assert version.is_restricted
    parts = days(masked, LETTERS, "box")
    assert all(part.restricted is not None for part in parts.values())
    assert set(parts) == {"01", "02", "03", "04"}
    shown = rows(masked, LETTERS, "box")
    assert is_clean(shown)
    # The window is cut from what is seen, so pseudonyms meet across days: ana of the 2nd sees ana of the 1st.
    assert [row["n"] for row in shown] == [1, 1, 2, 1, 1 + 0]
    assert sorted(row["whom"] for row in shown) == sorted(row["customer"] for row in rows(masked, DAILY, "box"))
    assert LETTERS not in {part.dataset for part in all_parts(masked).values() if part.restricted is None} or not {
        part.id for part in parts.values()
    } & {part.id for part in days(masked, LETTERS).values()}


def test_a_promotion_builds_restricted_parts_anew_from_everything(masked: Workspace) -> None:
    write_file(masked.root, LETTERS_SQL, COUNTED)
    run(masked, "box")
    restricted = {id_ for id_, part in all_parts(masked).items() if part.restricted is not None}
    assert restricted
    answer = promote(masked, PromotionWish(sandbox="box"))
    assert answer.report.state is RunState.SUCCEEDED
    assert any("built anew" in note for note in answer.report.notes)
    assert not versions(masked)[LETTERS].is_restricted
    assert not restricted & {part.id for part in days(masked, LETTERS).values()}
    assert {row["whom"] for row in rows(masked, LETTERS)} == {"ana", "ben", "cem"}
    assert run(masked).published == ()


def test_late_rows_and_new_days_reach_a_masked_sandbox_as_a_full_build_would(masked: Workspace) -> None:
    """What was continued from restricted parts equals what a new sandbox builds at once."""
    from meshwright.app.rebase import rebase
    from tests.app.parts_shop import add_day

    old = MASKED_SHOP[LETTERS_SQL]
    write_file(masked.root, LETTERS_SQL, COUNTED)
    run(masked, "box")
    write_file(masked.root, LETTERS_SQL, old)
    add_day(masked, "03.csv", "2026-01-05 08:00:00,6,ana,60", "2026-01-02 07:00:00,7,ben,70")
    run(masked)
    write_file(masked.root, LETTERS_SQL, COUNTED)
    rebase(masked, "box")
    before = set(all_parts(masked))
    run(masked, "box")
    assert versions(masked, "box")[LETTERS].is_restricted
    made = {day for day, part in days(masked, LETTERS, "box").items() if part.id not in before}
    assert made == {"02", "03", "05"}
    box(masked, "fresh")
    run(masked, "fresh")
    assert versions(masked, "fresh")[LETTERS].id == versions(masked, "box")[LETTERS].id
    assert is_clean(rows(masked, LETTERS, "box"))


def test_a_sampled_sandbox_samples_each_window_and_what_is_built_is_restricted(tmp_path: Path) -> None:
    workspace = open_workspace(write_mesh(tmp_path / "shop", PARTS_SHOP))
    lines = [f"2026-01-{1 + number % 20:02}T08:{number % 60:02}:00,{number + 100},zoe,1" for number in range(2000)]
    (workspace.root / "drop/03.csv").write_text("\n".join(("t,id,customer,amount", *lines)) + "\n")
    run(workspace)
    box(workspace, sample="10%")
    write_file(workspace.root, DAILY_SQL, "select t, id, customer, amount * 1 as amount from raw")
    run(workspace, "box")
    found = versions(workspace, "box")
    assert found[DAILY].is_restricted
    assert found[PER_DAY].is_restricted
    assert found[TOTAL].is_restricted
    assert 100 < found[DAILY].rows < 400
    # The same rows as are seen of the source: which ones follows from their values, whatever window they are read in.
    answer = query(workspace, QueryOptions(text=f"select id from {RAW} order by id", environment="box"))
    seen = [row["id"] for batch in answer.batches() for row in batch.to_pylist()]
    answer.close()
    assert sorted(row["id"] for row in rows(workspace, DAILY, "box")) == seen
    assert rows(workspace, PER_DAY, "box") == rows(
        workspace,
        f"(select date_trunc('day', t)::date as day, sum(amount) as amount, count(*) as n from {DAILY} group by all)",
        "box",
    )
    promote(workspace, PromotionWish(sandbox="box"))
    assert versions(workspace)[DAILY].rows == 2005
    assert not any(version.is_restricted for version in versions(workspace).values())


def test_a_sample_of_so_many_rows_is_one_of_the_whole_input(tmp_path: Path) -> None:
    workspace = open_workspace(write_mesh(tmp_path / "shop", PARTS_SHOP))
    lines = [f"2026-01-{1 + number % 20:02}T08:{number % 60:02}:00,{number + 100},zoe,1" for number in range(500)]
    (workspace.root / "drop/03.csv").write_text("\n".join(("t,id,customer,amount", *lines)) + "\n")
    run(workspace)
    box(workspace, rows=50)
    write_file(workspace.root, DAILY_SQL, "select t, id, customer, amount * 1 as amount from raw")
    run(workspace, "box")
    assert versions(workspace, "box")[DAILY].rows == 50
    seen = sorted(row["id"] for row in rows(workspace, RAW, "box"))
    assert sorted(row["id"] for row in rows(workspace, DAILY, "box")) == seen
    assert digests(workspace, "box")[DAILY]


STATEFUL_SHOP = {
    **MASKED_SHOP,
    "domains/sales/flow/pipeline.yaml": """
        nodes:
          raw: {source: {path: "drop/*.csv", format: csv}, incremental: {append: true}}
          daily: {incremental: {by: t, grain: day}}
          latest: {incremental: {key: [customer], merge: upsert}}
          seen: {incremental: {append: true}}
          asof: {incremental: {by: t, grain: day, depends: {daily: as_of}}}
        """,
    "domains/sales/flow/models/latest.sql": PARTS_SHOP["domains/sales/flow/models/latest.sql"],
    "domains/sales/flow/models/seen.sql": "select distinct customer from daily",
    "domains/sales/flow/models/asof.sql": "select t, customer, amount from daily",
}
del STATEFUL_SHOP[LETTERS_SQL]
LATEST, SEEN, AS_OF = "sales.flow.latest", "sales.flow.seen", "sales.flow.asof"


def test_no_row_of_a_version_that_hides_nothing_gets_into_one_that_is_shown_as_it_is(tmp_path: Path) -> None:
    """What comes of the version before begins anew where that one is not masked: in a sandbox its rows would be seen."""
    workspace = open_workspace(write_mesh(tmp_path / "shop", STATEFUL_SHOP))
    run(workspace)
    box(workspace)
    assert built(run(workspace, "box")) == set()
    write_file(workspace.root, DAILY_SQL, "select t, id, customer, amount + 0 as amount from raw")
    run(workspace, "box")
    found = versions(workspace, "box")
    for dataset in (DAILY, LATEST, SEEN, AS_OF):
        assert found[dataset].is_restricted, dataset
        assert is_clean(rows(workspace, dataset, "box")), dataset
    assert len(rows(workspace, LATEST, "box")) == len(rows(workspace, SEEN, "box")) == 3
    # It goes on from there, and nothing of it gets back.
    assert built(run(workspace, "box")) == set()
    promote(workspace, PromotionWish(sandbox="box"))
    shown = versions(workspace)
    assert not any(version.is_restricted for version in shown.values())
    assert not any(part.restricted for name in (DAILY, SEEN, AS_OF) for part in days(workspace, name).values())
    assert {row["customer"] for row in rows(workspace, LATEST)} == {"ana", "ben", "cem"}
    assert {row["customer"] for row in rows(workspace, SEEN)} == {"ana", "ben", "cem"}
    assert {row["customer"] for row in rows(workspace, AS_OF)} == {"ana", "ben", "cem"}


def test_a_day_without_rows_has_a_part_of_its_own_in_a_masked_sandbox(tmp_path: Path) -> None:
    """Or the restricted part would be everybody's, for nothing that is hidden went into it."""
    workspace = open_workspace(write_mesh(tmp_path / "shop", MASKED_SHOP))
    (workspace.root / "drop/03.csv").write_text("t,id,customer,amount\n2026-01-09 08:00:00,9,ana,1\n")
    write_file(workspace.root, "domains/sales/flow/pipeline.yaml", MASKED_SHOP["domains/sales/flow/pipeline.yaml"])
    run(workspace)
    box(workspace)
    write_file(workspace.root, LETTERS_SQL, "select t, customer as whom, amount + 0 as amount from daily")
    run(workspace, "box")
    assert set(days(workspace, LETTERS, "box")) >= {"07", "08", "09"}
    promote(workspace, PromotionWish(sandbox="box"))
    assert not any(part.restricted for part in days(workspace, LETTERS).values())
