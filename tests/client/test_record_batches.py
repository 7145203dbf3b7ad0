"""Arrow streams are read batch by batch, however they are cut on their way."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator

import httpx
import pyarrow as pa
import pytest

from meshwright.client import Client, UnexpectedAnswer
from meshwright.client.record_batches import BatchReader, batches_of, batches_of_async
from tests.client.test_client import client_of
from tests.http.conftest import mold, root, shop  # noqa: F401 - fixtures
from tests.http.serving import Served


def stream_of(table: pa.Table, rows: int) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table, max_chunksize=rows)
    return bytes(sink.getvalue())


TABLE = pa.table(
    {
        "n": list(range(10)),
        "text": [None if n == 3 else "x" * n for n in range(10)],
        "kind": pa.array(["a", "b"] * 5).dictionary_encode(),
    }
)


@pytest.mark.parametrize("size", [1, 7, 64, 100_000])
def test_batches_are_those_that_were_written(size: int) -> None:
    data, reader = stream_of(TABLE, 3), BatchReader()
    found = [batch for at in range(0, len(data), size) for batch in reader.take(data[at : at + size])]
    assert [batch.num_rows for batch in found] == [3, 3, 3, 1]
    assert pa.Table.from_batches(found).to_pylist() == TABLE.to_pylist()
    assert reader.is_over


def test_a_batch_is_there_before_the_next_one_is_read() -> None:
    """So that no more than one is in memory."""
    data, taken = stream_of(TABLE, 5), []

    def pieces() -> Iterator[bytes]:
        for at in range(0, len(data), 50):
            taken.append(at)
            yield data[at : at + 50]

    answer = httpx.Response(200, content=pieces(), request=httpx.Request("GET", "http://here/x"))
    batches = batches_of(answer)
    assert next(batches).num_rows == 5
    assert len(taken) * 50 < len(data) - 100
    assert [batch.num_rows for batch in batches] == [5]


@pytest.mark.parametrize(
    ("data", "told"), [(b"no Arrow at all", "no Arrow stream"), (stream_of(TABLE, 5)[:-8], "breaks off")]
)
def test_what_is_no_whole_stream_is_refused(data: bytes, told: str) -> None:
    def answer(content: bytes | AsyncIterator[bytes]) -> httpx.Response:
        return httpx.Response(200, content=content, request=httpx.Request("GET", "http://here/x"))

    async def piece() -> AsyncIterator[bytes]:
        yield data

    async def awaited() -> None:
        async for _ in batches_of_async(answer(piece())):
            pass

    with pytest.raises(UnexpectedAnswer, match=told):
        list(batches_of(answer(data)))
    with pytest.raises(UnexpectedAnswer, match=told):
        asyncio.run(awaited())


def test_rows_come_as_batches(shop: Served) -> None:  # noqa: F811
    with client_of(shop) as client:
        assert isinstance(client, Client)
        found = list(client.data.read_port_batches("sales.orders", "orders", columns="order_id", limit=3))
        assert pa.Table.from_batches(found).num_rows == 3
        assert [batch.num_rows for batch in client.data.query_batches(sql="select 1 as one")] == [1]
