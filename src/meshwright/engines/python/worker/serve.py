"""Waits for jobs and forks a process for each: libraries are imported once, and no call sees what another left behind.

Jobs come as messages on a socket, with two descriptors each: the pipe of the log, and a socket to tell the end on. When
the socket closes, because the coordinator is gone, every process is killed and this one ends.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import importlib
import json
import os
import resource
import selectors
import signal
import socket
import sys
import warnings
from typing import Any, NoReturn

from . import modules
from .afterimport import AfterImport
from .job import run_job, texts_of
from .light import HOME, LIGHT
from .lines import open_streams

_MESSAGE_BYTES = 1 << 17
#: How often the memory of limited processes is looked at.
_WATCH_S = 0.02
_PR_SET_PDEATHSIG = 1


class Child:
    """A forked process and what is told about it."""

    def __init__(self, pid: int, control: socket.socket, memory_bytes: int | None) -> None:
        self.pid = pid
        self.control = control
        self.memory_bytes = memory_bytes
        self.killed_for: str | None = None
        self.peak_bytes = 0

    def kill(self, why: str) -> None:
        """Kill the process and all of its group."""
        self.killed_for = self.killed_for or why
        for kill in (os.killpg, os.kill):
            try:
                kill(self.pid, signal.SIGKILL)
            except (ProcessLookupError, PermissionError):
                continue


class Server:
    """The waiting process. One thread, so that forking is safe."""

    def __init__(self, jobs: socket.socket) -> None:
        self._jobs = jobs
        self._children: dict[int, Child] = {}
        #: Libraries that were imported, or cannot be.
        self._tried: set[str] = set()
        #: The modules and roots that can be imported now, and their finder.
        self._installed: tuple[object, modules.TextFinder] | None = None
        self._selector = selectors.DefaultSelector()
        self._selector.register(jobs, selectors.EVENT_READ)
        self._wakes, wake = socket.socketpair()
        self._wakes.setblocking(False)
        wake.setblocking(False)
        self._wake = wake
        self._selector.register(self._wakes, selectors.EVENT_READ)
        self._prctl = ctypes.CDLL(None, use_errno=True).prctl

    def serve(self) -> None:
        """Serve until the socket closes."""
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(self._wake.fileno(), warn_on_full_buffer=False)
        gc.freeze()
        while True:
            limited = any(child.memory_bytes for child in self._children.values())
            for key, _ in self._selector.select(_WATCH_S if limited else None):
                if key.fileobj is self._jobs:
                    if not self._take_job():
                        self._end()
                        return
                elif key.fileobj is self._wakes:
                    self._drain()
                else:
                    self._take_order(key.data)
            self._watch()
            self._reap()

    def _take_job(self) -> bool:
        """Start the next job; whether the socket is still open."""
        try:
            message, descriptors, _, _ = socket.recv_fds(self._jobs, _MESSAGE_BYTES, 2)
        except OSError:
            return False
        if not message:
            return False
        handed = json.loads(message)
        log, control = descriptors
        if handed["libraries"]:
            self._preload(handed["libraries"])
        job = handed.get("job") or _job_in(handed["folder"])
        self._install(job)
        channel = socket.socket(fileno=control)
        pid = os.fork()
        if pid == 0:
            self._become_child(job, handed["folder"], log, channel)
        os.close(log)
        child = self._children[pid] = Child(pid, channel, handed["memory_bytes"])
        self._selector.register(channel, selectors.EVENT_READ, child)
        _tell(channel, {"pid": pid})
        return True

    def _preload(self, libraries: list[str]) -> None:
        """Import a library before the first fork that needs it, so that later ones find it there."""
        lacking = [name for name in libraries if name not in self._tried]
        self._tried.update(lacking)
        for name in lacking:
            try:
                importlib.import_module(name)
            except Exception:  # noqa: BLE001  the job tells what is wrong with it
                sys.modules.pop(name, None)
        if lacking:
            gc.freeze()

    def _install(self, job: dict[str, Any]) -> None:
        """Do before the fork what needs none of the user's code to run: mostly the last job was of the same texts."""
        code = job["modules"], job["roots"]
        if self._installed is not None and self._installed[0] == code:
            return
        if self._installed is not None:
            modules.uninstall(self._installed[1])
        texts = texts_of(job)
        self._installed = code, modules.install(texts, job["roots"])
        main = job["modules"][0]
        modules.precompile(main["path"], main["text"])

    def _become_child(self, job: dict[str, Any], folder: str, log: int, channel: socket.socket) -> None:
        """Turn this fork into the job's process; never returns."""
        status = 70
        try:
            parent = os.getppid()
            os.setsid()
            self._prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
            if os.getppid() != parent:
                os._exit(70)
            signal.set_wakeup_fd(-1)
            for number in (signal.SIGCHLD, signal.SIGINT, signal.SIGTERM, signal.SIGPIPE):
                signal.signal(number, signal.SIG_DFL)
            self._jobs.close()
            for other in self._children.values():
                other.control.close()
            self._selector.close()
            os.dup2(log, 1)
            os.dup2(log, 2)
            os.close(log)
            home = f"{folder}/{HOME}"
            os.chdir(home)
            os.environ["HOME"] = os.environ["TMPDIR"] = home
            warnings.resetwarnings()
            warnings.simplefilter("default")
            run_job(job, folder, channel)
            status = 0
        except BaseException as error:  # noqa: BLE001  the end of the process: nobody is left to tell but the log
            os.write(2, f"the worker failed: {type(error).__name__}: {error}\n".encode())
        finally:
            os._exit(status)

    def _take_order(self, child: Child) -> None:
        """Kill a job that is not wanted any more: told so, or its coordinator's thread is gone."""
        try:
            order = child.control.recv(64)
        except OSError:
            order = b""
        if not order:
            self._selector.unregister(child.control)
        child.kill("asked")

    def _drain(self) -> None:
        try:
            while self._wakes.recv(4096):
                pass
        except BlockingIOError:
            return

    def _watch(self) -> None:
        """Kill what has more memory than it may have."""
        for child in self._children.values():
            if child.memory_bytes and child.killed_for is None:
                used = _memory_of(child.pid)
                child.peak_bytes = max(child.peak_bytes, used)
                if used > child.memory_bytes:
                    child.kill("memory")

    def _reap(self) -> None:
        """Tell the end of each process that has ended."""
        while self._children:
            try:
                ended = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
            except ChildProcessError:
                return
            if ended is None:
                return
            child = self._children.pop(ended.si_pid, None)
            if child is not None:
                # While it is not reaped its id is nobody else's: what it left running in its group goes with it.
                _kill_group(child.pid)
            _, status, usage = os.wait4(ended.si_pid, 0)
            if child is not None:
                self._tell_end(child, status, usage)

    def _tell_end(self, child: Child, status: int, usage: Any) -> None:
        with contextlib.suppress(KeyError):
            self._selector.unregister(child.control)
        peak = max(child.peak_bytes, usage.ru_maxrss * 1024)
        cpu_s = usage.ru_utime + usage.ru_stime
        ended = {"status": status, "killed_for": child.killed_for, "peak_bytes": peak, "cpu_s": cpu_s}
        _tell(child.control, ended)
        child.control.close()

    def _end(self) -> None:
        for child in self._children.values():
            child.kill("end")


def _tell(channel: socket.socket, message: dict[str, Any]) -> None:
    try:
        channel.send(json.dumps(message).encode())
    except OSError:
        return  # the coordinator's thread is gone


def _kill_group(pid: int) -> None:
    try:
        os.killpg(pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return


def _memory_of(pid: int) -> int:
    """Return the bytes that a process and those it started hold for themselves; file pages do not count."""
    total = 0
    waiting = [pid]
    while waiting:
        current = waiting.pop()
        try:
            status = _read(f"/proc/{current}/status")
            held = [line.split()[1] for line in status.splitlines() if line.startswith(("RssAnon:", "RssShmem:"))]
            total += sum(int(kilobytes) * 1024 for kilobytes in held)
            waiting += map(int, _read(f"/proc/{current}/task/{current}/children").split())
        except (OSError, ValueError, IndexError):
            continue
    return total


def _read(path: str) -> str:
    with open(path, encoding="ascii", errors="replace") as file:
        return file.read()


def _job_in(folder: str) -> dict[str, Any]:
    """Return a job that was too long for a message."""
    return json.loads(_read(f"{folder}/job.json"))  # type: ignore[no-any-return]  # the coordinator's own


def main(descriptor: int, *, has_tables: bool) -> None:
    """Serve on the inherited socket."""
    warnings.simplefilter("ignore")  # forking beside a library's idle threads is what this process is for
    jobs = socket.socket(fileno=descriptor)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if has_tables:
        try:
            from . import logs  # lazy, both: a process that handles no tables has neither
            from .arrow import settle_pandas
        except ImportError as error:
            _tell(jobs, {"problem": f"{type(error).__name__}: {error}"})
            return
        settle_pandas()
        logs.configure()
    else:
        for name in LIGHT:
            importlib.import_module(name)
        AfterImport("logging", _configure_logs)
    open_streams()
    _tell(jobs, {"ready": True})
    try:
        Server(jobs).serve()
    finally:
        # Without Python's and the libraries' farewells: they join threads, and nobody is left to notice that one hangs.
        _leave(sys.exc_info()[1])


def _configure_logs() -> None:
    from . import logs  # lazy: the library itself

    logs.configure()


def _leave(error: BaseException | None) -> NoReturn:
    if error is not None:
        import traceback  # lazy: for the last words alone

        traceback.print_exception(error)
        sys.stderr.flush()
    os._exit(0 if error is None else 1)
