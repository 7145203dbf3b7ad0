"""Raw DuckDB: the same SQL and the same tests in one process, into a database file. The limit that we are measured by.

    python bench/raw.py MESH DATABASE [--changed ADDRESS ...]

It imports nothing of meshwright or of the bench. With `--changed`, the first address is built from its changed text and
the others as they were, in a database that is there.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

import duckdb


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the statements."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("mesh", type=Path)
    parser.add_argument("database", type=Path)
    parser.add_argument("--changed", nargs="*", default=[])
    parser.add_argument("--threads", type=int, default=0)
    options = parser.parse_args(arguments)
    plan = json.loads((options.mesh / "raw.json").read_text(encoding="utf-8"))
    config = {"threads": options.threads} if options.threads else {}
    with duckdb.connect(options.database, config=config) as connection:
        connection.execute("set TimeZone = 'UTC'")
        if options.changed:
            steps = {step["address"]: step for step in plan["models"]}
            for address in options.changed:
                step = steps[address]
                is_first = address == options.changed[0]
                _build(connection, step, step["changed_sql"] if is_first else step["sql"])
            return
        for name, sql in plan["sources"]:
            connection.execute(f"create schema if not exists {name.partition('.')[0]}")
            connection.execute(f"create table {name} as {sql}")
        for step in plan["models"]:
            connection.execute(f"create schema if not exists {step['name'].partition('.')[0]}")
            _build(connection, step, step["sql"])


def _build(connection: duckdb.DuckDBPyConnection, step: dict[str, object], sql: object) -> None:
    connection.execute(f"create or replace table {step['name']} as {sql}")
    for query, wanted in step["tests"]:  # type: ignore[attr-defined]
        row = connection.execute(query).fetchone()
        if row is None or (row[0] <= 0 if wanted == "more than 0" else row[0] != int(wanted)):
            raise SystemExit(f"{query}: {row}, wanted {wanted}")


if __name__ == "__main__":
    main()
