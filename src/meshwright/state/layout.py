"""What every part of this package knows of the schema without SQLAlchemy, which `tables.py` describes it with."""

from __future__ import annotations

#: Every schema version there was, oldest first: the ids of the migrations. The last one is this release's.
SCHEMA_VERSIONS = (
    "0001",
    "0002",
    "0003",
    "0004",
    "0005",
    "0006",
    "0007",
    "0008",
    "0009",
    "0010",
    "0011",
    "0012",
    "0013",
    "0015",
    "0016",
)
#: Alembic's version table under a name of our own: its presence says that the database is meshwright's.
VERSION_TABLE = "meshwright_schema"
#: Stands for the schema version while a copy into a database has not ended: no release takes it for a state.
COPYING = "copying"

#: `to_generation` of an open pointer. A number and not null, so that "open" is a plain equality in the primary key,
#: which makes a second open pointer of one object impossible, and "as of generation g" a range of it.
OPEN = 2**63 - 1

#: Key of the note that is another one after every repair of a version's files.
REPAIRS_KEY = "repairs"
