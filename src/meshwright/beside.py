"""Work for a second processor: a copy of this process that computes along, and is talked to in bytes.

The copy is made by forking, which costs a few milliseconds where starting anew costs a second, and is safe only in a
process of one thread. Where there are more, or one processor, or another system than Linux, there is no copy: the
caller does the work itself.
"""

from __future__ import annotations

import gc
import os
import signal
import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

_THREADS = Path("/proc/self/task")
_LENGTH = struct.Struct("<Q")


class Channel:
    """The way from one of two processes to the other. Whoever sends waits until the other one receives, or ends."""

    def __init__(self, reading: BinaryIO, writing: BinaryIO) -> None:
        self._reading = reading
        self._writing = writing

    def send(self, message: bytes) -> None:
        """Send a message. Raises OSError where the other process is gone."""
        self._writing.write(_LENGTH.pack(len(message)) + message)
        self._writing.flush()

    def receive(self) -> bytes:
        """Wait for a message and return it. Raises EOFError where the other process ended without, or amid it."""
        (length,) = _LENGTH.unpack(self._whole(_LENGTH.size))
        return self._whole(length)

    def _whole(self, length: int) -> bytes:
        data = self._reading.read(length)
        if len(data) < length:
            raise EOFError
        return data

    def close(self) -> None:
        """Let the other process find nobody here."""
        for stream in (self._reading, self._writing):
            with suppress(OSError):  # what was not sent is nobody's any more
                stream.close()


@contextmanager
def beside(work: Callable[[], bytes]) -> Iterator[Callable[[], bytes | None]]:
    """Yield the function that waits for the answer of `work`, which goes on beside this process in the meantime.

    The answer is None where there is no second process, or it failed. `work` must touch no file and no connection.
    """
    with partner(lambda channel: channel.send(work())) as channel:

        def answer() -> bytes | None:
            try:
                return channel.receive() if channel is not None else None
            except EOFError:
                return None

        yield answer


@contextmanager
def partner(work: Callable[[Channel], None]) -> Iterator[Channel | None]:
    """Yield the channel to a second process in which `work` goes on; None where there is none. It ends with the block.

    `work` is given its own end of the channel, and must touch no file and no connection that was open before.
    """
    if not _can_fork():
        yield None
        return
    from_other, to_us = os.pipe()
    from_us, to_other = os.pipe()
    process = os.fork()
    if process == 0:
        os.close(from_other)
        os.close(to_other)
        _work(work, from_us, to_us)
    os.close(from_us)
    os.close(to_us)
    channel = Channel(os.fdopen(from_other, "rb"), os.fdopen(to_other, "wb"))
    try:
        yield channel
    finally:
        channel.close()
        with suppress(ProcessLookupError):  # nobody waits for what it would say now
            os.kill(process, signal.SIGKILL)
        os.waitpid(process, 0)


def _can_fork() -> bool:
    try:
        return len(os.sched_getaffinity(0)) > 1 and len(tuple(_THREADS.iterdir())) == 1
    except (AttributeError, OSError):
        return False


def _work(work: Callable[[Channel], None], reading: int, writing: int) -> None:
    """Be the second process: work, and end without ado, since all else that is open belongs to the first."""
    try:
        gc.freeze()  # what the first process made is not looked through, and so stays one copy in memory
        work(Channel(os.fdopen(reading, "rb"), os.fdopen(writing, "wb")))
    except BaseException:  # noqa: BLE001, S110  the first process does the work itself, and meets what there was
        pass
    finally:
        os._exit(0)
