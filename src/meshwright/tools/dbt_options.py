"""The options of a ``dbt`` node."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from meshwright.tools.project_options import (
    project_folder,
    unknown_keys,
    wrong_project,
    wrong_text,
    wrong_texts,
    wrong_variables,
)
from meshwright.tools.protocol import Json, Place, Problem

OPTIONS = (
    "project", "select", "exclude", "command", "vars", "target", "threads", "full_refresh", "profiles", "bin",
)  # fmt: skip
_COMMANDS = ("build", "run", "test")


def wrong_options(options: Mapping[str, Json], place: Place) -> Iterator[Problem]:
    """Find what is wrong with the options, dbt itself aside."""
    yield from unknown_keys(options, OPTIONS)
    wrong = tuple(wrong_project(options, place, tool="dbt", files=("dbt_project.yml",)))
    yield from wrong
    if not wrong and _wants_packages(project_folder(options, place)):
        yield Problem(
            path=("project",), message=f"the packages of '{options['project']}' are not installed",
            fix="run dbt deps in it",
        )  # fmt: skip
    for name in ("select", "exclude"):
        yield from wrong_texts(options, name, flag=f"dbt's --{name}")
    command = options.get("command", "build")
    if command not in _COMMANDS:
        yield Problem(
            path=("command",), message=f"{command!r} is no command", fix=f"one of {', '.join(_COMMANDS)}; default build"
        )
    yield from wrong_variables(options)
    yield from wrong_text(options, "target")
    threads = options.get("threads", 1)
    if not isinstance(threads, int) or isinstance(threads, bool) or threads < 1:
        yield Problem(path=("threads",), message="threads is a whole number of at least 1")
    if not isinstance(options.get("full_refresh", False), bool):
        yield Problem(path=("full_refresh",), message="full_refresh is true or false")
    yield from _wrong_profiles(options, place)


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
