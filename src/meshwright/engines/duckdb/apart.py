"""Queries of rules in processes of their own: what they may cost, and what becomes of one that costs more.

A query is not trusted. It is read by two parsers before (`sql.parse_statement`, `vetted`), and it runs where only its data
can be reached; still it may run without end, or ask for more memory than there is, in places where DuckDB neither counts nor
can be interrupted. A process can always be ended.
"""

from __future__ import annotations

import io
import json
import os
import pickle
import selectors
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any  # as pickle has it

from meshwright.checks.spec import CheckSpec, Measurement
from meshwright.diagnostics import Diagnostic, WorldError
from meshwright.engines.duckdb.apartserve import (
    Question,
    read_message,
    read_only,
    spill_of,
    too_long,
    too_much,
    write_message,
)
from meshwright.engines.duckdb.errors import interrupted
from meshwright.engines.limits import Limits, QueryLimits
from meshwright.engines.protocol import Relation

#: What a process finds in its environment: no secret, no setting of Python or of meshwright.
_PASSED = ("LANG", "LC_ALL", "LC_CTYPE", "LD_LIBRARY_PATH", "PATH")
_BOOT = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[1]); "
    "from meshwright.engines.duckdb.apartserve import main; main()"
)
#: Seconds that a query which was interrupted has to end before its process is.
_GRACE_S = 5.0
#: How often the memory of a process is looked at.
_LOOK_S = 0.05
_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


class QueryProcesses:
    """As many processes as queries run at once. Starts none before the first query. Safe for threads."""

    def __init__(self, limits: Limits, each: QueryLimits) -> None:
        self._limits = limits
        self._each = each
        self._lock = threading.Lock()
        self._idle: list[subprocess.Popen[bytes]] = []
        self._all: set[subprocess.Popen[bytes]] = set()
        #: Set from other threads.
        self._stop = threading.Event()

    def measure(self, spec: CheckSpec, relations: Mapping[str, Relation]) -> Measurement:
        """Answer one rule over exactly `relations`. Raises WorldError, InterruptedRun."""
        question = Question(
            spec=spec,
            relations=relations,
            limits=self._each,
            readable=self._limits.readable,
            temp_directory=self._limits.temp_directory,
            threads=self._limits.threads,
        )
        started = time.perf_counter()
        process = self._take()
        try:
            said = self._ask(process, question)
        except BaseException:
            self._end(process)
            raise
        if isinstance(said, str):
            self._end(process)
            return Measurement(fingerprint=spec.fingerprint, error=said, seconds=time.perf_counter() - started)
        with self._lock:
            self._idle.append(process)
        return _measurement(spec, said)

    def _ask(self, process: subprocess.Popen[bytes], question: Question) -> Mapping[str, object] | str:
        """Return the answer, or why there is none."""
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            write_message(process.stdin, _pickled(question))  # type: ignore[arg-type]
            ended = self._watch(process)
            answer = read_message(process.stdout) if ended is None else None  # type: ignore[arg-type]
        except OSError:
            ended, answer = None, None
        if self._stop.is_set():
            raise interrupted(question.spec.dataset)
        if ended is not None:
            return ended
        if answer is None:
            return (
                f"the process of the query ended by itself (status {process.wait()}), as it does where memory runs out"
            )
        said: Mapping[str, object] = json.loads(answer)
        return said

    def _watch(self, process: subprocess.Popen[bytes]) -> str | None:
        """Wait for an answer; say why none is waited for any more, where time or memory is over."""
        assert process.stdout is not None
        # What is not counted by the engine is bounded as well: the process and the rows that it holds.
        most = 2 * self._each.memory_bytes + (1 << 29)
        last = time.monotonic() + self._each.seconds + _GRACE_S
        with selectors.DefaultSelector() as selector:
            selector.register(process.stdout, selectors.EVENT_READ)
            while not selector.select(_LOOK_S):
                if time.monotonic() > last:
                    return too_long(self._each)
                if _resident_bytes(process.pid) > most:
                    return too_much(self._each)
        return None

    def _take(self) -> subprocess.Popen[bytes]:
        with self._lock:
            if self._stop.is_set():
                raise interrupted()
            if self._idle:
                return self._idle.pop()
        process = _started()
        with self._lock:
            self._all.add(process)
            is_stopped = self._stop.is_set()
        if is_stopped:
            self._end(process)
            raise interrupted()
        return process

    def _end(self, process: subprocess.Popen[bytes]) -> None:
        process.kill()
        process.wait()
        for stream in (process.stdin, process.stdout):
            if stream is not None:
                try:
                    stream.close()
                except OSError:
                    continue  # what was not told to it any more
        if self._limits.temp_directory:
            shutil.rmtree(spill_of(self._limits.temp_directory, process.pid), ignore_errors=True)
        with self._lock:
            self._all.discard(process)

    def interrupt(self) -> None:
        """End every process; later queries are refused. Safe from a signal handler's thread."""
        # No lock: a signal handler may run on the thread that holds it.
        self._stop.set()
        for process in tuple(self._all):
            process.kill()

    def close(self) -> None:
        """End every process."""
        for process in tuple(self._all):
            self._end(process)
        self._idle.clear()


def _started() -> subprocess.Popen[bytes]:
    try:
        return subprocess.Popen(
            [sys.executable, "-s", "-P", "-c", _BOOT, json.dumps(sys.path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={name: os.environ[name] for name in _PASSED if name in os.environ},
            cwd="/",
            start_new_session=True,
        )
    except OSError as error:
        raise WorldError(
            Diagnostic(
                code="MW-E111",
                message=f"the process for queries of rules cannot be started: {error.strerror or error}",
                fix="free memory or processes, then run again",
            )
        ) from error


class _Pickler(pickle.Pickler):
    """Pickles read-only maps, which records hold, as what they show."""

    def reducer_override(self, value: object) -> Any:
        """Return how a value is made again."""
        return (read_only, (dict(value),)) if isinstance(value, MappingProxyType) else NotImplemented


def _pickled(question: Question) -> bytes:
    body = io.BytesIO()
    _Pickler(body).dump(question)
    return body.getvalue()


def _resident_bytes(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1]) * _PAGE_BYTES
    except (OSError, IndexError, ValueError):
        return 0  # it ended, which is told by its output


def _measurement(spec: CheckSpec, said: Mapping[str, object]) -> Measurement:
    if "world" in said:
        raise WorldError(Diagnostic(code=str(said["world"]), message=str(said["message"]), object=spec.dataset))
    found = dict(said["measurement"])  # type: ignore[call-overload]
    found["sample"] = tuple(found.get("sample") or ())
    return Measurement(**{**found, "fingerprint": spec.fingerprint})


def only_read(spec: CheckSpec, relations: Mapping[str, Relation]) -> Mapping[str, Relation]:
    """Return what the query of a rule may read: the dataset that it is about, and those that it declares."""
    wanted: Sequence[str] = (spec.dataset, *spec.reads)
    return {dataset: relations[dataset] for dataset in wanted if dataset in relations}
