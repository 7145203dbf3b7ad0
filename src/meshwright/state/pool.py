"""Where transactions come from: the connections to one database."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Protocol

from meshwright.state.connection import Connection

if TYPE_CHECKING:  # SQLAlchemy
    from meshwright.state.alchemy import AlchemyConnection


class Pool(Protocol):
    """Connections to one database. Safe for threads."""

    def begin(self, kind: str) -> AbstractContextManager[Connection]:
        """Begin a transaction (`dialect.READS`, WRITES or BARE); it is committed when the block ends, else undone."""
        ...

    def migrating(self) -> AbstractContextManager[AlchemyConnection]:
        """Begin a transaction for changes of the schema, in which references are not enforced where that is in the way."""
        ...

    def close(self) -> None:
        """Close the connections that are not in use, and those in use when they are given back."""
        ...
