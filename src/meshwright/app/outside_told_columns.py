"""How columns come about in outside jobs, as far as facets tell; read from the state when they are asked for."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any  # facets are JSON of others

from meshwright.app.opened import OpenedMesh
from meshwright.app.outside_told_map import JoinedMap, OutsideWork
from meshwright.files.standards.dataset_names import normal_name
from meshwright.frozen import dataclass
from meshwright.model.told import FacetOf, ToldName, dataset_id
from meshwright.sql import Influence

#: A dataset by its key, and one of its columns.
Column = tuple[str, str]
_COLUMN_LINEAGE, _SCHEMA = "columnLineage", "schema"


@dataclass(frozen=True, kw_only=True, slots=True)
class Coming:
    """How a column comes of another."""

    source: Column
    target: Column
    kind: Influence


class OutsideColumns:
    """What is told of the columns of datasets that jobs write, and of those that sources of ours read."""

    def __init__(self, opened: OpenedMesh, joined: JoinedMap, known: Mapping[str, Collection[str]]) -> None:
        """`known` are the columns of our datasets, by address."""
        self._outside = opened.state.outside
        self._joined = joined
        self._known = known
        # Some databases write all names in capitals: ours are found without letter case.
        self._spelled: dict[str, dict[str, str]] = {}
        #: (job, key of what it writes) -> the facet.
        self._facets: dict[tuple[str, str], Mapping[str, Any]] = {}
        self._schemas: dict[str, set[str]] = {}
        self._expected: set[str] = set()

    def expect(self, keys: Iterable[str]) -> None:
        """Read what is told of the columns of some datasets."""
        wanted = set(keys) - self._expected
        self._expected |= wanted
        nodes = [node for key in wanted if (node := self._joined.node(key)) is not None]
        ids = [id_ for node in nodes for id_ in node.ids]
        for facet in self._outside.facets(FacetOf.WRITING, ids, [_COLUMN_LINEAGE]):
            self._facets[facet.beside, self._joined.keys[facet.object]] = json.loads(facet.document)
        for facet in self._outside.facets(FacetOf.DATASET, ids, [_SCHEMA]):
            names = (str(each["name"]) for each in json.loads(facet.document).get("fields") or () if "name" in each)
            self._schemas.setdefault(self._joined.keys[facet.object], set()).update(names)

    def kind_between(self, parent: str, child: str, works: Iterable[OutsideWork]) -> Influence:
        """Say how a dataset comes of another through some jobs: directly, where it does so through one of them."""
        kinds = {self._kind(parent, child, work) for work in works}
        return Influence.INDIRECT if kinds == {Influence.INDIRECT} else Influence.DIRECT

    def all(self) -> Iterator[Coming]:
        """Yield how every column that was expected comes of others, through jobs and into sources of ours."""
        for work, key in self._facets:
            yield from self.through(work, key)
        for key in self._expected:
            for address in self._joined.feeds.get(key, ()) if self.of(key) else ():
                yield from self.into_source(key, address)

    def is_told(self, work: str, key: str) -> bool:
        """Whether a job told how the columns of what it writes come about."""
        return (work, key) in self._facets

    def through(self, work: str, key: str) -> Iterator[Coming]:
        """Yield how the columns of what a job writes come about; nothing where it did not tell."""
        facet = self._facets.get((work, key), {})
        fields = facet.get("fields") or {}
        for target, source, name, kind in self._inputs(facet):
            for each in fields if target is None else (target,):
                yield Coming(source=self._column(source, name), target=self._column(key, each), kind=kind)

    def into_source(self, key: str, address: str) -> Iterator[Coming]:
        """Yield the columns that a source of ours takes over, by their names; all of its own where no others are told."""
        own = self._spellings(address)
        told = self.of(key)
        for name in told or own.values():
            if name.casefold() in own:
                target = (address, own[name.casefold()])
                yield Coming(source=self._column(key, name), target=target, kind=Influence.DIRECT)

    def of(self, key: str) -> tuple[str, ...]:
        """Return the names of the columns of a dataset, as far as they are known."""
        if key in self._known:
            return tuple(self._known[key])
        fields = (facet.get("fields") or {} for (_, written), facet in self._facets.items() if written == key)
        return tuple(sorted({name for columns in fields for name in columns} | self._schemas.get(key, set())))

    def _column(self, key: str, name: str) -> Column:
        return key, self._spellings(key).get(name.casefold(), name)

    def _spellings(self, key: str) -> dict[str, str]:
        if key not in self._spelled:
            self._spelled[key] = {name.casefold(): name for name in self._known.get(key, ())}
        return self._spelled[key]

    def _kind(self, parent: str, child: str, work: OutsideWork) -> Influence:
        facet = self._facets.get((work.id, child))
        if facet is None:
            return Influence.DIRECT
        kinds = {kind for _, source, _, kind in self._inputs(facet) if source == parent}
        return Influence.DIRECT if Influence.DIRECT in kinds else Influence.INDIRECT

    def _inputs(self, facet: Mapping[str, Any]) -> Iterator[tuple[str | None, str, str, Influence]]:
        """Yield (column, key, column of that, how); the first is None for what bears on all columns."""
        for column, body in (facet.get("fields") or {}).items():
            for each in body.get("inputFields") or ():
                yield from self._input(column, each)
        for each in facet.get("dataset") or ():
            yield from self._input(None, each)

    def _input(self, column: str | None, each: Mapping[str, Any]) -> Iterator[tuple[str | None, str, str, Influence]]:
        name = normal_name(ToldName(namespace=each["namespace"], name=each["name"]))
        key = self._joined.keys.get(dataset_id(name))
        if key is None:  # a dataset of another environment of ours
            return
        types = {str(one.get("type", "DIRECT")).upper() for one in each.get("transformations") or ()}
        is_indirect = types == {"INDIRECT"} or (not types and column is None)
        yield column, key, each["field"], Influence.INDIRECT if is_indirect else Influence.DIRECT
