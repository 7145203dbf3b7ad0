"""The verbs `env create`, `env list`, `env delete` and `env extend`.

None of them looks at more of the mesh than `mesh.yaml`, and at the components that sandboxes are provisioned with.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import field, replace
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING

from meshwright.app.clock import utc_now
from meshwright.app.environments import OpenedState, find_environment, open_state_alone
from meshwright.app.idempotency import settles
from meshwright.app.samples import wanted_sample
from meshwright.app.workspace import Workspace, who
from meshwright.crashpoints import CrashPoint, reached
from meshwright.diagnostics import Diagnostic, InputError, RefusedError
from meshwright.files.literals import DURATION_FORM, duration_ms
from meshwright.frozen import dataclass
from meshwright.model import canonical_json
from meshwright.model.names import ENVIRONMENT_PATTERN
from meshwright.model.provisions import ProvisioningState
from meshwright.state.records import Environment, Provisioning

if TYPE_CHECKING:  # a sandbox that is provisioned with nothing needs none of it
    from meshwright.app.provision_jobs import Left
    from meshwright.app.provision_wishes import Ask


def _silent(line: str) -> None:
    """Tell nobody."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SandboxWish:
    """What `env create` is asked for, as written."""

    name: str
    base: str = "prod"
    #: What runs into the sandbox are about where they say nothing else.
    select: tuple[str, ...] = ()
    #: A duration, or ``never``; None for what `mesh.yaml` says.
    expires: str | None = None
    #: A share such as ``1%``, and a number of rows: how much is seen of each dataset. At most one of them.
    sample: str | None = None
    rows: int | None = None
    #: Parameters of what it is provisioned with, as given: name, or provision.name.
    params: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, kw_only=True, slots=True)
class EnvironmentAnswer:
    """What a verb did to an environment."""

    environment: Environment
    #: Objects whose pointers it moved, sorted.
    changed: tuple[str, ...] = ()
    seconds: float = 0.0
    notes: tuple[str, ...] = ()
    #: What it is provisioned with, as the state keeps it; None where it is not.
    provisioning: Provisioning | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class ListedEnvironment:
    """An environment, or a sandbox that is being made or given up."""

    environment: Environment
    #: None for what is provisioned with nothing.
    state: ProvisioningState | None = None


def create_sandbox(
    workspace: Workspace, wish: SandboxWish, ask: Ask | None = None, tell: Callable[[str], None] = _silent
) -> EnvironmentAnswer:
    """Make a sandbox: one row over the base's newest generation, at any size of mesh and data.

    What `mesh.yaml` provisions sandboxes with is done first; `ask` asks for parameters that are not given, `tell` takes
    lines about what goes on. Raises InputError for a wrong name or duration or an unknown base, RefusedError (MW-S101)
    where the name is taken, and as `provisioning.make_provisioned`.
    """
    started = time.monotonic()
    with open_state_alone(workspace, create=True) as opened:
        _require_name(opened, wish.name)
        sample = wanted_sample(wish.name, wish.sample, wish.rows)
        base = find_environment(opened.settings.environments, opened.state.reader, wish.base)
        if base.is_sandbox:
            raise InputError(
                Diagnostic(
                    code="MW-S104",
                    message=f"'{wish.base}' is a sandbox itself, and sandboxes lie over environments that are none",
                    fix=f"make it over what that one lies over: --from {base.base}",
                    object=wish.name,
                )
            )
        now = utc_now()
        wished = Environment(
            name=wish.name,
            base=wish.base,
            created_at=now,
            created_by=who(),
            touched_at=now,
            expire_after_s=_idle_seconds(wish.expires, opened.settings.sandboxes.expire_after_s),
            options=canonical_json({"select": list(wish.select), **({"sample": sample.rule} if sample else {})}),
        )
        made = _made(opened, wished, wish.params, ask, tell)
        if made is None:
            raise RefusedError(_taken(wish.name))
        _forget_files(workspace, wish.name)
        return EnvironmentAnswer(
            environment=made,
            seconds=time.monotonic() - started,
            provisioning=opened.state.reader.provisioning(wish.name),
        )


def _made(
    opened: OpenedState,
    wished: Environment,
    params: Mapping[str, str],
    ask: Ask | None,
    tell: Callable[[str], None],
) -> Environment | None:
    """Make the row of a sandbox, after what it is provisioned with; None where the name is taken."""
    is_provisioned = opened.settings.provisions or opened.state.reader.provisioning(wished.name) is not None
    if not is_provisioned and not params:
        with settles(lambda made: None if made is None else EnvironmentAnswer(environment=made)):
            return opened.state.writer.create_sandbox(wished)
    from meshwright.app.provisioning import ProvisionOptions, make_provisioned  # lazy: what jobs are run with

    return make_provisioned(
        opened,
        wished,
        ProvisionOptions(
            params=params,
            ask=ask,
            tell=tell,
            answer=lambda made, record: EnvironmentAnswer(environment=made, provisioning=record),
        ),
    )


def list_environments(workspace: Workspace) -> tuple[ListedEnvironment, ...]:
    """Return the declared environments, then the sandboxes, those that are not made yet among them, each by name."""
    with open_state_alone(workspace) as opened:
        known = {found.name: found for found in opened.state.reader.environments()}
        declared = sorted(opened.settings.environments)
        begun = {found.sandbox: found for found in opened.state.reader.provisionings()}
        sandboxes = {found.name: found for found in known.values() if found.is_sandbox and found.name not in declared}
        sandboxes |= {name: as_begun(found) for name, found in begun.items() if name not in known}
        return (
            *(ListedEnvironment(environment=known.get(name, Environment(name=name))) for name in declared),
            *(
                ListedEnvironment(environment=found, state=begun[name].state if name in begun else None)
                for name, found in sorted(sandboxes.items())
            ),
        )


def as_begun(found: Provisioning) -> Environment:
    """Return a sandbox that is not there, as it is to be, or was."""
    return Environment(
        name=found.sandbox,
        base=found.base,
        created_at=found.begun_at,
        created_by=found.begun_by,
        expire_after_s=found.expire_after_s,
        options=found.options,
    )


def delete_sandbox(
    workspace: Workspace,
    name: str,
    by_hand: Collection[str] = (),
    tell: Callable[[str], None] = _silent,
) -> EnvironmentAnswer:
    """Give a sandbox up: its pointers, history and pins. What it built stays until garbage collection finds it needless.

    What it was provisioned with is undone first, but for what is `by_hand`. Raises InputError (MW-R013) where there is none
    of this name, (MW-S105) for an environment that is no sandbox, and as `provisioning.undo_provisioned`.
    """
    started = time.monotonic()
    with open_state_alone(workspace, create=True) as opened:
        provisioning = opened.state.reader.provisioning(name)
        row = opened.state.reader.environment(name)
        sandbox = as_begun(provisioning) if provisioning is not None and row is None else _sandbox(opened, name)
        changed = tuple(sorted(opened.state.reader.overlay(name)))
        # First: a sandbox of the same name counts its generations anew, and would be taken for what the files show.
        _forget_files(workspace, name)
        reached(CrashPoint.SANDBOX_LEAVING)
        answer = EnvironmentAnswer(environment=sandbox, changed=changed, provisioning=provisioning)
        if provisioning is not None or by_hand:
            from meshwright.app.provisioning import undo_provisioned  # lazy: what jobs are run with

            undone = partial(_with_left, answer)
            answer = undone(undo_provisioned(opened, name, tell, by_hand, undone))
        # What was provisioned went with its row already, in the transaction that settled that.
        with settles(lambda is_gone: answer if is_gone and provisioning is None else None):
            opened.state.writer.delete_sandbox(name)
        reached(CrashPoint.SANDBOX_GONE)
        return replace(answer, seconds=time.monotonic() - started)


def _with_left(answer: EnvironmentAnswer, left: tuple[Left, ...]) -> EnvironmentAnswer:
    return replace(answer, notes=tuple(each.words for each in left))


def extend_sandbox(workspace: Workspace, name: str, expires: str | None = None) -> EnvironmentAnswer:
    """Put off the end of a sandbox, one that has expired as well: from now on, by `expires` where it is given.

    Raises as `delete_sandbox`, and InputError (MW-S106) for what is no duration.
    """
    started = time.monotonic()
    with open_state_alone(workspace, create=True) as opened:
        sandbox = _sandbox(opened, name)
        now = utc_now()
        idle_s = sandbox.expire_after_s if expires is None else _idle_seconds(expires, 0)
        extended = replace(sandbox, touched_at=now, expire_after_s=idle_s)
        with settles(lambda is_there: EnvironmentAnswer(environment=extended) if is_there else None):
            is_there = opened.state.writer.touch_sandbox(extended, now)
        if not is_there:
            raise RefusedError(_gone(name))
        return EnvironmentAnswer(environment=extended, seconds=time.monotonic() - started)


def require_sandbox(workspace: Workspace, name: str) -> Environment:
    """Return a sandbox by its name. Raises InputError (MW-R013, MW-S105)."""
    with open_state_alone(workspace) as opened:
        return _sandbox(opened, name)


def _sandbox(opened: OpenedState, name: str) -> Environment:
    """Return a sandbox by its name, also one whose base is gone from the mesh."""
    found = None if name in opened.settings.environments else opened.state.reader.environment(name)
    if found is not None and found.is_sandbox:
        return found
    find_environment(opened.settings.environments, opened.state.reader, name)
    raise InputError(
        Diagnostic(
            code="MW-S105",
            message=f"'{name}' is no sandbox: mesh.yaml declares it",
            fix="mw env list shows the sandboxes",
            object=name,
        )
    )


def _forget_files(workspace: Workspace, name: str) -> None:
    """Remove a sandbox's files for plain readers, or what another of the same name left."""
    for suffix in (".sql", ".duckdb"):
        (workspace.root / "environments" / f"{name}{suffix}").unlink(missing_ok=True)


def _require_name(opened: OpenedState, name: str) -> None:
    if not ENVIRONMENT_PATTERN.fullmatch(name):
        raise InputError(
            Diagnostic(
                code="MW-S107",
                message=f"'{name}' cannot name a sandbox",
                fix="a lower-case letter, then up to 47 lower-case letters, digits, '_' or '-'",
            )
        )
    if name in opened.settings.environments:
        raise RefusedError(_taken(name))


def _taken(name: str) -> Diagnostic:
    return Diagnostic(
        code="MW-S101",
        message=f"there is an environment '{name}' already; nothing was changed",
        fix=f"take another name, or look at it: mw env show {name}",
        object=name,
    )


def _gone(name: str) -> Diagnostic:
    return Diagnostic(
        code="MW-D204",
        message=f"sandbox '{name}' was deleted meanwhile",
        fix="mw env list shows what there is",
        object=name,
    )


def _idle_seconds(text: str | None, default: int) -> int | None:
    """Return the idle seconds after which a sandbox expires; None for never."""
    if text is None:
        return default
    if text == "never":
        return None
    found_ms = duration_ms(text)
    if not found_ms or found_ms < 1000:
        raise InputError(
            Diagnostic(
                code="MW-S106", message=f"'{text}' is no time to keep a sandbox", fix=f"write {DURATION_FORM}, or never"
            )
        )
    return found_ms // 1000
