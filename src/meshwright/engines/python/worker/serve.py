"""Waits for jobs and forks a process for each: libraries are imported once, and no call sees what another left behind.

Jobs come as messages on a socket, with two descriptors each: the pipe of the log, and a socket to tell the end on. When
the socket closes, because the coordinator is gone, every process is killed and this one ends.

What a call costs here are pages: each fork marks all of them as shared, and the first write to one afterwards, be it to count a
reference, takes a microsecond or two in either process. So what happens for each call is little Python, on descriptors instead of
their objects, and what need not happen after the fork happens before the first.
"""

from __future__ import annotations

import ctypes
import gc
import importlib
import json
import os
import resource
import select
import signal
import socket
import struct
import sys
import warnings
from typing import Any, NoReturn

from . import modules
from .afterimport import AfterImport
from .job import run_job, texts_of
from .light import HOME, LIGHT
from .lines import open_streams, show_warning
from .rehearsal import rehearse

#: A job that is longer is a file.
_MESSAGE_BYTES = 1 << 17
#: The two descriptors that come with a job.
_DESCRIPTORS = struct.Struct("@2i")
#: How often the memory of limited processes is looked at.
_WATCH_MS = 20
_PR_SET_PDEATHSIG = 1


class Child:
    """A forked process and what is told about it."""

    __slots__ = ("control", "killed_for", "memory_bytes", "peak_bytes", "pid")

    def __init__(self, pid: int, control: int, memory_bytes: int | None) -> None:
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
        self._jobs_descriptor = jobs.fileno()
        self._buffer = bytearray(_MESSAGE_BYTES)
        #: By process, and by the descriptor on which each is told about.
        self._children: dict[int, Child] = {}
        self._controls: dict[int, Child] = {}
        #: Libraries that were imported, or cannot be.
        self._tried: set[str] = set()
        #: The code that can be imported now, and its main module.
        self._installed: tuple[object, modules.Installed] | None = None
        self._folder = ""
        self._wakes, self._wake = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        self._waiting = select.poll()
        self._waiting.register(self._jobs_descriptor, select.POLLIN)
        self._waiting.register(self._wakes, select.POLLIN)
        self._prctl = ctypes.CDLL(None, use_errno=True).prctl

    def serve(self) -> None:
        """Serve until the socket closes."""
        # As in calls: nobody presses keys for this process, and a descriptor alone tells of ended ones.
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(self._wake, warn_on_full_buffer=False)
        gc.freeze()
        limited: list[Child] = []
        while True:
            for descriptor, _ in self._waiting.poll(_WATCH_MS if limited else None):
                if descriptor == self._jobs_descriptor:
                    if not self._take_job():
                        self._end()
                        return
                elif descriptor == self._wakes:
                    self._drain()
                    self._reap()
                elif descriptor in self._controls:  # not of one that was reaped in this round
                    self._take_order(self._controls[descriptor])
            limited = [child for child in self._children.values() if child.memory_bytes]
            if limited:
                self._watch(limited)

    def _take_job(self) -> bool:
        """Start the next job; whether the socket is still open."""
        try:
            size, told, _, _ = self._jobs.recvmsg_into(
                (self._buffer,), socket.CMSG_SPACE(_DESCRIPTORS.size), socket.MSG_CMSG_CLOEXEC
            )
        except OSError:
            return False
        if not size:
            return False
        handed = json.loads(self._buffer[:size])
        log, control = _DESCRIPTORS.unpack(told[0][2])
        if handed["libraries"]:
            self._preload(handed["libraries"])
        job = handed.get("job") or _job_in(handed["folder"])
        installed = self._install(job)
        self._settle_in(handed["folder"])
        pid = os.fork()
        if pid == 0:
            self._become_child(job, installed, log, control)
        os.close(log)
        self._children[pid] = self._controls[control] = Child(pid, control, handed["memory_bytes"])
        self._waiting.register(control, select.POLLIN)
        return True

    def _preload(self, libraries: list[str]) -> None:
        """Import a library before the first fork that needs it, so that later ones find it there."""
        lacking = [name for name in libraries if name not in self._tried]
        self._tried.update(lacking)
        if not lacking:
            return
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a job that is warned of a library would be so after the import
            for name in lacking:
                try:
                    importlib.import_module(name)
                except Exception:  # noqa: BLE001  the job tells what is wrong with it
                    sys.modules.pop(name, None)
        gc.freeze()

    def _install(self, job: dict[str, Any]) -> modules.Installed:
        """Do before the fork what needs none of the user's code to run: mostly the last job was of the same texts."""
        code = job["modules"], job["roots"]
        if self._installed is not None:
            if self._installed[0] == code:
                return self._installed[1]
            modules.uninstall(self._installed[1])
        main = job["modules"][0]
        installed = modules.install(main["path"], texts_of(job), job["roots"])
        self._installed = code, installed
        modules.precompile(main["path"], main["text"])
        return installed

    def _settle_in(self, folder: str) -> None:
        """Let the next forks find their home in a call's folder."""
        if folder != self._folder:
            self._folder = folder
            os.environ["HOME"] = os.environ["TMPDIR"] = f"{folder}/{HOME}"

    def _become_child(self, job: dict[str, Any], installed: modules.Installed, log: int, control: int) -> None:
        """Turn this fork into the job's process; never returns."""
        status = 70
        try:
            parent = os.getppid()
            os.setsid()
            self._prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
            if os.getppid() != parent:
                os._exit(70)
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            signal.signal(signal.SIGPIPE, signal.SIG_DFL)
            os.close(self._jobs_descriptor)
            for other in self._controls:
                os.close(other)
            os.dup2(log, 1)
            os.dup2(log, 2)
            os.close(log)
            os.chdir(f"{self._folder}/{HOME}")
            run_job(job, installed, self._folder, control)
            status = 0
        except BaseException as error:  # noqa: BLE001  the end of the process: nobody is left to tell but the log
            os.write(2, f"the worker failed: {type(error).__name__}: {error}\n".encode())
        finally:
            os._exit(status)

    def _take_order(self, child: Child) -> None:
        """Kill a job that is not wanted any more: told so, or its coordinator's thread is gone."""
        try:
            order = os.read(child.control, 64)
        except OSError:
            order = b""
        if not order:
            self._waiting.unregister(child.control)
            del self._controls[child.control]
        child.kill("asked")

    def _drain(self) -> None:
        try:
            while os.read(self._wakes, 4096):
                pass
        except BlockingIOError:
            return

    def _watch(self, limited: list[Child]) -> None:
        """Kill what has more memory than it may have."""
        for child in limited:
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
        if self._controls.pop(child.control, None) is not None:
            self._waiting.unregister(child.control)
        peak = max(child.peak_bytes, usage.ru_maxrss * 1024)
        cpu_s = usage.ru_utime + usage.ru_stime
        killed_for = f'"{child.killed_for}"' if child.killed_for else "null"
        _tell(
            child.control,
            f'{{"status": {status}, "killed_for": {killed_for}, "peak_bytes": {peak}, "cpu_s": {cpu_s:.6f}}}',
        )
        os.close(child.control)

    def _end(self) -> None:
        for child in self._children.values():
            child.kill("end")


def _tell(descriptor: int, message: str) -> None:
    try:
        os.write(descriptor, message.encode())
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
    # What calls are warned of, they are told. Forking beside a library's idle threads is what this process is for.
    warnings.resetwarnings()
    warnings.simplefilter("default")
    warnings.filterwarnings("ignore", category=DeprecationWarning, module=_OWN)
    warnings.showwarning = show_warning
    jobs = socket.socket(fileno=descriptor)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if has_tables:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                from .arrow import settle_pandas  # lazy: a process that handles no tables has no pyarrow
        except ImportError as error:
            _tell(descriptor, json.dumps({"problem": f"{type(error).__name__}: {error}"}))
            return
        settle_pandas()
    else:
        for name in LIGHT:
            importlib.import_module(name)
    AfterImport("logging", _configure_logs)
    open_streams()
    rehearse(has_tables=has_tables)
    _tell(descriptor, '{"ready": true}')
    try:
        Server(jobs).serve()
    finally:
        # Without Python's and the libraries' farewells: they join threads, and nobody is left to notice that one hangs.
        _leave(sys.exc_info()[1])


#: The modules of this package, as a warning's place is matched.
_OWN = r"_meshwright_worker(\.|$)"


def _configure_logs() -> None:
    from . import logs  # lazy: the library itself

    logs.configure()


def _leave(error: BaseException | None) -> NoReturn:
    if error is not None:
        import traceback  # lazy: for the last words alone

        traceback.print_exception(error)
        sys.stderr.flush()
    os._exit(0 if error is None else 1)
