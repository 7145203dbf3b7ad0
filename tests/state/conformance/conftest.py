"""Every implementation of the state runs these tests; they know only the protocols."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from meshwright.state.database import open_state
from meshwright.state.protocol import State
from tests.postgres import Server

URLS = {"sqlite-file": "sqlite:///state.db", "sqlite-memory": "sqlite://", "postgresql": ""}


@pytest.fixture(params=URLS)
def state(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[State]:
    url = URLS[request.param]
    if not url:
        server: Server = request.getfixturevalue("postgres")
        url = server.url(server.new_schema())
    opened = open_state(url, root=tmp_path)
    yield opened
    opened.close()
