"""The page on selections says what the words name."""

from __future__ import annotations

from pathlib import Path

import pytest

from meshwright.app.init import init
from meshwright.app.opened import open_mesh
from meshwright.app.workspace import open_workspace
from meshwright.graph import select
from tests.docs.pages import page, tables, ticked

PAGE = page("selection.md")


@pytest.fixture(scope="module")
def aviation(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("selection") / "av"
    init(folder, "aviation")
    return folder


def test_the_examples_name_what_the_page_says(aviation: Path) -> None:
    (rows,) = [rows for header, rows in tables(PAGE) if header[0] == "selection"]
    with open_mesh(open_workspace(aviation), "prod") as opened:
        for word, named in rows:
            (selection,) = ticked(word)
            assert select(opened.graph, opened.mesh, selection) == ticked(named), selection
        words = {
            word for header, rows in tables(PAGE) if header[0] == "word" for row in rows for word in ticked(row[2])
        }
        assert len(words) > 6
        for word in words:
            assert select(opened.graph, opened.mesh, word, changed=frozenset()) or word == "changed"
