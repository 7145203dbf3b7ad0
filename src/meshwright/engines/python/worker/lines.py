"""Lines of the log pipe: what is printed, and what has a level."""

from __future__ import annotations

import sys
import warnings
from typing import TextIO

#: Marks a line of the log pipe as a log record: ``\x1e level \x1f text``.
RECORD, SEPARATOR = "\x1e", "\x1f"


def marked(level: str, text: str) -> str:
    """Return the line of a log record."""
    continued = text.replace("\n", "\n  ")
    return f"{RECORD}{level}{SEPARATOR}{continued}\n"


def open_streams() -> None:
    """Open standard output and error anew, on the descriptors: what is printed keeps its order, and no text is too odd."""
    sys.stdout, sys.stderr = (
        open(number, "w", buffering=1, encoding="utf-8", errors="backslashreplace", closefd=False)  # noqa: SIM115
        for number in (1, 2)
    )


def show_warning(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    file: TextIO | None = None,
    line: str | None = None,
) -> None:
    """Show a warning as a log record, as `logging.captureWarnings` would, which needs that library."""
    text = warnings.formatwarning(message, category, filename, lineno, line)
    try:
        (file or sys.stderr).write(text if file is not None else marked("warning", f"py.warnings: {text.rstrip()}"))
    except (AttributeError, OSError, ValueError):
        return  # the code closed or replaced the stream
