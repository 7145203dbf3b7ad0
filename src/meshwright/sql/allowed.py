"""What SQL that is not trusted may call and write before a bracket: a list of what is allowed, never of what is not.

Left out on purpose: what reads or writes anything but its arguments, what gives another result at every run, and what makes
a huge value of a small one (`repeat`, `lpad`, `format`, `range`, `list_resize`).
"""

# fmt: off
#: Functions whose result is made of their arguments alone; names as DuckDB folds them.
FUNCTIONS = frozenset({
    # conditions and casts
    "any", "all", "some", "case", "cast", "coalesce", "constant_or_null", "exists", "greatest", "if", "ifnull", "iff",
    "least", "nullif", "try", "try_cast", "typeof",
    # texts
    "array_to_string", "ascii", "bit_length", "char_length", "character_length", "chr", "concat", "concat_ws",
    "contains", "damerau_levenshtein", "editdist3", "ends_with", "hamming", "instr", "jaccard", "jaro_similarity",
    "jaro_winkler_similarity", "lcase", "left", "length", "len", "levenshtein", "lower", "ltrim", "md5", "nfc_normalize",
    "ord", "overlay", "position", "prefix", "regexp_extract", "regexp_extract_all", "regexp_full_match",
    "regexp_matches", "regexp_replace", "regexp_split_to_array", "replace", "reverse", "right", "rtrim", "sha256",
    "split", "split_part", "starts_with", "str_split", "str_split_regex", "string_split", "string_split_regex",
    "string_to_array", "strip_accents", "strlen", "strpos", "substr", "substring", "suffix", "translate", "trim", "ucase",
    "unicode", "upper",
    # numbers
    "abs", "ceil", "ceiling", "cbrt", "even", "exp", "floor", "isfinite", "isinf", "isnan", "ln", "log", "log10",
    "log2", "mod", "pow", "power", "round", "round_even", "sign", "sqrt", "trunc",
    # days and times
    "date", "date_add", "date_diff", "date_part", "date_sub", "date_trunc", "datediff", "datepart", "datesub",
    "datetrunc", "day", "dayname", "dayofmonth", "dayofweek", "dayofyear", "epoch", "epoch_ms", "extract", "hour",
    "isodow", "isoyear", "last_day", "make_date", "minute", "month", "monthname", "quarter", "second", "strftime",
    "strptime", "time_bucket", "to_days", "to_hours", "to_minutes", "to_months", "to_seconds", "to_weeks", "to_years",
    "try_strptime", "week", "weekday", "weekofyear", "year", "yearweek",
    # lists and structs
    "array_contains", "array_distinct", "array_filter", "array_has", "array_has_all", "array_has_any", "array_indexof",
    "array_intersect", "array_length", "array_position", "array_slice", "array_sort", "array_transform", "array_unique",
    "array_value", "flatten", "list_any_value", "list_append", "list_avg", "list_bool_and", "list_bool_or", "list_cat",
    "list_concat", "list_contains", "list_count", "list_distinct", "list_element", "list_except", "list_extract",
    "list_filter", "list_first", "list_has", "list_has_all", "list_has_any", "list_indexof", "list_intersect",
    "list_last", "list_max", "list_min", "list_position", "list_prepend", "list_reverse", "list_reverse_sort",
    "list_select", "list_slice", "list_sort", "list_string_agg", "list_sum", "list_transform", "list_unique",
    "list_value", "list_where", "list_zip", "row", "struct_extract", "struct_pack", "unnest",
    # aggregates
    "any_value", "arg_max", "arg_min", "argmax", "argmin", "array_agg", "avg", "bool_and", "bool_or", "count", "count_if",
    "count_star", "countif", "first", "group_concat", "grouping", "grouping_id", "last", "list", "listagg", "mad", "max",
    "max_by", "mean", "median", "min", "min_by", "mode", "percentile_cont", "percentile_disc", "product", "quantile",
    "quantile_cont", "quantile_disc", "stddev", "stddev_pop", "stddev_samp", "string_agg", "sum", "var_pop", "var_samp",
    "variance",
    # windows
    "cume_dist", "dense_rank", "first_value", "lag", "last_value", "lead", "nth_value", "ntile", "percent_rank", "rank",
    "row_number",
})
#: What the rules of contracts and the files of tests may call besides: their queries run in a process of their own, which
#: bounds what a huge value costs.
RULE_FUNCTIONS = FUNCTIONS | frozenset({
    # texts
    "bar", "base64", "bin", "decode", "encode", "format", "from_base64", "from_hex", "hex", "lpad", "md5_number", "mismatches",
    "octet_length", "printf", "regexp_escape", "regexp_split_to_table", "repeat", "rpad", "sha1", "to_base", "to_base64",
    "to_hex", "unhex", "url_decode", "url_encode", "like_escape", "ilike_escape", "not_like_escape", "not_ilike_escape",
    "length_grapheme", "left_grapheme", "right_grapheme", "substring_grapheme", "hash", "uuid_extract_timestamp",
    "uuid_extract_version", "bit_position", "bitstring", "format_bytes", "formatreadabledecimalsize", "formatreadablesize",
    "from_binary", "get_bit", "parse_dirname", "parse_dirpath", "parse_filename", "parse_path", "set_bit", "to_binary", "unbin",
    "enum_code", "enum_first", "enum_last", "enum_range", "enum_range_boundary",
    # numbers
    "acos", "acosh", "add", "asin", "asinh", "atan", "atan2", "atanh", "bit_and", "bit_count", "bit_or", "bit_xor",
    "cos", "cosh", "cot", "degrees", "divide", "factorial", "fdiv", "fmod", "gamma", "gcd", "greatest_common_divisor", "lcm",
    "least_common_multiple", "lgamma", "multiply", "nextafter", "pi", "radians", "signbit", "sin", "sinh", "subtract", "tan",
    "tanh", "xor", "roundbankers", "equi_width_bins",
    # days and times
    "age", "century", "days_in_month", "decade", "epoch_ns", "epoch_us", "era", "julian", "make_time", "make_timestamp",
    "make_timestamp_ms", "make_timestamp_ns", "make_timestamptz", "microsecond", "millennium", "millisecond", "nanosecond",
    "timezone", "timezone_hour", "timezone_minute", "to_centuries", "to_decades", "to_microseconds", "to_millennia",
    "to_milliseconds", "to_quarters", "to_timestamp",
    # lists, structs and maps
    "aggregate", "apply", "array_aggr", "array_aggregate", "array_append", "array_apply", "array_cat", "array_concat",
    "array_extract", "array_pop_back", "array_pop_front", "array_prepend", "array_push_back", "array_push_front",
    "array_reduce", "array_resize", "array_reverse", "array_reverse_sort", "array_select", "array_where", "array_zip",
    "cardinality", "element_at", "filter", "generate_series", "generate_subscripts", "grade_up", "list_aggr",
    "list_aggregate", "list_apply", "list_bit_and", "list_bit_or", "list_grade_up", "list_histogram", "list_mad",
    "list_median", "list_mode", "list_pack", "list_product", "list_reduce", "list_resize", "list_stddev_pop",
    "list_stddev_samp", "list_var_pop", "list_var_samp", "map", "map_concat", "map_contains", "map_contains_entry",
    "map_contains_value", "map_entries", "map_extract", "map_extract_value", "map_from_entries", "map_keys", "map_values",
    "range", "reduce", "struct_concat", "struct_extract_at", "struct_insert", "struct_keys", "struct_update",
    "struct_values", "union_extract", "union_tag", "union_value", "struct_contains", "struct_has", "struct_indexof",
    "struct_position", "array_cosine_distance", "array_cosine_similarity", "array_cross_product", "array_distance",
    "array_dot_product", "array_grade_up", "array_inner_product", "array_negative_dot_product", "array_negative_inner_product",
    "list_approx_count_distinct", "list_bit_xor", "list_cosine_distance", "list_cosine_similarity", "list_distance",
    "list_dot_product", "list_entropy", "list_inner_product", "list_kurtosis", "list_kurtosis_pop",
    "list_negative_dot_product", "list_negative_inner_product", "list_sem", "list_skewness",
    # JSON
    "array_to_json", "from_json", "from_json_strict", "json", "json_array", "json_array_length", "json_contains",
    "json_each", "json_exists", "json_extract", "json_extract_path", "json_extract_path_text", "json_extract_string",
    "json_group_array", "json_group_object", "json_keys", "json_merge_patch", "json_object", "json_quote",
    "json_structure", "json_transform", "json_transform_strict", "json_tree", "json_type", "json_valid", "json_value",
    "row_to_json", "to_json", "json_group_structure", "json_pretty",
    # aggregates
    "approx_count_distinct", "approx_quantile", "arbitrary", "arg_max_null", "arg_min_null", "bitstring_agg", "corr",
    "covar_pop", "covar_samp", "entropy", "favg", "fsum", "geomean", "geometric_mean", "histogram", "kahan_sum",
    "kurtosis", "kurtosis_pop", "regr_avgx", "regr_avgy", "regr_count", "regr_intercept", "regr_r2", "regr_slope",
    "regr_sxx", "regr_sxy", "regr_syy", "approx_top_k",
    "arg_max_nulls_last", "arg_min_nulls_last", "histogram_exact", "sem", "skewness", "sumkahan", "wavg", "weighted_avg",
})
#: Those of them that give rows.
RULE_TABLES = frozenset({
    "generate_series", "generate_subscripts", "json_each", "json_tree", "range", "regexp_split_to_table", "repeat", "unnest",
})
#: Words of the language after which a bracket may stand.
WORDS = frozenset({
    "all", "and", "anti", "any", "array", "as", "asof", "between", "by", "columns", "cross", "cube", "distinct",
    "else", "escape", "except", "exclude", "filter", "first", "from", "full", "group", "having", "ilike", "in", "inner",
    "intersect", "interval", "is", "join", "key", "last", "lateral", "left", "like", "limit", "materialized", "not",
    "offset", "on", "or", "order", "outer", "over", "partition", "pivot", "qualify", "recursive", "rename", "replace", "right",
    "rollup", "row", "select", "semi", "sets", "similar", "some", "then", "to", "union", "unpivot", "using", "values", "when",
    "where", "window", "with", "within",
    # ways to take a sample, of which none is a function
    "bernoulli", "repeatable", "reservoir", "system",
    # types
    "bpchar", "char", "dec", "decimal", "enum", "map", "numeric", "struct", "text", "time", "timestamp", "varchar",
})
# fmt: on
