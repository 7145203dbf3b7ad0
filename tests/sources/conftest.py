"""Servers that sources are read from, each started for the first test that wants it."""

from __future__ import annotations

import resource
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy.dialects import registry

from meshwright.engines.duckdb.engine import DuckDBEngine
from meshwright.engines.protocol import Limits, Session
from tests.s3_server import s3_server
from tests.sources.bench import Bench
from tests.sources.webserver import Web, web_server

registry.register("otherdb.psycopg", "sqlalchemy.dialects.postgresql.psycopg", "PGDialect_psycopg")


@pytest.fixture(scope="session")
def web() -> Iterator[Web]:
    """A web server whose pages tests write."""
    with web_server() as served:
        yield served


@pytest.fixture(scope="session")
def s3_endpoint() -> Iterator[str]:
    """The address of an S3 server (moto) on loopback."""
    with s3_server() as address:
        yield address


@pytest.fixture(scope="session")
def session() -> Iterator[Session]:
    """An engine that builds what sources give."""
    with DuckDBEngine().open(Limits(threads=2)) as opened:
        yield opened


@pytest.fixture
def bench(tmp_path: Path, session: Session) -> Bench:
    """A mesh root with readers and an engine."""
    return Bench(tmp_path, session)


@pytest.fixture
def peak_bytes() -> Callable[[Callable[[], object]], int]:
    """Give a function that calls another and returns by how much the process grew at its peak."""

    def measure(call: Callable[[], object]) -> int:
        status, is_over, peak = Path("/proc/self/statm"), threading.Event(), [0]
        page = resource.getpagesize()

        def watch() -> None:
            while not is_over.wait(0.005):
                peak[0] = max(peak[0], int(status.read_text().split()[1]) * page)

        before = int(status.read_text().split()[1]) * page
        watcher = threading.Thread(target=watch)
        watcher.start()
        try:
            call()
        finally:
            is_over.set()
            watcher.join()
        return peak[0] - before

    return measure
