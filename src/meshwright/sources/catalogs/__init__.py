"""What databases and files say of their tables: types, keys, comments. No row is read.

Types are those with which `sources.readers` reads the same table, so that a contract made from them fits what is stored.
"""

from __future__ import annotations

from pathlib import Path

from meshwright.secrets import Secrets
from meshwright.sources.catalogs.protocol import Catalog, Wanted


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
