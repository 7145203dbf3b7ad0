"""What there is to keep and what may keep it, as values: read from the state in one piece, judged by `plan.retention`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import field
from types import MappingProxyType

from meshwright.frozen import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class KnownGeneration:
    """A generation that can be read."""

    number: int
    at: dt.datetime
    #: Of a sandbox: the generation of its base that shone through then.
    base_generation: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class KnownEnvironment:
    """An environment or, with a base, a sandbox."""

    name: str
    #: Those that can be read, oldest first, without a gap; the last one stands.
    generations: tuple[KnownGeneration, ...] = ()
    base: str | None = None
    base_generation: int = 0
    #: When a sandbox goes unless it is used; None for never.
    expires_at: dt.datetime | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class PointerSpan:
    """A pointer of a dataset, from the generation that opened it to the one that closed it."""

    environment: str
    dataset: str
    version: str
    opened: int
    #: None: it stands.
    closed: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class KnownPin:
    """What a pin holds: the version of a dataset or those of a product, and what stood before it."""

    environment: str
    object: str
    versions: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class LiveRun:
    """A run that somebody coordinates now."""

    id: str
    environment: str
    lease_until: dt.datetime
    #: Versions and parts that it planned with, took up and built; some of it may not be built yet.
    versions: frozenset[str]


@dataclass(frozen=True, kw_only=True, slots=True)
class KnownVersion:
    """A version, as far as keeping it goes."""

    id: str
    dataset: str
    #: Of files of its own; parts are counted by themselves, for versions share them.
    size_bytes: int = 0
    created_at: dt.datetime | None = None
    #: Of a view: the versions that it is bound to.
    bound: tuple[str, ...] = ()
    #: When a garbage collection first found it needless, where none found it needed since.
    needless_since: dt.datetime | None = None
    #: Whether a pointer named it that is forgotten by now.
    was_shown: bool = False
    #: The pages that its manifest lists.
    pages: tuple[str, ...] = ()
    #: Whether it is of a node that yields no rows: what came of a job.
    is_outcome: bool = False
    #: Whether the job changed something outside, which is to happen once.
    is_effect: bool = False
    #: The outcomes among what it was made from.
    after: tuple[str, ...] = ()
    #: Of an outcome: the jobs in whose folders tables lie that no version was made of yet.
    left_by: tuple[str, ...] = ()

    @property
    def rests_on(self) -> tuple[str, ...]:
        """What has to stay as long as it does."""
        return self.bound + self.after


@dataclass(frozen=True, kw_only=True, slots=True)
class KnownPart:
    """A part of versions, as far as keeping it goes."""

    id: str
    dataset: str
    size_bytes: int = 0
    created_at: dt.datetime | None = None
    #: The run that built it.
    run_id: str = ""
    #: As of a version.
    needless_since: dt.datetime | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class TakenUp:
    """That runs in an environment made or took up an outcome, and when one did last."""

    version: str
    environment: str
    at: dt.datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class KnownJob:
    """A job of a tool, as far as keeping its record and its folder goes."""

    id: str
    #: Address of the node.
    node: str
    run_id: str
    #: None: it runs outside, or nobody has heard yet that it has ended.
    ended_at: dt.datetime | None
    #: Whether it did something outside that no version tells of: an item of a list that did not come to its end.
    is_effect: bool = False
    #: A run that goes on and has a step for the node.
    wanted_by: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Inventory:
    """Everything at one moment."""

    environments: tuple[KnownEnvironment, ...] = ()
    spans: tuple[PointerSpan, ...] = ()
    pins: tuple[KnownPin, ...] = ()
    runs: tuple[LiveRun, ...] = ()
    versions: tuple[KnownVersion, ...] = ()
    parts: tuple[KnownPart, ...] = ()
    #: Page of manifests -> the parts that it lists.
    pages: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))
    #: Which outcomes runs worked with, by version and environment.
    taken: tuple[TakenUp, ...] = ()
    jobs: tuple[KnownJob, ...] = ()
