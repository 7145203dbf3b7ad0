"""Parts as people read them: a line each where they are few, summed where they are many, gaps marked."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import replace
from pathlib import Path

import pytest

from meshwright.app.interval_listing import IntervalListing, ListedPart, Outlook
from meshwright.faces.cli.main import main
from meshwright.faces.documents.intervals import intervals_document
from meshwright.faces.text.intervals import intervals_lines
from meshwright.model import Calendar, Grain, Manifest, Part, VersionClass
from tests.events_mesh import write_events
from tests.faces.samples import AT, PIPE, version

DAYS = Calendar(grain=Grain.DAY)


def part(number: int, calendar: Calendar | None, fingerprint: str) -> Part:
    return Part(
        id=f"{number:032x}",
        dataset="sales.orders.daily",
        start=calendar.start(number) if calendar else None,
        end=calendar.start(number + 1) if calendar else None,
        columns=(),
        files=(),
        rows=2,
        sums=(0, 0),
        fingerprint=fingerprint,
        run_id=f"run-{number % 2}",
        created_at=AT,
        inputs={} if calendar else {"files": (f"aa drop/{number}.csv",)},
    )


def listing(
    numbers: list[int], calendar: Calendar | None = DAYS, outlook: Outlook | None = None, earlier: int = 0
) -> IntervalListing:
    manifest = Manifest(
        version_class=VersionClass.PURE if calendar else VersionClass.STATEFUL,
        by="t" if calendar else None,
        calendar=calendar,
        first=numbers[0] if numbers else None,
        last=numbers[-1] if numbers else None,
        count=len(numbers),
        earlier={"old": earlier} if earlier else {},
    )
    stands = replace(version(), manifest=manifest, files=(), rows=2 * len(numbers))
    return IntervalListing(
        dataset="sales.orders.daily",
        environment="prod",
        version=stands,
        manifest=manifest,
        parts=tuple(
            ListedPart(number=number, part=part(number, calendar, "now"), is_present=place >= earlier)
            for place, number in enumerate(numbers)
        ),
        outlook=outlook or Outlook(),
    )


def numbered(first: dt.date, count: int) -> list[int]:
    return [first.toordinal() + number for number in range(count)]


def table(lines: list[str]) -> list[str]:
    return lines[next(place for place, line in enumerate(lines) if set(line) == {"─"}) + 1 :]


def test_few_parts_have_a_line_each_and_gaps_between_are_marked() -> None:
    first, second, *_, last = numbered(dt.date(2026, 1, 1), 5)
    lines = intervals_lines(listing([first, second, last], earlier=1), PIPE)
    assert [line.split()[0] for line in table(lines)] == ["2026-01-01", "2026-01-02", "2026-01-03", "2026-01-05"]
    assert table(lines)[0].endswith("earlier definition")
    assert table(lines)[2].startswith("2026-01-03 to 2026-01-04 ")
    assert table(lines)[2].endswith("missing")
    assert "gaps         2 days: 2026-01-03 to 2026-01-04" in lines
    assert "earlier      1 day of an earlier definition" in lines
    assert "missing      nothing: it has all that its inputs hold" in lines


@pytest.mark.parametrize("days", [41, 365, 3650, 36500])
def test_many_parts_are_summed_and_all_are_told_when_asked(days: int) -> None:
    found = listing(numbered(dt.date(2016, 1, 1), days))
    lines = intervals_lines(found, PIPE)
    assert len(lines) < 80
    assert sum(int(line.split()[1].replace(",", "")) for line in table(lines)[:-1]) == days
    assert len(table(intervals_lines(found, PIPE, is_all=True))) == days


def test_a_summed_line_tells_what_is_missing_and_how_many_runs_built_it() -> None:
    numbers = numbered(dt.date(2026, 1, 1), 100)
    lines = table(intervals_lines(listing([*numbers[:28], *numbers[65:]], earlier=3), PIPE))
    assert [line.split()[0] for line in lines[:-1]] == ["2026-01", "2026-02", "2026-03", "2026-04"]
    assert lines[0].endswith("2 runs  3 missing, 3 earlier definition")
    assert lines[1].split()[1:] == ["0", "0", "0", "B", "-", "-", "28", "missing"]
    assert lines[2].endswith("6 missing")


def test_hours_are_summed_by_day_and_weeks_by_month() -> None:
    hours = Calendar(grain=Grain.HOUR)
    first = hours.number(dt.datetime(2026, 1, 1, tzinfo=dt.UTC))
    lines = table(intervals_lines(listing(list(range(first, first + 60)), hours), PIPE))
    assert [line.split()[:2] for line in lines[:-1]] == [
        ["2026-01-01", "24"],
        ["2026-01-02", "24"],
        ["2026-01-03", "12"],
    ]
    weeks = Calendar(grain=Grain.WEEK)
    first = weeks.number(dt.datetime(2026, 1, 5, tzinfo=dt.UTC))
    lines = table(intervals_lines(listing(list(range(first, first + 52)), weeks), PIPE))
    assert len(lines) - 1 == 12


def test_days_of_a_time_zone_stand_under_its_months() -> None:
    berlin = Calendar(grain=Grain.DAY, timezone="Europe/Berlin")
    lines = table(intervals_lines(listing(numbered(dt.date(2026, 1, 1), 59), berlin), PIPE))
    assert [line.split()[:2] for line in lines[:-1]] == [["2026-01", "31"], ["2026-02", "28"]]


@pytest.mark.parametrize("count", [1, 40, 41, 10_000])
def test_appended_parts_are_told_by_number_or_by_page(count: int) -> None:
    lines = intervals_lines(listing(list(range(count)), calendar=None), PIPE)
    assert len(lines) < 80
    assert f"parts        {count:,} in order of arrival, {2 * count:,} rows, 0 B" in lines
    if count <= 40:
        assert table(lines)[0].endswith("drop/0.csv")
    else:
        assert table(lines)[0].startswith("0 to ")


def test_what_the_inputs_hold_besides_is_told_or_why_it_is_not_known() -> None:
    numbers = numbered(dt.date(2026, 1, 1), 3)
    outlook = Outlook(missing=((numbers[-1] + 1, numbers[-1] + 2),), due=((numbers[0], numbers[0]),))
    lines = intervals_lines(listing(numbers, outlook=outlook), PIPE)
    assert "missing      2 days: 2026-01-04 to 2026-01-05; to be built by the next run" in lines
    assert "due          1 day: 2026-01-01; to be built again by the next run" in lines
    lines = intervals_lines(listing(numbers, outlook=Outlook(unknown="MW-P203 it went back")), PIPE)
    assert "missing      not known: MW-P203 it went back" in lines


def test_a_version_without_any_part_says_so() -> None:
    assert intervals_lines(listing([]), PIPE)[-1] == "it has no part: its inputs hold no row"
    assert intervals_document(listing([]))["range"] is None


def test_the_command_tells_parts_in_text_and_json_and_refuses_with_status_2(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    root = ["-C", str(write_events(tmp_path))]
    assert main(["run", *root]) == 0
    captured = capsys.readouterr()
    assert "  web.clicks.daily: 4 parts built (pure)" in captured.out
    assert "done build web.clicks.daily (4 rows, 4 parts built, " in captured.err
    assert main(["show", "web.clicks.daily", "--intervals", *root]) == 0
    assert "parts        4 days: 2026-01-01 to 2026-01-04; 4 rows, " in capsys.readouterr().out
    assert main(["show", "web.clicks.daily", "--intervals", "--json", *root]) == 0
    document = json.loads(capsys.readouterr().out)
    assert [each["start"] for each in document["parts"]][:2] == ["2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z"]
    run = json.loads((main(["runs", "list", "--json", *root]), capsys.readouterr().out)[1])["runs"][0]["run_id"]
    assert main(["runs", "show", run, *root]) == 0
    assert "4 parts built" in capsys.readouterr().out
    assert main(["show", "web.clicks.daily", *root]) == 0
    assert "parts        4 parts by t, each a day UTC: 2026-01-01 to 2026-01-04" in capsys.readouterr().out
    for words in (
        ["show", "web.clicks.total", "--intervals"],
        ["run", "--interval", ".."],
        ["plan", "--interval", ""],
        ["run", "web.clicks.total", "--interval", "2026-01-01..2026-01-02"],
    ):
        assert main([*words, *root]) == 2, words
        captured = capsys.readouterr()
        assert "MW-R07" in captured.err
        assert "Traceback" not in captured.err
