"""Files in the store that no version and no part lists, and the runs that may still be writing them."""

from __future__ import annotations

import time
from collections.abc import Container, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from typing import TYPE_CHECKING

from meshwright.app.clock import utc_now
from meshwright.app.holding import lease_name, take_run_lease
from meshwright.app.reports import FileProblem
from meshwright.diagnostics import RefusedError
from meshwright.state.records import RunState

if TYPE_CHECKING:
    from meshwright.state.protocol import Reader, State
    from meshwright.store.protocol import Store


def listed_files(reader: Reader) -> set[str]:
    """Return the paths of all files that versions and parts list."""
    listed = {file.path for version in reader.all_versions() for file in version.files}
    return listed.union(file.path for part in reader.all_parts() for file in part.files)


def unlisted_files(reader: Reader, store: Store, listed: Container[str]) -> Iterator[FileProblem]:
    """Yield the files that are not among `listed`.

    One is ours only if this state knows the run that wrote it: where two meshes share a store, or the state is a new
    one, the files of others are not waste.
    """
    now = time.time()
    known: dict[str, bool] = {}
    for file in store.listing():
        if file.path in listed:
            continue
        run_id = file.run_id
        if run_id is not None and run_id not in known:
            known[run_id] = reader.lease(lease_name(run_id)) is not None
        is_ours = run_id is not None and known[run_id]
        if is_ours:
            detail = "no version lists this file"
        else:
            detail = (
                "written by a run that the state does not know" if run_id else "not named as meshwright's files are"
            )
        yield FileProblem(
            path=file.path,
            kind="orphan" if is_ours else "foreign",
            dataset=None,
            version=None,
            detail=detail,
            size_bytes=file.size_bytes,
            age_s=max(0.0, now - file.modified_s),
            run_id=run_id,
        )


def fence_runs(state: State, run_ids: Iterable[str], leases: ExitStack) -> frozenset[str]:
    """Take the leases of runs until `leases` closes, and return those that were free.

    Should a process of theirs only have been stopped, it can commit and publish nothing of what is deleted meanwhile,
    and nobody goes on with them. The others are left: someone is at work there.
    """
    fenced: set[str] = set()
    for run_id in run_ids:
        try:
            lease = take_run_lease(state, run_id, utc_now())
        except RefusedError:
            continue
        leases.callback(state.writer.release_lease, lease)
        run = state.reader.run(run_id)
        if run is not None and run.state is RunState.RUNNING:
            state.writer.finish_run(replace(run, state=RunState.INTERRUPTED, finished_at=utc_now()))
        fenced.add(run_id)
    return frozenset(fenced)
