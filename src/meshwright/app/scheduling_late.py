"""What is late, told once as an event."""

from __future__ import annotations

import datetime as dt

from meshwright.app.scheduling_events import OwnEvent, own_event
from meshwright.model.firings import RUN_LATE, Firing, ReceivedEvent
from meshwright.model.triggers import product_of_trigger


def late_firing_event(firing: Firing, now: dt.datetime) -> ReceivedEvent:
    """Tell that the run of a firing has not ended when its trigger says that it should have (`late_after`)."""
    return own_event(
        OwnEvent(
            source=f"/meshwright/{firing.environment}",
            id=f"{firing.key} late",
            type=RUN_LATE,
            subject=product_of_trigger(firing.trigger),
            data={
                "trigger": firing.trigger,
                "run_id": firing.run_id,
                "at": firing.at.isoformat(),
                "late_at": firing.late_at.isoformat() if firing.late_at else None,
                "state": firing.state.value,
            },
        ),
        now,
    )
