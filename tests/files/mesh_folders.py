"""Meshes as dicts of files, for the loader's tests."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from textwrap import dedent

from meshwright.diagnostics import Diagnostic

CONTRACT = """\
apiVersion: v3.1.0
kind: DataContract
id: contract-{port}
name: {port}
version: 1.0.0
status: active
schema:
  - name: {dataset}
    logicalType: object
    properties:
      - name: origin
        logicalType: string
        required: true
      - name: delay
        logicalType: number
"""

PRODUCT = """\
apiVersion: v1.0.0
kind: DataProduct
id: product-{name}
name: {name}
version: 1.2.0
status: active
description:
  purpose: Flights as flown.
outputPorts:
  - name: {port}
    version: 1.0.0
    contractId: contract-{port}
"""

FLIGHTS = "domains/operations/flights"

#: A whole good mesh of two domains.
GOOD: Mapping[str, str] = {
    "mesh.yaml": "meshwright: 1\nname: aviation\ndomains: [domains/*]\nparams: {currency: USD, least: 3}\n",
    "domains/operations/domain.yaml": (
        "name: operations\npurpose: Flights.\nowners: [team:operations, user:ana@example.org]\nparams: {tz: America/New_York}\n"
    ),
    f"{FLIGHTS}/product.odps.yaml": PRODUCT.format(name="flights", port="departures"),
    f"{FLIGHTS}/contracts/departures.odcs.yaml": CONTRACT.format(port="departures", dataset="departures"),
    f"{FLIGHTS}/pipeline.yaml": dedent(
        """\
        params:
          min_distance: {type: integer, default: 0, description: Shortest flight.}
        nodes:
          raw_flights:
            source: {path: data/flights.csv.zip, nulls: ["NA"], delimiter: ",", header: true}
            columns: {year: integer, carrier: VARCHAR, "tags": "varchar[]"}
            description: Flights as delivered.
            tags: [raw]
          departures: {after: [raw_flights], engine: local, params: {least: 5}}
        tests:
          departures: [{metric: rowCount, mustBeGreaterThan: 10, severity: warning}]
        """
    ),
    f"{FLIGHTS}/models/departures.sql": (
        "select origin, dep_delay as delay\nfrom raw_flights\nwhere distance >= $min_distance and hour > $least\n"
    ),
    f"{FLIGHTS}/tests/no_negative.sql": (
        "-- A plain comment.\n-- severity: warn\n-- on: departures\n-- why: Delays are minutes.\n"
        "select * from departures join raw_flights using (origin) where delay < -1000\n"
    ),
    f"{FLIGHTS}/consumers.yaml": dedent(
        """\
        consumers:
          - name: punctuality board
            type: dashboard
            owner: team:analytics
            url: https://bi.example.org/punctuality
            ports:
              - departures
              - {port: operations.flights/departures, columns: [delay, departures.origin]}
        """
    ),
    f"{FLIGHTS}/README.md": "# Flights\n",
    "domains/analytics/domain.yaml": "name: analytics\npurpose: Reports.\nowners: [team:analytics]\n",
    "domains/analytics/reports/models/worst.sql": "select * from operations.flights.departures order by delay limit 3\n",
}


def write_mesh(root: Path, files: Mapping[str, str | bytes | None]) -> Path:
    """Write `files` (path -> text or bytes; None leaves the file out) below `root`."""
    for path, content in files.items():
        if content is None:
            continue
        target = root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content if isinstance(content, bytes) else content.encode())
    return root


def shown(diagnostics: tuple[Diagnostic, ...]) -> str:
    """Return diagnostics as a reader sees them, for the message of a failing test."""
    return "\n".join(map(str, diagnostics))
