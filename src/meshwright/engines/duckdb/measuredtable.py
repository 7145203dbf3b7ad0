"""A table whose rules are being answered: what several rules share, found once, and counts in the cheapest exact way.

A small table is scanned once for all counts: making a statement takes longer than running it. Of a larger one each count is a
statement that reads one column and leaves out what statistics rule out: one scan for all of sixty rules takes three times as long.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import cached_property

import duckdb

from meshwright.checks.spec import CheckSpec
from meshwright.engines.duckdb.fewvalues import WORTH_ROWS, counted_values, worth_grouping
from meshwright.engines.duckdb.footers import Footers, read_footers
from meshwright.engines.duckdb.known import KnownStatements
from meshwright.engines.duckdb.names import address, quoted
from meshwright.engines.protocol import Relation

#: A bit for each number from the least to the greatest takes a tenth of the time of telling values apart by hashing, as long
#: as the bits of a row are few and all of them, which each thread has, fit beside it.
_BITS_OF_A_ROW = 32
_MOST_BITS = 1 << 28
#: Counts that are asked for in one statement at most.
_MOST_TOGETHER = 500


class MeasuredTable:
    """The dataset of some rules under its name. Of one thread; `forget` gives the cursor back as it was."""

    def __init__(
        self, cursor: duckdb.DuckDBPyConnection, relation: Relation, specs: Sequence[CheckSpec], known: KnownStatements
    ) -> None:
        self.cursor = cursor
        self.known = known
        self.relation = relation
        self.dataset = specs[0].dataset
        self.name = address(self.dataset)
        self.types = {column.name: column.type for column in relation.columns}
        #: Keys that were found to repeat nowhere.
        self.unique: set[frozenset[str]] = set()
        self._specs = specs
        #: Column -> what stands after FROM for its different values, and the name of their numbers.
        self._values: dict[str, tuple[str, str]] = {}
        self._asked: tuple[str, ...] = ()

    @cached_property
    def rows(self) -> int:
        """Number of rows, as recorded; where nothing is, DuckDB answers from the footers."""
        if self.relation.rows is not None:
            return self.relation.rows
        return self.count(f"SELECT count(*) FROM {self.name}")

    @cached_property
    def is_small(self) -> bool:
        """Whether one scan for all counts is the cheapest. A view of unknown size may be anything."""
        return (self.relation.view is None or self.relation.rows is not None) and self.rows < WORTH_ROWS

    def ask_together(self, conditions: Sequence[str], keys: Sequence[str]) -> None:
        """Say which conditions' rows and which columns' repeated values will be counted; a small table is scanned once for all."""
        if self.is_small:
            asked = (*map(_rows_of, conditions), *map(_repeated, keys))
            self._asked = tuple(dict.fromkeys(asked))[:_MOST_TOGETHER]

    @cached_property
    def _together(self) -> Mapping[str, int]:
        """The answers of one scan; none where any of the questions cannot be answered, and each is asked alone."""
        if len(self._asked) < 2:
            return {}
        try:
            row = self.cursor.execute(f"SELECT {', '.join(self._asked)} FROM {self.name}").fetchone()
        except duckdb.InterruptException:
            raise
        except duckdb.Error:
            return {}
        assert row is not None
        return dict(zip(self._asked, map(int, row), strict=True))

    def nulls(self, column: str) -> int:
        """Count the nulls of a column: from the footers, where they tell."""
        condition = f"{quoted(column)} IS NULL"
        if self.is_small:
            return self.rows_where(column, condition)
        counted = self.footers.nulls.get(column)
        return self.rows_where(column, condition) if counted is None else counted

    def rows_where(self, column: str, condition: str) -> int:
        """Count the rows for which a condition on one column holds; it must say the same of equal values."""
        if (known := self._together.get(_rows_of(condition))) is not None:
            return known
        if column not in self._grouped:
            return self.count(f"SELECT count(*) FROM {self.name} WHERE {condition}")
        if column not in self._values:
            counted, rows = counted_values(column, self.name)
            # No dataset has this name, which would hide it.
            place = f"temp.main.{quoted(f'values of {len(self._values)}')}"
            self.cursor.execute(f"CREATE TEMP TABLE {place} AS {counted}")
            self._values[column] = (place, rows)
        place, rows = self._values[column]
        return self.count(f"SELECT sum({rows}) FROM {place} WHERE {condition}")

    def repeated(self, column: str) -> int:
        """Count the rows that repeat a value of one column that is not null."""
        if (known := self._together.get(_repeated(column))) is not None:
            return known
        if not self.is_small and column in self.footers.bounds:
            key = quoted(column)
            least, greatest = self.footers.bounds[column]
            if 0 <= greatest - least <= min(_BITS_OF_A_ROW * self.rows, _MOST_BITS):
                type_text = self.types[column]
                ends = f"CAST({least} AS {type_text}), CAST({greatest} AS {type_text})"
                bits = f"SELECT count({key}) - coalesce(bit_count(bitstring_agg({key}, {ends})), 0) FROM {self.name}"
                with suppress(duckdb.OutOfRangeException):  # the footer is wrong
                    return self.count(bits)
        return self.count(f"SELECT {_repeated(column)} FROM {self.name}")

    @cached_property
    def footers(self) -> Footers:
        """What the footers of its files tell."""
        return read_footers(self.cursor, self.relation)

    @cached_property
    def _grouped(self) -> frozenset[str]:
        """Columns whose different values are counted once."""
        if self.relation.view is not None or self.is_small:
            return frozenset()
        return worth_grouping(self._specs, self.types, self.footers, self.rows)

    def count(self, statement: str, params: Mapping[str, object] | None = None) -> int:
        """Return the one number that `statement` gives."""
        row = self.cursor.execute(statement, dict(params) if params else None).fetchone()
        assert row is not None
        return int(row[0] or 0)

    def forget(self) -> None:
        """Drop what was counted: the cursor goes to others."""
        for place, _ in self._values.values():
            with suppress(duckdb.Error):  # after an interrupt or a fatal error the cursor goes to nobody
                self.cursor.execute(f"DROP TABLE IF EXISTS {place}")


def _rows_of(condition: str) -> str:
    return f"count(*) FILTER (WHERE {condition})"


def _repeated(column: str) -> str:
    key = quoted(column)
    return f"count({key}) - count(DISTINCT {key})"
