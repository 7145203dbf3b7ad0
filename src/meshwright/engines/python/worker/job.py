"""One call of a node's function, in a process that serves nothing else. Reads ``job.json``, writes ``result.json``."""

from __future__ import annotations

import contextlib
import json
import logging
import sys
from pathlib import Path
from typing import Any

from . import modules
from .failures import Wrong, failure_of, wrong_failure
from .frames import Frames, parameter
from .results import values_of, write_result

#: Levels of records that the run's log keeps.
_LEVEL = logging.INFO
#: Marks a line of the log pipe as a log record: ``\x1e level \x1f text``.
RECORD, SEPARATOR = "\x1e", "\x1f"


class _PipeHandler(logging.Handler):
    """Writes log records to the pipe that standard output goes to, with their level."""

    def emit(self, record: logging.LogRecord) -> None:
        try:
            text = self.format(record).replace("\n", "\n  ")
            sys.stderr.write(f"{RECORD}{record.levelname.lower()}{SEPARATOR}{text}\n")
            sys.stderr.flush()
        except Exception:  # noqa: BLE001  as the library's own handlers: a bad record breaks no build
            self.handleError(record)


def run_job(folder: Path) -> None:
    """Carry out the call that ``job.json`` describes. Whatever happens to the call, a result is written."""
    job: dict[str, Any] = json.loads((folder / "job.json").read_text(encoding="utf-8"))
    # Anew, on the descriptors of this process: what is printed and logged keeps its order, and no text is too odd.
    sys.stdout, sys.stderr = (
        open(number, "w", buffering=1, encoding="utf-8", errors="backslashreplace", closefd=False)  # noqa: SIM115
        for number in (1, 2)
    )
    logging.basicConfig(level=_LEVEL, handlers=[_PipeHandler()], format="%(name)s: %(message)s", force=True)
    logging.captureWarnings(capture=True)
    texts = {module["path"]: module["text"] for module in job["modules"]}
    result = _result(job, texts, folder)
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(AttributeError, ValueError, OSError):  # the code may have closed or replaced it
            stream.flush()
    partial = folder / "result.partial"
    partial.write_text(json.dumps(result), encoding="utf-8")
    partial.rename(folder / "result.json")


def _result(job: dict[str, Any], texts: dict[str, str], folder: Path) -> dict[str, object]:
    try:
        result = _call(job, texts)
        if job["is_none"]:
            return {"rows": 0, "values": values_of(result)}
        return {"rows": write_result(result, str(folder / "result.parquet"))}
    except Wrong as wrong:
        return {"failure": wrong_failure(wrong)}
    except SystemExit as error:
        return {"failure": failure_of(error, texts) | {"kind": "exit"}}
    except MemoryError as error:
        return {"failure": failure_of(error, texts) | {"kind": "memory"}}
    except BaseException as error:  # noqa: BLE001  the border of the user's code: the whole is told
        return {"failure": failure_of(error, texts)}


def _call(job: dict[str, Any], texts: dict[str, str]) -> Any:
    """Import the module, make the arguments, call, and return what comes back."""
    modules.install(texts, job["roots"])
    main = job["modules"][0]["path"]
    module = modules.load_main(main, texts, job["top"])
    function = getattr(module, job["function"], None)
    if not callable(function):
        raise Wrong("function", f"{main} defines no function {job['function']!r}", "define it at the top of the file")
    frames = Frames(job["duckdb_settings"], job["memory_bytes"], job["threads"])
    arguments: dict[str, Any] = {}
    for name, given in job["inputs"].items():
        try:
            arguments[name] = frames.frame(given["frame"], given["files"])
        except ImportError as error:
            raise Wrong(
                "library",
                f"argument '{name}' is annotated for {error.name}, which is not installed where the node runs",
                f"add {(error.name or '').partition('.')[0]} to the domain's `python: {{requires: [...]}}`",
            ) from None
    for name, given in job["params"].items():
        arguments[name] = parameter(given["type"], given["value"])
    return function(**arguments)
