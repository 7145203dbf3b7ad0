# ruff: noqa: E501 - a query a line
"""What analysts write, asked by URL over several domains: answered, with the rows that `mw query` gives on the server's disk."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from meshwright.access.datasets import DataScope
from meshwright.app.query import QueryOptions, query
from meshwright.app.query_apart import ApartOptions, open_queries, query_apart
from meshwright.app.workspace import Workspace
from meshwright.diagnostics import InputError
from meshwright.engines.duckdb.consumers.pool import ConsumerQueries
from meshwright.engines.protocol import QueryAnswer
from torture.consumer_mesh import build_consumer_mesh

VIEWER = DataScope(caller="token:viewer")
QUERIES = """
select origin, id from ops.flights.t qualify row_number() over (partition by origin order by id desc) = 1 order by 1
select id, sum(price) over w, count(*) over (w rows between 1 preceding and current row) from shop.goods.items window w as (order by id) order by 1
select id, avg(price) over (order by id range between 1 preceding and 1 following) from shop.goods.items order by 1
with recursive up(n, id) as (select 1, id from shop.goods.items union all select n + 1, id from up where n < 3) select n, count(*) from up group by 1 order by 1
with recursive seen as (select origin from ops.flights.t union select code from seen, ops.flights.ports) select count(*) from seen
select origin, day, count(*), grouping(origin, day) from ops.flights.t group by grouping sets ((origin, day), (origin), ()) order by all
select origin, day, count(*) from ops.flights.t group by rollup (origin, day) order by all
select origin, day, count(*) from ops.flights.t group by cube (origin, day) order by all
select * from (pivot ops.flights.t on origin in ('EWR', 'JFK') using count(*), min(id) group by day) order by day
select * from (unpivot (select id, id + 1 as next from shop.goods.items) on id, next into name k value v) order by all
pivot ops.flights.t on origin in ('EWR', 'JFK') using count(*) group by day order by day limit 2
with w as (from ops.flights.t) pivot w on origin in ('EWR', 'JFK') using min(id order by id) group by day order by day desc limit 2 offset 1
unpivot (select id, id + 1 as next from shop.goods.items) on id, next into name k value v order by all limit 3
select * from (pivot ops.flights.t on origin in ('EWR', 'JFK') using count(*) group by day order by day) order by all
select percentile_cont(0.5) within group (order by id), percentile_disc(0.5) within group (order by id desc) from ops.flights.t
select 'EWR'::enum('EWR', 'JFK') as o
with recursive t(k, n) using key (k) as (select 1, 1 union select k, n + 1 from t where n < 10) select * from t
select t.id, i.price from ops.flights.t t asof join shop.goods.items i on t.id >= i.id order by 1
select t.id, i.price from ops.flights.t t asof left join shop.goods.items i on t.id > i.id order by 1
select i.id, x.* from shop.goods.items i, lateral (select origin, t.id from ops.flights.t t where t.id <= i.id order by t.id desc limit 1) x(o, n) order by all
select count(*) from ops.flights.t semi join shop.goods.items using (id)
select count(*) from ops.flights.t anti join shop.goods.items using (id)
select count(*) from ops.flights.t a full join shop.goods.items b using (id)
select distinct on (origin) origin, id from ops.flights.t order by origin, id desc
select id from ops.flights.t where id = any(select id from shop.goods.items) order by 1
select id, (select max(price) from shop.goods.items i where i.id <= t.id) from ops.flights.t t order by 1
select count(*) from shop.goods.items tablesample reservoir(2 rows) repeatable (42)
select count(*) >= 0 from shop.goods.items using sample 50% (bernoulli, 7)
select columns('^(id|origin)$') from ops.flights.t order by all
select max(columns('^(id|day)$')) from ops.flights.t
select * exclude (doc, legs, place) replace (upper(origin) as origin) from ops.flights.t order by id
from ops.flights.t select id, origin where id > 1 order by id limit 2 offset 1
select list_filter(legs, lambda x: x > 1), list_reduce([1, 2, 3], lambda a, b: a + b), [x + 1 for x in legs if x > 1] from ops.flights.t order by id
select list_cosine_similarity([1.0, 2.0], [2.0, 3.0]), list_dot_product([1.0], [2.0]), array_distance([1.0]::double[1], [2.0]::double[1])
select unnest(legs) as leg, generate_subscripts(legs, 1) from ops.flights.t where len(legs) > 0 order by all
select u.leg, count(*) from ops.flights.t, unnest(legs) as u(leg) group by 1 order by 1
select struct_extract(place, 'town'), place.gate, struct_insert(place, more := id) from ops.flights.t order by id
select union_tag(union_value(k := id)), union_extract(union_value(k := id), 'k') from ops.flights.t order by id
select map_from_entries([(origin, id)])[origin], map_keys(map([origin], [id])) from ops.flights.t order by id
select doc->>'$.kind', json_extract(doc, '$.l[0]'), json_array_length(doc, '$.l'), json_pretty(doc) from ops.flights.t order by id
select key, value from ops.flights.t t, json_each(doc) where t.id = 1 order by 1
select json_group_array(id), json_group_object(origin, id) from (from ops.flights.t order by id)
select regexp_extract(tail, '([A-Z])(\\d+)', ['letter', 'number']), regexp_matches(tail, '(?i)^n'), tail similar to 'N.*' from ops.flights.t order by id
select date_diff('day', min(day), max(day)), last_day(max(day)), dayname(min(day)), age(max(day), min(day)) from ops.flights.t
select time_bucket(interval '2 days', day), strftime(day, '%G-W%V'), epoch(day), date_part(['year', 'doy'], day) from ops.flights.t order by id
select range::date from range(date '2020-01-01', date '2020-01-04', interval 1 day) order by 1
select d::date as day, count(t.id) from generate_series(date '2020-01-01', date '2020-01-05', interval 1 day) s(d) left join ops.flights.t t on t.day = d::date group by 1 order by 1
select arg_max(origin, id), arg_min(origin, id, 2), mode(origin order by id), histogram(origin), quantile_cont(id, [0.25, 0.5]), corr(id, id) from ops.flights.t
select string_agg(distinct origin, ',' order by origin), array_agg(id order by id desc)[1:2], count(distinct origin) filter (where id > 1) from ops.flights.t
select approx_top_k(origin, 1), equi_width_bins(min(id), max(id), 2, false) from ops.flights.t where origin = 'JFK'
select id // 2, id % 2, id ** 2, -id, ~id, id & 1, 1 << id, id between 1 and 2, id in (1, 2), try_cast(origin as integer) from ops.flights.t order by id
select case when delay is null or isnan(delay) then 'none' when delay > 0 then 'late' else 'early' end as kind, count(*) from ops.flights.t group by all order by all
select coalesce(try_cast(tail as integer), id), nullif(origin, 'JFK'), greatest(id, 2), if(id > 2, 'a', 'b') from ops.flights.t order by id
select origin from ops.flights.t union by name select code as origin, 1 as more from ops.flights.ports order by all
select count(*) from (from ops.flights.t positional join shop.goods.items)
with a as materialized (from shop.goods.items), b as not materialized (from a where id > 1) select count(*) from a join b using (id)
select format('{:05.1f}', price), printf('%d-%s', id, 'x'), bar(id, 0, 10, 5), format_bytes(1000 * id), to_base(id, 2) from shop.goods.items order by id
values (1, 'a'), (2, 'b')
""".strip().splitlines()


@pytest.fixture(scope="module")
def mesh(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    return build_consumer_mesh(tmp_path_factory.mktemp("analytic") / "mesh")


@pytest.fixture(scope="module")
def queries(mesh: Workspace) -> Iterator[ConsumerQueries]:
    found = open_queries(mesh)
    yield found
    found.close()


def rows(answer: QueryAnswer) -> list[dict[str, object]]:
    try:
        return [row for batch in answer.batches() for row in batch.to_pylist()]
    finally:
        answer.close()


@pytest.mark.parametrize("text", QUERIES)
def test_by_url_a_query_gives_what_it_gives_on_disk(mesh: Workspace, queries: ConsumerQueries, text: str) -> None:
    by_url = rows(query_apart(mesh, ApartOptions(text=text, scope=VIEWER), queries))
    assert by_url
    assert repr(by_url) == repr(rows(query(mesh, QueryOptions(text=text))))


@pytest.mark.parametrize(
    ("text", "code", "said"),
    [
        ("from read_csv('/etc/passwd')", "MW-Q202", "read_csv"),
        ("select getenv('HOME')", "MW-Q204", "getenv"),
        ("select now()", "MW-H201", "pass the value as a parameter"),
        ("from ops.flights.t using sample 2 rows", "MW-H201", "seed"),
        ("describe ops.flights.t", "MW-Q104", "limit 0"),
        ("summarize ops.flights.t", "MW-Q104", "/api/v1/datasets/"),
        ("show tables", "MW-Q104", "/api/v1/products"),
        ("explain from ops.flights.t", "MW-Q104", "gives rows"),
        ("pivot ops.flights.t on origin using count(*)", "MW-H201", "on x in ('a', 'b')"),
        ("with p as (pivot ops.flights.t on origin using count(*)) from p", "MW-H201", "on x in ('a', 'b')"),
        ("select id from ops.flights.t order by id desc, all", "MW-E103", "syntax error"),
        ("select json_group_array(id order by id) from ops.flights.t", "MW-E102", "json_group_array"),
        ("select id::date from ops.flights.t", "MW-E102", "INTEGER -> DATE"),
        ("select origin::integer from ops.flights.t", "MW-H204", "TRY_CAST"),
    ],
)
def test_a_refusal_names_what_is_refused_and_what_to_write_instead(
    mesh: Workspace, queries: ConsumerQueries, text: str, code: str, said: str
) -> None:
    with pytest.raises(InputError) as refused:
        rows(query_apart(mesh, ApartOptions(text=text, scope=VIEWER), queries))
    found = refused.value.first
    assert (found.code, said in f"{found.message} {found.fix}") == (code, True), found
    assert found.fix
    assert not any(value in found.message for value in ("EWR", "JFK", "N14228"))
