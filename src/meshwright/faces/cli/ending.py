"""The end of the process: as soon as everything is said and closed, without taking apart what goes with the process anyway.

Taking it apart (modules, records, the objects of DuckDB) takes 0.15 s after a run of a thousand models.
"""

from __future__ import annotations

import atexit
import os
import sys


class Ending:
    """Ends the process with the status that was settled. To be registered first: then all other endings are over before it."""

    def __init__(self) -> None:
        self._status: int | None = None

    def register(self) -> None:
        """Have the process end like this. Python has waited for its threads by then."""
        atexit.register(self._end)

    def settle(self, status: int) -> int:
        """Say which status it is, and return it; without one the process ends as Python ends it."""
        self._status = status
        return status

    def _end(self) -> None:
        if self._status is None:
            return
        try:
            sys.stdout.flush()
            sys.stderr.flush()
        except (OSError, ValueError):  # a reader that is gone: Python says so in its own way
            return
        os._exit(self._status)
