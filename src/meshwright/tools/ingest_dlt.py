"""``ingest: {dlt: ...}``: one resource of a dlt source, loaded under the Python that dlt is installed in."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from meshwright.tools.imports import program_files
from meshwright.tools.launches import Launch
from meshwright.tools.options import Option, environment, flag, mapping, settings_of, text, whole_number
from meshwright.tools.protocol import Job, Json, Place, Problem
from meshwright.tools.pythons import python_for
from meshwright.tools.scripts import relative_file

INSTALL = "pip install 'dlt[duckdb]', and name its environment: tools: {ingest: {bin: .venv}}"
OPTIONS: Mapping[str, Option] = {
    "dlt": text(example="dlt: sources/bookings.py:source"),
    "resource": text(),
    "table": text(),
    "args": mapping(example="args: {table_names: [flights]}"),
    "variables": environment(example="variables: {SOURCES__BOOKINGS__API_KEY: '${env:API_KEY}'}"),
    "nesting": whole_number(),
    "dlt_columns": flag(),
    "incremental": flag(),
    "bin": text(),
}


def problems(options: Mapping[str, Json], place: Place) -> Iterator[Problem]:
    """Check that the source names a file that is there, or a module, and something in it."""
    given = str(options["dlt"])
    module, colon, attribute = given.rpartition(":")
    if not colon or not module or not attribute.isidentifier():
        fix = "name a file or a module, and the source in it: sources/bookings.py:source"
        yield Problem(path=("dlt",), message=f"'{given}' does not name a source", fix=fix)
    elif module.endswith(".py"):
        if not (place.folder / module).is_file():
            fix = "it is relative to the pipeline file"
            yield Problem(path=("dlt",), message=f"there is no file '{module}'", fix=fix)
    elif not all(part.isidentifier() for part in module.split(".")):
        fix = "end it with .py where it is a file"
        yield Problem(path=("dlt",), message=f"'{module}' is neither a file nor a module", fix=fix)


def fingerprint_files(options: Mapping[str, Json], place: Place) -> Iterable[Path]:
    """Name the source, the modules of its folder that it imports, and the configuration that dlt reads; not its secrets."""
    module = str(options["dlt"]).rpartition(":")[0]
    if module.endswith(".py"):
        yield from program_files(place.folder / module, place.root)
    yield from relative_file(place.folder / ".dlt" / "config.toml", place.root)


def launch(job: Job) -> Launch:
    """Say how the load is started."""
    module, _, attribute = str(job.options["dlt"]).rpartition(":")
    return Launch(
        python=str(python_for("dlt", job.options, job.place, install=INSTALL, is_needed=False)),
        script="dlt_job",
        request={
            "module": str(job.place.folder / module) if module.endswith(".py") else module,
            "attribute": attribute,
            "params": dict(job.params),
            "nesting": job.options.get("nesting"),
            "resource": job.options.get("resource"),
            "table": job.options.get("table"),
            "dlt_columns": job.options.get("dlt_columns") is True,
        },
        variables={
            # Nothing is told to the makers of dlt, unless the user wants it.
            "RUNTIME__DLTHUB_TELEMETRY": "false",
            **settings_of(job.options, "variables"),
            # Arguments may hold secrets, so they are in no file.
            "MESHWRIGHT_ARGS": json.dumps(job.options.get("args") or {}),
        },
    )
