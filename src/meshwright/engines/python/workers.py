"""Implements `engines.python.protocol.Workers`: a forked process a call, from a waiting process of the interpreter.

An interpreter has up to two waiting processes: a fork takes the longer the more its parent holds, so a call that neither is
given nor gives a table comes from one without pyarrow."""

from __future__ import annotations

import itertools
import json
import os
import re
import shutil
import stat
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from meshwright.diagnostics import Diagnostic, InterruptedRun, WorldError
from meshwright.engines.python.environments import Environments
from meshwright.engines.python.problems import call_problem
from meshwright.engines.python.protocol import CostSink, HandedTable, LogSink, PythonBuild, charge_nobody
from meshwright.engines.python.watching import Ended, watch
from meshwright.engines.python.worker.light import HOME, LIGHT
from meshwright.engines.python.zygote import Channel, HandedJob, Zygote
from meshwright.frozen import dataclass
from meshwright.model import Frame

#: Libraries that are imported before the fork, by the frames that need them.
_LIBRARIES = {
    Frame.DUCKDB: "duckdb",
    Frame.POLARS: "polars",
    Frame.POLARS_LAZY: "polars",
    Frame.PANDAS: "pandas",
}
#: Those, where the code imports them by itself: once before the forks instead of once in each.
_PRELOADED = frozenset({"pyarrow", "duckdb", "polars", "pandas", "numpy"})
_IMPORTS = re.compile(r"^[ \t]*(?:import[ \t]+|from[ \t]+)([A-Za-z_][\w., \t]*)", re.MULTILINE)
#: A result is a few lines of JSON; more than this is not read.
_RESULT_BYTES = 4 << 20
_NUMBERS = itertools.count(1)
#: Folders of calls are their user's alone.
_PRIVATE = 0o700


@dataclass(frozen=True, kw_only=True, slots=True)
class WorkerSettings:
    """What holds for every call."""

    #: Folder for scratch files, made when it is needed.
    scratch: Path
    #: Folder of the domains' own environments.
    environments: Path
    #: DuckDB's settings (name, value), as models have them.
    duckdb_settings: tuple[tuple[str, str], ...] = ()
    threads: int | None = None


class PythonWorkers:
    """Calls functions of nodes. Starts no process before the first call."""

    def __init__(self, settings: WorkerSettings, stop: threading.Event) -> None:
        self._settings = settings
        #: Once it is set, every call is killed soon and raises InterruptedRun.
        self._stop = stop
        self._environments = Environments(settings.environments, self._stop)
        self._lock = threading.Lock()
        #: By interpreter, and whether it is the one that handles tables.
        self._zygotes: dict[tuple[str, bool], Zygote] = {}
        #: Folders of calls that left them as they were made, for the next ones.
        self._spare: list[Path] = []

    @contextmanager
    def scratch(self, dataset: str) -> Iterator[Path]:
        """Make a folder for one call, removed afterwards; or kept for another, where the call left it as it was made."""
        try:
            folder = self._folder()
        except OSError as error:
            raise _disk_problem(dataset, error) from error
        try:
            yield folder
        finally:
            # Making and removing folders waits for the file system's journal, which syncs keep busy.
            if _is_as_made(folder):
                self._spare.append(folder)
            else:
                shutil.rmtree(folder, ignore_errors=True)

    def _folder(self) -> Path:
        """Return a folder for one call, with an empty home in it; names in order are made faster than random ones."""
        with suppress(IndexError):
            return self._spare.pop()
        folder = self._new_folder()
        (folder / HOME).mkdir(mode=_PRIVATE)
        return folder

    def _new_folder(self) -> Path:
        scratch = self._settings.scratch
        for _ in range(2):
            folder = scratch / f"python-{os.getpid()}-{next(_NUMBERS)}"
            with suppress(FileExistsError):  # of a process that had this one's number
                try:
                    folder.mkdir(mode=_PRIVATE)
                except FileNotFoundError:
                    scratch.mkdir(parents=True, exist_ok=True)
                    folder.mkdir(mode=_PRIVATE)
                return folder
        return Path(tempfile.mkdtemp(prefix="python-", dir=scratch))

    def call(self, build: PythonBuild, folder: Path, log: LogSink, costs: CostSink = charge_nobody) -> HandedTable:
        """Call the function; what it returned is in `folder`."""
        interpreter = sys.executable
        if build.requires:
            interpreter = self._environments.interpreter(build.requires, log)
        return self._call(build, interpreter, folder, log, costs)

    def close(self) -> None:
        """End every process."""
        with self._lock:
            for zygote in self._zygotes.values():
                zygote.close()
            self._zygotes.clear()
        while self._spare:
            shutil.rmtree(self._spare.pop(), ignore_errors=True)

    def _call(self, build: PythonBuild, interpreter: str, folder: Path, log: LogSink, costs: CostSink) -> HandedTable:
        try:
            ended = self._watched(build, interpreter, folder, log)
        except OSError as error:
            raise _disk_problem(build.dataset, error) from error
        costs("cpu_s", ended.cpu_s)
        if ended.killed_for == "stop":
            raise InterruptedRun(Diagnostic(code="MW-R006", message="interrupted", object=build.dataset))
        result = ended.result or _result(folder)
        rows = result.get("rows")
        if ended.status == 0 and isinstance(rows, int) and not ended.killed_for:
            values = result.get("values")
            return HandedTable(
                file=str(folder / "result.parquet"),
                rows=rows,
                schema=str(result.get("schema", "")),
                table=ended.table,
                peak_bytes=ended.peak_bytes,
                values=values if isinstance(values, dict) else {},
            )
        raise call_problem(build, ended, result, log)

    def _watched(self, build: PythonBuild, interpreter: str, folder: Path, log: LogSink) -> Ended:
        handed = HandedJob(
            folder=folder, job=self._job(build), memory_bytes=build.memory_bytes, libraries=_libraries(build)
        )
        channel = self._started(interpreter, handed)
        try:
            return watch(channel, log, timeout_s=build.timeout_s, is_stopping=self._stop.is_set)
        finally:
            channel.close()

    def _started(self, interpreter: str, handed: HandedJob) -> Channel:
        """Hand the job over; where the waiting process is just dying nothing was handed over, and a new one gets it."""
        has_tables = bool(handed.libraries)
        try:
            return self._zygote(interpreter, has_tables=has_tables).start(handed)
        except WorldError:
            return self._zygote(interpreter, has_tables=has_tables).start(handed)

    def _zygote(self, interpreter: str, *, has_tables: bool) -> Zygote:
        """Return the interpreter's waiting process; a new one where it is not there, or died."""
        key = interpreter, has_tables
        with self._lock:
            zygote = self._zygotes.get(key)
            if zygote is None or not zygote.is_alive:
                if zygote is not None:
                    zygote.close()
                zygote = self._zygotes[key] = Zygote(interpreter, self._settings.scratch, has_tables=has_tables)
            return zygote

    def _job(self, build: PythonBuild) -> dict[str, object]:
        # A worker reads whole files; who calls has written out what is more than that.
        assert all(relation.is_plain for _, relation in build.inputs.values())
        return {
            "modules": [{"path": module.path, "text": module.text} for module in build.modules],
            "roots": list(build.roots),
            "function": build.function,
            "inputs": {
                name: {"frame": frame.value, "files": list(relation.files)}
                for name, (frame, relation) in build.inputs.items()
            },
            "params": {name: {"type": kind, "value": value} for name, (kind, value) in build.params.items()},
            "duckdb_settings": [list(setting) for setting in self._settings.duckdb_settings],
            "memory_bytes": build.memory_bytes,
            "is_none": build.is_none,
            "threads": self._settings.threads,
        }


def _libraries(build: PythonBuild) -> tuple[str, ...]:
    """Return what is imported before the fork; nothing where the call has nothing to do with tables."""
    framed = {_LIBRARIES[frame] for frame, _ in build.inputs.values() if frame in _LIBRARIES}
    imported = {
        name.split()[0].partition(".")[0]
        for module in build.modules
        for names in _IMPORTS.findall(module.text)
        for name in names.split(",")
        if name.strip()
    }
    if build.is_none and not build.inputs and imported <= LIGHT:
        return ()
    return tuple(sorted(framed | (imported & _PRELOADED) | {"pyarrow"}))


def _is_as_made(folder: Path) -> bool:
    """Whether nothing is in a call's folder but its home, and nothing in that."""
    home = folder / HOME
    try:
        kinds = [os.lstat(place).st_mode for place in (folder, home)]
        return (
            all(stat.S_ISDIR(kind) and stat.S_IMODE(kind) == _PRIVATE for kind in kinds)
            and os.listdir(folder) == [HOME]  # noqa: PTH208 - every call asks, and a Path for each entry takes longer
            and not os.listdir(home)  # noqa: PTH208
        )
    except OSError:
        return False


def _result(folder: Path) -> dict[str, object]:
    """Read what the worker left; nothing where it left nothing that can be read."""
    try:
        with (folder / "result.json").open("rb") as file:
            read = json.loads(file.read(_RESULT_BYTES))
    except (OSError, ValueError, RecursionError):
        return {}
    return read if isinstance(read, dict) else {}


def _disk_problem(dataset: str, error: OSError) -> WorldError:
    return WorldError(
        Diagnostic(
            code="MW-N301",
            message=f"scratch files of {dataset} cannot be written: {error.strerror or error}",
            fix="make room on the disk of the mesh's .meshwright folder, then run again",
            object=dataset,
        )
    )
