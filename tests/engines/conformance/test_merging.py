"""Merging: new rows meet those of the version before by their key."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from meshwright.diagnostics import InputError, SourceSpan
from meshwright.engines.protocol import BuiltTable, FileGroup, MergeBuild, ModelBuild, Relation, View, Window
from meshwright.model import ByMerging, Merge
from meshwright.model.merging import merged_columns

from ..conftest import Bench, as_relation, failure, rows_of, types_of

X = "ops.flights.x"
AT = dt.datetime(2020, 5, 1, 12, tzinfo=dt.UTC)
UPSERT = ByMerging(key=("id",), merge=Merge.UPSERT)
DELETE_INSERT = replace(UPSERT, merge=Merge.DELETE_INSERT)
SCD2 = replace(UPSERT, merge=Merge.SCD2)


def values(columns: str, *rows: str) -> str:
    """A SELECT of rows."""
    return f"select * from (values {', '.join(f'({row})' for row in rows)}) v({columns})"


def merge(
    bench: Bench,
    rows: str | Relation,
    before: BuiltTable | Relation | None = None,
    merging: ByMerging = UPSERT,
    at: dt.datetime = AT,
    target: str | None = None,
) -> BuiltTable:
    """Merge what a text gives, or rows that lie in files."""
    span = SourceSpan(file="x.sql")
    new = (
        rows if isinstance(rows, Relation) else ModelBuild(dataset=X, text=rows, dialect="duckdb", inputs={}, span=span)
    )
    standing = as_relation(before) if isinstance(before, BuiltTable) else before
    build = MergeBuild(dataset=X, rows=new, before=standing, merging=merging, at=at, span=span)
    return bench.session.build_merge(build, target or bench.target())


def tuples(built: BuiltTable) -> list[tuple[object, ...]]:
    return sorted((tuple(row.values()) for row in rows_of(built)), key=repr)


def day(number: int, month: int = 1) -> dt.datetime:
    return dt.datetime(2020, month, number)


def test_without_a_version_before_the_new_rows_stand(bench: Bench) -> None:
    text = values("id, w", "1, 'a'", "2, 'b'")
    for merging in (UPSERT, DELETE_INSERT):
        built = merge(bench, text, merging=merging)
        assert tuples(built) == [(1, "a"), (2, "b")]
        assert built.content_digest == bench.model(text).content_digest
        assert built.content_digest == bench.engine.digest_of_sums(built.columns, built.rows, built.sums)
    built = merge(bench, text, merging=SCD2)
    now = AT.replace(tzinfo=None)
    assert tuples(built) == [(1, "a", now, None, True), (2, "b", now, None, True)]
    assert list(types_of(built).items())[2:] == [
        ("valid_from", "TIMESTAMP"),
        ("valid_to", "TIMESTAMP"),
        ("is_current", "BOOLEAN"),
    ]


def test_an_upsert_replaces_the_row_of_a_key(bench: Bench) -> None:
    first = merge(bench, values("id, w", "1, 'a'", "2, 'b'", "3, 'c'"))
    second = merge(bench, values("id, w", "2, 'x'", "4, 'd'"), first)
    assert tuples(second) == [(1, "a"), (2, "x"), (3, "c"), (4, "d")]
    assert tuples(first) == [(1, "a"), (2, "b"), (3, "c")]


def test_a_deleted_row_takes_the_standing_one_with_it(bench: Bench) -> None:
    merging = replace(UPSERT, deleted="Gone")
    first = merge(bench, values("id, gone, w", "1, false, 'a'", "2, null, 'b'", "3, true, 'c'"), merging=merging)
    assert (list(types_of(first)), tuples(first)) == (["id", "w"], [(1, "a"), (2, "b")])
    second = merge(bench, values("id, gone, w", "1, true, null::varchar", "9, true, null"), first, merging)
    assert tuples(second) == [(2, "b")]


def test_delete_and_insert_replaces_all_rows_of_a_key_by_as_many_as_come(bench: Bench) -> None:
    merging = replace(DELETE_INSERT, deleted="gone")
    first = merge(
        bench,
        values("id, w, gone", "1, 'a', false", "1, 'a', false", "2, 'b', false", "3, 'c', false"),
        merging=merging,
    )
    second = merge(
        bench, values("id, w, gone", "1, 'x', false", "2, 'y', false", "2, 'z', false", "3, 'c', true"), first, merging
    )
    assert tuples(second) == [(1, "x"), (2, "y"), (2, "z")]
    third = merge(bench, values("id, w, gone", "2, 'y', true", "2, 'n', false"), second, merging)
    assert tuples(third) == [(1, "x"), (2, "n")]


def test_a_key_of_several_columns_of_any_type(bench: Bench) -> None:
    merging = replace(UPSERT, key=("X", "l", "d"))
    row = "select {x}::double as x, {l} as l, date '2020-01-02' as d, {w} as w"
    first = merge(bench, row.format(x="0.1 + 0.2", l="[0.1::double + 0.2::double]", w=1), merging=merging)
    same = merge(bench, row.format(x="0.3", l="[0.3::double]", w=2), first, merging)
    assert [each["w"] for each in rows_of(same)] == [2]
    other = merge(bench, row.format(x="0.3", l="[0.4::double]", w=3), same, merging)
    assert sorted(str(each["w"]) for each in rows_of(other)) == ["2", "3"]


def test_a_change_closes_the_current_row_and_opens_another(bench: Bench) -> None:
    merging = replace(SCD2, valid_from="since")
    head = "id, since, w"
    first = merge(bench, values(head, "1, date '2020-01-01', 'a'", "2, date '2020-01-01', 'b'"), merging=merging)
    assert list(types_of(first)) == ["id", "w", "valid_from", "valid_to", "is_current"]
    second = merge(
        bench,
        values(head, "1, timestamptz '2020-01-05 02:00:00+02', 'x'", "2, timestamptz '2020-01-06 00:00:00+00', 'b'"),
        first,
        merging,
    )
    assert tuples(second) == [
        (1, "a", day(1), day(5), False),
        (1, "x", day(5), None, True),
        (2, "b", day(1), None, True),
    ]
    third = merge(bench, values(head, "1, date '2020-01-07', 'a'"), second, merging)
    assert tuples(third) == [
        (1, "a", day(1), day(5), False),
        (1, "a", day(7), None, True),
        (1, "x", day(5), day(7), False),
        (2, "b", day(1), None, True),
    ]


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        ("null::integer", "null::integer", True),
        ("null::integer", "0", False),
        ("0.1::double + 0.2::double", "0.3::double", True),
        ("0.0::double", "-0.0::double", True),
        ("'nan'::double", "-('nan'::double)", True),
        ("[0.1::double + 0.2::double, null]", "[0.3::double, null]", True),
        ("{'a': null::integer}", "null::struct(a integer)", False),
        ("map {'a': 1, 'b': 2}", "map {'b': 2, 'a': 1}", True),
        ("''", "null::varchar", False),
    ],
)
def test_rows_are_compared_in_canonical_form(bench: Bench, one: str, other: str, is_same: bool) -> None:
    first = merge(bench, f"select 1 as id, {one} as x", merging=SCD2)
    second = merge(bench, f"select 1 as id, {other} as x", first, SCD2, AT + dt.timedelta(days=1))
    assert (second.rows == 1) is is_same
    assert (second.content_digest == first.content_digest) is is_same


def test_absent_keys_are_closed_where_that_is_asked_for_and_come_back(bench: Bench) -> None:
    merging = replace(SCD2, is_closing_absent=True)
    one, two, three = (dt.datetime(2020, month, 1, tzinfo=dt.UTC) for month in (1, 2, 3))
    first = merge(bench, values("id, w", "1, 'a'", "2, 'b'"), merging=merging, at=one)
    second = merge(bench, values("id, w", "2, 'b'"), first, merging, two)
    assert tuples(second) == [(1, "a", day(1), day(1, 2), False), (2, "b", day(1), None, True)]
    third = merge(bench, values("id, w", "1, 'a'", "2, 'b'"), second, merging, three)
    assert tuples(third) == [
        (1, "a", day(1), day(1, 2), False),
        (1, "a", day(1, 3), None, True),
        (2, "b", day(1), None, True),
    ]
    assert tuples(merge(bench, values("id, w", "2, 'b'"), first, SCD2, two)) == tuples(first)


def test_a_deleted_key_is_closed_and_nothing_is_forgotten(bench: Bench) -> None:
    merging = replace(SCD2, deleted="gone", valid_from="since")
    head = "id, w, gone, since"
    first = merge(
        bench, values(head, "1, 'a', false, date '2020-01-01'", "2, 'b', true, date '2020-01-01'"), merging=merging
    )
    second = merge(
        bench, values(head, "1, 'a', true, date '2020-01-09'", "2, 'b', true, date '2020-01-09'"), first, merging
    )
    assert tuples(second) == [(1, "a", day(1), day(9), False)]
    third = merge(bench, values(head, "1, 'a', true, date '2020-01-10'"), second, merging)
    assert tuples(third) == tuples(second)


def test_a_row_that_holds_from_later_on_is_closed_where_it_begins(bench: Bench) -> None:
    merging = replace(SCD2, valid_from="since", is_closing_absent=True)
    first = merge(bench, values("id, since", "1, date '2030-01-01'"), merging=merging)
    second = merge(bench, values("id, since", "2, date '2020-01-01'"), first, merging)
    assert (1, dt.datetime(2030, 1, 1), dt.datetime(2030, 1, 1), False) in tuples(second)


def test_the_column_of_validity_may_have_its_own_name(bench: Bench) -> None:
    merging = replace(SCD2, valid_from="valid_from")
    built = merge(bench, values("valid_from, id", "date '2020-01-03', 1"), merging=merging)
    assert (list(types_of(built)), tuples(built)) == (
        ["id", "valid_from", "valid_to", "is_current"],
        [(1, day(3), None, True)],
    )


@pytest.mark.parametrize("merging", [UPSERT, SCD2], ids=["upsert", "scd2"])
def test_a_key_that_comes_twice_is_told(bench: Bench, merging: ByMerging) -> None:
    target = bench.target()
    rows = [f"{number}, '{letter}'" for number in range(1, 6) for letter in "ab"]
    error = failure(lambda: merge(bench, values("id, w", *rows, "9, 'a'"), merging=merging, target=target))
    assert isinstance(error, InputError)
    assert error.first.code == "MW-E108"
    assert (
        "5 keys (id) of ops.flights.x come more than once among the new rows: id '1', id '2', id '3', ..."
        in error.first.message
    )
    assert error.first.fix
    assert error.first.span is not None
    assert not list(Path(target).parent.glob(f"{Path(target).name}*"))
    double = replace(merging, key=("id", "w"))
    error = failure(lambda: merge(bench, values("id, w, v", "1, 'a', 1", "1, 'a', 2", "1, 'b', 2"), merging=double))
    assert (
        "1 key (id, w) of ops.flights.x comes more than once among the new rows: id '1' and w 'a'"
        in error.first.message
    )


@pytest.mark.parametrize("merging", [UPSERT, DELETE_INSERT, SCD2], ids=["upsert", "delete+insert", "scd2"])
def test_a_key_that_is_null_is_told(bench: Bench, merging: ByMerging) -> None:
    error = failure(lambda: merge(bench, values("id, w", "1, 'a'", "null, 'b'", "null, 'c'"), merging=merging))
    assert error.first.code == "MW-E108"
    assert "the key (id) is NULL in 2 new rows" in error.first.message


def test_a_row_that_is_older_than_the_one_that_it_would_close_is_told(bench: Bench) -> None:
    merging = replace(SCD2, valid_from="since", deleted="gone")
    head = "id, w, since, gone"
    first = merge(
        bench, values(head, "1, 'a', date '2020-02-01', false", "2, 'b', date '2020-02-01', false"), merging=merging
    )
    for row in ("1, 'x', date '2020-01-31', false", "1, 'a', date '2020-01-31', true"):
        error = failure(lambda: merge(bench, values(head, row), first, merging))  # noqa: B023
        assert error.first.code == "MW-E110"
        assert (
            "id '1'; the first is of 2020-01-31 00:00:00, and the current one of 2020-02-01 00:00:00"
            in error.first.message
        )
    # One that says the same changes nothing, and one of the same moment corrects.
    assert tuples(merge(bench, values(head, "1, 'a', date '2020-01-31', false"), first, merging)) == tuples(first)
    corrected = tuples(merge(bench, values(head, "1, 'x', date '2020-02-01', false"), first, merging))
    assert [row[1:] for row in corrected if row[0] == 1] == [
        ("a", day(1, 2), day(1, 2), False),
        ("x", day(1, 2), None, True),
    ]


@pytest.mark.parametrize("since", ["null", "'infinity'"])
def test_a_row_must_say_since_when_it_holds(bench: Bench, since: str) -> None:
    merging = replace(SCD2, valid_from="since")
    error = failure(lambda: merge(bench, f"select 1 as id, {since}::timestamp as since", merging=merging))
    assert error.first.code == "MW-E106"
    assert "since when they hold nobody knows" in error.first.message


@pytest.mark.parametrize(
    ("merging", "columns", "words"),
    [
        (replace(UPSERT, key=("idd",)), "1 as id", "there is no column 'idd'"),
        (replace(UPSERT, deleted="gone"), "1 as id, 1 as gone", "'gone' says which rows are deleted, and is INTEGER"),
        (
            replace(SCD2, valid_from="since"),
            "1 as id, '2020' as since",
            "'since' says since when a row holds, and is VARCHAR",
        ),
        (SCD2, "1 as id, now()::timestamp as valid_from", "'valid_from' has a name"),
        (SCD2, "1 as id, true as IS_CURRENT", "'IS_CURRENT' has a name"),
        (replace(UPSERT, key=("id", "gone"), deleted="gone"), "1 as id, true as gone", "'gone' is part of the key"),
    ],
)
def test_columns_that_cannot_be_merged_are_told_by_name(
    bench: Bench, merging: ByMerging, columns: str, words: str
) -> None:
    error = failure(lambda: merge(bench, f"select {columns}", merging=merging))
    assert isinstance(error, InputError)
    assert error.first.code == "MW-E109"
    assert words in error.first.message
    assert error.first.fix


@pytest.mark.parametrize("merging", [UPSERT, DELETE_INSERT, SCD2], ids=["upsert", "delete+insert", "scd2"])
def test_standing_columns_are_matched_by_name(bench: Bench, merging: ByMerging) -> None:
    first = merge(bench, "select 1::integer as id, '7' as n, 'old' as gone, 1.5::double as x", merging=merging)
    second = merge(bench, "select 2::bigint as ID, 'w' as added, 2.5::double as X, 8 as n", first, merging)
    assert list(types_of(second).items())[:4] == [
        ("ID", "BIGINT"),
        ("added", "VARCHAR"),
        ("X", "DOUBLE"),
        ("n", "INTEGER"),
    ]
    assert [row[:4] for row in tuples(second)] == [(1, None, 1.5, 7), (2, "w", 2.5, 8)]
    assert second.columns == merged_columns(second.columns[:4], merging)


@pytest.mark.parametrize(
    ("before", "now", "words"),
    [
        ("'seven' as n", "7 as n", "column 'n' of ops.flights.x was VARCHAR, and is INTEGER now: 'seven' stands there"),
        ("1.5::double as n", "7 as n", "'1.5' stands there, which is no INTEGER"),
        ("[1] as n", "7 as n", "column 'n' of ops.flights.x was INTEGER[], and is INTEGER now"),
    ],
)
def test_standing_values_that_cannot_be_cast_are_told_by_name(bench: Bench, before: str, now: str, words: str) -> None:
    for merging in (UPSERT, SCD2):
        first = merge(bench, f"select 1 as id, {before}", merging=merging)
        error = failure(lambda: merge(bench, f"select 2 as id, {now}", first, merging))  # noqa: B023
        assert isinstance(error, InputError)
        assert error.first.code == "MW-E109"
        assert words in error.first.message
        assert error.first.fix


def test_standing_rows_without_what_new_ones_meet_them_by_are_told(bench: Bench) -> None:
    first = merge(bench, "select 1 as id, 2 as other")
    error = failure(lambda: merge(bench, "select 1 as id, 2 as code", first, replace(UPSERT, key=("code",))))
    assert error.first.code == "MW-E109"
    assert "have no column 'code'" in error.first.message
    error = failure(lambda: merge(bench, "select 1 as id, 2 as other", first, SCD2))
    assert "have no column 'valid_from'" in error.first.message


def test_new_rows_and_standing_ones_may_lie_in_parts(bench: Bench) -> None:
    old = bench.relation("select range as id, timestamp '2020-01-01' + to_hours(range) as h from range(48)")
    span = (dt.datetime(2020, 1, 1, tzinfo=dt.UTC), dt.datetime(2020, 1, 1, 3, tzinfo=dt.UTC))
    window = Window(column="h", spans=(span,))
    group = FileGroup(files=old.files, columns=old.columns, window=window)
    before = Relation(columns=old.columns, groups=(group,))
    new = replace(
        bench.relation(
            "select 1::bigint as id, timestamp '2020-01-01 01:30' as h union all select 7, timestamp '2020-02-01'"
        ),
        window=window,
    )
    built = merge(bench, new, before)
    assert [row[0] for row in tuples(built)] == [0, 1, 2]
    assert tuples(built)[1][1] == dt.datetime(2020, 1, 1, 1, 30)


def test_new_rows_may_be_a_view(bench: Bench) -> None:
    given = bench.relation("select 1 as id, 'a' as w union all select 2, 'b'")
    view = View(
        dataset="ops.flights.v", text="select * from t where id = 2", dialect="duckdb", inputs={"ops.flights.t": given},
        key="m1", computed=given.columns,
    )  # fmt: skip
    assert tuples(merge(bench, Relation(columns=given.columns, view=view))) == [(2, "b")]


def test_what_fails_in_the_model_has_its_line_and_leaves_no_file(bench: Bench) -> None:
    target = bench.target()
    error = failure(lambda: merge(bench, "select 1 as id,\n  'x'::integer as n", target=target))
    assert error.first.span is not None
    assert (error.first.code, error.first.span.line) == ("MW-E101", 2)
    assert not list(Path(target).parent.glob(f"{Path(target).name}*"))
    assert not list(bench.folder.rglob("merge-*"))


def test_names_with_quotes_and_aliases_of_the_engine_are_names(bench: Bench) -> None:
    head = 'select {} as "a "" b", {} as c0, {} as k0, {} as since, {} as gone'
    merging = replace(SCD2, key=('a " b', "c0"))
    first = merge(bench, head.format(1, 2, 3, 4, 5), merging=merging)
    second = merge(bench, head.format(1, 2, 3, 4, 6), first, merging, AT + dt.timedelta(days=1))
    assert [row[:5] for row in tuples(second)] == [(1, 2, 3, 4, 5), (1, 2, 3, 4, 6)]


def test_a_version_of_keys_alone_is_merged(bench: Bench) -> None:
    for merging in (UPSERT, SCD2):
        first = merge(bench, "select 1 as id", merging=merging)
        second = merge(bench, "select unnest([1, 2]) as id", first, merging)
        assert _ids(tuples(second)) == [1, 2]


def _ids(rows: Sequence[tuple[object, ...]]) -> list[object]:
    return [row[0] for row in rows]
