"""The compatibility of a plan: every dataset and port in scope that differs from what is published, with its level and reach.

Where nothing differs, this costs a comparison for each pointer. Nothing has a level in an environment in which nothing
was ever published: there is nobody to surprise.
"""

from __future__ import annotations

from collections.abc import Iterator

from meshwright.model import product_of
from meshwright.plan.compatibility import ObjectChange
from meshwright.plan.inputs import PlanInputs
from meshwright.plan.values import Desired, Observed


def find_changes(inputs: PlanInputs) -> tuple[ObjectChange, ...]:
    """Return what changes, the greatest level first, then by address. Objects that promise what they did are not named."""
    if not (inputs.observed.datasets or inputs.observed.ports or inputs.observed.products):
        return ()
    datasets, ports = tuple(_differing_datasets(inputs)), tuple(differing_ports(inputs.desired, inputs.observed))
    if not datasets and not ports:
        return ()
    from meshwright.plan.compatibility.objects import object_changes  # lazy: a plan of nothing compares nothing

    return object_changes(inputs, datasets, ports)


def _differing_datasets(inputs: PlanInputs) -> Iterator[str]:
    """Datasets in scope whose pointer may move, and published ones that are gone, where that is settled by this plan."""
    desired, observed = inputs.desired, inputs.observed
    for dataset, version in inputs.resolution.versions.items():
        node = desired.nodes.get(dataset)  # of what a promotion removes there is none
        if node is not None and not node.node.has_dataset:
            continue
        if version is None or observed.datasets.get(dataset) != version:
            yield dataset
    for dataset in observed.datasets:
        if dataset not in desired.nodes and product_of(dataset) in desired.whole_products:
            yield dataset


def differing_ports(desired: Desired, observed: Observed) -> Iterator[str]:
    """Yield the ports that a plan may move: those of whole products, and those all of whose datasets are in scope."""
    for address, port in desired.ports.items():
        is_settled = port.product in desired.whole_products or desired.scope.issuperset(port.datasets)
        if observed.ports.get(address) != port.revision and is_settled:
            yield address
    for address in observed.ports:
        if address not in desired.ports and address.partition("/")[0] in desired.whole_products:
            yield address
