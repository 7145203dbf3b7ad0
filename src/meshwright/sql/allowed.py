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
    "max_by", "mean", "median", "min", "min_by", "mode", "product", "quantile", "quantile_cont", "quantile_disc",
    "stddev", "stddev_pop", "stddev_samp", "string_agg", "sum", "var_pop", "var_samp", "variance",
    # windows
    "cume_dist", "dense_rank", "first_value", "lag", "last_value", "lead", "nth_value", "ntile", "percent_rank", "rank",
    "row_number",
})
#: Words of the language after which a bracket may stand.
WORDS = frozenset({
    "all", "and", "anti", "any", "array", "as", "asof", "between", "by", "columns", "cross", "cube", "distinct",
    "else", "escape", "except", "exclude", "filter", "first", "from", "full", "group", "having", "ilike", "in", "inner",
    "intersect", "interval", "is", "join", "last", "lateral", "left", "like", "limit", "materialized", "not", "offset", "on",
    "or", "order", "outer", "over", "partition", "pivot", "qualify", "recursive", "rename", "replace", "right", "rollup",
    "row", "select", "semi", "sets", "similar", "some", "then", "to", "union", "unpivot", "using", "values", "when",
    "where", "window", "with", "within",
    # types
    "bpchar", "char", "dec", "decimal", "map", "numeric", "struct", "text", "time", "timestamp", "varchar",
})
# fmt: on
