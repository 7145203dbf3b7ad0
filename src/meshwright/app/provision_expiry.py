"""Sandboxes that expired and were provisioned with something: undone and given up by `gc`, as `env delete` does it."""

from __future__ import annotations

import datetime as dt

from meshwright.app.environments import OpenedState
from meshwright.app.provision_jobs import silent
from meshwright.app.provisioning import undo_provisioned
from meshwright.app.run_finding import as_it_is
from meshwright.diagnostics import Diagnostic, InterruptedRun, MeshwrightError
from meshwright.state.records import Provisioning, RunState

#: Runs among which one that is going on in a sandbox is looked for.
_NEWEST = 200


def give_up_expired(opened: OpenedState, now: dt.datetime) -> tuple[tuple[str, ...], tuple[Diagnostic, ...]]:
    """Undo what expired sandboxes were provisioned with, and give them up; return their names, and what failed.

    One whose making was broken off, and that nobody went on with for as long as it would have lived, is given up as well.
    """
    given_up, failed = [], []
    for record in opened.state.reader.provisionings():
        if not _has_expired(opened, record, now) or _is_in_use(opened, record.sandbox):
            continue
        try:
            undo_provisioned(opened, record.sandbox, silent)
        except InterruptedRun:
            raise
        except MeshwrightError as error:
            failed.append(error.first)
        else:
            given_up.append(record.sandbox)
    return tuple(given_up), tuple(failed)


def _has_expired(opened: OpenedState, record: Provisioning, now: dt.datetime) -> bool:
    sandbox = opened.state.reader.environment(record.sandbox)
    if sandbox is not None:
        return sandbox.expires_at is not None and sandbox.expires_at <= now
    return record.expire_after_s is not None and record.begun_at + dt.timedelta(seconds=record.expire_after_s) <= now


def _is_in_use(opened: OpenedState, sandbox: str) -> bool:
    """Whether a run is going on in it, that of its provisioning among them."""
    reader = opened.state.reader
    return any(
        run.environment == sandbox and as_it_is(run, reader).state is RunState.RUNNING
        for run in reader.runs(_NEWEST, brief=True)
    )
