"""The files of a job in its folder: the request, the steps as they go, the result or the failure."""

from __future__ import annotations

import datetime as dt
import json
import os
import re
import resource
import sys
import threading
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

_NAME = re.compile(r"[a-z][a-z0-9_]{0,47}")


class JobFailed(Exception):
    """The job cannot succeed. `str` says why, in the tool's own words where they are the tool's."""

    def __init__(
        self, message: str, *, fix: str | None = None, is_retryable: bool = False, is_refused: bool = False
    ) -> None:
        super().__init__(message)
        self.fix = fix
        #: Whether a test said no.
        self.is_refused = is_refused
        self.is_retryable = is_retryable


class Steps:
    """The steps of the tool's own graph. Each change is one line more in ``steps.jsonl``; the last line of a name holds."""

    def __init__(self, place: Path) -> None:
        self._file = (place / "steps.jsonl").open("a", encoding="utf-8")
        self._lock = threading.Lock()
        self.known: dict[str, dict[str, Any]] = {}

    def put(self, name: str, **fields: Any) -> None:
        """Note what is known of a step: ``kind, state, after, started_at, ended_at, error, dataset``."""
        with self._lock:
            step = self.known.setdefault(name, {"name": name})
            step.update(fields)
            self._file.write(json.dumps(step, default=str) + "\n")
            self._file.flush()

    def close(self, *, unfinished: str) -> None:
        """Give what waits or runs a last state, and end the file."""
        for name, step in list(self.known.items()):
            if step["state"] in {"waiting", "running"}:
                self.put(name, state=unfinished)
        self._file.close()


def read_request(place: Path) -> dict[str, Any]:
    """Return what the job is asked to do."""
    found = json.loads((place / "request.json").read_text("utf-8"))
    assert isinstance(found, dict)
    return found


def write_json(path: Path, document: Any) -> None:
    """Write a document that appears whole or not at all."""
    new = path.with_name(path.name + ".new")
    new.write_text(json.dumps(document, default=str), "utf-8")
    os.replace(new, path)  # noqa: PTH105 - the same, said with less


def write_failure(place: Path, failed: JobFailed) -> None:
    """Leave why the job failed."""
    told = {"fix": failed.fix, "is_retryable": failed.is_retryable, "is_refused": failed.is_refused}
    write_json(place / "failure.json", {"error": str(failed), **told})


def run_job(place: Path, work: Callable[[dict[str, Any]], None]) -> int:
    """Do the work of a request, and return the status to end with. A failure is left as such, whatever it was."""
    try:
        try:
            work(read_request(place))
        except JobFailed:
            raise
        except Exception as error:  # the border of the process: the log gets the whole of it
            traceback.print_exc()
            raise JobFailed(f"{type(error).__name__}: {error}") from error
    except JobFailed as failed:
        write_failure(place, failed)
        print(failed, file=sys.stderr, flush=True)
        return 1
    return 0


def costs() -> dict[str, float]:
    """Return what this process and its children took of the processor, so far."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return {"cpu_s": round(sum(each.ru_utime + each.ru_stime for each in used), 3)}


def tidy_name(name: str) -> str:
    """Return a name in lower case with single underscores, as datasets have it; nothing where that is no name."""
    tidy = re.sub("_+", "_", name.lower()).strip("_")
    return tidy if _NAME.fullmatch(tidy) else ""


def now() -> str:
    """Return the time as ISO 8601 in UTC."""
    return dt.datetime.now(dt.timezone.utc).isoformat()  # noqa: UP017 - Python 3.9 has no dt.UTC
