"""What must hold whatever happened to a process: nothing half visible, nothing lost, nothing repeated, no traceback."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

from meshwright.app.apply import RunOptions, apply, resume
from meshwright.app.repair import repair
from meshwright.app.runs import list_runs
from meshwright.app.verify import verify
from meshwright.app.workspace import open_workspace
from meshwright.diagnostics import MeshwrightError
from meshwright.plan.values import StepAction
from meshwright.state.database import open_state
from meshwright.state.protocol import Reader
from meshwright.state.records import ObjectKind, RunState
from torture.victims import Ended

STATE = ".meshwright/state.db"
_UNEXPECTED = ("MW-L090", "MW-R015")


def half_visible(root: Path, environment: str = "prod") -> str | None:
    """Say what is half published: products must show exactly the versions that their manifests name, all recorded."""
    if not (root / STATE).exists():
        return None
    state = open_state(f"sqlite:///{STATE}", root=root)
    try:
        return half_visible_in(state.reader, environment)
    finally:
        state.close()


def half_visible_in(reader: Reader, environment: str) -> str | None:
    """Say it of an open state."""
    pointers = reader.pointers(environment)
    products = {name: found for name, found in pointers.items() if found.kind is ObjectKind.PRODUCT}
    revisions = reader.revisions({found.revision for found in products.values()})
    shown: dict[str, str] = {}
    for name, found in products.items():
        if found.revision not in revisions:
            return f"the manifest of {name} is missing"
        manifest = json.loads(revisions[found.revision].document)
        shown.update({dataset: entry["version"] for dataset, entry in manifest["datasets"].items()})
    datasets = {name: found.revision for name, found in pointers.items() if found.kind is ObjectKind.DATASET}
    if shown != datasets:
        return f"manifests and pointers differ: {sorted(set(shown.items()) ^ set(datasets.items()))}"
    missing = set(datasets.values()) - reader.versions(set(datasets.values())).keys()
    return f"versions {sorted(missing)} are shown and not recorded" if missing else None


def recorded(root: Path) -> set[str]:
    """Return the ids of all recorded versions."""
    if not (root / STATE).exists():
        return set()
    state = open_state(f"sqlite:///{STATE}", root=root)
    try:
        return {version.id for version in state.reader.all_versions()}
    finally:
        state.close()


def generation(root: Path) -> int:
    """Return the generation that stands."""
    if not (root / STATE).exists():
        return 0
    state = open_state(f"sqlite:///{STATE}", root=root)
    try:
        return state.reader.generation("prod")
    finally:
        state.close()


def damage(root: Path, *, is_settled: bool) -> str | None:
    """Say what `verify` finds; the waste of killed builds is fine, and so are outdated reader files unless `is_settled`."""
    report = verify(open_workspace(root))
    problems = [found for found in report.problems if is_settled or found.kind != "outdated"]
    foreign = [found.path for found in report.orphans if found.kind != "orphan"]
    if problems or foreign:
        return f"verify finds {[(found.kind, found.path, found.detail) for found in problems]} {foreign}"
    return None


def finish(root: Path, *, by_resume: bool = False) -> str | None:
    """Give the same command again, or resume; say what is not as it must be: whole, published, nothing built twice."""
    workspace = open_workspace(root)
    before = recorded(root)
    try:
        interrupted = [run.id for run in list_runs(workspace) if run.state is RunState.INTERRUPTED] if by_resume else []
        report = resume(workspace, interrupted[0]) if interrupted else apply(workspace, RunOptions())
        if report.state is not RunState.SUCCEEDED:
            return f"the command after it {report.state.value}: {[str(s.error) for s in report.steps if s.error]} {report.error}"
        built = {step.version for step in report.steps if step.action is StepAction.BUILD}
        if built & before:
            return f"built again what was committed: {sorted(filter(None, built & before))}"
        again = apply(workspace, RunOptions())
        if again.published or any(step.action is StepAction.BUILD for step in again.steps):
            return f"was not finished: a third run published {again.published}"
    except MeshwrightError as error:
        return f"the command after it failed: {error}"
    return half_visible(root) or damage(root, is_settled=True) or _integrity(root)


def swept(root: Path) -> str | None:
    """Move all waste away; say what is wrong afterwards."""
    report = repair(open_workspace(root), orphan_age_s=0)
    return None if report.ok and not report.orphans else f"after a repair: {report.problems} {report.orphans}"


def survived(root: Path, *, by_resume: bool = False) -> str | None:
    """Say what a crash has spoilt: nothing may be half visible or damaged, and the way on must lead to the end."""
    if (problem := half_visible(root)) is not None:
        return problem
    if (root / STATE).exists() and (problem := damage(root, is_settled=False)) is not None:
        return problem
    return finish(root, by_resume=by_resume) or swept(root)


def wrong_end(ended: Ended, allowed: frozenset[int]) -> str | None:
    """Say what is wrong with how a command ended: its status, a traceback, an error that nobody foresaw, a hang."""
    told = ended.out + ended.err
    if "Traceback (most recent call last)" in told or any(code in told for code in _UNEXPECTED):
        return f"status {ended.status}, unexpected: {told[-1500:]}"
    if ended.status not in allowed or "hung for" in ended.err:
        return f"status {ended.status}: {told[-1500:]}"
    if ended.status in {1, 2, 3} and "MW-" not in told:
        return f"status {ended.status} without a diagnostic: {told[-500:]}"
    return None


def _integrity(root: Path) -> str | None:
    with closing(sqlite3.connect(root / STATE)) as connection:
        found = connection.execute("pragma integrity_check").fetchall()
    return None if found == [("ok",)] else f"the state database is damaged: {found}"
