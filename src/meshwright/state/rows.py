"""The rows of a state as they are copied from one database into another, and what they add up to."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from sqlalchemy import Boolean, Table
from xxhash import xxh3_128_hexdigest, xxh3_128_intdigest

from meshwright.frozen import dataclass
from meshwright.state.connection import Connection, Row
from meshwright.state.dialect import Dialect
from meshwright.state.hosts import HOST_KEY
from meshwright.state.leases import RELEASED
from meshwright.state.schema.base import meta
from meshwright.state.schema.runs import leases
from meshwright.state.statements import insertion, names
from meshwright.state.tables import metadata

#: Rows read and written at once: the largest are plans and files of some hundred kilobytes.
_CHUNK = 200
_DIGEST_BITS = 128


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
    return list(metadata.sorted_tables)


def copy_table(table: Table, reading: Connection, writing: Connection, dialect: Dialect) -> Summary:
    """Copy the rows of a table, a chunk at a time, and return what they are."""
    summary = Summary()
    insert = insertion(table.name, table.c.keys())
    for rows in _chunks(table, reading):
        writing.change_many(insert, rows)
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
    as_copied = _as_copied(table)
    for chunk in read_table(table, connection):
        if rows := [row for row in map(as_copied, chunk) if row is not None]:
            yield rows


def read_table(table: Table, connection: Connection) -> Iterator[Sequence[Row]]:
    """Yield the rows of a table as they are, a chunk at a time."""
    return connection.chunks(f"SELECT {names(table.c.keys())} FROM {table.name}", _CHUNK)


def _as_copied(table: Table) -> Callable[[Row], Row | None]:
    """Return what makes the copied row of a row: a lease is given up, the note of the host that uses a file is left,
    and what SQLite holds as 0 and 1 is false and true."""
    if table is leases:
        place = {name: index for index, name in enumerate(table.c.keys())}
        return lambda row: (row[place["name"]], RELEASED.holder, row[place["token"]], RELEASED.expires_at)
    if table is meta:
        key = table.c.keys().index("key")
        return lambda row: None if row[key] == HOST_KEY else row
    truths = {index for index, column in enumerate(table.c) if isinstance(column.type, Boolean)}
    if truths:
        return lambda row: tuple(bool(value) if index in truths else value for index, value in enumerate(row))
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
    found = {table.name: connection.value(f"SELECT count(*) FROM {table.name}") for table in all_tables()}
    published = connection.value("SELECT coalesce(sum(generation), 0) FROM environments")
    return found | {"published generations": published}
