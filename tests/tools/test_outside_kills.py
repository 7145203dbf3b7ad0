"""Coordinators that are killed while a real tool works: its job is taken up, was started once, and its product is published."""

from __future__ import annotations

import json
import urllib.request
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


def test_a_flow_run_that_prefect_itself_gives_up_is_seen(tmp_path: Path) -> None:
    with OUTSIDE_JOBS["prefect"](tmp_path / "server") as job:
        options = job.node(tmp_path / "p1")["prefect"]
        assert isinstance(options, dict)

        def asked(path: str, body: object = None) -> dict:
            data = None if body is None else json.dumps(body).encode()
            call = urllib.request.Request(
                options["url"] + path, data=data, headers={"Content-Type": "application/json"}
            )
            with urllib.request.urlopen(call, timeout=10) as answer:
                return json.load(answer)

        deployment = asked("/deployments/name/nightly/alone")["id"]  # nobody carries it out
        run = asked(f"/deployments/{deployment}/create_flow_run", {"parameters": options["parameters"]})["id"]
        assert job.gave_up(tmp_path / "p1") is None
        state = {"type": "CRASHED", "name": "Crashed", "message": "its process could not begin"}
        asked(f"/flow_runs/{run}/set_state", {"state": state, "force": True})
        assert job.gave_up(tmp_path / "p1") == "Prefect crashed: its process could not begin"
        assert job.gave_up(tmp_path / "p2") is None
