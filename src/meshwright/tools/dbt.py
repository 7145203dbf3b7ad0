"""``dbt``: a project of dbt, or a part of one, whose tables become datasets.

dbt gets a profile of our making: a DuckDB file in the job's folder, where the node's inputs are views over their Parquet files.
What the selected models leave there comes back as Parquet files, and is gated, published and rolled back like every other
dataset. With ``profiles:`` the project runs against its own warehouse instead, and its tables are told as unmanaged.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from meshwright.tools.artefacts import left_outcome
from meshwright.tools.dbt_options import wrong_options
from meshwright.tools.local import LocalTool
from meshwright.tools.programs import outline_inside, poll_inside, start_inside
from meshwright.tools.project_options import project_files, project_folder, texts, variables_of
from meshwright.tools.protocol import (
    Effects,
    Job,
    Json,
    Outcome,
    Outline,
    Place,
    Poll,
    Problem,
    ToolFailed,
    Traits,
    Yields,
)
from meshwright.tools.pythons import program_problems, python_for

_INSTALL = "pip install 'dbt-core<1.12' dbt-duckdb"
_PROGRAM = "dbt_job.py"
_THREADS = 4


class Dbt(LocalTool):
    """Runs ``dbt build``, ``run`` or ``test``."""

    name = "dbt"
    traits = Traits(
        yields=Yields.NAMED, effects=Effects.ISOLATED, main_option="project", poll_longest_s=2.0, install=_INSTALL
    )

    def problems(self, options: Mapping[str, Json], place: Place) -> Iterable[Problem]:
        """Check the options, the project's folder, and that dbt is there."""
        yield from wrong_options(options, place)
        yield from program_problems("dbt", options, place, install=_INSTALL)

    def fingerprint_files(self, options: Mapping[str, Json], place: Place) -> Iterable[Path]:
        """Name the project's files that change what it makes."""
        return project_files(options, place)

    def outline(self, options: Mapping[str, Json], place: Place) -> Outline:
        """Let dbt parse the project: its selected models, seeds and the inputs that they read."""
        if options.get("profiles") is not None or options.get("command") == "test":
            return Outline()
        python = python_for("dbt", options, place, install=_INSTALL)
        return outline_inside(_PROGRAM, python, _request(options, place), place)

    def start(self, job: Job) -> str:
        """Start dbt in the job's folder."""
        if job.datasets and job.options.get("profiles") is not None:
            raise ToolFailed(
                f"with profiles: its tables stay where its own profile puts them: {', '.join(job.datasets)}",
                is_retryable=False, fix="leave out datasets:, or profiles:",
            )  # fmt: skip
        python = python_for("dbt", job.options, job.place, install=_INSTALL)
        return start_inside(job, _PROGRAM, python, _request(job.options, job.place, params=job.params))

    def poll(self, job: Job, handle: str, cursor: str) -> Poll:
        """Look at dbt's log and at its nodes."""
        return poll_inside(job, handle, cursor)

    def collect(self, job: Job, handle: str) -> Outcome:  # noqa: ARG002 - everything is in the folder
        """Take tables, tests, nodes and the SQL of models from the job's folder."""
        return left_outcome(job)


def _request(
    options: Mapping[str, Json], place: Place, *, params: Mapping[str, str | int | float | bool | None] | None = None
) -> dict[str, Json]:
    """Return what the program in dbt's Python is to do."""
    profiles = options.get("profiles")
    return {
        "project": str(project_folder(options, place)),
        "profiles": None if profiles is None else str((place.folder / str(profiles)).resolve()),
        "target": options.get("target"),
        "command": options.get("command", "build"),
        "select": texts(options.get("select")),
        "exclude": texts(options.get("exclude")),
        "vars": variables_of(options, params),
        "full_refresh": options.get("full_refresh", False),
        "threads": options.get("threads") or (None if profiles is not None else _THREADS),
    }
