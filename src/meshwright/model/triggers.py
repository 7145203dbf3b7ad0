"""Triggers: what starts the run of a product by itself, and the rules it is started by."""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Mapping
from dataclasses import field
from types import MappingProxyType

from meshwright.diagnostics import SourceSpan
from meshwright.frozen import dataclass
from meshwright.model.causes import CauseKind
from meshwright.model.identity import identity
from meshwright.model.rules import Scalar
from meshwright.model.schedules import CronSchedule, IntervalSchedule

#: Between the address of a product and the name of its trigger.
TRIGGER_SIGN = ":"


class Overlap(enum.StrEnum):
    """What happens where a trigger fires while a run that it started goes on."""

    SKIP = "skip"
    QUEUE = "queue"
    CANCEL = "cancel"


class Missed(enum.StrEnum):
    """Which of the moments are made up for at which no worker ran."""

    NONE = "none"
    ONCE = "once"
    ALL = "all"


class Join(enum.StrEnum):
    """When several publications fire a trigger together."""

    ANY = "any"
    ALL = "all"
    INTERVAL = "interval"


@dataclass(frozen=True, kw_only=True, slots=True)
class OnPublication:
    """Fires when products or datasets are published."""

    #: Addresses of products or datasets, each once, as written.
    of: tuple[str, ...]
    join: Join = Join.ANY


@dataclass(frozen=True, kw_only=True, slots=True)
class OnEvent:
    """Fires for each event of a type."""

    #: A CloudEvents type; with ``.*`` at its end every type that begins so.
    type: str
    source: str | None = None
    #: Path in the event (``subject``, ``data.region``) -> the values of which it must hold one.
    filter: Mapping[str, tuple[Scalar, ...]] = field(default_factory=lambda: MappingProxyType({}))
    #: Parameter -> path in the event that its value is taken from.
    params: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, kw_only=True, slots=True)
class OnFile:
    """Fires when files arrive."""

    #: Relative to the mesh root, absolute, or in a store elsewhere (``s3://bucket/in/*.csv``); ``*`` and ``**``.
    glob: str
    #: A file counts when it looked the same this long; an object with an ETag is there whole or not at all.
    settle_s: float = 5.0
    #: Of a store elsewhere: how it is reached, with references to secrets.
    options: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def is_elsewhere(self) -> bool:
        """Whether the files lie in a store that is reached by fsspec."""
        return "://" in self.glob


Fires = CronSchedule | IntervalSchedule | OnPublication | OnEvent | OnFile
_KINDS: Mapping[type, CauseKind] = {
    CronSchedule: CauseKind.SCHEDULE,
    IntervalSchedule: CauseKind.SCHEDULE,
    OnPublication: CauseKind.PUBLICATION,
    OnEvent: CauseKind.EVENT,
    OnFile: CauseKind.FILE,
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Trigger:
    """What starts the runs of a product, or of a variation of one."""

    #: ``domain.product``, or ``domain.product@variation``.
    product: str
    #: Its own among the product's triggers.
    name: str
    fires: Fires
    overlap: Overlap
    missed: Missed = Missed.ONCE
    #: A run that did not publish so long after the moment that it was for is told as late; None: never.
    late_after_s: int | None = None
    span: SourceSpan | None = None

    @property
    def address(self) -> str:
        """``domain.product:name``."""
        return f"{self.product}{TRIGGER_SIGN}{self.name}"

    @property
    def kind(self) -> CauseKind:
        """What its runs are caused by."""
        return _KINDS[type(self.fires)]

    @property
    def schedule(self) -> CronSchedule | IntervalSchedule | None:
        """Its moments, None where something else than time fires it."""
        return self.fires if isinstance(self.fires, CronSchedule | IntervalSchedule) else None

    @property
    def definition(self) -> str:
        """Identity of when it fires; rules and parameters are no part of it."""
        return identity("mwfires1", *_definition(self.fires))


def _definition(fires: Fires) -> tuple[object, ...]:
    match fires:
        case CronSchedule():
            return "cron", fires.expression, fires.timezone
        case IntervalSchedule():
            return "every", fires.every_s, fires.start.astimezone(dt.UTC).isoformat()
        case OnPublication():
            return "on", fires.join.value, sorted(fires.of)
        case OnEvent():
            return (
                "event",
                fires.type,
                fires.source,
                sorted((path, list(values)) for path, values in fires.filter.items()),
            )
        case OnFile():
            return "file", fires.glob


def default_overlap(fires: Fires) -> Overlap:
    """A schedule comes again, what happened does not: it waits."""
    return Overlap.SKIP if isinstance(fires, CronSchedule | IntervalSchedule) else Overlap.QUEUE


def product_of_trigger(address: str) -> str:
    """Return the product of a trigger's address."""
    return address.partition(TRIGGER_SIGN)[0]


def fires_words(fires: Fires) -> str:
    """Say when a trigger fires: ``at '0 5 * * *' in Europe/Berlin``."""
    match fires:
        case CronSchedule():
            return f"at '{fires.expression}' in {fires.timezone}"
        case IntervalSchedule():
            return f"every {seconds_text(fires.every_s)}"
        case OnPublication() if fires.join is Join.ANY:
            return f"when {' or '.join(fires.of)} is published"
        case OnPublication():
            by = " with the same interval" if fires.join is Join.INTERVAL else ""
            return f"when {' and '.join(fires.of)} are published{by}"
        case OnEvent():
            return f"for each event {fires.type}"
        case OnFile():
            return f"when a file {fires.glob} arrives"


def seconds_text(seconds: int) -> str:
    """Return a duration as it is written: ``15m``."""
    for unit, size in (("w", 604_800), ("d", 86_400), ("h", 3600), ("m", 60)):
        if seconds % size == 0 and seconds:
            return f"{seconds // size}{unit}"
    return f"{seconds}s"
