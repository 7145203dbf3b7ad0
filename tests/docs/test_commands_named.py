"""What pages name is there: every command of `mw` with its options, and every path of the API."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import typer
from fastapi.routing import APIRoute

from meshwright.faces.cli.main import new_app
from meshwright.faces.http.routes import API_ROUTERS, ROOT_ROUTERS
from tests.docs.pages import ROOT

#: Records say what was so when they were written.
PAGES = [ROOT / "README.md", *(page for page in sorted((ROOT / "docs").rglob("*.md")) if "adr" not in page.parts)]
_WRITTEN = re.compile(r"^\$ ((?:mw|meshwright) .*)$|`((?:mw|meshwright) [^`\n]+)`", re.MULTILINE)
_ENDS = {"|", ">", ">>", "&&", ";", "&", "#", "<", "2>", "||"}
_REQUEST = re.compile(r"`(GET|POST|PUT|PATCH|DELETE) ((?:/[^\s`?]*)+)[^`]*`")


@cache
def tree() -> tuple[Any, Any]:
    root = typer.main.get_command(new_app())
    return root, root.make_context("mw", ["-C", "."], resilient_parsing=True)


def options_of(command: Any) -> dict[str, Any]:
    return {word: param for param in command.params for word in (*param.opts, *param.secondary_opts)}


def problem_of(line: str) -> str | None:
    """Return what of a command is not there."""
    try:
        words = shlex.split(line, comments=True)[1:]
    except ValueError:
        words = line.split()[1:]
    command, context = tree()
    known = {*options_of(command), "-h", "--help"}
    while words and hasattr(command, "list_commands"):
        word, *rest = words
        option = options_of(command).get(word.partition("=")[0])
        if option is not None:
            words = rest if option.is_flag or "=" in word else rest[1:]
            continue
        names = command.list_commands(context)
        if missing := [each for each in re.split(r"[|/]", word) if each not in names and re.match(r"[a-z]", each)]:
            return f"no command {missing[0]!r}"
        if word not in names:
            return None  # a placeholder, or several commands at once
        command, words = command.get_command(context, word), rest
        known |= options_of(command).keys()
    for word in words:
        if word in _ENDS:
            break
        name = word.strip("[],.").partition("=")[0].partition("|")[0]
        if re.fullmatch(r"--?[a-zA-Z][\w-]*", name) and name not in known:
            return f"no option {name!r}"
    return None


def written(page: Path) -> Iterator[str]:
    for found in _WRITTEN.finditer(page.read_text(encoding="utf-8")):
        yield found[1] or found[2]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_commands_and_options_that_a_page_names_are_there(page: Path) -> None:
    assert {line: problem for line in written(page) if (problem := problem_of(line))} == {}


def test_requests_that_pages_name_are_there() -> None:
    shapes = {
        (method, re.sub(r"\{[^}]*\}", "{}", route.path))
        for router in (*API_ROUTERS, *ROOT_ROUTERS)
        for route in router.routes
        if isinstance(route, APIRoute)
        for method in route.methods
    }
    missing = {
        f"{page.relative_to(ROOT)}: {method} {path}"
        for page in PAGES
        if page.name != "new-tool.md"  # its requests are those of a made-up service
        for method, path in _REQUEST.findall(page.read_text(encoding="utf-8"))
        if not any(method == of and fits(below(path), below(shape)) for of, shape in shapes)
    }
    assert missing == set()


def below(path: str) -> str:
    """Return a path as it is below the API's own, which pages may leave away."""
    return path.removeprefix("/api/v1")


def fits(path: str, shape: str) -> bool:
    """Whether a path is one of a shape; ``...`` in it stands for any beginning, a name for any part."""
    parts, wanted = path.strip("/").split("/"), shape.strip("/").split("/")
    if parts[0] == "...":
        parts = parts[1:]
        wanted = wanted[-len(parts) :] if parts else []
    return len(parts) == len(wanted) and all(b in {"{}", a} for a, b in zip(parts, wanted, strict=True))


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("mw run sales.orders --only", None),
        ("mw -C folder env create box --sample 5", None),
        ("mw env make box", "no command 'make'"),
        ("mw run --whatever 2", "no option '--whatever'"),
        ("mw subscription list|show|erase", "no command 'erase'"),
        ("mw run --json > file --x", None),
    ],
)
def test_what_is_not_there_is_seen(line: str, problem: str | None) -> None:
    assert problem_of(line) == problem
