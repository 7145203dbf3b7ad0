"""``copy``: a dataset written out, after its publication, into a file on this machine or an object of a store.

It is an external effect: once for each version of what it copies. What it writes is not under meshwright's rollback; a rollback of
the dataset copies again what is published then.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import PurePosixPath

from meshwright.tools.inputs import chosen_input, input_files
from meshwright.tools.launches import Launch
from meshwright.tools.local import LocalTool
from meshwright.tools.options import (
    Option,
    environment,
    flag,
    is_reference,
    one_of,
    option_problems,
    settings,
    settings_of,
    text,
    texts,
    texts_of,
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
    ToolFailed,
    Traits,
    Yields,
)
from meshwright.tools.scripts import left_costs, start_script, told
from meshwright.tools.shell import left_values

_INSTALL = "pip install 'meshwright[s3]' for s3://, gcsfs for gs://, adlfs for az:// and abfs://"
#: Stores that take an object whole, so that nobody sees a part of it.
_STORES = ("s3", "s3a", "gs", "gcs", "az", "abfs", "abfss")
_FORMAT_OF = {".parquet": "parquet", ".csv": "csv", ".json": "json", ".ndjson": "ndjson", ".jsonl": "ndjson"}
_PACKED = {".gz": "gzip", ".zst": "zstd"}
_FORMATS = ("parquet", "csv", "json", "ndjson")
#: Folder of meshwright's own files.
_OWN = ".meshwright"
_OPTIONS: Mapping[str, Option] = {
    "to": text(is_required=True, example="copy: exports/departures.csv"),
    "from": text(),
    "format": one_of(*_FORMATS),
    "columns": texts(example="columns: [carrier, delay]"),
    "header": flag(),
    "delimiter": Option(accepts=lambda value: isinstance(value, str) and len(value) == 1, form="one character"),
    "compression": one_of("gzip", "zstd", "snappy", "none"),
    "options": settings(example="options: {endpoint_url: 'https://s3.example.org', key: '${env:KEY}'}"),
    "variables": environment(),
}


class Copy(LocalTool):
    """Writes a dataset out, as a program on this machine."""

    name = "copy"
    traits = Traits(
        yields=Yields.NOTHING,
        effects=Effects.EXTERNAL,
        main_option="to",
        poll_first_s=0.1,
        poll_longest_s=2.0,
        install=_INSTALL,
    )

    def problems(self, options: Mapping[str, Json], place: Place) -> Iterable[Problem]:
        """Check the options, and that the target is a place where a file may go."""
        yield from option_problems(options, _OPTIONS)
        to = options.get("to")
        if not isinstance(to, str):
            return
        if not is_reference(to):
            wrong = _wrong_target(to, place)
            if wrong:
                yield Problem(path=("to",), message=wrong[0], fix=wrong[1])
        form = options.get("format")
        if form is None and _form_of(to) is None:
            fix = f"end the name with one of {', '.join(_FORMAT_OF)}, or write format: parquet"
            yield Problem(path=("to",), message=f"the format of '{to}' is not known", fix=fix)
        yield from _form_problems(options, form if isinstance(form, str) else _form_of(to))

    def outline(self, options: Mapping[str, Json], place: Place) -> Outline:
        """Tell which dataset is copied, where the node says it."""
        del place
        dataset = options.get("from")
        return Outline(inputs=(dataset,) if isinstance(dataset, str) else ())

    def start(self, job: Job) -> str:
        """Start the copy."""
        to = str(job.options["to"])
        wrong = _wrong_target(to, job.place)
        if wrong:
            raise ToolFailed(wrong[0], is_retryable=False, fix=wrong[1])
        form = job.options.get("format") or _form_of(to)
        if form is None:
            raise ToolFailed(f"the format of '{to}' is not known", is_retryable=False, fix="write format: parquet")
        request = {
            "files": input_files(job)[_dataset(job)],
            "format": form,
            "columns": list(texts_of(job.options, "columns")),
            "header": job.options.get("header", True),
            "delimiter": job.options.get("delimiter", ","),
            "compression": _compression(job.options, to),
            "job": job.id,
        }
        variables = {
            **settings_of(job.options, "variables"),
            # Both may hold secrets, so they are in no file.
            "MESHWRIGHT_STORAGE": json.dumps(job.options.get("options") or {}),
            "MESHWRIGHT_TARGET": to if "://" in to else str(job.place.root / to),
        }
        launch = Launch(
            python=sys.executable, script="copy_job", request=request, variables=variables, folder=job.place.root
        )
        return start_script(job, launch)

    def poll(self, job: Job, handle: str, cursor: str) -> Poll:
        """Look whether it has ended."""
        return told(job, poll_program(job, handle, cursor), install=_INSTALL)

    def collect(self, job: Job, handle: str) -> Outcome:  # noqa: ARG002 - everything is in the folder
        """Take what was written, and where."""
        to = str(job.options["to"])
        return Outcome(
            values={**left_values(job.scratch / "values.json"), "to": to},
            costs=left_costs(job),
            unmanaged=(to,),
        )


def _dataset(job: Job) -> str:
    return chosen_input(job, "from", verb="copy")


def _wrong_target(to: str, place: Place) -> tuple[str, str] | None:
    """Return what is wrong with a target, and how to mend it."""
    if not to.isprintable():
        return "'to' has a character that cannot be printed", "leave it out"
    return _wrong_object(to) if "://" in to else _wrong_file(to, place)


def _wrong_object(to: str) -> tuple[str, str] | None:
    protocol, _, rest = to.partition("://")
    if protocol not in _STORES:
        return f"'{protocol}://' is no store that takes objects", f"stores: {', '.join(_STORES)}; or name a path"
    bucket, _, key = rest.partition("/")
    if not bucket or not key or key.endswith("/"):
        return f"'{to}' names no object", "write for example s3://bucket/exports/departures.parquet"
    return None


def _wrong_file(to: str, place: Place) -> tuple[str, str] | None:
    path = PurePosixPath(to)
    if to.endswith("/") or (place.root / path).is_dir():
        return f"'{to}' is a folder", "name a file in it"
    if ".." in path.parts:
        return f"'{to}' leads out of its folder with '..'", "write it from the mesh's folder on, or absolute"
    if (place.root / path).resolve().is_relative_to((place.root / _OWN).resolve()):
        return f"'{to}' is among the files of meshwright", "write it somewhere else"
    return None


def _form_of(to: str) -> str | None:
    """Return the format that a name's ending tells."""
    path = PurePosixPath(to)
    return _FORMAT_OF.get(PurePosixPath(path.stem).suffix if path.suffix in _PACKED else path.suffix)


def _compression(options: Mapping[str, Json], to: str) -> str | None:
    """Return how a file is packed: as said, else as its ending tells; Parquet is packed inside."""
    given = options.get("compression")
    if given is not None:
        return "uncompressed" if given == "none" and options.get("format", _form_of(to)) == "parquet" else str(given)
    return _PACKED.get(PurePosixPath(to).suffix)


def _form_problems(options: Mapping[str, Json], form: str | None) -> Iterator[Problem]:
    for name in ("header", "delimiter"):
        if name in options and form is not None and form != "csv":
            yield Problem(path=(name,), message=f"'{name}' is of csv, and the format is {form}", fix="leave it out")
    if options.get("compression") == "snappy" and form not in (None, "parquet"):
        yield Problem(path=("compression",), message=f"{form} is not packed with snappy", fix="write gzip or zstd")
