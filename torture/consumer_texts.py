"""Queries by URL that are after something, by what that is; and queries that consumers write, which must be answered.

`{T}`, `{PORTS}` and `{PEOPLE}` are datasets that a viewer may see, `{PEOPLE}` a view with a row and columns left out; `{HIDDEN}` and
`{SECRET}` are not. `{csv}`, `{txt}`, `{json}`, `{parquet}` are files with a canary, `{dir}` their folder, `{own}` the file that
`{T}` is read from, `{other}` that of `{SECRET}`, `{state}` the state's database.
"""

# ruff: noqa: E501  a query is one text

from __future__ import annotations

from collections.abc import Mapping

from torture.untrusted_queries import FORBIDDEN, LEGITIMATE

_READERS = [
    "read_csv",
    "read_csv_auto",
    "read_text",
    "read_blob",
    "read_parquet",
    "parquet_scan",
    "read_json",
    "read_json_auto",
    "read_ndjson",
    "read_ndjson_auto",
    "read_ndjson_objects",
    "read_json_objects",
    "read_json_objects_auto",
    "sniff_csv",
    "read_duckdb",
    "parquet_metadata",
    "parquet_schema",
    "parquet_file_metadata",
    "parquet_kv_metadata",
    "parquet_full_metadata",
    "glob",
]
_CATALOG = [
    "duckdb_settings",
    "duckdb_tables",
    "duckdb_views",
    "duckdb_columns",
    "duckdb_databases",
    "duckdb_schemas",
    "duckdb_functions",
    "duckdb_extensions",
    "duckdb_secrets",
    "duckdb_variables",
    "duckdb_logs",
    "duckdb_constraints",
    "duckdb_memory",
    "duckdb_external_file_cache",
    "duckdb_temporary_files",
    "duckdb_prepared_statements",
    "pragma_database_size",
    "pragma_version",
    "pragma_platform",
    "pragma_collations",
]
_WORLD = [
    "now()",
    "today()",
    "current_date",
    "current_time",
    "current_timestamp",
    "localtime",
    "localtimestamp",
    "get_current_time()",
    "random()",
    "uuid()",
    "gen_random_uuid()",
    "uuidv7()",
    "version()",
    "current_user",
    "session_user",
    "current_schema()",
    "current_database()",
    "current_catalog",
    "txid_current()",
    "current_query()",
    "getenv('MESHWRIGHT_CANARY')",
    "getenv('HOME')",
    "inet_server_addr()",
    "pg_postmaster_start_time()",
    "connection_id()",
    "current_connection_id()",
    "user",
]


def _each(template: str, words: list[str]) -> tuple[str, ...]:
    return tuple(template.replace("{word}", word) for word in words)


#: What must be refused, whatever else.
REFUSED: Mapping[str, tuple[str, ...]] = {
    "files": (
        *_each("select * from {T}, {word}('{csv}')", _READERS),
        "from read_parquet('{own}')", "select * from read_parquet('{other}')", "from read_text('{state}')", "select * from {T} where id in (select id from read_parquet('{other}'))",
    ),
    "files as tables": (
        "from '{csv}'", "select * from '{parquet}'", 'from "{csv}"', 'from "{own}"', "from '{other}'", "select t.* from {T} t, '{json}'",
        "select * from {T} join '{csv}' u on true", "with a as (from '{csv}') from a", "select * from {T} where exists (from '{csv}')",
        "select (select any_value(column0) from '{csv}')", "from '{dir}/*.csv'", "from '{dir}/../../etc/passwd'", "from '/etc/passwd'", "from '/proc/self/environ'",
        "from {T} union all by name from '{parquet}'", "from 'file://{csv}'", "from '{csv}' as t(id)", "from '{dir}/canary.parquet'", "from '{state}'",
        "from canary.csv", "from \"canary.parquet\"", "select * from {T} t, lateral (from '{csv}') x",
    ),
    "networks": (
        "from 'https://127.0.0.1/x.csv'", "from 's3://b/x.parquet'", "from read_csv('http://127.0.0.1:1/x')", "from 'gs://b/x.parquet'", "from 'hf://datasets/x/y.csv'",
        "from read_parquet('azure://x/y.parquet')", "from read_text('ftp://127.0.0.1/x')", "from 'http://169.254.169.254/latest/meta-data'", "from 'http://[::1]/x.csv'",
        "select * from {T}, read_json('http://localhost/x')", "from 's3://bucket/*.parquet'", "from 'r2://x/y.parquet'", "from 'gcs://x/y.csv'", "from 'abfss://x/y.csv'",
        "from read_blob('https://127.0.0.1/')", "from 'http://127.0.0.1:1/x.parquet' t", "select * from postgres_scan('host=127.0.0.1', 'public', 'x')",
        "from mysql_query('x', 'select 1')", "from sqlite_scan('{state}', 'tokens')", "from iceberg_scan('s3://b/t')", "from delta_scan('s3://b/t')", "from 'https://example.org/{SECRET}.csv'",
    ),
    "settings": (
        "select current_setting('temp_directory')", "select * from {T} where current_setting('threads') > '0'", "select set_config('threads', '1')", "select getvariable('x') from {T}",
        "from duckdb_profiling_settings()", "select in_search_path('ops', 'flights')", "from which_secret('s3://x', 's3')", "set threads = 1", "set memory_limit = '100GB'",
        "reset threads", "set global enable_external_access = true", "set session lock_configuration = false", "set variable v = 1", "pragma enable_profiling", "pragma database_list",
        "pragma table_info('t')", "pragma version", "select 'threads'.current_setting()", "select current_setting(k) from (values ('allowed_paths')) v(k)",
        "select list_transform(['allowed_paths'], lambda k: current_setting(k))", "select pg_catalog.current_setting('allowed_paths')", "set schema = 'vault.keys'", "set search_path = 'vault'",
    ),
    "other datasets": (
        "from {SECRET}", "from {HIDDEN}", "from vault.keys.secret s", 'from "vault"."keys"."secret"', "select * from {T} t join {SECRET} s on true", "select (select max(mark) from {SECRET})",
        "select * from {T} where id in (select id from {HIDDEN})", "with a as (from {SECRET}) from a", "from {T} union all by name from {HIDDEN}", "from keys.secret", "from VAULT.Keys.SECRET",
        "select * from {T} t, lateral (from {SECRET}) x", 'from "vault.keys.secret"', "from hidden", "from secret", 'from "bound-views".meshwright_x.hidden', 'from "whole-rows"."whole-rows".people',
        "from ops.flights.people.hidden", "from memory.main.t", "from temp.main.t", "from main.t", "from system.main.t", "from ops.main.t", "from vault.keys.nothing", "from {T}@1",
        "from {T} at (version => 3)", "from {T} at (timestamp => timestamp '2020-01-01')", "from ops.flights.t semi join {SECRET} s using (id)", "from {SECRET} limit 0", "select count(*) from {HIDDEN}",
    ),
    "catalog and internals": (
        *_each("select * from {T}, {word}()", _CATALOG), "from duckdb_tables", "from duckdb_settings", "from sqlite_master", "from pg_tables", "from pg_catalog.pg_class",
        "from information_schema.tables", "from information_schema.columns", "from ops.information_schema.tables", "from system.information_schema.tables",
        "from system.main.duckdb_tables", "from system.pg_catalog.pg_tables", "from pg_settings", "from pragma_database_list", "with duckdb_settings as (from {T}) from duckdb_settings",
        "with recursive pg_tables as (from {T} union from pg_tables) from pg_tables", "with sqlite_master as (from {T}) select * from sqlite_master",
    ),
    "statistics": (
        "select stats(id) from {T}", "select stats(origin) from {PEOPLE}", "select t.stats() from {T} t", "select stats(t) from {T} t", "select stats(columns(*)) from {T}", "select any_value(stats(id)) from {T}",
        "select id from {T} order by stats(tail)", "select id from {T} where stats(id) <> ''", "select id from {T} group by id having stats(id) like '%M%'", "select list_transform([1], lambda x: stats(x))",
        "select case when stats(id) = '' then 1 end from {T}", "from summary({T})", "from (summarize {T})", "select \"stats\"(id) from {T}", "select system.main.stats(id) from {T}",
        "from parquet_metadata('{own}')", "select stats_min from parquet_metadata('{own}')", "select vector_type(id) from {T}", "from pragma_storage_info('t')", "from storage_info('t')",
        "select try(stats(id)) from {T}", "select row_number() over (order by stats(id)) from {T}", "select STATS(id) from {T}", "select stats /* x */ (id) from {T}",
    ),
    "replacement scans": (
        "from connection", "from limits", "from given", "from datasets", "from text", "from channel", "from self", "from asked", "from rows", "from reader", "from batch", "from os", "from sys",
        "select * from connection", "select * from {T}, given", "with a as (from channel) from a", "from query_table('connection')", "from df", "from _", "from __name__", "from \"sys.path\"", "from frame",
    ),
    "several statements": (
        "from {T}; from {SECRET}", "select 1 from {T}; copy {T} to '{dir}/out.csv'", "from {T}; set threads = 1", "from {T};; from {T}", "from {T};\n-- x\ndrop view {T}", "from {T} /* ; */ ; from {T}",
        "from {T}; -- a\n; select 2", "; from {T}; select 2", "from {T} where 'a;b' = 'a;b'; attach ':memory:' as x", "select 1; select 2", "select ';'; select 2", "select $$;$$; select 2",
        "select 1 -- ;\n; select 2", "select 1 /* ; */; pragma version", "select 1;\u00a0select 2", "select 1;\u200bselect 2", "begin; select 1; commit", "select 1; explain select 2", "select e'\\';'; select 2",
        "select \";\" from {T}; select 2", "select 1\r; select 2", "select 1 --\r; select 2",
    ),
    "clock, chance and environment": (*_each("select {word} as x from {T}", _WORLD), "select id from {T} using sample 1", "select id from {T} tablesample reservoir(2)", "select id from {T} where random() < 2", "select id from {T} order by uuid()"),
    "macros": (
        "create macro f(a) as a", "create macro f() as table from {SECRET}", "create or replace function f(a) as a", "create temp macro f(a) as a", "select f(1)", "from f()", "create macro abs(a) as getenv(a)",
        "drop macro f", "create macro main.f(a) as a", "with f as (create macro g(a) as a) select 1", "create function f(x) as (select max(mark) from {SECRET})", "select my_macro(id) from {T}",
        "from my_table_macro({T})", "create macro duckdb_tables() as table (select 1)", "select pg_get_viewdef('x')", "select pg_get_expr('x', 1)", "create type x as enum ('a')", "create sequence s", "select nextval('s')",
        "select currval('s')", "create macro a.b.c(x) as x",
    ),
    "prepare and execute": (
        "prepare p as select 1", "execute p", "execute p(1)", "deallocate p", "call duckdb_tables()", "call pragma_version()", "prepare p as from {SECRET}", "select ?", "select $1", "select $2 from {T}", "execute immediate 'select 1'",
        "select json_execute_serialized_sql(json_serialize_sql('from {SECRET}'))", "from json_execute_serialized_sql('x')", "from query('from {SECRET}')", "from query_table('{SECRET}')", "from query_table(['{SECRET}'])",
        "select query('x')", "from query('select ' || 1)", "with p as (execute p) from p", "select eval('1')", "from query($$from {SECRET}$$)", "pragma query('select 1')",
    ),
    "lambdas": (
        "select list_transform([1], lambda x: getenv('HOME'))", "select list_transform(['{txt}'], lambda x: read_text(x))", "select list_filter([1], lambda x: x in (select id from {SECRET}))",
        "select list_transform([1], x -> current_setting('threads'))", "select list_reduce(['a'], lambda x, y: getenv(x))", "select columns(c -> getenv('HOME') <> '') from {T}", "select [getenv(x) for x in ['HOME']]",
        "select [x for x in [1] if exists (from {SECRET})]", "select list_transform([1], lambda x: (select max(mark) from {SECRET}))", "select list_transform([1], lambda x: now())", "select apply([1], lambda x: stats(x))",
        "select list_sort([1], getenv('HOME'))", "select list_transform([1], lambda x: (select max(salary) from {HIDDEN}))", "select list_filter(['a'], lambda x: write_log(x))", "select array_transform([1], lambda x: random())",
        "select list_transform(list_transform([1], lambda x: [x]), lambda y: list_transform(y, lambda z: getenv('A')))", "select columns(lambda c: c = getenv('HOME')) from {T}", "select list_transform([1], lambda getenv: getenv('x'))",
        "select map_from_entries([('a', getenv('HOME'))])", "select list_aggregate([1], getenv('HOME'))", "select struct_pack(a := getenv('HOME'))", "select list_transform(['MESHWRIGHT_CANARY'], getenv)",
    ),
    "very long and very deep": (
        "select " + "(" * 150 + "1" + ")" * 150, "select " + "(" * 90_000, "select 1" + " + 1" * 40_000, "select " + "[" * 200 + "]" * 200, "select " + "-" * 3 + "\n" + "case " * 300, "select " + "not " * 500 + "true",
        "select " + ".".join(["a"] * 500) + " from {T}", "select 1" + "::int" * 500, "select a" + "[1]" * 500 + " from {T}", "from " + "(from " * 200 + "{T}" + ")" * 200, "select '" + "x" * 200_000 + "'", "select " + ", ".join(["1"] * 60_000),
        "select * from {T} " + "join {T} " * 40, "select 1 where 1 in (" + "1," * 50_000 + "1)", "with " + ", ".join(f"a{i} as (select 1)" for i in range(20_000)) + " select 1", "select " + "row(" * 40 + "1" + ")" * 40,
        "select " + "any(" * 60 + "1" + ")" * 60, "select 1 --" + "x" * 150_000, "/*" * 60_000, "select " + "map {'a': " * 120 + "1" + "}" * 120, "select \"" + "x" * 100_001 + "\"", "\n" * 120_000 + "select 1",
        "from {T} --\r, " + "(" * 30_000 + "select 1",
    ),
    "copies and exports": (
        "copy {T} to '{dir}/out.csv'", "copy {T} from '{csv}'", "copy (from {T}) to '{dir}/out.parquet'", "copy (from {SECRET}) to '/dev/stdout'", "export database '{dir}/x'", "import database '{dir}'", "copy database ops to vault",
        "copy {T} to '/dev/stderr' (format csv)", "with a as (copy {T} to 'x') from a", "copy (select 1) to 's3://b/x.csv'", "copy (select 1) to 'http://127.0.0.1/x'", "from (copy {T} to 'x')", "select * into x from {T}", "select id into outfile 'x' from {T}",
        "copy {T} to program 'cat'", "copy x from program 'cat /etc/passwd'", "copy (select 1) to '{own}'", "copy (select 1) to '{state}'", "COPY {T} TO STDOUT", "checkpoint", "force checkpoint ops", "vacuum",
    ),
    "attach and use": (
        "attach '{dir}/x.db' as x", "attach ':memory:' as x", "attach '{state}' (type sqlite)", "attach 'http://127.0.0.1/x.db'", "attach if not exists '{dir}/y.db'", "detach ops", "detach database if exists vault", "use vault.keys", "use ops", "use other.domain",
        "attach 'ducklake:x' as l", "attach '' as p (type postgres)", "attach database 'x'", "with a as (attach 'x') from a", "select * from (use vault)", "attach or replace ':memory:' as ops", "use memory", "detach memory", "attach 's3://b/x.db'", "attach '{own}' as q",
    ),
    "extensions": (
        "install httpfs", "load httpfs", "load '{dir}/x.so'", "install '{dir}/x.duckdb_extension'", "force install spatial", "install x from community", "install x from 'http://127.0.0.1'", "update extensions", "load '/etc/passwd'", "from duckdb_extensions()",
        "select * from {T}, register_external_resource('x')", "select * from {T}, add_grammar_extension('x')", "load ui", "call start_ui()", "load sqlite", "install sqlite; load sqlite", "pragma extension_versions", "with a as (load httpfs) select 1", "from load_aws_credentials()", "select spatial_version()", "load json",
    ),
    "statements that change": (
        "create table x as from {T}", "create view x as from {T}", "create or replace view {T} as from {SECRET}", "create schema x", "create schema vault.keys2", "create secret s (type s3)", "insert into {T} values (1)", "update {T} set id = 1", "delete from {T}", "drop view {T}",
        "drop schema ops cascade", "alter table {T} rename to u", "truncate {T}", "comment on table {T} is 'x'", "merge into {T} using {T} as u on true when matched then delete", "with d as (delete from {T} returning *) from d", "create index i on {T} (id)", "create temp table x (a int)",
        "insert into {T} from {SECRET} returning *", "begin", "commit", "rollback", "analyze", "create persistent secret s (type http)",
    ),
    "explanations": (
        "explain select 1", "explain analyze from {T}", "explain (format json) from {T}", "describe {T}", "describe from {T}", "summarize {T}", "show tables", "show all tables", "show databases", "from (describe {T})", "from (show tables)", "from (summarize {T})",
        "from (describe from {SECRET})", "with d as (from (describe {T})) from d", "select * from {T} where exists (from (show tables))", "select json_serialize_plan('select 1')", "select json_serialize_sql('x') from {SECRET}", "pragma show_tables", "show {T}", "desc {T}", "from (explain from {T})",
        "from (pivot {SECRET} on mark)", "pivot {HIDDEN} on name using sum(salary)", "from {T} pivot (max(getenv('HOME')) for origin in ('EWR'))", "unpivot {SECRET} on columns(*)",
    ),
    "unions and positions": (
        "select id from {T} union all select number from {SECRET}", "from {PORTS} union all select mark from {SECRET}", "from {T} positional join {SECRET}", "from {T} positional join {HIDDEN}", "select * from {T} union by name select * from {HIDDEN}", "from {T} except select * from {HIDDEN}",
        "select id from {T} intersect select id from {SECRET}", "select id from {T} where (id, origin) in (select id, mark from {SECRET})", "values ((select max(mark) from {SECRET}))", "table {SECRET}", "select * from (values (1), ((select number from {SECRET}))) v",
        "from {PORTS} natural join {HIDDEN}", "from {T} asof join {HIDDEN} h on t.id >= h.id", "from {T} anti join {SECRET} using (id)", "from {T} cross join {SECRET}", "select id from {T} union (with x as (from {SECRET}) select number from x)", "select id from {T} union all (from {SECRET}) limit 1",
        "with recursive r as (select 1 as id union all select number from {SECRET}) from r", "from ({T} union all from {SECRET})", "from {T} t full join {SECRET} s on t.id = s.id", "select 1 union all select (select salary from {HIDDEN} limit 1)",
    ),
}  # fmt: skip

#: What may be refused, fail, or be answered with what the caller may see; never with more.
WATCHED: Mapping[str, tuple[str, ...]] = {
    "casts": (
        *_each(
            "select {word} from {PEOPLE}",
            [
                "origin::int", "cast(origin as date)", "origin::timestamp", "origin::uuid", "origin::decimal(9,2)", "origin::boolean", "origin::int[]", "origin::json", "cast(origin as struct(a int))", "origin::time", "origin::interval",
                "strptime(origin, '%Y-%m-%d')", "from_hex(origin)", "unhex(origin)", "from_base64(origin)", "json_extract(origin, '$.a')", "origin::blob::varchar::bit", "('1' || origin)::hugeint", "array_extract([1], origin::int)", "chr(origin::int)",
                "date_trunc(origin, date '2020-01-01')", "regexp_extract(origin, origin || '(')", "format(origin || '{}')", "printf('%d', origin)", "try_cast(origin as int)", "date_part(origin, date '2020-01-01')", "sum(origin::int)", "list_sort([1], origin)",
            ],
        ),
        "select id from {PEOPLE} where origin::int > 0", "select id from {PEOPLE} order by origin::int", "select count(*) from {PEOPLE} group by origin::date", "select id from {PEOPLE} where cast(origin as int) = id and id > 100",
        "select id from {PEOPLE} where id / (length(origin) - 17) > 0", "select p.id from {PEOPLE} p join {PORTS} q on p.origin::int = q.code::int", "select error(origin) from {PEOPLE}", "select id from {PEOPLE} qualify row_number() over (order by origin::date) = 1",
    ),
    "error texts": (
        "select salary from {PEOPLE}", "select name from {PEOPLE}", "select p.name from {PEOPLE} p", "select nam from {PEOPLE}", "select salry from {PEOPLE}", "select ssn from {T}", "select ssm from {T}", "select t.ssn from {T} t", "select people.salary from {PEOPLE}", "select ops.flights.people.name from {PEOPLE}",
        "select hidden.name from {PEOPLE}", "select hidden from {PEOPLE}", "select {HIDDEN} from {PEOPLE}", "select secret from {T}", "from {PEOPLE} order by salary", "select * exclude (salary) from {PEOPLE}", "select * replace (1 as salary) from {PEOPLE}", "select * rename (name as n) from {PEOPLE}", "select id from {PEOPLE} group by name",
        "from {PEOPLE} p join {PORTS} q using (name)", "select nofunction(id) from {T}", "select max(nothing) from {T}", "select id + origin from {T}", "select length(id, 1) from {T}", "select t.* from {T}", "select x.* from {T} t", "select struct_extract(t, 'ssn') from {T} t", "select place.ssn from {T}",
        "select id from {T} where doc->>'$.ssn' = secret", "select file_row_number from {T}", "select filename from {T}", "select rowid from {T}", "select file_index from {T}", "select \"bound-views\" from {PEOPLE}",
    ),
    "comments and encodings": (
        "from {T} --\r, {SECRET}", "select id from {T} --\r union all select number from {SECRET}", "from {T} -- x\n, {SECRET}", "from {T} /* /* */ -- */\n, {SECRET}", "/* from {T} */ from {SECRET}", "select getenv/**/('HOME')", "select $$ ' $$, * from {T}, read_text('{txt}')",
        "select E'\\'', * from {T}, read_text('{txt}') --'", "\ufefffrom {SECRET}", "\ufefffrom {T}", "from\u00a0{SECRET}", "from\u3000{SECRET}", "from\u200b{SECRET}", "from {T}\x0b, {SECRET}", "from {T}\x0c, {SECRET}", "from {T}\x00, {SECRET}", "from {T} \u2028, {SECRET}", "from {T} -- \u2028, {SECRET}",
        "from {T} -- \u2029\n", "from {T} -- \x85, {SECRET}", "select U&'\\0061'", "select x'00ff'", "select b'01'", "select 'a' 'b'", "select $a$ $b$ $a$", "select $tag$ from {SECRET} $tag$", "select e'\\u0061'", "from {T} #, {SECRET}", "from {T} /*! , {SECRET} */", "from {T} // , {SECRET}", "select '\\', {SECRET}'", "select \"a\"\"b\" from {T}",
        "from {T} /*\r*/ --\r\n, {SECRET}", "select/**/id/**/from/**/{T}", "from {T} -- \\\n, {SECRET}", "from ops./**/flights./**/hidden", "from ops.flights\n.\nhidden", "from {T} {{ x }}", "from {T} {%% if x %%}",
    ),
    "recursion bombs": (
        *_each(
            "with recursive r(x) as ({word}) select count(*) from r",
            [
                "select 1 union all select x from r", "select 1 union all select x + 1 from r", "select 1 from {T} union all select x from r", "select 'x' union all select x || x from r", "select [1] union all select x || x from r", "select 1 union all select a.x from r a, r b", "select 1 union all (select x from r union all select x + 1 from r)",
                "select 1 union all select x from r where x > 0", "select 1::hugeint union all select x * 1 from r", "select {'a': 1} union all select x from r", "select 1 union select (x * 7 + 1) % 100000007 from r", "select 1 union all select unnest([x, x]) from r", "select 1 union all select x + id from r, {T}", "select 'a' union all select md5(x) from r",
                "select 1 union all select x from r cross join range(10)", "select 1.5 union all select x / 2 from r", "select date '2020-01-01' union all select x from r", "select repeat('x', 1000) union all select x || 'y' from r", "select 1 union all select max(x) over () from r", "select row(1, 2) union all select x from r", "select list(id) from {T} union all select x from r",
            ],
        ),
    ),
    "memory bombs": (
        "select repeat('x', 1000000000) || repeat('y', 1000000000)", "select sum(length(repeat('x', 1000000000))) from range(100)", "select list(repeat('x', 100000)) from {T}, range(10000000)", "select string_agg(repeat('x', 100000), '') from range(10000000)",
        "with recursive r as (select 'x' as x, 0 as n union all select x || x, n + 1 from r where n < 40) select max(length(x)) from r", "with recursive r as (select [1] as x, 0 as n union all select x || x, n + 1 from r where n < 40) select max(len(x)) from r", "select max(len(range(10000000000)))", "select len(list_resize([1], 10000000000))",
        "select length(lpad('x', 2000000000, 'y')) from range(10)", "select count(distinct a.range * 100000 + b.range) from range(100000) a, range(100000) b", "select max(length(printf('%2000000000d', id))) from {T}", "select bitstring_agg(r.range, 0, 999999999) from range(3) r", "select histogram(a.range * 100000 + b.range) from range(100000) a, range(100000) b",
        "select median(a.range) from range(100000) a, range(100000) b", "select a.range from range(100000000) a order by hash(a.range) limit 1 offset 99999999", "select list(a.range) from range(1000000000) a", "select quantile_cont(random_value, 0.5) from (select hash(range) as random_value from range(300000000))",
        "select array_agg(s) from (select {'a': repeat('x', 10000)} as s from range(1000000))", "select map(range(100000000), range(100000000))", "select json_group_array(repeat('x', 10000)) from range(1000000)", "select mode(range) from range(500000000)", "select string_split(repeat('a,', 500000000), ',')", "select length(translate(repeat('a', 1000000000), 'a', 'b'))",
    ),
    "time bombs": (
        "select count(*) from range(1000000) a, range(1000000) b where a.range + b.range = -1", "select count(*) from range(1000000000000) a where hash(a.range) = 1", "select levenshtein(repeat('ab', 300000), repeat('ba', 300000))", "select damerau_levenshtein(repeat('ab', 100000), repeat('ba', 100000))", "select jaccard(repeat('ab', 100000000), repeat('ba', 100000000))",
        "select sum(list_sum(list_transform(range(100000), lambda x: list_sum(range(100000)))))", "select count(*) from range(100000000000) r where regexp_matches(r.range::varchar, '(a|b)*c$')", "select max(sha256(repeat('x', 100000) || r.range)) from range(100000000) r", "select count(*) from {T} a asof join range(100000000) b on a.id >= b.range join range(100000000) c on b.range >= c.range",
        "select count(*) from {T} where regexp_matches(origin, '((a{1,1000}){1,1000}){1,1000}')", "select length(regexp_replace(repeat('a', 10000000), '', repeat('b', 10000), 'g'))", "select len(regexp_extract_all(repeat('a', 100000000), '')) from range(100)", "select factorial(33) from range(100000000000)", "select gamma(range) from range(100000000000) order by 1 desc limit 1",
        "select max(md5(range::varchar)) from range(1000000000)", "select count(*) from range(100000) a join range(100000) b on a.range <> b.range", "select sum(a.range * b.range) from range(10000000) a, range(10000000) b", "select list_sum(list_transform(range(1000000000), lambda x: x * x))", "select count(*) from (select distinct a.range % 7 from range(100000) a, range(1000000) b)",
        "select max(x) from (select row_number() over (order by hash(range)) as x from range(1000000000))", "select sum(len(str_split(repeat('a ', 1000000), ' '))) from range(1000000)", "select count(*) from range(30000000) a left join range(30000000) b on a.range = b.range * 3 + 1 and a.range > b.range",
    ),
    "output bombs": (
        "select * from range(100000000000)", "select repeat('x', 1000000) from range(1000000)", "select repeat('x', 500000000)", "select range(10000000)", "select * from {T}, range(100000000)", "select unnest(range(1000000000))", "select *, *, *, * from {T}, range(10000000)", "select [range, range] from range(100000000)",
        "select {'a': repeat('x', 1000)} from range(100000000)", "select " + ", ".join(f"{i} as c{i}" for i in range(5_000)) + " from range(100000)", "select generate_series from generate_series(1, 100000000000)", "select range::varchar || repeat('y', 100) from range(1000000000)", "select to_json(range(1000)) from range(10000000)", "select map {'k': range(1000)} from range(10000000)",
        "select null from range(100000000000)", "select true from range(100000000000)", "from range(10000000) a, range(10000000) b", "select * from {T} a, {T} b, {T} c, {T} d, {T} e, {T} f, {T} g, {T} h, {T} i, {T} j, {T} k, {T} l, {T} m", "select hash(range) from range(100000000000)", "select repeat(chr(0), 100000000)", "select repeat('\U0001f600', 50000000)", "select * from range(100000000000) limit 99999999999",
    ),
    "unicode names": (
        "from vault.keys.s\u0435cret", "from vault.k\u0435ys.secret", "from \uff56ault.keys.secret", "from vault.keys.\u017fecret", "from vault.keys.secret\u0301", "from vault.keys.se\u0441ret", "select * from {T}, read_t\u0435xt('{txt}')", "select * from {T}, \uff52\uff45\uff41\uff44_text('{txt}')", "select g\u0435tenv('HOME')", "select read\u200b_text('{txt}')",
        "from vault.keys.SECRET\u200d", "from \u202evault.keys.secret", 'from "vault"."keys"."secret\u200b"', "from ops.flights.h\u0131dden", "from ops.flights.H\u0130DDEN", "from ops.flights.hi\ufb00en", "select \U0001f600 from {T}", 'select id as "\u202e\U0001f600" from {T}', "from \u24e5ault.keys.secret", "from vault\u2024keys\u2024secret", "from vault.keys.secret\ufe0f", "with \u017fecret as (from {T}) from secret", "from ops.flights.\u212a",
    ),
    "stars": (
        "select * from {PEOPLE}", "select columns(*) from {PEOPLE}", "select columns('.*') from {T}", "select columns('ssn|id') from {T}", "select columns(lambda c: true) from {T}", "select * exclude (id) from {PEOPLE}", "select p.* from {PEOPLE} p", "select * like '%s%' from {T}", "select * similar to '.*' from {PEOPLE}", "select count(columns(*)) from {PEOPLE}", "select max(columns(*)) from {T}",
        "select min(columns('(s.*)')) from {T}", "from {PEOPLE} select *", "select coalesce(columns(*)) from {PEOPLE}", "select unpack(columns(*)) from {PEOPLE}", "select *columns(*) from {T}", "select * replace (id + 1 as id) from {PEOPLE}", "select columns([x for x in (*) if x <> 'id']) from {PEOPLE}", "select {'a': columns(*)} from {PEOPLE}", "from {PEOPLE} where columns(*) is not null", "from (from {PEOPLE}) select columns('name|salary')",
        "select distinct * from {PEOPLE}", "select * from {PEOPLE} natural join {PEOPLE} b", "select list(columns(*)) from {PEOPLE}", "unpivot {PEOPLE} on columns(*)",
    ),
    "rows and structs": (
        "select p from {PEOPLE} p", "select people from {PEOPLE}", "select row(p) from {PEOPLE} p", "select to_json(p) from {PEOPLE} p", "select row_to_json(p) from {PEOPLE} p", "select p.name from (select p from {PEOPLE} p)", "select unnest(p) from {PEOPLE} p", "select unnest(p, recursive := true) from {PEOPLE} p", "select struct_extract(p, 'salary') from {PEOPLE} p", "select p['name'] from {PEOPLE} p",
        "select p[3] from {PEOPLE} p", "select struct_extract_at(p, 3) from {PEOPLE} p", "select struct_keys(p) from {PEOPLE} p", "select struct_values(t) from {T} t", "select list(p) from {PEOPLE} p", "select any_value(t) from {T} t", "select t::varchar from {T} t", "select hash(p), md5(p::varchar) from {PEOPLE} p", "select max(p) from {PEOPLE} p", "select json_structure(to_json(p)) from {PEOPLE} p", "select struct_insert(p, z := 1) from {PEOPLE} p",
        "select struct_update(p, name := 1) from {PEOPLE} p", "select typeof(p) from {PEOPLE} p", "select p = {'id': 1, 'origin': 'EWR'} from {PEOPLE} p", "select arg_max(p, id) from {PEOPLE} p", "select first(t order by id) from {T} t", "select count(*) from {PEOPLE} p where p is not null", "select from_json(to_json(p), '{\"salary\": \"BIGINT\"}') from {PEOPLE} p",
    ),
}  # fmt: skip

#: Which of them take their time: each is ended by a limit.
COSTLY = frozenset({"recursion bombs", "memory bombs", "time bombs", "output bombs"})

#: What consumers ask, in full names; those of rules, in bare ones, besides.
CONSUMED: tuple[str, ...] = (
    "from ops.flights.t", "select count(*) from ops.flights.t", "select t.id, p.code from ops.flights.t t join ops.flights.ports p on p.code = t.origin",
    "select t.id, i.price from ops.flights.t t join shop.goods.items i using (id)", "with a as (select id, price from shop.goods.items), b as (select * from a where price > 1) select b.*, t.origin from b left join ops.flights.t t using (id)",
    "select origin, count(*) as n, avg(delay) as mean from ops.flights.t group by all", "select id, sum(price) over (order by id rows between unbounded preceding and current row) as running from shop.goods.items",
    "select id from shop.goods.items where price > (select avg(price) from shop.goods.items)", "select id from ops.flights.people intersect select id from shop.goods.items", "select id, 'a' as k from ops.flights.people union all select id, 'b' from shop.goods.items",
    "select id from shop.goods.items except select id from ops.flights.people", "select * from ops.flights.people", "select p.origin, t.day from ops.flights.people p join ops.flights.t t using (id, origin)",
    "select id from shop.goods.items order by id desc limit 2 offset 1", "select date_trunc('month', day) as month, count(*) from ops.flights.t group by 1", "select strftime(day, '%d.%m.%Y') from ops.flights.t", "select day + interval 3 day from ops.flights.t",
    "select list(id order by id) from shop.goods.items", "select id, unnest(legs) from ops.flights.t", "select place.town, doc->>'kind' from ops.flights.t", "select upper(origin) || '-' || lpad(id::varchar, 3, '0') from ops.flights.t", "select regexp_replace(tail, '[0-9]', '#', 'g') from ops.flights.t",
    "select * from (values (1, 'a'), (2, 'b')) v(id, name) join shop.goods.items using (id)", "select x.id, y.n from shop.goods.items x, lateral (select count(*) as n from ops.flights.t t where t.id <= x.id) y",
    "pivot (select origin, day, id from ops.flights.t) on origin in ('EWR', 'JFK') using count(id) group by day", "select id, ntile(2) over (order by price), lag(price, 1, 0) over (order by id) from shop.goods.items", "select approx_count_distinct(id), median(price), stddev(price) from shop.goods.items",
    "select case when price > 3 then 'dear' else 'cheap' end as kind, count(*) from shop.goods.items group by all", "select id from shop.goods.items where exists (select 1 from ops.flights.t t where t.id = items.id)", "select ops.flights.t.id from ops.flights.t", "select t.* exclude (doc) from ops.flights.t t where t.day between '2020-01-01' and '2020-01-02'",
    "select coalesce(tail, 'none') from ops.flights.t where tail is null or tail ilike 'n%'", "select map {'a': id} from shop.goods.items", "select struct_pack(id := id, price := price) from shop.goods.items", "select [x * 2 for x in legs] from ops.flights.t", "select count(*) filter (where delay > 0) from ops.flights.t",
)  # fmt: skip
LEGITIMATE_BARE: tuple[str, ...] = tuple(query for query in LEGITIMATE if "$low" not in query)

__all__ = ["CONSUMED", "COSTLY", "FORBIDDEN", "LEGITIMATE_BARE", "REFUSED", "WATCHED"]
