"""Repair: rows that list other files, triggers that are forgotten; and what a run that lost its lease may not do."""

from __future__ import annotations

import dataclasses

import pytest
from state_samples import NOW, make_run, make_trigger, make_version

from meshwright.diagnostics import RefusedError
from meshwright.model import StoredFile
from meshwright.state.protocol import State
from meshwright.state.records import Lease, RunState

NEW = (StoredFile(path="a/b/c/new-0.parquet", size_bytes=9, checksum="9" * 32, rows=3),)


def taken_over(state: State) -> Lease:
    """A lease that another holder has by now."""
    lease = state.writer.take_lease("run:1", "one", NOW, 60)
    assert lease is not None
    state.writer.release_lease(lease)
    assert state.writer.take_lease("run:1", "another", NOW, 60) is not None
    return lease


def test_a_row_lists_other_files_and_nothing_else_of_it_changes(state: State) -> None:
    version = make_version("a")
    state.writer.commit_versions([version], [])
    assert state.writer.replace_files(version, NEW)
    assert state.reader.versions([version.id]) == {version.id: dataclasses.replace(version, files=NEW)}


def test_who_repairs_second_changes_nothing(state: State) -> None:
    version = make_version("a")
    state.writer.commit_versions([version], [])
    assert state.writer.replace_files(version, NEW)
    assert not state.writer.replace_files(version, (dataclasses.replace(NEW[0], path="a/b/c/late-0.parquet"),))
    assert state.reader.versions([version.id])[version.id].files == NEW


def test_a_version_that_is_not_there_cannot_be_repaired(state: State) -> None:
    assert not state.writer.replace_files(make_version("a"), NEW)


def test_triggers_of_one_version_are_forgotten_and_no_others(state: State) -> None:
    first, second = make_version("1"), make_version("2")
    triggers = [make_trigger("k1", first), make_trigger("k2", first)]
    triggers.append(make_trigger("k3", second))
    state.writer.commit_versions([first, second], triggers)
    assert state.writer.forget_triggers(first.id) == 2
    assert set(state.reader.triggers(["k1", "k2", "k3"])) == {"k3"}
    assert state.writer.forget_triggers(first.id) == 0


def test_a_run_that_lost_its_lease_commits_nothing(state: State) -> None:
    lease = taken_over(state)
    version = make_version("a")
    with pytest.raises(RefusedError) as refused:
        state.writer.commit_versions([version], [], lease)
    assert refused.value.first.code == "MW-D202"
    assert state.reader.versions([version.id]) == {}


def test_a_lease_that_ran_out_and_that_nobody_took_still_commits(state: State) -> None:
    lease = state.writer.take_lease("run:1", "one", NOW, 0.001)
    version = make_version("a")
    assert version.id in state.writer.commit_versions([version], [], lease)


def test_the_end_of_a_run_is_recorded_with_its_lease_given_up(state: State) -> None:
    run = make_run()
    state.writer.start_run(run, [], {})
    lease = state.writer.take_lease("run:1", "one", NOW, 60)
    state.writer.finish_run(dataclasses.replace(run, state=RunState.SUCCEEDED), lease)
    assert state.reader.run(run.id) == dataclasses.replace(run, state=RunState.SUCCEEDED)
    assert state.writer.take_lease("run:1", "another", NOW, 60) is not None


def test_a_run_that_lost_its_lease_does_not_write_its_end(state: State) -> None:
    run = make_run()
    state.writer.start_run(run, [], {})
    with pytest.raises(RefusedError):
        state.writer.finish_run(dataclasses.replace(run, state=RunState.FAILED), taken_over(state))
    assert state.reader.run(run.id) == run
