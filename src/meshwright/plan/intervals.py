"""Which intervals of a dataset are built: those that are new, late, asked for, or whose inputs changed; all others stay.

The plan continues the version that stands: it looks at what differs between the inputs that version was built from and those
that are there now, so that it costs as much as the change. Where there is nothing to continue, every interval is planned.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType

from meshwright.diagnostics import Diagnostic
from meshwright.frozen import dataclass
from meshwright.model import (
    ByInterval,
    Calendar,
    Depends,
    Manifest,
    Version,
    VersionClass,
    identity,
    plain_address,
)
from meshwright.plan.books import Books
from meshwright.plan.identities import typed_params
from meshwright.plan.interval_plans import IntervalPlan, PlannedPart
from meshwright.plan.manifests import Entries, differing, revised_pages
from meshwright.plan.timelines import Timeline
from meshwright.plan.values import DesiredNode


@dataclass(frozen=True, kw_only=True, slots=True)
class IntervalWish:
    """What a plan is asked for, besides what changed."""

    #: Moments [start, end), aware UTC, whose intervals are built again whatever stands; None: none.
    asked: tuple[dt.datetime, dt.datetime] | None = None
    #: Whether everything is built again from what is there.
    is_refreshed: bool = False
    #: Whether a version may lack intervals that stand: in a sandbox, which is nobody's production.
    may_lack: bool = False
    #: Whether what is built may be shown by sandboxes alone, for something of the inputs is hidden.
    is_restricted: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class _Asked:
    """One question, with what every step of the answer needs."""

    desired: DesiredNode
    spec: ByInterval
    wish: IntervalWish
    timelines: Sequence[Timeline]
    books: Books

    @property
    def calendar(self) -> Calendar:
        return self.spec.calendar

    @property
    def restricted(self) -> tuple[str, ...]:
        """What identities get added of what is restricted: a part without any rows to hide would be everybody's."""
        return ("restricted",) if self.wish.is_restricted else ()


def plan_intervals(
    desired: DesiredNode,
    wish: IntervalWish,
    standing: Version | None,
    timelines: Sequence[Timeline],
    books: Books,
) -> IntervalPlan | Diagnostic:
    """Return the parts of the next version, or why there can be none.

    `standing` is the version that the environment points to. Raises KeyError where something is not recorded yet: the answer
    is known once the inputs are built.
    """
    spec = desired.node.intervals
    assert spec is not None
    asked = _Asked(desired=desired, spec=spec, wish=wish, timelines=timelines, books=books)
    bearing = _bearing(asked)
    if not bearing:
        return _no_time(asked)
    spans = [span for timeline in bearing if (span := timeline.span()) is not None]
    held = (min(first for first, _ in spans), max(last for _, last in spans)) if spans else None
    base = standing if standing is not None and not wish.is_refreshed and _continues(standing, asked) else None
    if base is None:
        return _anew(asked, standing, held)
    return _continued(asked, base, held)


def _bearing(asked: _Asked) -> list[Timeline]:
    """Return the inputs that say which times there are: those whose column becomes the node's, else those that have it."""
    named = [each for each in asked.timelines if each.column is not None]
    return [each for each in named if each.dataset in asked.spec.time_columns] or named


def _continues(standing: Version, asked: _Asked) -> bool:
    manifest, desired = standing.manifest, asked.desired
    if manifest is None or manifest.calendar != asked.calendar or manifest.by is None:
        return False
    if manifest.by.casefold() != asked.spec.by.casefold() or standing.engine != desired.engine:
        return False
    # What is restricted is shown as it is: no part that hides less may be among it, and nothing else has a part of it.
    if standing.is_restricted != asked.wish.is_restricted:
        return False
    hidden = {plain_address(each.dataset): each.hidden for each in asked.timelines if each.hidden}
    if hidden != {read: sight.identity for read, sight in standing.seen.items()}:
        return False
    return asked.spec.is_forward_only or (
        standing.fingerprint == desired.fingerprint and standing.params == desired.params
    )


def _anew(asked: _Asked, standing: Version | None, held: tuple[int, int] | None) -> IntervalPlan | Diagnostic:
    """Plan every interval, or those alone that are asked for."""
    if held is None:
        return _made(asked, None, {}, ())
    first, last = _from_start(asked, held)
    numbers: Iterable[int] = range(first, last + 1)
    if asked.wish.asked is not None:
        wanted = _asked_numbers(asked, held)
        if isinstance(wanted, Diagnostic):
            return wanted
        if standing is not None and standing.rows and not asked.wish.may_lack:
            return _would_lack(asked, standing)
        numbers = wanted
    return _made(asked, None, {}, numbers)


def _from_start(asked: _Asked, held: tuple[int, int]) -> tuple[int, int]:
    first, last = held
    if asked.spec.start is not None:
        first = asked.calendar.number(asked.spec.start)
    return max(first, _oldest_kept(asked, last)), last


def _oldest_kept(asked: _Asked, last: int) -> int:
    """Return the first interval that retention leaves; a very small number where everything stays."""
    if asked.spec.keep is None:
        return -(1 << 62)
    return asked.calendar.number(asked.calendar.start(last) - asked.spec.keep)


def _continued(asked: _Asked, base: Version, held: tuple[int, int] | None) -> IntervalPlan | Diagnostic:
    manifest = base.manifest
    assert manifest is not None
    entries = Entries(manifest=manifest, pages=asked.books.pages)
    if manifest.first is None or manifest.last is None:
        return _anew(asked, None, held)
    if held is None or held[1] < manifest.last:
        if any(each.depends is Depends.AS_OF for each in _bearing(asked)):
            return _shrunk(asked, manifest.last, held)
        if held is None:
            return _made(asked, None, {}, ())
    first, last = _from_start(asked, held)
    oldest = _oldest_kept(asked, last)
    numbers: set[int] = set()
    for low, high in _reached(asked, base, manifest):
        numbers.update(range(max(low, oldest, min(first, manifest.first)), min(high, last) + 1))
    if asked.wish.asked is None:
        numbers = {number for number in numbers if number >= first or entries.get(number) is not None}
        numbers |= _missing(entries, first, last)
    else:
        # What is missing besides is found by the next plan; what changed is due now, or nobody would know later.
        wanted = _asked_numbers(asked, held)
        if isinstance(wanted, Diagnostic):
            return wanted
        numbers = {number for number in numbers if entries.get(number) is not None}
        numbers.update(number for number in wanted if number >= oldest)
    dropped = dict(_outside(entries, manifest, oldest, last))
    return _made(asked, base, dropped, sorted(numbers))


def _missing(entries: Entries, first: int, last: int) -> set[int]:
    """Return the intervals from `first` to `last` that have no part: before the first one, after the last, and gaps."""
    manifest = entries.manifest
    assert manifest.first is not None
    assert manifest.last is not None
    found = set(range(first, min(manifest.first, last + 1))) | set(range(max(first, manifest.last + 1), last + 1))
    if manifest.gaps:
        inside = range(max(first, manifest.first), min(last, manifest.last) + 1)
        found |= set(inside).difference(number for number, _ in entries.all())
    return found


def _outside(entries: Entries, manifest: Manifest, oldest: int, last: int) -> Iterator[tuple[int, str]]:
    """Yield the standing parts that retention lets go, and those after the last interval that the inputs hold."""
    assert manifest.first is not None
    assert manifest.last is not None
    if manifest.first < oldest:
        yield from entries.between(manifest.first, min(oldest - 1, manifest.last))
    if manifest.last > last:
        yield from entries.between(max(last + 1, manifest.first), manifest.last)


def _reached(asked: _Asked, base: Version, manifest: Manifest) -> Iterator[tuple[int, int]]:
    """Yield the intervals (first, last) that new versions of the inputs reach."""
    assert manifest.first is not None
    assert manifest.last is not None
    everything = (manifest.first, 1 << 62)
    for timeline in asked.timelines:
        before = base.inputs.get(plain_address(timeline.dataset))
        if before == timeline.version:
            continue
        match timeline.depends:
            case Depends.WHOLE:
                yield everything
            case Depends.AS_OF:
                late = asked.calendar.start(manifest.last) - asked.spec.lookback
                yield asked.calendar.number(late), everything[1]
            case Depends.INTERVAL:
                found = _changed_parts(timeline, before, asked.books)
                yield from (everything,) if found is None else found


def _changed_parts(timeline: Timeline, before: str | None, books: Books) -> list[tuple[int, int]] | None:
    """Return the intervals that differing parts of an input reach; None where what it was before is not recorded any more."""
    was = books.versions.get(before) if before is not None else None
    now = timeline.manifest
    if was is None or was.manifest is None or now is None or was.manifest.calendar != now.calendar:
        return None
    try:
        gone, come = differing(was.manifest, now, books.pages)
        if now.calendar is not None and now.first is not None:
            # What an input let go by its retention is no news: what was made of it stands.
            gone = {number: id_ for number, id_ in gone.items() if number >= now.first}
        return [*timeline.reached_by(gone), *timeline.reached_by(come)]
    except KeyError:
        if _is_planned(timeline, books):
            raise
        return None


def _is_planned(timeline: Timeline, books: Books) -> bool:
    """Whether the input's version is only planned, so that what is not recorded will be."""
    return books.versions.get(timeline.version) is None


def _asked_numbers(asked: _Asked, held: tuple[int, int] | None) -> range | Diagnostic:
    """Return the intervals that are asked for and of which the inputs hold something."""
    assert asked.wish.asked is not None
    start, end = asked.wish.asked
    first, last = asked.calendar.number(start), asked.calendar.number(end - dt.timedelta(microseconds=1))
    if held is None or first > held[1] or last < held[0]:
        return _nothing_there(asked, held)
    return range(max(first, held[0]), min(last, held[1]) + 1)


def _made(asked: _Asked, base: Version | None, dropped: Mapping[int, str], numbers: Iterable[int]) -> IntervalPlan:
    """Name the parts of `numbers`, and the version that they make with those that stay."""
    desired, spec = asked.desired, asked.spec
    name = plain_address(desired.node.address)
    standing = base.manifest if base is not None else None
    entries = Entries(manifest=standing, pages=asked.books.pages) if standing is not None else None
    typed = typed_params(desired)
    changed: list[PlannedPart] = []
    gone = dict(dropped)
    for number in numbers:
        part = _planned(asked, name, typed, number)
        before = entries.get(number) if entries is not None else None
        if before == part.id:
            continue
        changed.append(part)
        if before is not None:
            gone[number] = before
    changes: dict[int, str | None] = {**dict.fromkeys(dropped), **{part.number: part.id for part in changed}}
    pages, made = revised_pages(name, entries, changes)
    new_books = asked.books.with_pages(made)
    is_mixed = base is not None and (base.fingerprint != desired.fingerprint or bool(standing and standing.earlier))
    is_as_of = is_mixed or any(each.depends is Depends.AS_OF for each in asked.timelines)
    first, last = _extent(pages, new_books)
    manifest = Manifest(
        version_class=VersionClass.AS_OF if is_as_of else VersionClass.PURE,
        by=spec.by,
        calendar=spec.calendar,
        pages=pages,
        first=first,
        last=last,
        count=(standing.count if standing else 0) + len(changed) - len(gone),
    )
    recipe = (name, desired.fingerprint, typed, desired.engine, spec.by, spec.calendar.rule, pages)
    version = identity("mwmanifest1", *recipe, *asked.restricted)
    return IntervalPlan(
        version=version,
        manifest=manifest,
        pages=made,
        changed=tuple(changed),
        gone=MappingProxyType(gone),
        base=base,
        windowed=MappingProxyType({each.dataset: each.cut_by for each in asked.timelines if each.is_windowed}),
    )


def _extent(pages: tuple[tuple[int, str], ...], books: Books) -> tuple[int | None, int | None]:
    """Return the numbers of the first and the last part of pages."""
    if not pages:
        return None, None
    return books.pages[pages[0][1]].entries[0][0], books.pages[pages[-1][1]].entries[-1][0]


def _planned(asked: _Asked, name: str, typed: object, number: int) -> PlannedPart:
    desired, calendar = asked.desired, asked.calendar
    start, end = calendar.start(number), calendar.start(number + 1)
    inputs: dict[str, tuple[str, ...]] = {}
    seen: dict[str, list[str]] = {}
    for timeline in asked.timelines:
        read = plain_address(timeline.dataset)
        inputs[read] = timeline.parts_in(number) if timeline.is_windowed else (timeline.version,)
        seen[read] = [f"{id_}{timeline.hidden}" for id_ in inputs[read]]
    moments = [start.isoformat(), end.isoformat()]
    recipe = (name, desired.fingerprint, typed, desired.engine, asked.spec.by, moments, seen)
    id_ = identity("mwpart1", *recipe, *asked.restricted)
    return PlannedPart(number=number, id=id_, start=start, end=end, inputs=MappingProxyType(inputs))


def _no_time(asked: _Asked) -> Diagnostic:
    spec, node = asked.spec, asked.desired.node
    reads = ", ".join(each.dataset for each in asked.timelines) or "nothing"
    return Diagnostic(
        code="MW-P202",
        message=f"{node.address} is built by '{spec.by}', and no input of it has a column of that name (it reads {reads})",
        span=spec.span,
        fix=f"let the column '{spec.by}' come straight from an input, so that the inputs say which intervals there are",
        object=node.address,
    )


def _shrunk(asked: _Asked, last: int, held: tuple[int, int] | None) -> Diagnostic:
    node, calendar = asked.desired.node, asked.calendar
    now = f"ends with {calendar.words(held[1])}" if held is not None else "holds no row"
    named = ", ".join(each.dataset for each in _bearing(asked))
    return Diagnostic(
        code="MW-P203",
        message=(
            f"{node.address} has intervals to {calendar.words(last)}, and what it reads ({named}) now {now}: "
            "it went back in time"
        ),
        span=asked.spec.span,
        fix=f"bring the rows back; or, if they are to go, build everything from what is there: mw run {node.address} --refresh",
        object=node.address,
    )


def _would_lack(asked: _Asked, standing: Version) -> Diagnostic:
    node = asked.desired.node
    return Diagnostic(
        code="MW-P204",
        message=(
            f"{node.address} is defined otherwise than when {standing.id[:12]} was built: with some intervals alone "
            "it would lose all the others"
        ),
        span=asked.spec.span,
        fix="run without --interval, which builds all; or set forward_only: true; or try the intervals in a sandbox",
        object=node.address,
    )


def _nothing_there(asked: _Asked, held: tuple[int, int] | None) -> Diagnostic:
    node, calendar = asked.desired.node, asked.calendar
    assert asked.wish.asked is not None
    start, end = asked.wish.asked
    there = (
        f"they hold {calendar.words(held[0])} to {calendar.words(held[1])}" if held is not None else "they hold no row"
    )
    return Diagnostic(
        code="MW-P205",
        message=f"the inputs of {node.address} hold nothing from {start:%Y-%m-%dT%H:%MZ} to {end:%Y-%m-%dT%H:%MZ}; {there}",
        span=asked.spec.span,
        fix="ask for intervals that are there",
        object=node.address,
    )
