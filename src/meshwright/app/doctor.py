"""The verb `doctor`: is this machine and this mesh fit to work?"""

from __future__ import annotations

import importlib.metadata
import os
import platform
import shutil
import sys
from pathlib import Path

from meshwright import __version__
from meshwright.app.reports import DoctorFinding, DoctorReport
from meshwright.app.workspace import open_mesh_state, open_workspace
from meshwright.diagnostics import MeshwrightError
from meshwright.files.loader import load_mesh

_OLDEST_PYTHON = (3, 11)
_NEEDED_DISK_BYTES = 1 << 30
_LIBRARIES = ("duckdb", "pyarrow", "sqlglot", "sqlalchemy", "alembic", "jsonschema-rs", "open-data-contract-standard")


def doctor(start: Path) -> DoctorReport:
    """Look at the interpreter, the libraries, the disk and, inside a mesh, at its files, state and store."""
    findings = [_python(), *(_library(name) for name in _LIBRARIES), _compiled_parser()]
    try:
        workspace = open_workspace(start)
    except MeshwrightError:
        findings.append(DoctorFinding(topic="mesh", ok=True, detail=f"no mesh around {start}"))
        findings.append(_disk(start))
        return DoctorReport(findings=tuple(findings))
    findings.append(_disk(workspace.root))
    findings.append(_writable(workspace.root))
    loaded = load_mesh(workspace.root)
    errors = [found for found in loaded.diagnostics if found.severity == "error"]
    findings.append(
        DoctorFinding(
            topic="mesh",
            ok=not errors,
            detail=f"{workspace.root}: {len(errors)} errors in its files" if errors else f"{workspace.root} loads",
            fix="mw check lists them" if errors else None,
        )
    )
    if loaded.mesh is not None:
        try:
            state = open_mesh_state(workspace, loaded.mesh, create=False)
            generation = state.reader.generation("prod")
            state.close()
        except MeshwrightError as error:
            findings.append(DoctorFinding(topic="state", ok=False, detail=error.first.message, fix=error.first.fix))
        else:
            findings.append(DoctorFinding(topic="state", ok=True, detail=f"prod is at generation {generation}"))
    return DoctorReport(findings=tuple(findings))


def _python() -> DoctorFinding:
    ok = sys.version_info[:2] >= _OLDEST_PYTHON
    detail = (
        f"meshwright {__version__} on Python {platform.python_version()} ({platform.system()} {platform.machine()})"
    )
    return DoctorFinding(topic="python", ok=ok, detail=detail, fix=None if ok else "use Python 3.11 or later")


def _library(name: str) -> DoctorFinding:
    try:
        version = importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return DoctorFinding(
            topic=name, ok=False, detail="not installed", fix="pip install --force-reinstall meshwright"
        )
    return DoctorFinding(topic=name, ok=True, detail=version)


def _compiled_parser() -> DoctorFinding:
    try:
        version = importlib.metadata.version("sqlglotc")
    except importlib.metadata.PackageNotFoundError:
        return DoctorFinding(
            topic="sqlglot, compiled", ok=True, detail="absent: SQL is parsed, but several times slower"
        )
    return DoctorFinding(topic="sqlglot, compiled", ok=True, detail=version)


def _disk(place: Path) -> DoctorFinding:
    free = shutil.disk_usage(place if place.exists() else Path.cwd()).free
    ok = free >= _NEEDED_DISK_BYTES
    return DoctorFinding(
        topic="disk",
        ok=ok,
        detail=f"{free / 1e9:.1f} GB free",
        fix=None if ok else "free some space: builds write Parquet",
    )


def _writable(root: Path) -> DoctorFinding:
    ok = os.access(root, os.W_OK)
    detail = f"{root} can{'' if ok else 'not'} be written"
    return DoctorFinding(
        topic="mesh folder", ok=ok, detail=detail, fix=None if ok else "give the user the right to write"
    )
