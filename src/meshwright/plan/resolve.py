"""Resolution: the version ids that are known before anything runs.

A pure node's id follows from its inputs' ids; an opaque node's from its trigger, where it ran before.
Below an opaque node that must run, ids are unknown and the plan says so.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from itertools import product
from types import MappingProxyType

from meshwright.checks.spec import CheckSpec, EvidenceKey, others_identity
from meshwright.model import Refresh, Sight, SourceObservation
from meshwright.plan.books import NO_BOOKS, Books
from meshwright.plan.identities import trigger_key, version_id
from meshwright.plan.incremental import PartsResolution
from meshwright.plan.refresh import runs_anyway, standing_observation
from meshwright.plan.sights import SeenInputs, recipe_inputs, seen_inputs
from meshwright.plan.values import Desired, DesiredNode, Resolution

#: A rule that reads more datasets than this is always measured again: looking up every mix would cost more.
_MIXED_READS = 6


def resolve(
    desired: Desired,
    *,
    published: Mapping[str, str],
    sources: Mapping[str, SourceObservation],
    triggers: Mapping[str, str],
    books: Books = NO_BOOKS,
) -> Resolution:
    """Compute what each dataset in scope will be.

    `published` is dataset -> version id of the environment, read for inputs out of scope. `triggers` is
    trigger key -> version id, of versions that exist. Call again with more triggers while the answer's
    `unknown_triggers` holds keys that were not looked up yet: each round goes one opaque node deeper.
    `books` must know the versions that stand where any dataset is built in parts.
    """
    parts = PartsResolution(desired=desired, published=published, books=books)
    found = _Resolving(desired=desired, published=published, sources=sources, triggers=triggers, parts=parts)
    for dataset in desired.graph.order:
        if dataset in desired.scope:
            found.settle(dataset)
    return Resolution(
        versions=MappingProxyType(found.versions),
        triggers=MappingProxyType(found.keys),
        unknown_triggers=frozenset(found.unknown),
        restricted=MappingProxyType(found.restricted),
        intervals=MappingProxyType(parts.intervals),
        problems=MappingProxyType(parts.problems),
    )


@dataclass(kw_only=True, slots=True)
class _Resolving:
    """What is known so far; datasets are settled inputs first."""

    desired: Desired
    published: Mapping[str, str]
    sources: Mapping[str, SourceObservation]
    triggers: Mapping[str, str]
    parts: PartsResolution
    versions: dict[str, str | None] = field(default_factory=dict)
    keys: dict[str, str] = field(default_factory=dict)
    unknown: set[str] = field(default_factory=set)
    restricted: dict[str, Mapping[str, Sight]] = field(default_factory=dict)

    def settle(self, dataset: str) -> None:
        """Find out what a dataset will be, as far as its inputs tell."""
        desired = self.desired
        if dataset in desired.given:
            self.versions[dataset] = desired.given[dataset]
            return
        node = desired.nodes[dataset]
        inputs = known_inputs(input_versions(desired, node, self.versions, self.published))
        self.versions[dataset] = None
        if inputs is None:
            return
        hidden = _restricted_inputs(desired, inputs, self.restricted)
        if node.node.incremental is not None and node.node.source is None:
            self._settle_parts(node, inputs, seen_inputs(desired.veil, inputs, hidden))
        elif node.node.is_opaque:
            self._settle_opaque(node, inputs, hidden)
        else:
            seen = recipe_inputs(desired.veil, node, inputs, hidden)
            self.versions[dataset] = version_id(node, seen.ids)
            self._note_restricted(dataset, seen)

    def _settle_parts(self, node: DesiredNode, inputs: Mapping[str, str], seen: SeenInputs) -> None:
        dataset = node.node.address
        self.versions[dataset], is_unhidden = self.parts.resolve(node, inputs, seen)
        if not is_unhidden:
            self._note_restricted(dataset, seen)

    def _settle_opaque(self, node: DesiredNode, inputs: dict[str, str], hidden: Collection[str]) -> None:
        desired, dataset = self.desired, node.node.address
        if node.node.source is not None and self._waits_for_work(node):
            return
        observation = _observation_key(node, self.sources, desired.environment)
        if observation is None:
            return
        if node.node.is_stateful:
            inputs = self.parts.state_before(node)
        seen = seen_inputs(desired.veil, inputs, hidden)
        is_anyway = runs_anyway(desired, dataset) is not None
        if seen.is_restricted and not is_anyway:
            key = trigger_key(node, inputs, observation)
            if desired.veil is not None and self.triggers.get(key) in desired.veil.standing:
                self.keys[dataset], self.versions[dataset] = key, self.triggers[key]
                return
            self.unknown.add(key)
        self._note_restricted(dataset, seen)
        key = self.keys[dataset] = trigger_key(node, seen.ids, observation)
        if is_anyway:
            return
        self.versions[dataset] = self.triggers.get(key)
        if self.versions[dataset] is None:
            self.unknown.add(key)

    def _waits_for_work(self, node: DesiredNode) -> bool:
        """Whether a source comes after something that is still to run: what it holds then is not to be seen yet."""
        after = (self.desired.nodes.get(address) for address in node.node.after)
        return any(
            each is not None and not each.node.has_dataset and self._is_to_run(each.node.address) for each in after
        )

    def _is_to_run(self, address: str) -> bool:
        return address in self.desired.scope and self.versions.get(address) is None

    def _note_restricted(self, dataset: str, seen: SeenInputs) -> None:
        if seen.is_restricted:
            self.restricted[dataset] = seen.sights


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


def _observation_key(node: DesiredNode, sources: Mapping[str, SourceObservation], environment: str) -> str | None:
    """What was seen of an opaque node's outside: a source's key, nothing for SQL; None where it cannot be read."""
    if node.node.source is None or node.node.refresh is Refresh.SCHEDULE:
        return standing_observation(node.node, "", environment)
    seen = sources.get(node.node.address)
    return None if seen is None or seen.problem is not None else seen.key
