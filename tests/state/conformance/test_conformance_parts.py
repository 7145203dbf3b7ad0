"""Parts, pages, manifests and footprints: committed once, read back whole, and never a manifest over what is gone."""

from __future__ import annotations

import dataclasses
import datetime as dt

import pytest
from state_samples import (
    DAYS,
    FIRST_DAY,
    NOW,
    SECOND,
    make_manifest,
    make_part,
    make_version,
    manifest_of,
    take,
)

from meshwright.diagnostics import RefusedError
from meshwright.model import Calendar, Footprint, Grain, Page, Part, Restricted, StoredFile, Version
from meshwright.model.parts import make_page
from meshwright.state.protocol import State
from meshwright.state.records import FootprintKey

DAILY = "sales.orders.daily"
NEW = (StoredFile(path="a/b/c/new-0.parquet", size_bytes=9, checksum="9" * 32, rows=3),)


def commit(state: State, made: tuple[Version, tuple[Page, ...], tuple[Part, ...]]) -> Version:
    version, pages, parts = made
    state.writer.commit_parts(parts)
    assert state.writer.commit_manifest(version, pages) == version
    return version


def marked(state: State) -> set[str]:
    found = state.collector.inventory(NOW, lambda _: False)
    return {each.id for each in (*found.versions, *found.parts) if each.needless_since is not None}


def test_a_part_is_read_back_as_it_was(state: State) -> None:
    parts = [
        make_part("a"),
        make_part("b", start=None, end=None, created_at=None, sums=(0, 2**63), inputs={}, files=(), rows=0),
        make_part("c", restricted=Restricted(reasons=("sampled",))),
    ]
    assert state.writer.commit_parts(parts) == {part.id: part for part in parts}
    assert state.reader.parts([*(part.id for part in parts), "nothing"]) == {part.id: part for part in parts}
    assert sorted(state.reader.all_parts(), key=lambda part: part.id) == sorted(parts, key=lambda part: part.id)


def test_who_commits_a_part_second_takes_the_row_that_stands(state: State) -> None:
    first = make_part("a")
    late = dataclasses.replace(first, files=NEW, run_id="run-2")
    assert state.writer.commit_parts([first]) == {first.id: first}
    fresh = make_part("b")
    assert state.writer.commit_parts([late, fresh]) == {first.id: first, fresh.id: fresh}
    assert state.writer.commit_parts([]) == {}


def test_thousands_of_parts_are_committed_and_read(state: State) -> None:
    _, _, parts = make_manifest("m", 2500)
    assert len(state.writer.commit_parts(parts)) == 2500
    assert state.reader.parts([part.id for part in parts]) == {part.id: part for part in parts}
    assert sum(1 for _ in state.reader.all_parts()) == 2500


def test_a_run_that_lost_its_lease_commits_no_part_and_no_manifest(state: State) -> None:
    lease = take(state, "run:1")
    state.writer.release_lease(lease)
    version, pages, parts = make_manifest("m", 3)
    with pytest.raises(RefusedError):
        state.writer.commit_parts(parts, lease)
    assert state.reader.parts([parts[0].id]) == {}
    state.writer.commit_parts(parts)
    with pytest.raises(RefusedError):
        state.writer.commit_manifest(version, pages, lease)
    assert state.reader.versions([version.id]) == {}
    assert state.reader.pages([page.id for page in pages]) == {}


def test_a_manifest_is_read_with_its_version_and_without_its_pages(state: State) -> None:
    version, pages, parts = make_manifest("m", 300)
    state.writer.commit_parts(parts)
    assert state.writer.commit_manifest(version, pages) == version
    assert state.reader.versions([version.id]) == {version.id: version}
    assert state.reader.versions_of(DAILY) == (version,)
    assert list(state.reader.all_versions()) == [version]
    assert state.reader.pages([*(page.id for page in pages), "nothing"]) == {page.id: page for page in pages}


def test_a_manifest_of_nothing_and_one_with_gaps_are_read_back(state: State) -> None:
    empty, pages, parts = manifest_of("empty", DAILY, [])
    assert (pages, parts) == ((), ())
    assert state.writer.commit_manifest(empty, pages) == empty
    part = make_part("a")
    page = make_page(DAILY, ((-3, part.id), (5, part.id), (6, part.id), (9, part.id)))
    assert empty.manifest is not None
    appended = dataclasses.replace(empty.manifest, pages=((0, page.id),), by=None, calendar=None, count=4, earlier={})
    version = make_version("gaps", DAILY, files=(), manifest=appended)
    state.writer.commit_parts([part])
    assert state.writer.commit_manifest(version, [page]) == version
    assert state.reader.pages([page.id]) == {page.id: page}
    assert state.reader.versions([version.id]) == {version.id: version}


def test_a_version_with_files_is_no_manifest(state: State) -> None:
    with pytest.raises(ValueError, match="no manifest"):
        state.writer.commit_manifest(make_version("a"), ())


def test_a_later_version_brings_only_the_pages_that_differ(state: State) -> None:
    commit(state, make_manifest("one", 300))
    later, pages, parts = make_manifest("two", 300, changed={299: "again"})
    state.writer.commit_parts(parts[299:])
    assert state.writer.commit_manifest(later, pages[-1:]) == later
    assert len(state.reader.pages([page.id for page in pages])) == len(pages)


def test_a_manifest_over_a_part_that_is_gone_is_not_made(state: State) -> None:
    version, pages, parts = make_manifest("m", 300)
    state.writer.commit_parts(parts[:-1])
    assert state.writer.commit_manifest(version, pages) is None
    assert state.reader.versions([version.id]) == {}
    assert state.reader.pages([page.id for page in pages]) == {}
    state.writer.commit_parts(parts)
    assert state.writer.commit_manifest(version, pages[1:]) is None, "the first page is in nobody's manifest"
    assert state.writer.commit_manifest(version, pages) == version


def test_who_commits_a_manifest_second_takes_the_row_that_stands(state: State) -> None:
    version, pages, parts = make_manifest("m", 3)
    commit(state, (version, pages, parts))
    lease = take(state, "run:2")
    state.collector.mark(lease, [version.id, parts[0].id], [], NOW)
    assert state.writer.commit_manifest(dataclasses.replace(version, run_id="2"), pages, lease) == version
    assert marked(state) == set()
    [run] = state.collector.inventory(NOW, lambda _: False).runs
    assert version.id in run.versions


@pytest.mark.parametrize("way", ["parts", "manifest", "pages before", "hold", "hold of the version"])
def test_whatever_reaches_a_part_takes_its_mark_away(state: State, way: str) -> None:
    version, pages, parts = make_manifest("one", 300)
    commit(state, (version, pages, parts))
    state.collector.mark(take(state, "gc"), [version.id, *(part.id for part in parts)], [], NOW)
    lease = take(state, "run:2")
    if way == "parts":
        state.writer.commit_parts(parts, lease)
        expected = {version.id}
    elif way == "hold":
        assert state.writer.hold_versions(lease, {parts[0].id, "nothing"}) == {"nothing"}
        expected = {version.id, *(part.id for part in parts[1:])}
    elif way == "hold of the version":
        assert state.writer.hold_versions(lease, {version.id}) == frozenset()
        expected = set()
    else:
        later, later_pages, later_parts = make_manifest("two", 300, changed={299: "again"})
        state.writer.commit_parts(later_parts[299:])
        given = later_pages if way == "manifest" else later_pages[-1:]
        assert state.writer.commit_manifest(later, given) == later
        expected = {version.id, parts[299].id}
    assert marked(state) == expected


def test_parts_that_a_run_takes_up_are_held_for_it(state: State) -> None:
    theirs, own = make_part("theirs"), make_part("own", run_id="2")
    state.writer.commit_parts([theirs])
    state.writer.commit_parts([theirs, own], take(state, "run:2"))
    [run] = state.collector.inventory(NOW, lambda _: False).runs
    assert run.versions == {theirs.id}, "its own are known by the run that built them"


def test_a_part_lists_other_files_and_nothing_else_of_it_changes(state: State) -> None:
    part = make_part("a")
    assert not state.writer.replace_part_files(part, NEW)
    state.writer.commit_parts([part])
    assert state.writer.replace_part_files(part, NEW)
    assert state.reader.parts([part.id]) == {part.id: dataclasses.replace(part, files=NEW)}
    assert not state.writer.replace_part_files(part, ())
    [known] = state.collector.inventory(NOW, lambda _: False).parts
    assert known.size_bytes == 9


def test_footprints_are_remembered_by_what_column_and_calendar(state: State) -> None:
    def key(of: str, column: str = "day", calendar: Calendar = DAYS) -> FootprintKey:
        return FootprintKey(of=of, column=column, calendar=calendar)

    found = {
        key("v"): Footprint(ranges=((1, 5), (9, 9))),
        key("v", "when"): Footprint(ranges=(), outside=7),
        key("v", calendar=Calendar(grain=Grain.DAY)): Footprint(ranges=((-4, 2),)),
        key("w"): Footprint(ranges=((FIRST_DAY, FIRST_DAY),)),
    }
    state.writer.remember_footprints(found)
    state.writer.remember_footprints({})
    assert state.reader.footprints([*found, key("v", "other"), key("x")]) == found
    assert state.reader.footprints([key("w")]) == {key("w"): found[key("w")]}
    assert state.reader.footprints([]) == {}


def test_a_deleted_part_goes_with_its_files_and_what_is_remembered_of_it(state: State) -> None:
    a, b = make_part("a"), make_part("b")
    state.writer.commit_parts([a, b])
    keys = [FootprintKey(of=part.id, column="day", calendar=DAYS) for part in (a, b)]
    state.writer.remember_footprints({key: Footprint(ranges=((1, 2),)) for key in keys})
    lease = take(state, "gc")
    assert state.collector.delete_parts(lease, {a.id: NOW}) == (), "without a mark nothing is deleted"
    state.collector.mark(lease, [a.id], [], NOW)
    assert state.collector.delete_parts(lease, {a.id: NOW + SECOND}) == ()
    [gone] = state.collector.delete_parts(lease, {a.id: NOW})
    assert (gone.version, gone.dataset, gone.files) == (a.id, a.dataset, a.files)
    assert set(state.reader.parts([a.id, b.id])) == {b.id}
    assert set(state.reader.footprints(keys)) == {keys[1]}
    state.writer.remember_footprints({keys[0]: Footprint(ranges=())})
    state.collector.forget_records(lease)
    assert set(state.reader.footprints(keys)) == {keys[1]}


def test_pages_go_when_no_version_lists_them_and_not_before(state: State) -> None:
    one, pages, parts = make_manifest("one", 300)
    commit(state, (one, pages, parts))
    two, later_pages, later_parts = make_manifest("two", 300, changed={299: "again"})
    state.writer.commit_parts(later_parts[299:])
    assert state.writer.commit_manifest(two, later_pages[-1:]) == two
    lease = take(state, "gc")
    assert state.collector.forget_pages(lease) == 0
    state.collector.mark(lease, [one.id], [], NOW)
    state.collector.delete(lease, {one.id: NOW})
    assert state.collector.forget_pages(lease) == 1
    assert state.reader.pages([page.id for page in (*pages, *later_pages)]) == {page.id: page for page in later_pages}


def test_what_may_keep_a_part_is_in_the_inventory(state: State) -> None:
    version, pages, parts = make_manifest("one", 300)
    commit(state, (version, pages, parts))
    found = state.collector.inventory(NOW + dt.timedelta(days=1), lambda _: False)
    [known] = found.versions
    assert (known.size_bytes, known.pages) == (0, tuple(page.id for page in pages))
    assert found.pages == {page.id: tuple(part for _, part in page.entries) for page in pages}
    first = min(found.parts, key=lambda part: part.id != parts[0].id)
    assert (first.id, first.dataset, first.size_bytes, first.run_id) == (parts[0].id, DAILY, 10, "run-1")


def test_parts_share_a_file_together_or_not_at_all(state: State) -> None:
    parts = [make_part(f"p{number}") for number in range(3)]
    state.writer.commit_parts(parts)
    lease = take(state, "run:2")
    shared = StoredFile(path="a/b/c/s/x-0.parquet", size_bytes=90, checksum="0" * 32, rows=9, shared_by="day")
    changed = dataclasses.replace(parts[1], files=NEW)
    assert not state.writer.share_file(lease, [parts[0], changed, parts[2]], shared)
    assert not state.writer.share_file(lease, [*parts, make_part("gone")], shared)
    assert state.reader.parts([part.id for part in parts]) == {part.id: part for part in parts}
    assert state.writer.share_file(lease, parts, shared)
    found = state.reader.parts([part.id for part in parts])
    assert found == {part.id: dataclasses.replace(part, files=(shared,)) for part in parts}
    assert not state.writer.share_file(lease, parts, shared)
    state.writer.release_lease(lease)
    with pytest.raises(RefusedError):
        state.writer.share_file(lease, list(found.values()), shared)
