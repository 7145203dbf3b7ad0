"""Comparing rows as unit tests do: order does not count, repeated rows do, floats may be a little apart."""

from __future__ import annotations

import json
import math
from collections import defaultdict
from collections.abc import Mapping, Sequence

#: Column -> text, float, or what JSON holds.
Comparable = dict[str, object]


def compare(
    expected: Sequence[Comparable], actual: Sequence[Comparable], tolerance: float
) -> tuple[list[Comparable], list[Comparable]]:
    """Return the expected rows that are missing, and the actual rows that are left over.

    Rows are paired inside groups that agree in everything but floats, nearest in order first.
    """
    groups: defaultdict[str, list[Comparable]] = defaultdict(list)
    for row in actual:
        groups[_exact(row)].append(row)
    for rows in groups.values():
        rows.sort(key=_floats)
    missing = []
    for row in sorted(expected, key=_floats):
        candidates = groups.get(_exact(row), [])
        place = next((i for i, each in enumerate(candidates) if _is_close(row, each, tolerance)), None)
        if place is None:
            missing.append(row)
        else:
            candidates.pop(place)
    return missing, [row for rows in groups.values() for row in rows]


def shown_row(row: Comparable) -> Mapping[str, str | None]:
    """Return a row as texts, for messages."""
    return {name: _shown(value) for name, value in row.items()}


def _shown(value: object) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return repr(value) if isinstance(value, float) else json.dumps(value)


def _exact(row: Comparable) -> str:
    """The part of a row that must agree exactly: every float is blanked out."""
    return json.dumps(_without_floats(row), sort_keys=True)


def _without_floats(value: object) -> object:
    if isinstance(value, float):
        return "float"
    if isinstance(value, list):
        return [_without_floats(item) for item in value]
    return {key: _without_floats(item) for key, item in value.items()} if isinstance(value, dict) else value


def _floats(row: object) -> list[float]:
    """All floats of a row in a stable order; NaN counts as the greatest."""
    if isinstance(row, float):
        return [math.inf if math.isnan(row) else row]
    if isinstance(row, dict):
        row = [row[key] for key in sorted(row)]
    return [found for item in row for found in _floats(item)] if isinstance(row, list) else []


def _is_close(one: object, other: object, tolerance: float) -> bool:
    """Whether two values that agree exactly elsewhere agree in their floats."""
    pairs = zip(_floats(one), _floats(other), strict=False)
    return all(a == b or math.isclose(a, b, rel_tol=tolerance, abs_tol=tolerance) for a, b in pairs)
