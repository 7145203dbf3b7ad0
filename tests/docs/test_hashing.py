"""`hashing.md` names the recipes of the code, and no other; `guarantees.md` has the classes of versions."""

from __future__ import annotations

import ast
import functools
from collections.abc import Iterator
from pathlib import Path

import pytest

from meshwright.model import Depends, VersionClass
from tests.docs.pages import ROOT, page, sections, tables, ticked


def _tags(root: Path) -> Iterator[tuple[str, str]]:
    """Yield package and tag of every call of `identity` with a tag as it stands in the code."""
    for path in sorted(root.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name) or node.func.id != "identity":
                continue
            tag = node.args[0]
            if isinstance(tag, ast.Constant) and isinstance(tag.value, str):
                yield path.relative_to(root).parts[0], tag.value


@functools.cache
def tags() -> dict[str, str]:
    """Return tag -> package. Not when the module is imported: every worker would parse the whole code to collect tests."""
    return {tag: package for package, tag in _tags(ROOT / "src" / "meshwright")}


def _told() -> set[str]:
    rows = [row for header, found in tables(page("hashing.md")) if header[1:2] == ["tag"] for row in found]
    return {name for row in rows for name in ticked(row[1])}


#: Name nothing that is kept: a view's schema inside one file, and rules that are alike.
_INNER = {"mwviewkey1", "mwtwin1"}


@pytest.mark.parametrize("package", ["model", "plan", "run", "sql"])
def test_every_recipe_of_what_is_planned_and_built_is_told(package: str) -> None:
    assert {tag for tag, home in tags().items() if home == package} - _INNER - _told() == set()


def test_no_recipe_is_told_that_the_code_does_not_have() -> None:
    """Some tags are chosen before they are given to `identity`: they need only stand in the code."""
    code = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "src").rglob("*.py"))
    assert [tag for tag in sorted(_told()) if f'"{tag}"' not in code] == []


def test_recipes_of_parts_are_told() -> None:
    assert {"mwpart1", "mwpage1", "mwmanifest1", "mwstateful1", "mwappended1"} <= tags().keys() & _told()


def test_what_each_class_promises_is_told() -> None:
    text = (ROOT / "docs" / "explanation" / "guarantees.md").read_text(encoding="utf-8")
    [(_, rows)] = tables(sections(text)["Versions in parts"])
    assert [ticked(row[0]) for row in rows] == [{each.value} for each in VersionClass]
    assert {each.value for each in Depends} <= ticked(sections(text)["Versions in parts"])
