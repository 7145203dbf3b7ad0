"""Publications: one of several, all of them of one generation of what they were made from, or all of one interval.

However many publications came since a trigger last fired, it fires once: its run reads what stands.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from meshwright.frozen import dataclass
from meshwright.model.firings import FiringState, Watched
from meshwright.model.intervals import ranges_of
from meshwright.model.triggers import Join, OnPublication, Overlap, Trigger
from meshwright.plan.firing.clockwork import first_seen
from meshwright.plan.firing.generations import disagreements
from meshwright.plan.firing.making import Occasion, by_overlap
from meshwright.plan.firing.values import NOTHING, Answer, Arrived, Situation


@dataclass(frozen=True, kw_only=True, slots=True)
class Readiness:
    """Whether a trigger would fire for what is published, and why it would not."""

    is_ready: bool
    words: str = ""
    #: What it would fire for.
    events: tuple[str, ...] = ()


def decide_publication(situation: Situation, trigger: Trigger) -> Answer:
    """Say what comes of what is published."""
    watched = situation.watched.get(trigger.address)
    if watched is None or watched.definition != trigger.definition:
        return Answer(watched=replace(first_seen(situation, trigger), mark=_mark(situation, trigger)))
    if situation.pause_of(trigger.address) is not None:
        return NOTHING
    ready = readiness(situation, trigger, watched)
    if not ready.is_ready:
        return NOTHING
    moved = replace(watched, mark=_mark(situation, trigger))
    busy = situation.open_of(trigger.address)
    if busy and trigger.overlap is Overlap.QUEUE:
        # What waits will read what stands when it starts; what goes on has read already, and this one comes after.
        return Answer(watched=moved) if busy[-1].state is FiringState.WAITING else NOTHING
    occasion = Occasion(key=f"publication {' '.join(ready.events)}", at=situation.now, events=ready.events)
    return replace(by_overlap(situation, trigger, [occasion]), watched=moved)


def readiness(situation: Situation, trigger: Trigger, watched: Watched) -> Readiness:
    """Say whether what is published would fire a trigger, whatever else goes on."""
    fires = trigger.fires
    assert isinstance(fires, OnPublication)  # the caller sorts triggers by what fires them
    if fires.join is Join.INTERVAL:
        return _by_interval(situation.arrived.get(trigger.address, {}), fires)
    newer: list[str] = []
    older: list[str] = []
    for address in fires.of:
        found = situation.published.get(address)
        since = watched.mark.get(address, 0)
        is_newer = found is not None and isinstance(since, int) and found.generation > since
        (newer if is_newer else older).append(address)
    events = tuple(f"{address}@{situation.published[address].generation}" for address in newer)
    if fires.join is Join.ANY:
        return Readiness(is_ready=bool(newer), words=f"waits for {' or '.join(fires.of)}", events=events)
    if older:
        told = f"{' and '.join(newer)} {'is' if len(newer) == 1 else 'are'} there, " if newer else ""
        return Readiness(is_ready=False, words=f"{told}waits for {' and '.join(older)}")
    mixed = disagreements(_beneath(situation, trigger, fires))
    if mixed:
        return Readiness(is_ready=False, words=f"waits until they agree on {mixed[0].words}")
    return Readiness(is_ready=True, events=events)


def _beneath(situation: Situation, trigger: Trigger, fires: OnPublication) -> dict[str, Mapping[str, frozenset[str]]]:
    """Return what everything stands on that the run would read of other products."""
    addresses = dict.fromkeys((*fires.of, *situation.reads.get(trigger.product, ())))
    return {name: situation.published[name].stands_on for name in addresses if name in situation.published}


def _by_interval(arrived: Mapping[str, Arrived], fires: OnPublication) -> Readiness:
    absent = [address for address in fires.of if not arrived.get(address) or not arrived[address].version]
    if absent:
        return Readiness(is_ready=False, words=f"waits for {' and '.join(absent)}")
    common = frozenset.intersection(*(arrived[address].present for address in fires.of))
    changed = frozenset().union(*(arrived[address].changed for address in fires.of)) & common
    if not changed:
        return Readiness(is_ready=False, words="waits for an interval that all of them have and that is new in one")
    told = ", ".join(f"{first}" if first == last else f"{first}..{last}" for first, last in ranges_of(changed))
    versions = tuple(f"{address}@{arrived[address].version[:8]}" for address in fires.of)
    return Readiness(is_ready=True, words=told, events=(*versions, f"intervals {told}"))


def _mark(situation: Situation, trigger: Trigger) -> dict[str, int | str]:
    fires = trigger.fires
    assert isinstance(fires, OnPublication)  # as above
    if fires.join is Join.INTERVAL:
        arrived = situation.arrived.get(trigger.address, {})
        return {address: arrived[address].version for address in fires.of if address in arrived}
    return {address: situation.published[address].generation for address in fires.of if address in situation.published}
