"""``terraform``: a folder of Terraform's code, planned and applied with its command line, or OpenTofu's.

The resources that it changes are the inner steps. Its state, and the lock on it, are Terraform's own affair.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

from meshwright.tools.launches import Launch
from meshwright.tools.local import LocalTool
from meshwright.tools.options import (
    Option,
    environment,
    is_reference,
    mapping,
    one_of,
    option_problems,
    settings,
    settings_of,
    text,
    word_of,
)
from meshwright.tools.processes import poll_program
from meshwright.tools.protocol import Effects, Job, Json, Outcome, Place, Poll, Problem, Traits, Yields
from meshwright.tools.pythons import program_for
from meshwright.tools.scripts import files_below, left_costs, left_steps, start_script, told
from meshwright.tools.shell import left_values

_INSTALL = (
    "install Terraform or OpenTofu, and name the folder of its program: tools: {terraform: {bin: /opt/terraform}}"
)
_CODE = (".tf", ".tf.json", ".tfvars", ".tfvars.json", ".tofu", ".hcl", ".tftpl")
_OPTIONS: Mapping[str, Option] = {
    "folder": text(is_required=True, example="terraform: infrastructure"),
    "action": one_of("apply", "plan", "destroy"),
    "vars": mapping(example="vars: {bucket: exports}"),
    "workspace": text(),
    "backend": settings(example="backend: {bucket: states}"),
    "variables": environment(),
    "program": one_of("terraform", "tofu"),
    "bin": text(),
}
#: It finishes what it is at, and gives its lock back, when it is asked to end.
_PATIENCE_S = 30.0


class Terraform(LocalTool):
    """Runs Terraform as a program on this machine."""

    name = "terraform"
    traits = Traits(
        yields=Yields.NOTHING,
        effects=Effects.EXTERNAL,
        main_option="folder",
        poll_first_s=0.5,
        poll_longest_s=5.0,
        install=_INSTALL,
    )

    patience_s = _PATIENCE_S

    def problems(self, options: Mapping[str, Json], place: Place) -> Iterable[Problem]:
        """Check the options, and that the folder has code in it."""
        yield from option_problems(options, _OPTIONS)
        folder = options.get("folder")
        if isinstance(folder, str) and not is_reference(folder):
            path = place.folder / folder
            if not path.is_dir():
                fix = "it is relative to the pipeline file"
                yield Problem(path=("folder",), message=f"there is no folder '{folder}'", fix=fix)
            elif not any(each.name.endswith((".tf", ".tf.json", ".tofu")) for each in path.iterdir()):
                yield Problem(path=("folder",), message=f"there is no code of Terraform in '{folder}'")

    def fingerprint_files(self, options: Mapping[str, Json], place: Place) -> Iterable[Path]:
        """Name the code of the folder, and of the modules in it."""
        folder = options.get("folder")
        return files_below(place.folder / folder, place.root, suffixes=_CODE) if isinstance(folder, str) else ()

    def start(self, job: Job) -> str:
        """Start it."""
        program = str(job.options.get("program", "terraform"))
        request = {
            "program": str(program_for(program, job.options, job.place, install=_INSTALL)),
            "folder": str(job.place.folder / str(job.options["folder"])),
            "action": job.options.get("action", "apply"),
            "workspace": job.options.get("workspace"),
            "backend": [f"{name}={value}" for name, value in settings_of(job.options, "backend").items()],
        }
        launch = Launch(python=sys.executable, script="terraform_job", request=request, variables=_variables(job))
        return start_script(job, launch)

    def poll(self, job: Job, handle: str, cursor: str) -> Poll:
        """Look at its log and at its resources."""
        poll = poll_program(job, handle, cursor)
        poll = Poll(
            state=poll.state,
            lines=poll.lines,
            cursor=poll.cursor,
            steps=left_steps(job),
            error=poll.error,
            is_retryable=poll.is_retryable,
        )
        return told(job, poll, install=_INSTALL)

    def collect(self, job: Job, handle: str) -> Outcome:  # noqa: ARG002 - everything is in the folder
        """Take its outputs, and what it changed."""
        return Outcome(values=left_values(job.scratch / "values.json"), steps=left_steps(job), costs=left_costs(job))


def _variables(job: Job) -> dict[str, str]:
    """Return Terraform's variables as environment variables: they may hold secrets, so they are in no file."""
    given = job.options.get("vars") or {}
    assert isinstance(given, Mapping)
    named: dict[str, Json] = {**{name: value for name, value in job.params.items() if value is not None}, **given}
    return {
        **{f"TF_VAR_{name}": value if isinstance(value, str) else _word(value) for name, value in named.items()},
        **settings_of(job.options, "variables"),
    }


def _word(value: Json) -> str:
    return json.dumps(value) if isinstance(value, Mapping | list | tuple) else word_of(value)
