"""A state that is not there: it reads as empty, and no database is made for that, but in memory once something is written."""

from __future__ import annotations

from collections.abc import Callable, Collection, Generator, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING

from meshwright.state.connection import Connection, Row
from meshwright.state.dialect import READS
from meshwright.state.pool import Pool

if TYPE_CHECKING:
    from meshwright.state.alchemy import AlchemyConnection


class Nothing:
    """Implements `state.connection.Connection` for who reads: it finds nothing."""

    kind = "sqlite"

    def rows(self, _statement: str, _values: Sequence[object] = ()) -> Sequence[Row]:
        """Return no rows."""
        return []

    def first(self, _statement: str, _values: Sequence[object] = ()) -> Row | None:
        """Return no row."""
        return None

    def value(self, _statement: str, _values: Sequence[object] = ()) -> None:
        """Return no value."""
        return

    def chunks(self, _statement: str, _size: int, _values: Sequence[object] = ()) -> Generator[Sequence[Row]]:
        """Yield nothing."""
        yield from ()

    def change(self, statement: str, _values: Sequence[object] = ()) -> int:
        """Raise AssertionError: a transaction that reads changes nothing."""
        raise AssertionError(statement)

    def change_many(self, statement: str, _rows: Collection[Sequence[object]]) -> None:
        """Raise AssertionError: a transaction that reads changes nothing."""
        raise AssertionError(statement)


class NowherePool:
    """Implements `state.connection.Pool`: nothing to read until the first change, which a pool in memory is made for."""

    def __init__(self, make: Callable[[], Pool]) -> None:
        self._make = make
        self._made: Pool | None = None

    def begin(self, kind: str) -> AbstractContextManager[Connection]:
        """Begin a transaction; whoever does sees to it that there is one at a time."""
        if self._made is None and kind == READS:
            return nullcontext(Nothing())
        return self._pool().begin(kind)

    def migrating(self) -> AbstractContextManager[AlchemyConnection]:
        """Begin a transaction for changes of the schema."""
        return self._pool().migrating()

    def close(self) -> None:
        """Forget what was written."""
        if self._made is not None:
            self._made.close()

    def _pool(self) -> Pool:
        if self._made is None:
            self._made = self._make()
        return self._made
