"""``ingest: {singer: ...}``: one stream of a Singer tap. Taps of Meltano are Singer taps."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from meshwright.tools.launches import Launch
from meshwright.tools.options import Option, environment, flag, is_reference, mapping, settings_of, text
from meshwright.tools.protocol import Job, Json, Place, Problem
from meshwright.tools.pythons import program_for
from meshwright.tools.scripts import relative_file

INSTALL = "pip install the tap into an environment of its own, and name that: bin: .venvs/tap"
OPTIONS: Mapping[str, Option] = {
    "singer": text(example="singer: tap-csv"),
    "stream": text(),
    "config": mapping(example="config: {start_date: 2026-01-01}"),
    "catalog": text(),
    "properties": flag(),
    "variables": environment(),
    "incremental": flag(),
    "bin": text(),
}


def problems(options: Mapping[str, Json], place: Place) -> Iterator[Problem]:
    """Check that the tap is named as a program, and that its catalog is there and is one."""
    tap = str(options["singer"])
    if "/" in tap:
        yield Problem(path=("singer",), message=f"'{tap}' is no name of a program", fix="name its folder with 'bin'")
    catalog = options.get("catalog")
    if isinstance(catalog, str) and not is_reference(catalog):
        path = place.folder / catalog
        if not path.is_file():
            fix = "it is relative to the pipeline file"
            yield Problem(path=("catalog",), message=f"there is no file '{catalog}'", fix=fix)
        elif not _is_catalog(path):
            fix = f"make it with {tap} --discover"
            yield Problem(path=("catalog",), message=f"'{catalog}' is no catalog of Singer", fix=fix)


def fingerprint_files(options: Mapping[str, Json], place: Place) -> Iterable[Path]:
    """Name the catalog."""
    catalog = options.get("catalog")
    return relative_file(place.folder / catalog, place.root) if isinstance(catalog, str) else []


def launch(job: Job) -> Launch:
    """Say how the load is started."""
    catalog = job.options.get("catalog")
    return Launch(
        # Its messages are turned into Parquet here, so that a tap's environment needs nothing but the tap.
        python=sys.executable,
        script="singer_job",
        request={
            "tap": str(program_for(str(job.options["singer"]), job.options, job.place, install=INSTALL)),
            "stream": job.options.get("stream"),
            "catalog": str(job.place.folder / catalog) if isinstance(catalog, str) else None,
            "properties": job.options.get("properties") is True,
            "is_incremental": job.options.get("incremental") is True,
        },
        variables={
            **settings_of(job.options, "variables"),
            # The configuration may hold secrets, so it is in no file.
            "MESHWRIGHT_CONFIG": json.dumps(job.options.get("config") or {}),
        },
        folder=job.place.root,
    )


def _is_catalog(path: Path) -> bool:
    try:
        found = json.loads(path.read_text("utf-8"))
    except (ValueError, OSError, RecursionError):
        return False
    return isinstance(found, dict) and isinstance(found.get("streams"), list)
