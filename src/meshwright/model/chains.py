"""Chains of causes: an event starts a run, which tells an event, which starts a run ... How long they are stands in the events.

What tells it are extension attributes of CloudEvents: `correlationid` and `causationid` as the standard's own extension has them
(extensions/correlation.md), and `meshwrightdepth`. Whoever sends an event because of one of ours passes them on;
what is asked for by URL carries them in headers (`files.standards.baggage`).
"""

from __future__ import annotations

from collections.abc import Mapping

from meshwright.frozen import dataclass

#: Runs of a chain that events and publications start one after the other; no further one is started.
MOST_DEPTH = 32
DEPTH = "meshwrightdepth"
CORRELATION = "correlationid"
CAUSATION = "causationid"
#: Characters of a name that are kept: ids of others may be long.
_LONGEST = 300


@dataclass(frozen=True, kw_only=True, slots=True)
class Chain:
    """What led to something."""

    #: Runs that were started one after the other by events and publications; 0: nothing but a person, a clock, a file.
    depth: int = 0
    #: What the first of them was started by: ``source id`` of an event, ``address@generation`` of a publication.
    correlation: str = ""
    #: What the last of them was started by.
    causation: str = ""

    def after(self, name: str) -> Chain:
        """Return the chain of a run that is started by what is called so, which has this chain."""
        short = name[:_LONGEST]
        return Chain(depth=self.depth + 1, correlation=self.correlation or short, causation=short)

    def at(self, depth: int, correlation: str, causation: str) -> Chain:
        """Return the chain that says so of itself, its names cut as all are."""
        return Chain(depth=depth, correlation=correlation[:_LONGEST], causation=causation[:_LONGEST])

    def told_by(self, name: str) -> Chain:
        """Return what is passed on with an event that is called so: whatever follows is caused by it, and no run began yet."""
        return self.at(self.depth, self.correlation or name, name)

    @property
    def is_too_long(self) -> bool:
        """Whether nothing more is to be started."""
        return self.depth > MOST_DEPTH

    @property
    def attributes(self) -> dict[str, str | int]:
        """The attributes of an event that tell of it; none where nothing led to it."""
        if not self.depth:
            return {}
        names = {CORRELATION: self.correlation, CAUSATION: self.causation}
        return {**{name: value for name, value in names.items() if value}, DEPTH: self.depth}


NO_CHAIN = Chain()


def chain_of_event(document: Mapping[str, object]) -> Chain:
    """Read what led to an event, CloudEvents' structured form. What is no depth counts as none: see `depth_problem`."""
    depth = depth_of(document.get(DEPTH))
    if not depth:
        return NO_CHAIN
    correlation, causation = (str(document.get(name) or "") for name in (CORRELATION, CAUSATION))
    return NO_CHAIN.at(depth, correlation, causation)


def depth_problem(document: Mapping[str, object]) -> str | None:
    """Say what is wrong with the depth of an event; None where it is right, or there is none."""
    found = document.get(DEPTH)
    if found is None or depth_of(found) is not None:
        return None
    return f"'{DEPTH}' is {str(found)[:40]!r}, no whole number from 0"


def depth_of(found: object) -> int | None:
    """Return the depth that is said; None for what says none."""
    if isinstance(found, str):  # in headers all attributes are text
        found = int(found) if found.isascii() and found.isdigit() and len(found) < 10 else None
    return found if isinstance(found, int) and not isinstance(found, bool) and found >= 0 else None
