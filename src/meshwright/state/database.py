"""Opening the state database: the one entry to this package.

SQLAlchemy is imported where tables are migrated or copied, and for servers; a plan or a run on a file does without.
"""

from __future__ import annotations

import datetime as dt
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from meshwright.diagnostics import Diagnostic, InputError
from meshwright.frozen import dataclass
from meshwright.state.calls import DatabaseCalls
from meshwright.state.collector import DatabaseCollector
from meshwright.state.dialect import WRITES
from meshwright.state.hosts import claim_host
from meshwright.state.keyed import DatabaseKeyed
from meshwright.state.location import Location, locate, make_ready
from meshwright.state.lookups import DatabaseLookups
from meshwright.state.migrate import Schema, backup_path, found_version, make_tables, settle_schema
from meshwright.state.nowhere import NowherePool
from meshwright.state.outbox import DatabaseOutbox
from meshwright.state.outside import DatabaseOutside
from meshwright.state.protocol import State
from meshwright.state.reader import DatabaseReader
from meshwright.state.reading import has_writers, may_write, private_copy, read_along, read_copy, temporary_folder
from meshwright.state.requests import DatabaseRequests
from meshwright.state.run_pages import DatabaseRunPages
from meshwright.state.schedules import DatabaseSchedules
from meshwright.state.sqlite import SQLITE, SqlitePool
from meshwright.state.tokens import DatabaseTokens
from meshwright.state.transactions import Transactions
from meshwright.state.writer import DatabaseWriter

if TYPE_CHECKING:
    from sqlalchemy import URL


@dataclass(frozen=True, kw_only=True, slots=True)
class Upgrade:
    """What bringing a state up to date did."""

    place: str
    #: Schema version before, None where there was no state.
    found: str | None
    schema: str
    #: The copy made before, where there was something to do on a file.
    backup: str | None


class Database:
    """Implements `state.protocol.State`: the reader and the writer of one database. Safe for threads."""

    def __init__(
        self, transactions: Transactions, copy: TemporaryDirectory[str] | None = None, *, is_lent: bool = False
    ) -> None:
        self._transactions = transactions
        self._is_lent = is_lent
        #: Folder of the private copy that is read, where there is one.
        self._copy = copy
        self._reader = DatabaseReader(transactions)
        self._writer = DatabaseWriter(transactions)
        self._collector = DatabaseCollector(transactions)

    @property
    def transactions(self) -> Transactions:
        """The way to the database itself, for this package."""
        return self._transactions

    @property
    def reader(self) -> DatabaseReader:
        """The reading side."""
        return self._reader

    @property
    def writer(self) -> DatabaseWriter:
        """The changing side."""
        return self._writer

    @property
    def collector(self) -> DatabaseCollector:
        """The deleting side."""
        return self._collector

    @property
    def schedules(self) -> DatabaseSchedules:
        """The scheduler's side."""
        return DatabaseSchedules(self._transactions)

    @property
    def calls(self) -> DatabaseCalls:
        """The record of calls between domains."""
        return DatabaseCalls(self._transactions)

    @property
    def keyed(self) -> DatabaseKeyed:
        """Requests under keys of idempotency."""
        return DatabaseKeyed(self._transactions)

    @property
    def outside(self) -> DatabaseOutside:
        """What outside tools told."""
        return DatabaseOutside(self._transactions)

    @property
    def outbox(self) -> DatabaseOutbox:
        """The side of who passes events on."""
        return DatabaseOutbox(self._transactions)

    @property
    def requests(self) -> DatabaseRequests:
        """Runs that are asked for by URL."""
        return DatabaseRequests(self._transactions)

    @property
    def run_pages(self) -> DatabaseRunPages:
        """Runs page by page, and what changed of them."""
        return DatabaseRunPages(self._transactions)

    @property
    def lookups(self) -> DatabaseLookups:
        """The catalog's side."""
        return DatabaseLookups(self._transactions)

    @property
    def tokens(self) -> DatabaseTokens:
        """What lets callers in."""
        return DatabaseTokens(self._transactions)

    def lent(self) -> Database:
        """Return the same database for one who closes it when done; it stays open."""
        return Database(self._transactions, is_lent=True)

    def close(self) -> None:
        """Release connections, but where it is lent. A database in memory is gone with them."""
        if self._is_lent:
            return
        self._transactions.close()
        if self._copy is not None:
            self._copy.cleanup()


def open_state(
    url: str,
    *,
    root: Path,
    host: str | None = None,
    now: dt.datetime | None = None,
    schema: Schema | None = None,
    create: bool = True,
) -> State:
    """Open the state at `url` (a relative path is relative to `root`), making it where it is not there.

    Without `create` nothing is made: a state that is not there reads as empty, and a file that this user may not
    write is read all the same.

    A SQLite database of an older release is migrated; one on a server only by `upgrade_state`, for others use it.
    `host` identifies this machine and refuses a SQLite file that another one is using (None: not checked); `now` is
    the time for that check, by default the system's. `schema` is for tests of migrations.
    Raises InputError (address, foreign or newer database, another host) and WorldError (disk, locks, network, damage).
    """
    location = locate(url, root)
    if location.path is not None:
        if not create and not location.path.exists():
            return _nowhere()
        make_ready(location.path)
        if not create and not may_write(location.path):
            return _open_to_read(location.path, schema or Schema())
    transactions = connect(location)
    try:
        may_upgrade = location.server is None
        if not settle_schema(
            transactions, location, schema or Schema(), may_create=create or may_upgrade, may_upgrade=may_upgrade
        ):
            transactions.close()
            return _nowhere()
        if host is not None and location.path is not None:
            claim_host(transactions, host, now or dt.datetime.now(dt.UTC))
    except BaseException:
        transactions.close()
        raise
    return Database(transactions)


def _nowhere() -> State:
    """Stand in for a state that is not there."""
    return Database(Transactions(NowherePool(_in_memory), SQLITE, place="memory", is_shared_connection=True))


def _in_memory() -> SqlitePool:
    pool = SqlitePool(Location().sqlite_name, is_shared=True)
    with pool.begin(WRITES) as connection:
        make_tables(connection, Schema().head)
    return pool


def _open_to_read(path: Path, schema: Schema) -> State:
    """Open a file that others own: along with its writers, or from a private copy where there are none."""
    copy = None if has_writers(path) else temporary_folder()
    url = read_along(path) if copy is None else read_copy(private_copy(path, Path(copy.name)))
    location = Location(path=path, reading=url)
    state = Database(connect(location), copy)
    try:
        is_there = settle_schema(state.transactions, location, schema, may_create=False, may_upgrade=False)
    except BaseException:
        state.close()
        raise
    if is_there:
        return state
    state.close()
    return _nowhere()


def upgrade_state(url: str, *, root: Path, schema: Schema | None = None) -> Upgrade:
    """Bring the state at `url` to this release's schema, making it where it is not there. Raises as `open_state` does."""
    location = locate(url, root)
    if location.path is not None:
        make_ready(location.path)
    with closing(connect(location)) as transactions:
        with transactions.read() as connection:
            found = found_version(connection, transactions)
        wanted = schema or Schema()
        settle_schema(transactions, location, wanted)
        is_backed_up = location.path is not None and found not in {None, wanted.head}
        return Upgrade(
            place=transactions.place,
            found=found,
            schema=wanted.head,
            backup=str(backup_path(location.path, found)) if is_backed_up and location.path and found else None,
        )


def connect(location: Location) -> Transactions:
    """Make the way to a location, without using it. Raises InputError (MW-D116) where the driver is not installed."""
    if location.server is not None:
        return _connect_server(location, location.server)
    pool = SqlitePool(location.sqlite_name, is_shared=location.is_memory)
    return Transactions(pool, SQLITE, place=location.place, is_shared_connection=location.is_memory)


def _connect_server(location: Location, address: URL) -> Transactions:
    try:
        from meshwright.state.postgresql import POSTGRESQL, open_pool  # lazy: psycopg is an extra
    except ImportError as error:
        raise InputError(
            Diagnostic(
                code="MW-D116",
                message=f"a state on PostgreSQL needs the library psycopg, which cannot be loaded: {error}",
                fix="pip install 'meshwright[postgres]'",
            )
        ) from error
    return Transactions(open_pool(address), POSTGRESQL, place=location.place, secrets=location.secrets)
