"""Relations of parts: groups of files with columns of their own, and windows, wherever a relation is read."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from meshwright.checks.spec import Metric
from meshwright.diagnostics import InputError, SourceSpan
from meshwright.engines.protocol import BindRequest, CompareRequest, FileGroup, Rehearsal, Relation, View, Window
from meshwright.model import Column, Columns, ExampleRow, ExampleValue, Sample, Sight

from ..conftest import Bench, as_relation, failure, rows_of

T = "ops.flights.t"
#: One row an hour, from 2020-01-01 on.
HOURS = (
    "select range as id, timestamp '2020-01-01' + to_hours(range) as h, (timestamp '2020-01-01' + to_hours(range))::date as d, "
    "(timestamp '2020-01-01' + to_hours(range))::timestamptz as z, (timestamp '2020-01-01' + to_hours(range))::timestamp_ns as n, "
    "case when range % 3 > 0 then 'x' end as w from range({first}, {end}) order by range desc"
)


def at(day: int, hour: int = 0, minute: int = 0) -> dt.datetime:
    return dt.datetime(2020, 1, day, hour, minute, tzinfo=dt.UTC)


def hours(bench: Bench, first: int, end: int) -> Relation:
    return bench.relation(HOURS.format(first=first, end=end))


def columns(**types: str) -> Columns:
    return tuple(Column(name=name, type=text) for name, text in types.items())


def ids(bench: Bench, relation: Relation, column: str = "id") -> list[object]:
    return [row["x"] for row in rows_of(bench.model(f"select {column} as x from t order by id", {T: relation}))]


@pytest.mark.parametrize("column", ["h", "z", "n", "H"])
def test_a_window_shows_its_rows_and_no_other(bench: Bench, column: str) -> None:
    relation = hours(bench, 0, 72)
    spans = ((at(1, 20), at(1, 22)), (at(2, 1), at(2, 2)))
    assert ids(bench, replace(relation, window=Window(column=column, spans=spans))) == [20, 21, 25]
    assert ids(bench, replace(relation, window=Window(column=column, spans=()))) == []
    before, after = dt.datetime(1, 1, 1, tzinfo=dt.UTC), dt.datetime(9999, 1, 1, tzinfo=dt.UTC)
    assert len(ids(bench, replace(relation, window=Window(column=column, spans=((before, after),))))) == 72
    assert ids(bench, replace(relation, window=Window(column=column, spans=((before, at(1, 1)),)))) == [0]


def test_a_date_is_its_midnight_in_utc(bench: Bench) -> None:
    relation = hours(bench, 0, 72)
    for start, end, days in (
        (at(2), at(3), {2}),
        (at(1, 1), at(2, 1), {2}),
        (at(1, 0), at(1, 1), {1}),
        (at(1, 5), at(1, 9), set()),
    ):
        found = ids(bench, replace(relation, window=Window(column="d", spans=((start, end),))), "day(d)")
        assert set(found) == days, (start, end)


@pytest.mark.parametrize("zone", [dt.UTC, dt.timezone(dt.timedelta(hours=5))])
def test_the_zone_that_a_moment_is_told_in_does_not_matter(bench: Bench, zone: dt.tzinfo) -> None:
    relation = hours(bench, 0, 72)
    span = (at(2, 3).astimezone(zone), at(2, 5).astimezone(zone))
    for column in ("h", "z", "n"):
        assert ids(bench, replace(relation, window=Window(column=column, spans=(span,)))) == [27, 28]


def test_infinite_moments_and_nulls_are_in_no_window(bench: Bench) -> None:
    relation = bench.relation(
        "select * from (values (1, 'infinity'), (2, '-infinity'), (3, null), (4, '2020-01-01')) v(id, t)"
    )
    typed = bench.model(
        "select id, t::date d, t::timestamp h, t::timestamptz z, t::timestamp_ns n from t", {T: relation}
    )
    widest = ((dt.datetime(1, 1, 1, tzinfo=dt.UTC), dt.datetime(9999, 12, 31, tzinfo=dt.UTC)),)
    for column in ("d", "h", "z", "n"):
        assert ids(bench, replace(as_relation(typed), window=Window(column=column, spans=widest))) == [4], column


def grouped(bench: Bench) -> Relation:
    """Files of now, and of two earlier definitions: without a column, of another type, in another order, cut."""
    now = bench.relation("select 1::bigint as id, timestamp '2020-01-03 05:00' as h, 1.5::double as x, 'a' as w")
    early = bench.relation(
        "select timestamp '2020-01-01' + to_hours(range::bigint) as H, (range + 10)::integer as id, '7' as x from range(48)"
    )
    older = bench.relation("select date '2020-01-02' as h, 99::bigint as id, 'b' as w, 5 as gone")
    group = FileGroup(
        files=early.files,
        columns=early.columns,
        window=Window(column="h", spans=((at(1, 3), at(1, 5)), (at(2), at(2, 1)))),
    )
    return replace(now, rows=None, groups=(group, FileGroup(files=older.files, columns=older.columns)))


def test_groups_are_read_by_name_with_what_is_missing_null_and_the_rest_cast(bench: Bench) -> None:
    relation = grouped(bench)
    found = rows_of(bench.model("from t order by id", {T: relation}))
    assert [tuple(row.values()) for row in found] == [
        (1, dt.datetime(2020, 1, 3, 5), 1.5, "a"),
        (13, dt.datetime(2020, 1, 1, 3), 7.0, None),
        (14, dt.datetime(2020, 1, 1, 4), 7.0, None),
        (34, dt.datetime(2020, 1, 2), 7.0, None),
        (99, dt.datetime(2020, 1, 2), None, "b"),
    ]
    assert list(found[0]) == ["id", "h", "x", "w"]
    windowed = replace(relation, window=Window(column="h", spans=((at(1, 4), at(2, 1)),)))
    assert ids(bench, windowed) == [14, 34, 99]
    assert ids(bench, replace(relation, files=(), groups=relation.groups[1:])) == [99]


@pytest.mark.parametrize("mine", ["DATE", "TIMESTAMP", "TIMESTAMP WITH TIME ZONE", "TIMESTAMP_NS"])
@pytest.mark.parametrize("theirs", ["DATE", "TIMESTAMP", "TIMESTAMP WITH TIME ZONE", "TIMESTAMP_NS"])
def test_a_window_means_the_same_whatever_type_of_time_a_group_has(bench: Bench, mine: str, theirs: str) -> None:
    old = bench.relation(
        f"select range as id, (timestamp '2020-01-01' + to_days(range::integer))::{theirs} as h from range(9)"
    )
    group = FileGroup(files=old.files, columns=old.columns)
    relation = Relation(
        columns=columns(id="BIGINT", h=mine), groups=(group,), window=Window(column="h", spans=((at(3), at(5)),))
    )
    assert ids(bench, relation) == [2, 3]
    assert [str(each)[:10] for each in ids(bench, relation, "h::timestamp")] == ["2020-01-03", "2020-01-04"]


def test_what_no_file_stands_behind_has_columns_and_no_rows(bench: Bench, tmp_path: Path) -> None:
    types = columns(id="BIGINT", l="INTEGER[]", s="STRUCT(a INTEGER)", w="VARCHAR", z="TIMESTAMP WITH TIME ZONE")
    relation = Relation(columns=types)
    built = bench.model("from t", {T: relation})
    assert (built.columns, built.rows) == (types, 0)
    assert bench.session.content_digest(relation) == built.content_digest
    assert bench.measure(relation, Metric.ROW_COUNT).value == 0
    assert bench.measure(relation, Metric.NULL_VALUES, "id").value == 0
    bench.session.hand_over(T, relation, str(tmp_path / "none.parquet"))
    assert (
        bench.session.content_digest(Relation(columns=types, files=(str(tmp_path / "none.parquet"),)))
        == built.content_digest
    )
    assert bench.session.compare(CompareRequest(dataset=T, before=relation, after=as_relation(built))).is_equal
    seen = bench.engine.see(T, relation, Sight(masked=("w",), method="m"), "salt")
    assert bench.model("from t", {T: seen}).rows == 0
    assert bench.session.rewrite(relation, bench.target()).content_digest == built.content_digest


@pytest.fixture(params=["groups", "window", "both"])
def parts(request: pytest.FixtureRequest, bench: Bench) -> tuple[Relation, Relation]:
    """A relation of parts, and the plain one with the same rows."""
    relation = grouped(bench)
    window = Window(column="h", spans=((at(1, 4), at(2, 1)),))
    if request.param == "window":
        relation = replace(hours(bench, 0, 72), window=window, rows=None)
    elif request.param == "both":
        relation = replace(relation, window=window)
    return relation, as_relation(bench.model("from t", {T: relation}))


def test_parts_are_read_like_a_table(bench: Bench, parts: tuple[Relation, Relation], tmp_path: Path) -> None:
    relation, plain = parts
    assert 0 < (plain.rows or 0) < 72
    assert bench.session.content_digest(relation) == bench.session.content_digest(plain)
    bench.session.hand_over(T, relation, str(tmp_path / "handed.parquet"))
    handed = Relation(columns=relation.columns, files=(str(tmp_path / "handed.parquet"),))
    assert bench.session.content_digest(handed) == bench.session.content_digest(plain)
    for key in ((), ("id",)):
        for before, after in ((relation, plain), (plain, relation)):
            found = bench.session.compare(CompareRequest(dataset=T, before=before, after=after, key=key))
            assert found.is_equal, key
            assert found.rows_before == found.rows_after == plain.rows
    answer = bench.engine.query("select count(*) as n from ops.flights.t", {T: relation}, product=None, limit=None)
    try:
        assert [row for batch in answer.batches() for row in batch.to_pylist()] == [{"n": plain.rows}]
    finally:
        answer.close()


def test_rules_measure_the_rows_that_are_shown(bench: Bench, parts: tuple[Relation, Relation]) -> None:
    relation, plain = parts
    assert bench.measure(relation, Metric.ROW_COUNT).value == plain.rows
    for column in (each.name for each in relation.columns):
        for metric in (Metric.NULL_VALUES, Metric.DUPLICATE_VALUES):
            assert bench.measure(relation, metric, column).value == bench.measure(plain, metric, column).value, column
    query = "select count(*) from ops.flights.t where id > 10"
    assert bench.measure(relation, Metric.SQL, query=query).value == bench.measure(plain, Metric.SQL, query=query).value


def test_nulls_of_whole_groups_are_counted_where_a_group_has_no_such_column(bench: Bench) -> None:
    now = bench.relation("select 1 as id, null::varchar as w, 'x' as v union all select 2, 'a', null")
    early = bench.relation("select range::integer as id, 'x' as v from range(5)")
    relation = replace(now, rows=None, groups=(FileGroup(files=early.files, columns=early.columns),))
    assert bench.measure(relation, Metric.NULL_VALUES, "w").value == 6
    assert bench.measure(relation, Metric.NULL_VALUES, "v").value == 1


def test_sights_hide_what_they_hide_of_parts(bench: Bench, parts: tuple[Relation, Relation]) -> None:
    relation, plain = parts
    sight = Sight(masked=("h",), clear=("id",), method="m", sample=Sample(rows=3))
    of_parts, of_plain = (bench.engine.see(T, each, sight, "salt") for each in (relation, plain))
    assert bench.session.content_digest(of_parts) == bench.session.content_digest(of_plain)
    answer = bench.engine.query("select count(*) as n from ops.flights.t", {T: of_parts}, product=None, limit=None)
    answer.close()


def test_a_view_is_bound_to_parts(bench: Bench, parts: tuple[Relation, Relation]) -> None:
    relation, plain = parts
    one, other = (
        Relation(
            columns=columns(n="BIGINT"),
            view=View(
                dataset="ops.flights.v", text="select count(*) as n from t", dialect="duckdb", inputs={T: each},
                key=key, computed=columns(n="BIGINT"),
            ),
        )
        for each, key in ((relation, "a1"), (plain, "a2"))
    )  # fmt: skip
    assert bench.session.content_digest(one) == bench.session.content_digest(other)


def test_a_rehearsal_reads_parts(bench: Bench, parts: tuple[Relation, Relation]) -> None:
    relation, plain = parts
    model = BindRequest(dataset="ops.flights.x", text="select count(*) as n from t", dialect="duckdb", reads=(T,))
    expected = ExampleRow(values={"n": ExampleValue(str(plain.rows))}, span=SourceSpan(file="t.yaml"))
    (answer,) = bench.engine.rehearse([Rehearsal(model=model, inputs={}, expected=(expected,), stored={T: relation})])
    assert answer.problem is None
    assert (answer.missing, answer.unexpected) == ((), ())


def test_parts_and_the_whole_stand_under_one_name_one_after_the_other(bench: Bench) -> None:
    relation = hours(bench, 0, 72)
    windows = [Window(column="h", spans=((at(day), at(day + 1)),)) for day in (1, 2, 3)]
    for window in windows:
        assert len(ids(bench, replace(relation, window=window, rows=None))) == 24
    assert len(ids(bench, relation)) == 72


def test_the_same_files_with_other_columns_are_another_relation(bench: Bench) -> None:
    early = bench.relation("select 7 as id")
    group = FileGroup(files=early.files, columns=early.columns)
    several = (columns(id="BIGINT"), columns(id="VARCHAR"), columns(id="INTEGER", more="DATE"))
    for relations in (
        [Relation(columns=types, groups=(group,)) for types in several],
        [Relation(columns=types) for types in several],
    ):
        for relation in relations:
            built = bench.model("select typeof(id) as t, count(*) as n from t group by all", {T: relation})
            expected = [{"t": relation.columns[0].type, "n": 1}] if relation.groups else []
            assert rows_of(built) == expected


def test_windows_of_the_same_files_are_compared_by_their_rows(bench: Bench) -> None:
    whole = hours(bench, 0, 72)
    first, second = (replace(whole, rows=None, window=Window(column="h", spans=((at(1), at(day)),))) for day in (2, 3))
    for before, after, added in ((first, second, 24), (second, whole, 24), (first, whole, 48)):
        found = bench.session.compare(CompareRequest(dataset=T, before=before, after=after, key=("id",)))
        assert (found.added, found.removed, found.changed) == (added, 0, 0)
        back = bench.session.compare(CompareRequest(dataset=T, before=after, after=before))
        assert (back.added, back.removed) == (0, added)


def test_a_view_is_shown_whole(bench: Bench) -> None:
    types = columns(n="BIGINT")
    view = View(dataset=T, text="select 1::bigint as n", dialect="duckdb", inputs={}, key="w1", computed=types)
    with pytest.raises(ValueError, match="only files can be cut"):
        Relation(columns=types, view=view, window=Window(column="n", spans=()))


@pytest.mark.parametrize(
    ("window", "words"),
    [("hh", "columns: d, h, id, n, w, z"), ("id", "columns of time: h, d, z, n")],
)
def test_a_window_over_no_column_of_time_is_refused_by_name(bench: Bench, window: str, words: str) -> None:
    relation = replace(hours(bench, 0, 3), window=Window(column=window, spans=((at(1), at(2)),)))
    actions: tuple[Callable[[], object], ...] = (
        lambda: bench.session.content_digest(relation),
        lambda: bench.model("from t", {T: relation}),
        lambda: bench.session.rewrite(relation, bench.target()),
    )
    for action in actions:
        error = failure(action)
        assert isinstance(error, InputError)
        assert error.first.code == "MW-E107"
        assert words in (error.first.fix or "")


def test_a_value_that_cannot_be_cast_is_told(bench: Bench) -> None:
    early = bench.relation("select 'seven' as id")
    relation = Relation(columns=columns(id="BIGINT"), groups=(FileGroup(files=early.files, columns=early.columns),))
    error = failure(lambda: bench.model("from t", {T: relation}))
    assert isinstance(error, InputError)
    assert "seven" in error.first.message


def test_a_rewritten_relation_has_its_rows_in_one_file(bench: Bench, parts: tuple[Relation, Relation]) -> None:
    relation, plain = parts
    built = bench.session.rewrite(relation, bench.target())
    assert built.columns == relation.columns
    assert built.content_digest == bench.session.content_digest(plain)
    assert built.content_digest == bench.engine.digest_of_sums(built.columns, built.rows, built.sums)
    assert len(built.files) == 1
    if relation.window is not None:
        moments = [row["h"] for row in rows_of(built)]
        assert moments == sorted(moments)  # type: ignore[type-var]


def test_what_cannot_be_rewritten_leaves_no_file(bench: Bench) -> None:
    early = bench.relation("select case when range = 200000 then 'x' else '1' end as id from range(300000)")
    relation = Relation(columns=columns(id="BIGINT"), groups=(FileGroup(files=early.files, columns=early.columns),))
    target = bench.target()
    assert isinstance(failure(lambda: bench.session.rewrite(relation, target)), InputError)
    assert not list(Path(target).parent.glob(f"{Path(target).name}*"))
