"""Opening the state database: the one entry to this package. SQLAlchemy is imported here and below."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from sqlalchemy import create_engine
from sqlalchemy.pool import QueuePool, StaticPool

from meshwright.state.dialect import BUSY_TIMEOUT_S, prepare_connections
from meshwright.state.hosts import claim_host
from meshwright.state.location import Location, locate, make_ready
from meshwright.state.migrate import Schema, settle_schema
from meshwright.state.protocol import State
from meshwright.state.reader import DatabaseReader
from meshwright.state.transactions import Transactions
from meshwright.state.writer import DatabaseWriter


class Database:
    """Implements `state.protocol.State`: the reader and the writer of one database. Safe for threads."""

    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions
        self._reader = DatabaseReader(transactions)
        self._writer = DatabaseWriter(transactions)

    @property
    def reader(self) -> DatabaseReader:
        """The reading side."""
        return self._reader

    @property
    def writer(self) -> DatabaseWriter:
        """The changing side."""
        return self._writer

    def close(self) -> None:
        """Release connections. A database in memory is gone with them."""
        self._transactions.close()


def open_state(
    url: str,
    *,
    root: Path,
    host: str | None = None,
    now: dt.datetime | None = None,
    schema: Schema | None = None,
) -> State:
    """Open the state at `url` (a relative path is relative to `root`), making or migrating it where needed.

    `host` identifies this machine and refuses a database that another one is using (None: not checked); `now` is
    the time for that check, by default the system's. `schema` is for tests of migrations.
    Raises InputError (address, foreign or newer database, another host) and WorldError (disk, locks, damage).
    """
    location = locate(url, root)
    if location.path is not None:
        make_ready(location.path)
    transactions = _connect(location)
    try:
        settle_schema(transactions, location, schema or Schema())
        if host is not None and location.path is not None:
            claim_host(transactions, host, now or dt.datetime.now(dt.UTC))
    except BaseException:
        transactions.close()
        raise
    return Database(transactions)


def _connect(location: Location) -> Transactions:
    is_shared = location.path is None
    if is_shared:
        engine = create_engine(location.url, poolclass=StaticPool, connect_args={"check_same_thread": False})
    else:
        engine = create_engine(
            location.url,
            poolclass=QueuePool,
            pool_size=4,
            max_overflow=-1,  # threads are bounded by who starts them; waiting is the database's matter
            connect_args={"check_same_thread": False, "timeout": BUSY_TIMEOUT_S},
        )
    prepare_connections(engine)
    return Transactions(engine, place=location.place, is_shared_connection=is_shared)
