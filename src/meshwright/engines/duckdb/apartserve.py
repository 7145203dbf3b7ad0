"""The process in which queries of rules run: it answers one after the other, in an instance that can reach their data alone.

Started by `apart`, which tells it on standard input what to answer and ends it when that takes too long or too much.
"""

from __future__ import annotations

import json
import os
import pickle
import resource
import struct
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from types import MappingProxyType
from typing import BinaryIO

import duckdb

from meshwright.checks.spec import CheckSpec, Measurement
from meshwright.diagnostics import MeshwrightError
from meshwright.engines.duckdb.instance import open_instance
from meshwright.engines.duckdb.known import KnownStatements
from meshwright.engines.duckdb.measure import measure_all
from meshwright.engines.duckdb.names import glob_safe, literals
from meshwright.engines.duckdb.namespaces import Namespaces
from meshwright.engines.duckdb.views import files_of
from meshwright.engines.limits import QueryLimits
from meshwright.engines.protocol import Limits, Relation
from meshwright.frozen import dataclass
from meshwright.model import product_of

_LENGTH = struct.Struct(">I")
#: Of the address space: code, libraries and what DuckDB reserves besides what it counts.
_BESIDES_BYTES = 3 << 30
#: What all temporary files may take.
_SPILL = "8GB"


@dataclass(frozen=True, kw_only=True, slots=True)
class Question:
    """One rule to be answered. Comes from the process that started this one."""

    spec: CheckSpec
    #: Dataset -> relation, exactly what the query may read.
    relations: Mapping[str, Relation]
    limits: QueryLimits
    #: Folders that may be read, where all files lie in one of them; else the files alone may be.
    readable: tuple[str, ...]
    temp_directory: str | None
    threads: int | None


class _Server:
    """Keeps an instance for as long as the same may be read."""

    def __init__(self) -> None:
        self._known = KnownStatements()
        self._key: object = None
        self._names: Namespaces | None = None

    def answer(self, question: Question) -> Measurement:
        """Answer one rule. Raises MeshwrightError where the world failed."""
        spec = question.spec
        names = self._open(question)
        relations = dict(question.relations)
        with (
            names.cursor(relations, product_of(spec.dataset)) as cursor,
            _interrupted_after(cursor, question.limits) as late,
        ):
            try:
                (found,) = measure_all(cursor, relations[spec.dataset], [spec], self._known)
            except MeshwrightError as error:
                if late.is_set():
                    return Measurement(fingerprint=spec.fingerprint, error=too_long(question.limits))
                if error.first.code == "MW-E201":
                    return Measurement(fingerprint=spec.fingerprint, error=too_much(question.limits))
                raise
        return found

    def _open(self, question: Question) -> Namespaces:
        files = sorted(files_of(question.relations))
        folders = question.readable
        is_within = bool(folders) and all(file.startswith(folders) for file in files)
        key = (folders if is_within else tuple(files), question.limits, question.temp_directory)
        if self._names is None or key != self._key:
            if self._names is not None:
                self._names.close()
            self._key, self._names = key, Namespaces(lambda: _locked(question, () if is_within else files))
        return self._names


def _locked(question: Question, files: tuple[str, ...] | list[str]) -> duckdb.DuckDBPyConnection:
    """Open an instance that reaches the files, or the folders where none are given, and nothing else."""
    spill = spill_of(question.temp_directory, os.getpid()) if question.temp_directory else None
    limits = Limits(memory_bytes=question.limits.memory_bytes, threads=question.threads, temp_directory=spill)
    connection = open_instance(limits)
    if question.temp_directory:
        connection.execute(f"SET max_temp_directory_size = '{_SPILL}'")
    if files:
        # A path is looked up twice: as the text of the scan, and as the file that is found.
        allowed = dict.fromkeys(path for file in files for path in (file, glob_safe(file)))
        connection.execute(f"SET allowed_paths = {literals(allowed)}")
    else:
        connection.execute(f"SET allowed_directories = {literals(question.readable)}")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")
    return connection


@contextmanager
def _interrupted_after(cursor: duckdb.DuckDBPyConnection, limits: QueryLimits) -> Iterator[threading.Event]:
    """Interrupt what runs inside when its time is over; the event says whether that was done."""
    late, is_over = threading.Event(), threading.Event()

    def stop() -> None:
        # Again and again: DuckDB forgets an interrupt that comes between two statements.
        if not is_over.wait(limits.seconds):
            late.set()
            while not is_over.wait(0.05):
                cursor.interrupt()

    threading.Thread(target=stop, daemon=True).start()
    try:
        yield late
    finally:
        is_over.set()


def read_only(value: Mapping[object, object]) -> Mapping[object, object]:
    """Return a map as records hold it; such maps cannot be sent as they are."""
    return MappingProxyType(dict(value))


def spill_of(temp_directory: str, process: int) -> str:
    """Return where a process spills: two instances must not share a folder. It is made when something spills, without its
    parents, so it lies beside the session's own, which may not be there."""
    return f"{temp_directory.rstrip('/')}-query-{process}"


def too_long(limits: QueryLimits) -> str:
    """Say that a query was stopped for its time."""
    return f"the query takes more than {limits.seconds:g} seconds, which no rule may"


def too_much(limits: QueryLimits) -> str:
    """Say that a query was stopped for its memory."""
    return f"the query needs more than {limits.memory_bytes // 1_000_000:,} MB of memory, which no rule may"


def read_message(stream: BinaryIO) -> bytes | None:
    """Read one message; None where there is none any more."""
    head = stream.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        return None
    length = _LENGTH.unpack(head)[0]
    body = stream.read(length)
    return body if len(body) == length else None


def write_message(stream: BinaryIO, body: bytes) -> None:
    """Write one message."""
    stream.write(_LENGTH.pack(len(body)) + body)
    stream.flush()


def main() -> None:
    """Answer until nobody asks."""
    # What libraries print must not stand between messages.
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    server = _Server()
    while (asked := read_message(sys.stdin.buffer)) is not None:
        question: Question = pickle.loads(asked)  # noqa: S301  it comes from the process that started this one
        most = 2 * question.limits.memory_bytes + _BESIDES_BYTES
        resource.setrlimit(resource.RLIMIT_AS, (most, resource.RLIM_INFINITY))
        try:
            said: dict[str, object] = {"measurement": asdict(server.answer(question))}
        except MeshwrightError as error:
            said = {"world": error.first.code, "message": error.first.message}
        except MemoryError:
            said = {"measurement": {"fingerprint": question.spec.fingerprint, "error": too_much(question.limits)}}
        write_message(answers, json.dumps(said).encode())
