"""What differs between databases, behind one record: locks, what is in them, and what their errors mean.

`sqlite.py` and `postgresql.py` make the two records there are; the second is imported only where it is used.
"""

from __future__ import annotations

import enum
from collections.abc import Callable

from meshwright.frozen import dataclass
from meshwright.state.connection import Connection

#: How long a statement waits for another process's write transaction.
BUSY_TIMEOUT_S = 30.0
#: How transactions begin: one view of the data throughout (default), locks that writers take, no transaction at all.
READS, WRITES, BARE = "reads", "writes", "bare"


class Fault(enum.Enum):
    """What an error of the database driver means for a person."""

    LOCKED = enum.auto()
    FULL = enum.auto()
    READ_ONLY = enum.auto()
    CANNOT_OPEN = enum.auto()
    NOT_A_DATABASE = enum.auto()
    DAMAGED = enum.auto()
    DISK = enum.auto()
    #: The options in the address make no sense to the driver.
    BAD_ADDRESS = enum.auto()
    #: A server cannot be reached, or not now.
    UNREACHABLE = enum.auto()
    #: A server does not let us in: user, password, database.
    REFUSED = enum.auto()
    #: A server does not let us write: rights, or a standby.
    FORBIDDEN = enum.auto()
    #: The connection broke; nothing of the transaction was recorded.
    LOST = enum.auto()
    #: The connection broke while the transaction was being committed: whether it is recorded is not known.
    UNSURE = enum.auto()
    #: Two transactions stood in each other's way and the database ended one. Trying again helps.
    CONTENDED = enum.auto()
    #: A server reports a failure of its own: disk, memory, damage.
    SERVER = enum.auto()
    OTHER = enum.auto()


@dataclass(frozen=True, kw_only=True, slots=True)
class Dialect:
    """One kind of database."""

    #: Whether several processes write at once, so that writers of one process need not queue.
    is_concurrent: bool
    #: The driver's errors, bare and, on a server, wrapped by SQLAlchemy.
    errors: tuple[type[Exception], ...]
    #: Says what a driver's error means; OTHER covers what is not the world's doing.
    fault_of: Callable[[BaseException | None], Fault]
    #: Names the tables there are.
    table_names: Callable[[Connection], frozenset[str]]
    #: Keeps other processes from making or migrating tables until the transaction ends.
    lock_schema: Callable[[Connection], None]
    #: Lets a transaction wait for another database as long as that takes.
    let_idle: Callable[[Connection], None]
    #: Lets a counting column of a table go on after its highest number, after numbers were written into it.
    continue_counting: Callable[[Connection, str, str], None]
    #: Raises ValueError where a row refers to one that is not there: after a migration that ran unchecked.
    enforce_references: Callable[[Connection], None]
