"""What promotions make of nodes without rows: jobs of a sandbox that its datasets were made from, or made without.

Environments do not point to versions of such nodes: what a dataset was built from is looked for behind them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping

from meshwright.app.opened import OpenedMesh
from meshwright.graph.walk import descendants
from meshwright.model import Version, plain_address, product_of
from meshwright.model.outside import InSandbox
from meshwright.state.protocol import Reader


def read_datasets(opened: OpenedMesh, versions: Iterable[Version]) -> Iterator[tuple[str, str]]:
    """Yield the datasets that versions were built from with their versions' ids, through nodes without rows."""
    reader: Reader = opened.state.reader
    waiting, seen = list(versions), set[str]()
    while waiting:
        jobs = set()
        for version in waiting:
            for name, revision in version.inputs.items():
                node = opened.mesh.node(plain_address(name))
                if node is None or node.has_dataset:
                    yield name, revision
                elif revision not in seen:
                    jobs.add(revision)
        seen |= jobs
        waiting = list(reader.versions(jobs).values())


def made_otherwise(opened: OpenedMesh, offered: Mapping[str, Version], products: Collection[str]) -> frozenset[str]:
    """Return the offered datasets below nodes that the sandbox left out, or ran with other options: it has others of them.

    External effects are not among these nodes: nothing comes after them.
    """
    other = [
        node.address
        for node in opened.mesh.all_nodes()
        if node.outside is not None
        and node.outside.in_sandbox is not InSandbox.RUN
        and not node.is_external
        and product_of(node.address) in products
    ]
    return frozenset(name for name in descendants(opened.graph, other) if name in offered) if other else frozenset()


def otherwise_note(environment: str, datasets: Iterable[str]) -> str:
    """Say that datasets were planned in the target, and why."""
    named = ", ".join(sorted({plain_address(name) for name in datasets}))
    return f"planned in {environment}, for the sandbox left out nodes before them, or ran these with other options: {named}"
