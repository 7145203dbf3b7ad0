"""The schema's version: making a new database, refusing a newer one, bringing an older one up to date.

Alembic is imported only where there is something to migrate. A migration is one transaction, and before it
a SQLite file is copied aside, so that a crash or a failure at any point leaves the old database.
"""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, exc, insert, inspect, select

from meshwright.diagnostics import Diagnostic, MeshwrightError, WorldError
from meshwright.state import tables
from meshwright.state.dialect import Fault, enforce_references, use_write_ahead_log
from meshwright.state.errors import NewerDatabase
from meshwright.state.faults import explained
from meshwright.state.location import Location, sync_folder
from meshwright.state.transactions import Transactions


@dataclass(frozen=True, kw_only=True, slots=True)
class Schema:
    """A line of schema versions and the folder of the migrations that lead along it."""

    #: Oldest first; the last one is the one wanted.
    versions: tuple[str, ...] = tables.SCHEMA_VERSIONS
    scripts: Path = Path(__file__).parent / "migrations"

    @property
    def head(self) -> str:
        """The version wanted."""
        return self.versions[-1]


def settle_schema(transactions: Transactions, location: Location, schema: Schema) -> None:
    """Leave the database with the wanted schema, or raise with nothing changed. Safe for processes that race."""
    with transactions.read() as connection:
        found = _found_version(connection, transactions.place)
    if found == schema.head:
        return
    if found is None:
        _create(transactions, location, schema)
    else:
        _refuse_newer(found, transactions.place, schema)
        _upgrade(transactions, location, schema)


def _found_version(connection: Connection, place: str) -> str | None:
    """Return the schema version, None for an empty database. Raises InputError where the tables are another's."""
    inspector = inspect(connection)
    if not inspector.has_table(tables.VERSION_TABLE):
        if inspector.get_table_names():
            raise explained(Fault.NOT_A_DATABASE, place, "")
        return None
    version: str | None = connection.execute(select(tables.schema_version.c.version_num)).scalar()
    if version is None:
        raise explained(Fault.DAMAGED, place, "its schema version is missing")
    return version


def _refuse_newer(found: str, place: str, schema: Schema) -> None:
    if found not in schema.versions:
        raise NewerDatabase(
            Diagnostic(
                code="MW-D104",
                message=f"the state database '{place}' has schema {found}, this meshwright knows up to {schema.head}; "
                "nothing was changed",
                fix="upgrade meshwright",
            )
        )


def _create(transactions: Transactions, location: Location, schema: Schema) -> None:
    """Make all tables in one transaction, unless another process just did."""
    if location.path is not None:
        with transactions.connect() as connection:
            use_write_ahead_log(connection, transactions.place)
    with transactions.write() as connection:
        found = _found_version(connection, transactions.place)
        if found is None:
            tables.schema_version.create(connection)
            tables.metadata.create_all(connection, checkfirst=False)
            connection.execute(insert(tables.schema_version).values(version_num=schema.head))
    if location.path is not None:
        sync_folder(location.path)
    if found is not None:
        settle_schema(transactions, location, schema)


def _upgrade(transactions: Transactions, location: Location, schema: Schema) -> None:
    """Migrate in one transaction, unless another process just did."""
    found: str | None = None
    try:
        with transactions.migrate() as connection:
            found = _found_version(connection, transactions.place)
            if found is None or found == schema.head:
                return
            _refuse_newer(found, transactions.place, schema)
            if location.path is not None:
                _back_up(location.path, found)
            run_migrations(connection, schema)
            enforce_references(connection)
    except MeshwrightError:
        raise
    except Exception as error:
        # A border: a migration is a program of its own, and whatever fails in it must be told, not traced.
        words = str(error.orig) if isinstance(error, exc.DBAPIError) else f"{type(error).__name__}: {error}"
        backup = f"; a copy made before is '{backup_path(location.path, found)}'" if location.path and found else ""
        raise WorldError(
            Diagnostic(
                code="MW-D112",
                message=f"the state database '{transactions.place}' could not be brought from schema {found} to "
                f"{schema.head}: {words}",
                fix=f"the database is unchanged{backup}; remove the reason and run the command again",
            )
        ) from error


def run_migrations(connection: Connection, schema: Schema) -> None:
    """Run the migrations that are missing, inside the connection's transaction."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(schema.scripts).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    command.upgrade(config, schema.head)


def backup_path(path: Path, version: str) -> Path:
    """Return where the copy of a database of schema `version` is put before its migration."""
    return path.with_name(f"{path.name}.before-{version}")


def _back_up(path: Path, version: str) -> None:
    """Copy the database, log included, while the write lock is held; the copy appears whole or not at all."""
    target = backup_path(path, version)
    unfinished = target.with_name(f"{target.name}.part")
    unfinished.unlink(missing_ok=True)
    with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(unfinished)) as copy:
        source.backup(copy)
    with unfinished.open("rb+") as file:
        os.fsync(file.fileno())
    unfinished.replace(target)
    sync_folder(target)
