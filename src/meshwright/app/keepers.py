"""The verb `gc --explain`: everything that keeps a version or a part, or since when nothing does. Changes nothing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace

from meshwright.app.clock import utc_now
from meshwright.app.environments import open_state_alone
from meshwright.app.processes import is_gone
from meshwright.app.workspace import Workspace
from meshwright.diagnostics import Diagnostic, InputError
from meshwright.frozen import dataclass
from meshwright.model import plain_address
from meshwright.model.environments import Retention
from meshwright.model.inventory import Inventory, KnownPart, KnownVersion
from meshwright.plan.retention import Keeper, Kept, judge, keepers
from meshwright.plan.retention_jobs import judge_jobs
from meshwright.plan.retention_parts import part_keepers, parts_bytes

_PREFIX_LENGTH = 6
_LISTED = 10


@dataclass(frozen=True, kw_only=True, slots=True)
class ExplainedVersion:
    """Why a version, or a part of versions, is kept, or that it is not."""

    #: Id of the version or of the part.
    version: str
    dataset: str
    #: Of all that it is made of; parts that several versions list count for each.
    bytes: int
    created_at: dt.datetime | None
    #: Strongest first; none: it is needless.
    kept: tuple[Kept, ...]
    #: When a collection first found it needless; None where none has yet, or where it is kept.
    since: dt.datetime | None
    #: When its grace is over; None where no collection has found it needless yet.
    goes_at: dt.datetime | None
    is_part: bool = False


def explain_kept(workspace: Workspace, name: str, grace_s: float | None = None) -> tuple[ExplainedVersion, ...]:
    """Explain one version or part by its id or the beginning of it, a job by its id, or all versions of a node, newest first.

    Raises InputError (MW-S402) where there is none of that name, or several.
    """
    with open_state_alone(workspace) as opened:
        now, retention = utc_now(), opened.settings.retention
        grace = dt.timedelta(seconds=retention.grace_s if grace_s is None else grace_s)
        inventory = opened.state.collector.inventory(now, is_gone)
        if grace_s is not None:
            retention = replace(retention, grace_s=grace_s)
        if (explained := _explained_job(inventory, retention, now, name)) is not None:
            return (explained,)
        wanted = _named(inventory, name)
        found = _keepers(inventory, retention, now, wanted)
        made_of = parts_bytes(inventory)
        return tuple(
            ExplainedVersion(
                version=each.id,
                dataset=each.dataset,
                bytes=each.size_bytes + made_of.get(each.id, 0),
                created_at=each.created_at,
                kept=found[each.id],
                since=None if found[each.id] else each.needless_since,
                goes_at=None if found[each.id] or each.needless_since is None else each.needless_since + grace,
                is_part=isinstance(each, KnownPart),
            )
            for each in wanted
        )


def _explained_job(inventory: Inventory, retention: Retention, now: dt.datetime, name: str) -> ExplainedVersion | None:
    """Explain a job by its id; None where there is none."""
    job = next((each for each in inventory.jobs if each.id == name), None)
    if job is None:
        return None
    kept = judge_jobs(inventory, judge(inventory, retention, now), retention, now).kept.get(job.id)
    return ExplainedVersion(
        version=job.id,
        dataset=job.node,
        bytes=0,
        created_at=None,
        kept=() if kept is None else (Kept(by=Keeper.JOB, name=kept.words, until=kept.until),),
        since=job.ended_at if kept is None else None,
        goes_at=now if kept is None else None,
    )


def _keepers(
    inventory: Inventory, retention: Retention, now: dt.datetime, wanted: Sequence[KnownVersion | KnownPart]
) -> dict[str, tuple[Kept, ...]]:
    parts = [each.id for each in wanted if isinstance(each, KnownPart)]
    found = dict(keepers(inventory, retention, now, [each.id for each in wanted if not isinstance(each, KnownPart)]))
    if parts:
        found |= part_keepers(inventory, judge(inventory, retention, now), retention, now, parts)
    return found


def _named(inventory: Inventory, name: str) -> tuple[KnownVersion | KnownPart, ...]:
    dataset = plain_address(name)
    of_dataset = [version for version in inventory.versions if version.dataset == dataset]
    if of_dataset:
        oldest = dt.datetime.min.replace(tzinfo=dt.UTC)
        return tuple(sorted(of_dataset, key=lambda version: version.created_at or oldest, reverse=True))
    everything: tuple[KnownVersion | KnownPart, ...] = (*inventory.versions, *inventory.parts)
    like = [each for each in everything if each.id.startswith(name)]
    exact = [each for each in like if each.id == name]
    if exact or (len(like) == 1 and len(name) >= _PREFIX_LENGTH):
        return tuple(exact or like)
    if len(name) >= _PREFIX_LENGTH and like:
        listed = ", ".join(f"{each.id} ({each.dataset})" for each in like[:_LISTED])
        raise InputError(
            Diagnostic(
                code="MW-S402", message=f"version '{name}' is not unique", fix=f"give more of it; it could be {listed}"
            )
        )
    raise InputError(
        Diagnostic(
            code="MW-S402",
            message=f"no version, part or dataset '{name}'",
            fix="mw show DATASET lists the versions that are kept; give at least 6 characters of an id",
        )
    )
