"""Why a run was started, where something other than a person's command started it."""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Mapping

from meshwright.frozen import dataclass


class CauseKind(enum.StrEnum):
    """What can start a run."""

    SCHEDULE = "schedule"
    EVENT = "event"
    PUBLICATION = "publication"
    FILE = "file"
    PIPELINE = "pipeline"
    PERSON = "person"
    API = "api"


@dataclass(frozen=True, kw_only=True, slots=True)
class Cause:
    """What started a run. It stands in the run's recorded options."""

    kind: CauseKind
    #: Address of the trigger, or of the node, the person or the caller.
    name: str
    #: The moment that it was started for: of a schedule the scheduled one, however late the run began.
    at: dt.datetime
    #: What it rests on, in words: events as ``source id``, publications as ``address@generation``, files by their paths.
    events: tuple[str, ...] = ()
    #: The same key is the same start.
    key: str = ""
    #: Of a chain of causes (`model.chains`): its length, this one counted, and what it began with.
    depth: int = 0
    correlation: str = ""

    def __post_init__(self) -> None:
        if self.at.tzinfo is None:
            raise ValueError(f"the moment of the cause {self.name!r} has no time zone")


def cause_document(cause: Cause) -> dict[str, object]:
    """Return a cause as plain values; what it says of its chain only where it is part of one."""
    return {
        "kind": cause.kind.value,
        "name": cause.name,
        "at": cause.at.astimezone(dt.UTC).isoformat(),
        "events": list(cause.events),
        "key": cause.key,
        **({"depth": cause.depth, "correlation": cause.correlation} if cause.depth else {}),
    }


def cause_words(cause: Cause) -> str:
    """Return a cause in words: ``schedule sales.orders:schedule for 2026-01-31 05:00:00Z``."""
    rests = f" ({', '.join(cause.events[:3])}{' ...' if len(cause.events) > 3 else ''})" if cause.events else ""
    return f"{cause.kind.value} {cause.name} for {cause.at.astimezone(dt.UTC):%Y-%m-%d %H:%M:%SZ}{rests}"


def cause_of(document: Mapping[str, object]) -> Cause:
    """Give back the cause of `cause_document`. Raises KeyError, TypeError or ValueError for anything else."""
    events = document["events"]
    if not isinstance(events, list):
        raise TypeError("the events of a cause are a list")
    depth = document.get("depth", 0)
    if not isinstance(depth, int):
        raise TypeError("the depth of a cause is a whole number")
    return Cause(
        kind=CauseKind(str(document["kind"])),
        name=str(document["name"]),
        at=dt.datetime.fromisoformat(str(document["at"])),
        events=tuple(map(str, events)),
        key=str(document["key"]),
        depth=depth,
        correlation=str(document.get("correlation", "")),
    )
