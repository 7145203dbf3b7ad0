"""A mesh with everything in it that a collection of garbage deletes, and what must hold after one, however it was cut off."""

from __future__ import annotations

import json
import os
import shutil
import time
from dataclasses import replace
from pathlib import Path

from meshwright.app.apply import RunOptions, apply
from meshwright.app.clock import utc_now
from meshwright.app.environments import open_state_alone
from meshwright.app.sandboxes import SandboxWish, create_sandbox
from meshwright.app.verify import verify
from meshwright.app.workspace import Workspace, open_workspace
from meshwright.crashpoints import CrashPoint
from meshwright.model.causes import CauseKind
from meshwright.model.firings import Decided, Firing, FiringState, ReceivedEvent
from meshwright.state.records import JobRecord
from torture.meshes import change_data, torture_mesh
from torture.outcome import damage, generation, half_visible, survived
from torture.scenes import Scene
from torture.victims import Victims

#: A job that is not over.
_RUNNING = "mw-running"


def _littered(root: Path) -> None:
    """A mesh with generations out of retention, a sandbox that expired, its reader files, and a file of cut off work."""
    torture_mesh(root)
    with (root / "mesh.yaml").open("a", encoding="utf-8") as file:
        file.write("retention: {generations: 0s, candidates: 0s, grace: 0s, jobs: 0s, events: 0s}\n")
    workspace = open_workspace(root)
    apply(workspace, RunOptions())
    create_sandbox(workspace, SandboxWish(name="box", expires="1s"))
    change_data(root, 1)
    apply(workspace, RunOptions(environment="box"))
    change_data(root, 2)
    apply(workspace, RunOptions())
    stored = next((root / ".meshwright/store").rglob("*.parquet"))
    shutil.copyfile(stored, stored.with_name(stored.name.replace("-0.parquet", "-7.parquet")))
    _leave_records(workspace)
    time.sleep(1.1)


def _leave_records(workspace: Workspace) -> None:
    """Two jobs that are over, with their folders; a firing and its event; and a job that nobody heard the end of."""
    now = utc_now()
    with open_state_alone(workspace) as opened:
        writer, schedules = opened.state.writer, opened.state.schedules
        for name in ("mw-one", "mw-two", _RUNNING):
            job = JobRecord(
                id=name, node="d.p.n", trigger=name, run_id="none", tool="shell", state="starting", started_at=now
            )
            writer.start_job(job)
            folder = workspace.private / "jobs" / name
            folder.mkdir(parents=True)
            (folder / "log").write_text("x", encoding="utf-8")
            for path in (folder / "log", folder):  # as they are when their job ended long ago
                os.utime(path, (0, 0))
            if name != _RUNNING:
                writer.change_job(replace(job, state="failed", ended_at=now))
        schedules.receive(
            [ReceivedEvent(source="/s", id="1", type="t", document="{}", received_at=now, handled_at=now)]
        )
        firing = Firing(
            key="prod d.p:x event /s 1", environment="prod", trigger="d.p:x", kind=CauseKind.EVENT, at=now,
            recorded_at=now, state=FiringState.FAILED, events=("/s 1",), ended_at=now,
        )  # fmt: skip
        lease = writer.take_lease("scheduler:prod", "torture", now, 60)
        assert lease is not None
        schedules.record(lease, Decided(environment="prod", firings=(firing,)), now)
        writer.release_lease(lease)


def _left_records(root: Path) -> str | None:
    """Say what is left of the records beside the job that may run outside."""
    workspace = open_workspace(root)
    folders = sorted(path.name for path in (workspace.private / "jobs").iterdir())
    with open_state_alone(workspace) as opened:
        jobs = [job.id for job in opened.state.reader.jobs(["mw-one", "mw-two", _RUNNING])]
        events, firings = opened.state.schedules.events(), opened.state.schedules.firings("prod")
    if folders != [_RUNNING] or jobs != [_RUNNING] or events or firings:
        return f"records after the collection: {folders} {jobs} {events} {firings}"
    return None


def _collects(root: Path, victims: Victims, words: tuple[str, ...]) -> str | None:
    """The next collection must finish: nothing but what stands is left, in the state, the store and the reader files."""
    before = generation(root)
    if (problem := half_visible(root) or damage(root, is_settled=False)) is not None:
        return problem
    for _ in range(2):
        ended = victims.run(root, *words)
        if ended.status != 0:
            return f"the collection after it: status {ended.status}: {(ended.out + ended.err)[-1500:]}"
    if generation(root) != before:
        return "a collection published something"
    report = verify(open_workspace(root))
    if not report.ok or report.orphans or _listing(root) != report.files:
        return f"after the collection: {report.problems} {report.orphans}"
    kept = json.loads(ended.out)
    if [(each["by"], each["versions"]) for each in kept["kept"]] != [("pointer", report.versions)] or kept["condemned"]:
        return f"kept for nothing: {kept}"
    if (problem := _left_records(root)) is not None:
        return problem
    if list((root / "environments").glob("box.*")):
        return "the reader files of the sandbox are left"
    return half_visible(root) or damage(root, is_settled=True) or survived(root)


COLLECTION = Scene(
    name="gc",
    points=tuple(point for point in CrashPoint if point.startswith("gc.")),
    set_up=_littered,
    words=("gc", "--json"),
    check=_collects,
)


def _listing(root: Path) -> int:
    """Return how many versions and parts list a file; each has one."""
    with open_state_alone(open_workspace(root)) as opened:
        versions = sum(version.manifest is None for version in opened.state.reader.all_versions())
        return versions + sum(1 for _ in opened.state.reader.all_parts())
