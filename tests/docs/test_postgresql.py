"""The how-to on PostgreSQL works as written, with a server of the test's own in the place of the one it names."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.docs import test_tutorial
from tests.postgres import Server

ADDRESS = "postgresql+psycopg://mesh@db.example.org/mesh"


@pytest.mark.slow
def test_the_how_to_on_postgresql_works_as_written(tmp_path: Path, postgres: Server) -> None:
    text = (test_tutorial.DOCS / "how-to" / "postgresql.md").read_text(encoding="utf-8")
    page = tmp_path / "postgresql.md"
    page.write_text(text.replace(ADDRESS, postgres.url(postgres.new_schema())), encoding="utf-8")
    folder = tmp_path / "work"
    folder.mkdir()
    test_tutorial.test_the_page_works_as_written(page, folder)
