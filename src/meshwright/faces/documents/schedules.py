"""The JSON documents of triggers, events and the worker; `docs/reference/json.md` describes them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

from meshwright.faces.documents.plainvalues import Document, moment

if TYPE_CHECKING:
    from meshwright.app.scheduling import PauseReport, ScheduleReport, TriggerView
    from meshwright.app.scheduling_events import SentEvent
    from meshwright.app.scheduling_worker import WorkerReport
    from meshwright.faces.documents.shapes import events
    from meshwright.model.firings import Firing, Pause, ReceivedEvent


def schedules_document(report: ScheduleReport) -> events.Schedules:
    """`schedule list`."""
    return {
        "schema": "meshwright/schedules/1",
        "environment": report.environment,
        "worker": report.worker,
        "triggers": [_trigger(each) for each in report.triggers],
        "next": [
            {
                "at": each.at.isoformat(),
                "local": each.local.isoformat(),
                "timezone": each.timezone,
                "trigger": each.trigger,
                "why": each.why,
                "paused": each.pause is not None,
            }
            for each in report.next
        ],
        "firings": [firing_document(each) for each in report.firings],
        "late": [
            {"dataset": each.dataset, "rule": each.rule, "newest": moment(each.newest), "late_at": moment(each.late_at)}
            for each in report.late
        ],
    }


def _trigger(view: TriggerView) -> events.Trigger:
    trigger = view.trigger
    return {
        "trigger": trigger.address,
        "product": trigger.product,
        "kind": trigger.kind.value,
        "fires": view.fires,
        "overlap": trigger.overlap.value,
        "missed": trigger.missed.value if trigger.schedule is not None else None,
        "late_after_s": trigger.late_after_s,
        "next_at": moment(view.next_at),
        "waits": view.waits,
        "paused": None if view.pause is None else _pause(view.pause),
        "since": moment(view.since),
        "last": None if view.last is None else firing_document(view.last),
    }


def _pause(pause: Pause) -> events.Paused:
    return {"name": pause.object, "since": pause.since.isoformat(), "by": pause.by, "reason": pause.reason}


def firing_document(firing: Firing) -> events.Firing:
    """Return a firing as plain values."""
    is_run = firing.attempts > 0
    return {
        "trigger": firing.trigger,
        "kind": firing.kind.value,
        "at": firing.at.isoformat(),
        "recorded_at": firing.recorded_at.isoformat(),
        "state": firing.state.value,
        "reason": firing.reason,
        "run_id": firing.run_id if is_run else None,
        "outcome": firing.outcome or None,
        "events": list(firing.events),
        "params": dict(firing.params),
        "missed": firing.missed,
        "attempts": firing.attempts,
        "late_at": moment(firing.late_at),
        "is_late": firing.is_told_late,
    }


def pause_document(report: PauseReport) -> events.SchedulePause:
    """`schedule pause` and `schedule resume`."""
    return {
        "schema": "meshwright/schedule-pause/1",
        "environment": report.environment,
        "name": report.name,
        "triggers": list(report.triggers),
        "paused": report.is_paused,
        "changed": report.is_changed,
        "passed_over": [{"trigger": trigger, "moments": count} for trigger, count in report.passed_over.items()],
    }


def sent_document(sent: Sequence[SentEvent]) -> events.EventSend:
    """`event send`."""
    return {
        "schema": "meshwright/event-send/1",
        "events": [
            {"source": each.event.source, "id": each.event.id, "type": each.event.type, "new": each.is_new}
            for each in sent
        ],
        "new": sum(each.is_new for each in sent),
        "known": sum(not each.is_new for each in sent),
    }


def events_document(events: Sequence[ReceivedEvent], following: str | None = None) -> events.Events:
    """`event list`; by URL `following` is where the next page goes on."""
    return {
        "schema": "meshwright/events/1",
        "events": [
            {
                "number": each.number,
                "source": each.source,
                "id": each.id,
                "type": each.type,
                "received_at": each.received_at.isoformat(),
                "by": each.by,
                "handled_at": moment(each.handled_at),
                "event": json.loads(each.document),
            }
            for each in events
        ],
        "next": following,
    }


def worker_document(report: WorkerReport) -> Document:
    """`worker`, when it ends."""
    return {
        "schema": "meshwright/worker/1",
        "environment": report.environment,
        "active": report.was_active,
        "looks": report.looks,
        "recorded": report.recorded,
        "started": report.started,
        "succeeded": report.succeeded,
        "failed": report.failed,
        "skipped": report.skipped,
        "late": report.late,
        "seconds": report.seconds,
    }
