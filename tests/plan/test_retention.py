"""Why versions are kept: one small inventory a reason, and what is told of it."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from meshwright.model.environments import Retention
from meshwright.model.inventory import (
    Inventory,
    KnownEnvironment,
    KnownGeneration,
    KnownPin,
    KnownVersion,
    LiveRun,
    PointerSpan,
)
from meshwright.plan.retention import Keeper, deletable, judge, keepers

NOW = dt.datetime(2027, 1, 31, 12, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)
RETENTION = Retention(generations_s=10 * 86_400, candidates_s=2 * 86_400, grace_s=86_400)


def version(id_: str, *bound: str, **changes: object) -> KnownVersion:
    values: dict[str, object] = {"dataset": f"d.p.{id_[0]}", "size_bytes": 1, "bound": bound} | changes
    return KnownVersion(id=id_, **values)  # type: ignore[arg-type]


def environment(name: str, *days_ago: float, **changes: object) -> KnownEnvironment:
    """An environment whose generations were made so many days ago, the first one first."""
    made = (KnownGeneration(number=n, at=NOW - ago * DAY) for n, ago in enumerate(days_ago, 1))
    return KnownEnvironment(name=name, generations=tuple(made), **changes)  # type: ignore[arg-type]


def span(id_: str, opened: int, closed: int | None = None, environment: str = "prod") -> PointerSpan:
    return PointerSpan(environment=environment, dataset=f"d.p.{id_[0]}", version=id_, opened=opened, closed=closed)


def words(inventory: Inventory, id_: str) -> list[str]:
    found = [kept.words for kept in keepers(inventory, RETENTION, NOW, [id_])[id_]]
    first = judge(inventory, RETENTION, NOW).kept.get(id_)
    assert (first.words if first else None) == (found[0] if found else None), "one rule for all and for one"
    return found


def needless(inventory: Inventory, retention: Retention = RETENTION) -> set[str]:
    return {each.id for each in judge(inventory, retention, NOW).needless}


PROD = environment("prod", 30, 20, 15, 5, 1)
BOX = KnownEnvironment(name="box", base="prod", base_generation=2, expires_at=NOW + DAY)


@pytest.mark.parametrize(
    ("inventory", "told"),
    [
        (Inventory(environments=(PROD,), spans=(span("a", 2),)), ["pointer prod d.p.a since generation 2"]),
        (
            Inventory(environments=(PROD,), spans=(span("a", 1, 4),)),
            ["generation 3 of prod, in retention until 2027-02-05 12:00 UTC"],
        ),
        (Inventory(environments=(PROD,), spans=(span("a", 1, 3),)), []),
        (
            Inventory(environments=(PROD, BOX), spans=(span("a", 2, 3),)),
            ["sandbox box over prod generation 2, until 2027-02-01 12:00 UTC unless it is used"],
        ),
        (Inventory(environments=(PROD, BOX), spans=(span("a", 1, 2),)), []),
        (Inventory(environments=(PROD, replace(BOX, expires_at=NOW)), spans=(span("a", 2, 3),)), []),
        (
            Inventory(environments=(PROD, replace(BOX, expires_at=None)), spans=(span("a", 1, environment="box"),)),
            ["sandbox box d.p.a since its generation 1"],
        ),
        (
            Inventory(environments=(PROD,), pins=(KnownPin(environment="prod", object="d.p", versions=("x", "a")),)),
            ["pin of d.p in prod"],
        ),
        (
            Inventory(
                runs=(LiveRun(id="r1", environment="prod", lease_until=NOW + DAY, versions=frozenset({"a", "b"})),)
            ),
            ["run r1 holds it (lease until 2027-02-01 12:00 UTC)"],
        ),
    ],
)
def test_each_reason_is_told_exactly(inventory: Inventory, told: list[str]) -> None:
    assert words(replace(inventory, versions=(version("a"),)), "a") == told


def test_a_generation_of_a_sandbox_keeps_the_base_that_it_showed() -> None:
    old = KnownGeneration(number=1, at=NOW - 3 * DAY, base_generation=1)
    new = KnownGeneration(number=2, at=NOW - 2 * DAY, base_generation=2)
    box = replace(BOX, generations=(old, new), expires_at=None)
    inventory = Inventory(environments=(PROD, box), spans=(span("a", 1, 2),), versions=(version("a"),))
    assert words(inventory, "a") == ["sandbox box over prod generation 1"]
    late = replace(old, at=NOW - 30 * DAY), replace(new, at=NOW - 20 * DAY)
    assert needless(replace(inventory, environments=(PROD, replace(box, generations=late)))) == {"a"}


def test_the_newest_generation_is_kept_however_old_it_is() -> None:
    old = environment("prod", 900, 800)
    inventory = Inventory(
        environments=(old,), spans=(span("a", 1, 2), span("b", 2)), versions=(version("a"), version("b"))
    )
    assert needless(inventory) == {"a"}
    assert judge(inventory, RETENTION, NOW).oldest == {"prod": 2}


def test_the_age_of_a_generation_counts_from_its_successor() -> None:
    inventory = Inventory(
        environments=(environment("prod", 900, 9.99),), spans=(span("a", 1, 2),), versions=(version("a"),)
    )
    assert needless(inventory) == set()
    assert needless(replace(inventory, environments=(environment("prod", 900, 10),))) == {"a"}


def test_a_clock_that_went_backwards_keeps_an_older_generation_no_shorter() -> None:
    inventory = Inventory(
        environments=(environment("prod", 20, 3, 15, 1),),
        spans=(span("a", 1, 2), span("b", 2, 3), span("c", 3, 4)),
        versions=(version("a"), version("b"), version("c")),
    )
    assert needless(inventory) == set()
    assert judge(inventory, RETENTION, NOW).oldest == {"prod": 1}


def test_views_keep_what_they_are_bound_to_at_any_depth() -> None:
    versions = (version("v", "w"), version("w", "a", "gone"), version("a"), version("b"))
    inventory = Inventory(environments=(PROD,), spans=(span("v", 1),), versions=versions)
    assert needless(inventory) == {"b"}
    assert words(inventory, "a") == ["view d.p.w version w is bound to it"]
    assert judge(inventory, RETENTION, NOW).kept["a"].environment == "prod"
    assert needless(replace(inventory, spans=())) == {"v", "w", "a", "b"}


def test_a_long_chain_of_views_is_followed_to_its_end() -> None:
    chain = tuple(version(f"v{n}", f"v{n + 1}") for n in range(5_000))
    inventory = Inventory(environments=(PROD,), spans=(span("v0", 1),), versions=(*chain, version("v5000")))
    assert needless(inventory) == set()


def test_what_was_never_published_is_a_candidate_for_some_time() -> None:
    young = version("a", created_at=NOW - DAY)
    assert words(Inventory(versions=(young,)), "a") == ["candidate until 2027-02-01 12:00 UTC"]
    assert needless(Inventory(versions=(replace(young, created_at=NOW - 2 * DAY),))) == {"a"}
    assert needless(Inventory(versions=(replace(young, created_at=None),))) == {"a"}
    assert needless(Inventory(environments=(PROD,), spans=(span("a", 1, 2),), versions=(young,))) == {"a"}
    assert needless(Inventory(versions=(replace(young, was_shown=True),))) == {"a"}
    bound = Inventory(versions=(replace(young, bound=("b",)), version("b")))
    assert words(bound, "b") == ["view d.p.a version a is bound to it"]


def test_every_reason_is_told_the_strongest_first() -> None:
    inventory = Inventory(
        environments=(PROD, BOX),
        spans=(span("a", 1, 4), span("a", 5)),
        pins=(KnownPin(environment="prod", object="d.p.a", versions=("a",)),),
        versions=(version("a", created_at=NOW), version("v", "a", created_at=NOW)),
    )
    assert [kept.by for kept in keepers(inventory, RETENTION, NOW, ["a"])["a"]] == [
        Keeper.POINTER,
        Keeper.GENERATION,
        Keeper.SANDBOX,
        Keeper.PIN,
        Keeper.VIEW,
    ]


def test_a_sandbox_that_expired_lives_on_while_a_run_goes_on_in_it() -> None:
    run = LiveRun(id="r", environment="box", lease_until=NOW + DAY, versions=frozenset())
    over = replace(BOX, expires_at=NOW)
    inventory = Inventory(environments=(PROD, over), spans=(span("a", 2, 3),), runs=(run,), versions=(version("a"),))
    assert needless(inventory) == set()
    assert judge(inventory, RETENTION, NOW).expired == ()
    assert judge(replace(inventory, runs=()), RETENTION, NOW).expired == ("box",)


def order(inventory: Inventory) -> list[str]:
    return [each.id for each in deletable(inventory, judge(inventory, RETENTION, NOW), RETENTION.grace_s, NOW)]


def test_grace_counts_from_the_mark_and_without_one_nothing_goes() -> None:
    versions = (
        version("a", needless_since=NOW - DAY),
        version("b", needless_since=NOW - 0.99 * DAY),
        version("c"),
    )
    assert order(Inventory(versions=versions)) == ["a"]


def test_a_view_goes_before_what_it_is_bound_to_and_while_it_stays_that_stays() -> None:
    old = NOW - 2 * DAY
    chain = (
        version("a", needless_since=old),
        version("v", "a", needless_since=old),
        version("w", "v", "a", needless_since=old),
    )
    assert order(Inventory(versions=chain)) == ["w", "v", "a"]
    assert order(Inventory(versions=(*chain[:2], replace(chain[2], needless_since=NOW)))) == []
