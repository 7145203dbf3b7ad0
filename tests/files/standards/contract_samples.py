"""A sound contract, and ways to spoil it."""

from __future__ import annotations

FULL = """\
# Departures of the year
apiVersion: v3.2.0
kind: DataContract
id: operations-departures
name: Departures
version: 1.2.0
status: active
domain: operations
tags: [flights, hourly]
description:
  purpose: One row a departure.
  usage: Join on flight_id.
  limitations: Only New York.
schema:
  - name: departures
    logicalType: object
    physicalType: table
    description: Every departure.
    tags: [core]
    properties:
      - name: flight_id
        logicalType: integer
        physicalType: BIGINT
        primaryKey: true
        primaryKeyPosition: 1
        required: true
        unique: true
        classification: public
        logicalTypeOptions: {minimum: 1}
        quality:
          - {metric: nullValues, mustBe: 0, severity: warning, id: no_nulls, name: No nulls}
          - metric: invalidValues
            mustBeLessThan: 1.5
            unit: percent
            arguments: {validValues: [1, 2, 3], pattern: "^[0-9]+$"}
      - name: origin
        logicalType: string
        description: Airport of departure.
        tags: [geo]
        enum:
          - {value: EWR, label: Newark}
          - value: JFK
      - name: note
        physicalType: VARCHAR
      - name: address
        logicalType: object
        properties:
          - name: street
            logicalType: string
            required: true
    quality:
      - metric: rowCount
        mustBeBetween: [10, 20]
      - metric: duplicateValues
        mustBe: 0
        arguments:
          properties: [flight_id, origin]
        severity: log
      - type: sql
        query: SELECT count(*) FROM {object} WHERE origin IS NULL
        mustBe: 0
      - type: text
        description: Delays are plausible.
      - type: custom
        engine: soda
        implementation: "checks: []"
        severity: info
slaProperties:
  - {property: freshness, value: 1, unit: d, element: departures.flight_id, driver: operational}
  - {property: endOfLife, value: "2032-05-12"}
team:
  name: operations
  members:
    - username: ana
"""

HEAD = """\
apiVersion: v3.2.0
kind: DataContract
id: a
version: 1.0.0
schema:
  - name: t
    properties:
      - name: c
        logicalType: string
"""


def with_rule(rule: str, *, on_object: bool = False) -> str:
    """Return a contract with one more rule, at line 11, on property `c` or on the object."""
    indent = "    " if on_object else "        "
    return f"{HEAD}{indent}quality:\n{indent}  - {rule}\n"
