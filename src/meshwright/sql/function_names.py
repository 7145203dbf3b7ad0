"""Functions by what they do to the purity and stability of a result; a table a kind, names as DuckDB folds them."""

# fmt: off
#: Calls in FROM whose rows come from their arguments alone.
TABLE_FUNCTIONS = frozenset({
    "generate_series", "generate_subscripts", "json_each", "json_tree", "range", "regexp_split_to_table", "repeat",
    "repeat_row", "unnest",
})
#: Calls that another run answers differently.
IMPURE = frozenset({
    "ago", "clock_timestamp", "curdate", "current_catalog", "current_connection_id", "current_database",
    "current_date", "current_localtime", "current_localtimestamp", "current_query", "current_query_id",
    "current_role", "current_schema", "current_schemas", "current_time", "current_timestamp",
    "current_transaction_id", "current_user", "currval", "curtime", "gen_random_uuid", "generate_uuid",
    "get_current_time", "get_current_timestamp", "getdate", "localtime", "localtimestamp", "newid", "nextval",
    "now", "pg_conf_load_time", "pg_postmaster_start_time", "pg_sleep", "rand", "randn", "random", "session_user",
    "setseed", "setval", "sleep_ms", "statement_timestamp", "stats", "sysdate", "sysdatetime", "systimestamp",
    "today", "transaction_timestamp", "txid_current", "unix_timestamp", "user", "utc_date", "utc_time",
    "utc_timestamp", "uuid", "uuidv4", "uuidv7", "vector_type", "version",
})
#: Calls that read the world around the statement: environment, settings, variables, files, the catalog.
OUTSIDE = frozenset({
    "current_setting", "getenv", "getvariable", "glob", "in_search_path", "inet_client_addr", "inet_client_port",
    "inet_server_addr", "inet_server_port", "json_execute_serialized_sql", "parquet_scan",
    "parse_duckdb_log_message", "pg_get_constraintdef", "pg_get_expr", "pg_get_viewdef", "query", "query_table",
    "read_blob", "read_csv", "read_csv_auto", "read_json", "read_json_auto", "read_ndjson", "read_parquet",
    "read_text", "set_config", "sniff_csv", "write_log",
})
#: Aggregates that keep the order in which rows happen to arrive, or take any of the rows that tie.
FLOATING = frozenset({
    "any_value", "arbitrary", "arg_max", "arg_max_null", "arg_min", "arg_min_null", "argmax", "argmin", "array_agg",
    "first", "group_concat", "last", "list", "listagg", "max_by", "min_by", "string_agg",
})
#: Window functions that need an order to mean anything.
RANKING = frozenset({
    "cume_dist", "dense_rank", "first_value", "lag", "last_value", "lead", "nth_value", "ntile", "percent_rank",
    "rank", "row_number",
})
# fmt: on
