"""Comparing two versions: rows by key or as a bag, columns by value, and what stands in them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from meshwright.diagnostics import InterruptedRun, WorldError
from meshwright.engines.protocol import CompareRequest, Comparison, Engine, Limits, ModelBuild, Relation, View
from meshwright.model import Column

from ..conftest import Bench, failure

#: A key that must be quoted wherever it is named.
ODD = 'se"lect a.b'


def compare(bench: Bench, before: str | Relation, after: str | Relation, *key: str, **options: object) -> Comparison:
    """Build both sides and compare them."""
    one, other = (bench.relation(side) if isinstance(side, str) else side for side in (before, after))
    request = CompareRequest(dataset="ops.flights.t", before=one, after=other, key=key, **options)  # type: ignore[arg-type]
    found = bench.session.compare(request)
    assert found.rows_before == found.removed + (found.changed or 0) + found.unchanged
    assert found.rows_after == found.added + (found.changed or 0) + found.unchanged
    json.dumps([[dict(each.before or {}), dict(each.after or {})] for each in found.sample], allow_nan=False)
    return found


def counts(found: Comparison) -> tuple[int, int, int | None, int]:
    """Added, removed, changed, unchanged."""
    return found.added, found.removed, found.changed, found.unchanged


def changed(found: Comparison) -> dict[str, int | None]:
    """Column -> rows that differ in it."""
    return {column.name: column.changed for column in found.columns}


def sample(found: Comparison) -> list[tuple[Mapping[str, object] | None, Mapping[str, object] | None]]:
    return [(each.before and dict(each.before), each.after and dict(each.after)) for each in found.sample]


BEFORE = "select * from (values (1, 'a', 1.5::double), (2, 'b', null), (3, 'c', 3.5), (4, 'd', 4.5)) v(id, name, x)"
AFTER = "select * from (values (6, 'f', 0), (4, 'D', 5.5), (3, 'c', 3.5), (2, 'b', 2.5::double), (5, null, 9)) v(id, name, x)"


def test_rows_are_matched_by_their_key(bench: Bench) -> None:
    found = compare(bench, BEFORE, AFTER, "id")
    assert counts(found) == (2, 1, 2, 1)
    assert (found.rows_before, found.rows_after, found.key, found.key_problem) == (4, 5, ("id",), None)
    assert changed(found) == {"id": 0, "name": 1, "x": 2}
    assert [column.change_rate for column in found.columns] == [0, 1 / 3, 2 / 3]
    assert not found.is_equal


def test_the_sample_is_of_every_kind_in_the_order_of_the_key(bench: Bench) -> None:
    found = compare(bench, BEFORE, AFTER, "id")
    assert sample(found) == [
        (None, {"id": 5, "name": None, "x": 9.0}),
        (None, {"id": 6, "name": "f", "x": 0.0}),
        ({"id": 1, "name": "a", "x": 1.5}, None),
        ({"id": 2, "name": "b", "x": None}, {"id": 2, "name": "b", "x": 2.5}),
        ({"id": 4, "name": "d", "x": 4.5}, {"id": 4, "name": "D", "x": 5.5}),
    ]
    assert [each.times for each in found.sample] == [1] * 5
    first = compare(bench, BEFORE, AFTER, "id", sample_rows=1)
    assert sample(first) == [sample(found)[at] for at in (0, 2, 3)]
    none = compare(bench, BEFORE, AFTER, "id", sample_rows=0)
    assert (none.sample, counts(none)) == ((), counts(found))


def test_a_large_sample_is_the_same_however_rows_lie(bench: Bench) -> None:
    base = "select range as id, range // 3 as x from range(50000)"
    other = "select id, case when id % 7 = 0 then x + 1 else x end as x from t where id % 11 > 0"
    numbers = {"ops.flights.t": bench.relation(base)}
    one, two = (bench.model(f"{other} order by {order}", numbers) for order in ("id", "hash(id)"))
    found = [
        compare(bench, base, Relation(columns=each.columns, files=(each.files[0][0],)), "id") for each in (one, two)
    ]
    assert found[0].sample == found[1].sample
    removed = [each.before["id"] for each in found[0].sample if each.before and not each.after]
    assert removed == [11 * number for number in range(10)]
    assert counts(found[0]) == (0, 4546, 6493, 38961)


def test_rows_without_a_key_are_a_bag(bench: Bench) -> None:
    before = "select * from (values (1, 'a'), (1, 'a'), (1, 'a'), (2, null), (2, null), (3, 'c')) v(n, w)"
    after = "select * from (values (2, null), (3, 'c'), (1, 'a'), (3, 'c'), (3, 'c'), (4, null), (2, null)) v(n, w)"
    found = compare(bench, before, after)
    assert counts(found) == (3, 2, None, 4)
    assert (found.key, found.key_problem) == ((), None)
    assert changed(found) == {"n": None, "w": None}
    assert [(each.before, each.after, each.times) for each in found.sample] == [
        (None, {"n": 3, "w": "c"}, 2),
        (None, {"n": 4, "w": None}, 1),
        ({"n": 1, "w": "a"}, None, 2),
    ]


@pytest.mark.parametrize(
    ("before", "after", "key", "words"),
    [
        (
            "(1, 1), (1, 2)",
            "(1, 1)",
            ("k",),
            "the key (k) is not unique in the earlier version: 1 of its values stands",
        ),
        ("(1, 1)", "(1, 1), (1, 2), (3, 1), (3, 3)", ("k",), "not unique in the later version: 2 of its values stand"),
        ("(null, 1), (1, 2)", "(1, 1)", ("k",), "the key (k) holds a null in 1 row of the earlier version"),
        ("(1, 1)", "(1, null), (2, null)", ("k", "v"), "the key (k, v) holds a null in 2 rows of the later version"),
        ("(1, 1)", "(1, 1)", ("k", "w"), "the earlier version has no column 'w'"),
    ],
)
def test_what_is_no_key_is_said_and_rows_are_a_bag(
    bench: Bench, before: str, after: str, key: tuple[str, ...], words: str
) -> None:
    texts = [f"select * from (values {rows}) v(k, v)" for rows in (before, after)]
    found = compare(bench, *texts, *key)
    assert words in (found.key_problem or "")
    assert found.key == ()
    assert counts(found) == counts(compare(bench, *texts))
    assert found.changed is None


def test_a_key_of_several_columns_and_a_key_that_is_all(bench: Bench) -> None:
    rows = "select * from (values (1, 'a', 1), (1, 'b', 2), (2, 'a', 3)) v(k, w, x)"
    found = compare(bench, rows, rows.replace("'b', 2", "'b', 7").replace("(2, 'a'", "(2, 'c'"), "k", "w")
    assert counts(found) == (1, 1, 1, 1)
    assert changed(found) == {"k": 0, "w": 0, "x": 1}
    every = compare(bench, rows, rows.replace("'b', 2", "'b', 7"), "k", "w", "x")
    assert counts(every) == (1, 1, 0, 2)
    repeated = compare(bench, rows, rows, "K", "k", "w")
    assert (repeated.key, repeated.key_problem) == (("k", "w"), None)


#: One value, another, and whether they are equal.
VALUES = [
    ("1", "2", False),
    ("null::integer", "null::integer", True),
    ("null::integer", "0", False),
    ("''", "null::varchar", False),
    ("'a'", "'a '", False),
    ("'nan'::double", "-('nan'::double)", True),
    ("'nan'::double", "'inf'::double", False),
    ("'nan'::double", "null::double", False),
    ("0.0::double", "-0.0::double", True),
    ("'nan'::float", "'nan'::float", True),
    ("0.0::float", "-0.0::float", True),
    ("1::float", "1.0000001::float", False),
    ("0.1::double + 0.2::double", "0.3::double", True),
    ("1.23456789::double", "1.23456788::double", False),
    ("1e300::double", "1e301::double", False),
    ("[0.1::double + 0.2::double]", "[0.3::double]", True),
    ("{'a': [0.1::double + 0.2::double]}", "{'a': [0.3::double]}", True),
    ("[1, null]", "[1, null]", True),
    ("[1, null]", "[1]", False),
    ("[null]::integer[]", "[]::integer[]", False),
    ("null::integer[]", "[]::integer[]", False),
    ("null::double[]", "[]::double[]", False),
    ("[null]::double[]", "[]::double[]", False),
    ("{'a': null::double}", "null::struct(a double)", False),
    ("{'a': 1, 'b': 'x'}", "{'a': 1, 'b': 'y'}", False),
    ("{'a\"b': 1.5::double, 'select': [1]}", "{'a\"b': 1.5::double, 'select': [1]}", True),
    ("map {'a': 1, 'b': 2}", "map {'b': 2, 'a': 1}", True),
    ("map {'a': 1}", "map {'a': 2}", False),
    ("map {'a': 1}", "map {'b': 1}", False),
    ("null::map(varchar, integer)", "map {}::map(varchar, integer)", False),
    ("[map {'a': [0.1::double + 0.2::double], 'b': null}]", "[map {'b': null, 'a': [0.3::double]}]", True),
    ("1.50::decimal(5,2)", "1.5::decimal(5,2)", True),
    (
        "99999999999999999999999999999999999998::decimal(38,0)",
        "99999999999999999999999999999999999999::decimal(38,0)",
        False,
    ),
    ("170141183460469231731687303715::hugeint", "170141183460469231731687303716::hugeint", False),
    ("timestamptz '2020-01-01 00:00:00+00'", "timestamptz '2020-01-01 02:00:00+02'", True),
    ("timestamptz '2020-01-01 00:00:00+00'", "timestamptz '2020-01-01 00:00:00.000001+00'", False),
    ("timestamp_ns '2020-01-01 00:00:00.000000001'", "timestamp_ns '2020-01-01 00:00:00.000000002'", False),
    ("time '10:00'", "time '10:01'", False),
    ("'\\x00\\xFF'::blob", "'\\x00\\xFE'::blob", False),
    ("'\\x00\\xFF'::blob", "'\\x00\\xFF'::blob", True),
    ("interval 1 month", "interval 30 days", False),
    ("uuid '550e8400-e29b-41d4-a716-446655440000'", "uuid '550E8400-E29B-41D4-A716-446655440000'", True),
    ("'{\"a\": 1}'::json", "'{\"a\": 2}'::json", False),
    ("'x'::enum('x', 'y')", "'y'::enum('x', 'y')", False),
    ("true", "false", False),
    ("date '2020-01-01'", "date '2020-01-01'", True),
    ("union_value(k := 1)", "union_value(k := 2)", False),
]


@pytest.mark.parametrize(("one", "other", "is_equal"), VALUES)
@pytest.mark.parametrize("tolerance", [0.0, 1e-13])
def test_values_are_compared_in_canonical_form(
    bench: Bench, one: str, other: str, is_equal: bool, tolerance: float
) -> None:
    before, after = (bench.relation(f"select 1 as id, {value} as x union all select 2, null") for value in (one, other))
    found = compare(bench, before, after, "id", tolerance=tolerance)
    assert counts(found) == (0, 0, 1 - is_equal, 1 + is_equal)
    assert found.is_equal is is_equal
    assert len(found.sample) == 1 - is_equal
    bag = compare(bench, before, after, tolerance=tolerance)
    assert counts(bag) == (1 - is_equal, 1 - is_equal, None, 1 + is_equal)
    if not tolerance:
        digests = {bench.session.content_digest(each) for each in (before, after)}
        assert (len(digests) == 1) is is_equal


@pytest.mark.parametrize(
    "value", sorted({value for one, other, _ in VALUES for value in (one, other) if "null" not in value})
)
def test_a_value_of_any_type_can_be_a_key(bench: Bench, value: str) -> None:
    rows = bench.relation(f"select {value} as k, 1 as x")
    found = compare(bench, rows, f"select {value} as k, 2 as x", "k")
    assert (found.key_problem, counts(found)) == (None, (0, 0, 1, 0))
    assert len(found.sample) == 1


@pytest.mark.parametrize(
    ("one", "other", "tolerance", "is_equal"),
    [
        ("1::double", "1.01::double", 0.02, True),
        ("1::double", "1.03::double", 0.02, False),
        ("1000::double", "1010::double", 0.02, True),
        ("1000::double", "1030::double", 0.02, False),
        ("-1000::double", "1000::double", 0.02, False),
        ("0::double", "0.01::double", 0.02, True),
        ("'inf'::double", "'inf'::double", 0.02, True),
        ("'inf'::double", "1::double", 0.02, False),
        ("'inf'::double", "'-inf'::double", 0.02, False),
        ("'nan'::double", "'nan'::double", 0.02, True),
        ("'nan'::double", "1::double", 0.02, False),
        ("null::double", "0::double", 0.02, False),
        ("1::float", "1.01::float", 0.02, True),
        ("[1::double, null]", "[1.01::double, null]", 0.02, True),
        ("[1::double, null]", "[1.01::double]", 0.02, False),
        ("[]::double[]", "[]::double[]", 0.02, True),
        ("[]::double[]", "null::double[]", 0.02, False),
        ("[[1::double], [2]]", "[[1.01::double], [2.01]]", 0.02, True),
        ("[[1::double], [2]]", "[[1.01::double], [2.1]]", 0.02, False),
        ("{'a': 1::double, 'b': 'x'}", "{'a': 1.01::double, 'b': 'x'}", 0.02, True),
        ("{'a': 1::double, 'b': 'x'}", "{'a': 1.01::double, 'b': 'y'}", 0.02, False),
        ("{'a': {'b': [1::double]}}", "{'a': {'b': [1.01::double]}}", 0.02, True),
        ("map {'a': 1::double, 'b': 2}", "map {'b': 2.01::double, 'a': 1.01}", 0.02, True),
        ("map {'a': 1::double, 'b': 2}", "map {'b': 2.1::double, 'a': 1.01}", 0.02, False),
        ("map {'a': 1::double}", "map {'b': 1::double}", 0.02, False),
        ("1.00::decimal(5,2)", "1.01::decimal(5,2)", 0.02, False),
        ("100", "101", 0.02, False),
    ],
)
def test_floats_within_the_tolerance_are_equal(
    bench: Bench, one: str, other: str, tolerance: float, is_equal: bool
) -> None:
    before, after = (f"select 1 as id, {value} as x" for value in (one, other))
    for pair in ((before, after), (after, before)):
        assert compare(bench, *pair, "id", tolerance=tolerance).is_equal is is_equal
        assert compare(bench, *pair, tolerance=tolerance).is_equal is is_equal


def test_without_a_key_near_rows_are_paired_among_those_that_agree_elsewhere(bench: Bench) -> None:
    before = "select * from (values ('a', 1.0::double), ('a', 1.0), ('a', 5), ('b', 1), ('c', 7)) v(w, x)"
    after = "select * from (values ('a', 1.01::double), ('a', 1.0), ('a', 5.02), ('b', 1.5), ('d', 7)) v(w, x)"
    found = compare(bench, before, after, tolerance=0.02)
    assert counts(found) == (2, 2, None, 3)
    assert sample(found) == [
        (None, {"w": "b", "x": 1.5}),
        (None, {"w": "d", "x": 7.0}),
        ({"w": "b", "x": 1.0}, None),
        ({"w": "c", "x": 7.0}, None),
    ]
    assert counts(compare(bench, before, after)) == (4, 4, None, 1)
    several = "select 1::double as x, 'a' as w, {} as y, [{}::float] as l"
    one, near, far, none = (
        several.format(*values)
        for values in (("5::double", 7), ("5.01::double", 7.01), ("5.01::double", 8), ("null", 7))
    )
    found_of = [counts(compare(bench, one, other, tolerance=0.02)) for other in (near, far, none)]
    assert found_of == [(0, 0, None, 1), (1, 1, None, 0), (1, 1, None, 0)]


@pytest.mark.parametrize(
    ("one", "other", "is_equal"),
    [
        ("1::integer", "1::bigint", True),
        ("1::integer", "2::bigint", False),
        ("-1::bigint", "18446744073709551615::ubigint", False),
        ("1::integer", "1::double", True),
        ("9007199254740993::bigint", "9007199254740992::double", False),
        ("9007199254740993::bigint", "null::double", False),
        ("1::float", "1::double", True),
        ("1::integer", "'1'", True),
        ("1::integer", "'one'", False),
        ("1.5::decimal(5,1)", "1.50::decimal(9,4)", True),
        ("1::decimal(38,0)", "1.4::decimal(10,5)", False),
        ("99999999999999999999999999999999999999::decimal(38,0)", "1.4::decimal(38,5)", False),
        ("date '2020-01-01'", "timestamp '2020-01-01'", True),
        ("date '2020-01-01'", "timestamp '2020-01-01 12:00:00'", False),
        ("date '2020-01-01'", "'2020-01-01'", True),
        ("timestamp '2020-01-01'", "timestamptz '2020-01-01 00:00:00Z'", True),
        ("true", "1::integer", True),
        ("uuid '550e8400-e29b-41d4-a716-446655440000'", "'550e8400-e29b-41d4-a716-446655440000'", True),
        ("[1::integer]", "[1::bigint]", True),
        ("{'a': 1::integer}", "{'a': 1::bigint}", True),
        ("{'a': 1}", "{'a': 1, 'b': null::integer}", True),
        ("{'a': 1}", "{'a': 1, 'b': 2}", False),
        ("map {'a': 1::integer, 'b': 2}", "map {'b': 2::bigint, 'a': 1}", True),
        ("[1]", "1", False),
        ("null::integer[]", "null::integer", True),
        ("null::integer", "null::varchar", True),
        ("'ab'::blob", "1", False),
        ("date '2020-01-01'", "1", False),
        ("null::date", "null::integer", True),
        ("'{\"a\":1}'::json", "'{\"a\":1}'", True),
        ("'{'", "'1'::json", False),
    ],
)
def test_columns_of_different_types_are_compared_in_one_that_holds_both(
    bench: Bench, one: str, other: str, is_equal: bool
) -> None:
    texts = [f"select 1 as id, {value} as x" for value in (one, other)]
    for before, after in (texts, texts[::-1]):
        found = compare(bench, before, after, "id")
        assert changed(found) == {"id": 0, "x": 1 - is_equal}
        for tolerance in (0.0, 1e-13):
            bag = compare(bench, before, after, tolerance=tolerance)
            assert (bag.added, bag.removed) == (1 - is_equal, 1 - is_equal)
        assert len(bag.sample) == 2 * (1 - is_equal)


def test_a_key_may_have_another_type(bench: Bench) -> None:
    found = compare(
        bench, "select 1::integer as id, 'a' as w", "select '1' as id, 'b' as w union all select 'x', 'b'", "id"
    )
    assert counts(found) == (1, 0, 1, 0)


def test_only_columns_that_both_have_are_compared(bench: Bench) -> None:
    before = "select 1 as id, 'a' as gone, 2 as Kept"
    after = "select 5 as fresh, 2 as kept, 1 as ID"
    found = compare(bench, before, after, "id")
    assert counts(found) == (0, 0, 0, 1)
    assert [column.name for column in found.columns] == ["kept", "ID"]
    assert found.key == ("ID",)
    nothing = compare(bench, "select 1 as a from range(3)", "select 1 as b from range(5)")
    assert (counts(nothing), nothing.columns, nothing.sample) == ((2, 0, None, 3), (), ())
    lost = compare(bench, before, after, "gone")
    assert "the later version has no column 'gone'" in (lost.key_problem or "")


def test_any_name_can_be_a_column(bench: Bench) -> None:
    names = ['"se""lect a.b"', '"from"', '"x.y"', '"k0"', '"b0"', '"is_before"', '"n"', '"it\'s"', '"Ä"', '"e"']
    before = "select " + ", ".join(f"{place} as {name}" for place, name in enumerate(names))
    after = before.replace('1 as "from"', '9 as "from"')
    found = compare(bench, before, after, ODD)
    assert found.key == (ODD,)
    assert changed(found)["from"] == 1
    assert found.sample[0].after is not None
    assert found.sample[0].after["x.y"] == 2
    assert counts(compare(bench, before, after)) == (1, 1, None, 0)


def test_empty_tables_are_tables(bench: Bench) -> None:
    full, empty = BEFORE, f"{BEFORE} where false"
    assert counts(compare(bench, full, empty, "id")) == (0, 4, 0, 0)
    assert counts(compare(bench, empty, full, "id")) == (4, 0, 0, 0)
    assert counts(compare(bench, full, empty)) == (0, 4, None, 0)
    both = compare(bench, empty, f"{BEFORE} where id > 9", "id")
    assert counts(both) == (0, 0, 0, 0)
    assert both.is_equal
    assert both.columns[2].change_rate is None
    assert both.columns[2].after is not None
    assert (both.columns[2].after.distinct, both.columns[2].after.min, both.columns[2].after.mean) == (0, None, None)


def test_summaries_say_what_stands_in_a_column(bench: Bench) -> None:
    before = """select * from (values
      (1, 1.25::decimal(38,2), 'b', 1.5::double, date '2020-01-02', [1, 2], map {'a': 1, 'b': 2}, 'ab'::blob, true),
      (2, null, 'a', 'nan'::double, null, [1, 2], map {'b': 2, 'a': 1}, null, false),
      (4, 999999999999999999999999999999999999.25, 'b', 0.5, date '2019-01-01', null, null, 'cd'::blob, null)
    ) v(id, d, w, x, day, l, m, b, t)"""
    found = compare(bench, before, f"select * from ({before}) where id <> 2", "id")
    seen = {each.name: each.before for each in found.columns}
    figures = {
        name: (each.nulls, each.distinct, each.min, each.max, each.mean)
        for name, each in seen.items()
        if each is not None
    }
    assert figures == {
        "id": (0, 3, 1, 4, 2.33333333333),
        "d": (1, 2, "1.25", "999999999999999999999999999999999999.25", 5e35),
        "w": (0, 2, "a", "b", None),
        "x": (0, 3, 0.5, "nan", "nan"),
        "day": (1, 2, "2019-01-01", "2020-01-02", None),
        "l": (1, 1, None, None, None),
        "m": (1, 1, None, None, None),
        "b": (1, 2, "6162", "6364", None),
        "t": (1, 2, False, True, None),
    }
    assert all(each is not None and each.is_distinct_exact for each in seen.values())
    later = next(each.after for each in found.columns if each.name == "x")
    assert later is not None
    assert (later.nulls, later.distinct, later.min, later.max, later.mean) == (0, 2, 0.5, 1.5, 1.0)


def test_a_column_that_stayed_has_one_summary(bench: Bench) -> None:
    found = compare(bench, BEFORE, BEFORE.replace("'c'", "'e'"), "id")
    by_name = {each.name: each for each in found.columns}
    assert by_name["id"].before is by_name["id"].after
    assert by_name["name"].after is not None
    assert by_name["name"].after.max == "e"
    shifted = compare(bench, BEFORE, BEFORE.replace("4.5)", "4.51)"), "id", tolerance=0.1)
    assert shifted.is_equal
    assert shifted.columns[2].after is not None
    assert shifted.columns[2].after.max == 4.51


def test_the_same_files_are_equal_and_nothing_is_read(bench: Bench) -> None:
    columns = (Column(name="id", type="INTEGER"),)
    relation = Relation(columns=columns, files=("/nowhere/x.parquet",), rows=7)
    found = compare(bench, relation, relation, "id")
    assert (found.is_equal, found.rows_before, found.unchanged, found.changed) == (True, 7, 7, 0)
    assert changed(found) == {"id": 0}
    assert (found.columns[0].before, found.columns[0].after) == (None, None)
    assert compare(bench, relation, relation).changed is None
    unknown = bench.relation(BEFORE)
    unknown = Relation(columns=unknown.columns, files=unknown.files)
    assert compare(bench, unknown, unknown).rows_after == 4


def test_files_that_both_have_are_not_compared_again(bench: Bench) -> None:
    old, new, other = (bench.relation(f"select {n} as id, 'x{n}' as w") for n in (1, 2, 3))
    changed_file = bench.relation("select 2 as id, 'y' as w")

    def of(*parts: Relation) -> Relation:
        return Relation(columns=old.columns, files=tuple(file for part in parts for file in part.files))

    found = compare(bench, of(old, new), of(old, changed_file, other), "id")
    assert counts(found) == (1, 0, 1, 1)
    assert counts(compare(bench, of(old, new), of(old, changed_file, other))) == (2, 1, None, 1)
    assert counts(compare(bench, of(old, new), of(old), "id")) == (0, 1, 0, 1)
    assert counts(compare(bench, of(old), of(old, new))) == (1, 0, None, 1)
    again = compare(bench, of(old, new), of(old, new, old), "id")
    assert "not unique in the later version" in (again.key_problem or "")
    assert counts(again) == (1, 0, None, 2)


def as_view(bench: Bench, text: str, inputs: Mapping[str, Relation], key: str) -> Relation:
    """Build a view of ``ops.flights.v``."""
    build = ModelBuild(dataset="ops.flights.v", text=text, dialect="duckdb", inputs=inputs)
    built = bench.session.build_view(build, key)
    view = View(dataset=build.dataset, text=text, dialect="duckdb", inputs=inputs, key=key, computed=built.computed)
    return Relation(columns=built.columns, view=view)


def test_views_are_compared_like_tables(bench: Bench, engine: Engine) -> None:
    inputs = [{"ops.flights.t": bench.relation(text)} for text in (BEFORE, AFTER)]
    text = "select id, name, sum(id) over () as s, x from t"
    before, after = (as_view(bench, text, each, f"compared{place}") for place, each in enumerate(inputs))
    found = compare(bench, before, after, "id")
    assert counts(found) == (2, 1, 3, 0)
    assert changed(found) == {"id": 0, "name": 1, "s": 3, "x": 2}
    assert counts(compare(bench, before, "select id, name, 10::hugeint as s, x from (" + BEFORE + ")", "id")) == (
        0,
        0,
        0,
        4,
    )
    assert compare(bench, after, after, "id").unchanged == 5
    with engine.open(Limits(threads=2)) as session:  # nowhere to spill to: views are computed as they are read
        request = CompareRequest(dataset="ops.flights.v", before=before, after=after, key=("id",))
        assert session.compare(request) == found


def test_a_missing_file_is_a_fault_of_the_world(bench: Bench, tmp_path: Path) -> None:
    good = bench.relation(BEFORE)
    lost = Relation(columns=good.columns, files=(str(tmp_path / "lost.parquet"),))
    error = failure(lambda: compare(bench, good, lost, "id"))
    assert isinstance(error, WorldError)
    assert error.first.code == "MW-E203"
    assert error.first.object == "ops.flights.t"
    assert compare(bench, good, AFTER, "id").added == 2


def test_an_interrupted_session_compares_nothing(bench: Bench, engine: Engine) -> None:
    one, other = bench.relation(BEFORE), bench.relation(AFTER)
    with engine.open(Limits(threads=1)) as session:
        session.interrupt()
        error = failure(lambda: session.compare(CompareRequest(dataset="a.b.c", before=one, after=other)))
        assert isinstance(error, InterruptedRun)
