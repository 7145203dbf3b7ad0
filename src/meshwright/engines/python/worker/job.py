"""One call of a node's function, in a process that serves nothing else.

Its result is told on the socket that tells its end, or, where it is long, left as ``result.json``. What a call does not need
is not imported: see `light`.
"""

from __future__ import annotations

import json
import os
import sys
from typing import Any

from . import modules
from .values import Wrong, parameter, values_of

#: A longer result is a file.
_MESSAGE_BYTES = 1 << 16


def run_job(job: dict[str, Any], installed: modules.Installed, folder: str, control: int) -> None:
    """Carry out a call of installed code. Whatever happens to it, a result is told."""
    result, table = _result(job, installed, folder)
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (AttributeError, ValueError, OSError):
            continue
    _tell(result, table, folder, control)


def texts_of(job: dict[str, Any]) -> dict[str, str]:
    """Return the texts of the job's modules, by path; the node's own first."""
    return {module["path"]: module["text"] for module in job["modules"]}


def _tell(result: dict[str, Any], table: bytes, folder: str, control: int) -> None:
    """Hand the result over: a line, and after it the table, where that is a message."""
    if table:
        os.write(control, b'{"result": {"rows": %d}}\n%s' % (result["rows"], table))
        return
    text = json.dumps({"result": result})
    if len(text) <= _MESSAGE_BYTES:
        os.write(control, text.encode())
        return
    partial = f"{folder}/result.partial"
    with open(partial, "w", encoding="utf-8") as file:
        json.dump(result, file)
    os.rename(partial, f"{folder}/result.json")


def _result(job: dict[str, Any], installed: modules.Installed, folder: str) -> tuple[dict[str, Any], bytes]:
    """Return what is told of the call, and the table, where it is a message."""
    try:
        result = _call(job, installed)
        if job["is_none"]:
            return {"rows": 0, "values": values_of(result)}, b""
        from .results import hand_over  # lazy: pyarrow

        rows, schema, table = hand_over(result, f"{folder}/result.parquet")
    except Wrong as wrong:
        return {"failure": wrong.failure}, b""
    except BaseException as error:  # noqa: BLE001  the border of the user's code: the whole is told
        from .failures import failure_of  # lazy: traceback

        return {"failure": failure_of(error, installed.texts)}, b""
    return {"rows": rows, "schema": schema}, table


def _call(job: dict[str, Any], installed: modules.Installed) -> Any:
    """Run the module, make the arguments, call, and return what comes back."""
    module = modules.run_main(installed)
    function = getattr(module, job["function"], None)
    if not callable(function):
        raise Wrong(
            "function", f"{installed.path} defines no function {job['function']!r}", "define it at the top of the file"
        )
    arguments = _inputs(job) if job["inputs"] else {}
    for name, given in job["params"].items():
        arguments[name] = parameter(given["type"], given["value"])
    return function(**arguments)


def _inputs(job: dict[str, Any]) -> dict[str, Any]:
    """Return the arguments that are datasets."""
    from .frames import Frames  # lazy: pyarrow

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
    return arguments
