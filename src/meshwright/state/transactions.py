"""The only two ways to the database: a transaction that reads and a transaction that writes."""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import TypeVar

from sqlalchemy import Connection, Engine

from meshwright.state.dialect import BARE, BEGIN, WRITES, references_off
from meshwright.state.faults import faults_explained

_T = TypeVar("_T")

#: Values in one IN list. Under every database's limit of bound values (SQLite before 3.32: 999).
_BATCH = 500


class Transactions:
    """Opens transactions on one engine and explains its errors. Safe for threads.

    Writers of one process queue here instead of in the database, whose waiting is a sleep that grows.
    """

    def __init__(self, engine: Engine, *, place: str, is_shared_connection: bool) -> None:
        #: Where the database is, for messages; holds no password.
        self.place = place
        self.engine = engine
        self._writing = engine.execution_options(**{BEGIN: WRITES})
        self._bare = engine.execution_options(**{BEGIN: BARE})
        self._write_gate = threading.RLock()
        # In memory all threads share one connection, which can hold one transaction at a time.
        self._read_gate: AbstractContextManager[object] = self._write_gate if is_shared_connection else nullcontext()

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Open a transaction that sees one state of the database throughout."""
        with faults_explained(self.place), self._read_gate, self.engine.begin() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Open a transaction that holds the write lock from its first moment; durable when the block ends."""
        with faults_explained(self.place), self._write_gate, self._writing.begin() as connection:
            yield connection

    @contextmanager
    def migrate(self) -> Iterator[Connection]:
        """Open a write transaction in which references are not enforced, so that tables can be rebuilt."""
        with (
            faults_explained(self.place),
            self._write_gate,
            self._writing.connect() as connection,
            references_off(connection),
            connection.begin(),
        ):
            yield connection

    @contextmanager
    def connect(self) -> Iterator[Connection]:
        """Open a connection without a transaction, for settings that cannot be made inside one."""
        with faults_explained(self.place), self._write_gate, self._bare.connect() as connection:
            yield connection

    def close(self) -> None:
        """Close the connections that are not in use, and those in use when they are given back."""
        self.engine.dispose()


def batches(values: Collection[_T]) -> Iterator[Sequence[_T]]:
    """Yield the values in lists short enough for one IN."""
    listed = list(values)
    for start in range(0, len(listed), _BATCH):
        yield listed[start : start + _BATCH]
