"""Runs a command as a whole process and says what it took: wall and CPU seconds, peak memory of its whole tree."""

from __future__ import annotations

import os
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

_SAMPLE_S = 0.01
_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True, kw_only=True, slots=True)
class Taken:
    """What one run of a command took."""

    wall_s: float
    #: User and system time, of the children as well.
    cpu_s: float
    #: The most memory that the process and all below it held at once, sampled; never below what the process held alone.
    peak_bytes: int


def take(command: Sequence[str | Path], *, folder: Path, environment: Mapping[str, str] | None = None) -> Taken:
    """Run `command` in `folder` and measure it. Raises SystemExit with its output where it does not end with 0."""
    started = time.perf_counter()
    with subprocess.Popen(
        [str(word) for word in command],
        cwd=folder,
        env={**compiling(os.environ), **(environment or {})},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    ) as process:
        watch = _Watch(process.pid)
        watch.start()
        assert process.stdout is not None
        output = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        wall_s = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        watch.stop()
    if process.returncode != 0:
        shown = output.decode("utf-8", "replace")[-3000:]
        raise SystemExit(f"{' '.join(map(str, command))} ended with {process.returncode}:\n{shown}")
    return Taken(
        wall_s=wall_s,
        cpu_s=usage.ru_utime + usage.ru_stime,
        # Not ru_maxrss: it counts this process's own memory between fork and exec.
        peak_bytes=watch.peak_bytes,
    )


def compiling(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the environment without what keeps Python from keeping what it compiled: an installed package has that."""
    return {name: value for name, value in environment.items() if name != "PYTHONDONTWRITEBYTECODE"}


class _Watch(threading.Thread):
    """Adds up the resident memory of a process and its descendants, again and again."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self._pid = pid
        self._is_over = threading.Event()
        self.peak_bytes = 0

    def run(self) -> None:
        while not self._is_over.wait(_SAMPLE_S):
            at_once = sum(map(_resident_bytes, tree_of(self._pid)))
            self.peak_bytes = max(self.peak_bytes, at_once, _highest_bytes(self._pid))

    def stop(self) -> None:
        self._is_over.set()
        self.join()


def tree_of(pid: int) -> list[int]:
    """Return a process and all below it."""
    found = [pid]
    for parent in found:  # grows while it is walked
        try:
            for task in Path(f"/proc/{parent}/task").iterdir():
                found += map(int, (task / "children").read_text().split())
        except OSError:
            continue
    return found


def _resident_bytes(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * _PAGE_BYTES
    except (OSError, IndexError):
        return 0


def _highest_bytes(pid: int) -> int:
    """Return the most that one process held since it began."""
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith("VmHWM:")), 0)
