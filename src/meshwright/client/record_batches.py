"""Arrow streams as record batches while they come: no more of one is in memory than a batch and what was read last.

pyarrow reads streams from files that wait; an awaited answer is none. So messages are cut here (Arrow's columnar format, "IPC
streaming format": a marker, the length of the metadata, the metadata, the body) and each is handed to pyarrow.
"""

from __future__ import annotations

import struct
from collections.abc import AsyncIterator, Iterator
from typing import TYPE_CHECKING

import httpx

from meshwright.client.problems import UnexpectedAnswer

if TYPE_CHECKING:
    import pyarrow as pa

_MARKER = b"\xff\xff\xff\xff"
_HEAD_BYTES = 8
_END = _MARKER + bytes(4)
#: `MessageHeader` of a schema, of a dictionary and of a record batch, in Arrow's `Message.fbs`.
_SCHEMA, _DICTIONARY, _BATCH = 1, 2, 3
#: Places of `header_type` and `bodyLength` among the fields of a message.
_TYPE_FIELD, _BODY_FIELD = 1, 3


class BatchReader:
    """Puts record batches together from bytes as they come."""

    def __init__(self) -> None:
        #: Whether the stream has told its end.
        self.is_over = False
        self._rest = bytearray()
        #: The schema, and the dictionaries so far: what a batch is read with.
        self._before = bytearray()

    def take(self, data: bytes) -> Iterator[pa.RecordBatch]:
        """Take what came, and yield the batches that are whole with it. Raises ValueError for what is no Arrow stream."""
        import pyarrow as pa  # asked for: nothing else of the client needs it

        self._rest += data
        while (found := self._message()) is not None:
            kind, message = found
            if kind == _BATCH:
                yield pa.ipc.open_stream(bytes(self._before) + message + _END).read_next_batch()
            elif kind in {_SCHEMA, _DICTIONARY}:
                self._before += message

    def _message(self) -> tuple[int, bytes] | None:
        """Cut off the next message, with its kind; None where it is not whole, and at the end."""
        if len(self._rest) < _HEAD_BYTES or self.is_over:
            return None
        if not self._rest.startswith(_MARKER):
            raise ValueError("this is no Arrow stream")
        if self._rest.startswith(_END):
            self.is_over = True
            return None
        end = _HEAD_BYTES + struct.unpack_from("<i", self._rest, 4)[0]
        if len(self._rest) < end:
            return None
        metadata = bytes(self._rest[_HEAD_BYTES:end])
        end += _field(metadata, _BODY_FIELD, "<q")
        if len(self._rest) < end:
            return None
        message = bytes(self._rest[:end])
        del self._rest[:end]
        return _field(metadata, _TYPE_FIELD, "<B"), message


def _field(metadata: bytes, place: int, form: str) -> int:
    """Return a scalar of a message's table (FlatBuffers: a table begins with the distance to where its fields are told)."""
    try:
        table = struct.unpack_from("<I", metadata, 0)[0]
        fields = table - struct.unpack_from("<i", metadata, table)[0]
        size = struct.unpack_from("<H", metadata, fields)[0]
        at = 4 + 2 * place
        offset = struct.unpack_from("<H", metadata, fields + at)[0] if at < size else 0
        return int(struct.unpack_from(form, metadata, table + offset)[0]) if offset else 0
    except struct.error:
        raise ValueError("this is no Arrow message") from None


def batches_of(answer: httpx.Response) -> Iterator[pa.RecordBatch]:
    """Yield the record batches of an answer as they come. Raises UnexpectedAnswer where it is no Arrow stream, or has no end."""
    reader = BatchReader()
    try:
        for data in answer.iter_bytes():
            yield from reader.take(data)
    except ValueError as error:
        raise _unexpected(answer, str(error)) from None
    if not reader.is_over:
        raise _unexpected(answer, "the Arrow stream breaks off")


async def batches_of_async(answer: httpx.Response) -> AsyncIterator[pa.RecordBatch]:
    """Yield the record batches of an answer as they come. Raises as `batches_of`."""
    reader = BatchReader()
    try:
        async for data in answer.aiter_bytes():
            for batch in reader.take(data):
                yield batch
    except ValueError as error:
        raise _unexpected(answer, str(error)) from None
    if not reader.is_over:
        raise _unexpected(answer, "the Arrow stream breaks off")


def _unexpected(answer: httpx.Response, told: str) -> UnexpectedAnswer:
    return UnexpectedAnswer(f"{answer.request.method} {answer.request.url}: {told}", answer)
