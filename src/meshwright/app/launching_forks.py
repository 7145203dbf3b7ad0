"""The launcher's own process: waits with everything imported, and forks a process for each run that it is handed.

It has one thread and no connection, file or lock of anybody's, so that forking is safe: a child begins as a command would
that was just started, only 0.3 s later. `app.launching` is its other end. When the socket closes, because whoever started it
is gone, it ends; the runs go on.
"""

from __future__ import annotations

import gc
import json
import os
import select
import signal
import socket
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, NoReturn  # a message, as JSON knows it

#: A message with its words fits; more is started in the plain way.
MESSAGE_BYTES = 1 << 17
#: Descriptors that come with a message: where the run's standard output and standard error go.
_DESCRIPTORS = 2
#: What stands in `ps` and `top`; the kernel keeps 15 characters.
_NAME_LENGTH = 15
#: Status of a child that ended by an error nothing else told of, as Python's own.
_BROKEN = 70

Command = Callable[[Sequence[str]], int]


def serve_forks(descriptor: int, command: Command) -> None:
    """Serve on an inherited socket until it closes: fork, and do `command` in the child. Everything is imported by now."""
    channel = socket.socket(fileno=descriptor)
    wakes, wake = socket.socketpair()
    for end in (wakes, wake):
        end.setblocking(False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(wake.fileno(), warn_on_full_buffer=False)
    # What is there now is shared with every child for as long as neither touches it: the collector would touch all of it.
    gc.collect()
    gc.freeze()
    _tell(channel, {"ready": True})
    numbers: dict[int, int] = {}
    waiting = select.poll()
    waiting.register(channel, select.POLLIN)
    waiting.register(wakes, select.POLLIN)
    while True:
        for ready, _ in waiting.poll():
            if ready == channel.fileno():
                taken = _take(channel)
                if taken is None:
                    return
                order, descriptors = taken
                pid = os.fork()
                if pid == 0:
                    _become_run(order, descriptors, (channel, wakes, wake), command)
                for each in descriptors:
                    os.close(each)
                numbers[pid] = order["number"]
                _tell(channel, {"number": order["number"], "pid": pid})
            else:
                with suppress(BlockingIOError):
                    wakes.recv(4096)
        for pid, status in _ended():
            _tell(channel, {"number": numbers.pop(pid, 0), "status": status})


def threads() -> int:
    """Return how many threads this process has, those of libraries among them."""
    return sum(1 for _ in Path("/proc/self/task").iterdir())


def _take(channel: socket.socket) -> tuple[dict[str, Any], list[int]] | None:
    """Return the next order with its descriptors; None where whoever orders is gone."""
    try:
        message, descriptors, _, _ = socket.recv_fds(channel, MESSAGE_BYTES, _DESCRIPTORS)
    except OSError:
        return None
    if not message:
        return None
    order: dict[str, Any] = json.loads(message)
    return order, descriptors


def _ended() -> list[tuple[int, int]]:
    """Return the processes that have ended, with their statuses: negative for a signal."""
    found: list[tuple[int, int]] = []
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return found
        if pid == 0:
            return found
        found.append((pid, os.waitstatus_to_exitcode(status)))


def _become_run(
    order: Mapping[str, Any], descriptors: Sequence[int], others: Sequence[socket.socket], command: Command
) -> NoReturn:
    """Turn this fork into a session of its own that carries out one command; never returns."""
    status = _BROKEN
    try:
        signal.set_wakeup_fd(-1)
        for number, handler in (
            (signal.SIGCHLD, signal.SIG_DFL),
            (signal.SIGTERM, signal.SIG_DFL),
            (signal.SIGINT, signal.default_int_handler),
        ):
            signal.signal(number, handler)
        # What stops a worker, or the launcher, does not stop the runs.
        os.setsid()
        for each in others:
            each.close()
        nothing = os.open(os.devnull, os.O_RDONLY)
        for target, source in enumerate((nothing, *descriptors)):
            os.dup2(source, target)
        # Nothing that was open in the launcher is open here, whatever a library may have kept.
        os.closerange(3, os.sysconf("SC_OPEN_MAX"))
        os.chdir(order["folder"])
        os.environ.update(order["variables"])
        _name_process(order["name"])
        status = command(order["words"])
        for thread in threading.enumerate():
            if thread is not threading.current_thread() and not thread.daemon:
                thread.join()
    except SystemExit as ended:
        status = ended.code if isinstance(ended.code, int) else _BROKEN
    except BaseException as error:  # noqa: BLE001 - the end of the process: nobody is left to tell but its standard error
        os.write(2, f"the run's process failed: {type(error).__name__}: {error}\n".encode(errors="backslashreplace"))
    finally:
        for stream in (sys.stdout, sys.stderr):
            with suppress(OSError, ValueError):
                stream.flush()
        os._exit(status)


def _name_process(name: str) -> None:
    with suppress(OSError):  # a name is for people alone
        Path("/proc/self/comm").write_text(name[:_NAME_LENGTH], encoding="ascii", errors="replace")


def _tell(channel: socket.socket, message: Mapping[str, object]) -> None:
    with suppress(OSError):  # who would be told is gone: the next look at the socket says so
        channel.send(json.dumps(message).encode())
