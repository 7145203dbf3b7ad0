"""How the values of a column lie in two versions, against a plain count in Python."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from meshwright.engines.protocol import ColumnDistribution, CompareRequest, Distance

from ..conftest import Bench


def lie(bench: Bench, before: str, after: str, column: str = "x") -> ColumnDistribution:
    request = CompareRequest(
        dataset="ops.flights.t", before=bench.relation(before), after=bench.relation(after), has_distributions=True
    )
    [found] = [each.distribution for each in bench.session.compare(request).columns if each.name == column]
    assert found is not None
    return found


def rows(values: Sequence[object], kind: str) -> str:
    """Return a SELECT of a column `x` with the values."""
    listed = ", ".join(f"({'NULL' if value is None else repr(value)}::{kind})" for value in values)
    return f"select * from (values {listed}) v(x)"


def smirnov(before: Sequence[int | None], after: Sequence[int | None]) -> float:
    known = sorted({value for value in (*before, *after) if value is not None})
    shares = [
        [sum(value is not None and value <= limit for value in side) / len(side) for limit in known]
        for side in (before, after)
    ]
    return max((abs(one - other) for one, other in zip(*shares, strict=True)), default=0.0)


def variation(before: Sequence[object], after: Sequence[object]) -> float:
    one, other = Counter(before), Counter(after)
    return sum(abs(one[value] / len(before) - other[value] / len(after)) for value in {*one, *other}) / 2


NUMBERS = st.lists(st.one_of(st.none(), st.integers(-3, 8)), min_size=1, max_size=20)
TEXTS = st.lists(st.one_of(st.none(), st.sampled_from(["a", "b", "B", "", "c"])), min_size=1, max_size=20)
CALM = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@CALM
@given(before=NUMBERS, after=NUMBERS)
def test_numbers_are_apart_by_the_shares_up_to_a_value(
    bench: Bench, before: list[int | None], after: list[int | None]
) -> None:
    if Counter(before) == Counter(after):
        return
    found = lie(bench, rows(before, "INTEGER"), rows(after, "INTEGER"))
    assert found.measured_by is Distance.KOLMOGOROV_SMIRNOV
    assert found.distance == pytest.approx(smirnov(before, after))


@CALM
@given(before=TEXTS, after=TEXTS)
def test_texts_are_apart_by_the_shares_of_values(
    bench: Bench, before: list[str | None], after: list[str | None]
) -> None:
    if Counter(before) == Counter(after):
        return
    found = lie(bench, rows(before, "VARCHAR"), rows(after, "VARCHAR"))
    assert found.measured_by is Distance.TOTAL_VARIATION
    assert found.distance == pytest.approx(variation(before, after))


def test_quantiles_are_values_of_the_column_and_top_values_are_counted(bench: Bench) -> None:
    found = lie(bench, "select range::int as x from range(1, 101)", "select 7 as x from range(10) union all select 8")
    assert found.before.quantiles == (5, 25, 50, 75, 95)
    assert found.after.quantiles == (7, 7, 7, 7, 8)
    assert found.before.top == ()
    assert found.after.top == ((7, 10),)


def test_top_values_come_by_their_number_then_as_texts(bench: Bench) -> None:
    after = rows(["b", "a", "b", "a", "c", "c", "c", "d", None, None], "VARCHAR")
    found = lie(bench, rows(["x"], "VARCHAR"), after)
    assert found.after.top == (("c", 3), ("a", 2), ("b", 2))
    assert found.distance == 1.0


@pytest.mark.parametrize(
    ("kind", "measured", "quantiles"),
    [
        ("DOUBLE", Distance.KOLMOGOROV_SMIRNOV, 5),
        ("DECIMAL(18,2)", Distance.KOLMOGOROV_SMIRNOV, 5),
        ("BOOLEAN", Distance.TOTAL_VARIATION, 0),
        ("DATE", Distance.KOLMOGOROV_SMIRNOV, 5),
        ("TIMESTAMP WITH TIME ZONE", Distance.KOLMOGOROV_SMIRNOV, 5),
        ("BLOB", Distance.TOTAL_VARIATION, 0),
        ("INTEGER[]", Distance.TOTAL_VARIATION, 0),
        ("MAP(VARCHAR, DOUBLE)", Distance.TOTAL_VARIATION, 0),
        ("STRUCT(a INTEGER, b DOUBLE)", Distance.TOTAL_VARIATION, 0),
    ],
)
def test_every_kind_of_type_has_a_distance(bench: Bench, kind: str, measured: Distance, quantiles: int) -> None:
    values = {
        "BOOLEAN": ("true", "false"),
        "DATE": ("'2013-01-01'", "'2013-02-01'"),
        "TIMESTAMP WITH TIME ZONE": ("'2013-01-01T00:00:00Z'", "'2013-02-01T00:00:00Z'"),
        "BLOB": ("'a'", "'b'"),
        "INTEGER[]": ("[1]", "[2]"),
        "MAP(VARCHAR, DOUBLE)": ("map {'a': 1.0}", "map {'a': 2.0}"),
        "STRUCT(a INTEGER, b DOUBLE)": ("{'a': 1, 'b': 1.0}", "{'a': 1, 'b': 2.0}"),
    }.get(kind, ("1", "2"))
    one, other = (f"select CAST({value} AS {kind}) as x from range(2)" for value in values)
    found = lie(bench, one, other)
    assert (found.distance, found.measured_by, len(found.before.quantiles)) == (1.0, measured, quantiles)
    assert [times for _, times in found.after.top] == [2]


def test_other_types_are_compared_in_one_that_holds_both(bench: Bench) -> None:
    found = lie(bench, "select 1 as x", "select 1.0::double as x union all select 2.5")
    assert found.distance == 0.5
    assert lie(bench, "select [1] as x", "select 'a' as x").distance == 1.0


def test_a_version_without_rows_has_no_distance(bench: Bench) -> None:
    found = lie(bench, "select 1 as x where false", "select 1 as x")
    assert (found.distance, found.before.quantiles, found.before.top) == (None, (), ())


def test_what_is_the_same_is_not_read_for_it(bench: Bench) -> None:
    relation = bench.relation("select 1 as id, 2 as x")
    request = CompareRequest(dataset="a.b.c", before=relation, after=relation, has_distributions=True)
    assert [each.distribution for each in bench.session.compare(request).columns] == [None, None]
    same = bench.relation("select 1 as id, 2 as x")
    request = CompareRequest(dataset="a.b.c", before=relation, after=same, key=("id",), has_distributions=True)
    assert [each.distribution for each in bench.session.compare(request).columns] == [None, None]
