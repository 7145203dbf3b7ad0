"""What results depend on besides the recipe: DuckDB's generation and its pinned settings. Read without loading DuckDB."""

from __future__ import annotations

from functools import cache
from importlib.metadata import version

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


@cache
def release() -> str:
    """Return the version of the installed DuckDB."""
    return version("duckdb")


def generation() -> int:
    """Return the major number of the installed DuckDB."""
    return int(release().partition(".")[0])


@cache
def engine_identity() -> str:
    """Return the kind, generation and settings that results depend on, blind to minor and patch releases."""
    major = generation()
    settings = {name: value for name, value, since in RESULT_SETTINGS if major >= since}
    # The tag changes with the engine part's own rules, as when parameters took their declared types.
    return f"duckdb:{major}:{identity('mwengine2', major, settings)[:8]}"
