"""What databases and files say of their tables: types, keys, comments. No row is read.

Types are those with which `sources.readers` reads the same table, so that a contract made from them fits what is stored.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from meshwright.frozen import dataclass
from meshwright.model.shapes import Note, TableShape
from meshwright.secrets import Secrets

#: Whether a table is asked for: its schema (empty where there are none), its name, and whether it is found without one.
Wanted = Callable[[str, str, bool], bool]


@dataclass(frozen=True, kw_only=True, slots=True)
class Catalog:
    """The tables of a database that are asked for."""

    tables: tuple[TableShape, ...]
    notes: tuple[Note, ...] = ()
    #: Every name that can be asked for.
    known: tuple[str, ...] = ()


def read_catalog(kind: str, place: str, wanted: Wanted, *, root: Path, secrets: Secrets) -> Catalog:
    """Read the catalog of a database: an address for ``postgresql``, a path for ``sqlite`` and ``duckdb``.

    Raises InputError and WorldError (MW-C240, MW-X6xx).
    """
    if kind == "postgresql":
        from meshwright.sources.catalogs import postgresql  # lazy: the driver

        return postgresql.read(place, wanted, root=root, secrets=secrets)
    if kind == "sqlite":
        from meshwright.sources.catalogs import sqlite  # lazy, as above

        return sqlite.read(root / place, place, wanted)
    from meshwright.sources.catalogs import duckdb  # lazy, as above

    return duckdb.read(root / place, place, wanted)
