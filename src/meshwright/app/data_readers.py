"""What reads rows for a server: kept for its life, within bounds that hold for all its readers together."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from meshwright.app.data import FoundData
from meshwright.app.data_cursors import Cursor
from meshwright.diagnostics import Diagnostic, WorldError
from meshwright.frozen import dataclass
from meshwright.model import Columns

if TYPE_CHECKING:
    import pyarrow as pa

    from meshwright.engines.duckdb.rowreader import RowReader, RowsAnswer


@dataclass(frozen=True, kw_only=True, slots=True)
class DataLimits:
    """What data queries may use of a server."""

    #: Of DuckDB, for all readers together.
    memory_bytes: int = 160_000_000
    threads: int = 2
    spill_bytes: int = 8_000_000_000
    #: Answers that are open at the same time, where there is memory for so many.
    readers: int = 8
    #: How long a request waits for room.
    wait_s: float = 30.0
    #: How long an answer may take from its beginning to its end, its client included.
    answer_s: float = 900.0


class DataAnswer:
    """The rows of one data query. One thread at a time works with it; `interrupt` may come from any other."""

    def __init__(self, rows: RowsAnswer, found: FoundData) -> None:
        self._rows = rows
        self._found = found

    @property
    def columns(self) -> Columns:
        """Columns in order."""
        return self._rows.columns

    def next_cursor(self) -> Cursor | None:
        """Return where the page behind this one begins, None where this is the last. Raises InputError, WorldError."""
        with _within_limits(self._found):
            return self._found.next_cursor if self._rows.has_more() else None

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Yield the rows, at least one batch. Can be walked once. Raises InputError, WorldError."""
        with _within_limits(self._found):
            yield from self._rows.batches()

    def interrupt(self) -> None:
        """Stop what runs; to be told again until the answer is closed."""
        self._rows.interrupt()

    def close(self) -> None:
        """Stop reading and give everything back. Idempotent."""
        self._rows.close()


@contextmanager
def _within_limits(found: FoundData) -> Iterator[None]:
    """Tell of what is too large in the words of data queries: their limits are the server's, and not in `mesh.yaml`."""
    try:
        yield
    except WorldError as error:
        if error.first.code not in {"MW-E201", "MW-E202"}:
            raise
        dataset = found.promised.dataset
        message = f"a group of rows of {dataset} needs more memory than data queries may use"
        fix = "ask for fewer columns, or for all of it as Parquet; 'mw serve --data-memory' gives more"
        if found.request.order or found.request.relation.view is not None:
            message = f"the rows of {dataset} in this order need more memory or disk than data queries may use"
            fix = "order by nothing, or ask for fewer columns and rows; 'mw serve --data-memory' gives more"
        raise WorldError(Diagnostic(code="MW-H114", message=message, fix=fix)) from error


class DataReaders:
    """Opens answers. Makes nothing before the first one; safe for threads."""

    def __init__(self, limits: DataLimits | None = None) -> None:
        self.limits = limits or DataLimits()
        self._lock = threading.Lock()
        self._kept: dict[tuple[Path, tuple[str, ...]], RowReader] = {}

    def open(self, found: FoundData) -> DataAnswer:
        """Bind what was found; rows are read from the answer, which has to be closed. Raises InputError, WorldError."""
        with _within_limits(found):
            return DataAnswer(self._reader(found).open(found.request), found)

    def _reader(self, found: FoundData) -> RowReader:
        from meshwright.engines.duckdb.rowreader import RowReader  # lazy: pulls in duckdb
        from meshwright.engines.reading import ReadingLimits

        key = (found.workspace.private, found.folders)
        with self._lock:
            if key not in self._kept:
                self._kept[key] = RowReader(
                    ReadingLimits(
                        memory_bytes=self.limits.memory_bytes,
                        threads=self.limits.threads,
                        temp_directory=str(found.workspace.private / f"spill-data-{os.getpid()}-{len(self._kept)}"),
                        temp_bytes=self.limits.spill_bytes,
                        readable=found.folders,
                    )
                )
            return self._kept[key]

    def close(self) -> None:
        """Close what is kept; answers that are open stay so until they are closed."""
        with self._lock:
            for reader in self._kept.values():
                reader.close()
            self._kept.clear()
