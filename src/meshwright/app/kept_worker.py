"""The worker that a server keeps beside itself: started with it, started again when it dies, ended with it.

The runs that it has started outlive both; the next worker finds them.
"""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

#: Pauses before a worker that died is started again; the last one stands. One that lived for a while begins anew.
_PAUSES_S = (0.0, 0.5, 2.0, 10.0, 30.0)
_LIVED_S = 60.0
#: A worker that is asked to end has so long.
_END_S = 15.0
_MESSAGE_BYTES = 4096


class KeptWorker:
    """Keeps one worker process alive. Safe for threads."""

    def __init__(self, root: Path, words: Sequence[str]) -> None:
        """Start ``mw worker`` with more `words`; what it says goes to our standard error."""
        self._root = root
        self._words = tuple(words)
        self._closing = threading.Event()
        self._lock = threading.Lock()
        self._channel: socket.socket | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._status: Mapping[str, object] = {}
        self._problem = "it is being started"
        self._thread = threading.Thread(target=self._keep, name="worker", daemon=True)
        self._thread.start()

    @property
    def pids(self) -> Mapping[str, int]:
        """The numbers of the worker's process and of its launcher's, as far as they are there."""
        process = self._process
        with self._lock:
            launcher = self._status.get("launcher")
        found = {} if process is None or process.poll() is not None else {"worker": process.pid}
        return {**found, "launcher": launcher} if isinstance(launcher, int) else found

    def checks(self) -> Mapping[str, str]:
        """Return what is wrong with the worker; empty words: nothing."""
        with self._lock:
            return {"worker": self._problem or str(self._status.get("trouble", ""))}

    def wake(self) -> None:
        """Say that a run was asked for: it is started at once, instead of within a tenth of a second."""
        with self._lock:
            if self._channel is not None:
                with suppress(OSError):  # full, or the worker is gone: it looks by itself
                    self._channel.send(b"look", socket.MSG_DONTWAIT)

    def close(self) -> None:
        """Ask the worker to end, and wait until it has. Runs go on."""
        self._closing.set()
        process = self._process
        if process is not None and process.poll() is None:
            process.terminate()
            try:
                process.wait(_END_S)
            except subprocess.TimeoutExpired:
                process.kill()
        self._thread.join()

    def _keep(self) -> None:
        failures = 0
        while not self._closing.wait(_PAUSES_S[min(failures, len(_PAUSES_S) - 1)]):
            began = time.monotonic()
            try:
                ended = self._serve()
            except OSError as error:
                ended = f"it cannot be started: {error.strerror or error}"
            with self._lock:
                self._channel, self._status = None, {}
                self._problem = f"{ended}; it is started again"
            failures = 1 if time.monotonic() - began > _LIVED_S else failures + 1

    def _serve(self) -> str:
        """Start one worker and listen to it until it is gone; return how it ended, in words."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        command = [sys.executable, "-m", "meshwright", "-C", str(self._root), "worker", *self._words]
        with ours:
            with theirs:
                process = self._process = subprocess.Popen(
                    [*command, "--server-socket", str(theirs.fileno())],
                    pass_fds=(theirs.fileno(),),
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    # What interrupts the server at a terminal must not end the worker before it.
                    start_new_session=True,
                )
            if self._closing.is_set():  # asked to end while it was being started
                process.terminate()
            with self._lock:
                self._channel = ours
            while said := _received(ours):
                with self._lock:
                    self._status, self._problem = json.loads(said), ""
            with self._lock:
                self._channel = None
            process.wait()
        return f"it ended with status {process.returncode}"


def _received(channel: socket.socket) -> bytes:
    try:
        return channel.recv(_MESSAGE_BYTES)
    except OSError:
        return b""
