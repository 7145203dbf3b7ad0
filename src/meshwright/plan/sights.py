"""What a build in a sandbox sees of its inputs, and what that makes of their identities."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import field
from types import MappingProxyType

from meshwright.frozen import dataclass
from meshwright.model import Restricted, Sight, Veil
from meshwright.plan.identities import version_id
from meshwright.plan.values import DesiredNode, Resolution

#: Columns and datasets that a note lists before it only counts the rest.
_LISTED = 10
_ALL_SEEN: Mapping[str, Sight] = MappingProxyType({})


@dataclass(frozen=True, kw_only=True, slots=True)
class SeenInputs:
    """The inputs of a node as its build sees them."""

    #: Dataset -> identity of the input, as recipes and triggers count it.
    ids: Mapping[str, str]
    #: Dataset -> what is seen of it; one that is absent is seen as it is.
    sights: Mapping[str, Sight] = field(default_factory=lambda: _ALL_SEEN)
    #: Whether what is built from them may be shown by sandboxes alone.
    is_restricted: bool = False


def seen_inputs(veil: Veil | None, inputs: Mapping[str, str], restricted: Collection[str]) -> SeenInputs:
    """Return `inputs` (dataset -> version id) as they are seen; those among `restricted` hide what there is to hide."""
    if veil is None:
        return SeenInputs(ids=inputs, is_restricted=not inputs.keys().isdisjoint(restricted))
    found = {read: veil.sight(read) for read in inputs if read not in restricted}
    sights = {read: sight for read, sight in found.items() if sight is not None}
    is_restricted = bool(sights) or not inputs.keys().isdisjoint(restricted)
    return SeenInputs(ids=seen_ids(inputs, sights), sights=sights, is_restricted=is_restricted)


def recipe_inputs(
    veil: Veil | None, node: DesiredNode, inputs: Mapping[str, str], restricted: Collection[str]
) -> SeenInputs:
    """Return the inputs of a pure node as its version's recipe has them.

    What stands already, built from everything, is shown through the veil: it is not built again from what is seen.
    """
    seen = seen_inputs(veil, inputs, restricted)
    if veil is not None and seen.is_restricted and version_id(node, inputs) in veil.standing:
        return SeenInputs(ids=inputs)
    return seen


def seen_ids(ids: Mapping[str, str], sights: Mapping[str, Sight]) -> Mapping[str, str]:
    """Return the identities of inputs: their versions' ids, with what is left to see of them where that is not all."""
    if not sights:
        return ids
    return {read: f"{id_}{sights[read].identity}" if read in sights else id_ for read, id_ in ids.items()}


def restriction(
    veil: Veil | None, seen: SeenInputs, restricted: Iterable[str], named: Mapping[str, str]
) -> Restricted | None:
    """Return what a version says that is built from such inputs; None where it is built from everything.

    `restricted` are the inputs that are restricted themselves, `named` is dataset -> what the node's code calls it.
    """
    if not seen.is_restricted:
        return None
    words = [word for read in sorted(seen.sights) for word in (veil.words(read) if veil is not None else ())]
    words += [f"made from {read}, which is restricted" for read in sorted(restricted)]
    sights = MappingProxyType({named[read]: sight for read, sight in seen.sights.items()})
    return Restricted(reasons=tuple(words), seen=sights)


def veil_notes(veil: Veil | None, resolution: Resolution) -> tuple[str, ...]:
    """Say what a sandbox hides, and which datasets are built from what is left; nothing where nothing is hidden."""
    if veil is None:
        return ()
    masked = [
        f"{name} of {dataset} ({why})"
        for dataset, columns in sorted(veil.masked.items())
        for name, why in sorted(columns.items())
    ]
    notes = [f"masked in this sandbox: {word}" for word in masked[:_LISTED]]
    if len(masked) > _LISTED:
        notes.append(f"masked in this sandbox: {len(masked) - _LISTED} more columns")
    if veil.sample is not None:
        notes.append(f"sampled in this sandbox: {veil.sample.words} of every dataset")
    if resolution.restricted:
        listed = sorted(resolution.restricted)
        more = f" and {len(listed) - _LISTED} more" if len(listed) > _LISTED else ""
        what = f"{', '.join(listed[:_LISTED])}{more}"
        notes.append(f"built from masked or sampled data, so for sandboxes alone; a promotion builds it anew: {what}")
    notes.append("on your own disk masks are advisory: whoever can read the files of the store can read what they hide")
    return tuple(notes)
