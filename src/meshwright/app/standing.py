"""The verb `env show`: what an environment points to, how it came to that, and how its base moved on."""

from __future__ import annotations

import json
from collections.abc import Mapping

from meshwright.app.environments import find_environment, open_state_alone
from meshwright.app.sandboxes import as_begun
from meshwright.app.workspace import Workspace
from meshwright.diagnostics import Diagnostic, InputError
from meshwright.frozen import dataclass
from meshwright.state.protocol import Reader
from meshwright.state.records import Environment, Generation, ObjectKind, Pin, Pointer, Provisioning


@dataclass(frozen=True, kw_only=True, slots=True)
class Drift:
    """An object of a sandbox's base that moved since the generation that the sandbox lies over."""

    object: str
    kind: ObjectKind
    #: Revision in the frozen generation and now; None where it was not there, or is there no more.
    before: str | None
    after: str | None
    #: Whether the sandbox has a pointer of its own for it: a promotion would meet it.
    is_own: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class EnvironmentCard:
    """Everything that is known of one environment."""

    environment: Environment
    #: Commit that its newest publication from git came from; None without one.
    commit: str | None
    pointers: Mapping[str, Pointer]
    #: Sandboxes: objects with pointers, or tombstones, of their own.
    own: frozenset[str]
    pins: tuple[Pin, ...]
    drift: tuple[Drift, ...]
    #: Newest first, where it was asked for.
    history: tuple[Generation, ...] = ()
    #: Sandboxes: what it is provisioned with, None where it is not.
    provisioning: Provisioning | None = None


def show_environment(workspace: Workspace, name: str, history: int = 0) -> EnvironmentCard:
    """Describe an environment, with its `history` newest generations. Raises InputError (MW-R013)."""
    with open_state_alone(workspace) as opened:
        reader = opened.state.reader
        provisioning = reader.provisioning(name)
        standing = reader.environment(name) if provisioning is not None else None
        if provisioning is not None and standing is None:
            return EnvironmentCard(
                environment=as_begun(provisioning),
                commit=None,
                pointers={},
                own=frozenset(),
                pins=(),
                drift=(),
                provisioning=provisioning,
            )
        found = standing or find_environment(opened.settings.environments, reader, name)
        environment = found if found.is_sandbox else reader.environment(name) or found
        pointers = reader.pointers(name)
        own = reader.overlay(name) if environment.is_sandbox else {}
        return EnvironmentCard(
            environment=environment,
            commit=_commit(reader, pointers),
            pointers=pointers,
            own=frozenset(own),
            pins=tuple(reader.pins(name).values()),
            drift=drift_of(reader, environment, frozenset(own)) if environment.is_sandbox else (),
            history=reader.generations(name, history) if history else (),
            provisioning=provisioning,
        )


def drift_of(reader: Reader, sandbox: Environment, own: frozenset[str]) -> tuple[Drift, ...]:
    """Return how the base of a sandbox differs from the generation of it that the sandbox lies over, by object."""
    base = str(sandbox.base)
    if reader.generation(base) == sandbox.base_generation:
        return ()
    before, after = reader.pointers(base, sandbox.base_generation), reader.pointers(base)
    return tuple(
        Drift(
            object=name,
            kind=(after.get(name) or before[name]).kind,
            before=before[name].revision if name in before else None,
            after=after[name].revision if name in after else None,
            is_own=name in own,
        )
        for name in sorted({*before, *after})
        if (name in before) != (name in after) or before[name].revision != after[name].revision
    )


def require_generation(reader: Reader, environment: str, generation: int) -> None:
    """Raise InputError (MW-R011) for a generation that an environment never had, or (MW-S201) does not keep any more."""
    newest = reader.generation(environment)
    if not 0 < generation <= newest:
        raise InputError(
            Diagnostic(
                code="MW-R011",
                message=f"{environment} has no generation {generation}",
                fix=f"generations go from 1 to {newest}" if newest else "nothing was published yet",
            )
        )
    if generation < reader.oldest_generation(environment):
        raise InputError(
            Diagnostic(
                code="MW-S201",
                message=f"generation {generation} of {environment} is not kept any more",
                fix=f"mw env show {environment} --history lists those that are; retention.generations in mesh.yaml says "
                "for how long",
                object=environment,
            )
        )


def _commit(reader: Reader, pointers: Mapping[str, Pointer]) -> str | None:
    products = [pointer for pointer in pointers.values() if pointer.kind is ObjectKind.PRODUCT]
    if not products:
        return None
    newest = max(products, key=lambda pointer: pointer.generation).revision
    found = reader.revisions([newest]).get(newest)
    commit = json.loads(found.document).get("commit") if found else None
    return str(commit) if commit else None
