"""``shell``: a command line, or a program with its arguments, on this machine.

The command finds its inputs, leaves values and leaves tables through environment variables:

- ``MESHWRIGHT_INPUT_<NAME>``: the Parquet files of an input, one in a line;
- ``MESHWRIGHT_PARAM_<NAME>``: a parameter;
- ``MESHWRIGHT_VALUES``: a file into which it may write a JSON object of small values;
- ``MESHWRIGHT_TABLES``: a folder into which it writes ``<dataset>.parquet`` for each dataset under ``datasets:``;
- ``MESHWRIGHT_JOB``: the id of the job, the same when it is tried again after a crash: an idempotency key.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path

from meshwright.tools.local import LocalTool
from meshwright.tools.options import wrong_variable
from meshwright.tools.processes import start_program
from meshwright.tools.protocol import (
    Effects,
    Job,
    Json,
    Outcome,
    Place,
    Problem,
    Table,
    ToolFailed,
    Traits,
    Yields,
)

_OPTIONS = ("command", "variables", "folder")


class Shell(LocalTool):
    """Runs a command line with ``/bin/sh``, or a list of words without one."""

    name = "shell"
    traits = Traits(yields=Yields.NAMED, effects=Effects.ISOLATED, main_option="command", poll_longest_s=2.0)

    def problems(self, options: Mapping[str, Json], place: Place) -> Iterable[Problem]:
        """Check the options."""
        for name in options:
            if name not in _OPTIONS:
                yield Problem(path=(name,), message=f"unknown key '{name}'", fix=f"keys: {', '.join(_OPTIONS)}")
        command = options.get("command")
        if command is None or command == "":
            yield Problem(message="there is no command", fix="write for example shell: make report")
        elif not isinstance(command, str) and not _is_words(command):
            yield Problem(path=("command",), message="a command is a text, or a list of texts")
        variables = options.get("variables", {})
        if not isinstance(variables, Mapping) or not all(isinstance(value, str) for value in variables.values()):
            yield Problem(path=("variables",), message="variables are names with texts")
        elif wrong := [str(name) for name in variables if wrong_variable(name)]:
            fix = "write a name as the system takes it: letters, digits and '_'"
            yield Problem(path=("variables", wrong[0]), message=f"no variable can be called '{wrong[0]}'", fix=fix)
        folder = options.get("folder", ".")
        if not isinstance(folder, str):
            yield Problem(path=("folder",), message="a folder is a text")
        elif not (place.folder / folder).is_dir():
            yield Problem(
                path=("folder",), message=f"there is no folder '{folder}'", fix="it is relative to the pipeline file"
            )

    def fingerprint_files(self, options: Mapping[str, Json], place: Place) -> Iterable[Path]:
        """Name the scripts that the command names, so that a changed one runs again: files below the pipeline's folder."""
        command = options.get("command")
        words = command.split() if isinstance(command, str) else command if _is_words(command) else ()
        folder, root = place.folder.resolve(), place.root.resolve()
        for word in words:  # type: ignore[union-attr]
            path = folder / str(word)
            is_written_so = not str(word).startswith("/")
            if is_written_so and path.is_file() and path.resolve().is_relative_to(folder):
                yield path.resolve().relative_to(root)

    def start(self, job: Job) -> str:
        """Start the command."""
        command = job.options["command"]
        words = ["/bin/sh", "-c", command] if isinstance(command, str) else [str(word) for word in command]  # type: ignore[union-attr]
        return start_program(
            job, words, folder=job.place.folder / str(job.options.get("folder", ".")), variables=_variables(job)
        )

    def collect(self, job: Job, handle: str) -> Outcome:  # noqa: ARG002 - everything is in the folder
        """Take what it left in its folder."""
        return Outcome(values=left_values(job.scratch / "values.json"), tables=left_tables(job))


def left_values(path: Path) -> Mapping[str, Json]:
    """Return the values that a program wrote into a file. Raises ToolFailed where that is no JSON object."""
    try:
        found = json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return {}
    except (ValueError, OSError, RecursionError) as error:
        raise ToolFailed(f"the values it left are not JSON: {error}", is_retryable=False) from error
    if not isinstance(found, dict):
        raise ToolFailed("the values it left are not a JSON object", is_retryable=False)
    return found


def left_tables(job: Job) -> Mapping[str, Table]:
    """Return the tables that a program left in the folder ``tables``: ``<dataset>.parquet``, a file or a folder of files."""
    tables = {}
    for name in job.datasets:
        path = job.scratch / "tables" / f"{name}.parquet"
        if path.is_dir():
            tables[name] = Table(files=tuple(sorted(path.glob("*.parquet"))))
        elif path.is_file():
            tables[name] = Table(files=(path,))
    return tables


def _variables(job: Job) -> dict[str, str]:
    (job.scratch / "tables").mkdir(parents=True, exist_ok=True)
    given = job.options.get("variables", {})
    assert isinstance(given, Mapping)
    found = {str(name): str(value) for name, value in given.items()}
    found.update(
        (f"MESHWRIGHT_INPUT_{name.upper()}", "\n".join(str(file) for file in table.files))
        for name, table in job.inputs.items()
    )
    found.update((f"MESHWRIGHT_PARAM_{name.upper()}", _word(value)) for name, value in job.params.items())
    found["MESHWRIGHT_VALUES"] = str(job.scratch / "values.json")
    found["MESHWRIGHT_TABLES"] = str(job.scratch / "tables")
    return found


def _word(value: str | int | float | bool | None) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _is_words(command: Json) -> bool:
    return isinstance(command, list | tuple) and bool(command) and all(isinstance(word, str) for word in command)
