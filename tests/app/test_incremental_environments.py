"""Sandboxes over datasets made of parts: parts are shared by id, gaps stay in the sandbox, and a promotion loses none."""

from __future__ import annotations

import pytest

from meshwright.app.promotion import PromotionWish, promote
from meshwright.app.workspace import Workspace
from meshwright.diagnostics import RefusedError
from meshwright.state.records import RunState
from tests.app.boxed_shop import box, built, pointers
from tests.app.parts_shop import (
    DAILY,
    DAILY_SQL,
    DOUBLED,
    PER_DAY,
    TOTAL,
    add_day,
    all_parts,
    attempt,
    days,
    digests,
    rows,
    run,
    versions,
)
from tests.meshes import write_file


def test_unchanged_code_builds_nothing_in_a_sandbox(parted: Workspace) -> None:
    run(parted)
    before = all_parts(parted)
    box(parted)
    report = run(parted, "box")
    assert built(report) == set()
    assert all_parts(parted) == before
    assert pointers(parted, "box") == pointers(parted)


def test_a_changed_definition_builds_its_parts_in_the_sandbox_alone(parted: Workspace) -> None:
    run(parted)
    standing = pointers(parted)
    box(parted)
    write_file(parted.root, DAILY_SQL, DOUBLED)
    run(parted, "box")
    assert pointers(parted) == standing
    assert rows(parted, TOTAL) == [{"amount": 150, "n": 5}]
    assert rows(parted, TOTAL, "box") == [{"amount": 300, "n": 5}]
    assert not {part.id for part in days(parted, DAILY, "box").values()} & {
        part.id for part in days(parted, DAILY).values()
    }


def test_an_asked_interval_alone_is_built_in_a_sandbox_and_prod_never_shows_the_gaps(parted: Workspace) -> None:
    run(parted)
    box(parted)
    write_file(parted.root, DAILY_SQL, DOUBLED)
    run(parted, "box", interval="2026-01-02..2026-01-03")
    assert set(days(parted, DAILY, "box")) == {"02"}
    assert rows(parted, PER_DAY, "box") != rows(parted, PER_DAY)
    tried = set(all_parts(parted))
    answer = promote(parted, PromotionWish(sandbox="box"))
    assert answer.report.state is RunState.SUCCEEDED, [step.error for step in answer.report.steps if step.error]
    assert set(days(parted, DAILY)) == {"01", "02", "03", "04"}
    assert days(parted, DAILY)["02"].id in tried
    assert not {part.id for day, part in days(parted, DAILY).items() if day != "02"} & tried
    assert rows(parted, TOTAL) == [{"amount": 300, "n": 5}]
    assert any(DAILY in note and "interval" in note for note in answer.report.notes), answer.report.notes
    # Nothing is left to do, and a build of everything is the same.
    assert run(parted).published == ()


def test_intervals_promoted_one_after_the_other_lose_nothing_of_the_standing_definition(parted: Workspace) -> None:
    """The definition stays, the intervals asked for were built already: the version is whole and taken as it is."""
    run(parted)
    before = versions(parted)[DAILY].id
    box(parted)
    report = run(parted, "box", interval="2026-01-02..2026-01-03", select=(DAILY,))
    assert built(report) == set()
    assert versions(parted, "box")[DAILY].id == before


def test_a_whole_version_is_promoted_as_it_is(parted: Workspace) -> None:
    run(parted)
    box(parted)
    write_file(parted.root, DAILY_SQL, DOUBLED)
    run(parted, "box")
    before = all_parts(parted)
    answer = promote(parted, PromotionWish(sandbox="box"))
    assert answer.report.state is RunState.SUCCEEDED
    assert built(answer.report) == set()
    assert all_parts(parted) == before
    assert {name: version.id for name, version in versions(parted).items()} == {
        name: version.id for name, version in versions(parted, "box").items()
    }
    assert run(parted).published == ()


def test_a_promotion_over_an_input_that_moved_is_refused(parted: Workspace) -> None:
    run(parted)
    box(parted)
    edited = "select t, id, customer, amount * 2 as amount from raw"
    write_file(parted.root, DAILY_SQL, edited)
    run(parted, "box")
    write_file(parted.root, DAILY_SQL, "select t, id, customer, amount from raw")
    add_day(parted, "03.csv", "2026-01-05 08:00:00,6,ben,60")
    run(parted)
    write_file(parted.root, DAILY_SQL, edited)
    with pytest.raises(RefusedError) as refused:
        promote(parted, PromotionWish(sandbox="box"))
    assert refused.value.first.code == "MW-S111"


def test_a_rebased_sandbox_is_what_a_fresh_one_is(parted: Workspace) -> None:
    from meshwright.app.rebase import rebase

    run(parted)
    box(parted)
    edited = "select t, id, customer, amount * 2 as amount from raw"
    write_file(parted.root, DAILY_SQL, edited)
    run(parted, "box")
    write_file(parted.root, DAILY_SQL, "select t, id, customer, amount from raw")
    add_day(parted, "03.csv", "2026-01-05 08:00:00,6,ben,60", "2026-01-02 10:00:00,7,dora,70")
    run(parted)
    write_file(parted.root, DAILY_SQL, edited)
    answer = rebase(parted, "box")
    assert {step.dataset for step in answer.rebuild} >= {DAILY, PER_DAY, TOTAL}
    before = set(all_parts(parted))
    run(parted, "box")
    made = {part.id for part in all_parts(parted).values() if part.id not in before and part.dataset == DAILY}
    assert {day for day, part in days(parted, DAILY, "box").items() if part.id in made} == {"02", "05"}
    box(parted, "fresh")
    report = run(parted, "fresh")
    fresh, rebased = versions(parted, "fresh"), versions(parted, "box")
    assert {name: fresh[name].id for name in (DAILY, PER_DAY, TOTAL)} == {
        name: rebased[name].id for name in (DAILY, PER_DAY, TOTAL)
    }
    assert {name: digests(parted, "fresh")[name] for name in (DAILY, PER_DAY, TOTAL)} == {
        name: digests(parted, "box")[name] for name in (DAILY, PER_DAY, TOTAL)
    }
    assert built(report) <= {"sales.flow.latest", "sales.flow.history"}
    answer2 = promote(parted, PromotionWish(sandbox="box"))
    assert answer2.report.state is RunState.SUCCEEDED
    assert attempt(parted).published == ()
