"""Ending a server with all that it started: its processes are told by the folder that they work in, which is theirs alone."""

from __future__ import annotations

import os
import signal
import time
from contextlib import suppress
from pathlib import Path


def end_all_in(folder: Path) -> None:
    """Kill every process whose working directory is the folder or below it, until there is none.

    Not by a mark among their variables: some write a title over these.
    """
    until = time.monotonic() + 20
    while found := _working_in(folder.resolve()):
        assert time.monotonic() < until, f"{found} do not end"
        for process in found:
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        time.sleep(0.1)


def _working_in(folder: Path) -> list[int]:
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            with suppress(OSError):
                place = Path(os.readlink(entry / "cwd"))  # noqa: PTH115 - a process that ended has none
                if place == folder or folder in place.parents:
                    found.append(int(entry.name))
    return found
