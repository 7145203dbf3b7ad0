"""Why an application of Spark failed: the cause, out of the pages that its driver prints."""

from __future__ import annotations

import re
from collections.abc import Iterable

from meshwright.tools.spark_events import Event, failed_reasons

_TRACE = "Traceback (most recent call last):"
_MAIN = re.compile(r'Exception in thread "[^"]*" (.+)')
_CAUSE = "Caused by: "
_PLACE = re.compile(r'  File "([^"]+)", line (\d+)')
#: Places that are Spark's own.
_SPARKS = ("/pyspark/", "/py4j/", "pyspark.zip", "py4j-")
#: What stays wrong however often it is tried: names, columns and paths that are not there, and code that does not run.
_FINAL = re.compile(
    r"\b(AnalysisException|ParseException|ModuleNotFoundError|ImportError|SyntaxError|NameError|AttributeError|"
    r"IndentationError|ClassNotFoundException|NoSuchMethodException)\b"
)


def failure_of(log: str, events: Iterable[Event]) -> str | None:
    """Return what a driver's log tells of its failure, the root cause last; None where it tells nothing."""
    lines = log.splitlines()
    traces = [number for number, line in enumerate(lines) if line.startswith(_TRACE)]
    if traces:
        return _of_python(lines, traces)
    for number in range(len(lines) - 1, -1, -1):
        match = _MAIN.match(lines[number])
        if match:
            return _with_cause(match[1], lines[number + 1 :])
    reasons = failed_reasons(events)
    return _with_cause(*_split(reasons[-1])) if reasons else None


def is_final(failure: str) -> bool:
    """Whether trying again cannot help."""
    return _FINAL.search(failure) is not None


def _of_python(lines: list[str], traces: list[int]) -> str:
    """Take the last trace: where Spark passes on what a worker raised, that is the worker's."""
    after = lines[traces[-1] + 1 :]
    raised = [number for number, line in enumerate(after) if line and not line.startswith((" ", "\t"))]
    if not raised:
        return "\n".join(after[-5:])
    words, rest = after[raised[0]], after[raised[0] + 1 :]
    if "Py4JJavaError" in words and rest and rest[0].startswith(": "):
        words, rest = rest[0][2:], rest[1:]
    elif words.endswith(":") and rest:
        words = f"{words} {rest[0].strip()}"
    places = [match for line in after[: raised[0]] if (match := _PLACE.match(line))]
    own = [match for match in places if not any(mark in match[1] for mark in _SPARKS)]
    where = f" ({own[-1][1].rsplit('/', 1)[-1]}, line {own[-1][2]})" if own else ""
    return _with_cause(words + where, rest)


def _with_cause(words: str, after: list[str]) -> str:
    causes = [line[len(_CAUSE) :] for line in after if line.startswith(_CAUSE)]
    return f"{words}\ncaused by {causes[-1]}" if causes and causes[-1] not in words else words


def _split(reason: str) -> tuple[str, list[str]]:
    first, *rest = reason.splitlines()
    return first, rest
