"""Datasets that are built in parts, from their files to what stands: real CSV, real DuckDB, real SQLite."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from meshwright.app.apply import RunOptions, apply
from meshwright.app.check import check
from meshwright.diagnostics import InputError
from meshwright.model import VersionClass
from meshwright.run.report import RunReport
from meshwright.state.records import RunState
from tests.app.days import DAILY, RAW, SUMS, TOTAL, Days, day_rows
from tests.meshes import write_file

RAW_LINE = "raw: {source: {path: 'drop/*.csv', format: csv}, incremental: {append: true}"
WHOLE = "raw: {source: {path: 'drop/*.csv', format: csv}}"


def good(report: RunReport) -> RunReport:
    assert report.state is RunState.SUCCEEDED, [step.error for step in report.steps if step.error]
    return report


@pytest.fixture
def days(tmp_path: Path) -> Days:
    found = Days(root=tmp_path / "days")
    for day in range(1, 6):
        found.drop(f"{day:02d}", *day_rows(day, range(day * 10, day * 10 + 3)))
    return found


def test_the_first_run_builds_every_day_and_the_second_none(days: Days) -> None:
    first = good(days.run())
    assert days.built(DAILY, first) == [f"2020-01-{day:02d}" for day in range(1, 6)]
    assert days.rows(f"select count(*), sum(y) from {DAILY}") == [(15, 30)]
    assert days.version(DAILY).manifest.version_class is VersionClass.PURE  # type: ignore[union-attr]
    assert days.plan().is_empty
    assert not good(days.run()).published


def test_late_rows_of_an_appended_source_rebuild_the_days_they_belong_to(days: Days) -> None:
    good(days.run())
    days.drop("06", *day_rows(6, [60]), *day_rows(2, [29], 100))
    run = good(days.run())
    assert days.built(RAW, run) == ["1"]
    assert days.built(DAILY, run) == ["2020-01-02", "2020-01-06"]
    assert days.built(SUMS, run) == ["2020-01-02", "2020-01-06"]
    assert days.rows(f"select x, n from {SUMS} order by day") == [(3, 3), (103, 4), (3, 3), (3, 3), (3, 3), (1, 1)]
    assert days.rows(f"select x, n from {TOTAL}") == [(116, 17)]


def test_any_order_of_arrival_gives_the_digests_of_a_build_of_everything(days: Days, tmp_path: Path) -> None:
    good(days.run())
    days.drop("07", *day_rows(7, [70, 71]), *day_rows(1, [19]))
    good(days.run())
    days.drop("06", *day_rows(6, [60]), *day_rows(7, [79]))
    good(days.run())
    other = Days(root=tmp_path / "other")
    for file in sorted((days.root / "drop").iterdir()):
        write_file(other.root, f"drop/{file.name}", file.read_text())
    good(other.run())
    for dataset in (RAW, DAILY, SUMS, TOTAL):
        assert days.version(dataset).content_digest == other.version(dataset).content_digest
        assert days.version(dataset).rows == other.version(dataset).rows


def test_an_empty_file_and_a_renamed_one_change_nothing(days: Days) -> None:
    good(days.run())
    (days.root / "drop/05.csv").rename(days.root / "drop/fifth.csv")
    good(days.run())
    assert days.rows(f"select count(*) from {RAW}") == [(15,)]
    days.drop("empty")
    good(days.run())
    (days.root / "drop/01.csv").unlink()
    good(days.run())
    assert days.rows(f"select count(*) from {RAW}") == [(15,)]


def test_a_renamed_file_is_known_by_its_new_name_and_an_equal_one_is_read(days: Days) -> None:
    good(days.run())
    (days.root / "drop/05.csv").rename(days.root / "drop/fifth.csv")
    days.drop("06", *day_rows(6, [60]))
    good(days.run())
    days.drop("07", *day_rows(6, [60]))
    days.drop("08", *day_rows(5, range(50, 53)))
    good(days.run())
    assert days.rows(f"select count(*) from {RAW}") == [(15 + 1 + 1 + 3,)], "files of equal bytes are two files"
    days.drop("fifth", *day_rows(5, [50], 7))
    assert {step.error.code for step in days.run().steps if step.error and step.dataset == RAW} == {"MW-R075"}


def test_a_file_that_was_read_and_changed_is_refused_by_name(days: Days) -> None:
    good(days.run())
    days.drop("02", *day_rows(2, [20], 7))
    run = days.run()
    (error,) = [step.error for step in run.steps if step.error and step.error.code == "MW-R075"]
    assert "drop/02.csv" in error.message
    assert days.rows(f"select count(*) from {RAW}") == [(15,)]
    good(days.run(RAW, refresh=True))
    assert days.rows(f"select count(*) from {RAW}") == [(13,)]
    good(days.run())
    assert days.rows(f"select x, n from {SUMS} order by day")[1] == (7, 1)


def test_a_whole_table_rebuilds_the_last_day_and_its_lookback(tmp_path: Path) -> None:
    days = Days(root=tmp_path / "days", source=WHOLE, daily="{by: t, grain: day, lookback: 1d}")
    for day in range(1, 6):
        days.drop(f"{day:02d}", *day_rows(day, [day]))
    good(days.run())
    assert days.version(DAILY).manifest.version_class is VersionClass.AS_OF  # type: ignore[union-attr]
    days.drop("06", *day_rows(6, [6]), *day_rows(4, [7]), *day_rows(1, [8]))
    run = good(days.run())
    assert days.built(DAILY, run) == ["2020-01-04", "2020-01-05", "2020-01-06"]
    assert days.rows(f"select n from {SUMS} order by day") == [(1,), (1,), (1,), (2,), (1,), (1,)], "01 is as of before"
    run = good(days.run(DAILY, interval="2020-01-01..2020-01-03"))
    assert days.built(DAILY, run) == ["2020-01-01", "2020-01-02"]
    good(days.run())
    assert days.rows(f"select n from {SUMS} order by day")[0] == (2,)


def test_a_table_that_lost_its_end_is_refused_and_refreshed_when_asked(tmp_path: Path) -> None:
    days = Days(root=tmp_path / "days", source=WHOLE)
    days.drop("a", *day_rows(1, [1]), *day_rows(2, [2]))
    good(days.run())
    days.drop("a", *day_rows(1, [1]))
    run = days.run()
    assert run.state is not RunState.SUCCEEDED
    assert "MW-P203" in {step.error.code for step in run.steps if step.error}
    assert days.rows(f"select count(*) from {DAILY}") == [(2,)]
    good(days.run(DAILY, refresh=True))
    assert days.rows(f"select count(*) from {DAILY}") == [(1,)]


def test_depends_whole_equals_a_build_of_everything_whatever_is_rewritten(tmp_path: Path) -> None:
    days = Days(root=tmp_path / "days", source=WHOLE, daily="{by: t, grain: day, depends: whole}")
    days.drop("a", *day_rows(1, [1]), *day_rows(2, [2]), *day_rows(4, [4]))
    good(days.run())
    days.drop("a", *day_rows(1, [9], 5), *day_rows(2, [2]))
    good(days.run())
    assert days.rows(f"select day::varchar, x from {SUMS} where n > 0 order by 1") == [
        ("2020-01-01", 5),
        ("2020-01-02", 1),
    ]


def test_a_model_that_uses_the_interval_sees_its_moments(tmp_path: Path) -> None:
    daily = "select t, id, $start as s, $end as e from raw where t >= $start and t < $end"
    days = Days(
        root=tmp_path / "days", models={"daily": daily, "sums": "select s::date as day, 1 as x, 1 as n from daily"}
    )
    days.sums = "{by: day, grain: day, depends: {daily: as_of}}"
    days.write()
    days.drop("a", *day_rows(1, [1]), *day_rows(3, [2]))
    good(days.run())
    midnight = [dt.datetime(2020, 1, day) for day in range(1, 5)]
    assert days.rows(f"select s, e from {DAILY} order by t") == [(midnight[0], midnight[1]), (midnight[2], midnight[3])]


def test_rows_without_a_time_are_an_error_and_never_lost(days: Days) -> None:
    days.models = {"daily": "select case when id = 31 then null else t end as t, id, x, x as y from raw"}
    days.daily = "{by: t, grain: day, depends: {raw: as_of}}"
    days.write()
    run = days.run()
    (error,) = {step.error for step in run.steps if step.dataset == DAILY and step.error}
    assert "'t'" in error.message
    assert run.state is RunState.FAILED


def test_a_failing_day_leaves_the_others_and_the_next_run_builds_the_rest(days: Days) -> None:
    days.models = {"daily": "select t, id, x, cast(case when id = 31 then 'bad' else '1' end as integer) as y from raw"}
    days.write()
    assert days.run().state is RunState.FAILED
    days.models = {}
    days.write()
    run = good(days.run())
    assert len(days.built(DAILY, run)) == 5, "another definition"
    days.models = {"daily": "select t, id, x, cast(case when x = 9 then 'bad' else '1' end as integer) as y from raw"}
    days.write()
    good(days.run())
    days.drop("06", *day_rows(6, [60]), *day_rows(7, [70], 9))
    assert days.run().state is RunState.FAILED
    days.drop("06", *day_rows(6, [60]))
    good(days.run(RAW, refresh=True))
    run = good(days.run())
    assert days.rows(f"select count(*) from {DAILY}") == [(16,)]


def test_all_parts_may_get_other_types_at_once(tmp_path: Path) -> None:
    source = "raw: {{source: {{path: 'drop/*.csv', format: csv}}, columns: {{x: {}}}}}"
    days = Days(root=tmp_path / "days", source=source.format("INTEGER"), daily="{by: t, grain: day, depends: whole}")
    days.drop("a", *day_rows(1, [1]), *day_rows(2, [2]))
    good(days.run())
    days.source = source.format("BIGINT")
    days.write()
    good(days.run())
    assert {column.type for column in days.version(DAILY).columns if column.name == "x"} == {"BIGINT"}


def test_forward_only_keeps_old_parts_and_reads_them_with_the_new_columns(days: Days) -> None:
    days.daily = "{by: t, grain: day, forward_only: true}"
    days.write()
    good(days.run())
    days.models = {"daily": "select t, id, x::bigint as x, x * 2 as y, 'new' as word from raw"}
    days.write()
    good(days.run())
    assert days.version(DAILY).manifest.earlier  # type: ignore[union-attr]
    days.drop("06", *day_rows(6, [60]))
    run = good(days.run())
    assert days.built(DAILY, run) == ["2020-01-06"]
    manifest = days.version(DAILY).manifest
    assert manifest is not None
    assert list(manifest.earlier.values()) == [5]
    assert days.rows(f"select word, count(*) from {DAILY} group by all order by all") == [("new", 1), (None, 15)]
    assert days.rows(f"select x, n from {SUMS} order by day desc limit 2") == [(1, 1), (3, 3)]


def test_forward_only_cannot_read_old_parts_with_a_type_that_does_not_hold_them(days: Days) -> None:
    days.daily = "{by: t, grain: day, forward_only: true}"
    days.write()
    good(days.run())
    days.models = {
        "daily": "select t, id, x::varchar as x, x * 2 as y from raw",
        "sums": "select t::date as day, 1 as x, 1 as n from daily",
    }
    days.write()
    run = days.run()
    assert {step.error.code for step in run.steps if step.dataset == DAILY and step.error} == {"MW-P206"}


def test_a_local_day_of_the_clock_change_has_23_hours(tmp_path: Path) -> None:
    days = Days(
        root=tmp_path / "days",
        source="raw: {source: {path: 'drop/*.csv', format: csv}, incremental: {append: true}}",
        daily="{by: moment, grain: day, timezone: Europe/Berlin}",
        sums="{by: day, grain: day, depends: {daily: as_of}}",
        models={
            "daily": "select moment, id, x from raw",
            "sums": "select moment::date as day, sum(x) as x, count(*) as n from daily group by all",
        },
    )
    days.source = f"{RAW_LINE}, columns: {{moment: TIMESTAMP WITH TIME ZONE}}}}"
    days.write()
    hours = [dt.datetime(2020, 3, 28, 12, tzinfo=dt.UTC) + dt.timedelta(hours=hour) for hour in range(48)]
    rows = (f"{hour:%Y-%m-%d %H:%M:%S}+00,{place},1" for place, hour in enumerate(hours))
    days.drop("a", *rows, header="moment,id,x")
    good(days.run())
    found = {name: part.rows for name, part in days.parts(DAILY).items()}
    assert found == {"2020-03-28": 11, "2020-03-29": 23, "2020-03-30": 14}


@pytest.mark.parametrize(
    ("interval", "code"),
    [
        ("2020-01-02", "MW-R072"),
        ("2020-01-03..2020-01-02", "MW-R072"),
        ("a..b", "MW-R072"),
        ("2020-01-02T05:00..2020-01-03", "MW-R073"),
    ],
)
def test_a_wrong_interval_is_refused_before_anything_starts(days: Days, interval: str, code: str) -> None:
    good(days.run())
    with pytest.raises(InputError) as raised:
        days.run(interval=interval)
    assert raised.value.first.code == code


def test_intervals_of_nothing_that_has_any_are_refused(days: Days) -> None:
    with pytest.raises(InputError) as raised:
        days.run(TOTAL, interval="2020-01-01..2020-01-02")
    assert raised.value.first.code == "MW-R074"


def test_a_first_backfill_leaves_gaps_that_the_next_run_fills(days: Days) -> None:
    good(days.run(DAILY, interval="2020-01-02..2020-01-04"))
    assert list(days.parts(DAILY)) == ["2020-01-02", "2020-01-03"]
    asked = {step.dataset: step.reasons[:1] for step in days.plan(DAILY, interval="2020-01-04..2020-01-05").steps}
    assert asked[DAILY] == ("asked for by --interval",)
    assert {step.dataset: step.reasons[:1] for step in days.plan(DAILY).steps}[DAILY] == (
        "intervals are missing, or no longer kept",
    )
    run = good(days.run())
    assert days.built(DAILY, run) == ["2020-01-01", "2020-01-04", "2020-01-05"]


def test_what_is_appended_to_comes_of_the_version_before(days: Days) -> None:
    days.more = ("seen: {incremental: {append: true}}",)
    days.models = {"seen": "select count(*) as n from raw"}
    days.write()
    good(days.run())
    days.drop("06", *day_rows(6, [60]))
    good(days.run())
    good(days.run())
    assert days.rows("select n from sales.days.seen order by n") == [(15,), (16,)]
    days.models = {"seen": "select count(*) as n, 1 as m from raw"}
    days.write()
    good(days.run())
    assert days.rows("select n from sales.days.seen") == [(16,)], "another definition begins anew"


def test_nothing_to_append_makes_no_part(days: Days) -> None:
    days.more = ("big: {incremental: {append: true}}",)
    days.models = {"big": "select count(*) as n from raw having count(*) > 15"}
    days.write()
    good(days.run())
    assert days.parts("sales.days.big") == {}
    days.drop("06", *day_rows(6, [60]))
    good(days.run())
    assert days.rows("select n from sales.days.big") == [(16,)]
    assert len(days.parts("sales.days.big")) == 1


@pytest.mark.parametrize(
    "daily", ["{by: nope, grain: day}", "{by: x, grain: day}", "{by: t, grain: day, timezone: Asia/Tokyo}"]
)
def test_what_says_no_time_is_found_without_data(days: Days, daily: str) -> None:
    good(days.run(RAW))
    days.daily = daily
    days.write()
    assert [found.code for found in check(days.workspace).diagnostics] == ["MW-T006"]


def test_rows_are_merged_by_their_key_and_deleted(days: Days) -> None:
    days.more = ("last: {incremental: {key: [h], merge: upsert, deleted: gone}}",)
    days.models = {"last": "select hour(t) as h, max(x) as x, max(x) = 99 as gone from raw group by all"}
    days.write()
    good(days.run())
    before = days.rows("select count(*) from sales.days.last")
    days.drop("06", "2020-01-06 10:00:00,60,5", "2020-01-06 11:00:00,61,99")
    good(days.run())
    assert before == [(15,)]
    assert days.rows("select h, x from sales.days.last where h in (10, 11) order by h") == [(10, 5)]


def test_a_slowly_changing_dimension_keeps_what_was(days: Days) -> None:
    days.more = ("cust: {incremental: {key: [h], merge: scd2}}",)
    days.models = {"cust": "select hour(t) as h, max(x) as x from raw group by all"}
    days.write()
    good(days.run())
    days.drop("06", "2020-01-06 10:00:00,60,5")
    good(days.run())
    found = days.rows("select x, is_current, valid_to is null from sales.days.cust where h = 10 order by valid_from")
    assert found == [(1, False, False), (5, True, True)]
    good(days.run())
    assert len(days.rows("select x from sales.days.cust where h = 10")) == 2


def test_a_source_is_merged_by_its_key(tmp_path: Path) -> None:
    days = Days(
        root=tmp_path / "days",
        source="raw: {source: {path: data.csv, format: csv}, incremental: {key: [id], merge: upsert}}",
        daily="{by: t, grain: day, depends: whole}",
    )
    write_file(days.root, "data.csv", "t,id,x\n2020-01-01 00:00:00,1,1\n2020-01-02 00:00:00,2,1\n")
    good(days.run())
    write_file(days.root, "data.csv", "t,id,x\n2020-01-03 00:00:00,2,5\n2020-01-04 00:00:00,3,1\n")
    good(days.run())
    assert days.rows(f"select id, x from {RAW} order by id") == [(1, 1), (2, 5), (3, 1)]
    assert days.plan().is_empty
    assert not good(days.run()).published
    assert days.rows(f"select x from {TOTAL}") == [(7,)]


def test_retention_lets_old_days_go(days: Days) -> None:
    good(days.run())
    days.daily = "{by: t, grain: day, keep: 2d}"
    days.write()
    days.drop("06", *day_rows(6, [60]))
    good(days.run())
    assert list(days.parts(DAILY)) == ["2020-01-04", "2020-01-05", "2020-01-06"]
    assert len(days.parts(SUMS)) == 6, "what was made of them stands"


def test_a_killed_run_leaves_its_parts_to_the_next(days: Days, monkeypatch: pytest.MonkeyPatch) -> None:
    from meshwright.run.interpreter import Coordinator

    def dies(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Coordinator, "_put_together", dies)
        with pytest.raises(KeyboardInterrupt):
            apply(days.workspace, RunOptions(select=(RAW, DAILY)))
    run = good(days.run())
    assert days.built(RAW, run) == [], "the part that the killed run committed is taken"
    assert days.rows(f"select count(*) from {DAILY}") == [(15,)]


def test_layout_and_comments_rebuild_nothing(days: Days) -> None:
    good(days.run())
    ids = {name: part.id for name, part in days.parts(DAILY).items()}
    days.models = {"daily": "SELECT t, id,\n x, x*2 AS y FROM raw -- the same"}
    days.write()
    good(days.run())
    assert {name: part.id for name, part in days.parts(DAILY).items()} == ids
