"""The launcher's process as it is started: ``python -m meshwright.faces.cli.launcher DESCRIPTOR MESH``. Not a command for
people.

It imports what `mw run` imports, loads the mesh once, and forks `mw run`.
"""

from __future__ import annotations

import importlib
import os
import pkgutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from meshwright.app.launching_forks import serve_forks, threads
from meshwright.app.traced import is_traced
from meshwright.faces.cli.main import main, make_ready
from meshwright.frozen import write_out

#: What is called in the forks.
_COMMAND = "run"
#: Packages of which every module is imported: a run's own, and those that load a mesh, plan and compute.
_PACKAGES = (
    "meshwright.run",
    "meshwright.plan",
    "meshwright.checks",
    "meshwright.graph",
    "meshwright.sql",
    "meshwright.model",
    "meshwright.engines.duckdb",
    "meshwright.files",
    "meshwright.diagnostics",
)
#: Modules that a run imports when it comes to them, and those of others that take long.
_MODULES = (
    "duckdb",
    "encodings.ascii",
    "encodings.utf_8_sig",
    "jsonschema_rs",
    "numpy.ma",
    "pwd",
    "sqlglot.dialects.duckdb",
    "typer._click.decorators",
    "yaml",
    "meshwright.app.agreed",
    "meshwright.app.apply",
    "meshwright.app.frozen",
    "meshwright.app.impacts",
    "meshwright.app.judging",
    "meshwright.app.lineage_beside",
    "meshwright.app.policies",
    "meshwright.app.repeat",
    "meshwright.app.rerun",
    "meshwright.app.statements",
    "meshwright.app.typed_components",
    "meshwright.app.typed_rules",
    "meshwright.app.unused",
    "meshwright.app.varied",
    "meshwright.engines.python.workers",
    "meshwright.faces.cli.listening",
    "meshwright.faces.cli.plain",
    "meshwright.faces.cli.verbs.answers",
    "meshwright.faces.documents.plainvalues",
    "meshwright.sources.readers",
    "meshwright.state.database",
    "meshwright.store.local",
    "meshwright.tools.git",
    "meshwright.tools.processes",
)
#: Imported where they are installed and traces are asked for.
_TRACES = (
    "meshwright.app.tracing",
    "opentelemetry.sdk.trace.export",
    "opentelemetry.exporter.otlp.proto.http.trace_exporter",
    "opentelemetry.trace.propagation.tracecontext",
)


@contextmanager
def _without_threads() -> Iterator[None]:
    """Let numpy's library start no threads: nobody may fork beside them, and a run computes nothing with it."""
    name = "OPENBLAS_NUM_THREADS"
    before = os.environ.get(name)
    os.environ[name] = "1"
    try:
        yield
    finally:
        del os.environ[name]
        if before is not None:
            os.environ[name] = before


def warm_up() -> None:
    """Import everything that a run needs, once for all runs."""
    with _without_threads():
        importlib.import_module("numpy")
    for package in _PACKAGES:
        found = importlib.import_module(package)
        for module in pkgutil.walk_packages(found.__path__, f"{package}."):
            importlib.import_module(module.name)
    for name in _MODULES:
        importlib.import_module(name)
    for name in _TRACES if is_traced(os.environ) else ():
        try:
            importlib.import_module(name)
        except ImportError:  # the run says what is missing
            continue
    make_ready(_COMMAND)
    write_out(_all_kinds())


def _all_kinds() -> Iterator[type]:
    waiting, seen = [object], set[type]()
    while waiting:
        for kind in type.__subclasses__(waiting.pop()):
            if kind not in seen:
                seen.add(kind)
                waiting.append(kind)
                yield kind


def _start(descriptor: int, root: Path, *, is_cold: bool) -> None:
    """Warm up and serve; begin again, without the mesh, where loading it left threads behind, beside which nobody may fork, or
    where it is too large to be kept.
    """
    warm_up()
    if not is_cold:
        from meshwright.app.launching_warmth import warm_mesh  # lazy: what plans are made of, which is imported by now

        if not warm_mesh(root) or threads() > 1:
            os.execv(  # noqa: S606 - the same program again
                sys.executable, [sys.executable, "-m", __spec__.name, str(descriptor), str(root), "cold"]
            )
    serve_forks(descriptor, main)


if __name__ == "__main__":
    _start(int(sys.argv[1]), Path(sys.argv[2]), is_cold=len(sys.argv) > 3)
