"""Whether anybody carries out what is asked for by URL: a worker lives as long as it holds the lease of a scheduler."""

from __future__ import annotations

from meshwright.app.clock import utc_now
from meshwright.app.processes import is_gone
from meshwright.diagnostics import Diagnostic, Severity
from meshwright.state.protocol import State

#: What the names of schedulers' leases begin with; the environment follows.
SCHEDULER = "scheduler:"


def lacking_worker(state: State) -> Diagnostic | None:
    """Say that no worker is running (MW-H314); None where one was seen within the last half minute.

    Of workers that were killed it is known at once on this host, and on others when their lease expires.
    """
    now = utc_now()
    leases = state.reader.leases(SCHEDULER)
    if any(lease.holder and lease.expires_at > now and not is_gone(lease.holder) for lease in leases):
        return None
    return Diagnostic(
        code="MW-H314",
        severity=Severity.WARNING,
        message="queued: no worker is running, and nothing that is asked for begins without one",
        fix="start one where the mesh lies: mw worker; or mw serve without --api-only",
    )
