"""What outside jobs make of datasets, as impact looks at it: values that follow from what outside tools told.

Datasets are called by what is shown of them: an address of ours, else namespace and name; columns by that and their own name.
`X.*` is a column of `X` of which it is not told which one it is: it may be any.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import field
from types import MappingProxyType

from meshwright.frozen import dataclass
from meshwright.plan.impact.broken import Broken
from meshwright.plan.impact.values import OUTSIDE, Use
from meshwright.plan.values import Desired

#: (a column, the one that is made from it).
Pair = tuple[str, str]


@dataclass(frozen=True, kw_only=True, slots=True)
class OutsideFlow:
    """What an outside job does with a dataset that it reads."""

    #: Id of the job.
    job: str
    name: str
    owners: tuple[str, ...]
    #: When it was last heard to read it.
    seen_at: dt.datetime
    #: Whether it runs inside of a node of ours, which is named as a reader itself.
    is_inside: bool
    reads: str
    writes: tuple[str, ...] = ()
    #: What it writes -> how its columns come of those of what is read; absent where the job did not tell.
    columns: Mapping[str, tuple[Pair, ...]] = field(default_factory=lambda: MappingProxyType({}))

    def used(self, columns: Collection[str]) -> tuple[str, ...]:
        """Return those of some columns of what it reads that it uses; all, where it did not tell of everything that it writes."""
        if not self.writes or self.columns.keys() != set(self.writes):
            return tuple(sorted(columns))
        return tuple(sorted({source for pairs in self.columns.values() for source, _ in _hit(pairs, columns)}))

    def made(self, written: str, columns: Collection[str]) -> frozenset[str]:
        """Return the columns of what it writes that are made from some columns of what it reads."""
        pairs = self.columns.get(written)
        if pairs is None:
            return frozenset({any_column(written)} if columns else ())
        return frozenset(target for _, target in _hit(pairs, columns))


@dataclass(frozen=True, kw_only=True, slots=True)
class OutsideFeed:
    """A source of ours that reads what an outside job writes."""

    reads: str
    #: Address of the source.
    source: str
    columns: tuple[Pair, ...]

    def made(self, columns: Collection[str]) -> tuple[Pair, ...]:
        """Return what the source makes of some columns of what it reads."""
        return _hit(self.columns, columns)


@dataclass(frozen=True, kw_only=True, slots=True)
class Beyond:
    """What lies between datasets outside of the mesh."""

    flows: tuple[OutsideFlow, ...] = ()
    feeds: tuple[OutsideFeed, ...] = ()


NOTHING = Beyond()


def any_column(dataset: str) -> str:
    """Return what stands for any column of a dataset."""
    return f"{dataset}.*"


def outside_uses(flows: Iterable[OutsideFlow], desired: Desired, broken: Broken) -> Iterator[Use]:
    """Yield the uses of what breaks by jobs outside: they read a dataset, and do not say through which port.

    So the loss of a port concerns them where no other one holds what they read, but every looser promise does.
    """
    others = [port for port in desired.ports.values() if port.address != broken.port.address]
    for flow in flows:
        dataset = flow.reads
        if flow.is_inside or dataset not in {*broken.port.datasets, *broken.datasets}:
            continue
        if broken.port.address not in desired.ports and any(dataset in port.datasets for port in others):
            continue
        columns = flow.used([column for column in broken.columns if column.startswith(f"{dataset}.")])
        if columns or broken.is_whole or dataset in broken.datasets:
            yield Use(
                kind=OUTSIDE, consumer=flow.name, owners=flow.owners, dataset=dataset, columns=columns, job=flow.job
            )


def _hit(pairs: Iterable[Pair], columns: Collection[str]) -> tuple[Pair, ...]:
    """Return the pairs that begin with one of some columns, all of one dataset; any of them, where it is not told which."""
    if any(column.endswith(".*") for column in columns):
        return tuple(pairs)
    return tuple(pair for pair in pairs if pair[0] in columns)
