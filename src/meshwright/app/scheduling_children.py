"""Runs as processes of their own: started under an id that is settled before, found again, gone on with when they died.

Whoever starts a run of a firing, or of a request, starts the same run, for its id is settled with it; a second one is refused
(MW-S001). So a worker that was killed anywhere is followed by one that simply starts what it does not find.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass as mutable_dataclass
from dataclasses import field
from pathlib import Path
from types import MappingProxyType
from typing import Protocol

from meshwright.app.launching import Command, Launch, RunProcess, launch_plainly
from meshwright.app.processes import is_gone, is_of_this_host
from meshwright.frozen import dataclass
from meshwright.model import canonical_json
from meshwright.model.causes import Cause, cause_document
from meshwright.model.chains import Chain
from meshwright.model.firings import Firing
from meshwright.model.triggers import product_of_trigger

#: What a child says when another one has its run already.
_TAKEN = frozenset({"MW-S001", "MW-R004"})
_NO_VARIABLES: Mapping[str, str] = MappingProxyType({})


class Errand(Protocol):
    """What a process is started for: a firing, or a request."""

    @property
    def key(self) -> str:
        """What tells it from others."""
        ...

    @property
    def run_id(self) -> str:
        """The id of its run."""
        ...

    @property
    def process(self) -> str:
        """The process that was recorded for it, as the holder of a lease; empty where none was."""
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class ChildEnd:
    """How a process ended that was started for a run."""

    #: None where it was not ours to wait for.
    status: int | None
    code: str = ""
    message: str = ""
    is_retryable: bool = True
    #: The error as the process told it, canonical JSON; empty where it told none.
    error: str = ""

    @property
    def is_taken(self) -> bool:
        """Whether another process has the run."""
        return self.code in _TAKEN


@mutable_dataclass(kw_only=True, slots=True)
class Children:
    """The processes that a worker started, and the files that they answer into."""

    root: Path
    folder: Path
    launch: Launch = launch_plainly
    #: By the key of what they are for.
    _running: dict[str, RunProcess] = field(default_factory=dict)
    #: Keys of those whose end was seen.
    _seen: set[str] = field(default_factory=set)

    def start(self, errand: Errand, words: Sequence[str], variables: Mapping[str, str] = _NO_VARIABLES) -> str:
        """Start the process of a run, `words` of `mw`; return the process, as a holder. Raises OSError."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self._answer(errand, "out")).open("wb") as out, (self._answer(errand, "err")).open("wb") as err:
            process = self.launch(
                Command(
                    words=("-C", str(self.root), *words),
                    folder=self.root,
                    out=out,
                    err=err,
                    variables=variables,
                    name=f"mw {errand.run_id.rpartition('-')[2]}",
                )
            )
        self._running[errand.key] = process
        self._seen.discard(errand.key)
        return process.holder

    def is_going_on(self, errand: Errand) -> bool:
        """Whether the process of an errand lives: ours, or one that another worker of this host started."""
        own = self._running.get(errand.key)
        if own is not None:
            if own.has_ended():
                self._seen.add(errand.key)
            return errand.key not in self._seen
        # Of a process on another host nothing is known: the lease of its run says more.
        return is_of_this_host(errand.process) and not is_gone(errand.process)

    @property
    def are_running(self) -> bool:
        """Whether there is any process to wait for."""
        return bool(self._running)

    def has_ended(self) -> bool:
        """Whether a process ended whose end nobody asked for yet."""
        return any(key not in self._seen and each.has_ended() for key, each in self._running.items())

    def wait(self) -> None:
        """Wait for the processes that are this worker's own; what others started goes on."""
        for process in self._running.values():
            process.wait()

    def end_of(self, errand: Errand) -> ChildEnd:
        """Return how the process of an errand ended, as far as it said so."""
        own = self._running.pop(errand.key, None)
        status = own.status() if own is not None else None
        told = self._answer_text(errand, "out") or self._answer_text(errand, "err")
        try:
            error = json.loads(self._answer_text(errand, "out"))["error"]
            return ChildEnd(
                status=status,
                code=error["code"],
                message=error["message"],
                is_retryable=bool(error["retryable"]),
                error=canonical_json(error),
            )
        except (ValueError, KeyError, TypeError):
            how = "was killed" if status is None or status < 0 else f"ended with status {status}"
            last = told.strip().splitlines()[-1][:300] if told.strip() else ""
            return ChildEnd(status=status, message=f"its process {how}{f': {last}' if last else ''}")

    def stop(self, errand: Errand) -> bool:
        """Ask the process of an errand to end cleanly; False where it is none of this worker's.

        Another worker may have sent its signal already, and a second one ends a run the hard way.
        """
        own = self._running.get(errand.key)
        if own is None or own.has_ended():
            return False
        own.terminate()
        return True

    def forget(self, errand: Errand) -> None:
        """Remove what a process answered: the run's own record says more."""
        self._running.pop(errand.key, None)
        self._seen.discard(errand.key)
        for kind in ("out", "err"):
            self._answer(errand, kind).unlink(missing_ok=True)

    def _answer(self, errand: Errand, kind: str) -> Path:
        return self.folder / f"{errand.run_id}.{kind}"

    def _answer_text(self, errand: Errand, kind: str) -> str:
        try:
            return self._answer(errand, kind).read_text(encoding="utf-8", errors="replace")
        except OSError:
            return ""


def firing_words(firing: Firing, chain: Chain, environment: str, *, is_explicit: bool) -> list[str]:
    """Return the words of `mw` that start the run of a firing, whose chain of causes is `chain`."""
    cause = Cause(
        kind=firing.kind,
        name=firing.trigger,
        at=firing.at,
        events=firing.events,
        key=firing.key,
        depth=chain.depth,
        correlation=chain.correlation,
    )
    words = ["run", product_of_trigger(firing.trigger), "--only", "--run-id", firing.run_id]
    words += ["--cause", canonical_json(cause_document(cause)), "--quiet", "--json"]
    # Left away it is the default, under which a run protects what was published from git.
    if is_explicit or environment != "prod":
        words += ["--env", environment]
    for name, value in firing.params.items():
        words += ["--param", f"{name}={value}"]
    return words


def resume_words(run_id: str) -> list[str]:
    """Return the words of `mw` that go on with a run."""
    return ["runs", "resume", run_id, "--quiet", "--json"]
