"""Unit tests as written: rows given to a node, rows expected of it. They need no data and no version."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import field
from types import MappingProxyType

from meshwright.diagnostics import SourceSpan
from meshwright.frozen import dataclass
from meshwright.model.rules import Scalar

#: How far two floats may be apart and still be the same, where the test does not say.
DEFAULT_TOLERANCE = 1e-9


@dataclass(frozen=True, slots=True)
class ExampleValue:
    """One value of an example row. Its type is that of the column it stands in."""

    #: Text of the value, None for null; canonical JSON of a list or mapping.
    text: str | None
    #: Whether `text` is the JSON of a list or mapping.
    is_nested: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class ExampleRow:
    """One row; a column that it leaves out is null."""

    values: Mapping[str, ExampleValue]
    span: SourceSpan


@dataclass(frozen=True, kw_only=True, slots=True)
class GivenRows:
    """The rows that stand in for one input."""

    #: Address of the input.
    dataset: str
    rows: tuple[ExampleRow, ...]
    span: SourceSpan


@dataclass(frozen=True, kw_only=True, slots=True)
class UnitTest:
    """One unit test of one node."""

    name: str
    #: Address of the dataset whose node is tested.
    dataset: str
    given: tuple[GivenRows, ...]
    #: In any order; columns that no row names are not compared.
    expected: tuple[ExampleRow, ...]
    #: Values of parameters, instead of the declared ones.
    params: Mapping[str, Scalar] = field(default_factory=lambda: MappingProxyType({}))
    #: The interval [start, end) that the node is told, aware UTC; None where its code asks for none.
    interval: tuple[dt.datetime, dt.datetime] | None = None
    #: The time of day that the node sees, ISO 8601 with offset; None leaves the clock alone.
    now: str | None = None
    #: Relative and absolute distance at which floats are equal.
    tolerance: float = DEFAULT_TOLERANCE
    description: str | None = None
    span: SourceSpan


def example_columns(rows: tuple[ExampleRow, ...]) -> tuple[str, ...]:
    """Return the columns that any of `rows` names, in order of first appearance."""
    return tuple(dict.fromkeys(name for row in rows for name in row.values))
