"""The verb `gc --explain`: everything that keeps a version, or since when nothing does. Changes nothing."""

from __future__ import annotations

import datetime as dt

from meshwright.app.clock import utc_now
from meshwright.app.environments import open_state_alone
from meshwright.app.processes import is_gone
from meshwright.app.workspace import Workspace
from meshwright.diagnostics import Diagnostic, InputError
from meshwright.frozen import dataclass
from meshwright.model import plain_address
from meshwright.model.inventory import Inventory, KnownVersion
from meshwright.plan.retention import Kept, keepers

_PREFIX_LENGTH = 6
_LISTED = 10


@dataclass(frozen=True, kw_only=True, slots=True)
class ExplainedVersion:
    """Why a version is kept, or that it is not."""

    version: str
    dataset: str
    bytes: int
    created_at: dt.datetime | None
    #: Strongest first; none: it is needless.
    kept: tuple[Kept, ...]
    #: When a collection first found it needless; None where none has yet, or where it is kept.
    since: dt.datetime | None
    #: When its grace is over; None where no collection has found it needless yet.
    goes_at: dt.datetime | None


def explain_kept(workspace: Workspace, name: str, grace_s: float | None = None) -> tuple[ExplainedVersion, ...]:
    """Explain one version by its id or the beginning of it, or all versions of a dataset, newest first.

    Raises InputError (MW-S402) where there is none of that name, or several.
    """
    with open_state_alone(workspace) as opened:
        now, retention = utc_now(), opened.settings.retention
        grace = dt.timedelta(seconds=retention.grace_s if grace_s is None else grace_s)
        inventory = opened.state.collector.inventory(now, is_gone)
        wanted = {version.id: version for version in _named(inventory, name)}
        found = keepers(inventory, retention, now, wanted.keys())
        return tuple(
            ExplainedVersion(
                version=version.id,
                dataset=version.dataset,
                bytes=version.size_bytes,
                created_at=version.created_at,
                kept=found[version.id],
                since=None if found[version.id] else version.needless_since,
                goes_at=None if found[version.id] or version.needless_since is None else version.needless_since + grace,
            )
            for version in wanted.values()
        )


def _named(inventory: Inventory, name: str) -> tuple[KnownVersion, ...]:
    dataset = plain_address(name)
    of_dataset = [version for version in inventory.versions if version.dataset == dataset]
    if of_dataset:
        oldest = dt.datetime.min.replace(tzinfo=dt.UTC)
        return tuple(sorted(of_dataset, key=lambda version: version.created_at or oldest, reverse=True))
    like = [version for version in inventory.versions if version.id.startswith(name)]
    exact = [version for version in like if version.id == name]
    if exact or (len(like) == 1 and len(name) >= _PREFIX_LENGTH):
        return tuple(exact or like)
    if len(name) >= _PREFIX_LENGTH and like:
        listed = ", ".join(f"{version.id} ({version.dataset})" for version in like[:_LISTED])
        raise InputError(
            Diagnostic(
                code="MW-S402", message=f"version '{name}' is not unique", fix=f"give more of it; it could be {listed}"
            )
        )
    raise InputError(
        Diagnostic(
            code="MW-S402",
            message=f"no version or dataset '{name}'",
            fix="mw show DATASET lists the versions that are kept; give at least 6 characters of an id",
        )
    )
