"""``dbt``: a project of dbt, or a part of one, whose tables become datasets.

dbt gets a profile of our making: a DuckDB file in the job's folder, where the node's inputs are views over their Parquet files.
What the selected models leave there comes back as Parquet files, and is gated, published and rolled back like every other
dataset. With ``profiles:`` the project runs against its own warehouse instead, and its tables are told as unmanaged.
"""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path

from meshwright.tools.artefacts import (
    PROGRAMS,
    input_files,
    left_failure,
    left_outcome,
    left_outline,
    poll_inside,
    write_request,
)
from meshwright.tools.dbt_options import project_files, project_folder, texts, wrong_options
from meshwright.tools.processes import cancel_program, find_program, start_program
from meshwright.tools.protocol import Effects, Job, Json, Outcome, Outline, Place, Poll, Problem, ToolFailed, Traits, Yields
from meshwright.tools.pythons import find_program_of, python_of

#: Seconds that an outline may take: dbt parses a project of a thousand models in less than one minute.
_OUTLINE_S = 300.0
_INSTALL = "pip install 'dbt-core<1.12' dbt-duckdb"
_THREADS = 4
#: The job's own variables; those of the user reach dbt as they are, for `env_var`.
_VARIABLES = {"DO_NOT_TRACK": "1", "PYTHONUNBUFFERED": "1"}


class Dbt:
    """Runs ``dbt build``, ``run`` or ``test``."""

    name = "dbt"
    traits = Traits(
        yields=Yields.NAMED, effects=Effects.ISOLATED, main_option="project", poll_longest_s=2.0, install=_INSTALL
    )

    def problems(self, options: Mapping[str, Json], place: Place) -> Iterable[Problem]:
        """Check the options, the project's folder, and that dbt is there."""
        yield from wrong_options(options, place)
        given = options.get("bin")
        if given is not None and (not isinstance(given, str) or "${" in given):
            return  # told already, or known only when the job starts
        if find_program_of("dbt", place, given) is None:
            where = f"at {given!r}" if given else "on PATH or beside meshwright"
            yield Problem(
                path=("bin",) if given else (), message=f"dbt was not found {where}",
                fix=f"{_INSTALL}; or say where it is with bin: PATH of the program or of its virtual environment",
            )  # fmt: skip

    def fingerprint_files(self, options: Mapping[str, Json], place: Place) -> Iterable[Path]:
        """Name the project's files that change what it makes."""
        return project_files(options, place)

    def outline(self, options: Mapping[str, Json], place: Place) -> Outline:
        """Let dbt parse the project: its selected models, seeds and the inputs that they read."""
        if options.get("profiles") is not None or options.get("command") == "test":
            return Outline()
        with tempfile.TemporaryDirectory(prefix="meshwright-dbt-") as folder:
            scratch = Path(folder)
            write_request(scratch, _request(options, place))
            try:
                done = subprocess.run(
                    [str(_python(options, place)), str(PROGRAMS / "dbt_job.py"), "outline", folder],
                    cwd=scratch, env={**place.variables, **_VARIABLES}, stdin=subprocess.DEVNULL,
                    stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace",
                    timeout=_OUTLINE_S, check=False,
                )  # fmt: skip
            except subprocess.TimeoutExpired as error:
                raise ToolFailed(f"dbt did not parse the project within {_OUTLINE_S:.0f} s", is_retryable=True) from error
            if done.returncode == 0:
                return left_outline(scratch)
            raise left_failure(scratch) or ToolFailed(
                f"dbt ended with status {done.returncode}\n{done.stdout.strip()[-2000:]}", is_retryable=False
            )

    def start(self, job: Job) -> str:
        """Start dbt in the job's folder."""
        if job.datasets and job.options.get("profiles") is not None:
            raise ToolFailed(
                f"with profiles: its tables stay where its own profile puts them: {', '.join(job.datasets)}",
                is_retryable=False, fix="leave out datasets:, or profiles:",
            )  # fmt: skip
        write_request(job.scratch, {
            **_request(job.options, job.place, params=job.params), "inputs": input_files(job.inputs), "datasets": job.datasets,
        })  # fmt: skip
        command = [str(_python(job.options, job.place)), str(PROGRAMS / "dbt_job.py"), "run", str(job.scratch)]
        return start_program(job, command, folder=job.scratch, variables=_VARIABLES)

    def find(self, job: Job) -> str | None:
        """Find dbt by the job's folder."""
        return find_program(job)

    def poll(self, job: Job, handle: str, cursor: str) -> Poll:
        """Look at dbt's log and at its nodes."""
        return poll_inside(job, handle, cursor)

    def collect(self, job: Job, handle: str) -> Outcome:  # noqa: ARG002 - everything is in the folder
        """Take tables, tests and nodes from the job's folder. ``compiled/<dataset>.sql`` in it is the SQL of each."""
        return left_outcome(job)

    def cancel(self, job: Job, handle: str) -> None:
        """End dbt."""
        cancel_program(job, handle)


def _request(
    options: Mapping[str, Json], place: Place, *, params: Mapping[str, str | int | float | bool | None] | None = None
) -> dict[str, Json]:
    """Return what the program in dbt's Python is to do."""
    profiles, variables = options.get("profiles"), options.get("vars") or {}
    assert isinstance(variables, Mapping)
    return {
        "project": str(project_folder(options, place)),
        "profiles": None if profiles is None else str((place.folder / str(profiles)).resolve()),
        "target": options.get("target"),
        "command": options.get("command", "build"),
        "select": texts(options.get("select")),
        "exclude": texts(options.get("exclude")),
        "vars": {**(params or {}), **variables},
        "full_refresh": options.get("full_refresh", False),
        "threads": options.get("threads") or (None if profiles is not None else _THREADS),
        "inputs": {},
        "datasets": (),
    }


def _python(options: Mapping[str, Json], place: Place) -> Path:
    """Return the Python that dbt is installed in. Raises ToolFailed where there is none."""
    given = options.get("bin")
    program = find_program_of("dbt", place, None if given is None else str(given))
    if program is None:
        where = f"at {given!r}" if given else "on PATH or beside meshwright"
        raise ToolFailed(f"dbt was not found {where}", is_retryable=False, fix=_INSTALL)
    python = python_of(program)
    if python is None:
        raise ToolFailed(f"{str(program)!r} is not a dbt-core that runs in a Python", is_retryable=False, fix=_INSTALL)
    return python
