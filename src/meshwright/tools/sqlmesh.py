"""``sqlmesh``: a project of SQLMesh, or a part of one, whose tables become datasets.

Every gateway of the project is pointed at a DuckDB file in the job's folder, where the node's inputs are views over their
Parquet files. SQLMesh plans and applies there, with unit tests and audits, and what the selected models leave comes back as
Parquet files. With ``gateway:`` the project runs against its own warehouse instead, and its tables are told as unmanaged.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from meshwright.tools.artefacts import left_outcome
from meshwright.tools.local import LocalTool
from meshwright.tools.programs import outline_inside, poll_inside, start_inside
from meshwright.tools.project_options import (
    project_files,
    project_folder,
    texts,
    unknown_keys,
    variables_of,
    wrong_project,
    wrong_text,
    wrong_texts,
    wrong_variables,
)
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

_INSTALL = "pip install sqlmesh"
_PROGRAM = "sqlmesh_job.py"
OPTIONS = ("project", "select", "vars", "execution_time", "gateway", "command", "environment", "bin")
#: Options that mean something to a warehouse of its own alone.
_OF_A_GATEWAY = ("command", "environment")
_COMMANDS = ("run", "plan")
_CONFIGS = ("config.yaml", "config.yml", "config.py", "sqlmesh.yaml", "sqlmesh.yml")


class Sqlmesh(LocalTool):
    """Runs ``sqlmesh plan --auto-apply`` in a place of the job's own, or ``run`` or ``plan`` in a warehouse."""

    name = "sqlmesh"
    traits = Traits(
        yields=Yields.NAMED, effects=Effects.ISOLATED, main_option="project", poll_longest_s=2.0, install=_INSTALL
    )

    def problems(self, options: Mapping[str, Json], place: Place) -> Iterable[Problem]:
        """Check the options, the project's folder, and that SQLMesh is there."""
        yield from unknown_keys(options, OPTIONS)
        yield from wrong_project(options, place, tool="sqlmesh", files=_CONFIGS)
        yield from wrong_texts(options, "select", flag="sqlmesh's --select-model")
        yield from wrong_variables(options)
        yield from wrong_text(options, "execution_time", "gateway", "environment")
        yield from _wrong_command(options)
        yield from program_problems("sqlmesh", options, place, install=_INSTALL)

    def fingerprint_files(self, options: Mapping[str, Json], place: Place) -> Iterable[Path]:
        """Name the project's files that change what it makes."""
        return project_files(options, place)

    def outline(self, options: Mapping[str, Json], place: Place) -> Outline:
        """Let SQLMesh load the project: its selected models and the inputs that they read."""
        if options.get("gateway") is not None:
            return Outline()
        python = python_for("sqlmesh", options, place, install=_INSTALL)
        return outline_inside(_PROGRAM, python, _request(options, place), place)

    def start(self, job: Job) -> str:
        """Start SQLMesh in the job's folder."""
        if job.datasets and job.options.get("gateway") is not None:
            raise ToolFailed(
                f"with gateway: its tables stay where its own gateway puts them: {', '.join(job.datasets)}",
                is_retryable=False, fix="leave out datasets:, or gateway:",
            )  # fmt: skip
        python = python_for("sqlmesh", job.options, job.place, install=_INSTALL)
        return start_inside(job, _PROGRAM, python, _request(job.options, job.place, params=job.params))

    def poll(self, job: Job, handle: str, cursor: str) -> Poll:
        """Look at SQLMesh's log and at its models."""
        return poll_inside(job, handle, cursor)

    def collect(self, job: Job, handle: str) -> Outcome:  # noqa: ARG002 - everything is in the folder
        """Take tables, audits, models and their queries from the job's folder."""
        return left_outcome(job)


def _wrong_command(options: Mapping[str, Json]) -> Iterator[Problem]:
    command = options.get("command", _COMMANDS[0])
    if command not in _COMMANDS:
        yield Problem(
            path=("command",), message=f"{command!r} is no command", fix=f"one of {', '.join(_COMMANDS)}; default run"
        )
    for name in _OF_A_GATEWAY:
        if name in options and "gateway" not in options:
            yield Problem(
                path=(name,), message=f"{name} means nothing without gateway: SQLMesh plans in a place of the job's own",
                fix=f"leave out {name}:, or name the gateway of a warehouse of its own",
            )  # fmt: skip


def _request(
    options: Mapping[str, Json], place: Place, *, params: Mapping[str, str | int | float | bool | None] | None = None
) -> dict[str, Json]:
    """Return what the program in SQLMesh's Python is to do."""
    gateway = options.get("gateway")
    return {
        "project": str(project_folder(options, place)),
        "gateway": gateway,
        "command": "plan" if gateway is None else options.get("command", _COMMANDS[0]),
        "environment": options.get("environment"),
        "select": texts(options.get("select")),
        "vars": variables_of(options, params),
        "execution_time": options.get("execution_time"),
    }
