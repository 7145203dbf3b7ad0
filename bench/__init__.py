"""Measures meshwright beside raw DuckDB on a synthetic mesh. `make bench` runs it; see docs/benchmarks.md."""
