"""Rows of one relation as a reader asks for them: an engine-neutral value, apart from the protocol of sessions."""

from __future__ import annotations

from meshwright.engines.protocol import Relation
from meshwright.frozen import dataclass
from meshwright.model.conditions import Condition, Ordering


@dataclass(frozen=True, kw_only=True, slots=True)
class RowsRequest:
    """Which rows and columns of a relation, in which order."""

    #: Address of the dataset, for messages.
    dataset: str
    relation: Relation
    #: Names of columns, in order; at least one.
    columns: tuple[str, ...]
    condition: Condition | None = None
    order: tuple[Ordering, ...] = ()
    #: Rows that are left out at the start, and given at most. With either, the same rows stand at the same places whenever the
    #: request is made again, as long as the relation has the same identity.
    offset: int = 0
    limit: int | None = None
    #: Rows of a batch, about; 2,048 at least.
    batch_rows: int = 16_384

    @property
    def is_page(self) -> bool:
        """Whether it is a piece of the rows, to which others will be put."""
        return self.offset > 0 or self.limit is not None


@dataclass(frozen=True, kw_only=True, slots=True)
class ReadingLimits:
    """What a reader of rows may use, whatever is asked of it."""

    #: Of each of the two instances that there may be; who opens requests sees to it that they do not need it at the same time.
    memory_bytes: int = 160_000_000
    threads: int = 2
    #: Folder for spilling, absolute, whose parent is there; None for no spilling.
    temp_directory: str | None = None
    #: Most that is spilled.
    temp_bytes: int = 8_000_000_000
    #: Folders, absolute and with a slash at the end, in which all files lie that may be read.
    readable: tuple[str, ...] = ()
