"""Rows by URL over real sockets: clients that are slow, that leave, that are too many; answers that break off; foreign readers."""

from __future__ import annotations

import csv
import http.client
import io
import json
import shutil
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb
import polars
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import uvicorn
from fastapi import FastAPI

from meshwright.app.data_readers import DataLimits, DataReaders
from meshwright.app.serving import open_server
from meshwright.faces.http.application import new_application
from meshwright.faces.http.protocol import BoundedProtocol
from meshwright.faces.http.rows import _parts, _Reading
from tests.http.conftest import LARGE_ROWS as ROWS
from tests.http.serving import serving, token

DATA = "/api/v1/products/sales.orders/ports/orders/data"


@pytest.fixture(scope="module")
def root(large: Path) -> Path:
    """A port with many rows, published."""
    return large


@dataclass(kw_only=True)
class Running:
    """The application on a socket, in a thread of this process."""

    application: FastAPI
    data: DataReaders
    port: int
    token: str

    def connect(self, query: str) -> http.client.HTTPConnection:
        """Send a request; a small receive buffer makes the server wait soon."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        connection.sock = socket.socket()
        connection.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65_536)
        connection.sock.settimeout(120)
        connection.sock.connect(("127.0.0.1", self.port))
        connection.request("GET", f"{DATA}?{query}", headers={"Authorization": f"Bearer {self.token}"})
        return connection

    @property
    def open_answers(self) -> int:
        """How many answers hold a reader now."""
        return int(self.application.state.data_room.answers)


@contextmanager
def running(root: Path, limits: DataLimits) -> Iterator[Running]:
    with open_server(root) as server, closing(DataReaders(limits)) as data:
        application = new_application(replace(server, data=data))
        config = uvicorn.Config(
            application, http=BoundedProtocol, ws="none", lifespan="off", log_config=None, access_log=False, port=0
        )
        serving_ = uvicorn.Server(config)
        listening = socket.create_server(("127.0.0.1", 0))
        thread = threading.Thread(target=serving_.run, args=([listening],))
        thread.start()
        try:
            yield Running(
                application=application, data=data, port=listening.getsockname()[1], token=token(root, "viewer")
            )
        finally:
            serving_.should_exit = True
            thread.join(timeout=120)
            listening.close()


def until(is_so: Callable[[], bool]) -> None:
    """Wait until something is so, for as long as it takes on a slow machine."""
    end = time.monotonic() + 120
    while not is_so():
        assert time.monotonic() < end
        time.sleep(0.02)


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Sizes of the pieces that were made."""
    sizes: list[int] = []
    piece = _Reading.piece

    def counted(self: _Reading) -> bytes | None:
        found = piece(self)
        sizes.append(len(found or b""))
        return found

    monkeypatch.setattr(_Reading, "piece", counted)
    return sizes


@pytest.mark.slow
@pytest.mark.parametrize("form", ["arrow", "csv"])
def test_no_more_is_made_than_a_slow_client_takes(root: Path, made: list[int], form: str) -> None:
    with running(root, DataLimits()) as server:
        with closing(server.connect(f"format={form}")) as connection:
            answer = connection.getresponse()
            first = answer.read(1000)
            until(lambda: len(made) > 1)
            before = -1
            while len(made) != before:  # until the sockets are full
                before = len(made)
                time.sleep(1)
            assert sum(made) < 20_000_000
            rest = answer.read()
        body = first + rest
        assert sum(made) == len(body) > 40_000_000
        if form == "arrow":
            assert pa.ipc.open_stream(body).read_all().num_rows == ROWS
        else:
            assert body.count(b"\n") == ROWS + 1
        until(lambda: server.open_answers == 0)


def test_a_client_that_leaves_takes_nothing_with_it(root: Path) -> None:
    with running(root, DataLimits(readers=1, wait_s=60)) as server:
        for query in ("format=arrow", "format=json", "order=customer&format=csv"):
            connection = server.connect(query)
            until(lambda: server.open_answers == 1)
            connection.close()
            until(lambda: server.open_answers == 0)
        with closing(server.connect("limit=2&format=csv")) as connection:
            assert connection.getresponse().read().count(b"\n") == 3
        reader = next(iter(server.data._kept.values()))
        until(lambda: [kept._users for kept in reader._kept.values()] == [1])


def test_more_readers_than_there_is_room_for_are_told_to_come_again(root: Path) -> None:
    with running(root, DataLimits(readers=1, wait_s=0.3)) as server, closing(server.connect("format=arrow")) as first:
        answer = first.getresponse()
        with closing(server.connect("limit=1")) as second:
            refused = second.getresponse()
            assert (refused.status, refused.getheader("retry-after")) == (503, "5")
            assert json.loads(refused.read())["code"] == "MW-H112"
        assert pa.ipc.open_stream(answer.read()).read_all().num_rows == ROWS
        until(lambda: server.open_answers == 0)
        with closing(server.connect("limit=1")) as third:
            assert third.getresponse().status == 200


def test_an_answer_whose_time_is_over_is_cut_off_and_not_ended(root: Path) -> None:
    with running(root, DataLimits(answer_s=1.5)) as server:
        for form in ("arrow", "csv", "ndjson"):
            with closing(server.connect(f"format={form}")) as connection:
                answer = connection.getresponse()
                answer.read(100)
                until(lambda: server.open_answers == 0)
                with pytest.raises((http.client.IncompleteRead, ConnectionError)):
                    answer.read()


def test_rows_that_are_not_ready_in_time_are_a_problem(root: Path) -> None:
    with running(root, DataLimits(answer_s=0.0)) as server, closing(server.connect("order=customer")) as connection:
        answer = connection.getresponse()
        assert (answer.status, json.loads(answer.read())["code"]) == (504, "MW-H113")


def test_a_damaged_file_breaks_the_answer_visibly(
    root: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    copy = Path(shutil.copytree(root, tmp_path / "shop"))
    (file,) = (copy / ".meshwright/store/sales/orders/orders").rglob("*.parquet")
    file.chmod(0o644)
    groups = pq.ParquetFile(file).metadata
    column = groups.row_group(groups.num_row_groups - 1).column(1)
    with file.open("r+b") as damaged:
        damaged.seek(column.data_page_offset)
        damaged.write(b"\xff" * min(column.total_compressed_size, 50_000))
    with running(copy, DataLimits()) as server:
        for form in ("arrow", "csv", "json", "parquet"):
            with closing(server.connect(f"format={form}")) as connection:
                answer = connection.getresponse()
                assert answer.status == 200
                with pytest.raises((http.client.IncompleteRead, ConnectionError)):
                    answer.read()
        with closing(server.connect("limit=10")) as connection:  # and others are answered
            assert connection.getresponse().status == 200
    said = capfd.readouterr().err
    assert said.count("were cut off: MW-E203") == 4
    assert "crash report" not in said


def test_ordering_more_than_memory_holds_gives_every_row(root: Path) -> None:
    limits = DataLimits(memory_bytes=100_000_000)
    with running(root, limits) as server, closing(server.connect("format=arrow&order=customer%20desc")) as connection:
        answer = connection.getresponse()
        assert answer.status == 200, answer.read()
        found = pa.ipc.open_stream(answer).read_all()
        assert found.num_rows == ROWS
        names = found.column("customer").to_pylist()
        assert names == sorted(names, reverse=True)


@pytest.mark.slow
def test_readers_of_others_read_what_the_server_sends(root: Path, tmp_path: Path) -> None:
    with serving(root, folder=tmp_path) as server, server.client("viewer") as client:
        asked = {"filter": "order_id < 1000 or order_id >= 599000", "order": "order_id"}
        with client.stream("GET", DATA, params={**asked, "format": "arrow"}) as answer:
            by_url = pa.ipc.open_stream(io.BytesIO(answer.read())).read_all()
        file = tmp_path / "rows.parquet"
        file.write_bytes(client.get(DATA, params={**asked, "format": "parquet"}).content)
        text = client.get(DATA, params={**asked, "format": "csv"}).text
        by_duckdb = duckdb.sql(f"SELECT count(*), sum(order_id), max(placed) FROM '{file}'").fetchall()
        by_arrow = duckdb.sql("SELECT count(*), sum(order_id), max(placed) FROM by_url").fetchall()
        by_csv = duckdb.read_csv(io.StringIO(text)).aggregate("count(*), sum(order_id), max(placed)").fetchall()
        assert by_duckdb == by_arrow == by_csv
        assert pq.read_table(file).equals(by_url)
        assert polars.read_parquet(file).equals(polars.from_arrow(by_url))
        assert polars.read_csv(io.StringIO(text)).height == by_url.num_rows == 2000
        rows = list(csv.DictReader(io.StringIO(text)))
        assert [int(row["order_id"]) for row in rows] == by_url.column("order_id").to_pylist()
        lines = client.get(DATA, params={**asked, "format": "ndjson"}).text.splitlines()
        assert [json.loads(line)["customer"] for line in lines] == by_url.column("customer").to_pylist()
        assert server.stop() == 0
    assert not list((root / ".meshwright").glob("spill-data*"))


@pytest.mark.parametrize("size", [0, 1, 196_607, 196_608, 196_609, 1_000_000])
def test_a_piece_is_sent_in_parts_that_are_the_piece(size: int) -> None:
    piece = bytes(number % 251 for number in range(size))
    parts = list(_parts(memoryview(piece)))
    assert b"".join(parts) == piece
    assert all(0 < len(part) <= 196_608 for part in parts)
