"""The schema's version: making a new database, refusing a newer one, bringing an older one up to date.

The tables are imported only where they are made on a server, with SQLAlchemy, and Alembic only where there is something to migrate.
A migration is one transaction, and before it a SQLite file is copied aside, so that a crash or a failure at any point leaves
the old database.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from meshwright.diagnostics import Diagnostic, InputError, MeshwrightError, WorldError
from meshwright.frozen import dataclass
from meshwright.state import layout
from meshwright.state.connection import Connection
from meshwright.state.dialect import Dialect, Fault
from meshwright.state.errors import NewerDatabase
from meshwright.state.faults import driver_error, explained
from meshwright.state.location import Location, sync_folder
from meshwright.state.sqlite import use_write_ahead_log
from meshwright.state.transactions import Transactions

if TYPE_CHECKING:
    import sqlalchemy


@dataclass(frozen=True, kw_only=True, slots=True)
class Schema:
    """A line of schema versions and the folder of the migrations that lead along it."""

    #: Oldest first; the last one is the one wanted.
    versions: tuple[str, ...] = layout.SCHEMA_VERSIONS
    scripts: Path = Path(__file__).parent / "migrations"

    @property
    def head(self) -> str:
        """The version wanted."""
        return self.versions[-1]


def settle_schema(
    transactions: Transactions,
    location: Location,
    schema: Schema,
    *,
    may_create: bool = True,
    may_upgrade: bool = True,
) -> bool:
    """Leave the database with the wanted schema, or raise with nothing changed. Safe for processes that race.

    Returns False, with nothing done, where the database is empty and `may_create` is false.
    Raises InputError where an older schema is found and `may_upgrade` is false (MW-D117), or where a copy into this
    database has not ended (MW-D118).
    """
    with transactions.read() as connection:
        found = found_version(connection, transactions)
    if found == schema.head:
        return True
    if found is None:
        if may_create:
            _create(transactions, location, schema)
        return may_create
    refuse_unknown(found, transactions.place, schema)
    if not may_upgrade:
        raise InputError(
            Diagnostic(
                code="MW-D117",
                message=f"the state database '{transactions.place}' has schema {found}, this release needs {schema.head}",
                fix="run 'mw state migrate' once everybody who uses it has this release: older ones cannot read it then",
            )
        )
    _upgrade(transactions, location, schema)
    return True


def found_version(connection: Connection, transactions: Transactions) -> str | None:
    """Return the schema version, None for an empty database. Raises InputError where the tables are another's."""
    names = transactions.dialect.table_names(connection)
    if layout.VERSION_TABLE not in names:
        if names:
            raise explained(Fault.NOT_A_DATABASE, transactions.place, "")
        return None
    version: str | None = connection.value(f"SELECT version_num FROM {layout.VERSION_TABLE}")
    if version is None:
        raise explained(Fault.DAMAGED, transactions.place, "its schema version is missing")
    return version


def refuse_unknown(found: str, place: str, schema: Schema) -> None:
    """Raise InputError for a database that is half copied or from a later release."""
    if found == layout.COPYING:
        raise InputError(
            Diagnostic(
                code="MW-D118",
                message=f"the copy of a state into '{place}' was interrupted or is still going on",
                fix="give 'mw state migrate --to ...' again: it starts anew; until it ends, leave `state` as it is",
            )
        )
    if found not in schema.versions:
        raise NewerDatabase(
            Diagnostic(
                code="MW-D104",
                message=f"the state database '{place}' has schema {found}, this meshwright knows up to {schema.head}; "
                "nothing was changed",
                fix="upgrade meshwright",
            )
        )


def make_tables(connection: Connection, version: str) -> None:
    """Make all tables, in the connection's transaction."""
    for statement in _creation(connection.kind):
        connection.change(statement)
    connection.change(f"INSERT INTO {layout.VERSION_TABLE} (version_num) VALUES (?)", (version,))


def _creation(kind: str) -> Iterable[str]:
    """Return the statements that make every table; those of a file are written down, for they begin every new mesh."""
    if kind == "sqlite":
        return Path(__file__).with_name("tables.sql").read_text(encoding="utf-8").split(";\n\n")
    from meshwright.state.tables import creation  # lazy: pulls in SQLAlchemy

    return creation(kind)


def _create(transactions: Transactions, location: Location, schema: Schema) -> None:
    """Make all tables in one transaction, unless another process just did."""
    prepare_file(transactions, location)
    with transactions.write() as connection:
        transactions.dialect.lock_schema(connection)
        found = found_version(connection, transactions)
        if found is None:
            make_tables(connection, schema.head)
    if location.path is not None:
        sync_folder(location.path)
    if found is not None:
        settle_schema(transactions, location, schema)


def prepare_file(transactions: Transactions, location: Location) -> None:
    """Turn the write-ahead log on in a new SQLite file."""
    if location.path is not None:
        with transactions.connect() as connection:
            use_write_ahead_log(connection, transactions.place)


def _upgrade(transactions: Transactions, location: Location, schema: Schema) -> None:
    """Migrate in one transaction, unless another process just did."""
    found: str | None = None
    try:
        with transactions.migrate() as connection:
            found = found_version(connection, transactions)
            if found is None or found == schema.head:
                return
            refuse_unknown(found, transactions.place, schema)
            if location.path is not None:
                _back_up(location.path, found)
            run_migrations(connection.alchemy, schema)
            transactions.dialect.enforce_references(connection)
    except MeshwrightError:
        raise
    except Exception as error:
        # A border: a migration is a program of its own, and whatever fails in it must be told, not traced.
        words = _words_of(error, transactions.dialect)
        backup = f"; a copy made before is '{backup_path(location.path, found)}'" if location.path and found else ""
        raise WorldError(
            Diagnostic(
                code="MW-D112",
                message=f"the state database '{transactions.place}' could not be brought from schema {found} to "
                f"{schema.head}: {words}",
                fix=f"the database is unchanged{backup}; remove the reason and run the command again",
            )
        ) from error


def _words_of(error: Exception, dialect: Dialect) -> str:
    return str(driver_error(error)) if isinstance(error, dialect.errors) else f"{type(error).__name__}: {error}"


def run_migrations(connection: sqlalchemy.Connection, schema: Schema) -> None:
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
