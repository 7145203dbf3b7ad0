"""Resolution: the version ids that are known before anything runs.

A pure node's id follows from its inputs' ids; an opaque node's from its trigger, where it ran before.
Below an opaque node that must run, ids are unknown and the plan says so.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from itertools import product
from types import MappingProxyType

from meshwright.checks.spec import CheckSpec, EvidenceKey, others_identity
from meshwright.model import Refresh, Sight, SourceObservation
from meshwright.plan.identities import trigger_key, version_id
from meshwright.plan.refresh import runs_anyway, standing_observation
from meshwright.plan.sights import recipe_inputs, seen_inputs
from meshwright.plan.values import Desired, DesiredNode, Resolution

#: A rule that reads more datasets than this is always measured again: looking up every mix would cost more.
_MIXED_READS = 6


def resolve(
    desired: Desired,
    *,
    published: Mapping[str, str],
    sources: Mapping[str, SourceObservation],
    triggers: Mapping[str, str],
) -> Resolution:
    """Compute what each dataset in scope will be.

    `published` is dataset -> version id of the environment, read for inputs out of scope. `triggers` is
    trigger key -> version id, of versions that exist. Call again with more triggers while the answer's
    `unknown_triggers` holds keys that were not looked up yet: each round goes one opaque node deeper.
    """
    versions: dict[str, str | None] = {}
    keys: dict[str, str] = {}
    unknown: set[str] = set()
    restricted: dict[str, Mapping[str, Sight]] = {}
    for dataset in desired.graph.order:
        if dataset not in desired.scope:
            continue
        if dataset in desired.given:
            versions[dataset] = desired.given[dataset]
            continue
        node = desired.nodes[dataset]
        inputs = known_inputs(input_versions(desired, node, versions, published))
        versions[dataset] = None
        if inputs is None:
            continue
        hidden = _restricted_inputs(desired, inputs, restricted)
        if not node.node.is_opaque:
            seen = recipe_inputs(desired.veil, node, inputs, hidden)
            versions[dataset] = version_id(node, seen.ids)
            if seen.is_restricted:
                restricted[dataset] = seen.sights
            continue
        observation = _observation_key(node, sources)
        if observation is None:
            continue
        seen = seen_inputs(desired.veil, inputs, hidden)
        is_anyway = runs_anyway(desired, dataset) is not None
        if seen.is_restricted and not is_anyway:
            key = trigger_key(node, inputs, observation)
            if desired.veil is not None and triggers.get(key) in desired.veil.standing:
                keys[dataset], versions[dataset] = key, triggers[key]
                continue
            unknown.add(key)
        if seen.is_restricted:
            restricted[dataset] = seen.sights
        key = keys[dataset] = trigger_key(node, seen.ids, observation)
        if is_anyway:
            continue
        versions[dataset] = triggers.get(key)
        if versions[dataset] is None:
            unknown.add(key)
    return Resolution(
        versions=MappingProxyType(versions),
        triggers=MappingProxyType(keys),
        unknown_triggers=frozenset(unknown),
        restricted=MappingProxyType(restricted),
    )


def _restricted_inputs(desired: Desired, inputs: Mapping[str, str], restricted: Collection[str]) -> Collection[str]:
    """Return those of a node's inputs that are restricted themselves: resolved to be so, or published as such."""
    if desired.veil is None:
        return ()
    return [
        read
        for read, version in inputs.items()
        if (read in restricted if read in desired.scope else version in desired.veil.restricted)
    ]


def input_versions(
    desired: Desired, node: DesiredNode, versions: Mapping[str, str | None], published: Mapping[str, str]
) -> dict[str, str | None]:
    """Return the version of each dataset that the node reads: resolved where in scope, else published."""
    return {read: versions.get(read) if read in desired.scope else published.get(read) for read in node.node.reads}


def known_inputs(inputs: Mapping[str, str | None]) -> dict[str, str] | None:
    """Return `inputs` where every version is known, else None."""
    known = {dataset: version for dataset, version in inputs.items() if version is not None}
    return known if len(known) == len(inputs) else None


def evidence_keys(desired: Desired, resolution: Resolution, published: Mapping[str, str]) -> frozenset[EvidenceKey]:
    """Return every evidence key that `build_plan` may ask for, to be looked up before it."""
    keys: set[EvidenceKey] = set()
    for dataset, version in resolution.versions.items():
        if version is None:
            continue
        for spec in desired.nodes[dataset].checks:
            keys.update(
                (version, spec.fingerprint, others) for others in _possible_others(desired, resolution, published, spec)
            )
    return frozenset(keys)


def _possible_others(
    desired: Desired, resolution: Resolution, published: Mapping[str, str], spec: CheckSpec
) -> set[str]:
    """The identities that the other versions a rule reads may have: each as resolved, or left as published."""
    if not spec.reads:
        return {""}
    if len(spec.reads) > _MIXED_READS:
        return set()
    choices: list[list[str]] = []
    for read in spec.reads:
        resolved = resolution.versions.get(read) if read in desired.scope else None
        choices.append([version for version in dict.fromkeys((resolved, published.get(read))) if version is not None])
    return {others_identity(dict(zip(spec.reads, versions, strict=True))) for versions in product(*choices)}


def _observation_key(node: DesiredNode, sources: Mapping[str, SourceObservation]) -> str | None:
    """What was seen of an opaque node's outside: a source's key, nothing for SQL; None where it cannot be read."""
    if node.node.source is None:
        return ""
    if node.node.refresh is Refresh.SCHEDULE:
        return standing_observation(node.node, "")
    seen = sources.get(node.node.address)
    return None if seen is None or seen.problem is not None else seen.key
