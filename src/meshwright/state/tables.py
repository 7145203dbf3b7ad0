"""The schema, as SQLAlchemy Core tables. A change here needs a migration in `migrations/versions`; a test compares.

Imported where tables are made on a server, migrated or copied. Those of a new SQLite file stand in `tables.sql`; what reads
and writes them is plain SQL, and knows `layout` alone.

Few, wide rows: one row is one version, with columns, files, inputs and parameters as JSON in it. A commit is
then one row, which is whole or absent by nature, and five thousand versions are read with one decode each.
Those who need every file (`verify`, garbage collection) walk all versions anyway.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import URL, Column, MetaData, PrimaryKeyConstraint, String, Table
from sqlalchemy.schema import CreateIndex, CreateTable

from meshwright.state.layout import VERSION_TABLE
from meshwright.state.schema import callers, environments, events, evidence, firings, outside, runs, versions
from meshwright.state.schema.base import metadata

#: Each subject adds its tables to `metadata` when it is imported.
__all__ = [
    "callers",
    "creation",
    "environments",
    "events",
    "evidence",
    "firings",
    "metadata",
    "outside",
    "runs",
    "schema_version",
    "versions",
]

schema_version = Table(
    VERSION_TABLE,
    MetaData(),  # Alembic owns it
    Column("version_num", String(32), nullable=False),
    PrimaryKeyConstraint("version_num", name=f"{VERSION_TABLE}_pkc"),
)


def creation(kind: str) -> Iterator[str]:
    """Yield the statements that make every table in an empty database (``sqlite``, ``postgresql``), in order."""
    dialect = URL.create(kind).get_dialect()()
    for table in (schema_version, *metadata.sorted_tables):
        yield str(CreateTable(table).compile(dialect=dialect))
        for index in sorted(table.indexes, key=lambda index: str(index.name)):
            yield str(CreateIndex(index).compile(dialect=dialect))
