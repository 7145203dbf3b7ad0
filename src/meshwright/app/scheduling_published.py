"""What triggers wait for, as it is published: looked at again when the environment has a new generation."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass as mutable_dataclass
from dataclasses import field

from meshwright.app.generations import Ancestry, generation_of, versions_of
from meshwright.app.scheduling_mesh import TriggerTable
from meshwright.frozen import dataclass
from meshwright.model import Version
from meshwright.model.firings import Watched
from meshwright.model.triggers import Join, OnPublication, Trigger
from meshwright.plan.firing import Arrived, Published
from meshwright.state.protocol import Reader
from meshwright.state.records import Pointer


@dataclass(frozen=True, kw_only=True, slots=True)
class Publications:
    """What stands, for the decider."""

    published: Mapping[str, Published]
    arrived: Mapping[str, Mapping[str, Arrived]]


#: Versions whose origin is remembered before it is begun anew.
_MOST_REMEMBERED = 200_000
NONE_PUBLISHED = Publications(published={}, arrived={})


@mutable_dataclass(kw_only=True, slots=True)
class PublicationWatch:
    """Looks at an environment, and remembers what it saw."""

    reader: Reader
    environment: str
    ancestry: Ancestry = field(init=False)
    _generation: int | None = None
    _identity: str = ""
    _pointers: Mapping[str, Pointer] = field(default_factory=dict)
    _published: dict[str, Published] = field(default_factory=dict)
    #: Trigger -> what its intervals were reckoned from, and they.
    _reckoned: dict[str, tuple[object, Mapping[str, Arrived]]] = field(default_factory=dict)
    #: Version -> number of interval -> part.
    _entries: dict[str, dict[int, str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.ancestry = Ancestry(versions=self.reader.versions)

    def look(self, table: TriggerTable, watched: Mapping[str, Watched]) -> Publications:
        """Return what the triggers of a table wait for. Costs one small query where nothing was published."""
        waiting = [each for each in table.triggers.values() if isinstance(each.fires, OnPublication)]
        if not waiting:
            return NONE_PUBLISHED
        generation = self.reader.generation(self.environment)
        if generation != self._generation or table.identity != self._identity:
            self._pointers = self.reader.pointers(self.environment)
            addresses = {each.address for each in waiting}
            self._reckoned = {address: each for address, each in self._reckoned.items() if address in addresses}
            if len(self.ancestry.known) > _MOST_REMEMBERED:  # what stands is asked for again, the rest is history
                self.ancestry.known.clear()
            self._published = self._found(waiting, table)
            self._generation, self._identity = generation, table.identity
        joined = [each for each in waiting if _is_by_interval(each)]
        arrived = {each.address: self._remembered(each, watched.get(each.address)) for each in joined}
        return Publications(published=self._published, arrived=arrived)

    def _found(self, waiting: Iterable[Trigger], table: TriggerTable) -> dict[str, Published]:
        found: dict[str, Published] = {}
        for trigger in waiting:
            assert isinstance(trigger.fires, OnPublication)  # the caller chose them
            is_joined = trigger.fires.join is Join.ALL
            reads = table.reads.get(trigger.product, ()) if is_joined else ()
            for address in (*trigger.fires.of, *reads):
                generation = generation_of(address, self._pointers)
                if generation is None or (address in found and not (is_joined and not found[address].stands_on)):
                    continue
                beneath = self.ancestry.beneath(versions_of(address, self._pointers)) if is_joined else {}
                found[address] = Published(generation=generation, stands_on=beneath)
        return found

    def _remembered(self, trigger: Trigger, watched: Watched | None) -> Mapping[str, Arrived]:
        """Return the intervals for a trigger; reckoned again when something was published, or the trigger fired."""
        key = (self._generation, self._identity, tuple(sorted(watched.mark.items())) if watched else None)
        found = self._reckoned.get(trigger.address)
        if found is None or found[0] != key:
            found = self._reckoned[trigger.address] = (key, self._arrived(trigger, watched))
        return found[1]

    def _arrived(self, trigger: Trigger, watched: Watched | None) -> dict[str, Arrived]:
        assert isinstance(trigger.fires, OnPublication)  # as above
        found = {}
        for address in trigger.fires.of:
            standing = versions_of(address, self._pointers)
            version = standing[0] if standing else ""
            before = str(watched.mark.get(address, "")) if watched is not None else ""
            now, then = (
                self._intervals(version),
                self._intervals(before) if before != version else self._intervals(version),
            )
            changed = self._changed(now, then)
            found[address] = Arrived(version=version, present=frozenset(now), changed=changed)
        return found

    def _changed(self, now: Mapping[int, str], then: Mapping[int, str]) -> frozenset[int]:
        """Return the intervals that came or hold other rows; one that was built again and came out the same is none."""
        new = {number for number in now if number not in then}
        built = {number: (part, then[number]) for number, part in now.items() if then.get(number, part) != part}
        parts = self.reader.parts({part for pair in built.values() for part in pair})
        rows = {id_: (part.rows, part.sums) for id_, part in parts.items()}
        # A part that is gone by now cannot be compared: what stands counts as other rows.
        other = {number for number, (part, was) in built.items() if was not in rows or rows.get(part) != rows[was]}
        return frozenset(new | other)

    def _intervals(self, version_id: str) -> Mapping[int, str]:
        """Return the parts of a version by their interval; none where it is not there (any more), or not made so."""
        if not version_id:
            return {}
        if version_id not in self._entries:
            version: Version | None = self.reader.versions([version_id]).get(version_id)
            pages = [page for _, page in version.manifest.pages] if version is not None and version.manifest else []
            entries = (entry for page in self.reader.pages(pages).values() for entry in page.entries)
            # Of older versions than two at a time there is no need.
            if len(self._entries) > 64:
                self._entries.clear()
            self._entries[version_id] = dict(entries)
        return self._entries[version_id]


def _is_by_interval(trigger: Trigger) -> bool:
    return isinstance(trigger.fires, OnPublication) and trigger.fires.join is Join.INTERVAL
