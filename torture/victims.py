"""Processes to be killed: each runs one `mw` command line, forked from a server that has everything imported.

Forking makes a trial take a fraction of a second, and lets the time of a kill fall into work instead of imports.
The server never opens an engine or a database, so what it is copied from is clean.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.process import BaseProcess
from pathlib import Path

from meshwright.crashpoints import EVENT
from torture.shim import Fault, arm

#: What `mw` imports when it is needed; imported by the server once.
PRELOADED = [
    "torture.victims",
    "meshwright.app.apply",
    "meshwright.app.collection",
    "meshwright.app.init",
    "meshwright.app.pins",
    "meshwright.app.promotion",
    "meshwright.app.rebase",
    "meshwright.app.repair",
    "meshwright.app.rollback",
    "meshwright.app.sandboxes",
    "meshwright.engines.duckdb.export",
    "meshwright.engines.duckdb.measure",
    "meshwright.engines.duckdb.session",
    "meshwright.engines.duckdb.sources",
    "meshwright.faces.cli.listening",
    "meshwright.faces.cli.main",
    "meshwright.faces.documents.verbs",
    "meshwright.faces.documents.verify",
    "meshwright.faces.cli.verbs.answers",
    "meshwright.files.cache",
    "meshwright.files.loader",
    "meshwright.state.database",
    "meshwright.store.local",
    "alembic.command",
    "pyarrow",
    "sqlglot",
    "xxhash",
]
KILLED = -signal.SIGKILL


@dataclass(frozen=True, kw_only=True, slots=True)
class Crash:
    """Die, or stop, when a named point is reached for the `count`-th time."""

    point: str
    count: int = 1
    signal: signal.Signals = signal.SIGKILL


@dataclass(frozen=True, kw_only=True, slots=True)
class Ended:
    """How a victim ended."""

    #: Exit status; negative for a signal.
    status: int
    out: str
    err: str


class Victim:
    """A running command."""

    def __init__(self, process: BaseProcess, folder: Path) -> None:
        self.process = process
        self._folder = folder

    @property
    def pid(self) -> int:
        """The process's number."""
        assert self.process.pid is not None
        return self.process.pid

    @property
    def has_stopped(self) -> bool:
        """Whether it stands still (SIGSTOP)."""
        try:
            return Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()[0] == "T"
        except OSError:
            return False

    def children(self) -> list[int]:
        """Return the numbers of the processes that it has started, and that those have."""
        found, waiting = [], [self.pid]
        while waiting:
            task = Path(f"/proc/{waiting.pop()}/task")
            with suppress(OSError):
                for thread in task.iterdir():
                    numbers = [int(word) for word in (thread / "children").read_text().split()]
                    found += numbers
                    waiting += numbers
        return found

    def kill(self) -> None:
        """Send SIGKILL; nothing happens to a process that has ended."""
        with suppress(ProcessLookupError):
            self.process.kill()

    def wait(self, timeout_s: float = 120.0) -> Ended:
        """Wait for the end; a victim that hangs is killed, and says so."""
        self.process.join(timeout_s)
        hung = self.process.exitcode is None
        if hung:
            self.kill()
            self.process.join()
        out, err = ((self._folder / name).read_text(errors="replace") for name in ("out", "err"))
        return Ended(
            status=self.process.exitcode or 0, out=out, err=err + (f"\nhung for {timeout_s} s" if hung else "")
        )


class Victims:
    """Starts victims. `library` is preloaded into all of them; faults need it."""

    def __init__(self, folder: Path, library: Path | None = None) -> None:
        self._folder = folder
        self._number = 0
        self.counter = folder / "counter"
        before = os.environ.get("LD_PRELOAD")
        if library is not None:
            os.environ["LD_PRELOAD"] = str(library)
        self._context = multiprocessing.get_context("forkserver")
        self._context.set_forkserver_preload(PRELOADED)
        try:
            first = self._context.Process(target=os.getpid)
            first.start()
            first.join()
        finally:
            if library is not None:
                os.environ.pop("LD_PRELOAD")
                if before is not None:
                    os.environ["LD_PRELOAD"] = before

    def start(
        self, root: Path, *words: str, crash: Crash | None = None, fault: Fault | None = None, is_traced: bool = False
    ) -> Victim:
        """Start ``mw WORDS`` in `root`. With `is_traced` its points are written to standard error."""
        self._number += 1
        folder = self._folder / f"victim-{self._number}"
        folder.mkdir()
        for name in ("out", "err"):
            (folder / name).touch()
        process = self._context.Process(target=_live, args=(root, words, folder, crash, fault, self.counter, is_traced))
        process.start()
        return Victim(process, folder)

    def run(self, root: Path, *words: str, crash: Crash | None = None, fault: Fault | None = None) -> Ended:
        """Start a victim and wait for its end."""
        return self.start(root, *words, crash=crash, fault=fault).wait()


def _live(
    root: Path,
    words: Sequence[str],
    folder: Path,
    crash: Crash | None,
    fault: Fault | None,
    counter: Path,
    is_traced: bool,
) -> None:
    """Run the command in this process, as the shell would."""
    from meshwright.faces.cli.main import main

    for name, stream in (("out", 1), ("err", 2)):
        descriptor = os.open(folder / name, os.O_WRONLY | os.O_APPEND)
        os.dup2(descriptor, stream)
        os.close(descriptor)
    sys.stdout = os.fdopen(os.dup(1), "w", encoding="utf-8")
    sys.stderr = os.fdopen(os.dup(2), "w", encoding="utf-8")
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.chdir(root)
    sys.argv = ["mw"]
    if crash is not None or is_traced:
        _listen(crash, is_traced)
    if fault is not None:
        arm(root, fault, counter)
    status = main(list(words))
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


def _listen(crash: Crash | None, is_traced: bool) -> None:
    """Die at the point; hooks cannot be taken away again, and need not."""
    passed: Counter[str] = Counter()

    def hook(event: str, arguments: tuple[object, ...]) -> None:
        if event != EVENT:
            return
        point = str(arguments[0])
        passed[point] += 1
        if is_traced:
            os.write(2, f"\nreached {point}\n".encode())
        if crash is not None and crash.point == point and passed[point] == crash.count:
            os.kill(os.getpid(), crash.signal)

    sys.addaudithook(hook)
