"""What the scheduler records: firings, the triggers that it watches, events that came in, pauses."""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Mapping
from dataclasses import field
from types import MappingProxyType

from meshwright.frozen import dataclass
from meshwright.model.causes import CauseKind
from meshwright.model.identity import identity

#: Events that meshwright itself records.
FILE_ARRIVED = "meshwright.file.arrived"
DATASET_LATE = "meshwright.dataset.late"
RUN_LATE = "meshwright.run.late"


#: Characters of the documents on one page of events: who reads page after page keeps so much in memory, however many events
#: fit a page by their number. One that is larger is a page of its own.
MOST_PAGE_CHARACTERS = 4 * 1024 * 1024

#: The reason of a firing that has to make way: of one that was started, that its run is to be stopped.
GIVES_WAY = "overlap: cancel, another one came"


class FiringState(enum.StrEnum):
    """How far a firing is."""

    #: Recorded; its run is to be started, now or when those before it have ended.
    WAITING = "waiting"
    #: Its run was started.
    STARTED = "started"
    #: Its run has ended.
    ENDED = "ended"
    #: No run is started for it, by a rule.
    SKIPPED = "skipped"
    #: No run came of it.
    FAILED = "failed"


@dataclass(frozen=True, kw_only=True, slots=True)
class Firing:
    """A trigger that fired: it is one run, or a reason why it is none."""

    #: What it is, once and for all: environment, trigger, and the moment or the event. Recorded twice it is one.
    key: str
    environment: str
    #: Address of the trigger.
    trigger: str
    kind: CauseKind
    #: The moment that it is for: the scheduled one, or when what happened was seen.
    at: dt.datetime
    recorded_at: dt.datetime
    state: FiringState
    #: Why it is as it is, in words; empty where there is nothing to say.
    reason: str = ""
    #: What it rests on, see `Cause.events`.
    events: tuple[str, ...] = ()
    #: Parameters of its run.
    params: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    #: How many moments before it are made up for with it, or passed over.
    missed: int = 0
    #: How often its run was started, or gone on with.
    attempts: int = 0
    #: The process that was started, as the holder of a lease; empty before, and where it is not known.
    process: str = ""
    #: How its run ended; empty before.
    outcome: str = ""
    ended_at: dt.datetime | None = None
    #: When it counts as late, and whether that was told.
    late_at: dt.datetime | None = None
    is_told_late: bool = False
    #: Order of recording; 0 before.
    number: int = 0

    @property
    def run_id(self) -> str:
        """The id of its run, which follows from its key: whoever starts it starts the same run."""
        name = identity("mwfiring1", self.key)
        return f"{self.at.astimezone(dt.UTC):%Y%m%dT%H%M%S}-{name[:12]}"

    @property
    def is_to_stop(self) -> bool:
        """Whether its run goes on and is to be stopped."""
        return self.state is FiringState.STARTED and self.reason == GIVES_WAY

    @property
    def is_open(self) -> bool:
        """Whether something is still to come of it."""
        return self.state in {FiringState.WAITING, FiringState.STARTED}


@dataclass(frozen=True, kw_only=True, slots=True)
class Watched:
    """A trigger that a worker has seen in an environment, and up to where it was decided."""

    environment: str
    trigger: str
    #: Identity of when it fires; another one is another trigger.
    definition: str
    #: When a worker first saw it so.
    since: dt.datetime
    #: Schedules: every moment up to here is decided.
    cursor: dt.datetime
    #: Publications: what was published when it last fired: address -> generation, or the version for joins on the interval.
    mark: Mapping[str, int | str] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, kw_only=True, slots=True)
class ReceivedEvent:
    """A CloudEvent that came in, or that meshwright recorded itself."""

    source: str
    id: str
    type: str
    #: The event as canonical JSON, in CloudEvents' structured form.
    document: str
    received_at: dt.datetime
    by: str = ""
    #: When triggers were asked; None before.
    handled_at: dt.datetime | None = None
    #: Order of arrival; 0 before.
    number: int = 0

    @property
    def name(self) -> str:
        """``source id``: what makes it one."""
        return f"{self.source} {self.id}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Pause:
    """A trigger, or all those of a product, that start nothing for a while."""

    environment: str
    #: Address of a trigger or of a product.
    object: str
    since: dt.datetime
    by: str
    reason: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Decided:
    """What a look at triggers came to, to be recorded whole or not at all."""

    environment: str
    watched: tuple[Watched, ...] = ()
    #: Triggers that are not there any more.
    forgotten: tuple[str, ...] = ()
    #: New firings; one that is recorded already stays as it is.
    firings: tuple[Firing, ...] = ()
    #: Firings that changed: those waiting that are given up.
    changed: tuple[Firing, ...] = ()
    #: Numbers of events that every trigger was asked about.
    handled: tuple[int, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to record."""
        return not (self.watched or self.forgotten or self.firings or self.changed or self.handled)
