"""A mesh with datasets made of parts: files that come day by day, what each day gives, and what that adds up to."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from pathlib import Path

from tests.meshes import write_file, write_mesh

DAILY = "sales.flights.daily"
#: The first 39 days stand on one page of a manifest, the next ones on another.
FIRST = dt.date(2019, 7, 1)
FILES: Mapping[str, str] = {
    "mesh.yaml": """
        meshwright: 1
        name: air
        domains: [domains/*]
        """,
    "domains/sales/domain.yaml": """
        name: sales
        purpose: Selling.
        owners: [team:sales]
        """,
    "domains/sales/flights/pipeline.yaml": """
        nodes:
          raw: {source: {path: "drop/*.csv", format: csv}, incremental: {append: true}}
          daily: {incremental: {by: t, grain: day}}
        tests:
          daily:
            - {metric: rowCount, mustBeGreaterThan: 0}
            - {metric: duplicateValues, arguments: {properties: [t, c]}, mustBe: 0}
        """,
    "domains/sales/flights/product.odps.yaml": """
        apiVersion: v1.1.0
        kind: DataProduct
        id: sales-flights
        name: Flights
        version: 1.0.0
        status: active
        outputPorts: [{name: daily, version: 1.0.0, contractId: sales-flights-daily}]
        """,
    "domains/sales/flights/contracts/daily.odcs.yaml": """
        apiVersion: v3.2.0
        kind: DataContract
        id: sales-flights-daily
        version: 1.0.0
        status: active
        schema:
          - name: daily
            properties:
              - {name: t, logicalType: timestamp, required: true}
              - {name: c, logicalType: string}
              - {name: x, logicalType: integer}
              - {name: y, logicalType: integer}
        """,
    "domains/sales/flights/models/daily.sql": "select t, c, x, x * 2 as y from raw",
}


def write_air(folder: Path, days: int, more: Mapping[str, str] | None = None) -> Path:
    """Write the mesh with files of the first `days` days, and `more` files in place of its own."""
    root = write_mesh(folder, {**FILES, **(more or {})})
    for day in range(1, days + 1):
        add_day(root, day)
    return root


def add_day(root: Path, day: int, x: int = 1) -> None:
    """Let a file come: two rows of a day."""
    date = FIRST + dt.timedelta(days=day - 1)
    name = f"drop/{day:04}-{x}.csv"
    write_file(root, name, f"t,c,x\n{date} {x % 23:02}:00:00,a,{x}\n{date} {x % 23:02}:30:00,b,{day}\n")
