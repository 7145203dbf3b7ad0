"""The coordinator's end of one waiting worker process (a zygote): starts it, hands it jobs, ends it."""

from __future__ import annotations

import json
import os
import selectors
import socket
import subprocess
import threading
from collections.abc import Mapping
from pathlib import Path

from meshwright.diagnostics import Diagnostic, WorldError
from meshwright.frozen import dataclass

#: What a worker process finds in its environment besides its home: no secret, no setting of Python or of meshwright.
PASSED_VARIABLES = ("PATH", "LANG", "LC_ALL", "LC_CTYPE", "SSL_CERT_FILE", "SSL_CERT_DIR", "LD_LIBRARY_PATH")
#: The same in every worker: text is UTF-8, sets of texts have one order, local time is UTC.
_FIXED_VARIABLES = {"PYTHONHASHSEED": "0", "PYTHONUTF8": "1", "PYTHONDONTWRITEBYTECODE": "1", "TZ": "UTC"}
#: Loads the worker package under a name of its own, without meshwright.
_BOOT = (
    "import sys, importlib.util as u; p = sys.argv[1]; "
    "s = u.spec_from_file_location('_meshwright_worker', p + '/__init__.py', submodule_search_locations=[p]); "
    "m = u.module_from_spec(s); sys.modules['_meshwright_worker'] = m; s.loader.exec_module(m); "
    "from _meshwright_worker.serve import main; main(int(sys.argv[2]), has_tables=sys.argv[3] == 'tables')"
)
_START_S = 60.0
_MESSAGE_BYTES = 1 << 16
#: A job of more is handed over as a file.
_JOB_BYTES = 1 << 16


@dataclass(frozen=True, kw_only=True, slots=True)
class Channel:
    """What comes from one job: the pipe of its log, and the socket on which its end is told."""

    log: int
    control: socket.socket

    def close(self) -> None:
        """Close both; the job's process, if it is still there, is killed then."""
        os.close(self.log)
        self.control.close()


@dataclass(frozen=True, kw_only=True, slots=True)
class HandedJob:
    """One call, as the waiting process takes it."""

    #: Of this call alone.
    folder: Path
    #: What `worker.job` reads, as JSON knows it.
    job: Mapping[str, object]
    memory_bytes: int | None
    #: Imported before the fork.
    libraries: tuple[str, ...]


class Zygote:
    """One waiting process of one interpreter; without pyarrow unless it is to handle tables."""

    def __init__(self, interpreter: str, folder: Path, *, has_tables: bool) -> None:
        self._lock = threading.Lock()
        self._is_broken = False
        self._errors = folder / f"zygote-{os.getpid()}-{id(self):x}.log"
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        worker = str(Path(__file__).with_name("worker"))
        try:
            with self._errors.open("wb") as errors:
                self._process = subprocess.Popen(
                    [
                        interpreter,
                        "-s",
                        "-P",
                        "-c",
                        _BOOT,
                        worker,
                        str(theirs.fileno()),
                        "tables" if has_tables else "bare",
                    ],
                    pass_fds=(theirs.fileno(),),
                    stdin=subprocess.DEVNULL,
                    stdout=errors,
                    stderr=errors,
                    env=worker_environment(os.environ, folder),
                    cwd=folder,
                    start_new_session=True,
                )
        except OSError as error:
            ours.close()
            raise _not_started(interpreter, error.strerror or str(error)) from error
        finally:
            theirs.close()
        self._jobs = ours
        if has_tables:
            # Whoever stores what it hands over needs it soon, and the process takes as long to begin.
            import pyarrow.parquet  # noqa: F401  lazy: most runs call no Python
        self._await_ready(interpreter)

    def _await_ready(self, interpreter: str) -> None:
        with selectors.DefaultSelector() as selector:
            selector.register(self._jobs, selectors.EVENT_READ)
            said = self._jobs.recv(_MESSAGE_BYTES) if selector.select(_START_S) else b""
        answer = json.loads(said) if said else {}
        if not answer.get("ready"):
            reason = answer.get("problem") or self.last_words() or "it ended without a word"
            self.close()
            raise _not_started(interpreter, str(reason))

    def start(self, handed: HandedJob) -> Channel:
        """Hand over a job. Raises WorldError where the process is gone, OSError where the job cannot be written."""
        job = json.dumps(handed.job)
        if len(job) > _JOB_BYTES:
            (handed.folder / "job.json").write_text(job, encoding="utf-8")
            job = "null"
        limits = {"folder": str(handed.folder), "memory_bytes": handed.memory_bytes, "libraries": handed.libraries}
        message = f'{json.dumps(limits)[:-1]}, "job": {job}}}'.encode()
        log_read, log_write = os.pipe()
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        channel = Channel(log=log_read, control=ours)
        try:
            with self._lock:
                socket.send_fds(self._jobs, [message], [log_write, theirs.fileno()])
        except OSError as error:
            channel.close()
            self._is_broken = True
            raise _not_started("the worker process", self.last_words() or str(error)) from error
        finally:
            os.close(log_write)
            theirs.close()
        return channel

    @property
    def is_alive(self) -> bool:
        """Whether the process is still there and took the last job: one that is killed breaks before it is gone."""
        return not self._is_broken and self._process.poll() is None

    def last_words(self) -> str:
        """Return the end of what the process said before it died."""
        try:
            lines = self._errors.read_text(encoding="utf-8", errors="replace").strip().splitlines()
        except OSError:
            return ""
        return lines[-1] if lines else ""

    def close(self) -> None:
        """End the process and every job of it."""
        self._jobs.close()
        try:
            self._process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._errors.unlink(missing_ok=True)


def worker_environment(variables: Mapping[str, str], home: Path) -> dict[str, str]:
    """Return the environment of a worker process, out of the coordinator's."""
    passed = {name: variables[name] for name in PASSED_VARIABLES if name in variables}
    return {**passed, **_FIXED_VARIABLES, "HOME": str(home), "TMPDIR": str(home)}


def _not_started(interpreter: str, reason: str) -> WorldError:
    return WorldError(
        Diagnostic(
            code="MW-N302",
            message=f"{interpreter} cannot run Python nodes: {reason}",
            fix="check that this Python starts and can import pyarrow, then run again",
        )
    )
