"""Runs as processes of their own: started under the id that their firing has, found again, gone on with when they died.

Whoever starts a run of a firing starts the same run, for its id follows from the firing; a second one is refused (MW-S001).
So a worker that was killed anywhere is followed by one that simply starts what it does not find.
"""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass as mutable_dataclass
from dataclasses import field
from pathlib import Path

from meshwright.app.processes import holder_of_process, is_gone, is_of_this_host
from meshwright.frozen import dataclass
from meshwright.model import canonical_json
from meshwright.model.causes import Cause, cause_document
from meshwright.model.firings import Firing
from meshwright.model.triggers import product_of_trigger

#: What a child says when another one has its run already.
_TAKEN = frozenset({"MW-S001", "MW-R004"})


@dataclass(frozen=True, kw_only=True, slots=True)
class ChildEnd:
    """How a process ended that was started for a firing."""

    #: None where it was not ours to wait for.
    status: int | None
    code: str = ""
    message: str = ""
    is_retryable: bool = True

    @property
    def is_taken(self) -> bool:
        """Whether another process has the run."""
        return self.code in _TAKEN


@mutable_dataclass(kw_only=True, slots=True)
class Children:
    """The processes that a worker started, and the files that they answer into."""

    root: Path
    folder: Path
    environment: str
    is_environment_explicit: bool
    #: By the key of the firing.
    _running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    #: Keys of those whose end was seen.
    _seen: set[str] = field(default_factory=set)

    def start(self, firing: Firing, *, resume: bool) -> str:
        """Start the run of a firing, or go on with it; return the process, as a holder. Raises OSError."""
        self.folder.mkdir(parents=True, exist_ok=True)
        words = self._resume_words(firing) if resume else self._run_words(firing)
        with (self._answer(firing, "out")).open("wb") as out, (self._answer(firing, "err")).open("wb") as err:
            process = subprocess.Popen(
                [sys.executable, "-m", "meshwright", "-C", str(self.root), *words],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                cwd=self.root,
                # What stops a worker does not stop the runs that it started.
                start_new_session=True,
            )
        self._running[firing.key] = process
        self._seen.discard(firing.key)
        return holder_of_process(process.pid)

    def _run_words(self, firing: Firing) -> list[str]:
        cause = Cause(kind=firing.kind, name=firing.trigger, at=firing.at, events=firing.events, key=firing.key)
        words = ["run", product_of_trigger(firing.trigger), "--only", "--run-id", firing.run_id]
        words += ["--cause", canonical_json(cause_document(cause)), "--quiet", "--json"]
        # Left away it is the default, under which a run protects what was published from git.
        if self.is_environment_explicit or self.environment != "prod":
            words += ["--env", self.environment]
        for name, value in firing.params.items():
            words += ["--param", f"{name}={value}"]
        return words

    @staticmethod
    def _resume_words(firing: Firing) -> list[str]:
        return ["runs", "resume", firing.run_id, "--quiet", "--json"]

    def is_going_on(self, firing: Firing) -> bool:
        """Whether the process of a firing lives: ours, or one that another worker of this host started."""
        own = self._running.get(firing.key)
        if own is not None:
            if own.poll() is not None:
                self._seen.add(firing.key)
            return firing.key not in self._seen
        # Of a process on another host nothing is known: the lease of its run says more.
        return is_of_this_host(firing.process) and not is_gone(firing.process)

    @property
    def are_running(self) -> bool:
        """Whether there is any process to wait for."""
        return bool(self._running)

    def has_ended(self) -> bool:
        """Whether a process ended whose end nobody asked for yet."""
        return any(key not in self._seen and each.poll() is not None for key, each in self._running.items())

    def wait(self) -> None:
        """Wait for the processes that are this worker's own; what others started goes on."""
        for process in self._running.values():
            process.wait()

    def end_of(self, firing: Firing) -> ChildEnd:
        """Return how the process of a firing ended, as far as it said so."""
        own = self._running.pop(firing.key, None)
        status = own.returncode if own is not None else None
        told = self._answer_text(firing, "out") or self._answer_text(firing, "err")
        try:
            error = json.loads(self._answer_text(firing, "out"))["error"]
            return ChildEnd(
                status=status, code=error["code"], message=error["message"], is_retryable=bool(error["retryable"])
            )
        except (ValueError, KeyError, TypeError):
            how = "was killed" if status is None or status < 0 else f"ended with status {status}"
            last = told.strip().splitlines()[-1][:300] if told.strip() else ""
            return ChildEnd(status=status, message=f"its process {how}{f': {last}' if last else ''}")

    def stop(self, firing: Firing) -> bool:
        """Ask the process of a firing to end cleanly; False where it is none of this worker's.

        Another worker may have sent its signal already, and a second one ends a run the hard way.
        """
        own = self._running.get(firing.key)
        if own is None or own.poll() is not None:
            return False
        own.terminate()
        return True

    def forget(self, firing: Firing) -> None:
        """Remove what a process answered: the run's own record says more."""
        self._running.pop(firing.key, None)
        self._seen.discard(firing.key)
        for kind in ("out", "err"):
            self._answer(firing, kind).unlink(missing_ok=True)

    def _answer(self, firing: Firing, kind: str) -> Path:
        return self.folder / f"{firing.run_id}.{kind}"

    def _answer_text(self, firing: Firing, kind: str) -> str:
        try:
            return self._answer(firing, kind).read_text(encoding="utf-8", errors="replace")
        except OSError:
            return ""
