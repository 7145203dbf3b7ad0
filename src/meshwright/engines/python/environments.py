"""A domain's own Python environment: made once for its requirements, by venv and pip, and kept.

Its folder is named by what it is made of, built aside and moved into place whole, under a lock between processes: an
environment that is there is complete, and using it contacts nobody.
"""

from __future__ import annotations

import fcntl
import importlib.metadata
import os
import platform
import shutil
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from meshwright.diagnostics import Diagnostic, InterruptedRun, WorldError
from meshwright.engines.python.protocol import LogSink
from meshwright.model import identity

#: Lent from meshwright's own installation where the requirements bring none: the worker cannot be without pyarrow.
_LENT = ("pyarrow", "duckdb")
_LAST_LINES = 12
_WAIT_S = 0.2


class Environments:
    """The environments under one folder."""

    def __init__(self, folder: Path, stop: threading.Event) -> None:
        self._folder = folder
        self._stop = stop
        self._lock = threading.Lock()

    def interpreter(self, requires: tuple[str, ...], log: LogSink) -> str:
        """Return the interpreter of the environment of `requires`, made where it is not there.

        Raises WorldError (MW-N310) with pip's last lines, InterruptedRun.
        """
        place = self._folder / environment_key(requires)
        python = place / "bin" / "python"
        if python.exists():
            return str(python)
        with self._lock, self._locked(place):
            if not python.exists():
                self._make(place, requires, log)
        return str(python)

    def _make(self, place: Path, requires: tuple[str, ...], log: LogSink) -> None:
        aside = place.with_name(f"{place.name}.building")
        shutil.rmtree(aside, ignore_errors=True)  # of a process that died: the lock is ours
        log("info", f"making the domain's Python environment: {', '.join(requires)}")
        try:
            import venv  # lazy: most runs make none

            venv.EnvBuilder(with_pip=not _has_pip(), symlinks=True).create(aside)
            self._install(aside, requires, log)
            lend(aside)
            aside.rename(place)
        except (OSError, subprocess.CalledProcessError) as error:
            raise _not_made(requires, str(error)) from error
        finally:
            shutil.rmtree(aside, ignore_errors=True)

    def _install(self, aside: Path, requires: tuple[str, ...], log: LogSink) -> None:
        """Run pip with the coordinator's own environment: it holds the addresses and passwords of package registries."""
        python = str(aside / "bin" / "python")
        pip = [sys.executable, "-m", "pip", "--python", python] if _has_pip() else [python, "-m", "pip"]
        command = [*pip, "install", "--no-input", "--disable-pip-version-check", "--progress-bar", "off", *requires]
        with subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True
        ) as process:
            last: deque[str] = deque(maxlen=_LAST_LINES)
            reader = threading.Thread(target=_read_lines, args=(process, last, log), daemon=True)
            reader.start()
            while True:
                try:
                    status = process.wait(timeout=_WAIT_S)
                    break
                except subprocess.TimeoutExpired:
                    if self._stop.is_set():
                        process.kill()
                        raise InterruptedRun(Diagnostic(code="MW-R006", message="interrupted")) from None
            reader.join(timeout=5)
        if status != 0:
            raise _not_made(requires, "\n".join(last))

    @contextmanager
    def _locked(self, place: Path) -> Iterator[None]:
        """Hold the lock of one environment against other processes."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(place.with_name(f"{place.name}.lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        except OSError as error:
            raise _not_made((), error.strerror or str(error)) from error
        try:
            while True:
                try:
                    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError:
                    if self._stop.wait(_WAIT_S):
                        raise InterruptedRun(Diagnostic(code="MW-R006", message="interrupted")) from None
            yield
        finally:
            os.close(descriptor)


def environment_key(requires: tuple[str, ...]) -> str:
    """Return the name of the environment's folder: requirements, Python and the kind of machine."""
    version = ".".join(map(str, sys.version_info[:3]))
    return identity("mwpythonenv1", list(requires), version, platform.machine(), sys.base_prefix)[:24]


def lend(environment: Path) -> None:
    """Link meshwright's own pyarrow and duckdb into an environment that has none of its own."""
    site = next((environment / "lib").glob("python*/site-packages"))
    for name in _LENT:
        if any(site.glob(f"{name}-*.dist-info")) or (site / name).exists():
            continue
        distribution = importlib.metadata.distribution(name)
        tops = {file.parts[0] for file in distribution.files or () if file.parts and file.parts[0] != ".."}
        for top in sorted(tops):
            # Linked, not copied: 100 MB a domain otherwise. Pip has run before, so it never meets the links.
            if not top.endswith((".dist-info", ".pth")) and top != "__pycache__" and not (site / top).exists():
                (site / top).symlink_to(Path(str(distribution.locate_file(top))).resolve())


def _has_pip() -> bool:
    try:
        importlib.metadata.version("pip")
    except importlib.metadata.PackageNotFoundError:
        return False
    return True


def _read_lines(process: subprocess.Popen[bytes], last: deque[str], log: LogSink) -> None:
    assert process.stdout is not None
    for line in process.stdout:
        text = line.decode("utf-8", "replace").strip()
        if text:
            last.append(text)
            log("info", f"pip: {text}")


def _not_made(requires: tuple[str, ...], reason: str) -> WorldError:
    return WorldError(
        Diagnostic(
            code="MW-N310",
            message=f"the Python environment with {', '.join(requires) or 'the domain requirements'} cannot be made:\n{reason}",
            fix="correct `python: {requires: [...]}` in domain.yaml, or let pip reach the package registry, then run again",
        )
    )
