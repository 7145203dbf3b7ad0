"""An answer about to be written."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import TYPE_CHECKING, TypeAlias

from meshwright.frozen import dataclass
from meshwright.model import Columns

if TYPE_CHECKING:
    import pyarrow as pa

    from meshwright.app.values import QueryAnswer

#: Bytes of an answer, one after another. Nobody changes them.
Piece: TypeAlias = bytes | memoryview


@dataclass(frozen=True, kw_only=True, slots=True)
class Rows:
    """An answer whose first batch is there already: errors at the start come before anything is written."""

    columns: Columns
    batches: Iterator[pa.RecordBatch]

    @classmethod
    def of(cls, answer: QueryAnswer) -> Rows:
        """Fetch the first batch of `answer`."""
        batches = iter(answer.batches())
        first = next(batches, None)
        return cls(columns=answer.columns, batches=itertools.chain(() if first is None else (first,), batches))
