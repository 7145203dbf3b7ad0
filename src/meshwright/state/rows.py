"""The rows of a state as they are copied from one database into another, and what they add up to."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Table, func, insert, select
from xxhash import xxh3_128_hexdigest, xxh3_128_intdigest

from meshwright.state import tables
from meshwright.state.dialect import Dialect, execute_many
from meshwright.state.hosts import HOST_KEY
from meshwright.state.leases import RELEASED

#: Rows read and written at once: the largest are plans and files of some hundred kilobytes.
_CHUNK = 200
_DIGEST_BITS = 128

Row = tuple[Any, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Summary:
    """What a table holds: how many rows, and a digest of all values that is blind to order."""

    rows: int = 0
    digest: int = 0

    def plus(self, rows: Sequence[Row]) -> Summary:
        """Count more rows in."""
        total = self.digest + sum(map(_row_digest, rows))
        return Summary(rows=self.rows + len(rows), digest=total % (1 << _DIGEST_BITS))


def all_tables() -> list[Table]:
    """Every table, those that others refer to first."""
    return list(tables.metadata.sorted_tables)


def copy_table(table: Table, reading: Connection, writing: Connection, dialect: Dialect) -> Summary:
    """Copy the rows of a table, a chunk at a time, and return what they are."""
    summary = Summary()
    names = [column.name for column in table.c]
    for rows in _chunks(table, reading):
        execute_many(writing, insert(table), names, rows)
        summary = summary.plus(rows)
    counter = table.autoincrement_column
    if counter is not None and summary.rows:
        dialect.continue_counting(writing, table.name, counter.name)
    return summary


def summary_of(table: Table, connection: Connection) -> Summary:
    """Return what the rows of a table are, but for those that are not copied."""
    summary = Summary()
    for rows in _chunks(table, connection):
        summary = summary.plus(rows)
    return summary


def _chunks(table: Table, connection: Connection) -> Iterator[list[Row]]:
    """Yield the rows of a table as they are to stand in the copy."""
    found = connection.execute(select(table), execution_options={"yield_per": _CHUNK})
    for partition in found.partitions():
        if rows := [row for row in map(_as_copied(table), partition) if row is not None]:
            yield rows


def _as_copied(table: Table) -> Callable[[Any], Row | None]:
    """Return what makes the copied row of a row: a lease is given up, the note of the host that uses a file is left."""
    if table is tables.leases:
        return lambda row: (row.name, RELEASED.holder, row.token, RELEASED.expires_at)
    if table is tables.meta:
        return lambda row: None if row.key == HOST_KEY else tuple(row)
    return tuple


def _row_digest(row: Row) -> int:
    values = [xxh3_128_hexdigest(value) if isinstance(value, bytes) else value for value in row]
    return xxh3_128_intdigest(repr(values).encode("utf-8", "surrogatepass"))


def whole_digest(summaries: Mapping[str, Summary]) -> str:
    """Return one digest of all tables."""
    listed = sorted((name, summary.rows, summary.digest) for name, summary in summaries.items())
    return xxh3_128_hexdigest(repr(listed).encode())


def row_counts(connection: Connection) -> dict[str, int]:
    """Count what a run that went on meanwhile would add to."""
    found = {
        table.name: connection.execute(select(func.count()).select_from(table)).scalar_one() for table in all_tables()
    }
    published = select(func.coalesce(func.sum(tables.environments.c.generation), 0))
    return found | {"published generations": connection.execute(published).scalar_one()}
