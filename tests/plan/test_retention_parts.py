"""What keeps parts: the versions that list them, runs, and their youth; a part of what may be taken up again stays."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from meshwright.model.environments import Retention
from meshwright.model.inventory import (
    Inventory,
    KnownEnvironment,
    KnownGeneration,
    KnownPart,
    KnownVersion,
    LiveRun,
    PointerSpan,
)
from meshwright.plan.retention import Keeper, deletable, judge
from meshwright.plan.retention_parts import deletable_parts, judge_parts, part_keepers, parts_bytes

NOW = dt.datetime(2027, 1, 31, 12, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)
OLD = NOW - 10 * DAY
RETENTION = Retention(generations_s=0, candidates_s=0, grace_s=86_400)
PROD = KnownEnvironment(name="prod", generations=(KnownGeneration(number=1, at=OLD),))


def version(name: str, *pages: str, bound: tuple[str, ...] = (), since: dt.datetime | None = None) -> KnownVersion:
    return KnownVersion(id=name, dataset=f"d.p.{name}", pages=pages, bound=bound, created_at=OLD, needless_since=since)


def part(name: str, since: dt.datetime | None = None, **changes: object) -> KnownPart:
    made = KnownPart(id=name, dataset="d.p.v", size_bytes=10, created_at=OLD, run_id="r", needless_since=since)
    return replace(made, **changes)  # type: ignore[arg-type]


def shown(*names: str) -> tuple[PointerSpan, ...]:
    return tuple(PointerSpan(environment="prod", dataset=f"d.p.{name}", version=name, opened=1) for name in names)


def needless(inventory: Inventory) -> set[str]:
    judged = judge(inventory, RETENTION, NOW)
    return {each.id for each in judge_parts(inventory, judged, RETENTION, NOW).needless}


def due(inventory: Inventory) -> list[str]:
    judged = judge(inventory, RETENTION, NOW)
    going = deletable(inventory, judged, RETENTION.grace_s, NOW)
    parts = judge_parts(inventory, judged, RETENTION, NOW)
    return [each.id for each in deletable_parts(inventory, parts, going, RETENTION.grace_s, NOW)]


SHARED = Inventory(
    environments=(PROD,),
    spans=shown("new"),
    versions=(version("new", "p1", "p3"), version("old", "p1", "p2")),
    parts=(part("a"), part("b"), part("c"), part("x")),
    pages={"p1": ("a",), "p2": ("b",), "p3": ("c", "gone")},
)


def test_parts_are_kept_by_the_versions_that_are_kept() -> None:
    assert needless(SHARED) == {"b", "x"}
    assert needless(replace(SHARED, spans=shown("new", "old"))) == {"x"}
    assert needless(replace(SHARED, spans=())) == {"a", "b", "c", "x"}


def test_what_a_view_is_bound_to_keeps_its_parts() -> None:
    view = version("view", bound=("old",))
    assert needless(replace(SHARED, versions=(*SHARED.versions, view), spans=shown("view"))) == {"c", "x"}


def test_a_run_keeps_what_it_built_and_what_it_holds() -> None:
    run = LiveRun(id="r", environment="prod", lease_until=NOW + DAY, versions=frozenset({"x"}))
    parts = tuple(replace(each, run_id="r" if each.id == "b" else "s") for each in SHARED.parts)
    assert needless(replace(SHARED, runs=(run,), parts=parts, spans=())) == {"a", "c"}


def test_a_part_is_young_for_as_long_as_the_grace() -> None:
    parts = (part("a", created_at=NOW - DAY), part("b", created_at=NOW - 0.9 * DAY), part("c", created_at=None))
    assert needless(Inventory(parts=parts)) == {"a", "c"}


def test_every_reason_is_told_the_strongest_first() -> None:
    run = LiveRun(id="r", environment="prod", lease_until=NOW + DAY, versions=frozenset())
    inventory = replace(SHARED, runs=(run,), spans=shown("new", "old"), parts=(part("a", created_at=NOW), part("b")))
    judged = judge(inventory, RETENTION, NOW)
    found = part_keepers(inventory, judged, RETENTION, NOW, ["a", "b"])
    assert [(kept.by, kept.over) for kept in found["a"]] == [
        (Keeper.VERSION, "new"),
        (Keeper.VERSION, "old"),
        (Keeper.RUN, None),
        (Keeper.CANDIDATE, None),
    ]
    assert [kept.words for kept in found["b"]] == [
        "version old of d.p.old lists it, which is kept: pointer prod d.p.old since generation 1",
        "run r holds it (lease until 2027-02-01 12:00 UTC)",
    ]


def test_a_part_goes_when_its_grace_is_over_with_the_versions_that_list_it() -> None:
    old = NOW - 2 * DAY
    gone = replace(
        SHARED,
        versions=(SHARED.versions[0], replace(SHARED.versions[1], needless_since=old)),
        parts=(part("a"), part("b", old), part("c"), part("x", NOW), part("y", old)),
    )
    assert due(gone) == ["b", "y"]


def test_a_part_of_a_version_that_a_view_still_holds_stays_though_its_own_grace_is_over() -> None:
    """As long as the view's row is there somebody may take it up, with all beneath it."""
    old = NOW - 2 * DAY
    view = version("view", bound=("old",), since=NOW)
    versions = (version("old", "p2", since=old), view)
    assert due(Inventory(versions=versions, parts=(part("b", old),), pages={"p2": ("b",)})) == []
    later = replace(view, needless_since=old)
    assert due(Inventory(versions=(versions[0], later), parts=(part("b", old),), pages={"p2": ("b",)})) == ["b"]


def test_what_a_version_is_made_of_is_measured() -> None:
    assert parts_bytes(SHARED) == {"new": 20, "old": 20}
