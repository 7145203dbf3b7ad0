"""Logs of tasks of Airflow as lines, told once each: which tries have news, and how far each was read. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from typing import Any

from meshwright.frozen import dataclass
from meshwright.tools.airflow_steps import Instance
from meshwright.tools.protocol import Json
from meshwright.tools.replies import moment, short

#: Tries whose logs are told, at most: the place of each is in the cursor.
MOST_LOGS = 500
_LONGEST_LINE = 4000
#: What Airflow writes about itself while a task runs; told where it is a warning or an error.
_OWN_LOGGERS = ("task", "airflow.dag_processing")
_HAS_NEWS = frozenset({"running", "deferred", "restarting", "success", "failed", "up_for_retry"})
_TRY_IS_OVER = frozenset({"success", "failed", "skipped", "removed", "upstream_failed", "up_for_retry"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Try:
    """One try of a task instance."""

    instance: Instance
    number: int
    is_over: bool

    @property
    def key(self) -> str:
        """Its name in a cursor."""
        return f"{self.instance.task}|{self.instance.index}|{self.number}"

    @property
    def title(self) -> str:
        """Its name before its lines."""
        return self.instance.name if self.number == 1 else f"{self.instance.name} try {self.number}"


@dataclass(frozen=True, kw_only=True, slots=True)
class ReadUpTo:
    """How far the log of a try was read."""

    #: Airflow's own mark of the place; None where it gave none.
    token: str | None = None
    entries: int = 0
    is_over: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Seen:
    """What was told of a DAG run already: the cursor between two looks."""

    logs: Mapping[str, ReadUpTo]
    #: Digest of the inner graph that was told last.
    steps: str = ""
    #: Whether it was told that the DAG is paused, or that there are too many logs.
    hints: tuple[str, ...] = ()

    @classmethod
    def of(cls, cursor: str) -> Seen:
        """Read a cursor; one that is empty, or not ours, has seen nothing."""
        try:
            found = json.loads(cursor) if cursor else {}
            logs = {
                key: ReadUpTo(is_over=True) if value == 0 else ReadUpTo(token=value[0], entries=value[1])
                for key, value in found.get("l", {}).items()
            }
            return cls(logs=logs, steps=found.get("s", ""), hints=tuple(found.get("h", ())))
        except (ValueError, AttributeError, LookupError, TypeError):
            return cls(logs={})

    def cursor(self) -> str:
        """Write it as a cursor."""
        logs = {key: 0 if read.is_over else [read.token, read.entries] for key, read in self.logs.items()}
        return json.dumps({"l": logs, "s": self.steps, "h": self.hints}, separators=(",", ":"))


def tries_with_news(instances: Iterable[Instance], seen: Seen) -> Sequence[Try]:
    """Return the tries whose logs may have lines that were not told, in the order in which they began."""
    found = []
    for each in sorted(instances, key=lambda one: (one.started_at is None, one.started_at, one.name)):
        for number in range(1, each.tries + 1):
            is_last = number == each.tries
            if is_last and not (each.has_host and each.state in _HAS_NEWS):
                continue
            one = Try(instance=each, number=number, is_over=not is_last or each.state in _TRY_IS_OVER)
            read = seen.logs.get(one.key)
            if read is None or not read.is_over:
                found.append(one)
    room = MOST_LOGS - len(seen.logs)
    return [one for one in found if one.key in seen.logs or (room := room - 1) >= 0]


def new_entries(content: Sequence[Any], read: ReadUpTo) -> tuple[Sequence[Any], int]:
    """Return those of a reply's entries that are new, and how many there are now in all."""
    if read.token is not None:  # the reply begins where the one before ended
        return content, read.entries + len(content)
    start = 0
    if content and _event(content[0]).startswith("::group::Log message source"):
        start = next((at + 1 for at, each in enumerate(content) if _event(each) == "::endgroup::"), len(content))
    return content[start + read.entries :], max(len(content) - start, read.entries)


def lines_of(title: str, entries: Iterable[Any]) -> Iterable[str]:
    """Write entries as lines: ``[load] 11:29:02 WARNING careful``."""
    for entry in entries:
        event = _event(entry)
        level = str(entry.get("level", "info")) if isinstance(entry, Mapping) else "info"
        logger = str(entry.get("logger", "")) if isinstance(entry, Mapping) else ""
        if event.startswith(("::group::", "::endgroup::")) or (level in {"info", "debug"} and _is_own(logger)):
            continue
        at = moment(entry.get("timestamp")) if isinstance(entry, Mapping) else None
        head = f"[{title}]" + (f" {at:%H:%M:%S}" if at else "") + ("" if level == "info" else f" {level.upper()}")
        for line in event.splitlines() or [""]:
            yield f"{head} {line[:_LONGEST_LINE]}"
        for line in _exception(entry):
            yield f"{head} {line[:_LONGEST_LINE]}"


def failure_in(entries: Sequence[Any]) -> str | None:
    """Return what a task failed of: its exception, else the last error that it wrote."""
    for entry in reversed(entries):
        if isinstance(entry, Mapping) and (told := list(islice(_exception(entry), 1))):
            return short(told[0])
    errors = (
        _event(entry) for entry in reversed(entries) if isinstance(entry, Mapping) and entry.get("level") == "error"
    )
    return next((short(text) for text in errors if text), None)


def _exception(entry: Json) -> Iterable[str]:
    """Write the exception of an entry: what it is, and the frame that it came from."""
    details = entry.get("error_detail") if isinstance(entry, Mapping) else None
    for each in details if isinstance(details, list) else ():
        if not isinstance(each, Mapping):
            continue
        yield f"{each.get('exc_type', 'Exception')}: {each.get('exc_value', '')}".rstrip(": ")
        frames = each.get("frames")
        last = frames[-1] if isinstance(frames, list) and frames else None
        if isinstance(last, Mapping):
            yield f"  {last.get('filename')}:{last.get('lineno')} in {last.get('name')}"


def _event(entry: Json) -> str:
    found = entry.get("event", "") if isinstance(entry, Mapping) else entry
    return found if isinstance(found, str) else str(found)


def _is_own(logger: str) -> bool:
    return any(logger == own or (own != "task" and logger.startswith(f"{own}.")) for own in _OWN_LOGGERS)
