"""What tests of several folders share."""

from __future__ import annotations

import gc
import os
import re
from collections.abc import Generator, Iterator

import pytest
from hypothesis import HealthCheck, settings

from tests.postgres import Server, running_server

# A change is judged by the same examples every time, on a machine of whatever speed; `make random` looks for new ones.
_UNTIMED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("fixed", _UNTIMED, derandomize=True)
settings.register_profile("random", _UNTIMED, print_blob=True)
settings.load_profile("fixed")


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """A PostgreSQL server, started for the first test that wants one and stopped after the last."""
    with running_server() as server:
        yield server


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--tools", action="store_true", help="also run the tests that install and start foreign tools")


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Collect fourteen thousand tests without looking for cycles among them, then or ever: it takes a third of the time."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out tests marked `tools`, unless they are asked for: `--tools`, `MESHWRIGHT_TEST_TOOLS=1`, or `-m` naming them.

    Not by `-m` in addopts: another `-m` on the command line (`-m 'not slow'`) would replace that one.
    """
    is_named = re.search(r"\btools\b", config.getoption("markexpr", "") or "")
    if is_named or config.getoption("tools") or os.environ.get("MESHWRIGHT_TEST_TOOLS") == "1":
        return
    left_out = [item for item in items if item.get_closest_marker("tools")]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if not item.get_closest_marker("tools")]
