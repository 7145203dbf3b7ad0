"""Turns the end of a call that did not work into the error that the user is told."""

from __future__ import annotations

import os
import signal
from collections.abc import Mapping

from meshwright.diagnostics import Diagnostic, InputError, MeshwrightError, SourceSpan, WorldError
from meshwright.engines.python.protocol import LogSink, PythonBuild
from meshwright.engines.python.watching import Ended

_TEXT_CHARACTERS = 400
_SOURCE_CHARACTERS = 80


def call_problem(build: PythonBuild, ended: Ended, result: Mapping[str, object], log: LogSink) -> MeshwrightError:
    """Return what to raise; the traceback of the user's code goes to the log."""
    if ended.killed_for == "time":
        return _too_long(build)
    if ended.killed_for == "memory":
        return _too_large(build, ended)
    failure = result.get("failure")
    if isinstance(failure, dict):
        trace = failure.get("trace")
        for line in trace if isinstance(trace, list) else ():
            log("error", str(line))
        return _failed(build, failure)
    if ended.status is None:
        return _world(build, f"the process that starts workers died while it built {build.dataset}", "run again")
    return _died(build, ended.status)


def _failed(build: PythonBuild, failure: dict[object, object]) -> MeshwrightError:
    """The user's code raised, or returned what is no table."""
    kind, text = failure.get("kind"), _line(str(failure.get("message", "")))
    span = _span(failure)
    error = str(failure.get("error", "error"))
    said = f"{error}: {text}" if text else error
    source = _line(str(failure.get("source", "")))
    where = f"{build.function}() raised {said}{f' in `{_cut(source)}`' if source else ''}"
    if kind == "raised":
        fix = "mend it; the log (mw runs logs) has the way to this line"
        return _input("MW-N303", build, where, fix, span or _code_span(build))
    if kind == "memory":
        return _world(build, f"{where}: there was not enough memory", "give the machine, or `memory`, more", span)
    if kind == "exit":
        return _input(
            "MW-N306", build, f"{build.function}() called for the end of Python ({said})", "return instead", span
        )
    if kind == "import":
        module = str(failure.get("module") or "").partition(".")[0]
        fix = (
            f"add {module} to `python: {{requires: [...]}}` in domain.yaml, or put {module}.py beside the node's file; "
            "a module imported by a name made at run time is not found"
        )
        return _input("MW-N304", build, where, fix if module else "correct the import", span)
    if kind == "library":
        return _input("MW-N304", build, text, str(failure.get("fix", "")), build.span)
    words = f"{build.function}() {text[3:]}" if text.startswith("it ") else f"{build.function}(): {text}"
    return _input("MW-N305", build, words, str(failure.get("fix", "")), _code_span(build))


def _died(build: PythonBuild, status: int) -> MeshwrightError:
    """The process ended without leaving a result."""
    code = os.waitstatus_to_exitcode(status)
    if code == -signal.SIGKILL:
        found = (
            f"the process of {build.dataset} was killed from outside, most likely because the machine ran out of memory"
        )
        return _world(build, found, "give the node a `memory` limit or less to hold, then run again")
    if code < 0:
        name = signal.Signals(-code).name if -code in set(signal.Signals) else f"signal {-code}"
        found = f"the process of {build.function}() crashed with {name}: a library's own code failed"
        return _input(
            "MW-N306", build, found, "look at the log, and at the versions of the libraries", _code_span(build)
        )
    found = f"the process of {build.function}() ended with status {code} in the middle of the call"
    return _input("MW-N306", build, found, "return from the function; do not end the process", _code_span(build))


def _too_long(build: PythonBuild) -> MeshwrightError:
    return WorldError(
        Diagnostic(
            code="MW-N307",
            message=f"{build.dataset} took longer than its `timeout` of {build.timeout_s:g} s and was stopped",
            span=build.span,
            fix="run again, or give it more time",
            object=build.dataset,
        )
    )


def _too_large(build: PythonBuild, ended: Ended) -> MeshwrightError:
    limit = (build.memory_bytes or 0) / 1e6
    return InputError(
        Diagnostic(
            code="MW-N308",
            message=f"{build.dataset} held {ended.peak_bytes / 1e6:,.0f} MB, more than its `memory` of {limit:,.0f} MB, and "
            "was stopped",
            span=build.span,
            fix="take inputs as Iterator[pa.RecordBatch] and yield batches, or raise the limit",
            object=build.dataset,
        )
    )


def _input(code: str, build: PythonBuild, message: str, fix: str, span: SourceSpan | None) -> InputError:
    return InputError(
        Diagnostic(code=code, message=message, span=span or build.span, fix=fix or None, object=build.dataset)
    )


def _world(build: PythonBuild, message: str, fix: str, span: SourceSpan | None = None) -> WorldError:
    return WorldError(
        Diagnostic(
            code="MW-N309",
            message=message,
            span=span or build.span,
            fix=fix,
            object=build.dataset,
        )
    )


def _span(failure: dict[object, object]) -> SourceSpan | None:
    file, line, column = failure.get("file"), failure.get("line"), failure.get("column")
    if not isinstance(file, str) or not isinstance(line, int):
        return None
    return SourceSpan(file=file, line=max(1, line), column=max(1, column) if isinstance(column, int) else 1)


def _code_span(build: PythonBuild) -> SourceSpan | None:
    """Where the function's module is: a wrong result belongs to no single line."""
    return SourceSpan(file=build.modules[0].path, line=build.line, column=1) if build.line else build.span


def _cut(source: str) -> str:
    return source if len(source) <= _SOURCE_CHARACTERS else f"{source[: _SOURCE_CHARACTERS - 3]}..."


def _line(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= _TEXT_CHARACTERS else f"{text[: _TEXT_CHARACTERS - 3]}..."
