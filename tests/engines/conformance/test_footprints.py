"""Footprints: in which intervals a relation has rows, as the calendar itself numbers them."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from meshwright.diagnostics import InputError
from meshwright.engines.protocol import FileGroup, Relation, View, Window
from meshwright.model import Calendar, Column, Footprint, Grain
from meshwright.model.intervals import ranges_of

from ..conftest import Bench, failure

CALENDARS = [
    Calendar(grain=grain, timezone=zone) for grain in Grain for zone in ("UTC", "Europe/Berlin", "America/St_Johns")
]
TYPES = {
    "DATE": dt.timedelta(days=1),
    "TIMESTAMP": dt.timedelta(microseconds=1),
    "TIMESTAMP WITH TIME ZONE": dt.timedelta(microseconds=1),
    "TIMESTAMP_NS": dt.timedelta(microseconds=1),
}
#: Where clocks and calendars have borders.
EDGES = [
    dt.datetime(2020, 3, 28, 23), dt.datetime(2020, 10, 25, 0), dt.datetime(1969, 12, 31, 23, 59, 59, 999999),
    dt.datetime(1970, 1, 1), dt.datetime(2019, 12, 31, 23),
    dt.datetime(1893, 3, 31, 23, 6, 31), dt.datetime(1893, 3, 31, 23, 6, 32),
    dt.datetime(1892, 12, 31, 23, 6, 31, 999999), dt.datetime(1892, 12, 31, 23, 6, 32), dt.datetime(1900, 1, 1, 3, 30, 51),
    dt.datetime(1900, 1, 1, 3, 30, 52),
]  # fmt: skip
MOMENTS = st.lists(
    st.one_of(
        st.sampled_from(EDGES),
        st.datetimes(dt.datetime(1680, 1, 1), dt.datetime(2260, 1, 1)),
        st.datetimes(dt.datetime(2019, 12, 1), dt.datetime(2020, 2, 1)),
    ),
    max_size=12,
)


def relation_of(bench: Bench, moments: list[dt.datetime | None], type_: str) -> Relation:
    listed = ", ".join(
        "(null::timestamp)" if each is None else f"(timestamp '{each.isoformat(sep=' ')}')" for each in [*moments, None]
    )
    cast = f"cast(x as {type_})" if type_ != "TIMESTAMP WITH TIME ZONE" else "timezone('UTC', x)"
    return bench.relation(f'select {cast} as "At" from (select x from (values {listed}) v(x) limit {len(moments)})')


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(moments=MOMENTS, calendar=st.sampled_from(CALENDARS), type_=st.sampled_from(sorted(TYPES)))
def test_a_footprint_is_what_the_calendar_says_of_each_row(
    bench: Bench, moments: list[dt.datetime], calendar: Calendar, type_: str
) -> None:
    found = bench.session.footprint(relation_of(bench, [*moments], type_), "at", calendar)
    day = TYPES[type_] == dt.timedelta(days=1)
    aware = [each.replace(tzinfo=dt.UTC) for each in moments]
    numbers = [calendar.number(dt.datetime(e.year, e.month, e.day, tzinfo=dt.UTC) if day else e) for e in aware]
    assert found == Footprint(ranges=ranges_of(numbers))


@pytest.mark.parametrize("type_", sorted(TYPES))
def test_null_infinite_and_impossible_moments_are_outside(bench: Bench, type_: str) -> None:
    far = "" if type_ == "TIMESTAMP_NS" else ", ('20000-01-01'), ('0001-01-01'), ('9999-12-31')"
    relation = bench.relation(
        f"select x::{type_} as h from (values (null), ('infinity'), ('-infinity'), ('2020-01-02'){far}) v(x)"
    )
    calendar = Calendar(grain=Grain.DAY)
    number = calendar.number(dt.datetime(2020, 1, 2, tzinfo=dt.UTC))
    found = bench.session.footprint(relation, "h", calendar)
    assert found == Footprint(ranges=((number, number),), outside=6 if far else 3)


@pytest.mark.parametrize("calendar", CALENDARS, ids=lambda each: each.rule)
@pytest.mark.parametrize("year", ["0002-01-01", "9998-12-31 23:59:59.999999"])
def test_the_first_and_the_last_year_have_intervals(bench: Bench, calendar: Calendar, year: str) -> None:
    found = bench.session.footprint(bench.relation(f"select timestamp '{year}' as h"), "h", calendar)
    assert found.ranges[0][0] == calendar.number(dt.datetime.fromisoformat(year).replace(tzinfo=dt.UTC))


def test_no_rows_are_in_no_interval(bench: Bench) -> None:
    calendar = Calendar(grain=Grain.HOUR)
    assert bench.session.footprint(
        bench.relation("select now()::timestamp as h where false"), "h", calendar
    ) == Footprint(ranges=())
    nothing = Relation(columns=(Column(name="h", type="DATE"),))
    assert bench.session.footprint(nothing, "h", calendar) == Footprint(ranges=())


def test_only_rows_that_are_shown_count(bench: Bench) -> None:
    calendar = Calendar(grain=Grain.DAY)
    relation = bench.relation("select timestamp '2020-01-01' + to_hours(range) as h from range(240)")
    first = calendar.number(dt.datetime(2020, 1, 1, tzinfo=dt.UTC))
    assert bench.session.footprint(relation, "h", calendar).ranges == ((first, first + 9),)
    span = (dt.datetime(2020, 1, 3, tzinfo=dt.UTC), dt.datetime(2020, 1, 5, tzinfo=dt.UTC))
    window = Window(column="h", spans=(span,))
    assert bench.session.footprint(replace(relation, window=window), "h", calendar).ranges == ((first + 2, first + 3),)
    group = FileGroup(files=relation.files, columns=relation.columns, window=window)
    grouped = Relation(columns=relation.columns, groups=(group,))
    assert bench.session.footprint(grouped, "h", calendar).ranges == ((first + 2, first + 3),)
    view = View(
        dataset="ops.flights.v", text="select h from t where h < '2020-01-02'", dialect="duckdb",
        inputs={"ops.flights.t": relation}, key="f1", computed=relation.columns,
    )  # fmt: skip
    assert bench.session.footprint(Relation(columns=relation.columns, view=view), "h", calendar).ranges == (
        (first, first),
    )


@pytest.mark.parametrize(
    ("column", "fix"), [("hour", "did you mean 'hours'? columns: hours, id"), ("id", "columns of time: hours")]
)
def test_a_footprint_by_no_column_of_time_is_refused_by_name(bench: Bench, column: str, fix: str) -> None:
    relation = bench.relation("select 1 as id, timestamp '2020-01-02' as hours")
    error = failure(lambda: bench.session.footprint(relation, column, Calendar(grain=Grain.DAY)))
    assert isinstance(error, InputError)
    assert (error.first.code, error.first.fix) == ("MW-E107", fix)
