"""The process from which those of queries are forked, as the server sees it: started, asked for processes, ended."""

from __future__ import annotations

import json
import os
import selectors
import socket
import subprocess
import sys
import threading
from dataclasses import asdict
from pathlib import Path

from meshwright.diagnostics import Diagnostic, WorldError
from meshwright.engines.duckdb.consumers.values import ConsumerLimits
from meshwright.frozen import dataclass

#: What a process finds in its environment: no secret, no setting of Python or of meshwright.
_PASSED = ("LANG", "LC_ALL", "LC_CTYPE", "LD_LIBRARY_PATH", "PATH")
#: Libraries start no thread: the process forks.
_ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "JE_ARROW_MALLOC_CONF": "background_thread:false"}
_BOOT = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[1]); "
    "from meshwright.engines.duckdb.consumers.warden import main; main(int(sys.argv[2]), json.loads(sys.argv[3]), sys.argv[4])"
)
_START_S = 60.0
_END_S = 10.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Talk:
    """The two sockets to one query's process."""

    channel: socket.socket
    control: socket.socket

    def close(self) -> None:
        """Close both; a process that is still there is killed then."""
        self.control.close()
        self.channel.close()


class WardenProcess:
    """The server's end of the process from which those of queries are forked."""

    def __init__(self, folder: Path, limits: ConsumerLimits) -> None:
        self._lock = threading.Lock()
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        arguments = [json.dumps(sys.path), str(theirs.fileno()), json.dumps(asdict(limits)), str(folder)]
        try:
            with (folder / "warden.log").open("ab") as log:
                self._process = subprocess.Popen(
                    [sys.executable, "-s", "-P", "-c", _BOOT, *arguments],
                    pass_fds=(theirs.fileno(),),
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    env={**{name: os.environ[name] for name in _PASSED if name in os.environ}, **_ONE_THREAD},
                    cwd="/",
                    start_new_session=True,
                )
        except OSError as error:
            ours.close()
            raise _not_started(error.strerror or str(error)) from error
        finally:
            theirs.close()
        self._queries = ours
        with selectors.DefaultSelector() as selector:
            selector.register(ours, selectors.EVENT_READ)
            if not selector.select(_START_S) or ours.recv(16) != b"ready":
                self.close()
                raise _not_started("it ended without a word")

    def talk(self) -> Talk:
        """Get a process for one query. Raises OSError where this one is gone."""
        if (
            self._process.poll() is not None
        ):  # one that it forked last may hold its end of the socket for a moment longer
            raise BrokenPipeError
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        control, told = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        talk = Talk(channel=ours, control=control)
        try:
            with self._lock:
                socket.send_fds(self._queries, [b"q"], [theirs.fileno(), told.fileno()])
        except OSError:
            talk.close()
            raise
        finally:
            theirs.close()
            told.close()
        return talk

    def close(self) -> None:
        """End the process and, with it, all of its own."""
        self._queries.close()
        try:
            self._process.wait(_END_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def _not_started(reason: str) -> WorldError:
    return WorldError(
        Diagnostic(
            code="MW-H209",
            message=f"the process for queries cannot be started: {reason}",
            fix="free memory or processes, then ask again",
        )
    )
