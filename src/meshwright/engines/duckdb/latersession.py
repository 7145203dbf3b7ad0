"""A session that loads DuckDB when the first step needs it: a run that finds nothing to do pays nothing."""

from __future__ import annotations

import threading
from collections.abc import Callable
from types import TracebackType
from typing import TYPE_CHECKING, Self

from meshwright.engines.limits import Limits

if TYPE_CHECKING:
    from meshwright.engines.duckdb.known import KnownStatements
    from meshwright.engines.duckdb.session import DuckDBSession


class LaterSession:
    """Stands in for a `DuckDBSession` and makes it on first use. Safe for threads."""

    def __init__(self, limits: Limits, known: Callable[[], KnownStatements]) -> None:
        self._limits = limits
        self._known = known
        self._lock = threading.Lock()
        self._session: DuckDBSession | None = None
        self._is_stopped = False

    def __getattr__(self, name: str) -> object:
        return getattr(self._opened(), name)

    def _opened(self) -> DuckDBSession:
        with self._lock:
            if self._session is None:
                from meshwright.engines.duckdb.session import DuckDBSession  # lazy: DuckDB

                self._session = DuckDBSession(self._limits, self._known())
                if self._is_stopped:
                    self._session.interrupt()
            return self._session

    def interrupt(self) -> None:
        """Stop every running statement; the session takes no further ones."""
        # No lock: a signal handler may run on the thread that holds it.
        self._is_stopped = True
        if self._session is not None:
            self._session.interrupt()

    def close(self) -> None:
        """Close what was opened."""
        if self._session is not None:
            self._session.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
