"""The thread of a worker that starts and follows the runs which were asked for by URL.

It asks the state ten times a second: one query that finds nothing takes a few tenths of a millisecond, on PostgreSQL too, and
needs no connection that is held open for notices (docs/adr/0040). A server on the same host wakes it at once.
"""

from __future__ import annotations

import json
import select
import socket
import threading
from contextlib import suppress
from types import TracebackType

from meshwright.app.launching import Launcher
from meshwright.app.requested_runs_work import RequestedRuns
from meshwright.diagnostics import MeshwrightError, WorldError

_POLL_S = 0.1
#: A state that cannot be reached is tried again after so long.
_TROUBLE_S = 5.0
_MESSAGE_BYTES = 4096


class RequestsThread:
    """Runs while its block does. What it cannot go on with ends the worker, and is raised at the end of the block."""

    def __init__(
        self, runs: RequestedRuns, stop: threading.Event, server: int | None, launcher: Launcher | None
    ) -> None:
        self._runs = runs
        self._stop = stop
        self._launcher = launcher
        #: Where the server that started the worker says that there is something to do.
        self._channel = None if server is None else socket.socket(fileno=server)
        self._is_over = threading.Event()
        self._idle = threading.Event()
        self._broken: BaseException | None = None
        self._told: str = ""
        self._trouble = ""
        self._thread = threading.Thread(target=self._run, name="requested runs")

    @property
    def is_idle(self) -> bool:
        """Whether nothing was open when it looked last."""
        return self._idle.is_set()

    def await_idle(self) -> None:
        """Wait until nothing is open, or the worker is asked to stop."""
        while not (self._idle.is_set() or self._stop.is_set()):
            self._idle.wait(_POLL_S)

    def __enter__(self) -> RequestsThread:
        """Begin."""
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """End. The runs go on."""
        self._is_over.set()
        self._thread.join()
        if self._channel is not None:
            self._channel.close()
        if self._broken is not None and error is None:
            raise self._broken

    def _run(self) -> None:
        try:
            while not (self._stop.is_set() or self._is_over.is_set()):
                self._look()
                self._tell_server()
                self._wait()
        except BaseException as error:  # noqa: BLE001 - of another thread: raised in the worker's own
            self._broken = error
            self._stop.set()

    def _look(self) -> None:
        try:
            is_idle = self._runs.look() == 0
        except WorldError as error:
            self._tell_trouble(error)
            self._tell_server()
            self._stop.wait(_TROUBLE_S)
            return
        self._trouble = ""
        if is_idle:
            self._idle.set()
        else:
            self._idle.clear()

    def _tell_trouble(self, error: MeshwrightError) -> None:
        if error.first.message != self._trouble:  # told once, however long it lasts
            self._trouble = error.first.message
            self._runs.tell(f"runs that were asked for cannot be looked at: {self._trouble}; trying again")

    def _tell_server(self) -> None:
        """Tell the server how things are, where that is news."""
        if self._channel is None:
            return
        launcher = self._launcher.pid if self._launcher is not None and self._launcher.is_ready else None
        status = json.dumps({"launcher": launcher, "trouble": self._trouble[:1000]})
        if status != self._told:
            with suppress(OSError):  # it is gone: the next wait says so
                self._channel.send(status.encode())
                self._told = status

    def _wait(self) -> None:
        if self._channel is None:
            self._stop.wait(_POLL_S)
            return
        waiting = select.poll()
        waiting.register(self._channel, select.POLLIN)
        if not waiting.poll(_POLL_S * 1000):
            return
        try:
            is_there = bool(self._channel.recv(_MESSAGE_BYTES))
        except OSError:
            is_there = False
        if not is_there:
            self._runs.tell("the server is gone: the worker ends, runs go on")
            self._stop.set()
