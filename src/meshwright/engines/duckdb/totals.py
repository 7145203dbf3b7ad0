"""What a content digest is made of: the rows of a table and two sums over them. Read without loading DuckDB.

Sums of parts add up to those of the whole (`model.parts.added`), so that the digest of a table in parts is known without
reading it again. The recipe: `digest`.
"""

from __future__ import annotations

from meshwright.frozen import dataclass
from meshwright.model import Columns, Sums, identity


@dataclass(frozen=True, kw_only=True, slots=True)
class Totals:
    """What was counted in one pass over a table."""

    rows: int
    #: Of each lane, modulo 2^64.
    sums: Sums

    def digest(self, columns: Columns) -> str:
        """Return the content digest of a table with these columns."""
        return digest_of_sums(columns, self.rows, self.sums)


def digest_of_sums(columns: Columns, rows: int, sums: Sums) -> str:
    """Return the content digest that follows from rows and sums."""
    schema = [[column.name, column.type] for column in columns]
    first, second = sums
    return identity("mwdigest2", schema, rows, f"{first:016x}", f"{second:016x}")
