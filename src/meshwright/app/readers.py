"""Writes what plain readers open: ``environments/<name>.duckdb`` and ``<name>.sql``, after the commit."""

from __future__ import annotations

from meshwright.app.observing import read_published
from meshwright.app.opened import OpenedMesh
from meshwright.engines.protocol import Relation
from meshwright.run.report import RunReport


def export_environment(opened: OpenedMesh, report: RunReport) -> None:
    """Write the reader files where the run published something or they are not there. They may lag, never mislead.

    Raises WorldError where they cannot be written; what was published stands all the same.
    """
    folder = opened.workspace.root / "environments"
    is_there = (folder / f"{report.environment}.duckdb").exists()
    if not report.published and (is_there or report.generation == 0):
        return
    from meshwright.engines.duckdb.export import write_environment  # lazy: pulls in duckdb

    published = read_published(opened.state.reader, report.environment)
    relations = {
        dataset: Relation(columns=version.columns, files=tuple(opened.store.absolute(file) for file in version.files))
        for dataset, version in published.versions.items()
    }
    write_environment(folder, report.environment, published.generation, relations)
