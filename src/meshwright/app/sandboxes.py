"""The verbs `env create`, `env list`, `env delete` and `env extend`. None of them looks at more of the mesh than `mesh.yaml`."""

from __future__ import annotations

import json
import time
from dataclasses import replace

from meshwright.app.clock import utc_now
from meshwright.app.environments import OpenedState, find_environment, open_state_alone
from meshwright.app.samples import wanted_sample
from meshwright.app.workspace import Workspace, who
from meshwright.crashpoints import CrashPoint, reached
from meshwright.diagnostics import Diagnostic, InputError, RefusedError
from meshwright.files.literals import DURATION_FORM, duration_ms
from meshwright.frozen import dataclass
from meshwright.model import canonical_json
from meshwright.model.names import ENVIRONMENT_PATTERN
from meshwright.state.records import Environment


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


@dataclass(frozen=True, kw_only=True, slots=True)
class EnvironmentAnswer:
    """What a verb did to an environment."""

    environment: Environment
    #: Objects whose pointers it moved, sorted.
    changed: tuple[str, ...] = ()
    seconds: float = 0.0
    notes: tuple[str, ...] = ()


def create_sandbox(workspace: Workspace, wish: SandboxWish) -> EnvironmentAnswer:
    """Make a sandbox: one row over the base's newest generation, at any size of mesh and data.

    Raises InputError for a wrong name or duration or an unknown base, RefusedError (MW-S101) where the name is taken.
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
        made = opened.state.writer.create_sandbox(
            Environment(
                name=wish.name,
                base=wish.base,
                created_at=now,
                created_by=who(),
                touched_at=now,
                expire_after_s=_idle_seconds(wish.expires, opened.settings.sandboxes.expire_after_s),
                options=canonical_json({"select": list(wish.select), **({"sample": sample.rule} if sample else {})}),
            )
        )
        if made is None:
            raise RefusedError(_taken(wish.name))
        _forget_files(workspace, wish.name)
        return EnvironmentAnswer(environment=made, seconds=time.monotonic() - started)


def default_selection(sandbox: Environment | None) -> tuple[str, ...]:
    """Return what runs into a sandbox are about where they say nothing else; empty for everything."""
    return tuple(json.loads(sandbox.options).get("select", ())) if sandbox is not None else ()


def list_environments(workspace: Workspace) -> tuple[Environment, ...]:
    """Return the declared environments, then the sandboxes, each by name."""
    with open_state_alone(workspace) as opened:
        known = {found.name: found for found in opened.state.reader.environments()}
        declared = sorted(opened.settings.environments)
        sandboxes = (found for found in known.values() if found.is_sandbox and found.name not in declared)
        return (*(known.get(name, Environment(name=name)) for name in declared), *sandboxes)


def delete_sandbox(workspace: Workspace, name: str) -> EnvironmentAnswer:
    """Give a sandbox up: its pointers, history and pins. What it built stays until garbage collection finds it needless.

    Raises InputError (MW-R013) where there is none of this name, (MW-S105) for an environment that is no sandbox.
    """
    started = time.monotonic()
    with open_state_alone(workspace, create=True) as opened:
        sandbox = _sandbox(opened, name)
        changed = tuple(sorted(opened.state.reader.overlay(name)))
        # First: a sandbox of the same name counts its generations anew, and would be taken for what the files show.
        _forget_files(workspace, name)
        reached(CrashPoint.SANDBOX_LEAVING)
        opened.state.writer.delete_sandbox(name)
        reached(CrashPoint.SANDBOX_GONE)
        return EnvironmentAnswer(environment=sandbox, changed=changed, seconds=time.monotonic() - started)


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
        if not opened.state.writer.touch_sandbox(extended, now):
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
