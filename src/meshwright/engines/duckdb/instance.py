"""Opening an in-memory DuckDB with the fixed settings under which every result of meshwright is made."""

from __future__ import annotations

import duckdb

from meshwright.engines.duckdb.settings import RESULT_SETTINGS, generation
from meshwright.engines.protocol import Limits

#: Settings of the ICU and Parquet extensions, which are there only once the instance is open.
_AFTER_OPENING = frozenset({"TimeZone", "Calendar", "binary_as_string"})

#: No code, secret or extension enters from outside; none of these changes a result.
_CLOSED: tuple[tuple[str, str], ...] = (
    ("allow_community_extensions", "false"),
    ("allow_persistent_secrets", "false"),
    ("autoinstall_known_extensions", "false"),
    ("autoload_known_extensions", "false"),
)


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
