"""Answers about triggers, events and the worker as lines for people."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import TYPE_CHECKING

from meshwright.faces.text.tables import Heading, table_lines
from meshwright.faces.text.terminal import Look, one_line
from meshwright.faces.text.words import count_words, list_words, seconds_words, time_words

if TYPE_CHECKING:
    from meshwright.app.scheduling import PauseReport, ScheduleReport, TriggerView, Upcoming
    from meshwright.app.scheduling_events import SentEvent
    from meshwright.app.scheduling_worker import WorkerReport
    from meshwright.model.firings import Firing, ReceivedEvent


def schedules_lines(report: ScheduleReport, look: Look) -> list[str]:
    """`schedule list`: the triggers, what comes next, what was last."""
    late = [
        f"{look.paint('!', 'yellow')} {each.dataset} is late since {time_words(each.late_at)}: its newest data is of "
        f"{time_words(each.newest)} ({each.rule})"
        for each in report.late
    ]
    if not report.triggers:
        return [*late, "nothing starts runs by itself; write 'schedule:' or 'triggers:' into a pipeline.yaml"]
    headings = [Heading(title=title) for title in ("trigger", "fires", "next, or waits", "last")]
    lines = [*table_lines(headings, [_trigger_row(each) for each in report.triggers], look), ""]
    if report.next:
        titles = ("next", "on its clock", "trigger", "why")
        headings = [Heading(title=title) for title in titles]
        lines += [*table_lines(headings, [_upcoming_row(each) for each in report.next], look), ""]
    if report.firings:
        headings = [Heading(title=title) for title in ("fired for", "trigger", "state", "run", "why")]
        lines += [*table_lines(headings, [_firing_row(each) for each in report.firings], look), ""]
    lines += late
    if report.worker is None:
        lines.append(
            f"{look.paint('!', 'yellow')} no worker runs in {report.environment}: nothing starts until mw worker does"
        )
    else:
        lines.append(f"{look.paint(look.marks.ok, 'green')} {report.worker} runs the schedules of {report.environment}")
    return lines


def _trigger_row(view: TriggerView) -> list[str]:
    if view.pause is not None:
        state = f"paused by {view.pause.by}: {view.pause.reason}"
    elif view.waits and view.next_at is None:
        state = f"waits {view.waits}"
    else:
        state = "; ".join(filter(None, [time_words(view.next_at) if view.next_at else "", view.waits]))
    last = "" if view.last is None else f"{view.last.outcome or view.last.state.value} {time_words(view.last.at)}"
    return [view.trigger.address, view.fires, one_line(state), last]


def _upcoming_row(upcoming: Upcoming) -> list[str]:
    why = f"{upcoming.why}; paused" if upcoming.pause is not None else upcoming.why
    return [time_words(upcoming.at), f"{upcoming.local:%Y-%m-%d %H:%M:%S %Z}", upcoming.trigger, why]


def _firing_row(firing: Firing) -> list[str]:
    state = firing.outcome or firing.state.value
    late = " late" if firing.is_told_late else ""
    why = firing.reason or list_words(firing.events, 3)
    run = firing.run_id if firing.attempts else "-"
    return [time_words(firing.at), firing.trigger, f"{state}{late}", run, one_line(why)]


def pause_lines(report: PauseReport, look: Look) -> list[str]:
    """`schedule pause` and `schedule resume`."""
    mark = look.paint(look.marks.ok, "green")
    does = "is paused" if report.is_paused else "goes on"
    lines = [f"{trigger}: {count_words(count, 'moment')} passed over" for trigger, count in report.passed_over.items()]
    was = "" if report.is_changed else ", and was before"
    return [*lines, f"{mark} {report.name} {does} in {report.environment}{was}: {list_words(report.triggers)}"]


def sent_lines(sent: Sequence[SentEvent], look: Look) -> list[str]:
    """`event send`."""
    lines = [
        f"{each.event.type} {each.event.id} of {each.event.source} is known already" for each in sent if not each.is_new
    ]
    new = sum(each.is_new for each in sent)
    return [*map(one_line, lines), f"{look.paint(look.marks.ok, 'green')} took in {count_words(new, 'event')}"]


def events_lines(events: Sequence[ReceivedEvent], look: Look) -> list[str]:
    """`event list`."""
    if not events:
        return ["no event yet; mw event send FILE sends some"]
    headings = [Heading(title=title) for title in ("received", "type", "source", "id", "by", "handled")]
    rows = [
        [
            time_words(each.received_at),
            one_line(each.type),
            one_line(each.source),
            one_line(each.id),
            each.by,
            time_words(each.handled_at),
        ]
        for each in events
    ]
    return table_lines(headings, rows, look)


def worker_line(text: str) -> str:
    """Return a line of a worker's progress, with the time."""
    return f"{time_words(dt.datetime.now(dt.UTC))} {one_line(text)}"


def worker_lines(report: WorkerReport, look: Look) -> list[str]:
    """`worker`, when it ends."""
    counts = {
        "started": report.started,
        "succeeded": report.succeeded,
        "failed": report.failed,
        "skipped": report.skipped,
        "late": report.late,
    }
    told = ", ".join(f"{number} {word}" for word, number in counts.items() if number) or "nothing to do"
    mark = look.paint(look.marks.ok, "green") if report.ok else look.paint(look.marks.failed, "red")
    return [f"{mark} {told} in {report.environment}, {seconds_words(report.seconds)}"]
