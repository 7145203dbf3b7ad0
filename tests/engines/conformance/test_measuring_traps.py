"""Values that count wrong where one does not look: NaN, -0, wide decimals, times at the ends, nothing but nulls, odd names."""

from __future__ import annotations

import pytest

from meshwright.checks.spec import Metric
from meshwright.model import Operator

from ..conftest import Bench


def test_nan_is_no_number_of_a_range_one_value_of_a_set_and_equal_to_itself(bench: Bench) -> None:
    table = bench.relation("select unnest(['nan', 'nan', '1', '-inf', 'inf', null])::double as x")
    assert bench.measure(table, Metric.INVALID_VALUES, "x", arguments={"minimum": 0}).value == 3
    assert bench.measure(table, Metric.INVALID_VALUES, "x", arguments={"exclusiveMaximum": 2}).value == 3
    assert bench.measure(table, Metric.INVALID_VALUES, "x", arguments={"validValues": [1]}).value == 4
    assert (
        bench.measure(table, Metric.INVALID_VALUES, "x", arguments={"validValues": [1, "nan", "inf", "-inf"]}).value
        == 0
    )
    assert bench.measure(table, Metric.DUPLICATE_VALUES, "x").value == 1
    assert bench.measure(table, Metric.NULL_VALUES, "x").value == 1
    assert bench.measure(table, Metric.FOREIGN_KEY, "x", arguments={"key": [["x"]]}).value == 0


def test_minus_zero_is_zero(bench: Bench) -> None:
    table = bench.relation("select unnest(['-0.0', '0.0', '1'])::double as x")
    assert bench.measure(table, Metric.INVALID_VALUES, "x", arguments={"minimum": 0}).value == 0
    assert bench.measure(table, Metric.INVALID_VALUES, "x", arguments={"exclusiveMinimum": 0}).value == 2
    assert bench.measure(table, Metric.INVALID_VALUES, "x", arguments={"validValues": [0, 1]}).value == 0
    assert bench.measure(table, Metric.DUPLICATE_VALUES, "x").value == 1
    other = bench.relation("select 0.0::double as k union all select 1")
    rule: dict[str, object] = {"arguments": {"key": [["k"]]}, "reads": ("a.b.c",), "others": {"a.b.c": other}}
    assert bench.measure(table, Metric.FOREIGN_KEY, "x", **rule).value == 0


def test_decimals_are_compared_with_all_their_digits(bench: Bench) -> None:
    table = bench.relation(
        "select unnest(['99999999999999999999999999999999999998', '99999999999999999999999999999999999999'])::decimal(38,0) as d"
    )
    top = "99999999999999999999999999999999999998"
    assert bench.measure(table, Metric.INVALID_VALUES, "d", arguments={"maximum": top}).value == 1
    assert bench.measure(table, Metric.INVALID_VALUES, "d", arguments={"maximum": int(top)}).value == 1
    assert bench.measure(table, Metric.INVALID_VALUES, "d", arguments={"validValues": [int(top)]}).value == 1
    assert bench.measure(table, Metric.DUPLICATE_VALUES, "d").value == 0
    fine = bench.relation("select unnest(['0.1', '0.2', '0.3'])::decimal(18,9) as d")
    assert bench.measure(fine, Metric.INVALID_VALUES, "d", arguments={"maximum": 0.3}).value == 0
    assert bench.measure(fine, Metric.INVALID_VALUES, "d", arguments={"multipleOf": 0.1}).value == 0


def test_times_at_the_ends_of_what_is_stored_are_in_order(bench: Bench) -> None:
    table = bench.relation(
        "select unnest(['0001-01-01', '9999-12-31 23:59:59.999999', '294000-01-01', 'infinity', '-infinity', null])::timestamp as t"
    )
    late = {"maximum": "9999-12-31 23:59:59.999999"}
    assert bench.measure(table, Metric.INVALID_VALUES, "t", arguments=late).value == 2
    assert bench.measure(table, Metric.INVALID_VALUES, "t", arguments={"minimum": "0001-01-01"}).value == 1
    assert bench.measure(table, Metric.INVALID_VALUES, "t", arguments={"exclusiveMinimum": "0001-01-01"}).value == 2
    found = bench.measure(table, Metric.INVALID_VALUES, "t", arguments={"maximum": "soon"})
    assert found.error is not None
    zoned = bench.relation("select timestamptz '2026-01-01 00:30:00+01' as t")
    assert bench.measure(zoned, Metric.INVALID_VALUES, "t", arguments={"maximum": "2025-12-31 23:30:00"}).value == 0
    assert (
        bench.measure(zoned, Metric.INVALID_VALUES, "t", arguments={"exclusiveMaximum": "2025-12-31 23:30:00"}).value
        == 1
    )


def test_long_texts_that_begin_alike_are_told_apart(bench: Bench) -> None:
    table = bench.relation("select repeat('ä', 300) || i as s from range(3) t(i)")
    assert bench.measure(table, Metric.DUPLICATE_VALUES, "s").value == 0
    assert bench.measure(table, Metric.INVALID_VALUES, "s", arguments={"maximum": "ä" * 300 + "1"}).value == 1
    assert bench.measure(table, Metric.INVALID_VALUES, "s", arguments={"maxLength": 300}).value == 3
    assert bench.measure(table, Metric.INVALID_VALUES, "s", arguments={"maxLength": 301}).value == 0


@pytest.mark.parametrize("rows", ["select null::{} as v from range(3)", "select null::{} as v where false"])
@pytest.mark.parametrize("kind", ["double", "varchar", "timestamp", "int[]", "struct(a int)", "map(varchar, int)"])
def test_nothing_but_nulls_and_nothing_at_all(bench: Bench, rows: str, kind: str) -> None:
    table = bench.relation(rows.format(kind))
    nulls = 3 if "range" in rows else 0
    assert bench.measure(table, Metric.NULL_VALUES, "v").value == nulls
    assert bench.measure(table, Metric.MISSING_VALUES, "v").value == nulls
    assert bench.measure(table, Metric.DUPLICATE_VALUES, "v").value == 0
    assert bench.measure(table, Metric.ROW_COUNT).value == nulls
    percent = bench.measure(table, Metric.NULL_VALUES, "v", unit="percent", operator=Operator.MUST_BE, bound=100)
    assert percent.value == (100 if nulls else 0)
    assert bench.measure(table, Metric.FOREIGN_KEY, "v", arguments={"key": [["v"]]}).value == 0


def test_names_of_any_letters_are_names(bench: Bench) -> None:
    names = ['Größe "m"', "select", "a.b", "it's", "名前", " x ", "{property}"]
    items = ", ".join('{} AS "{}"'.format(place, name.replace('"', '""')) for place, name in enumerate(names))
    table = bench.relation(f"select {items}")
    for place, name in enumerate(names):
        assert bench.measure(table, Metric.NULL_VALUES, name).value == 0
        assert bench.measure(table, Metric.INVALID_VALUES, name, arguments={"validValues": [place]}).value == 0
        found = bench.measure(table, Metric.INVALID_VALUES, name, arguments={"minimum": place + 1})
        assert (found.value, found.sample[0][name]) == (1, place)
        assert bench.measure(table, Metric.FOREIGN_KEY, name, arguments={"key": [[name]]}).value == 0
    assert bench.measure(table, Metric.DUPLICATE_VALUES, *names).value == 0
