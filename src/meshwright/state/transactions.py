"""The only ways to the database: a transaction that reads, and one that writes, repeated where that is safe."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import TYPE_CHECKING, TypeVar

from meshwright.state.connection import Connection
from meshwright.state.dialect import BARE, READS, WRITES, Dialect, Fault
from meshwright.state.faults import driver_error, explained, faults_explained, words_of
from meshwright.state.pool import Pool
from meshwright.state.receipts import current_receipt

if TYPE_CHECKING:
    from meshwright.state.alchemy import AlchemyConnection

_T = TypeVar("_T")

#: Pauses before a change is tried again that the database ended for another one's sake (deadlock, serialization).
_CHANGE_PAUSES_S = (0.01, 0.05, 0.2, 0.5, 1.0)
#: Pauses before a connection is asked for again that worked before: a server that restarts is back after a few seconds.
_CONNECT_PAUSES_S = (0.0, 0.1, 0.3, 1.0, 2.0, 4.0)
_GONE = {Fault.LOST, Fault.UNREACHABLE}


class Transactions:
    """Opens transactions on one database and explains its errors. Safe for threads.

    Writers of one process queue here where they would otherwise queue in the database, whose waiting is a sleep
    that grows.
    """

    def __init__(
        self,
        pool: Pool,
        dialect: Dialect,
        *,
        place: str,
        is_shared_connection: bool = False,
        secrets: Collection[str] = (),
    ) -> None:
        #: Where the database is, for messages; holds no password.
        self.place = place
        self.dialect = dialect
        self._pool = pool
        self._secrets = tuple(secrets)
        self._write_gate: AbstractContextManager[object] = nullcontext() if dialect.is_concurrent else threading.RLock()
        # In memory all threads share one connection, which can hold one transaction at a time.
        self._read_gate: AbstractContextManager[object] = self._write_gate if is_shared_connection else nullcontext()
        self._has_worked = False

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Open a transaction that sees one state of the database throughout."""
        with self.explaining(), self._read_gate, self._begun(READS) as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Open a transaction for changes; durable when the block ends. For what is done once: see `change`."""
        with self.explaining(), self._write_gate, self._begun(WRITES) as connection:
            yield connection

    def change(self, work: Callable[[Connection], _T]) -> _T:
        """Do `work` in a transaction for changes and return what it gives; durable when this returns.

        The work is done again where the database ended it for another transaction's sake, or the connection broke
        before the commit: nothing of it was recorded then. It must not do anything but change the database. In a block of
        `receipts.settling` what the request is answered is written with it.
        """
        receipt = current_receipt()
        for pause in (*_CHANGE_PAUSES_S, None):
            is_committing = False
            try:
                with self._write_gate, self._begun(WRITES) as connection:
                    result = work(connection)
                    if receipt is not None:
                        receipt.write(connection, result)
                    is_committing = True
            except self.dialect.errors as error:
                fault = self.dialect.fault_of(driver_error(error))
                if fault is Fault.OTHER:
                    raise
                if is_committing and fault in _GONE:
                    fault = Fault.UNSURE
                if pause is None or fault not in {Fault.LOST, Fault.CONTENDED}:
                    raise explained(fault, self.place, words_of(error, self._secrets)) from error
            else:
                return result
            time.sleep(pause * random.uniform(0.5, 1.5))  # noqa: S311 - to part those who met, nothing secret
        raise AssertionError("the last pause is None")

    @contextmanager
    def migrate(self) -> Iterator[AlchemyConnection]:
        """Open a write transaction, alone, in which tables can be rebuilt."""
        with self.explaining(), self._write_gate, self._pool.migrating() as connection:
            self.dialect.lock_schema(connection)
            yield connection

    @contextmanager
    def connect(self) -> Iterator[Connection]:
        """Open a connection without a transaction, for settings that cannot be made inside one."""
        with self.explaining(), self._write_gate, self._begun(BARE) as connection:
            yield connection

    def explaining(self) -> AbstractContextManager[None]:
        """Raise our errors instead of the driver's while the block runs."""
        return faults_explained(self.place, self.dialect, self._secrets)

    def close(self) -> None:
        """Close the connections that are not in use, and those in use when they are given back."""
        self._pool.close()

    def _begun(self, kind: str) -> AbstractContextManager[Connection]:
        """Begin a transaction.

        Where the server went away since the last time, it is waited for a little; at the first time it is not.
        """
        for pause in (*_CONNECT_PAUSES_S, None):
            try:
                connection = self._pool.begin(kind)
            except self.dialect.errors as error:
                fault = self.dialect.fault_of(driver_error(error))
                if pause is None or not self._has_worked or fault not in _GONE:
                    self._has_worked = False  # waited for in vain: what comes after need not wait again
                    raise
            else:
                self._has_worked = True
                return connection
            time.sleep(pause)
        raise AssertionError("the last pause is None")
