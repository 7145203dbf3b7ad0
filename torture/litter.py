"""A mesh with everything in it that a collection of garbage deletes, and what must hold after one, however it was cut off."""

from __future__ import annotations

import json
import shutil
import time
from pathlib import Path

from meshwright.app.apply import RunOptions, apply
from meshwright.app.environments import open_state_alone
from meshwright.app.sandboxes import SandboxWish, create_sandbox
from meshwright.app.verify import verify
from meshwright.app.workspace import open_workspace
from meshwright.crashpoints import CrashPoint
from torture.meshes import change_data, torture_mesh
from torture.outcome import damage, generation, half_visible, survived
from torture.scenes import Scene
from torture.victims import Victims


def _littered(root: Path) -> None:
    """A mesh with generations out of retention, a sandbox that expired, its reader files, and a file of cut off work."""
    torture_mesh(root)
    with (root / "mesh.yaml").open("a", encoding="utf-8") as file:
        file.write("retention: {generations: 0s, candidates: 0s, grace: 0s}\n")
    workspace = open_workspace(root)
    apply(workspace, RunOptions())
    create_sandbox(workspace, SandboxWish(name="box", expires="1s"))
    change_data(root, 1)
    apply(workspace, RunOptions(environment="box"))
    change_data(root, 2)
    apply(workspace, RunOptions())
    stored = next((root / ".meshwright/store").rglob("*.parquet"))
    shutil.copyfile(stored, stored.with_name(stored.name.replace("-0.parquet", "-7.parquet")))
    time.sleep(1.1)


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
