"""Finding recorded runs, and saying how they stand."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import replace

from meshwright.app.holding import lease_name
from meshwright.app.processes import is_gone
from meshwright.diagnostics import Diagnostic, InputError, known_names_hint
from meshwright.model.causes import CauseKind
from meshwright.model.requests import RequestedRun, RequestKind
from meshwright.state.protocol import Reader
from meshwright.state.records import Lease, RunRecord, RunState


def require_run(reader: Reader, run_id: str) -> RunRecord:
    """Return a run by its id or a unique prefix. Raises InputError (MW-R005)."""
    run = reader.run(run_id)
    if run is None:
        raise no_run(run_id)
    return run


def no_run(run_id: str) -> InputError:
    """Say that there is no run of an id."""
    return InputError(
        Diagnostic(code="MW-R005", message=f"no run {run_id!r}", fix="mw runs list shows the recent ones")
    )


def as_it_is(run: RunRecord, reader: Reader) -> RunRecord:
    """A record says `running` until its coordinator ends it; one that was killed, or lost its lease, cannot."""
    if run.state is not RunState.RUNNING:
        return run
    return run if is_carried_out(run.id, reader) else replace(run, state=RunState.INTERRUPTED)


def is_carried_out(run_id: str, reader: Reader) -> bool:
    """Whether a run that is recorded as running has a coordinator, as far as can be told."""
    lease = reader.lease(lease_name(run_id))
    # Of a coordinator on another host nothing is known but that it renews its lease while it lives.
    return lease is None or is_live(lease)


def has_come_to_its_end(run: RunRecord, request: RequestedRun) -> bool:
    """Whether a run that nobody holds came to an end since it was asked for."""
    if run.state is RunState.RUNNING or (run.state is RunState.INTERRUPTED and run.report == "{}"):
        return False  # killed: others only noted that it is not there
    if request.kind is not RequestKind.RESUME:
        return True
    return run.finished_at is not None and run.finished_at >= request.requested_at


def is_live(lease: Lease) -> bool:
    """Whether the holder of a lease lives, as far as can be told here."""
    return bool(lease.holder) and not is_gone(lease.holder) and lease.expires_at > dt.datetime.now(dt.UTC)


def is_repetition(run: RunRecord) -> bool:
    """Whether a run repeats its parent; others that have one were started by it."""
    if run.parent is None or run.parent_step is not None:
        return False
    # Those that a node started have its step, but for some of earlier releases; whatever else started one, it is repeated with it.
    cause = json.loads(run.options).get("cause") or {}
    return bool(cause.get("kind") != CauseKind.PIPELINE)


def steps_of(reader: Reader, run: RunRecord, node: str, code: str = "MW-R011") -> tuple[str, frozenset[str]]:
    """Return the address of a node of a run and the keys of its steps; `node` is the address, or the last part of it.

    Raises InputError (`code`) where the run has no step of it, or where a last part names several.
    """
    steps = reader.steps(run.id)
    # What stands after the kind: the address of a node that yields no dataset is one as well.
    addresses = {step.key: step.key.partition(":")[2] for step in steps}
    known = set(addresses.values())
    if node not in known:
        # A product that is published is no node, though its last part may be what its dataset is called.
        nodes = {address for key, address in addresses.items() if not key.startswith("publish:")}
        fitting = sorted(address for address in nodes if address.rpartition(".")[2] == node)
        if len(fitting) > 1:
            message = f"'{node}' names several nodes of run {run.id}: {', '.join(fitting)}"
            raise InputError(Diagnostic(code=code, message=message, fix="write the whole address"))
        if not fitting:
            raise InputError(
                Diagnostic(
                    code=code,
                    message=f"run {run.id} has no step for dataset {node!r}",
                    fix=known_names_hint(node, {step.dataset for step in steps if step.dataset}, what="datasets"),
                )
            )
        (node,) = fitting
    return node, frozenset(key for key, address in addresses.items() if address == node)
