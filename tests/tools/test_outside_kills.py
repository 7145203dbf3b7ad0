"""Coordinators that are killed while a real tool works: its job is taken up, was started once, and its product is published."""

from __future__ import annotations

from pathlib import Path

import pytest

from torture.outside_jobs import OUTSIDE_JOBS
from torture.outside_kills import prove_tool
from torture.report import Tally

pytestmark = pytest.mark.tools
#: Those that need nothing are in the short form of the proof.
_LIGHT = ("shell", "rest")


@pytest.mark.parametrize("name", [name for name in OUTSIDE_JOBS if name not in _LIGHT])
def test_a_job_is_started_once_however_often_its_coordinator_is_killed(tmp_path: Path, name: str) -> None:
    tally = Tally()
    prove_tool(name, 2, 3, tmp_path, tally)
    assert (tally.n, tally.told) == (2, [])
