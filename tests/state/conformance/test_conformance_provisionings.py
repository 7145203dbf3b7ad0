"""What sandboxes are provisioned with: one row each, written by who holds the lease, gone when all is undone."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from state_samples import NOW, make_provisioning, take

from meshwright.model.provisions import ProvisioningState
from meshwright.state.errors import Fenced
from meshwright.state.protocol import State
from meshwright.state.records import Environment, JobRecord, Lease

LATER = NOW + dt.timedelta(hours=1)


def make_job() -> JobRecord:
    return JobRecord(
        id="job-1",
        node="provision.scratch.folder",
        trigger="t1",
        run_id="run-1",
        tool="shell",
        state="starting",
        started_at=NOW,
    )


def lease_on(state: State, sandbox: str = "ana") -> Lease:
    return take(state, f"provisioning:{sandbox}")


def test_it_is_recorded_once_and_changes_as_it_goes_on(state: State) -> None:
    lease, begun = lease_on(state), make_provisioning()
    assert state.reader.provisioning("ana") is None
    assert state.writer.begin_provisioning(lease, begun)
    assert not state.writer.begin_provisioning(lease, make_provisioning(id="another", document="[]"))
    assert state.reader.provisioning("ana") == begun
    changed = replace(begun, state=ProvisioningState.LEAVING, progress='{"a":1}', run_id="run-2")
    state.writer.change_provisioning(lease, replace(changed, document="not written", begun_by="nobody"))
    assert state.reader.provisioning("ana") == changed


def test_they_are_listed_by_name(state: State) -> None:
    for name in ("cem", "ana", "ben"):
        state.writer.begin_provisioning(lease_on(state, name), make_provisioning(name, expire_after_s=None))
    assert [found.sandbox for found in state.reader.provisionings()] == ["ana", "ben", "cem"]


def test_what_was_begun_anew_under_the_name_is_left_alone(state: State) -> None:
    lease, begun = lease_on(state), make_provisioning()
    state.writer.begin_provisioning(lease, begun)
    state.writer.change_provisioning(lease, replace(begun, id="of before", progress='{"a":1}'))
    assert state.reader.provisioning("ana") == begun


def test_a_job_ends_together_with_what_is_noted_of_it(state: State) -> None:
    lease, begun, job = lease_on(state), make_provisioning(), make_job()
    state.writer.begin_provisioning(lease, begun)
    state.writer.start_job(job)
    ended = replace(job, state="succeeded", ended_at=LATER)
    state.writer.change_provisioning(lease, replace(begun, progress='{"a":1}'), [ended])
    (found,) = state.reader.jobs([job.trigger])
    assert (found.state, found.ended_at) == ("succeeded", LATER)


@pytest.mark.parametrize("verb", ["begin", "change", "forget"])
def test_who_lost_the_lease_changes_nothing(state: State, verb: str) -> None:
    lost, begun, job = lease_on(state), make_provisioning(), make_job()
    if verb != "begin":
        state.writer.begin_provisioning(lost, begun)
    state.writer.start_job(job)
    assert state.writer.take_lease("provisioning:ana", "beta:1", LATER, 60) is not None
    before = state.reader.provisioning("ana")
    attempts = {
        "begin": lambda: state.writer.begin_provisioning(lost, begun),
        "change": lambda: state.writer.change_provisioning(
            lost, replace(begun, progress='{"a":1}'), [replace(job, state="failed")]
        ),
        "forget": lambda: state.writer.forget_provisioning(lost, "ana"),
    }
    with pytest.raises(Fenced):
        attempts[verb]()
    assert state.reader.provisioning("ana") == before
    assert state.reader.jobs([job.trigger])[0].state == job.state


def test_it_is_forgotten_when_all_is_undone(state: State) -> None:
    lease = lease_on(state)
    state.writer.begin_provisioning(lease, make_provisioning())
    state.writer.forget_provisioning(lease, "ana")
    state.writer.forget_provisioning(lease, "ana")
    assert state.reader.provisionings() == ()


def test_a_sandbox_with_something_to_undo_does_not_just_expire(state: State) -> None:
    state.writer.create_sandbox(
        Environment(name="ana", base="prod", created_at=NOW, created_by="x", touched_at=NOW, expire_after_s=60)
    )
    lease, gc = lease_on(state), take(state, "gc")
    state.writer.begin_provisioning(lease, make_provisioning(state=ProvisioningState.MADE))
    assert not state.collector.expire_sandbox(gc, "ana", LATER)
    assert state.reader.environment("ana") is not None
    state.writer.forget_provisioning(lease, "ana")
    assert state.collector.expire_sandbox(gc, "ana", LATER)
