"""Processes of runs: started plainly, or forked from a launcher, a process that waits with everything imported.

A run that is forked is at its first step a quarter of a second earlier. Nothing rests on the launcher: where there is none, or
it has just died, a run is started plainly.
"""

from __future__ import annotations

import json
import os
import select
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, Protocol

from meshwright.app.launching_forks import MESSAGE_BYTES
from meshwright.app.processes import holder_of_process
from meshwright.frozen import dataclass

#: The launcher says which process it made as soon as it has; one that is silent for so long is taken for dead.
_ANSWER_S = 10.0
#: After the end of a process its status is waited for so long.
_STATUS_S = 1.0
#: Pauses before a launcher that died is started again; the last one stands. One that lived for a while begins anew.
_PAUSES_S = (0.0, 0.5, 2.0, 10.0, 60.0)
_LIVED_S = 60.0

Tell = Callable[[str], None]


@dataclass(frozen=True, kw_only=True, slots=True)
class Command:
    """A run's process, as it is to be started."""

    #: Of `mw`.
    words: Sequence[str]
    folder: Path
    out: IO[bytes]
    err: IO[bytes]
    #: Added to the process's environment.
    variables: Mapping[str, str]
    #: What people see in `ps`, in front.
    name: str


class RunProcess(Protocol):
    """A process that was started for a run."""

    @property
    def holder(self) -> str:
        """The process in the form of a lease holder."""
        ...

    def has_ended(self) -> bool:
        """Whether it has ended."""
        ...

    def status(self) -> int | None:
        """Return its exit status after its end, negative for a signal; None where nobody knows it."""
        ...

    def wait(self) -> None:
        """Wait for its end."""
        ...

    def terminate(self) -> None:
        """Ask it to end cleanly."""
        ...


Launch = Callable[[Command], RunProcess]


class PlainProcess:
    """Implements `RunProcess`: a child of this process."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process
        self.holder = holder_of_process(process.pid)

    def has_ended(self) -> bool:
        """Whether it has ended."""
        return self._process.poll() is not None

    def status(self) -> int | None:
        """Return its exit status."""
        return self._process.returncode

    def wait(self) -> None:
        """Wait for its end."""
        self._process.wait()

    def terminate(self) -> None:
        """Send SIGTERM."""
        self._process.terminate()


def launch_plainly(command: Command) -> RunProcess:
    """Start a process of its own. Raises OSError."""
    return PlainProcess(
        subprocess.Popen(
            [sys.executable, "-m", "meshwright", *command.words],
            stdin=subprocess.DEVNULL,
            stdout=command.out,
            stderr=command.err,
            cwd=command.folder,
            env={**os.environ, **command.variables},
            # What stops a worker does not stop the runs that it started.
            start_new_session=True,
        )
    )


class ForkedProcess:
    """Implements `RunProcess`: a child of the launcher, which may die before it."""

    def __init__(self, pid: int) -> None:
        self.holder = holder_of_process(pid)
        #: Names this very process, however soon another one gets its number. None: it is gone already.
        self._handle: int | None = None
        with suppress(ProcessLookupError):
            self._handle = os.pidfd_open(pid)
        self._told = threading.Event()
        self._status: int | None = None

    def __del__(self) -> None:
        """Let go of the process."""
        if self._handle is not None:
            os.close(self._handle)

    def tell(self, status: int | None) -> None:
        """Take what the launcher says of its end; None: that nothing more will be said."""
        self._status = status if self._status is None else self._status
        self._told.set()

    def has_ended(self) -> bool:
        """Whether it has ended."""
        return self._is_over(0.0)

    def status(self) -> int | None:
        """Return its exit status; None where the launcher died before it."""
        self._told.wait(_STATUS_S)
        return self._status

    def wait(self) -> None:
        """Wait for its end."""
        while not self._is_over(60.0):
            continue

    def terminate(self) -> None:
        """Send SIGTERM."""
        if self._handle is not None:
            with suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._handle, signal.SIGTERM)

    def _is_over(self, timeout_s: float) -> bool:
        if self._handle is None or self._status is not None:
            return True
        waiting = select.poll()
        waiting.register(self._handle, select.POLLIN)
        return bool(waiting.poll(timeout_s * 1000))


class Launcher:
    """Keeps a launcher's process alive and hands it runs. Safe for threads."""

    def __init__(self, root: Path, folder: Path, tell: Tell) -> None:
        self._root = root
        self._folder = folder
        self._tell = tell
        self._lock = threading.Lock()
        self._closing = threading.Event()
        #: The socket of a launcher that is ready.
        self._channel: socket.socket | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._number = 0
        self._answers: dict[int, _Answer] = {}
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._keep, name="launcher", daemon=True)
        self._thread.start()

    @property
    def pid(self) -> int | None:
        """The process's number; None while there is none."""
        process = self._process
        return None if process is None or process.poll() is not None else process.pid

    @property
    def is_ready(self) -> bool:
        """Whether runs are forked now."""
        return self._ready.is_set()

    def await_ready(self, timeout_s: float) -> bool:
        """Wait until runs are forked; whether they are."""
        return self._ready.wait(timeout_s)

    def launch(self, command: Command) -> RunProcess:
        """Fork a run's process; start it plainly where there is no launcher now. Raises OSError."""
        answer = self._hand_over(command)
        if answer is not None and answer.came.wait(_ANSWER_S) and answer.process is not None:
            return answer.process
        # It may have been started all the same, by a launcher that died in this moment: a run of one id begins once.
        return launch_plainly(command)

    def _hand_over(self, command: Command) -> _Answer | None:
        with self._lock:
            channel = self._channel
            if channel is None:
                return None
            self._number += 1
            number = self._number
            message = json.dumps(
                {
                    "number": number,
                    "words": list(command.words),
                    "folder": str(command.folder),
                    "variables": dict(command.variables),
                    "name": command.name,
                }
            ).encode()
            if len(message) > MESSAGE_BYTES:
                return None
            answer = self._answers[number] = _Answer()
            try:
                socket.send_fds(channel, [message], [command.out.fileno(), command.err.fileno()])
            except OSError:
                del self._answers[number]
                return None
        return answer

    def close(self) -> None:
        """End the launcher's process. The runs go on."""
        self._closing.set()
        self._drop()
        self._thread.join()

    def _drop(self) -> None:
        """Close the socket, on which the process ends."""
        with self._lock:
            channel, self._channel = self._channel, None
            self._ready.clear()
            if channel is not None:
                # Not `close`: the thread that reads would go on waiting.
                with suppress(OSError):
                    channel.shutdown(socket.SHUT_RDWR)

    def _keep(self) -> None:
        """Start the process, listen to it until it is gone, and start it again."""
        failures = 0
        while not self._closing.wait(_PAUSES_S[min(failures, len(_PAUSES_S) - 1)]):
            began = os.times().elapsed
            try:
                self._serve()
            except OSError as error:
                self._tell(f"the launcher cannot be started: {error.strerror or error}; runs are started plainly")
            failures = 1 if os.times().elapsed - began > _LIVED_S else failures + 1

    def _serve(self) -> None:
        """Start one process and listen to it until it is gone."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._folder.mkdir(parents=True, exist_ok=True)
        with ours, (self._folder / f"launcher-{os.getpid()}.err").open("wb") as errors:
            with theirs:
                process = self._process = subprocess.Popen(
                    [sys.executable, "-m", "meshwright.faces.cli.launcher", str(theirs.fileno()), str(self._root)],
                    pass_fds=(theirs.fileno(),),
                    stdin=subprocess.DEVNULL,
                    stdout=errors,
                    stderr=errors,
                    cwd=self._root,
                    start_new_session=True,
                )
            try:
                self._listen(ours)
            finally:
                with self._lock:
                    self._channel = None
                    self._ready.clear()
                    answers, self._answers = self._answers, {}
                for answer in answers.values():
                    answer.is_over()
                with suppress(OSError):
                    ours.shutdown(socket.SHUT_RDWR)
                process.wait()
        if not self._closing.is_set():
            self._tell(f"the launcher ended with status {process.returncode}; it is started again")
        Path(errors.name).unlink(missing_ok=True)

    def _listen(self, channel: socket.socket) -> None:
        while True:
            try:
                said = channel.recv(MESSAGE_BYTES)
            except OSError:
                return
            if not said:
                return
            message = json.loads(said)
            if "ready" in message:
                with self._lock:
                    if self._closing.is_set():
                        return
                    self._channel = channel
                    self._ready.set()
                continue
            with self._lock:
                answer = self._answers.get(message["number"])
                if answer is not None and "status" in message:
                    del self._answers[message["number"]]
            if answer is None:
                continue
            if "pid" in message:
                answer.started(message["pid"])
            else:
                answer.ended(message["status"])


class _Answer:
    """What the launcher says of one run."""

    def __init__(self) -> None:
        self.came = threading.Event()
        self.process: ForkedProcess | None = None

    def started(self, pid: int) -> None:
        self.process = ForkedProcess(pid)
        self.came.set()

    def ended(self, status: int) -> None:
        if self.process is not None:
            self.process.tell(status)

    def is_over(self) -> None:
        """Take it that nothing more is said."""
        if self.process is not None:
            self.process.tell(None)
        self.came.set()
