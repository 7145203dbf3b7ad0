"""Options that dbt and SQLMesh nodes share: a project's folder, a selection, and the project's files."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from meshwright.diagnostics import known_names_hint
from meshwright.tools.protocol import Json, Place, Problem

#: Folders of a project that make nothing: what the tools write themselves, and version control.
_NOT_OURS = frozenset({"target", "logs", ".cache", ".git", "__pycache__", ".venv", "venv", "node_modules"})
_KINDS = frozenset({".sql", ".yml", ".yaml", ".csv", ".py", ".json", ".env"})
_NO_MEANING = frozenset({"profiles.yml", ".user.yml"})


def unknown_keys(options: Mapping[str, Json], known: tuple[str, ...]) -> Iterator[Problem]:
    """Find keys that mean nothing."""
    for name in options:
        if name not in known:
            yield Problem(path=(name,), message=f"unknown key '{name}'", fix=known_names_hint(name, known, what="keys"))


def wrong_project(options: Mapping[str, Json], place: Place, *, tool: str, files: tuple[str, ...]) -> Iterator[Problem]:
    """Find out whether ``project:`` is a folder of the mesh that holds one of the `files`."""
    project = options.get("project")
    if project is None:
        yield Problem(message="there is no project", fix=f"write for example {tool}: {{project: ../{tool}}}")
        return
    if not isinstance(project, str) or not project or "${" in project:
        yield Problem(path=("project",), message="project is the path of a folder, as a plain text")
        return
    folder = project_folder(options, place)
    if not folder.is_dir():
        yield Problem(
            path=("project",), message=f"there is no folder '{project}'", fix="it is relative to the pipeline file"
        )
    elif not any((folder / name).is_file() for name in files):
        yield Problem(
            path=("project",), message=f"there is no {' or '.join(files)} in '{project}'",
            fix=f"name the folder that holds {files[0]}",
        )  # fmt: skip
    elif not folder.is_relative_to(place.root.resolve()):
        yield Problem(
            path=("project",), message=f"'{project}' lies outside of the mesh, where nothing notices that it changes",
            fix="move the project into the mesh's folder",
        )  # fmt: skip


def wrong_texts(options: Mapping[str, Json], name: str, *, flag: str) -> Iterator[Problem]:
    """Find out whether an option is a text or a list of texts, as a flag of the tool takes it."""
    value = options.get(name)
    is_list = isinstance(value, list | tuple) and bool(value) and all(isinstance(each, str) and each for each in value)
    if name in options and not (isinstance(value, str) and value) and not is_list:
        yield Problem(
            path=(name,), message=f"{name} is a text as {flag} takes it, or a list of them",
            fix=f"write for example {name}: tag:flights",
        )  # fmt: skip


def wrong_text(options: Mapping[str, Json], *names: str) -> Iterator[Problem]:
    """Find options that are no text."""
    for name in names:
        if name in options and (not isinstance(options[name], str) or not options[name]):
            yield Problem(path=(name,), message=f"{name} is a text")


def wrong_variables(options: Mapping[str, Json]) -> Iterator[Problem]:
    """Find out whether ``vars:`` are names with values."""
    if not isinstance(options.get("vars", {}), Mapping):
        yield Problem(path=("vars",), message="vars are names with values", fix="write for example vars: {days: 7}")


def project_folder(options: Mapping[str, Json], place: Place) -> Path:
    """Return the folder of the project."""
    return (place.folder / str(options["project"])).resolve()


def project_files(options: Mapping[str, Json], place: Place) -> Iterator[Path]:
    """Yield the files that change what the project makes, relative to the mesh; packages that are installed in it too."""
    project, root = project_folder(options, place), place.root.resolve()
    seen: set[str] = set()
    for folder, folders, files in os.walk(project, followlinks=True):
        real = os.path.realpath(folder)
        if real in seen:  # a link back up
            folders.clear()
            continue
        seen.add(real)
        folders[:] = sorted(each for each in folders if each not in _NOT_OURS)
        for name in sorted(files):
            path = Path(folder, name)
            if (path.suffix in _KINDS or name in _KINDS) and name not in _NO_MEANING:
                yield path.relative_to(root)


def variables_of(
    options: Mapping[str, Json], params: Mapping[str, str | int | float | bool | None] | None
) -> dict[str, Json]:
    """Return the parameters of a node, and over them its ``vars:``.

    Before a job there are no parameters (None), and what ``vars:`` refer to is not known: such variables are left out, so that
    the project's own default holds.
    """
    given = options.get("vars") or {}
    assert isinstance(given, Mapping)
    if params is not None:
        return {**params, **given}
    return {name: value for name, value in given.items() if not (isinstance(value, str) and "${" in value)}


def texts(value: Json) -> tuple[str, ...]:
    """Return one text or a list of them as a tuple."""
    if value is None:
        return ()
    return (value,) if isinstance(value, str) else tuple(str(each) for each in value)  # type: ignore[union-attr]
