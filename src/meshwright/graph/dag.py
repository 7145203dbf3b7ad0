"""The dependency graph of datasets, and of products, as plain values."""

from __future__ import annotations

from collections.abc import Mapping

from meshwright.frozen import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Graph:
    """Who is built from whom. Holds only datasets of the mesh; references to nothing are diagnostics, not edges."""

    #: Every dataset, inputs before what reads them; ties by address.
    order: tuple[str, ...]
    #: Dataset -> datasets it reads or waits for, sorted.
    parents: Mapping[str, tuple[str, ...]]
    #: Dataset -> datasets that read or wait for it, sorted.
    children: Mapping[str, tuple[str, ...]]
    #: Groups of products that publish together, upstream groups first; almost always one product each.
    units: tuple[tuple[str, ...], ...]
