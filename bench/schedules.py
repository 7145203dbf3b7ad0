"""What a table of many schedules costs a worker while it runs: the share of a core, over real seconds and a real state.

    python -m bench.schedules [--entries 10000] [--seconds 120]

Every schedule is daily at a minute of its own, so that of ten thousand seven are due each minute. The runs themselves are
not started (each is a process of its own and costs what it costs); all that is recorded of them is. Prints one JSON line.
"""

from __future__ import annotations

import argparse
import json
import resource
import shutil
import sys
import tempfile
import time
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

from meshwright.app.clock import utc_now
from meshwright.app.scheduling_scheduler import Scheduler, SchedulerOptions
from meshwright.app.workspace import open_workspace
from meshwright.model.firings import Firing, FiringState
from meshwright.state.database import open_state

_PER_PRODUCT = 50
_ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata")
#: As `mw worker` looks.
_LOOK_S = 1.0


@dataclass(kw_only=True)
class _WithoutRuns(Scheduler):
    """A scheduler whose runs end as soon as they began."""

    def _begin(self, firing: Firing, *, resume: bool) -> None:  # noqa: ARG002 - the signature of what it stands in for
        assert self.lease is not None
        started = replace(firing, state=FiringState.STARTED, attempts=1)
        self.state.schedules.change_firing(self.lease, started)
        self.state.schedules.change_firing(self.lease, replace(started, process="{}"))
        self.tally.started += 1

    def _follow(self, firing: Firing, now: object) -> None:  # noqa: ARG002 - as above
        assert self.lease is not None
        ended = replace(firing, state=FiringState.ENDED, outcome="succeeded", ended_at=utc_now())
        self.state.schedules.change_firing(self.lease, ended)


def write_schedules(root: Path, entries: int) -> Path:
    """Write a mesh of so many schedules."""
    root.mkdir(parents=True)
    (root / "mesh.yaml").write_text("meshwright: 1\nname: bench\ndomains: [domains/*]\n", encoding="utf-8")
    domain = root / "domains" / "many"
    domain.mkdir(parents=True)
    (domain / "domain.yaml").write_text("name: many\npurpose: Many.\nowners: [team:many]\n", encoding="utf-8")
    for first in range(0, entries, _PER_PRODUCT):
        product = domain / f"p{first // _PER_PRODUCT}"
        (product / "models").mkdir(parents=True)
        (product / "models" / "one.sql").write_text("select 1 as n\n", encoding="utf-8")
        lines = [_entry(number) for number in range(first, min(entries, first + _PER_PRODUCT))]
        (product / "pipeline.yaml").write_text("triggers:\n" + "".join(lines), encoding="utf-8")
    return root


def _entry(number: int) -> str:
    minute, hour = number * 7 % 60, number // 60 % 24
    return f"  - {{cron: '{minute} {hour} * * *', timezone: {_ZONES[number % 4]}, name: t{number}}}\n"


def measure(folder: Path, entries: int, seconds: float) -> dict[str, object]:
    """Run a scheduler for so many seconds and say what it cost."""
    workspace = open_workspace(write_schedules(folder / "mesh", entries))
    (workspace.private).mkdir()
    with closing(open_state("sqlite:///.meshwright/state.db", root=workspace.root)) as state:
        options = SchedulerOptions(parallel=1000)
        scheduler = _WithoutRuns(workspace=workspace, state=state, options=options, tell=lambda _: None)
        scheduler.hold()
        began = time.process_time()
        scheduler.look()
        first_s = time.process_time() - began
        # The mesh as it is read again while nothing changes in it: the first reading parsed everything.
        scheduler._reload_at_s = 0.0
        scheduler.look()
        began, started = time.process_time(), time.monotonic()
        end = started + seconds
        while time.monotonic() < end:
            scheduler.hold()
            scheduler.look()
            next_s = scheduler.timetable.wait_s(scheduler.now())
            time.sleep(min(_LOOK_S, _LOOK_S if next_s is None else max(next_s, 0.01)))
        cpu_s, wall_s = time.process_time() - began, time.monotonic() - started
        return {
            "figure": "schedules",
            "entries": entries,
            "seconds": round(wall_s, 1),
            "cpu_s": round(cpu_s, 3),
            "share_of_a_core": round(cpu_s / wall_s, 5),
            "goal": 0.01,
            "looks": scheduler.tally.looks,
            "fired": scheduler.tally.started,
            "first_look_cpu_s": round(first_s, 2),
            "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
        }


def main() -> int:
    """Measure, and print the line."""
    parser = argparse.ArgumentParser(prog="python -m bench.schedules", description=__doc__)
    parser.add_argument("--entries", type=int, default=10_000)
    parser.add_argument("--seconds", type=float, default=120.0)
    asked = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="meshwright-bench-"))
    try:
        print(json.dumps(measure(folder, asked.entries, asked.seconds)))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
