"""Who coordinates a run: a process, told from every other one that ever had its number."""

from __future__ import annotations

import json
import os
import socket
from pathlib import Path

from meshwright.app.workspace import host_identity, who


def this_holder() -> str:
    """Return this process as a lease holder: JSON of who, host, pid and the process's start."""
    return holder_of_process(os.getpid())


def holder_of_process(pid: int) -> str:
    """Return a process of this host in the form of a lease holder."""
    return json.dumps(
        {
            "by": who(),
            "host": socket.gethostname(),
            "machine": _machine(),
            "pid": pid,
            # Of one that has ended by now nothing is known but that: no process has such a start.
            "start": _start(pid) or ("ended" if _start(os.getpid()) else None),
        }
    )


def holder_of(holder: str) -> str:
    """Return a lease holder in words."""
    try:
        found = json.loads(holder)
        return f"{found['by']} (pid {found['pid']})"
    except (ValueError, KeyError, TypeError):
        return holder


def is_of_this_host(holder: str) -> bool:
    """Whether a holder is, or was, a process of this host."""
    try:
        found = json.loads(holder)
        return bool(found["host"] == socket.gethostname() and found["machine"] == _machine())
    except (ValueError, KeyError, TypeError):
        return False


def is_gone(holder: str) -> bool:
    """Whether the holding process surely does not live any more: it was on this host and is no longer there.

    Of a process on another host nothing is known; its lease has to expire.
    """
    try:
        found = json.loads(holder)
        host, pid, start = found["host"], int(found["pid"]), found["start"]
        machine = found["machine"]
    except (ValueError, KeyError, TypeError):
        return False
    return bool(host == socket.gethostname() and machine == _machine()) and _start(pid) != start


def _machine() -> str:
    """Return what tells hosts and containers of one name apart: the machine, and whose process numbers these are."""
    try:
        numbers = str(Path("/proc/self/ns/pid").readlink())
    except OSError:
        numbers = ""
    return f"{host_identity()} {numbers}"


def _start(pid: int) -> str | None:
    """Return the boot and the tick at which a process started; None where there is no such process (or no /proc)."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return None
    # Field 22 of stat(5); the name and what stands before it are cut off above. State Z is dead already.
    return None if fields[0] == "Z" else f"{boot}/{fields[19]}"
