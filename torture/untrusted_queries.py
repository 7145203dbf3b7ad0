"""Queries that a rule must not run, by what they are after; and queries that people write, which must run unchanged.

`{csv}`, `{txt}`, `{json}`, `{parquet}` are files that hold a canary, `{dir}` their folder. The rule is on `ops.flights.t`, and
declares `ops.flights.ports`. `ops.flights.secret` and `other.domain.secret` are datasets that it does not declare.
"""

# ruff: noqa: E501  a query is one text

from __future__ import annotations

from collections.abc import Mapping

_READERS = (
    "read_csv read_csv_auto read_text read_blob read_parquet parquet_scan read_json read_json_auto read_ndjson read_ndjson_auto "
    "read_ndjson_objects read_json_objects read_json_objects_auto sniff_csv read_duckdb parquet_metadata parquet_schema "
    "parquet_file_metadata parquet_kv_metadata parquet_full_metadata parquet_page_index read_single_csv_file "
    "read_single_parquet_file read_single_json_file glob"
)
_CATALOG = (
    "duckdb_settings duckdb_tables duckdb_views duckdb_columns duckdb_databases duckdb_schemas duckdb_functions "
    "duckdb_extensions duckdb_secrets duckdb_variables duckdb_logs duckdb_constraints duckdb_indexes duckdb_memory "
    "duckdb_external_file_cache duckdb_temporary_files duckdb_prepared_statements pragma_database_size pragma_version "
    "pragma_user_agent pragma_platform pragma_collations"
)
_STATEMENTS = (
    "create table x as from t", "create view x as from t", "create macro f(a) as a", "create secret s (type s3)",
    "insert into t values (1)", "update t set id = 1", "delete from t", "drop view t", "alter table t rename to u",
    "truncate t", "copy t to '{dir}/out.csv'", "copy t from '{csv}'", "export database '{dir}/x'", "import database '{dir}'",
    "attach '{dir}/x.db' as x", "detach ops", "use other.domain", "install httpfs", "load '{dir}/x.so'", "set threads = 1",
    "set variable v = 1", "reset threads", "pragma enable_profiling", "call duckdb_tables()", "vacuum", "checkpoint", "begin",
    "commit", "explain select 1", "explain analyze from t", "prepare p as select 1", "execute p", "describe t", "summarize t",
    "show tables", "comment on table t is 'x'", "merge into t using t as u on true when matched then delete",
    "with d as (delete from t returning *) from d",
)  # fmt: skip

FORBIDDEN: Mapping[str, tuple[str, ...]] = {
    "readers of files": tuple(f"select * from t, {name}('{{csv}}')" for name in _READERS.split()),
    "files as tables": (
        "from '{csv}'", "select * from '{parquet}'", 'select * from "{csv}"', 'from "{parquet}" as t', "select t.* from t, '{json}'",
        "select * from t join '{csv}' u on true", "with a as (from '{csv}') from a, t", "select * from t where exists (from '{csv}')",
        "select (select any_value(column0) from '{csv}') from t", "from '{dir}/*.csv'", "from '{dir}/../../etc/passwd'",
        "from '/etc/passwd'", "from t union all by name from '{parquet}'", "from 'file://{csv}'", "from '{csv}' as t(id)",
    ),
    "networks": (
        "from 'https://127.0.0.1/x.csv'", "from 's3://b/x.parquet'", "select * from t, read_csv('http://127.0.0.1:1/x')",
        "from 'gs://b/x.parquet'", "from 'hf://datasets/x/y.csv'", "from read_parquet('azure://x/y.parquet'), t",
        "select * from t, read_text('ftp://127.0.0.1/x')",
    ),
    "calls behind a dot": (
        "select '{txt}'.read_text() from t", "select ('{txt}').read_blob() from t", "select 'HOME'.getenv() from t",
        "select t.stats() from t", "select 'threads'.current_setting() from t", "select 'v'.getvariable() from t",
        "select ['{csv}'].query_table() from t", "from t select 'x'.write_log()",
    ),
    "quoted names of calls": (
        "select * from t, \"read_text\"('{txt}')", "select * from t, \"READ_CSV\"('{csv}')", "select \"getenv\"('HOME') from t",
        "select * from t, system.main.read_text('{txt}')", "select * from t, main.read_text('{txt}')",
        "select * from t, \"main\".\"read_text\"('{txt}')", "select pg_catalog.current_setting('threads') from t",
        "select * from t, \"duckdb_settings\"()", "select system.main.getenv('HOME') from t", "select \"query\"('from t') from t",
    ),
    "settings": (
        "select current_setting('temp_directory') from t", "select * from t where current_setting('threads') > '0'",
        "select set_config('threads', '1') from t", "select getvariable('x') from t", "select * from t, duckdb_profiling_settings()",
        "select in_search_path('ops', 'flights') from t", "select * from t, which_secret('s3://x', 's3')",
    ),
    "the environment": (
        "select getenv('MESHWRIGHT_CANARY') from t", "select id from t where getenv('HOME') <> ''", "select version() from t",
        "select current_user from t", "select inet_server_addr() from t", "select pg_postmaster_start_time() from t",
    ),
    "the catalog by calls": tuple(f"select * from t, {name}()" for name in _CATALOG.split()),
    "the catalog by names": (
        "from duckdb_tables", "from duckdb_settings", "from duckdb_columns, t", "from sqlite_master", "from sqlite_schema",
        "from pg_tables", "from pg_catalog.pg_class", "from information_schema.tables", "from information_schema.columns, t",
        "from ops.information_schema.tables", "from system.information_schema.tables", "from system.main.duckdb_tables",
        "from system.pg_catalog.pg_tables", "select * from t, pg_settings", "from temp.main.x", "from pragma_database_list",
    ),
    "descriptions": (
        "from (describe t)", "from (show tables)", "from (summarize t)", "from (describe from t)", "from (show all tables)",
        "select * from t, (describe t)", "with d as (from (describe t)) from d", "select * from t where exists (from (show tables))",
    ),
    "tables named by a text": (
        "from query('from t')", "from query_table('t')", "from query_table(['t', 'ports'])", "select * from t, query('from ' || 't')",
        "select json_execute_serialized_sql(json_serialize_sql('from t')) from t",
        "from json_execute_serialized_sql('x')", "select * from t, query_table('{csv}')", "from query('select * from secret')",
    ),
    "statements": _STATEMENTS,
    "second statements": (
        "from t; from secret", "select 1 from t; copy t to '{dir}/out.csv'", "from t; set threads = 1", "from t;; from t",
        "from t;\n-- x\ndrop view t", "from t /* ; */ ; from t", "from t; -- a\n; select 2", "; from t; select 2",
        "from t where 'a;b' = 'a;b'; attach ':memory:' as x",
    ),
    "datasets that are not declared": (
        "from secret", "from ops.flights.secret", "from other.domain.secret", 'from "ops"."flights"."secret"',
        "select * from t join other.domain.secret s on true", "select (select max(id) from secret) from t",
        "select * from t where id in (select id from other.domain.secret)", "with a as (from secret) from a, t",
        "from t union all from secret", "from flights.secret", "from OPS.Flights.SECRET", "select * from t, lateral (from secret) x",
        "from \"ops.flights.secret\"", "from t where exists (from secret)", "from \"bound-views\".x.y", "from ops.flights.\"Secret\"",
    ),
    "names of WITH": (
        "with a as (with duckdb_tables as (from t) from duckdb_tables) from duckdb_tables",
        "with a as (from secret), secret as (from t) from a",
        "with secret as (from secret) from secret", "select * from (with secret as (from t) from secret) a, secret",
        "with a as (select 1) from secret",
        "with a as (with secret as (from t) from secret) from a, secret",
    ),
    "letters that look alike": (
        "select * from t, read_t\u0435xt('{txt}')", "select * from t, \uff52\uff45\uff41\uff44_text('{txt}')",
        "select * from t, read\u200b_text('{txt}')", "select * from t, read_text\u00a0('{txt}')", "from \u017fecret",
        "\ufefffrom secret", "select g\u0435tenv('HOME') from t", "from secre\u0074", "select * from t, READ_TEXT\u3000('{txt}')",
        "from s\u0435cret",
    ),
    "comments": (
        "select * from t, read_text/**/('{txt}')", "select * from t, read_text -- x\n('{txt}')", "select * from t, read_text /* ( */ ('{txt}')",
        "from /* t */ secret", "from t -- x\n, secret", "from t /* /* */ -- */\n, secret", "/* from t */ from secret",
        "select getenv/**/('HOME') from t", "select $$ ' $$, * from t, read_text('{txt}')",
        "select E'\\'', * from t, read_text('{txt}') --'",
    ),
    "pointers and insides": (
        "from arrow_scan(0, 0, 0)", "from arrow_scan_dumb(0, 0, 0), t", "from pandas_scan(0), t", "from python_map_function(0), t",
        "from seq_scan(), t", "select * from t, test_all_types()", "select * from t, test_vector_types(null::int)",
        "select * from t, force_checkpoint()", "select * from t, enable_logging()", "select * from t, truncate_duckdb_logs()",
        "select * from t, pragma_storage_info('t')", "select * from t, pragma_table_info('t')", "select * from t, summary(t)",
        "select vector_type(id) from t", "select json_serialize_plan('select 1') from t", "select * from t, pg_timezone_names()",
        "select create_sort_key(id, 'asc') from t", "select * from t, repeat_row(1, 2, num_rows = 3)",
    ),
    "effects": (
        "select write_log('x') from t", "select nextval('s') from t", "select currval('s') from t", "select setseed(0.5) from t",
        "select error('canary') from t", "select sleep_ms(10) from t", "select pg_sleep(1) from t",
        "select * from t, register_external_resource('x')", "select * from t, add_grammar_extension('x')",
    ),
    "other answers at each run": (
        "select random() from t", "select id from t where now() > '2020-01-01'", "select uuid() from t", "select gen_random_uuid() from t",
        "select current_timestamp from t", "select current_date - day from t", "select today() from t", "select txid_current() from t",
        "select current_query() from t", "select current_schema() from t", "select * from t where random() < 0.5",
    ),
    "other times": (
        "from t at (version => 1)", "from t at (timestamp => timestamp '2020-01-01')", "select * from t, ports at (version => 1)",
    ),
    "places far inside": (
        "select id from t order by (select content from read_text('{txt}'))", "select id from t limit (select count(*) from secret)",
        "select sum(id) filter (where getenv('HOME') <> '') from t", "select list_transform([1], lambda x: getenv('HOME')) from t",
        "select case when exists (from secret) then 1 end from t", "select id from t group by id having max(id) > (select max(id) from secret)",
        "select row_number() over (order by getenv('HOME')) from t", "select id from t qualify row_number() over (order by (select 1 from secret)) = 1",
        "select * from t join ports p on p.code = getenv('HOME')", "values ((select max(id) from secret))",
        "select columns(c -> getenv('HOME') <> '') from t", "select * replace (getenv('HOME') as id) from t",
        "select {{'a': getenv('HOME')}} from t", "select [getenv('HOME')] from t", "select id[(select max(id) from secret):] from t",
        "select try(getenv('HOME')) from t", "select cast((select max(mark) from secret) as varchar) from t",
        "select (from secret) from t", "select id from t where (id, origin) in (from secret)", "select * from t pivot (max(getenv('HOME')) for origin in ('EWR'))",
    ),
}  # fmt: skip

#: What the parser that knows places lets pass, and the engine's does not.
UNSEEN_BY_CHECK: tuple[str, ...] = (
    "with duckdb_settings as (from t) from duckdb_settings",
    "with sqlite_master as (from t) select * from sqlite_master, t",
    "with recursive pg_tables as (from t union from pg_tables) from pg_tables",
    'with "duckdb_settings" as materialized (from t) from duckdb_settings',
    "from t --\r, secret",
    "select id from t --\r union all select id from secret",
)

#: They reach nothing, and would take all time or memory there is.
COSTLY: Mapping[str, tuple[str, ...]] = {
    "time": (
        "with recursive r as (select 1 as x from t union all select x from r) select count(*) from r",
        "with recursive r as (select 1 as x from t union all select x + 1 from r) select count(*) from r where x < 0",
        "select count(*) from range(1000000) a, range(1000000) b, t where a.range + b.range = -1",
        "select count(*) from t, range(1000000000000) a where hash(a.range) = 1",
        "select count(*) from (select levenshtein(repeat('ab', 200000), repeat('ba', 200000)) from t)",
        "select damerau_levenshtein(repeat('ab', 100000), repeat('ba', 100000)) from t",
        "select sum(list_sum(list_transform(range(100000), lambda x: list_sum(range(100000))))) from t",
        "select count(*) from t, range(100000000000) r where regexp_matches(r.range::varchar, '(a|b)*c$')",
        "select max(sha256(repeat('x', 100000) || r.range)) from t, range(100000000) r",
        "select count(*) from t a asof join range(100000000) b on a.id >= b.range join range(100000000) c on b.range >= c.range",
    ),
    "memory": (
        "select repeat('x', 1000000000) || repeat('y', 1000000000) from t",
        "select sum(length(repeat('x', 1000000000))) from t, range(100)",
        "select list(repeat('x', 100000)) from t, range(10000000)",
        "select string_agg(repeat('x', 100000), '') from t, range(10000000)",
        "with recursive r as (select 'x' as x, 0 as n union all select x || x, n + 1 from r where n < 40) select max(length(x)) from r, t",
        "with recursive r as (select [1] as x, 0 as n union all select x || x, n + 1 from r where n < 40) select max(len(x)) from r, t",
        "select max(len(range(10000000000))) from t",
        "select len(list_resize([1], 10000000000)) from t",
        "select length(lpad('x', 2000000000, 'y')) from t, range(10)",
        "select count(distinct a.range * 100000 + b.range) from range(100000) a, range(100000) b, t",
        "select max(length(printf('%2000000000d', id))) from t",
        "select bit_count(bitstring_agg(r.range, 0, 999999999)) from t, range(3) r group by all order by 1",
        "select histogram(a.range * 100000 + b.range) from range(100000) a, range(100000) b, t",
    ),
    "patterns": (
        "select count(*) from t where regexp_matches(origin, '((a{{1,1000}}){{1,1000}}){{1,1000}}')",
        "select count(*) from t where regexp_matches(origin, repeat('(', 100000))",
        "select length(regexp_replace(repeat('a', 10000000), '', repeat('b', 10000), 'g')) from t",
        "select len(regexp_extract_all(repeat('a', 100000000), '')) from t, range(100)",
    ),
}  # fmt: skip

#: What people ask of their data.
LEGITIMATE: tuple[str, ...] = (
    "select id from t where delay < 0",
    "select * from t where origin not in ('EWR', 'JFK', 'LGA')",
    "select t.id from t left join ports p on p.code = t.origin where p.code is null",
    "select id from t anti join ports on t.origin = ports.code",
    "select origin, count(*) from t group by origin having count(*) > 2",
    "select origin from t group by all having count(*) > 2",
    "with late as (select * from t where delay > 5) select origin, avg(delay) as mean from late group by origin",
    "with a as (select id from t), b as (select id from a where id > 2) select * from b",
    "with t2 as materialized (from t) select id from t2 where id = 1",
    "with t as (select * from t where id > 1) select id from t",
    "with recursive n(i) as (select 1 union all select i + 1 from n where i < 5) select i from n left join t on t.id = i where t.id is null",
    "select id from (select id, row_number() over (partition by origin order by day desc) as r from t) where r = 1",
    "select id from t qualify row_number() over (partition by origin order by id) > 1",
    "select id, lag(delay) over (order by id) as before from t qualify delay > before * 2",
    "select id, sum(delay) over w from t window w as (order by id rows between 1 preceding and current row)",
    "select rank() over (order by delay), dense_rank() over (order by delay) from t",
    "select id from t where regexp_matches(tail, '^N[0-9]+$')",
    "select regexp_extract(tail, '[0-9]+') as n from t where regexp_full_match(tail, 'N.*')",
    "select regexp_replace(tail, '[^0-9]', '', 'g') from t",
    "select id from t where tail like 'N%' and tail not ilike '%x' or tail similar to 'N.*'",
    "select id from t where tail ~ '^N'",
    "select date_trunc('month', day), count(*) from t group by 1",
    "select id from t where day < date '2020-01-03' - interval 1 day",
    "select date_diff('day', min(day), max(day)) as days from t",
    "select extract(year from day), year(day), strftime(day, '%Y-%m') from t",
    "select id from t where day between '2020-01-01' and '2020-01-03'",
    "select id from t where epoch(day::timestamp) > 0 and dayname(day) <> 'Sunday' and isodow(day) < 6",
    "select id from t where try_strptime(tail, '%Y-%m-%d') is not null",
    "select json_extract_string(doc, '$.kind') as kind from t where json_extract(doc, '$.n')::int > 1",
    "select doc->>'kind', doc->'n' from t",
    "select id from t where not json_valid(doc) or json_type(doc, '$.n') <> 'UBIGINT'",
    "select json_array_length(doc, '$.l') from t",
    "select t.id, j.value from t, json_each(t.doc, '$.l') j",
    "select id from t where len(legs) > 1 and list_contains(legs, 2)",
    "select id, unnest(legs) as leg from t",
    "select list_transform(legs, lambda x: x + 1) from t",
    "select list_filter(legs, lambda x: x > 1), list_sum(legs), list_max(legs) from t",
    "select [x * 2 for x in legs if x > 1] from t",
    "select legs[1], legs[1:2], array_length(legs) from t",
    "select list_aggregate(legs, 'sum'), list_distinct(legs), list_sort(legs) from t",
    "select place.town, struct_extract(place, 'gate') from t where place.gate > 1",
    "select {'a': id, 'b': origin} as s, map {'k': id} as m from t",
    "select map_keys(map {'k': id}) from t",
    "select count(*) filter (where delay > 5) as late, count(*) as all_of_them from t",
    "select id from t where id in (select max(id) from t group by origin)",
    "select id from t a where exists (select 1 from t b where b.origin = a.origin and b.id <> a.id)",
    "select (select count(*) from ports) as n, id from t",
    "select p.code, count(t.id) from ports p left join t on t.origin = p.code group by p.code",
    "select a.id from t a join t b on a.id = b.id + 1 and a.delay > b.delay",
    "select * exclude (doc) from t union all by name select * exclude (doc) from t where id = 1",
    "select id from t except select id from t where id > 2",
    "select origin from t intersect select code from ports",
    "select columns('^(id|delay)$') from t",
    "select * replace (upper(origin) as origin) from t",
    "pivot t on origin in ('EWR', 'JFK') using count(*) group by day",
    "select * from (select origin, day, delay from t) pivot (sum(delay) for origin in ('EWR', 'JFK'))",
    "unpivot (select id, delay::double as a, id::double as b from t) on a, b",
    "select case when delay is null then 'none' when delay < 0 then 'early' else 'late' end as kind, count(*) from t group by 1",
    "select coalesce(tail, 'x'), nullif(origin, 'EWR'), ifnull(delay, 0), greatest(id, 2), least(id, 2) from t",
    "select round(delay, 1), abs(delay), floor(delay), sqrt(abs(delay)), delay % 2, delay // 2, power(delay, 2) from t",
    "select id from t where isnan(delay) or isinf(delay)",
    "select median(delay), quantile_cont(delay, 0.9), stddev(delay), corr(id, delay), mode(origin) from t",
    "select approx_count_distinct(origin), max_by(id, delay), arg_min(id, delay) from t",
    "select string_agg(origin, ',' order by id), list(id order by id desc) from t",
    "select trim(upper(origin)) || '-' || lpad(id::varchar, 3, '0'), split_part(tail, 'N', 2), tail[1:2] from t",
    "select id from t where length(tail) > 3 and starts_with(tail, 'N') and contains(tail, '1')",
    "select id from t where origin is distinct from 'EWR' and (id, origin) <> (1, 'EWR')",
    "select d.day from range(date '2020-01-01', date '2020-01-04', interval 1 day) d(day) left join t on t.day = d.day where t.id is null",
    "select id from t where not (delay between 0 and 100) -- late; or early\n",
    "select id /* the key */ from t where origin = 'a;b' or tail = '--';",
    "select * from ops.flights.t as x where x.id > $low",
    "select count(*) from t group by grouping sets ((origin), ())",
    "select origin, day, count(*) from t group by cube (origin, day)",
    "select distinct on (origin) origin, id from t order by origin, id",
    "select md5(tail), sha256(tail), hash(id) % 10 < 5 from t",
    "select id from t where try_cast(tail as integer) is not null",
    "select t1.id from t t1, lateral (select max(id) as m from t t2 where t2.origin = t1.origin) x where x.m = t1.id",
    'select \'Zürich\' as "Größe", "id" from t',
)
