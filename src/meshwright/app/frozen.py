"""A run's own files, as they were: what `runs resume` works from, whatever happened to the tree since."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from meshwright.app.opened import open_mesh
from meshwright.app.workspace import Workspace
from meshwright.diagnostics import Diagnostic, InputError, WorldError
from meshwright.state.records import RunRecord, RunState

_ENDED = {RunState.SUCCEEDED, RunState.PARTIAL, RunState.FAILED}


def resumable_run(workspace: Workspace, run_id: str) -> RunRecord:
    """Find a run that can be gone on with. Raises InputError (MW-R005, MW-R010)."""
    with open_mesh(workspace, "prod") as opened:
        record = opened.state.reader.run(run_id)
    if record is None:
        raise InputError(
            Diagnostic(code="MW-R005", message=f"no run {run_id!r}", fix="mw runs list shows the recent ones")
        )
    if record.state in _ENDED:
        raise InputError(
            Diagnostic(
                code="MW-R010",
                message=f"run {record.id} has {record.state.value} and cannot be resumed",
                fix="start a new one with mw run; finished work is reused",
            )
        )
    return record


@contextmanager
def frozen_workspace(workspace: Workspace, record: RunRecord) -> Iterator[Workspace]:
    """Lay out the run's frozen mesh files in a folder of their own; data, store and state stay where they are."""
    tree = workspace.private / "runs" / record.id
    with open_mesh(workspace, "prod") as opened:
        blobs = opened.state.reader.blobs(set(record.files.values()))
    missing = [path for path, digest in record.files.items() if digest not in blobs]
    if missing:
        raise WorldError(
            Diagnostic(
                code="MW-R017",
                message=f"{len(missing)} files of run {record.id} are not in the state, {missing[0]} among them",
                fix="start a new run with mw run",
            )
        )
    shutil.rmtree(tree, ignore_errors=True)
    try:
        for path, digest in record.files.items():
            target = tree / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(blobs[digest])
        yield replace(workspace, tree=tree)
    finally:
        shutil.rmtree(tree, ignore_errors=True)
