"""The page on compatibility names every kind of change that the code knows, and no other."""

from __future__ import annotations

import re

from tests.docs.pages import ROOT, sections, tables, ticked

PAGE = (ROOT / "docs" / "explanation" / "compatibility.md").read_text(encoding="utf-8")
_KIND = re.compile(r'"((?:dataset|port|column|columns|type|logical_type|property|required|unique|primary_key|enum|options'
                   r'|classification|quality|sla|status|storage|node_kind|parameter|definition|words)_[a-z]+|other)"')  # fmt: skip


def _documented() -> set[str]:
    found: set[str] = set()
    for name in ("Datasets", "Ports"):
        for header, rows in tables(sections(PAGE)[name]):
            if header[0] == "kind":
                found |= {kind for row in rows for kind in ticked(row[0])}
    return found


def test_every_kind_of_change_is_described() -> None:
    folder = ROOT / "src/meshwright/plan/compatibility"
    in_code = {kind for file in folder.glob("*.py") for kind in _KIND.findall(file.read_text(encoding="utf-8"))}
    # Two kinds of a status are put together from the status itself.
    in_code |= {"status_deprecated", "status_retired"}
    assert _documented() == in_code


def test_every_level_is_described() -> None:
    header, rows = next(iter(tables(PAGE)))
    assert header[0] == "level"
    assert [row[0] for row in rows] == ["`none`", "`patch`", "`minor`", "`major`"]
