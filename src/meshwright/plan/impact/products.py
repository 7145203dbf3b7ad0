"""Which products use what breaks of a port: the datasets of others that read it, and which of its columns they read.

A reader is concerned itself, and not who reads the reader in turn: what the reader passes on is its own promise, and where
that breaks, it is a change of its own.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import field

from meshwright.diagnostics import SourceSpan
from meshwright.frozen import dataclass
from meshwright.graph.inputports import named_ports
from meshwright.model import Node, domain_of, product_of, variation_of
from meshwright.plan.compatibility.published import PublishedLineage
from meshwright.plan.impact.broken import Broken
from meshwright.plan.impact.values import PRODUCT, RETIRED, Use
from meshwright.plan.values import Desired, Observed


@dataclass(kw_only=True, slots=True)
class Readers:
    """The datasets of the mesh by what they read, looked up once for all ports."""

    desired: Desired
    observed: Observed
    published: PublishedLineage
    _by_read: dict[str, list[str]] = field(default_factory=dict)
    _inputs: dict[str, frozenset[str]] = field(default_factory=dict)

    def uses_of(self, broken: Broken) -> Iterator[Use]:
        """Yield the uses of what breaks, by datasets of live products: those that stand published, and are not retired."""
        held = frozenset(broken.port.datasets) | {_dataset_of(column) for column in broken.columns} | broken.datasets
        readers = sorted({reader for dataset in held for reader in self._readers(dataset)})
        live = [reader for reader in readers if self._is_live(reader, broken.port.product)]
        changed = {_dataset_of(column) for column in broken.columns - broken.removed}
        self.desired.lineage.expect([each for each in live if changed.intersection(self._node(each).reads)])
        for reader in live:
            read = held.intersection(self._node(reader).reads)
            if not self._reads_through(reader, broken, read):
                continue
            columns = self._columns(reader, broken, read)
            if columns or broken.is_whole or read & broken.datasets:
                yield self._use(reader, columns)

    def _readers(self, dataset: str) -> list[str]:
        if not self._by_read:
            found: dict[str, list[str]] = defaultdict(list)
            for address, node in self.desired.nodes.items():
                if variation_of(address) is None:  # those of variations are built when asked for
                    for read in node.node.reads:
                        found[read].append(address)
            self._by_read = dict(found)
        return self._by_read.get(dataset, [])

    def _is_live(self, reader: str, product: str) -> bool:
        own = self.desired.mesh.product(product_of(reader))
        return (
            own is not None
            and own.address != product
            and (own.status or "").casefold() != RETIRED
            and reader in self.observed.datasets
        )

    def _reads_through(self, reader: str, broken: Broken, read: frozenset[str]) -> bool:
        """Whether the reader depends on this port for what it reads: another may hold the same datasets.

        Its input ports say which it means. Where they do not, only the loss of what no other port holds concerns it, but
        every looser promise does: it may rely on either.
        """
        ports = self.desired.ports.values()
        others = [port for port in ports if port.address != broken.port.address and read.issubset(port.datasets)]
        if not others:
            return True
        named = self._input_ports(product_of(reader))
        if broken.port.address in named:
            return True
        if any(port.address in named for port in others):
            return False
        return broken.port.address in self.desired.ports

    def _input_ports(self, product: str) -> frozenset[str]:
        """Return the addresses of the ports that a product's input ports name."""
        if product not in self._inputs:
            own = self.desired.mesh.product(product)
            self._inputs[product] = named_ports(self.desired.mesh, own) if own is not None else frozenset()
        return self._inputs[product]

    def _columns(self, reader: str, broken: Broken, read: frozenset[str]) -> tuple[str, ...]:
        """Return the columns that break and that a reader uses: as it is now, or as it stands where it did not change."""
        found: set[str] = set()
        still = {column for column in broken.columns - broken.removed if _dataset_of(column) in read}
        if still:
            edges = self.desired.lineage.edges.get(reader)
            # What a reader is made from is not known: it may use any of them.
            found |= still if edges is None else still & {edge.source for edge in edges}
        gone = {column for column in broken.removed if _dataset_of(column) in read}
        if gone and self._stands_unchanged(reader):
            found |= gone & self.published.used(reader)
        return tuple(sorted(found))

    def _stands_unchanged(self, reader: str) -> bool:
        """Whether a reader was not changed to do without what is gone, or was and cannot be bound."""
        version = self.observed.versions.get(self.observed.datasets[reader])
        is_same = version is not None and version.fingerprint == self.desired.nodes[reader].fingerprint
        return is_same or (reader not in self.desired.columns and self._node(reader).sql is not None)

    def _node(self, dataset: str) -> Node:
        return self.desired.nodes[dataset].node

    def _use(self, reader: str, columns: tuple[str, ...]) -> Use:
        node = self._node(reader)
        domain = self.desired.mesh.domains[domain_of(reader)]
        return Use(
            kind=PRODUCT,
            consumer=product_of(reader),
            owners=domain.owners,
            dataset=reader,
            columns=columns,
            query=node.sql.text if node.sql is not None else None,
            span=query_place(node, columns),
        )


def query_place(node: Node, columns: tuple[str, ...]) -> SourceSpan | None:
    """Return where a node names the first of `columns`, ``domain.product.dataset.column``; its own place where it names none."""
    if node.span is None or node.sql is None:
        return node.span
    names = "|".join(re.escape(column.split(".", 3)[3]) for column in columns)
    found = re.search(rf"(?<!\w)(?:{names})(?!\w)", _without_comments(node.sql.text), re.IGNORECASE) if names else None
    if found is None:
        return node.span
    before = node.sql.text[: found.start()]
    line, column = before.count("\n"), len(before) - before.rfind("\n")
    # Names that are read through versions of ports stand in the file as they were written.
    return SourceSpan(file=node.span.file, line=node.span.line + line, column=node.sql.column_written(line + 1, column))


def _without_comments(text: str) -> str:
    """Blank out comments, each character by a space."""
    return re.sub(r"--[^\n]*|/\*.*?\*/", lambda match: re.sub(r"[^\n]", " ", match[0]), text, flags=re.DOTALL)


def _dataset_of(column: str) -> str:
    return ".".join(column.split(".", 3)[:3])
