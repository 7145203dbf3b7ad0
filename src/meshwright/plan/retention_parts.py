"""Why a part is kept; what nothing keeps is needless. A pure function of the inventory and of what keeps the versions.

A part is kept by every version that is kept and lists it, by the run that builds or holds it for as long as that goes on,
and by its youth: a run that was killed leaves parts that no version lists yet, and the next one goes on with them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator, Mapping
from types import MappingProxyType

from meshwright.frozen import dataclass
from meshwright.model.environments import Retention
from meshwright.model.inventory import Inventory, KnownPart, KnownVersion
from meshwright.plan.retention import Judgement, Keeper, Kept


@dataclass(frozen=True, kw_only=True, slots=True)
class PartJudgement:
    """What is kept of the parts and what is not."""

    #: Part id -> the strongest reason; that of a version is the strongest version's.
    kept: Mapping[str, Kept]
    needless: tuple[KnownPart, ...]


def judge_parts(inventory: Inventory, versions: Judgement, retention: Retention, now: dt.datetime) -> PartJudgement:
    """Say of every part whether it is kept, and by what first."""
    pages: dict[str, Kept] = {}
    known = {version.id: version for version in inventory.versions}
    for id_, reason in versions.kept.items():  # strongest first
        if known[id_].pages:
            listing = _of_version(known[id_], reason)
            for page in known[id_].pages:
                pages.setdefault(page, listing)
    listed: dict[str, Kept] = {}
    for page, listing in pages.items():
        for part in inventory.pages.get(page, ()):
            listed.setdefault(part, listing)
    kept: dict[str, Kept] = {}
    for known_part in inventory.parts:
        first = listed.get(known_part.id) or next(_by_itself(known_part, inventory, retention, now), None)
        if first is not None:
            kept[known_part.id] = first
    return PartJudgement(
        kept=MappingProxyType(kept), needless=tuple(part for part in inventory.parts if part.id not in kept)
    )


def part_keepers(
    inventory: Inventory, versions: Judgement, retention: Retention, now: dt.datetime, wanted: Collection[str]
) -> Mapping[str, tuple[Kept, ...]]:
    """Return every reason why each of the `wanted` parts is kept, strongest first; empty where it is needless."""
    found: dict[str, list[Kept]] = {part: [] for part in wanted}
    on_page = {page: found.keys() & parts for page, parts in inventory.pages.items()}
    known = {version.id: version for version in inventory.versions}
    for id_, reason in versions.kept.items():
        for part in {part for page in known[id_].pages for part in on_page.get(page, ())}:
            found[part].append(_of_version(known[id_], reason))
    for known_part in inventory.parts:
        if known_part.id in found:
            found[known_part.id].extend(_by_itself(known_part, inventory, retention, now))
    return {part: tuple(reasons) for part, reasons in found.items()}


def deletable_parts(
    inventory: Inventory, judgement: PartJudgement, versions: Collection[KnownVersion], grace_s: float, now: dt.datetime
) -> tuple[KnownPart, ...]:
    """Return the needless parts whose grace is over and that no version but those of `versions`, which go, lists.

    What a version that stays lists stays as well: as long as its row is there, somebody may take it up.
    """
    latest = now - dt.timedelta(seconds=grace_s)
    due = {
        part.id: part
        for part in judgement.needless
        if part.needless_since is not None and part.needless_since <= latest
    }
    going = {version.id for version in versions}
    staying = {page for version in inventory.versions if version.id not in going for page in version.pages}
    for page in staying:
        for part in inventory.pages.get(page, ()):
            due.pop(part, None)
    return tuple(due.values())


def parts_bytes(inventory: Inventory) -> Mapping[str, int]:
    """Return the bytes of what each version is made of, by version; parts that several share count for each."""
    sizes = {part.id: part.size_bytes for part in inventory.parts}
    on_page = {page: sum(sizes.get(part, 0) for part in parts) for page, parts in inventory.pages.items()}
    return {version.id: sum(on_page.get(page, 0) for page in version.pages) for version in inventory.versions}


def _of_version(version: KnownVersion, reason: Kept) -> Kept:
    return Kept(
        by=Keeper.VERSION, environment=reason.environment, name=version.dataset, over=version.id, because=reason
    )


def _by_itself(part: KnownPart, inventory: Inventory, retention: Retention, now: dt.datetime) -> Iterator[Kept]:
    """Yield what keeps a part that no version has to list: runs, and its youth."""
    for run in inventory.runs:
        if part.run_id == run.id or part.id in run.versions:
            yield Kept(by=Keeper.RUN, name=run.id, until=run.lease_until)
    if part.created_at is not None:
        until = part.created_at + dt.timedelta(seconds=retention.grace_s)
        if until > now:
            yield Kept(by=Keeper.CANDIDATE, name=part.dataset, until=until)
