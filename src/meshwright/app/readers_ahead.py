"""Prepares the file for plain readers while a large run goes on, so that little of it is left when the last product is there.

Making a view takes DuckDB 0.4 ms, and a run leaves some of the processors idle in between; at its end it would wait.
What is prepared has the views of what was built by then, published or not. It lies beside the file, under a name that nobody
reads, and takes its place by `export_environment` alone, after it was brought to what is published then: whatever goes wrong
here costs that time and nothing else.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from meshwright.app.observing import read_published
from meshwright.app.opened import OpenedMesh
from meshwright.app.readers import readers_folder, similar_file, unveiled_relations
from meshwright.diagnostics import MeshwrightError
from meshwright.plan.values import StepAction, StepKind
from meshwright.run.events import Event, Listener, RunStarted, StepEnded
from meshwright.run.report import StepReport, StepState

#: So many datasets to build are worth it. Sandboxes, which may hide columns, build few.
_MANY = 300
#: When it is done, as parts of what the run builds. Each time costs 0.05 s, and as much is left for the end as comes after.
_PARTS = (0.5, 0.9)
_BUILDS = frozenset({StepAction.BUILD, StepAction.PENDING})


class ReadersAhead:
    """Listens to a run, and prepares the file of its environment in a thread of its own. Stands for the listener it is given."""

    def __init__(self, opened: OpenedMesh, environment: str, listener: Listener) -> None:
        self._opened = opened
        self._environment = environment
        self._listener = listener
        self._thread: threading.Thread | None = None
        self._path: Path | None = None
        #: At how many built datasets something is done; the next one comes last.
        self._marks: list[int] = []
        #: Dataset -> version.
        self._built: dict[str, str] = {}

    def __call__(self, event: Event, /) -> None:
        """Take an event, and hand it on."""
        if isinstance(event, RunStarted) and self._thread is None:
            datasets = sum(step.kind is StepKind.NODE and step.action in _BUILDS for step in event.plan.steps)
            self._marks = (
                [int(datasets * part) for part in reversed(_PARTS)]
                if datasets >= _MANY and self._opened.sandbox is None
                else []
            )
        elif isinstance(event, StepEnded) and self._marks:
            self._note(event.report)
        self._listener(event)

    def _note(self, report: StepReport) -> None:
        """Take a step's end, and begin where it is time."""
        is_built = report.action is StepAction.BUILD and report.state is StepState.SUCCEEDED
        if not is_built or report.dataset is None or report.version is None:
            return
        self._built[report.dataset] = report.version
        if len(self._built) < self._marks[-1] or (self._thread is not None and self._thread.is_alive()):
            return
        from meshwright.engines.duckdb.export import prepared_file  # lazy: pulls in duckdb

        self._marks.pop()
        self._path = self._path or prepared_file(readers_folder(self._opened), self._environment)
        work = (self._path, dict(self._built))
        self._thread = threading.Thread(target=self._prepare, args=work, name="readers", daemon=True)
        self._thread.start()

    def _prepare(self, path: Path, built: Mapping[str, str]) -> None:
        import duckdb  # lazy: a run that publishes little does without this

        from meshwright.engines.duckdb.export import discard_prepared, prepare_environment

        try:
            published = read_published(self._opened.state.reader, self._environment)
            found = self._opened.state.reader.versions(built.values())
            versions = {dataset: found[version] for dataset, version in built.items() if version in found}
            current = similar_file(self._opened, self._environment)
            relations = unveiled_relations(self._opened, {**published.versions, **versions})
            prepare_environment(path, current, self._environment, published.generation, relations)
        except (OSError, duckdb.Error, MeshwrightError):  # the export meets it again, and says so
            self._marks.clear()
            discard_prepared(path)

    def prepared(self) -> Path | None:
        """Return where the file is, None where there is none; waits until nothing is done to it any more."""
        if self._thread is not None:
            self._thread.join()
        return self._path

    def close(self) -> None:
        """Remove what was not made use of."""
        path = self.prepared()
        if path is not None:
            from meshwright.engines.duckdb.export import discard_prepared  # lazy: as above

            discard_prepared(path)


@contextmanager
def readers_ahead(opened: OpenedMesh, environment: str, listener: Listener) -> Iterator[ReadersAhead]:
    """Yield the listener that prepares the readers' file of a run; nothing of it is left after the block."""
    ahead = ReadersAhead(opened, environment, listener)
    try:
        yield ahead
    finally:
        ahead.close()
