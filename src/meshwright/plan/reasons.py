"""Why a step is there, in the words that `plan` and `explain` show."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import lru_cache
from types import MappingProxyType

from meshwright.checks.spec import CheckSpec
from meshwright.checks.verdict import rule_words, value_words
from meshwright.model import FileSource, Refresh, Scalar, Strength, Version, plain_address, product_of
from meshwright.plan.identities import rule_key
from meshwright.plan.inputs import Blocker, PlanInputs
from meshwright.plan.outsidenodes import outside_changes
from meshwright.plan.pythonnodes import python_changes
from meshwright.plan.refresh import runs_anyway
from meshwright.plan.values import DesiredNode

#: A step lists this many reasons of one sort before it only counts the rest.
_LISTED = 5
ALREADY_BUILT = "already built"
NEVER_BUILT = "never built here"
_NOT_GIVEN: Mapping[str, str] = MappingProxyType({})


def build_reasons(
    inputs: PlanInputs, node: DesiredNode, version: str | None, found: Mapping[str, str | None]
) -> tuple[str, ...]:
    """Why a version must be built: what differs from the version that the environment points to."""
    if version is not None and version == inputs.observed.datasets.get(node.node.address):
        return ("its stored version is missing",)
    before = published_version(inputs, node.node.address)
    if before is None:
        return (NEVER_BUILT, *_variation_reasons(inputs, node, found))
    anyway = runs_anyway(inputs.desired, node.node.address)
    if anyway is not None:
        return (anyway, *change_reasons(inputs, node, before, found))
    return change_reasons(inputs, node, before, found) or (_parts_reason(inputs, node),)


def _parts_reason(inputs: PlanInputs, node: DesiredNode) -> str:
    """Why a version must be built where neither code nor inputs differ: of some intervals it is asked for, or has no part."""
    dataset = node.node.address
    if dataset in inputs.desired.refreshed:
        return "asked to run again"
    if dataset in inputs.desired.asked:
        return "asked for by --interval"
    return "not built from this before" if node.node.intervals is None else "intervals are missing, or no longer kept"


def _variation_reasons(inputs: PlanInputs, node: DesiredNode, found: Mapping[str, str | None]) -> list[str]:
    """What makes a variation's dataset differ from the plain one that stands; nothing for a plain dataset."""
    plain = plain_address(node.node.address)
    standing = published_version(inputs, plain)
    if plain == node.node.address or standing is None:
        return []
    values = [
        f"parameter `{name}` is {value_words(node.params[name])}, not {value_words(standing.params[name])} as in {plain}"
        for name in sorted(set(standing.params) & set(node.params))
        if standing.params[name] != node.params[name]
    ]
    others = [
        f"it reads {read}, not the published {plain_address(read)}"
        for read, version in found.items()
        if version != standing.inputs.get(plain_address(read))
    ]
    return [*values, *others[:_LISTED]]


def reuse_reasons(inputs: PlanInputs, node: DesiredNode, version: str) -> tuple[str, ...]:
    """Why an existing version that the environment does not point to is taken; empty where nothing changes."""
    pointed = inputs.observed.datasets.get(node.node.address)
    if pointed == version:
        return _waiting_reasons(inputs, node)
    before = published_version(inputs, node.node.address)
    if before is None:
        plain = plain_address(node.node.address)
        is_shared = plain != node.node.address and inputs.observed.datasets.get(plain) == version
        return (f"the same as {plain}",) if is_shared else (ALREADY_BUILT,)
    built = inputs.observed.versions[version]
    made_from = {read: built.inputs.get(plain_address(read)) for read in node.node.reads}
    return (ALREADY_BUILT, *change_reasons(inputs, node, before, made_from))


def _waiting_reasons(inputs: PlanInputs, node: DesiredNode) -> tuple[str, ...]:
    """Say that a source has changed and stays as it was read, because it is on a schedule; empty for all others."""
    if node.node.source is None or node.node.refresh is not Refresh.SCHEDULE:
        return ()
    changed = _observation_reasons(inputs, node)
    return tuple(f"{words}; refresh: schedule waits until it is asked for (--refresh)" for words in changed)


def pending_reasons(
    inputs: PlanInputs, node: DesiredNode, waits: Sequence[str], found: Mapping[str, str | None]
) -> tuple[str, ...]:
    """What a version waits for, and what is known to have changed already."""
    known = f"known after {shortened(waits)}"
    before = published_version(inputs, node.node.address)
    if before is None:
        return (known, NEVER_BUILT)
    settled = {read: version for read, version in found.items() if version is not None}
    return (known, *change_reasons(inputs, node, before, settled))


def blocked_reasons(dataset: str, blockers: Sequence[Blocker]) -> tuple[str, ...]:
    """Why a step is blocked: the causes, with where they are if that is elsewhere."""
    return tuple(
        blocker.words
        if blocker.dataset == dataset or blocker.dataset in blocker.words
        else f"{blocker.dataset}: {blocker.words}"
        for blocker in blockers
    )


def published_version(inputs: PlanInputs, dataset: str) -> Version | None:
    """The version that the environment points to; None where it points to none."""
    pointed = inputs.observed.datasets.get(dataset)
    return None if pointed is None else inputs.observed.versions.get(pointed)


def change_reasons(
    inputs: PlanInputs, node: DesiredNode, before: Version, found: Mapping[str, str | None]
) -> tuple[str, ...]:
    """What differs between the node as desired and the version that stands."""
    reasons: list[str] = []
    kind = node.node.version_kind
    if {before.node_kind, kind} == {"sql", "view"}:
        was, now = ("a view", "a table") if kind == "sql" else ("a table", "a view")
        reasons.append(f"it was {was} and is {now} now")
    elif before.node_kind != kind:
        return (f"it was {made_words(before.node_kind)} and is {made_words(kind)} now",)
    if before.fingerprint != node.fingerprint:
        reasons.extend(_port_reasons(node, before))
        reasons.extend(_definition_reasons(node, before))
    elif node.node.source is not None:
        reasons.extend(_observation_reasons(inputs, node))
    given = inputs.observed.given.get(node.node.address, {})
    reasons.extend(parameter_reasons(before.params, node.params, given))
    if before.engine != node.engine:
        reasons.append("engine settings changed")
    moved = [read for read, version in found.items() if before.inputs.get(plain_address(read), version) != version]
    reasons.extend(f"input {read} has a new version" for read in moved[:_LISTED])
    if len(moved) > _LISTED:
        reasons.append(f"{len(moved) - _LISTED} more inputs have new versions")
    reasons.extend(_sight_reasons(inputs, node, before))
    return tuple(reasons)


def _port_reasons(node: DesiredNode, before: Version) -> list[str]:
    """Say through which versions of ports it reads what the version that stands did not read."""
    return list(dict.fromkeys(read.why for read in node.node.through if read.dataset not in before.inputs))


def _sight_reasons(inputs: PlanInputs, node: DesiredNode, before: Version) -> list[str]:
    """Say which inputs are seen otherwise than when the version that stands was built."""
    seen = inputs.resolution.restricted.get(node.node.address, {})
    now = {plain_address(read): sight for read, sight in seen.items()}
    return [
        f"{read} is seen masked or sampled here" if read not in before.seen else f"what is hidden of {read} changed"
        for read in sorted(now)
        if before.seen.get(read) != now[read] and read in before.inputs
    ]


def made_words(kind: str) -> str:
    """Say what a version of a kind is made by."""
    words = {"sql": "a SQL model", "python": "a Python node", "source": "a source", "table": "left by a tool"}
    return words.get(kind, kind)


def _definition_reasons(node: DesiredNode, before: Version) -> Sequence[str]:
    if node.node.outside is not None:
        return outside_changes(before.definition, node.definition)
    if node.node.table_of is not None:
        return ("the columns that it declares changed",)
    if node.node.python is not None:
        return python_changes(before.definition, node.definition)
    if node.node.sql is None:
        return ("how the source is read changed",)
    from meshwright.plan.definitions import definition_changes  # sqlglot, only where a definition differs

    product = plain_address(product_of(node.node.address))
    return definition_changes(before.definition, node.definition, node.node.sql.dialect, product=product)


def _observation_reasons(inputs: PlanInputs, node: DesiredNode) -> Sequence[str]:
    """A source's data as seen now against what its newest version was made from."""
    seen = inputs.observed.sources.get(node.node.address)
    trace = inputs.observed.traces.get(node.node.address)
    if seen is None or (trace is not None and trace.observation == seen.key):
        return ()
    if seen.strength is Strength.UNSEEN:
        return ("only reading tells whether the source changed",)
    if not isinstance(node.node.source, FileSource):
        return (f"source changed: {seen.words}" if seen.words else "source changed",)
    return ("source file changed",) if len(seen.files) == 1 else ("source files changed",)


def parameter_reasons(
    before: Mapping[str, Scalar], now: Mapping[str, Scalar], given: Mapping[str, str] = _NOT_GIVEN
) -> list[str]:
    """Say which values changed; one that a run was `given` by hand is no part of any file."""
    return [
        f"parameter `{name}` changed from {value_words(before[name])} to {value_words(now[name])}"
        + (f" ({value_words(before[name])} was given to run {given[name]} by --param)" if name in given else "")
        for name in sorted(set(before) & set(now))
        if before[name] != now[name] or type(before[name]) is not type(now[name])
    ]


def test_reasons(inputs: PlanInputs, specs: Sequence[CheckSpec], *, is_new: bool) -> tuple[str, ...]:
    """Why rules must be measured: a new version, a changed rule, a changed other dataset, or no evidence."""
    if is_new:
        return ("new version",)
    if inputs.retest:
        return ("asked to test again",)
    reasons: dict[str, None] = {}
    for spec in specs:
        reasons[_missing_reason(inputs, spec)] = None
    listed = list(reasons)
    return tuple(listed) if len(listed) <= _LISTED else (*listed[:_LISTED], f"{len(listed) - _LISTED} more")


def _missing_reason(inputs: PlanInputs, spec: CheckSpec) -> str:
    changed = rule_change(inputs, spec)
    if changed is not None:
        return changed
    for read in spec.reads:
        if read in inputs.observed.datasets and inputs.resolved(read) != inputs.observed.datasets[read]:
            return f"rule `{spec.id}` reads {read}, which has a new version"
    return "no evidence yet"


def rule_change(inputs: PlanInputs, spec: CheckSpec) -> str | None:
    """Say how a contract's rule differs from the contract that stands; None where it does not, or none stands."""
    if spec.port is None:
        return None
    rules = published_rules(inputs, spec.port)
    if rules is None:
        return None
    before = rules.get(rule_key(spec), rules.get(spec.id))
    if before is None:
        return f"contract tightened: {rule_words(spec)}"
    return None if before == spec.fingerprint else f"rule `{spec.id}` changed"


def published_rules(inputs: PlanInputs, port: str) -> Mapping[str, object] | None:
    """The rules in the document of the port's standing contract; None where it is not at hand."""
    revision = inputs.observed.ports.get(port)
    document = None if revision is None else inputs.observed.port_documents.get(revision)
    if document is None:
        return None
    return _rules_of(document)


@lru_cache(maxsize=64)
def _rules_of(document: str) -> Mapping[str, object] | None:
    """Read the rules of a port's document; remembered, because every rule of the port asks."""
    read = json.loads(document)
    rules = read.get("rules") if isinstance(read, dict) else None
    return rules if isinstance(rules, dict) else None


def shortened(names: Sequence[str]) -> str:
    """List names, the first few in full."""
    if len(names) <= _LISTED:
        return ", ".join(names)
    return f"{', '.join(names[:_LISTED])} and {len(names) - _LISTED} more"
