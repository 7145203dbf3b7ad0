"""What the tables of all subjects share, and the table of notes."""

from __future__ import annotations

import sqlalchemy
from sqlalchemy import BigInteger, Column, Integer, MetaData, Table

#: Constraints have names, so that a migration can drop them.
metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
    }
)

#: Ids and names compare byte by byte in every database: beginnings are found by ranges, and lists are ordered alike.
Text = sqlalchemy.Text().with_variant(sqlalchemy.Text(collation="C"), "postgresql")

#: SQLite counts by itself only in a column of exactly INTEGER.
Counter = BigInteger().with_variant(Integer(), "sqlite")

meta = Table(
    "meta",
    metadata,
    Column("key", Text, primary_key=True),
    Column("value", Text, nullable=False),
)
