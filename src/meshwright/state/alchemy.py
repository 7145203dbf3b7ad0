"""Transactions through SQLAlchemy: for servers, and for migrations, which Alembic makes on its connections."""

from __future__ import annotations

from collections.abc import Collection, Generator, Sequence
from contextlib import AbstractContextManager
from types import TracebackType
from typing import Any

import sqlalchemy
from sqlalchemy import CursorResult, Engine, RootTransaction

from meshwright.state.connection import Row
from meshwright.state.dialect import WRITES

#: Execution option of connections: how their transactions begin.
BEGIN = "meshwright_begin"


class AlchemyConnection:
    """Implements `state.connection.Connection`; its block is the transaction."""

    def __init__(self, alchemy: sqlalchemy.Connection, transaction: RootTransaction) -> None:
        #: What SQLAlchemy and Alembic work with.
        self.alchemy = alchemy
        self._transaction = transaction
        self._mark = "?" if alchemy.dialect.paramstyle == "qmark" else "%s"

    def __enter__(self) -> AlchemyConnection:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        with self.alchemy:
            self._transaction.__exit__(kind, error, traceback)

    @property
    def kind(self) -> str:
        """The name of the database."""
        return self.alchemy.dialect.name

    def rows(self, statement: str, values: Sequence[object] = ()) -> Sequence[Row]:
        """Return all rows of a query."""
        return [tuple(row) for row in self._execute(statement, values)]

    def first(self, statement: str, values: Sequence[object] = ()) -> Row | None:
        """Return the first row of a query, None where there is none."""
        row = self._execute(statement, values).first()
        return None if row is None else tuple(row)

    def value(self, statement: str, values: Sequence[object] = ()) -> Any:  # as typed in the database
        """Return the first value of the first row, None where there is none."""
        return self._execute(statement, values).scalar()

    def chunks(self, statement: str, size: int, values: Sequence[object] = ()) -> Generator[Sequence[Row]]:
        """Yield the rows of a query, so many at a time."""
        options = {"yield_per": size}
        with self.alchemy.exec_driver_sql(
            self._for_driver(statement), tuple(values) or None, execution_options=options
        ) as found:
            for partition in found.partitions():
                yield [tuple(row) for row in partition]

    def change(self, statement: str, values: Sequence[object] = ()) -> int:
        """Change something and return how many rows that were."""
        return self._execute(statement, values).rowcount

    def change_many(self, statement: str, rows: Collection[Sequence[object]]) -> None:
        """Do one statement for every row of values."""
        if rows:
            self.alchemy.exec_driver_sql(self._for_driver(statement), [tuple(row) for row in rows])

    def _execute(self, statement: str, values: Sequence[object]) -> CursorResult[Any]:
        return self.alchemy.exec_driver_sql(self._for_driver(statement), tuple(values) or None)

    def _for_driver(self, statement: str) -> str:
        return statement.replace("?", self._mark)


class AlchemyPool:
    """Implements `state.connection.Pool` on an engine whose "begin" events follow the option `BEGIN`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def begin(self, kind: str) -> AlchemyConnection:
        """Begin a transaction."""
        return begun(self._engine.execution_options(**{BEGIN: kind}))

    def migrating(self) -> AbstractContextManager[AlchemyConnection]:
        """Begin a transaction for changes; a server alters tables in place, so references stay enforced."""
        return self.begin(WRITES)

    def close(self) -> None:
        """Close the connections that are not in use, and those in use when they are given back."""
        self._engine.dispose()


def begun(engine: Engine) -> AlchemyConnection:
    """Begin a transaction on a connection of `engine`."""
    connection = engine.connect()
    try:
        return AlchemyConnection(connection, connection.begin())
    except BaseException:
        connection.close()
        raise
