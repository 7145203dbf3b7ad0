"""The inputs of a node's function, in the frame that each argument's annotation asks for."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

#: Rows of a batch where the function reads a stream.
_BATCH_ROWS = 65_536
#: Share of the node's memory limit that DuckDB may use for relations.
_DUCKDB_SHARE = 0.6


class Frames:
    """Makes the frames of one call."""

    def __init__(self, settings: Sequence[Sequence[str]], memory_bytes: int | None, threads: int | None) -> None:
        #: Name and value of DuckDB's settings, as models have them.
        self._settings = settings
        self._memory_bytes = memory_bytes
        self._threads = threads
        self._connection: Any = None

    def frame(self, kind: str, files: Sequence[str]) -> Any:
        """Return the files' rows as a frame of `kind`."""
        if kind == "duckdb":
            return self._relation(files)
        if kind == "batches":
            return _reader(files)
        if kind == "polars_lazy":
            import polars as pl

            return pl.scan_parquet(list(files), glob=False)
        table = _table(files)
        if kind == "polars":
            import polars as pl

            return pl.from_arrow(table)
        if kind == "pandas":
            return _pandas(table)
        return table

    def _relation(self, files: Sequence[str]) -> Any:
        """Return a relation; all of one call stand on one connection, so that they can be joined."""
        if self._connection is None:
            self._connection = self._connect()
        listed = ", ".join("'" + _glob_safe(file).replace("'", "''") + "'" for file in files)
        return self._connection.sql(f"SELECT * FROM read_parquet([{listed}], hive_partitioning = false)")

    def _connect(self) -> Any:
        import duckdb

        config: dict[str, Any] = {"temp_directory": str(Path.cwd()), "autoinstall_known_extensions": "false"}
        if self._memory_bytes:
            config["memory_limit"] = f"{int(self._memory_bytes * _DUCKDB_SHARE)}B"
        if self._threads:
            config["threads"] = str(self._threads)
        connection = duckdb.connect(config=config)
        for name, value in self._settings:
            # The domain's own environment may hold a DuckDB that does not know the setting.
            with contextlib.suppress(duckdb.CatalogException):
                connection.execute(f"SET GLOBAL {name} = '{value}'")
        return connection


def _table(files: Sequence[str]) -> pa.Table:
    tables = [pq.ParquetFile(file).read() for file in files]
    # Files of one type may differ in what can be missing: a day on which nothing was has columns that are never null.
    return tables[0] if len(tables) == 1 else pa.concat_tables(tables, promote_options="default")


def _reader(files: Sequence[str]) -> pa.RecordBatchReader:
    schema = pa.unify_schemas([pq.ParquetFile(file).schema_arrow for file in files])

    def batches() -> Iterator[pa.RecordBatch]:
        for file in files:
            for batch in pq.ParquetFile(file, pre_buffer=False).iter_batches(batch_size=_BATCH_ROWS):
                yield batch if batch.schema == schema else batch.cast(schema)

    return pa.RecordBatchReader.from_batches(schema, batches())


def _pandas(table: pa.Table) -> Any:
    """Whole numbers and booleans are pandas's nullable types, so that a missing value changes no type."""
    import pandas as pd

    kinds = {
        pa.int8(): pd.Int8Dtype(),
        pa.int16(): pd.Int16Dtype(),
        pa.int32(): pd.Int32Dtype(),
        pa.int64(): pd.Int64Dtype(),
        pa.uint8(): pd.UInt8Dtype(),
        pa.uint16(): pd.UInt16Dtype(),
        pa.uint32(): pd.UInt32Dtype(),
        pa.uint64(): pd.UInt64Dtype(),
        pa.bool_(): pd.BooleanDtype(),
    }
    return table.to_pandas(types_mapper=kinds.get)


def _glob_safe(path: str) -> str:
    """Return the glob that matches exactly `path`."""
    return "".join(f"[{letter}]" if letter in "*?[" else letter for letter in path)
