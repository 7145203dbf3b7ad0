"""What the catalog looks up: stamps, single pointers, the history of one object, pages of versions."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from state_samples import NOW, SECOND, make_publication, make_version, take

from meshwright.checks.spec import CheckSpec, Evidence, Metric, Outcome
from meshwright.model import Action, StoredFile
from meshwright.state.protocol import State
from meshwright.state.records import Environment, RuleVerdict

DATASET = "sales.orders.orders"


def publish(state: State, moves: dict[str, str | None], **changes: object) -> int:
    standing = state.reader.pointers(str(changes.get("environment", "prod")))
    expected = {name: standing[name].revision if name in standing else None for name in moves}
    publication = make_publication(take(state), moves, expected)
    return state.writer.publish(replace(publication, **changes), NOW)  # type: ignore[arg-type]


def make_box(state: State) -> None:
    made = state.writer.create_sandbox(Environment(name="box", base="prod", created_at=NOW, touched_at=NOW))
    assert made is not None


def in_box(state: State, moves: dict[str, str | None]) -> int:
    return publish(state, moves, environment="box", base="prod")


def record_verdict(state: State) -> None:
    spec = CheckSpec(id="r", dataset=DATASET, metric=Metric.ROW_COUNT, action=Action.STOP)
    evidence = Evidence(version="1" * 32, check=spec.fingerprint, others="", outcome=Outcome.PASS, run_id="run-1")
    verdict = RuleVerdict(spec=spec, evidence=evidence, environment="prod", at=NOW)
    state.writer.record_evidence([evidence], [verdict])


def test_the_stamp_stays_until_something_is_published(state: State) -> None:
    nothing = state.lookups.stamp("prod")
    assert nothing.generation == 0
    publish(state, {"a": "1"})
    first = state.lookups.stamp("prod")
    assert first != nothing
    publish(state, {"a": "x"}, environment="qa")
    state.writer.commit_versions([make_version("other")], ())
    assert state.lookups.stamp("prod") == first
    publish(state, {"a": "2"})
    assert state.lookups.stamp("prod").generation == 2


def test_the_stamp_changes_with_evidence(state: State) -> None:
    publish(state, {"a": "1"})
    before = state.lookups.stamp("prod")
    record_verdict(state)
    assert state.lookups.stamp("prod") != before
    between = state.lookups.stamp("prod")
    record_verdict(state)
    assert state.lookups.stamp("prod") != between


def test_the_stamp_of_a_sandbox_changes_with_its_base_and_when_it_is_made_anew(state: State) -> None:
    publish(state, {"a": "1"})
    make_box(state)
    first = state.lookups.stamp("box")
    assert first != state.lookups.stamp("prod")
    publish(state, {"a": "2"})
    second = state.lookups.stamp("box")
    assert second != first
    state.writer.delete_sandbox("box")
    assert state.lookups.stamp("box") != second
    state.writer.create_sandbox(Environment(name="box", base="prod", created_at=NOW + SECOND, touched_at=NOW))
    assert state.lookups.stamp("box") != second


def test_the_stamp_changes_when_files_are_repaired(state: State) -> None:
    version = make_version("one")
    state.writer.commit_versions([version], ())
    before = state.lookups.stamp("prod")
    file = StoredFile(path="repaired.parquet", size_bytes=1, checksum="ef" * 16, rows=3)
    assert state.writer.replace_files(version, (file,))
    after = state.lookups.stamp("prod")
    assert after != before
    # It lists other files by now: nothing is changed.
    assert not state.writer.replace_files(version, (file,))
    assert state.lookups.stamp("prod") == after
    assert state.writer.replace_files(replace(version, files=(file,)), version.files)
    assert state.lookups.stamp("prod") not in (before, after)


def test_the_newest_versions_are_those_that_the_reader_lists(state: State) -> None:
    assert state.lookups.newest_versions(DATASET) == ()
    versions = [make_version(f"v{at}", created_at=NOW + at * SECOND) for at in range(25)]
    state.writer.commit_versions([*versions, make_version("other", "sales.orders.other")], ())
    found = state.lookups.newest_versions(DATASET)
    assert list(found) == [version.id for version in state.reader.versions_of(DATASET)]


def test_single_pointers_are_those_of_the_whole_environment(state: State) -> None:
    publish(state, {"a": "1", "b": "1", "c": "1"})
    publish(state, {"a": "2", "c": None})
    make_box(state)
    in_box(state, {"b": None, "d": "x"})
    publish(state, {"a": "3"})
    names = ["a", "b", "c", "d", "nothing"]
    for environment in ("prod", "box", "unknown"):
        for generation in (None, 0, 1, 2, 3):
            found = state.lookups.pointers_of(environment, names, generation)
            assert found == state.reader.pointers(environment, generation), (environment, generation)
    assert list(state.lookups.pointers_of("prod", ["a"])) == ["a"]
    assert state.lookups.pointers_of("prod", []) == {}
    assert state.lookups.pointers_of("prod", ["a\x00"]) == {}


def test_what_moved_since_is_what_was_opened_or_closed(state: State) -> None:
    publish(state, {"a": "1", "b": "1", "c": "1"})
    publish(state, {"a": "2"})
    publish(state, {"b": None, "d": "1"})
    assert state.lookups.moved_since("prod", 0) == {"a", "b", "c", "d"}
    assert state.lookups.moved_since("prod", 1) == {"a", "b", "d"}
    assert state.lookups.moved_since("prod", 2) == {"b", "d"}
    assert state.lookups.moved_since("prod", 3) == set()


def test_the_history_of_an_object_is_newest_first_and_goes_on_from_a_generation(state: State) -> None:
    publish(state, {"a": "1"}, reason="first")
    publish(state, {"b": "1"})
    publish(state, {"a": "2"}, reason="second")
    publish(state, {"a": None})
    publish(state, {"a": "3"})
    found = state.lookups.publications("prod", "a")
    assert [(each.generation, each.until, each.revision) for each in found] == [
        (5, None, "3"),
        (3, 4, "2"),
        (1, 3, "1"),
    ]
    assert [each.reason for each in found][1:] == ["second", "first"]
    assert found[0].at == NOW
    assert [each.generation for each in state.lookups.publications("prod", "a", limit=1)] == [5]
    assert [each.generation for each in state.lookups.publications("prod", "a", before=5)] == [3, 1]
    assert state.lookups.publications("qa", "a") == ()
    assert state.lookups.publications("prod", "a\x00") == ()


def test_versions_are_paged_without_gap_or_repetition(state: State) -> None:
    # Some are made at the same moment: what orders them then is their id.
    times = [NOW + dt.timedelta(seconds=each // 3) for each in range(10)]
    versions = [make_version(f"v{place}", created_at=at) for place, at in enumerate(times)]
    state.writer.commit_versions([*versions, make_version("other", "sales.orders.other")], ())
    every = state.lookups.versions_of(DATASET, limit=100)
    assert {version.id for version in every} == {version.id for version in versions}
    assert every == state.reader.versions_of(DATASET)
    found: list[str] = []
    before = None
    while page := state.lookups.versions_of(DATASET, before=before, limit=3):
        found += [version.id for version in page]
        before = (page[-1].created_at, page[-1].id)
    assert found == [version.id for version in every]
    assert state.lookups.versions_of("sales\x00") == ()
