"""Taking the lease of a run: the right to coordinate it, of one live process at a time."""

from __future__ import annotations

import datetime as dt

from meshwright.app.processes import holder_of, is_gone, this_holder
from meshwright.diagnostics import Diagnostic, RefusedError
from meshwright.state.leases import RUN_PREFIX
from meshwright.state.protocol import State
from meshwright.state.records import Lease

#: How long a coordinator may be silent before others may take its run over.
LEASE_TTL_S = 60.0
#: What the name of the lease on a sandbox's provisioning begins with; the sandbox's name follows.
_PROVISIONING = "provisioning:"


def lease_name(run_id: str) -> str:
    """Return the name of a run's lease."""
    return f"{RUN_PREFIX}{run_id}"


def take_run_lease(state: State, run_id: str, now: dt.datetime) -> Lease:
    """Take a run's lease; that of a process that is gone from this host need not expire first.

    Raises RefusedError (MW-R004) where a live process holds it.
    """
    taken = _taken(state, lease_name(run_id), now)
    if isinstance(taken, Lease):
        return taken
    raise RefusedError(
        Diagnostic(
            code="MW-R004",
            message=f"run {run_id} is held by {taken}",
            fix="wait for it to end, or stop that process",
        )
    )


def take_provisioning_lease(state: State, sandbox: str, now: dt.datetime) -> Lease:
    """Take the right to provision a sandbox, or to undo that, as `take_run_lease`.

    Raises RefusedError (MW-K086) where a live process holds it.
    """
    taken = _taken(state, f"{_PROVISIONING}{sandbox}", now)
    if isinstance(taken, Lease):
        return taken
    raise RefusedError(
        Diagnostic(
            code="MW-K086",
            message=f"sandbox '{sandbox}' is being made, or given up, by {taken}",
            fix="wait for it to end, or stop that process and give the command again",
            object=sandbox,
        )
    )


def _taken(state: State, name: str, now: dt.datetime) -> Lease | str:
    """Take a lease; who holds it, in words, where a live process does."""
    standing = state.reader.lease(name)
    if standing is not None and is_gone(standing.holder):
        state.writer.release_lease(standing)
    lease = state.writer.take_lease(name, this_holder(), now, LEASE_TTL_S)
    if lease is not None:
        return lease
    return holder_of(standing.holder) if standing else "another process"
