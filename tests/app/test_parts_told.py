"""What runs, plans, `show --intervals` and `explain` tell of datasets that are built in parts."""

from __future__ import annotations

import datetime as dt
import json
import os
import signal
from pathlib import Path

import pytest

from meshwright.app.apply import RunOptions, apply, resume
from meshwright.app.explain import explain
from meshwright.app.interval_listing import gaps_between, list_intervals
from meshwright.app.intervals import asked_intervals
from meshwright.app.opened import open_mesh
from meshwright.app.planning import PlanOptions, plan
from meshwright.app.query import QueryOptions, query
from meshwright.app.runs import show_run
from meshwright.app.values import Event, PartsBuilt, PartsReport, RunReport, RunState
from meshwright.app.workspace import Workspace, open_workspace
from meshwright.diagnostics import InputError
from meshwright.model import Calendar, Grain, VersionClass
from meshwright.run.partsreport import joined_spans
from tests.events_mesh import LATE, LATER, drop, write_events
from tests.meshes import write_file

DAILY, SUMS, MONTHLY, LAST, RAW, TOTAL = (
    f"web.clicks.{name}" for name in ("daily", "sums", "monthly", "last", "raw", "total")
)
DAYS = Calendar(grain=Grain.DAY)


@pytest.fixture
def events(tmp_path: Path) -> Workspace:
    return open_workspace(write_events(tmp_path))


def day(number: int) -> dt.datetime:
    return dt.datetime(2026, 1, number, tzinfo=dt.UTC)


def made(report: RunReport, dataset: str) -> PartsReport | None:
    return next(step.parts for step in report.steps if step.key == f"build:{dataset}")


def words(ranges: tuple[tuple[int, int], ...]) -> list[str]:
    return [f"{DAYS.words(first)}..{DAYS.words(last)}" for first, last in ranges]


def asked(select: str, interval: str) -> RunOptions:
    return RunOptions(select=(select,), only=True, interval=interval)


def test_a_run_says_what_each_step_built_kept_and_of_which_class(events: Workspace) -> None:
    first = apply(events, RunOptions())
    assert made(first, DAILY) == PartsReport(
        version_class=VersionClass.PURE, build=((day(1), day(5)),), planned=4, built=4
    )
    assert made(first, RAW) == PartsReport(version_class=VersionClass.STATEFUL, planned=1, built=1)
    assert made(first, LAST) == PartsReport(version_class=VersionClass.STATEFUL)
    assert made(first, TOTAL) is None
    monthly = made(first, MONTHLY)
    assert monthly is not None
    assert monthly.version_class is VersionClass.AS_OF
    drop(events.root, "06", LATER)
    second = apply(events, RunOptions())
    assert made(second, DAILY) == PartsReport(
        version_class=VersionClass.PURE, build=((day(5), day(7)),), planned=2, built=2, kept=4
    )
    assert made(second, RAW) == PartsReport(version_class=VersionClass.STATEFUL, planned=1, built=1, kept=1)
    third = apply(events, RunOptions())
    assert made(third, DAILY) == PartsReport(version_class=VersionClass.PURE, kept=6)


def test_parts_that_an_earlier_run_left_are_told_as_reused(events: Workspace) -> None:
    """A part that is back, because the definition is, need not be built."""
    model = events.root / "domains/web/clicks/models/daily.sql"
    text = model.read_text()
    apply(events, RunOptions())
    model.write_text(text.replace("n from", "n + 1 as n from"))
    apply(events, RunOptions())
    model.write_text(text)
    drop(events.root, "06", LATER)
    again = made(apply(events, RunOptions()), DAILY)
    assert again == PartsReport(
        version_class=VersionClass.PURE, build=((day(1), day(7)),), planned=2, built=2, reused=4
    )


def test_what_is_recorded_as_bound_tells_the_parts_of_a_pending_step(events: Workspace) -> None:
    report = apply(events, RunOptions())
    record = show_run(events, report.run_id).run
    planned, bound = (
        {step["key"]: step for step in json.loads(text)["steps"]} for text in (record.planned, record.bound)
    )
    key = f"build:{DAILY}"
    assert (planned[key]["action"], planned[key]["intervals"]["built"]) == ("pending", 0)
    assert (bound[key]["action"], bound[key]["intervals"]["built"]) == ("build", 4)
    assert bound[key]["intervals"]["build"] == [{"start": "2026-01-01T00:00:00Z", "end": "2026-01-05T00:00:00Z"}]
    told = {step["key"]: step for step in json.loads(record.report)["steps"]}
    assert told[key]["intervals"]["class"] == "pure"
    assert "intervals" not in told[f"build:{TOTAL}"]


def test_plans_say_the_class_of_pending_appended_and_merged_steps(events: Workspace) -> None:
    steps = {step.dataset: step for step in plan(events, PlanOptions()).steps if step.dataset}
    assert "begins anew (stateful: comes of the version before)" in steps[RAW].reasons
    assert steps[DAILY].reasons[-1] == "then it is known which days (pure: equal to building everything)"
    assert steps[MONTHLY].reasons[-1].startswith("then it is known which months (as_of: ")
    apply(events, RunOptions())
    drop(events.root, "06", LATER)
    steps = {step.dataset: step for step in plan(events, PlanOptions()).steps if step.dataset}
    assert steps[RAW].reasons[-1] == "appends to the part that stands (stateful: comes of the version before)"
    assert steps[LAST].reasons[-1].startswith("merges into what stands by who, upsert (stateful: ")
    apply(events, RunOptions(select=(RAW,)))
    (step,) = (each for each in plan(events, PlanOptions(select=(DAILY,), only=True)).steps if each.dataset)
    assert step.reasons[-1] == (
        "2 days to build: 2026-01-05 to 2026-01-06, 4 days kept (pure: equal to building everything)"
    )


def test_finished_parts_are_told_in_batches_from_none_to_all(events: Workspace) -> None:
    told: list[Event] = []
    apply(events, RunOptions(), told.append)
    daily = [event for event in told if isinstance(event, PartsBuilt) and event.key == f"build:{DAILY}"]
    assert (daily[0].done, daily[-1].done) == (0, 4)
    assert {event.total for event in daily} == {4}
    assert [event.done for event in daily] == sorted({event.done for event in daily})


def test_a_resumed_run_keeps_its_interval_and_the_parts_that_it_built(events: Workspace) -> None:
    days = [dt.date(2026, 2, 1) + dt.timedelta(days=number) for number in range(200)]
    drop(events.root, "many", "t,who,n\n" + "".join(f"{one} 01:00:00,ana,1\n" for one in days))
    apply(events, RunOptions(select=(RAW,)))

    def stop_soon(event: Event) -> None:
        if isinstance(event, PartsBuilt) and event.done:
            os.kill(os.getpid(), signal.SIGINT)

    options = RunOptions(select=(DAILY,), only=True, interval="2026-02-01..2026-08-01")
    # Only the first turn asks: a second signal would end this process.
    calls: list[Event] = []
    stopped = apply(events, options, lambda event: None if calls else (_note(calls, event), stop_soon(event))[-1])
    assert stopped.state is RunState.INTERRUPTED
    left = made(stopped, DAILY)
    assert left is not None
    assert 0 < left.built < left.planned == 181
    resumed = resume(events, stopped.run_id)
    assert resumed.state is RunState.SUCCEEDED
    told = made(resumed, DAILY)
    assert told is not None
    assert told.build == ((dt.datetime(2026, 2, 1, tzinfo=dt.UTC), dt.datetime(2026, 8, 1, tzinfo=dt.UTC)),)
    assert (told.built + told.reused, told.reused) == (181, left.built)


def _note(calls: list[Event], event: Event) -> None:
    if isinstance(event, PartsBuilt) and event.done:
        calls.append(event)


def test_intervals_tell_gaps_what_is_missing_and_what_is_due(events: Workspace) -> None:
    apply(events, RunOptions(select=(RAW,)))
    apply(events, asked(DAILY, "2026-01-01..2026-01-02"))
    apply(events, asked(DAILY, "2026-01-03..2026-01-04"))
    found = list_intervals(events, DAILY)
    assert words(found.gaps) == ["2026-01-02..2026-01-02"]
    assert words(found.outlook.missing) == ["2026-01-02..2026-01-02", "2026-01-04..2026-01-04"]
    assert found.outlook.due == ()
    drop(events.root, "05", LATER)
    drop(events.root, "06", LATE)
    apply(events, RunOptions(select=(RAW,)))
    found = list_intervals(events, DAILY)
    assert words(found.outlook.missing) == ["2026-01-02..2026-01-02", "2026-01-04..2026-01-06"]
    assert words(found.outlook.due) == ["2026-01-03..2026-01-03"], "the lookback sees the late row"
    promised = {*found.outlook.missing, *found.outlook.due}
    built = made(apply(events, RunOptions(select=(DAILY,), only=True)), DAILY)
    assert built is not None
    assert built.built == sum(last - first + 1 for first, last in promised), "the next plain run builds just these"
    found = list_intervals(events, DAILY)
    assert (found.gaps, found.outlook.missing, found.outlook.due, found.outlook.unknown) == ((), (), (), None)


def test_parts_of_an_earlier_definition_are_told(events: Workspace) -> None:
    apply(events, RunOptions())
    pipeline = events.root / "domains/web/clicks/pipeline.yaml"
    pipeline.write_text(pipeline.read_text().replace("lookback: 1d", "forward_only: true, lookback: 1d"))
    write_file(events.root, "domains/web/clicks/models/daily.sql", "select t, who, n + 0 as n from raw")
    drop(events.root, "06", LATER)
    apply(events, RunOptions())
    found = list_intervals(events, DAILY)
    assert [each.is_present for each in found.parts] == [False] * 4 + [True] * 2
    assert "forward only: parts of an earlier definition stay" in "\n".join(explain(events, DAILY).lines)


def test_appended_parts_tell_the_files_that_were_read(events: Workspace) -> None:
    apply(events, RunOptions())
    drop(events.root, "06", LATER)
    apply(events, RunOptions(select=(RAW,)))
    found = list_intervals(events, RAW)
    assert [(each.number, each.part.rows, each.files_read) for each in found.parts] == [
        (0, 4, ("drop/01.csv", "drop/03.csv")),
        (1, 2, ("drop/06.csv",)),
    ]
    assert found.calendar is None


@pytest.mark.parametrize(
    ("name", "code", "fix"),
    [
        (TOTAL, "MW-R076", "incremental: {by:"),
        (LAST, "MW-R076", f"mw show {LAST}"),
        ("web.clicks", "MW-R011", "name a dataset"),
        ("web.clicks.dailly", "MW-R011", DAILY),
        ("abcdef012345", "MW-R011", "mw show DATASET"),
    ],
)
def test_what_has_no_parts_says_so_with_a_fix(events: Workspace, name: str, code: str, fix: str) -> None:
    apply(events, RunOptions())
    with pytest.raises(InputError) as refused:
        list_intervals(events, name)
    assert refused.value.first.code == code
    assert fix in (refused.value.first.fix or "")


def test_what_was_never_published_or_was_built_in_one_piece_says_so(events: Workspace) -> None:
    with pytest.raises(InputError) as refused:
        list_intervals(events, DAILY)
    assert refused.value.first.code == "MW-R012"
    pipeline = events.root / "domains/web/clicks/pipeline.yaml"
    text = pipeline.read_text()
    pipeline.write_text(text.replace("daily: {incremental: {by: t, grain: day, lookback: 1d}}", "daily: {as: table}"))
    apply(events, RunOptions(select=(RAW, DAILY)))
    pipeline.write_text(text)
    with pytest.raises(InputError) as refused:
        list_intervals(events, DAILY)
    assert "built in one piece, before" in refused.value.first.message


def test_a_version_of_parts_is_listed_and_asked_by_its_id(events: Workspace) -> None:
    report = apply(events, RunOptions())
    before = next(step.version for step in report.steps if step.key == f"build:{DAILY}")
    assert before is not None
    drop(events.root, "06", LATER)
    apply(events, RunOptions())
    assert [each.part.rows for each in list_intervals(events, before[:12]).parts] == [1, 1, 1, 1]
    answer = query(events, QueryOptions(text="select count(*) as n, sum(n) as s from daily", version=before))
    try:
        assert [batch.to_pylist() for batch in answer.batches()] == [[{"n": 4, "s": 10}]]
    finally:
        answer.close()


def test_explaining_says_class_and_how_and_why_each_input_is_depended_on(events: Workspace) -> None:
    lines = "\n".join(explain(events, MONTHLY).lines)
    assert "class: as_of" in lines, "also before anything was built"
    apply(events, RunOptions())
    lines = "\n".join(explain(events, MONTHLY).lines)
    assert f"depends on {DAILY}: interval (its 't' becomes 'month', and it is made of parts)" in lines
    assert f"depends on {TOTAL}: as_of (said under depends)" in lines
    assert "looks back 1 day" in "\n".join(explain(events, DAILY).lines)
    assert "upsert by who into the version before" in "\n".join(explain(events, LAST).lines)
    version = list_intervals(events, DAILY).version.id
    assert "named by its recipe and what it is made of: its parts" in explain(events, version).lines[0]


@pytest.mark.parametrize(
    ("model", "why"),
    [
        (
            "select coalesce(t, t)::date as day, sum(n) as n from daily group by all",
            "no column of it is seen to become",
        ),
        ("select t::date as day, count(*) as n from plain group by all", "it is not made of parts"),
    ],
)
def test_why_an_input_is_taken_as_of(events: Workspace, model: str, why: str) -> None:
    write_file(events.root, "domains/web/clicks/models/plain.sql", "select t, n from raw")
    write_file(events.root, "domains/web/clicks/models/sums.sql", model)
    lines = [line for line in explain(events, SUMS).lines if "depends on" in line]
    assert len(lines) == 1
    assert f": as_of ({why}" in lines[0]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "..",
        "a..b",
        "2013-13-01..",
        "2013-13-01..2014-01-01",
        "0000-01-01..2013-01-01",
        "0001-01-01..0001-01-02",
        "2013-02-01..2013-01-01",
        "2013-01-01..2013-01-01",
        "9998-01-01..9999-12-31T07:00",
        "2013-01-01T00:00+14:00..9999-12-31T23:59-14:00",
        "1..2",
        "-1..3",
        "2013-01-01..2013-02-01..2013-03-01",
        "'; drop..table",
        "\x1b[31m..\x00",
    ],
)
def test_texts_that_are_no_intervals_are_refused(events: Workspace, text: str) -> None:
    with pytest.raises(InputError) as refused:
        plan(events, PlanOptions(interval=text))
    assert {each.code for each in refused.value.diagnostics} == {"MW-R072"}


def test_an_end_off_the_grain_of_one_of_several_datasets_names_that_one(events: Workspace) -> None:
    with pytest.raises(InputError) as refused:
        plan(events, PlanOptions(interval="2026-01-01..2026-01-05"))
    assert [(each.code, each.object) for each in refused.value.diagnostics] == [("MW-R073", MONTHLY)]
    assert refused.value.first.fix == "write 2026-01-01T00:00Z or 2026-02-01T00:00Z"


@pytest.mark.parametrize("text", ["9998-12-30..9998-12-31T07:00", "0002-01-01T01:00..0003-01-01"])
def test_the_first_and_last_years_of_calendars_are_off_the_grain_like_others(events: Workspace, text: str) -> None:
    with pytest.raises(InputError) as refused:
        plan(events, PlanOptions(select=(DAILY,), interval=text))
    assert refused.value.first.code == "MW-R073"


def test_an_interval_for_nothing_that_is_cut_is_refused(events: Workspace) -> None:
    with pytest.raises(InputError) as refused:
        plan(events, PlanOptions(select=(TOTAL,), interval="2026-01-01..2026-01-02"))
    assert refused.value.first.code == "MW-R074"


def test_a_month_is_from_its_first_day(events: Workspace) -> None:
    with open_mesh(events, "prod") as opened:
        found = asked_intervals("2026-01..2026-02", opened.mesh.nodes())
    assert set(found) == {DAILY, SUMS, MONTHLY}
    assert found[DAILY] == (day(1), dt.datetime(2026, 2, 1, tzinfo=dt.UTC))


def test_gaps_and_stretches_of_time() -> None:
    assert gaps_between([1, 2, 5, 9, 10]) == ((3, 4), (6, 8))
    assert gaps_between([]) == ()
    assert joined_spans([(day(3), day(4)), (day(1), day(2)), (day(2), day(3)), (day(6), day(7))]) == (
        (day(1), day(4)),
        (day(6), day(7)),
    )
