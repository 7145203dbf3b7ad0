"""Versions, triggers, evidence, definitions and observations: what is written is read back, and who wins."""

from __future__ import annotations

import dataclasses
import math

import pytest
from state_samples import NOW, SECOND, make_evidence, make_trigger, make_version

from meshwright.checks.spec import Outcome
from meshwright.model import Column, FileObservation, ViewRecipe
from meshwright.state.protocol import State
from meshwright.state.records import Definition


def test_a_version_is_read_back_as_it_was(state: State) -> None:
    version = make_version("a")
    assert state.writer.commit_versions([version], []) == {version.id: version}
    assert state.reader.versions([version.id, "unknown"]) == {version.id: version}


def test_a_bare_version_is_read_back_as_it_was(state: State) -> None:
    version = make_version("a", columns=(), files=(), inputs={}, params={}, created_at=None, is_opaque=True)
    state.writer.commit_versions([version], [])
    assert state.reader.versions([version.id])[version.id] == version


def test_the_version_of_a_view_is_read_back_as_it_was(state: State) -> None:
    computed = (Column(name="id", type="HUGEINT"), Column(name="Größe", type="TIMESTAMP_S"))
    recipe = ViewRecipe(dialect="spark", computed=computed, param_types={"n": "integer", "t": "date"})
    columns = (Column(name="id", type="DECIMAL(38,0)"), Column(name="Größe", type="TIMESTAMP"))
    version = make_version(
        "v", node_kind="view", files=(), view=recipe, columns=columns, definition="select $n -- ü\0\n"
    )
    state.writer.commit_versions([version, make_version("t")], [])
    assert state.reader.versions([version.id]) == {version.id: version}
    assert version in tuple(state.reader.all_versions())
    assert version in state.reader.versions_of(version.dataset)


@pytest.mark.parametrize("wrong", [{"node_kind": "view"}, {"view": ViewRecipe(dialect="duckdb", computed=())}])
def test_a_version_is_a_view_without_files_or_a_table(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="neither a view"):
        make_version("v", **wrong)


def test_the_first_commit_of_a_version_stands(state: State) -> None:
    first = make_version("a")
    second = dataclasses.replace(first, files=(), run_id="run-2")
    other = make_version("b")
    state.writer.commit_versions([first], [])
    assert state.writer.commit_versions([second, other], []) == {first.id: first, other.id: other}
    assert state.reader.versions([first.id]) == {first.id: first}


def test_thousands_of_versions_are_read_at_once(state: State) -> None:
    versions = {v.id: v for v in (make_version(str(i)) for i in range(1_200))}
    state.writer.commit_versions(list(versions.values()), [])
    assert state.reader.versions(versions.keys()) == versions
    assert {v.id: v for v in state.reader.all_versions()} == versions


def test_nothing_to_commit_commits_nothing(state: State) -> None:
    assert state.writer.commit_versions([], []) == {}
    assert list(state.reader.all_versions()) == []


def test_versions_of_a_dataset_come_newest_first(state: State) -> None:
    made = [make_version(str(i), created_at=NOW + i * SECOND) for i in range(5)]
    state.writer.commit_versions([made[2], made[0], made[4], made[1], made[3]], [])
    state.writer.commit_versions([make_version("x", dataset="sales.orders.other")], [])
    assert state.reader.versions_of("sales.orders.orders", 3) == (made[4], made[3], made[2])
    assert state.reader.versions_of("sales.orders.none") == ()


def test_versions_are_found_by_the_beginning_of_their_id(state: State) -> None:
    version = make_version("a")
    others = [make_version("b", id="abcdef" + "0" * 26), make_version("c", id="abcdef" + "f" * 26)]
    state.writer.commit_versions([version, *others], [])
    assert state.reader.versions_like(version.id[:8]) == (version,)
    assert state.reader.versions_like("abcdef") == tuple(others)
    assert state.reader.versions_like(version.id[:5]) == ()
    assert state.reader.versions_like("______") == ()
    assert state.reader.versions_like("%%%%%%") == ()
    assert state.reader.versions_like("ABCDEF") == ()


def test_triggers_are_read_back_and_the_newest_of_a_dataset_is_known(state: State) -> None:
    one, two = make_version("1"), make_version("2")
    other = make_version("3", dataset="sales.orders.raw")
    state.writer.commit_versions([one, other], [make_trigger("k1", one), make_trigger("k3", other)])
    state.writer.commit_versions([two], [make_trigger("k2", two)])
    assert state.reader.triggers(["k1", "k2", "none"]) == {"k1": make_trigger("k1", one), "k2": make_trigger("k2", two)}
    assert state.reader.last_triggers([one.dataset, other.dataset, "none"]) == {
        one.dataset: make_trigger("k2", two),
        other.dataset: make_trigger("k3", other),
    }


def test_a_trigger_fired_again_names_the_newest_version_and_is_the_newest(state: State) -> None:
    one, two = make_version("1"), make_version("2")
    state.writer.commit_versions([one, two], [make_trigger("k1", one), make_trigger("k2", two)])
    state.writer.commit_versions([], [make_trigger("k1", two, observed="again")])
    assert state.reader.triggers(["k1"]) == {"k1": make_trigger("k1", two, observed="again")}
    assert state.reader.last_triggers([one.dataset])[one.dataset].key == "k1"


@pytest.mark.parametrize("value", [None, 0, -3, 2**70, 0.1, "text ü", True, "2013-01-01"])
def test_evidence_is_read_back_as_it_was(state: State, value: object) -> None:
    entry = make_evidence(
        value=value,
        others="o",
        outcome=Outcome.FAIL,
        failing_rows=3,
        sample=({"id": 1, "name": "a\0b\ud800", "deep": {"x": [1, None]}},),
        error="engine's words",
        seconds=0.5,
    )
    state.writer.record_evidence([entry])
    key = (entry.version, entry.check, entry.others)
    assert state.reader.evidence([key, ("v", "c", ""), ("w", "c", "o")]) == {key: entry}


def test_a_value_that_is_no_number_is_kept(state: State) -> None:
    state.writer.record_evidence([make_evidence(value=math.nan)])
    (entry,) = state.reader.evidence([("v", "c", "")]).values()
    assert isinstance(entry.value, float)
    assert math.isnan(entry.value)


@pytest.mark.parametrize("first", list(Outcome))
@pytest.mark.parametrize("second", list(Outcome))
def test_the_newest_verdict_of_a_key_stands(state: State, first: Outcome, second: Outcome) -> None:
    state.writer.record_evidence([make_evidence(outcome=first, run_id="run-1")])
    state.writer.record_evidence([make_evidence(outcome=second, run_id="run-2")])
    assert state.reader.evidence([("v", "c", "")]) == {("v", "c", ""): make_evidence(outcome=second, run_id="run-2")}


def test_evidence_of_thousands_of_keys_is_read_at_once(state: State) -> None:
    entries = {(f"v{i}", f"c{j}", ""): make_evidence(f"v{i}", f"c{j}") for i in range(600) for j in range(3)}
    state.writer.record_evidence(list(entries.values()))
    assert state.reader.evidence(entries.keys()) == entries
    assert state.reader.evidence([]) == {}


def test_a_definition_keeps_the_text_first_seen(state: State) -> None:
    first = Definition(fingerprint="f", text="select 1", dialect="duckdb", parser="p 1")
    state.writer.remember_definitions([first])
    state.writer.remember_definitions([dataclasses.replace(first, text="SELECT 1", parser="p 2")])
    assert state.reader.definitions(["f", "g"]) == {"f": first}


def test_the_newest_observation_of_a_file_stands(state: State) -> None:
    seen = FileObservation(path="data/ü.csv", size_bytes=1, mtime_ns=2, inode=2**64 - 5, hash="h", hashed_at_ns=100)
    newer = dataclasses.replace(seen, hash="new", hashed_at_ns=200)
    state.writer.remember_observations([seen])
    assert state.reader.observations(["data/ü.csv", "none"]) == {seen.path: seen}
    state.writer.remember_observations([newer])
    state.writer.remember_observations([seen])
    assert state.reader.observations([seen.path]) == {seen.path: newer}


def test_a_file_whose_name_is_no_text_is_not_remembered_and_no_error(state: State) -> None:
    seen = FileObservation(path="data/\udcff.csv", size_bytes=1, mtime_ns=2, inode=3, hash="h", hashed_at_ns=1)
    state.writer.remember_observations([seen])
    assert state.reader.observations([seen.path]) == {}
