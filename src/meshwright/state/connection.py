"""A transaction as this package uses it: statements in plain SQL, written once, that both databases understand.

In a statement ``?`` stands for a value, and names that are words of SQL are in double quotes. `sqlite.py` gives them to
Python's own driver as they are, `alchemy.py` to SQLAlchemy: its import alone takes as long as a plan of nothing may, and
of all that it can do, a file needs none. See docs/adr/0013.
"""

from __future__ import annotations

from collections.abc import Collection, Generator, Sequence
from typing import Any, Protocol, TypeAlias

Row: TypeAlias = tuple[Any, ...]


class Connection(Protocol):
    """One transaction on one connection."""

    @property
    def kind(self) -> str:
        """``sqlite`` or ``postgresql``."""
        ...

    def rows(self, statement: str, values: Sequence[object] = ()) -> Sequence[Row]:
        """Return all rows of a query."""
        ...

    def first(self, statement: str, values: Sequence[object] = ()) -> Row | None:
        """Return the first row of a query, None where there is none."""
        ...

    def value(self, statement: str, values: Sequence[object] = ()) -> Any:  # as typed in the database
        """Return the first value of the first row, None where there is none."""
        ...

    def chunks(self, statement: str, size: int, values: Sequence[object] = ()) -> Generator[Sequence[Row]]:
        """Yield the rows of a query, so many at a time; memory stays bounded."""
        ...

    def change(self, statement: str, values: Sequence[object] = ()) -> int:
        """Change something and return how many rows that were."""
        ...

    def change_many(self, statement: str, rows: Collection[Sequence[object]]) -> None:
        """Do one statement for every row of values."""
        ...
