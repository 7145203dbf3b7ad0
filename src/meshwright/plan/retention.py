"""Why a version is kept, by whom and until when; what nothing keeps is needless. A pure function of the inventory.

A version is kept by a pointer that stands, a generation in retention, a sandbox (its own pointers, and its base as it
shines through), a pin, a run that goes on, a view that is kept and bound to it, and for some time by its youth, as a
candidate. These are the reasons in the order of their strength: where only one is told, it is the first. What parts are
kept by is in `retention_parts`, jobs in `retention_jobs`.

Nothing points to an outcome, the version of a node without rows. It is kept for ever where something outside was changed, which
would be changed again; while an environment stands on it; as long as the way back is kept by the last run that took it up; and
by every version that is kept and was made after it.
"""

from __future__ import annotations

import datetime as dt
import enum
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import TypeAlias

from meshwright.frozen import dataclass
from meshwright.model.environments import Retention
from meshwright.model.inventory import Inventory, KnownEnvironment, KnownVersion, PointerSpan


class Keeper(enum.StrEnum):
    """What can keep a version or a part, strongest first."""

    POINTER = "pointer"
    GENERATION = "generation"
    SANDBOX = "sandbox"
    PIN = "pin"
    RUN = "run"
    #: Of outcomes alone: an effect outside; the one that an environment stands on; one that a run took up not long ago.
    EFFECT = "effect"
    STANDING = "standing"
    TAKEN = "taken"
    VIEW = "view"
    #: Of outcomes alone: a version that was made after it.
    AFTER = "after"
    #: Of jobs alone: see `retention_jobs`.
    JOB = "job"
    #: Of parts alone: a version that lists it.
    VERSION = "version"
    CANDIDATE = "candidate"


@dataclass(frozen=True, kw_only=True, slots=True)
class Kept:
    """One reason why a version or a part is kept."""

    by: Keeper
    #: The environment or sandbox that keeps it; of a view, that keeps the view. None where there is none.
    environment: str | None = None
    #: Pointer: since which generation. Generation: the last that shows it. Sandbox over a base: that of the base.
    generation: int | None = None
    #: The dataset as it is pointed to, bound or listed, the object that is pinned, the run's id.
    name: str = ""
    #: Of a view or a version that lists it, that version; of a sandbox that shows it from beneath, the base.
    over: str | None = None
    #: When this reason ends by itself, as far as that is known.
    until: dt.datetime | None = None
    #: Of a version that lists it: what keeps that version first.
    because: Kept | None = None

    @property
    def words(self) -> str:
        """The reason for people."""
        if self.by is Keeper.SANDBOX:
            shown = f"over {self.over}" if self.over else f"{self.name} since its"
            end = f", until {_time(self.until)} unless it is used" if self.until else ""
            return f"sandbox {self.environment} {shown} generation {self.generation}{end}"
        if self.by is Keeper.VERSION:
            because = f", which is kept: {self.because.words}" if self.because is not None else ""
            return f"version {self.over} of {self.name} lists it{because}"
        words = {
            Keeper.POINTER: f"pointer {self.environment} {self.name} since generation {self.generation}",
            Keeper.GENERATION: f"generation {self.generation} of {self.environment}, in retention until {_time(self.until)}",
            Keeper.PIN: f"pin of {self.name} in {self.environment}",
            Keeper.RUN: f"run {self.name} holds it (lease until {_time(self.until)})",
            Keeper.EFFECT: "it changed something outside, which would happen again",
            Keeper.STANDING: f"{self.environment} stands on it, the newest outcome of {self.name} there"
            if self.environment
            else f"it is the newest outcome of {self.name}",
            Keeper.TAKEN: f"a run in {self.environment} took it up, in retention until {_time(self.until)}",
            Keeper.AFTER: f"version {self.over} of {self.name} was made after it",
            Keeper.VIEW: f"view {self.name} version {self.over} is bound to it",
            Keeper.JOB: self.name,
            Keeper.CANDIDATE: f"candidate until {_time(self.until)}",
        }
        return words[self.by]


@dataclass(frozen=True, kw_only=True, slots=True)
class Judgement:
    """What is kept and what is not."""

    #: Version id -> the strongest reason.
    kept: Mapping[str, Kept]
    needless: tuple[KnownVersion, ...]
    #: Environment -> its oldest generation in retention.
    oldest: Mapping[str, int]
    #: Sandboxes that have expired: they keep nothing.
    expired: tuple[str, ...]


#: A reason before it is asked for: most of them never are. Version, then the fields of `Kept` in order.
_Reason: TypeAlias = tuple[str, Keeper, str | None, int | None, str, str | None, dt.datetime | None]


def judge(inventory: Inventory, retention: Retention, now: dt.datetime) -> Judgement:
    """Say of every version whether it is kept, and by what first."""
    time = _Clock(inventory, retention, now)
    known = {version.id: version for version in inventory.versions}
    first: dict[str, _Reason] = {}
    for reason in _roots(inventory, time):
        if reason[0] in known:
            first.setdefault(reason[0], reason)
    _bind(first, known, list(first))
    _lead(first, known, list(first))
    for reason in _candidates(inventory, time, first):
        first[reason[0]] = reason
    _bind(first, known, list(first))
    _lead(first, known, list(first))
    return Judgement(
        kept=MappingProxyType({version: _kept(reason) for version, reason in first.items()}),
        needless=tuple(version for version in inventory.versions if version.id not in first),
        oldest=MappingProxyType(time.oldest),
        expired=tuple(sorted(time.expired)),
    )


def keepers(
    inventory: Inventory, retention: Retention, now: dt.datetime, wanted: Collection[str]
) -> Mapping[str, tuple[Kept, ...]]:
    """Return every reason why each of the `wanted` versions is kept, strongest first; empty where it is needless."""
    judgement = judge(inventory, retention, now)
    found: dict[str, list[Kept]] = {version: [] for version in wanted}
    for reason in _roots(inventory, _Clock(inventory, retention, now)):
        if reason[0] in found:
            found[reason[0]].append(_kept(reason))
    for view in inventory.versions:
        if view.id in judgement.kept:
            for bound in found.keys() & set(view.bound):
                environment = judgement.kept[view.id].environment
                found[bound].append(Kept(by=Keeper.VIEW, environment=environment, name=view.dataset, over=view.id))
            for before in found.keys() & set(view.after):
                environment = judgement.kept[view.id].environment
                found[before].append(Kept(by=Keeper.AFTER, environment=environment, name=view.dataset, over=view.id))
    for version, reasons in found.items():
        if not reasons and version in judgement.kept:
            reasons.append(judgement.kept[version])
    return {version: tuple(reasons) for version, reasons in found.items()}


def deletable(inventory: Inventory, judgement: Judgement, grace_s: float, now: dt.datetime) -> tuple[KnownVersion, ...]:
    """Return the needless versions whose grace is over, each before what it rests on: a view before what it is bound to.

    What a version that stays rests on stays as well: as long as its row is there, somebody may take it up.
    """
    latest = now - dt.timedelta(seconds=grace_s)
    due = {
        version.id: version
        for version in judgement.needless
        if version.needless_since is not None and version.needless_since <= latest
    }
    known = {version.id: version for version in inventory.versions}
    waiting = [version for version in inventory.versions if version.rests_on and version.id not in due]
    while waiting:
        waiting.extend(known[beneath] for beneath in waiting.pop().rests_on if due.pop(beneath, None) is not None)
    return tuple(_highest_first(due))


def _highest_first(due: Mapping[str, KnownVersion]) -> Iterator[KnownVersion]:
    """Yield versions so that each follows those that rest on it."""
    above: dict[str, int] = defaultdict(int)
    for version in due.values():
        for beneath in version.rests_on:
            above[beneath] += 1
    ready = [version for version in due.values() if not above[version.id]]
    while ready:
        version = ready.pop()
        yield version
        for beneath in version.rests_on:
            above[beneath] -= 1
            if beneath in due and not above[beneath]:
                ready.append(due[beneath])


class _Clock:
    """What `now` makes of the environments: which generations are in retention, which sandboxes have expired."""

    def __init__(self, inventory: Inventory, retention: Retention, now: dt.datetime) -> None:
        self.now = now
        self.candidates = dt.timedelta(seconds=retention.candidates_s)
        self.generations = dt.timedelta(seconds=retention.generations_s)
        busy = {run.environment for run in inventory.runs}
        self.expired = {
            found.name
            for found in inventory.environments
            if found.expires_at is not None and found.expires_at <= now and found.name not in busy
        }
        self.oldest: dict[str, int] = {}
        #: Environment -> generation -> when it leaves retention; none for the newest, which does not.
        self.ends: dict[str, Mapping[int, dt.datetime]] = {}
        for environment in inventory.environments:
            ends = _ends(environment, dt.timedelta(seconds=retention.generations_s))
            newest = environment.generations[-1].number if environment.generations else 0
            self.ends[environment.name] = ends
            self.oldest[environment.name] = next((number for number, end in ends.items() if end > now), newest)


def _ends(environment: KnownEnvironment, generations: dt.timedelta) -> dict[int, dt.datetime]:
    """Say when each generation but the newest leaves retention: some time after the next one took its place.

    Where a clock went backwards, never before an older one.
    """
    ends: dict[int, dt.datetime] = {}
    end: dt.datetime | None = None
    for made, successor in zip(environment.generations, environment.generations[1:], strict=False):
        end = successor.at + generations if end is None else max(end, successor.at + generations)
        ends[made.number] = end
    return ends


def _roots(inventory: Inventory, time: _Clock) -> Iterator[_Reason]:
    """Yield what keeps a version by itself, strongest first. What is named need not be there."""
    sandboxes = [found for found in inventory.environments if found.base is not None]
    names = {found.name for found in sandboxes}
    spans: dict[str, list[PointerSpan]] = defaultdict(list)
    for span in inventory.spans:
        if span.environment not in time.expired:
            spans[span.environment].append(span)
    for name, found in spans.items():
        if name not in names:
            yield from (
                (span.version, Keeper.POINTER, name, span.opened, span.dataset, None, None)
                for span in found
                if span.closed is None
            )
    for name, found in spans.items():
        yield from _of_generations(name, found, time)
    for sandbox in sandboxes:
        if sandbox.name not in time.expired:
            yield from _of_sandbox(sandbox, spans, time)
    for pin in inventory.pins:
        if pin.environment not in time.expired:
            for version in pin.versions:
                yield version, Keeper.PIN, pin.environment, None, pin.object, None, None
    for run in inventory.runs:
        for version in run.versions:
            yield version, Keeper.RUN, None, None, run.id, None, run.lease_until
    yield from _of_outcomes(inventory, time)


def _of_outcomes(inventory: Inventory, time: _Clock) -> Iterator[_Reason]:
    """Yield what keeps outcomes, to which nothing points: effects, then what stands, then what runs took up not long ago."""
    outcomes = {version.id: version for version in inventory.versions if version.is_outcome}
    for version in outcomes.values():
        if version.is_effect:
            yield version.id, Keeper.EFFECT, None, None, version.dataset, None, None
    there = {found.name for found in inventory.environments} - time.expired
    taken = [each for each in inventory.taken if each.version in outcomes]
    newest: dict[tuple[str, str], dt.datetime] = {}
    for each in taken:
        place = (each.environment, outcomes[each.version].dataset)
        newest[place] = max(each.at, newest.get(place, each.at))
    for each in taken:
        node = outcomes[each.version].dataset
        if each.environment in there and each.at == newest[each.environment, node]:
            yield each.version, Keeper.STANDING, each.environment, None, node, None, None
    yield from _newest_outcomes(outcomes.values())
    for each in taken:
        if each.at + time.generations > time.now:
            node = outcomes[each.version].dataset
            yield each.version, Keeper.TAKEN, each.environment, None, node, None, each.at + time.generations


def _newest_outcomes(outcomes: Iterable[KnownVersion]) -> Iterator[_Reason]:
    """Yield the newest outcome of each node: where nothing is published no environment is there to stand on it."""
    newest: dict[str, KnownVersion] = {}
    for version in outcomes:
        before = newest.get(version.dataset)
        if before is None or _made_at(before) < _made_at(version):
            newest[version.dataset] = version
    for version in newest.values():
        yield version.id, Keeper.STANDING, None, None, version.dataset, None, None


def _made_at(version: KnownVersion) -> dt.datetime:
    return version.created_at or dt.datetime.min.replace(tzinfo=dt.UTC)


def _of_generations(name: str, spans: Iterable[PointerSpan], time: _Clock) -> Iterator[_Reason]:
    """Yield what was pointed to in a generation in retention, at the last one that shows it."""
    oldest, ends = time.oldest.get(name, 0), time.ends.get(name, {})
    for span in spans:
        if span.closed is not None and span.closed > oldest:
            last = span.closed - 1
            yield span.version, Keeper.GENERATION, name, last, span.dataset, None, ends.get(last)


def _of_sandbox(
    sandbox: KnownEnvironment, spans: Mapping[str, Iterable[PointerSpan]], time: _Clock
) -> Iterator[_Reason]:
    """Yield a sandbox's own pointers, then its base as it shines through, now and in its generations in retention."""
    for span in spans.get(sandbox.name, ()):
        if span.closed is None:
            yield span.version, Keeper.SANDBOX, sandbox.name, span.opened, span.dataset, None, sandbox.expires_at
    oldest = time.oldest[sandbox.name]
    shown = {
        made.base_generation
        for made in sandbox.generations
        if made.number >= oldest and made.base_generation is not None
    }
    for generation in sorted({sandbox.base_generation, *shown}):
        for span in spans.get(str(sandbox.base), ()):
            if span.opened <= generation and (span.closed is None or generation < span.closed):
                yield (
                    span.version,
                    Keeper.SANDBOX,
                    sandbox.name,
                    generation,
                    span.dataset,
                    sandbox.base,
                    sandbox.expires_at,
                )


def _candidates(inventory: Inventory, time: _Clock, kept: Collection[str]) -> list[_Reason]:
    """Return the young versions that no environment points or ever pointed to."""
    pointed = {span.version for span in inventory.spans}
    return [
        (version.id, Keeper.CANDIDATE, None, None, version.dataset, None, version.created_at + time.candidates)
        for version in inventory.versions
        if version.id not in kept
        and version.id not in pointed
        and not version.was_shown
        and version.created_at is not None
        and version.created_at + time.candidates > time.now
    ]


def _bind(first: dict[str, _Reason], known: Mapping[str, KnownVersion], waiting: list[str]) -> None:
    """Add what the views among the kept versions are bound to, and what those are bound to, to any depth."""
    while waiting:
        view = waiting.pop()
        for bound in known[view].bound:
            if bound in known and bound not in first:
                first[bound] = (bound, Keeper.VIEW, first[view][2], None, known[view].dataset, view, None)
                waiting.append(bound)


def _lead(first: dict[str, _Reason], known: Mapping[str, KnownVersion], waiting: list[str]) -> None:
    """Add the outcomes that kept versions were made after, and what led to those, to any depth."""
    while waiting:
        later = waiting.pop()
        for before in known[later].after:
            if before in known and before not in first:
                first[before] = (before, Keeper.AFTER, first[later][2], None, known[later].dataset, later, None)
                waiting.append(before)


def _kept(reason: _Reason) -> Kept:
    _, by, environment, generation, name, over, until = reason
    return Kept(by=by, environment=environment, generation=generation, name=name, over=over, until=until)


def _time(moment: dt.datetime | None) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC" if moment else "further notice"
