"""Measures rules on a version made of parts by what changed since the version before, where that gives the very same."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from meshwright.checks.additive import Change, Choice, Way, choose, combined, counted_rows, nothing_measured
from meshwright.checks.spec import CheckSpec, Evidence, Measurement
from meshwright.diagnostics import WorldError
from meshwright.frozen import dataclass
from meshwright.model import Part, Version
from meshwright.run.parts import parts_relation
from meshwright.run.wholeness import are_whole, require_whole_parts
from meshwright.run.world import RunWorld


@dataclass(frozen=True, kw_only=True, slots=True)
class Before:
    """A version of the same dataset that was measured, and what is recorded of it: fingerprint of a rule -> evidence."""

    version: Version
    evidence: Mapping[str, Evidence]


@dataclass(frozen=True, kw_only=True, slots=True)
class _Changed:
    """The parts in which a version differs from the one before."""

    change: Change
    gone: tuple[Part, ...]
    came: tuple[Part, ...]


def measure_changes(
    version: Version, before: Before | None, specs: Sequence[CheckSpec], world: RunWorld
) -> dict[str, Measurement]:
    """Answer those of `specs` that need no look at the whole, by fingerprint. Costs as much as changed.

    Raises WorldError (MW-R017) where a part that came is damaged.
    """
    changed = _changed(version, before, world) if before is not None else None
    evidence = before.evidence if before is not None else {}
    choices = choose(specs, changed.change if changed is not None else None, evidence)
    if changed is None or all(choice.way is Way.WHOLE for choice in choices):
        return {}
    found = {
        choice.spec.fingerprint: counted_rows(choice.spec, changed.change)
        for choice in choices
        if choice.way is Way.NOTHING
    }
    by_changes = _readable([choice for choice in choices if choice.way is Way.CHANGES], changed.gone, world)
    require_whole_parts(changed.came if by_changes else (), world)
    came = _measured(version, changed.came, [choice.spec for choice in by_changes], world)
    gone = _measured(version, changed.gone, [choice.spec for choice in by_changes if choice.needs_gone], world)
    for choice in by_changes:
        spec = choice.spec
        went = gone.get(spec.fingerprint) or nothing_measured(spec)
        together = combined(choice, changed.change, went, came[spec.fingerprint])
        if together is not None:
            found[spec.fingerprint] = together
    return found


def _changed(version: Version, before: Before, world: RunWorld) -> _Changed | None:
    """Return in what a version differs from the one before; None where that is not recorded, or cannot be compared."""
    now, then = version.manifest, before.version.manifest
    if now is None or then is None or (now.by, now.calendar) != (then.by, then.calendar):
        return None
    try:
        gone, came = world.parts.differing(before.version, version)
    except WorldError:  # what went may be forgotten; what is missing of the whole is told by who reads that
        return None
    # Keys of parts that are cast may fall together: a day that was hours.
    is_apart = now.calendar is not None and not now.earlier and not then.earlier
    change = Change(
        rows=version.rows,
        changed_rows=sum(part.rows for part in (*gone, *came)),
        columns=tuple(column.name for column in version.columns),
        by=now.by if is_apart else None,
        is_alike=before.version.columns == version.columns
        and all(p.columns == version.columns for p in (*gone, *came)),
    )
    return _Changed(change=change, gone=gone, came=came)


def _readable(choices: Sequence[Choice], gone: Sequence[Part], world: RunWorld) -> Sequence[Choice]:
    """Leave those out that need parts which went and whose files are not as they were: nobody else misses them."""
    if any(choice.needs_gone for choice in choices) and not are_whole(gone, world):
        return [choice for choice in choices if not choice.needs_gone]
    return choices


def _measured(
    version: Version, parts: Collection[Part], specs: Sequence[CheckSpec], world: RunWorld
) -> dict[str, Measurement]:
    """Measure rules on parts as if they were a version."""
    if not parts or not specs:
        return {spec.fingerprint: nothing_measured(spec) for spec in specs}
    relation = parts_relation(version.columns, tuple(parts), world.store)
    answers = world.session.measure(relation, specs, {})
    return {spec.fingerprint: answer for spec, answer in zip(specs, answers, strict=True)}
