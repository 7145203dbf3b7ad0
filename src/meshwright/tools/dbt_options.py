"""The options of a ``dbt`` node, and the files of its project."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from meshwright.diagnostics import known_names_hint
from meshwright.tools.protocol import Json, Place, Problem

_OPTIONS = (
    "project", "select", "exclude", "command", "vars", "target", "threads", "full_refresh", "profiles", "bin",
)  # fmt: skip
_COMMANDS = ("build", "run", "test")
#: Folders of a project that make nothing: what dbt writes itself, and version control.
_NOT_OURS = frozenset({"target", "logs", ".git", "__pycache__", ".venv", "venv", "node_modules", ".user.yml"})
_KINDS = frozenset({".sql", ".yml", ".yaml", ".csv", ".py", ".json"})


def wrong_options(options: Mapping[str, Json], place: Place) -> Iterator[Problem]:
    """Find what is wrong with the options, dbt itself aside."""
    for name in options:
        if name not in _OPTIONS:
            yield Problem(
                path=(name,), message=f"unknown key '{name}'", fix=known_names_hint(name, _OPTIONS, what="keys")
            )
    yield from _wrong_project(options, place)
    for name in ("select", "exclude"):
        if name in options and not _is_texts(options[name]):
            yield Problem(
                path=(name,), message=f"{name} is a text as dbt's --{name} takes it, or a list of them",
                fix=f"write for example {name}: tag:flights",
            )  # fmt: skip
    command = options.get("command", "build")
    if command not in _COMMANDS:
        yield Problem(
            path=("command",), message=f"{command!r} is no command", fix=f"one of {', '.join(_COMMANDS)}; default build"
        )
    if not isinstance(options.get("vars") or {}, Mapping):
        yield Problem(path=("vars",), message="vars are names with values")
    for name in ("target", "bin"):
        if name in options and (not isinstance(options[name], str) or not options[name]):
            yield Problem(path=(name,), message=f"{name} is a text")
    threads = options.get("threads", 1)
    if not isinstance(threads, int) or isinstance(threads, bool) or threads < 1:
        yield Problem(path=("threads",), message="threads is a whole number of at least 1")
    if not isinstance(options.get("full_refresh", False), bool):
        yield Problem(path=("full_refresh",), message="full_refresh is true or false")
    yield from _wrong_profiles(options, place)


def project_folder(options: Mapping[str, Json], place: Place) -> Path:
    """Return the folder of dbt's project."""
    return (place.folder / str(options["project"])).resolve()


def project_files(options: Mapping[str, Json], place: Place) -> Iterator[Path]:
    """Yield the files that change what the project makes, relative to the mesh; packages that are installed in it too."""
    project, root = project_folder(options, place), place.root.resolve()
    for folder, folders, files in os.walk(project, followlinks=True):
        folders[:] = sorted(each for each in folders if each not in _NOT_OURS)
        for name in sorted(files):
            path = Path(folder, name)
            if path.suffix in _KINDS and name not in {"profiles.yml", *_NOT_OURS}:
                yield path.relative_to(root)


def texts(value: Json) -> tuple[str, ...]:
    """Return one text or a list of them as a tuple."""
    if value is None:
        return ()
    return (value,) if isinstance(value, str) else tuple(str(each) for each in value)  # type: ignore[union-attr]


def _wrong_project(options: Mapping[str, Json], place: Place) -> Iterator[Problem]:
    project = options.get("project")
    if project is None:
        yield Problem(message="there is no project", fix="write for example dbt: {project: ../dbt}")
        return
    if not isinstance(project, str) or not project or "${" in project:
        yield Problem(path=("project",), message="project is the path of a folder, as a plain text")
        return
    folder = project_folder(options, place)
    if not folder.is_dir():
        yield Problem(
            path=("project",), message=f"there is no folder '{project}'", fix="it is relative to the pipeline file"
        )
    elif not (folder / "dbt_project.yml").is_file():
        yield Problem(
            path=("project",), message=f"there is no dbt_project.yml in '{project}'",
            fix="name the folder that holds dbt_project.yml",
        )  # fmt: skip
    elif not folder.is_relative_to(place.root.resolve()):
        yield Problem(
            path=("project",), message=f"'{project}' lies outside of the mesh, where nothing notices that it changes",
            fix="move the project into the mesh's folder",
        )  # fmt: skip
    elif _wants_packages(folder):
        yield Problem(
            path=("project",), message=f"the packages of '{project}' are not installed", fix="run dbt deps in it"
        )


def _wrong_profiles(options: Mapping[str, Json], place: Place) -> Iterator[Problem]:
    profiles = options.get("profiles")
    if profiles is None:
        return
    if not isinstance(profiles, str) or "${" in profiles:
        yield Problem(path=("profiles",), message="profiles is the path of the folder that holds profiles.yml")
    elif not (place.folder / profiles / "profiles.yml").is_file():
        yield Problem(
            path=("profiles",), message=f"there is no profiles.yml in '{profiles}'",
            fix="it is relative to the pipeline file",
        )  # fmt: skip


def _wants_packages(folder: Path) -> bool:
    """Whether packages are named and none is there. Which ones are missing dbt tells itself."""
    named: Iterable[Path] = (folder / "packages.yml", folder / "dependencies.yml")
    is_named = any("packages:" in each.read_text("utf-8", "replace") for each in named if each.is_file())
    return is_named and not any((folder / each).is_dir() for each in ("dbt_packages", "dbt_modules"))


def _is_texts(value: Json) -> bool:
    if isinstance(value, str):
        return bool(value)
    return isinstance(value, list | tuple) and bool(value) and all(isinstance(each, str) for each in value)
