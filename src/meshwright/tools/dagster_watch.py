"""What is told of a run of Dagster while it goes on: new events, what steps print, and why it does not begin."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace

from meshwright.frozen import dataclass
from meshwright.tools.dagster_api import ENDED, Api, Run
from meshwright.tools.dagster_events import Event, lines_of
from meshwright.tools.protocol import InnerStep, ToolFailed

#: A run that is queued for longer may be so because nobody takes runs out of the queue.
_QUEUED_LONG = dt.timedelta(seconds=20)
#: A run that was created and not launched for longer will never be: who was to launch it is gone.
_LAUNCHED_WITHIN = dt.timedelta(minutes=5)
#: A look reads for so long, at most; the rest comes with the next.
_LOOK_S = 3.0
#: Looks without news after which a file is not read any more while the run goes on, its steps being over.
_QUIET_LOOKS = 3
_LONGEST_LINE = 4000


@dataclass(frozen=True, kw_only=True, slots=True)
class Printed:
    """How far what a step prints was read."""

    title: str
    #: Keys of the steps that print into it.
    steps: tuple[str, ...]
    at: str | None = None
    #: A line without its end.
    rest: str = ""
    #: Looks without news, one after another.
    quiet: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Seen:
    """What was told of a run already: the cursor between two looks."""

    #: The run that was looked at: the one of the handle, or the last that Dagster tried again by itself.
    run_id: str
    events: str | None = None
    #: By file; one that was read to its end is not here.
    printed: Mapping[str, Printed]
    #: Digest of the inner graph that was told last.
    steps: str = ""
    #: Whether it was told why the run does not begin.
    is_hinted: bool = False

    @classmethod
    def of(cls, cursor: str, handle: str) -> Seen:
        """Read a cursor; one that is empty, or not ours, has seen nothing."""
        try:
            found = json.loads(cursor) if cursor else {}
            printed = {
                file: Printed(title=title, steps=tuple(steps), at=at, rest=rest, quiet=quiet)
                for file, (title, steps, at, rest, quiet) in found.get("p", {}).items()
            }
            return cls(
                run_id=found.get("r") or handle,
                events=found.get("e"),
                printed=printed,
                steps=found.get("s", ""),
                is_hinted=bool(found.get("h")),
            )
        except (ValueError, AttributeError, LookupError, TypeError):
            return cls(run_id=handle, printed={})

    def cursor(self) -> str:
        """Write it as a cursor."""
        printed = {
            file: (each.title, each.steps, each.at, each.rest, each.quiet) for file, each in self.printed.items()
        }
        found = {"r": self.run_id, "e": self.events, "p": printed, "s": self.steps, "h": self.is_hinted}
        return json.dumps(found, separators=(",", ":"))


def news_of(api: Api, run: Run, seen: Seen) -> tuple[tuple[str, ...], Seen, bool, Sequence[Event]]:
    """Return new lines, how far was read now, whether that was all, and the new events."""
    until = time.monotonic() + _LOOK_S
    events: list[Event] = []
    after, has_more = seen.events, True
    while has_more and time.monotonic() < until:
        more, after, has_more = api.events(seen.run_id, after)
        events += more
    files = dict(seen.printed)
    for event in events:
        if event.get("__typename") == "LogsCapturedEvent" and event.get("fileKey"):
            steps = tuple(map(str, event.get("stepKeys") or ()))
            files[str(event["fileKey"])] = Printed(title=steps[0] if len(steps) == 1 else "run", steps=steps)
    printed, left = _printed(api, run, replace(seen, printed=files), until)
    is_all = not has_more and not (run.status in ENDED and left)
    return (*lines_of(events), *printed), replace(seen, events=after, printed=left), is_all, events


def _printed(api: Api, run: Run, seen: Seen, until: float) -> tuple[list[str], Mapping[str, Printed]]:
    """Return what steps printed, and the files that may have more.

    Dagster writes out what was printed before it says that the run is over, but not before it says that of the step.
    """
    lines: list[str] = []
    files = dict(seen.printed)
    over = {each.key for each in run.stats if each.ended_at is not None}
    for file in list(files):
        one = files.pop(file)  # and put back at the end, so that all of many have their turn
        is_read = False
        while not is_read and time.monotonic() < until:
            try:
                text, at = api.printed(seen.run_id, file, one.at)
            except ToolFailed as failure:  # what became of the run is not to wait for where its output is kept
                text, at = "", one.at
                if run.status in ENDED:
                    lines.append(f"[{one.title}] what it printed could not be read: {failure}")
            *whole, rest = (one.rest + text).split("\n")
            lines += [f"[{one.title}] {line[:_LONGEST_LINE]}" for line in whole if line.strip()]
            one = replace(one, at=at, rest=rest[-_LONGEST_LINE:], quiet=0 if text else one.quiet + 1)
            is_read = not text
        if is_read and (run.status in ENDED or (one.quiet >= _QUIET_LOOKS and set(one.steps) <= over)):
            lines += [f"[{one.title}] {one.rest}"] if one.rest.strip() else []
        else:
            files[file] = one
    return lines, files


def never_launched(run: Run) -> str | None:
    """Say that a run will never begin, where that is so."""
    if (
        run.status != "NOT_STARTED"
        or run.created_at is None
        or dt.datetime.now(dt.UTC) - run.created_at < _LAUNCHED_WITHIN
    ):
        return None
    return f"Dagster created the run {run.run_id} and never launched it"


def why_queued(api: Api, run: Run, seen: Seen) -> tuple[tuple[str, ...], Seen]:
    """Tell once, of a run that stays queued, that nobody takes runs out of the queue."""
    is_long = run.created_at is not None and dt.datetime.now(dt.UTC) - run.created_at > _QUEUED_LONG
    if run.status != "QUEUED" or not is_long or seen.is_hinted or not api.is_daemon_missing():
        return (), seen
    hinted = replace(seen, is_hinted=True)
    return (
        "[run] it is queued, and Dagster's daemon, which starts queued runs, does not run (`dagster-daemon run`)",
    ), hinted


def changed(steps: tuple[InnerStep, ...], seen: Seen) -> tuple[tuple[InnerStep, ...], Seen]:
    """Return the graph where it differs from what was told last, and nothing where it does not."""
    digest = hashlib.sha256(repr(steps).encode()).hexdigest()[:16]
    if digest == seen.steps:
        return (), seen
    return steps, replace(seen, steps=digest)
