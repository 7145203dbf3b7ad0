"""Raw DuckDB doing days: reads the file of each, runs the statements for that day and writes their rows as Parquet.

    python bench/raw_days.py MESH FOLDER DAY [DAY ...]

One process whatever the number of days; the files of earlier days are in FOLDER. It keeps no versions, checksums, lineage or
records, syncs nothing, and imports nothing of meshwright or of the bench.
"""

from __future__ import annotations

import datetime as dt
import json
import sys
from pathlib import Path

import duckdb


def main() -> None:
    """Do the days."""
    mesh, folder = Path(sys.argv[1]), Path(sys.argv[2])
    plan = json.loads((mesh / "raw-days.json").read_text(encoding="utf-8"))
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        for name in ("flights", *(step["name"] for step in plan["steps"])):
            (folder / name).mkdir(parents=True, exist_ok=True)
        for word in sys.argv[3:]:
            _do(connection, plan, mesh, folder, dt.date.fromisoformat(word))


def _do(connection: duckdb.DuckDBPyConnection, plan: dict, mesh: Path, folder: Path, day: dt.date) -> None:  # type: ignore[type-arg]
    read = f"read_csv('{mesh}/drop/{day}.csv', header = true, nullstr = 'NA', columns = {plan['types']})"
    connection.execute(f"copy (from {read}) to '{folder}/flights/{day}.parquet'")
    for step in plan["steps"]:
        days = [day - dt.timedelta(days=back) for back in range(step["lookback"], -1, -1)]
        files = [str(file) for each in days if (file := folder / step["reads"] / f"{each}.parquet").exists()]
        seen = f"with {step['reads']} as (from read_parquet({files}))"
        rows = (
            f"{seen} select * from ({step['sql']}) where {step['by']} >= '{day}' and {step['by']} < '{day}'::date + 1"
        )
        connection.execute(f"copy ({rows}) to '{folder}/{step['name']}/{day}.parquet'")


if __name__ == "__main__":
    main()
