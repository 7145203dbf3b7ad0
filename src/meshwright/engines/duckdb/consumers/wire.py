"""What the server and a query's process tell each other: frames on a stream, each a kind, a length and a body.

The server's are pickled values, which the process trusts; the process's are JSON and Arrow, which the server does not.
"""

from __future__ import annotations

import enum
import io
import json
import pickle
import socket
import struct
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any  # as pickle has it

from meshwright.engines.duckdb.apartserve import read_only

_HEAD = struct.Struct(">BI")
#: Most bytes of one frame: a batch is cut into frames of a few megabytes, and a row that is larger is refused.
MOST_BYTES = 64 << 20
#: A larger batch is sent in two.
BATCH_BYTES = 4 << 20


class Frame(enum.IntEnum):
    """Kinds of frames."""

    #: The server's: a pickled value.
    VALUE = 1
    #: The process's: a JSON object.
    SAID = 2
    #: The process's: an Arrow schema, then record batches.
    SCHEMA = 3
    BATCH = 4


class BrokenTalk(Exception):
    """The other end is gone, or says what it must not."""


def send(channel: socket.socket, kind: Frame, body: bytes | memoryview) -> None:
    """Send one frame. Raises OSError."""
    channel.sendall(_HEAD.pack(kind, len(body)))
    channel.sendall(body)


def receive(channel: socket.socket) -> tuple[Frame, bytearray]:
    """Receive one frame. Raises BrokenTalk, OSError (with a time limit of the channel, TimeoutError)."""
    kind, length = _HEAD.unpack(_exactly(channel, _HEAD.size))
    if kind not in Frame._value2member_map_ or length > MOST_BYTES:
        raise BrokenTalk("a frame of a kind or length that none has")
    return Frame(kind), _exactly(channel, length)


def _exactly(channel: socket.socket, length: int) -> bytearray:
    body = bytearray(length)
    view, got = memoryview(body), 0
    while got < length:
        count = channel.recv_into(view[got:])
        if count == 0:
            raise BrokenTalk("the other end is gone")
        got += count
    return body


def say(channel: socket.socket, said: Mapping[str, object]) -> None:
    """Tell the server something."""
    send(channel, Frame.SAID, json.dumps(said).encode())


def tell(channel: socket.socket, value: object) -> None:
    """Give the process a value."""
    body = io.BytesIO()
    _Pickler(body).dump(value)
    send(channel, Frame.VALUE, body.getbuffer())


def told(channel: socket.socket) -> object:
    """Take a value from the server. Raises BrokenTalk, OSError."""
    kind, body = receive(channel)
    if kind is not Frame.VALUE:
        raise BrokenTalk("no value")
    return pickle.loads(body)  # noqa: S301  it comes from the process that started this one


class _Pickler(pickle.Pickler):
    """Pickles read-only maps, which records hold, as what they show."""

    def reducer_override(self, value: object) -> Any:
        """Return how a value is made again."""
        return (read_only, (dict(value),)) if isinstance(value, MappingProxyType) else NotImplemented
