"""docs/how-to/through-a-server.md: which commands refuse a server, and why."""

from __future__ import annotations

import re

from meshwright.diagnostics.codes import is_known_code
from meshwright.faces.cli.remote_places import PLACES
from tests.docs.pages import ROOT

PAGE = (ROOT / "docs/how-to/through-a-server.md").read_text(encoding="utf-8")
ROW = re.compile(r"^\| (`[^|]+`) \| ([^|]+) \|$", re.MULTILINE)


def test_the_page_lists_what_works_where_the_mesh_lies_alone() -> None:
    _, _, section = PAGE.partition("### What works where the mesh lies alone")
    rows = ROW.findall(section.partition("\n### ")[0])
    told = {command: reason for commands, reason in rows for command in re.findall(r"`([^`]+)`", commands)}
    assert told == {command: reason for command, (reason, _) in PLACES.items()}


def test_codes_of_the_page_are_codes() -> None:
    codes = re.findall(r"\bMW-[A-Z]\d{3}\b", PAGE)
    assert len(codes) > 5
    assert all(map(is_known_code, codes))
