"""What a process runs on, for the records of runs."""

from __future__ import annotations

import datetime as dt
import json
import os
import platform
import socket

from meshwright import __version__
from meshwright.app.opened import OpenedMesh
from meshwright.model import canonical_json


def infrastructure_text(opened: OpenedMesh, now: dt.datetime, before: str = "[]") -> str:
    """Return what carried a run out before, and this process, as the state keeps it: canonical JSON."""
    settings = opened.mesh.engines.get(opened.mesh.engine)
    return canonical_json(
        [
            *json.loads(before),
            {
                "since": now.isoformat(),
                "host": socket.gethostname(),
                "pid": os.getpid(),
                "system": f"{os.uname().sysname} {os.uname().release} {os.uname().machine}",
                "python": platform.python_version(),
                "meshwright": __version__,
                "engine": {
                    "name": opened.mesh.engine,
                    "kind": opened.engine.kind,
                    "release": opened.engine.release,
                    "threads": settings.threads if settings else None,
                    "memory_bytes": settings.memory_bytes if settings else None,
                },
                "cores": len(os.sched_getaffinity(0)),
                "memory_bytes": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"),
            },
        ]
    )
