"""Where log records of a call go: to the pipe that standard output goes to, with their level."""

from __future__ import annotations

import logging
import sys

from .lines import marked

#: Levels of records that the run's log keeps.
_LEVEL = logging.INFO


class _PipeHandler(logging.Handler):
    """Writes records as marked lines."""

    def emit(self, record: logging.LogRecord) -> None:
        try:
            sys.stderr.write(marked(record.levelname.lower(), self.format(record)))
            sys.stderr.flush()
        except Exception:  # noqa: BLE001  as the library's own handlers: a bad record breaks no build
            self.handleError(record)


def configure() -> None:
    """Have every record of INFO and above written."""
    logging.basicConfig(level=_LEVEL, handlers=[_PipeHandler()], format="%(name)s: %(message)s", force=True)
