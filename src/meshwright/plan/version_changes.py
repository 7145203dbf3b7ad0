"""What differs in how two versions of a dataset were made, in the words of plans: of a comparison no node is at hand.

`reasons` compares the version that stands with a node that may be built; here both are built.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from meshwright.frozen import dataclass
from meshwright.model import Calendar, Manifest, Scalar, Version, plain_address, product_of
from meshwright.plan.partwords import counted, ranges_words
from meshwright.plan.pythonnodes import python_changes
from meshwright.plan.reasons import made_words, parameter_reasons


@dataclass(frozen=True, kw_only=True, slots=True)
class MakingChanges:
    """What differs in how two versions were made."""

    #: In words.
    reasons: tuple[str, ...] = ()
    #: Parameter -> value before and after; only those that differ, None where a version read none of the name.
    parameters: Mapping[str, tuple[Scalar, Scalar]]
    #: Input dataset -> version before and after; only those that differ, None where it was not read.
    inputs: Mapping[str, tuple[str | None, str | None]]


def making_changes(before: Version, after: Version, dialect: str) -> MakingChanges:
    """Compare the recipes of two versions; `dialect` is that of their SQL."""
    names = sorted({*before.params, *after.params})
    read = sorted({*before.inputs, *after.inputs})
    return MakingChanges(
        reasons=tuple(_reasons(before, after, dialect)),
        parameters={
            name: (before.params.get(name), after.params.get(name))
            for name in names
            if not _is_same(before.params, after.params, name)
        },
        inputs={
            name: (before.inputs.get(name), after.inputs.get(name))
            for name in read
            if before.inputs.get(name) != after.inputs.get(name)
        },
    )


def _reasons(before: Version, after: Version, dialect: str) -> Iterator[str]:
    found = [*_definition(before, after, dialect), *parameter_reasons(before.params, after.params)]
    if before.engine != after.engine:
        found.append("engine settings changed")
    for name in sorted({*before.inputs, *after.inputs}):
        old, new = before.inputs.get(name), after.inputs.get(name)
        if old is None:
            found.append(f"{name} is read now")
        elif new is None:
            found.append(f"{name} is not read any more")
        elif old != new:
            found.append(f"input {name} is another version")
        if before.seen.get(name) != after.seen.get(name):
            found.append(f"what it sees of {name} is hidden otherwise")
    found += _parts(before, after)
    yield from found
    if not found and before.id != after.id:
        yield "the same recipe gave other content" if after.is_opaque else "built from other content"


def _parts(before: Version, after: Version) -> Sequence[str]:
    """Say where two versions by interval have not the same stretch of time, or other gaps in it."""
    old, new = before.manifest, after.manifest
    if old is None or new is None or old.calendar is None or new.calendar is None:
        return ()
    was, now = _stretch(old, old.calendar), _stretch(new, new.calendar)
    return () if was == now else (f"it has {now}, and had {was}",)


def _stretch(manifest: Manifest, calendar: Calendar) -> str:
    """Return ``4 days, 2026-01-01 to 2026-01-05 (1 missing)``."""
    if manifest.first is None or manifest.last is None:
        return f"no {calendar.grain.value}"
    missing = f" ({manifest.gaps} missing)" if manifest.gaps else ""
    return f"{counted(manifest.count, calendar)}{ranges_words(calendar, ((manifest.first, manifest.last),))}{missing}"


def _definition(before: Version, after: Version, dialect: str) -> Sequence[str]:
    if before.node_kind != after.node_kind:
        stored = {"sql": "a table", "view": "a view"}
        if stored.keys() >= {before.node_kind, after.node_kind}:
            was, now = stored[before.node_kind], stored[after.node_kind]
            more = () if before.fingerprint == after.fingerprint else _sql_changes(before, after, dialect)
            return (f"it was {was} and is {now} now", *more)
        return (f"it was {made_words(before.node_kind)} and is {made_words(after.node_kind)} now",)
    if before.fingerprint == after.fingerprint:
        return ()
    if after.node_kind == "python":
        return python_changes(before.definition, after.definition)
    if after.node_kind == "source":
        return ("how the source is read changed",)
    return _sql_changes(before, after, dialect)


def _sql_changes(before: Version, after: Version, dialect: str) -> Sequence[str]:
    from meshwright.plan.definitions import definition_changes  # sqlglot, only where a definition differs

    product = plain_address(product_of(after.dataset))
    return definition_changes(before.definition, after.definition, dialect, product=product)


def _is_same(before: Mapping[str, Scalar], after: Mapping[str, Scalar], name: str) -> bool:
    """Whether a parameter is the same: 1 and true, and 1 and 1.0, are not."""
    if (name in before) != (name in after):
        return False
    return before[name] == after[name] and type(before[name]) is type(after[name])
