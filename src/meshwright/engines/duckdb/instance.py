"""Opening an in-memory DuckDB with the fixed settings under which every result of meshwright is made."""

from __future__ import annotations

import duckdb

from meshwright.engines.protocol import Limits
from meshwright.model import identity

#: The settings that can change a result, pinned; they are part of the engine's identity.
#: The last entry says from which release a setting exists (0 for always); an older one behaves in its own fixed way,
#: which is why the generation of the engine (1 or 2) is part of the identity as well.
RESULT_SETTINGS: tuple[tuple[str, str, int], ...] = (
    ("TimeZone", "UTC", 0),
    ("Calendar", "gregorian", 0),
    ("binary_as_string", "false", 0),
    ("default_collation", "", 0),
    ("default_null_order", "NULLS_LAST", 0),
    ("default_order", "ASC", 0),
    ("disable_timestamptz_casts", "false", 0),
    ("error_on_division_by_zero", "true", 2),
    ("ieee_floating_point_ops", "true", 0),
    ("integer_division", "false", 0),
    ("legacy_disable_null_type", "false", 2),
    ("order_by_non_integer_literal", "false", 0),
    ("pivot_limit", "100000", 0),
    ("preserve_insertion_order", "true", 0),
    ("python_enable_replacements", "false", 0),
    ("python_scan_all_frames", "false", 0),
    ("regex_match_operator_semantics", "partial", 2),
    ("scalar_subquery_error_on_multiple_rows", "true", 0),
)

#: Settings of the ICU and Parquet extensions, which are there only once the instance is open.
_AFTER_OPENING = frozenset({"TimeZone", "Calendar", "binary_as_string"})

#: No code, secret or extension enters from outside; none of these changes a result.
_CLOSED: tuple[tuple[str, str], ...] = (
    ("allow_community_extensions", "false"),
    ("allow_persistent_secrets", "false"),
    ("autoinstall_known_extensions", "false"),
    ("autoload_known_extensions", "false"),
)


def generation() -> int:
    """Return the major number of the installed DuckDB."""
    return int(duckdb.__version__.partition(".")[0])


def engine_identity() -> str:
    """Return the kind, generation and settings that results depend on, blind to minor and patch releases."""
    major = generation()
    settings = {name: value for name, value, since in RESULT_SETTINGS if major >= since}
    return f"duckdb:{major}:{identity('mwengine1', major, settings)[:8]}"


def open_instance(limits: Limits) -> duckdb.DuckDBPyConnection:
    """Open an in-memory instance; every cursor of it has the fixed settings. About 20 to 50 ms."""
    major = generation()
    config: dict[str, str | bool | int | float | list[str]] = {
        name: value for name, value, since in RESULT_SETTINGS if major >= since and name not in _AFTER_OPENING
    }
    config.update(_CLOSED)
    config["temp_directory"] = limits.temp_directory or ""
    if limits.memory_bytes is not None:
        config["memory_limit"] = f"{limits.memory_bytes}B"
    if limits.threads is not None:
        config["threads"] = str(limits.threads)
    connection = duckdb.connect(config=config)
    for name, value, since in RESULT_SETTINGS:
        if name in _AFTER_OPENING and major >= since:
            connection.execute(f"SET GLOBAL {name} = '{value}'")
    return connection
