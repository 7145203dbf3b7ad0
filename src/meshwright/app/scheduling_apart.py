"""Looks at the mesh in a process of their own: what a mesh of ten thousand datasets takes is given back when it ends.

The process is ``mw worker --look FILE``, forked from the launcher where there is one. It reads in the file what is asked, and
writes the answer to its standard output: encoded records both.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from pathlib import Path
from tempfile import NamedTemporaryFile, TemporaryFile
from typing import TypeVar

from meshwright.app.launching import Command, Launch, RunProcess
from meshwright.app.scheduling_late import Lateness
from meshwright.app.scheduling_looks import FoundTriggers, LooksHere
from meshwright.app.workspace import Workspace
from meshwright.diagnostics import Diagnostic, InputError, MeshwrightError, RefusedError, WorldError
from meshwright.files.records import UnreadableRecord, decode_record, encode_record
from meshwright.frozen import dataclass

_T = TypeVar("_T", FoundTriggers, Lateness)
_ERRORS: Mapping[str, type[MeshwrightError]] = {kind.__name__: kind for kind in (InputError, RefusedError, WorldError)}


@dataclass(frozen=True, kw_only=True, slots=True)
class AskedTriggers:
    """Asks for the triggers."""

    environment: str


@dataclass(frozen=True, kw_only=True, slots=True)
class AskedLateness:
    """Asks for what is late."""

    environment: str
    measured: Mapping[str, str]


@dataclass(frozen=True, kw_only=True, slots=True)
class Failed:
    """The look failed."""

    #: Name of the error's class.
    error: str
    diagnostics: tuple[Diagnostic, ...]


class LooksApart:
    """Implements `Looks`. Safe for threads: one looks after another, so that the mesh is in memory once."""

    def __init__(self, workspace: Workspace, folder: Path, launch: Launch) -> None:
        """Processes are started by `launch`; files for them lie in `folder`."""
        self._workspace = workspace
        self._folder = folder
        self._launch = launch
        self._lock = threading.Lock()

    def triggers(self, environment: str) -> FoundTriggers:
        """Return the triggers."""
        return self._answer(AskedTriggers(environment=environment), FoundTriggers)

    def lateness(self, environment: str, measured: Mapping[str, str]) -> Lateness:
        """Measure what is new."""
        return self._answer(AskedLateness(environment=environment, measured=dict(measured)), Lateness)

    def _answer(self, asked: AskedTriggers | AskedLateness, kind: type[_T]) -> _T:
        """Start the process, wait for it, and return what it found. Raises what it raised, WorldError (MW-S041)."""
        with self._lock:
            try:
                process, said, told = self._run(encode_record(asked))
            except OSError as error:
                raise _lost(error.strerror or str(error)) from error
        found = _decoded(said)
        if isinstance(found, kind):
            return found
        if isinstance(found, Failed):
            raise _ERRORS.get(found.error, WorldError)(*found.diagnostics)
        status = process.status()
        how = "it was killed" if status is None or status < 0 else f"it ended with status {status}"
        raise _lost(f"{how}{f': {told.splitlines()[-1][:300]}' if told else ''}")

    def _run(self, asked: bytes) -> tuple[RunProcess, bytes, str]:
        """Start the process and wait for its end; return what it said on standard output and standard error."""
        self._folder.mkdir(parents=True, exist_ok=True)
        with (
            NamedTemporaryFile(dir=self._folder, prefix="look-") as file,
            TemporaryFile(dir=self._folder) as out,
            TemporaryFile(dir=self._folder) as err,
        ):
            file.write(asked)
            file.flush()
            words = ("-C", str(self._workspace.root), "worker", "--look", file.name)
            process = self._launch(
                Command(words=words, folder=self._workspace.root, out=out, err=err, variables={}, name="mw look")
            )
            process.wait()
            for each in (out, err):
                each.seek(0)
            return process, out.read(), err.read().decode(errors="replace").strip()


def _decoded(data: bytes) -> object | None:
    try:
        return decode_record(data)
    except UnreadableRecord:  # cut off, or nothing
        return None


def _lost(how: str) -> WorldError:
    return WorldError(
        Diagnostic(
            code="MW-S041",
            message=f"the process that looks at the mesh for the worker gave no answer: {how}",
            fix="it is tried again; where memory is short, give the host more, or run the worker on another one",
        )
    )


def answer_look(workspace: Workspace, file: Path) -> bytes:
    """Do what is asked in a file, in this process, and return the answer. Raises OSError, UnreadableRecord."""
    asked, looks = decode_record(file.read_bytes()), LooksHere(workspace)
    answer: FoundTriggers | Lateness | Failed
    try:
        match asked:
            case AskedTriggers():
                answer = looks.triggers(asked.environment)
            case AskedLateness():
                answer = looks.lateness(asked.environment, asked.measured)
            case _:
                raise UnreadableRecord(f"{type(asked).__name__} asks for nothing")
    except MeshwrightError as error:
        answer = Failed(error=type(error).__name__, diagnostics=error.diagnostics)
    return encode_record(answer)
