"""Every implementation of the state runs these tests; they know only the protocols."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from meshwright.state.database import open_state
from meshwright.state.protocol import State

URLS = {"sqlite-file": "sqlite:///state.db", "sqlite-memory": "sqlite://"}


@pytest.fixture(params=URLS)
def state(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[State]:
    opened = open_state(URLS[request.param], root=tmp_path)
    yield opened
    opened.close()
