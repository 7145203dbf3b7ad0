"""What the footers of a relation's Parquet files tell of its columns, read once for all rules.

Counts of nulls are exact where they are there. Bounds and the number of different values only choose the way to an answer:
files of other writers may have none, or bounds that no value reaches.
"""

from __future__ import annotations

from collections.abc import Mapping

import duckdb

from meshwright.engines.duckdb.names import glob_safe, literals
from meshwright.engines.duckdb.scans import files_of_relation
from meshwright.engines.protocol import Relation
from meshwright.frozen import dataclass
from meshwright.model import Column

WHOLE_NUMBERS = frozenset({"TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT"})
#: A dictionary of so many bytes holds every value of its row group: writers give dictionaries up when they grow beyond a megabyte.
_WHOLE_DICTIONARY_BYTES = 1 << 16
#: Bytes of a value in a compressed dictionary, about.
_VALUE_BYTES = 8
#: Between the names on the way to a nested value.
PATH = ", "
_BYTES = "(data_page_offset - dictionary_page_offset)"
_QUERY = f"""
SELECT path_in_schema,
  CASE WHEN bool_and(stats_null_count IS NOT NULL) THEN sum(stats_null_count) END,
  bool_and(stats_min_value IS NOT NULL AND stats_max_value IS NOT NULL OR stats_null_count = num_values),
  min(TRY_CAST(stats_min_value AS HUGEINT)), max(TRY_CAST(stats_max_value AS HUGEINT)),
  CASE WHEN bool_and(dictionary_page_offset IS NOT NULL
      AND (stats_distinct_count IS NOT NULL OR {_BYTES} BETWEEN 0 AND {_WHOLE_DICTIONARY_BYTES}))
    THEN sum(coalesce(stats_distinct_count, {_BYTES} // {_VALUE_BYTES} + 1)) END"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Footers:
    """What is told, by column; of a column that is not listed nothing is known."""

    nulls: Mapping[str, int]
    #: The least and the greatest value of whole numbers, or what lies beyond them.
    bounds: Mapping[str, tuple[int, int]]
    #: About how many different values there are at most; of columns that are written with dictionaries throughout.
    values: Mapping[str, int]


def read_footers(cursor: duckdb.DuckDBPyConnection, relation: Relation) -> Footers:
    """Read the footers of the files of a relation; a view has none. Raises DuckDB's errors."""
    files = tuple(files_of_relation(relation))
    if not files:
        return Footers(nulls={}, bounds={}, values={})
    rows = cursor.execute(
        f"{_QUERY} FROM parquet_metadata({literals(glob_safe(file) for file in files)}) GROUP BY path_in_schema"
    ).fetchall()
    # A column that a group of files lacks is NULL there, and no footer counts it; one that is cast may fail to be.
    read: set[Column] = set(relation.columns).intersection(*(group.columns for group in relation.groups))
    # The path of a nested value is made of names and commas, and so may a name be.
    types = {column.name: column.type for column in read if "(" not in column.type and PATH not in column.name}
    is_cut = relation.window is not None or any(group.window is not None for group in relation.groups)
    told = [row for row in rows if row[0] in types]
    return Footers(
        nulls={} if is_cut else {name: int(nulls) for name, nulls, *_ in told if nulls is not None},
        bounds={
            name: (int(least), int(greatest))
            for name, _, is_bounded, least, greatest, _ in told
            if is_bounded and types[name] in WHOLE_NUMBERS and least is not None and greatest is not None
        },
        values={name: int(values) for name, *_, values in told if values is not None},
    )
