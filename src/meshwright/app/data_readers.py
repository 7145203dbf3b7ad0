"""What reads rows for a server: kept for its life, within bounds that hold for all its readers together."""

from __future__ import annotations

import os
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from meshwright.app.data import FoundData
from meshwright.frozen import dataclass

if TYPE_CHECKING:
    from meshwright.engines.duckdb.rowreader import RowReader, RowsAnswer


@dataclass(frozen=True, kw_only=True, slots=True)
class DataLimits:
    """What data queries may use of a server."""

    #: Of DuckDB, for all readers together.
    memory_bytes: int = 256_000_000
    threads: int = 2
    spill_bytes: int = 8_000_000_000
    #: Answers that are open at the same time.
    readers: int = 8
    #: How long a request waits for one of them to end.
    wait_s: float = 10.0
    #: How long an answer may take from its beginning to its end, its client included.
    answer_s: float = 900.0
    #: How long a client may take nothing.
    stalled_s: float = 60.0


class DataReaders:
    """Opens answers. Makes nothing before the first one; safe for threads."""

    def __init__(self, limits: DataLimits | None = None) -> None:
        self.limits = limits or DataLimits()
        self._lock = threading.Lock()
        self._kept: dict[tuple[Path, tuple[str, ...]], RowReader] = {}

    def open(self, found: FoundData) -> RowsAnswer:
        """Bind what was found; rows are read from the answer, which has to be closed. Raises InputError, WorldError."""
        return self._reader(found).open(found.request)

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
