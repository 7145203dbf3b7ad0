"""What both ways of comparing share: the two sides, what they find, and the sample that is kept while rows are counted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from meshwright.engines.duckdb.equality import Pair
from meshwright.engines.duckdb.samples import plain_json, plain_value
from meshwright.engines.protocol import DifferingRow
from meshwright.frozen import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Sides:
    """What is compared."""

    #: What stands after FROM.
    before: str
    after: str
    #: The columns that both have.
    pairs: tuple[Pair, ...]
    tolerance: float
    #: Rows of each kind that are shown at most.
    sample_rows: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Differences:
    """What was found."""

    added: int
    removed: int
    #: None where rows were compared as a bag.
    changed: int | None
    #: Rows that differ in each column, to the order of the pairs; None as above.
    changed_by_column: tuple[int, ...] | None
    sample: tuple[DifferingRow, ...]


def least_rows(shown: Mapping[str, str], order: Sequence[str], condition: str, limit: int) -> str:
    """Return the aggregate that gives the first rows in an order as a list of structs of plain values, NULL for none.

    `shown` is alias -> type; the aliases and those of `order` are columns of what is aggregated.
    """
    if not limit or not order:  # without an order there are no columns to be shown
        return "NULL"
    packed = f"struct_pack({', '.join(f'{alias} := {alias}' for alias in shown)})"
    place = f"struct_pack({', '.join(f'{alias} := {alias}' for alias in order)})"
    plain = ", ".join(f"{alias} := {plain_value(f'e.{alias}', kind)}" for alias, kind in shown.items())
    # Made plain at the end: casting every row to text would cost more than comparing it.
    kept = f"arg_min({packed}, {place}, {limit}) FILTER (WHERE {condition})"
    return f"list_transform({kept}, lambda e: struct_pack({plain}))"


def shown_side(row: Mapping[str, object], names: Mapping[str, str]) -> Mapping[str, object]:
    """Return one side of a sampled row; `names` is alias -> column."""
    return {name: plain_json(row[alias]) for alias, name in names.items()}
