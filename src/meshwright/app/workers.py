"""The processes that call Python nodes, made for one run."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from meshwright.app.opened import OpenedMesh
from meshwright.engines.python.protocol import Workers


@contextmanager
def open_workers(opened: OpenedMesh, stop: threading.Event) -> Iterator[Workers | None]:
    """Yield the workers of a run, None where the mesh has no Python node. `stop` ends their calls.

    No process is started before the first call.
    """
    if all(node.python is None for node in opened.mesh.nodes()):
        yield None
        return
    from meshwright.engines.duckdb.settings import RESULT_SETTINGS, generation
    from meshwright.engines.python.workers import PythonWorkers, WorkerSettings  # lazy: subprocess, venv and the like

    settings = opened.mesh.engines.get(opened.mesh.engine)
    private = opened.workspace.private
    workers = PythonWorkers(
        WorkerSettings(
            scratch=private / "scratch",
            environments=private / "python",
            duckdb_settings=tuple((name, value) for name, value, since in RESULT_SETTINGS if generation() >= since),
            threads=settings.threads if settings else None,
        ),
        stop,
    )
    try:
        yield workers
    finally:
        workers.close()
