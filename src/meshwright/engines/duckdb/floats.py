"""Floats in files of other writers: their statistics leave NaN out, as the format asks, and DuckDB believes them.

Where a row group says that all its values lie between 0 and 9, DuckDB finds neither ``isnan(x)`` nor ``x > 9`` in it, even
if one of them is NaN. What DuckDB 2 writes counts NaN beside the bounds, or has no bounds where there is one.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import duckdb

from meshwright.engines.duckdb.footers import PATH
from meshwright.engines.duckdb.names import glob_safe, literals
from meshwright.engines.duckdb.scans import files_of_relation
from meshwright.engines.duckdb.settings import generation
from meshwright.engines.protocol import Relation

_FLOATS = ("DOUBLE", "FLOAT")


def with_nan_found(cursor: duckdb.DuckDBPyConnection, relation: Relation, own: tuple[str, ...] = ()) -> Relation:
    """Return the relation with its floats read so that a NaN is found. Reads the footers where there are floats.

    What lies in one of the folders `own` was written by DuckDB, and is not looked at.
    """
    floats = [column.name for column in relation.columns if any(each in column.type for each in _FLOATS)]
    files = tuple(files_of_relation(relation))
    if not floats or not files or (own and all(file.startswith(own) for file in files)):
        return relation
    paths = _paths_without_nan_count(cursor, files)
    unsure = tuple(name for name in floats if any(path == name or path.startswith(name + PATH) for path in paths))
    return replace(relation, unsure=unsure) if unsure else relation


def _paths_without_nan_count(cursor: duckdb.DuckDBPyConnection, files: Iterable[str]) -> set[str]:
    uncounted = "stats_nan_count IS DISTINCT FROM 0 AND" if generation() > 1 else ""
    rows = cursor.execute(
        f"SELECT path_in_schema FROM parquet_metadata({literals(glob_safe(file) for file in files)}) "
        f"WHERE type NOT IN ('BOOLEAN', 'INT32', 'INT64', 'INT96', 'BYTE_ARRAY') AND {uncounted} "
        "coalesce(stats_min, stats_min_value, stats_max, stats_max_value) IS NOT NULL"
    ).fetchall()
    return {path for (path,) in rows}
