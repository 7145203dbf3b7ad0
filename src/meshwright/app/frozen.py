"""A run's own files, as they were: what `runs resume` works from, whatever happened to the tree since."""

from __future__ import annotations

import json
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from meshwright.app.opened import open_mesh
from meshwright.app.run_finding import is_repetition, require_run
from meshwright.app.workspace import Workspace
from meshwright.diagnostics import Diagnostic, InputError, WorldError
from meshwright.state.records import RunRecord, RunState

#: A run's files are read when it begins; a tree this old belongs to nobody any more.
_ABANDONED_S = 7 * 24 * 3600.0
#: States of runs that came to an end of their own.
ENDED = {RunState.SUCCEEDED, RunState.PARTIAL, RunState.FAILED}


def resumable_run(workspace: Workspace, run_id: str) -> RunRecord:
    """Find a run that can be gone on with. Raises InputError (MW-R005, MW-R010)."""
    record = recorded_run(workspace, run_id)
    refuse_repetition(record)
    refuse_promotion(record)
    if record.state in ENDED:
        raise has_ended(record)
    return record


def has_ended(record: RunRecord) -> InputError:
    """Say that a run that came to its end is not gone on with."""
    return InputError(
        Diagnostic(
            code="MW-R010",
            message=f"run {record.id} has {record.state.value} and cannot be resumed",
            fix="start a new one with mw run, finished work is reused; or run a node again with what is below it: "
            f"mw runs resume {record.id} --from NODE",
        )
    )


def refuse_repetition(record: RunRecord) -> None:
    """Raise InputError (MW-R010) for a run that repeats another one."""
    if is_repetition(record):
        raise InputError(
            Diagnostic(
                code="MW-R010",
                message=f"run {record.id} repeats run {record.parent} and cannot be resumed: that would publish it",
                fix=f"repeat it again: mw runs repeat {record.parent}; finished work is reused",
            )
        )


def refuse_promotion(record: RunRecord) -> None:
    """Raise InputError (MW-R010) for the run of a promotion, or of what a sandbox is provisioned with: what it is about is
    decided by a sandbox, and anew each time."""
    options = json.loads(record.options)
    sandbox = options.get("provision")
    if sandbox is not None:
        raise InputError(
            Diagnostic(
                code="MW-R010",
                message=f"run {record.id} provisions sandbox '{sandbox}': it is neither resumed nor repeated by itself",
                fix=f"mw env create {sandbox} goes on with making it, mw env delete {sandbox} with giving it up",
            )
        )
    promoted = options.get("promote")
    if promoted is not None:
        raise InputError(
            Diagnostic(
                code="MW-R010",
                message=f"run {record.id} promotes sandbox '{promoted}': it is neither resumed nor repeated by itself",
                fix=f"promote it again: mw promote {promoted}; evidence that was gathered is there",
            )
        )


def recorded_run(workspace: Workspace, run_id: str) -> RunRecord:
    """Find a run by its id or the beginning of it. Raises InputError (MW-R005)."""
    with open_mesh(workspace, "prod") as opened:
        return require_run(opened.state.reader, run_id)


@contextmanager
def frozen_workspace(workspace: Workspace, record: RunRecord) -> Iterator[Workspace]:
    """Lay out the run's frozen mesh files in a folder of their own; data, store and state stay where they are."""
    with open_mesh(workspace, "prod") as opened:
        blobs = opened.state.reader.blobs(set(record.files.values()))
        state, store = opened.mesh.state, opened.mesh.store
    missing = [path for path, digest in record.files.items() if digest not in blobs]
    if missing:
        raise WorldError(
            Diagnostic(
                code="MW-R017",
                message=f"{len(missing)} files of run {record.id} are not in the state, {missing[0]} among them",
                fix="start a new run with mw run",
            )
        )
    folder = workspace.private / "runs"
    folder.mkdir(parents=True, exist_ok=True)
    _sweep(folder)
    # A name of its own: a resume and a repair may work from one run's files at the same time.
    tree = Path(tempfile.mkdtemp(prefix=f"{record.id}-", dir=folder))
    try:
        for path, digest in record.files.items():
            target = tree / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(blobs[digest])
        # What a server keeps is read from the tree as it is now.
        yield replace(workspace, tree=tree, state=state, store=store, kept=None)
    finally:
        shutil.rmtree(tree, ignore_errors=True)


def _sweep(folder: Path) -> None:
    """Remove what killed commands left; younger folders may be in use."""
    for left in folder.iterdir():
        if time.time() - left.lstat().st_mtime > _ABANDONED_S:
            shutil.rmtree(left, ignore_errors=True)
