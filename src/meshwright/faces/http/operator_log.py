"""What is told to whoever runs the server, and to nobody who calls it."""

from __future__ import annotations

import sys
from contextlib import suppress


def tell_operator(line: str) -> None:
    """Write a line of the server's log."""
    printable = "".join(each if each.isprintable() else "?" for each in line)
    with suppress(OSError, ValueError):  # nobody reads what it writes any more
        sys.stderr.write(f"{printable}\n")
