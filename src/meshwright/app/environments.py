"""Environments by name: those that the mesh declares, and the sandboxes that the state knows."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from meshwright.app.workspace import Workspace, open_mesh_state, open_store
from meshwright.diagnostics import Diagnostic, InputError, RefusedError, known_names_hint, sort_diagnostics
from meshwright.frozen import dataclass
from meshwright.model.provisions import ProvisioningState
from meshwright.state.records import Environment, Provisioning

if TYPE_CHECKING:
    from meshwright.files.settings import MeshSettings
    from meshwright.state.protocol import Reader, State, Writer
    from meshwright.store.protocol import Store


def find_environment(declared: Collection[str], reader: Reader, name: str) -> Environment:
    """Return one of the `declared` environments, or a sandbox.

    Raises InputError (MW-R013) where there is none of this name, or (MW-S103) where what a sandbox lies over is gone
    from the mesh; RefusedError (MW-K086) for a sandbox that is not made yet, or is being given up.
    """
    if name in declared:
        return Environment(name=name)
    found = reader.environment(name)
    begun = reader.provisioning(name) if found is None or found.is_sandbox else None
    if begun is not None and (found is None or begun.state is ProvisioningState.LEAVING):
        raise RefusedError(_half_made(begun, is_there=found is not None))
    if found is None or not found.is_sandbox:
        names = {*declared, *(each.name for each in reader.environments() if each.is_sandbox)}
        raise InputError(
            Diagnostic(
                code="MW-R013",
                message=f"no environment {name!r}",
                fix=f"{known_names_hint(name, names, what='environments')}; mw env create makes a sandbox",
            )
        )
    if found.base not in declared:
        raise InputError(
            Diagnostic(
                code="MW-S103",
                message=f"sandbox '{name}' lies over environment '{found.base}', which mesh.yaml does not declare any more",
                fix=f"declare '{found.base}' under 'environments' again, or give the sandbox up: mw env delete {name}",
                object=name,
            )
        )
    return found


def _half_made(begun: Provisioning, *, is_there: bool) -> Diagnostic:
    name = begun.sandbox
    if begun.state is ProvisioningState.LEAVING:
        message = f"sandbox '{name}' is being given up" + ("" if is_there else ", and was never made")
        fix = f"mw env show {name} tells how far that is; mw env delete {name} goes on with it"
    else:
        message = f"sandbox '{name}' is not made yet: what it needs is being provisioned, or that was broken off"
        fix = f"mw env create {name} goes on with it, mw env delete {name} undoes what was done"
    return Diagnostic(code="MW-K086", message=message, fix=fix, object=name)


@dataclass(frozen=True, kw_only=True, slots=True)
class OpenedState:
    """What a verb works with that needs no more of the mesh than its `mesh.yaml`."""

    workspace: Workspace
    settings: MeshSettings
    state: State
    store: Store


@contextmanager
def open_state_alone(workspace: Workspace, *, create: bool = False) -> Iterator[OpenedState]:
    """Read `mesh.yaml` and open the state. Costs the same at any size of the mesh.

    Raises InputError with every finding where the file is wrong.
    """
    from meshwright.files.reading import MeshReader  # lazy: who loads a whole mesh has it anyway
    from meshwright.files.settings import read_settings

    reader = MeshReader.open(workspace.root)
    settings = read_settings(reader)
    errors = [found for found in reader.findings if found.severity == "error"]
    if settings is None or errors:
        raise InputError(*sort_diagnostics(errors))
    state = open_mesh_state(workspace, settings, create=create)
    try:
        yield OpenedState(workspace=workspace, settings=settings, state=state, store=open_store(workspace, settings))
    finally:
        state.close()


def require_live(sandbox: Environment, now: dt.datetime) -> None:
    """Raise RefusedError (MW-S102) for a sandbox that has expired."""
    if sandbox.expires_at is not None and sandbox.expires_at <= now:
        raise RefusedError(
            Diagnostic(
                code="MW-S102",
                message=f"sandbox '{sandbox.name}' expired at {sandbox.expires_at:%Y-%m-%d %H:%M} UTC; nothing was changed",
                fix=f"use it again: mw env extend {sandbox.name}; or give it up: mw env delete {sandbox.name}",
                object=sandbox.name,
            )
        )


def use_sandbox(sandbox: Environment | None, writer: Writer, now: dt.datetime) -> None:
    """Put off the end of a sandbox that is being used; nothing for other environments.

    Raises RefusedError (MW-S102) where it has expired, or (MW-D204) where it is gone.
    """
    if sandbox is None:
        return
    require_live(sandbox, now)
    if not writer.touch_sandbox(sandbox, now):
        raise RefusedError(
            Diagnostic(
                code="MW-D204",
                message=f"sandbox '{sandbox.name}' was deleted meanwhile",
                fix="mw env list shows what there is",
                object=sandbox.name,
            )
        )
