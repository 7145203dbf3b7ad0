"""Rules on what is inside of columns: fields, items, keys and values, counted by hand."""

from __future__ import annotations

import json

import pytest

from meshwright.checks.spec import Into, Metric, PathStep
from meshwright.engines.protocol import Relation
from meshwright.model import Operator

from ..conftest import Bench

ROWS = """
select 1 as id, {'city': 'Ulm', 'geo': {'lat': 48.4}} as address, ['a', 'b'] as tags,
    map {'k': 1, 'l': 2} as labels, [{'code': 'x', 'n': [1, 2]}, {'code': 'y', 'n': []}] as lines
union all select 2, {'city': null, 'geo': null}, ['a', null], map {'k': null}, [{'code': null, 'n': [3]}, null]
union all select 3, null, null, null, null
union all select 4, {'city': 'Ulm', 'geo': {'lat': null}}, [], map {}, []
union all select 5, {'city': '', 'geo': {'lat': 'nan'::double}}, ['c', 'c'], map {'m': -1}, [{'code': 'x', 'n': null}]
"""


def field(*names: str) -> tuple[PathStep, ...]:
    return tuple(PathStep(into=Into.FIELD, name=name) for name in names)


ITEMS = (PathStep(into=Into.ITEMS),)
KEYS = (PathStep(into=Into.KEYS),)
VALUES = (PathStep(into=Into.VALUES),)


@pytest.fixture(scope="module")
def table(bench: Bench) -> Relation:
    """The table under test."""
    return bench.relation(ROWS)


@pytest.mark.parametrize(
    ("metric", "column", "path", "arguments", "rows"),
    [
        # A struct that is not there promises nothing of its fields.
        (Metric.NULL_VALUES, "address", field("city"), {}, [2]),
        (Metric.NULL_VALUES, "address", field("geo"), {}, [2]),
        (Metric.NULL_VALUES, "address", field("geo", "lat"), {}, [4]),
        (Metric.NULL_VALUES, "tags", ITEMS, {}, [2]),
        (Metric.NULL_VALUES, "labels", VALUES, {}, [2]),
        (Metric.NULL_VALUES, "labels", KEYS, {}, []),
        (Metric.NULL_VALUES, "lines", ITEMS, {}, [2]),
        (Metric.NULL_VALUES, "lines", (*ITEMS, *field("code")), {}, [2]),
        (Metric.NULL_VALUES, "lines", (*ITEMS, *field("n")), {}, [5]),
        (Metric.MISSING_VALUES, "address", field("city"), {"missingValues": ["", None]}, [2, 5]),
        (Metric.MISSING_VALUES, "tags", ITEMS, {"missingValues": ["b"]}, [1]),
        (Metric.INVALID_VALUES, "address", field("city"), {"validValues": ["Ulm"]}, [5]),
        (Metric.INVALID_VALUES, "address", field("geo", "lat"), {"minimum": 0}, [5]),
        (Metric.INVALID_VALUES, "tags", ITEMS, {"pattern": "^[ab]$"}, [5]),
        (Metric.INVALID_VALUES, "tags", ITEMS, {"maxLength": 1}, []),
        (Metric.INVALID_VALUES, "labels", VALUES, {"minimum": 0}, [5]),
        (Metric.INVALID_VALUES, "labels", KEYS, {"validValues": ["k", "l"]}, [5]),
        (Metric.INVALID_VALUES, "lines", (*ITEMS, *field("code")), {"validValues": ["x"]}, [1]),
        (Metric.INVALID_VALUES, "lines", (*ITEMS, *field("n")), {"minItems": 1}, [1]),
        (Metric.INVALID_VALUES, "lines", (*ITEMS, *field("n"), *ITEMS), {"maximum": 2}, [2]),
    ],
)
def test_rows_that_hold_a_value_which_breaks_the_rule_are_counted(
    bench: Bench,
    table: Relation,
    metric: Metric,
    column: str,
    path: tuple[PathStep, ...],
    arguments: dict[str, object],
    rows: list[int],
) -> None:
    found = bench.measure(table, metric, column, path=path, arguments=arguments)
    assert found.error is None
    assert (found.value, found.failing_rows) == (len(rows), len(rows))
    assert sorted(row["id"] for row in found.sample) == rows  # type: ignore[type-var]
    assert all(set(row) == {"id", "address", "tags", "labels", "lines"} for row in found.sample)
    json.dumps([dict(row) for row in found.sample], allow_nan=False)


def test_a_value_of_a_struct_repeats_as_a_column_does_and_one_of_a_list_wherever_it_is_held_twice(
    bench: Bench, table: Relation
) -> None:
    city = bench.measure(table, Metric.DUPLICATE_VALUES, "address", path=field("city"))
    assert (city.error, city.value, [dict(row) for row in city.sample]) == (None, 1, [{"address.city": "Ulm"}])
    tags = bench.measure(table, Metric.DUPLICATE_VALUES, "tags", path=ITEMS)
    # 'a' is in the rows 1 and 2, 'c' twice in row 5.
    assert (tags.error, tags.value) == (None, 3)
    assert [dict(row) for row in tags.sample] == [{"tags[]": "a"}, {"tags[]": "c"}]
    codes = bench.measure(table, Metric.DUPLICATE_VALUES, "lines", path=(*ITEMS, *field("code")))
    assert (codes.value, [dict(row) for row in codes.sample]) == (2, [{"lines[].code": "x"}])
    assert bench.measure(table, Metric.DUPLICATE_VALUES, "labels", path=KEYS).value == 2


def test_percent_is_of_all_rows_of_the_dataset(bench: Bench, table: Relation) -> None:
    rule: dict[str, object] = {"unit": "percent", "operator": Operator.MUST_BE_LESS_THAN, "bound": 20}
    found = bench.measure(table, Metric.NULL_VALUES, "address", path=field("city"), **rule)
    assert (found.value, found.failing_rows) == (20.0, 1)
    empty = bench.relation(f"select * from ({ROWS}) where false")
    assert bench.measure(empty, Metric.NULL_VALUES, "tags", path=ITEMS, **rule).value == 0
    assert bench.measure(empty, Metric.DUPLICATE_VALUES, "tags", path=ITEMS).value == 0


def test_names_are_quoted_and_never_mistaken_for_paths(bench: Bench) -> None:
    table = bench.relation(
        """select {'Zip "Code"': 1, 'it''s': null::int} as "a b", 5 as "a b.Zip ""Code\"\"", [1] as "select"
        union all select {'Zip "Code"': null, 'it''s': 2}, null, [null]"""
    )
    assert bench.measure(table, Metric.NULL_VALUES, "a b", path=field('Zip "Code"')).value == 1
    assert bench.measure(table, Metric.NULL_VALUES, "a b", path=field("it's")).value == 1
    assert bench.measure(table, Metric.NULL_VALUES, 'a b.Zip "Code"').value == 1
    found = bench.measure(table, Metric.INVALID_VALUES, "a b", path=field('Zip "Code"'), arguments={"maximum": 0})
    assert (found.error, found.value) == (None, 1)
    assert bench.measure(table, Metric.NULL_VALUES, "select", path=ITEMS).value == 1
    twin = bench.relation("""select {'b': null::int} as a, 5 as "a.b" union all select {'b': 1}, null""")
    assert bench.measure(twin, Metric.NULL_VALUES, "a", path=field("b")).sample[0]["a.b"] == 5


def test_what_is_inside_of_json_is_measured_as_text(bench: Bench) -> None:
    table = bench.relation(
        """select 1 as id, '{"city": "Ulm", "tags": ["a", null], "n": 5}'::json as doc
        union all select 2, '{"city": null}'::json union all select 3, '{"tags": []}'::json
        union all select 4, null union all select 5, 'null'::json"""
    )
    assert bench.measure(table, Metric.NULL_VALUES, "doc", path=field("city")).value == 2
    tags = (*field("tags"), *ITEMS)
    assert bench.measure(table, Metric.NULL_VALUES, "doc", path=tags).value == 1
    found = bench.measure(table, Metric.INVALID_VALUES, "doc", path=tags, arguments={"validValues": ["b"]})
    assert (found.error, found.value) == (None, 1)
    assert bench.measure(table, Metric.INVALID_VALUES, "doc", path=field("n"), arguments={"pattern": "^5$"}).value == 0
    number = bench.measure(table, Metric.INVALID_VALUES, "doc", path=field("n"), arguments={"minimum": 1})
    assert number.error is not None
    assert "'doc.n' is VARCHAR" in number.error


@pytest.mark.parametrize(
    ("column", "path", "words"),
    [
        ("address", field("cty"), "'address' has no field 'cty'; did you mean 'city'?"),
        ("address", field("geo", "lon"), "'address.geo' has no field 'lon'"),
        ("address", ITEMS, "'address' is STRUCT"),
        ("id", field("x"), "'id' has no field 'x'; it is INTEGER"),
        ("tags", KEYS, "'tags' is VARCHAR[], not a map"),
    ],
)
def test_a_path_that_leads_nowhere_is_an_error(
    bench: Bench, table: Relation, column: str, path: tuple[PathStep, ...], words: str
) -> None:
    found = bench.measure(table, Metric.NULL_VALUES, column, path=path)
    assert found.value is None
    assert words in (found.error or "")


def test_a_foreign_key_counts_rows_whose_whole_key_stands_nowhere(bench: Bench) -> None:
    table = bench.relation(
        "select * from (values (1, 'EWR', 'a'), (2, 'XXX', 'a'), (3, null, 'a'), (4, 'XXX', null)) v(id, code, kind)"
    )
    airports = bench.relation("select * from (values ('EWR', 'a', {'c': 'EWR'}), ('XXX', 'b', null)) v(code, kind, s)")
    others = {"ref.places.airports": airports}
    rule: dict[str, object] = {"reads": ("ref.places.airports",), "others": others}
    one = bench.measure(table, Metric.FOREIGN_KEY, "code", arguments={"key": [["code"]]}, **rule)
    assert (one.error, one.value, one.failing_rows) == (None, 0, 0)
    inside = bench.measure(table, Metric.FOREIGN_KEY, "code", arguments={"key": [["s", "c"]]}, **rule)
    assert (inside.value, sorted(row["id"] for row in inside.sample)) == (2, [2, 4])  # type: ignore[type-var]
    both = bench.measure(table, Metric.FOREIGN_KEY, "code", "kind", arguments={"key": [["code"], ["kind"]]}, **rule)
    assert (both.value, [dict(row) for row in both.sample]) == (1, [{"id": 2, "code": "XXX", "kind": "a"}])
    percent = bench.measure(table, Metric.FOREIGN_KEY, "code", arguments={"key": [["s", "c"]]}, unit="percent", **rule)
    assert percent.value == 50.0
    lost = bench.measure(table, Metric.FOREIGN_KEY, "code", arguments={"key": [["cod"]]}, **rule)
    assert "cod" in (lost.error or "")


def test_a_foreign_key_may_refer_to_its_own_dataset_and_lie_inside_of_a_column(bench: Bench) -> None:
    table = bench.relation(
        """select 1 as id, null::int as boss, [1, 2] as team, {'first': 1} as ref
        union all select 2, 1, [3, null], {'first': 9} union all select 3, 7, [], null"""
    )
    boss = bench.measure(table, Metric.FOREIGN_KEY, "boss", arguments={"key": [["id"]]})
    assert (boss.error, boss.value, [row["id"] for row in boss.sample]) == (None, 1, [3])
    first = bench.measure(table, Metric.FOREIGN_KEY, "ref", path=field("first"), arguments={"key": [["id"]]})
    assert (first.error, first.value, [row["id"] for row in first.sample]) == (None, 1, [2])
    two = bench.relation("select 1 as id union all select 2")
    team = bench.measure(
        table,
        Metric.FOREIGN_KEY,
        "team",
        path=ITEMS,
        arguments={"key": [["id"]]},
        reads=("a.b.c",),
        others={"a.b.c": two},
    )
    assert (team.error, team.value, [dict(row) for row in team.sample]) == (None, 1, [{"team[]": 3}])
    none = bench.relation("select 1 as id where false")
    assert (
        bench.measure(
            table, Metric.FOREIGN_KEY, "boss", arguments={"key": [["id"]]}, reads=("a.b.d",), others={"a.b.d": none}
        ).value
        == 2
    )


NOW = {"now": "2026-03-01T12:00:00+00:00"}


@pytest.mark.parametrize(
    ("metric", "values", "type_text", "seconds"),
    [
        (Metric.LATEST_AGE, ["2026-03-01 11:00:00", "2026-02-01 00:00:00", None], "timestamp", 3_600),
        (Metric.LATEST_AGE, ["2026-03-01 11:59:59.5"], "timestamp", 0.5),
        (Metric.LATEST_AGE, ["2026-03-01 12:00:00+02"], "timestamptz", 7_200),
        (Metric.LATEST_AGE, ["2026-02-28"], "date", 86_400),
        (Metric.LATEST_AGE, ["infinity", "2026-03-01 11:00:00"], "timestamp", 3_600),
        (Metric.EARLIEST_AGE, ["2026-02-28 12:00:00", "2026-03-01 00:00:00"], "timestamp", 86_400),
        (Metric.EARLIEST_AGE, ["0001-01-01"], "date", 63_907_920_000),
        (Metric.GREATEST_GAP, ["2026-01-01", "2026-01-02", "2026-01-05", "2026-01-05"], "date", 259_200),
        (Metric.LATEST_AGE, [None], "timestamp", None),
        (Metric.LATEST_AGE, [], "timestamp", None),
        (Metric.GREATEST_GAP, ["2026-01-01", "2026-01-01"], "date", None),
        (Metric.LATEST_AGE, ["x"], "varchar", None),
    ],
)
def test_service_levels_are_measured_at_a_moment_that_is_given(
    bench: Bench, metric: Metric, values: list[str | None], type_text: str, seconds: float | None
) -> None:
    rows = " union all ".join(f"select {'null' if each is None else repr(each)}::{type_text} as t" for each in values)
    table = bench.relation(rows or f"select null::{type_text} as t where false")
    found = bench.measure(table, metric, "t", arguments=NOW)
    assert found.value == seconds
    assert (found.error is None) is (seconds is not None)
