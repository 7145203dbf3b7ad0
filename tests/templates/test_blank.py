"""The smallest template runs at once, with plain DuckDB and without any file."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

from . import plain_duckdb as plain

BLANK = Path(str(resources.files("meshwright.templates"))) / "blank"


def test_the_blank_mesh_builds_without_any_data(tmp_path: Path) -> None:
    connection = plain.build(BLANK, {}, tmp_path)
    assert plain.row_count(connection, "sales.orders", "from orders") == 3
    assert plain.row_count(connection, "sales.orders", "from by_customer") == 2
    connection.close()


def test_the_blank_mesh_reads_nothing_and_promises_nothing() -> None:
    assert plain.sources_of(BLANK) == {}
    assert not list(BLANK.rglob("*.odcs.yaml"))
    assert (BLANK / "gitignore").is_file()
    assert (BLANK / "README.md").is_file()
