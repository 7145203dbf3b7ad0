"""Work for a second processor: a copy of this process that answers with bytes, for pure computing alone.

The copy is made by forking, which costs a few milliseconds where starting anew costs a second, and is safe only in a
process of one thread. Where there are more, or one processor, or another system than Linux, there is no copy: the
caller does the work itself.
"""

from __future__ import annotations

import gc
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_THREADS = Path("/proc/self/task")


@contextmanager
def beside(work: Callable[[], bytes]) -> Iterator[Callable[[], bytes | None]]:
    """Yield the function that waits for the answer of `work`, which goes on beside this process in the meantime.

    The answer is None where there is no second process, or it failed. `work` must touch no file and no connection.
    """
    if not _can_fork():
        yield lambda: None
        return
    reading, writing = os.pipe()
    process = os.fork()
    if process == 0:
        _answer(work, writing)
    os.close(writing)
    is_waited_for = False

    def answer() -> bytes | None:
        nonlocal is_waited_for
        with open(reading, "rb", closefd=False) as stream:
            data = stream.read()
        _, status = os.waitpid(process, 0)
        is_waited_for = True
        return data if status == 0 else None

    try:
        yield answer
    finally:
        os.close(reading)
        if not is_waited_for:
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
            os.waitpid(process, 0)


def _can_fork() -> bool:
    try:
        return len(os.sched_getaffinity(0)) > 1 and len(tuple(_THREADS.iterdir())) == 1
    except (AttributeError, OSError):
        return False


def _answer(work: Callable[[], bytes], writing: int) -> None:
    """Be the second process: answer, and end without ado, since all that is open belongs to the first."""
    status = 1
    try:
        gc.freeze()  # what the first process made is not looked through, and so stays one copy in memory
        data = work()
        with open(writing, "wb") as stream:
            stream.write(data)
        status = 0
    except BaseException:  # noqa: BLE001, S110  the first process does the work itself, and meets what there was
        pass
    finally:
        os._exit(status)
