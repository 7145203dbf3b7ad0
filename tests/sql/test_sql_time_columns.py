"""Which inputs' column becomes the one that cuts a result into intervals: proven from the query's shape, or not said."""

from __future__ import annotations

import re
from pathlib import Path

import duckdb
import pytest

from meshwright.model import Calendar, Column, Grain
from meshwright.sql import Influence, statement_lineage, time_columns

ADDRESSES = {("x",): "d.p.x", ("y",): "d.p.y", ("z",): "d.p.z", ("d", "p", "x"): "d.p.x", ("e", "q", "w"): "e.q.w"}
DAY = Calendar(grain=Grain.DAY)
X, Y, XY = {"d.p.x": "t"}, {"d.p.y": "t"}, {"d.p.x": "t", "d.p.y": "t"}
NONE: dict[str, str] = {}


def found(text: str, calendar: Calendar = DAY, by: str = "t") -> dict[str, str]:
    return time_columns(text, "duckdb", by=by, calendar=calendar, addresses=ADDRESSES)


#: (text, input -> column that becomes `t`, a day)
PASSING = [
    ("select t from x", X),
    ("select T from X", {"d.p.x": "T"}),
    ("select a.t from d.p.x a", X),
    ("select d.p.x.t from d.p.x", X),
    ("select p.x.t from d.p.x", X),
    ("select moment as t from x", {"d.p.x": "moment"}),
    ("select t: moment from x", {"d.p.x": "moment"}),
    ("select ((moment)) as t from x", {"d.p.x": "moment"}),
    ('select "When" as "T" from x', {"d.p.x": "When"}),
    ("from x", X),
    ("table x", X),
    ("from x select t", X),
    ("(select t from x)", X),
    ("select * from x", X),
    ("select a.* from x a", X),
    ("select x.*, 1 as one from x", X),
    ("select *, date_trunc('day', moment) as t from e.q.w", {"e.q.w": "moment"}),
    ("select * exclude (k) from x", X),
    ("select * rename (moment as t) from e.q.w", {"e.q.w": "moment"}),
    ("select * replace (t::date as t) from x", X),
    ("select x.* from x join y using (k)", X),
    # casts and truncations
    ("select moment::date as t from x", {"d.p.x": "moment"}),
    ("select cast(cast(t as timestamptz) as timestamp) as t from x", X),
    ("select try_cast(t as timestamp with time zone) as t from x", X),
    ("select date_trunc('day', t) as t from x", X),
    ("select datetrunc('HOURS', t) as t from x", X),
    ("select date_trunc('day', date_trunc('minute', t))::timestamp as t from x", X),
    ("select date_trunc('day', t::date) as t from x", X),
    ("select date_trunc('day', moment) as t, count(*) as n from x group by 1", {"d.p.x": "moment"}),
    ("select date_trunc('day', t) as t, sum(v) as v from x group by date_trunc('day', t)", X),
    ("select date_trunc('day', t) as t, sum(v) as v from x group by all having sum(v) > 1", X),
    # what is inside, under other names
    ("with c as (select t from x) select t from c", X),
    ("with c as (select * from x), e as (select t as u, k from c) select u as t from e", X),
    ("with c(u, v) as (select t, k from x) select u as t from c", X),
    ("select t from (select * from (select * from x) a) b", X),
    ("select u as t from (select t, k from x) as s(u, k)", X),
    ("select t from x where k in (select k from y) and t > (select min(t) from z)", X),
    ("select t, row_number() over (partition by k order by t) as n from x", X),
    ("select t from x qualify row_number() over (partition by k order by t desc) = 1", X),
    ("select distinct t, k from x", X),
    ("select t from x order by t", X),
    ("select t, exists (select * from y) as has from x", X),
    ("select t, e.v from x, unnest(x.l) as e(v)", X),
    ("select t, one from x cross join (values (1)) as s(one)", X),
    ("select t, i from x, range(3) as r(i)", X),
    # joins
    ("select x.t from x join y on x.k = y.k", X),
    ("select x.t from x left join y on x.k = y.k", X),
    ("select y.t from x right join y on x.k = y.k", Y),
    ("select t from x join y using (t)", X),
    ("select t from x left join y using (t) left join z using (t)", X),
    ("select y.t from x join y using (t)", Y),
    ("select x.t from x asof join y on x.t >= y.t", X),
    ("select t from x semi join y using (k)", X),
    ("select t from x anti join y using (k)", X),
    ("select t from x join (select k from y) s using (k)", X),
    ("select t from e.q.w join (select k, t from y) s on s.k = w.k", Y),
    ("select x.t from (x join y using (k))", X),
    ("select l.t from x, lateral (select y.t from y where y.k = x.k) l", Y),
    # set operations
    ("select t from x union all select t from y", XY),
    ("select t from x union all select moment from y", {"d.p.x": "t", "d.p.y": "moment"}),
    ("select k, t from x union select k, t from y", XY),
    ("select t from x union all (select t from y union all select t from z)", {**XY, "d.p.z": "t"}),
    ("select t from x union all select t from y union all select t::date from z", {**XY, "d.p.z": "t"}),
    ("select t from x union all select t from x where k = 2", X),
    ("select t, * exclude (t) from x union all select t, * exclude (t) from y", XY),
    ("select * exclude (t), t from x union all select * exclude (t), t from y", XY),
    ("select * from x union all by name select * from y", XY),
    ("select k, t from x union all by name select moment as t, k from y", {"d.p.x": "t", "d.p.y": "moment"}),
    ("select t from x union all select now() from y", X),
    ("select t from x except select t from y", X),
    ("with c as (select t from x union all select t from y) select t from c", XY),
]

#: (text, why nothing is said of the inputs that are not in the answer)
KEPT_BACK = [
    ("select t + interval 1 hour as t from x", NONE),
    ("select coalesce(t, u) as t from x", NONE),
    ("select case when k then t end as t from x", NONE),
    ("select min(t) as t from x", NONE),
    ("select any_value(t) as t from x group by k", NONE),
    ("select first_value(t) over (order by k) as t from x", NONE),
    ("select lag(t) over (order by t) as t from x", NONE),
    ("select time_bucket(interval 1 day, t) as t from x", NONE),
    ("select date_trunc('week', t) as t from x", NONE),
    ("select date_trunc('year', t) as t from x", NONE),
    ("select date_trunc('isodow', t) as t from x", NONE),
    ("select t at time zone 'Europe/Berlin' as t from x", NONE),
    ("select t::timestamp(0) as t from x", NONE),
    ("select t::timestamp_s as t from x", NONE),
    ("select t::varchar as t from x", NONE),
    ("select strptime(t, '%Y')::date as t from x", NONE),
    ("select $start as t from x", NONE),
    ("select (select max(t) from x) as t from y", NONE),
    ("select s.t from (select {t: k} as s from x)", NONE),
    ("select k from x", NONE),
    ("select t from (select k from x)", NONE),
    # a column `day` is no unit, though it looks like one
    ("select date_trunc(day, t) as t from x", NONE),
    ("select date_trunc('da' || 'y', t) as t from x", NONE),
    # which of them has it nobody can tell
    ("select t from x, y", NONE),
    ("select * from x, y", NONE),
    ("select t from x natural join y", NONE),
    ("select *, v from x natural join y", NONE),
    ("select t from y natural join (select t, k from x) s", NONE),
    ("select * from y natural join (select t, k from x) s", NONE),
    ("select z.t from (x join y using (k)) z", NONE),
    ("select t from x, unnest(x.l)", NONE),
    ("select columns('t') from x", NONE),
    ("select unnest(s) from x", NONE),
    ("select * from x as a(u, v)", NONE),
    ("select t from x as a(u, t)", NONE),
    ("select moment as u, u as t from x", NONE),
    ("with c as (select *, moment as t from x) select t from c", NONE),
    ("select * exclude (t) from x", NONE),
    ("pivot x on k using sum(v) group by t", NONE),
    ("select t from x pivot (sum(v) for k in (1, 2))", NONE),
    # sides that may be NULL
    ("select y.t from x left join y on x.k = y.k", NONE),
    ("select x.t from x right join y on x.k = y.k", NONE),
    ("select x.t from x full join y on x.k = y.k", NONE),
    ("select t from x full join y using (t)", NONE),
    ("select t from x right join y using (t)", NONE),
    ("select y.* from x left join y on x.k = y.k", NONE),
    ("select y.t from z left join (x join y using (k)) on true", NONE),
    ("select x.t from x positional join y", NONE),
    ("select t from x group by rollup (t)", NONE),
    ("select t from x group by grouping sets ((t), ())", NONE),
    # rows of one day push out rows of another
    ("select t from x order by t desc limit 10", NONE),
    ("select t from (from x limit 10)", NONE),
    ("select distinct on (k) t, k from x order by t", NONE),
    ("select t from x tablesample 10%", NONE),
    ("select t from x using sample 10 rows", NONE),
    ("select t from x union all select t from y limit 3", NONE),
    # another use of the same input
    ("select a.t from x a join x b on a.k = b.k", NONE),
    ("select t, v / (select sum(v) from x) as share from x", NONE),
    ("select t from x where t = (select max(t) from d.p.x)", NONE),
    ("with c as (select * from x) select c.t, m from c, (select max(t) as m from c) e", NONE),
    ("select t from x union all select moment from x", NONE),
    ("select t from x join y using (t) where y.k in (select k from x)", NONE),
    ("select x.t from x join y on x.k = y.k semi join x as again on again.k = y.k", NONE),
    ("select x.t from x, lateral (select count(*) as n from x b where b.t < x.t) l", NONE),
    ("select t from x except select t from x where k = 1", NONE),
    ("select t from x union all by name select k from x", NONE),
    # stars whose order nobody knows
    ("select * from x union all select * from y", X),
    ("select *, t as u from x union all select *, t from y", X),
    ("select * from x union all by name select * from y where k in (select k from x)", Y),
    # CTEs with the names of inputs, and of themselves
    ("with x as (select t from y) select t from x", Y),
    ("with x as (select t from x) select t from x", X),
    ("with x as (select now() as t) select t from x, d.p.x", NONE),
    ("with x as (select now() as t) select x.t from x", NONE),
    ("with a as (select t from x), x as (select t from y) select a.t from a join x on a.t = x.t", X),
    ("select t from (with x as (select t from y) select t from x) s", Y),
    ("select t from x where k in (with x as (select k from y) select k from x)", X),
    (
        "with recursive c as (select t, 1 as n from x union all select t, n + 1 from c where n < 3) select t from c",
        NONE,
    ),
    ("with recursive c as (select t from x) select t from c", X),
    ("with c as (select t, k from x union all select t, k from y) select t from c where k in (select k from y)", X),
    ("select t from missing", {"missing": "t"}),
    ("select moment as t from e.q.w", {"e.q.w": "moment"}),
    ("values (1)", NONE),
    ("selct t", NONE),
]


#: As `KEPT_BACK`, of columns that the tables below do not have.
ELSEWHERE = [
    ("select k, t, v from x union all select *, t as a from y", X),
    (
        "select t, k, v from z union all select * from (select k, t from x) a join (select k, v from y) b using (k)",
        {"d.p.z": "t"},
    ),
    ("select t, k from z union all select * replace (t as t) from (select k, t from x) s", {"d.p.z": "t"}),
]


@pytest.mark.parametrize(("text", "wanted"), [*PASSING, *KEPT_BACK, *ELSEWHERE])
def test_time_columns_are_those_that_the_shape_proves(text: str, wanted: dict[str, str]) -> None:
    assert found(text) == wanted


@pytest.mark.parametrize(
    ("grain", "units"),
    [
        (Grain.HOUR, {"second", "minute", "hour"}),
        (Grain.DAY, {"second", "minute", "hour", "day"}),
        (Grain.WEEK, {"second", "minute", "hour", "day", "week"}),
        (Grain.MONTH, {"second", "minute", "hour", "day", "month"}),
    ],
)
def test_a_unit_may_be_at_most_the_grain(grain: Grain, units: set[str]) -> None:
    known = {"second", "minute", "hour", "day", "week", "month", "quarter", "year", "decade"}
    calendar = Calendar(grain=grain)
    assert {unit for unit in known if found(f"select date_trunc('{unit}', t) as t from x", calendar)} == units
    assert bool(found("select t::date as t from x", calendar)) == ("day" in units)


@pytest.mark.parametrize("grain", [Grain.DAY, Grain.WEEK, Grain.MONTH])
def test_in_another_zone_a_truncation_in_utc_may_leave_the_interval(grain: Grain) -> None:
    calendar = Calendar(grain=grain, timezone="Asia/Kolkata")
    assert found("select t from x", calendar) == X
    assert found("select t::timestamptz as t from x", calendar) == X
    assert found("select date_trunc('hour', t) as t from x", calendar) == NONE
    assert found("select t::date as t from x", calendar) == NONE


def test_long_chains_and_deep_nests_end() -> None:
    assert found(" union all ".join(["select t from x"] * 2000)) == X
    nested = "select t from x"
    for _ in range(40):
        nested = f"select t from ({nested}) s"
    assert found(nested) == X
    doubled = "with c0 as (select t from x)" + "".join(
        f", c{n + 1} as (select a.t from c{n} a join c{n} b using (t))" for n in range(60)
    )
    assert found(f"{doubled} select t from c60") == NONE


#: Queries whose other columns, or whose choice of rows, look at more rows than those of the day.
OFTEN_EMPTY = ("except", "using (t)", "qualify", "anti", "a.t = x.t")
LOOKING_FURTHER = ("row_number", "first_value")


def _catalog() -> duckdb.DuckDBPyConnection:
    """Tables `x`, `y`, `z` with moments on and around midnight, repeated and out of order."""
    connection = duckdb.connect()
    connection.execute(
        "set TimeZone = 'UTC'; attach ':memory:' as d; create schema d.p; attach ':memory:' as e; create schema e.q"
    )
    for index, name in enumerate(("d.p.x", "d.p.y", "d.p.z", "e.q.w")):
        connection.execute(
            f"""create table {name} as select
            timestamp '2013-01-01' + interval (i * {index + 7}) hour as t, i % 3 as k, i as v,
            timestamp '2013-01-03 23:59:59.999' - interval (i * {index + 5}) hour as moment, [i, i] as l,
            timestamp '2013-01-03' - interval (i * {index + 5}) hour as "When"
            from range(12) r(i)"""
        )
    connection.execute('alter table e.q.w drop column t; alter table e.q.w drop column "When"')
    connection.execute("use d.p")
    return connection


@pytest.mark.parametrize(
    ("text", "claimed"), [case for case in (*PASSING, *KEPT_BACK) if case[1] and "missing" not in case[0]]
)
def test_a_day_of_the_result_comes_from_that_day_of_the_inputs(text: str, claimed: dict[str, str]) -> None:
    connection = _catalog()
    day = "t >= timestamp '2013-01-02' and t < timestamp '2013-01-03'"
    sql = f"select * from ({text}) as r where {day} order by all"
    whole = connection.execute(sql).fetchall()
    assert whole or any(word in text for word in OFTEN_EMPTY), "the case shows something"
    for address, column in claimed.items():
        name = f'"{column}"'
        connection.execute(
            f"delete from {address} where not ({name} >= timestamp '2013-01-02' and {name} < timestamp '2013-01-03')"
        )
    if not any(word in text for word in LOOKING_FURTHER):
        assert connection.execute(sql).fetchall() == whole
    if set(claimed) == {f"d.p.{name}" for name in re.findall(r"\b[xyz]\b", text)}:
        assert connection.execute(f"select count(*) from ({text}) as r where not ({day})").fetchone() == (0,)


LINEAGE_TABLES = {
    ("t",): ("d.p.t", "a b c d s l"),
    ("u",): ("d.p.u", "a b e f"),
    ("x", "y", "z"): ("x.y.z", "a g"),
}
GOLDEN_FILES = sorted(Path(__file__).with_name("lineage_goldens").glob("*.sql"))


@pytest.mark.parametrize("file", GOLDEN_FILES, ids=lambda file: file.stem)
def test_what_becomes_the_column_flows_into_it(file: Path) -> None:
    tables = {
        parts: (address, tuple(Column(name=name, type="TIMESTAMP") for name in names.split()))
        for parts, (address, names) in LINEAGE_TABLES.items()
    }
    addresses = {parts: address for parts, (address, _) in tables.items()}
    known = {(address, column.name) for address, columns in tables.values() for column in columns}
    text = re.sub(r"^--.*$", "", file.read_text(encoding="utf-8"), flags=re.MULTILINE)
    for statement in filter(str.strip, text.split(";")):
        sources = statement_lineage(statement, "duckdb", tables=tables, output=None)
        direct = {(each.output.lower(), each.table, each.column) for each in sources if each.kind is Influence.DIRECT}
        for name in {each.output for each in sources}:
            claimed = time_columns(statement, "duckdb", by=name, calendar=DAY, addresses=addresses)
            found = {(name.lower(), address, column.lower()) for address, column in claimed.items()}
            assert {each for each in found if each[1:] in known} <= direct, statement
