"""The process from which the processes of queries are forked, one for each; it ends those that take too long or too much.

It holds no data and an instance of DuckDB that never had any, has one thread, so that forking is safe, and an environment
without anything of the server's. Queries come as messages on a socket, with two descriptors each: the stream of the answer,
and a socket on which the end is told. When the latter closes nobody waits any more, and the query's process is killed. One
process is always made ahead.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import json
import os
import resource
import selectors
import shutil
import signal
import socket
import sys
import time
import warnings
from pathlib import Path
from typing import Any, NoReturn

from meshwright.engines.duckdb.consumers.process import answer, leave, open_before, prepare
from meshwright.engines.duckdb.consumers.values import ConsumerLimits
from meshwright.engines.duckdb.consumers.wire import BrokenTalk

_MESSAGE_BYTES = 1 << 12
#: How often the memory and the time of queries are looked at.
_LOOK_S = 0.05
#: Seconds that a query which was interrupted has to end before its process is.
_GRACE_S = 3.0
#: Queries give way to the server: what one caller asks of two processors is not what others wait for.
_NICE = 10
_PR_SET_PDEATHSIG = 1
_PR_SET_NO_NEW_PRIVS = 38
_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


class Child:
    """A query's process."""

    def __init__(self, pid: int, orders: socket.socket, spill: str) -> None:
        self.pid = pid
        #: On which it is given its query.
        self.orders = orders
        self.spill = spill
        #: Set with the query.
        self.control: socket.socket | None = None
        self.ends_at = 0.0
        self.killed_for: str | None = None

    def kill(self, why: str) -> None:
        """Kill the process."""
        self.killed_for = self.killed_for or why
        os.kill(self.pid, signal.SIGKILL)  # it is not reaped yet, so its number is nobody else's


class Warden:
    """The waiting process."""

    def __init__(self, queries: socket.socket, limits: ConsumerLimits, folder: str) -> None:
        self._queries = queries
        self._limits = limits
        self._folder = folder
        self._connection = open_before()
        self._children: dict[int, Child] = {}
        self._spare: Child | None = None
        #: Whether a process that was made ahead ended by itself: the next one would too, until a query says otherwise.
        self._is_failing = False
        self._selector = selectors.DefaultSelector()
        self._selector.register(queries, selectors.EVENT_READ)
        self._wakes, self._wake = socket.socketpair()
        for end in (self._wakes, self._wake):
            end.setblocking(False)
        self._selector.register(self._wakes, selectors.EVENT_READ)
        self._prctl = ctypes.CDLL(None, use_errno=True).prctl

    def serve(self) -> None:
        """Serve until the socket closes."""
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(self._wake.fileno(), warn_on_full_buffer=False)
        gc.freeze()
        while True:
            self._fork_ahead()
            is_watched = any(child.control is not None for child in self._children.values())
            for key, _ in self._selector.select(_LOOK_S if is_watched else None):
                if key.fileobj is self._queries:
                    if not self._take_query():
                        self._end()
                        return
                elif key.fileobj is self._wakes:
                    self._drain()
                else:
                    self._let_go(key.data)
            self._watch()
            self._reap()

    def _fork_ahead(self) -> None:
        """Make the next query's process, unless the last one that was made ahead ended before it had one."""
        if self._spare is None and not self._is_failing:
            self._spare = self._forked()

    def _take_query(self) -> bool:
        """Hand the next query to the process that waits for one; whether the socket is still open."""
        try:
            message, descriptors, _, _ = socket.recv_fds(self._queries, _MESSAGE_BYTES, 2)
        except OSError:
            return False
        if not message:
            return False
        channel, control = descriptors
        child = self._given_to(channel)
        os.close(channel)
        child.control = socket.socket(fileno=control)
        child.ends_at = time.monotonic() + self._limits.seconds + _GRACE_S
        self._selector.register(child.control, selectors.EVENT_READ, child)
        return True

    def _given_to(self, channel: int) -> Child:
        """Give the stream to the process that was made ahead or, where that is gone, to a new one."""
        ready, self._spare = self._spare, None
        self._is_failing = False
        if ready is not None:
            with contextlib.suppress(OSError):  # somebody killed it
                socket.send_fds(ready.orders, [b"q"], [channel])
                return ready
        child = self._forked()
        with contextlib.suppress(OSError):  # killed at once, which its end tells
            socket.send_fds(child.orders, [b"q"], [channel])
        return child

    def _forked(self) -> Child:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        pid = os.fork()
        if pid == 0:
            self._become(theirs, ours)
        theirs.close()
        child = self._children[pid] = Child(pid, ours, self._spill(pid))
        return child

    def _spill(self, pid: int) -> str:
        return f"{self._folder}/query-{pid}"

    def _become(self, orders: socket.socket, ours: socket.socket) -> NoReturn:
        """Turn this fork into a query's process; never returns."""
        status = 70
        try:
            parent = os.getppid()
            os.setsid()
            self._prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
            self._prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
            if os.getppid() != parent:
                leave(70)
            signal.set_wakeup_fd(-1)
            for number in (signal.SIGCHLD, signal.SIGINT, signal.SIGTERM, signal.SIGPIPE):
                signal.signal(number, signal.SIG_DFL)
            ours.close()
            for other in self._children.values():
                other.orders.close()
                if other.control is not None:
                    other.control.close()
            for end in (self._queries, self._wakes, self._wake):
                end.close()
            self._selector.close()
            prepare(self._connection, self._limits, self._spill(os.getpid()))
            message, descriptors, _, _ = socket.recv_fds(orders, 16, 1)
            orders.close()
            if message:
                answer(self._connection, socket.socket(fileno=descriptors[0]), self._limits)
            status = 0
        except (BrokenTalk, OSError):
            status = 0  # nobody waits for the answer any more
        except MemoryError:
            status = 71
        except BaseException as error:  # noqa: BLE001  the end of the process: nobody is left to tell but the log
            os.write(2, f"a query's process failed: {type(error).__name__}: {error}\n".encode())
        finally:
            leave(status)

    def _let_go(self, child: Child) -> None:
        """Kill a query that nobody waits for any more."""
        if child.control is not None:
            self._selector.unregister(child.control)
            child.kill("left")

    def _drain(self) -> None:
        try:
            while self._wakes.recv(4096):
                pass
        except BlockingIOError:
            return

    def _watch(self) -> None:
        """Kill what takes longer or has more memory than it may."""
        most = self._limits.memory_bytes * 3 // 2
        for child in self._children.values():
            if child.control is None or child.killed_for is not None:
                continue
            if time.monotonic() > child.ends_at:
                child.kill("time")
            elif _resident_bytes(child.pid) > most:
                child.kill("memory")

    def _reap(self) -> None:
        """Tell the end of each process that has ended, and remove what it spilled."""
        while self._children:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            child = self._children.pop(pid)
            if child is self._spare:
                self._spare, self._is_failing = None, True
            child.orders.close()
            shutil.rmtree(child.spill, ignore_errors=True)
            if child.control is not None:
                self._tell_end(child, status)

    def _tell_end(self, child: Child, status: int) -> None:
        assert child.control is not None
        with contextlib.suppress(KeyError):  # nobody waits for it any more
            self._selector.unregister(child.control)
        with contextlib.suppress(OSError):  # the server's thread is gone
            child.control.send(json.dumps({"killed_for": child.killed_for, "status": status}).encode())
        child.control.close()

    def _end(self) -> None:
        for child in self._children.values():
            child.kill("end")
            shutil.rmtree(child.spill, ignore_errors=True)


def _resident_bytes(pid: int) -> int:
    """Return the memory of a process, without what it shares with this one or with files."""
    try:
        words = Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()
        return (int(words[1]) - int(words[2])) * _PAGE_BYTES
    except (OSError, IndexError, ValueError):
        return 0  # it ended, which is told by itself


def main(descriptor: int, limits: dict[str, Any], folder: str) -> None:
    """Serve on the inherited socket."""
    warnings.simplefilter("ignore")
    import pyarrow as pa  # noqa: F401  for the forks
    import sqlglot  # noqa: F401  the same

    from meshwright.sql.asked import read_asked

    read_asked("select 1")  # what the parser makes at its first use
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.nice(_NICE)
    queries = socket.socket(fileno=descriptor)
    queries.send(b"ready")
    try:
        Warden(queries, ConsumerLimits(**limits), folder).serve()
    finally:
        sys.stderr.flush()
        leave(0)
