"""State databases for tests: real ones, in files and on a server."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from meshwright.state.database import open_state
from meshwright.state.protocol import State
from tests.postgres import Server

FILE_URL = "sqlite:///.meshwright/state.db"


@pytest.fixture(params=["sqlite", "postgresql"])
def shared_url(request: pytest.FixtureRequest) -> str:
    """Address of an empty database that several processes can use, a file in `tmp_path` or a server's."""
    if request.param == "sqlite":
        return "sqlite:///state.db"
    server: Server = request.getfixturevalue("postgres")
    return server.url(server.new_schema())


@pytest.fixture
def file_state(tmp_path: Path) -> Iterator[State]:
    state = open_state(FILE_URL, root=tmp_path)
    yield state
    state.close()


@pytest.fixture
def database_file(tmp_path: Path) -> Path:
    """Where `file_state` and others opened with FILE_URL in `tmp_path` put their file."""
    return tmp_path / ".meshwright" / "state.db"
