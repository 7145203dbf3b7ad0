"""Column lineage of what is published: what the versions that stand were made from, column by column.

A removed column has no lineage in the mesh as it is now, since nothing that still named it would bind. Who used it is told by
the definitions that are published.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from meshwright.model import Columns, Version, dataset_name, plain_address, product_of
from meshwright.plan.values import Desired, Observed
from meshwright.sql import ColumnSource, Influence, statement_lineage


@dataclass(kw_only=True, slots=True)
class PublishedLineage:
    """Who read what as published; made where something is removed, and statements are followed when asked for."""

    desired: Desired
    observed: Observed
    _children: dict[str, list[str]] = field(default_factory=dict)
    _sources: dict[str, tuple[ColumnSource, ...]] = field(default_factory=dict)

    def readers(self, datasets: Collection[str]) -> set[str]:
        """Return the published datasets that read one of `datasets`."""
        if not self._children:
            self._children = self._read_children()
        return {child for dataset in datasets for child in self._children.get(dataset, ())}

    def derived(self, columns: Collection[str]) -> set[str]:
        """Return the columns that were made from `columns`, however far down; all ``domain.product.dataset.column``."""
        found: set[str] = set()
        waiting = set(columns)
        while waiting:
            readers = self.readers({column.rpartition(".")[0] for column in waiting})
            made = {
                f"{reader}.{source.output}"
                for reader in readers
                for source in self._sources_of(reader)
                if f"{source.table}.{source.column}" in waiting
            }
            waiting = made - found
            found |= made
        return found

    def used(self, dataset: str) -> frozenset[str]:
        """Return the columns that a published dataset was made from itself, in any way; ``domain.product.dataset.column``."""
        return frozenset(f"{source.table}.{source.column}" for source in self._sources_of(dataset))

    def _read_children(self) -> dict[str, list[str]]:
        children: dict[str, list[str]] = defaultdict(list)
        for dataset in self.observed.datasets:
            version = self._version(dataset)
            if dataset == plain_address(dataset) and version is not None:
                for read in version.inputs:
                    children[read].append(dataset)
        return children

    def _version(self, dataset: str) -> Version | None:
        return self.observed.versions.get(self.observed.datasets.get(dataset, ""))

    def _sources_of(self, dataset: str) -> tuple[ColumnSource, ...]:
        if dataset not in self._sources:
            version = self._version(dataset)
            self._sources[dataset] = self._follow(version) if version is not None else ()
        return self._sources[dataset]

    def _follow(self, version: Version) -> tuple[ColumnSource, ...]:
        inputs = {read: self._columns(read, made_from) for read, made_from in version.inputs.items()}
        if version.node_kind == "python":  # what a function does with its inputs is not known
            return tuple(
                ColumnSource(output=output.name, table=read, column=column.name, kind=Influence.DIRECT)
                for read, columns in inputs.items()
                for column in columns
                for output in version.columns
            )
        if version.node_kind not in {"sql", "view"}:
            return ()
        return statement_lineage(
            version.definition,
            version.view.dialect if version.view is not None else self._dialect(version.dataset),
            tables=_tables(version.dataset, inputs),
            output=version.columns,
        )

    def _columns(self, dataset: str, made_from: str) -> Columns:
        """The columns of an input: of the version that was read, or, where another stands since, of that."""
        version = self.observed.versions.get(made_from) or self._version(dataset)
        return version.columns if version is not None else ()

    def _dialect(self, dataset: str) -> str:
        """A version does not say its dialect: the node's own, which hardly ever changes, else the mesh's."""
        node = self.desired.nodes.get(dataset)
        return node.node.sql.dialect if node is not None and node.node.sql is not None else self.desired.mesh.dialect


def _tables(dataset: str, inputs: Mapping[str, Columns]) -> dict[tuple[str, ...], tuple[str, Columns]]:
    tables: dict[tuple[str, ...], tuple[str, Columns]] = {}
    for read, columns in inputs.items():
        tables[tuple(read.split("."))] = (read, columns)
        if product_of(read) == product_of(dataset):
            tables[(dataset_name(read),)] = (read, columns)
    return tables
