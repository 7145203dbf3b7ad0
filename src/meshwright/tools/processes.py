"""Jobs that are a program on this machine: started once, outliving the coordinator, found again by their folder.

A shell of a session of its own watches over the program. It makes the file ``started`` before anything else, which can be made
once only, so that two starts of a job are one; what the program prints goes into ``log``, and how it ended into ``exit``, which
appears whole or not at all. Whoever looks at the job needs nothing but the folder.
"""

from __future__ import annotations

import datetime as dt
import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from shutil import which

from meshwright.frozen import dataclass
from meshwright.tools.protocol import Job, JobState, Place, Poll, ToolFailed

#: Names the job in the environment of its processes: a process id alone may have gone to somebody else.
_MARK = "MESHWRIGHT_JOB"
#: The jobs that a process is inside of, itself among them: a run that waits for one of them waits for itself.
JOBS_ABOVE = "MESHWRIGHT_JOBS"
#: Arguments: the folder, then the program with its arguments.
_WATCH = """
set -C
{ echo $$ > "$1/started"; } 2>/dev/null || exit 0
set +C
place=$1
shift
"$@" > "$place/log" 2>&1 < /dev/null
echo $? > "$place/exit.new" && mv "$place/exit.new" "$place/exit"
"""
_LAUNCH = 'sh -c "$0" watch "$@" > /dev/null 2>&1 < /dev/null &'
#: Bytes of log that one look takes.
_LOG_BYTES = 256 * 1024
_LAST_LINES = 20
#: Seconds that a watching shell may take to make its first file.
_APPEARS_S = 10.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Ended:
    """How a program ended."""

    status: int
    log: str


def start_program(
    job: Job, command: Sequence[str], *, folder: Path | None = None, variables: Mapping[str, str] | None = None
) -> str:
    """Start a program as the job and return the handle. Does nothing where the job was started already.

    It runs in `folder` (the pipeline's, by default) with the variables of this process and `variables`. Raises ToolFailed where
    the program is not there.
    """
    environment = {**job.place.variables, **(variables or {}), _MARK: job.id}
    environment[JOBS_ABOVE] = " ".join([*environment.get(JOBS_ABOVE, "").split(), job.id])
    if which(command[0], path=environment.get("PATH")) is None:
        fix = "install it, or write its path: a program is looked for on PATH"
        raise ToolFailed(f"program {command[0]!r} was not found", is_retryable=False, fix=fix)
    for name, value in environment.items():
        if not name or "=" in name or "\0" in f"{name}{value}":  # what was not known before a reference was resolved
            message = f"environment variable {name!r} cannot be passed to a program: it holds what no system takes"
            raise ToolFailed(message, is_retryable=False, fix="correct its name, or the secret that it stands for")
    place = _place(job)
    place.mkdir(parents=True, exist_ok=True)
    subprocess.run(
        ["/bin/sh", "-c", _LAUNCH, _WATCH, str(place), *command],
        cwd=folder or job.place.folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        start_new_session=True,
        check=True,
    )
    until = time.monotonic() + _APPEARS_S
    while (handle := find_program(job)) is None:
        if time.monotonic() > until:
            raise ToolFailed("the program was not started within 10 s", is_retryable=True)
        time.sleep(0.001)
    return handle


def find_program(job: Job) -> str | None:
    """Return the handle of the program that was started for the job: the process id of the shell that watches over it."""
    return _text(_place(job) / "started").strip() or None


def poll_program(job: Job, handle: str, cursor: str) -> Poll:
    """Look at the program: whether it runs, and what it printed."""
    place = _place(job)
    is_alive = _is_alive(job, int(handle))
    status = _text(place / "exit").strip()
    lines, cursor, is_all = _printed(place / "log", cursor, is_over=bool(status) or not is_alive)
    if not is_all:  # its end is told after its last line
        return Poll(state=JobState.RUNNING, lines=lines, cursor=cursor)
    if status:
        code = int(status)
        if code == 0:
            return Poll(state=JobState.SUCCEEDED, lines=lines, cursor=cursor)
        state = JobState.CANCELLED if (place / "cancelled").exists() else JobState.FAILED
        return Poll(state=state, lines=lines, cursor=cursor, error=_failure(place, code))
    if is_alive:
        return Poll(state=JobState.RUNNING, lines=lines, cursor=cursor)
    if (place / "cancelled").exists():
        return Poll(state=JobState.CANCELLED, lines=lines, cursor=cursor, error="it was cancelled")
    return Poll(
        state=JobState.LOST, lines=lines, cursor=cursor, error="the program is gone, and did not say how it ended"
    )


def ended_program(job: Job) -> Ended:
    """Return how the program ended, with all that it printed. Raises ToolFailed where it has not ended."""
    status = _text(_place(job) / "exit").strip()
    if not status:
        raise ToolFailed("the program has not ended", is_retryable=True)
    return Ended(status=int(status), log=_text(_place(job) / "log"))


def cancel_program(job: Job, handle: str, *, patience_s: float = 5.0) -> None:
    """End the program and what it started: first asking, then without."""
    shell = int(handle)
    if not _is_alive(job, shell):
        return
    (_place(job) / "cancelled").touch()
    with suppress(ProcessLookupError, PermissionError):
        group = os.getpgid(shell)
        # The watching shell ends with its program; asked itself, it would leave without telling how that ended.
        for number in (signal.SIGTERM, signal.SIGKILL):
            told: set[int] = set()
            until = time.monotonic() + patience_s
            while time.monotonic() < until:
                # Looked for again and again: the shell may not have begun its program yet, nor that one its own. The oldest
                # first: a shell whose command is ended before it is would go on with its next one.
                for process in sorted(_processes(group, job.id) - told - {shell}, key=_age):
                    told.add(process)
                    with suppress(ProcessLookupError):
                        os.kill(process, number)
                if not _is_alive(job, shell):
                    return
                time.sleep(0.02)


def cancelled_at(job: Job) -> dt.datetime | None:
    """Return when the program was asked to end; None where it was not."""
    try:
        # To the millisecond, as tools note their times.
        moment = (_place(job) / "cancelled").stat().st_mtime_ns // 1_000_000
    except FileNotFoundError:
        return None
    return dt.datetime.fromtimestamp(moment / 1000, dt.UTC)


def find_executable(name: str, place: Place, *, given: str | None = None) -> str | None:
    """Return the path of a program: the one given, else the one on PATH, else the one beside meshwright's own Python."""
    import sys  # lazy: only for where Python lies

    if given is not None:
        return which(given, path=place.variables.get("PATH")) or which(str(place.root / given))
    return which(name, path=place.variables.get("PATH")) or which(name, path=str(Path(sys.executable).parent))


def _place(job: Job) -> Path:
    return job.scratch / "process"


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8", "replace")
    except FileNotFoundError:
        return ""


def _is_alive(job: Job, process: int) -> bool:
    """Whether a process lives and belongs to the job."""
    try:
        environment = Path(f"/proc/{process}/environ").read_bytes()
    except OSError:
        return False
    return f"{_MARK}={job.id}".encode() in environment.split(b"\0")


def _age(process: int) -> tuple[int, int]:
    """Return what sorts processes by when they began; one that is gone comes first."""
    try:
        told = Path(f"/proc/{process}/stat").read_bytes()
    except OSError:
        return 0, process
    # After the name, which may hold anything, come the fields from the third on; the 22nd is the beginning in ticks.
    return int(told.rpartition(b")")[2].split()[19]), process


def _processes(group: int, job_id: str) -> set[int]:
    """Return the processes of the job: those of its group, and those that left it but carry its mark."""
    mark = f"{_MARK}={job_id}".encode()
    found = set()
    for entry in Path("/proc").iterdir():
        if not entry.name.isdecimal():
            continue
        with suppress(OSError):
            process = int(entry.name)
            if os.getpgid(process) == group or mark in (entry / "environ").read_bytes().split(b"\0"):
                found.add(process)
    return found


def _printed(log: Path, cursor: str, *, is_over: bool) -> tuple[tuple[str, ...], str, bool]:
    """Return the new lines, the new cursor, and whether that was all. A line without an end is told when the program is over."""
    start = int(cursor or 0)
    try:
        with log.open("rb") as file:
            file.seek(start)
            data = file.read(_LOG_BYTES)
            is_all = file.tell() == os.fstat(file.fileno()).st_size
    except FileNotFoundError:
        return (), cursor, True
    end = data.rfind(b"\n") + 1
    is_taken_whole = (is_over and is_all) or (not end and len(data) == _LOG_BYTES)
    whole = data if is_taken_whole else data[:end]
    lines = whole.decode("utf-8", "replace").splitlines()
    return tuple(lines), str(start + len(whole)), is_all


def _failure(place: Path, status: int) -> str:
    """Say how a program failed: its status, and the last that it printed."""
    how = f"killed by signal {status - 128}" if status > 128 else f"status {status}"
    last = [line for line in _text(place / "log").splitlines() if line.strip()][-_LAST_LINES:]
    return "\n".join([f"the program ended with {how}", *last]) if last else f"the program ended with {how}"
