"""``great_expectations``: a suite, or a checkpoint of a project, validated on an input dataset.

Each expectation is a test of the node, with the verdict that its severity asks for where it fails. One that stops, or cannot be
evaluated, fails the job.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from meshwright.tools.inputs import chosen_input, input_files
from meshwright.tools.launches import Launch
from meshwright.tools.local import LocalTool
from meshwright.tools.options import Option, environment, is_reference, option_problems, settings_of, text
from meshwright.tools.processes import poll_program
from meshwright.tools.protocol import (
    Effects,
    Job,
    Json,
    Outcome,
    Outline,
    Place,
    Poll,
    Problem,
    Traits,
    Yields,
)
from meshwright.tools.pythons import python_for
from meshwright.tools.scripts import files_below, left_costs, relative_file, start_script, told
from meshwright.tools.shell import left_values
from meshwright.tools.verdicts import judged, left_tests

_INSTALL = (
    "pip install great_expectations pandas pyarrow, and name its environment: tools: {great_expectations: {bin: .venv}}"
)
_OPTIONS: Mapping[str, Option] = {
    "suite": text(example="great_expectations: suite.json"),
    "project": text(example="project: gx"),
    "checkpoint": text(example="checkpoint: daily"),
    "dataset": text(),
    "variables": environment(),
    "bin": text(),
}
_SETTINGS = "great_expectations.yml"


class GreatExpectations(LocalTool):
    """Validates datasets with Great Expectations, as programs on this machine."""

    name = "great_expectations"
    traits = Traits(
        yields=Yields.NOTHING,
        effects=Effects.NONE,
        main_option="suite",
        poll_first_s=0.2,
        poll_longest_s=2.0,
        install=_INSTALL,
    )

    def problems(self, options: Mapping[str, Json], place: Place) -> Iterable[Problem]:
        """Check the options, and that the suite is one, or the project is there."""
        yield from option_problems(options, _OPTIONS)
        suite, project = options.get("suite"), options.get("project")
        if (suite is None) == (project is None):
            message = "it names a suite and a project" if suite is not None else "it names no suite and no project"
            yield Problem(message=message, fix="write suite: suite.json, or project: gx with checkpoint: daily")
        elif isinstance(suite, str) and not is_reference(suite):
            yield from _suite_problems(place.folder / suite, suite)
        elif (
            isinstance(project, str)
            and not is_reference(project)
            and not (place.folder / project / _SETTINGS).is_file()
        ):
            fix = f"name the folder with {_SETTINGS}, relative to the pipeline file"
            yield Problem(path=("project",), message=f"'{project}' is no project", fix=fix)
        if project is not None and "checkpoint" not in options:
            yield Problem(message="'checkpoint' is missing", fix="name one of the project")
        if project is None and "checkpoint" in options:
            yield Problem(
                path=("checkpoint",), message="a checkpoint belongs to a project", fix="name it with 'project'"
            )

    def fingerprint_files(self, options: Mapping[str, Json], place: Place) -> Iterable[Path]:
        """Name the suite, or the files of the project."""
        suite, project = options.get("suite"), options.get("project")
        if isinstance(suite, str):
            yield from relative_file(place.folder / suite, place.root)
        if isinstance(project, str):
            kept = files_below(place.folder / project, place.root, suffixes=(".yml", ".yaml", ".json", ".py"))
            yield from (path for path in kept if "uncommitted" not in path.parts)

    def outline(self, options: Mapping[str, Json], place: Place) -> Outline:
        """Tell which input is validated, where the node says it."""
        del place
        dataset = options.get("dataset")
        return Outline(inputs=(dataset,) if isinstance(dataset, str) else ())

    def start(self, job: Job) -> str:
        """Start the validation."""
        dataset = _dataset(job)
        suite, project = job.options.get("suite"), job.options.get("project")
        request = {
            "dataset": dataset,
            "files": input_files(job)[dataset],
            "suite": str(job.place.folder / str(suite)) if suite else None,
            "project": str((job.place.folder / str(project)).resolve()) if project else None,
            "checkpoint": job.options.get("checkpoint"),
        }
        python = python_for(
            "great_expectations", job.options, job.place, install=_INSTALL, is_needed=False, is_module=True
        )
        # Nothing is told to its makers, unless the user wants it.
        variables = {"GX_ANALYTICS_ENABLED": "false", **settings_of(job.options, "variables")}
        launch = Launch(python=str(python), script="expectations_job", request=request, variables=variables)
        return start_script(job, launch)

    def poll(self, job: Job, handle: str, cursor: str) -> Poll:
        """Look whether it has ended, and whether an expectation stops what comes after."""
        poll = told(job, poll_program(job, handle, cursor), install=_INSTALL)
        return judged(job, poll, words="expectations")

    def collect(self, job: Job, handle: str) -> Outcome:  # noqa: ARG002 - everything is in the folder
        """Take what each expectation found."""
        return Outcome(
            values=left_values(job.scratch / "values.json"),
            tests=left_tests(job, dataset=_dataset(job)),
            costs=left_costs(job),
        )


def _dataset(job: Job) -> str:
    return chosen_input(job, "dataset", verb="validate")


def _suite_problems(path: Path, given: str) -> Iterator[Problem]:
    if not path.is_file():
        yield Problem(path=("suite",), message=f"there is no file '{given}'", fix="it is relative to the pipeline file")
        return
    try:
        found = json.loads(path.read_text("utf-8"))
    except (ValueError, OSError, RecursionError) as error:
        yield Problem(path=("suite",), message=f"'{given}' is no JSON: {error}")
        return
    expectations = found.get("expectations") if isinstance(found, dict) else None
    if not isinstance(expectations, list):
        yield Problem(
            path=("suite",), message=f"'{given}' is no suite of expectations", fix="it has a list 'expectations'"
        )
    elif not expectations:
        yield Problem(path=("suite",), message=f"suite '{given}' has no expectations, so it would check nothing")
    else:
        for number, each in enumerate(expectations):
            if not isinstance(each, dict) or not isinstance(each.get("type", each.get("expectation_type")), str):
                yield Problem(path=("suite",), message=f"expectation {number + 1} of '{given}' has no 'type'")
