"""`changed` in a selection: what of the mesh differs from what an environment shows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from meshwright.app.desired import Wish, build_desired
from meshwright.app.judged_mesh import Judged
from meshwright.app.observing import Observation, Published, observe
from meshwright.app.opened import OpenedMesh
from meshwright.checks.spec import CheckSpec, Outcome, others_identity
from meshwright.graph import names_changed
from meshwright.plan.values import Desired


def changed_datasets(
    opened: OpenedMesh, judged: Judged, published: Published, words: tuple[str, ...], params: Mapping[str, str]
) -> frozenset[str] | None:
    """Return the datasets that differ from the environment, of variations too; None where no word asks for them.

    A dataset differs where a run of everything would build it, might build it, or point to another version of it;
    where a contract that it stands in differs from the published one; and where a rule has no verdict on it yet.
    """
    if not names_changed(words):
        return None
    desired = build_desired(opened, judged, Wish(params=params), published)
    desired = replace(desired, scope=frozenset(opened.graph.order))
    observation = observe(opened, desired, published)
    return frozenset(_differing(desired, observation))


def _differing(desired: Desired, observation: Observation) -> Iterator[str]:
    observed, versions = observation.observed, observation.resolution.versions
    for dataset, node in desired.nodes.items():
        version = versions.get(dataset)
        is_as_it_stands = version is not None and version == observed.datasets.get(dataset)
        if not is_as_it_stands or any(_is_unjudged(spec, str(version), observation) for spec in node.checks):
            yield dataset
    for port in desired.ports.values():
        if observed.ports.get(port.address) != port.revision:
            yield from (dataset for dataset in port.datasets if dataset in desired.nodes)


def _is_unjudged(spec: CheckSpec, version: str, observation: Observation) -> bool:
    """Whether a rule has no verdict on a version; one that reads what is not known yet has none."""
    others = {read: observation.resolution.versions.get(read) for read in spec.reads}
    known = {read: found for read, found in others.items() if found is not None}
    if len(known) != len(others):
        return True
    evidence = observation.observed.evidence.get((version, spec.fingerprint, others_identity(known)))
    return evidence is None or evidence.outcome is Outcome.ERROR
