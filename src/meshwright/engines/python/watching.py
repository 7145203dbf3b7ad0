"""Watches one job to its end: takes its log within bounds, keeps its time limit, kills it when the run is stopped."""

from __future__ import annotations

import json
import os
import select
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import field

from meshwright.engines.python.protocol import LogSink
from meshwright.engines.python.zygote import Channel
from meshwright.frozen import dataclass

#: A stop is noticed within this time.
_TURN_MS = 100
#: What was printed just before the end is still read, but not what a left-over process goes on printing.
_DRAIN_S = 1.0
#: Of a long log the beginning is told as it comes, the end when the job has ended, what lies between is counted.
_HEAD_LINES = 1_000
_TAIL_LINES = 200
_LINE_CHARACTERS = 4_000
_RECORD, _SEPARATOR = "\x1e", "\x1f"
#: What is told in one message, at most.
_MESSAGE_BYTES = 1 << 17
_LEVELS = frozenset({"debug", "info", "warning", "error", "critical"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Ended:
    """How a job's process ended."""

    #: As `os.waitpid` gives it; None where the waiting process died first.
    status: int | None
    #: ``memory``, ``time``, ``stop``, or None where nobody killed it.
    killed_for: str | None
    peak_bytes: int
    seconds: float
    #: CPU time of the process and of those that it waited for; 0 where the waiting process died first.
    cpu_s: float = 0.0
    #: What the call left, where it was short enough to be told.
    result: Mapping[str, object] = field(default_factory=dict)
    #: The table that it gave, as the messages of an Arrow stream; empty where it is in a file, or there is none.
    table: bytes = b""


class LogLines:
    """Cuts the bytes of a log pipe into lines and passes them on, within bounds."""

    def __init__(self, sink: LogSink) -> None:
        self._sink = sink
        self._rest = b""
        self._told = 0
        self._tail: deque[tuple[str, str]] = deque(maxlen=_TAIL_LINES)
        self._left_out = 0

    def take(self, data: bytes) -> None:
        """Take what was read."""
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            self._line(line)
        if len(self._rest) > 4 * _LINE_CHARACTERS:  # one endless line
            self._line(self._rest)
            self._rest = b""

    def finish(self) -> None:
        """Pass on the end of a long log."""
        if self._rest:
            self._line(self._rest)
            self._rest = b""
        if self._left_out:
            self._sink("info", f"... {self._left_out:,} lines left out")
        for level, text in self._tail:
            self._sink(level, text)
        self._tail.clear()

    def _line(self, line: bytes) -> None:
        text = line.decode("utf-8", "replace").rstrip("\r")
        level = "info"
        if text.startswith(_RECORD):
            word, _, rest = text.removeprefix(_RECORD).partition(_SEPARATOR)
            level, text = (word, rest) if word in _LEVELS else (level, rest or word)
        text = "".join(letter if letter.isprintable() or letter == "\t" else " " for letter in text[:_LINE_CHARACTERS])
        if not text.strip():
            return
        if self._told < _HEAD_LINES:
            self._told += 1
            self._sink(level, text)
            return
        if len(self._tail) == _TAIL_LINES:
            self._left_out += 1
        self._tail.append((level, text))


def watch(channel: Channel, sink: LogSink, *, timeout_s: float | None, is_stopping: Callable[[], bool]) -> Ended:
    """Wait for the job's end."""
    lines = LogLines(sink)
    started = time.monotonic()
    killed_for: str | None = None
    ended: dict[str, object] | None = None
    told: dict[str, object] = {}
    table = b""
    os.set_blocking(channel.log, False)
    control = channel.control.fileno()
    waiting = select.poll()
    waiting.register(channel.log, select.POLLIN)
    waiting.register(control, select.POLLIN)
    is_talking = True
    while ended is None:
        for descriptor, _ in waiting.poll(_TURN_MS):
            if descriptor == control:
                said, more = _said(channel)
                told |= said
                if "result" in said:
                    table, is_talking = more, _silence(waiting, channel, is_talking=is_talking)
                ended = told if not said or "status" in said else None
            elif is_talking and not _read_log(channel, lines):
                is_talking = _silence(waiting, channel, is_talking=is_talking)
        if killed_for is None and is_stopping():
            killed_for = "stop"
            _kill(channel)
        elif killed_for is None and timeout_s is not None and time.monotonic() - started > timeout_s:
            killed_for = "time"
            _kill(channel)
    deadline = time.monotonic() + _DRAIN_S
    while time.monotonic() < deadline and _read_log(channel, lines, is_last=True):
        pass
    lines.finish()
    status, why, peak = ended.get("status"), ended.get("killed_for"), ended.get("peak_bytes")
    cpu_s, result = ended.get("cpu_s"), ended.get("result")
    return Ended(
        status=status if isinstance(status, int) else None,
        killed_for=killed_for or (why if why == "memory" else None),
        peak_bytes=peak if isinstance(peak, int) else 0,
        seconds=time.monotonic() - started,
        cpu_s=float(cpu_s) if isinstance(cpu_s, int | float) else 0.0,
        result=result if isinstance(result, dict) else {},
        table=table,
    )


def _silence(waiting: select.poll, channel: Channel, *, is_talking: bool) -> bool:
    """Wait for the log no more: it has ended, or its rest is read at the call's end. Returns False, as it is not talking now."""
    if is_talking:
        waiting.unregister(channel.log)
    return False


def _said(channel: Channel) -> tuple[dict[str, object], bytes]:
    """Take what the call or the waiting process tells next, and what comes with it; nothing where that process died."""
    try:
        line, _, more = channel.control.recv(_MESSAGE_BYTES).partition(b"\n")
        told = json.loads(line) if line else {}
    except (OSError, ValueError, RecursionError):
        return {}, b""
    return (told, more) if isinstance(told, dict) else ({}, b"")


def _read_log(channel: Channel, lines: LogLines, *, is_last: bool = False) -> bool:
    """Read what there is of the log; whether more can come (or, at the end, is there already)."""
    try:
        data = os.read(channel.log, 1 << 16)
    except BlockingIOError:
        return not is_last
    except OSError:
        return False
    lines.take(data)
    return bool(data)


def _kill(channel: Channel) -> None:
    try:
        channel.control.send(b"kill")
    except OSError:
        return  # it has ended meanwhile
