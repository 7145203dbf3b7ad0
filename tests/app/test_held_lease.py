"""A lease that one process of many holds: kept while it is renewed, taken over when its holder is silent or gone."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest

from meshwright.app.held_lease import HeldLease
from meshwright.app.processes import holder_of_process
from meshwright.app.workspace import Workspace
from meshwright.state.protocol import State
from tests.app.telling import state_of, telling_shop

NOW = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)
#: No process has this number: Linux has 2**22 at most.
NOBODY = 2**22 + 1


@pytest.fixture
def state(tmp_path: Path) -> Iterator[State]:
    workspace: Workspace = telling_shop(tmp_path)
    with state_of(workspace) as found:
        yield found


def lease(state: State, holder: str) -> HeldLease:
    return HeldLease(state=state, name="x", holder=holder, ttl_s=15.0, renew_s=4.0)


def at(second: float) -> tuple[dt.datetime, float]:
    return NOW + dt.timedelta(seconds=second), second


def test_what_is_renewed_is_kept_and_nothing_is_forgotten(state: State) -> None:
    forgotten: list[str] = []
    held = lease(state, "elsewhere:1")
    assert not held.is_held
    for second in (0, 3, 10, 20, 34):  # each time but for the second it is renewed, before it expires
        assert held.hold(*at(second), lambda second=second: forgotten.append(f"at {second}"))  # type: ignore[misc]
    assert forgotten == ["at 0"]
    found = state.reader.lease("x")
    assert found is not None
    assert found.expires_at == NOW + dt.timedelta(seconds=34 + 15)
    assert held.lease.holder == "elsewhere:1"


def test_who_is_silent_is_overtaken_and_forgets(state: State) -> None:
    forgotten: list[str] = []
    first, second = lease(state, "elsewhere:1"), lease(state, "elsewhere:2")
    assert first.hold(*at(0), lambda: None)
    assert not second.hold(*at(14), lambda: None)
    assert second.hold(*at(16), lambda: None)
    assert not first.hold(*at(17), lambda: forgotten.append("first"))
    assert forgotten == ["first"]
    assert (first.is_held, second.is_held) == (False, True)


def test_a_holder_of_this_host_that_is_gone_is_not_waited_for(state: State) -> None:
    assert lease(state, holder_of_process(NOBODY)).hold(*at(0), lambda: None)
    assert lease(state, "elsewhere:2").hold(*at(1), lambda: None)


def test_what_is_given_up_can_be_taken_at_once_and_what_is_lost_not(state: State) -> None:
    first, second = lease(state, "elsewhere:1"), lease(state, "elsewhere:2")
    assert first.hold(*at(0), lambda: None)
    first.release()
    assert not first.is_held
    assert second.hold(*at(1), lambda: None)
    second.lose()
    assert not second.is_held
    assert not first.hold(*at(2), lambda: None)
