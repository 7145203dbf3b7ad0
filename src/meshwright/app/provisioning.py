"""Making a sandbox with what it is provisioned with, and giving it up again: all of it, or none.

In this order: everything is settled and checked; it is recorded; the jobs are done one after the other; the sandbox is made;
and the other way round. A sandbox that is not whole cannot be used: it is there when everything is done, and from the first
undo on nothing runs in it. Whatever breaks off in between is gone on with by `env create`, or undone by `env delete`.
"""

from __future__ import annotations

import json
import secrets
import shutil
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace

from meshwright.app.clock import utc_now
from meshwright.app.environments import OpenedState
from meshwright.app.holding import take_provisioning_lease
from meshwright.app.idempotency import settles
from meshwright.app.provision_jobs import (
    Left,
    ProvisionRun,
    Tell,
    provision_folder,
    provisioning,
    sandbox_facts,
)
from meshwright.app.provision_wishes import Ask, Settled, refuse_params, settle
from meshwright.app.toolbox import Toolbox
from meshwright.app.workspace import lend_cache, who
from meshwright.crashpoints import CrashPoint, reached
from meshwright.diagnostics import (
    Diagnostic,
    InputError,
    InterruptedRun,
    MeshwrightError,
    RefusedError,
    WorldError,
    known_names_hint,
    sort_diagnostics,
)
from meshwright.frozen import dataclass
from meshwright.model.provisions import (
    ProvisioningState,
    ProvisionState,
    progress_of,
    provisions_of,
    provisions_text,
)
from meshwright.state.errors import Fenced
from meshwright.state.records import Environment, Lease, Provisioning


class NotProvisioned(WorldError):
    """A job failed in a way that trying again does not mend."""

    retryable = False


@dataclass(frozen=True, kw_only=True, slots=True)
class ProvisionOptions:
    """What whoever makes a sandbox gives to what it is provisioned with."""

    #: Parameter, or ``provision.parameter`` -> value as given.
    params: Mapping[str, str]
    #: Asks for what is missing; None where nobody can be asked.
    ask: Ask | None
    tell: Tell
    #: Makes of what was made what a request that asks for it is answered, see `idempotency.settles`.
    answer: Callable[[Environment, Provisioning], object] = lambda _made, _record: None


def make_provisioned(opened: OpenedState, wish: Environment, options: ProvisionOptions) -> Environment | None:
    """Provision a sandbox and make it, or go on with that; None where the name is taken.

    Raises InputError with all that is wrong in files and parameters, before anything is done; RefusedError (MW-K086, MW-K088)
    where it is being made otherwise, or given up; NotProvisioned or WorldError (MW-K084) where a job failed.
    """
    standing = opened.state.reader.provisioning(wish.name)
    if standing is None and opened.state.reader.environment(wish.name) is not None:
        return None
    settled = _settled(opened, wish, options) if standing is None else None
    with _leased(opened, wish.name) as lease:
        standing = opened.state.reader.provisioning(wish.name)
        if standing is None and settled is None:  # it was given up meanwhile
            settled = _settled(opened, wish, options)
        if standing is not None:
            if standing.state is ProvisioningState.MADE and opened.state.reader.environment(wish.name) is not None:
                return None
            _require_same(standing, wish, options.params)
        blobs = settled.blobs if settled is not None and standing is None else {}
        record = standing or _begun(wish, settled)
        with provisioning(opened, record, lease, blobs, options.tell, "make") as work:
            if standing is None:
                opened.state.writer.begin_provisioning(lease, replace(record, run_id=work.run_id))
            reached(CrashPoint.PROVISION_RECORDED)
            _made(opened, work, lease)
            reached(CrashPoint.PROVISION_WHOLE)
            made = opened.state.writer.create_sandbox(
                Environment(
                    name=record.sandbox,
                    base=record.base,
                    created_at=(now := utc_now()),
                    created_by=record.begun_by,
                    touched_at=now,
                    expire_after_s=record.expire_after_s,
                    options=record.options,
                )
            ) or opened.state.reader.environment(record.sandbox)
            reached(CrashPoint.PROVISION_SHOWN)
            record = replace(work.record, state=ProvisioningState.MADE)
            with settles(lambda _: None if made is None else options.answer(made, record)):
                work.note_state(ProvisioningState.MADE)
            return made


def undo_provisioned(
    opened: OpenedState,
    sandbox: str,
    tell: Tell,
    by_hand: Collection[str] = (),
    answer: Callable[[tuple[Left, ...]], object] = lambda _left: None,
) -> tuple[Left, ...]:
    """Undo what a sandbox was provisioned with, its row gone with the last of it; return what stays.

    `answer` makes of that what a request that asks for it is answered, see `idempotency.settles`.

    Nothing where it is not provisioned. Raises RefusedError (MW-K086) where another process is at it, NotProvisioned or
    WorldError (MW-K085) where an undo failed: the next call goes on with it. InputError for a `by_hand` that is no node.
    """
    with _leased(opened, sandbox) as lease:
        record = opened.state.reader.provisioning(sandbox)
        if record is None:
            if by_hand:
                raise InputError(_no_node(sandbox, next(iter(by_hand)), ()))
            return ()
        _require_nodes(record, by_hand)
        with provisioning(opened, record, lease, {}, tell, "undo") as work:
            return _given_up(opened, work, lease, frozenset(by_hand), answer)


def _settled(opened: OpenedState, wish: Environment, options: ProvisionOptions) -> Settled:
    """Settle what a new sandbox is provisioned with. Raises InputError."""
    if not opened.settings.provisions:
        refuse_params(options.params)
    from meshwright.files.provision_loading import load_provisions  # lazy: the readers of components

    root = opened.workspace.root
    with lend_cache(opened.workspace) as cache:
        loaded = load_provisions(root, cache=cache, tools=Toolbox(root, cache))
    if loaded.errors:
        raise InputError(*sort_diagnostics(loaded.errors))
    return settle(loaded, options.params, sandbox_facts(wish.name, str(wish.base), who()), options.ask)


def _begun(wish: Environment, settled: Settled | None) -> Provisioning:
    assert settled is not None  # nothing stands, so it was settled
    return Provisioning(
        sandbox=wish.name,
        id=f"mw-{secrets.token_hex(8)}",
        state=ProvisioningState.MAKING,
        base=str(wish.base),
        expire_after_s=wish.expire_after_s,
        options=wish.options,
        document=provisions_text(settled.provisions),
        begun_at=utc_now(),
        begun_by=who(),
        run_id="",
    )


def _made(opened: OpenedState, work: ProvisionRun, lease: Lease) -> None:
    """Do all jobs; where one fails, undo what was done and raise."""
    try:
        work.make()
    except InterruptedRun as error:
        name = work.record.sandbox
        raise InterruptedRun(
            replace(
                error.first,
                message=f"sandbox '{name}' is not made yet: {error.first.message}",
                fix=f"mw env create {name} goes on, mw env delete {name} undoes what was done",
            )
        ) from error
    except Fenced:
        raise
    except MeshwrightError as error:
        raise _failed(opened, work, lease, error) from error


def _failed(opened: OpenedState, work: ProvisionRun, lease: Lease, error: MeshwrightError) -> MeshwrightError:
    """Undo what was done before a failure, and return what is told of both."""
    found = error.first
    message = f"sandbox '{work.record.sandbox}' was not made: {found.message}"
    try:
        left = _given_up(opened, work, lease, frozenset())
    except Fenced:
        raise
    except MeshwrightError as further:
        return _like(error)(replace(found, code="MW-K084", message=message), *further.diagnostics)
    undone = "; what had been done was undone" if any(step.startswith("build:undo.") for step in work.steps) else ""
    return _like(error)(
        replace(found, code="MW-K084", message=f"{message}{undone}{_left_words(left)}"), *error.diagnostics[1:]
    )


def _like(error: MeshwrightError) -> type[MeshwrightError]:
    """Return the kind of error that ends the command as `error` would."""
    if isinstance(error, WorldError):
        return WorldError if error.retryable else NotProvisioned
    return InterruptedRun if isinstance(error, InterruptedRun) else InputError


def _left_words(left: tuple[Left, ...]) -> str:
    return "".join(f"; {each.words}" for each in left)


def _given_up(
    opened: OpenedState,
    work: ProvisionRun,
    lease: Lease,
    by_hand: frozenset[str],
    answer: Callable[[tuple[Left, ...]], object] = lambda _left: None,
) -> tuple[Left, ...]:
    """Undo everything, and forget it together with the sandbox."""
    record = work.record
    work.note_state(ProvisioningState.LEAVING)
    try:
        left = work.undo(by_hand)
    except Fenced:
        raise
    except MeshwrightError as error:
        found = error.first
        again = f"mw env delete {record.sandbox}"
        node = (found.object or "").partition(".")[2]
        by_itself = f" ({found.fix})" if found.fix else ""
        is_stopped = isinstance(error, InterruptedRun)
        raise _like(error)(
            replace(
                found,
                code=found.code if is_stopped else "MW-K085",
                message=f"sandbox '{record.sandbox}' is not given up yet: {found.message}",
                fix=f"{again} goes on"
                if is_stopped
                else f"put that right{by_itself}, then: {again}; or undo it by hand, then: {again} --leave {node}",
            )
        ) from error
    reached(CrashPoint.UNDO_WHOLE)
    work.flush()
    opened.state.writer.delete_sandbox(record.sandbox)
    with settles(lambda _: answer(left)):
        opened.state.writer.forget_provisioning(lease, record.sandbox)
    shutil.rmtree(provision_folder(opened, record), ignore_errors=True)
    return left


@contextmanager
def _leased(opened: OpenedState, sandbox: str) -> Iterator[Lease]:
    lease = take_provisioning_lease(opened.state, sandbox, utc_now())
    try:
        yield lease
    finally:
        opened.state.writer.release_lease(lease)


def _require_same(standing: Provisioning, wish: Environment, params: Mapping[str, str]) -> None:
    """Refuse to go on with a sandbox that was begun otherwise, or is being given up."""
    if standing.state is ProvisioningState.LEAVING:
        raise RefusedError(being_given_up(standing))
    differences = []
    if standing.base != wish.base:
        differences.append(f"over '{standing.base}', and is asked for over '{wish.base}'")
    before, now = json.loads(standing.options), json.loads(wish.options)
    if before.get("select") != now.get("select"):
        differences.append("with another selection")
    if before.get("sample") != now.get("sample"):
        differences.append("with another sample")
    if standing.expire_after_s != wish.expire_after_s:
        differences.append("with another end")
    settled = provisions_of(standing.document)
    for name, text in params.items():
        provision, _, bare = name.rpartition(".")
        values = [each.params.get(bare) for each in settled if provision in {"", each.name} and bare in each.params]
        if not values or any(_shown(value) != text for value in values):
            differences.append(f"with {bare}={_shown(values[0]) if values else 'nothing'}")
    if differences:
        name = standing.sandbox
        raise RefusedError(
            Diagnostic(
                code="MW-K088",
                message=f"sandbox '{name}' was begun {'; '.join(differences)}; nothing was changed",
                fix=f"mw env create {name} as it was begun goes on; mw env delete {name} undoes what was done",
                object=name,
            )
        )


def _shown(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def being_given_up(record: Provisioning) -> Diagnostic:
    """Return what is told of a sandbox that is being given up."""
    progress = progress_of(record.progress)
    failed = [name for name, each in progress.items() if each.state is ProvisionState.UNDOING and each.error]
    why = f": the undo of {failed[0]} failed ({progress[failed[0]].error})" if failed else ""
    return Diagnostic(
        code="MW-K086",
        message=f"sandbox '{record.sandbox}' is being given up{why}",
        fix=f"mw env delete {record.sandbox} goes on with it",
        object=record.sandbox,
    )


def _require_nodes(record: Provisioning, names: Collection[str]) -> None:
    known = [f"{each.name}.{node.name}" for each in provisions_of(record.document) for node in each.nodes]
    for name in names:
        if name not in known:
            raise InputError(_no_node(record.sandbox, name, known))


def _no_node(sandbox: str, name: str, known: Collection[str]) -> Diagnostic:
    return Diagnostic(
        code="MW-K083",
        message=f"sandbox '{sandbox}' is provisioned with nothing that is called '{name}'",
        fix=known_names_hint(name, known, what="nodes") if known else "leave --leave away",
        object=sandbox,
    )
