"""PostgreSQL: a server, many hosts, many writers at once. Imports psycopg.

Reading transactions see one snapshot (REPEATABLE READ). Writing ones run at READ COMMITTED and lock the rows that
they decide by: a lease's, then an environment's, so that what is read after the lock is what stands. Serializable
isolation would give the same answers and abort the forty teams that do not disturb each other.
"""

from __future__ import annotations

from collections.abc import Mapping

import psycopg
import sqlalchemy
from sqlalchemy import URL, create_engine, event, exc
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry, QueuePool

from meshwright.diagnostics import Diagnostic, InputError
from meshwright.state import dialect
from meshwright.state.alchemy import BEGIN, AlchemyPool
from meshwright.state.connection import Connection
from meshwright.state.dialect import BARE, READS, WRITES, Dialect, Fault

_BEGINNINGS = {
    READS: "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY",
    WRITES: "BEGIN ISOLATION LEVEL READ COMMITTED, READ WRITE",
}
#: A process that stops in the middle of a transaction (suspended, swapped out) holds its locks no longer than this.
_IDLE_LIMIT_S = 60
#: What a connection is made with where the address does not say: a dead network is noticed within a minute or so.
_CONNECTING: Mapping[str, str] = {
    "application_name": "meshwright",
    "client_encoding": "utf8",
    "connect_timeout": "10",
    "keepalives_idle": "30",
    "keepalives_interval": "10",
    "keepalives_count": "3",
    "tcp_user_timeout": "60000",
}
#: By the first characters of the state code (PostgreSQL manual, appendix A); the longest that fits counts.
_FAULTS: Mapping[str, Fault] = {
    "08": Fault.LOST,
    "25006": Fault.FORBIDDEN,  # a standby, or a role that only reads
    "25P03": Fault.LOST,  # idle too long inside a transaction
    "28": Fault.REFUSED,
    "3D000": Fault.REFUSED,  # no such database
    "3F000": Fault.REFUSED,  # no such schema
    "40001": Fault.CONTENDED,
    "40P01": Fault.CONTENDED,  # deadlock
    "42501": Fault.FORBIDDEN,
    "53": Fault.SERVER,
    "53100": Fault.FULL,
    "53300": Fault.UNREACHABLE,  # too many connections
    "55P03": Fault.LOCKED,
    "57014": Fault.LOCKED,  # cancelled: a time limit of the server, or its administrator
    "57P": Fault.LOST,  # shut down, crashed, starting
    "58": Fault.SERVER,
    "XX": Fault.SERVER,
}
#: The library gives no state code for a connection that was not made. These are the server's own words, in English.
_REFUSALS = ("authentication failed", "no pg_hba.conf entry", "does not exist", "permission denied", "no password")


def fault_of(error: BaseException | None) -> Fault:
    """Say what a driver's error means; OTHER covers what is not the world's doing."""
    if not isinstance(error, psycopg.Error):
        return Fault.OTHER
    state = error.sqlstate
    if state:
        return next((_FAULTS[state[:size]] for size in (5, 3, 2) if state[:size] in _FAULTS), Fault.OTHER)
    if isinstance(error, psycopg.OperationalError):
        return _connecting_fault(str(error)) if _is_connecting(error) else Fault.LOST
    if isinstance(error, psycopg.ProgrammingError):  # an option that the library does not know, or cannot read
        return Fault.BAD_ADDRESS
    return Fault.OTHER


def _is_connecting(error: psycopg.OperationalError) -> bool:
    """Whether an error without a state code comes from making a connection."""
    return (
        error.pgconn is not None
        or isinstance(error, psycopg.errors.ConnectionTimeout)
        or "failed to resolve host" in str(error)
    )


def _connecting_fault(words: str) -> Fault:
    return Fault.REFUSED if any(refusal in words for refusal in _REFUSALS) else Fault.UNREACHABLE


def open_pool(address: URL) -> AlchemyPool:
    """Make the pool of connections to a server, without connecting.

    The driver begins nothing by itself, so that the first word of a transaction says its kind, and a connection that
    died in the pool is found out before any work is done on it.
    """
    engine = create_engine(
        address,
        poolclass=QueuePool,
        pool_size=4,
        max_overflow=-1,  # threads are bounded by who starts them
        connect_args={name: value for name, value in _CONNECTING.items() if name not in address.query},
        use_native_hstore=False,  # saves a query for each connection
        hide_parameters=True,
    )
    event.listen(engine, "connect", _configure)
    event.listen(engine, "begin", _begin)
    return AlchemyPool(engine)


def _configure(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    connection.autocommit = True
    cursor = connection.cursor()
    try:
        cursor.execute(
            "select current_setting('server_encoding'),"
            " set_config('lock_timeout', %s, false),"
            " set_config('idle_in_transaction_session_timeout', %s, false),"
            " set_config('synchronous_commit',"
            "   case current_setting('synchronous_commit') when 'off' then 'on'"
            "   else current_setting('synchronous_commit') end, false)",
            (f"{int(dialect.BUSY_TIMEOUT_S * 1000)}ms", f"{_IDLE_LIMIT_S}s"),
        )
        row = cursor.fetchone()
    finally:
        cursor.close()
    encoding = row[0] if row else ""
    if encoding != "UTF8":
        raise InputError(
            Diagnostic(
                code="MW-D103",
                message=f"the database that `state` names is encoded in {encoding}, which cannot hold every name",
                fix="make one with: create database NAME encoding 'UTF8' template template0",
            )
        )


def _begin(connection: sqlalchemy.Connection) -> None:
    kind = connection.get_execution_options().get(BEGIN, READS)
    if kind != BARE:
        connection.exec_driver_sql(_BEGINNINGS[kind])


def _table_names(connection: Connection) -> frozenset[str]:
    """Name the tables on the search path."""
    found = connection.rows(
        "select c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace"
        " where c.relkind in ('r', 'p') and pg_table_is_visible(c.oid) and n.nspname <> 'pg_catalog'"
    )
    return frozenset(name for (name,) in found)


def _lock_schema(connection: Connection) -> None:
    """Keep other processes from making or migrating the tables of this schema until the transaction ends."""
    connection.first(
        "select pg_advisory_xact_lock(hashtextextended('meshwright.' || coalesce(current_schema(), ''), 0))"
    )


def _enforce_references(_connection: Connection) -> None:
    """Do nothing: they were enforced all the time."""


def _let_idle(connection: Connection) -> None:
    """Lift the time limit on idle sessions until the transaction ends."""
    connection.change("set local idle_in_transaction_session_timeout = 0")


def _continue_counting(connection: Connection, table: str, column: str) -> None:
    """Move the sequence behind a column to its highest number."""
    connection.first(
        f"select setval(pg_get_serial_sequence('{table}', '{column}'), (select max({column}) from {table}))"
    )


POSTGRESQL = Dialect(
    is_concurrent=True,
    errors=(exc.DBAPIError, psycopg.Error),
    fault_of=fault_of,
    table_names=_table_names,
    lock_schema=_lock_schema,
    let_idle=_let_idle,
    enforce_references=_enforce_references,
    continue_counting=_continue_counting,
)
