"""DuckDB: the embedded default engine. `DuckDBEngine` is in `engine`, the reader's files in `export`."""

from meshwright.engines.duckdb.engine import DuckDBEngine

__all__ = ["DuckDBEngine"]
