"""What a query of a consumer is asked with, and what it may cost."""

from __future__ import annotations

from collections.abc import Mapping

from meshwright.engines.protocol import Relation
from meshwright.frozen import dataclass
from meshwright.model import Columns
from meshwright.sql import TableReference


@dataclass(frozen=True, kw_only=True, slots=True)
class ConsumerLimits:
    """What one query may use, and how many run."""

    #: From the start to the last row taken: whoever reads slowly keeps the place of another.
    seconds: float = 60.0
    #: What the engine counts; at half as much again the process is ended.
    memory_bytes: int = 1_000_000_000
    #: What all temporary files may take.
    spill_bytes: int = 4_000_000_000
    answer_rows: int = 5_000_000
    #: As Arrow counts them.
    answer_bytes: int = 512_000_000
    threads: int = 2
    #: Queries that run at once, those that wait for a place, and how long they do.
    at_once: int = 4
    waiting: int = 32
    wait_s: float = 10.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Shown:
    """A dataset as the caller may see it."""

    relation: Relation
    #: The only columns that are shown, in order; None for all. What stands behind the others is not there for the query.
    columns: tuple[str, ...] | None = None
    #: The only rows that are shown: a condition over the relation's columns, which whoever decides wrote; None for all.
    rows: str | None = None
    #: Whether all that it is read from may be seen as well. What is not so is computed before the query is.
    is_open: bool = False

    @property
    def is_whole(self) -> bool:
        """Whether there is nothing behind it that the caller may not see."""
        return self.is_open and self.columns is None and self.rows is None


@dataclass(frozen=True, kw_only=True, slots=True)
class Named:
    """What a query names, as the process read it. Not to be trusted: it is looked up among what the caller may see."""

    tables: tuple[TableReference, ...]
    params: tuple[str, ...]
    is_settled: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Given:
    """What a query gets."""

    #: Exactly what it may read: address -> dataset.
    datasets: Mapping[str, Shown]
    #: Whose bare names hold.
    product: str | None = None
    params: Mapping[str, object]
    #: At most so many rows are wanted; None for all.
    limit: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Opened:
    """The answer's shape; its rows follow."""

    columns: Columns
