"""Views: the same rows and types as the table of the same SQL, bound to their inputs whatever stands under the names."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from meshwright.checks.spec import CheckSpec, Metric
from meshwright.diagnostics import InputError, SourceSpan
from meshwright.engines.protocol import BuiltView, ModelBuild, Relation, View
from meshwright.model import Scalar, identity

from ..conftest import Bench, as_relation, failure, rows_of

FLIGHTS, WEATHER = "ops.flights.flights", "weather.obs.hourly"


def a_view(
    bench: Bench,
    text: str,
    inputs: Mapping[str, Relation] | None = None,
    params: Mapping[str, Scalar] | None = None,
    types: Mapping[str, str] | None = None,
    dataset: str = "ops.flights.v",
    dialect: str = "duckdb",
) -> tuple[Relation, BuiltView]:
    """Build a view and return it as an input of others."""
    beneath = {name: each.identity for name, each in (inputs or {}).items()}
    key = identity("key", text, dataset, beneath, repr(params), repr(types))[:16]
    build = ModelBuild(
        dataset=dataset,
        text=text,
        dialect=dialect,
        inputs=inputs or {},
        params=params or {},
        param_types=types or {},
        span=SourceSpan(file="v.sql"),
    )
    built = bench.session.build_view(build, key)
    view = View(
        dataset=dataset,
        text=text,
        dialect=dialect,
        inputs=inputs or {},
        key=key,
        computed=built.computed,
        params=params or {},
        param_types=types or {},
    )
    return Relation(columns=built.columns, view=view), built


def read(bench: Bench, relation: Relation) -> list[dict[str, object]]:
    """The rows of a relation as a query gives them."""
    return asked(bench, "from x.y.z", {"x.y.z": relation})


def asked(bench: Bench, text: str, relations: Mapping[str, Relation]) -> list[dict[str, object]]:
    answer = bench.engine.query(text, relations, product=None, limit=None)
    try:
        return pa.Table.from_batches(list(answer.batches())).to_pylist()
    finally:
        answer.close()


#: SQL over `flights` (id, origin, minutes, seen) and `weather.obs.hourly` (origin, temp).
STATEMENTS = {
    "filter": "select * from flights where minutes > 10",
    "limit": "select id from flights order by minutes desc nulls last limit 2",
    "offset": "from flights select id order by id limit 1 offset 1",
    "sum": "select origin, sum(minutes) as total, count(*) as n from flights group by all",
    "hugeint": "select sum(id) as s, 12345678901234567890::hugeint as h from flights",
    "join": "select f.id, w.temp from flights f left join weather.obs.hourly w using (origin)",
    "qualified": "select flights.id,\n"
    "ops.flights.flights.origin, weather.obs.hourly.temp from ops.flights.flights, weather.obs.hourly",
    "half qualified": "select flights.flights.id, obs.hourly.temp from ops.flights.flights join weather.obs.hourly using (origin)",
    "quoted": 'select "id" from "ops" . flights /* x */ ."Flights" -- weather.obs.hourly',
    "alias": "select hourly.id, flights.temp from ops.flights.flights hourly, weather.obs.hourly as flights",
    "cte": "with flights as (select * from ops.flights.flights where id = 1) select count(*) as n, any_value(id) as i from flights",
    "own cte": "with late as (select * from flights where minutes > 10), v as (from late) select * from v",
    "subquery": "select id from flights where origin in (select origin from weather.obs.hourly where temp > 0)",
    "correlated": "select id, (select max(temp) from weather.obs.hourly h where h.origin = f.origin) as t from flights f",
    "window": "select id,\n"
    "row_number() over (partition by origin order by id) as r, lag(minutes) over (order by id) as l from flights",
    "union": "select id from flights union all select 7 order by 1",
    "nested": "select {'a': id, 'b': [minutes, null]} as s, map {origin: sum(id) over ()} as m, [1::hugeint, id] as l from flights",
    "array": "select [id, id]::integer[2] as a,\n"
    "'x'::enum('x', 'y') as e, interval 3 days as i, union_value(k := id) as u from flights",
    "null": "select null as nothing, id from flights where false",
    "strings": "select 'it''s ops.flights.flights' as a, $$ $x weather.obs.hourly $$ as b, e'\\'$x' as c, id from flights",
    "no names": 'select id + 1 as "a b", "id" as "Ä", 5 as "$x" from flights',
    "lambda": "select list_transform([id, 2], lambda e: e + 1) as l from flights",
    "pivot": "pivot (select origin, id from flights) on origin in ('EWR', 'JFK') using sum(id)",
    "values": "select * from (values (1, 'a'), (2, null)) as t(n, s)",
    "time": "select seen, seen::date as d, seen::timestamptz as z, date_trunc('hour', seen::timestamptz) as h from flights",
    "semicolon": "-- first\nselect id from flights; -- ops.flights.flights",
    "star names": "select columns('m.*') from flights",
}


@pytest.fixture(scope="module")
def inputs(bench: Bench) -> dict[str, Relation]:
    return {
        FLIGHTS: bench.relation(
            "select * from (values (1, 'EWR', 12.5, timestamp '2013-01-01 23:30:00'), (2, 'JFK', null, null),"
            " (3, 'EWR', 40, timestamp '2013-07-01 00:00:00')) as t(id, origin, minutes, seen)"
        ),
        WEATHER: bench.relation("select 'EWR' as origin, 20.5 as temp union all select 'LGA', -3"),
    }


@pytest.mark.parametrize("text", STATEMENTS.values(), ids=STATEMENTS.keys())
def test_a_view_gives_the_rows_and_types_of_the_table_of_the_same_sql(
    bench: Bench, inputs: dict[str, Relation], text: str
) -> None:
    table = bench.model(text, inputs)
    relation, view = a_view(bench, text, inputs)
    assert view.columns == table.columns
    assert (view.rows, view.content_digest) == (table.rows, table.content_digest)
    assert sorted(map(repr, read(bench, relation))) == sorted(map(repr, read(bench, as_relation(table))))
    assert bench.session.content_digest(relation) == table.content_digest


@pytest.mark.parametrize("text", STATEMENTS.values(), ids=STATEMENTS.keys())
def test_so_it_is_over_inputs_without_rows(bench: Bench, inputs: dict[str, Relation], text: str) -> None:
    empty = {
        name: as_relation(bench.model("from t where false", {"ops.flights.t": each})) for name, each in inputs.items()
    }
    table = bench.model(text, empty)
    _, view = a_view(bench, text, empty)
    assert (view.columns, view.rows, view.content_digest) == (table.columns, table.rows, table.content_digest)


PARAMETERS: list[tuple[str, Scalar]] = [
    ("integer", 3),
    ("integer", -(2**63)),
    ("integer", 2**63 - 1),
    ("number", 1),
    ("number", 0.1),
    ("number", 1e300),
    ("number", -5e-324),
    ("string", "it's; -- $x"),
    ("string", ""),
    ("boolean", True),
    ("boolean", False),
    ("date", "2013-01-31"),
    ("timestamp", "2013-01-31T12:00:00.123456"),
    ("timestamp", "2013-01-31T12:00:00+02:00"),
]


@pytest.mark.parametrize(("declared", "value"), PARAMETERS)
def test_a_parameter_of_a_view_has_the_value_and_type_it_has_in_a_table(
    bench: Bench, declared: str, value: Scalar
) -> None:
    text = "select $X, $x as x, '$x' as t, [$x] as l, coalesce(null, $x) as c where $x is not null"
    table = bench.model(text, params={"x": value}, types={"x": declared})
    relation, view = a_view(bench, text, params={"x": value}, types={"x": declared})
    assert (view.columns, view.content_digest) == (table.columns, table.content_digest)
    assert read(bench, relation) == rows_of(table)


@given(st.text(), st.integers(-(2**63), 2**63 - 1), st.floats(), st.datetimes(min_value=dt.datetime(1, 1, 1)))
@settings(max_examples=10, deadline=None)
def test_any_parameter_survives_as_a_literal(
    bench: Bench, word: str, whole: int, number: float, at: dt.datetime
) -> None:
    params: dict[str, Scalar] = {"s": word.replace("\0", ""), "i": whole, "f": number, "t": at.isoformat()}
    types = {"s": "string", "i": "integer", "f": "number", "t": "timestamp"}
    text = "select $s as s, $i as i, $f as f, $t as t"
    table = bench.model(text, params=params, types=types)
    _, view = a_view(bench, text, params=params, types=types)
    assert (view.columns, view.content_digest) == (table.columns, table.content_digest)


def test_parameters_of_a_name_within_a_name_are_told_apart(bench: Bench) -> None:
    params: dict[str, Scalar] = {"a": 1, "ab": 2}
    relation, _ = a_view(bench, "select $a + 10 * $ab as n, $ab - $a as d", params=params)
    assert read(bench, relation) == [{"n": 21, "d": 1}]


def test_one_statement_reads_a_view_and_a_newer_version_of_what_it_is_bound_to(bench: Bench) -> None:
    old, new = bench.relation("select 1 as id"), bench.relation("select 2 as id union all select 3")
    view, _ = a_view(bench, "select id as bound from flights", {FLIGHTS: old})
    upper, _ = a_view(
        bench,
        "select bound, flights.id as id from v, ops.flights.flights",
        {"ops.flights.v": view, FLIGHTS: new},
        dataset="ops.flights.upper",
    )
    relations = {"ops.flights.v": view, FLIGHTS: new, "ops.flights.upper": upper}
    text = "select bound, flights.id from ops.flights.v, ops.flights.flights order by all"
    expected = [{"bound": 1, "id": 2}, {"bound": 1, "id": 3}]
    assert asked(bench, text, relations) == expected
    assert asked(bench, "from ops.flights.upper order by all", relations) == expected
    assert rows_of(bench.model("select bound, flights.id from v, flights order by all", relations)) == expected


def test_the_same_view_over_two_versions_of_its_input_is_two_views(bench: Bench) -> None:
    text = "select max(id) as top from flights"
    first, _ = a_view(bench, text, {FLIGHTS: bench.relation("select 1 as id")})
    second, _ = a_view(bench, text, {FLIGHTS: bench.relation("select 2 as id")})
    both = {"ops.flights.a": first, "ops.flights.b": second}
    assert asked(bench, "select a.top as a, b.top as b from ops.flights.a, ops.flights.b", both) == [{"a": 1, "b": 2}]
    for relation, top in ((first, 1), (second, 2), (first, 1)):
        assert rows_of(bench.model("select top from v", {"ops.flights.v": relation})) == [{"top": top}]


def test_inputs_of_one_name_in_several_products_are_told_apart(bench: Bench) -> None:
    inputs = {
        "ops.flights.daily": bench.relation("select 1 as n"),
        "ops.other.daily": bench.relation("select 2 as n"),
        "weather.obs.daily": bench.relation("select 3 as n"),
        "weather.obs.v": bench.relation("select 4 as n"),
    }
    relation, _ = a_view(
        bench,
        "select daily.n as a, o.n as b, w.n as c, x.n as d "
        "from daily, ops.other.daily o, weather.obs.daily w, weather.obs.v x",
        inputs,
    )
    assert read(bench, relation) == [{"a": 1, "b": 2, "c": 3, "d": 4}]


def test_views_over_views_are_made_once_however_often_they_are_read(bench: Bench) -> None:
    relation = bench.relation("select 1 as n")
    name = FLIGHTS
    for floor in range(25):
        own = f"ops.flights.v{floor}"
        text = f"select least(a.n, b.n) as n from {name} a join {name} b using (n)"
        relation, built = a_view(bench, text, {name: relation}, dataset=own)
        assert built.rows == 1
        name = own
        if floor > 4:  # a statement doubles with each floor; DuckDB unfolds them
            break
    assert read(bench, relation) == [{"n": 1}]


def test_a_text_of_another_dialect_is_a_view_too(bench: Bench, inputs: dict[str, Relation]) -> None:
    relation, _ = a_view(bench, "select `id` from `ops`.`flights`.`flights` where id > 2", inputs, dialect="spark")
    assert read(bench, relation) == [{"id": 3}]


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        ("select\n  nothing from flights", "MW-E102", 2),
        ("select id\nfrom flights where", "MW-E103", None),
        ("select id, id from flights", "MW-E104", None),
        ("select id,\n  origin::integer as n from flights", "MW-E101", None),
        ("select case when id > 2 then error('late') end as e from flights", "MW-E101", None),
        ("select repeat('9', 39)::hugeint as h from flights", "MW-E101", None),
    ],
)
def test_a_view_that_cannot_be_read_fails_when_it_is_built(
    bench: Bench, inputs: dict[str, Relation], text: str, code: str, line: int | None
) -> None:
    found = failure(lambda: a_view(bench, text, inputs))
    assert isinstance(found, InputError)
    assert found.first.code == code
    assert found.first.span is not None
    assert found.first.span.file == "v.sql"
    if line:
        assert found.first.span.line == line


def test_rules_are_measured_on_a_view_as_on_a_table(bench: Bench, inputs: dict[str, Relation]) -> None:
    text = "select id, origin, minutes from flights"
    relation, _ = a_view(bench, text, inputs)
    stored = as_relation(bench.model(text, inputs))
    for metric, columns in (
        (Metric.ROW_COUNT, ()),
        (Metric.NULL_VALUES, ("minutes",)),
        (Metric.MISSING_VALUES, ("minutes",)),
        (Metric.DUPLICATE_VALUES, ("origin",)),
    ):
        seen, expected = (bench.measure(each, metric, *columns) for each in (relation, stored))
        assert (seen.value, seen.failing_rows, seen.error) == (expected.value, expected.failing_rows, None)
    query = bench.measure(relation, Metric.SQL, query="select count(*) from t where minutes > 10", arguments={})
    assert query.value == 2


def test_many_rules_on_a_view_give_what_each_gives_alone_and_leave_nothing(
    bench: Bench, inputs: dict[str, Relation]
) -> None:
    relation, _ = a_view(bench, "select id, origin, minutes from flights", inputs)
    queries = (
        "select count(*) from v where minutes > 10",
        "select count(*) from ops.flights.v, flights",
        "select nothing from v",
    )
    specs = [
        CheckSpec(
            id="r",
            dataset="ops.flights.v",
            metric=metric,
            columns=columns,
            query=query,
            reads=("ops.flights.flights",) if query else (),
        )
        for metric, columns, query in (
            (Metric.ROW_COUNT, (), None),
            (Metric.NULL_VALUES, ("minutes",), None),
            (Metric.DUPLICATE_VALUES, ("origin",), None),
            *((Metric.SQL, (), query) for query in queries),
        )
    ]
    together = bench.session.measure(relation, specs, inputs)
    alone = [bench.session.measure(relation, [spec], inputs)[0] for spec in specs]
    assert [(each.value, each.failing_rows, each.sample) for each in together] == [
        (each.value, each.failing_rows, each.sample) for each in alone
    ]
    assert [each.value for each in together] == [3, 1, 1, 2, 9, None]
    assert list((bench.folder / "spill").glob("view-*")) == []


def test_a_query_over_a_view_reaches_nothing_but_the_files_it_stands_on(
    bench: Bench, inputs: dict[str, Relation]
) -> None:
    relation, _ = a_view(bench, "select id from flights", inputs)
    other = bench.relation("select 'secret' as s")
    found = failure(lambda: asked(bench, f"from read_parquet('{other.files[0]}')", {"ops.flights.v": relation}))
    assert found.first.code.startswith("MW-E")
