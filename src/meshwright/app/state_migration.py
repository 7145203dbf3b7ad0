"""The verb `state migrate`: the state brought to this release's schema, or copied whole into another database."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Mapping
from dataclasses import field

from meshwright.app.address import state_address
from meshwright.app.processes import is_gone
from meshwright.app.workspace import Workspace, host_identity, open_cache
from meshwright.diagnostics import InputError, sort_diagnostics
from meshwright.files.loader import load_mesh
from meshwright.frozen import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class StateMigration:
    """Answer of `state migrate`."""

    #: The database that `state` names, in words without user and password.
    place: str
    #: Its schema before (None: there was none) and now.
    schema_before: str | None
    schema: str
    #: The copy of a SQLite file that was made before its schema changed.
    backup: str | None = None
    #: The database copied into, in words, and its address as it was given, for mesh.yaml.
    target: str | None = None
    address: str | None = None
    #: Rows copied, by table; and a digest of every value, equal on both sides.
    copied: Mapping[str, int] = field(default_factory=dict)
    digest: str | None = None


def migrate_state(workspace: Workspace, to: str | None = None) -> StateMigration:
    """Bring the mesh's state up to date; with `to`, then copy all of it into the empty database there.

    Raises InputError (addresses; MW-D119: nothing to copy, or no empty place), RefusedError (MW-D120) while a run is
    going on, WorldError (MW-D121) where the copy differs.
    """
    from meshwright.state.database import upgrade_state  # lazy: pulls in SQLAlchemy

    with open_cache(workspace) as cache:
        loaded = load_mesh(workspace.tree, cache=cache)
    if loaded.mesh is None:
        raise InputError(*sort_diagnostics(loaded.diagnostics))
    source = state_address(loaded.mesh.state, os.environ)
    if to is None:
        upgrade = upgrade_state(source, root=workspace.root)
        return StateMigration(
            place=upgrade.place, schema_before=upgrade.found, schema=upgrade.schema, backup=upgrade.backup
        )
    from meshwright.state.copying import copy_state  # lazy: pulls in SQLAlchemy

    copied = copy_state(
        source,
        state_address(to, os.environ),
        root=workspace.root,
        host=host_identity(),
        now=dt.datetime.now(dt.UTC),
        is_gone=is_gone,
    )
    return StateMigration(
        place=copied.source,
        schema_before=copied.schema,
        schema=copied.schema,
        target=copied.target,
        address=to,
        copied=copied.rows,
        digest=copied.digest,
    )
