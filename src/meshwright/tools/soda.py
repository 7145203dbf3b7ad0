"""``soda``: a contract of Soda, or checks in SodaCL, verified on the input datasets.

Each check is a test of the node. One that fails, or cannot be evaluated, fails the job; a warning does not.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from meshwright.tools.inputs import chosen_input, input_files
from meshwright.tools.launches import Launch
from meshwright.tools.local import LocalTool
from meshwright.tools.options import (
    Option,
    environment,
    is_reference,
    option_problems,
    settings_of,
    text,
    word_of,
)
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
from meshwright.tools.scripts import left_costs, relative_file, start_script, told
from meshwright.tools.shell import left_values
from meshwright.tools.verdicts import judged, left_tests

_INSTALL = (
    "pip install soda-core soda-duckdb for contracts, or 'soda-core-duckdb<4' for SodaCL, and name its environment: "
    "tools: {soda: {bin: .venv}}"
)
_OPTIONS: Mapping[str, Option] = {
    "contract": text(example="soda: contract.yml"),
    "checks": text(example="checks: checks.yml"),
    "dataset": text(),
    "variables": environment(),
    "bin": text(),
}


class Soda(LocalTool):
    """Verifies datasets with Soda, as programs on this machine."""

    name = "soda"
    traits = Traits(
        yields=Yields.NOTHING,
        effects=Effects.NONE,
        main_option="contract",
        poll_first_s=0.2,
        poll_longest_s=2.0,
        install=_INSTALL,
    )

    def problems(self, options: Mapping[str, Json], place: Place) -> Iterable[Problem]:
        """Check the options, and that the file is there."""
        yield from option_problems(options, _OPTIONS)
        named = [name for name in ("contract", "checks") if name in options]
        if len(named) != 1:
            message = "it names a contract and checks" if named else "it names no contract and no checks"
            yield Problem(message=message, fix="write contract: contract.yml (Soda 4), or checks: checks.yml (Soda 3)")
            return
        given = options[named[0]]
        if isinstance(given, str) and not is_reference(given) and not (place.folder / given).is_file():
            fix = "it is relative to the pipeline file"
            yield Problem(path=(named[0],), message=f"there is no file '{given}'", fix=fix)
        if "dataset" in options and named[0] == "checks":
            fix = "checks name their datasets themselves: checks for departures"
            yield Problem(path=("dataset",), message="'dataset' is of a contract", fix=fix)

    def fingerprint_files(self, options: Mapping[str, Json], place: Place) -> Iterable[Path]:
        """Name the contract, or the checks."""
        for name in ("contract", "checks"):
            if isinstance(options.get(name), str):
                yield from relative_file(place.folder / str(options[name]), place.root)

    def outline(self, options: Mapping[str, Json], place: Place) -> Outline:
        """Tell which input is verified, where the node says it."""
        del place
        dataset = options.get("dataset")
        return Outline(inputs=(dataset,) if isinstance(dataset, str) else ())

    def start(self, job: Job) -> str:
        """Start the verification."""
        contract, checks = job.options.get("contract"), job.options.get("checks")
        request = {
            "inputs": input_files(job),
            "dataset": _dataset(job) if contract else None,
            "contract": str(job.place.folder / str(contract)) if contract else None,
            "checks": str(job.place.folder / str(checks)) if checks else None,
            "variables": {name: word_of(value) for name, value in job.params.items() if value is not None},
        }
        python = str(python_for("soda", job.options, job.place, install=_INSTALL, is_needed=False))
        # Nothing is told to its makers, unless the user wants it.
        variables = {"SODA_CORE_TELEMETRY_ENABLED": "false", **settings_of(job.options, "variables")}
        return start_script(job, Launch(python=python, script="soda_job", request=request, variables=variables))

    def poll(self, job: Job, handle: str, cursor: str) -> Poll:
        """Look whether it has ended, and whether a check stops what comes after."""
        return judged(job, told(job, poll_program(job, handle, cursor), install=_INSTALL), words="checks")

    def collect(self, job: Job, handle: str) -> Outcome:  # noqa: ARG002 - everything is in the folder
        """Take what each check found."""
        only = next(iter(job.inputs)) if len(job.inputs) == 1 else None
        return Outcome(
            values=left_values(job.scratch / "values.json"),
            tests=left_tests(job, dataset=_dataset(job) if "contract" in job.options else only),
            costs=left_costs(job),
        )


def _dataset(job: Job) -> str:
    return chosen_input(job, "dataset", verb="verify")
