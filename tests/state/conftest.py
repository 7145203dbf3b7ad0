"""State databases for tests: a file and one in memory, both real SQLite."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from meshwright.state.database import open_state
from meshwright.state.protocol import State

FILE_URL = "sqlite:///.meshwright/state.db"


@pytest.fixture
def file_state(tmp_path: Path) -> Iterator[State]:
    state = open_state(FILE_URL, root=tmp_path)
    yield state
    state.close()


@pytest.fixture
def database_file(tmp_path: Path) -> Path:
    """Where `file_state` and others opened with FILE_URL in `tmp_path` put their file."""
    return tmp_path / ".meshwright" / "state.db"
